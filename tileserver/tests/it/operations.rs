//! What an operator needs: names of requests, base path, proxies, parts, figures, an orderly end, warm tiles.

use std::collections::{HashMap, HashSet};

use axum::body::Body;
use axum::http::{HeaderValue, Method, Request};
use comarca_tileserver::ServerOptions;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::kit::Server;
use crate::socket::{exchange, read_until, running};

const TILE: &str = "/tiles/zones/10/512/511.mvt";

#[tokio::test]
async fn every_answer_names_its_request() {
    let server = Server::ready();
    for uri in ["/health", TILE, TILE, "/nowhere", "/tiles/nope/0/0/0"] {
        let named = server.get_with(uri, &[("x-request-id", "abc-1")]).await;
        assert_eq!(named.header("x-request-id"), "abc-1", "{uri}");
        let (one, other) = (server.get(uri).await, server.get(uri).await);
        assert_eq!(one.header("x-request-id").len(), 16, "{uri}");
        assert_ne!(one.header("x-request-id"), other.header("x-request-id"));
        let odd = server.get_with(uri, &[("x-request-id", "a b")]).await;
        assert_ne!(odd.header("x-request-id"), "a b", "{uri}");
    }
    let problem = server
        .get_with("/nowhere", &[("x-request-id", "abc-2")])
        .await;
    assert_eq!(problem.json()["request_id"], "abc-2");
}

#[tokio::test]
async fn a_tile_that_is_asked_for_again_is_the_same_in_every_header() {
    let server = Server::ready();
    for (uri, coding) in [
        (TILE, ""),
        (TILE, "gzip"),
        (
            "/tiles/zones/10/512/511.mvt?properties=&indicators=population",
            "br, zstd",
        ),
        ("/heatmaps/demand/12/2048/2047.png", "gzip"),
        ("/tiles/zones/10/0/0.mvt", "gzip"),
    ] {
        let ask = async || {
            let sent = [("accept-encoding", coding), ("x-request-id", "same")];
            let mut answer = server.get_with(uri, &sent).await;
            // Which the connection adds where the routes have not.
            answer.headers.remove("content-length");
            answer
        };
        let (first, hits) = (ask().await, server.metric("comarca_cache_hits_total").await);
        for _ in 0..2 {
            let again = ask().await;
            assert_eq!(
                (again.status, &again.headers, &again.body),
                (first.status, &first.headers, &first.body),
                "{uri} {coding}"
            );
        }
        assert_eq!(server.metric("comarca_cache_hits_total").await, hits + 2.0);
        let tag = first.header("etag").to_owned();
        let sent = [("accept-encoding", coding), ("if-none-match", &tag)];
        let unchanged = server.get_with(uri, &sent).await;
        assert_eq!((unchanged.status.as_u16(), unchanged.body.len()), (304, 0));
        assert_eq!(unchanged.header("content-type"), "");
        let head = server
            .ask(Method::HEAD, uri, &[("accept-encoding", coding)])
            .await;
        assert_eq!((head.status, head.header("etag")), (first.status, &*tag));
        assert!(head.body.is_empty());
    }
}

#[tokio::test]
async fn a_tag_that_is_no_text_counts_as_one_request() {
    let server = Server::ready();
    for _ in 0..3 {
        let odd = HeaderValue::from_bytes(b"\"\xff\"").unwrap();
        let request = Request::get(TILE).header("if-none-match", odd);
        let answer = server.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 200);
    }
    assert_eq!(server.metric("comarca_cache_hits_total").await, 2.0);
}

#[tokio::test]
async fn what_an_address_meant_before_a_loading_is_forgotten() {
    let server = Server::ready();
    let uri = "/tiles/zones/10/512/511.mvt?indicators=population";
    let before = server.get(uri).await;
    assert_eq!(server.get(uri).await.body, before.body);
    server.replace(2, 900);
    let after = server.get(uri).await;
    assert_ne!(after.body, before.body);
    assert_eq!(server.get(uri).await.body, after.body);
}

