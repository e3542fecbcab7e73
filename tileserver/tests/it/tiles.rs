//! Vector tiles and their TileJSON.

use fast_mvt::{MvtReaderRef, MvtTile, MvtValue};

use crate::kit::{Answer, Server};

/// The tile of zoom 10 that holds the whole territory.
const TILE: &str = "10/512/511";

fn decoded(answer: &Answer) -> MvtTile {
    assert_eq!(
        answer.status,
        200,
        "{}",
        String::from_utf8_lossy(&answer.body)
    );
    assert_eq!(
        answer.header("content-type"),
        "application/vnd.mapbox-vector-tile"
    );
    MvtReaderRef::new(&answer.body).unwrap().to_tile().unwrap()
}

/// `layer: key name=value …` per feature.
fn lines(tile: &MvtTile) -> Vec<String> {
    let value = |value: &MvtValue| match value {
        MvtValue::String(text) => text.clone(),
        MvtValue::Double(number) => number.to_string(),
        MvtValue::Int(number) | MvtValue::SInt(number) => number.to_string(),
        MvtValue::UInt(number) => number.to_string(),
        other => format!("{other:?}"),
    };
    let features = tile
        .layers
        .iter()
        .flat_map(|layer| layer.features.iter().map(move |feature| (layer, feature)));
    let properties = |properties: &[(String, MvtValue)]| {
        properties
            .iter()
            .map(|(name, own)| format!("{name}={}", value(own)))
            .collect::<Vec<_>>()
            .join(" ")
    };
    features
        .map(|(layer, feature)| format!("{}: {}", layer.name, properties(&feature.properties)))
        .collect()
}

#[tokio::test]
async fn a_tile_holds_the_features_with_key_name_and_columns() {
    let server = Server::ready();
    let tile = decoded(&server.get(&format!("/tiles/blocks/{TILE}.mvt")).await);
    assert_eq!(lines(&tile)[0], "blocks: key=1 name=1 pop=100 kind=urban");
    assert_eq!(tile.layers[0].features.len(), 4);
    assert_eq!(tile.layers[0].features[2].id, Some(3));
}

#[tokio::test]
async fn a_tile_does_not_hold_what_is_hidden() {
    let server = Server::hiding(10);
    let tile = decoded(&server.get(&format!("/tiles/blocks/{TILE}.mvt")).await);
    let blocks = [
        "blocks: key=1 name=1 pop=100 kind=urban",
        "blocks: key=2 name=2 pop=50 kind=urban",
        "blocks: key=3 name=3 kind=rural",
        "blocks: key=4 name=4 kind=rural",
    ];
    assert_eq!(lines(&tile), blocks);
    let uri = format!("/tiles/zones/{TILE}.mvt?indicators=population,density");
    let zones = lines(&decoded(&server.get(&uri).await));
    let with_figures = zones
        .iter()
        .filter(|line| line.contains("population") || line.contains("density"));
    let keys: Vec<_> = with_figures.map(|line| &line[..13]).collect();
    assert_eq!(keys, ["zones: key=z1", "zones: key=z4"]);
    for filter in ["pop=7", "pop%20BETWEEN%206%20AND%208", "pop%3C10", "pop=30"] {
        let uri = format!("/tiles/blocks/{TILE}.mvt?filter={filter}");
        assert_eq!(server.get(&uri).await.status, 204, "{filter}");
    }
}

#[tokio::test]
async fn mvt_pbf_and_no_suffix_are_the_same_tile() {
    let server = Server::ready();
    let plain = server.get(&format!("/tiles/zones/{TILE}")).await;
    for suffix in [".mvt", ".pbf"] {
        let other = server.get(&format!("/tiles/zones/{TILE}{suffix}")).await;
        assert_eq!(
            (other.status, &other.body, other.header("etag")),
            (plain.status, &plain.body, plain.header("etag"))
        );
    }
    assert_eq!(
        server.get(&format!("/tiles/zones/{TILE}.png")).await.status,
        400
    );
}

#[tokio::test]
async fn a_composite_has_one_layer_per_source_and_each_once() {
    let server = Server::ready();
    let tile = decoded(
        &server
            .get(&format!("/tiles/zones,roads,zones/{TILE}.mvt"))
            .await,
    );
    let names: Vec<_> = tile
        .layers
        .iter()
        .map(|layer| layer.name.as_str())
        .collect();
    assert_eq!(names, ["zones", "roads"]);
}

#[tokio::test]
async fn a_composite_has_at_most_16_sources() {
    let server = Server::ready();
    let many = vec!["zones"; 40].join(",");
    assert_eq!(
        server
            .get(&format!("/tiles/{many}/{TILE}.mvt"))
            .await
            .status,
        200,
        "the same source is one source"
    );
    let detail = server
        .get(&format!("/tiles/{}/{TILE}.mvt", ["nope"; 17].join(",")))
        .await
        .problem(404);
    assert!(detail.contains("\"nope\""), "{detail}");
}

#[tokio::test]
async fn an_empty_tile_is_204() {
    let server = Server::ready();
    let answer = server.get("/tiles/zones/10/0/0.mvt").await;
    assert_eq!((answer.status.as_u16(), answer.body.len()), (204, 0));
    assert!(!answer.header("etag").is_empty());
    assert_eq!(
        server
            .get_with("/tiles/zones/10/0/0.mvt", &[("accept-encoding", "gzip")])
            .await
            .status,
        204
    );
}

