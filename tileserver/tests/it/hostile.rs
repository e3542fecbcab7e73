//! Whatever a client writes: a refusal, never a failure.

use std::sync::OnceLock;

use axum::body::Body;
use axum::http::{Request, Uri};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use tokio::runtime::Runtime;

use crate::kit::Server;

fn server() -> &'static (Runtime, Server) {
    static SERVER: OnceLock<(Runtime, Server)> = OnceLock::new();
    SERVER.get_or_init(|| (Runtime::new().unwrap(), Server::ready()))
}

/// The status of a GET; none where it is not even a request.
fn status(uri: &str, headers: &[(&str, &[u8])]) -> Option<u16> {
    let uri: Uri = uri.parse().ok()?;
    let mut request = Request::builder().uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::empty()).ok()?;
    let (runtime, server) = server();
    Some(runtime.block_on(server.send(request)).status.as_u16())
}

/// A piece of a path or query: known words, numbers at the edges, encodings that are none, anything printable.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "zones",
            "blocks",
            "zones,blocks",
            "demand",
            "density",
            "all",
            "tiles",
            "heatmaps",
            "indicators",
            "territories",
            "catalog",
            "10",
            "512",
            "511",
            "511.mvt",
            "0.pbf",
            "0.png",
            "0@2x.png",
            "zones.json",
            "demand.json",
            "z1",
            "s%2F1",
            "..",
            "%2e%2e",
            ".",
            "%00",
            "%ff",
            "%",
            "%zz",
            "%F0%9F%98%80",
            "4294967295",
            "4294967296",
            "18446744073709551616",
            "-1",
            "+1",
            "1e9",
            "0x10",
            "007",
            "",
            " ",
            "%0d%0aX:%20y",
            "{z}",
            "'",
            "\"",
            "*",
            "\u{202e}",
        ])
        .prop_map(str::to_owned),
        "[!-~]{0,12}",
        "[0-9]{1,40}",
        "(%[0-9a-f]{2}){1,6}",
    ]
}

fn parameter() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "filter",
        "properties",
        "indicators",
        "geometry",
        "level",
        "f",
        "q",
        "limit",
        "theme",
        "colors",
        "scenario",
        "g",
        "_",
        "x",
        "",
    ]);
    let words = prop::sample::select(vec![
        "pop",
        "key",
        "name",
        "kind",
        "'a'",
        "1",
        "1e308",
        "-",
        "(",
        ")",
        "AND",
        "OR",
        "NOT",
        "LIKE",
        "IN",
        "BETWEEN",
        "IS",
        "NULL",
        "=",
        "<>",
        "/",
        "0",
        "%25",
        ",",
        "none",
        "CASEI(name)",
        "\u{fffd}",
    ]);
    let filter = prop::collection::vec(words, 0..12).prop_map(|words| words.join("%20"));
    (name, prop_oneof![piece(), filter]).prop_map(|(name, value)| format!("{name}={value}"))
}

fn uri() -> impl Strategy<Value = String> {
    let routes = prop::sample::select(vec![
        "/",
        "/tiles/",
        "/tiles/zones/",
        "/tiles/blocks/10/512/",
        "/indicators/",
        "/territories/",
        "/territories/zones/",
        "/heatmaps/",
        "/heatmaps/demand/12/2048/",
        "/heatmaps/demand/",
        "/scenarios/",
    ]);
    let path = prop::collection::vec(piece(), 0..5).prop_map(|pieces| pieces.join("/"));
    let query = prop::collection::vec(parameter(), 0..4).prop_map(|all| all.join("&"));
    (routes, path, query).prop_map(|(route, path, query)| format!("{route}{path}?{query}"))
}

/// The status of a POST of a scenario.
fn posted(body: Vec<u8>) -> u16 {
    let request = Request::post("/scenarios").body(Body::from(body)).unwrap();
    let (runtime, server) = server();
    runtime.block_on(server.send(request)).status.as_u16()
}

