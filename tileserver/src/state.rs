//! What all requests share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::available_parallelism;
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};
use axum::response::Response;
use comarca_loaders::DemandsConfig;
use comarca_register::{Register, Snapshot};

use crate::answer::{Answer, Terms, respond};
use crate::cache::{Answers, Key};
use crate::error::AppError;
use crate::generation::{Edition, Generation, Loaded};
use crate::metrics::Metrics;
use crate::negotiate::Coding;
use crate::query::Query;
use crate::register::{Demands, Rates};
use crate::scenario::{Scenarios, gone};
use crate::tile_request::SOURCES_MAX;
use crate::wanted::Wanted;
use crate::work::Work;

/// What the operator decides.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// Memory for computed answers in MB.
    pub cache_mb: u64,
    /// Tiles above this size in kB (uncompressed) are reported in the log and counted in the metrics.
    pub tile_max_kb: u64,
    /// Where the server is reached from outside, such as `https://mapas.example/comarca`; the `Host` of each request
    /// where absent. Only written into answers: the paths of requests stay as they are.
    pub public_url: Option<String>,
    /// Connections at once; further ones wait in the system's queue.
    pub connections_max: usize,
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
            public_url: None,
            connections_max: 1024,
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
    current: ArcSwapOption<Generation>,
    register: ArcSwapOption<Register>,
    /// Held while a generation is made, so that none overtakes another.
    publishing: Mutex<()>,
    problems: ArcSwap<Vec<String>>,
    serial: AtomicU64,
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
            current: ArcSwapOption::empty(),
            register: ArcSwapOption::empty(),
            publishing: Mutex::new(()),
            problems: ArcSwap::default(),
            serial: AtomicU64::new(1),
            options,
        }
    }

    /// Serves another generation from now on, with the demands as they are in the register. Requests that have begun end
    /// with the old one, and so do its scenarios: the features they speak of may be gone.
    pub fn replace(&self, loaded: Loaded) {
        let _turn = self.turn();
        let config = loaded.demands.clone();
        self.problems.store(Arc::new(loaded.problems.clone()));
        let generation = Arc::new(Generation::new(loaded, self.next_serial()));
        let snapshot = self.register().map(|register| register.snapshot());
        let generation = match config.zip(snapshot) {
            Some((config, snapshot)) => self.with_demands(&generation, config, snapshot),
            None => generation,
        };
        self.current.store(Some(generation));
        self.scenarios.clear();
    }

    /// Writes to this register from now on, and serves the demands in it.
    pub fn attach(&self, register: Arc<Register>) {
        let snapshot = register.snapshot();
        self.register.store(Some(register));
        self.publish(&snapshot);
    }

    /// Serves the demands of a snapshot from now on: what the register calls after every change, before the client hears of
    /// it. Scenarios go on with the demands that they were made of.
    pub fn publish(&self, snapshot: &Arc<Snapshot>) {
        let _turn = self.turn();
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

    fn turn(&self) -> std::sync::MutexGuard<'_, ()> {
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
            .take(SOURCES_MAX)
            .filter(is_new)
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
        let answer = self.answers.obtain(key, &self.work, render).await?;
        Ok(respond(&answer, terms, wanted, &edition.since))
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
        let answer = self.answers.obtain_coded(key, &self.work, render).await?;
        Ok(respond(&answer, terms, wanted, &edition.since))
    }
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
