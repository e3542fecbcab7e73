//! A scenario of the bundled sample is the sample loaded from files that have its changes.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use comarca_loaders::Project;
use comarca_tileserver::{Loaded, ServerOptions, State, app};
use http_body_util::BodyExt;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use tower::ServiceExt;

const HEALTH: &str = "infrastructure/health.geojson";

/// The server of a project's folder.
fn server(folder: &Path) -> comarca_tileserver::App {
    let project = Project::open(folder.join("comarca.toml")).unwrap();
    let (territory, _) = project.load().unwrap();
    let state = Arc::new(State::new(ServerOptions::default()));
    state.replace(Loaded::from(territory));
    app(state)
}

async fn ask(app: &comarca_tileserver::App, request: Request<Body>) -> Value {
    let response = app.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert!(
        [200, 201].contains(&status),
        "{}",
        String::from_utf8_lossy(&body)
    );
    serde_json::from_slice(&body).unwrap()
}

async fn get(app: &comarca_tileserver::App, uri: &str) -> Value {
    ask(app, Request::get(uri).body(Body::empty()).unwrap()).await
}

/// The values of all indicators at all levels.
async fn values(app: &comarca_tileserver::App, query: &str) -> Vec<Value> {
    let (catalog, all) = (get(app, "/catalog").await, get(app, "/indicators").await);
    let mut values = vec![];
    for indicator in all["indicators"].as_array().unwrap() {
        for level in catalog["levels"].as_array().unwrap() {
            let [id, level] = [&indicator["id"], &level["id"]].map(|id| id.as_str().unwrap());
            values.push(get(app, &format!("/indicators/{id}?level={level}{query}")).await);
        }
    }
    values
}

fn copy(from: &Path, to: &Path) {
    for folder in ["census", "demand", "infrastructure", "territory"] {
        fs::create_dir(to.join(folder)).unwrap();
        for entry in fs::read_dir(from.join(folder)).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), to.join(folder).join(entry.file_name())).unwrap();
        }
    }
    fs::copy(from.join("comarca.toml"), to.join("comarca.toml")).unwrap();
}

/// Changes of health centres, made in the features of the file too.
fn changes(random: &mut ChaCha8Rng, features: &mut Vec<Value>) -> Vec<Value> {
    let place = |random: &mut ChaCha8Rng| {
        let degrees = |low: i32, high: i32, random: &mut ChaCha8Rng| {
            f64::from(random.random_range(low..high)) / 1e6
        };
        let lon = degrees(-70_720_000, -70_560_000, random);
        json!({"type": "Point", "coordinates": [lon, degrees(-33_640_000, -33_460_000, random)]})
    };
    let mut made = vec![];
    for number in 0..random.random_range(1..7) {
        let at = random.random_range(0..features.len());
        let key = features[at]["properties"]["id"].clone();
        made.push(match random.random_range(0..4) {
            0 => {
                features.remove(at);
                json!({"op": "remove", "layer": "health", "key": key})
            }
            1 => {
                features[at]["geometry"] = place(random);
                json!({"op": "move", "layer": "health", "key": key, "geometry": features[at]["geometry"]})
            }
            2 => {
                let capacity = random.random_range(1..40);
                features[at]["properties"]["capacity"] = json!(capacity);
                json!({"op": "set", "layer": "health", "key": key, "properties": {"capacity": capacity}})
            }
            _ => {
                let mut feature = features.choose(random).unwrap().clone();
                let new = format!("nuevo {number}");
                feature["properties"]["id"] = json!(new);
                feature["geometry"] = place(random);
                features.push(feature.clone());
                json!({"type": "Feature", "op": "add", "layer": "health", "id": new, "geometry": feature["geometry"], "properties": feature["properties"]})
            }
        });
    }
    made
}

#[tokio::test]
async fn a_scenario_equals_the_files_with_its_changes() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data");
    let base = server(&sample);
    let before = values(&base, "").await;
    for seed in 0..4 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let folder = tempfile::tempdir().unwrap();
        copy(&sample, folder.path());
        let file = folder.path().join(HEALTH);
        let mut document: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        let features = document["features"].as_array_mut().unwrap();
        let body = json!({"changes": changes(&mut random, features)});
        fs::write(&file, document.to_string()).unwrap();
        let request = Request::post("/scenarios")
            .body(Body::from(body.to_string()))
            .unwrap();
        let made = ask(&base, request).await;
        let id = made["scenario"].as_str().unwrap();
        let scenario = values(&base, &format!("&scenario={id}")).await;
        let fresh = values(&server(folder.path()), "").await;
        assert_eq!(scenario, fresh, "{body}");
        assert_ne!(scenario, before, "{body}");
        let told = made["indicators"].as_array().unwrap().len();
        assert!(
            (1..5).contains(&told),
            "{told} indicators depend on health centres"
        );
    }
}
