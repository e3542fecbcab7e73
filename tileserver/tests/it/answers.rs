//! What every answer has: validators, codings, CORS, methods.

use std::io::Read;

use axum::http::Method;

use crate::kit::Server;

/// One address of each route that answers from the cache.
const CACHED: [&str; 9] = [
    "/",
    "/catalog",
    "/tiles/zones.json",
    "/tiles/zones/10/512/511.mvt",
    "/indicators",
    "/indicators/density?level=sectors",
    "/territories?q=granja",
    "/territories/zones/z1",
    "/heatmaps/demand.json",
];

fn expanded(bytes: &[u8], coding: &str) -> Vec<u8> {
    let mut out = vec![];
    match coding {
        "gzip" => drop(
            flate2::read::GzDecoder::new(bytes)
                .read_to_end(&mut out)
                .unwrap(),
        ),
        "br" => drop(
            brotli::Decompressor::new(bytes, 4096)
                .read_to_end(&mut out)
                .unwrap(),
        ),
        "zstd" => out = zstd::decode_all(bytes).unwrap(),
        _ => out = bytes.to_vec(),
    }
    out
}

#[tokio::test]
async fn every_cacheable_answer_can_be_asked_again_for_nothing() {
    let server = Server::ready();
    for uri in CACHED.into_iter().chain([
        "/heatmaps/demand/12/2048/2047.png",
        "/tiles/zones/10/0/0.mvt",
    ]) {
        let first = server.get(uri).await;
        let tag = first.header("etag").to_owned();
        assert!(tag.starts_with('"') && tag.ends_with('"'), "{uri}: {tag}");
        assert!(
            first
                .header("cache-control")
                .starts_with("public, max-age=0"),
            "{uri}"
        );
        assert!(
            httpdate::parse_http_date(first.header("last-modified")).is_ok(),
            "{uri}"
        );
        for tags in [tag.clone(), format!("\"other\", W/{tag}"), "*".to_owned()] {
            let again = server.get_with(uri, &[("if-none-match", &tags)]).await;
            assert_eq!(
                (again.status.as_u16(), again.body.len()),
                (304, 0),
                "{uri} {tags}"
            );
            for header in ["etag", "cache-control", "last-modified", "vary"] {
                assert_eq!(again.header(header), first.header(header), "{uri} {header}");
            }
        }
        assert_eq!(
            server
                .get_with(uri, &[("if-none-match", "\"other\"")])
                .await
                .status,
            first.status
        );
    }
}

#[tokio::test]
async fn every_coding_holds_the_same_bytes_under_a_tag_of_its_own() {
    let server = Server::ready();
    for uri in CACHED {
        let plain = server.get(uri).await;
        let mut tags = vec![plain.header("etag").to_owned()];
        for coding in ["gzip", "br", "zstd"] {
            let coded = server.get_with(uri, &[("accept-encoding", coding)]).await;
            assert_eq!(
                (
                    coded.header("content-encoding"),
                    coded.header("content-type")
                ),
                (coding, plain.header("content-type")),
                "{uri}"
            );
            assert!(coded.header("vary").contains("Accept-Encoding"), "{uri}");
            assert_eq!(expanded(&coded.body, coding), plain.body, "{uri} {coding}");
            let tag = coded.header("etag").to_owned();
            assert_eq!(
                server
                    .get_with(uri, &[("accept-encoding", coding), ("if-none-match", &tag)])
                    .await
                    .status,
                304
            );
            assert!(!tags.contains(&tag), "{uri}: {tag}");
            tags.push(tag);
        }
    }
}

#[tokio::test]
async fn a_new_generation_changes_what_changed_and_nothing_else() {
    let server = Server::ready();
    let tag = async |uri: &str| server.get(uri).await.header("etag").to_owned();
    let tile = "/tiles/zones/10/512/511.mvt?indicators=population";
    let (values, bare, health) = (
        tag(tile).await,
        tag("/tiles/zones/10/512/511.mvt").await,
        server.get("/health").await.json(),
    );
    server.replace(2, 1000);
    assert_ne!(tag(tile).await, values);
    assert_eq!(
        tag("/tiles/zones/10/512/511.mvt").await,
        bare,
        "the same bytes keep their tag"
    );
    assert_eq!(
        server
            .get_with(tile, &[("if-none-match", &values)])
            .await
            .status,
        200,
        "nothing stale"
    );
    assert_ne!(
        server.get("/health").await.json()["generation"],
        health["generation"]
    );
}

