//! OGC API Features and Tiles.

use comarca_engine::tile::MAX_ZOOM;
use serde_json::{Value, json};

use super::build::{
    Entry, Operation, array, kind, list, object, one_of, operation, path, query, reference, whole,
};
use super::demands::{bbox, choice, create, delete, offset, patch, replace};
use super::ids::Ids;
use super::maps::{of_tiles, vector};
use crate::ogc::link::{CRS84, GEOJSON, OPENAPI, SCHEMA};
use crate::ogc::tile_matrix_set::ID;

const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=utf-8";

pub(super) fn entries(ids: &Ids) -> Vec<Entry> {
    vec![
        Entry::get("/ogc", landing()),
        Entry::get("/ogc/api", api()),
        Entry::get("/ogc/conformance", conformance()),
        Entry::get("/ogc/collections", collections()),
        Entry::get("/ogc/collections/{collection}", collection(ids)),
        Entry::get(
            "/ogc/collections/{collection}/queryables",
            schema("queryables", "What filters and parameters may name", ids),
        ),
        Entry::get(
            "/ogc/collections/{collection}/schema",
            schema("featureSchema", "What a feature holds", ids),
        ),
        Entry::get("/ogc/collections/{collection}/items", items(ids)),
        Entry::get("/ogc/collections/{collection}/items/{feature}", item(ids)),
        Entry::get("/ogc/collections/demands/items", demand_items(ids))
            .and("post", create("createDemandItem")),
        Entry::get("/ogc/collections/demands/items/{id}", demand_item())
            .and("put", replace("replaceDemandItem"))
            .and("patch", patch("patchDemandItem"))
            .and("delete", delete("deleteDemandItem")),
        Entry::get("/ogc/tileMatrixSets", matrix_sets()),
        Entry::get("/ogc/tileMatrixSets/{set}", matrix_set()),
        Entry::get(
            "/ogc/collections/{collection}/tiles",
            tilesets("collectionTilesets", "Tilesets of a collection")
                .with([collection_id(ids)])
                .with([json_only()]),
        ),
        Entry::get(
            "/ogc/collections/{collection}/tiles/{set}",
            tileset("collectionTileset", "Tileset of a collection").with([
                collection_id(ids),
                set(),
                json_only(),
            ]),
        ),
        Entry::get(
            "/ogc/collections/{collection}/tiles/{set}/{matrix}/{row}/{column}",
            tile("collectionTile", "A vector tile of a collection", ids).with([collection_id(ids)]),
        ),
        Entry::get(
            "/ogc/tiles",
            tilesets("tilesets", "Tilesets of all collections together")
                .with([selected(ids), json_only()]),
        ),
        Entry::get(
            "/ogc/tiles/{set}",
            tileset("tileset", "Tileset of all collections together").with([
                set(),
                selected(ids),
                json_only(),
            ]),
        ),
        Entry::get(
            "/ogc/tiles/{set}/{matrix}/{row}/{column}",
            tile(
                "datasetTile",
                "A vector tile of all collections together",
                ids,
            )
            .with([selected(ids)]),
        ),
    ]
}

fn collection_id(ids: &Ids) -> Value {
    path("collection", &ids.source, "Id of a level or layer")
}

fn set() -> Value {
    path("set", &one_of([ID]), "Id of a tile matrix set")
}

fn selected(ids: &Ids) -> Value {
    list(
        "collections",
        &ids.source,
        "Ids of up to 16 collections; all where left out",
    )
}

fn json_only() -> Value {
    query("f", &one_of(["json"]), "Format")
}

fn json_or_html() -> Value {
    query(
        "f",
        &one_of(["json", "html"]),
        "Format, instead of `Accept`",
    )
}

fn links() -> Value {
    array(&reference("Link"))
}

fn landing() -> Operation {
    let answer = object([
        ("title", kind("string")),
        ("description", kind("string")),
        ("links", links()),
    ]);
    operation("landing", "ogc", "Landing page")
        .with([json_or_html()])
        .gives(JSON, answer)
        .answers(200, "", HTML, kind("string"))
}

fn api() -> Operation {
    operation("api", "ogc", "This document")
        .with([json_only()])
        .gives(OPENAPI, document())
        .answers(200, "", JSON, document())
}

fn document() -> Value {
    object([("openapi", kind("string")), ("paths", kind("object"))])
}

fn conformance() -> Operation {
    operation("conformance", "ogc", "Conformance classes")
        .with([json_only()])
        .gives(JSON, object([("conformsTo", array(&kind("string")))]))
}

fn collections() -> Operation {
    let answer = object([
        ("links", links()),
        ("collections", array(&reference("Collection"))),
    ]);
    operation("collections", "ogc", "Every level and layer")
        .with([json_or_html()])
        .gives(JSON, answer)
        .answers(200, "", HTML, kind("string"))
}

fn collection(ids: &Ids) -> Operation {
    operation("collection", "ogc", "One level or layer")
        .with([collection_id(ids), json_or_html()])
        .gives(JSON, reference("Collection"))
        .answers(200, "", HTML, kind("string"))
        .refuses(&[404])
}

