//! The server on a socket: bounded connections, patience with bounds, an orderly end.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use crate::app::App;
use crate::arrival::Line;
use crate::connections::{Connections, Seat};
use crate::error::{HEADER_BYTES_MAX, URI_BYTES_MAX};
use crate::patience::Patient;
use crate::process::connections_within;
use crate::routes::app;
use crate::state::State;
use crate::warm::keep_warm;

/// How long requests that have begun may take to end after the shutdown.
pub const DRAIN: Duration = Duration::from_secs(6);

/// The longest that a client may take to send the head of a request, from the opening of the connection or from the
/// end of the answer before; and the longest for a TLS handshake.
const HEAD_MAX: Duration = Duration::from_secs(15);
/// The longest that a client may take no byte of its answer.
const STALL_MAX: Duration = Duration::from_secs(30);
/// The longest that a connection whose place is needed may take to end once nothing is being answered on it.
const DISPLACED_MAX: Duration = Duration::from_secs(1);
/// What is read of a request before its head is complete; beyond it the answer is 431.
const READ_BYTES_MAX: usize = 4 * (URI_BYTES_MAX + HEADER_BYTES_MAX);
/// How long to wait after a connection could not be accepted (out of file descriptors, mostly).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Requests at once on one connection of HTTP/2.
const STREAMS_MAX: u32 = 100;
/// Time between two pings on a connection of HTTP/2, and how long the answer to one may take.
const PING: Duration = Duration::from_secs(20);

/// Answers on `listener` until `shutdown` completes, then lets what has begun end within [`DRAIN`].
///
/// Without TLS HTTP/1.1 with keep-alive, with it HTTP/2 too. Past the operator's number of connections (and the file
/// descriptors that the system allows) the one idle longest gives its place up.
pub async fn serve(listener: TcpListener, state: Arc<State>, shutdown: impl Future<Output = ()>) {
    let (stop, stopping) = watch::channel(false);
    let most = connections_within(state.options.connections_max);
    if most < state.options.connections_max {
        tracing::warn!(
            most,
            "fewer connections than configured: the system allows no more open files"
        );
    }
    let connections = Arc::new(Connections::new(Arc::clone(&state), most));
    let app = app(Arc::clone(&state));
    let mut talks = JoinSet::new();
    let accepting = async {
        loop {
            let (stream, peer) = accept(&listener).await;
            let seat = connections.seat().await;
            let talk = Talk {
                app: app.clone(),
                state: Arc::clone(&state),
                stopping: stopping.clone(),
                seat,
            };
            talks.spawn(talk.begin(stream, peer));
            while talks.try_join_next().is_some() {}
        }
    };
    tokio::select! {
        () = accepting => {}
        () = shutdown => {}
        () = keep_warm(&state) => {}
    }
    drop(listener);
    state.drain();
    stop.send_replace(true);
    let drained = timeout(DRAIN, async { while talks.join_next().await.is_some() {} }).await;
    if drained.is_err() {
        tracing::warn!(
            open = talks.len(),
            "connections did not end in time and are closed"
        );
    }
}

