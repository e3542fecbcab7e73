//! The items of a collection, page by page, and one of them.

use std::time::SystemTime;

use axum::extract::{RawQuery, State as Shared};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use serde_json::{Value, json};

use super::collections::address;
use super::of_collection;
use crate::answer::{Answer, Terms};
use crate::error::{AppError, shown};
use crate::generation::{DEMANDS, Generation};
use crate::ogc::collection::Collection;
use crate::ogc::geojson::Writer;
use crate::ogc::items::Items;
use crate::ogc::link::{self, link};
use crate::ogc::rows::{Rows, chosen};
use crate::origin::Origin;
use crate::path::Segments;
use crate::query::{Query, encoded};
use crate::register::{Demands, document};
use crate::routes::asked::Asked;
use crate::routes::demands;
use crate::time::rfc3339;

/// Address of the demands, which are written there too.
pub(in crate::routes) const OF_DEMANDS: &str = "/ogc/collections/demands/items";
/// Address of one of them.
pub(in crate::routes) const DEMAND: &str = "/ogc/collections/demands/items/{id}";

/// A page ends where it has so many bytes, however many features were asked for; the link to the next one knows.
const PAGE_BYTES_MAX: usize = 32 << 20;
/// Names of the one format.
pub(in crate::routes) const FORMATS: [&str; 2] = ["geojson", "json"];

/// The items of a collection.
pub(in crate::routes) async fn list(
    Segments(id): Segments<String>,
    asked: Asked,
) -> Result<Response, AppError> {
    listed(asked, id).await
}

/// The items of the collection `demands`.
pub(in crate::routes) async fn list_demands(asked: Asked) -> Result<Response, AppError> {
    listed(asked, DEMANDS.to_owned()).await
}

/// A browser that asks for HTML gets what there is: `Accept` is not looked at.
async fn listed(asked: Asked, id: String) -> Result<Response, AppError> {
    let generation = asked.state.generation()?;
    // In a box, since it goes from future to future.
    let items = Items::read(&Collection::find(&generation, &id)?, asked.query.as_deref());
    let items = Box::new(items?);
    check_format(&items.query)?;
    let own = format!("{}/items", address(&asked.origin, &id));
    let request = format!("ogc {own} {}", items.normal_form());
    let render = move |collection: &Collection<'_>| page(collection, &items, &own);
    of_collection(&asked, generation, id, request, Terms::DATA, render).await
}

fn check_format(query: &Query) -> Result<(), AppError> {
    match query.value("f").filter(|format| !FORMATS.contains(format)) {
        Some(other) => Err(AppError::not_one_of("f", other, FORMATS)),
        None => Ok(()),
    }
}

fn page(collection: &Collection<'_>, items: &Items, own: &str) -> Result<Answer, AppError> {
    if let Some(register) = collection.register {
        return page_of_demands(collection, register, items, own);
    }
    let rows = Rows::of_layer(collection);
    let chosen = items.of_layer(collection, &rows)?;
    let writer = Writer::new(collection.layer, &rows, items.properties.as_deref());
    Ok(written(items, own, &chosen, |row, out| {
        writer.open_feature(row, out);
        out.push(b'}');
    }))
}

fn page_of_demands(
    collection: &Collection<'_>,
    register: &Demands,
    items: &Items,
    own: &str,
) -> Result<Answer, AppError> {
    let choice = items
        .choice
        .as_ref()
        .and_then(|choice| chosen(collection, choice));
    let demands = choice.unwrap_or_default();
    let chosen = items.of_demands(&demands)?;
    let territory = &collection.generation.territory;
    Ok(written(items, own, &chosen, |row, out| {
        let mut feature = document::feature(document::demand(territory, register, &demands[row]));
        if let (Some(named), Some(members)) =
            (&items.properties, feature["properties"].as_object_mut())
        {
            members.retain(|name, _| named.contains(name));
        }
        out.extend(feature.to_string().as_bytes());
    }))
}

