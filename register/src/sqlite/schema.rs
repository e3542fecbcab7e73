//! Makes the tables of a register, or what a file lacks of them.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::layout::{Column, Layout, Table, is_table, quoted};
use super::{database_error, unfit};
use crate::RegisterError;

/// Version of Comarca's own tables.
const VERSION: i64 = 1;
/// `GPKG`, and what versions 1.0 and 1.1 had in its place (OGC 12-128r19, requirement 2).
const GEOPACKAGE: [i64; 3] = [0x4750_4B47, 0x4750_3130, 0x4750_3131];

/// The tables that every `GeoPackage` has, and the three systems (requirements 10 to 13).
const PACKAGE: &str = "\
PRAGMA application_id = 1196444487;
PRAGMA user_version = 10300;
CREATE TABLE gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL,
  srs_id INTEGER PRIMARY KEY,
  organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL,
  definition TEXT NOT NULL,
  description TEXT
);
INSERT INTO gpkg_spatial_ref_sys VALUES
  ('Undefined Cartesian', -1, 'NONE', -1, 'undefined', NULL),
  ('Undefined geographic', 0, 'NONE', 0, 'undefined', NULL);
CREATE TABLE gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY,
  data_type TEXT NOT NULL,
  identifier TEXT UNIQUE,
  description TEXT DEFAULT '',
  last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE,
  srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id)
);
CREATE TABLE gpkg_geometry_columns (
  table_name TEXT NOT NULL,
  column_name TEXT NOT NULL,
  geometry_type_name TEXT NOT NULL,
  srs_id INTEGER NOT NULL,
  z TINYINT NOT NULL,
  m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
  CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents (table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id)
);";

/// WGS 84 in the older well-known text that `GeoPackage` asks for.
const WGS84: &str = r#"INSERT OR IGNORE INTO gpkg_spatial_ref_sys
  (srs_name, srs_id, organization, organization_coordsys_id, definition, description)
VALUES ('WGS 84 geodetic', 4326, 'EPSG', 4326, 'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]', 'longitude and latitude in degrees')"#;

/// Comarca's own tables. Persons are in a table of their own, so that whoever reads the demands does not read them.
const OWN: &str = "\
CREATE TABLE IF NOT EXISTS comarca_register (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  schema_version INTEGER NOT NULL,
  seq INTEGER NOT NULL DEFAULT 0,
  last_demand INTEGER NOT NULL DEFAULT 0,
  last_assembly INTEGER NOT NULL DEFAULT 0,
  edits INTEGER NOT NULL DEFAULT 0,
  recorded_edits INTEGER NOT NULL DEFAULT 0,
  tokens INTEGER NOT NULL DEFAULT 0,
  writes INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS comarca_private (
  id TEXT PRIMARY KEY NOT NULL,
  author TEXT,
  contact TEXT
);
CREATE TABLE IF NOT EXISTS comarca_history (
  seq INTEGER PRIMARY KEY NOT NULL,
  at TEXT NOT NULL,
  who TEXT NOT NULL,
  action TEXT NOT NULL,
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  before TEXT,
  after TEXT
);
CREATE INDEX IF NOT EXISTS comarca_history_id ON comarca_history (kind, id);
CREATE TABLE IF NOT EXISTS comarca_idempotency (
  who TEXT NOT NULL,
  key TEXT NOT NULL,
  at TEXT NOT NULL,
  digest BLOB NOT NULL,
  first_seq INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  PRIMARY KEY (who, key)
);
CREATE INDEX IF NOT EXISTS comarca_idempotency_at ON comarca_idempotency (at);
CREATE TABLE IF NOT EXISTS comarca_tokens (
  number INTEGER PRIMARY KEY NOT NULL,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  communes TEXT NOT NULL,
  created TEXT NOT NULL,
  expires TEXT,
  revoked TEXT,
  digest BLOB NOT NULL
);";

/// Refuses what is no `GeoPackage`, and what a later Comarca has made.
pub(super) fn check(database: &Connection, path: &Path) -> Result<(), RegisterError> {
    let broken = |error: rusqlite::Error| database_error(path, &error);
    let kind: i64 = database
        .query_row("PRAGMA application_id", [], |row| row.get(0))
        .map_err(broken)?;
    let is_package = is_table(database, "gpkg_contents").map_err(broken)?;
    let is_empty = is_empty(database).map_err(broken)?;
    if !(is_empty && kind == 0 || is_package && (kind == 0 || GEOPACKAGE.contains(&kind))) {
        return Err(unfit(path, "is an SQLite database, but no GeoPackage"));
    }
    if is_table(database, "comarca_register").map_err(broken)? {
        let version = version(database).map_err(broken)?;
        if version > VERSION {
            let why =
                format!("was made by a later Comarca (schema {version}; this one knows {VERSION})");
            return Err(unfit(path, why));
        }
    }
    Ok(())
}

