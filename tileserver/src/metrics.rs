//! Counters in the text format of Prometheus.

use std::collections::HashMap;
use std::fmt::{Display, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use arc_swap::ArcSwap;
use axum::http::Method;

use crate::cache::Usage;
use crate::observe::Entry;
use crate::process::Process;
use crate::scenario::ScenarioUsage;
use crate::work::Queue;

/// The route of vector tiles.
pub(crate) const TILE_ROUTE: &str = "/tiles/{layers}/{z}/{x}/{y}";
/// The route of heat map tiles.
pub(crate) const HEATMAP_ROUTE: &str = "/heatmaps/{id}/{z}/{x}/{y}";
/// Route of the tiles of hexagons.
pub(crate) const HEXAGONS_ROUTE: &str = "/hexagons/{layer}/{z}/{x}/{y}";

/// The route by which scenarios are made.
pub(crate) const SCENARIOS_ROUTE: &str = "/scenarios";

/// What no route answers.
pub(crate) const OTHER_ROUTE: &str = "other";

/// Statuses that are counted apart.
const STATUSES: [u16; 24] = [
    200, 201, 204, 206, 304, 308, 400, 401, 403, 404, 405, 406, 408, 409, 412, 413, 414, 415, 416,
    429, 431, 500, 503, 507,
];

/// Methods that are counted apart.
const METHODS: [Method; 7] = [
    Method::GET,
    Method::HEAD,
    Method::OPTIONS,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
];

/// Upper bounds of the histograms of times, in seconds.
const BUCKETS_S: [f64; 14] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
];

/// What became of a request for a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was kept.
    Hit,
    /// It was made.
    Miss,
    /// Nothing is in it.
    Empty,
    /// It was made, without room for all features.
    Omitting,
    /// There is none.
    Error,
}

impl Outcome {
    const ALL: [Self; 5] = [
        Self::Hit,
        Self::Miss,
        Self::Empty,
        Self::Omitting,
        Self::Error,
    ];

    /// What became of a tile that was answered with a status, and that was found or made where it is said.
    pub(crate) fn of(status: u16, said: Option<Self>) -> Self {
        match (status, said) {
            (204, _) => Self::Empty,
            (200 | 304, Some(outcome)) => outcome,
            _ => Self::Error,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::Empty => "empty",
            Self::Omitting => "large",
            Self::Error => "error",
        }
    }
}

/// Times, by how long they are.
#[derive(Debug, Default)]
struct Histogram {
    buckets: [AtomicU64; BUCKETS_S.len()],
    count: AtomicU64,
    micros: AtomicU64,
}

impl Histogram {
    fn count(&self, took: Duration) {
        let seconds = took.as_secs_f64();
        let bucket = BUCKETS_S.iter().position(|bound| seconds <= *bound);
        if let Some(bucket) = bucket {
            self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        }
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.micros.fetch_add(micros, Ordering::Relaxed);
        self.count.fetch_add(1, Ordering::Relaxed);
    }

    /// The lines of one histogram; `label` is empty or ends in a comma.
    fn write(&self, page: &mut Page, name: &str, label: &str) {
        let mut up_to = 0;
        // What is counted while this is written must not be in a bucket and not in the whole.
        let count = self.count.load(Ordering::Relaxed);
        for (bound, bucket) in BUCKETS_S.iter().zip(&self.buckets) {
            up_to = (up_to + bucket.load(Ordering::Relaxed)).min(count);
            page.line(
                &format!("{name}_bucket"),
                &format!("{label}le=\"{bound}\""),
                up_to,
            );
        }
        page.line(
            &format!("{name}_bucket"),
            &format!("{label}le=\"+Inf\""),
            count,
        );
        let label = label.trim_end_matches(',');
        let seconds = self.micros.load(Ordering::Relaxed) as f64 / 1e6;
        page.line(&format!("{name}_sum"), label, seconds);
        page.line(&format!("{name}_count"), label, count);
    }
}

/// What happened to the requests of a route. Counting takes no lock.
#[derive(Debug, Default)]
pub(crate) struct RouteStats {
    /// Its template.
    name: Box<str>,
    is_tile: bool,
    /// By method, by status; the last of each stands for all others.
    requests: [[AtomicU64; STATUSES.len() + 1]; METHODS.len() + 1],
    times: Histogram,
}

