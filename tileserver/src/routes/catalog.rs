//! Everything there is to ask for.

use axum::response::Response;
use comarca_engine::{GeometryType, LABELS, Layer};
use comarca_register::{Stage, Status};
use serde_json::{Map, Value, json};

use crate::error::AppError;
use crate::generation::{Generation, THEME};
use crate::query::encoded;
use crate::register::Demands;
use crate::routes::asked::Asked;
use crate::routes::heatmaps::UNIT;
use crate::routes::tiles::MVT;
use crate::routes::tilesets;
use crate::title::title;

/// Tile sources, heat maps, levels and themes.
pub(super) async fn catalog(asked: Asked) -> Result<Response, AppError> {
    asked.listing("catalog", document).await
}

fn document(generation: &Generation, origin: &str) -> Value {
    let territory = &generation.territory;
    let tiles = territory.source_ids().filter_map(|id| {
        Some((
            id.to_owned(),
            source(generation, id, territory.tile_layer(id)?, origin),
        ))
    });
    let tilesets = tilesets::entries(generation, origin);
    let heatmaps = territory.heatmaps().map(|heatmap| {
        let mut entry = json!({
            "title": title(territory, &heatmap.title, &heatmap.id),
            "unit": UNIT,
            "themes": heatmap.layer().column(THEME).is_some(),
            "tilejson": format!("{origin}/heatmaps/{}.json", encoded(&heatmap.id)),
        });
        if heatmap.knows_persons() {
            entry["per"] = json!(["inhabitants"]);
        }
        (heatmap.id.clone(), entry)
    });
    let level = |level: &comarca_engine::Level| json!({ "id": level.id(), "title": title(territory, level.title(), level.id()), "territories": level.len() });
    json!({
        "name": territory.name(),
        "languages": territory.languages(),
        "crs": territory.crs(),
        "generation": generation.hex(),
        "bounds": territory.bounds(),
        "tiles": tiles.chain(tilesets).collect::<Map<_, _>>(),
        "styles": format!("{origin}/styles"),
        "heatmaps": heatmaps.collect::<Map<_, _>>(),
        "levels": territory.levels().iter().map(level).collect::<Vec<_>>(),
        "themes": generation.themes,
        "demands": generation.demands.as_deref().map(|demands| register(generation, demands)),
    })
}

/// What there is to know before asking for demands: themes, stages and statuses, and the days of the first and the last.
fn register(generation: &Generation, demands: &Demands) -> Value {
    let days = || {
        demands
            .roots()
            .map(|demand| demand.created.get(..10).unwrap_or(&demand.created))
    };
    json!({
        "writable": demands.is_writable,
        "themes": generation.themes,
        "stages": Stage::ALL.map(Stage::name),
        "statuses": Status::ALL.map(Status::name),
        "first": days().min(),
        "last": days().max(),
    })
}

fn source(generation: &Generation, id: &str, layer: &Layer, origin: &str) -> Value {
    let level = generation.territory.level(id);
    let own_title = level.map_or_else(|| layer.title(), comarca_engine::Level::title);
    json!({
        "title": title(&generation.territory, own_title, id),
        "kind": if level.is_some() { "level" } else { "layer" },
        "geometry": geometry(layer),
        "features": layer.len(),
        "content_type": MVT,
        "tilejson": format!("{origin}/tiles/{}.json", encoded(id)),
        "companions": companions(generation, id, origin),
    })
}

/// What is made of a source to draw it well: its label points, and its borders where it is a level.
fn companions(generation: &Generation, id: &str, origin: &str) -> Value {
    let ids = generation.territory.companion_ids(id);
    let entry = |companion: String| {
        let (kind, geometry) = match companion.ends_with(LABELS) {
            true => ("labels", "point"),
            false => ("borders", "line"),
        };
        let tilejson = format!("{origin}/tiles/{}.json", encoded(&companion));
        let entry = json!({ "id": companion, "geometry": geometry, "tilejson": tilejson });
        (kind.to_owned(), entry)
    };
    Value::Object(ids.map(entry).collect())
}

/// The geometry of a layer's features, as the catalog and TileJSON say it.
pub(super) fn geometry(layer: &Layer) -> &'static str {
    match layer.geometry_type() {
        Some(GeometryType::Point) => "point",
        Some(GeometryType::Line) => "line",
        Some(GeometryType::Polygon) => "polygon",
        Some(GeometryType::None) | None => "mixed",
    }
}