#[tokio::test]
async fn a_part_of_a_document_can_be_asked_for_and_none_of_a_tile() {
    let server = Server::ready();
    let uri = "/indicators/density?level=sectors&f=csv";
    let whole = server.get(uri).await;
    assert_eq!(whole.header("accept-ranges"), "bytes");
    let tag = whole.header("etag").to_owned();
    let part = server
        .get_with(uri, &[("range", "bytes=5-9"), ("if-range", &tag)])
        .await;
    assert_eq!(
        (part.status.as_u16(), &*part.body),
        (206, &whole.body[5..10])
    );
    let length = whole.body.len();
    assert_eq!(part.header("content-range"), format!("bytes 5-9/{length}"));
    let changed = server
        .get_with(uri, &[("range", "bytes=5-9"), ("if-range", "\"another\"")])
        .await;
    assert_eq!((changed.status.as_u16(), changed.body.len()), (200, length));
    let beyond = server.get_with(uri, &[("range", "bytes=1000000-")]).await;
    assert_eq!(beyond.status, 416);
    assert_eq!(beyond.header("content-range"), format!("bytes */{length}"));
    for _ in 0..2 {
        let tile = server.get_with(TILE, &[("range", "bytes=0-1")]).await;
        assert_eq!(
            (tile.status.as_u16(), tile.header("accept-ranges")),
            (200, "none")
        );
    }
}

#[tokio::test]
async fn below_a_base_path_is_everything_and_outside_nothing() {
    let server = Server::with(ServerOptions {
        base_path: "/sig/mapas".into(),
        ..ServerOptions::default()
    });
    let host = [("host", "maps.example")];
    for uri in [
        "/health",
        "/ready",
        "/metrics",
        "/catalog",
        "/",
        "/licences.txt",
    ] {
        let below = server.get(&format!("/sig/mapas{uri}")).await;
        assert_eq!(below.status, 200, "{uri}");
        server.get(uri).await.problem(404);
    }
    for _ in 0..2 {
        let tile = server.get(&format!("/sig/mapas{TILE}")).await;
        assert_eq!(tile.status, 200);
    }
    let catalog = server.get_with("/sig/mapas/catalog", &host).await.ok();
    let address = catalog["tiles"]["zones"]["tilejson"].as_str().unwrap();
    let path = address.strip_prefix("http://maps.example").unwrap();
    let tilejson = server.get_with(path, &host).await.ok();
    assert_eq!(
        tilejson["tiles"][0],
        "http://maps.example/sig/mapas/tiles/zones/{z}/{x}/{y}.mvt"
    );
    let moved = server.get("/sig/mapas?x=1").await;
    assert_eq!(
        (moved.status.as_u16(), moved.header("location")),
        (308, "/sig/mapas/?x=1")
    );
    let problem = server.get("/sig/mapas/nowhere").await;
    problem.problem(404);
    assert_eq!(problem.json()["instance"], "/sig/mapas/nowhere");
    server.get("/sig/mapasx/health").await.problem(404);
    for uri in ["/nowhere", "/sig/mapas"] {
        let (get, head) = (server.get(uri), server.ask(Method::HEAD, uri, &[]));
        let (get, head) = (get.await, head.await);
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{uri}");
        assert_eq!(head.header("content-length"), get.body.len().to_string());
    }
}

