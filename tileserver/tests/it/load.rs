//! More at once than can be computed, and the same thing many times.

use std::sync::Arc;

use comarca_tileserver::ServerOptions;

use crate::kit::{Answer, Server};

/// Lets other tasks run until a counter of `/metrics` has a value.
async fn until(server: &Server, metric: &str, value: f64) {
    while server.metric(metric).await < value {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn requests_for_the_same_tile_wait_for_the_first_one() {
    let server = Arc::new(Server::ready());
    server.get("/heatmaps/demand.json").await;
    server.plane.close();
    let fills = server.metric("comarca_cache_fills_total").await;
    let ask =
        |server: Arc<Server>| async move { server.get("/heatmaps/demand/12/2048/2047.png").await };
    let asked: Vec<_> = (0..20)
        .map(|_| tokio::spawn(ask(Arc::clone(&server))))
        .collect();
    until(&server, "comarca_cache_misses_total", 21.0).await;
    server.plane.open();
    for answer in asked {
        assert_eq!(answer.await.unwrap().status, 200);
    }
    assert_eq!(
        server.metric("comarca_cache_fills_total").await,
        fills + 1.0
    );
    assert_eq!(server.plane.entered(), 1);
}

#[tokio::test]
async fn past_the_bound_the_answer_is_503_at_once_and_the_accepted_ones_end() {
    let server = Arc::new(Server::with(ServerOptions {
        running_max: 1,
        waiting_max: 1,
        ..ServerOptions::default()
    }));
    server.get("/tiles/zones/10/512/511.mvt").await;
    server.plane.close();
    let ask = |server: Arc<Server>, x: u32| async move {
        server
            .get(&format!("/heatmaps/demand/12/{x}/2047.png"))
            .await
    };
    let accepted = [2048, 2049].map(|x| tokio::spawn(ask(Arc::clone(&server), x)));
    until(&server, "comarca_cache_misses_total", 3.0).await;
    for uri in [
        "/heatmaps/demand/12/2050/2047.png",
        "/catalog",
        "/tiles/zones/10/511/511.mvt",
    ] {
        let refused = server.get(uri).await;
        refused.problem(503);
        assert_eq!(refused.header("retry-after"), "1");
    }
    assert_eq!(
        server.get("/tiles/zones/10/512/511.mvt").await.status,
        200,
        "what is kept needs no place"
    );
    assert_eq!(server.get("/health").await.status, 200);
    server.plane.open();
    for answer in accepted {
        assert_eq!(answer.await.unwrap().status, 200);
    }
    assert_eq!(server.get("/catalog").await.status, 200);
}

#[tokio::test]
async fn work_that_has_begun_is_kept_when_its_client_goes_away() {
    let server = Arc::new(Server::ready());
    server.plane.close();
    let ask =
        |server: Arc<Server>| async move { server.get("/heatmaps/demand/12/2048/2047.png").await };
    let client = tokio::spawn(ask(Arc::clone(&server)));
    while server.plane.entered() == 0 {
        tokio::task::yield_now().await;
    }
    client.abort();
    assert!(client.await.is_err());
    server.plane.open();
    until(&server, "comarca_cache_bytes", 1.0).await;
    assert_eq!(
        server.get("/heatmaps/demand/12/2048/2047.png").await.status,
        200
    );
    assert_eq!(server.metric("comarca_cache_hits_total").await, 1.0);
    assert_eq!(server.plane.entered(), 1);
}

#[tokio::test]
async fn a_tile_keeps_the_bound_and_says_what_it_leaves_out() {
    let server = Server::with(ServerOptions {
        tile_max_features: 1,
        ..ServerOptions::default()
    });
    let tile = server.get("/tiles/blocks/10/512/511.mvt").await;
    let whole = Server::ready().get("/tiles/blocks/10/512/511.mvt").await;
    let count = |answer: &Answer, name: &str| -> usize {
        answer
            .headers
            .get(name)
            .map_or(0, |count| count.to_str().unwrap().parse().unwrap())
    };
    assert_eq!(count(&tile, "x-tile-features"), 1);
    let names = ["features", "merged", "collapsed", "omitted"];
    let all = |answer: &Answer| -> usize {
        names
            .iter()
            .map(|name| count(answer, &format!("x-tile-{name}")))
            .sum()
    };
    assert!(count(&whole, "x-tile-features") > 1);
    assert_eq!(all(&tile), all(&whole));
    let exposed = tile.headers["access-control-expose-headers"]
        .to_str()
        .unwrap();
    assert!(exposed.contains("X-Tile-Omitted"));
}

#[tokio::test]
async fn without_a_cache_every_answer_is_the_same() {
    let (with, without) = (
        Server::ready(),
        Server::with(ServerOptions {
            cache_mb: 0,
            ..ServerOptions::default()
        }),
    );
    for uri in [
        "/tiles/zones/10/512/511.mvt",
        "/catalog",
        "/indicators/density",
    ] {
        for _ in 0..2 {
            let (a, b) = (
                with.get_with(uri, &[("accept-encoding", "gzip")]).await,
                without.get_with(uri, &[("accept-encoding", "gzip")]).await,
            );
            assert_eq!(
                (a.status, a.body, a.headers.get("etag")),
                (b.status, b.body, b.headers.get("etag")),
                "{uri}"
            );
        }
    }
    assert_eq!(without.metric("comarca_cache_hits_total").await, 0.0);
}
