//! What the routes of OGC API are made of: collections and their rows, the query of items, boxes, moments, GeoJSON, tile matrices.

pub(crate) mod bbox;
pub(crate) mod collection;
pub(crate) mod conformance;
pub(crate) mod datetime;
pub(crate) mod geojson;
pub(crate) mod html;
pub(crate) mod items;
pub(crate) mod link;
pub(crate) mod rows;
pub(crate) mod schema;
pub(crate) mod tile_matrix_set;
