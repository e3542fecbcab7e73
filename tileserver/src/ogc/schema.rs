//! JSON Schemas of a collection's features: what can be asked for, and what is answered (OGC 19-079r2 §6, draft Part 5).

use comarca_engine::{Column, ColumnType, GeometryType, Layer};
use serde_json::{Map, Value, json};

use super::collection::Collection;
use super::conformance::SPATIAL;
use super::rows::Rows;

/// The dialect of every schema.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// What filters and parameters may name.
pub(crate) fn queryables(collection: &Collection<'_>, address: &str) -> Value {
    let mut properties = attributes(collection);
    if !SPATIAL.is_empty() {
        properties.insert("geometry".to_owned(), geometry(collection.layer));
    }
    document(collection, address, properties)
}

/// What a feature holds.
pub(crate) fn features(collection: &Collection<'_>, address: &str) -> Value {
    let mut properties = attributes(collection);
    properties.insert("geometry".to_owned(), geometry(collection.layer));
    document(collection, address, properties)
}

fn document(collection: &Collection<'_>, address: &str, properties: Map<String, Value>) -> Value {
    let mut document = json!({
        "$schema": DIALECT,
        "$id": address,
        "type": "object",
        "title": collection.title(),
        "additionalProperties": false,
    });
    document["properties"] = Value::Object(properties);
    document
}

/// Key, name and the columns with their types.
pub(crate) fn attributes(collection: &Collection<'_>) -> Map<String, Value> {
    let own = [
        (
            "key",
            json!({ "title": "Key", "type": "string", "x-ogc-role": "id" }),
        ),
        ("name", json!({ "title": "Name", "type": "string" })),
    ];
    let own = own.map(|(name, schema)| (name.to_owned(), schema));
    let rows = Rows::shape_of(collection);
    let columns = rows
        .columns()
        .map(|column| (column.name().to_owned(), attribute(column)));
    own.into_iter().chain(columns).collect()
}

fn attribute(column: &Column) -> Value {
    let name = match column.column_type() {
        ColumnType::Bool => "boolean",
        ColumnType::Integer => "integer",
        ColumnType::Real => "number",
        ColumnType::Text => "string",
    };
    json!({ "title": column.name(), "type": name })
}

fn geometry(layer: &Layer) -> Value {
    let format = match layer.geometry_type() {
        Some(GeometryType::Point) => "geometry-point-or-multipoint",
        Some(GeometryType::Line) => "geometry-linestring-or-multilinestring",
        Some(GeometryType::Polygon) => "geometry-polygon-or-multipolygon",
        Some(GeometryType::None) | None => "geometry-any",
    };
    json!({ "title": "Geometry", "x-ogc-role": "primary-geometry", "format": format })
}
