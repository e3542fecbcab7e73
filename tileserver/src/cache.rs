//! Answers that were computed before, in every coding they were sent in.
//!
//! The key names the edition of the data and the whole request, so nothing stale is ever found and nothing needs
//! purging: what no one asks for any more is pushed out by its weight. Requests for the same answer at the same time
//! wait for the first one. A body is rendered once: each coding is made from it, or, where it was asked for in codings
//! alone and is therefore not kept as it is, from another coding.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::available_parallelism;

use quick_cache::sync::Cache;
use quick_cache::{DefaultHashBuilder, Lifecycle, OptionsBuilder, Weighter};
use tokio::time::Instant;

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

impl Key {
    /// That of the same request in another coding.
    fn in_coding(&self, coding: Coding) -> Self {
        Self {
            coding,
            ..self.clone()
        }
    }
}

/// Expected weight of an answer, from which the number of slots follows.
const ANSWER_BYTES: u64 = 8 * 1024;
/// Least memory of one of the parts that the cache is divided into, each with its own lock: no answer beyond it is kept.
const SHARD_BYTES_MIN: u64 = 16 << 20;
/// What an entry takes besides key and answer: its slot in the table, and the text of the key.
const ENTRY_BYTES: usize = 128;

#[derive(Clone, Debug)]
struct Bytes;

impl Weighter<Key, Arc<Answer>> for Bytes {
    fn weight(&self, key: &Key, answer: &Arc<Answer>) -> u64 {
        (size_of::<Key>() + key.request.len() + answer.bytes() + ENTRY_BYTES) as u64
    }
}

/// Counts what is pushed out.
#[derive(Clone, Debug, Default)]
struct Evictions(Arc<AtomicU64>);

impl Lifecycle<Key, Arc<Answer>> for Evictions {
    type RequestState = ();

