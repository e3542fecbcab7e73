//! `MBTiles` 1.3: an `SQLite` database with the tables `metadata`, `map` and `images` and the view `tiles`.
//!
//! Equal tiles share a row of `images`. Everything is written in one transaction to a file that nobody else knows yet, so
//! `SQLite` needs no journal.

use std::path::Path;

use comarca_engine::tile::TileCoord;
use rusqlite::{Connection, params};

use super::metadata::Metadata;
use super::part::Part;
use super::{ExportError, TileProgress, go_on};
use crate::export::whole_file::WholeFile;

/// "MPBX", as the specification asks for.
const APPLICATION_ID: u32 = 0x4d50_4258;

const TABLES: &str = "
CREATE TABLE metadata (name TEXT NOT NULL PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE images (tile_id INTEGER PRIMARY KEY, tile_data BLOB NOT NULL);
CREATE TABLE map (
  zoom_level INTEGER NOT NULL, tile_column INTEGER NOT NULL, tile_row INTEGER NOT NULL, tile_id INTEGER NOT NULL,
  PRIMARY KEY (zoom_level, tile_column, tile_row)
) WITHOUT ROWID;
CREATE VIEW tiles AS
  SELECT zoom_level, tile_column, tile_row, tile_data FROM map JOIN images ON images.tile_id = map.tile_id;
";

/// What the database is called until it is whole: always alike, so that one that was left by a killed export is written over.
/// Whoever writes it holds the lock of the part.
const DRAFT: &str = ".part.database";

/// Writes the part as a database.
pub(super) fn write(
    part: &Part,
    metadata: &Metadata,
    path: &Path,
    progress: &dyn TileProgress,
) -> Result<(), ExportError> {
    let file = WholeFile::create_as(path, DRAFT)?;
    let mut database = Connection::open(file.path()).map_err(refused)?;
    fill(&mut database, part, metadata, progress)?;
    database.close().map_err(|(_, error)| refused(error))?;
    std::fs::File::open(file.path())?.sync_all()?;
    Ok(file.keep()?)
}

fn fill(
    database: &mut Connection,
    part: &Part,
    metadata: &Metadata,
    progress: &dyn TileProgress,
) -> Result<(), ExportError> {
    let settings = format!(
        "PRAGMA page_size = 4096; PRAGMA encoding = 'UTF-8'; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
         PRAGMA application_id = {APPLICATION_ID};"
    );
    database.execute_batch(&settings).map_err(refused)?;
    let transaction = database.transaction().map_err(refused)?;
    transaction.execute_batch(TABLES).map_err(refused)?;
    {
        let mut row = transaction
            .prepare("INSERT INTO metadata (name, value) VALUES (?1, ?2)")
            .map_err(refused)?;
        for (name, value) in metadata.rows() {
            row.execute(params![name, value]).map_err(refused)?;
        }
        images(&transaction, part, progress)?;
        map(&transaction, part, progress)?;
    }
    transaction.commit().map_err(refused)
}

/// Each content once, in the order it was stored in; where it begins is its number.
fn images(
    database: &Connection,
    part: &Part,
    progress: &dyn TileProgress,
) -> Result<(), ExportError> {
    let mut image = database
        .prepare("INSERT INTO images (tile_id, tile_data) VALUES (?1, ?2)")
        .map_err(refused)?;
    let (mut stored_to, mut bytes) = (0, vec![]);
    for record in part.tiles() {
        go_on(progress)?;
        if record.content.end() > stored_to {
            part.read(record.content, &mut bytes)?;
            image
                .execute(params![record.content.offset, bytes])
                .map_err(refused)?;
            stored_to = record.content.end();
        }
    }
    Ok(())
}

/// Tiles in the order of their key. Rows count from the south.
fn map(database: &Connection, part: &Part, progress: &dyn TileProgress) -> Result<(), ExportError> {
    let mut tile = database
        .prepare(
            "INSERT INTO map (zoom_level, tile_column, tile_row, tile_id) VALUES (?1, ?2, ?3, ?4)",
        )
        .map_err(refused)?;
    let mut rows: Vec<_> = part
        .tiles()
        .filter_map(|record| {
            let coord = TileCoord::from_curve_number(record.tile)?;
            let row = (1 << coord.z()) - 1 - coord.y();
            Some((coord.z(), coord.x(), row, record.content.offset))
        })
        .collect();
    rows.sort_unstable();
    for row in rows {
        go_on(progress)?;
        tile.execute(row).map_err(refused)?;
    }
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "the form that map_err takes")]
fn refused(error: rusqlite::Error) -> ExportError {
    ExportError::unfit(
        format!("cannot be written as MBTiles: {error}"),
        "look whether the disk is full",
    )
}
