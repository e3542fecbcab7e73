//! Label points and border lines: what is made of levels and layers to draw them well.

use axum::body::Body;
use axum::http::{Method, Request};
use fast_mvt::{MvtReaderRef, MvtTile, MvtValue};
use serde_json::json;

use crate::kit::{Answer, Server};

/// The tile of zoom 10 that holds the whole territory.
const TILE: &str = "10/512/511";

fn decoded(answer: &Answer) -> MvtTile {
    assert_eq!(answer.status, 200, "{}", answer.text());
    MvtReaderRef::new(&answer.body).unwrap().to_tile().unwrap()
}

/// `name=value …` per feature.
fn lines(tile: &MvtTile) -> Vec<String> {
    let value = |value: &MvtValue| match value {
        MvtValue::String(text) => text.clone(),
        MvtValue::Double(number) => number.to_string(),
        MvtValue::Int(number) | MvtValue::SInt(number) => number.to_string(),
        MvtValue::UInt(number) => number.to_string(),
        other => format!("{other:?}"),
    };
    let features = tile.layers.iter().flat_map(|layer| &layer.features);
    features
        .map(|feature| {
            let pairs = feature.properties.iter();
            let pairs: Vec<String> = pairs
                .map(|(name, own)| format!("{name}={}", value(own)))
                .collect();
            pairs.join(" ")
        })
        .collect()
}

#[tokio::test]
async fn labels_carry_what_their_territories_carry_and_a_rank() {
    let server = Server::ready();
    let uri = format!("/tiles/zones:labels/{TILE}.mvt?indicators=population&filter=key%3C%27z3%27");
    let tile = decoded(&server.get(&uri).await);
    assert_eq!(tile.layers[0].name, "zones:labels");
    assert_eq!(
        lines(&tile),
        [
            "key=z1 name=Ñuñoa Norte rank=1 radius_m=1000 population=150",
            "key=z2 name=La Granja rank=2 radius_m=1000 population=30",
        ]
    );
    let zones = decoded(&server.get(&format!("/tiles/zones/{TILE}.mvt")).await);
    for (label, zone) in tile.layers[0]
        .features
        .iter()
        .zip(&zones.layers[0].features)
    {
        assert_eq!(label.id, zone.id);
    }
    let few = format!("/tiles/zones:labels/{TILE}.mvt?properties=rank");
    assert_eq!(
        lines(&decoded(&server.get(&few).await))[0],
        "key=z1 name=Ñuñoa Norte rank=1"
    );
}

#[tokio::test]
async fn every_feature_is_labelled_in_one_tile_of_each_zoom() {
    let server = Server::ready();
    for zoom in 8u32..=14 {
        let mut found = vec![];
        let (middle, beyond) = (1u32 << (zoom - 1), 1 + (1u32 << zoom) / 4000);
        for x in middle..=middle + beyond {
            for y in middle - 1 - beyond..=middle {
                let answer = server
                    .get(&format!("/tiles/zones:labels/{zoom}/{x}/{y}"))
                    .await;
                if answer.status == 204 {
                    continue;
                }
                for feature in &decoded(&answer).layers[0].features {
                    let geometry = format!("{:?}", feature.geometry);
                    let numbers: Vec<i64> = geometry
                        .split(|c: char| !(c.is_ascii_digit() || c == '-'))
                        .filter_map(|number| number.parse().ok())
                        .collect();
                    assert!(numbers.len() >= 2, "{geometry}");
                    if numbers[..2].iter().all(|at| (0..4096).contains(at)) {
                        found.push(feature.properties[0].1.clone());
                    }
                }
            }
        }
        let keys: Vec<String> = found.iter().map(|key| format!("{key:?}")).collect();
        let mut each = keys.clone();
        each.sort();
        each.dedup();
        assert_eq!((keys.len(), each.len()), (4, 4), "zoom {zoom}: {keys:?}");
    }
}

#[tokio::test]
async fn a_border_is_there_once_and_tells_its_sides_and_the_coarsest_level_it_divides() {
    let server = Server::ready();
    let tile = decoded(
        &server
            .get(&format!("/tiles/zones:borders/{TILE}.mvt"))
            .await,
    );
    let told: Vec<String> = lines(&tile)
        .iter()
        .map(|line| line[line.find("left").unwrap()..].to_owned())
        .collect();
    assert_eq!(
        told,
        [
            "left=z1 right=z2 level=zones rank=3",
            "left=z1 level=all rank=1",
            "left=z2 right=z3 level=sectors rank=2",
            "left=z2 level=all rank=1",
            "left=z2 level=all rank=1",
            "left=z3 right=z4 level=zones rank=3",
            "left=z3 level=all rank=1",
            "left=z3 level=all rank=1",
            "left=z4 level=all rank=1",
        ]
    );
    let whole = decoded(&server.get(&format!("/tiles/all:borders/{TILE}.mvt")).await);
    assert_eq!(lines(&whole).len(), 1);
    let coarse = format!("/tiles/zones:borders/{TILE}.mvt?filter=rank%3C3&properties=level");
    assert_eq!(lines(&decoded(&server.get(&coarse).await)).len(), 7);
}

