//! Computation off the async threads, in bounded number.
//!
//! A request first takes one of the places (past them it is refused at once), then waits for one of the turns (one
//! per processor). A client that goes away while it waits gives its place back and nothing is computed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout_at};

use crate::error::AppError;

/// The longest that a request waits for its turn.
pub(crate) const WAIT_MAX: Duration = Duration::from_secs(5);

/// Bounds how much is computed at once and how much waits.
#[derive(Debug)]
pub(crate) struct Work {
    places: Arc<Semaphore>,
    places_max: usize,
    turns: Arc<Semaphore>,
    turns_max: usize,
    refused: AtomicU64,
}

/// The right to wait for a turn; given back when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    /// None for work nobody waits for.
    permit: Option<OwnedSemaphorePermit>,
    /// How long the wait may last.
    until: Instant,
}

impl Place {
    /// That of work nobody waits for. It takes no turn from those who do.
    pub(crate) fn background() -> Self {
        Self {
            permit: None,
            until: Instant::now(),
        }
    }

    /// The same for what follows when a first job is done: it may wait as long again.
    pub(crate) fn renewed(self) -> Self {
        Self {
            until: Instant::now() + WAIT_MAX,
            ..self
        }
    }
}

/// How much is computed and how much waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Queue {
    /// Jobs that run.
    pub(crate) running: usize,
    /// Requests that wait for their turn.
    pub(crate) waiting: usize,
    /// Requests that were refused since the start, at once or after they had waited too long.
    pub(crate) refused: u64,
}

impl Work {
    /// At most `running` jobs at once and `waiting` more in line; at least one of each.
    pub(crate) fn new(running: usize, waiting: usize) -> Self {
        let running = running.clamp(1, Semaphore::MAX_PERMITS / 2);
        let places = running.saturating_add(waiting).min(Semaphore::MAX_PERMITS);
        Self {
            places: Arc::new(Semaphore::new(places)),
            places_max: places,
            turns: Arc::new(Semaphore::new(running)),
            turns_max: running,
            refused: AtomicU64::new(0),
        }
    }

    /// A place in line.
    ///
    /// # Errors
    /// [`AppError::Busy`] where all are taken.
    pub(crate) fn place(&self) -> Result<Place, AppError> {
        self.place_since(Instant::now())
    }

    /// A place in line for who has been waiting since then.
    ///
    /// # Errors
    /// [`AppError::Busy`] where all are taken.
    pub(crate) fn place_since(&self, asked: Instant) -> Result<Place, AppError> {
        let free = Arc::clone(&self.places).try_acquire_owned();
        let permit = Some(free.map_err(|_full| self.refuse())?);
        let until = asked + WAIT_MAX;
        Ok(Place { permit, until })
    }

    /// Waits for a turn and runs the job. Once started it runs to its end, even if nobody waits for it any more.
    ///
    /// # Errors
    /// [`AppError::Busy`] where there is no turn within [`WAIT_MAX`] from when the wait began, [`AppError::Internal`] where the job panics, and the job's own.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        place: &Place,
        job: impl FnOnce() -> Result<T, AppError> + Send + 'static,
    ) -> Result<T, AppError> {
        let turn = match place.permit {
            Some(_) => Some(self.turn(place.until).await?),
            None => None,
        };
        let in_turn = move || {
            let result = job();
            drop(turn);
            result
        };
        spawn_blocking(in_turn).await.unwrap_or_else(|panic| {
            tracing::error!(%panic, "a job failed");
            Err(AppError::Internal)
        })
    }

    pub(crate) async fn turn(&self, until: Instant) -> Result<OwnedSemaphorePermit, AppError> {
        let turn = timeout_at(until, Arc::clone(&self.turns).acquire_owned()).await;
        turn.map_err(|_late| self.refuse())?
            .map_err(|_closed| AppError::Internal)
    }

    fn refuse(&self) -> AppError {
        self.refused.fetch_add(1, Ordering::Relaxed);
        AppError::Busy
    }

    /// Whether nobody waits for anything to be computed.
    pub(crate) fn is_idle(&self) -> bool {
        self.places.available_permits() == self.places_max
    }

    /// How it stands.
    pub(crate) fn queue(&self) -> Queue {
        let running = self.turns_max - self.turns.available_permits().min(self.turns_max);
        let taken = self.places_max - self.places.available_permits().min(self.places_max);
        Queue {
            running,
            waiting: taken.saturating_sub(running),
            refused: self.refused.load(Ordering::Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn past_the_places_a_request_is_refused_at_once() {
        let work = Work::new(1, 1);
        let (first, second) = (work.place().unwrap(), work.place().unwrap());
        assert_eq!(work.place().unwrap_err(), AppError::Busy);
        drop(first);
        assert!(work.place().is_ok());
        drop(second);
    }

    #[tokio::test]
    async fn a_job_that_panics_is_an_error_and_gives_its_turn_back() {
        let work = Work::new(1, 0);
        let place = work.place().unwrap();
        let bad: Result<(), _> = work.run(&place, || panic!("a bad job")).await;
        assert_eq!(bad, Err(AppError::Internal));
        assert_eq!(work.run(&place, || Ok(7)).await, Ok(7));
    }

    #[tokio::test]
    async fn a_job_whose_client_went_away_before_its_turn_never_runs() {
        let work = Arc::new(Work::new(1, 8));
        let (open, gate) = std::sync::mpsc::channel::<()>();
        let (running, place) = (Arc::clone(&work), work.place().unwrap());
        let slow = tokio::spawn(async move {
            running
                .run(&place, move || {
                    gate.recv().map_err(|_closed| AppError::Internal)
                })
                .await
        });
        while work.turns.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let place = work.place().unwrap();
        let gone = timeout(
            Duration::from_millis(5),
            work.run(&place, || -> Result<(), _> { panic!("must not run") }),
        )
        .await;
        assert!(gone.is_err());
        open.send(()).unwrap();
        assert_eq!(slow.await.unwrap(), Ok(()));
        assert_eq!(work.run(&place, || Ok(1)).await, Ok(1));
    }
}
