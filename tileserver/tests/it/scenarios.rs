//! What-if: made, asked of, ended.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Method, Request};
use comarca_tileserver::ServerOptions;
use fast_mvt::MvtReaderRef;
use hyper::body::Frame;
use serde_json::{Value, json};

use crate::kit::{Answer, Server};

/// A block of 60 persons in z4, where 0 were.
const ONE_BLOCK: &str = r#"{"changes":[{"op":"add","layer":"blocks","geometry":{"type":"Point","coordinates":[0.07,0.01]},"properties":{"pop":60,"kind":"urban"}}]}"#;

async fn post(server: &Server, body: impl Into<Body>) -> Answer {
    post_to(server, "/scenarios", body).await
}

async fn post_to(server: &Server, uri: &str, body: impl Into<Body>) -> Answer {
    let request = Request::builder()
        .method(Method::POST)
        .uri(uri)
        .header("host", "maps.example");
    server.send(request.body(body.into()).unwrap()).await
}

async fn id(server: &Server, body: impl Into<Body>) -> String {
    let answer = post(server, body).await;
    assert!(
        [200, 201].contains(&answer.status.as_u16()),
        "{}",
        answer.text()
    );
    answer.json()["scenario"].as_str().unwrap().to_owned()
}

fn of<'a>(document: &'a Value, indicator: &str) -> &'a Value {
    let all = document["indicators"].as_array().unwrap();
    all.iter().find(|one| one["id"] == indicator).unwrap()
}

#[tokio::test]
async fn a_scenario_tells_what_differs_before_and_after_at_every_level() {
    let server = Server::ready();
    let answer = post(&server, ONE_BLOCK).await;
    assert_eq!(answer.status, 201);
    let made = answer.json();
    let id = made["scenario"].as_str().unwrap();
    assert!(
        id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "{id}"
    );
    assert_eq!(
        answer.header("location"),
        format!("http://maps.example/scenarios/{id}")
    );
    assert_eq!(answer.header("cache-control"), "no-store");
    let expires = made["expires"].as_str().unwrap();
    assert!(
        expires.len() == 20 && expires.ends_with('Z') && expires.contains('T'),
        "{expires}"
    );
    assert_eq!(made["changes"], 1);
    let ids: Vec<&Value> = made["indicators"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["id"])
        .collect();
    assert_eq!(ids, ["population", "density", "mean_block"]);
    let population = of(&made, "population");
    assert_eq!(
        (&population["unit"], &population["title"]["en"]),
        (&json!("persons"), &json!("population"))
    );
    assert_eq!(
        population["levels"],
        json!({
            "zones": [{"key": "z4", "name": "Pedro Ñuble", "before": 0.0, "after": 60.0, "difference": 60.0}],
            "sectors": [{"key": "s2", "name": "Oriente", "before": 7.0, "after": 67.0, "difference": 60.0}],
            "all": [{"key": "all", "name": "Ciudad de prueba", "before": 187.0, "after": 247.0, "difference": 60.0}]
        })
    );
    assert_eq!(
        of(&made, "mean_block")["levels"]["zones"],
        json!([{"key": "z4", "name": "Pedro Ñuble", "before": null, "after": 60.0, "difference": null}])
    );
}

