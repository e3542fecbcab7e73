//! Which of the register's columns a file has, and what it calls them.

use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use super::geometry::WGS84;
use super::{database_error, unfit};
use crate::RegisterError;

/// A column: its name and its type in a `GeoPackage`.
pub(super) type Column = (&'static str, &'static str);

/// Columns of the table `demands`, but for its number.
pub(super) const DEMANDS: [Column; 20] = [
    ("geom", "POINT"),
    ("id", "TEXT"),
    ("theme", "TEXT"),
    ("title", "TEXT"),
    ("description", "TEXT"),
    ("votes", "INTEGER"),
    ("district", "TEXT"),
    ("commune", "TEXT"),
    ("assembly", "TEXT"),
    ("stage", "TEXT"),
    ("status", "TEXT"),
    ("same_as", "TEXT"),
    ("project", "TEXT"),
    ("cost", "INTEGER"),
    ("beneficiaries", "INTEGER"),
    ("funding", "TEXT"),
    ("decision", "TEXT"),
    ("created", "DATETIME"),
    ("updated", "DATETIME"),
    ("version", "INTEGER"),
];

/// Columns of the table `assemblies`, but for its number.
pub(super) const ASSEMBLIES: [Column; 10] = [
    ("id", "TEXT"),
    ("level", "TEXT"),
    ("key", "TEXT"),
    ("date", "DATE"),
    ("attendance", "INTEGER"),
    ("title", "TEXT"),
    ("commune", "TEXT"),
    ("created", "DATETIME"),
    ("updated", "DATETIME"),
    ("version", "INTEGER"),
];

/// What a file has of the register.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) demands: Table,
    pub(super) assemblies: Table,
    /// Whether there are Comarca's own tables.
    pub(super) has_own: bool,
}

/// A table of the file.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) name: &'static str,
    /// The columns it should have, each with its name and type in the file if it is there.
    columns: Vec<(Column, Option<(String, String)>)>,
    pub(super) is_there: bool,
}

impl Layout {
    pub(super) fn of(database: &Connection, path: &Path) -> Result<Self, RegisterError> {
        let broken = |error: rusqlite::Error| database_error(path, &error);
        let geometry = geometry_column(database).map_err(broken)?;
        let demands = Table::of(database, "demands", &DEMANDS, geometry.as_ref());
        let demands = demands.map_err(broken)?;
        if demands.is_there {
            match geometry {
                None => return Err(unfit(path, "its table demands has no geometry")),
                Some((_, srs)) if srs != i64::from(WGS84) => {
                    let why = format!(
                        "its table demands is in the system {srs} of gpkg_spatial_ref_sys; a register is in EPSG:4326"
                    );
                    return Err(unfit(path, why));
                }
                Some(_) => (),
            }
        }
        let assemblies = Table::of(database, "assemblies", &ASSEMBLIES, None).map_err(broken)?;
        let has_own = is_table(database, "comarca_register").map_err(broken)?;
        Ok(Self {
            demands,
            assemblies,
            has_own,
        })
    }

    /// Whether days, not moments, are kept in `demands.created`.
    pub(super) fn only_days(&self) -> bool {
        let declared = self
            .demands
            .columns
            .iter()
            .find(|(column, _)| column.0 == "created");
        declared
            .and_then(|(_, found)| found.as_ref())
            .is_some_and(|(_, kind)| kind.eq_ignore_ascii_case("DATE"))
    }
}

impl Table {
    fn of(
        database: &Connection,
        name: &'static str,
        columns: &[Column],
        geometry: Option<&(String, i64)>,
    ) -> rusqlite::Result<Self> {
        let is_there = is_table(database, name)?;
        let there = columns_of(database, name)?;
        let find = |wanted: &str| {
            let mut found = there.iter();
            found
                .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
                .cloned()
        };
        let columns = columns.iter().map(|column| {
            let found = match column.0 {
                "geom" => geometry.and_then(|(name, _)| find(name)),
                // What it was called before assemblies had levels.
                "key" => find("key").or_else(|| find("district")),
                name => find(name),
            };
            (*column, found)
        });
        Ok(Self {
            name,
            columns: columns.collect(),
            is_there,
        })
    }

    /// The columns in the table's own words, as a list of SQL; what is not there is null.
    pub(super) fn selected(&self) -> String {
        let columns = self.columns.iter().map(|(_, found)| match found {
            Some((name, _)) => format!("t.{}", quoted(name)),
            None => "NULL".to_owned(),
        });
        columns.collect::<Vec<_>>().join(", ")
    }

    /// The name of a column in the file. Its own where it is not there.
    pub(super) fn column(&self, wanted: &str) -> String {
        let found = self.columns.iter().find(|(column, _)| column.0 == wanted);
        match found.and_then(|(_, found)| found.as_ref()) {
            Some((name, _)) => quoted(name),
            None => quoted(wanted),
        }
    }

    /// All of its columns, as a list of SQL.
    pub(super) fn names(&self) -> Vec<String> {
        self.columns
            .iter()
            .map(|(column, _)| self.column(column.0))
            .collect()
    }

    /// What has to be added to it.
    pub(super) fn missing(&self) -> impl Iterator<Item = Column> {
        self.columns
            .iter()
            .filter(|(_, found)| found.is_none())
            .map(|(column, _)| *column)
    }

    /// Whether the ids are the numbers of the rows, which cannot be texts.
    pub(super) fn has_numbers_for_ids(&self, database: &Connection) -> rusqlite::Result<bool> {
        let sql = "SELECT count(*) FROM pragma_table_info(?1) WHERE name = 'id' COLLATE NOCASE AND pk > 0 AND upper(type) = 'INTEGER'";
        database.query_row(sql, [self.name], |row| Ok(row.get::<_, i64>(0)? > 0))
    }
}

/// A name in SQL.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

pub(super) fn is_table(database: &Connection, name: &str) -> rusqlite::Result<bool> {
    let sql =
        "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?1 COLLATE NOCASE";
    database.query_row(sql, [name], |row| Ok(row.get::<_, i64>(0)? > 0))
}

/// Names and types of the columns, asked for as data: they may be no UTF-8.
fn columns_of(database: &Connection, table: &str) -> rusqlite::Result<Vec<(String, String)>> {
    let mut columns = database.prepare("SELECT name, type FROM pragma_table_info(?1)")?;
    let columns = columns.query_map([table], |row| Ok((text(row, 0)?, text(row, 1)?)))?;
    columns.collect()
}

/// Name of the geometry of the demands, and its system.
fn geometry_column(database: &Connection) -> rusqlite::Result<Option<(String, i64)>> {
    if !is_table(database, "gpkg_geometry_columns")? {
        return Ok(None);
    }
    let mut found = database.prepare(
        "SELECT column_name, srs_id FROM gpkg_geometry_columns WHERE table_name = 'demands' COLLATE NOCASE",
    )?;
    let mut found = found.query_map([], |row| Ok((text(row, 0)?, row.get(1)?)))?;
    found.next().transpose()
}

fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    Ok(match row.get_ref(column)? {
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        _ => String::new(),
    })
}
