//! TileJSON 3.0 of vector tiles.

use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::response::Response;
use comarca_engine::{ColumnType, Layer, WORLD_CELLS};
use serde_json::{Map, Value, json};

use crate::answer::{Answer, Terms};
use crate::error::AppError;
use crate::generation::{Generation, union};
use crate::origin::Origin;
use crate::path::Segments;
use crate::query::encoded;
use crate::routes::tilesets::{self, TilesetRequest};
use crate::state::State;
use crate::tile_request::TileRequest;
use crate::title::title;
use crate::wanted::Wanted;

/// The deepest zoom a client need ask for: a unit of a tile is then 15 cm or less. Deeper ones are served too.
pub(super) const DETAIL_ZOOM: u8 = 16;

/// All the world that Web Mercator shows, for what has no bounds.
pub(super) const WORLD_BOUNDS: [f64; 4] =
    [-180.0, -85.051_128_779_806_6, 180.0, 85.051_128_779_806_6];

/// The TileJSON of one source or several.
pub(super) async fn tilejson(
    Shared(state): Shared<Arc<State>>,
    Segments(file): Segments<String>,
    Origin(origin): Origin,
    RawQuery(query): RawQuery,
    wanted: Wanted,
) -> Result<Response, AppError> {
    let generation = state.asked(query.as_deref())?;
    let ids = json_stem(&file)?;
    if let Some(request) = TilesetRequest::read(&generation, ids, query.as_deref())? {
        return tilesets::tilejson(&state, &generation, request, origin, &wanted).await;
    }
    let request = TileRequest::read(&generation, ids, query.as_deref())?;
    let (edition, normal) = (
        generation.edition.clone(),
        format!("tilejson {origin} {}", request.normal_form()),
    );
    let render = move || Ok(Answer::json(&document(&generation, &request, &origin)));
    state
        .answer(&edition, normal, Terms::DATA, &wanted, render)
        .await
}

/// The name without `.json`.
pub(super) fn json_stem(file: &str) -> Result<&str, AppError> {
    let hint = || {
        AppError::NotFound(
            "nothing is at this address; a TileJSON ends in .json, a tile in /{z}/{x}/{y}"
                .to_owned(),
        )
    };
    file.strip_suffix(".json").ok_or_else(hint)
}

/// A point in the middle and a zoom at which the bounds fill a screen of about 1000 pixels.
pub(super) fn center([west, south, east, north]: [f64; 4]) -> Value {
    let [low, high] = [(west, north), (east, south)]
        .map(|(lon, lat)| comarca_engine::LonLat { lon, lat }.to_world());
    let cells = f64::from(
        high.x
            .saturating_sub(low.x)
            .max(high.y.saturating_sub(low.y)),
    )
    .max(1.0);
    let zoom = (WORLD_CELLS / cells).log2().floor() + 1.0;
    json!([
        f64::midpoint(west, east),
        f64::midpoint(south, north),
        zoom.clamp(0.0, f64::from(DETAIL_ZOOM))
    ])
}

pub(super) fn document(generation: &Generation, request: &TileRequest, origin: &str) -> Value {
    let territory = &generation.territory;
    let of_sources = request
        .sources
        .iter()
        .filter_map(|id| generation.bounds(id));
    let bounds = union(of_sources)
        .or_else(|| territory.bounds())
        .unwrap_or(WORLD_BOUNDS);
    let layers = request
        .sources
        .iter()
        .filter_map(|id| Some((id, territory.tile_layer(id)?)));
    let ids = request
        .sources
        .iter()
        .map(|id| encoded(id))
        .collect::<Vec<_>>()
        .join(",");
    json!({
        "tilejson": "3.0.0",
        "name": name(generation, request),
        "tiles": [format!("{origin}/tiles/{ids}/{{z}}/{{x}}/{{y}}.mvt{}", request.query)],
        "bounds": bounds,
        "center": center(bounds),
        "minzoom": 0,
        "maxzoom": DETAIL_ZOOM,
        "vector_layers": layers.map(|(id, layer)| vector_layer(id, layer, request)).collect::<Vec<_>>(),
    })
}

/// The titles in the main language.
fn name(generation: &Generation, request: &TileRequest) -> String {
    let territory = &generation.territory;
    let main = territory.languages().first().map_or("", String::as_str);
    let of_source = |id: &String| {
        let own = territory
            .level(id)
            .map(comarca_engine::Level::title)
            .or_else(|| territory.tile_layer(id).map(|layer| layer.title()));
        let titles = own.map(|own| title(territory, own, id));
        titles
            .as_ref()
            .and_then(|titles| titles[main].as_str())
            .unwrap_or(id)
            .to_owned()
    };
    request
        .sources
        .iter()
        .map(of_source)
        .collect::<Vec<_>>()
        .join(", ")
}

fn vector_layer(id: &str, layer: &Layer, request: &TileRequest) -> Value {
    json!({ "id": id, "fields": fields(layer, request), "minzoom": 0, "maxzoom": DETAIL_ZOOM })
}

/// What a feature carries, as the engine writes it: an indicator hides a column of its name, `key` and `name` are ours.
fn fields(layer: &Layer, request: &TileRequest) -> Map<String, Value> {
    let options = &request.options;
    let written = |name: &str| {
        options
            .properties
            .as_ref()
            .is_none_or(|names| names.iter().any(|own| own == name))
    };
    let own = ["key", "name"].map(|name| (name.to_owned(), json!("String")));
    let columns = layer
        .columns()
        .iter()
        .filter(|column| written(column.name()) && !matches!(column.name(), "key" | "name"));
    let columns = columns.map(|column| {
        (
            column.name().to_owned(),
            json!(type_name(column.column_type())),
        )
    });
    let indicators = options
        .indicators
        .iter()
        .map(|id| (id.clone(), json!("Number")));
    own.into_iter().chain(columns).chain(indicators).collect()
}

fn type_name(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Bool => "Boolean",
        ColumnType::Integer | ColumnType::Real => "Number",
        ColumnType::Text => "String",
    }
}