#[tokio::test]
async fn everything_can_be_asked_of_a_scenario() {
    let server = Server::ready();
    let id = id(&server, ONE_BLOCK).await;
    let values = server
        .get(&format!("/indicators/population?level=zones&scenario={id}"))
        .await;
    assert_eq!(values.header("cache-control"), "private, max-age=60");
    assert_eq!(values.ok()["values"][3]["value"], 60.0);
    let csv = server
        .get(&format!("/indicators/population?f=csv&scenario={id}"))
        .await
        .text();
    assert!(csv.contains("z4,Pedro Ñuble,60"), "{csv}");
    let card = server
        .get(&format!("/territories/zones/z4?scenario={id}"))
        .await
        .ok();
    let figure = &card["indicators"][0];
    assert_eq!(
        (
            &figure["value"],
            &figure["before"],
            &figure["difference"],
            &figure["whole"]
        ),
        (&json!(60.0), &json!(0.0), &json!(60.0), &json!(247.0))
    );
    let plain = server.get("/territories/zones/z4").await.ok();
    assert_eq!(
        (
            &plain["indicators"][0]["value"],
            plain["indicators"][0].get("before")
        ),
        (&json!(0.0), None)
    );
    let tilejson = server
        .get(&format!(
            "/tiles/zones.json?indicators=population&scenario={id}"
        ))
        .await
        .ok();
    let address = tilejson["tiles"][0].as_str().unwrap();
    assert!(address.contains(&format!("scenario={id}")), "{address}");
    let tile = |query: String| {
        let server = &server;
        async move { server.get(&format!("/tiles/{query}")).await }
    };
    let with = tile(format!(
        "zones/10/512/511.mvt?indicators=population&scenario={id}"
    ))
    .await;
    let without = tile("zones/10/512/511.mvt?indicators=population".to_owned()).await;
    assert_ne!(with.body, without.body);
    assert_ne!(with.header("etag"), without.header("etag"));
    let blocks = |answer: Answer| {
        let reader = MvtReaderRef::new(&answer.body).unwrap();
        reader.to_tile().unwrap().layers[0].features.len()
    };
    assert_eq!(
        blocks(tile(format!("blocks/10/512/511.mvt?scenario={id}")).await),
        5
    );
    assert_eq!(blocks(tile("blocks/10/512/511.mvt".to_owned()).await), 4);
    let heat = |query: &str| format!("/heatmaps/people/12/2048/2047.png{query}");
    let with = server.get(&heat(&format!("?scenario={id}"))).await;
    assert_eq!(
        (with.status.as_u16(), with.header("cache-control")),
        (200, "private, max-age=60")
    );
    let with = server
        .get(&format!("/heatmaps/people.json?scenario={id}"))
        .await
        .ok();
    let without = server.get("/heatmaps/people.json").await.ok();
    assert_ne!(with["bounds"], without["bounds"]);
    let again = server
        .get(&format!(
            "/scenarios/{id}?levels=all&indicators=population,density"
        ))
        .await
        .ok();
    assert_eq!(again["indicators"].as_array().unwrap().len(), 2);
    assert_eq!(
        again["indicators"][0]["levels"].as_object().unwrap().len(),
        1
    );
    let tag = server.get(&format!("/scenarios/{id}")).await;
    let unchanged = server
        .get_with(
            &format!("/scenarios/{id}"),
            &[("if-none-match", tag.header("etag"))],
        )
        .await;
    assert_eq!(unchanged.status, 304);
    assert_eq!(server.metric("comarca_scenarios").await, 1.0);
    assert!(server.metric("comarca_scenario_bytes").await > 100.0);
}

#[tokio::test]
async fn the_same_request_has_the_same_id_whatever_its_spaces() {
    let server = Server::ready();
    let first = id(&server, ONE_BLOCK).await;
    let spaced = format!(" {}\n", ONE_BLOCK.replace(':', " : "));
    let again = post(&server, spaced).await;
    assert_eq!(
        (
            again.status.as_u16(),
            again.json()["scenario"].as_str().unwrap()
        ),
        (200, first.as_str())
    );
    let other = id(&server, ONE_BLOCK.replace("60", "61")).await;
    assert_ne!(other, first);
    let elsewhere = id(&Server::ready(), ONE_BLOCK).await;
    assert_ne!(elsewhere, first, "another process has other secrets");
}

