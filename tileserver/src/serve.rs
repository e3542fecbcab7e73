//! The server on a socket: bounded connections, patience with bounds, an orderly end.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::error::{HEADER_BYTES_MAX, URI_BYTES_MAX};
use crate::patience::Patient;
use crate::routes::app;
use crate::state::State;

/// How long requests that have begun may take to end after the shutdown.
pub const DRAIN: Duration = Duration::from_secs(8);

/// The longest that a client may take to send the head of a request, from the opening of the connection or from the
/// end of the answer before.
const HEAD_MAX: Duration = Duration::from_secs(15);
/// The longest that a client may take no byte of its answer.
const STALL_MAX: Duration = Duration::from_secs(30);
/// What is read of a request before its head is complete; beyond it the answer is 431.
const READ_BYTES_MAX: usize = 4 * (URI_BYTES_MAX + HEADER_BYTES_MAX);
/// How long to wait after a connection could not be accepted (out of file descriptors, mostly).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Answers on `listener` until `shutdown` completes, then lets what has begun end within [`DRAIN`].
///
/// HTTP/1.1 with keep-alive. Connections beyond the operator's number wait in the system's queue.
pub async fn serve(listener: TcpListener, state: Arc<State>, shutdown: impl Future<Output = ()>) {
    let (stop, stopping) = watch::channel(false);
    let permits = Arc::new(Semaphore::new(
        state
            .options
            .connections_max
            .clamp(1, Semaphore::MAX_PERMITS),
    ));
    let app = app(state);
    let mut connections = JoinSet::new();
    let accepting = async {
        loop {
            let (stream, permit) = accept(&listener, &permits).await;
            connections.spawn(talk(stream, app.clone(), stopping.clone(), permit));
            while connections.try_join_next().is_some() {}
        }
    };
    tokio::select! {
        () = accepting => {}
        () = shutdown => {}
    }
    drop(listener);
    stop.send_replace(true);
    let drained = timeout(DRAIN, async {
        while connections.join_next().await.is_some() {}
    })
    .await;
    if drained.is_err() {
        tracing::warn!(
            open = connections.len(),
            "connections did not end in time and are closed"
        );
    }
}

/// The next connection and the right to have it.
async fn accept(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
) -> (TcpStream, Option<OwnedSemaphorePermit>) {
    // The semaphore is never closed, so there always is a permit.
    let permit = Arc::clone(permits).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return (stream, permit),
            Err(cause) => {
                tracing::warn!(%cause, "a connection cannot be accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Serves one connection until it ends or the server stops.
async fn talk(
    stream: TcpStream,
    app: Router,
    mut stopping: watch::Receiver<bool>,
    permit: Option<OwnedSemaphorePermit>,
) {
    // A small answer should not wait for more to send.
    if let Err(cause) = stream.set_nodelay(true) {
        tracing::debug!(%cause, "no TCP_NODELAY");
    }
    let mut server = http1::Builder::new();
    server
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_MAX)
        .max_buf_size(READ_BYTES_MAX);
    let mut connection = std::pin::pin!(server.serve_connection(
        TokioIo::new(Patient::new(stream, STALL_MAX)),
        TowerToHyperService::new(app)
    ));
    let stopped = async { drop(stopping.wait_for(|stop| *stop).await) };
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(cause) = ended {
        tracing::debug!(%cause, "a connection ended early");
    }
    drop(permit);
}