/// Adds all that is missing, in one transaction. Writes nothing where nothing is.
pub(super) fn prepare(database: &mut Connection, path: &Path) -> Result<Layout, RegisterError> {
    let layout = Layout::of(database, path)?;
    let broken = |error: rusqlite::Error| database_error(path, &error);
    if is_complete(database, &layout).map_err(broken)? {
        return Ok(layout);
    }
    let behavior = TransactionBehavior::Immediate;
    let transaction = database
        .transaction_with_behavior(behavior)
        .map_err(broken)?;
    // Another process may have been faster.
    check(&transaction, path)?;
    let layout = Layout::of(&transaction, path)?;
    for table in [&layout.demands, &layout.assemblies] {
        if table.has_numbers_for_ids(&transaction).map_err(broken)? {
            let why = format!(
                "the column id of its table {} is the number of the row; ids are texts",
                table.name
            );
            return Err(unfit(path, why));
        }
    }
    complete(&transaction, &layout).map_err(broken)?;
    transaction.commit().map_err(broken)?;
    Layout::of(database, path)
}

fn is_empty(database: &Connection) -> rusqlite::Result<bool> {
    database.query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| {
        row.get(0)
    })
}

fn version(database: &Connection) -> rusqlite::Result<i64> {
    database.query_row(
        "SELECT coalesce(max(schema_version), 0) FROM comarca_register",
        [],
        |row| row.get(0),
    )
}

fn is_complete(database: &Connection, layout: &Layout) -> rusqlite::Result<bool> {
    let tables = [&layout.demands, &layout.assemblies];
    if !layout.has_own
        || tables
            .iter()
            .any(|table| !table.is_there || table.missing().next().is_some())
    {
        return Ok(false);
    }
    let triggers: i64 = database.query_row(
        "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND name GLOB 'comarca_*'",
        [],
        |row| row.get(0),
    )?;
    Ok(triggers == 6 && version(database)? == VERSION)
}

fn complete(database: &Connection, layout: &Layout) -> rusqlite::Result<()> {
    if is_empty(database)? {
        database.execute_batch(PACKAGE)?;
    }
    database.execute(WGS84, [])?;
    for (table, title) in [
        (&layout.demands, "Demands"),
        (&layout.assemblies, "Assemblies"),
    ] {
        if table.is_there {
            for (name, kind) in table.missing() {
                let sql = format!(
                    "ALTER TABLE {} ADD COLUMN {} {kind}",
                    table.name,
                    quoted(name)
                );
                database.execute_batch(&sql)?;
            }
        } else {
            create(database, table, title)?;
        }
        database.execute_batch(&watch(table))?;
    }
    database.execute_batch(OWN)?;
    database.execute(
        "INSERT INTO comarca_register (one, schema_version) VALUES (1, ?1)
         ON CONFLICT (one) DO UPDATE SET schema_version = excluded.schema_version",
        [VERSION],
    )?;
    Ok(())
}

fn create(database: &Connection, table: &Table, title: &str) -> rusqlite::Result<()> {
    let name = table.name;
    let columns = table
        .missing()
        .map(|(name, kind): Column| format!(", {} {kind}", quoted(name)));
    let columns: String = columns.collect();
    database.execute_batch(&format!(
        "CREATE TABLE {name} (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL{columns})"
    ))?;
    let is_spatial = name == "demands";
    let kind = if is_spatial { "features" } else { "attributes" };
    database.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES (?1, ?2, ?1, ?3, ?4)",
        (name, kind, title, is_spatial.then_some(super::geometry::WGS84)),
    )?;
    if is_spatial {
        database.execute_batch(
            "INSERT INTO gpkg_geometry_columns VALUES ('demands', 'geom', 'POINT', 4326, 0, 0)",
        )?;
    }
    Ok(())
}

/// Triggers that count what other programs write, and an index to find ids by.
///
/// Comarca says in each transaction that it is the one who writes; nobody else ever sees that.
fn watch(table: &Table) -> String {
    let (name, id) = (table.name, table.column("id"));
    let index = format!("CREATE INDEX IF NOT EXISTS comarca_{name}_id ON {name} ({id});\n");
    let triggers = ["insert", "update", "delete"].map(|event| {
        format!(
            "CREATE TRIGGER IF NOT EXISTS comarca_{name}_{event} AFTER {event} ON {name} \
             WHEN (SELECT writes FROM comarca_register) IS NOT 1 \
             BEGIN UPDATE comarca_register SET edits = edits + 1; END;\n"
        )
    });
    index + &triggers.concat()
}