#[tokio::test]
async fn features_are_moved_described_anew_and_removed() {
    let server = Server::ready();
    let body = json!({"changes": [
        {"op": "move", "layer": "blocks", "key": 1, "geometry": {"type": "Point", "coordinates": [0.07, 0.01, 540.0]}},
        {"op": "set", "layer": "blocks", "key": "2", "properties": {"pop": null}},
        {"op": "remove", "layer": "blocks", "id": "3"},
        {"type": "Feature", "op": "add", "layer": "blocks", "id": "x", "like": "4", "properties": null, "geometry": {"type": "Polygon", "coordinates": [[[0.021, 0.001], [0.022, 0.001], [0.022, 0.002]]]}},
        {"op": "remove", "layer": "demands", "key": "d1", "geometry": null, "properties": {}}
    ]});
    let made = post(&server, body.to_string()).await.json();
    let zones = &of(&made, "population")["levels"]["zones"];
    let after: Vec<(&str, f64)> = zones
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["key"].as_str().unwrap(), row["after"].as_f64().unwrap()))
        .collect();
    assert_eq!(after, [("z1", 0.0), ("z2", 7.0), ("z4", 100.0)]);
    let id = made["scenario"].as_str().unwrap();
    let card = server
        .get(&format!("/territories/zones/z1?scenario={id}"))
        .await
        .ok();
    let health = card["demands"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["theme"] == "health")
        .unwrap();
    assert_eq!(health["count"], 0);
}

#[tokio::test]
async fn a_scenario_can_build_on_another() {
    let server = Server::ready();
    let first = id(&server, ONE_BLOCK).await;
    let body = json!({"base": first, "changes": [{"op": "set", "layer": "blocks", "key": "new-1", "properties": {"pop": 61}}]});
    let made = post(&server, body.to_string()).await;
    assert_eq!(made.status, 201);
    let made = made.json();
    assert_eq!(made["changes"], 2);
    assert_eq!(
        of(&made, "population")["levels"]["all"][0],
        json!({"key": "all", "name": "Ciudad de prueba", "before": 187.0, "after": 248.0, "difference": 61.0})
    );
    // It stands on its own feet.
    let gone = server
        .ask(Method::DELETE, &format!("/scenarios/{first}"), &[])
        .await;
    assert_eq!((gone.status.as_u16(), gone.body.len()), (204, 0));
    server
        .get(&format!("/scenarios/{first}"))
        .await
        .problem(404);
    let second = made["scenario"].as_str().unwrap();
    server.get(&format!("/scenarios/{second}")).await.ok();
    let body = body.to_string().replace("61", "62");
    assert!(
        post(&server, body)
            .await
            .problem(404)
            .contains("send its changes to POST /scenarios once more")
    );
}

