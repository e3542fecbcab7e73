//! What the columns of a table mean: the extensions Schema (annex F.9) and Metadata (annex F.8).

use rusqlite::{Connection, params};

use crate::export::{Metadata, names};
use crate::source::Features;

/// The tables of both extensions, and that they are used.
const TABLES: &str = "
CREATE TABLE IF NOT EXISTS gpkg_data_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT, mime_type TEXT, constraint_name TEXT,
  CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name), CONSTRAINT gdc_tn UNIQUE (table_name, name));
CREATE TABLE IF NOT EXISTS gpkg_data_column_constraints (
  constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT, min NUMERIC, min_is_inclusive BOOLEAN,
  max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
  CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value));
CREATE TABLE IF NOT EXISTS gpkg_metadata (
  id INTEGER CONSTRAINT m_pk PRIMARY KEY ASC NOT NULL, md_scope TEXT NOT NULL DEFAULT 'dataset', md_standard_uri TEXT NOT NULL,
  mime_type TEXT NOT NULL DEFAULT 'text/xml', metadata TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS gpkg_metadata_reference (
  reference_scope TEXT NOT NULL, table_name TEXT, column_name TEXT, row_id_value INTEGER,
  timestamp DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')), md_file_id INTEGER NOT NULL, md_parent_id INTEGER,
  CONSTRAINT crmr_mfi_fk FOREIGN KEY (md_file_id) REFERENCES gpkg_metadata(id),
  CONSTRAINT crmr_mpi_fk FOREIGN KEY (md_parent_id) REFERENCES gpkg_metadata(id));
INSERT OR IGNORE INTO gpkg_extensions VALUES
  ('gpkg_data_columns', NULL, 'gpkg_schema', 'http://www.geopackage.org/spec121/#extension_schema', 'read-write'),
  ('gpkg_data_column_constraints', NULL, 'gpkg_schema', 'http://www.geopackage.org/spec121/#extension_schema', 'read-write'),
  ('gpkg_metadata', NULL, 'gpkg_metadata', 'http://www.geopackage.org/spec121/#extension_metadata', 'read-write'),
  ('gpkg_metadata_reference', NULL, 'gpkg_metadata', 'http://www.geopackage.org/spec121/#extension_metadata', 'read-write');";

/// Titles and units of the columns, the description of the table, and all of it as the W3C's metadata of tables.
/// `columns` are the names of the layer's columns in the file.
pub(super) fn write(
    file: &Connection,
    table: &str,
    layer: &Features,
    columns: &[String],
    known: &Metadata,
) -> rusqlite::Result<()> {
    file.execute_batch(TABLES)?;
    let described = layer.columns.iter().zip(columns);
    let described: Vec<_> = described
        .filter_map(|(column, name)| Some((name, known.column(column.name())?)))
        .collect();
    let titles = described.iter().map(|(_, column)| column.title.as_str());
    let short_names = names::unique(titles, usize::MAX, &[]);
    for ((name, column), short_name) in described.into_iter().zip(short_names) {
        file.execute(
            "INSERT INTO gpkg_data_columns VALUES (?1, ?2, ?3, ?4, ?5, NULL, NULL)",
            params![table, name, short_name, column.title, column.description()],
        )?;
    }
    file.execute(
        "UPDATE gpkg_contents SET description = ?2 WHERE table_name = ?1",
        params![table, format!("{}. {}", known.title, known.description())],
    )?;
    file.execute(
        "INSERT INTO gpkg_metadata (md_scope, md_standard_uri, mime_type, metadata)
         VALUES ('dataset', 'http://www.w3.org/ns/csvw', 'application/json', ?1)",
        [known.to_csvw(table).to_string()],
    )?;
    file.execute(
        "INSERT INTO gpkg_metadata_reference
         SELECT 'table', table_name, NULL, NULL, last_change, ?2, NULL FROM gpkg_contents WHERE table_name = ?1",
        params![table, file.last_insert_rowid()],
    )?;
    Ok(())
}
