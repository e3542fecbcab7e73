//! Mapbox vector tiles.

use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use comarca_engine::Territory;
use comarca_engine::tile::{Tile, TileCoord, TileOptions};

use crate::answer::{Answer, Terms};
use crate::cache::Key;
use crate::error::AppError;
use crate::generation::{Edition, Generation};
use crate::negotiate::Coding;
use crate::path::{Segments, tile_coord, without_mvt};
use crate::routes::tilesets::{self, TilesetRequest};
use crate::state::State;
use crate::tile_request::TileRequest;
use crate::wanted::Wanted;

/// Media type of a vector tile.
pub(crate) const MVT: &str = "application/vnd.mapbox-vector-tile";

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
    state.prepare(&generation, &layers).await?;
    if let Some(request) = TilesetRequest::read(&generation, &layers, query.as_deref())? {
        return tilesets::tile(&state, &generation, request, [&z, &x, &y], &wanted).await;
    }
    let coord = tile_coord(&z, &x, without_mvt(&y).unwrap_or(&y))?;
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
    state.prepare(generation, layers).await?;
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
        let tile = render(&state, &generation.territory, &request, coord)?;
        let (headers, omits) = (account(&tile), tile.omitted() > 0);
        let answer = Answer::new(MVT, tile.bytes).with_headers(headers);
        Ok(answer.omitting(omits))
    };
    (edition, normal, render)
}

/// A tile within the operator's bounds; one that has no room for all features is counted.
pub(super) fn render(
    state: &State,
    territory: &Territory,
    request: &TileRequest,
    coord: TileCoord,
) -> Result<Tile, AppError> {
    let sources: Vec<&str> = request.sources.iter().map(String::as_str).collect();
    let options = TileOptions {
        bytes_max: usize::try_from(state.options.tile_max_kb.saturating_mul(1000)).ok(),
        features_max: Some(state.options.tile_max_features),
        ..request.options.clone()
    };
    let tile = territory.tile_and_account(&sources, coord, &options)?;
    let omitted = tile.omitted();
    if omitted > 0 {
        state.metrics.count_omitting_tile();
        tracing::debug!(
            ?sources,
            z = coord.z(),
            x = coord.x(),
            y = coord.y(),
            omitted,
            "a tile has no room for all features"
        );
    }
    Ok(tile)
}

/// What became of the features that touch a tile, as headers; zero ones are left out.
pub(super) fn account(tile: &Tile) -> Vec<(HeaderName, HeaderValue)> {
    let coarsened = tile.layers.iter().map(|layer| layer.coarsened).max();
    let counts = [
        ("x-tile-features", tile.features()),
        ("x-tile-merged", tile.merged()),
        ("x-tile-collapsed", tile.collapsed()),
        ("x-tile-omitted", tile.omitted()),
        ("x-tile-coarsened", usize::from(coarsened.unwrap_or(0))),
    ];
    let shown = counts.into_iter().filter(|(_, count)| *count > 0);
    let header = |(name, count): (&'static str, usize)| {
        (HeaderName::from_static(name), HeaderValue::from(count))
    };
    shown.map(header).collect()
}
