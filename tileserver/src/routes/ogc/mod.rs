//! OGC API: Features Part 1 (17-069r4) and Part 3 (19-079r2) to read every level and layer, Part 4 (20-002r1) to write
//! demands, Tiles Part 1 (20-057), and the OpenAPI document.

pub(super) mod api;
pub(super) mod collections;
pub(super) mod items;
pub(super) mod tiles;

use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::response::Response;
use serde_json::{Value, json};

use crate::answer::{Answer, Terms};
use crate::error::AppError;
use crate::generation::{Edition, Generation};
use crate::ogc::link::{self, link};
use crate::ogc::{conformance, html};
use crate::origin::Origin;
use crate::query::Query;
use crate::state::State;
use crate::wanted::Wanted;

/// Where everything begins.
pub(super) const LANDING: &str = "/ogc";

/// A document in one of its two forms: name in the query and media type.
const DOCUMENT: [(&str, &str); 2] = [("json", link::JSON), ("html", link::HTML)];

/// The landing page.
pub(super) async fn landing(
    Shared(state): Shared<Arc<State>>,
    Origin(origin): Origin,
    RawQuery(query): RawQuery,
    wanted: Wanted,
) -> Result<Response, AppError> {
    let generation = state.generation()?;
    let format = read_format(query.as_deref(), &wanted)?;
    let edition = generation.edition.clone();
    let request = format!("ogc {format} {origin}");
    let render = move || {
        Ok(written(
            &landing_document(&generation, &origin, format),
            format,
        ))
    };
    state
        .answer(&edition, request, Terms::FORMATS, &wanted, render)
        .await
}

fn landing_document(generation: &Generation, origin: &str, format: &str) -> Value {
    let base = format!("{origin}{LANDING}");
    let to = |rel: &str, path: &str, media_type: &str, title: &str| {
        link(rel, &format!("{base}{path}"), media_type, title)
    };
    let mut links = link::own(&base, format == "html").to_vec();
    links.extend([
        to("service-desc", "/api", link::OPENAPI, "API definition"),
        to("service-doc", "?f=html", link::HTML, "Where to begin"),
        to(
            "conformance",
            "/conformance",
            link::JSON,
            "Conformance classes",
        ),
        to(
            link::CONFORMANCE,
            "/conformance",
            link::JSON,
            "Conformance classes",
        ),
        to("data", "/collections", link::JSON, "Collections"),
        to(link::DATA, "/collections", link::JSON, "Collections"),
        to(
            link::TILES_VECTOR,
            "/tiles",
            link::JSON,
            "Vector tiles of all collections",
        ),
        to(
            link::TILING_SCHEMES,
            "/tileMatrixSets",
            link::JSON,
            "Tile matrix sets",
        ),
    ]);
    json!({
        "title": generation.territory.name(),
        "description": "Levels and layers of the territory as features and vector tiles (OGC API).",
        "links": links,
    })
}

/// The conformance classes that hold.
pub(super) async fn conformance(
    Shared(state): Shared<Arc<State>>,
    RawQuery(query): RawQuery,
    wanted: Wanted,
) -> Result<Response, AppError> {
    plain_query(query.as_deref())?;
    let render = || {
        let classes: Vec<&str> = conformance::classes().collect();
        Ok(Answer::json(&json!({ "conformsTo": classes })))
    };
    let edition = state.program.clone();
    let request = "ogc conformance".to_owned();
    state
        .answer(&edition, request, Terms::DATA, &wanted, render)
        .await
}

/// The format of a document that is there as JSON and as a page.
fn read_format(query: Option<&str>, wanted: &Wanted) -> Result<&'static str, AppError> {
    wanted.format(&Query::read(query, &["f"])?, &DOCUMENT)
}

/// A query that may only say that it wants JSON.
fn plain_query(query: Option<&str>) -> Result<(), AppError> {
    let query = Query::read(query, &["f"])?;
    match query.value("f") {
        None | Some("json") => Ok(()),
        Some(other) => Err(AppError::not_one_of("f", other, ["json"])),
    }
}

fn written(document: &Value, format: &str) -> Answer {
    match format {
        "html" => Answer::new("text/html; charset=utf-8", html::page(document)),
        _ => Answer::json(document),
    }
}

/// Answers with a JSON document of some edition.
async fn told(
    state: &State,
    edition: &Edition,
    request: String,
    wanted: &Wanted,
    document: impl FnOnce() -> Result<Value, AppError> + Send + 'static,
) -> Result<Response, AppError> {
    let render = move || document().map(|document| Answer::json(&document));
    state
        .answer(edition, request, Terms::DATA, wanted, render)
        .await
}
