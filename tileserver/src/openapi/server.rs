//! The viewer, the state of the server, the catalogue, the session.

use serde_json::Value;

use super::build::{Entry, array, kind, map, nullable, object, operation, reference};

const JSON: &str = "application/json";

pub(super) fn entries() -> Vec<Entry> {
    let page = operation("viewer", "server", "The viewer")
        .gives("text/html; charset=utf-8", kind("string"));
    let health = operation(
        "health",
        "server",
        "Whether the server lives, and what was wrong with the data",
    )
    .answers(200, "It lives", JSON, health());
    let ready = operation("ready", "server", "Whether there is data").answers(
        200,
        "There is",
        JSON,
        object([("status", kind("string")), ("generation", kind("string"))]),
    );
    let metrics = operation("metrics", "server", "Counters for Prometheus").answers(
        200,
        "Text exposition format 0.0.4",
        "text/plain; version=0.0.4; charset=utf-8",
        kind("string"),
    );
    let catalog = operation(
        "catalog",
        "server",
        "Tile sources, heat maps, levels and themes",
    )
    .gives(JSON, catalog());
    let session = operation("session", "server", "Whose token this is")
        .answers(200, "The token", JSON, session())
        .secured()
        .refuses(&[404]);
    vec![
        Entry::get("/", page),
        Entry::get("/health", health),
        Entry::get("/ready", ready),
        Entry::get("/metrics", metrics),
        Entry::get("/catalog", catalog),
        Entry::get("/session", session),
    ]
}

fn health() -> Value {
    object([
        ("status", kind("string")),
        ("generation", nullable("string")),
        ("problems", kind("integer")),
        ("messages", array(&kind("string"))),
    ])
}

fn catalog() -> Value {
    let source = object([
        ("title", reference("Title")),
        ("kind", kind("string")),
        ("geometry", kind("string")),
        ("features", kind("integer")),
        ("content_type", kind("string")),
        ("tilejson", kind("string")),
    ]);
    let heatmap = object([
        ("title", reference("Title")),
        ("unit", kind("string")),
        ("themes", kind("boolean")),
        ("tilejson", kind("string")),
    ]);
    let level = object([
        ("id", kind("string")),
        ("title", reference("Title")),
        ("territories", kind("integer")),
    ]);
    object([
        ("name", kind("string")),
        ("languages", array(&kind("string"))),
        ("crs", kind("string")),
        ("generation", kind("string")),
        ("tiles", map(&source)),
        ("heatmaps", map(&heatmap)),
        ("levels", array(&level)),
        ("themes", array(&kind("string"))),
        ("demands", nullable("object")),
    ])
}

fn session() -> Value {
    object([
        ("name", kind("string")),
        ("role", kind("string")),
        ("communes", array(&kind("string"))),
        ("expires", nullable("string")),
    ])
}
