//! Heat maps as pictures.

use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::response::Response;
use comarca_engine::heatmap::{Heatmap, Keep, SurfaceRequest};
use comarca_engine::tile::TileCoord;
use comarca_engine::{Territory, Value as Cell};
use serde_json::{Value, json};

use crate::answer::{Answer, Terms};
use crate::error::AppError;
use crate::generation::{Generation, THEME};
use crate::origin::Origin;
use crate::path::{Segments, tile_coord};
use crate::png::picture;
use crate::query::{Query, SCENARIO, encoded};
use crate::ramp::Ramp;
use crate::routes::tilejson::{DETAIL_ZOOM, WORLD_BOUNDS, center, json_stem};
use crate::state::State;
use crate::wanted::Wanted;

/// What a heat map counts: the weight of its features.
pub(super) const UNIT: &str = "per km²";

const PARAMETERS: [&str; 3] = ["theme", "colors", SCENARIO];

/// Side of a picture in pixels.
const SIZE: u32 = 256;
/// Steps of the legend above zero, at most.
const LEGEND_STEPS_MAX: f64 = 6.0;

/// What a picture is made of besides its place.
#[derive(Debug)]
struct Look {
    theme: Option<String>,
    ramp: &'static Ramp,
}

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
    let query = Query::read(query.as_deref(), &PARAMETERS)?;
    let look = Look::read(&generation, generation.territory.heatmap(&id)?, &query)?;
    let (edition, request) = (
        generation.edition.clone(),
        format!("heatmap {origin} {id:?} {}", look.normal_form()),
    );
    let render = move || document(&generation.territory, &id, &look, &origin, &query.encoded());
    state
        .answer(&edition, request, Terms::DATA, &wanted, render)
        .await
}

/// A picture of 256 pixels (`.png`) or 512 (`@2x.png`).
pub(super) async fn tile(
    Shared(state): Shared<Arc<State>>,
    Segments((id, z, x, file)): Segments<(String, String, String, String)>,
    RawQuery(query): RawQuery,
    wanted: Wanted,
) -> Result<Response, AppError> {
    let generation = state.asked(query.as_deref())?;
    let heatmap = generation.territory.heatmap(&id)?;
    let (y, size) = picture_size(&file)?;
    let coord = tile_coord(&z, &x, y)?;
    let look = Look::read(
        &generation,
        heatmap,
        &Query::read(query.as_deref(), &PARAMETERS)?,
    )?;
    let edition = generation.edition.clone();
    let request = format!(
        "heat {}/{}/{} {size} {id:?} {}",
        coord.z(),
        coord.x(),
        coord.y(),
        look.normal_form()
    );
    let render = move || render(&generation.territory, &id, coord, size, &look);
    state
        .answer(&edition, request, Terms::PICTURE, &wanted, render)
        .await
}

impl Look {
    fn read(generation: &Generation, heatmap: &Heatmap, query: &Query) -> Result<Self, AppError> {
        let theme = query.value("theme").filter(|theme| !theme.is_empty());
        if let Some(theme) = theme {
            check_theme(generation, heatmap, theme)?;
        }
        let ramp = match query.value("colors") {
            None => Ramp::first(),
            Some(name) => Ramp::named(name)
                .ok_or_else(|| AppError::not_one_of("colors", name, Ramp::names()))?,
        };
        Ok(Self {
            theme: theme.map(str::to_owned),
            ramp,
        })
    }

    /// One text for one look, for the cache.
    fn normal_form(&self) -> String {
        format!("{} {:?}", self.ramp.name(), self.theme)
    }
}

fn check_theme(generation: &Generation, heatmap: &Heatmap, theme: &str) -> Result<(), AppError> {
    if heatmap.layer().column(THEME).is_none() {
        let layer = heatmap.layer().id();
        return Err(AppError::parameter(
            "theme",
            theme,
            format!("left out: the layer {layer} has no column {THEME}"),
        ));
    }
    if !generation.themes.iter().any(|known| known == theme) {
        return Err(AppError::not_one_of(
            "theme",
            theme,
            generation.themes.iter().map(String::as_str),
        ));
    }
    Ok(())
}

