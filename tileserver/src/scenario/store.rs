//! The scenarios that live: bounded in number, in memory and in time.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::Scenario;
use crate::error::{AppError, shown};
use crate::state::ServerOptions;
use crate::time::rfc3339;

/// Bodies that are read at once: more would only fill the memory.
const BODIES_MAX: usize = 64;

/// Editions of scenarios are counted from here, those of generations from one: they never meet in the cache.
const FIRST_SERIAL: u64 = 1 << 63;

/// A scenario and until when it is kept.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) scenario: Arc<Scenario>,
    expires: SystemTime,
    until: Instant,
}

impl Kept {
    /// When it ends, as RFC 3339 writes it.
    pub(crate) fn expires(&self) -> String {
        rfc3339(self.expires)
    }
}

/// How much is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ScenarioUsage {
    pub(crate) count: usize,
    pub(crate) bytes: usize,
}

/// The scenarios, the least recently used first.
///
/// An id is a hash of the request under secrets of this process: the same request to the same data has the same id,
/// and nobody finds another one's by trying.
#[derive(Debug)]
pub(crate) struct Scenarios {
    kept: Mutex<Vec<Kept>>,
    secrets: [RandomState; 2],
    serial: AtomicU64,
    count_max: usize,
    bytes_max: usize,
    life: Duration,
    /// Places for bodies that are being read.
    pub(crate) bodies: Semaphore,
}

impl Scenarios {
    pub(crate) fn new(options: &ServerOptions) -> Self {
        let bytes = options.scenario_mb.saturating_mul(1 << 20);
        Self {
            kept: Mutex::default(),
            secrets: [RandomState::new(), RandomState::new()],
            serial: AtomicU64::new(FIRST_SERIAL),
            count_max: options.scenarios_max.max(1),
            bytes_max: usize::try_from(bytes).unwrap_or(usize::MAX),
            life: options.scenario_life,
            bodies: Semaphore::new(BODIES_MAX),
        }
    }

    /// Bytes that all scenarios may hold together.
    pub(crate) fn bytes_max(&self) -> usize {
        self.bytes_max
    }

    /// The number of the next edition.
    pub(crate) fn next_serial(&self) -> u64 {
        self.serial.fetch_add(1, Ordering::Relaxed)
    }

    /// The id of a request to the data of a generation.
    pub(crate) fn id(&self, data_serial: u64, request: &str) -> String {
        let [first, second] = self
            .secrets
            .each_ref()
            .map(|secret| secret.hash_one((data_serial, request)));
        format!("{first:016x}{second:016x}")
    }

    /// The scenario of an id over the data of a generation.
    pub(crate) fn find(&self, id: &str, data_serial: u64) -> Option<Kept> {
        let mut kept = self.living();
        let position = position(&kept, id, data_serial)?;
        let found = kept.remove(position);
        kept.push(found.clone());
        Some(found)
    }

    /// As [`find`](Self::find), and its life begins anew.
    pub(crate) fn renew(&self, id: &str, data_serial: u64) -> Option<Kept> {
        let mut kept = self.living();
        let position = position(&kept, id, data_serial)?;
        let found = kept.remove(position);
        let renewed = self.begin(found.scenario);
        kept.push(renewed.clone());
        Some(renewed)
    }

    /// Keeps a scenario, and forgets the least recently used ones beyond what is allowed.
    pub(crate) fn keep(&self, scenario: Scenario) -> Kept {
        let begun = self.begin(Arc::new(scenario));
        let mut kept = self.living();
        kept.retain(|other| other.scenario.id != begun.scenario.id);
        kept.push(begun.clone());
        let over = |kept: &[Kept]| kept.len() > self.count_max || bytes(kept) > self.bytes_max;
        while kept.len() > 1 && over(&kept) {
            kept.remove(0);
        }
        begun
    }

    /// Forgets a scenario; false where there is none.
    pub(crate) fn forget(&self, id: &str, data_serial: u64) -> bool {
        let mut kept = self.living();
        let position = position(&kept, id, data_serial);
        position.map(|position| kept.remove(position)).is_some()
    }

    /// Forgets all.
    pub(crate) fn clear(&self) {
        self.living().clear();
    }

    pub(crate) fn usage(&self) -> ScenarioUsage {
        let kept = self.living();
        ScenarioUsage {
            count: kept.len(),
            bytes: bytes(&kept),
        }
    }

    fn begin(&self, scenario: Arc<Scenario>) -> Kept {
        Kept {
            scenario,
            expires: SystemTime::now() + self.life,
            until: Instant::now() + self.life,
        }
    }

    /// What has not ended.
    fn living(&self) -> MutexGuard<'_, Vec<Kept>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        kept.retain(|one| one.until > now);
        kept
    }
}

fn position(kept: &[Kept], id: &str, data_serial: u64) -> Option<usize> {
    let found = kept.iter().position(|one| one.scenario.id == id)?;
    (kept[found].scenario.data_serial() == Some(data_serial)).then_some(found)
}

fn bytes(kept: &[Kept]) -> usize {
    kept.iter().map(|one| one.scenario.bytes).sum()
}

/// What is said of an id under which nothing is kept.
pub(crate) fn gone(id: &str) -> AppError {
    AppError::NotFound(format!(
        "there is no scenario {:?}: it has ended, was forgotten, or the data were loaded again since; send its changes to POST /scenarios once more",
        shown(id)
    ))
}
