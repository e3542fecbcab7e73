//! Why a number: the record behind a figure, and what of it is not published.

use serde_json::{Value, json};

use crate::kit::Server;

#[tokio::test]
async fn a_figure_tells_its_parts_its_method_and_its_sources() {
    let server = Server::ready();
    let uri = "/indicators/density?level=sectors&explain=s/1";
    let told = server.get(uri).await.ok();
    let expected = [
        ("id", json!("density")),
        ("key", json!("s/1")),
        ("name", json!("Granja Alta")),
        ("level", json!("sectors")),
        ("unit", json!("persons/ha")),
        ("value", json!(180.0 / 800.0)),
        ("numerator", json!(180.0)),
        ("denominator", json!(800.0)),
        ("n", json!(3)),
        ("covered", json!(1.0)),
        ("suppressed", json!(null)),
        ("reason", json!(null)),
        ("passes", json!(true)),
        ("standard", json!({"max": 0.3, "source": "a norm"})),
        ("rank", json!(1)),
        ("count", json!(2)),
    ];
    for (name, value) in expected {
        assert_eq!(told[name], value, "{name}");
    }
    assert_eq!(
        told["method"],
        json!({"op": "ratio", "formula": "population / area_ha",
            "roll_up": {"letter": "R", "meaning": "quotient of sums"}, "version": env!("CARGO_PKG_VERSION")})
    );
    assert_eq!(
        told["sources"],
        json!([{"id": "blocks", "title": {"es": "Manzanas", "en": "Blocks"}, "source": "blocks.gpkg", "date": "2017",
            "changed": "2018-03-01",            "attribution": "INE", "licence": "CC-BY-4.0", "rows": 4, "joined_to": null}])
    );
    let input = &told["inputs"][0];
    assert_eq!(
        (&input["id"], &input["value"]),
        (&json!("population"), &json!(180.0))
    );
    assert_eq!(
        (&input["method"]["op"], &input["key"]),
        (&json!("sum"), &json!("s/1"))
    );
    assert!(input["inputs"].is_null(), "one step is told");
    let parts = told["parts"]["territories"].as_array().unwrap();
    let keys: Vec<_> = parts
        .iter()
        .map(|part| part["key"].as_str().unwrap())
        .collect();
    assert_eq!(
        (&told["parts"]["level"], keys),
        (&json!("zones"), vec!["z1", "z2"])
    );
}

#[tokio::test]
async fn the_parts_of_what_adds_up_add_up() {
    let server = Server::ready();
    for (level, key) in [("sectors", "s/1"), ("sectors", "s2"), ("all", "all")] {
        let uri = format!("/indicators/population?level={level}&explain={key}");
        let told = server.get(&uri).await.ok();
        assert_eq!(told["method"]["roll_up"]["letter"], "E");
        let parts = told["parts"]["territories"].as_array().unwrap();
        let sum: f64 = parts
            .iter()
            .map(|part| part["value"].as_f64().unwrap())
            .sum();
        assert_eq!(told["value"], json!(sum), "{key}");
    }
    let finest = server.get("/indicators/population?explain=z1").await.ok();
    assert_eq!(finest["parts"], json!(null));
}

#[tokio::test]
async fn a_missing_value_has_its_reason_in_words() {
    let server = Server::ready();
    let told = server.get("/indicators/mean_block?explain=z4").await.ok();
    assert_eq!(
        (&told["value"], &told["denominator"]),
        (&json!(null), &json!(0.0))
    );
    assert_eq!(told["suppressed"], json!(null));
    assert_eq!(
        told["reason"]["en"],
        "There is no value because the denominator is zero."
    );
    assert!(
        told["reason"]["es"]
            .as_str()
            .unwrap()
            .contains("denominador")
    );
}

#[tokio::test]
async fn what_cannot_be_explained_is_refused() {
    let server = Server::ready();
    let detail = server
        .get("/indicators/density?explain=z9")
        .await
        .problem(400);
    assert!(
        detail.contains("key of a territory of level zones"),
        "{detail}"
    );
    let detail = server
        .get("/indicators/density?explain=z1&f=csv")
        .await
        .problem(400);
    assert!(detail.contains("json"), "{detail}");
    server
        .get("/indicators/wealth?explain=z1")
        .await
        .problem(404);
}

