//! Collections and the schemas of their features.

use axum::response::Response;
use serde_json::{Value, json};

use super::{LANDING, of_all, of_collection, plain_query, read_format, written};
use crate::answer::{Answer, Terms};
use crate::error::AppError;
use crate::generation::Generation;
use crate::ogc::collection::Collection;
use crate::ogc::link::{self, CRS84, link};
use crate::ogc::schema;
use crate::path::Segments;
use crate::query::encoded;
use crate::routes::asked::Asked;

/// All collections: every level, then every layer.
pub(in crate::routes) async fn list(asked: Asked) -> Result<Response, AppError> {
    of_all(&asked, "ogc collections", all).await
}

fn all(generation: &Generation, origin: &str, format: &str) -> Value {
    let collections: Vec<Value> = Collection::all(generation)
        .map(|collection| document(&collection, origin, format))
        .collect();
    let base = format!("{origin}{LANDING}/collections");
    json!({
        "title": generation.territory.name(),
        "links": link::own(&base, format == "html"),
        "numberMatched": collections.len(),
        "numberReturned": collections.len(),
        "collections": collections,
    })
}

/// One collection.
pub(in crate::routes) async fn one(
    Segments(id): Segments<String>,
    asked: Asked,
) -> Result<Response, AppError> {
    let generation = asked.state.generation()?;
    let format = read_format(asked.query.as_deref(), &asked.wanted)?;
    let origin = asked.origin.clone();
    let request = format!("ogc collection {id:?} {format} {origin}");
    let render = move |collection: &Collection<'_>| {
        Ok(written(&document(collection, &origin, format), format))
    };
    of_collection(&asked, generation, id, request, Terms::FORMATS, render).await
}

/// The address of a collection.
pub(super) fn address(origin: &str, id: &str) -> String {
    format!("{origin}{LANDING}/collections/{}", encoded(id))
}

fn document(collection: &Collection<'_>, origin: &str, format: &str) -> Value {
    let base = address(origin, collection.id);
    let to = |rel: &str, path: &str, media_type: &str, title: &str| {
        link(rel, &format!("{base}{path}"), media_type, title)
    };
    let mut links = link::own(&base, format == "html").to_vec();
    links.extend([
        to("items", "/items", link::GEOJSON, "Features"),
        to(
            link::QUERYABLES,
            "/queryables",
            link::SCHEMA,
            "What can be asked for",
        ),
        to(
            link::SCHEMA_OF,
            "/schema",
            link::SCHEMA,
            "What a feature holds",
        ),
        to(link::TILES_VECTOR, "/tiles", link::JSON, "Vector tiles"),
    ]);
    let mut document = json!({
        "id": collection.id,
        "title": collection.title(),
        "itemType": "feature",
        "crs": [CRS84],
        "links": links,
    });
    if let Some(bounds) = collection.generation.bounds(collection.id) {
        document["extent"] = json!({ "spatial": { "bbox": [bounds], "crs": CRS84 } });
    }
    document
}

/// What filters and parameters may name.
pub(in crate::routes) async fn queryables(
    Segments(id): Segments<String>,
    asked: Asked,
) -> Result<Response, AppError> {
    described(asked, id, "queryables", schema::queryables).await
}

/// What a feature holds.
pub(in crate::routes) async fn features_schema(
    Segments(id): Segments<String>,
    asked: Asked,
) -> Result<Response, AppError> {
    described(asked, id, "schema", schema::features).await
}

async fn described(
    asked: Asked,
    id: String,
    name: &str,
    schema: fn(&Collection<'_>, &str) -> Value,
) -> Result<Response, AppError> {
    plain_query(asked.query.as_deref())?;
    let generation = asked.state.generation()?;
    let own = format!("{}/{name}", address(&asked.origin, &id));
    let request = format!("ogc {own}");
    let render = move |collection: &Collection<'_>| {
        let document = schema(collection, &own);
        Ok(Answer::new(link::SCHEMA, document.to_string()))
    };
    of_collection(&asked, generation, id, request, Terms::DATA, render).await
}
