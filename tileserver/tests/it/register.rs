//! The register: who may write what, what a write changes, what never leaves.

use std::sync::{Arc, Weak};

use axum::body::Body;
use axum::http::{Method, Request};
use comarca_loaders::DemandsConfig;
use comarca_register::{NewToken, Options, Register, Role, Snapshot};
use comarca_tileserver::{Loaded, ServerOptions, State};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::kit::{Answer, Server, territory_of};

/// A server with a register in a folder of its own, and tokens.
struct Desk {
    server: Server,
    register: Arc<Register>,
    _folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        Self::with(ServerOptions::default())
    }

    fn with(options: ServerOptions) -> Self {
        let server = Server::loading(options);
        let demands =
            comarca_loaders::demands::layer(&Snapshot::default(), &*server.plane).unwrap();
        let config: DemandsConfig = serde_json::from_value(json!({
            "themes": ["health", "green"],
            "criteria": [{ "indicator": "density", "theme": "health" }],
        }))
        .unwrap();
        server.state.replace(Loaded {
            themes: config.themes.clone(),
            demands: Some(Arc::new(config)),
            ..Loaded::from(territory_of(&server.plane, 1, 0, &Arc::new(demands)))
        });
        let folder = tempfile::tempdir().unwrap();
        let state: Weak<State> = Arc::downgrade(&server.state);
        let options = Options {
            on_change: Box::new(move |snapshot| {
                if let Some(state) = state.upgrade() {
                    state.publish(snapshot);
                }
            }),
            ..Options::default()
        };
        let file = folder.path().join("demands.gpkg");
        let register = Register::open(file.to_str().unwrap(), options).unwrap();
        let register = Arc::new(register);
        server.state.attach(Arc::clone(&register));
        Self {
            server,
            register,
            _folder: folder,
        }
    }

    fn token(&self, name: &str, role: Role, communes: &[&str]) -> String {
        let new = NewToken {
            name: name.to_owned(),
            role,
            communes: communes.iter().map(|key| (*key).to_owned()).collect(),
            expires: None,
        };
        let issued = self.register.add_token(new).unwrap();
        issued.secret.reveal().clone()
    }

    async fn send(
        &self,
        method: &str,
        uri: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Answer {
        let mut request = Request::builder()
            .method(Method::from_bytes(method.as_bytes()).unwrap())
            .uri(uri)
            .header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = match body {
            Value::Null => Body::empty(),
            body => Body::from(body.to_string()),
        };
        self.server.send(request.body(body).unwrap()).await
    }

    async fn as_who(&self, token: &str, method: &str, uri: &str, body: &Value) -> Answer {
        let bearer = format!("Bearer {token}");
        self.send(method, uri, &[("authorization", &bearer)], body)
            .await
    }

    async fn made(&self, token: &str, uri: &str, body: &Value) -> Value {
        let answer = self.as_who(token, "POST", uri, body).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()
    }
}

/// In the sector `s/1`, zone `z1`.
fn at_home() -> Value {
    json!({ "theme": "health", "title": "Posta", "location": [0.006, 0.006], "votes": 10 })
}

/// In the sector `s2`, zone `z4`.
fn far_away() -> Value {
    json!({ "theme": "green", "title": "Plaza", "location": [0.065, 0.01], "votes": 4 })
}