#[tokio::test]
async fn companions_stand_in_composites_tilejson_and_catalog() {
    let server = Server::ready();
    let ids = "zones,zones:labels,zones:borders,roads:labels";
    let tile = decoded(&server.get(&format!("/tiles/{ids}/{TILE}.mvt")).await);
    let names: Vec<&str> = tile
        .layers
        .iter()
        .map(|layer| layer.name.as_str())
        .collect();
    assert_eq!(names, ids.split(',').collect::<Vec<_>>());
    let tilejson = server
        .get(&format!("/tiles/{ids}.json?properties=rank"))
        .await
        .ok();
    let template = tilejson["tiles"][0].as_str().unwrap();
    assert!(
        template.ends_with(&format!(
            "/tiles/{ids}/{{z}}/{{x}}/{{y}}.mvt?properties=rank"
        )),
        "{template}"
    );
    let told: Vec<_> = tilejson["vector_layers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|layer| {
            [
                layer["geometry"].clone(),
                layer["description"].clone(),
                layer["fields"].clone(),
            ]
        })
        .collect();
    let fields = json!({ "key": "String", "name": "String" });
    let ranked = json!({ "key": "String", "name": "String", "rank": "Number" });
    assert_eq!(told[0], [json!("polygon"), json!("Zonas"), fields]);
    assert_eq!(
        told[1],
        [json!("point"), json!("Zonas: rótulos"), ranked.clone()]
    );
    assert_eq!(
        told[2],
        [json!("line"), json!("Zonas: límites"), ranked.clone()]
    );
    assert_eq!(told[3], [json!("point"), json!("roads: rótulos"), ranked]);
    let catalog = server.get("/catalog").await.ok();
    let companions = |id: &str| {
        let all = catalog["tiles"][id]["companions"].as_object().unwrap();
        all.values()
            .map(|one| one["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(companions("zones"), ["zones:labels", "zones:borders"]);
    assert_eq!(companions("roads"), ["roads:labels"]);
    assert!(companions("blocks").is_empty());
    assert!(catalog["tiles"].get("zones:labels").is_none());
}

#[tokio::test]
async fn what_has_no_labels_or_borders_is_not_there() {
    let server = Server::ready();
    for id in [
        "blocks:labels",
        "roads:borders",
        "zones:label",
        "zones:",
        ":labels",
        "zones:labels:labels",
        "none:borders",
    ] {
        assert_eq!(
            server.get(&format!("/tiles/{id}/{TILE}")).await.status,
            404,
            "{id}"
        );
    }
    let near = server
        .get(&format!("/tiles/zones:label/{TILE}"))
        .await
        .problem(404);
    assert!(near.contains("zones:labels"), "{near}");
    let joined = server
        .get(&format!(
            "/tiles/zones:borders/{TILE}?indicators=population"
        ))
        .await;
    assert!(joined.problem(400).contains("zones:borders is a layer"));
}

#[tokio::test]
async fn hidden_figures_are_hidden_at_the_labels_too() {
    let server = Server::hiding(10);
    let uri = format!("/tiles/zones:labels/{TILE}.mvt?indicators=population&properties=");
    let told = lines(&decoded(&server.get(&uri).await));
    let with_figures = told.iter().filter(|line| line.contains("population"));
    assert_eq!(
        with_figures.map(|line| &line[..6]).collect::<Vec<_>>(),
        ["key=z1", "key=z4"]
    );
}

#[tokio::test]
async fn a_scenario_has_labels_of_its_own() {
    let server = Server::ready();
    let before = decoded(&server.get(&format!("/tiles/roads:labels/{TILE}")).await);
    let body = r#"{"changes":[
        {"op":"add","layer":"roads","geometry":{"type":"LineString","coordinates":[[0.01,0.0],[0.01,0.02]]}},
        {"op":"add","layer":"blocks","geometry":{"type":"Point","coordinates":[0.07,0.01]},"properties":{"pop":60,"kind":"urban"}}]}"#;
    let request = Request::builder().method(Method::POST).uri("/scenarios");
    let made = server
        .send(request.body(Body::from(body)).unwrap())
        .await
        .json();
    let id = made["scenario"]
        .as_str()
        .unwrap_or_else(|| panic!("{made}"));
    let after = decoded(
        &server
            .get(&format!("/tiles/roads:labels/{TILE}?scenario={id}"))
            .await,
    );
    assert_eq!(
        [before, after].map(|tile| tile.layers[0].features.len()),
        [1, 2]
    );
    let uri = format!("/tiles/zones:labels/{TILE}?indicators=population&properties=&scenario={id}");
    assert!(lines(&decoded(&server.get(&uri).await))[3].ends_with("population=60"));
}
