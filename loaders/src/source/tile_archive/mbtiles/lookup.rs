//! One tile of an `MBTiles` archive by its place: a query on one of some connections.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use comarca_engine::tile::TileCoord;
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension};

use super::super::open::{Said, StoredTile, TILE_BYTES_MAX, TileStore};
use super::super::packing::Packing;
use super::super::{Problems, metadata};
use super::{Archive, Tiles, rows_of_metadata, signature};
use crate::problem::LoadError;
use crate::source::geopackage::open_unwatched;
use crate::source::stem;

/// Connections that are kept open.
const KEPT_MAX: usize = 8;
/// Steps of `SQLite`'s machine between two looks at the budget.
const STEPS: i32 = 10_000;
/// Looks that a query may take: a tile that an index finds takes none.
const LOOKS_MAX: usize = 200;

const ONE_TILE: &str = "SELECT tile_data FROM tiles WHERE zoom_level = ?1 AND tile_column = ?2 AND tile_row = ?3 LIMIT 1";

/// A connection with the looks that its query may still take.
#[derive(Debug)]
struct Desk {
    database: Connection,
    looks: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct Lookup {
    path: PathBuf,
    free: Mutex<Vec<Desk>>,
}

/// Opens the archive at `path`.
pub(in super::super) fn open(path: &Path) -> Result<(Said, Box<dyn TileStore>), LoadError> {
    let broken =
        |error: rusqlite::Error| LoadError::caused(path, "cannot be read as MBTiles", told(&error));
    let desk = Desk::new(path).map_err(broken)?;
    let mut archive = Archive {
        metadata: rows_of_metadata(&desk.database).map_err(broken)?,
        problems: Problems::default(),
    };
    let zoom = |function: &str| {
        desk.looks.store(LOOKS_MAX, Ordering::Relaxed);
        let query = format!("SELECT {function}(zoom_level) FROM tiles");
        desk.database
            .query_row(&query, [], |row| row.get::<_, Option<i64>>(0))
    };
    // Where the metadata says the zooms, nobody has to look for them.
    let is_said = archive.get("minzoom").is_some() && archive.get("maxzoom").is_some();
    let zooms = match is_said {
        true => None,
        false => zoom("min")
            .map_err(broken)?
            .zip(zoom("max").map_err(broken)?),
    };
    let kind = match archive.format() {
        Some(_) => None,
        None => first(&desk.database).map_err(broken)?,
    };
    let tiles = Tiles {
        zooms,
        kind,
        ..Tiles::default()
    };
    let json = archive.json();
    let tile_type = archive.tile_type(&tiles);
    let said = Said {
        name: archive
            .get("name")
            .map_or_else(|| stem(path), str::to_owned),
        attribution: archive.get("attribution").map(str::to_owned),
        // Vector tiles are compressed with gzip (MBTiles 1.3).
        packing: match tile_type.as_deref() {
            Some("mvt") => Packing::Gzip,
            _ => Packing::None,
        },
        tile_type,
        zooms: archive.zooms(&tiles),
        bounds: archive.bounds(),
        layers: metadata::vector_layers(&json),
    };
    let lookup = Lookup {
        path: path.to_owned(),
        free: Mutex::new(vec![desk]),
    };
    Ok((said, Box::new(lookup)))
}

/// What the first tile is.
fn first(database: &Connection) -> rusqlite::Result<Option<&'static str>> {
    let look = |row: &rusqlite::Row<'_>| match row.get_ref(0)? {
        ValueRef::Blob(tile) => Ok(signature(tile).0),
        _ => Ok(None),
    };
    let found = database
        .query_row("SELECT tile_data FROM tiles LIMIT 1", [], look)
        .optional()?;
    Ok(found.flatten())
}

impl Desk {
    /// A connection, read-only, to a file that nobody checked.
    fn new(path: &Path) -> rusqlite::Result<Self> {
        let database = open_unwatched(path)?;
        let most = i32::try_from(TILE_BYTES_MAX).unwrap_or(i32::MAX);
        database.set_limit(Limit::SQLITE_LIMIT_LENGTH, most)?;
        let looks = Arc::new(AtomicUsize::new(LOOKS_MAX));
        let left = Arc::clone(&looks);
        let spent = move || left.fetch_sub(1, Ordering::Relaxed) <= 1;
        database.progress_handler(STEPS, Some(spent));
        Ok(Self { database, looks })
    }

    fn tile(&self, coord: TileCoord) -> rusqlite::Result<Option<Vec<u8>>> {
        self.looks.store(LOOKS_MAX, Ordering::Relaxed);
        let mut query = self.database.prepare_cached(ONE_TILE)?;
        // Rows count from the south.
        let row = (1 << coord.z()) - 1 - coord.y();
        query
            .query_row((coord.z(), coord.x(), row), |row| row.get::<_, Vec<u8>>(0))
            .optional()
    }
}

impl Lookup {
    fn free(&self) -> std::sync::MutexGuard<'_, Vec<Desk>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TileStore for Lookup {
    fn tile(&self, coord: TileCoord) -> Result<Option<StoredTile>, String> {
        let kept = self.free().pop();
        let desk = match kept {
            Some(desk) => desk,
            None => Desk::new(&self.path).map_err(|error| told(&error))?,
        };
        let found = desk.tile(coord).map_err(|error| told(&error));
        let mut free = self.free();
        if free.len() < KEPT_MAX {
            free.push(desk);
        }
        drop(free);
        let stored = |bytes: Vec<u8>| StoredTile {
            packing: Packing::of_bytes(&bytes),
            bytes,
        };
        Ok(found?.filter(|bytes| !bytes.is_empty()).map(stored))
    }
}

/// What went wrong, with what may be done about it.
fn told(error: &rusqlite::Error) -> String {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::OperationInterrupted) => {
            "finding it takes too long; make an index on zoom_level, tile_column and tile_row (MBTiles 1.3)".to_owned()
        }
        _ => error.to_string(),
    }
}
