//! What all requests share.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use arc_swap::{ArcSwap, ArcSwapOption};
use axum::response::Response;
use comarca_loaders::DemandsConfig;
use comarca_register::{Register, Snapshot};
use ipnet::IpNet;
use tokio::sync::watch;

use crate::answer::{Answer, Terms, respond};
use crate::cache::{Answers, Found, Key};
use crate::error::AppError;
use crate::generation::{Edition, Generation, Loaded};
use crate::metrics::{Metrics, Outcome};
use crate::negotiate::Coding;
use crate::observe::Kept;
use crate::query::Query;
use crate::register::{Demands, Rates};
use crate::scenario::{Scenarios, gone};
use crate::shortcut::Shortcuts;
use crate::tile_request::SOURCES_MAX;
use crate::tls::Tls;
use crate::traces::Traces;
use crate::wanted::Wanted;
use crate::work::Work;

/// What the operator decides.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// Memory for computed answers in MB.
    pub cache_mb: u64,
    /// No tile passes this size in kB, uncompressed: it shows less instead.
    pub tile_max_kb: u64,
    /// No tile has more features than these, kept in the same way.
    pub tile_max_features: usize,
    /// Where the server is reached from outside, such as `https://mapas.example/comarca`; the `Host` of each request
    /// where absent. Only written into answers: the paths of requests stay as they are.
    pub public_url: Option<String>,
    /// Path below which everything is served, such as `/mapas`; empty for the root.
    pub base_path: String,
    /// Networks of the proxies whose `Forwarded` and `X-Forwarded-*` headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Certificate and key; plain HTTP without.
    pub tls: Option<Arc<Tls>>,
    /// Where a span of each request goes; nowhere without.
    pub traces: Option<Arc<Traces>>,
    /// Connections at once, as far as the system allows them. A further one takes the place of the one that has been idle
    /// longest, or waits in the system's queue where none is idle.
    pub connections_max: usize,
    /// Tiles of low zooms that are made ready in the background after each loading.
    pub warm_tiles: usize,
    /// Answers that are computed at once.
    pub running_max: usize,
    /// Requests that wait for their turn to be computed; further ones get 503.
    pub waiting_max: usize,
    /// Scenarios that are kept at once; beyond it the least recently used one ends.
    pub scenarios_max: usize,
    /// Memory for all scenarios in MB, besides what they share with the data; a layer that takes more cannot be changed.
    pub scenario_mb: u64,
    /// How long a scenario is kept from its last POST.
    pub scenario_life: Duration,
    /// Writes to the register that one token may do in a minute; further ones get 429.
    pub writes_per_minute: u32,
}

impl Default for ServerOptions {
    fn default() -> Self {
        let processors = available_parallelism().map_or(1, usize::from);
        Self {
            cache_mb: 256,
            tile_max_kb: 500,
            tile_max_features: 50_000,
            public_url: None,
            base_path: String::new(),
            trusted_proxies: vec![],
            tls: None,
            traces: None,
            connections_max: 10_000,
            warm_tiles: 300,
            running_max: processors,
            waiting_max: 32 * processors,
            scenarios_max: 64,
            scenario_mb: 256,
            scenario_life: Duration::from_mins(30),
            writes_per_minute: 1200,
        }
    }
}

/// The data that is served, the cache of answers and the bounds of work. Shared as `Arc<State>`.
#[derive(Debug)]
pub struct State {
    pub(crate) options: ServerOptions,
    pub(crate) answers: Answers,
    pub(crate) work: Work,
    pub(crate) metrics: Metrics,
    pub(crate) scenarios: Scenarios,
    /// The edition of what does not come from the territory.
    pub(crate) program: Edition,
    pub(crate) rates: Rates,
    pub(crate) shortcuts: Shortcuts,
    /// Changes with every loading.
    pub(crate) loaded: watch::Sender<()>,
    current: ArcSwapOption<Generation>,
    register: ArcSwapOption<Register>,
    /// Held while a generation is made, so that none overtakes another.
    publishing: Mutex<()>,
    problems: ArcSwap<Vec<String>>,
    serial: AtomicU64,
    is_draining: AtomicBool,
    /// How long the last loading took, and when it was over.
    last_loading: ArcSwapOption<(Duration, Instant)>,
}