#[tokio::test]
async fn a_write_is_in_the_next_indicator_tile_and_picture_and_leaves_other_tiles_in_the_cache() {
    let desk = Desk::new();
    let token = desk.token("Ana", Role::Facilitator, &[]);
    let tile = "/tiles/demands/14/8192/8191.mvt";
    let (before, zones) = (
        desk.server.get(tile).await,
        desk.server.get("/tiles/zones/14/8192/8191.mvt").await,
    );
    assert_eq!(before.status, 204);
    let picture = "/heatmaps/demand/12/2048/2047.png";
    let dark = desk.server.get(picture).await;
    let generation = desk.server.get("/health").await.json()["generation"].clone();
    let misses = desk.server.metric("comarca_cache_misses_total").await;

    let made = desk.made(&token, "/demands", &at_home()).await;
    assert_eq!(made["id"], "D00001");
    assert_eq!(
        made["territories"],
        json!({ "zones": "z1", "sectors": "s/1" })
    );

    let after = desk.server.get(tile).await;
    assert_eq!(after.status, 200);
    assert_ne!(before.header("etag"), after.header("etag"));
    assert_ne!(dark.body, desk.server.get(picture).await.body);
    assert_ne!(
        generation,
        desk.server.get("/health").await.json()["generation"]
    );
    let card = desk.server.get("/territories/zones/z1").await.ok();
    let health = card["demands"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["theme"] == "health");
    assert_eq!(health.unwrap()["votes"], 10.0);
    let now = desk.server.metric("comarca_cache_misses_total").await;
    let again = desk.server.get("/tiles/zones/14/8192/8191.mvt").await;
    assert_eq!(again.header("etag"), zones.header("etag"));
    assert!(now > misses);
    assert_eq!(desk.server.metric("comarca_cache_misses_total").await, now);
}

#[tokio::test]
async fn every_write_route_asks_for_role_and_commune() {
    let desk = Desk::new();
    let admin = desk.token("admin", Role::Admin, &[]);
    let tokens = [
        ("none", String::new()),
        ("unknown", "comarca_0_0".to_owned()),
        (
            "facilitator here",
            desk.token("f1", Role::Facilitator, &["s/1"]),
        ),
        (
            "facilitator there",
            desk.token("f2", Role::Facilitator, &["s2"]),
        ),
        (
            "coordinator here",
            desk.token("c1", Role::Coordinator, &["s/1"]),
        ),
        (
            "coordinator there",
            desk.token("c2", Role::Coordinator, &["s2"]),
        ),
        ("admin here", desk.token("a1", Role::Admin, &["s/1"])),
        ("admin", admin.clone()),
    ];
    let assembly = json!({ "level": "zones", "key": "z1", "date": "2026-03-08" });
    let decided = json!({ "stage": "sector", "status": "planned" });
    let moved = json!({ "location": [0.065, 0.01] });
    let said = json!({ "title": "Otra posta" });
    let city = json!({ "level": "all", "date": "2026-03-08" });
    // Statuses in the order of the tokens.
    let routes: [(&str, &str, &Value, [u16; 8]); 11] = [
        (
            "POST",
            "/demands",
            &at_home(),
            [401, 401, 201, 403, 201, 403, 201, 201],
        ),
        (
            "PUT",
            "/demands/{d}",
            &at_home(),
            [401, 401, 200, 403, 200, 403, 200, 200],
        ),
        (
            "PATCH",
            "/demands/{d}",
            &said,
            [401, 401, 200, 403, 200, 403, 200, 200],
        ),
        (
            "PATCH",
            "/demands/{d}",
            &decided,
            [401, 401, 403, 403, 200, 403, 200, 200],
        ),
        (
            "PATCH",
            "/demands/{d}",
            &moved,
            [401, 401, 403, 403, 403, 403, 403, 200],
        ),
        (
            "DELETE",
            "/demands/{d}",
            &Value::Null,
            [401, 401, 204, 403, 204, 403, 204, 204],
        ),
        (
            "POST",
            "/assemblies",
            &assembly,
            [401, 401, 201, 403, 201, 403, 201, 201],
        ),
        (
            "POST",
            "/assemblies",
            &city,
            [401, 401, 403, 403, 403, 403, 403, 201],
        ),
        (
            "PUT",
            "/assemblies/{a}",
            &assembly,
            [401, 401, 200, 403, 200, 403, 200, 200],
        ),
        (
            "PATCH",
            "/assemblies/{a}",
            &json!({ "attendance": 40 }),
            [401, 401, 200, 403, 200, 403, 200, 200],
        ),
        (
            "DELETE",
            "/assemblies/{a}",
            &Value::Null,
            [401, 401, 204, 403, 204, 403, 204, 204],
        ),
    ];
    for (method, route, body, expected) in routes {
        for ((who, token), status) in tokens.iter().zip(expected) {
            let demand = desk.made(&admin, "/demands", &at_home()).await;
            let meeting = desk.made(&admin, "/assemblies", &assembly).await;
            let uri = route
                .replace("{d}", demand["id"].as_str().unwrap())
                .replace("{a}", meeting["id"].as_str().unwrap());
            let before = desk.register.snapshot().seq();
            let answer = match *who {
                "none" => desk.send(method, &uri, &[], body).await,
                _ => desk.as_who(token, method, &uri, body).await,
            };
            assert_eq!(
                answer.status,
                status,
                "{who} {method} {uri} {body} {}",
                answer.text()
            );
            let is_written = desk.register.snapshot().seq() > before;
            assert_eq!(is_written, status < 300, "{who} {method} {uri}");
            if status == 401 {
                assert_eq!(
                    answer.header("www-authenticate"),
                    "Bearer realm=\"comarca\""
                );
            }
        }
    }
    // A facilitator may not touch what was decided.
    let demand = desk.made(&admin, "/demands", &at_home()).await;
    let uri = format!("/demands/{}", demand["id"].as_str().unwrap());
    desk.as_who(&admin, "PATCH", &uri, &decided).await.ok();
    let facilitator = &tokens[2].1;
    assert_eq!(
        desk.as_who(facilitator, "PATCH", &uri, &said).await.status,
        403
    );
    assert_eq!(
        desk.as_who(facilitator, "DELETE", &uri, &Value::Null)
            .await
            .status,
        403
    );
    let beyond = json!({ "theme": "health", "title": "x", "district": "z1", "status": "done" });
    assert_eq!(
        desk.as_who(facilitator, "POST", "/demands", &beyond)
            .await
            .status,
        403
    );
}

