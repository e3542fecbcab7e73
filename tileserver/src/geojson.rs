//! Features of a layer as GeoJSON (RFC 7946), with the coordinates of the source unchanged.

use std::fmt::Write;
use std::ops::Range;

use comarca_engine::{GeometryType, Layer, LonLat};
use serde_json::json;

/// A feature collection with `key`, `name` and one value per feature.
pub(crate) fn collection(layer: &Layer, id: &str, values: &[Option<f64>]) -> String {
    let mut out = String::from(r#"{"type":"FeatureCollection","features":["#);
    for (row, value) in values.iter().enumerate() {
        if row > 0 {
            out.push(',');
        }
        let properties = json!({ "key": layer.key(row), "name": layer.name(row), id: value });
        // Writing to a string cannot fail.
        let _ok = write!(out, r#"{{"type":"Feature","id":{},"properties":{properties},"geometry":"#, json!(layer.key(row)));
        geometry(layer, row, &mut out);
        out.push('}');
    }
    out + "]}"
}

/// The geometry of a feature; `null` where it has none or one that cannot be written.
fn geometry(layer: &Layer, row: usize, out: &mut String) {
    let shapes = layer.shapes();
    let kind = shapes.geometry_type(row);
    let coordinates = &layer.lonlat()[shapes.feature_coordinates(row)];
    if kind == GeometryType::None || coordinates.is_empty() || !coordinates.iter().all(|at| at.lon.is_finite() && at.lat.is_finite()) {
        out.push_str("null");
        return;
    }
    let parts = shapes.parts(row);
    let single = parts.len() == 1;
    let name = match kind {
        GeometryType::Point => "Point",
        GeometryType::Line => "LineString",
        _ => "Polygon",
    };
    let multi = if single { "" } else { "Multi" };
    // Writing to a string cannot fail.
    let _ok = write!(out, r#"{{"type":"{multi}{name}","coordinates":"#);
    match single {
        true => part(layer, kind, parts.start, out),
        false => list(parts, out, |at, out| part(layer, kind, at, out)),
    }
    out.push('}');
}

/// A point, a line or the rings of a polygon.
fn part(layer: &Layer, kind: GeometryType, part: usize, out: &mut String) {
    let rings = layer.shapes().rings(part);
    let positions = |ring: usize, out: &mut String| {
        let lonlat = layer.lonlat();
        list(layer.shapes().coordinates(ring), out, |at, out| position(lonlat[at], out));
    };
    match kind {
        GeometryType::Polygon => list(rings, out, positions),
        GeometryType::Line => positions(rings.start, out),
        _ => position(layer.lonlat()[layer.shapes().coordinates(rings.start).start], out),
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
