//! Kept tiles over a real socket on loopback, beside a bare axum server that gives the same bytes to the same clients.
//!
//! The CPU time is that of server and clients together. A round is bounded in requests and in time.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::header;
use axum::routing::get;
use comarca_benches::{Bench, bench, sample, spread};
use comarca_tileserver::{Loaded, ServerOptions, State, serve};
use criterion::{BenchmarkId, Throughput};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Requests per round, shared out to the clients.
const REQUESTS: usize = 800;
/// The longest that a round may take.
const ROUND_MAX: Duration = Duration::from_secs(30);

fn main() {
    let mut bench = bench();
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let territory = sample();
    let tile = spread(
        territory.tile_layer("blocks").expect("there are blocks"),
        13,
        16,
    )[7];
    let path = format!(
        "/tiles/districts,blocks/{}/{}/{}.mvt",
        tile.z(),
        tile.x(),
        tile.y()
    );
    let state = Arc::new(State::new(ServerOptions::default()));
    state.replace(Loaded::from(territory));
    let ours = runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(serve(listener, state, std::future::pending()));
        address
    });
    let mut client = runtime.block_on(Client::connect(ours, &path));
    let body = runtime.block_on(client.ask());
    let bare = runtime.block_on(bare(body.clone()));

    for clients in [1, 8] {
        clients_ask(
            &mut bench,
            &runtime,
            clients,
            body.len(),
            [
                ("comarca", ours, &path),
                ("bare axum server", bare, "/tile"),
            ],
        );
    }
    bench.final_summary();
}

fn clients_ask(
    bench: &mut Bench,
    runtime: &Runtime,
    clients: usize,
    bytes: usize,
    servers: [(&str, SocketAddr, &str); 2],
) {
    let mut group =
        bench.benchmark_group(format!("warm tile of {} kB over a socket", bytes / 1000));
    group.throughput(Throughput::Elements(REQUESTS as u64));
    for (name, address, path) in servers {
        let mut open: Vec<Client> = (0..clients)
            .map(|_| runtime.block_on(Client::connect(address, path)))
            .collect();
        assert_eq!(
            runtime.block_on(open[0].ask()).len(),
            bytes,
            "the same bytes"
        );
        group.bench_function(BenchmarkId::new(name, format!("{clients} clients")), |b| {
            b.iter(|| round(runtime, &mut open));
        });
    }
    group.finish();
}

/// All clients at once, each its share of the requests, one after the other on its connection.
fn round(runtime: &Runtime, clients: &mut Vec<Client>) {
    let share = REQUESTS / clients.len();
    let mut asking = JoinSet::new();
    let all = async {
        for mut client in clients.drain(..) {
            asking.spawn(async move {
                for _ in 0..share {
                    client.ask().await;
                }
                client
            });
        }
        asking.join_all().await
    };
    *clients = runtime.block_on(timeout_of(all));
}

async fn timeout_of<T>(round: impl Future<Output = T>) -> T {
    timeout(ROUND_MAX, round)
        .await
        .expect("a round takes less than half a minute")
}

/// A server that does nothing but send the bytes.
async fn bare(body: Vec<u8>) -> SocketAddr {
    let body = axum::body::Bytes::from(body);
    let app = Router::new().route(
        "/tile",
        get(async move || {
            (
                [(header::CONTENT_TYPE, "application/vnd.mapbox-vector-tile")],
                body,
            )
        }),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// A client with one connection that stays open.
struct Client {
    stream: TcpStream,
    request: Vec<u8>,
    received: Vec<u8>,
}

impl Client {
    async fn connect(address: SocketAddr, path: &str) -> Self {
        let stream = TcpStream::connect(address)
            .await
            .expect("the server listens");
        stream.set_nodelay(true).expect("TCP_NODELAY");
        Self {
            stream,
            request: format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").into_bytes(),
            received: vec![],
        }
    }

    /// Sends the request and returns the body.
    async fn ask(&mut self) -> Vec<u8> {
        self.stream
            .write_all(&self.request)
            .await
            .expect("the connection stays open");
        self.received.clear();
        loop {
            let read = self
                .stream
                .read_buf(&mut self.received)
                .await
                .expect("the connection stays open");
            assert!(read > 0, "the connection ended");
            if let Some(start) = complete(&self.received) {
                return self.received[start..].to_vec();
            }
        }
    }
}

/// Where the body starts, once all of it is there.
fn complete(answer: &[u8]) -> Option<usize> {
    let start = answer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&answer[..start])
        .expect("a head is text")
        .to_ascii_lowercase();
    assert!(head.starts_with("http/1.1 200"), "{head}");
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))?;
    let length: usize = length.trim().parse().expect("a length");
    (answer.len() >= start + length).then_some(start)
}
