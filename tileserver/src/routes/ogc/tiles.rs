//! Vector tiles as OGC API Tiles addresses them (OGC 20-057): row before column, in the grid `WebMercatorQuad`.

use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::response::Response;
use comarca_engine::GeometryType;
use serde_json::{Value, json};

use super::collections::address;
use super::{LANDING, plain_query, told};
use crate::answer::{Answer, Terms};
use crate::error::AppError;
use crate::generation::{Generation, union};
use crate::ogc::collection::Collection;
use crate::ogc::link::{self, CRS84, link, template};
use crate::ogc::{schema, tile_matrix_set};
use crate::path::Segments;
use crate::query::{Query, encoded};
use crate::routes::asked::Asked;
use crate::routes::tilejson::WORLD_BOUNDS;
use crate::routes::tiles::{self, MVT};
use crate::state::State;
use crate::tile_request::SOURCES_MAX;
use crate::wanted::Wanted;

/// The tile matrix sets: one.
pub(in crate::routes) async fn matrix_sets(asked: Asked) -> Result<Response, AppError> {
    plain_query(asked.query.as_deref())?;
    let origin = asked.origin.clone();
    let request = format!("ogc matrix sets {origin}");
    let document = move || {
        let own = matrix_set_address(&origin);
        Ok(json!({ "tileMatrixSets": [{
            "id": tile_matrix_set::ID,
            "title": "Google Maps Compatible for the World",
            "uri": tile_matrix_set::URI,
            "crs": tile_matrix_set::CRS,
            "links": [link("self", &own, link::JSON, "Definition")],
        }] }))
    };
    told(&asked, &asked.state.program, request, document).await
}

fn matrix_set_address(origin: &str) -> String {
    format!("{origin}{LANDING}/tileMatrixSets/{}", tile_matrix_set::ID)
}

/// The definition of a tile matrix set.
pub(in crate::routes) async fn matrix_set(
    Segments(id): Segments<String>,
    asked: Asked,
) -> Result<Response, AppError> {
    tile_matrix_set::known(&id)?;
    plain_query(asked.query.as_deref())?;
    let document = || Ok(tile_matrix_set::definition());
    told(&asked, &asked.state.program, "ogc matrix set", document).await
}

/// A set of tiles: of one collection, or of several together.
struct Tileset<'g> {
    collections: Vec<Collection<'g>>,
    title: String,
    /// Where its tilesets are listed.
    address: String,
    /// What has to be said with every address of it.
    query: String,
}

impl<'g> Tileset<'g> {
    fn of_one(collection: &Collection<'g>, origin: &str) -> Self {
        Self {
            title: collection.title().to_owned(),
            address: format!("{}/tiles", address(origin, collection.id)),
            query: String::new(),
            collections: vec![*collection],
        }
    }

    fn of_all(generation: &'g Generation, query: &Query, origin: &str) -> Result<Self, AppError> {
        let ids = selected(generation, query)?;
        let collections: Result<_, _> = ids
            .iter()
            .map(|id| Collection::find(generation, id))
            .collect();
        let named = query.value("collections").map(encoded);
        Ok(Self {
            title: generation.territory.name().to_owned(),
            address: format!("{origin}{LANDING}/tiles"),
            query: named.map_or(String::new(), |ids| format!("?collections={ids}")),
            collections: collections?,
        })
    }

    fn told(&self, form: Form, origin: &str) -> Value {
        match form {
            Form::List => self.list(origin),
            Form::Whole => self.document(origin),
        }
    }

    fn own_address(&self) -> String {
        format!("{}/{}{}", self.address, tile_matrix_set::ID, self.query)
    }

    /// The list of its tilesets: one.
    fn list(&self, origin: &str) -> Value {
        let own = format!("{}{}", self.address, self.query);
        let mut tileset = self.head();
        tileset["links"] = json!([
            link("self", &self.own_address(), link::JSON, "Tileset"),
            tiling_scheme(origin),
        ]);
        json!({
            "title": self.title,
            "links": [link("self", &own, link::JSON, "This document")],
            "tilesets": [tileset],
        })
    }

