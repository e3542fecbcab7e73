//! One tile of a `PMTiles` archive by its place: reads at positions, directories kept within a bound.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use comarca_engine::tile::TileCoord;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use serde_json::{Map, Value};

use super::super::directory::{self, Entry};
use super::super::metadata;
use super::super::open::{Said, StoredTile, TILE_BYTES_MAX, TileStore};
use super::super::packing::Packing;
use super::{DEPTH_MAX, HEADER_BYTES, Header, Section};
use crate::problem::LoadError;
use crate::source::{stem, unreadable};

/// Most bytes of a directory or the metadata, stored or unpacked. Writers keep leaves below 100 kB.
const SECTION_BYTES_MAX: u64 = 8 << 20;
/// Memory for leaf directories.
const LEAVES_BYTES_MAX: u64 = 16 << 20;
/// What a leaf usually takes, from which the number of slots follows.
const LEAF_BYTES: usize = 64 << 10;

#[derive(Clone, Debug)]
struct Bytes;

impl Weighter<u64, Arc<[Entry]>> for Bytes {
    fn weight(&self, _: &u64, leaf: &Arc<[Entry]>) -> u64 {
        (size_of_val::<[Entry]>(leaf) + 64) as u64
    }
}

/// An archive whose header and root directory are in memory.
#[derive(Debug)]
struct Lookup {
    file: File,
    size: u64,
    header: Header,
    root: Arc<[Entry]>,
    /// Leaves by where they begin.
    leaves: Cache<u64, Arc<[Entry]>, Bytes>,
}

/// Opens the archive at `path`.
pub(in super::super) fn open(path: &Path) -> Result<(Said, Box<dyn TileStore>), LoadError> {
    let opened = File::open(path).and_then(|file| Ok((file.metadata()?.len(), file)));
    let (size, file) = opened.map_err(|error| unreadable(path, &error))?;
    let wrong = |what: &str, why: String| LoadError::new(path, format!("{what}: {why}"));
    let mut bytes = [0; HEADER_BYTES];
    let header = read_at(&file, &mut bytes, 0)
        .map_err(|_short| "it is shorter than its header of 127 bytes".to_owned())
        .and_then(|()| Header::parse(&bytes))
        .map_err(|why| wrong("cannot be read as PMTiles", why))?;
    let mut lookup = Lookup {
        file,
        size,
        root: Arc::new([]),
        leaves: Cache::with_weighter(
            usize::try_from(LEAVES_BYTES_MAX).unwrap_or(0) / LEAF_BYTES,
            LEAVES_BYTES_MAX,
            Bytes,
        ),
        header,
    };
    let root = lookup.directory(lookup.header.root);
    lookup.root = root.map_err(|why| wrong("the root directory cannot be read", why))?;
    let metadata = lookup
        .metadata()
        .map_err(|why| wrong("the metadata cannot be read", why))?;
    let text = |name: &str| {
        metadata
            .get(name)
            .map(metadata::text)
            .filter(|text| !text.is_empty())
    };
    let said = Said {
        name: text("name").unwrap_or_else(|| stem(path)),
        attribution: text("attribution"),
        tile_type: lookup.header.tile_type(),
        zooms: Some(lookup.header.zooms),
        bounds: metadata::sensible_bounds(lookup.header.bounds),
        layers: metadata::vector_layers(&metadata),
        packing: Packing::of_number(lookup.header.tile_compression).unwrap_or(Packing::None),
    };
    Ok((said, Box::new(lookup)))
}

impl Lookup {
    /// The bytes of a part of the file, which must lie in it.
    fn bytes(&self, section: Section, most: u64) -> Result<Vec<u8>, String> {
        if section.end().is_none_or(|end| end > self.size) {
            return Err("it reaches beyond the end of the file".to_owned());
        }
        let length = usize::try_from(section.length)
            .ok()
            .filter(|_| section.length <= most);
        let length = length.ok_or_else(|| format!("it has more than {most} bytes"))?;
        let mut bytes = vec![0; length];
        read_at(&self.file, &mut bytes, section.offset).map_err(|error| error.to_string())?;
        Ok(bytes)
    }

