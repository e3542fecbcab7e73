//! Faults as GeoJSON (RFC 7946).

use geo_types::{Coord, Geometry, LineString, Polygon};
use serde_json::{Value, json};

use super::Fault;

/// A feature collection with a line per feature; an empty one without any.
pub(super) fn write(faults: &[Fault]) -> String {
    let features: Vec<String> = faults
        .iter()
        .map(|fault| feature(fault).to_string())
        .collect();
    let lines = features.join(",\n");
    format!("{{\"type\":\"FeatureCollection\",\"features\":[{lines}]}}\n")
}

fn feature(fault: &Fault) -> Value {
    json!({
        "type": "Feature",
        "properties": {
            "kind": fault.kind.name(),
            "layer": fault.layer,
            "level": fault.level,
            "keys": fault.keys.join(", "),
            "area_m2": fault.area_m2,
            "row": fault.row,
            "message": fault.message,
        },
        "geometry": geometry(&fault.geometry),
    })
}

fn geometry(geometry: &Geometry<f64>) -> Value {
    match geometry {
        Geometry::Point(at) => json!({ "type": "Point", "coordinates": position(&at.0) }),
        Geometry::Polygon(area) => json!({ "type": "Polygon", "coordinates": rings(area) }),
        Geometry::MultiPolygon(areas) => {
            let all: Vec<Value> = areas.iter().map(rings).collect();
            json!({ "type": "MultiPolygon", "coordinates": all })
        }
        _ => Value::Null,
    }
}

fn rings(polygon: &Polygon<f64>) -> Value {
    let rings = [polygon.exterior()].into_iter().chain(polygon.interiors());
    let ring = |ring: &LineString<f64>| ring.0.iter().map(position).collect::<Value>();
    rings.map(ring).collect()
}

fn position(at: &Coord<f64>) -> Value {
    json!([at.x, at.y])
}
