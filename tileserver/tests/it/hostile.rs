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
    ]);
    let path = prop::collection::vec(piece(), 0..5).prop_map(|pieces| pieces.join("/"));
    let query = prop::collection::vec(parameter(), 0..4).prop_map(|all| all.join("&"));
    (routes, path, query).prop_map(|(route, path, query)| format!("{route}{path}?{query}"))
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
}
