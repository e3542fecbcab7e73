//! `PMTiles`, version 3: header, directories and metadata, each checked against the size of the file.

mod lookup;

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use serde_json::{Map, Value};

use super::directory::{self, Entry};
use super::packing::Packing;
use super::{TileArchive, TileSizes, metadata};
use crate::problem::{LoadError, Problem, Problems};
use crate::source::{Format, stem, unreadable};

pub(super) use lookup::open;

/// Where the root directory must end (chapter 2).
const ROOT_END_MAX: u64 = 16_384;
/// How deep leaf directories lie within each other; the specification has one level, and discourages more.
const DEPTH_MAX: usize = 4;
/// How many times the size of the file its directories and metadata may have, as they are stored and unpacked, beyond the first
/// megabyte.
const READ_MAX: u64 = 4;
const OUT_OF_PROPORTION: &str =
    "what has to be read is out of all proportion to the size of the file";

/// Reads what the archive says and counts its tiles.
pub(super) fn read(path: &Path) -> Result<TileArchive, LoadError> {
    let open = File::open(path).and_then(|file| Ok((file.metadata()?.len(), file)));
    let (size, file) = open.map_err(|error| unreadable(path, &error))?;
    let mut archive = Archive {
        file,
        size,
        budget: size.saturating_mul(READ_MAX).saturating_add(1 << 20),
        problems: Problems::default(),
    };
    let header = archive
        .header()
        .map_err(|why| LoadError::new(path, format!("cannot be read as PMTiles: {why}")))?;
    archive.check_sections(&header);
    let mut count = Count::default();
    archive
        .directory(&header, header.root, 0, &mut count)
        .map_err(|why| LoadError::new(path, format!("the root directory cannot be read: {why}")))?;
    let entries = count.entries.len() as u64;
    let mut sizes = count.sizes();
    let contents = sizes.len() as u64;
    archive.check_counts(&header, [count.addressed, entries, contents]);
    let metadata = archive.metadata(&header);
    archive.check_zooms(&header, &count);
    let name = metadata.get("name").map(metadata::text);
    Ok(TileArchive {
        format: Format::PmTiles,
        name: name
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| stem(path)),
        tile_type: header.tile_type(),
        tile_compression: compression(header.tile_compression).map(str::to_owned),
        zooms: Some(header.zooms),
        bounds: archive.bounds(&header),
        addressed_tiles: count.addressed,
        tile_entries: Some(entries),
        tile_contents: Some(contents),
        sizes: TileSizes::of(&mut sizes),
        layers: metadata::vector_layers(&metadata),
        problems: archive.problems.into_vec(),
    })
}

/// A part of the file: where it begins and how long it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Section {
    offset: u64,
    length: u64,
}

impl Section {
    fn end(self) -> Option<u64> {
        self.offset.checked_add(self.length)
    }
}

/// The header (chapter 3).
#[derive(Debug)]
struct Header {
    root: Section,
    metadata: Section,
    leaves: Section,
    tiles: Section,
    addressed: u64,
    entries: u64,
    contents: u64,
    internal_compression: u8,
    tile_compression: u8,
    tile_type: u8,
    zooms: (u8, u8),
    bounds: [f64; 4],
}

const HEADER_BYTES: usize = 127;

impl Header {
    fn parse(bytes: &[u8; HEADER_BYTES]) -> Result<Self, String> {
        if !bytes.starts_with(b"PMTiles") {
            return Err("it does not begin with \"PMTiles\"".to_owned());
        }
        if bytes[7] != 3 {
            return Err(format!("it is of version {}, only 3 is read", bytes[7]));
        }
        let long = |at: usize| {
            let mut value = [0; 8];
            value.copy_from_slice(&bytes[at..at + 8]);
            u64::from_le_bytes(value)
        };
        // Degrees times ten million.
        let degrees = |at: usize| {
            let mut value = [0; 4];
            value.copy_from_slice(&bytes[at..at + 4]);
            f64::from(i32::from_le_bytes(value)) / 1e7
        };
        let section = |at: usize| Section {
            offset: long(at),
            length: long(at + 8),
        };
        Ok(Self {
            root: section(8),
            metadata: section(24),
            leaves: section(40),
            tiles: section(56),
            addressed: long(72),
            entries: long(80),
            contents: long(88),
            internal_compression: bytes[97],
            tile_compression: bytes[98],
            tile_type: bytes[99],
            zooms: (bytes[100], bytes[101]),
            bounds: [degrees(102), degrees(106), degrees(110), degrees(114)],
        })
    }