#[tokio::test]
async fn a_revoked_token_writes_no_more() {
    let desk = Desk::new();
    let token = desk.token("Ana", Role::Facilitator, &[]);
    desk.made(&token, "/demands", &at_home()).await;
    let id = desk.register.tokens()[0].id.clone();
    assert!(desk.register.revoke_token(&id).unwrap());
    assert_eq!(
        desk.as_who(&token, "POST", "/demands", &at_home())
            .await
            .status,
        401
    );
    assert_eq!(
        desk.as_who(&token, "GET", "/session", &Value::Null)
            .await
            .status,
        401
    );
}

#[tokio::test]
async fn the_version_that_was_seen_is_the_one_that_is_changed() {
    let desk = Desk::new();
    let token = desk.token("Ana", Role::Coordinator, &[]);
    desk.made(&token, "/demands", &at_home()).await;
    let bearer = format!("Bearer {token}");
    let patch = async |tag: &str, title: &str| {
        let headers = [("authorization", bearer.as_str()), ("if-match", tag)];
        desk.send(
            "PATCH",
            "/demands/D00001",
            &headers,
            &json!({ "title": title }),
        )
        .await
    };
    let first = patch("\"v1\"", "a").await;
    assert_eq!(
        (first.status.as_u16(), first.header("etag")),
        (200, "\"v2\"")
    );
    let problem = patch("\"v1\"", "b").await.problem(412);
    assert!(problem.contains("\"v2\""), "{problem}");
    assert_eq!(patch("W/\"v2\"", "b").await.status, 412);
    assert_eq!(patch("\"x\", \"v2\"", "b").await.status, 200);
    assert_eq!(patch("*", "c").await.status, 200);
    let seen = desk
        .server
        .get_with("/demands/D00001", &[("if-none-match", "\"v4\"")])
        .await;
    assert_eq!((seen.status.as_u16(), seen.body.len()), (304, 0));
    let changes = desk.server.get("/demands/D00001/history").await.ok();
    let titles: Vec<&Value> = changes["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["changed"]["title"])
        .collect();
    assert_eq!(
        titles,
        [
            &json!([null, "Posta"]),
            &json!(["Posta", "a"]),
            &json!(["a", "b"]),
            &json!(["b", "c"])
        ]
    );
}

#[tokio::test]
async fn a_repeated_request_is_recorded_once() {
    let desk = Desk::new();
    let bearer = format!("Bearer {}", desk.token("Ana", Role::Facilitator, &[]));
    let headers = [
        ("authorization", bearer.as_str()),
        ("idempotency-key", "form-7"),
    ];
    let first = desk.send("POST", "/demands", &headers, &at_home()).await;
    let again = desk.send("POST", "/demands", &headers, &at_home()).await;
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 200));
    assert_eq!(first.json()["id"], again.json()["id"]);
    assert_eq!(
        desk.send("POST", "/demands", &headers, &far_away())
            .await
            .status,
        409
    );
    assert_eq!(desk.server.get("/demands").await.ok()["numberMatched"], 1);
}