/// The row of the tile and the side of the picture.
fn picture_size(file: &str) -> Result<(&str, u32), AppError> {
    let hint = || AppError::NotFound("a heat map tile ends in .png or @2x.png".to_owned());
    let stem = file.strip_suffix(".png").ok_or_else(hint)?;
    Ok(stem
        .strip_suffix("@2x")
        .map_or((stem, SIZE), |y| (y, 2 * SIZE)))
}

fn render(
    territory: &Territory,
    id: &str,
    coord: TileCoord,
    size: u32,
    look: &Look,
) -> Result<Answer, AppError> {
    let heatmap = territory.heatmap(id)?;
    let column = heatmap.layer().column(THEME);
    let of_theme = look.theme.as_deref().zip(column).map(|(theme, column)| {
        move |row: usize| match column.value(row) {
            Cell::Text(own) => own == theme,
            other => other.display() == theme,
        }
    });
    let request = SurfaceRequest {
        keep: of_theme.as_ref().map(|keep| keep as Keep<'_>),
        ..SurfaceRequest::default()
    };
    let values = heatmap.tile(territory.projection(), coord, size as usize, &request);
    let bytes = picture(&values, size, peak(heatmap), look.ramp).map_err(|cause| {
        tracing::error!(%cause, "a picture cannot be written");
        AppError::Internal
    })?;
    Ok(Answer::new("image/png", bytes))
}

fn document(
    territory: &Territory,
    id: &str,
    look: &Look,
    origin: &str,
    query: &str,
) -> Result<Answer, AppError> {
    let heatmap = territory.heatmap(id)?;
    let bounds = heatmap
        .bounds(territory.projection())
        .or_else(|| territory.bounds())
        .unwrap_or(WORLD_BOUNDS);
    let main = territory.languages().first().map_or("", String::as_str);
    Ok(Answer::json(&json!({
        "tilejson": "3.0.0",
        "name": heatmap.title.in_language(main).unwrap_or(id),
        "tiles": [format!("{origin}/heatmaps/{}/{{z}}/{{x}}/{{y}}.png{query}", encoded(id))],
        "bounds": bounds,
        "center": center(bounds),
        "minzoom": 0,
        "maxzoom": DETAIL_ZOOM,
        "format": "png",
        "tileSize": SIZE,
        "legend": legend(peak(heatmap), look.ramp),
        "unit": UNIT,
        "bandwidth_m": heatmap.bandwidth_m,
        "kernel": heatmap.kernel.name(),
    })))
}

/// The top of the scale of every theme: the largest density of all features.
fn peak(heatmap: &Heatmap) -> f64 {
    heatmap.peak(&SurfaceRequest::default())
}

/// Round values from nothing up to the largest density of all features: one scale for every tile and every theme.
fn legend(peak: f64, ramp: &Ramp) -> Vec<Value> {
    let step = round_step(peak / LEGEND_STEPS_MAX);
    let values = (0..)
        .map(|number| f64::from(number) * step)
        .take_while(|value| *value <= peak);
    let row = |value: f64| json!({ "value": value, "color": ramp.css(if peak > 0.0 { value / peak } else { 0.0 }) });
    values.take(8).map(row).collect()
}

/// The smallest of 1, 2, 2.5 and 5 times a power of ten that is not below `least`; 1 where there is no density.
fn round_step(least: f64) -> f64 {
    if !(least.is_finite() && least > 0.0) {
        return 1.0;
    }
    let power = 10_f64.powf(least.log10().floor());
    [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= least)
        .unwrap_or(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_legend_has_round_values_up_to_the_peak() {
        let values = |peak: f64| {
            legend(peak, Ramp::first())
                .iter()
                .map(|row| row["value"].as_f64().unwrap())
                .collect::<Vec<_>>()
        };
        assert_eq!(values(15_594.3), [0.0, 5000.0, 10_000.0, 15_000.0]);
        assert_eq!(values(12.0), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0]);
        assert_eq!(values(0.0), [0.0]);
        for peak in [1e-300, 1e-9, 0.7, 59.0, 61.0, 1e12, 1e300] {
            let steps = values(peak).len();
            assert!((3..=7).contains(&steps), "{peak}: {steps}");
        }
    }
}