#[tokio::test]
async fn the_missing_slash_is_where_the_client_sees_the_base_path() {
    const PREFIX: &str = "X-Forwarded-Prefix: /comarca/\r\n";
    for (public_url, headers, location) in [
        (None, PREFIX, "/comarca/mapas/?x=1"),
        (None, "", "/mapas/?x=1"),
        (
            Some("https://maps.example/"),
            PREFIX,
            "https://maps.example/?x=1",
        ),
    ] {
        let running = running(ServerOptions {
            base_path: "/mapas".into(),
            public_url: public_url.map(str::to_owned),
            trusted_proxies: vec!["127.0.0.1/32".parse().unwrap()],
            ..ServerOptions::default()
        })
        .await;
        let mut stream = TcpStream::connect(running.address).await.unwrap();
        let request =
            format!("GET /mapas?x=1 HTTP/1.1\r\nHost: h\r\n{headers}Connection: close\r\n\r\n");
        let answer = exchange(&mut stream, &request).await;
        let line = format!("\r\nlocation: {location}\r\n");
        assert!(answer.contains(&line), "{location} in {answer}");
        running.stop.send(()).unwrap();
        running.ended.await.unwrap();
    }
}

/// The address of the tiles in a TileJSON that came over a socket with these headers.
async fn template(trusted: &[&str], headers: &str) -> String {
    let running = running(ServerOptions {
        trusted_proxies: trusted.iter().map(|net| net.parse().unwrap()).collect(),
        ..ServerOptions::default()
    })
    .await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    let request = format!(
        "GET /tiles/zones.json HTTP/1.1\r\nHost: inner:8080\r\n{headers}Connection: close\r\n\r\n"
    );
    let answer = exchange(&mut stream, &request).await;
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let document: serde_json::Value = serde_json::from_str(body).unwrap();
    let tiles = document["tiles"][0].as_str().unwrap_or_default().to_owned();
    tiles.replace("/tiles/zones/{z}/{x}/{y}.mvt", "")
}

#[tokio::test]
async fn links_follow_trusted_proxies_alone() {
    const FORWARDED: &str = "X-Forwarded-Proto: https\r\nX-Forwarded-Host: maps.example\r\nX-Forwarded-Prefix: /mapas\r\nX-Forwarded-For: 192.0.2.1\r\n";
    assert_eq!(
        template(&["127.0.0.0/8"], FORWARDED).await,
        "https://maps.example/mapas"
    );
    assert_eq!(
        template(&["10.0.0.0/8"], FORWARDED).await,
        "http://inner:8080"
    );
    assert_eq!(template(&[], FORWARDED).await, "http://inner:8080");
    let standard = "Forwarded: for=192.0.2.1;proto=https;host=maps.example\r\n";
    assert_eq!(
        template(&["127.0.0.1/32"], standard).await,
        "https://maps.example"
    );
    assert_eq!(template(&[], standard).await, "http://inner:8080");
    let hostile = "X-Forwarded-Host: a\"><script>\r\n";
    assert_eq!(
        template(&["127.0.0.1/32"], hostile).await,
        "",
        "a problem, not a document"
    );
    assert_eq!(template(&[], hostile).await, "http://inner:8080");
}

/// Reads the text format as strictly as its description has it (version 0.0.4), and gives the samples.
fn samples(text: &str) -> HashMap<String, f64> {
    let is_name = |name: &str| {
        !name.is_empty()
            && !name.starts_with(|first: char| first.is_ascii_digit())
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "_:".contains(c))
    };
    let (mut samples, mut families) = (HashMap::new(), HashSet::new());
    let (mut helped, mut family, mut kind) = ("", "", "");
    assert!(text.ends_with('\n'));
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            helped = help.split_once(' ').unwrap().0;
            continue;
        }
        if let Some(typed) = line.strip_prefix("# TYPE ") {
            (family, kind) = typed.split_once(' ').unwrap();
            assert_eq!(family, helped, "help and type of one family");
            assert!(
                is_name(family) && families.insert(family),
                "{family} stands twice"
            );
            assert!(["counter", "gauge", "histogram"].contains(&kind));
            assert_eq!(kind == "counter", family.ends_with("_total"), "{family}");
            continue;
        }
        let (sample, value) = line.rsplit_once(' ').unwrap();
        let (name, labels) = sample.split_once('{').unwrap_or((sample, "}"));
        let rest = name.strip_prefix(family).unwrap_or("of another family");
        match kind {
            "histogram" => assert!(["_bucket", "_sum", "_count"].contains(&rest), "{line}"),
            _ => assert_eq!(rest, "", "{line}"),
        }
        let labels = labels.strip_suffix('}').unwrap();
        for label in labels.split("\",").filter(|label| !label.is_empty()) {
            let (label, text) = label.split_once("=\"").unwrap();
            let text = text.trim_end_matches('"');
            assert!(is_name(label) && !text.contains(['"', '\\']), "{line}");
        }
        let value: f64 = value.parse().unwrap();
        assert!(samples.insert(sample.to_owned(), value).is_none(), "{line}");
    }
    samples
}

