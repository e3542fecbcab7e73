//! Layers and levels as they are.

use comarca_engine::{GeometryType, LABELS};
use serde_json::{Map, Value, json};

use super::{Draft, INK, Part, REGULAR};
use crate::error::AppError;
use crate::query::encoded;

const SOURCE: &str = "features";
/// Blue and green of Okabe and Ito (2008), which are told apart with any colour vision.
const BLUE: &str = "#0072b2";
const GREEN: &str = "#009e73";

impl Draft<'_> {
    /// The territories of a level, for the pointer to find; borders and names are those of the ground.
    pub(super) fn territories(&self, id: &str) -> Part {
        let mut sources = Map::new();
        sources.insert(SOURCE.to_owned(), self.tiles(&encoded(id), &[]));
        let fill = json!({
            "id": "territories", "type": "fill", "source": SOURCE, "source-layer": id,
            "paint": { "fill-color": GREEN, "fill-opacity": 0.12 },
        });
        Part {
            sources,
            below: vec![fill],
            ..Part::default()
        }
    }

    /// The features of a layer, each drawn as its geometry asks, with their names where there is room.
    pub(super) fn features(&self, id: &str) -> Result<Part, AppError> {
        let layer = self.generation.source(id)?;
        let kind = layer.geometry_type();
        let may_be = |one| kind.is_none() || kind == Some(one);
        let labels_id = format!("{id}{LABELS}");
        let territory = &self.generation.territory;
        let labels = territory.companion_ids(id).find(|own| *own == labels_id);
        let ids = [Some(id), labels.as_deref()].into_iter().flatten();
        let ids: Vec<String> = ids.map(encoded).collect();
        let mut part = Part::default();
        part.sources
            .insert(SOURCE.to_owned(), self.tiles(&ids.join(","), &[]));
        if may_be(GeometryType::Polygon) {
            part.below.push(json!({
                "id": "polygons", "type": "fill", "source": SOURCE, "source-layer": id,
                "filter": is_of("Polygon"),
                "paint": { "fill-color": GREEN, "fill-opacity": 0.45 },
            }));
            part.below.push(line("outlines", id, "Polygon", GREEN, 0.8));
        }
        if may_be(GeometryType::Line) {
            part.above.push(line("lines", id, "LineString", BLUE, 1.6));
        }
        if may_be(GeometryType::Point) {
            part.above.push(points(id));
        }
        let of_points = kind == Some(GeometryType::Point);
        part.names
            .push(names(labels.as_deref().unwrap_or(id), of_points));
        Ok(part)
    }
}

fn is_of(kind: &str) -> Value {
    json!(["==", ["geometry-type"], kind])
}

fn line(id: &str, source_layer: &str, kind: &str, color: &str, width: f64) -> Value {
    json!({
        "id": id, "type": "line", "source": SOURCE, "source-layer": source_layer,
        "filter": is_of(kind),
        "layout": { "line-join": "round" },
        "paint": { "line-color": color, "line-width": ["interpolate", ["linear"], ["zoom"], 10, width / 2.0, 16, width * 1.5] },
    })
}

fn points(id: &str) -> Value {
    json!({
        "id": "points", "type": "circle", "source": SOURCE, "source-layer": id,
        "filter": is_of("Point"),
        "paint": {
            "circle-color": BLUE,
            "circle-radius": ["interpolate", ["linear"], ["zoom"], 9, 2, 16, 7],
            "circle-stroke-color": "#ffffff",
            "circle-stroke-width": ["interpolate", ["linear"], ["zoom"], 9, 0.5, 16, 1.5],
        },
    })
}

/// Names at the label points, of points below them.
fn names(source_layer: &str, of_points: bool) -> Value {
    let mut layer = json!({
        "id": "names", "type": "symbol", "source": SOURCE, "source-layer": source_layer,
        "minzoom": 14,
        "filter": ["!=", ["get", "name"], ["get", "key"]],
        "layout": {
            "text-field": ["get", "name"],
            "text-font": REGULAR,
            "text-size": 11,
            "text-max-width": 8,
        },
        "paint": { "text-color": INK, "text-halo-color": "#ffffff", "text-halo-width": 1.2 },
    });
    let layout = &mut layer["layout"];
    if of_points {
        layout["text-anchor"] = json!("top");
        layout["text-offset"] = json!([0, 0.7]);
    } else {
        layout["symbol-sort-key"] = json!(["get", "rank"]);
    }
    layer
}