impl RouteStats {
    /// Its template, such as `/tiles/{layers}.json`.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is one of tiles.
    pub(crate) fn is_tile(&self) -> bool {
        self.is_tile
    }
}

/// What happened since the start.
#[derive(Debug)]
pub(crate) struct Metrics {
    /// By route. A route is added with its first request and never goes: there are as many as the router has.
    routes: ArcSwap<HashMap<Box<str>, Arc<RouteStats>>>,
    tiles: [AtomicU64; Outcome::ALL.len()],
    tile_times: Histogram,
    omitting_tiles: AtomicU64,
    started: SystemTime,
    /// Generations that were served, and loadings that failed.
    pub(crate) loadings: [AtomicU64; 2],
    /// Connections.
    pub(crate) connections: ConnectionStats,
    /// Tiles that were made ready before anyone asked.
    pub(crate) warmed: AtomicU64,
    /// How long that took for the current generation; of no meaning while it goes on.
    pub(crate) warm_micros: AtomicU64,
    /// Whether it goes on.
    pub(crate) is_warming: AtomicUsize,
}

/// Counts of connections.
#[derive(Debug, Default)]
pub(crate) struct ConnectionStats {
    /// Now.
    pub(crate) open: AtomicUsize,
    /// How many there may be; none without a socket.
    pub(crate) limit: AtomicUsize,
    /// Since the start.
    pub(crate) accepted: AtomicU64,
    /// Closed while idle to make room for another.
    pub(crate) displaced: AtomicU64,
    /// Ended before any request because no TLS came about.
    pub(crate) handshakes_failed: AtomicU64,
}

/// What is measured elsewhere.
#[derive(Debug)]
pub(crate) struct Gauges {
    pub(crate) cache: Usage,
    pub(crate) queue: Queue,
    pub(crate) generation: Option<GenerationGauges>,
    pub(crate) problems: usize,
    pub(crate) scenarios: ScenarioUsage,
    pub(crate) process: Process,
}

/// The generation that is served.
#[derive(Debug)]
pub(crate) struct GenerationGauges {
    pub(crate) serial: u64,
    pub(crate) load: Duration,
    pub(crate) age: Duration,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            routes: ArcSwap::default(),
            tiles: Default::default(),
            tile_times: Histogram::default(),
            omitting_tiles: AtomicU64::new(0),
            started: SystemTime::now(),
            loadings: Default::default(),
            connections: ConnectionStats::default(),
            warmed: AtomicU64::new(0),
            warm_micros: AtomicU64::new(0),
            is_warming: AtomicUsize::new(0),
        }
    }
}

impl Metrics {
    /// Where the requests of a route are counted.
    pub(crate) fn route(&self, route: &str) -> Arc<RouteStats> {
        if let Some(known) = self.routes.load().get(route) {
            return Arc::clone(known);
        }
        let new = Arc::new(RouteStats {
            name: route.into(),
            is_tile: route.contains("/{z}/"),
            ..RouteStats::default()
        });
        self.routes.rcu(|routes| {
            let mut routes = HashMap::clone(routes);
            routes
                .entry(route.into())
                .or_insert_with(|| Arc::clone(&new));
            routes
        });
        // Another thread may have been first.
        self.routes.load().get(route).map_or(new, Arc::clone)
    }

    /// Counts a response, and what became of a tile where it is one.
    pub(crate) fn count(&self, route: &RouteStats, entry: &Entry<'_>, outcome: Option<Outcome>) {
        let took = entry.took;
        let row = METHODS.iter().position(|known| known == entry.method);
        let column = STATUSES.iter().position(|known| *known == entry.status);
        let row = row.unwrap_or(METHODS.len());
        let column = column.unwrap_or(STATUSES.len());
        route.requests[row][column].fetch_add(1, Ordering::Relaxed);
        route.times.count(took);
        if route.is_tile {
            let outcome = Outcome::of(entry.status, outcome);
            self.tiles[outcome as usize].fetch_add(1, Ordering::Relaxed);
            self.tile_times.count(took);
        }
    }

    /// Counts a tile that was made without room for all features.
    pub(crate) fn count_omitting_tile(&self) {
        self.omitting_tiles.fetch_add(1, Ordering::Relaxed);
    }

