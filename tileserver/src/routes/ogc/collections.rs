//! Collections and the schemas of their features.

use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::response::Response;
use serde_json::{Value, json};

use super::{LANDING, plain_query, read_format, written};
use crate::answer::{Answer, Terms};
use crate::error::AppError;
use crate::generation::Generation;
use crate::ogc::collection::Collection;
use crate::ogc::link::{self, CRS84, link};
use crate::ogc::schema;
use crate::origin::Origin;
use crate::path::Segments;
use crate::query::encoded;
use crate::state::State;
use crate::wanted::Wanted;

/// All collections: every level, then every layer.
pub(in crate::routes) async fn list(
    Shared(state): Shared<Arc<State>>,
    Origin(origin): Origin,
    RawQuery(query): RawQuery,
    wanted: Wanted,
) -> Result<Response, AppError> {
    let generation = state.generation()?;
    let format = read_format(query.as_deref(), &wanted)?;
    let edition = generation.edition.clone();
    let request = format!("ogc collections {format} {origin}");
    let render = move || Ok(written(&all(&generation, &origin, format), format));
    state
        .answer(&edition, request, Terms::FORMATS, &wanted, render)
        .await
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
    Shared(state): Shared<Arc<State>>,
    Segments(id): Segments<String>,
    Origin(origin): Origin,
    RawQuery(query): RawQuery,
    wanted: Wanted,
) -> Result<Response, AppError> {
    let generation = state.generation()?;
    let edition = Collection::find(&generation, &id)?.edition().clone();
    let format = read_format(query.as_deref(), &wanted)?;
    let request = format!("ogc collection {id:?} {format} {origin}");
    let render = move || {
        let collection = Collection::find(&generation, &id)?;
        Ok(written(&document(&collection, &origin, format), format))
    };
    state
        .answer(&edition, request, Terms::FORMATS, &wanted, render)
        .await
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
    Shared(state): Shared<Arc<State>>,
    Segments(id): Segments<String>,
    Origin(origin): Origin,
    RawQuery(query): RawQuery,
    wanted: Wanted,
) -> Result<Response, AppError> {
    plain_query(query.as_deref())?;
    described(
        &state,
        id,
        &origin,
        "queryables",
        &wanted,
        schema::queryables,
    )
    .await
}

/// What a feature holds.
pub(in crate::routes) async fn features_schema(
    Shared(state): Shared<Arc<State>>,
    Segments(id): Segments<String>,
    Origin(origin): Origin,
    RawQuery(query): RawQuery,
    wanted: Wanted,
) -> Result<Response, AppError> {
    plain_query(query.as_deref())?;
    described(&state, id, &origin, "schema", &wanted, schema::features).await
}

async fn described(
    state: &State,
    id: String,
    origin: &str,
    name: &'static str,
    wanted: &Wanted,
    schema: fn(&Collection<'_>, &str) -> Value,
) -> Result<Response, AppError> {
    let generation = state.generation()?;
    let edition = Collection::find(&generation, &id)?.edition().clone();
    let own = format!("{}/{name}", address(origin, &id));
    let request = format!("ogc {own}");
    let render = move || {
        let document = schema(&Collection::find(&generation, &id)?, &own);
        Ok(Answer::new(link::SCHEMA, document.to_string()))
    };
    state
        .answer(&edition, request, Terms::DATA, wanted, render)
        .await
}