    fn tile_type(&self) -> Option<String> {
        const TYPES: [&str; 7] = ["", "mvt", "png", "jpg", "webp", "avif", "mlt"];
        let name = TYPES.get(usize::from(self.tile_type)).copied();
        match name {
            Some("") => None,
            Some(name) => Some(name.to_owned()),
            None => Some(format!("type {}", self.tile_type)),
        }
    }
}

/// The name of a compression (3.3); `None` where it is unknown.
fn compression(number: u8) -> Option<&'static str> {
    const NAMES: [&str; 4] = ["none", "gzip", "brotli", "zstd"];
    NAMES.get(usize::from(number).checked_sub(1)?).copied()
}

/// What the directories have.
#[derive(Debug, Default)]
struct Count {
    addressed: u64,
    /// Offset and length of every entry.
    entries: Vec<(u64, u64)>,
    first: Option<u64>,
    last: Option<u64>,
}

impl Count {
    /// Sizes of the different contents.
    fn sizes(&mut self) -> Vec<u64> {
        self.entries.sort_unstable();
        self.entries.dedup_by_key(|(offset, _)| *offset);
        self.entries.iter().map(|(_, length)| *length).collect()
    }
}

/// The open file.
struct Archive {
    file: File,
    size: u64,
    /// Bytes that may still be read and unpacked.
    budget: u64,
    problems: Problems,
}

impl Archive {
    fn header(&mut self) -> Result<Header, String> {
        let mut bytes = [0; HEADER_BYTES];
        self.file
            .read_exact(&mut bytes)
            .map_err(|_error| "it is shorter than its header of 127 bytes".to_owned())?;
        Header::parse(&bytes)
    }

    fn check_sections(&mut self, header: &Header) {
        let sections = [
            ("the metadata", header.metadata),
            ("the leaf directories", header.leaves),
            ("the tiles", header.tiles),
        ];
        for (name, section) in sections {
            if section.end().is_none_or(|end| end > self.size) {
                let message = format!("{name} reach beyond the end of the file");
                let found = format!(
                    "{} bytes from byte {}, the file has {}",
                    section.length, section.offset, self.size
                );
                let problem = Problem::error(message).found(&found);
                self.problems
                    .add(problem.advice("the file is cut off; get it again"));
            }
        }
        if header.root.end().is_none_or(|end| end > ROOT_END_MAX) {
            let message = "the root directory does not lie in the first 16,384 bytes";
            self.problems.add(Problem::warning(message));
        }
    }

    /// The bytes of a section, unpacked.
    fn section(&mut self, header: &Header, section: Section) -> Result<Vec<u8>, String> {
        if section.end().is_none_or(|end| end > self.size) {
            return Err("it reaches beyond the end of the file".to_owned());
        }
        if section.length > self.budget {
            return Err(OUT_OF_PROPORTION.to_owned());
        }
        let mut bytes = vec![];
        let read = self.unpack(header, section, &mut bytes);
        // What is read costs as well as what comes of it, also where that is an error: many entries may name the same bytes.
        let spent = section.length.max(bytes.len() as u64);
        let rest = self.budget.checked_sub(spent);
        self.budget = rest.unwrap_or(0);
        read.map_err(|error| error.to_string())?;
        rest.map_or(Err(OUT_OF_PROPORTION.to_owned()), |_| Ok(bytes))
    }

    /// Reads a section and unpacks it. More than the budget is an error.
    fn unpack(&self, header: &Header, section: Section, bytes: &mut Vec<u8>) -> io::Result<()> {
        let packing = Packing::of_number(header.internal_compression);
        let packing = packing.ok_or_else(|| io::Error::other("its compression is not known"))?;
        let mut file = &self.file;
        file.seek(SeekFrom::Start(section.offset))?;
        let mut packed = vec![];
        file.take(section.length).read_to_end(&mut packed)?;
        let most = usize::try_from(self.budget).unwrap_or(usize::MAX - 1);
        packing.unpack_into(&packed, most, bytes)
    }