fn schema(id: &str, summary: &str, ids: &Ids) -> Operation {
    let answer = object([
        ("$schema", kind("string")),
        ("$id", kind("string")),
        ("type", kind("string")),
        ("properties", kind("object")),
    ]);
    operation(id, "ogc", summary)
        .with([collection_id(ids), json_only()])
        .gives(SCHEMA, answer)
        .refuses(&[404])
}

/// What items of every collection are asked for.
fn of_items() -> Vec<Value> {
    let limit = json!({ "type": "integer", "minimum": 1, "default": crate::ogc::items::LIMIT });
    let filter = kind("string");
    let moment = json!({ "type": "string", "examples": ["2026-03-08T00:00:00Z", "2026-03-01/2026-03-31", "../2026-03-08"] });
    vec![
        query(
            "limit",
            &limit,
            "How many at most; more than 10,000 counts as 10,000",
        ),
        query("offset", &offset(), "How many to skip"),
        query(
            "bbox-crs",
            &one_of([CRS84]),
            "Coordinate reference system of `bbox`",
        ),
        query(
            "datetime",
            &moment,
            "A moment or an interval; what has no time is always in it",
        ),
        list(
            "properties",
            &kind("string"),
            "Members of the answered features; all where left out",
        ),
        list(
            "sortby",
            &kind("string"),
            "Properties to sort by, a minus before those that fall",
        ),
        query(
            "filter",
            &filter,
            "CQL2 text of at most 8 KiB: which features are answered",
        ),
        query(
            "filter-lang",
            &one_of(["cql2-text"]),
            "Language of `filter`",
        ),
        query(
            "filter-crs",
            &one_of([CRS84]),
            "Coordinate reference system of geometries in `filter`",
        ),
        query(
            "f",
            &one_of(["geojson", "json"]),
            "Format: both are GeoJSON",
        ),
    ]
}

fn items(ids: &Ids) -> Operation {
    operation(
        "items",
        "ogc",
        "Features of a collection, page by page; every queryable is a parameter too: `name=value`",
    )
    .with([collection_id(ids), bbox()])
    .with(of_items())
    .gives(GEOJSON, reference("FeatureCollection"))
    .refuses(&[404])
}

fn item(ids: &Ids) -> Operation {
    operation("item", "ogc", "One feature")
        .with([
            collection_id(ids),
            path("feature", &ids.feature, "Key of a feature"),
            query(
                "f",
                &one_of(["geojson", "json"]),
                "Format: both are GeoJSON",
            ),
        ])
        .gives(GEOJSON, reference("Feature"))
        .refuses(&[404])
}

fn demand_items(ids: &Ids) -> Operation {
    operation("demandItems", "ogc", "Demands as features, page by page")
        .with(choice(ids))
        .with(of_items())
        .gives(GEOJSON, reference("FeatureCollection"))
        .refuses(&[404])
}

fn demand_item() -> Operation {
    operation("demandItem", "ogc", "One demand as a feature")
        .with([
            path("id", &kind("string"), "Id of a demand"),
            query(
                "f",
                &one_of(["geojson", "json"]),
                "Format: both are GeoJSON",
            ),
        ])
        .gives(GEOJSON, reference("Feature"))
        .refuses(&[404])
}

fn matrix_sets() -> Operation {
    let set = object([
        ("id", kind("string")),
        ("uri", kind("string")),
        ("links", links()),
    ]);
    operation("tileMatrixSets", "ogc", "Tile matrix sets")
        .with([json_only()])
        .gives(JSON, object([("tileMatrixSets", array(&set))]))
}

fn matrix_set() -> Operation {
    let answer = object([
        ("id", kind("string")),
        ("crs", kind("string")),
        ("tileMatrices", array(&kind("object"))),
    ]);
    operation("tileMatrixSet", "ogc", "Definition of a tile matrix set")
        .with([set(), json_only()])
        .gives(JSON, answer)
        .refuses(&[404])
}

fn tilesets(id: &str, summary: &str) -> Operation {
    operation(id, "ogc", summary)
        .gives(
            JSON,
            object([("links", links()), ("tilesets", array(&kind("object")))]),
        )
        .refuses(&[404])
}

fn tileset(id: &str, summary: &str) -> Operation {
    let answer = object([
        ("dataType", one_of(["vector"])),
        ("crs", kind("string")),
        ("tileMatrixSetURI", kind("string")),
        ("tileMatrixSetLimits", array(&kind("object"))),
        ("layers", array(&kind("object"))),
        ("links", links()),
    ]);
    operation(id, "ogc", summary)
        .gives(JSON, answer)
        .refuses(&[404])
}

fn tile(id: &str, summary: &str, ids: &Ids) -> Operation {
    let last = (1_u64 << MAX_ZOOM) - 1;
    let operation = operation(id, "ogc", summary)
        .with([
            set(),
            path(
                "matrix",
                &whole(0, MAX_ZOOM.into()),
                "Tile matrix: the zoom",
            ),
            path("row", &whole(0, last), "Row from the north"),
            path("column", &whole(0, last), "Column"),
            query("f", &one_of(["mvt"]), "Format"),
        ])
        .with(of_tiles(ids));
    vector(operation)
}
