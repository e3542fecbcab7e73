//! Mapbox vector tiles.

use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::response::Response;
use comarca_engine::Territory;
use comarca_engine::tile::TileCoord;

use crate::answer::{Answer, Terms};
use crate::cache::Key;
use crate::error::AppError;
use crate::generation::{Edition, Generation};
use crate::negotiate::Coding;
use crate::path::{Segments, tile_coord};
use crate::state::State;
use crate::tile_request::TileRequest;
use crate::wanted::Wanted;

/// Media type of a vector tile.
pub(super) const MVT: &str = "application/vnd.mapbox-vector-tile";

/// Browsers ask for the first over HTTPS and from their own machine, for the second elsewhere.
const WARM_CODINGS: [Coding; 2] = [Coding::Zstd, Coding::Gzip];

/// A tile of one source or several; 204 where nothing is in it.
pub(super) async fn tile(
    Shared(state): Shared<Arc<State>>,
    Segments((layers, z, x, y)): Segments<(String, String, String, String)>,
    RawQuery(query): RawQuery,
    wanted: Wanted,
) -> Result<Response, AppError> {
    let generation = state.asked(query.as_deref())?;
    let coord = tile_coord(&z, &x, without_suffix(&y))?;
    let request = TileRequest::read(&generation, &layers, query.as_deref())?;
    let (edition, normal, render) = kept(&state, &generation, request, coord);
    state
        .answer(&edition, normal, Terms::TILE, &wanted, render)
        .await
}

/// Makes a tile ready that nobody has asked for yet, in the codings that browsers ask for.
pub(crate) async fn warm(
    state: &Arc<State>,
    generation: &Arc<Generation>,
    (layers, query): (&str, Option<&str>),
    coord: TileCoord,
) -> Result<(), AppError> {
    for coding in WARM_CODINGS {
        let request = TileRequest::read(generation, layers, query)?;
        let (edition, normal, render) = kept(state, generation, request, coord);
        let key = Key {
            serial: edition.serial,
            request: normal.into(),
            coding,
        };
        state.answers.warm(&key, &state.work, render).await?;
    }
    Ok(())
}

/// What a tile is kept under, and how it is made where it is not.
fn kept(
    state: &Arc<State>,
    generation: &Arc<Generation>,
    request: TileRequest,
    coord: TileCoord,
) -> (
    Edition,
    String,
    impl FnOnce() -> Result<Answer, AppError> + Send + 'static,
) {
    let normal = format!(
        "tile {}/{}/{} {}",
        coord.z(),
        coord.x(),
        coord.y(),
        request.normal_form()
    );
    let edition = generation.edition_of_tile(&request.sources, &request.options.indicators);
    let edition = edition.clone();
    let (state, generation) = (Arc::clone(state), Arc::clone(generation));
    let render = move || {
        let answer = Answer::new(MVT, render(&generation.territory, &request, coord)?);
        Ok(match is_large(&state, &answer, coord, &request) {
            true => answer.large(),
            false => answer,
        })
    };
    (edition, normal, render)
}

fn without_suffix(y: &str) -> &str {
    y.strip_suffix(".mvt")
        .or_else(|| y.strip_suffix(".pbf"))
        .unwrap_or(y)
}

fn render(
    territory: &Territory,
    request: &TileRequest,
    coord: TileCoord,
) -> Result<Vec<u8>, AppError> {
    let sources: Vec<&str> = request.sources.iter().map(String::as_str).collect();
    Ok(territory.tile(&sources, coord, &request.options)?)
}

/// Whether a tile is above the operator's bound: it goes out whole, and is spoken of.
fn is_large(state: &State, tile: &Answer, coord: TileCoord, request: &TileRequest) -> bool {
    let bytes = tile.body().len() as u64;
    let is_large = bytes > state.options.tile_max_kb.saturating_mul(1000);
    if is_large {
        state.metrics.count_large_tile();
        tracing::warn!(sources = ?request.sources, z = coord.z(), x = coord.x(), y = coord.y(), bytes, "a tile above tile_max_kb");
    }
    is_large
}