    /// What a list says of it too.
    fn head(&self) -> Value {
        json!({
            "title": self.title,
            "dataType": "vector",
            "crs": tile_matrix_set::CRS,
            "tileMatrixSetURI": tile_matrix_set::URI,
        })
    }

    /// Everything about it (OGC 17-083r4 §8).
    fn document(&self, origin: &str) -> Value {
        let bounds = self
            .collections
            .iter()
            .filter_map(|one| one.generation.bounds(one.id));
        let bounds = union(bounds).unwrap_or(WORLD_BOUNDS);
        let [west, south, east, north] = bounds;
        let tiles = format!(
            "{}/{}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}{}",
            self.address,
            tile_matrix_set::ID,
            self.query
        );
        let ids: Vec<String> = self.collections.iter().map(|one| encoded(one.id)).collect();
        let tilejson = format!("{origin}/tiles/{}.json", ids.join(","));
        let mut document = self.head();
        document["tileMatrixSetId"] = json!(tile_matrix_set::ID);
        document["tileMatrixSetLimits"] = json!(tile_matrix_set::limits(bounds));
        document["boundingBox"] =
            json!({ "lowerLeft": [west, south], "upperRight": [east, north], "crs": CRS84 });
        document["layers"] = self.collections.iter().map(layer).collect();
        document["links"] = json!([
            link("self", &self.own_address(), link::JSON, "This document"),
            tiling_scheme(origin),
            template("item", &tiles, MVT, "Tiles"),
            link("describedby", &tilejson, link::JSON, "TileJSON"),
        ]);
        document
    }
}

fn tiling_scheme(origin: &str) -> Value {
    let address = matrix_set_address(origin);
    link(link::TILING_SCHEME, &address, link::JSON, "Tile matrix set")
}

fn layer(collection: &Collection<'_>) -> Value {
    let dimension = match collection.layer.geometry_type() {
        Some(GeometryType::Point) => Some(0),
        Some(GeometryType::Line) => Some(1),
        Some(GeometryType::Polygon) => Some(2),
        Some(GeometryType::None) | None => None,
    };
    let mut layer = json!({
        "id": collection.id,
        "title": collection.title(),
        "dataType": "vector",
        "propertiesSchema": { "type": "object", "properties": schema::attributes(collection) },
    });
    if let Some(dimension) = dimension {
        layer["geometryDimension"] = json!(dimension);
    }
    layer
}

/// The ids that `collections` names, else all, as many as a tile takes.
fn selected(generation: &Generation, query: &Query) -> Result<Vec<String>, AppError> {
    match query.list("collections") {
        Some(ids) if ids.len() > SOURCES_MAX => {
            let allowed = format!("at most {SOURCES_MAX} ids");
            Err(AppError::parameter("collections", &ids.join(","), allowed))
        }
        Some(ids) if !ids.is_empty() => {
            let known = || generation.territory.source_ids();
            match ids.iter().find(|id| known().all(|own| own != id.as_str())) {
                Some(unknown) => Err(AppError::not_one_of("collections", unknown, known())),
                None => Ok(ids),
            }
        }
        _ => {
            let all = generation.territory.source_ids().take(SOURCES_MAX);
            Ok(all.map(str::to_owned).collect())
        }
    }
}

/// The tilesets of a collection.
pub(in crate::routes) async fn of_collection(
    Segments(id): Segments<String>,
    asked: Asked,
) -> Result<Response, AppError> {
    one(&asked, id, Form::List).await
}

/// The tileset of a collection.
pub(in crate::routes) async fn tileset(
    Segments((id, set)): Segments<(String, String)>,
    asked: Asked,
) -> Result<Response, AppError> {
    tile_matrix_set::known(&set)?;
    one(&asked, id, Form::Whole).await
}