    fn on_evict(&self, (): &mut (), _: Key, _: Arc<Answer>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// An answer and where it comes from.
#[derive(Debug)]
pub(crate) struct Found {
    /// The answer.
    pub(crate) answer: Arc<Answer>,
    /// Whether it was there already.
    pub(crate) was_kept: bool,
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
    /// Answers that were pushed out.
    pub(crate) evictions: u64,
    /// Answers that are kept now.
    pub(crate) entries: usize,
    /// Bytes that are kept now.
    pub(crate) bytes: u64,
    /// Bytes that may be kept.
    pub(crate) bytes_max: u64,
}

/// The cache, with how it fared.
#[derive(Debug)]
pub(crate) struct Answers {
    cache: Arc<Kept>,
    hits: AtomicU64,
    misses: AtomicU64,
    computed: AtomicU64,
    evictions: Evictions,
    bytes_max: u64,
}

/// As many parts as threads may want at once, but none too small for the largest answers.
fn shards(bytes: u64) -> usize {
    let threads = available_parallelism().map_or(1, usize::from);
    let fitting = usize::try_from(bytes / SHARD_BYTES_MIN).unwrap_or(usize::MAX);
    // A number between two powers of two would be rounded up.
    let fitting = fitting.checked_ilog2().map_or(1, |bits| 1 << bits);
    fitting.min(4 * threads)
}

type Kept = Cache<Key, Arc<Answer>, Bytes, DefaultHashBuilder, Evictions>;

impl Answers {
    /// Holds up to `bytes` of answers.
    pub(crate) fn new(bytes: u64) -> Self {
        let slots = usize::try_from(bytes / ANSWER_BYTES)
            .unwrap_or(usize::MAX)
            .clamp(1024, 1 << 20);
        let options = OptionsBuilder::new()
            .shards(shards(bytes))
            .weight_capacity(bytes.max(1))
            .estimated_items_capacity(slots)
            .build();
        let options = options.expect("both capacities are set");
        let evictions = Evictions::default();
        let cache = Cache::with_options(
            options,
            Bytes,
            DefaultHashBuilder::default(),
            evictions.clone(),
        );
        Self {
            cache: Arc::new(cache),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            computed: AtomicU64::new(0),
            evictions,
            bytes_max: bytes,
        }
    }

    /// The answer under `key` where it is kept.
    pub(crate) fn find(&self, key: &Key) -> Option<Arc<Answer>> {
        let answer = self.cache.get(key)?;
        self.hits.fetch_add(1, Ordering::Relaxed);
        if key.coding == Coding::Identity {
            answer.ask();
        }
        Some(answer)
    }

    /// The answer under `key`: kept, or from whoever computes it already, or rendered and compressed now.
    ///
    /// # Errors
    /// Those of `render`, and [`AppError::Busy`] where there is no place to compute.
    pub(crate) async fn obtain(
        &self,
        key: &Key,
        work: &Work,
        render: impl FnOnce() -> Result<Answer, AppError> + Send + 'static,
    ) -> Result<Found, AppError> {
        let compute = |place| self.compute(key, work, place, render);
        self.found(key, work, compute).await
    }

    /// As [`obtain`](Self::obtain), where `render` gives the body in the coding of the key.
    ///
    /// # Errors
    /// As [`obtain`](Self::obtain).
    pub(crate) async fn obtain_coded(
        &self,
        key: &Key,
        work: &Work,
        render: impl FnOnce() -> Result<Answer, AppError> + Send + 'static,
    ) -> Result<Found, AppError> {
        let compute = async move |place| self.fill(key, work, &place, render).await;
        self.found(key, work, compute).await
    }

    async fn found<F: Future<Output = Result<Arc<Answer>, AppError>>>(
        &self,
        key: &Key,
        work: &Work,
        compute: impl FnOnce(Place) -> F,
    ) -> Result<Found, AppError> {
        if let Some(answer) = self.find(key) {
            let was_kept = true;
            return Ok(Found { answer, was_kept });
        }
        self.misses.fetch_add(1, Ordering::Relaxed);
        // Who waited in vain for another's answer has waited: its own turn must come in what is left of its time.
        let asked = Instant::now();
        let compute = async { compute(work.place_since(asked)?).await };
        let answer = self.cache.get_or_insert_async(key, compute).await?;
        if key.coding == Coding::Identity {
            answer.ask();
        }
        let was_kept = false;
        Ok(Found { answer, was_kept })
    }

    /// Sees to it that an answer is kept that nobody has asked for yet: not counted, and behind every request.
    ///
    /// # Errors
    /// Those of `render`.
    pub(crate) async fn warm(
        &self,
        key: &Key,
        work: &Work,
        render: impl FnOnce() -> Result<Answer, AppError> + Send + 'static,
    ) -> Result<(), AppError> {
        let compute = self.compute(key, work, Place::background(), render);
        let kept = self.cache.get_or_insert_async(key, compute).await;
        kept.map(drop)
    }

    async fn compute(
        &self,
        key: &Key,
        work: &Work,
        place: Place,
        render: impl FnOnce() -> Result<Answer, AppError> + Send + 'static,
    ) -> Result<Arc<Answer>, AppError> {
        if key.coding == Coding::Identity {
            return self.plain(key, work, &place, render).await;
        }
        let plain_key = key.in_coding(Coding::Identity);
        let plain = self.plain(&plain_key, work, &place, render);
        let plain = self.cache.get_or_insert_async(&plain_key, plain).await?;
        let coding = key.coding;
        let coded = move || plain.coded(coding);
        let coded = self.fill(key, work, &place.renewed(), coded).await?;
        let unasked = |plain: &Arc<Answer>| !plain.was_asked();
        self.cache.remove_if(&plain_key, unasked);
        Ok(coded)
    }

    /// The body as it is: from a coding that is kept, else rendered.
    async fn plain(
        &self,
        key: &Key,
        work: &Work,
        place: &Place,
        render: impl FnOnce() -> Result<Answer, AppError> + Send + 'static,
    ) -> Result<Arc<Answer>, AppError> {
        let mut codings = Coding::ALL.into_iter();
        let coded = codings.find_map(|coding| self.cache.peek(&key.in_coding(coding)));
        let job = move || match coded {
            Some(coded) => coded.coded(Coding::Identity),
            None => render(),
        };
        self.fill(key, work, place, job).await
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
            evictions: read(&self.evictions.0),
            entries: self.cache.len(),
            bytes: self.cache.weight(),
            bytes_max: self.bytes_max,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use axum::http::{HeaderValue, header};
    use tokio::time::timeout;

    use super::*;
    use crate::work::WAIT_MAX;

    const BODY: &[u8] = b"a body that is long enough for every coding to make something of it";

    /// A cache, work, and how many times a body was rendered.
    fn cache() -> (Answers, Work, Arc<AtomicUsize>) {
        (
            Answers::new(1 << 20),
            Work::new(1, 8),
            Arc::new(AtomicUsize::new(0)),
        )
    }

    fn key(coding: Coding) -> Key {
        Key {
            serial: 1,
            request: "tile".into(),
            coding,
        }
    }

    async fn ask(
        (answers, work, rendered): &(Answers, Work, Arc<AtomicUsize>),
        coding: Coding,
    ) -> Arc<Answer> {
        let rendered = Arc::clone(rendered);
        let render = move || {
            rendered.fetch_add(1, Ordering::Relaxed);
            Ok(Answer::new("text/plain", BODY))
        };
        let found = answers.obtain(&key(coding), work, render).await;
        found.unwrap().answer
    }

    #[tokio::test]
    async fn one_rendering_feeds_all_codings_and_is_itself_not_kept_unless_asked_for() {
        let own = cache();
        for coding in [Coding::Gzip, Coding::Brotli, Coding::Zstd] {
            ask(&own, coding).await;
        }
        assert_eq!((own.2.load(Ordering::Relaxed), own.0.cache.len()), (1, 3));
        assert_eq!(ask(&own, Coding::Identity).await.body(), BODY);
        assert_eq!((own.2.load(Ordering::Relaxed), own.0.cache.len()), (1, 4));
    }

    #[tokio::test]
    async fn what_was_asked_for_as_it_is_stays_beside_its_codings() {
        let own = cache();
        ask(&own, Coding::Identity).await;
        ask(&own, Coding::Gzip).await;
        assert_eq!(own.0.cache.len(), 2);
        assert_eq!(own.0.usage().computed, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_the_same_answer_waits_no_longer_than_the_first() {
        let (answers, work) = (Answers::new(1 << 20), Work::new(1, 8));
        let _taken = work.turn(Instant::now()).await.unwrap();
        let render = || Ok(Answer::new("text/plain", BODY));
        for coding in [Coding::Identity, Coding::Gzip] {
            let key = key(coding);
            let ask = || answers.obtain(&key, &work, render);
            let all = async { tokio::join!(ask(), ask(), ask(), ask()) };
            let (one, two, three, four) = timeout(WAIT_MAX * 3 / 2, all).await.unwrap();
            for refused in [one, two, three, four] {
                assert_eq!(refused.unwrap_err(), AppError::Busy);
            }
        }
    }

    #[tokio::test]
    async fn what_is_warmed_is_found_and_not_counted() {
        let own = cache();
        let render = || Ok(Answer::new("text/plain", BODY));
        own.0
            .warm(&key(Coding::Zstd), &own.1, render)
            .await
            .unwrap();
        assert_eq!((own.0.usage().hits, own.0.usage().misses), (0, 0));
        ask(&own, Coding::Zstd).await;
        assert_eq!((own.0.usage().hits, own.0.usage().misses), (1, 0));
        assert_eq!(own.2.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn an_answer_weighs_no_less_than_it_takes() {
        let own = || vec![(header::VIA, HeaderValue::from_static("somebody")); 3];
        let answer = Answer::new("text/plain", vec![7; 100]).with_headers(own());
        let of_headers = size_of_val(&own()[..]);
        let key = key(Coding::Identity);
        let least = size_of::<Answer>() + size_of::<Key>() + key.request.len() + 100 + of_headers;
        assert!(Bytes.weight(&key, &Arc::new(answer)) > least as u64);
    }

    #[test]
    fn a_large_answer_is_kept_on_any_number_of_processors() {
        for (megabytes, large) in [(12, 10), (32, 14), (50, 14), (256, 15)] {
            let answers = Answers::new(megabytes << 20);
            let answer = Answer::new("text/plain", vec![7; large << 20]);
            let key = key(Coding::Identity);
            answers.cache.insert(key.clone(), Arc::new(answer));
            assert!(
                answers.cache.contains_key(&key),
                "{large} of {megabytes} MB"
            );
        }
    }

    #[tokio::test]
    async fn weight_is_bounded_and_what_goes_is_counted() {
        let (answers, work) = (Answers::new(64 << 10), Work::new(1, 8));
        for number in 0..100 {
            let key = Key {
                request: format!("tile {number}").into(),
                ..key(Coding::Identity)
            };
            let render = || Ok(Answer::new("text/plain", vec![7; 4096]));
            answers.obtain(&key, &work, render).await.unwrap();
        }
        let usage = answers.usage();
        assert!(usage.bytes <= usage.bytes_max, "{usage:?}");
        assert!(usage.evictions > 0 && usage.entries < 100, "{usage:?}");
    }
}