    /// Counts the tiles of a directory and of the leaves in it.
    fn directory(
        &mut self,
        header: &Header,
        section: Section,
        depth: usize,
        count: &mut Count,
    ) -> Result<(), String> {
        let bytes = self.section(header, section)?;
        for entry in directory::decode(&bytes)? {
            if count.last.is_some_and(|last| entry.tile <= last) {
                return Err(format!(
                    "tile {} comes after tile {}, which is not before it",
                    entry.tile,
                    count.last.unwrap_or_default()
                ));
            }
            if entry.run == 0 {
                self.leaf(header, entry, depth, count);
            } else {
                self.entry(header, entry, count)?;
            }
        }
        Ok(())
    }

    fn leaf(&mut self, header: &Header, entry: Entry, depth: usize, count: &mut Count) {
        let within = entry.offset.checked_add(entry.length);
        let section = header.leaves.offset.checked_add(entry.offset);
        let read = match section {
            _ if depth == DEPTH_MAX => Err("directories are nested too deep".to_owned()),
            Some(offset) if within.is_some_and(|end| end <= header.leaves.length) => {
                let length = entry.length;
                self.directory(header, Section { offset, length }, depth + 1, count)
            }
            _ => Err("it lies outside of their section".to_owned()),
        };
        if let Err(why) = read {
            let problem = Problem::error(format!("a leaf directory cannot be read: {why}"));
            self.problems
                .add(problem.found(&format!("the leaf from tile {}", entry.tile)));
        }
    }

    fn entry(&mut self, header: &Header, entry: Entry, count: &mut Count) -> Result<(), String> {
        let last = entry
            .tile
            .checked_add(entry.run - 1)
            .filter(|last| directory::zoom(*last).is_some())
            .ok_or("a tile lies beyond zoom 31")?;
        let end = entry.offset.checked_add(entry.length);
        if end.is_none_or(|end| end > header.tiles.length) {
            let problem = Problem::error("the bytes of a tile lie outside of the tile section");
            self.problems.add(problem.found(&format!(
                "tile {}: {} bytes from {}",
                entry.tile, entry.length, entry.offset
            )));
        }
        count.first.get_or_insert(entry.tile);
        count.last = Some(last);
        count.addressed = count.addressed.saturating_add(entry.run);
        count.entries.push((entry.offset, entry.length));
        Ok(())
    }

    /// The numbers of the header (3.2) are zero where the writer did not know them.
    fn check_counts(&mut self, header: &Header, counted: [u64; 3]) {
        let said = [
            ("tiles that can be asked for", header.addressed),
            ("entries", header.entries),
            ("different contents", header.contents),
        ];
        for ((name, said), counted) in said.into_iter().zip(counted) {
            if said != 0 && said != counted {
                let message = format!("the header does not say right how many {name} there are");
                let found = format!("header {said}, directories {counted}");
                self.problems.add(Problem::warning(message).found(&found));
            }
        }
    }

    fn check_zooms(&mut self, header: &Header, count: &Count) {
        let zoom = |tile: Option<u64>| tile.and_then(directory::zoom);
        let Some(real) = zoom(count.first).zip(zoom(count.last)) else {
            return;
        };
        if real != header.zooms {
            let message = "the zooms of the header are not those of the tiles";
            let found = format!(
                "header {}–{}, tiles {}–{}",
                header.zooms.0, header.zooms.1, real.0, real.1
            );
            self.problems.add(Problem::warning(message).found(&found));
        }
    }

    fn bounds(&mut self, header: &Header) -> Option<[f64; 4]> {
        let bounds = metadata::sensible_bounds(header.bounds);
        if bounds.is_none() {
            let [west, south, east, north] = header.bounds;
            let problem = Problem::warning("the bounds of the header make no sense");
            self.problems
                .add(problem.found(&format!("{west} {south} {east} {north}")));
        }
        bounds
    }

    /// The metadata (chapter 5): an object.
    fn metadata(&mut self, header: &Header) -> Map<String, Value> {
        if header.metadata.length == 0 {
            self.problems
                .add(Problem::warning("the archive has no metadata"));
            return Map::new();
        }
        let bytes = self.section(header, header.metadata);
        let metadata = bytes.and_then(|bytes| {
            serde_json::from_slice::<Map<String, Value>>(&bytes).map_err(|error| error.to_string())
        });
        metadata.unwrap_or_else(|why| {
            let message = format!("the metadata cannot be read: {why}");
            self.problems.add(Problem::error(message));
            Map::new()
        })
    }
}
