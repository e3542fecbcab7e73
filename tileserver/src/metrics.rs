//! Counters in the text format of Prometheus.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::cache::Usage;
use crate::scenario::ScenarioUsage;

/// Routes that are counted apart; anything else is `other`.
pub(crate) const ROUTES: [&str; 38] = [
    "/",
    "/health",
    "/ready",
    "/metrics",
    "/catalog",
    "/indicators",
    "/indicators/{id}",
    "/stats/{statistic}",
    "/territories",
    "/territories/{level}/{key}",
    "/reports/{level}/{file}",
    TILE_ROUTE,
    "/tiles/{layers}",
    "/heatmaps/{id}",
    HEATMAP_ROUTE,
    HEXAGONS_ROUTE,
    SCENARIOS_ROUTE,
    "/scenarios/{id}",
    "/hexagons/{layer}",
    "/styles",
    "/styles/{name}",
    "/fonts",
    "/fonts/{fontstack}/{range}",
    "/stats/emerging",
    "/demands",
    "/demands/{id}",
    "/demands/{id}/history",
    "/demands/summary",
    "/demands/priorities",
    "/demands/budget",
    "/assemblies",
    "/assemblies/{id}",
    "/plans/{level}/{file}",
    "/session",
    "/ogc/collections/demands",
    "/ogc/collections/demands/items",
    "/ogc/collections/demands/items/{id}",
    "other",
];

/// The route of vector tiles.
pub(crate) const TILE_ROUTE: &str = "/tiles/{layers}/{z}/{x}/{y}";
/// The route of heat map tiles.
pub(crate) const HEATMAP_ROUTE: &str = "/heatmaps/{id}/{z}/{x}/{y}";
/// Route of the tiles of hexagons.
pub(crate) const HEXAGONS_ROUTE: &str = "/hexagons/{layer}/{z}/{x}/{y}";

/// The route by which scenarios are made.
pub(crate) const SCENARIOS_ROUTE: &str = "/scenarios";

/// Statuses that are counted apart.
const STATUSES: [u16; 21] = [
    200, 201, 204, 304, 400, 401, 403, 404, 405, 406, 408, 409, 412, 413, 414, 415, 429, 431, 500,
    503, 507,
];

/// Upper bounds of the histogram of tile times, in seconds.
const BUCKETS_S: [f64; 12] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
];

/// What happened since the start. Counting takes no lock.
#[derive(Debug)]
pub(crate) struct Metrics {
    /// By route, by status; the last status stands for all others.
    requests: [[AtomicU64; STATUSES.len() + 1]; ROUTES.len()],
    buckets: [AtomicU64; BUCKETS_S.len()],
    tiles: AtomicU64,
    tile_micros: AtomicU64,
    large_tiles: AtomicU64,
}

/// What is measured elsewhere.
#[derive(Debug)]
pub(crate) struct Gauges {
    pub(crate) cache: Usage,
    pub(crate) generation: Option<(u64, String)>,
    pub(crate) problems: usize,
    pub(crate) scenarios: ScenarioUsage,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            requests: std::array::from_fn(|_| std::array::from_fn(|_| AtomicU64::new(0))),
            buckets: <[AtomicU64; BUCKETS_S.len()]>::default(),
            tiles: AtomicU64::new(0),
            tile_micros: AtomicU64::new(0),
            large_tiles: AtomicU64::new(0),
        }
    }
}

impl Metrics {
    /// Counts a response.
    pub(crate) fn count(&self, route: &str, status: u16, took: Duration) {
        let row = ROUTES
            .iter()
            .position(|known| *known == route)
            .unwrap_or(ROUTES.len() - 1);
        let column = STATUSES
            .iter()
            .position(|known| *known == status)
            .unwrap_or(STATUSES.len());
        self.requests[row][column].fetch_add(1, Ordering::Relaxed);
        if [TILE_ROUTE, HEATMAP_ROUTE, HEXAGONS_ROUTE].contains(&route) {
            self.time_tile(took);
        }
    }

    /// Counts a tile beyond the operator's bound.
    pub(crate) fn count_large_tile(&self) {
        self.large_tiles.fetch_add(1, Ordering::Relaxed);
    }