#[tokio::test]
async fn a_mistake_in_a_body_is_named_with_its_address() {
    let server = Server::ready();
    let change = |change: Value| {
        json!({"changes": [{"op": "remove", "layer": "blocks", "key": "4"}, change]}).to_string()
    };
    let point = json!({"type": "Point", "coordinates": [0.01, 0.01]});
    let add = |member: &str, value: Value| {
        let mut one = json!({"op": "add", "layer": "blocks", "geometry": point});
        one[member] = value;
        change(one)
    };
    let geometry = |kind: &str, coordinates: Value| {
        add(
            "geometry",
            json!({"type": kind, "coordinates": coordinates}),
        )
    };
    let many: Vec<Value> = (0..2001)
        .map(|at| json!([f64::from(at) * 1e-6, 0]))
        .collect();
    let cases = [
        (String::new(), "the body is not JSON: EOF"),
        ("{\"changes\":[".to_owned(), "at line 1 column 12"),
        (
            "[]".to_owned(),
            "body is \"a list of 0\"; it must be an object",
        ),
        ("{}".to_owned(), "changes is \"null\"; it must be a list"),
        (
            r#"{"changes":[]}"#.to_owned(),
            "changes is \"a list of 0\"; it must be a list of 1 to 1000 changes",
        ),
        (
            r#"{"changes":[1],"bas":"x"}"#.to_owned(),
            "body is \"bas\"; it must be one of changes, base; did you mean \"base\"?",
        ),
        (
            r#"{"changes":[1]}"#.to_owned(),
            "changes[0] is \"1\"; it must be an object",
        ),
        (
            r#"{"changes":[{}],"base":7}"#.to_owned(),
            "changes[0].op is \"null\"; it must be text",
        ),
        (
            change(json!({"op": "ad"})),
            "changes[1].op is \"ad\"; it must be one of add, move, set, remove; did you mean \"add\"?",
        ),
        (
            add("geometri", json!(1)),
            "changes[1] is \"geometri\"; it must be one of op, layer",
        ),
        (
            add("type", json!("Point")),
            "changes[1].type is \"Point\"; it must be \"Feature\", or left out",
        ),
        (
            add("layer", json!(null)),
            "changes[1].layer is \"null\"; it must be text",
        ),
        (
            add("layer", json!("blcks")),
            "changes[1].layer is \"blcks\"; it must be a layer of the project: zones, blocks, roads, demands; did you mean \"blocks\"?",
        ),
        (
            add("layer", json!("zones")),
            "changes[1].layer is \"zones\"; it must be a layer that draws no level",
        ),
        (
            add("key", json!("3")),
            "changes[1].key is \"3\"; it must be a key that no feature of blocks has",
        ),
        (
            add("key", json!(1.5)),
            "changes[1].key is \"1.5\"; it must be text",
        ),
        (
            add("key", json!("k".repeat(201))),
            "it must be at most 200 characters",
        ),
        (
            add("like", json!("9")),
            "changes[1].like is \"9\"; it must be the key of a feature of blocks",
        ),
        (
            add("properties", json!([])),
            "changes[1].properties is \"a list of 0\"; it must be an object",
        ),
        (
            add("properties", json!({"pop": "60"})),
            "changes[1].properties.pop is \"60\"; it must be a whole number or null",
        ),
        (
            add("properties", json!({"pop": 1e300})),
            "it must be a whole number or null",
        ),
        (
            add("properties", json!({"pop": u64::MAX})),
            "it must be a whole number or null",
        ),
        (
            add("properties", json!({"pop": [1]})),
            "changes[1].properties.pop is \"a list of 1\"; it must be text, a number, true, false or null",
        ),
        (
            add("properties", json!({"popp": 1})),
            "changes[1].properties.popp is \"popp\"; it must be a column of blocks; did you mean \"pop\"?",
        ),
        (
            add("geometry", json!(null)),
            "changes[1].geometry is \"null\"; it must be a GeoJSON geometry",
        ),
        (
            add("geometry", json!("POINT(1 2)")),
            "changes[1].geometry is \"POINT(1 2)\"; it must be an object",
        ),
        (
            geometry("Pont", json!([])),
            "changes[1].geometry.type is \"Pont\"; it must be one of Point,",
        ),
        (
            geometry("Point", json!([1])),
            "changes[1].geometry.coordinates is \"a list of 1\"; it must be a position: [longitude, latitude]",
        ),
        (
            geometry("Point", json!(["1", "2"])),
            "it must be a position",
        ),
        (geometry("Point", json!([null, 2])), "it must be a position"),
        (
            geometry("Point", json!([1e308, 2])),
            "changes[1].geometry is \"at 1000000",
        ),
        (
            geometry("Point", json!([0.0, 90.001])),
            "within ±180 and ±90 degrees",
        ),
        (
            geometry("Polygon", json!([[[0, 0], [1, 1], [1], [0, 0]]])),
            "changes[1].geometry.coordinates[0][2] is",
        ),
        (
            geometry(
                "Polygon",
                json!([[[0, 0], [0.1, 0.1], [0.1, 0], [0, 0.1], [0, 0]]]),
            ),
            "it must be valid (OGC Simple Features)",
        ),
        (
            geometry("Polygon", json!([])),
            "changes[1].geometry is \"empty\"",
        ),
        (
            geometry("LineString", json!(many)),
            "changes[1].geometry is \"of 2001 vertices\"; it must be of at most 2000 vertices",
        ),
        (
            geometry("GeometryCollection", json!([])),
            "changes[1].geometry.geometries is \"null\"; it must be a list",
        ),
        (
            change(json!({"op": "move", "layer": "blocks", "geometry": point})),
            "changes[1].key is \"null\"; it must be text",
        ),
        (
            change(json!({"op": "remove", "layer": "blocks", "key": "4"})),
            "changes[1].key is \"4\"; it must be the key of a feature of blocks",
        ),
        (
            change(json!({"op": "remove", "layer": "blocks", "key": "1", "id": "1"})),
            "changes[1].id is \"1\"; it must be left out where there is a key",
        ),
        (
            change(
                json!({"op": "move", "layer": "blocks", "key": "1", "geometry": point, "properties": {"pop": 1}}),
            ),
            "changes[1].properties is \"an object\"; it must be left out: move does not use it",
        ),
        (
            change(json!({"op": "set", "layer": "blocks", "key": "1", "geometry": point})),
            "it must be left out: set does not use it",
        ),
    ];
    for (body, expected) in cases {
        let detail = post(&server, body.clone()).await.problem(400);
        assert!(detail.contains(expected), "{body}: {detail}");
        assert!(detail.len() < 500, "{detail}");
    }
    assert_eq!(server.metric("comarca_scenarios").await, 0.0);
}

