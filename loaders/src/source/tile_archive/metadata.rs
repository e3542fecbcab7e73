//! The JSON metadata of an archive: its name and its vector layers.

use serde_json::{Map, Value};

use super::VectorLayer;

/// Most vector layers and most fields of one that are listed.
const LISTED_MAX: usize = 10_000;

/// Vector layers as `vector_layers` lists them, with what `tilestats` says about each.
pub(super) fn vector_layers(metadata: &Map<String, Value>) -> Vec<VectorLayer> {
    let list = metadata.get("vector_layers").and_then(Value::as_array);
    let layers = list.into_iter().flatten().take(LISTED_MAX);
    layers
        .filter_map(|layer| vector_layer(layer, metadata))
        .collect()
}

fn vector_layer(layer: &Value, metadata: &Map<String, Value>) -> Option<VectorLayer> {
    let id = layer.get("id")?.as_str()?;
    let zoom = |name: &str| u8::try_from(layer.get(name)?.as_u64()?).ok();
    let fields = layer.get("fields").and_then(Value::as_object);
    let field = |(name, kind): (&String, &Value)| (name.clone(), text(kind));
    let statistics = statistics(metadata, id);
    let statistic = |name: &str| statistics.and_then(|statistics| statistics.get(name));
    Some(VectorLayer {
        id: id.to_owned(),
        description: layer
            .get("description")
            .map(text)
            .filter(|text| !text.is_empty()),
        minzoom: zoom("minzoom"),
        maxzoom: zoom("maxzoom"),
        fields: fields
            .into_iter()
            .flatten()
            .take(LISTED_MAX)
            .map(field)
            .collect(),
        features: statistic("count").and_then(Value::as_u64),
        geometry: statistic("geometry").map(text),
    })
}

/// What the extension `tilestats` says about the layer `id`.
fn statistics<'a>(metadata: &'a Map<String, Value>, id: &str) -> Option<&'a Value> {
    let layers = metadata.get("tilestats")?.get("layers")?.as_array()?;
    layers
        .iter()
        .take(LISTED_MAX)
        .find(|layer| layer.get("layer").and_then(Value::as_str) == Some(id))
}

/// West, south, east, north in degrees, if they can be that.
pub(super) fn sensible_bounds(bounds: [f64; 4]) -> Option<[f64; 4]> {
    let [west, south, east, north] = bounds;
    let in_range = west.abs() <= 180.0
        && east.abs() <= 180.0
        && south.abs() <= 90.0
        && north.abs() <= 90.0
        && west <= east
        && south <= north;
    in_range.then_some(bounds)
}

/// A value as text.
pub(super) fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
