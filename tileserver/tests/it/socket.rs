//! A real socket: what only the connection can show.

use std::sync::Arc;

use comarca_tileserver::{ServerOptions, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::kit::Server;

pub(crate) struct Running {
    pub(crate) server: Server,
    pub(crate) address: std::net::SocketAddr,
    pub(crate) stop: oneshot::Sender<()>,
    pub(crate) ended: JoinHandle<()>,
}

pub(crate) async fn running(options: ServerOptions) -> Running {
    let server = Server::with(options);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = serve(listener, Arc::clone(&server.state), async move {
        drop(stopped.await);
    });
    Running {
        server,
        address,
        stop,
        ended: tokio::spawn(serving),
    }
}

/// Sends a request and reads up to the end of the connection.
pub(crate) async fn exchange(stream: &mut TcpStream, request: &str) -> String {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut all = vec![];
    stream.read_to_end(&mut all).await.unwrap();
    String::from_utf8_lossy(&all).into_owned()
}

/// Reads until the text holds `end`.
pub(crate) async fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut all = vec![];
    while !String::from_utf8_lossy(&all).contains(end) {
        let mut some = [0; 4096];
        let read = stream.read(&mut some).await.unwrap();
        assert!(
            read > 0,
            "the connection ended after {}",
            String::from_utf8_lossy(&all)
        );
        all.extend_from_slice(&some[..read]);
    }
    String::from_utf8_lossy(&all).into_owned()
}

#[tokio::test]
async fn requests_follow_each_other_on_one_connection() {
    let running = running(ServerOptions::default()).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    stream
        .write_all(b"GET /health HTTP/1.1\r\nHost: h\r\n\r\n")
        .await
        .unwrap();
    assert!(
        read_until(&mut stream, "\"messages\":[]}")
            .await
            .starts_with("HTTP/1.1 200 OK\r\n")
    );
    stream
        .write_all(b"HEAD /indicators HTTP/1.1\r\nHost: h\r\n\r\n")
        .await
        .unwrap();
    let head = read_until(&mut stream, "\r\n\r\n").await;
    let tag = head
        .lines()
        .find_map(|line| line.strip_prefix("etag: "))
        .unwrap()
        .to_owned();
    stream
        .write_all(
            format!("GET /indicators HTTP/1.1\r\nHost: h\r\nIf-None-Match: {tag}\r\n\r\n")
                .as_bytes(),
        )
        .await
        .unwrap();
    assert!(
        read_until(&mut stream, "\r\n\r\n")
            .await
            .starts_with("HTTP/1.1 304 Not Modified\r\n")
    );
    let rest = exchange(
        &mut stream,
        "GET /tiles/zones/10/0/0.mvt HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
    )
    .await;
    assert!(
        rest.starts_with("HTTP/1.1 204 No Content\r\n") && !rest.contains("content-length"),
        "{rest}"
    );
    running.stop.send(()).unwrap();
    running.ended.await.unwrap();
}

#[tokio::test]
async fn heads_that_are_too_large_or_none_are_refused() {
    let running = running(ServerOptions::default()).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    let refused = exchange(
        &mut stream,
        &format!(
            "GET /health HTTP/1.1\r\nHost: h\r\nX: {}\r\n\r\n",
            "a".repeat(200_000)
        ),
    )
    .await;
    assert!(refused.starts_with("HTTP/1.1 431 "), "{refused}");
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    let refused = exchange(&mut stream, "NONSENSE\r\n\r\n").await;
    assert!(refused.starts_with("HTTP/1.1 400 "), "{refused}");
    running.stop.send(()).unwrap();
    running.ended.await.unwrap();
}

#[tokio::test]
async fn a_shutdown_lets_what_has_begun_end_and_takes_nothing_new() {
    let Running {
        server,
        address,
        stop,
        mut ended,
    } = running(ServerOptions::default()).await;
    server.plane.close();
    let mut busy = TcpStream::connect(address).await.unwrap();
    let idle = TcpStream::connect(address).await.unwrap();
    busy.write_all(b"GET /heatmaps/demand/12/2048/2047.png HTTP/1.1\r\nHost: h\r\n\r\n")
        .await
        .unwrap();
    while server.plane.entered() == 0 {
        tokio::task::yield_now().await;
    }
    stop.send(()).unwrap();
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!ended.is_finished(), "a request is still being answered");
    server.plane.open();
    let mut all = vec![];
    busy.read_to_end(&mut all).await.unwrap();
    assert!(all.starts_with(b"HTTP/1.1 200 OK\r\n") && all.ends_with(b"IEND\xaeB`\x82"));
    (&mut ended).await.unwrap();
    drop(idle);
}

#[tokio::test]
async fn connections_beyond_the_bound_wait_for_one_to_end() {
    let running = running(ServerOptions {
        connections_max: 1,
        ..ServerOptions::default()
    })
    .await;
    let mut first = TcpStream::connect(running.address).await.unwrap();
    first
        .write_all(b"GET /health HTTP/1.1\r\nHost: h\r\n\r\n")
        .await
        .unwrap();
    read_until(&mut first, "}").await;
    let mut second = TcpStream::connect(running.address).await.unwrap();
    second
        .write_all(b"GET /health HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        .await
        .unwrap();
    drop(first);
    assert!(
        read_until(&mut second, "}")
            .await
            .starts_with("HTTP/1.1 200 OK\r\n")
    );
    running.stop.send(()).unwrap();
    running.ended.await.unwrap();
}