impl State {
    /// A server without a territory: it answers 503 for data until [`replace`](Self::replace) gives it one.
    pub fn new(options: ServerOptions) -> Self {
        Self {
            answers: Answers::new(options.cache_mb.saturating_mul(1 << 20)),
            work: Work::new(options.running_max, options.waiting_max),
            metrics: Metrics::default(),
            scenarios: Scenarios::new(&options),
            program: Edition::new(0),
            rates: Rates::new(options.writes_per_minute),
            shortcuts: Shortcuts::default(),
            loaded: watch::Sender::default(),
            current: ArcSwapOption::empty(),
            register: ArcSwapOption::empty(),
            publishing: Mutex::new(()),
            problems: ArcSwap::default(),
            serial: AtomicU64::new(1),
            is_draining: AtomicBool::new(false),
            last_loading: ArcSwapOption::empty(),
            options,
        }
    }

    /// Serves another generation from now on, with the demands as they are in the register. Requests that have begun end
    /// with the old one, and so do its scenarios: the features they speak of may be gone.
    pub fn replace(&self, loaded: Loaded) {
        let _turn = self.turn();
        let config = loaded.demands.clone();
        let loading = (loaded.took, Instant::now());
        self.problems.store(Arc::new(loaded.problems.clone()));
        let generation = Arc::new(Generation::new(loaded, self.next_serial()));
        let snapshot = self.register().map(|register| register.snapshot());
        let generation = match config.zip(snapshot) {
            Some((config, snapshot)) => self.with_demands(&generation, config, snapshot),
            None => generation,
        };
        self.current.store(Some(generation));
        self.scenarios.clear();
        self.last_loading.store(Some(Arc::new(loading)));
        self.metrics.loadings[0].fetch_add(1, Ordering::Relaxed);
        self.loaded.send_replace(());
    }

    /// Says from now on that the server is not ready, and ends each connection with its next answer. To be called some time
    /// before the end of [`serve`](crate::serve), where a balancer in front shall hear of it.
    pub fn drain(&self) {
        self.is_draining.store(true, Ordering::Relaxed);
    }

    /// Whether the server is about to end.
    pub(crate) fn is_draining(&self) -> bool {
        self.is_draining.load(Ordering::Relaxed)
    }

    /// How long the last loading took, and how long ago it was over.
    pub(crate) fn load_and_age(&self) -> (Duration, Duration) {
        let last = self.last_loading.load();
        last.as_ref()
            .map_or_else(Default::default, |last| (last.0, last.1.elapsed()))
    }

    /// The serial of what is served now.
    pub(crate) fn serial(&self) -> Option<u64> {
        let current = self.current.load();
        current.as_ref().map(|current| current.edition.serial)
    }

    /// Writes to this register from now on, and serves the demands in it.
    pub fn attach(&self, register: Arc<Register>) {
        let turn = self.turn();
        // Read once it is this one's turn: what is written from here on is published after it.
        let snapshot = register.snapshot();
        self.register.store(Some(register));
        self.publish_in_turn(&turn, &snapshot);
    }

    /// Serves the demands of a snapshot from now on: what the register calls after every change, before the client hears of
    /// it. Scenarios go on with the demands that they were made of.
    pub fn publish(&self, snapshot: &Arc<Snapshot>) {
        self.publish_in_turn(&self.turn(), snapshot);
    }

    fn publish_in_turn(&self, _turn: &MutexGuard<'_, ()>, snapshot: &Arc<Snapshot>) {
        let Some(current) = self.current.load_full() else {
            return;
        };
        if let Some(config) = current.demands_config() {
            let next = self.with_demands(&current, config, Arc::clone(snapshot));
            self.current.store(Some(next));
        }
    }

    /// The register that is written to.
    pub(crate) fn register(&self) -> Option<Arc<Register>> {
        self.register.load_full()
    }

    fn turn(&self) -> MutexGuard<'_, ()> {
        self.publishing
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn next_serial(&self) -> u64 {
        self.serial.fetch_add(1, Ordering::Relaxed)
    }

    /// The generation with other demands; the same where they make no layer, which a register rules out.
    fn with_demands(
        &self,
        current: &Arc<Generation>,
        config: Arc<DemandsConfig>,
        snapshot: Arc<Snapshot>,
    ) -> Arc<Generation> {
        let is_writable = self
            .register()
            .is_some_and(|register| !register.is_read_only());
        let demands = Arc::new(Demands::new(config, snapshot, is_writable));
        match current.with_demands(demands, self.next_serial()) {
            Ok(next) => Arc::new(next),
            Err(error) => {
                tracing::error!(%error, "the demands make no layer");
                Arc::clone(current)
            }
        }
    }