/// JSON that is nearly a change: known names and odd values in any place.
fn json(depth: u32) -> impl Strategy<Value = serde_json::Value> {
    use serde_json::{Value, json};
    let texts = prop::sample::select(vec![
        "add",
        "move",
        "set",
        "remove",
        "blocks",
        "demands",
        "zones",
        "1",
        "d1",
        "new-1",
        "",
        "Point",
        "Polygon",
        "MultiPolygon",
        "GeometryCollection",
        "Feature",
        "urban",
        "\u{0}",
        "ñ",
    ]);
    let numbers = prop::sample::select(vec![
        0.0, -0.0, 0.01, 0.07, -180.0, 180.1, 90.0, 1e308, -1e308, 5e-324, 1e16,
    ]);
    let leaf = prop_oneof![
        texts.prop_map(Value::from),
        numbers.prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
        Just(json!([0.01, 0.01])),
        Just(json!([[[0, 0], [0.01, 0], [0.01, 0.01], [0, 0]]])),
    ];
    leaf.prop_recursive(depth, 24, 6, |inner| {
        let names = prop::sample::select(vec![
            "op",
            "layer",
            "key",
            "like",
            "id",
            "type",
            "geometry",
            "properties",
            "coordinates",
            "geometries",
            "pop",
            "kind",
            "votes",
            "name",
            "base",
            "changes",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((names, inner), 0..7).prop_map(|members| {
                Value::Object(
                    members
                        .into_iter()
                        .map(|(name, value)| (name.to_owned(), value))
                        .collect(),
                )
            }),
        ]
    })
}

/// A change whose parts are mostly right.
fn change() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::json;
    let op = prop::sample::select(vec!["add", "move", "set", "remove"]);
    let layer = prop::sample::select(vec!["blocks", "demands", "roads"]);
    let key = prop::sample::select(vec!["1", "2", "d1", "r", "new-1", "x"]);
    let kind = prop::sample::select(vec![
        "Point",
        "LineString",
        "Polygon",
        "MultiPoint",
        "MultiPolygon",
        "MultiLineString",
    ]);
    (op, layer, key, kind, json(4), json(3), any::<u8>()).prop_map(
        |(op, layer, key, kind, odd, other, dice)| {
            let mut change = json!({"op": op, "layer": layer, "key": key});
            if dice & 1 == 0 {
                change["geometry"] = json!({"type": kind, "coordinates": odd});
            }
            if dice & 2 == 0 {
                change["properties"] = json!({"pop": other, "votes": dice});
            }
            if dice & 0b1100 == 0 {
                change["like"] = other;
            }
            change
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_address_is_our_failure(uri in uri()) {
        let status = status(&uri, &[]);
        prop_assert!(status.is_none_or(|status| status < 500), "{status:?} for {uri}");
    }

    #[test]
    fn no_header_is_our_failure(name in prop::sample::select(vec!["accept", "accept-encoding", "if-none-match", "host", "content-length", "range", "origin"]), value in prop::collection::vec(any::<u8>(), 0..60)) {
        for uri in ["/tiles/zones/10/512/511.mvt", "/indicators/density", "/catalog", "/"] {
            let status = status(uri, &[(name, &value)]);
            prop_assert!(status.is_none_or(|status| status < 500), "{status:?} for {name}: {value:?}");
        }
    }

    #[test]
    fn no_body_is_our_failure(bytes in prop::collection::vec(any::<u8>(), 0..200), document in json(6), changes in prop::collection::vec(change(), 1..5)) {
        let of_changes = serde_json::json!({ "changes": changes });
        let of_nonsense = serde_json::json!({ "changes": [document] });
        for body in [bytes, document.to_string().into_bytes(), of_nonsense.to_string().into_bytes(), of_changes.to_string().into_bytes()] {
            let shown = String::from_utf8_lossy(&body).into_owned();
            let status = posted(body);
            prop_assert!(matches!(status, 200 | 201 | 400 | 404), "{status} for {shown}");
        }
    }
}
