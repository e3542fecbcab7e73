//! The server on a socket: bounded connections, patience with bounds, an orderly end.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::Body;
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
use crate::connections::{Busy, Connections, Seat};
use crate::delivery::Pieces;
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
/// Requests at once on one connection of HTTP/2: no fewer, says RFC 9113 §6.5.2.
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
        // Whether the answer is taken, the stream knows.
        let answered = |answer, _: Busy| answer;
        let service = self.service(line, answered);
        let connection = server.serve_connection(TokioIo::new(stream), service);
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
        let answered =
            |answer: Response, busy: Busy| answer.map(|body| Body::new(Pieces::new(body, busy)));
        let service = self.service(line, answered);
        let connection = server.serve_connection(TokioIo::new(stream), service);
        let own = Arc::clone(&self.seat.connection);
        tokio::select! {
            () = self.drive(connection, http2::Connection::graceful_shutdown) => {}
            () = own.deliveries.stalled(STALL_MAX) => {
                tracing::debug!("a connection is closed: the client takes nothing of an answer");
            }
        }
    }

    /// Answers the requests of the connection, which is not idle meanwhile, nor as long as `answered` has it.
    fn service(
        &self,
        line: Line,
        answered: fn(Response, Busy) -> Response,
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
                answer.map(|answer| answered(answer, busy))
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

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::routing::get;
    use http_body_util::BodyExt;
    use hyper::client::conn::http2::{Builder, Connection, SendRequest};
    use tokio::io::{DuplexStream, duplex};

    use super::*;
    use crate::state::ServerOptions;

    /// What a client lets be sent of an answer before it has read.
    const WINDOW_BYTES: u32 = 16 << 10;
    const BODY_BYTES: usize = 10 * WINDOW_BYTES as usize;

    type Client = Connection<TokioIo<DuplexStream>, Body, TokioExecutor>;

    /// A client of HTTP/2 with a small window, and the seat that it has.
    async fn client() -> (
        SendRequest<Body>,
        Client,
        Arc<crate::connections::Connection>,
    ) {
        let state = Arc::new(State::new(ServerOptions::default()));
        let routes = Router::new()
            .route("/large", get(async || vec![7; BODY_BYTES]))
            .route("/small", get(async || "small"));
        let seat = Arc::new(Connections::new(Arc::clone(&state), 1))
            .seat()
            .await;
        let own = Arc::clone(&seat.connection);
        let (ours, theirs) = duplex(1 << 20);
        tokio::spawn(async move {
            let (_stop, stopping) = watch::channel(false);
            let talk = Talk {
                app: App::new(routes, Arc::clone(&state)),
                state,
                stopping,
                seat,
            };
            talk.http2(ours, Line::default()).await;
        });
        let handshake = Builder::new(TokioExecutor::new())
            .initial_stream_window_size(WINDOW_BYTES)
            .handshake(TokioIo::new(theirs));
        let (sender, connection) = handshake.await.unwrap();
        (sender, connection, own)
    }

    async fn ask(
        sender: &mut SendRequest<Body>,
        path: &str,
    ) -> hyper::Result<hyper::Response<Incoming>> {
        let request = hyper::Request::get(format!("http://localhost{path}"));
        let request = request.body(Body::empty()).unwrap();
        sender.send_request(request).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_lets_nothing_be_sent_loses_its_connection() {
        let (mut sender, connection, own) = client().await;
        let driver = tokio::spawn(connection);
        let held = ask(&mut sender, "/large").await.unwrap();
        assert!(own.is_busy());
        let ended = timeout(2 * STALL_MAX, driver).await;
        assert!(ended.is_ok(), "it is open after twice the time");
        assert!(held.into_body().collect().await.is_err());
        assert!(!own.is_busy());
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_an_answer_slowly_is_busy_and_gets_it_whole() {
        let (mut sender, connection, own) = client().await;
        tokio::spawn(connection);
        let mut body = ask(&mut sender, "/large").await.unwrap().into_body();
        let mut length = 0;
        while length < BODY_BYTES {
            let is_sent = length + 2 * WINDOW_BYTES as usize > BODY_BYTES;
            assert!(own.is_busy() || is_sent, "after {length} bytes");
            sleep(STALL_MAX / 2).await;
            length += body
                .frame()
                .await
                .unwrap()
                .unwrap()
                .into_data()
                .unwrap()
                .len();
        }
        assert_eq!(length, BODY_BYTES);
        assert!(body.frame().await.is_none());
        assert!(!own.is_busy());
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_not_held_for_ever_by_taking_others() {
        let (mut sender, connection, _) = client().await;
        tokio::spawn(connection);
        let _held = ask(&mut sender, "/large").await.unwrap();
        let mut answered = 0;
        while let Ok(answer) = ask(&mut sender, "/small").await {
            assert_eq!(
                answer.into_body().collect().await.unwrap().to_bytes(),
                "small"
            );
            answered += 1;
            assert!(answered < 100, "it is held for ever");
            sleep(STALL_MAX / 2).await;
        }
        assert!(answered > 3, "closed after {answered} others were taken");
    }
}