#[tokio::test]
async fn who_asked_never_leaves() {
    let desk = Desk::new();
    let token = desk.token("Ana", Role::Admin, &[]);
    let mut body = at_home();
    body["author"] = json!("Rosa Secreta");
    body["contact"] = json!("rosa@secreta.cl");
    let made = desk.as_who(&token, "POST", "/demands", &body).await;
    desk.as_who(
        &token,
        "PATCH",
        "/demands/D00001",
        &json!({ "author": "Otra Secreta" }),
    )
    .await
    .ok();
    let mut answers = vec![made.text()];
    for uri in [
        "/demands",
        "/demands?f=geojson",
        "/demands?f=csv",
        "/demands/D00001",
        "/demands/D00001?f=geojson",
        "/demands/D00001/history",
        "/demands/summary",
        "/demands/priorities",
        "/assemblies",
        "/catalog",
        "/territories/zones/z1",
        "/ogc/collections/demands/items",
        "/ogc/collections/demands/items/D00001",
        "/tiles/demands.json",
    ] {
        let bearer = format!("Bearer {token}");
        let answer = desk
            .server
            .get_with(uri, &[("authorization", &bearer)])
            .await;
        assert_eq!(answer.status, 200, "{uri} {}", answer.text());
        answers.push(answer.text());
    }
    let tile = desk.server.get("/tiles/demands/14/8192/8191.mvt").await;
    answers.push(String::from_utf8_lossy(&tile.body).into_owned());
    for text in answers {
        assert!(!text.to_lowercase().contains("secreta"), "{text}");
    }
    // An odd type is refused without repeating what was written.
    let odd =
        json!({ "theme": "health", "title": "x", "district": "z1", "author": ["Rosa Secreta"] });
    let refused = desk.as_who(&token, "POST", "/demands", &odd).await;
    assert!(!refused.text().contains("Secreta") && refused.status == 400);
}

#[tokio::test]
async fn what_is_wrong_with_a_demand_is_said_with_its_name() {
    let desk = Desk::new();
    let token = desk.token("Ana", Role::Coordinator, &[]);
    for (member, value, hint) in [
        ("theme", json!("helth"), "did you mean \"health\"?"),
        ("location", json!([5.0, 5.0]), "inside the territory"),
        ("location", json!("here"), "GeoJSON Point"),
        ("votes", json!(-1), "from 0"),
        ("votes", json!(1.5), "a whole number"),
        ("votes", json!(1e15), "votes"),
        ("title", json!(""), "a text"),
        ("title", json!("x".repeat(201)), "200"),
        ("title", json!("a\u{7}b"), "control"),
        (
            "stage",
            json!("regional"),
            "one of raised, sector, commune, city",
        ),
        ("status", json!("lost"), "one of open"),
        ("created", json!("yesterday"), "created"),
        ("same_as", json!("D99999"), "same_as"),
        ("assembly", json!("A99999"), "assembly"),
        ("titel", json!("x"), "did you mean \"title\"?"),
    ] {
        let mut body = at_home();
        body[member] = value;
        let problem = desk
            .as_who(&token, "POST", "/demands", &body)
            .await
            .problem(400);
        assert!(problem.contains(hint), "{member}: {problem}");
    }
    let nowhere = json!({ "theme": "health", "title": "x", "district": "z9" });
    let problem = desk
        .as_who(&token, "POST", "/demands", &nowhere)
        .await
        .problem(400);
    assert!(problem.contains("level zones"), "{problem}");
    assert_eq!(desk.register.snapshot().demand_count(), 0);
}

