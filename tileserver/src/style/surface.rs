//! Heat maps and hexagons.

use serde_json::{Map, Value, json};

use super::{Draft, Part};
use crate::error::AppError;
use crate::query::encoded;
use crate::routes::{heatmaps, hexagons};

const SOURCE: &str = "surface";

impl Draft<'_> {
    /// A heat map as a picture, with the legend of its TileJSON.
    pub(super) fn heatmap(&self, id: &str) -> Result<Part, AppError> {
        let legend = heatmaps::style_legend(self.generation, id, self.query)?;
        let mut part = Part {
            legend: Some(legend),
            ..Part::default()
        };
        let url = self.surface_address(&format!("heatmaps/{}.json", encoded(id)));
        part.sources.insert(
            SOURCE.to_owned(),
            json!({ "type": "raster", "tileSize": 256, "url": url }),
        );
        part.below.push(json!({
            "id": "surface", "type": "raster", "source": SOURCE,
            "paint": { "raster-opacity": 0.85, "raster-fade-duration": 150 },
        }));
        Ok(part)
    }

    /// Hexagons that count features. Their size follows the zoom, and so do the colours.
    pub(super) fn hexagons(&self, id: &str) -> Result<Part, AppError> {
        let legends = hexagons::style_legends(self.generation, id, self.query)?;
        let mut sources = Map::new();
        let url = self.surface_address(&format!("hexagons/{}.json", encoded(id)));
        sources.insert(SOURCE.to_owned(), json!({ "type": "vector", "url": url }));
        let fill = json!({
            "id": "surface", "type": "fill", "source": SOURCE, "source-layer": id,
            "filter": ["==", ["typeof", ["get", "count"]], "number"],
            "paint": { "fill-color": by_zoom(&legends), "fill-opacity": 0.8, "fill-outline-color": "#ffffff" },
        });
        Ok(Part {
            sources,
            below: vec![fill],
            legend: Some(Value::Array(legends)),
            ..Part::default()
        })
    }

    fn surface_address(&self, path: &str) -> String {
        let colors = self.query.value("colors").filter(|name| !name.is_empty());
        let query: Vec<(&str, &str)> = colors.map(|name| ("colors", name)).into_iter().collect();
        self.address(path, &query)
    }
}

/// `["step", ["zoom"], …]` over the legends of the zooms at which the hexagons change.
fn by_zoom(legends: &[Value]) -> Value {
    let mut steps: Vec<Value> = vec![];
    let mut before = None;
    for legend in legends {
        if before == Some(&legend["resolution"]) {
            continue;
        }
        before = Some(&legend["resolution"]);
        if !steps.is_empty() {
            steps.push(legend["zoom"].clone());
        }
        steps.push(by_count(legend));
    }
    let head = [json!("step"), json!(["zoom"])];
    match steps.len() {
        0 => json!("#d5d9dc"),
        1 => steps.remove(0),
        _ => Value::Array(head.into_iter().chain(steps).collect()),
    }
}

/// The colour between the values of a legend.
fn by_count(legend: &Value) -> Value {
    let rows = legend["legend"].as_array().map_or(&[][..], Vec::as_slice);
    let stops = rows
        .iter()
        .flat_map(|row| [row["value"].clone(), row["color"].clone()]);
    match rows.len() {
        0 => json!("#d5d9dc"),
        1 => rows[0]["color"].clone(),
        _ => {
            let head = [
                json!("interpolate"),
                json!(["linear"]),
                json!(["get", "count"]),
            ];
            Value::Array(head.into_iter().chain(stops).collect())
        }
    }
}
