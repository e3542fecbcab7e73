//! Heat maps as pictures and as isobands.

use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::response::Response;
use comarca_engine::Value as Cell;
use comarca_engine::heatmap::{Heatmap, round_levels};
use comarca_engine::tile::TileCoord;
use serde_json::{Value, json};

use crate::answer::{Answer, Terms};
use crate::error::AppError;
use crate::generation::Generation;
use crate::look::{Look, OF_SURFACE};
use crate::origin::Origin;
use crate::path::{Segments, tile_coord, without_mvt};
use crate::png::picture;
use crate::query::{Query, encoded};
use crate::routes::tilejson::{DETAIL_ZOOM, WORLD_BOUNDS, center, json_stem};
use crate::routes::tiles::MVT;
use crate::state::State;
use crate::wanted::Wanted;

/// What a heat map counts: the weight of its features.
pub(super) const UNIT: &str = "per km²";

/// Side of a picture in pixels.
const SIZE: u32 = 256;
/// Steps of the legend above zero, at most.
const LEGEND_STEPS_MAX: usize = 6;
/// Levels of isobands, at most.
const BANDS_MAX: usize = 9;

/// The TileJSON of a heat map, with its legend.
pub(super) async fn tilejson(
    Shared(state): Shared<Arc<State>>,
    Segments(file): Segments<String>,
    Origin(origin): Origin,
    RawQuery(query): RawQuery,
    wanted: Wanted,
) -> Result<Response, AppError> {
    let generation = state.asked(query.as_deref())?;
    let id = json_stem(&file)?.to_owned();
    let query = Query::read(query.as_deref(), &OF_SURFACE)?;
    let look = Look::read(&generation, generation.territory.heatmap(&id)?, &query)?;
    let (edition, request) = (
        generation.edition.clone(),
        format!("heatmap {origin} {id:?} {}", look.normal_form()),
    );
    let render = move || document(&generation, &id, &look, &origin, &query.encoded());
    state
        .answer(&edition, request, Terms::DATA, &wanted, render)
        .await
}

/// A form of a tile.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    /// A picture of so many pixels a side.
    Picture(u32),
    /// Isobands as a vector tile.
    Bands,
}

/// A picture of 256 pixels (`.png`) or 512 (`@2x.png`), or isobands (`.mvt`).
pub(super) async fn tile(
    Shared(state): Shared<Arc<State>>,
    Segments((id, z, x, file)): Segments<(String, String, String, String)>,
    RawQuery(query): RawQuery,
    wanted: Wanted,
) -> Result<Response, AppError> {
    let generation = state.asked(query.as_deref())?;
    let heatmap = generation.territory.heatmap(&id)?;
    let (y, form) = form(&file)?;
    let coord = tile_coord(&z, &x, y)?;
    let query = Query::read(query.as_deref(), &OF_SURFACE)?;
    let look = Look::read(&generation, heatmap, &query)?;
    let edition = generation.edition.clone();
    let request = format!(
        "heat {}/{}/{} {form:?} {id:?} {}",
        coord.z(),
        coord.x(),
        coord.y(),
        look.normal_form()
    );
    let terms = match form {
        Form::Picture(_) => Terms::PICTURE,
        Form::Bands => Terms::TILE,
    };
    let render = move || match form {
        Form::Picture(size) => painted(&generation, &id, coord, size, &look),
        Form::Bands => banded(&generation, &id, coord, &look),
    };
    state
        .answer(&edition, request, terms, &wanted, render)
        .await
}

/// The row of the tile and its form.
fn form(file: &str) -> Result<(&str, Form), AppError> {
    let hint = || AppError::NotFound("a heat map tile ends in .png, @2x.png or .mvt".to_owned());
    if let Some(y) = without_mvt(file) {
        return Ok((y, Form::Bands));
    }
    let stem = file.strip_suffix(".png").ok_or_else(hint)?;
    Ok(stem
        .strip_suffix("@2x")
        .map_or((stem, Form::Picture(SIZE)), |y| {
            (y, Form::Picture(2 * SIZE))
        }))
}

fn painted(
    generation: &Generation,
    id: &str,
    coord: TileCoord,
    size: u32,
    look: &Look,
) -> Result<Answer, AppError> {
    let heatmap = generation.territory.heatmap(id)?;
    let projection = generation.territory.projection();
    let values = look.ask(heatmap, |request| {
        heatmap.tile(projection, coord, size as usize, request)
    });
    let peak = look.peak(generation, heatmap);
    let bytes = picture(&values, (size, size), peak, look.ramp).map_err(|cause| {
        tracing::error!(%cause, "a picture cannot be written");
        AppError::Internal
    })?;
    Ok(Answer::new("image/png", bytes))
}

fn banded(
    generation: &Generation,
    id: &str,
    coord: TileCoord,
    look: &Look,
) -> Result<Answer, AppError> {
    let heatmap = generation.territory.heatmap(id)?;
    let levels = look.levels(look.peak(generation, heatmap), BANDS_MAX);
    let projection = generation.territory.projection();
    if levels.is_empty() {
        return Ok(Answer::new(MVT, vec![]));
    }
    let bytes = look.ask(heatmap, |request| {
        heatmap.bands_tile(projection, coord, &levels, request)
    });
    let bytes = bytes.map_err(|cause| {
        tracing::error!(%cause, "isobands cannot be drawn");
        AppError::Internal
    })?;
    Ok(Answer::new(MVT, bytes))
}