    /// A directory or the metadata, unpacked.
    fn unpacked(&self, section: Section) -> Result<Vec<u8>, String> {
        let bytes = self.bytes(section, SECTION_BYTES_MAX)?;
        let packing = Packing::of_number(self.header.internal_compression);
        let packing = packing.ok_or("its compression is not known")?;
        let most = usize::try_from(SECTION_BYTES_MAX).unwrap_or(usize::MAX);
        packing
            .unpack(&bytes, most)
            .map_err(|error| error.to_string())
    }

    fn directory(&self, section: Section) -> Result<Arc<[Entry]>, String> {
        Ok(directory::decode(&self.unpacked(section)?)?.into())
    }

    /// The metadata (chapter 5): an object, or nothing.
    fn metadata(&self) -> Result<Map<String, Value>, String> {
        if self.header.metadata.length == 0 {
            return Ok(Map::new());
        }
        let bytes = self.unpacked(self.header.metadata)?;
        serde_json::from_slice(&bytes).map_err(|error| error.to_string())
    }

    fn leaf(&self, entry: Entry) -> Result<Arc<[Entry]>, String> {
        let section = within(self.header.leaves, entry);
        let section = section.ok_or("a leaf directory lies outside of their section")?;
        if let Some(leaf) = self.leaves.get(&section.offset) {
            return Ok(leaf);
        }
        let leaf = self.directory(section);
        let leaf = leaf.map_err(|why| format!("a leaf directory cannot be read: {why}"))?;
        self.leaves.insert(section.offset, Arc::clone(&leaf));
        Ok(leaf)
    }

    /// The entry of a tile (4.3): from the root down the leaves.
    fn entry(&self, tile: u64) -> Result<Option<Entry>, String> {
        let mut directory = Arc::clone(&self.root);
        for _ in 0..=DEPTH_MAX {
            let behind = directory.partition_point(|entry| entry.tile <= tile);
            let Some(entry) = behind.checked_sub(1).map(|at| directory[at]) else {
                return Ok(None);
            };
            if entry.run > 0 {
                return Ok((tile - entry.tile < entry.run).then_some(entry));
            }
            directory = self.leaf(entry)?;
        }
        Err("directories are nested too deep".to_owned())
    }
}

impl TileStore for Lookup {
    fn tile(&self, coord: TileCoord) -> Result<Option<StoredTile>, String> {
        let Some(entry) = self.entry(coord.curve_number())? else {
            return Ok(None);
        };
        let section = within(self.header.tiles, entry);
        let section = section.ok_or("its bytes lie outside of the tile section")?;
        let bytes = self.bytes(section, TILE_BYTES_MAX as u64)?;
        // Zero says that the compression is not known.
        let packing = match Packing::of_number(self.header.tile_compression) {
            Some(packing) => packing,
            None => Packing::of_bytes(&bytes),
        };
        let looks = Packing::of_bytes(&bytes);
        if matches!(packing, Packing::Gzip | Packing::Zstd) && looks != packing {
            return Err("it is not compressed as the header says".to_owned());
        }
        Ok(Some(StoredTile { bytes, packing }))
    }
}

/// Where the bytes of an entry lie in the file, if they lie in their section.
fn within(section: Section, entry: Entry) -> Option<Section> {
    let end = entry.offset.checked_add(entry.length)?;
    let offset = section.offset.checked_add(entry.offset)?;
    (end <= section.length).then_some(Section {
        offset,
        length: entry.length,
    })
}

/// Fills the buffer from a position, without moving the file's own.
#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset)
}

/// Fills the buffer from a position. Nobody else uses the file's own.
#[cfg(windows)]
fn read_at(file: &File, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        let read = std::os::windows::fs::FileExt::seek_read(file, buffer, offset)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        buffer = &mut buffer[read..];
        offset += read as u64;
    }
    Ok(())
}