    /// Everything as text.
    pub(crate) fn text(&self, gauges: &Gauges) -> String {
        let mut page = Page(String::with_capacity(16 * 1024));
        self.write_requests(&mut page);
        self.write_tiles(&mut page);
        write_cache(&mut page, gauges.cache);
        self.write_generation(&mut page, gauges);
        write_queue(&mut page, gauges.queue);
        self.write_connections(&mut page);
        self.write_warming(&mut page);
        write_scenarios(&mut page, gauges.scenarios);
        self.write_process(&mut page, &gauges.process);
        page.0
    }

    fn write_requests(&self, page: &mut Page) {
        let routes = self.routes.load();
        let mut routes: Vec<_> = routes.iter().collect();
        routes.sort_unstable_by_key(|(route, _)| &***route);
        page.head(
            "comarca_http_requests_total",
            "counter",
            "Requests by route, method and status.",
        );
        let methods = || METHODS.iter().map(Method::as_str).chain(["other"]);
        for (route, stats) in &routes {
            for (method, counts) in methods().zip(&stats.requests) {
                let statuses = STATUSES.iter().map(u16::to_string);
                for (status, count) in statuses.chain(["other".to_owned()]).zip(counts) {
                    let count = count.load(Ordering::Relaxed);
                    if count > 0 {
                        page.line(
                            "comarca_http_requests_total",
                            &format!("route=\"{route}\",method=\"{method}\",status=\"{status}\""),
                            count,
                        );
                    }
                }
            }
        }
        let name = "comarca_http_request_duration_seconds";
        page.head(
            name,
            "histogram",
            "Time from the head of a request to that of its answer, by route.",
        );
        for (route, stats) in &routes {
            stats
                .times
                .write(page, name, &format!("route=\"{route}\","));
        }
    }

    fn write_tiles(&self, page: &mut Page) {
        let name = "comarca_tiles_total";
        page.head(
            name,
            "counter",
            "Requests for tiles by outcome: kept, made, empty, made without room for all features, or an error.",
        );
        for (outcome, count) in Outcome::ALL.into_iter().zip(&self.tiles) {
            let label = format!("outcome=\"{}\"", outcome.name());
            page.line(name, &label, count.load(Ordering::Relaxed));
        }
        let name = "comarca_tile_seconds";
        page.head(name, "histogram", "Time to answer a tile or heat map tile.");
        self.tile_times.write(page, name, "");
        page.counter(
            "comarca_large_tiles_total",
            "Rendered tiles that leave out features for lack of room.",
            self.omitting_tiles.load(Ordering::Relaxed),
        );
    }

    fn write_generation(&self, page: &mut Page, gauges: &Gauges) {
        page.gauge(
            "comarca_generation",
            "Serial of the current generation; grows with loadings and writes to the register.",
            gauges.generation.as_ref().map_or(0, |own| own.serial),
        );
        if let Some(own) = &gauges.generation {
            page.gauge(
                "comarca_generation_load_seconds",
                "How long the current data took to load.",
                own.load.as_secs_f64(),
            );
            page.gauge(
                "comarca_generation_age_seconds",
                "Time since the current generation was set.",
                own.age.as_secs_f64(),
            );
        }
        let name = "comarca_loadings_total";
        page.head(name, "counter", "Loadings of the data by result.");
        for (result, count) in ["ok", "failed"].iter().zip(&self.loadings) {
            let label = format!("result=\"{result}\"");
            page.line(name, &label, count.load(Ordering::Relaxed));
        }
        page.gauge(
            "comarca_problems",
            "Problems of the last loading.",
            gauges.problems,
        );
    }

    fn write_connections(&self, page: &mut Page) {
        let own = &self.connections;
        page.gauge(
            "comarca_connections_open",
            "Connections that are open.",
            own.open.load(Ordering::Relaxed),
        );
        page.gauge(
            "comarca_connections_limit",
            "Connections that may be open.",
            own.limit.load(Ordering::Relaxed),
        );
        page.counter(
            "comarca_connections_accepted_total",
            "Connections that were accepted.",
            own.accepted.load(Ordering::Relaxed),
        );
        page.counter(
            "comarca_connections_displaced_total",
            "Idle connections that were closed to make room for another.",
            own.displaced.load(Ordering::Relaxed),
        );
        page.counter(
            "comarca_tls_handshakes_failed_total",
            "Connections that ended because no TLS came about.",
            own.handshakes_failed.load(Ordering::Relaxed),
        );
    }

