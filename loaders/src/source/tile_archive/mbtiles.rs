//! `MBTiles` 1.3: an `SQLite` database with the tables `metadata` and `tiles`.

mod lookup;

use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use serde_json::{Map, Value};

use super::{TileArchive, TileSizes, metadata};
use crate::problem::{LoadError, Problem, Problems};
use crate::source::geopackage::{has_table, open, text};
use crate::source::{Format, stem};

pub(super) use lookup::open as open_archive;

/// Whether the database at `path` has the tables of `MBTiles` and not those of a `GeoPackage`.
pub(in crate::source) fn is_archive(path: &Path) -> bool {
    let look = || {
        let database = open(path, file_bytes(path)?).ok()?;
        let has = |name: &str| has_table(&database, name).ok();
        Some(has("tiles")? && has("metadata")? && !has("gpkg_contents")?)
    };
    look().unwrap_or(false)
}

fn file_bytes(path: &Path) -> Option<usize> {
    usize::try_from(std::fs::metadata(path).ok()?.len()).ok()
}

/// Reads what the archive says and counts its tiles.
pub(super) fn read(path: &Path) -> Result<TileArchive, LoadError> {
    let broken =
        |error: rusqlite::Error| LoadError::caused(path, "cannot be read as MBTiles", error);
    let size = file_bytes(path).unwrap_or(usize::MAX);
    let database = open(path, size).map_err(broken)?;
    let mut archive = Archive {
        metadata: rows_of_metadata(&database).map_err(broken)?,
        problems: Problems::default(),
    };
    let mut tiles = tiles(&database).map_err(broken)?;
    archive.check(&tiles);
    let json = archive.json();
    let zooms = archive.zooms(&tiles);
    Ok(TileArchive {
        format: Format::MbTiles,
        name: archive
            .get("name")
            .map_or_else(|| stem(path), str::to_owned),
        tile_type: archive.tile_type(&tiles),
        tile_compression: tiles.compression.map(str::to_owned),
        zooms,
        bounds: archive.bounds(),
        addressed_tiles: tiles.sizes.len() as u64,
        tile_entries: None,
        tile_contents: None,
        sizes: TileSizes::of(&mut tiles.sizes),
        layers: metadata::vector_layers(&json),
        problems: archive.problems.into_vec(),
    })
}

/// Names and values of the metadata; the first thousand.
fn rows_of_metadata(database: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    let mut query = database.prepare("SELECT name, value FROM metadata LIMIT 1000")?;
    let pair = |row: &Row| Ok((text(row, 0)?, text(row, 1)?));
    query.query_map([], pair)?.collect()
}

/// What the table of tiles has.
#[derive(Debug, Default)]
struct Tiles {
    sizes: Vec<u64>,
    zooms: Option<(i64, i64)>,
    /// Tiles whose column or row is not one of their zoom, or whose zoom is none.
    misplaced: u64,
    /// Tiles without bytes.
    empty: u64,
    compression: Option<&'static str>,
    /// What the first bytes of the first tile say it is.
    kind: Option<&'static str>,
}

/// Goes over all tiles; their bytes stay where they are but for those of the first.
fn tiles(database: &Connection) -> rusqlite::Result<Tiles> {
    let mut tiles = Tiles::default();
    let mut query = database
        .prepare("SELECT zoom_level, tile_column, tile_row, length(tile_data) FROM tiles")?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let number = |column: usize| row.get::<_, i64>(column).ok();
        match (number(0), number(1), number(2)) {
            (Some(zoom @ 0..=31), Some(x), Some(y)) => {
                let zooms = tiles.zooms.get_or_insert((zoom, zoom));
                *zooms = (zooms.0.min(zoom), zooms.1.max(zoom));
                let inside = |at: i64| (0..1_i64 << zoom).contains(&at);
                tiles.misplaced += u64::from(!(inside(x) && inside(y)));
            }
            _ => tiles.misplaced += 1,
        }
        let size = number(3).and_then(|size| u64::try_from(size).ok());
        tiles.empty += u64::from(size.unwrap_or(0) == 0);
        tiles.sizes.push(size.unwrap_or(0));
    }
    let mut query = database.prepare("SELECT tile_data FROM tiles LIMIT 1")?;
    let mut rows = query.query([])?;
    if let Some(row) = rows.next()?
        && let ValueRef::Blob(tile) = row.get_ref(0)?
    {
        (tiles.kind, tiles.compression) = signature(tile);
    }
    Ok(tiles)
}