#[tokio::test]
async fn the_same_generation_number_with_other_data_is_not_served_from_the_cache() {
    let server = Server::ready();
    let before = server.get("/indicators/population?level=all").await.ok();
    server.replace(1, 5);
    let after = server.get("/indicators/population?level=all").await.ok();
    assert_eq!(
        after["values"][0]["value"].as_f64(),
        before["values"][0]["value"]
            .as_f64()
            .map(|value| value + 5.0)
    );
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let server = Server::ready();
    for uri in CACHED.into_iter().chain(["/health", "/metrics"]) {
        let (get, head) = (
            server.get(uri).await,
            server.ask(Method::HEAD, uri, &[]).await,
        );
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{uri}");
        assert_eq!(
            (head.header("content-type"), head.header("etag")),
            (get.header("content-type"), get.header("etag")),
            "{uri}"
        );
        if uri != "/metrics" {
            assert_eq!(
                head.header("content-length"),
                get.body.len().to_string(),
                "{uri}"
            );
        }
    }
}

#[tokio::test]
async fn options_and_cors_let_any_page_read() {
    let server = Server::ready();
    for uri in CACHED.into_iter().chain(["/health", "/licences.txt"]) {
        let answer = server
            .ask(
                Method::OPTIONS,
                uri,
                &[
                    ("origin", "https://a.example"),
                    ("access-control-request-method", "GET"),
                ],
            )
            .await;
        assert_eq!(answer.status, 204, "{uri}");
        assert_eq!(
            (
                answer.header("allow"),
                answer.header("access-control-allow-methods")
            ),
            ("GET, HEAD, OPTIONS", "GET, HEAD, OPTIONS"),
            "{uri}"
        );
        for answer in [
            answer,
            server.get(uri).await,
            server.get(&format!("{uri}/nowhere")).await,
        ] {
            assert_eq!(
                (
                    answer.header("access-control-allow-origin"),
                    answer.header("access-control-expose-headers")
                ),
                (
                    "*",
                    "ETag, X-Request-Id, X-Tile-Features, X-Tile-Merged, X-Tile-Collapsed, X-Tile-Omitted, X-Tile-Coarsened"
                ),
                "{uri}"
            );
        }
    }
}

#[tokio::test]
async fn the_metrics_tell_what_happened() {
    let server = Server::ready();
    for _ in 0..2 {
        server.get("/tiles/zones/10/512/511.mvt").await;
    }
    server.get("/tiles/nope/10/512/511.mvt").await;
    server.get("/nowhere").await;
    let text = server.get("/metrics").await.text();
    for line in [
        "comarca_http_requests_total{route=\"/tiles/{layers}/{z}/{x}/{y}\",method=\"GET\",status=\"200\"} 2",
        "comarca_http_requests_total{route=\"/tiles/{layers}/{z}/{x}/{y}\",method=\"GET\",status=\"404\"} 1",
        "comarca_http_requests_total{route=\"other\",method=\"GET\",status=\"404\"} 1",
        "comarca_tile_seconds_bucket{le=\"+Inf\"} 3",
        "comarca_tile_seconds_count 3",
        "comarca_tiles_total{outcome=\"hit\"} 1",
        "comarca_tiles_total{outcome=\"miss\"} 1",
        "comarca_tiles_total{outcome=\"error\"} 1",
        "comarca_cache_hits_total 1",
        "comarca_cache_misses_total 1",
        "comarca_generation 1",
    ] {
        assert!(text.lines().any(|own| own == line), "{line} in\n{text}");
    }
    assert!(server.metric("comarca_cache_bytes").await > 0.0);
}