    fn time_tile(&self, took: Duration) {
        self.tiles.fetch_add(1, Ordering::Relaxed);
        self.tile_micros.fetch_add(
            u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            Ordering::Relaxed,
        );
        if let Some(bucket) = BUCKETS_S
            .iter()
            .position(|bound| took.as_secs_f64() <= *bound)
        {
            self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Everything as text.
    pub(crate) fn text(&self, gauges: &Gauges) -> String {
        let mut out = String::with_capacity(4096);
        // Writing to a string cannot fail.
        let _ok = self
            .write_requests(&mut out)
            .and_then(|()| self.write_tiles(&mut out))
            .and_then(|()| write_gauges(&mut out, gauges));
        out
    }

    fn write_requests(&self, out: &mut String) -> std::fmt::Result {
        head(
            out,
            "comarca_http_requests_total",
            "counter",
            "Requests by route and status.",
        )?;
        for (route, counts) in ROUTES.iter().zip(&self.requests) {
            let statuses = STATUSES
                .iter()
                .map(u16::to_string)
                .chain(["other".to_owned()]);
            for (status, count) in statuses.zip(counts) {
                let count = count.load(Ordering::Relaxed);
                if count > 0 {
                    writeln!(
                        out,
                        "comarca_http_requests_total{{route=\"{route}\",status=\"{status}\"}} {count}"
                    )?;
                }
            }
        }
        Ok(())
    }

    fn write_tiles(&self, out: &mut String) -> std::fmt::Result {
        head(
            out,
            "comarca_tile_seconds",
            "histogram",
            "Time to answer a tile or heat map tile.",
        )?;
        let mut up_to = 0;
        for (bound, bucket) in BUCKETS_S.iter().zip(&self.buckets) {
            up_to += bucket.load(Ordering::Relaxed);
            writeln!(out, "comarca_tile_seconds_bucket{{le=\"{bound}\"}} {up_to}")?;
        }
        let count = self.tiles.load(Ordering::Relaxed);
        writeln!(out, "comarca_tile_seconds_bucket{{le=\"+Inf\"}} {count}")?;
        writeln!(
            out,
            "comarca_tile_seconds_sum {}",
            self.tile_micros.load(Ordering::Relaxed) as f64 / 1e6
        )?;
        writeln!(out, "comarca_tile_seconds_count {count}")?;
        head(
            out,
            "comarca_large_tiles_total",
            "counter",
            "Rendered tiles above tile_max_kb.",
        )?;
        writeln!(
            out,
            "comarca_large_tiles_total {}",
            self.large_tiles.load(Ordering::Relaxed)
        )
    }
}

fn write_gauges(out: &mut String, gauges: &Gauges) -> std::fmt::Result {
    let cache = gauges.cache;
    head(
        out,
        "comarca_cache_hits_total",
        "counter",
        "Answers found in the cache.",
    )?;
    writeln!(out, "comarca_cache_hits_total {}", cache.hits)?;
    head(
        out,
        "comarca_cache_misses_total",
        "counter",
        "Answers not found in the cache.",
    )?;
    writeln!(out, "comarca_cache_misses_total {}", cache.misses)?;
    head(
        out,
        "comarca_cache_fills_total",
        "counter",
        "Bodies rendered or compressed for the cache.",
    )?;
    writeln!(out, "comarca_cache_fills_total {}", cache.computed)?;
    head(
        out,
        "comarca_cache_bytes",
        "gauge",
        "Bytes kept in the cache.",
    )?;
    writeln!(out, "comarca_cache_bytes {}", cache.bytes)?;
    head(
        out,
        "comarca_problems",
        "gauge",
        "Problems of the last loading.",
    )?;
    writeln!(out, "comarca_problems {}", gauges.problems)?;
    head(
        out,
        "comarca_scenarios",
        "gauge",
        "Scenarios that are kept.",
    )?;
    writeln!(out, "comarca_scenarios {}", gauges.scenarios.count)?;
    head(
        out,
        "comarca_scenario_bytes",
        "gauge",
        "About how many bytes the scenarios hold.",
    )?;
    writeln!(out, "comarca_scenario_bytes {}", gauges.scenarios.bytes)?;
    head(
        out,
        "comarca_generation",
        "gauge",
        "How many generations were served; the id of the current one as label.",
    )?;
    match &gauges.generation {
        Some((serial, hex)) => writeln!(out, "comarca_generation{{id=\"{hex}\"}} {serial}"),
        None => writeln!(out, "comarca_generation 0"),
    }
}

fn head(out: &mut String, name: &str, kind: &str, help: &str) -> std::fmt::Result {
    writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}")
}
