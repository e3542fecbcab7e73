//! What is published is there, says the same everywhere, and is not sent twice.

use std::collections::{BTreeMap, BTreeSet};

use comarca_tests::project::sample;
use comarca_tests::server::Server;
use comarca_tests::table::{Table, same_in_json};
use comarca_tests::tile::{Feature, cover, decode};
use serde_json::Value;

/// Deep enough that nothing is merged or left out.
const DETAIL_ZOOM: u8 = 14;

/// The path and query of an address that must be the server's own.
fn target<'a>(server: &Server, url: &'a str) -> &'a str {
    let own = url.strip_prefix("http://localhost");
    own.unwrap_or_else(|| {
        panic!(
            "{url} is not at the host that was asked, {}",
            server.address()
        )
    })
}

fn bounds(tilejson: &Value) -> [f64; 4] {
    let numbers: Vec<f64> = tilejson["bounds"]
        .as_array()
        .expect("bounds")
        .iter()
        .filter_map(Value::as_f64)
        .collect();
    numbers.try_into().expect("west, south, east, north")
}

/// Every feature of every tile over the bounds of a TileJSON, by layer.
fn features(server: &Server, tilejson: &Value, zoom: u8) -> BTreeMap<String, Vec<Feature>> {
    let template = tilejson["tiles"][0].as_str().expect("a template");
    let mut all: BTreeMap<String, Vec<Feature>> = BTreeMap::new();
    for (z, x, y) in cover(bounds(tilejson), zoom) {
        let url = template
            .replace("{z}", &z.to_string())
            .replace("{x}", &x.to_string())
            .replace("{y}", &y.to_string());
        let answer = server.get(target(server, &url));
        match answer.status {
            204 => assert!(answer.body.is_empty()),
            200 => decode(&answer.body)
                .into_iter()
                .for_each(|(layer, features)| all.entry(layer).or_default().extend(features)),
            other => panic!("{other} for {url}"),
        }
    }
    all
}