#[tokio::test]
async fn a_body_is_bounded() {
    let server = Server::ready();
    let removal = r#"{"op":"remove","layer":"blocks","key":"1"}"#;
    let many = format!("{{\"changes\":[{}]}}", vec![removal; 1001].join(","));
    assert!(
        post(&server, many)
            .await
            .problem(400)
            .contains("1 to 1000 changes")
    );
    let deep = format!(
        "{{\"changes\":{}{}}}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    assert!(
        post(&server, deep)
            .await
            .problem(400)
            .contains("recursion limit")
    );
    let point = r#"{"op":"add","layer":"blocks","geometry":{"type":"MultiPoint","coordinates":["#;
    let body = |each: usize, times: usize| {
        let one = format!("{point}{}]}}}}", vec!["[0,0]"; each].join(","));
        format!("{{\"changes\":[{}]}}", vec![one; times].join(","))
    };
    let detail = post(&server, body(1900, 11)).await.problem(400);
    assert!(
        detail.contains("changes[10].geometry.coordinates[1000]")
            && detail.contains("at most 20000 vertices"),
        "{detail}"
    );
    let million = body(1_000_000, 1);
    assert!(
        post(&server, million.clone())
            .await
            .problem(413)
            .contains("262144 bytes")
    );
    // Without a length it is read until it is too much.
    let left = million
        .as_bytes()
        .chunks(8192)
        .map(Bytes::copy_from_slice)
        .collect();
    let pieces = Body::new(Pieces { left, ends: true });
    assert!(
        post(&server, pieces)
            .await
            .problem(413)
            .contains("262144 bytes")
    );
    let elsewhere = server
        .get_with("/catalog", &[("content-length", "65537")])
        .await
        .problem(413);
    assert!(elsewhere.contains("65536 bytes"), "{elsewhere}");
}

