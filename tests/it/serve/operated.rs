//! What an operator sets and sees: the log, the base path, certificates, readiness.

use std::fs;

use comarca_tests::http::get_request;
use comarca_tests::program::{comarca_in, run, until};
use comarca_tests::project::{TINY_PROJECT, tiny, write};
use comarca_tests::server::Server;
use serde_json::Value;

/// The small project with a section of the server.
fn served_by(section: &str) -> tempfile::TempDir {
    let folder = tiny();
    let project = format!("{TINY_PROJECT}\n[server]\n{section}\n");
    write(folder.path(), "comarca.toml", project);
    folder
}

#[test]
fn the_log_is_an_object_per_line_where_programs_read_it() {
    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    let folder = tiny();
    let mut command = comarca_in(folder.path());
    command
        .env("COMARCA_LOG_FORMAT", "json")
        .env("COMARCA_LOG", "warn,access=info");
    let server = Server::start_by(command);
    let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let sent = [("X-Request-Id", "desk-7"), ("traceparent", &*parent)];
    let secret = "/nowhere?token=nobodys-business";
    assert_eq!(server.get_with(secret, &sent).status, 404);
    until("the line of the request", || {
        server.said().contains("desk-7").then_some(())
    });
    let said = server.said();
    let lines: Vec<Value> = said
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    let line = lines.iter().find(|line| line["request_id"] == "desk-7");
    let line = line.expect("the line of the request");
    assert_eq!(line["target"], "access");
    assert_eq!(
        (&line["method"], &line["path"]),
        (&"GET".into(), &"/nowhere".into())
    );
    assert_eq!(
        (&line["status"], &line["trace_id"]),
        (&404.into(), &TRACE.into())
    );
    assert_eq!(line["client"], "127.0.0.1");
    assert!(line["duration_us"].is_u64() && line["timestamp"].is_string());
    assert!(!said.contains("nobodys-business"), "queries are not logged");
}

#[test]
fn everything_is_below_the_base_path_of_the_project() {
    let folder = served_by("base_path = \"/mapas\"");
    let server = Server::start(folder.path());
    assert_eq!(server.json("/mapas/health")["status"], "ok");
    assert_eq!(server.get("/health").status, 404);
    let page = server.get("/mapas/");
    assert_eq!(page.status, 200);
    for name in page
        .text()
        .split('"')
        .filter(|text| text.contains("assets/"))
    {
        let file = name.trim_start_matches("./");
        assert!(!file.starts_with('/'), "{name} is relative to the page");
        assert_eq!(server.get(&format!("/mapas/{file}")).status, 200, "{file}");
    }
    let catalog = server.json("/mapas/catalog");
    let tilejson = &catalog["tiles"]["districts"]["tilejson"];
    assert_eq!(tilejson, "http://localhost/mapas/tiles/districts.json");
}

#[test]
fn a_server_that_is_asked_to_end_is_not_ready_before_its_port_closes() {
    let folder = served_by("drain_delay_s = 60");
    let mut server = Server::start(folder.path());
    assert_eq!(server.get("/ready").status, 200);
    server.terminate();
    until("a server that is not ready", || {
        let answer = server.send(&get_request("/ready", &[]))?;
        (answer.status == 503 && answer.header("retry-after").is_some()).then_some(())
    });
    assert_eq!(server.get("/health").status, 200);
    server.interrupt();
    assert_eq!(server.ended().code(), Some(0), "{}", server.said());
}

#[test]
fn what_cannot_be_served_is_told_before_anything_is_loaded() {
    for (section, told) in [
        (
            "base_path = \"mapas/\"",
            "\"mapas/\" is no path such as \"/mapas\"",
        ),
        (
            "otlp = \"collector\"",
            "\"collector\" is no address such as",
        ),
        ("public_url = \"mapas\"", "\"mapas\" is no address such as"),
        (
            "trusted_proxies = [\"10.0.0.0/8\", \"proxy\"]",
            "\"proxy\" is no address or network",
        ),
        (
            "tls = { certificate = \"no.pem\", key = \"no.pem\" }",
            "no.pem: cannot be read",
        ),
        ("tls = { certificate = \"cert.pem\" }", "key"),
        ("bas_path = \"/a\"", "base_path"),
        ("log = \"xml\"", "json"),
        ("connections_max = 0", "connections_max"),
    ] {
        let folder = served_by(section);
        let outcome = run(comarca_in(folder.path()).args(["serve", "--listen", "127.0.0.1:0"]));
        assert_eq!(outcome.code(), Some(1), "{section}");
        assert!(
            outcome.stderr.contains(told),
            "{section}: {}",
            outcome.stderr
        );
    }
}

#[test]
fn a_certificate_without_its_key_is_told() {
    let folder = tiny();
    fs::write(folder.path().join("cert.pem"), "nothing").expect("the folder can be written to");
    let flags = ["serve", "--tls-certificate", "cert.pem"];
    let outcome = run(comarca_in(folder.path()).args(flags));
    assert_eq!(outcome.code(), Some(2), "{}", outcome.stderr);
    let flags = [
        "serve",
        "--tls-certificate",
        "cert.pem",
        "--tls-key",
        "cert.pem",
    ];
    let outcome = run(comarca_in(folder.path()).args(flags));
    assert_eq!(outcome.code(), Some(1));
    assert!(
        outcome
            .stderr
            .contains("cert.pem: holds no certificate in PEM"),
        "{}",
        outcome.stderr
    );
}
