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
    let file_bytes = fs::metadata(path).map_err(|error| super::unreadable(path, &error))?.len();
    let file_bytes = usize::try_from(file_bytes).unwrap_or(usize::MAX);
    if file_bytes == 0 {
        return Ok(vec![Collector::new(0).build(Format::GeoPackage, super::stem(path), None)]);
    }
    let broken = |error: rusqlite::Error| LoadError::caused(path, "cannot be read as a GeoPackage", error);
    let database = open(path, file_bytes).map_err(broken)?;
    if !has_table(&database, "gpkg_contents").map_err(broken)? {
        return Err(LoadError::new(path, "is an SQLite database without gpkg_contents, not a GeoPackage"));
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
    contents.iter().map(|table| read_table(path, &database, table, file_bytes, &mut budget)).collect()
}

/// A row of `gpkg_contents` with what `gpkg_geometry_columns` says about it.
struct Content {
    name: String,
    geometry: Option<String>,
    crs: Option<String>,
}

fn open(path: &Path, file_bytes: usize) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(uri(path), flags)?;
    database.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    database.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    database.set_limit(Limit::SQLITE_LIMIT_LENGTH, i32::try_from(file_bytes).unwrap_or(i32::MAX).clamp(1 << 16, 1 << 30))?;
    let mut budget = file_bytes / 100 + 10_000;
    let spent = move || {
        budget = budget.saturating_sub(1);
        budget == 0
    };
    database.progress_handler(STEPS, Some(spent));
    Ok(database)
}

/// A database in write-ahead mode that nobody has open is opened as immutable, since reading it would otherwise put
/// files beside it. Every other one is read under `SQLite`'s own locks.
fn uri(path: &Path) -> String {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let text = path.to_string_lossy();
    let mut uri = "file:".to_owned();
    for byte in text.bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b':' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => uri.push(char::from(byte)),
            _ => uri += &format!("%{byte:02x}"),
        }
    }
    let at_rest = is_write_ahead(&path) && !Path::new(&format!("{text}-wal")).exists();
    uri + if at_rest { "?mode=ro&immutable=1" } else { "?mode=ro" }
}

/// The two bytes of the header that say how the database is written (`SQLite` file format, 1.3.4).
fn is_write_ahead(path: &Path) -> bool {
    let mut header = [0; 20];
    fs::File::open(path).and_then(|mut file| file.read_exact(&mut header)).is_ok_and(|()| header[18..] == [2, 2])
}

fn has_table(database: &Connection, name: &str) -> rusqlite::Result<bool> {
    database.query_row("SELECT count(*) FROM sqlite_schema WHERE name = ?1", [name], |row| Ok(row.get::<_, i64>(0)? > 0))
}

fn contents(database: &Connection) -> rusqlite::Result<Vec<Content>> {
    let (columns, systems) = (has_table(database, "gpkg_geometry_columns")?, has_table(database, "gpkg_spatial_ref_sys")?);
    let mut tables =
        database.prepare("SELECT table_name FROM gpkg_contents WHERE data_type IN ('features', 'attributes') ORDER BY rowid")?;
    let mut names: Vec<String> = tables.query_map([], |row| text(row, 0))?.collect::<Result<_, _>>()?;
    let mut known = HashSet::new();
    names.retain(|name| known.insert(name.clone()));
    let describe = |name: String| {
        let geometry = if columns { geometry_column(database, &name)? } else { None };
        let srs_id = geometry.as_ref().map(|(_, srs_id)| *srs_id).filter(|_| systems);
        let crs = srs_id.map_or(Ok(None), |srs_id| crs(database, srs_id))?;
        Ok(Content { geometry: geometry.map(|(column, _)| column), crs, name })
    };
    names.into_iter().map(describe).collect()
}

fn geometry_column(database: &Connection, table: &str) -> rusqlite::Result<Option<(String, i64)>> {
    let mut query = database.prepare("SELECT column_name, srs_id FROM gpkg_geometry_columns WHERE table_name = ?1 LIMIT 1")?;
    let mut rows = query.query([table])?;
    rows.next()?.map(|row| Ok((text(row, 0)?, row.get(1).unwrap_or(0)))).transpose()
}

