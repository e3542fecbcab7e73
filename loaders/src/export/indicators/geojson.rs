//! Territories as GeoJSON (RFC 7946), with the coordinates of the source unchanged.

use std::fmt::Write;
use std::ops::Range;

use comarca_engine::{GeometryType, Layer, LonLat};
use serde_json::json;

use super::IndicatorTable;

/// A feature collection with `key`, `name` and the values of each territory.
pub(super) fn write(table: &IndicatorTable<'_>) -> String {
    let layer = table.level.layer();
    let metadata = table.metadata().to_json();
    let mut out = format!(r#"{{"type":"FeatureCollection","metadata":{metadata},"features":["#);
    for row in 0..layer.len() {
        let properties = serde_json::Value::Object(table.properties(row));
        let separator = if row > 0 { "," } else { "" };
        // Writing to a string cannot fail.
        let _ok = write!(
            out,
            r#"{separator}{{"type":"Feature","id":{},"properties":{properties},"geometry":"#,
            json!(layer.key(row))
        );
        geometry(layer, row, &mut out);
        out.push('}');
    }
    out + "]}"
}

/// The geometry of a feature; `null` where it has none.
fn geometry(layer: &Layer, row: usize, out: &mut String) {
    let shapes = layer.shapes();
    let name = match shapes.geometry_type(row) {
        GeometryType::None => return out.push_str("null"),
        GeometryType::Point => "Point",
        GeometryType::Line => "LineString",
        GeometryType::Polygon => "Polygon",
    };
    let parts = shapes.parts(row);
    let multi = if parts.len() == 1 { "" } else { "Multi" };
    // Writing to a string cannot fail.
    let _ok = write!(out, r#"{{"type":"{multi}{name}","coordinates":"#);
    match parts.len() {
        1 => part(layer, row, parts.start, out),
        _ => list(parts, out, |at, out| part(layer, row, at, out)),
    }
    out.push('}');
}

/// A point, a line or the rings of a polygon.
fn part(layer: &Layer, row: usize, part: usize, out: &mut String) {
    let (shapes, lonlat) = (layer.shapes(), layer.lonlat());
    let rings = shapes.rings(part);
    let positions = |ring: usize, out: &mut String| {
        list(shapes.coordinates(ring), out, |at, out| {
            position(lonlat[at], out);
        });
    };
    match shapes.geometry_type(row) {
        GeometryType::Polygon => list(rings, out, positions),
        GeometryType::Line => positions(rings.start, out),
        _ => position(lonlat[shapes.coordinates(rings.start).start], out),
    }
}

fn position(at: LonLat, out: &mut String) {
    // Writing to a string cannot fail.
    let _ok = write!(out, "[{},{}]", at.lon, at.lat);
}

fn list(items: Range<usize>, out: &mut String, mut one: impl FnMut(usize, &mut String)) {
    out.push('[');
    for at in items.clone() {
        if at > items.start {
            out.push(',');
        }
        one(at, out);
    }
    out.push(']');
}
