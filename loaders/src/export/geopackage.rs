//! OGC `GeoPackage` 1.3: a table per layer, with an R-tree over its geometries.
//!
//! Everything is written in one transaction to a file that nobody else knows yet, so `SQLite` needs no journal.

mod blob;
mod described;
mod rtree;
mod schema;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::time::SystemTime;

use comarca_engine::{Column, ColumnType, Value};
use rusqlite::types::{Null, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Statement, Transaction, params};

use super::crs::Reference;
use super::geometry::kinds;
use super::{ExportError, WriteOptions, WriteProgress, chunks, names, order};
use crate::problem::Problem;
use crate::source::Features;

/// Most columns of a table as `SQLite` is built by default, without the key and the geometry.
const COLUMNS_MAX: usize = 1_998;

/// Writes the layers into the empty file at `path`; a layer without geometry becomes a table of attributes.
pub(super) fn write(
    layers: &[Features],
    path: &Path,
    options: &WriteOptions,
    progress: &dyn WriteProgress,
) -> Result<Vec<Problem>, ExportError> {
    let mut database = Connection::open(path)?;
    database.execute_batch(schema::SETTINGS)?;
    let transaction = database.transaction()?;
    transaction.execute_batch(schema::TABLES)?;
    let mut writer = Writer {
        file: &transaction,
        changed_s: options.last_change.map(seconds),
        systems: BTreeMap::new(),
        problems: vec![],
    };
    let wanted: Vec<String> = layers
        .iter()
        .map(|layer| schema::table_name(&layer.name))
        .collect();
    let tables = names::unique(wanted.iter().map(String::as_str), usize::MAX, &[]);
    for (layer, table) in layers.iter().zip(&tables) {
        let columns = writer.layer(layer, table, progress)?;
        if let Some(known) = options.metadata_of(layer) {
            described::write(&transaction, table, layer, &columns, known)?;
        }
    }
    let problems = writer.problems;
    transaction.commit()?;
    database.close().map_err(|(_, error)| error)?;
    Ok(problems)
}

/// Seconds since 1970; 0 before.
fn seconds(time: SystemTime) -> i64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(0))
}

struct Writer<'a> {
    file: &'a Transaction<'a>,
    changed_s: Option<i64>,
    /// Numbers of systems without a code, by their definition.
    systems: BTreeMap<String, i64>,
    problems: Vec<Problem>,
}

/// A table with the names of its own columns.
struct Table<'a> {
    name: &'a str,
    key: String,
    geometry: Option<String>,
    columns: Vec<String>,
}