async fn one(asked: &Asked, id: String, form: Form) -> Result<Response, AppError> {
    plain_query(asked.query.as_deref())?;
    let (generation, origin) = (asked.state.generation()?, asked.origin.clone());
    let request = format!("ogc tileset {form:?} {origin} {id:?}");
    let render = move |collection: &Collection<'_>| {
        let tileset = Tileset::of_one(collection, &origin);
        Ok(Answer::json(&tileset.told(form, &origin)))
    };
    super::of_collection(asked, generation, id, request, Terms::DATA, render).await
}

/// A tile of a collection: the bytes of `/tiles/{id}/{z}/{x}/{y}`.
pub(in crate::routes) async fn tile(
    state: Shared<Arc<State>>,
    Segments((id, set, z, row, column)): Segments<(String, String, String, String, String)>,
    RawQuery(query): RawQuery,
    wanted: Wanted,
) -> Result<Response, AppError> {
    Collection::find(&*state.generation()?, &id)?;
    tile_matrix_set::known(&set)?;
    let (_, rest) = tile_query(query.as_deref(), &["f"])?;
    tiles::tile(
        state,
        Segments((id, z, column, row)),
        RawQuery(rest),
        wanted,
    )
    .await
}

/// The tilesets of all collections together.
pub(in crate::routes) async fn of_dataset(asked: Asked) -> Result<Response, AppError> {
    dataset(&asked, Form::List).await
}

/// The tileset of all collections, or of those that `collections` names.
pub(in crate::routes) async fn dataset_tileset(
    Segments(set): Segments<String>,
    asked: Asked,
) -> Result<Response, AppError> {
    tile_matrix_set::known(&set)?;
    dataset(&asked, Form::Whole).await
}

/// How much of a tileset is told.
#[derive(Clone, Copy, Debug)]
enum Form {
    List,
    Whole,
}

async fn dataset(asked: &Asked, form: Form) -> Result<Response, AppError> {
    let query = Query::read(asked.query.as_deref(), &["f", "collections"])?;
    if let Some(other) = query.value("f").filter(|format| *format != "json") {
        return Err(AppError::not_one_of("f", other, ["json"]));
    }
    let (generation, origin) = (asked.state.generation()?, asked.origin.clone());
    selected(&generation, &query)?;
    let edition = generation.edition.clone();
    let request = format!(
        "ogc dataset {form:?} {origin} {:?}",
        query.value("collections")
    );
    let document = move || {
        let tileset = Tileset::of_all(&generation, &query, &origin)?;
        Ok(tileset.told(form, &origin))
    };
    told(asked, &edition, request, document).await
}

/// A tile of all collections, or of those that `collections` names.
pub(in crate::routes) async fn dataset_tile(
    state: Shared<Arc<State>>,
    Segments((set, z, row, column)): Segments<(String, String, String, String)>,
    RawQuery(query): RawQuery,
    wanted: Wanted,
) -> Result<Response, AppError> {
    tile_matrix_set::known(&set)?;
    let (own, rest) = tile_query(query.as_deref(), &["f", "collections"])?;
    let ids = selected(&*state.generation()?, &own)?.join(",");
    tiles::tile(
        state,
        Segments((ids, z, column, row)),
        RawQuery(rest),
        wanted,
    )
    .await
}

/// The parameters that only these addresses have, and the others as they were.
fn tile_query(query: Option<&str>, names: &[&str]) -> Result<(Query, Option<String>), AppError> {
    let pairs = query.unwrap_or_default().split('&');
    let is_own = |pair: &&str| names.contains(&pair.split('=').next().unwrap_or_default());
    let (own, rest): (Vec<&str>, Vec<&str>) = pairs.partition(is_own);
    let own = Query::read(Some(&own.join("&")), names)?;
    match own.value("f").filter(|format| *format != "mvt") {
        Some(other) => Err(AppError::not_one_of("f", other, ["mvt"])),
        None => Ok((own, Some(rest.join("&")))),
    }
}
