//! A connection that ends when the other side takes nothing for too long.
//!
//! hyper bounds how long a request may take to arrive; nothing bounds how long a client may leave its answer unread,
//! and a thousand such clients would hold all connections.

use std::io::{Error, ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use crate::connections::Connection;

/// A stream whose writes fail with [`ErrorKind::TimedOut`] when no byte goes out for a while.
#[derive(Debug)]
pub(crate) struct Patient<S> {
    stream: S,
    patience: Duration,
    /// Runs while a write waits.
    deadline: Pin<Box<Sleep>>,
    waiting: bool,
    connection: Arc<Connection>,
}

impl<S> Patient<S> {
    /// Bounds how long a write may wait; the connection is told of what goes out.
    pub(crate) fn new(stream: S, patience: Duration, connection: Arc<Connection>) -> Self {
        Self {
            stream,
            patience,
            deadline: Box::pin(sleep(patience)),
            waiting: false,
            connection,
        }
    }

    /// The outcome of a write, or an error where it has waited too long.
    fn bounded<T>(
        &mut self,
        context: &mut Context<'_>,
        outcome: Poll<Result<T>>,
    ) -> Poll<Result<T>> {
        if outcome.is_ready() {
            self.waiting = false;
            self.connection.sent();
            return outcome;
        }
        if !self.waiting {
            self.waiting = true;
            self.connection.stuck();
            self.deadline.as_mut().reset(Instant::now() + self.patience);
        }
        ready!(self.deadline.as_mut().poll(context));
        Poll::Ready(Err(Error::new(
            ErrorKind::TimedOut,
            "the client takes nothing of its answer",
        )))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.bounded(context, outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.bounded(context, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_flush(context);
        self.bounded(context, outcome)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_shutdown(context);
        self.bounded(context, outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    const PATIENCE: Duration = Duration::from_secs(30);

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_nothing_loses_its_connection() {
        let (ours, _theirs) = duplex(16);
        let cause = Patient::new(ours, PATIENCE, Arc::new(Connection::new()))
            .write_all(&[7; 64])
            .await
            .unwrap_err();
        assert_eq!(cause.kind(), ErrorKind::TimedOut);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_little_by_little_gets_everything() {
        let (ours, mut theirs) = duplex(16);
        let slow = async {
            let mut all = vec![];
            while all.len() < 64 {
                sleep(PATIENCE * 9 / 10).await;
                let mut some = [0; 8];
                let read = theirs.read(&mut some).await.unwrap();
                all.extend_from_slice(&some[..read]);
            }
            all
        };
        let mut stream = Patient::new(ours, PATIENCE, Arc::new(Connection::new()));
        let (sent, received) = tokio::join!(stream.write_all(&[7; 64]), slow);
        assert!(sent.is_ok());
        assert_eq!(received, [7; 64]);
    }
}
