//! Styles and letters.

use comarca_tileserver::ServerOptions;
use serde_json::{Value, json};

use crate::kit::Server;

#[tokio::test]
async fn every_style_of_the_list_is_there_and_names_this_server_alone() {
    let server = Server::with(ServerOptions {
        public_url: Some("https://maps.example/comarca".to_owned()),
        ..ServerOptions::default()
    });
    let list = server.get("/styles").await.ok();
    let all = list["styles"].as_array().unwrap();
    let names: Vec<&str> = all
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "base",
            "population",
            "density",
            "mean_block",
            "zones",
            "sectors",
            "all",
            "blocks",
            "roads",
            "demands",
            "demand",
            "people",
            "hexagons:blocks",
            "hexagons:demands",
        ]
    );
    for name in names {
        let answer = server.get(&format!("/styles/{name}.json?lang=en")).await;
        let style = answer.ok();
        assert_eq!(style["version"], 8, "{name}");
        assert_eq!(
            style["glyphs"],
            "https://maps.example/comarca/fonts/{fontstack}/{range}.pbf"
        );
        let text = answer.text();
        for address in text.split("http").skip(1) {
            assert!(
                address.starts_with("s://maps.example/comarca/"),
                "{name}: {address}"
            );
        }
        // Every layer has a source, and every source is used.
        let sources = style["sources"].as_object().unwrap();
        for layer in style["layers"].as_array().unwrap() {
            let source = layer["source"].as_str();
            assert!(
                source.is_none_or(|source| sources.contains_key(source)),
                "{layer}"
            );
        }
        assert!(style["sprite"].is_null());
    }
}

#[tokio::test]
async fn what_a_style_is_drawn_from_is_there() {
    let server = Server::ready();
    for name in [
        "base",
        "zones",
        "roads",
        "indicator:density",
        "heatmap:demand",
        "hexagons:blocks",
    ] {
        let style = server
            .get_with(&format!("/styles/{name}.json"), &[("host", "h")])
            .await
            .ok();
        for (id, source) in style["sources"].as_object().unwrap() {
            let url = source["url"]
                .as_str()
                .unwrap()
                .strip_prefix("http://h")
                .unwrap();
            let tilejson = server.get(url).await.ok();
            let Some(layers) = tilejson["vector_layers"]
                .as_array()
                .filter(|_| source["type"] == "vector")
            else {
                continue;
            };
            let drawn = style["layers"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|layer| layer["source"] == **id);
            for layer in drawn {
                assert!(
                    layers.iter().any(|one| one["id"] == layer["source-layer"]),
                    "{name}: {layer}"
                );
            }
        }
    }
}

#[tokio::test]
async fn an_indicator_is_classed_by_its_values_and_the_legend_says_so() {
    let server = Server::ready();
    let style = server
        .get("/styles/population.json?classes=2&method=jenks&colors=viridis&lang=en")
        .await
        .ok();
    let legend = &style["metadata"]["comarca:legend"];
    assert_eq!(
        *legend,
        json!({
            "title": { "es": "population (es)", "en": "population" },
            "unit": "persons",
            "level": "zones",
            "method": "jenks",
            "colors": "viridis",
            "classes": [
                { "from": 0.0, "to": 100.0, "color": "#440154", "count": 3 },
                { "from": 100.0, "to": 150.0, "color": "#fde725", "count": 1 },
            ],
            "missing": { "color": "#d5d9dc", "count": 0 },
        })
    );
    let layers = style["layers"].as_array().unwrap();
    let fill = layers
        .iter()
        .find(|layer| layer["id"] == "figures")
        .unwrap();
    assert_eq!(
        fill["paint"]["fill-color"][2],
        json!(["step", ["get", "population"], "#440154", 100.0, "#fde725"])
    );
    assert_eq!(style["name"], "Ciudad de prueba · population");
    let coarse = server
        .get("/styles/population.json?level=sectors")
        .await
        .ok();
    let ids: Vec<&Value> = coarse["layers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|layer| &layer["id"])
        .collect();
    assert_eq!(
        ids,
        [
            "paper",
            "land",
            "figures",
            "border-sectors",
            "border-all",
            "name-sectors"
        ]
    );
}

#[tokio::test]
async fn what_is_asked_of_a_style_wrongly_is_said() {
    let server = Server::ready();
    let wrong = [
        ("density.json?classes=1", "classes"),
        ("density.json?classes=10", "classes"),
        ("density.json?classes=x", "classes"),
        ("density.json?method=natural", "method"),
        ("density.json?level=zone", "level"),
        ("density.json?colors=rainbow", "colors"),
        ("density.json?lang=fr", "lang"),
        ("base.json?level=zones", "level"),
        ("demand.json?colors=rdbu", "colors"),
    ];
    for (uri, parameter) in wrong {
        let told = server.get(&format!("/styles/{uri}")).await.problem(400);
        assert!(told.contains(parameter), "{uri}: {told}");
    }
    for uri in [
        "densit.json",
        "density",
        "level:density.json",
        ".json",
        "zones:labels.json",
    ] {
        assert_eq!(
            server.get(&format!("/styles/{uri}")).await.status,
            404,
            "{uri}"
        );
    }
}

#[tokio::test]
async fn letters_are_told_by_font_and_range() {
    let server = Server::ready();
    let fonts = server.get("/fonts").await.ok();
    assert_eq!(
        fonts["fonts"],
        json!(["Noto Sans Regular", "Noto Sans Bold"])
    );
    assert!(
        fonts["licence"]
            .as_str()
            .unwrap()
            .contains("SIL OPEN FONT LICENSE")
    );
    let letters = server
        .get("/fonts/Open%20Sans,Noto%20Sans%20Bold/0-255.pbf")
        .await;
    assert_eq!(
        (letters.status.as_u16(), letters.header("content-type")),
        (200, "application/x-protobuf")
    );
    assert!(letters.body.len() > 50_000);
    for uri in [
        "/fonts/Noto%20Sans/0-255.pbf",
        "/fonts/Noto%20Sans%20Bold/0-300.pbf",
        "/fonts/Noto%20Sans%20Bold/x",
    ] {
        assert_eq!(server.get(uri).await.status, 404, "{uri}");
    }
}
