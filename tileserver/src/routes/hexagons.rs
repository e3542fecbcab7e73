//! Hexagons of H3: how many features, or the sum of their votes, in cells of about the same size.

use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::response::Response;
use comarca_engine::hexbin::{H3Cell, HexMeasure, h3_cells, h3_resolution, h3_tile};
use comarca_engine::tile::TileCoord;
use comarca_engine::{Layer, LonLat};
use serde_json::{Value, json};

use crate::answer::{Answer, Terms};
use crate::error::AppError;
use crate::generation::Generation;
use crate::look::{Features, OF_FEATURES};
use crate::origin::Origin;
use crate::path::{Segments, tile_coord, without_mvt};
use crate::query::{Query, encoded};
use crate::ramp::Ramp;
use crate::routes::heatmaps::legend_values;
use crate::routes::tilejson::{DETAIL_ZOOM, WORLD_BOUNDS, center, json_stem};
use crate::routes::tiles::MVT;
use crate::state::State;
use crate::wanted::Wanted;

/// What is asked of the hexagons besides their place.
#[derive(Debug)]
struct Look {
    features: Features,
    /// The column that is added up; without one features are counted.
    column: Option<String>,
    ramp: &'static Ramp,
}

fn parameters() -> Vec<&'static str> {
    [&OF_FEATURES[..], &["value", "colors"]].concat()
}

/// The TileJSON of a layer's hexagons, with a legend for each zoom.
pub(super) async fn tilejson(
    Shared(state): Shared<Arc<State>>,
    Segments(file): Segments<String>,
    Origin(origin): Origin,
    RawQuery(query): RawQuery,
    wanted: Wanted,
) -> Result<Response, AppError> {
    let generation = state.asked(query.as_deref())?;
    let id = json_stem(&file)?.to_owned();
    state.prepare(&generation, &id).await?;
    let query = Query::read(query.as_deref(), &parameters())?;
    let look = Look::read(&generation, &id, &query)?;
    let edition = generation.edition.clone();
    let request = format!("hexagons {origin} {id:?} {look:?}");
    let render = move || document(&generation, &id, &look, &origin, &query.encoded());
    state
        .answer(&edition, request, Terms::DATA, &wanted, render)
        .await
}

/// The hexagons that meet a tile; the resolution follows the zoom.
pub(super) async fn tile(
    Shared(state): Shared<Arc<State>>,
    Segments((id, z, x, file)): Segments<(String, String, String, String)>,
    RawQuery(query): RawQuery,
    wanted: Wanted,
) -> Result<Response, AppError> {
    let generation = state.asked(query.as_deref())?;
    let coord = tile_coord(&z, &x, without_mvt(&file).unwrap_or(&file))?;
    state.prepare(&generation, &id).await?;
    let query = Query::read(query.as_deref(), &parameters())?;
    let look = Look::read(&generation, &id, &query)?;
    let edition = generation.edition.clone();
    let request = format!(
        "hexagon tile {}/{}/{} {id:?} {look:?}",
        coord.z(),
        coord.x(),
        coord.y()
    );
    let render = move || Ok(Answer::new(MVT, drawn(&generation, &id, coord, &look)?));
    state
        .answer(&edition, request, Terms::TILE, &wanted, render)
        .await
}

impl Look {
    fn read(generation: &Generation, id: &str, query: &Query) -> Result<Self, AppError> {
        let layer = generation.source(id)?;
        let ramp = match query.value("colors").filter(|name| !name.is_empty()) {
            None => Ramp::first(),
            Some(name) => Ramp::named(name)
                .filter(|ramp| !ramp.is_diverging())
                .ok_or_else(|| AppError::not_one_of("colors", name, Ramp::names()))?,
        };
        Ok(Self {
            features: Features::read(generation, layer, query)?,
            column: column(layer, query)?,
            ramp,
        })
    }

    /// What is told of a cell.
    fn property(&self) -> &'static str {
        if self.column.is_some() {
            "sum"
        } else {
            "count"
        }
    }
}

/// `value=count`, or a column of numbers: `value=votes`.
fn column(layer: &Layer, query: &Query) -> Result<Option<String>, AppError> {
    let name = match query.value("value").filter(|name| !name.is_empty()) {
        None | Some("count") => return Ok(None),
        Some(name) => name,
    };
    let numbers = || {
        let numeric = |column: &&comarca_engine::Column| {
            use comarca_engine::ColumnType::{Integer, Real};
            matches!(column.column_type(), Integer | Real)
        };
        layer
            .columns()
            .iter()
            .filter(numeric)
            .map(comarca_engine::Column::name)
    };
    match numbers().any(|own| own == name) {
        true => Ok(Some(name.to_owned())),
        false => Err(AppError::not_one_of(
            "value",
            name,
            ["count"].into_iter().chain(numbers()),
        )),
    }
}

