//! Every kind of refusal, as a problem document.

use axum::body::Body;
use axum::http::{Method, Request};
use comarca_tileserver::ServerOptions;

use crate::kit::Server;

const DATA: [&str; 10] = [
    "/catalog",
    "/tiles/zones.json",
    "/tiles/zones/10/512/511.mvt",
    "/indicators",
    "/indicators/density",
    "/territories?q=a",
    "/territories/zones/z1",
    "/reports/zones/z1.html",
    "/heatmaps/demand.json",
    "/heatmaps/demand/12/2048/2047.png",
];

#[tokio::test]
async fn before_the_first_territory_data_is_503_and_the_server_lives() {
    let server = Server::loading(ServerOptions::default());
    for uri in DATA.into_iter().chain(["/ready"]) {
        let answer = server.get(uri).await;
        answer.problem(503);
        assert_eq!(answer.header("retry-after"), "1", "{uri}");
    }
    let health = server.get("/health").await.ok();
    assert_eq!(
        health,
        serde_json::json!({"status": "ok", "generation": null, "problems": 0, "messages": []})
    );
    assert_eq!(server.get("/").await.status, 200, "the page comes at once");
    server.replace(1, 0);
    assert_eq!(server.get("/ready").await.status, 200);
    assert_eq!(server.get("/catalog").await.status, 200);
}

#[tokio::test]
async fn a_reload_that_failed_is_shown_while_the_old_data_go_on() {
    let server = Server::ready();
    server
        .state
        .report(vec!["zones.geojson: cannot be read".into(), "again".into()]);
    let health = server.get("/health").await.ok();
    assert_eq!(
        health,
        serde_json::json!({"status": "ok", "generation": "0000000000000001", "problems": 2, "messages": ["zones.geojson: cannot be read", "again"]})
    );
    assert_eq!(server.get("/catalog").await.status, 200);
}

#[tokio::test]
async fn what_is_not_there_is_404_with_the_nearest_name() {
    let server = Server::ready();
    for (uri, hint) in [
        (
            "/tiles/zoness/1/0/0.mvt",
            "there is no tile source \"zoness\"; did you mean \"zones\"?",
        ),
        ("/tiles/zones,blcks/1/0/0.mvt", "did you mean \"blocks\"?"),
        ("/tiles/zones,/1/0/0.mvt", "there is no tile source \"\""),
        (
            "/tiles/qqqq.json",
            "there are zones, sectors, all, blocks, roads, demands",
        ),
        ("/tiles/zones", "a TileJSON ends in .json"),
        (
            "/tiles/zones/23/0/0.mvt",
            "tile 23/0/0 is outside the pyramid: z up to 22",
        ),
        ("/tiles/zones/3/8/0.mvt", "outside the pyramid"),
        ("/tiles/zones/3/0/4294967296.mvt", "outside the pyramid"),
        (
            "/indicators/densty",
            "there is no indicator \"densty\"; did you mean \"density\"?",
        ),
        (
            "/territories/zone/z1",
            "there is no level \"zone\"; did you mean \"zones\"?",
        ),
        (
            "/territories/zones/z9",
            "there is no territory of level zones with the key \"z9\"; did you mean \"z1\"?",
        ),
        (
            "/heatmaps/demands.json",
            "there is no heat map \"demands\"; did you mean \"demand\"?",
        ),
        ("/heatmaps/demand/1/0/0", "a heat map tile ends in .png"),
        ("/heatmaps/demand/1/2/0.png", "outside the pyramid"),
        ("/nowhere", "nothing is at this address"),
        ("/../Cargo.toml", "nothing is at this address"),
        (
            "/assets/..%2f..%2fpackage.json",
            "nothing is at this address",
        ),
    ] {
        let detail = server.get(uri).await.problem(404);
        assert!(detail.contains(hint), "{uri}: {detail}");
    }
}