#[tokio::test]
async fn a_demand_may_bring_its_assembly_and_is_listed_by_place_theme_and_time() {
    let desk = Desk::new();
    let token = desk.token("Ana", Role::Coordinator, &[]);
    let mut body = at_home();
    body["assembly"] = json!({ "id": "AS-1", "level": "zones", "key": "z1", "date": "2026-03-08", "attendance": 40 });
    body["created"] = json!("2026-03-08");
    let made = desk.made(&token, "/demands", &body).await;
    assert_eq!(
        made["assembly"],
        json!({ "id": "AS-1", "level": "zones", "key": "z1", "date": "2026-03-08" })
    );
    desk.made(&token, "/demands", &far_away()).await;
    let mention = json!({ "theme": "health", "title": "Posta otra vez", "district": "z2", "same_as": "D00001", "votes": 90 });
    desk.made(&token, "/demands", &mention).await;
    let ids = async |query: &str| {
        let list = desk.server.get(&format!("/demands?{query}")).await.ok();
        let ids: Vec<String> = list["demands"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(list["numberReturned"], ids.len());
        ids.join(" ")
    };
    assert_eq!(ids("").await, "D00001 D00002 D00003");
    assert_eq!(ids("theme=health").await, "D00001 D00003");
    assert_eq!(ids("level=sectors&key=s%2F1").await, "D00001 D00003");
    assert_eq!(ids("key=z4").await, "D00002");
    assert_eq!(ids("until=2026-03").await, "D00001");
    assert_eq!(ids("since=2026-03-08&until=2026-03-08").await, "D00001");
    assert_eq!(ids("bbox=0.06,0,0.08,0.02").await, "D00002");
    assert_eq!(ids("assembly=AS-1").await, "D00001");
    assert_eq!(ids("q=pósta").await, "D00001 D00003");
    assert_eq!(ids("limit=1&offset=1").await, "D00002");
    let page = desk.server.get("/demands?limit=1&theme=health").await.ok();
    assert_eq!(page["links"][1]["rel"], "next");
    let summary = desk.server.get("/demands/summary").await.ok();
    assert_eq!(
        (&summary["total"], &summary["votes"], &summary["mentions"]),
        (&json!(2), &json!(14), &json!(1))
    );
    let one = desk.server.get("/demands/D00001").await.ok();
    assert_eq!(
        one["mentions"],
        json!([{ "id": "D00003", "stage": "raised", "votes": 90 }])
    );
    let delete = desk
        .as_who(&token, "DELETE", "/assemblies/AS-1", &Value::Null)
        .await;
    assert_eq!(delete.status, 409);
}

#[tokio::test]
async fn priorities_follow_votes_borda_and_need() {
    let desk = Desk::new();
    let token = desk.token("Ana", Role::Coordinator, &[]);
    desk.made(&token, "/demands", &at_home()).await;
    desk.made(&token, "/demands", &far_away()).await;
    let many = json!({ "theme": "green", "title": "Parque", "district": "z3", "votes": 9 });
    desk.made(&token, "/demands", &many).await;
    let order = async |query: &str| {
        let answer = desk
            .server
            .get(&format!("/demands/priorities?{query}"))
            .await
            .ok();
        let list = answer["priorities"].as_array().unwrap().clone();
        list.iter()
            .map(|one| format!("{}:{}", one["rank"], one["theme"].as_str().unwrap()))
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(order("by=theme").await, "1:green 2:health");
    assert_eq!(order("").await, "1:health 2:green 3:green");
    // Each district is a ballot: green is first in two, health in one.
    assert_eq!(order("by=theme&method=borda").await, "1:green 2:health");
    // z1 has the highest density, so health is needed most there.
    let weighted = desk
        .server
        .get("/demands/priorities?level=zones&key=z1&method=weighted")
        .await
        .ok();
    let first = &weighted["priorities"][0];
    assert_eq!(first["contributions"], json!({ "votes": 0.5, "need": 0.5 }));
    assert_eq!(first["score"], 1.0);
    let all = desk
        .server
        .get("/demands/priorities?level=sectors&method=topsis&by=theme")
        .await
        .ok();
    assert_eq!(all["territories"].as_array().unwrap().len(), 2);
    let problem = desk
        .server
        .get("/demands/priorities?method=lot")
        .await
        .problem(400);
    assert!(
        problem.contains("votes, borda, weighted, topsis"),
        "{problem}"
    );
}

#[tokio::test]
async fn a_scenario_lives_on_when_somebody_writes() {
    let desk = Desk::new();
    let token = desk.token("Ana", Role::Facilitator, &[]);
    let what_if = json!({ "changes": [{ "op": "remove", "layer": "blocks", "key": "1" }] });
    let made = desk.send("POST", "/scenarios", &[], &what_if).await;
    let id = made.json()["scenario"].as_str().unwrap().to_owned();
    desk.made(&token, "/demands", &at_home()).await;
    let value = desk
        .server
        .get(&format!("/indicators/population?level=all&scenario={id}"))
        .await
        .ok();
    assert_eq!(value["values"][0]["value"], 87.0);
}

#[tokio::test]
async fn a_token_writes_only_so_much_a_minute() {
    let options = ServerOptions {
        writes_per_minute: 2,
        ..ServerOptions::default()
    };
    let desk = Desk::with(options);
    let token = desk.token("Ana", Role::Facilitator, &[]);
    desk.made(&token, "/demands", &at_home()).await;
    desk.made(&token, "/demands", &at_home()).await;
    let third = desk.as_who(&token, "POST", "/demands", &at_home()).await;
    assert_eq!(third.status, 429);
    assert!(
        third
            .header("retry-after")
            .parse::<u64>()
            .is_ok_and(|seconds| (1..=60).contains(&seconds))
    );
}

#[tokio::test]
async fn a_project_without_a_register_says_so() {
    let server = Server::ready();
    for uri in [
        "/demands",
        "/demands/D1",
        "/demands/summary",
        "/demands/priorities",
        "/assemblies",
        "/session",
    ] {
        let answer = server.get(uri).await;
        assert_eq!(answer.status, 404, "{uri}");
    }
}

#[tokio::test]
async fn heat_maps_follow_time_and_show_what_changed() {
    let desk = Desk::new();
    let token = desk.token("Ana", Role::Coordinator, &[]);
    for (body, created) in [(at_home(), "2025-03-08"), (far_away(), "2026-05-04")] {
        let mut body = body;
        body["created"] = json!(created);
        desk.made(&token, "/demands", &body).await;
    }
    let tile = async |query: &str| {
        desk.server
            .get(&format!("/heatmaps/demand/12/2048/2047.png{query}"))
            .await
            .body
    };
    let all = tile("").await;
    assert_eq!(all, tile("?since=2025&until=2026").await);
    let (first, second) = (tile("?until=2025").await, tile("?since=2026-05-04").await);
    assert!(first != all && second != all && first != second);
    assert_eq!(first, tile("?since=2025-03-08&until=2025-03").await);
    let change = tile("?since=2026&minus_until=2025").await;
    assert!(change != first && change != second);
    let about = desk
        .server
        .get("/heatmaps/demand.json?since=2026&minus_until=2025")
        .await
        .ok();
    let legend = about["legend"].as_array().unwrap();
    let value = |at: usize| legend[at]["value"].as_f64().unwrap();
    assert_eq!(value(0), -value(legend.len() - 1));
    assert!(value(0) < 0.0);
    let months = json!([{ "since": "2025-03", "until": "2025-03", "count": 1 }, { "since": "2026-05", "until": "2026-05", "count": 1 }]);
    assert_eq!(about["periods"], months);
    for (query, hint) in [
        ("bandwidth=5", "metres from 20 to 20000"),
        ("bandwidth=x", "metres"),
        ("since=May", "a day, a month or a year"),
        ("since=2026&until=2025", "2026 or later"),
        ("per=inhabitants", "where people live"),
        ("colors=rdbu", "one of ylorrd"),
        ("minus_until=2025&colors=ylorrd", "one of rdbu, puor"),
        ("status=lost", "status"),
    ] {
        let problem = desk
            .server
            .get(&format!("/heatmaps/demand.json?{query}"))
            .await
            .problem(400);
        assert!(problem.contains(hint), "{query}: {problem}");
    }
}

#[tokio::test]
async fn isobands_are_nested_polygons_with_their_limits() {
    let desk = Desk::new();
    let token = desk.token("Ana", Role::Coordinator, &[]);
    desk.made(&token, "/demands", &at_home()).await;
    let levels = desk.server.get("/heatmaps/demand.json").await.ok()["bands"]
        .as_array()
        .unwrap()
        .len();
    let answer = desk.server.get("/heatmaps/demand/12/2048/2047.mvt").await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("content-type")),
        (200, "application/vnd.mapbox-vector-tile")
    );
    let reader = fast_mvt::MvtReaderRef::new(&answer.body).unwrap();
    let tile = reader.to_tile().unwrap();
    assert_eq!(tile.layers[0].name, "demand");
    assert!(
        (2..=levels).contains(&tile.layers[0].features.len()),
        "{levels}"
    );
    assert_eq!(
        desk.server.get("/heatmaps/demand/12/0/0.mvt").await.status,
        204
    );
}