    fn write_warming(&self, page: &mut Page) {
        page.gauge(
            "comarca_warm_up_running",
            "1 while tiles are made ready in the background.",
            self.is_warming.load(Ordering::Relaxed),
        );
        page.counter(
            "comarca_warm_up_tiles_total",
            "Tiles that were made ready in the background.",
            self.warmed.load(Ordering::Relaxed),
        );
        page.gauge(
            "comarca_warm_up_seconds",
            "How long the last warm-up took.",
            self.warm_micros.load(Ordering::Relaxed) as f64 / 1e6,
        );
    }

    fn write_process(&self, page: &mut Page, process: &Process) {
        let since = self.started.duration_since(UNIX_EPOCH).unwrap_or_default();
        page.gauge(
            "process_start_time_seconds",
            "When the server started, in seconds since 1970.",
            since.as_secs_f64(),
        );
        if let Some(cpu) = process.cpu {
            page.counter(
                "process_cpu_seconds_total",
                "CPU time of the process.",
                cpu.as_secs_f64(),
            );
        }
        if let Some(bytes) = process.resident_bytes {
            page.gauge(
                "process_resident_memory_bytes",
                "Resident memory of the process.",
                bytes,
            );
        }
        let name = "comarca_build_info";
        page.head(name, "gauge", "Always 1; the version as label.");
        page.line(
            name,
            concat!("version=\"", env!("CARGO_PKG_VERSION"), "\""),
            1,
        );
    }
}

fn write_cache(page: &mut Page, cache: Usage) {
    let counters = [
        (
            "comarca_cache_hits_total",
            "Answers found in the cache.",
            cache.hits,
        ),
        (
            "comarca_cache_misses_total",
            "Answers not found in the cache.",
            cache.misses,
        ),
        (
            "comarca_cache_fills_total",
            "Bodies rendered or compressed for the cache.",
            cache.computed,
        ),
        (
            "comarca_cache_evictions_total",
            "Answers pushed out of the cache.",
            cache.evictions,
        ),
    ];
    for (name, help, value) in counters {
        page.counter(name, help, value);
    }
    page.gauge(
        "comarca_cache_entries",
        "Answers kept in the cache.",
        cache.entries,
    );
    page.gauge(
        "comarca_cache_bytes",
        "Bytes kept in the cache.",
        cache.bytes,
    );
    page.gauge(
        "comarca_cache_limit_bytes",
        "Bytes that may be kept in the cache.",
        cache.bytes_max,
    );
}

fn write_queue(page: &mut Page, queue: Queue) {
    page.gauge(
        "comarca_queue_running",
        "Answers that are being computed.",
        queue.running,
    );
    page.gauge(
        "comarca_queue_waiting",
        "Requests that wait for their turn.",
        queue.waiting,
    );
    page.counter(
        "comarca_queue_refused_total",
        "Requests refused because too many wait, or because they waited too long.",
        queue.refused,
    );
}

fn write_scenarios(page: &mut Page, scenarios: ScenarioUsage) {
    page.gauge(
        "comarca_scenarios",
        "Scenarios that are kept.",
        scenarios.count,
    );
    page.gauge(
        "comarca_scenario_bytes",
        "About how many bytes the scenarios hold.",
        scenarios.bytes,
    );
}

/// Text in the exposition format. Writing to a string cannot fail.
struct Page(String);

impl Page {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _ok = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn line(&mut self, name: &str, labels: &str, value: impl Display) {
        let _ok = match labels {
            "" => writeln!(self.0, "{name} {value}"),
            _ => writeln!(self.0, "{name}{{{labels}}} {value}"),
        };
    }

    fn counter(&mut self, name: &str, help: &str, value: impl Display) {
        self.head(name, "counter", help);
        self.line(name, "", value);
    }

    fn gauge(&mut self, name: &str, help: &str, value: impl Display) {
        self.head(name, "gauge", help);
        self.line(name, "", value);
    }
}
