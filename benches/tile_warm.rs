//! Answers that are kept, through the whole router without a socket, beside a bare route that gives the same bytes.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Request, StatusCode, header};
use axum::response::Response;
use axum::routing::get;
use comarca_benches::{bench, sample, spread};
use comarca_tileserver::{Loaded, ServerOptions, State, app};
use criterion::Throughput;
use tokio::runtime::{Builder, Runtime};
use tower::{Service, ServiceExt};

/// Requests per round.
const REQUESTS: u64 = 100;

fn main() {
    let mut bench = bench();
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let territory = sample();
    let tile = spread(
        territory.tile_layer("blocks").expect("there are blocks"),
        13,
        16,
    )[7];
    let uri = format!(
        "/tiles/districts,blocks/{}/{}/{}.mvt",
        tile.z(),
        tile.x(),
        tile.y()
    );
    let state = Arc::new(State::new(ServerOptions::default()));
    state.replace(Loaded::from(territory));
    let app = app(state);

    let plain = runtime.block_on(ask(&app, &uri, &[]));
    let tag = plain.headers()[header::ETAG]
        .to_str()
        .expect("text")
        .to_owned();
    let body = runtime
        .block_on(to_bytes(plain.into_body(), usize::MAX))
        .expect("a body");
    let bare = Router::new().route(
        "/tile",
        get({
            let body = body.clone();
            async move || {
                (
                    [(header::CONTENT_TYPE, "application/vnd.mapbox-vector-tile")],
                    body,
                )
            }
        }),
    );

    let mut group = bench.benchmark_group(format!(
        "warm tile of {} kB without socket",
        body.len() / 1000
    ));
    group.throughput(Throughput::Elements(REQUESTS));
    group.bench_function("comarca", |b| {
        b.iter(|| round(&runtime, &app, &uri, &[], &body));
    });
    group.bench_function("comarca, gzip", |b| {
        b.iter(|| round(&runtime, &app, &uri, &[("accept-encoding", "gzip")], &[]));
    });
    group.bench_function("comarca, 304", |b| {
        b.iter(|| round(&runtime, &app, &uri, &[("if-none-match", &tag)], &[]));
    });
    group.bench_function("bare axum route", |b| {
        b.iter(|| round(&runtime, &bare, "/tile", &[], &body));
    });
    group.finish();
    bench.final_summary();
}

/// What answers requests without a socket.
trait Server: Service<Request<Body>, Response = Response, Error = Infallible> + Clone {}
impl<S: Service<Request<Body>, Response = Response, Error = Infallible> + Clone> Server for S {}

/// One round; the first answer is compared with `expected`, where that is known.
fn round<S: Server>(
    runtime: &Runtime,
    app: &S,
    uri: &str,
    headers: &[(&str, &str)],
    expected: &[u8],
) {
    runtime.block_on(async {
        for request in 0..REQUESTS {
            let answer = ask(app, uri, headers).await;
            let body: Bytes = to_bytes(answer.into_body(), usize::MAX)
                .await
                .expect("a body");
            assert!(
                request > 0 || expected.is_empty() || body == expected,
                "the same bytes"
            );
        }
    });
}

async fn ask<S: Server>(app: &S, uri: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = Request::get(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = app
        .clone()
        .oneshot(request.body(Body::empty()).expect("a request"))
        .await
        .expect("infallible");
    assert!(
        matches!(answer.status(), StatusCode::OK | StatusCode::NOT_MODIFIED),
        "{uri}: {}",
        answer.status()
    );
    answer
}
