//! Mapbox vector tiles.

use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::response::Response;
use comarca_engine::Territory;
use comarca_engine::tile::TileCoord;

use crate::answer::{Answer, Terms};
use crate::error::AppError;
use crate::path::{Segments, tile_coord};
use crate::routes::tilesets::{self, TilesetRequest};
use crate::state::State;
use crate::tile_request::TileRequest;
use crate::wanted::Wanted;

/// Media type of a vector tile.
pub(crate) const MVT: &str = "application/vnd.mapbox-vector-tile";

/// A tile of one source or several; 204 where nothing is in it.
pub(super) async fn tile(
    Shared(state): Shared<Arc<State>>,
    Segments((layers, z, x, y)): Segments<(String, String, String, String)>,
    RawQuery(query): RawQuery,
    wanted: Wanted,
) -> Result<Response, AppError> {
    let generation = state.asked(query.as_deref())?;
    if let Some(request) = TilesetRequest::read(&generation, &layers, query.as_deref())? {
        return tilesets::tile(&state, &generation, request, [&z, &x, &y], &wanted).await;
    }
    let coord = tile_coord(&z, &x, without_suffix(&y))?;
    state.prepare(&generation, &layers).await?;
    let mut request = TileRequest::read(&generation, &layers, query.as_deref())?;
    request.options.bytes_max =
        usize::try_from(state.options.tile_max_kb.saturating_mul(1000)).ok();
    let normal = format!(
        "tile {}/{}/{} {}",
        coord.z(),
        coord.x(),
        coord.y(),
        request.normal_form()
    );
    let edition = generation.edition_of_tile(&request.sources, &request.options.indicators);
    let (shared, edition) = (Arc::clone(&state), edition.clone());
    let render = move || {
        let answer = Answer::new(MVT, render(&generation.territory, &request, coord)?);
        report_large(&shared, &answer, coord, &request);
        Ok(answer)
    };
    state
        .answer(&edition, normal, Terms::DATA, &wanted, render)
        .await
}

fn without_suffix(y: &str) -> &str {
    y.strip_suffix(".mvt")
        .or_else(|| y.strip_suffix(".pbf"))
        .unwrap_or(y)
}

pub(super) fn render(
    territory: &Territory,
    request: &TileRequest,
    coord: TileCoord,
) -> Result<Vec<u8>, AppError> {
    let sources: Vec<&str> = request.sources.iter().map(String::as_str).collect();
    Ok(territory.tile(&sources, coord, &request.options)?)
}

/// A tile above the operator's bound goes out whole, and is spoken of.
fn report_large(state: &State, tile: &Answer, coord: TileCoord, request: &TileRequest) {
    let bytes = tile.body().len() as u64;
    if bytes > state.options.tile_max_kb.saturating_mul(1000) {
        state.metrics.count_large_tile();
        tracing::warn!(sources = ?request.sources, z = coord.z(), x = coord.x(), y = coord.y(), bytes, "a tile above tile_max_kb");
    }
}
