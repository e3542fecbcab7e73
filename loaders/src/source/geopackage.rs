//! OGC `GeoPackage`: every table of features or attributes that `gpkg_contents` names.
//!
//! A `GeoPackage` is a database that may have been made to harm: views that never end, values of any size. It is
//! opened read-only with its functions distrusted, values no larger than the file, and a bound on the work.

use std::collections::HashSet;
use std::fs;
use std::io::Read;
use std::path::Path;

use comarca_engine::Value;
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags, Row};

use super::draft::Draft;
use super::features::Collector;
use super::{Features, Format, wkb};
use crate::problem::{LoadError, Problem};

/// Steps of `SQLite`'s machine between two looks at the budget.
const STEPS: i32 = 10_000;

/// Reads the tables of the file, or only the one called `wanted`.
pub(super) fn read(path: &Path, wanted: Option<&str>) -> Result<Vec<Features>, LoadError> {
    let file_bytes = fs::metadata(path)
        .map_err(|error| super::unreadable(path, &error))?
        .len();
    let file_bytes = usize::try_from(file_bytes).unwrap_or(usize::MAX);
    if file_bytes == 0 {
        return Ok(vec![Collector::new(0).build(
            Format::GeoPackage,
            super::stem(path),
            None,
        )]);
    }
    let broken =
        |error: rusqlite::Error| LoadError::caused(path, "cannot be read as a GeoPackage", error);
    let database = open(path, file_bytes).map_err(broken)?;
    if !has_table(&database, "gpkg_contents").map_err(broken)? {
        return Err(LoadError::new(
            path,
            "is an SQLite database without gpkg_contents, not a GeoPackage",
        ));
    }
    let mut contents = contents(&database).map_err(broken)?;
    if let Some(wanted) = wanted {
        let names: Vec<_> = contents.iter().map(|table| table.name.clone()).collect();
        contents.retain(|table| table.name == wanted);
        if contents.is_empty() {
            let error = LoadError::new(path, format!("has no table \"{wanted}\""));
            return Err(error.advice(format!("its tables are {}", names.join(", "))));
        }
    }
    // A table of its own takes no more in memory than in the file but for empty cells; views may multiply it.
    let mut budget = file_bytes.saturating_mul(16).saturating_add(16 << 20);
    contents
        .iter()
        .map(|table| read_table(path, &database, table, file_bytes, &mut budget))
        .collect()
}

/// A row of `gpkg_contents` with what `gpkg_geometry_columns` says about it.
struct Content {
    name: String,
    geometry: Option<String>,
    crs: Option<String>,
}

/// Opens a database read-only, as a file that nobody checked.
pub(super) fn open(path: &Path, file_bytes: usize) -> rusqlite::Result<Connection> {
    let database = open_unwatched(path)?;
    database.set_limit(
        Limit::SQLITE_LIMIT_LENGTH,
        i32::try_from(file_bytes)
            .unwrap_or(i32::MAX)
            .clamp(1 << 16, 1 << 30),
    )?;
    let mut budget = file_bytes / 100 + 2_000;
    let spent = move || {
        budget = budget.saturating_sub(1);
        budget == 0
    };
    database.progress_handler(STEPS, Some(spent));
    Ok(database)
}

/// Opens a database read-only, its functions distrusted; whoever does bounds the work and the values.
pub(super) fn open_unwatched(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(uri(path), flags)?;
    database.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    database.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    Ok(database)
}

/// A database in write-ahead mode that nobody has open is opened as immutable, since reading it would otherwise put
/// files beside it. Every other one is read under `SQLite`'s own locks.
fn uri(path: &Path) -> String {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let text = path.to_string_lossy();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/.-_:".contains(&byte);
    let escaped = |byte: u8| {
        if plain(byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02x}")
        }
    };
    let uri = "file:".to_owned() + &text.bytes().map(escaped).collect::<String>();
    let at_rest = is_write_ahead(&path) && !Path::new(&format!("{text}-wal")).exists();
    uri + if at_rest {
        "?mode=ro&immutable=1"
    } else {
        "?mode=ro"
    }
}