/// A body in pieces, of no known length; one that does not end leaves its reader waiting.
struct Pieces {
    left: std::collections::VecDeque<Bytes>,
    ends: bool,
}

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.left.pop_front() {
            Some(piece) => Poll::Ready(Some(Ok(Frame::data(piece)))),
            None if self.ends => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_arrive_is_not_waited_for() {
    let server = Server::ready();
    let left = [Bytes::from_static(b"{")].into();
    let answer = post(&server, Body::new(Pieces { left, ends: false })).await;
    assert_eq!(answer.problem(408), "the body took too long to arrive");
}

#[tokio::test(start_paused = true)]
async fn a_scenario_ends_after_its_life_and_begins_anew_with_each_post() {
    let server = Server::ready();
    let id = id(&server, ONE_BLOCK).await;
    let values = format!("/indicators/population?scenario={id}");
    let minutes = |minutes: u64| tokio::time::advance(Duration::from_secs(60 * minutes));
    minutes(29).await;
    server.get(&values).await.ok();
    assert_eq!(post(&server, ONE_BLOCK).await.status, 200);
    minutes(29).await;
    server.get(&values).await.ok();
    minutes(2).await;
    for uri in [
        values,
        format!("/scenarios/{id}"),
        format!("/tiles/zones/10/512/511.mvt?scenario={id}"),
        format!("/tiles/zones.json?scenario={id}"),
        format!("/territories/zones/z1?scenario={id}"),
        format!("/heatmaps/demand.json?scenario={id}"),
        format!("/heatmaps/demand/12/2048/2047.png?scenario={id}"),
        "/indicators/population?scenario=".to_owned(),
        "/indicators/population?scenario=0123456789abcdef0123456789abcdef".to_owned(),
    ] {
        let detail = server.get(&uri).await.problem(404);
        assert!(
            detail.contains("it has ended, was forgotten, or the data were loaded again since"),
            "{uri}: {detail}"
        );
    }
    let gone = server
        .ask(Method::DELETE, &format!("/scenarios/{id}"), &[])
        .await;
    gone.problem(404);
    assert_eq!(server.metric("comarca_scenarios").await, 0.0);
    assert_eq!(
        post(&server, ONE_BLOCK).await.json()["scenario"],
        id.as_str(),
        "the same request, the same id"
    );
}

#[tokio::test]
async fn the_least_recently_used_scenario_ends_first() {
    let server = Server::with(ServerOptions {
        scenarios_max: 2,
        ..ServerOptions::default()
    });
    let body = |people: u32| ONE_BLOCK.replace("60", &people.to_string());
    let (first, second) = (id(&server, body(1)).await, id(&server, body(2)).await);
    server
        .get(&format!("/indicators/population?scenario={first}"))
        .await
        .ok();
    let third = id(&server, body(3)).await;
    server
        .get(&format!("/scenarios/{second}"))
        .await
        .problem(404);
    for id in [first, third] {
        server.get(&format!("/scenarios/{id}")).await.ok();
    }
}

#[tokio::test]
async fn a_layer_that_is_too_large_to_be_held_twice_is_refused() {
    let server = Server::with(ServerOptions {
        scenario_mb: 0,
        ..ServerOptions::default()
    });
    let detail = post(&server, ONE_BLOCK).await.problem(400);
    assert!(
        detail.contains(
            "changes[0].layer is \"blocks\"; it must be of layers that take at most 0 MB"
        ),
        "{detail}"
    );
}

#[tokio::test]
async fn a_reload_ends_all_scenarios() {
    let server = Server::ready();
    let old = id(&server, ONE_BLOCK).await;
    server.replace(2, 1000);
    server
        .get(&format!("/indicators/population?scenario={old}"))
        .await
        .problem(404);
    assert_eq!(server.metric("comarca_scenarios").await, 0.0);
    let made = post(&server, ONE_BLOCK).await.json();
    assert_ne!(made["scenario"], old.as_str());
    assert_eq!(
        of(&made, "population")["levels"]["all"][0]["before"],
        1187.0
    );
}

#[tokio::test]
async fn before_the_first_territory_there_is_nothing_to_change() {
    let server = Server::loading(ServerOptions::default());
    post(&server, ONE_BLOCK).await.problem(503);
    server.get("/scenarios/x").await.problem(503);
}

#[tokio::test]
async fn scenarios_are_not_listed_and_each_address_says_how_it_is_asked() {
    let server = Server::ready();
    let one = format!("/scenarios/{}", id(&server, ONE_BLOCK).await);
    for (uri, methods, refused) in [
        (
            "/scenarios",
            "POST, OPTIONS",
            ["GET", "HEAD", "PUT", "DELETE", "PATCH"],
        ),
        (
            one.as_str(),
            "GET, HEAD, DELETE, OPTIONS",
            ["POST", "PUT", "PATCH", "TRACE", "CONNECT"],
        ),
    ] {
        for method in refused {
            let answer = server.ask(method.parse().unwrap(), uri, &[]).await;
            assert_eq!(
                (answer.status.as_u16(), answer.header("allow")),
                (405, methods),
                "{method} {uri}"
            );
        }
        let asked = [
            ("origin", "https://x.example"),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "content-type"),
        ];
        let preflight = server.ask(Method::OPTIONS, uri, &asked).await;
        assert_eq!(preflight.status, 204);
        assert_eq!(preflight.header("access-control-allow-origin"), "*");
        assert_eq!(preflight.header("access-control-allow-methods"), methods);
        assert_eq!(preflight.header("access-control-allow-headers"), "*");
    }
    let head = server.ask(Method::HEAD, &one, &[]).await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    for (uri, allowed) in [
        (
            "/scenarios?scenario=x",
            "it must be one of indicators, levels",
        ),
        (
            "/scenarios?levels=zone",
            "it must be one of zones, sectors, all",
        ),
        ("/scenarios?indicators=densty", "did you mean \"density\"?"),
    ] {
        let detail = post_to(&server, uri, ONE_BLOCK).await.problem(400);
        assert!(detail.contains(allowed), "{uri}: {detail}");
    }
    let twice = server
        .get("/indicators/population?scenario=a&scenario=b")
        .await;
    assert!([400, 404].contains(&twice.status.as_u16()));
}

