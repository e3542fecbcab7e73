//! The tables that the standard demands (clauses 1.1.1 to 2.1.5), and those of the layers.

/// Nobody knows the file yet, and a half one is thrown away: no journal, no waiting for the disk.
pub(super) const SETTINGS: &str = "
PRAGMA page_size = 4096;
PRAGMA application_id = 0x47504b47;
PRAGMA user_version = 10300;
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA cache_size = -65536;";

/// Clauses 1.1.2, 1.1.3, 2.1.5 and 2.3.2, with the three systems that every file has.
pub(super) const TABLES: &str = r#"
CREATE TABLE gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE, description TEXT DEFAULT '',
  last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL,
  srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
CREATE TABLE gpkg_extensions (
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
INSERT INTO gpkg_spatial_ref_sys VALUES
  ('Undefined Cartesian SRS', -1, 'NONE', -1, 'undefined', 'undefined Cartesian coordinate reference system'),
  ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', 'undefined geographic coordinate reference system'),
  ('WGS 84 geodetic', 4326, 'EPSG', 4326,
   'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]',
   'longitude/latitude coordinates in decimal degrees on the WGS 84 spheroid');"#;

/// Parameters: table, kind, seconds since 1970 or null for now, min x, min y, max x, max y, system.
pub(super) const ADD_CONTENT: &str = "INSERT INTO gpkg_contents VALUES (?1, ?2, ?1, '',
  strftime('%Y-%m-%dT%H:%M:%fZ', coalesce(?3, unixepoch()), 'unixepoch'), ?4, ?5, ?6, ?7, ?8)";

/// The table of a layer: its key, its geometry if it has one, its attributes.
pub(super) fn create_table<'a>(
    table: &str,
    key: &str,
    geometry: Option<(&str, String)>,
    columns: impl Iterator<Item = (&'a str, &'a str)>,
) -> String {
    let key = format!("{} INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", quoted(key));
    let geometry = geometry.map(|(name, kind)| format!("{} {kind}", quoted(name)));
    let attributes = columns.map(|(name, kind)| format!("{} {kind}", quoted(name)));
    let all: Vec<String> = [key]
        .into_iter()
        .chain(geometry)
        .chain(attributes)
        .collect();
    format!("CREATE TABLE {table} ({})", all.join(", "))
}

/// A name that is free for a layer: not one of the standard's or of `SQLite`'s own, and not empty.
pub(super) fn table_name(name: &str) -> String {
    let name = name.replace('\0', "");
    let folded = name.to_ascii_lowercase();
    let reserved = ["gpkg_", "sqlite_", "rtree_"];
    if folded.is_empty() || reserved.iter().any(|prefix| folded.starts_with(prefix)) {
        format!("layer_{name}")
    } else {
        name
    }
}

/// A name as SQL writes it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\"").replace('\0', ""))
}