#[tokio::test]
async fn a_parameter_that_cannot_be_used_is_400_with_what_is_allowed() {
    let server = Server::ready();
    let tile = "/tiles/blocks/10/512/511.mvt";
    for (uri, hint) in [
        (
            "/tiles/zones/+1/0/0.mvt".to_owned(),
            "z is \"+1\"; it must be a whole number",
        ),
        ("/tiles/zones/1/-1/0.mvt".to_owned(), "x is \"-1\""),
        ("/tiles/zones/1/0/.mvt".to_owned(), "y is \"\""),
        ("/tiles/zones/1/0/0.5.mvt".to_owned(), "y is \"0.5\""),
        (
            format!("{tile}?propertis=a"),
            "it must be one of properties, filter, indicators, geometry, sum, rank, scenario; did you mean \"properties\"?",
        ),
        (
            format!("{tile}?properties=pop,popp"),
            "properties is \"popp\"; it must be one of key, name, pop, kind; did you mean \"pop\"?",
        ),
        (
            format!("{tile}?geometry=all"),
            "geometry is \"all\"; it must be none, or left out",
        ),
        (
            format!("{tile}?filter=pop%20%3E"),
            "filter is \"pop >\"; it must be CQL2 text; at character",
        ),
        (
            format!("{tile}?filter=pup%20%3E%201"),
            "unknown property \"pup\"; did you mean \"pop\"?",
        ),
        (
            format!("{tile}?filter={}1=1{}", "(".repeat(100), ")".repeat(100)),
            "nested deeper than 64",
        ),
        (
            "/tiles/zones/10/512/511.mvt?indicators=densty".to_owned(),
            "indicators is \"densty\"",
        ),
        (
            format!("{tile}?filter=1=1&filter=2=2"),
            "the parameter filter stands twice",
        ),
        (format!("{tile}?filter=%ff"), "not percent-encoded UTF-8"),
        (
            "/tiles/zon%ffes/1/0/0.mvt".to_owned(),
            "the path is not percent-encoded UTF-8",
        ),
        (
            "/indicators/density?level=zone".to_owned(),
            "level is \"zone\"; it must be one of zones, sectors, all; did you mean \"zones\"?",
        ),
        (
            "/indicators/density?f=xml".to_owned(),
            "f is \"xml\"; it must be one of json, csv, geojson",
        ),
        (
            "/catalog?lang=es".to_owned(),
            "this address has no parameters",
        ),
    ] {
        let detail = server.get(&uri).await.problem(400);
        assert!(detail.contains(hint), "{uri}: {detail}");
    }
}

#[tokio::test]
async fn a_problem_names_the_path_and_the_parameter() {
    let problem = Server::ready()
        .get_with("/indicators/density?f=xml", &[("x-request-id", "desk-7")])
        .await
        .json();
    let expected = serde_json::json!({
        "type": "about:blank", "title": "Bad Request", "status": 400, "detail": "f is \"xml\"; it must be one of json, csv, geojson",
        "instance": "/indicators/density", "request_id": "desk-7", "parameter": "f", "value": "xml", "allowed": "one of json, csv, geojson",
    });
    assert_eq!(problem, expected);
}

#[tokio::test]
async fn what_is_only_read_is_405_with_what_is_allowed() {
    let server = Server::ready();
    for uri in DATA.into_iter().chain(["/", "/health", "/licences.txt"]) {
        for method in [
            Method::POST,
            Method::PUT,
            Method::DELETE,
            Method::PATCH,
            Method::TRACE,
        ] {
            let answer = server.ask(method, uri, &[]).await;
            answer.problem(405);
            let allow: Vec<_> = answer.header("allow").split(',').map(str::trim).collect();
            assert!(
                ["GET", "HEAD", "OPTIONS"]
                    .iter()
                    .all(|method| allow.contains(method)),
                "{uri}: {allow:?}"
            );
        }
    }
    server.ask(Method::POST, "/nowhere", &[]).await.problem(404);
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_it_is_read() {
    let server = Server::ready();
    server
        .get(&format!(
            "/tiles/zones/1/0/0.mvt?filter={}",
            "a".repeat(9000)
        ))
        .await
        .problem(414);
    server
        .get_with("/catalog", &[("x-long", &"a".repeat(17_000))])
        .await
        .problem(431);
    let with_body = |length: &str| {
        Request::builder()
            .method(Method::POST)
            .uri("/catalog")
            .header("content-length", length)
            .body(Body::empty())
            .unwrap()
    };
    server.send(with_body("100000")).await.problem(413);
    server.send(with_body("4")).await.problem(405);
}

#[tokio::test]
async fn a_client_that_takes_nothing_we_have_is_406() {
    let server = Server::ready();
    let detail = server
        .get_with("/catalog", &[("accept-encoding", "identity;q=0, deflate")])
        .await
        .problem(406);
    assert!(detail.contains("zstd, gzip, br, identity"), "{detail}");
}

#[tokio::test]
async fn a_host_that_is_none_never_reaches_an_answer() {
    let server = Server::ready();
    for host in ["a\"onload=x", "a/b", "a b"] {
        server
            .get_with("/tiles/zones.json", &[("host", host)])
            .await
            .problem(400);
    }
    assert_eq!(
        server.get("/tiles/zones.json").await.ok()["tiles"][0],
        "/tiles/zones/{z}/{x}/{y}.mvt"
    );
}