/// The cells of a resolution with what is in each; what rests on too few features tells nothing.
fn cells(
    generation: &Generation,
    id: &str,
    look: &Look,
    resolution: u8,
) -> Result<Arc<Vec<H3Cell>>, AppError> {
    let name = format!("{id:?} {look:?} {resolution}");
    generation.hexagons(&name, || {
        let layer = generation.source(id)?;
        let takes = look.features.takes(layer);
        let rows: Vec<usize> = (0..layer.len()).filter(|&row| takes(row)).collect();
        let anchors: Vec<_> = rows.iter().map(|&row| layer.anchor(row)).collect();
        let positions: Vec<LonLat> = generation.territory.projection().to_lonlat(&anchors);
        // What is not published of a column is not added up either.
        let shown = look.column.as_ref().and_then(|name| {
            let position = layer.columns().iter().position(|own| own.name() == name)?;
            Some(generation.territory.shown_column(layer, position))
        });
        let values: Option<Vec<f64>> = shown.map(|column| {
            let number = |&row: &usize| column.number(row).unwrap_or(f64::NAN);
            rows.iter().map(number).collect()
        });
        let measure = HexMeasure {
            values: values.as_deref(),
            least_features: generation.territory.least_features(),
            ..HexMeasure::default()
        };
        let found = h3_cells(&positions, &measure, resolution).map_err(|cause| {
            tracing::warn!(%cause, "hexagons cannot be computed");
            AppError::Busy
        })?;
        Ok(found.cells)
    })
}

fn drawn(
    generation: &Generation,
    id: &str,
    coord: TileCoord,
    look: &Look,
) -> Result<Vec<u8>, AppError> {
    let cells = cells(generation, id, look, h3_resolution(coord.z()))?;
    Ok(h3_tile(id, &cells, coord))
}

fn document(
    generation: &Generation,
    id: &str,
    look: &Look,
    origin: &str,
    query: &str,
) -> Result<Answer, AppError> {
    let layer = generation.source(id)?;
    let bounds = generation
        .bounds(id)
        .or_else(|| generation.territory.bounds())
        .unwrap_or(WORLD_BOUNDS);
    let legends: Result<Vec<Value>, AppError> = (0..=DETAIL_ZOOM)
        .map(|zoom| legend(generation, id, look, zoom))
        .collect();
    let legends = legends?;
    let middle = usize::from(DETAIL_ZOOM).saturating_sub(4);
    let main = generation
        .territory
        .languages()
        .first()
        .map_or("", String::as_str);
    Ok(Answer::json(&json!({
        "tilejson": "3.0.0",
        "name": layer.title().in_language(main).unwrap_or(id),
        "tiles": [format!("{origin}/hexagons/{}/{{z}}/{{x}}/{{y}}.mvt{query}", encoded(id))],
        "vector_layers": [{ "id": id, "fields": { "id": "String", "count": "Number", "sum": "Number" } }],
        "bounds": bounds,
        "center": center(bounds),
        "minzoom": 0,
        "maxzoom": DETAIL_ZOOM,
        "property": look.property(),
        "legend": legends[middle]["legend"],
        "legends": legends,
    })))
}

/// The legends of the hexagons of a layer, zoom by zoom, in the ramp of a query.
pub(crate) fn style_legends(
    generation: &Generation,
    id: &str,
    query: &Query,
) -> Result<Vec<Value>, AppError> {
    let look = Look::read(generation, id, query)?;
    (0..=DETAIL_ZOOM)
        .map(|zoom| legend(generation, id, &look, zoom))
        .collect()
}

/// Round values up to the largest cell of a zoom, in their colours.
fn legend(generation: &Generation, id: &str, look: &Look, zoom: u8) -> Result<Value, AppError> {
    let resolution = h3_resolution(zoom);
    let cells = cells(generation, id, look, resolution)?;
    let value = |cell: &H3Cell| match look.column {
        Some(_) => cell.totals.sum,
        None => cell.totals.count.map(|count| count as f64),
    };
    let peak = cells.iter().filter_map(value).fold(0.0, f64::max);
    let color = |value: f64| look.ramp.css(if peak > 0.0 { value / peak } else { 0.0 });
    let rows: Vec<Value> = legend_values(peak, false)
        .into_iter()
        .map(|value| json!({ "value": value, "color": color(value) }))
        .collect();
    Ok(json!({ "zoom": zoom, "resolution": resolution, "peak": peak, "legend": rows }))
}
