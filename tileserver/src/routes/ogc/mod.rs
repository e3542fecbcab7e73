//! OGC API: Features Part 1 (17-069r4) and Part 3 (19-079r2) to read every level and layer, Part 4 (20-002r1) to write
//! demands, Tiles Part 1 (20-057), and the OpenAPI document.

pub(super) mod api;
pub(super) mod collections;
pub(super) mod items;
pub(super) mod tiles;

use std::sync::Arc;

use axum::response::Response;
use serde_json::{Value, json};

use crate::answer::{Answer, Terms};
use crate::error::AppError;
use crate::generation::{Edition, Generation};
use crate::ogc::collection::Collection;
use crate::ogc::link::{self, link};
use crate::ogc::{conformance, html};
use crate::query::Query;
use crate::routes::asked::Asked;
use crate::wanted::Wanted;

/// Where everything begins.
pub(super) const LANDING: &str = "/ogc";

/// A document in one of its two forms: name in the query and media type.
const DOCUMENT: [(&str, &str); 2] = [("json", link::JSON), ("html", link::HTML)];

/// The landing page.
pub(super) async fn landing(asked: Asked) -> Result<Response, AppError> {
    of_all(&asked, "ogc", landing_document).await
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
pub(super) async fn conformance(asked: Asked) -> Result<Response, AppError> {
    plain_query(asked.query.as_deref())?;
    let document = || {
        let classes: Vec<&str> = conformance::classes().collect();
        Ok(json!({ "conformsTo": classes }))
    };
    told(&asked, &asked.state.program, "ogc conformance", document).await
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

/// Answers with a document of all the data, in the form that is wanted.
async fn of_all(
    asked: &Asked,
    name: &str,
    document: fn(&Generation, &str, &str) -> Value,
) -> Result<Response, AppError> {
    let generation = asked.state.generation()?;
    let format = read_format(asked.query.as_deref(), &asked.wanted)?;
    let (edition, origin) = (generation.edition.clone(), asked.origin.clone());
    let request = format!("{name} {format} {origin}");
    let render = move || Ok(written(&document(&generation, &origin, format), format));
    asked
        .answer(&edition, request, Terms::FORMATS, render)
        .await
}

/// Answers with what is made of a collection, which has an edition of its own.
///
/// # Errors
/// 404 where there is no collection of this id.
async fn of_collection(
    asked: &Asked,
    generation: Arc<Generation>,
    id: String,
    request: String,
    terms: Terms,
    render: impl FnOnce(&Collection<'_>) -> Result<Answer, AppError> + Send + 'static,
) -> Result<Response, AppError> {
    let edition = Collection::find(&generation, &id)?.edition().clone();
    let render = move || render(&Collection::find(&generation, &id)?);
    asked.answer(&edition, request, terms, render).await
}

/// Answers with a JSON document of some edition.
async fn told(
    asked: &Asked,
    edition: &Edition,
    request: impl Into<String>,
    document: impl FnOnce() -> Result<Value, AppError> + Send + 'static,
) -> Result<Response, AppError> {
    let render = move || document().map(|document| Answer::json(&document));
    asked
        .answer(edition, request.into(), Terms::DATA, render)
        .await
}
