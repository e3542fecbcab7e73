//! Tiles that are made ready before anyone asks: the first that a map shows.
//!
//! Each loading starts anew. The tiles of the low zooms, of levels before those of layers, are made one after the other
//! and only while no request waits for anything; no request ever waits for one but the one that asks for the same tile.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use comarca_engine::LonLat;
use comarca_engine::tile::TileCoord;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use crate::generation::Generation;
use crate::routes::tiles::warm;
use crate::state::State;

/// The longest that it goes on after a loading.
const WARM_MAX: Duration = Duration::from_mins(1);
/// How long to stand back while requests wait.
const PAUSE: Duration = Duration::from_millis(20);
/// From the first zoom on that has more tiles of a source, none of it is made.
const TILES_OF_ZOOM_MAX: u32 = 16;
/// The deepest zoom.
const ZOOM_MAX: u8 = 12;
/// What is asked of levels: everything, and, as the viewer does, geometry alone.
const OF_LEVELS: [Option<&str>; 2] = [Some("properties="), None];

/// Goes on for as long as the server does.
pub(crate) async fn keep_warm(state: &Arc<State>) {
    let mut loaded = state.loaded.subscribe();
    loop {
        loaded.borrow_and_update();
        let is_closed = tokio::select! {
            () = warm_generation(state) => loaded.changed().await.is_err(),
            changed = loaded.changed() => changed.is_err(),
        };
        if is_closed {
            return;
        }
    }
}

/// Makes tiles of the generation that is served now.
async fn warm_generation(state: &Arc<State>) {
    let Ok(generation) = state.generation() else {
        return;
    };
    let started = Instant::now();
    let _running = Running::new(&state.metrics.is_warming);
    let all = warm_tiles(state, &generation);
    if timeout(WARM_MAX, all).await.is_err() {
        tracing::debug!("not all tiles were made ready in time");
    }
    let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    state.metrics.warm_micros.store(micros, Ordering::Relaxed);
}

async fn warm_tiles(state: &Arc<State>, generation: &Arc<Generation>) {
    let (most, planned) = (state.options.warm_tiles, Arc::clone(generation));
    let Ok(tiles) = spawn_blocking(move || plan(&planned, most)).await else {
        return;
    };
    for (source, query, coord) in tiles {
        while !state.work.is_idle() {
            sleep(PAUSE).await;
        }
        match warm(state, generation, (&source, query), coord).await {
            Ok(()) => drop(state.metrics.warmed.fetch_add(1, Ordering::Relaxed)),
            Err(error) => tracing::debug!(source, error = error.detail(), "a tile was not made"),
        }
    }
}

type Planned = (String, Option<&'static str>, TileCoord);

/// The tiles to make: of levels first, then of layers, each from the lowest zoom on.
fn plan(generation: &Generation, most: usize) -> Vec<Planned> {
    let territory = &generation.territory;
    let is_level = |id: &&str| territory.level(id).is_some();
    let (levels, layers): (Vec<&str>, Vec<&str>) = territory.source_ids().partition(is_level);
    let kinds = [(levels, &OF_LEVELS[..]), (layers, &[None])];
    let mut tiles = vec![];
    for (sources, queries) in kinds {
        for zoom in 0..=ZOOM_MAX {
            for source in &sources {
                let coords = generation.bounds(source).map(|bounds| cover(bounds, zoom));
                for coord in coords.into_iter().flatten() {
                    let each = queries.iter();
                    tiles.extend(each.map(|query| ((*source).to_owned(), *query, coord)));
                }
            }
        }
    }
    tiles.truncate(most);
    tiles
}

/// The tiles of a zoom over a box of degrees; none where there are too many.
fn cover([west, south, east, north]: [f64; 4], zoom: u8) -> Vec<TileCoord> {
    let corners = [(west, north), (east, south)].map(|(lon, lat)| LonLat { lon, lat }.to_world());
    let tile_of = |cell: u32| cell.checked_shr(32 - u32::from(zoom)).unwrap_or(0);
    let span = |ends: [u32; 2]| {
        let [one, other] = ends.map(tile_of);
        one.min(other)..=one.max(other)
    };
    let columns = span(corners.map(|corner| corner.x));
    let rows = span(corners.map(|corner| corner.y));
    let count = |span: &std::ops::RangeInclusive<u32>| u64::from(span.end() - span.start()) + 1;
    if count(&columns) * count(&rows) > u64::from(TILES_OF_ZOOM_MAX) {
        return vec![];
    }
    rows.flat_map(|y| columns.clone().map(move |x| (x, y)))
        .filter_map(|(x, y)| TileCoord::new(zoom, x, y).ok())
        .collect()
}

/// Counts while it lives.
struct Running<'a>(&'a AtomicUsize);

impl<'a> Running<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tiles_over_a_box_are_those_it_touches() {
        let city = [-70.75, -33.60, -70.55, -33.45];
        let of = |zoom| cover(city, zoom);
        assert_eq!(of(0), [TileCoord::new(0, 0, 0).unwrap()]);
        assert_eq!(of(8), [TileCoord::new(8, 77, 153).unwrap()]);
        assert_eq!(of(11).len(), 4);
        assert!(of(14).is_empty(), "too many");
        assert_eq!(cover([-180.0, -85.0, 180.0, 85.0], 2).len(), 16);
    }
}
