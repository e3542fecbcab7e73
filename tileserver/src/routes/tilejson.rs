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
use crate::routes::catalog::geometry;
use crate::routes::tilesets::{self, TilesetRequest};
use crate::state::State;
use crate::tile_request::TileRequest;
use crate::wanted::Wanted;

/// The deepest zoom a client need ask for: a unit of a tile is then 15 cm or less. Deeper ones are served too.
pub(crate) const DETAIL_ZOOM: u8 = 16;

/// All the world that Web Mercator shows, for what has no bounds.
pub(crate) const WORLD_BOUNDS: [f64; 4] =
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
    state.prepare(&generation, ids).await?;
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
pub(crate) fn center([west, south, east, north]: [f64; 4]) -> Value {
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
    let mut document = json!({
        "tilejson": "3.0.0",
        "name": name(generation, request),
        "tiles": [format!("{origin}/tiles/{ids}/{{z}}/{{x}}/{{y}}.mvt{}", request.query)],
        "bounds": bounds,
        "center": center(bounds),
        "minzoom": 0,
        "maxzoom": DETAIL_ZOOM,
        "vector_layers": layers.map(|(id, layer)| vector_layer(generation, id, layer, request)).collect::<Vec<_>>(),
    });
    if let Some(attribution) = attribution(generation, request) {
        document["attribution"] = attribution.into();
    }
    document
}

/// Who is to be named for the data in the tiles, each once; `None` where the project says nobody. TileJSON 3.0.0 §3.4: it
/// may be shown as HTML, so what is no letter of it is escaped.
fn attribution(generation: &Generation, request: &TileRequest) -> Option<String> {
    let territory = &generation.territory;
    let mut named: Vec<String> = vec![];
    for id in &request.sources {
        let of = id.split_once(':').map_or(id.as_str(), |(of, _)| of);
        // A level is drawn by a layer; one without is made of the finest.
        let level = territory.level(of).map(|level| level.layer().id());
        let layer = level.unwrap_or(of);
        let layer = match territory.layer(layer) {
            Some(layer) => layer.id(),
            None => territory.levels()[0].layer().id(),
        };
        let sources = territory.sources().iter();
        let of_layer = sources
            .filter(|source| source.joined_to.as_deref().unwrap_or(&source.id) == layer)
            .filter_map(|source| source.attribution.as_deref());
        for name in of_layer.map(escaped) {
            if !named.contains(&name) {
                named.push(name);
            }
        }
    }
    (!named.is_empty()).then(|| named.join(" · "))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// The titles in the main language.
fn name(generation: &Generation, request: &TileRequest) -> String {
    let names = request.sources.iter();
    let names: Vec<String> = names.map(|id| source_name(generation, id)).collect();
    names.join(", ")
}

/// The title of a source in the main language, else its id.
fn source_name(generation: &Generation, id: &str) -> String {
    let territory = &generation.territory;
    let main = territory.languages().first().map_or("", String::as_str);
    let level = territory.level(id).map(comarca_engine::Level::title);
    let own = level.or_else(|| territory.tile_layer(id).map(|layer| layer.title()));
    let own = own.and_then(|title| title.in_language(main));
    own.unwrap_or(id).to_owned()
}

/// A layer of the tiles. `geometry` is no part of TileJSON, which lets it stand: programs may choose by it how to draw.
fn vector_layer(generation: &Generation, id: &str, layer: &Layer, request: &TileRequest) -> Value {
    json!({
        "id": id,
        "description": source_name(generation, id),
        "geometry": if request.options.without_geometry { "point" } else { geometry(layer) },
        "fields": fields(layer, request),
        "minzoom": 0,
        "maxzoom": DETAIL_ZOOM,
    })
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
