//! The collection `demands` of OGC API Features: Part 1 to read (OGC 17-069r4), Part 4 to write (OGC 20-002r1).

use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, State as Shared};
use axum::response::Response;
use serde_json::{Value, json};

use crate::error::AppError;
use crate::origin::Origin;
use crate::routes::demands::{demands_of, listed};
use crate::state::State;
use crate::wanted::Wanted;

/// Address of the items.
pub(super) const ITEMS: &str = "/ogc/collections/demands/items";
/// Address of one of them.
pub(super) const ITEM: &str = "/ogc/collections/demands/items/{id}";
/// Address of the collection.
pub(super) const COLLECTION: &str = "/ogc/collections/demands";

/// Formats of the items: name in the query and media type.
const FORMATS: [(&str, &str); 1] = [("geojson", "application/geo+json")];

/// What the collection is.
pub(super) async fn collection(
    Shared(state): Shared<Arc<State>>,
    Origin(origin): Origin,
) -> Result<Json<Value>, AppError> {
    let generation = state.generation()?;
    demands_of(&generation)?;
    let layer = generation.source(crate::generation::DEMANDS)?;
    let items = format!("{origin}{ITEMS}");
    Ok(Json(json!({
        "id": crate::generation::DEMANDS,
        "title": "Demandas ciudadanas / Citizens' demands",
        "itemType": "feature",
        "crs": ["http://www.opengis.net/def/crs/OGC/1.3/CRS84"],
        "extent": { "spatial": { "bbox": [layer.bounds().or_else(|| generation.territory.bounds())] } },
        "links": [
            { "rel": "self", "href": format!("{origin}{COLLECTION}"), "type": "application/json" },
            { "rel": "items", "href": items, "type": "application/geo+json" },
        ],
    })))
}

/// The items, as GeoJSON.
pub(super) async fn items(
    Shared(state): Shared<Arc<State>>,
    Origin(origin): Origin,
    RawQuery(query): RawQuery,
    wanted: Wanted,
) -> Result<Response, AppError> {
    // A browser that asks for HTML gets what there is.
    let wanted = Wanted {
        accept: None,
        ..wanted
    };
    listed(
        &state,
        format!("{origin}{ITEMS}"),
        query.as_deref(),
        wanted,
        &FORMATS,
    )
    .await
}