/// `EPSG:32719` where the system is EPSG's, else its WKT; `None` for the two undefined ones (0 and −1).
fn crs(database: &Connection, srs_id: i64) -> rusqlite::Result<Option<String>> {
    if srs_id <= 0 {
        return Ok(None);
    }
    let sql = "SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys WHERE srs_id = ?1";
    let mut query = database.prepare(sql)?;
    let mut rows = query.query([srs_id])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let (organization, code, definition) = (text(row, 0)?, row.get::<_, i64>(1).unwrap_or(srs_id), text(row, 2)?);
    let defined = !definition.is_empty() && !definition.eq_ignore_ascii_case("undefined");
    let known = organization.eq_ignore_ascii_case("epsg") || !defined;
    Ok(Some(if known { format!("{}:{code}", organization.to_uppercase()) } else { definition }))
}

/// Text of any storage, as text.
fn text(row: &Row, column: usize) -> rusqlite::Result<String> {
    Ok(match row.get_ref(column)? {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
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
    Attribute { column: usize, boolean: bool },
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
        Ok(false) => Some("what it holds is out of all proportion to the size of the file".to_owned()),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => {
            Some("reading takes more work than a file of its size can need".to_owned())
        }
        Err(error) => Some(format!("reading breaks off: {error}")),
    };
    if let Some(why) = why {
        let problem = Problem::error(why).in_file(path).in_layer(&content.name).at_row(rows.row());
        return Err(problem.advice("the database is damaged; get it again").into());
    }
    let mut features = rows.build(Format::GeoPackage, content.name.clone(), content.crs.clone());
    features.problems.iter_mut().for_each(|problem| problem.layer = Some(content.name.clone()));
    Ok(features)
}

/// False when the table grows past `budget` bytes or out of proportion.
fn read_rows(database: &Connection, content: &Content, rows: &mut Collector, budget: &mut usize) -> rusqlite::Result<bool> {
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
fn parts(database: &Connection, content: &Content, rows: &mut Collector) -> rusqlite::Result<Vec<Part>> {
    let mut query = database.prepare("SELECT name, upper(type), pk FROM pragma_table_info(?1) ORDER BY cid")?;
    let describe = |row: &Row| Ok((text(row, 0)?, text(row, 1)?, row.get::<_, i64>(2)? > 0));
    let columns: Vec<(String, String, bool)> = query.query_map([&content.name], describe)?.collect::<Result<_, _>>()?;
    let keys = columns.iter().filter(|(_, _, key)| *key).count();
    let part = |(name, kind, key): &(String, String, bool)| {
        if content.geometry.as_deref().is_some_and(|geometry| geometry.eq_ignore_ascii_case(name)) {
            Part::Geometry
        } else if *key && keys == 1 && kind == "INTEGER" {
            Part::Key
        } else {
            Part::Attribute { column: rows.table.new_column(name), boolean: kind == "BOOLEAN" }
        }
    };
    Ok(columns.iter().map(part).collect())
}

fn attribute(value: ValueRef, column: usize, boolean: bool, rows: &mut Collector) {
    match value {
        ValueRef::Null => rows.table.set(column, Value::Null),
        ValueRef::Integer(value @ (0 | 1)) if boolean => rows.table.set(column, Value::Bool(value == 1)),
        ValueRef::Integer(value) => rows.table.set(column, Value::Integer(value)),
        ValueRef::Real(value) => rows.table.set(column, Value::Real(value)),
        ValueRef::Text(text) => rows.table.set(column, Value::Text(&String::from_utf8_lossy(text))),
        ValueRef::Blob(_) => rows.problems.add(Problem::notice("binary values are not read").at_row(rows.row())),
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
        rows.problems.add(Problem::error(format!("the geometry is left out: {why}")).at_row(rows.row()));
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