#[tokio::test]
async fn an_answer_to_a_post_is_compressed_and_never_304() {
    let server = Server::ready();
    let tag = post(&server, ONE_BLOCK).await.header("etag").to_owned();
    let request = Request::builder()
        .method(Method::POST)
        .uri("/scenarios")
        .header("accept-encoding", "zstd")
        .header("if-none-match", "*")
        .body(Body::from(ONE_BLOCK))
        .unwrap();
    let answer = server.send(request).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("content-encoding")),
        (200, "zstd")
    );
    assert_ne!(answer.header("etag"), tag);
    let plain: Value =
        serde_json::from_slice(&zstd::decode_all(&answer.body[..]).unwrap()).unwrap();
    assert_eq!(plain["changes"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_at_once_get_each_their_own() {
    let server = std::sync::Arc::new(Server::with(ServerOptions {
        waiting_max: 1000,
        ..ServerOptions::default()
    }));
    let one = |people: u32| {
        let server = std::sync::Arc::clone(&server);
        async move {
            let body = ONE_BLOCK.replace("60", &people.to_string());
            let made = post(&server, body).await.json();
            let id = made["scenario"].as_str().unwrap().to_owned();
            let values = server
                .get(&format!("/indicators/population?scenario={id}"))
                .await
                .ok();
            (id, values["values"][3]["value"].as_f64().unwrap())
        }
    };
    let tasks: Vec<_> = (0..48)
        .map(|number| tokio::spawn(one(number % 12 + 1)))
        .collect();
    let mut ids = std::collections::HashMap::new();
    for (number, task) in (0..48_u32).zip(tasks) {
        let (id, value) = task.await.unwrap();
        assert_eq!(value, f64::from(number % 12 + 1));
        assert_eq!(*ids.entry(number % 12).or_insert_with(|| id.clone()), id);
    }
    assert_eq!(server.metric("comarca_scenarios").await, 12.0);
}