/// The two bytes of the header that say how the database is written (`SQLite` file format, 1.3.4).
fn is_write_ahead(path: &Path) -> bool {
    let mut header = [0; 20];
    fs::File::open(path)
        .and_then(|mut file| file.read_exact(&mut header))
        .is_ok_and(|()| header[18..] == [2, 2])
}

pub(super) fn has_table(database: &Connection, name: &str) -> rusqlite::Result<bool> {
    database.query_row(
        "SELECT count(*) FROM sqlite_schema WHERE name = ?1",
        [name],
        |row| Ok(row.get::<_, i64>(0)? > 0),
    )
}

fn contents(database: &Connection) -> rusqlite::Result<Vec<Content>> {
    let (columns, systems) = (
        has_table(database, "gpkg_geometry_columns")?,
        has_table(database, "gpkg_spatial_ref_sys")?,
    );
    let mut tables =
        database.prepare("SELECT table_name FROM gpkg_contents WHERE data_type IN ('features', 'attributes') ORDER BY rowid")?;
    let mut names: Vec<String> = tables
        .query_map([], |row| text(row, 0))?
        .collect::<Result<_, _>>()?;
    let mut known = HashSet::new();
    names.retain(|name| known.insert(name.clone()));
    let describe = |name: String| {
        let geometry = if columns {
            geometry_column(database, &name)?
        } else {
            None
        };
        let srs_id = geometry
            .as_ref()
            .map(|(_, srs_id)| *srs_id)
            .filter(|_| systems);
        let crs = srs_id.map_or(Ok(None), |srs_id| crs(database, srs_id))?;
        Ok(Content {
            geometry: geometry.map(|(column, _)| column),
            crs,
            name,
        })
    };
    names.into_iter().map(describe).collect()
}

fn geometry_column(database: &Connection, table: &str) -> rusqlite::Result<Option<(String, i64)>> {
    let mut query = database.prepare(
        "SELECT column_name, srs_id FROM gpkg_geometry_columns WHERE table_name = ?1 LIMIT 1",
    )?;
    let mut rows = query.query([table])?;
    rows.next()?
        .map(|row| Ok((text(row, 0)?, row.get(1).unwrap_or(0))))
        .transpose()
}

/// `EPSG:32719` where the system is EPSG's, else its WKT; `None` for the two undefined ones (0 and −1).
fn crs(database: &Connection, srs_id: i64) -> rusqlite::Result<Option<String>> {
    if srs_id <= 0 {
        return Ok(None);
    }
    let sql = "SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys WHERE srs_id = ?1";
    let mut query = database.prepare(sql)?;
    let mut rows = query.query([srs_id])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let (organization, code, definition) = (
        text(row, 0)?,
        row.get::<_, i64>(1).unwrap_or(srs_id),
        text(row, 2)?,
    );
    let defined = !definition.is_empty() && !definition.eq_ignore_ascii_case("undefined");
    let known = organization.eq_ignore_ascii_case("epsg") || !defined;
    Ok(Some(if known {
        format!("{}:{code}", organization.to_uppercase())
    } else {
        definition
    }))
}

/// Text of any storage, as text.
pub(super) fn text(row: &Row, column: usize) -> rusqlite::Result<String> {
    Ok(match row.get_ref(column)? {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            String::from_utf8_lossy(bytes).into_owned()
        }
        ValueRef::Integer(value) => value.to_string(),
        ValueRef::Real(value) => value.to_string(),
        ValueRef::Null => String::new(),
    })
}

/// What a column of the table is to us.
enum Part {
    /// The one integer key, which only numbers the rows.
    Key,
    Geometry,
    Attribute {
        column: usize,
        boolean: bool,
    },
}

fn read_table(
    path: &Path,
    database: &Connection,
    content: &Content,
    file_bytes: usize,
    budget: &mut usize,
) -> Result<Features, LoadError> {
    let mut rows = Collector::new(file_bytes);
    let why = match read_rows(database, content, &mut rows, budget) {
        Ok(true) => None,
        Ok(false) => {
            Some("what it holds is out of all proportion to the size of the file".to_owned())
        }
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => {
            Some("reading takes more work than a file of its size can need".to_owned())
        }
        Err(error) => Some(format!("reading breaks off: {error}")),
    };
    if let Some(why) = why {
        let problem = Problem::error(why)
            .in_file(path)
            .in_layer(&content.name)
            .at_row(rows.row());
        return Err(problem
            .advice("the database is damaged; get it again")
            .into());
    }
    let mut features = rows.build(
        Format::GeoPackage,
        content.name.clone(),
        content.crs.clone(),
    );
    features
        .problems
        .iter_mut()
        .for_each(|problem| problem.layer = Some(content.name.clone()));
    Ok(features)
}

