//! Answers that were computed before, in every coding they were sent in.
//!
//! The key names the edition of the data and the whole request, so nothing stale is ever found and nothing needs
//! purging: what no one asks for any more is pushed out by its weight. Requests for the same answer at the same time
//! wait for the first one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};

use crate::answer::Answer;
use crate::error::AppError;
use crate::negotiate::Coding;
use crate::work::{Place, Work};

/// What an answer is kept under.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    /// The edition of the data.
    pub(crate) serial: u64,
    /// The request, normalised.
    pub(crate) request: Arc<str>,
    /// The coding of the body.
    pub(crate) coding: Coding,
}

/// Expected weight of an answer, from which the number of slots follows.
const ANSWER_BYTES: u64 = 8 * 1024;
/// What an entry weighs besides its bytes: slots, pointers, headers.
const ENTRY_BYTES: u64 = 256;

#[derive(Clone, Debug)]
struct Bytes;

impl Weighter<Key, Arc<Answer>> for Bytes {
    fn weight(&self, key: &Key, answer: &Arc<Answer>) -> u64 {
        (key.request.len() + answer.body().len()) as u64 + ENTRY_BYTES
    }
}

/// How the cache fared.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    /// Answers that were there.
    pub(crate) hits: u64,
    /// Answers that were not.
    pub(crate) misses: u64,
    /// Bodies that were rendered or compressed: less than the misses where several asked for the same.
    pub(crate) computed: u64,
    /// Bytes that are kept now.
    pub(crate) bytes: u64,
}

/// The cache, with how it fared.
#[derive(Debug)]
pub(crate) struct Answers {
    cache: Arc<Cache<Key, Arc<Answer>, Bytes>>,
    hits: AtomicU64,
    misses: AtomicU64,
    computed: AtomicU64,
}

impl Answers {
    /// Holds up to `bytes` of answers.
    pub(crate) fn new(bytes: u64) -> Self {
        let slots = usize::try_from(bytes / ANSWER_BYTES)
            .unwrap_or(usize::MAX)
            .clamp(1024, 1 << 20);
        let options = OptionsBuilder::new()
            .weight_capacity(bytes.max(1))
            .estimated_items_capacity(slots)
            .build();
        let options = options.expect("both capacities are set");
        let cache = Cache::with_options(
            options,
            Bytes,
            DefaultHashBuilder::default(),
            DefaultLifecycle::default(),
        );
        Self {
            cache: Arc::new(cache),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            computed: AtomicU64::new(0),
        }
    }

    /// The answer under `key`: kept, or from whoever computes it already, or rendered and compressed now.
    ///
    /// # Errors
    /// Those of `render`, and [`AppError::Busy`] where there is no place to compute.
    pub(crate) async fn obtain(
        &self,
        key: Key,
        work: &Work,
        render: impl FnOnce() -> Result<Answer, AppError> + Send + 'static,
    ) -> Result<Arc<Answer>, AppError> {
        if let Some(answer) = self.cache.get(&key) {
            self.hits.fetch_add(1, Ordering::Relaxed);
            return Ok(answer);
        }
        self.misses.fetch_add(1, Ordering::Relaxed);
        let compute = async {
            let place = work.place()?;
            if key.coding == Coding::Identity {
                return self.fill(&key, work, &place, render).await;
            }
            let plain_key = Key {
                coding: Coding::Identity,
                ..key.clone()
            };
            let plain = self
                .cache
                .get_or_insert_async(&plain_key, self.fill(&plain_key, work, &place, render))
                .await?;
            let coding = key.coding;
            self.fill(&key, work, &place, move || plain.coded(coding))
                .await
        };
        self.cache.get_or_insert_async(&key, compute).await
    }

    /// As [`obtain`](Self::obtain), where `render` gives the body in the coding of the key.
    ///
    /// # Errors
    /// As [`obtain`](Self::obtain).
    pub(crate) async fn obtain_coded(
        &self,
        key: Key,
        work: &Work,
        render: impl FnOnce() -> Result<Answer, AppError> + Send + 'static,
    ) -> Result<Arc<Answer>, AppError> {
        if let Some(answer) = self.cache.get(&key) {
            self.hits.fetch_add(1, Ordering::Relaxed);
            return Ok(answer);
        }
        self.misses.fetch_add(1, Ordering::Relaxed);
        let compute = async {
            let place = work.place()?;
            self.fill(&key, work, &place, render).await
        };
        self.cache.get_or_insert_async(&key, compute).await
    }

    /// Computes and keeps an answer. The job keeps it by itself: a client that went away has not let it run in vain.
    async fn fill(
        &self,
        key: &Key,
        work: &Work,
        place: &Place,
        job: impl FnOnce() -> Result<Answer, AppError> + Send + 'static,
    ) -> Result<Arc<Answer>, AppError> {
        // Whoever had begun may have gone away and left a finished answer.
        if let Some(answer) = self.cache.peek(key) {
            return Ok(answer);
        }
        self.computed.fetch_add(1, Ordering::Relaxed);
        let (cache, key) = (Arc::clone(&self.cache), key.clone());
        let keep = move || {
            let answer = Arc::new(job()?);
            cache.insert(key, Arc::clone(&answer));
            Ok(answer)
        };
        work.run(place, keep).await
    }

    /// How it fared so far.
    pub(crate) fn usage(&self) -> Usage {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Usage {
            hits: read(&self.hits),
            misses: read(&self.misses),
            computed: read(&self.computed),
            bytes: self.cache.weight(),
        }
    }
}