/// Zone z3 has seven persons of 187; so its sector is hidden, the other sector and a zone of that.
const HIDDEN: [(&str, &str, &str); 4] = [
    ("zones", "z2", "complementary"),
    ("zones", "z3", "primary"),
    ("sectors", "s/1", "complementary"),
    ("sectors", "s2", "primary"),
];

#[tokio::test]
async fn what_is_hidden_is_hidden_in_every_format_and_so_is_what_follows_from_it() {
    let server = Server::hiding(10);
    for id in ["population", "density", "mean_block"] {
        for level in ["zones", "sectors", "all"] {
            let hidden: Vec<_> = HIDDEN.iter().filter(|(own, _, _)| *own == level).collect();
            let document = server
                .get(&format!("/indicators/{id}?level={level}"))
                .await
                .ok();
            for row in document["values"].as_array().unwrap() {
                let why = hidden.iter().find(|(_, key, _)| row["key"] == *key);
                assert_eq!(
                    row["suppressed"],
                    json!(why.map(|(_, _, why)| why)),
                    "{id} {row}"
                );
                assert!(why.is_none() || row["value"].is_null(), "{id} {row}");
            }
            let csv = server
                .get(&format!("/indicators/{id}?level={level}&f=csv"))
                .await
                .text();
            let geojson = server
                .get(&format!("/indicators/{id}?level={level}&f=geojson"))
                .await
                .ok();
            for (_, key, _) in &hidden {
                let line = csv
                    .lines()
                    .find(|line| line.starts_with(&format!("{key},")))
                    .unwrap();
                assert!(line.ends_with(','), "{id}: {line}");
                let features = geojson["features"].as_array().unwrap();
                let feature = features
                    .iter()
                    .find(|feature| feature["id"] == *key)
                    .unwrap();
                assert_eq!(feature["properties"][id], json!(null));
            }
        }
    }
}

#[tokio::test]
async fn cards_and_explanations_tell_nothing_of_what_is_hidden() {
    let server = Server::hiding(10);
    for (level, key, why) in HIDDEN {
        let encoded = key.replace('/', "%2F");
        let card = server
            .get(&format!("/territories/{level}/{encoded}"))
            .await
            .ok();
        for figure in card["indicators"].as_array().unwrap() {
            let told = server
                .get(&format!(
                    "/indicators/{}?level={level}&explain={encoded}",
                    figure["id"].as_str().unwrap()
                ))
                .await
                .ok();
            for record in [figure, &told] {
                assert_blank(record, why);
            }
            assert!(
                told["inputs"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .all(|input| input["value"].is_null())
            );
        }
    }
    let whole = server
        .get("/indicators/population?level=all&explain=all")
        .await
        .ok();
    assert_eq!(whole["value"], 187.0);
    let parts = whole["parts"]["territories"].as_array().unwrap();
    assert!(
        parts.iter().all(|part| part["value"].is_null()),
        "{parts:?}"
    );
}

fn assert_blank(record: &Value, why: &str) {
    for name in [
        "value",
        "numerator",
        "denominator",
        "n",
        "covered",
        "passes",
        "rank",
    ] {
        assert_eq!(record[name], json!(null), "{name} of {record}");
    }
    assert_eq!(record["suppressed"], why);
    assert!(record["reason"]["es"].is_string() && record["reason"]["en"].is_string());
}

#[tokio::test]
async fn a_card_tells_the_parts_of_each_figure() {
    let card = Server::ready().get("/territories/zones/z1").await.ok();
    let density = &card["indicators"][1];
    assert_eq!(
        (
            &density["numerator"],
            &density["denominator"],
            &density["n"],
            &density["covered"]
        ),
        (&json!(150.0), &json!(400.0), &json!(2), &json!(1.0))
    );
    assert_eq!(density["suppressed"], json!(null));
}