/// False when the table grows past `budget` bytes or out of proportion.
fn read_rows(
    database: &Connection,
    content: &Content,
    rows: &mut Collector,
    budget: &mut usize,
) -> rusqlite::Result<bool> {
    let quoted = content.name.replace('"', "\"\"");
    let mut query = database.prepare(&format!("SELECT * FROM \"{quoted}\""))?;
    let parts = parts(database, content, rows)?;
    let mut found = query.query([])?;
    while let Some(row) = found.next()? {
        for (number, part) in parts.iter().enumerate() {
            let value = row.get_ref(number)?;
            *budget = budget.saturating_sub(size(value));
            match part {
                Part::Key => {}
                Part::Geometry => draft(value, rows),
                Part::Attribute { column, boolean } => attribute(value, *column, *boolean, rows),
            }
        }
        if !rows.end_row() || *budget == 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Bytes that a value takes in memory.
fn size(value: ValueRef) -> usize {
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => 8 + bytes.len(),
        _ => 8,
    }
}

/// The columns of a table in its own order. They are asked for as data, because `rusqlite` panics where the name or
/// type of a column is not UTF-8.
fn parts(
    database: &Connection,
    content: &Content,
    rows: &mut Collector,
) -> rusqlite::Result<Vec<Part>> {
    let mut query =
        database.prepare("SELECT name, upper(type), pk FROM pragma_table_info(?1) ORDER BY cid")?;
    let describe = |row: &Row| Ok((text(row, 0)?, text(row, 1)?, row.get::<_, i64>(2)? > 0));
    let columns: Vec<(String, String, bool)> = query
        .query_map([&content.name], describe)?
        .collect::<Result<_, _>>()?;
    let keys = columns.iter().filter(|(_, _, key)| *key).count();
    let part = |(name, kind, key): &(String, String, bool)| {
        if content
            .geometry
            .as_deref()
            .is_some_and(|geometry| geometry.eq_ignore_ascii_case(name))
        {
            Part::Geometry
        } else if *key && keys == 1 && kind == "INTEGER" {
            Part::Key
        } else {
            Part::Attribute {
                column: rows.table.new_column(name),
                boolean: kind == "BOOLEAN",
            }
        }
    };
    Ok(columns.iter().map(part).collect())
}

fn attribute(value: ValueRef, column: usize, boolean: bool, rows: &mut Collector) {
    match value {
        ValueRef::Null => rows.table.set(column, Value::Null),
        ValueRef::Integer(value @ (0 | 1)) if boolean => {
            rows.table.set(column, Value::Bool(value == 1));
        }
        ValueRef::Integer(value) => rows.table.set(column, Value::Integer(value)),
        ValueRef::Real(value) => rows.table.set(column, Value::Real(value)),
        ValueRef::Text(text) => rows
            .table
            .set(column, Value::Text(&String::from_utf8_lossy(text))),
        ValueRef::Blob(_) => rows
            .problems
            .add(Problem::notice("binary values are not read").at_row(rows.row())),
    }
}

fn draft(value: ValueRef, rows: &mut Collector) {
    let read = match value {
        ValueRef::Null => Ok(()),
        ValueRef::Blob(blob) => geometry(blob, &mut rows.draft),
        _ => Err("it is not binary"),
    };
    if let Err(why) = read {
        rows.draft.clear();
        rows.problems
            .add(Problem::error(format!("the geometry is left out: {why}")).at_row(rows.row()));
    }
}

/// The header of a `GeoPackage` geometry (OGC 12-128r18, 2.1.3), then WKB.
fn geometry(blob: &[u8], draft: &mut Draft) -> Result<(), &'static str> {
    let Some([b'G', b'P', _, flags, _, _, _, _]) = blob.first_chunk() else {
        return Err("it is not a GeoPackage geometry");
    };
    if flags & 0b10_0000 != 0 {
        return Err("it is of an extended type");
    }
    let envelope = match flags >> 1 & 0b111 {
        0 => 0,
        1 => 32,
        2 | 3 => 48,
        4 => 64,
        _ => return Err("its envelope is of an unknown kind"),
    };
    wkb::read(blob.get(8 + envelope..).ok_or("it breaks off")?, draft)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::tests::sample;

    /// The sample after `sql`, read.
    fn after(sql: &str, wanted: Option<&str>) -> Result<Vec<Features>, LoadError> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a ñ?.gpkg");
        fs::write(&path, sample::geopackage()).expect("a file");
        Connection::open(&path)
            .and_then(|database| database.execute_batch(sql))
            .expect("SQL");
        read(&path, wanted)
    }

    #[test]
    fn reading_leaves_nothing_beside_the_file() {
        for mode in ["delete", "wal"] {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("a.gpkg");
            fs::write(&path, sample::geopackage()).expect("a file");
            let sql = format!("PRAGMA journal_mode = {mode}; CREATE TABLE t (a);");
            Connection::open(&path)
                .and_then(|database| database.execute_batch(&sql))
                .expect("SQL");
            assert_eq!(read(&path, None).map(|layers| layers.len()).ok(), Some(2));
            let files = fs::read_dir(folder.path()).expect("a folder");
            assert_eq!(files.count(), 1, "{mode}");
        }
    }

    #[test]
    fn every_table_of_the_contents_is_a_layer() {
        let layers = after("", None).expect("two tables");
        let rows: Vec<_> = layers
            .iter()
            .map(|layer| (layer.name.as_str(), layer.len(), layer.crs.as_deref()))
            .collect();
        assert_eq!(rows, [("areas", 3, Some("EPSG:32719")), ("codes", 2, None)]);
        let names: Vec<_> = layers[0]
            .columns
            .iter()
            .map(comarca_engine::Column::name)
            .collect();
        assert_eq!(names, ["name", "count", "share", "open"]);
        assert_eq!(
            layers[0].column("open").map(|column| column.value(0)),
            Some(Value::Bool(true))
        );
        assert_eq!(layers[1].columns[0].value(0), Value::Text("01"));
    }

    #[test]
    fn one_table_can_be_asked_for_by_name() {
        let layers = after("", Some("codes")).expect("a table");
        assert_eq!((layers.len(), layers[0].name.as_str()), (1, "codes"));
        let error = after("", Some("code")).expect_err("no such table");
        assert!(
            error
                .to_string()
                .ends_with("has no table \"code\"; its tables are areas, codes"),
            "{error}"
        );
    }

    #[test]
    fn a_view_that_never_ends_does() {
        let sql = "CREATE VIEW v AS WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r) SELECT x FROM r WHERE x < 0;
            INSERT INTO gpkg_contents VALUES ('v', 'attributes', 'v', NULL);";
        let error = after(sql, None).expect_err("too much work");
        assert!(error.to_string().contains("more work"), "{error}");
    }

    #[test]
    fn a_view_that_grows_without_end_is_cut_off() {
        let sql = "CREATE VIEW v AS WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r) SELECT hex(zeroblob(9999)) FROM r;
            INSERT INTO gpkg_contents VALUES ('v', 'attributes', 'v', NULL);";
        let error = after(sql, None).expect_err("too much");
        assert!(
            error.to_string().contains("out of all proportion"),
            "{error}"
        );
    }

    #[test]
    fn a_column_type_that_is_not_utf8_is_no_reason_to_panic() {
        let mut file = sample::geopackage();
        let at = file
            .windows(7)
            .position(|bytes| bytes == b"BOOLEAN")
            .expect("a column type");
        file[at + 4] = 0xff;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.gpkg");
        fs::write(&path, file).expect("a file");
        let layers = read(&path, None).expect("good but for a type");
        assert_eq!(
            layers[0].column("open").map(|column| column.value(0)),
            Some(Value::Integer(1))
        );
    }

    #[test]
    fn other_databases_are_refused() {
        let error = after("DROP TABLE gpkg_contents", None).expect_err("no GeoPackage");
        assert!(error.to_string().contains("not a GeoPackage"), "{error}");
    }
}