#[tokio::test]
async fn the_figures_are_in_the_text_format_and_add_up() {
    let server = Server::ready();
    for _ in 0..3 {
        server.get_with(TILE, &[("accept-encoding", "gzip")]).await;
    }
    server.get("/tiles/zones/10/0/0.mvt").await;
    server.get("/tiles/nope/10/0/0.mvt").await;
    server.ask(Method::HEAD, "/health", &[]).await;
    server.ask(Method::PUT, "/health", &[]).await;
    let text = server.get("/metrics").await.text();
    let samples = samples(&text);
    let of = |name: &str| {
        *samples
            .get(name)
            .unwrap_or_else(|| panic!("{name} in\n{text}"))
    };
    let tile = "route=\"/tiles/{layers}/{z}/{x}/{y}\"";
    for (name, value) in [
        (
            format!("comarca_http_requests_total{{{tile},method=\"GET\",status=\"200\"}}"),
            3.0,
        ),
        (
            format!("comarca_http_requests_total{{{tile},method=\"GET\",status=\"204\"}}"),
            1.0,
        ),
        (
            "comarca_http_requests_total{route=\"/health\",method=\"HEAD\",status=\"200\"}".into(),
            1.0,
        ),
        (
            "comarca_http_requests_total{route=\"/health\",method=\"PUT\",status=\"405\"}".into(),
            1.0,
        ),
        (
            format!("comarca_http_request_duration_seconds_bucket{{{tile},le=\"+Inf\"}}"),
            5.0,
        ),
        (
            format!("comarca_http_request_duration_seconds_count{{{tile}}}"),
            5.0,
        ),
        ("comarca_tiles_total{outcome=\"hit\"}".into(), 2.0),
        ("comarca_tiles_total{outcome=\"miss\"}".into(), 1.0),
        ("comarca_tiles_total{outcome=\"empty\"}".into(), 1.0),
        ("comarca_tiles_total{outcome=\"error\"}".into(), 1.0),
        ("comarca_cache_entries".into(), 2.0),
        ("comarca_cache_limit_bytes".into(), 268_435_456.0),
        ("comarca_queue_running".into(), 0.0),
        ("comarca_queue_waiting".into(), 0.0),
        ("comarca_queue_refused_total".into(), 0.0),
        ("comarca_loadings_total{result=\"ok\"}".into(), 1.0),
        ("comarca_connections_open".into(), 0.0),
        ("comarca_warm_up_running".into(), 0.0),
    ] {
        assert_eq!(of(&name), value, "{name}");
    }
    assert!(of("process_cpu_seconds_total") >= 0.0);
    let buckets = |bound: &str| of(&format!("comarca_tile_seconds_bucket{{le=\"{bound}\"}}"));
    assert!(buckets("0.0001") <= buckets("0.5") && buckets("0.5") <= buckets("+Inf"));
    assert_eq!(buckets("+Inf"), of("comarca_tile_seconds_count"));
}