    /// Goes on with what is served, and shows why there is nothing newer.
    pub fn report(&self, problems: Vec<String>) {
        self.metrics.loadings[1].fetch_add(1, Ordering::Relaxed);
        self.problems.store(Arc::new(problems));
    }

    /// What is served now.
    ///
    /// # Errors
    /// [`AppError::Loading`] before the first territory.
    pub(crate) fn generation(&self) -> Result<Arc<Generation>, AppError> {
        self.current.load_full().ok_or(AppError::Loading)
    }

    /// What a query asks of: the scenario that it names, else the data.
    ///
    /// # Errors
    /// [`AppError::Loading`], 400 for a query that cannot be read, and 404 for a scenario that is gone.
    pub(crate) fn asked(&self, query: Option<&str>) -> Result<Arc<Generation>, AppError> {
        let current = self.generation()?;
        let Some(id) = Query::scenario(query)? else {
            return Ok(current);
        };
        let kept = self.scenarios.find(&id, current.data_serial());
        let kept = kept.ok_or_else(|| gone(&id))?;
        Ok(Arc::clone(&kept.scenario.generation))
    }

    /// Makes those of the sources (ids with commas) that are made of others and asked for the first time, off the async
    /// threads.
    ///
    /// # Errors
    /// [`AppError::Busy`] where too much is under way.
    pub(crate) async fn prepare(
        &self,
        generation: &Arc<Generation>,
        sources: &str,
    ) -> Result<(), AppError> {
        let is_new = |id: &&str| !generation.territory.is_made(id);
        let new: Vec<String> = sources
            .split(',')
            .filter(is_new)
            .take(SOURCES_MAX)
            .map(str::to_owned)
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        let (place, generation) = (self.work.place()?, Arc::clone(generation));
        let make = move || {
            new.iter().for_each(|id| {
                let _made = generation.territory.tile_layer(id);
            });
            Ok(())
        };
        self.work.run(&place, make).await
    }

    /// What was wrong at the last loading, one line each.
    pub(crate) fn problems(&self) -> Arc<Vec<String>> {
        self.problems.load_full()
    }

    /// Answers a request from the cache, or by `render` off the async threads. `request` is everything that `render`
    /// depends on besides the edition, in one normal form.
    pub(crate) async fn answer(
        &self,
        edition: &Edition,
        request: String,
        terms: Terms,
        wanted: &Wanted,
        render: impl FnOnce() -> Result<Answer, AppError> + Send + 'static,
    ) -> Result<Response, AppError> {
        let (key, terms) = keyed(edition, request, terms, wanted)?;
        let found = self.answers.obtain(&key, &self.work, render).await?;
        Ok(sent(&found, key, terms, wanted, edition))
    }

    /// As [`answer`](Self::answer), where `render` is told the coding that the client gets and gives the body in it.
    pub(crate) async fn answer_coded(
        &self,
        edition: &Edition,
        request: String,
        terms: Terms,
        wanted: &Wanted,
        render: impl FnOnce(Coding) -> Result<Answer, AppError> + Send + 'static,
    ) -> Result<Response, AppError> {
        let (key, terms) = keyed(edition, request, terms, wanted)?;
        let coding = key.coding;
        let render = move || render(coding);
        let found = self.answers.obtain_coded(&key, &self.work, render).await?;
        Ok(sent(&found, key, terms, wanted, edition))
    }
}

/// The response of an answer, with what the shortcut needs to send it again.
fn sent(found: &Found, key: Key, terms: Terms, wanted: &Wanted, edition: &Edition) -> Response {
    let mut response = respond(&found.answer, terms, wanted, &edition.since);
    let outcome = match (found.was_kept, found.answer.omits_features()) {
        (true, _) => Outcome::Hit,
        (false, true) => Outcome::Omitting,
        (false, false) => Outcome::Miss,
    };
    response.extensions_mut().insert(Kept {
        key,
        terms,
        since: edition.since.clone(),
        outcome,
        is_shared: !edition.is_scenario,
    });
    response
}

/// What an answer is kept under, and its terms in this edition.
fn keyed(
    edition: &Edition,
    request: String,
    terms: Terms,
    wanted: &Wanted,
) -> Result<(Key, Terms), AppError> {
    let terms = match edition.is_scenario {
        true => terms.of_scenario(),
        false => terms,
    };
    let key = Key {
        serial: edition.serial,
        request: request.into(),
        coding: terms.coding(wanted)?,
    };
    Ok((key, terms))
}
