//! Files that change while they are served.

use std::fs;
use std::thread;

use comarca_tests::program::until;
use comarca_tests::project::{
    TINY_DISTRICTS, TINY_PEOPLE, TINY_PROJECT, replace, sample_copy, tiny,
};
use comarca_tests::server::Server;
use serde_json::{Value, json};

fn generation(server: &Server) -> Value {
    server.json("/health")["generation"].clone()
}

/// Waits for another generation than `old`.
fn newer(server: &Server, old: &Value) {
    until("another generation", || {
        (generation(server) != *old).then_some(())
    });
}

/// Waits until the server has problems.
fn troubled(server: &Server) {
    until("problems in /health", || {
        (server.json("/health")["problems"] != 0).then_some(())
    });
}

/// Waits until the server has no problems.
fn recovered(server: &Server) {
    until("no problems in /health", || {
        (server.json("/health")["problems"] == 0).then_some(())
    });
}

/// Waits until the server has named a file on standard error.
fn named(server: &Server, name: &str) {
    until(&format!("a message about {name}"), || {
        server.said().contains(name).then_some(())
    });
}

fn value(server: &Server, indicator: &str, level: &str, key: &str) -> Value {
    let values = server.json(&format!("/indicators/{indicator}?level={level}"));
    let rows = values["values"].as_array().expect("a list");
    rows.iter().find(|row| row["key"] == key).expect("the key")["value"].clone()
}

#[test]
fn a_csv_that_is_replaced_is_served_anew() {
    let folder = sample_copy();
    let server = Server::start(folder.path());
    let (old, before) = (
        generation(&server),
        value(&server, "enrolment", "all", "all"),
    );
    let tag = server
        .get("/indicators/enrolment")
        .header("etag")
        .expect("a tag")
        .to_owned();
    let file = folder.path().join("infrastructure/schools.csv");
    let bytes = fs::read(&file).expect("the sample is there");
    // One school of 180 pupils gets a thousand more: `…;Básica;180;…`, in Latin-1.
    let place = bytes
        .windows(5)
        .position(|bytes| bytes == b";180;")
        .expect("a school of 180 pupils");
    let more = [&bytes[..place], b";1180;", &bytes[place + 5..]].concat();
    replace(folder.path(), "infrastructure/schools.csv", more);
    newer(&server, &old);
    let after = value(&server, "enrolment", "all", "all");
    assert_eq!(
        after.as_f64(),
        before.as_f64().map(|pupils| pupils + 1000.0)
    );
    let again = server.get_with("/indicators/enrolment", &[("If-None-Match", &tag)]);
    assert_eq!(again.status, 200, "nothing stale is taken for good");
}

#[test]
fn a_geojson_that_is_replaced_is_served_anew_in_names_and_tiles() {
    let folder = tiny();
    let server = Server::start(folder.path());
    let old = generation(&server);
    replace(
        folder.path(),
        "districts.geojson",
        TINY_DISTRICTS.replace("\"Norte\"", "\"Septentrión\""),
    );
    newer(&server, &old);
    assert_eq!(
        server.json("/territories/districts/A1")["name"],
        "Septentrión"
    );
    let tilejson = server.json("/tiles/districts.json");
    let (lon, lat) = (-70.695, -33.495);
    let (z, x, y) = comarca_tests::tile::cover([lon, lat, lon, lat], 14)[0];
    let tile = server.get(&format!("/tiles/districts/{z}/{x}/{y}.mvt"));
    let names: Vec<String> = comarca_tests::tile::decode(&tile.body)["districts"]
        .iter()
        .map(|feature| feature.text("name").to_owned())
        .collect();
    assert!(
        names.contains(&"Septentrión".to_owned()),
        "{names:?} {tilejson}"
    );
}

#[test]
fn a_project_file_that_is_replaced_is_served_anew() {
    let folder = tiny();
    let server = Server::start(folder.path());
    let old = generation(&server);
    replace(
        folder.path(),
        "comarca.toml",
        TINY_PROJECT.replace("op = \"sum\"", "op = \"max\""),
    );
    newer(&server, &old);
    assert_eq!(value(&server, "persons", "districts", "A2"), json!(7.0));
}

/// Runs a case per file at the same time: most of it is waiting for the server to look.
fn with_each<'a>(files: impl IntoIterator<Item = &'a str>, case: impl Fn(&str) + Sync) {
    thread::scope(|scope| {
        for file in files {
            scope.spawn(|| case(file));
        }
    });
}

#[test]
fn garbage_in_the_place_of_a_file_is_told_and_the_old_values_go_on() {
    with_each(
        ["districts.geojson", "people.csv", "comarca.toml"],
        |name| {
            let (garbage, good) = match name {
                "districts.geojson" => (
                    "{\"type\":\"FeatureCollection\",\"features\":[{",
                    TINY_DISTRICTS,
                ),
                "people.csv" => ("\0\u{1}\u{2}garbage\n\"", TINY_PEOPLE),
                _ => ("name = [[[", TINY_PROJECT),
            };
            let folder = tiny();
            let server = Server::start(folder.path());
            let old = generation(&server);
            replace(folder.path(), name, garbage);
            troubled(&server);
            assert_eq!(generation(&server), old, "{name}");
            assert_eq!(
                value(&server, "persons", "districts", "A2"),
                json!(12.0),
                "{name}"
            );
            named(&server, name);
            replace(folder.path(), name, good);
            recovered(&server);
            assert_eq!(
                value(&server, "persons", "districts", "A2"),
                json!(12.0),
                "{name}"
            );
        },
    );
}

#[test]
fn a_file_that_is_deleted_is_told_and_the_old_values_go_on() {
    with_each(
        ["people.csv", "districts.geojson", "comarca.toml"],
        |name| {
            let folder = tiny();
            let server = Server::start(folder.path());
            fs::remove_file(folder.path().join(name)).expect("it is there");
            troubled(&server);
            assert_eq!(
                value(&server, "persons", "districts", "A2"),
                json!(12.0),
                "{name}"
            );
            assert_eq!(server.get("/tiles/districts.json").status, 200, "{name}");
            named(&server, name);
        },
    );
}