/// What a tile is and how it is compressed, by its first bytes.
fn signature(tile: &[u8]) -> (Option<&'static str>, Option<&'static str>) {
    match tile {
        [0x1f, 0x8b, ..] => (None, Some("gzip")),
        [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] => (None, Some("zlib")),
        [0x89, b'P', b'N', b'G', ..] => (Some("png"), Some("none")),
        [0xff, 0xd8, 0xff, ..] => (Some("jpg"), Some("none")),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => (Some("webp"), Some("none")),
        [0x1a, ..] => (Some("mvt"), Some("none")),
        _ => (None, None),
    }
}

struct Archive {
    metadata: Vec<(String, String)>,
    problems: Problems,
}

impl Archive {
    fn get(&self, name: &str) -> Option<&str> {
        let found = self.metadata.iter().find(|(known, _)| known == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    fn check(&mut self, tiles: &Tiles) {
        for name in ["name", "format"] {
            if self.get(name).is_none() {
                let message = format!("the metadata does not say the {name} (MBTiles 1.3)");
                self.problems.add(Problem::warning(message));
            }
        }
        let counted = [
            (
                tiles.misplaced,
                "a tile has a zoom, column or row that does not exist",
            ),
            (tiles.empty, "a tile has no bytes"),
        ];
        for (count, message) in counted {
            if count > 0 {
                self.problems.add(Problem::warning(message).times(count));
            }
        }
        if tiles.sizes.is_empty() {
            self.problems
                .add(Problem::warning("the archive has no tile"));
        }
        if let (Some(said), Some(kind)) = (self.format(), tiles.kind)
            && said != kind
        {
            let message = "the tiles are not of the format that the metadata says";
            let found = format!("metadata {said}, first tile {kind}");
            self.problems.add(Problem::warning(message).found(&found));
        }
    }

    /// The format of the metadata in the words of `PMTiles`.
    fn format(&self) -> Option<String> {
        self.get("format").map(|format| match format {
            "pbf" | "application/vnd.mapbox-vector-tile" => "mvt".to_owned(),
            "jpeg" => "jpg".to_owned(),
            format => format.to_owned(),
        })
    }

    fn tile_type(&self, tiles: &Tiles) -> Option<String> {
        self.format().or_else(|| tiles.kind.map(str::to_owned))
    }

    /// The zooms that the metadata says, else those of the tiles; told where they differ.
    fn zooms(&mut self, tiles: &Tiles) -> Option<(u8, u8)> {
        let zoom = |name: &str| self.get(name)?.trim().parse::<u8>().ok();
        let said = zoom("minzoom").zip(zoom("maxzoom"));
        let narrow = |zoom: i64| u8::try_from(zoom).ok();
        let real = tiles
            .zooms
            .and_then(|(min, max)| Some((narrow(min)?, narrow(max)?)));
        if let (Some(said), Some(real)) = (said, real)
            && said != real
        {
            let message = "the zooms of the metadata are not those of the tiles";
            let found = format!(
                "metadata {}–{}, tiles {}–{}",
                said.0, said.1, real.0, real.1
            );
            self.problems.add(Problem::warning(message).found(&found));
        }
        said.or(real)
    }

    fn bounds(&mut self) -> Option<[f64; 4]> {
        let text = self.get("bounds")?.to_owned();
        let numbers: Vec<f64> = text
            .split(',')
            .map_while(|number| number.trim().parse().ok())
            .filter(|number: &f64| number.is_finite())
            .collect();
        let mut tell = |message: &str| self.problems.add(Problem::warning(message).found(&text));
        let Ok(bounds) = <[f64; 4]>::try_from(numbers) else {
            tell("the bounds of the metadata are not four numbers");
            return None;
        };
        let sensible = metadata::sensible_bounds(bounds);
        if sensible.is_none() {
            tell("the bounds of the metadata make no sense");
        }
        sensible
    }

    /// The row `json`, which has the vector layers.
    fn json(&mut self) -> Map<String, Value> {
        let Some(text) = self.get("json") else {
            return Map::new();
        };
        serde_json::from_str(text).unwrap_or_else(|error| {
            let message = format!("the json of the metadata cannot be read: {error}");
            self.problems.add(Problem::error(message));
            Map::new()
        })
    }
}