#[tokio::test]
async fn a_server_that_is_about_to_end_says_so_and_ends_its_connections() {
    let running = running(ServerOptions::default()).await;
    let mut streams = vec![];
    for _ in 0..2 {
        let mut stream = TcpStream::connect(running.address).await.unwrap();
        stream
            .write_all(b"GET /ready HTTP/1.1\r\nHost: h\r\n\r\n")
            .await
            .unwrap();
        assert!(
            read_until(&mut stream, "}")
                .await
                .starts_with("HTTP/1.1 200 OK\r\n")
        );
        streams.push(stream);
    }
    running.server.state.drain();
    let (ready, tile) = (streams.pop().unwrap(), streams.pop().unwrap());
    for (mut stream, uri, status) in [(ready, "/ready", "503"), (tile, TILE, "200")] {
        // The whole of the connection: it ends by itself.
        let all = exchange(
            &mut stream,
            &format!("GET {uri} HTTP/1.1\r\nHost: h\r\n\r\n"),
        )
        .await;
        assert!(all.starts_with(&format!("HTTP/1.1 {status} ")), "{all}");
        assert!(all.contains("connection: close\r\n"), "{all}");
    }
    assert_eq!(running.server.get("/health").await.status, 200);
    running.stop.send(()).unwrap();
    running.ended.await.unwrap();
}

#[tokio::test]
async fn half_a_request_holds_the_end_only_so_long() {
    let running = running(ServerOptions::default()).await;
    let mut half = TcpStream::connect(running.address).await.unwrap();
    half.write_all(b"GET /health HTTP/1.1\r\nHost: ")
        .await
        .unwrap();
    let mut body = TcpStream::connect(running.address).await.unwrap();
    body.write_all(b"POST /scenarios HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
        .await
        .unwrap();
    running.stop.send(()).unwrap();
    running.ended.await.unwrap();
    let mut rest = vec![];
    drop(half.read_to_end(&mut rest).await);
    assert!(rest.is_empty() || rest.starts_with(b"HTTP/1.1 4"));
}

#[tokio::test]
async fn an_idle_connection_gives_its_place_to_the_next() {
    let running = running(ServerOptions {
        connections_max: 2,
        ..ServerOptions::default()
    })
    .await;
    let mut idle = vec![];
    for _ in 0..2 {
        let mut stream = TcpStream::connect(running.address).await.unwrap();
        stream
            .write_all(b"GET /health HTTP/1.1\r\nHost: h\r\n\r\n")
            .await
            .unwrap();
        read_until(&mut stream, "}").await;
        idle.push(stream);
    }
    let mut next = TcpStream::connect(running.address).await.unwrap();
    let answer = exchange(
        &mut next,
        "GET /health HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    let metric = "comarca_connections_displaced_total";
    assert!(running.server.metric(metric).await >= 1.0);
    let mut nothing = vec![];
    assert_eq!(
        idle[0].read_to_end(&mut nothing).await.unwrap(),
        0,
        "the older one"
    );
    running.stop.send(()).unwrap();
    running.ended.await.unwrap();
}

/// Lets other tasks run until so many tiles have been made ready.
async fn warmed(server: &Server, tiles: f64) {
    while server.metric("comarca_warm_up_tiles_total").await < tiles
        || server.metric("comarca_warm_up_running").await > 0.0
    {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn the_first_tiles_of_a_map_are_there_before_it_asks_and_again_after_a_loading() {
    let running = running(ServerOptions {
        warm_tiles: 40,
        ..ServerOptions::default()
    })
    .await;
    let server = &running.server;
    warmed(server, 40.0).await;
    let hits = "comarca_cache_hits_total";
    let uris = [
        "/tiles/zones/0/0/0.mvt",
        "/tiles/zones/0/0/0.mvt?properties=",
    ];
    for uri in uris {
        for coding in ["gzip", "zstd"] {
            server.get_with(uri, &[("accept-encoding", coding)]).await;
        }
    }
    assert_eq!(server.metric(hits).await, 4.0);
    assert_eq!(server.metric("comarca_cache_misses_total").await, 0.0);
    server.replace(2, 5);
    warmed(server, 80.0).await;
    server
        .get_with(uris[0], &[("accept-encoding", "gzip")])
        .await;
    assert_eq!(server.metric(hits).await, 5.0);
    running.stop.send(()).unwrap();
    running.ended.await.unwrap();
}