impl Writer<'_> {
    /// Writes a layer; gives the names of its columns in the file.
    fn layer(
        &mut self,
        layer: &Features,
        name: &str,
        progress: &dyn WriteProgress,
    ) -> Result<Vec<String>, ExportError> {
        if layer.columns.len() > COLUMNS_MAX {
            let message = format!("a GeoPackage holds {COLUMNS_MAX} columns, and there are more");
            return Err(Problem::error(message)
                .in_layer(&layer.name)
                .advice("choose some with --columns")
                .into());
        }
        let table = self.table(layer, name);
        let crs = Reference::of(layer);
        let srs_id = self.system(&crs)?;
        self.problems.extend(crs.missing(layer));
        self.file.execute_batch(&schema::create_table(
            &table.quoted(),
            &table.key,
            table
                .geometry
                .as_deref()
                .map(|column| (column, kind_name(layer))),
            layer
                .columns
                .iter()
                .zip(&table.columns)
                .map(|(column, name)| (name.as_str(), column_type(column))),
        ))?;
        self.register(layer, &table, srs_id)?;
        self.rows(layer, &table, srs_id, progress)?;
        if let Some(column) = &table.geometry {
            let boxes = order::along_curve(layer);
            rtree::write(self.file, table.name, column, &table.key, &boxes)?;
        }
        Ok(table.columns)
    }

    /// Names that `SQLite` tells apart, none of them that of the key or the geometry.
    fn table<'a>(&mut self, layer: &Features, name: &'a str) -> Table<'a> {
        let own: Vec<&str> = layer.columns.iter().map(Column::name).collect();
        let columns = names::unique(own.iter().copied(), usize::MAX, &[]);
        let taken: Vec<&str> = columns.iter().map(String::as_str).collect();
        let free = |wanted: &str| {
            let free = names::unique([wanted], usize::MAX, &taken);
            free.into_iter().next().unwrap_or_default()
        };
        for (before, after) in own.iter().zip(&columns).filter(|(a, b)| **a != b.as_str()) {
            let notice = format!(
                "is called \"{after}\" in the GeoPackage, which does not tell capital letters apart"
            );
            self.problems.push(
                Problem::notice(notice)
                    .in_layer(&layer.name)
                    .in_column(*before),
            );
        }
        Table {
            name,
            key: free("fid"),
            geometry: (!layer.is_table()).then(|| free("geom")),
            columns,
        }
    }

    /// The number of a system in `gpkg_spatial_ref_sys`, where it is entered if it is new; −1 where it is not known.
    fn system(&mut self, crs: &Reference) -> Result<i64, ExportError> {
        let Some(definition) = &crs.wkt else {
            return Ok(crs.epsg.map_or(-1, i64::from));
        };
        let next = 100_000 + i64::try_from(self.systems.len()).unwrap_or(0);
        let (organization, id) = match crs.epsg {
            Some(code) => ("EPSG", i64::from(code)),
            None => (
                "NONE",
                *self.systems.entry(definition.clone()).or_insert(next),
            ),
        };
        self.file.execute(
            "INSERT OR IGNORE INTO gpkg_spatial_ref_sys VALUES (?1, ?2, ?3, ?2, ?4, NULL)",
            params![crs.name, id, organization, definition],
        )?;
        Ok(id)
    }

    fn register(&self, layer: &Features, table: &Table<'_>, srs_id: i64) -> rusqlite::Result<()> {
        let bounds = layer
            .bounds()
            .map(|bounds| bounds.map(Some))
            .unwrap_or_default();
        let (kind, srs) = match &table.geometry {
            Some(_) => ("features", Some(srs_id)),
            None => ("attributes", None),
        };
        self.file.execute(
            schema::ADD_CONTENT,
            params![
                table.name,
                kind,
                self.changed_s,
                bounds[0],
                bounds[1],
                bounds[2],
                bounds[3],
                srs
            ],
        )?;
        if let Some(column) = &table.geometry {
            self.file.execute(
                "INSERT INTO gpkg_geometry_columns VALUES (?1, ?2, ?3, ?4, 0, 0)",
                params![table.name, column, kind_name(layer), srs_id],
            )?;
        }
        Ok(())
    }

    fn rows(
        &self,
        layer: &Features,
        table: &Table<'_>,
        srs_id: i64,
        progress: &dyn WriteProgress,
    ) -> Result<(), ExportError> {
        let geometries = usize::from(table.geometry.is_some());
        let places = vec!["?"; 1 + geometries + layer.columns.len()].join(",");
        let mut insert = self
            .file
            .prepare(&format!("INSERT INTO {} VALUES ({places})", table.quoted()))?;
        let encode = |rows: Range<usize>, buffer: &mut Vec<u8>| {
            rows.for_each(|row| blob::write(layer, row, srs_id, buffer));
        };
        let take = |rows: Range<usize>, mut blobs: &[u8]| -> Result<(), ExportError> {
            for row in rows {
                let blob = blob::next(&mut blobs);
                insert.raw_bind_parameter(1, i64::try_from(row + 1).unwrap_or(i64::MAX))?;
                if geometries > 0 {
                    insert.raw_bind_parameter(2, (!blob.is_empty()).then_some(blob))?;
                }
                bind(layer, row, 2 + geometries, &mut insert)?;
                insert.raw_execute()?;
            }
            Ok(())
        };
        chunks::encode(layer, |row| row, progress, encode, take)
    }
}

impl Table<'_> {
    fn quoted(&self) -> String {
        schema::quoted(self.name)
    }
}

fn bind(
    layer: &Features,
    row: usize,
    first: usize,
    insert: &mut Statement<'_>,
) -> rusqlite::Result<()> {
    for (number, column) in (first..).zip(&layer.columns) {
        match column.value(row) {
            Value::Null => insert.raw_bind_parameter(number, Null)?,
            Value::Bool(value) => insert.raw_bind_parameter(number, value)?,
            Value::Integer(value) => insert.raw_bind_parameter(number, value)?,
            Value::Real(value) => insert.raw_bind_parameter(number, value)?,
            Value::Text(value) => {
                let text = ToSqlOutput::Borrowed(ValueRef::Text(value.as_bytes()));
                insert.raw_bind_parameter(number, text)?;
            }
        }
    }
    Ok(())
}

