//! Who is connected, in bounded number.
//!
//! A client may keep its connection for the next request, and thousands do. Where there is no place for one more, the
//! one that has waited longest without a request gives its place up, as any connection may at any time (RFC 9112 §9.5);
//! where all are being answered, the next one waits.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::delivery::Deliveries;
use crate::state::State;

/// A connection that is younger, or was answered later, is not idle.
const IDLE_MIN: Duration = Duration::from_secs(1);
/// The longest to wait for a place before another idle connection is looked for.
const PLACE_PAUSE: Duration = Duration::from_millis(50);

/// The connections of a server.
#[derive(Debug)]
pub(crate) struct Connections {
    state: Arc<State>,
    places: Arc<Semaphore>,
    open: Mutex<HashMap<u64, Arc<Connection>>>,
    next: AtomicU64,
    idle_min: Duration,
}

/// What is known of a connection.
#[derive(Debug)]
pub(crate) struct Connection {
    opened: Instant,
    /// Requests that are being answered.
    asked: AtomicUsize,
    /// Whether bytes wait for the other side to take them.
    is_stuck: AtomicBool,
    /// When it was last sent something, in milliseconds from its opening.
    sent_ms: AtomicU64,
    is_displaced: AtomicBool,
    displaced: Notify,
    /// Answers over HTTP/2 that have not been taken whole.
    pub(crate) deliveries: Deliveries,
}

/// The place of a connection; given back when dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    number: u64,
    connections: Arc<Connections>,
    pub(crate) connection: Arc<Connection>,
    _place: Option<OwnedSemaphorePermit>,
}

/// Held while a request is being answered, over HTTP/2 until the answer has been taken.
#[derive(Debug)]
pub(crate) struct Busy(Arc<Connection>);

impl Connections {
    /// At most so many at once.
    pub(crate) fn new(state: Arc<State>, most: usize) -> Self {
        let most = most.clamp(1, Semaphore::MAX_PERMITS);
        let limit = &state.metrics.connections.limit;
        limit.store(most, Ordering::Relaxed);
        Self {
            state,
            places: Arc::new(Semaphore::new(most)),
            open: Mutex::default(),
            next: AtomicU64::new(0),
            idle_min: IDLE_MIN,
        }
    }

    /// A place for one more, once there is one.
    pub(crate) async fn seat(self: &Arc<Self>) -> Seat {
        let place = loop {
            let free = Arc::clone(&self.places).acquire_owned();
            if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
                break Some(place);
            }
            self.displace();
            // The semaphore is never closed, so there is a place, or none for now.
            if let Ok(place) = timeout(PLACE_PAUSE, free).await {
                break place.ok();
            }
        };
        let (number, connection) = (
            self.next.fetch_add(1, Ordering::Relaxed),
            Arc::new(Connection::new()),
        );
        self.open().insert(number, Arc::clone(&connection));
        let counts = &self.state.metrics.connections;
        counts.open.fetch_add(1, Ordering::Relaxed);
        counts.accepted.fetch_add(1, Ordering::Relaxed);
        Seat {
            number,
            connections: Arc::clone(self),
            connection,
            _place: place,
        }
    }

    /// Asks the connection that has been idle longest to go.
    fn displace(&self) {
        let open = self.open();
        let idle = open.values().filter_map(|connection| {
            let idle = connection.idle().filter(|idle| *idle >= self.idle_min)?;
            Some((idle, connection))
        });
        if let Some((_, connection)) = idle.max_by_key(|(idle, _)| *idle) {
            connection.is_displaced.store(true, Ordering::Relaxed);
            connection.displaced.notify_one();
            let displaced = &self.state.metrics.connections.displaced;
            displaced.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn open(&self) -> MutexGuard<'_, HashMap<u64, Arc<Connection>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.connections.open().remove(&self.number);
        let counts = &self.connections.state.metrics.connections;
        counts.open.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Connection {
    pub(crate) fn new() -> Self {
        Self {
            opened: Instant::now(),
            asked: AtomicUsize::new(0),
            is_stuck: AtomicBool::new(false),
            sent_ms: AtomicU64::new(0),
            is_displaced: AtomicBool::new(false),
            displaced: Notify::new(),
            deliveries: Deliveries::default(),
        }
    }

    /// Takes note of a request until what is returned is dropped.
    pub(crate) fn ask(self: &Arc<Self>) -> Busy {
        self.asked.fetch_add(1, Ordering::Relaxed);
        Busy(Arc::clone(self))
    }

    /// Takes note that bytes went out.
    pub(crate) fn sent(&self) {
        self.touch();
        self.is_stuck.store(false, Ordering::Relaxed);
    }

    fn touch(&self) {
        let since = u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.sent_ms.store(since, Ordering::Relaxed);
    }

    /// Takes note that bytes wait for the other side.
    pub(crate) fn stuck(&self) {
        self.is_stuck.store(true, Ordering::Relaxed);
    }

    /// Completes when the place is needed for another.
    pub(crate) async fn displaced(&self) {
        self.displaced.notified().await;
    }

    /// Whether a request is being answered or bytes wait for the other side.
    pub(crate) fn is_busy(&self) -> bool {
        self.asked.load(Ordering::Relaxed) > 0 || self.is_stuck.load(Ordering::Relaxed)
    }

    /// How long nothing has been asked and nothing sent; none while something is, or when it was asked to go.
    fn idle(&self) -> Option<Duration> {
        let is_busy = self.is_busy() || self.is_displaced.load(Ordering::Relaxed);
        let sent = Duration::from_millis(self.sent_ms.load(Ordering::Relaxed));
        (!is_busy).then(|| self.opened.elapsed().saturating_sub(sent))
    }
}

impl Busy {
    /// Which connection is busy.
    pub(crate) fn connection(&self) -> &Connection {
        &self.0
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.touch();
        self.0.asked.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::ServerOptions;

    fn connections(most: usize) -> Arc<Connections> {
        let state = Arc::new(State::new(ServerOptions::default()));
        Arc::new(Connections {
            idle_min: Duration::ZERO,
            ..Connections::new(state, most)
        })
    }

    #[tokio::test]
    async fn the_one_that_is_idle_longest_gives_its_place_up() {
        let connections = connections(3);
        let (asked, idle) = (connections.seat().await, connections.seat().await);
        let fresh = connections.seat().await;
        let busy = asked.connection.ask();
        let next = tokio::spawn({
            let connections = Arc::clone(&connections);
            async move { connections.seat().await }
        });
        idle.connection.displaced().await;
        assert!(!asked.connection.is_displaced.load(Ordering::Relaxed));
        drop(idle);
        let next = next.await.unwrap();
        assert_eq!(connections.open().len(), 3);
        drop((busy, fresh, next, asked));
        assert_eq!(connections.open().len(), 0);
    }

    #[tokio::test]
    async fn the_figures_tell_how_many_there_may_be() {
        let connections = connections(3);
        let limit = &connections.state.metrics.connections.limit;
        assert_eq!(limit.load(Ordering::Relaxed), 3);
    }

    #[tokio::test]
    async fn nobody_who_is_being_answered_is_sent_away() {
        let connections = connections(1);
        let only = connections.seat().await;
        let busy = only.connection.ask();
        let waited = timeout(3 * PLACE_PAUSE, connections.seat()).await;
        assert!(waited.is_err());
        drop(busy);
        only.connection.stuck();
        let waited = timeout(3 * PLACE_PAUSE, connections.seat()).await;
        assert!(waited.is_err() && !only.connection.is_displaced.load(Ordering::Relaxed));
    }
}