fn document(
    generation: &Generation,
    id: &str,
    look: &Look,
    origin: &str,
    query: &str,
) -> Result<Answer, AppError> {
    let territory = &generation.territory;
    let heatmap = territory.heatmap(id)?;
    let bounds = heatmap
        .bounds(territory.projection())
        .or_else(|| territory.bounds())
        .unwrap_or(WORLD_BOUNDS);
    let main = territory.languages().first().map_or("", String::as_str);
    let peak = look.peak(generation, heatmap);
    let tiles = |form: &str| {
        format!(
            "{origin}/heatmaps/{}/{{z}}/{{x}}/{{y}}.{form}{query}",
            encoded(id)
        )
    };
    Ok(Answer::json(&json!({
        "tilejson": "3.0.0",
        "name": heatmap.title.in_language(main).unwrap_or(id),
        "tiles": [tiles("png")],
        "vector_tiles": [tiles("mvt")],
        "vector_layers": [{ "id": id, "fields": { "low": "Number", "high": "Number", "color_index": "Number" } }],
        "bounds": bounds,
        "center": center(bounds),
        "minzoom": 0,
        "maxzoom": DETAIL_ZOOM,
        "format": "png",
        "tileSize": SIZE,
        "legend": legend(peak, look),
        "bands": bands(peak, look),
        "unit": look.unit(),
        "bandwidth_m": look.bandwidth_m(heatmap),
        "kernel": heatmap.kernel.name(),
        "periods": periods(heatmap),
    })))
}

/// The months in which features of the layer were made, with their number; empty where it does not tell.
fn periods(heatmap: &Heatmap) -> Vec<Value> {
    let Some(created) = heatmap.layer().column("created") else {
        return vec![];
    };
    let mut months: std::collections::BTreeMap<String, u64> = std::collections::BTreeMap::new();
    for row in 0..created.len() {
        if let Cell::Text(day) = created.value(row)
            && let Some(month) = day.get(..7)
        {
            *months.entry(month.to_owned()).or_default() += 1;
        }
    }
    let period =
        |(month, count): (String, u64)| json!({ "since": month, "until": month, "count": count });
    months.into_iter().map(period).collect()
}

/// The legend of a heat map as its style says it, in the ramp of a query.
pub(crate) fn style_legend(
    generation: &Generation,
    id: &str,
    query: &Query,
) -> Result<Value, AppError> {
    let heatmap = generation.territory.heatmap(id)?;
    let look = Look::read(generation, heatmap, query)?;
    let peak = look.peak(generation, heatmap);
    Ok(json!({ "unit": look.unit(), "values": legend(peak, &look) }))
}

/// Limits and colours of the isobands.
fn bands(peak: f64, look: &Look) -> Vec<Value> {
    let levels = look.levels(peak, BANDS_MAX);
    let row = |(number, low): (usize, &f64)| {
        let high = levels.get(number + 1);
        json!({ "color_index": number, "low": low, "high": high, "color": color(look, *low, peak) })
    };
    levels.iter().enumerate().map(row).collect()
}

fn color(look: &Look, value: f64, peak: f64) -> String {
    let share = if peak > 0.0 { value / peak } else { 0.0 };
    match look.is_difference() {
        true => look.ramp.css(f64::midpoint(1.0, share)),
        false => look.ramp.css(share),
    }
}

/// Round values from nothing up to the largest density, of a difference from the largest loss to the largest gain: one scale
/// for every tile.
fn legend(peak: f64, look: &Look) -> Vec<Value> {
    let values = legend_values(peak, look.is_difference());
    let row = |value: f64| json!({ "value": value, "color": color(look, value, peak) });
    values.into_iter().map(row).collect()
}

pub(super) fn legend_values(peak: f64, is_difference: bool) -> Vec<f64> {
    let above = round_levels(peak * (1.0 + 1e-12), LEGEND_STEPS_MAX);
    let below = above
        .iter()
        .rev()
        .map(|value| -value)
        .filter(|_| is_difference);
    below.chain([0.0]).chain(above.iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_legend_has_round_values_up_to_the_peak() {
        let values = |peak: f64| legend_values(peak, false);
        assert_eq!(
            values(16_000.0),
            [0.0, 2500.0, 5000.0, 7500.0, 10_000.0, 12_500.0, 15_000.0]
        );
        assert_eq!(values(12.0), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0]);
        assert_eq!(values(0.0), [0.0]);
        assert_eq!(
            legend_values(2.0, true),
            [-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0]
        );
        for peak in [1e-300, 1e-9, 0.7, 59.0, 61.0, 1e12, 1e300] {
            let steps = values(peak).len();
            assert!((3..=7).contains(&steps), "{peak}: {steps}");
        }
    }
}