fn column_type(column: &Column) -> &'static str {
    match column.column_type() {
        ColumnType::Bool => "BOOLEAN",
        ColumnType::Integer => "INTEGER",
        ColumnType::Real => "REAL",
        ColumnType::Text => "TEXT",
    }
}

/// The type of all geometries (Annex G, table 32); `GEOMETRY` where they differ.
fn kind_name(layer: &Features) -> String {
    match kinds(layer)[..] {
        [kind] => kind.name().to_ascii_uppercase(),
        _ => "GEOMETRY".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::export::tests::layer;
    use crate::load::Unwatched;

    fn written(layers: &[Features]) -> (tempfile::TempDir, Connection, Vec<Problem>) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.gpkg");
        let options = WriteOptions {
            last_change: Some(SystemTime::UNIX_EPOCH + Duration::from_hours(24)),
            ..WriteOptions::default()
        };
        let problems = write(layers, &path, &options, &Unwatched).expect("written");
        let database = Connection::open(path).expect("a database");
        (folder, database, problems)
    }

    fn one<T: rusqlite::types::FromSql>(database: &Connection, sql: &str) -> T {
        database.query_row(sql, [], |row| row.get(0)).expect(sql)
    }

    #[test]
    fn the_file_says_what_the_standard_demands() {
        let (_folder, database, _) = written(&[layer("POINT (1 2)")]);
        assert_eq!(one::<i64>(&database, "PRAGMA application_id"), 0x4750_4b47);
        assert_eq!(one::<i64>(&database, "PRAGMA user_version"), 10_300);
        assert_eq!(one::<String>(&database, "PRAGMA integrity_check"), "ok");
        assert_eq!(
            one::<i64>(&database, "SELECT count(*) FROM pragma_foreign_key_check"),
            0
        );
        assert_eq!(
            one::<i64>(&database, "SELECT count(*) FROM gpkg_spatial_ref_sys"),
            3
        );
        assert_eq!(
            one::<String>(&database, "SELECT last_change FROM gpkg_contents"),
            "1970-01-02T00:00:00.000Z"
        );
    }

    #[test]
    fn the_r_tree_is_what_sqlite_would_have_made() {
        let rows = (0..3_000_u32)
            .map(|row| format!("POINT ({} {})", row * 7 % 1_009, f64::from(row % 53) / 10.0));
        let texts: Vec<String> = rows.chain(["POINT EMPTY".to_owned()]).collect();
        let layer = crate::export::tests::layer_of(&texts);
        let (_folder, database, _) = written(std::slice::from_ref(&layer));
        assert_eq!(
            one::<String>(&database, "SELECT rtreecheck('rtree_layer_geom')"),
            "ok"
        );
        assert_eq!(
            one::<i64>(&database, "SELECT count(*) FROM rtree_layer_geom"),
            3_000
        );
        let near = "SELECT count(*) FROM rtree_layer_geom WHERE minx <= 200 AND maxx >= 100 AND miny <= 3.1 AND maxy >= 1.1";
        let meets = layer
            .coordinates
            .iter()
            .filter(|[x, y]| (100.0..=200.0).contains(x) && (1.1..=3.1).contains(y));
        assert_eq!(
            one::<i64>(&database, near),
            i64::try_from(meets.count()).expect("small")
        );
        // A row that is taken out through SQLite itself finds its way through the nodes.
        database
            .execute_batch("DELETE FROM rtree_layer_geom WHERE id % 2 = 0")
            .expect("deleted");
        assert_eq!(
            one::<String>(&database, "SELECT rtreecheck('rtree_layer_geom')"),
            "ok"
        );
    }

    #[test]
    fn names_that_sqlite_does_not_tell_apart_are_changed_with_a_notice() {
        let mut features = layer("POINT (1 2)");
        let column = |name| Column::new(name, [Value::Integer(1)]);
        features.columns = vec![
            column("FID"),
            column("geom"),
            column("a\"b"),
            column("A\"B"),
        ];
        features.name = "gpkg_contents".to_owned();
        let (_folder, database, problems) = written(&[features]);
        let sql = "SELECT group_concat(name) FROM pragma_table_info('layer_gpkg_contents')";
        assert_eq!(
            one::<String>(&database, sql),
            "fid_2,geom_2,FID,geom,a\"b,A\"B_2"
        );
        assert_eq!(problems.len(), 1);
    }
}
