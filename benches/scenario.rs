//! What-if on the sample: a health centre more, from the request to the answer, beside all indicators computed anew.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::body::{Body, to_bytes};
use axum::http::Request;
use comarca_benches::{Bench, answer, bench, reloaded, sample};
use comarca_engine::{Change, Edit, Territory, Value, WHOLE};
use comarca_tileserver::{Loaded, ServerOptions, State, app};
use criterion::BatchSize;
use geo_types::{Geometry, Point};
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;

/// Largest answer that is read.
const ANSWER_BYTES_MAX: usize = 1 << 24;

fn main() {
    let mut bench = bench();
    let sample = sample();
    ask_everything(&sample);
    engine(&mut bench, &sample);
    over_http(&mut bench, sample);
    bench.final_summary();
}

/// Another place at every call, so that no scenario is there already.
fn place() -> [f64; 2] {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    let call = f64::from(CALLS.fetch_add(1, Ordering::Relaxed));
    [-70.66 + call * 1e-5, -33.55 + call * 1e-5]
}

fn change<'a>(layer: &'a str, like: &'a str) -> Change<'a> {
    let [lon, lat] = place();
    let edit = Edit::Add {
        key: None,
        like: Some(like),
        geometry: Geometry::Point(Point::new(lon, lat)),
        properties: vec![("name", Value::Text("Nuevo"))],
    };
    Change { layer, edit }
}

/// Computes all indicators at all levels; the sum of all values.
fn ask_everything(territory: &Territory) -> f64 {
    let levels = territory.levels();
    let of = |id: &str, level: &str| {
        let view = territory.indicator(id).and_then(|view| view.at(level));
        let values = view.expect("both are there").values();
        values.iter().flatten().sum::<f64>()
    };
    territory
        .indicators()
        .flat_map(|one| levels.iter().map(|level| of(&one.id, level.id())))
        .sum()
}

fn engine(bench: &mut Bench, sample: &Territory) {
    let scenario = |layer: &str, like: &str| {
        let changed = sample.with_changes(&[change(layer, like)]);
        let changed = changed.expect("the feature can be added");
        for indicator in changed.touched(sample) {
            let view = changed
                .indicator(&indicator.id)
                .and_then(|view| view.at(WHOLE));
            std::hint::black_box(view.expect("both are there").values());
        }
        changed
    };
    let changed = scenario("health", "S0003");
    let fresh = Territory::new(reloaded(&changed)).expect("the parts fit");
    let (ours, anew) = (ask_everything(&changed), ask_everything(&fresh));
    assert_eq!(ours, anew, "a scenario is the territory with the change");
    answer(format_args!(
        "sum of all values with a health centre more: {ours:.6}"
    ));

    let mut group = bench.benchmark_group("what-if on the sample");
    let layers = [
        ("health", "S0003"),
        ("demands", "D00001"),
        ("blocks", "131050101001"),
    ];
    for (layer, like) in layers {
        group.bench_function(format!("a feature of {layer} more"), |b| {
            b.iter_with_large_drop(|| scenario(layer, like));
        });
    }
    let anew = || Territory::new(reloaded(sample)).expect("the parts fit");
    group.bench_function("all indicators anew", |b| {
        b.iter_batched(
            anew,
            |territory| (ask_everything(&territory), territory),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

fn over_http(bench: &mut Bench, sample: Territory) {
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let state = Arc::new(State::new(ServerOptions::default()));
    state.replace(Loaded::from(sample));
    let app = app(state);
    let body = || {
        let [lon, lat] = place();
        format!(
            r#"{{"changes":[{{"op":"add","layer":"health","like":"S0003","geometry":{{"type":"Point","coordinates":[{lon},{lat}]}},"properties":{{"name":"Nuevo"}}}}]}}"#
        )
    };
    let answered = post(&runtime, &app, body());
    answer(format_args!(
        "{} bytes of JSON, district by district",
        answered.len()
    ));
    let mut group = bench.benchmark_group("what-if on the sample");
    group.bench_function("POST /scenarios with a health centre more", |b| {
        b.iter(|| post(&runtime, &app, body()));
    });
    group.finish();
}

/// The request through the whole server, without a socket.
fn post(runtime: &Runtime, app: &comarca_tileserver::App, body: String) -> Vec<u8> {
    runtime.block_on(async {
        let request = Request::post("/scenarios").body(Body::from(body));
        let request = request.expect("a request");
        let response = app.clone().oneshot(request).await.expect("an answer");
        assert!(response.status().is_success(), "{}", response.status());
        let bytes = to_bytes(response.into_body(), ANSWER_BYTES_MAX).await;
        bytes.expect("a body").to_vec()
    })
}