/// The next connection and who is at its other end.
async fn accept(listener: &TcpListener) -> (TcpStream, IpAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer.ip()),
            Err(cause) => {
                tracing::warn!(%cause, "a connection cannot be accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// A connection that is served.
struct Talk {
    app: App,
    state: Arc<State>,
    stopping: watch::Receiver<bool>,
    seat: Seat,
}

impl Talk {
    /// Serves a connection until it ends or the server stops.
    async fn begin(self, stream: TcpStream, peer: IpAddr) {
        // A small answer should not wait for more to send.
        if let Err(cause) = stream.set_nodelay(true) {
            tracing::debug!(%cause, "no TCP_NODELAY");
        }
        let connection = Arc::clone(&self.seat.connection);
        let stream = Patient::new(stream, STALL_MAX, connection);
        let peer = Some(peer);
        match &self.state.options.tls {
            None => {
                let is_tls = false;
                self.http1(stream, Line { peer, is_tls }).await;
            }
            Some(tls) => {
                let config = tls.config();
                self.encrypted(stream, TlsAcceptor::from(config), peer)
                    .await;
            }
        }
    }

    async fn encrypted(
        mut self,
        stream: Patient<TcpStream>,
        acceptor: TlsAcceptor,
        peer: Option<IpAddr>,
    ) {
        let handshake = timeout(HEAD_MAX, acceptor.accept(stream));
        let shaken = tokio::select! {
            shaken = handshake => shaken.map_err(|_late| "it took too long".to_owned()),
            () = stopped(&mut self.stopping) => return,
            () = self.seat.connection.displaced() => return,
        };
        let shaken = shaken.and_then(|shaken| shaken.map_err(|cause| cause.to_string()));
        let line = Line { peer, is_tls: true };
        match shaken {
            Ok(stream) if stream.get_ref().1.alpn_protocol() == Some(b"h2") => {
                self.http2(stream, line).await;
            }
            Ok(stream) => self.http1(stream, line).await,
            Err(cause) => {
                let failed = &self.state.metrics.connections.handshakes_failed;
                failed.fetch_add(1, Ordering::Relaxed);
                tracing::debug!(cause, "no TLS came about");
            }
        }
    }

    async fn http1(self, stream: impl AsyncRead + AsyncWrite + Unpin, line: Line) {
        let mut server = http1::Builder::new();
        server
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_MAX)
            .max_buf_size(READ_BYTES_MAX);
        let connection = server.serve_connection(TokioIo::new(stream), self.service(line));
        self.drive(connection, http1::Connection::graceful_shutdown)
            .await;
    }

    async fn http2(self, stream: impl AsyncRead + AsyncWrite + Unpin, line: Line) {
        let mut server = http2::Builder::new(TokioExecutor::new());
        server
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS_MAX)
            .max_header_list_size(u32::try_from(READ_BYTES_MAX).unwrap_or(u32::MAX))
            .keep_alive_interval(PING)
            .keep_alive_timeout(PING);
        let connection = server.serve_connection(TokioIo::new(stream), self.service(line));
        self.drive(connection, http2::Connection::graceful_shutdown)
            .await;
    }

    /// Answers the requests of the connection, which is not idle meanwhile.
    fn service(
        &self,
        line: Line,
    ) -> impl Service<
        hyper::Request<Incoming>,
        Response = Response,
        Error = Infallible,
        Future: Send + 'static,
    > + use<> {
        let (app, connection) = (self.app.on(line), Arc::clone(&self.seat.connection));
        service_fn(move |request| {
            let (busy, answering) = (connection.ask(), app.answer(request));
            async move {
                let answer = answering.await;
                drop(busy);
                answer
            }
        })
    }

    /// Lets the connection go on until it ends, the server stops, or its place is needed.
    async fn drive<C: Future<Output = hyper::Result<()>>>(
        mut self,
        connection: C,
        end: impl FnOnce(Pin<&mut C>),
    ) {
        let mut connection = pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = stopped(&mut self.stopping) => {
                end(connection.as_mut());
                connection.await
            }
            () = self.seat.connection.displaced() => {
                end(connection.as_mut());
                self.leave(connection).await
            }
        };
        if let Err(cause) = ended {
            tracing::debug!(%cause, "a connection ended early");
        }
    }

    /// Ends a connection whose place is needed: soon, but not in the middle of an answer.
    async fn leave<C: Future<Output = hyper::Result<()>>>(
        &self,
        mut connection: Pin<&mut C>,
    ) -> hyper::Result<()> {
        loop {
            match timeout(DISPLACED_MAX, connection.as_mut()).await {
                Ok(ended) => return ended,
                Err(_late) if !self.seat.connection.is_busy() => return Ok(()),
                Err(_late) => {}
            }
        }
    }
}

/// Completes when the server stops.
async fn stopped(stopping: &mut watch::Receiver<bool>) {
    drop(stopping.wait_for(|stop| *stop).await);
}
