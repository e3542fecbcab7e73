//! Answers over HTTP/2 until the other side has taken them.
//!
//! A client says of each answer how much of it may be sent (RFC 9113 §5.2). What waits for that waits in no write, so the
//! bound on writes does not see it: a client that lets nothing be sent would hold its answers for ever, and one that takes
//! them slowly would count as idle.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio::time::{Instant, sleep, sleep_until};

use crate::connections::Busy;

/// How much of an answer is sent as one piece.
const PIECE_BYTES: usize = 16 << 10;
/// The longest that no piece of one answer may be taken while others are: at 5 kB/s a hundred answers get a piece each.
const ANSWER_STALL_MAX: Duration = Duration::from_mins(5);

/// The answers of a connection that have not been taken whole.
#[derive(Debug, Default)]
pub(crate) struct Deliveries(Mutex<Open>);

#[derive(Debug, Default)]
struct Open {
    next: u64,
    /// When each began, or a piece of it was last taken.
    moved: BTreeMap<u64, Instant>,
    /// When a piece of any was last taken.
    taken: Option<Instant>,
}

impl Deliveries {
    /// Completes when no piece of any answer has been taken for so long, or none of one answer for
    /// [`ANSWER_STALL_MAX`].
    pub(crate) async fn stalled(&self, stall_max: Duration) {
        loop {
            match self.deadline(stall_max) {
                Some(deadline) if deadline <= Instant::now() => return,
                Some(deadline) => sleep_until(deadline).await,
                // An answer that begins meanwhile has as long at least.
                None => sleep(stall_max).await,
            }
        }
    }

    /// When it will have been too long; none while nothing is to be taken.
    fn deadline(&self, stall_max: Duration) -> Option<Instant> {
        let open = self.open();
        let oldest = *open.moved.values().min()?;
        let latest = open.taken.map_or(oldest, |taken| taken.max(oldest));
        Some((latest + stall_max).min(oldest + ANSWER_STALL_MAX))
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An answer that has not been taken whole: its connection is busy.
#[derive(Debug)]
struct Delivery {
    number: u64,
    busy: Busy,
}

impl Delivery {
    fn begin(busy: Busy) -> Self {
        let mut open = busy.connection().deliveries.open();
        let number = open.next;
        open.next += 1;
        open.moved.insert(number, Instant::now());
        drop(open);
        Self { number, busy }
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.busy.connection().deliveries.open()
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        self.open().moved.remove(&self.number);
    }
}

/// A piece of an answer, which is dropped once it has been sent or nobody wants it any more.
struct Piece {
    bytes: Bytes,
    delivery: Arc<Delivery>,
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        let (now, mut open) = (Instant::now(), self.delivery.open());
        open.taken = Some(now);
        open.moved.insert(self.delivery.number, now);
    }
}

/// A body in pieces that tell when they have been taken.
#[derive(Debug)]
pub(crate) struct Pieces {
    body: Body,
    rest: Bytes,
    delivery: Arc<Delivery>,
}

impl Pieces {
    /// The connection is busy until the last of them has been taken.
    pub(crate) fn new(body: Body, busy: Busy) -> Self {
        Self {
            body,
            rest: Bytes::new(),
            delivery: Arc::new(Delivery::begin(busy)),
        }
    }
}

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.rest.is_empty() {
            let frame = match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                Some(Ok(frame)) => frame,
                ended => return Poll::Ready(ended),
            };
            match frame.into_data() {
                Ok(data) => self.rest = data,
                Err(other) => return Poll::Ready(Some(Ok(other))),
            }
        }
        let length = self.rest.len().min(PIECE_BYTES);
        let piece = Piece {
            bytes: self.rest.split_to(length),
            delivery: Arc::clone(&self.delivery),
        };
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_owner(piece)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (rest, inner) = (self.rest.len() as u64, self.body.size_hint());
        let mut hint = SizeHint::new();
        hint.set_lower(inner.lower().saturating_add(rest));
        if let Some(upper) = inner.upper() {
            hint.set_upper(upper.saturating_add(rest));
        }
        hint
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;
    use crate::connections::Connection;

    #[tokio::test]
    async fn pieces_make_the_body_and_keep_the_connection_busy() {
        let connection = Arc::new(Connection::new());
        let whole: Vec<u8> = (0..=u8::MAX).cycle().take(2 * PIECE_BYTES + 7).collect();
        let mut body = Pieces::new(Body::from(whole.clone()), connection.ask());
        let (mut all, mut held) = (vec![], vec![]);
        while let Some(frame) = body.frame().await {
            let piece = frame.unwrap().into_data().unwrap();
            all.extend_from_slice(&piece);
            held.push(piece);
            let left = (whole.len() - all.len()) as u64;
            assert_eq!(body.size_hint().exact(), Some(left));
            assert_eq!(body.is_end_stream(), left == 0);
        }
        assert_eq!((all, held.len()), (whole, 3));
        drop(body);
        assert!(connection.is_busy(), "its pieces have not been taken");
        drop(held);
        assert!(!connection.is_busy());
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_runs_from_the_last_piece_that_was_taken() {
        const STALL: Duration = Duration::from_secs(30);
        let connection = Arc::new(Connection::new());
        let deadline = || connection.deliveries.deadline(STALL);
        let begin = |length: usize| Pieces::new(Body::from(vec![7; length]), connection.ask());
        assert_eq!(deadline(), None);
        sleep(STALL).await;
        let (begun, _held) = (Instant::now(), begin(1));
        assert_eq!(deadline(), Some(begun + STALL));
        sleep(STALL / 2).await;
        let another = begin(1);
        assert_eq!(deadline(), Some(begun + STALL), "nothing was taken");
        drop(another.collect().await);
        assert_eq!(deadline(), Some(Instant::now() + STALL));
        for _ in 0..20 {
            sleep(STALL / 2).await;
            drop(begin(PIECE_BYTES).collect().await);
        }
        assert_eq!(deadline(), Some(begun + ANSWER_STALL_MAX));
    }
}
