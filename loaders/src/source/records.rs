//! JSON records: an array of objects anywhere in a file, or one object per line; each object is a row.
//!
//! Nested objects become columns with dots in their names (`direccion.calle`), arrays stay text as JSON. The place of
//! a row is a pair of coordinates, a list of such pairs, or a member that is a whole geometry; see [`Place`].
//!
//! Memory: the text, 16 bytes per record, and the columns and vertices, of which each takes three bytes of the file at
//! least. No member is looked at deeper than [`DEPTH_MAX`].

mod find;
mod place;

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::Path;

use comarca_engine::{Column, Value};

use super::features::Collector;
use super::geojson::{plain, scalar};
use super::json::{MemberList, Members};
use super::table::TOO_MANY_CELLS;
use super::{Features, Format, stem};
use crate::problem::{LoadError, Problem};
use find::Found;
use place::{Cells, Place};

/// Where the records are in a JSON file, and the coordinates in a record; what is absent is found out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JsonOptions {
    /// The array of records: the names of members on the way to it, with dots between.
    pub records: Option<String>,
    /// Path of the longitude or easting in a record: names with dots between. A name goes through all elements of an
    /// array, a number takes one of them, `*` all.
    pub x: Option<String>,
    /// Path of the latitude or northing.
    pub y: Option<String>,
    /// Path of the member that is a whole geometry: `GeoJSON`, WKT, or WKB as hexadecimal digits.
    pub geometry_column: Option<String>,
    /// What several positions of one record are.
    pub geometry: Several,
    /// Coordinate reference system of the coordinates.
    pub crs: Option<String>,
}

/// What several positions of one record make; a single one is a point always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Several {
    /// A line from each to the next.
    #[default]
    Line,
    /// The ring of a polygon.
    Polygon,
    /// A multi-point.
    MultiPoint,
    /// The point at the mean of them.
    Mean,
}

/// Deepest nesting of objects whose members become columns.
const DEPTH_MAX: usize = 16;
/// Longest path that is still taken apart; without it a long name would be repeated in many.
const PATH_MAX: usize = 100;

/// Reads the records of `text`.
pub(super) fn read(path: &Path, text: &str, options: &JsonOptions) -> Result<Features, LoadError> {
    let Found { records, others } = find::find(path, text, options.records.as_deref())?;
    let place = Place::find(path, &records, options)?;
    let mut rows = Collector::new(text.len());
    rows.problems.extend(others);
    for record in records {
        row(record, &place, options.geometry, &mut rows);
        if !rows.end_row() {
            return Err(LoadError::new(path, TOO_MANY_CELLS).at_feature(rows.row() as u64));
        }
    }
    let mut features = rows.build(Format::Json, stem(path), None);
    drop_absent_objects(&mut features.columns);
    place.tell_crs(options.crs.as_deref(), &mut features);
    Ok(features)
}

/// Drops columns that are null in every row because the object whose members are columns is null there.
fn drop_absent_objects(columns: &mut Vec<Column>) {
    let before_dots = |column: &Column| {
        let name = column.name().to_owned();
        let dots: Vec<_> = name.match_indices('.').map(|(at, _)| at).collect();
        dots.into_iter().map(move |at| name[..at].to_owned())
    };
    let objects: HashSet<String> = columns.iter().flat_map(before_dots).collect();
    columns.retain(|column| column.null_count() < column.len() || !objects.contains(column.name()));
}

/// Reads one record into the current row.
fn row(record: &str, place: &Place, several: Several, rows: &mut Collector) {
    let mut cells = Cells::default();
    let table = &mut rows.table;
    let read = flatten(record, place.whole(), &mut |name, value| {
        if place.take(name, value, &mut cells) {
            return;
        }
        let column = table.column(name);
        match value.as_bytes().first() {
            Some(b'[' | b'{') => table.set(column, Value::Text(&compact(value))),
            _ => scalar(value, |value| table.set(column, value)),
        }
    });
    let number = rows.row();
    if let Err(error) = read {
        let message = format!("is not an object; the row is empty: {}", plain(&error));
        let problem = Problem::error(message).at_row(number).found(record);
        rows.problems.add(problem);
    } else if let Err(problem) = place.draft(&cells, several, &mut rows.draft) {
        rows.draft.clear();
        rows.problems.add(problem.at_row(number));
    }
}

/// Hands over every cell of a record: its name, with the names of the objects it is in before it, and its value as
/// text. The member called `whole` is not taken apart.
fn flatten<'a>(
    record: &'a str,
    whole: Option<&str>,
    cell: &mut impl FnMut(&str, &'a str),
) -> Result<(), serde_json::Error> {
    let Members(members) = serde_json::from_str(record)?;
    flatten_members(members, whole, &mut String::new(), 1, cell)
}

fn flatten_members<'a>(
    members: MemberList<'a>,
    whole: Option<&str>,
    path: &mut String,
    depth: usize,
    cell: &mut impl FnMut(&str, &'a str),
) -> Result<(), serde_json::Error> {
    for (name, value) in members {
        let length = path.len();
        if depth > 1 {
            path.push('.');
        }
        path.push_str(&name);
        let value = value.get();
        let nested = value.starts_with('{') && depth < DEPTH_MAX && path.len() <= PATH_MAX;
        if nested && whole != Some(path) {
            let Members(members) = serde_json::from_str(value)?;
            flatten_members(members, whole, path, depth + 1, cell)?;
        } else {
            cell(path, value);
        }
        path.truncate(length);
    }
    Ok(())
}

/// A JSON text without the white space between its marks.
fn compact(text: &str) -> Cow<'_, str> {
    let (mut quoted, mut escaped) = (false, false);
    let mut is_kept = |c: char| {
        let kept = quoted || !c.is_ascii_whitespace();
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = quoted,
            '"' => quoted = !quoted,
            _ => {}
        }
        kept
    };
    if text.contains(|c: char| c.is_ascii_whitespace()) {
        Cow::Owned(text.chars().filter(|c| is_kept(*c)).collect())
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests;
