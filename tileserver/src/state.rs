//! What all requests share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::available_parallelism;

use arc_swap::{ArcSwap, ArcSwapOption};
use axum::response::Response;

use crate::answer::{Answer, Terms, respond};
use crate::cache::{Answers, Key};
use crate::error::AppError;
use crate::generation::{Edition, Generation, Loaded};
use crate::metrics::Metrics;
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
    /// The edition of what does not come from the territory.
    pub(crate) program: Edition,
    current: ArcSwapOption<Generation>,
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
            program: Edition::new(0),
            current: ArcSwapOption::empty(),
            problems: ArcSwap::default(),
            serial: AtomicU64::new(1),
            options,
        }
    }

    /// Serves another generation from now on. Requests that have begun end with the old one.
    pub fn replace(&self, loaded: Loaded) {
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        let generation = Generation::new(loaded.territory, loaded.themes, serial);
        self.problems.store(Arc::new(loaded.problems));
        self.current.store(Some(Arc::new(generation)));
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
        let key = Key {
            serial: edition.serial,
            request: request.into(),
            coding: terms.coding(wanted)?,
        };
        let answer = self.answers.obtain(key, &self.work, render).await?;
        Ok(respond(&answer, terms, wanted, &edition.since))
    }
}