#[tokio::test]
async fn the_calendar_says_what_is_lacking_and_the_plan_adds_up() {
    let desk = Desk::new();
    let token = desk.token("Ana", Role::Coordinator, &[]);
    for (key, attendance) in [("z1", json!(30)), ("z1", json!(50)), ("z2", Value::Null)] {
        let body =
            json!({ "level": "zones", "key": key, "date": "2020-03-08", "attendance": attendance });
        desk.made(&token, "/assemblies", &body).await;
    }
    let calendar = desk.server.get("/assemblies?level=zones&key=z1").await.ok();
    let own = &calendar["territories"][0];
    assert_eq!(
        (&own["wanted"], &own["held"], &own["lacking"]),
        (&json!(2), &json!(2), &json!(0))
    );
    // 80 attendances of 150 inhabitants.
    let per_1000 = own["per_1000"].as_f64().unwrap();
    assert!(
        (per_1000 - 80.0 / 150.0 * 1000.0).abs() < 1e-9,
        "{per_1000}"
    );
    let all = desk.server.get("/assemblies").await.ok();
    let zones = &all["levels"][0];
    assert_eq!(
        (&zones["wanted"], &zones["held"], &zones["lacking"]),
        (&json!(8), &json!(2), &json!(6))
    );
    let mut funded = at_home();
    funded["status"] = json!("funded");
    funded["cost"] = json!(120);
    funded["funding"] = json!("FNDR");
    desk.made(&token, "/demands", &funded).await;
    desk.made(&token, "/demands", &far_away()).await;
    let plan = desk.server.get("/plans/all/all.json").await.ok();
    assert_eq!(plan["totals"]["by_funding"]["FNDR"]["cost"], 120);
    assert_eq!(plan["totals"]["by_status"]["open"]["votes"], 4);
    let mut waiting = far_away();
    waiting["cost"] = json!(50);
    desk.made(&token, "/demands", &waiting).await;
    for (amount, spent) in [(49, 0), (50, 50), (1000, 50)] {
        let shared = desk
            .server
            .get(&format!("/demands/budget?amount={amount}"))
            .await
            .ok();
        assert_eq!(
            (&shared["spent"], &shared["candidates"]),
            (&json!(spent), &json!(1))
        );
    }
    let page = desk.server.get("/plans/zones/z1.html?lang=es").await;
    assert!(page.status == 200 && page.text().contains("Posta") && !page.text().contains("Plaza"));
    let book = desk.server.get("/plans/zones/z1.xlsx").await;
    assert!(book.status == 200 && book.body.starts_with(b"PK"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_body_is_our_failure(bodies in prop::collection::vec(body(), 1..4)) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let desk = Desk::new();
            let bearer = format!("Bearer {}", desk.token("Ana", Role::Admin, &[]));
            for bytes in bodies {
                for (method, uri) in [("POST", "/demands"), ("PUT", "/demands/D00001"), ("PATCH", "/demands/D00001"), ("POST", "/assemblies")] {
                    let request = Request::builder()
                        .method(Method::from_bytes(method.as_bytes()).unwrap())
                        .uri(uri)
                        .header("authorization", &bearer)
                        .header("content-type", "application/json")
                        .body(Body::from(bytes.clone()))
                        .unwrap();
                    let status = desk.server.send(request).await.status;
                    assert!(status.as_u16() < 500, "{method} {uri} {status} {}", String::from_utf8_lossy(&bytes));
                }
            }
        });
    }
}

