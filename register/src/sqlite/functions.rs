//! The functions that the triggers of a `GeoPackage`'s spatial index call (OGC 12-128, extension F.3).
//!
//! A file that QGIS has made has such an index, and cannot be written without them.

use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;

use super::geometry;

pub(super) fn define(database: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_INNOCUOUS;
    database.create_scalar_function("ST_IsEmpty", 1, flags, |call| {
        Ok(blob(call).map(|blob| geometry::point(blob).is_none()))
    })?;
    // The least and the greatest of a point are the same.
    for (names, axis) in [(["ST_MinX", "ST_MaxX"], 0), (["ST_MinY", "ST_MaxY"], 1)] {
        for name in names {
            database.create_scalar_function(name, 1, flags, move |call| {
                Ok(blob(call)
                    .and_then(geometry::point)
                    .map(|point| point[axis]))
            })?;
        }
    }
    Ok(())
}

fn blob<'a>(call: &'a Context<'_>) -> Option<&'a [u8]> {
    match call.get_raw(0) {
        ValueRef::Blob(blob) => Some(blob),
        _ => None,
    }
}