#[test]
fn the_viewer_is_a_page_under_a_strict_policy() {
    let server = Server::start(&sample());
    let page = server.get("/");
    assert_eq!(page.status, 200);
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(
        policy.contains("default-src 'self'") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert!(page.text().contains("<html") && page.text().contains("<script"));
    // Everything the page names is here: src="…" and href="…" of scripts and styles.
    let named = page
        .text()
        .split('"')
        .filter(|text| text.contains("assets/"));
    let files: Vec<&str> = named
        .map(|text| text.trim_start_matches("./").trim_start_matches('/'))
        .collect();
    assert!(!files.is_empty());
    for file in files {
        let answer = server.get(&format!("/{file}"));
        assert_eq!(answer.status, 200, "{file}");
        assert!(
            answer
                .header("cache-control")
                .is_some_and(|terms| terms.contains("immutable")),
            "{file}"
        );
    }
}

#[test]
fn every_source_of_the_catalog_has_tiles_with_keys_and_names() {
    let server = Server::start(&sample());
    let catalog = server.json("/catalog");
    let sources = catalog["tiles"].as_object().expect("sources by id");
    for wanted in [
        "districts",
        "sectors",
        "communes",
        "all",
        "blocks",
        "health",
        "schools",
        "stops",
        "parks",
        "demands",
    ] {
        assert!(sources.contains_key(wanted), "{wanted}");
    }
    for (id, source) in sources {
        let tilejson = server.json(target(
            &server,
            source["tilejson"].as_str().expect("an address"),
        ));
        assert_eq!(tilejson["tilejson"], "3.0.0");
        assert_eq!(tilejson["vector_layers"][0]["id"], **id);
        let found = features(&server, &tilejson, DETAIL_ZOOM);
        assert_eq!(
            found.keys().collect::<Vec<_>>(),
            [id],
            "tiles hold the layer they are named after"
        );
        let keys: BTreeSet<&str> = found[id]
            .iter()
            .map(|feature| feature.text("key"))
            .collect();
        assert_eq!(
            keys.len() as u64,
            source["features"].as_u64().expect("a number"),
            "{id}"
        );
        let told = tilejson["vector_layers"][0]["fields"]
            .as_object()
            .expect("fields");
        for feature in &found[id] {
            feature.text("name");
            let unknown = feature
                .properties
                .keys()
                .find(|name| !told.contains_key(*name));
            assert_eq!(
                unknown, None,
                "a property that the TileJSON of {id} does not tell"
            );
        }
    }
}

#[test]
fn a_feature_has_one_number_in_all_tiles() {
    let server = Server::start(&sample());
    let tilejson = server.json("/tiles/districts.json");
    let mut numbers: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    for zoom in [11, 13, DETAIL_ZOOM] {
        for feature in &features(&server, &tilejson, zoom)["districts"] {
            let id = feature.id.expect("a feature has a number");
            numbers
                .entry(feature.text("key").to_owned())
                .or_default()
                .insert(id);
        }
    }
    assert_eq!(numbers.len(), 280);
    assert!(numbers.values().all(|ids| ids.len() == 1));
    let different: BTreeSet<_> = numbers.values().flatten().collect();
    assert_eq!(different.len(), 280);
}

#[test]
fn tiles_hold_the_values_that_the_api_tells() {
    let server = Server::start(&sample());
    let catalogue = server.json("/indicators");
    let ids: Vec<&str> = catalogue["indicators"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|indicator| indicator["id"].as_str())
        .collect();
    assert!(
        ids.contains(&"density") && ids.contains(&"health_access"),
        "{ids:?}"
    );
    for level in ["districts", "sectors", "communes", "all"] {
        let tilejson = server.json(&format!("/tiles/{level}.json?indicators={}", ids.join(",")));
        let found = features(&server, &tilejson, DETAIL_ZOOM);
        for id in &ids {
            let values = server.json(&format!("/indicators/{id}?level={level}"));
            let told: BTreeMap<&str, &Value> = values["values"]
                .as_array()
                .expect("a list")
                .iter()
                .map(|row| (row["key"].as_str().expect("a key"), &row["value"]))
                .collect();
            let in_tiles: BTreeSet<&str> = found[level]
                .iter()
                .map(|feature| feature.text("key"))
                .collect();
            assert_eq!(in_tiles, told.keys().copied().collect(), "{level}");
            let csv = server.get(&format!("/indicators/{id}?level={level}&f=csv"));
            let exact = Table::from_csv(csv.text());
            for feature in &found[level] {
                let key = feature.text("key");
                let value = feature.properties.get(*id).and_then(Value::as_f64);
                assert_eq!(value, exact.number(key, id), "{id} of {key}");
                assert!(same_in_json(value, told[key].as_f64()), "{id} of {key}");
            }
        }
    }
}

#[test]
fn a_composite_tile_holds_its_layers() {
    let server = Server::start(&sample());
    let tilejson = server.json("/tiles/communes,health,parks.json");
    let found = features(&server, &tilejson, 12);
    assert_eq!(
        found.keys().collect::<Vec<_>>(),
        ["communes", "health", "parks"]
    );
}

#[test]
fn a_filter_and_a_choice_of_properties_hold_in_tiles() {
    let server = Server::start(&sample());
    let tilejson = server.json("/tiles/health.json?properties=type&filter=type%20%3D%20'Hospital'");
    let found = features(&server, &tilejson, DETAIL_ZOOM);
    assert!(!found["health"].is_empty());
    for feature in &found["health"] {
        assert_eq!(feature.text("type"), "Hospital");
        assert_eq!(
            feature.properties.keys().collect::<Vec<_>>(),
            ["key", "name", "type"]
        );
    }
}

/// Keys of the communes in the tiles of a filter.
fn communes(server: &Server, filter: &str) -> BTreeSet<String> {
    let filter = filter.replace(' ', "%20");
    let tilejson = server.json(&format!("/tiles/communes.json?filter={filter}"));
    let found = features(server, &tilejson, 12);
    let keys = found.get("communes").into_iter().flatten();
    keys.map(|feature| feature.text("key").to_owned()).collect()
}

#[test]
fn spatial_predicates_choose_the_features_of_tiles() {
    let server = Server::start(&sample());
    let catalog = server.json("/tiles/communes.json");
    let [west, south, east, north] = bounds(&catalog);
    let all = communes(&server, "key IS NOT NULL");
    assert!(all.len() > 1);
    let around = format!(
        "BBOX({},{},{},{})",
        west - 0.1,
        south - 0.1,
        east + 0.1,
        north + 0.1
    );
    assert_eq!(
        communes(&server, &format!("S_WITHIN(geometry,{around})")),
        all
    );
    let middle = format!(
        "POINT({} {})",
        f64::midpoint(west, east),
        f64::midpoint(south, north)
    );
    let one = communes(&server, &format!("S_INTERSECTS(geometry,{middle})"));
    let others = communes(&server, &format!("S_DISJOINT(geometry,{middle})"));
    assert!(one.is_disjoint(&others));
    assert_eq!(one.union(&others).cloned().collect::<BTreeSet<_>>(), all);
}

/// Ids and properties of the features of each layer, and the size of the tile.
fn values(server: &Server, target: &str) -> (BTreeMap<String, Vec<String>>, usize) {
    let answer = server.get(target);
    assert!([200, 204].contains(&answer.status), "{target}");
    let layers = match answer.body.is_empty() {
        true => BTreeMap::new(),
        false => decode(&answer.body),
    };
    let told = |features: Vec<Feature>| {
        let one = |feature: Feature| format!("{:?} {:?}", feature.id, feature.properties);
        features.into_iter().map(one).collect()
    };
    let layers = layers
        .into_iter()
        .map(|(name, features)| (name, told(features)));
    (layers.collect(), answer.body.len())
}

#[test]
fn tiles_of_values_hold_the_features_of_the_others() {
    let server = Server::start(&sample());
    let place = bounds(&server.json("/tiles/communes.json"));
    for (sources, query) in [
        ("communes,districts", "indicators=density,population"),
        ("blocks,parks", "properties=name"),
        (
            "health,stops",
            "filter=S_INTERSECTS(geometry,BBOX(-70.7,-33.6,-70.6,-33.5))",
        ),
    ] {
        let (mut with_bytes, mut without_bytes) = (0, 0);
        for zoom in [8, 11, 14] {
            for (z, x, y) in cover(place, zoom) {
                let target = format!("/tiles/{sources}/{z}/{x}/{y}.mvt?{query}");
                let (with, bytes) = values(&server, &target);
                let (without, fewer) = values(&server, &format!("{target}&geometry=none"));
                assert_eq!(without, with, "{target}");
                with_bytes += bytes;
                without_bytes += fewer;
            }
        }
        assert!(with_bytes > 0 && without_bytes <= with_bytes, "{sources}");
    }
}

#[test]
fn api_and_command_line_tell_the_same() {
    let server = Server::start(&sample());
    let csv = server.get("/indicators/density?level=communes&f=csv");
    let mut command = comarca_tests::program::comarca_in(&sample());
    command.args(["indicators", "--level", "communes", "--id", "density"]);
    let own = comarca_tests::program::run(&mut command).expect_success();
    assert_eq!(csv.text(), own.text());
}

#[test]
fn a_heat_map_is_a_picture_where_its_tilejson_says() {
    let server = Server::start(&sample());
    let catalog = server.json("/catalog");
    let url = catalog["heatmaps"]["demand"]["tilejson"]
        .as_str()
        .expect("an address")
        .to_owned();
    let tilejson = server.json(target(&server, &url));
    let template = tilejson["tiles"][0].as_str().expect("a template");
    let (z, x, y) = cover(bounds(&tilejson), 12)[0];
    let url = template
        .replace("{z}", &z.to_string())
        .replace("{x}", &x.to_string())
        .replace("{y}", &y.to_string());
    let picture = server.get(target(&server, &url));
    assert_eq!(
        (picture.status, picture.header("content-type")),
        (200, Some("image/png"))
    );
    assert!(picture.body.starts_with(b"\x89PNG\r\n\x1a\n"));
}

#[test]
fn a_territory_tells_its_parent_its_children_and_its_figures() {
    let server = Server::start(&sample());
    let commune = server.json("/territories/communes/13105");
    assert_eq!(commune["name"], "El Bosque");
    let text = commune.to_string();
    assert!(
        text.contains("\"1310501\"") && text.contains("\"population\""),
        "{text}"
    );
}

#[test]
fn what_a_client_has_already_is_not_sent_again() {
    let server = Server::start(&sample());
    let (z, x, y) = cover(bounds(&server.json("/tiles/districts.json")), 12)[0];
    for target in [
        "/",
        "/catalog",
        "/tiles/districts.json",
        &format!("/tiles/districts/{z}/{x}/{y}.mvt"),
        "/indicators",
        "/indicators/density?level=communes",
        "/territories/communes/13105",
    ] {
        let first = server.get(target);
        assert_eq!(first.status, 200, "{target}");
        let tag = first.header("etag").expect("a tag");
        assert!(tag.starts_with('"'), "{target}: {tag} is not strong");
        for header in ["cache-control", "last-modified"] {
            assert!(first.header(header).is_some(), "{target}: {header}");
        }
        let again = server.get_with(target, &[("If-None-Match", tag)]);
        assert_eq!((again.status, again.body.len()), (304, 0), "{target}");
        assert_eq!(again.header("etag"), Some(tag), "{target}");
        let other = server.get_with(target, &[("If-None-Match", "\"another\"")]);
        assert_eq!((other.status, &other.body), (200, &first.body), "{target}");
    }
}

#[test]
fn health_and_readiness_are_told() {
    let server = Server::start(&sample());
    let health = server.json("/health");
    assert_eq!(
        (&health["status"], &health["problems"]),
        (&"ok".into(), &0.into())
    );
    assert_eq!(server.json("/ready")["generation"], health["generation"]);
    assert_eq!(server.json("/catalog")["generation"], health["generation"]);
    assert!(
        server
            .get("/metrics")
            .text()
            .lines()
            .any(|line| line.starts_with("# TYPE "))
    );
}