#[tokio::test]
async fn a_filter_keeps_only_what_matches() {
    let server = Server::ready();
    let tile = decoded(
        &server
            .get(&format!(
                "/tiles/blocks/{TILE}.mvt?filter=pop%20%3E%2040%20AND%20kind='urban'"
            ))
            .await,
    );
    assert_eq!(
        lines(&tile),
        [
            "blocks: key=1 name=1 pop=100 kind=urban",
            "blocks: key=2 name=2 pop=50 kind=urban"
        ]
    );
    let by_key = decoded(
        &server
            .get(&format!("/tiles/zones/{TILE}.mvt?filter=key%20IN%20('z3')"))
            .await,
    );
    assert_eq!(lines(&by_key).len(), 1);
    assert_eq!(
        server
            .get(&format!("/tiles/blocks/{TILE}.mvt?filter=pop%20%3E%201000"))
            .await
            .status,
        204
    );
}

#[tokio::test]
async fn properties_choose_the_columns_and_none_leaves_key_and_name() {
    let server = Server::ready();
    let tile = decoded(
        &server
            .get(&format!("/tiles/blocks/{TILE}.mvt?properties=kind"))
            .await,
    );
    assert_eq!(lines(&tile)[0], "blocks: key=1 name=1 kind=urban");
    let bare = decoded(
        &server
            .get(&format!("/tiles/blocks/{TILE}.mvt?properties="))
            .await,
    );
    assert_eq!(lines(&bare)[0], "blocks: key=1 name=1");
}

#[tokio::test]
async fn indicators_are_joined_to_levels() {
    let server = Server::ready();
    let tile = decoded(
        &server
            .get(&format!(
                "/tiles/zones/{TILE}.mvt?indicators=population,density"
            ))
            .await,
    );
    assert_eq!(
        lines(&tile)[0],
        "zones: key=z1 name=Ñuñoa Norte population=150 density=0.375"
    );
    let detail = server
        .get(&format!("/tiles/blocks/{TILE}.mvt?indicators=density"))
        .await
        .problem(400);
    assert!(
        detail.contains("indicators belong to levels, and blocks is a layer"),
        "{detail}"
    );
}

#[tokio::test]
async fn without_geometry_a_feature_is_a_point_with_its_values() {
    let server = Server::ready();
    let tile = decoded(
        &server
            .get(&format!(
                "/tiles/sectors/{TILE}.mvt?geometry=none&indicators=population"
            ))
            .await,
    );
    assert!(
        matches!(
            tile.layers[0].features[0].geometry,
            fast_mvt::MvtGeometry::Point(_)
        ),
        "{:?}",
        tile.layers[0].features[0]
    );
    assert_eq!(
        lines(&tile),
        [
            "sectors: key=s/1 name=Granja Alta population=180",
            "sectors: key=s2 name=Oriente population=7"
        ]
    );
}

#[tokio::test]
async fn the_same_question_in_other_words_is_computed_once() {
    let server = Server::ready();
    server
        .get(&format!(
            "/tiles/blocks/{TILE}.mvt?properties=pop,kind&filter=pop%3E1&g=1"
        ))
        .await;
    let computed = server.metric("comarca_cache_fills_total").await;
    let other = server
        .get(&format!(
            "/tiles/blocks/{TILE}.pbf?_=7&filter=pop%20%3E+1&properties=kind,pop,pop"
        ))
        .await;
    assert_eq!(other.status, 200);
    assert_eq!(server.metric("comarca_cache_fills_total").await, computed);
}

#[tokio::test]
async fn tilejson_tells_where_the_tiles_are_and_what_is_in_them() {
    let server = Server::ready();
    let answer = server
        .get_with(
            "/tiles/zones,blocks.json?filter=name%3D'%C3%91'&g=5",
            &[("host", "mapas.example:8080")],
        )
        .await;
    let json = answer.ok();
    assert_eq!(json["tilejson"], "3.0.0");
    assert_eq!(json["name"], "Zonas, blocks");
    assert_eq!(
        json["tiles"][0],
        "http://mapas.example:8080/tiles/zones,blocks/{z}/{x}/{y}.mvt?filter=name%3D%27%C3%91%27"
    );
    assert_eq!(json["bounds"], serde_json::json!([0.0, 0.0, 0.08, 0.02]));
    assert_eq!(
        (&json["minzoom"], &json["maxzoom"]),
        (&0.into(), &16.into())
    );
    assert_eq!(json["center"].as_array().unwrap().len(), 3);
    let fields =
        serde_json::json!({"key": "String", "name": "String", "pop": "Number", "kind": "String"});
    assert_eq!(
        json["vector_layers"][1],
        serde_json::json!({
            "id": "blocks", "description": "blocks", "geometry": "point", "fields": fields, "minzoom": 0, "maxzoom": 16,
        })
    );
    assert_eq!(json["attribution"], "INE");
}

#[tokio::test]
async fn tilejson_keeps_the_indicators_in_address_and_fields() {
    let server = Server::ready();
    let json = server
        .get_with(
            "/tiles/zones.json?indicators=density&properties=",
            &[("host", "h")],
        )
        .await
        .ok();
    assert_eq!(
        json["tiles"][0],
        "http://h/tiles/zones/{z}/{x}/{y}.mvt?indicators=density&properties="
    );
    assert_eq!(
        json["vector_layers"][0]["fields"],
        serde_json::json!({"key": "String", "name": "String", "density": "Number"})
    );
    assert_eq!(json["bounds"], serde_json::json!([0.0, 0.0, 0.08, 0.02]));
}

#[tokio::test]
async fn the_operator_may_say_where_the_server_is_reached() {
    let options = comarca_tileserver::ServerOptions {
        public_url: Some("https://mapas.example/sur/".into()),
        ..Default::default()
    };
    let server = Server::with(options);
    let json = server
        .get_with("/tiles/zones.json", &[("host", "inside:1")])
        .await
        .ok();
    assert_eq!(
        json["tiles"][0],
        "https://mapas.example/sur/tiles/zones/{z}/{x}/{y}.mvt"
    );
}