/// A page of the chosen rows with its links.
fn written(
    items: &Items,
    own: &str,
    chosen: &[usize],
    mut feature: impl FnMut(usize, &mut Vec<u8>),
) -> Answer {
    let mut body = b"{\"type\":\"FeatureCollection\",\"features\":[".to_vec();
    let mut returned = 0;
    for row in chosen.iter().skip(items.offset).take(items.limit) {
        if returned > 0 {
            body.push(b',');
        }
        feature(*row, &mut body);
        returned += 1;
        if body.len() > PAGE_BYTES_MAX {
            break;
        }
    }
    let about = json!({
        "links": links(items, own, chosen.len(), returned),
        "timeStamp": rfc3339(SystemTime::now()),
        "numberMatched": chosen.len(),
        "numberReturned": returned,
    });
    body.extend(b"],");
    body.extend(&about.to_string().as_bytes()[1..]);
    Answer::new(link::GEOJSON, body)
}

fn links(items: &Items, own: &str, matched: usize, returned: usize) -> Vec<Value> {
    let at = |rel: &str, limit: usize, offset: usize, title: &str| {
        let address = items.query.at(own, limit, offset);
        link(rel, &address, link::GEOJSON, title)
    };
    let collection = own.strip_suffix("/items").unwrap_or(own);
    let mut links = vec![
        at("self", items.limit, items.offset, "This page"),
        link("collection", collection, link::JSON, "The collection"),
    ];
    let next = items.offset.saturating_add(returned);
    if returned > 0 && next < matched {
        links.push(at("next", items.limit, next, "The next page"));
    }
    // As many as there are before this page: what is on it is not on the one before.
    let before = items.offset.min(matched);
    if before > 0 {
        let limit = items.limit.min(before);
        links.push(at("prev", limit, before - limit, "The page before"));
    }
    links
}

/// One feature by its key.
pub(in crate::routes) async fn one(
    Segments((id, key)): Segments<(String, String)>,
    asked: Asked,
) -> Result<Response, AppError> {
    let generation = asked.state.generation()?;
    check_format(&Query::read(asked.query.as_deref(), &["f"])?)?;
    let origin = asked.origin.clone();
    let request = format!("ogc item {origin} {id:?} {key:?}");
    let render = move |collection: &Collection<'_>| feature(collection, &key, &origin);
    of_collection(&asked, generation, id, request, Terms::DATA, render).await
}

fn feature(collection: &Collection<'_>, key: &str, origin: &str) -> Result<Answer, AppError> {
    let row = collection.layer.row_of(key);
    let none = || {
        let (id, key) = (collection.id, shown(key));
        AppError::NotFound(format!("the collection {id} has no feature {key:?}"))
    };
    let row = row.ok_or_else(none)?;
    let rows = Rows::of_layer(collection);
    let mut body = vec![];
    Writer::new(collection.layer, &rows, None).open_feature(row, &mut body);
    body.extend(b",\"links\":");
    body.extend(
        feature_links(origin, collection.id, key)
            .to_string()
            .as_bytes(),
    );
    body.push(b'}');
    Ok(Answer::new(link::GEOJSON, body))
}

/// The links of one feature.
pub(in crate::routes) fn feature_links(origin: &str, id: &str, key: &str) -> Value {
    let collection = address(origin, id);
    let own = format!("{collection}/items/{}", encoded(key));
    json!([
        link("self", &own, link::GEOJSON, "This feature"),
        link("collection", &collection, link::JSON, "The collection"),
    ])
}

/// One demand: from the register where there is one, with the tag of its version.
pub(in crate::routes) async fn demand(
    Segments(key): Segments<String>,
    asked: Asked,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    if !has_register(&*asked.state.generation()?) {
        return one(Segments((DEMANDS.to_owned(), key)), asked).await;
    }
    let Asked {
        state,
        origin,
        query,
        wanted,
    } = asked;
    let (state, origin, query) = (Shared(state), Origin(origin), RawQuery(query));
    demands::read(state, Segments(key), origin, query, uri, wanted, headers).await
}

fn has_register(generation: &Generation) -> bool {
    generation.demands.is_some()
}