/// Bytes, JSON of any shape, and demands with a member of any kind.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        ".{0,30}".prop_map(Value::from),
        Just(json!("health")),
        Just(json!([0.006, 0.006])),
    ];
    let value = leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("[a-z]{1,8}", inner, 0..4).prop_map(|map| json!(map)),
        ]
    });
    let member = prop::sample::select(vec![
        "id",
        "theme",
        "title",
        "description",
        "location",
        "district",
        "votes",
        "assembly",
        "stage",
        "status",
        "same_as",
        "cost",
        "created",
        "author",
        "level",
        "key",
        "date",
        "attendance",
        "type",
        "properties",
        "geometry",
    ]);
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..80),
        value
            .clone()
            .prop_map(|value| value.to_string().into_bytes()),
        prop::collection::vec((member, value), 0..4).prop_map(|members| {
            let mut body = at_home();
            for (name, value) in members {
                body[name] = value;
            }
            body.to_string().into_bytes()
        }),
    ]
}

#[tokio::test]
async fn demands_are_a_collection_with_filters_time_and_order() {
    let desk = Desk::new();
    let token = desk.token("Ana", Role::Admin, &[]);
    for (title, votes, created) in [
        ("Posta", 5, "2026-03-08"),
        ("Plaza", 50, "2026-04-01"),
        ("Feria", 20, "2026-04-02T15:00:00Z"),
    ] {
        let mut body = at_home();
        (body["title"], body["votes"], body["created"]) =
            (json!(title), json!(votes), json!(created));
        assert_eq!(
            desk.as_who(&token, "POST", "/demands", &body).await.status,
            201
        );
    }
    let again = json!({ "theme": "health", "title": "Posta otra vez", "district": "z1", "same_as": "D00001" });
    assert_eq!(
        desk.as_who(&token, "POST", "/demands", &again).await.status,
        201
    );
    let titles = async |query: &str| {
        let page = desk
            .server
            .get(&format!("/ogc/collections/demands/items?{query}"))
            .await
            .ok();
        let features = page["features"].as_array().unwrap().clone();
        let title = |feature: &Value| feature["properties"]["title"].as_str().unwrap().to_owned();
        features.iter().map(title).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(titles("").await, "Posta, Plaza, Feria, Posta otra vez");
    assert_eq!(
        titles("filter=votes%3E10&sortby=votes").await,
        "Feria, Plaza"
    );
    assert_eq!(titles("votes=50&theme=health,green").await, "Plaza");
    assert_eq!(titles("same_as=D00001").await, "Posta otra vez");
    assert_eq!(
        titles("datetime=2026-03-01/2026-04-01&sortby=-title").await,
        "Posta, Plaza"
    );
    assert_eq!(titles("datetime=2026-04-02T12:00:00-03:00").await, "Feria");
    assert_eq!(titles("limit=1&offset=2").await, "Feria");
    let page = desk
        .server
        .get("/ogc/collections/demands/items?properties=votes&limit=1")
        .await
        .ok();
    assert_eq!(page["features"][0]["properties"], json!({ "votes": 5 }));
    let one = desk
        .server
        .get("/ogc/collections/demands/items/D00002")
        .await;
    assert_eq!(one.header("etag"), "\"v1\"");
    let links = one.ok()["links"].clone();
    assert_eq!(links[0]["href"], "/ogc/collections/demands/items/D00002");
    let queryables = desk
        .server
        .get("/ogc/collections/demands/queryables")
        .await
        .ok();
    for name in queryables["properties"].as_object().unwrap().keys() {
        let filter = format!("filter=%22{name}%22+IS+NULL+OR+TRUE");
        assert_eq!(titles(&filter).await.split(", ").count(), 4, "{name}");
    }
    desk.server
        .get("/ogc/collections/demands/items?author=Rosa")
        .await
        .problem(400);
    desk.server
        .get("/ogc/collections/demands/items?filter=author%3D%27Rosa%27")
        .await
        .problem(400);
}
