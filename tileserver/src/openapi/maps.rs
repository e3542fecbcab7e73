//! Vector tiles, heat maps and hexagons.

use comarca_engine::tile::MAX_ZOOM;
use serde_json::{Value, json};

use super::build::{
    Entry, Operation, kind, list, object, one_of, operation, or_empty, path, query, reference,
    whole,
};
use super::ids::Ids;
use crate::metrics::{HEATMAP_ROUTE, HEXAGONS_ROUTE, TILE_ROUTE};
use crate::ramp::Ramp;
use crate::routes::MVT;

const JSON: &str = "application/json";

pub(super) fn entries(ids: &Ids) -> Vec<Entry> {
    vec![
        Entry::at("/tiles/{layers}", "/tiles/{layers}.json", tilejson(ids)),
        Entry::get(TILE_ROUTE, tile(ids)),
        Entry::at("/heatmaps/{id}", "/heatmaps/{id}.json", heatmap(ids)),
        Entry::at(
            HEATMAP_ROUTE,
            "/heatmaps/{id}/{z}/{x}/{y}.png",
            picture(ids),
        ),
        Entry::at(
            HEATMAP_ROUTE,
            "/heatmaps/{id}/{z}/{x}/{y}@2x.png",
            large_picture(ids),
        ),
        Entry::at(
            HEATMAP_ROUTE,
            "/heatmaps/{id}/{z}/{x}/{y}.mvt",
            isobands(ids),
        ),
        Entry::at("/hexagons/{layer}", "/hexagons/{layer}.json", hexagons(ids)),
        Entry::at(
            HEXAGONS_ROUTE,
            "/hexagons/{layer}/{z}/{x}/{y}.mvt",
            hexagon_tile(ids),
        ),
        Entry::get("/styles", styles()),
        Entry::at("/styles/{name}", "/styles/{name}.json", style(ids)),
        Entry::get("/fonts", fonts()),
        Entry::at(
            "/fonts/{fontstack}/{range}",
            "/fonts/{fontstack}/{range}.pbf",
            glyphs(),
        ),
    ]
}

fn styles() -> Operation {
    let listed = object([("styles", super::build::array(&kind("object")))]);
    operation("styles", "maps", "MapLibre styles that are ready").gives(JSON, listed)
}

fn style(ids: &Ids) -> Operation {
    let name = path(
        "name",
        &kind("string"),
        "`base`, or the id of a level, layer, indicator or heat map",
    );
    let classes = query(
        "classes",
        &kind("integer"),
        "How many classes an indicator is shown in",
    );
    let method = query(
        "method",
        &kind("string"),
        "How its classes are made: quantiles or jenks",
    );
    let level = query(
        "level",
        &ids.level,
        "The level that an indicator is shown at",
    );
    let language = query("lang", &kind("string"), "Language of the titles");
    operation("style", "maps", "A MapLibre style, version 8")
        .with([name, level, method, classes, language, scenario()])
        .gives(JSON, kind("object"))
        .refuses(&[404])
}

fn fonts() -> Operation {
    operation("fonts", "maps", "Fonts of the letters in styles").gives(JSON, kind("object"))
}

fn glyphs() -> Operation {
    let stack = path("fontstack", &kind("string"), "Names of fonts with commas");
    let range = path("range", &kind("string"), "`0-255`, `256-511`, …");
    let bytes = json!({ "type": "string", "contentMediaType": "application/x-protobuf" });
    operation("glyphs", "maps", "Letters as distance fields")
        .with([stack, range])
        .gives("application/x-protobuf", bytes)
        .refuses(&[404])
}

fn layers(ids: &Ids) -> Value {
    path(
        "layers",
        &ids.sources,
        "Id of a level or layer, or up to 16 with commas",
    )
}

/// Zoom, column and row.
fn place() -> [Value; 3] {
    let last = (1_u64 << MAX_ZOOM) - 1;
    [
        path("z", &whole(0, MAX_ZOOM.into()), "Zoom"),
        path("x", &whole(0, last), "Column, below 2^z"),
        path("y", &whole(0, last), "Row from the north, below 2^z"),
    ]
}

/// What tiles of features take.
pub(super) fn of_tiles(ids: &Ids) -> Vec<Value> {
    let filter = kind("string");
    vec![
        list(
            "properties",
            &kind("string"),
            "Attributes in the tile; all where left out",
        ),
        query(
            "filter",
            &filter,
            "CQL2 text of at most 8 KiB: which features are in the tile",
        ),
        list(
            "indicators",
            &ids.indicator,
            "Indicators that are joined to the territories of a level, up to 32",
        ),
        query(
            "geometry",
            &one_of(["none"]),
            "`none`: one point per feature, for values that are joined by feature id",
        ),
        list(
            "sum",
            &kind("string"),
            "Columns of numbers of which a feature that stands for several carries the sum",
        ),
        query(
            "rank",
            &kind("string"),
            "Column of numbers: of several features the one with the largest stands for the others",
        ),
        scenario(),
    ]
}

/// The scenario that is asked instead of the data.
pub(super) fn scenario() -> Value {
    query(
        "scenario",
        &kind("string"),
        "Id of a scenario that is asked instead of the data",
    )
}

fn tilejson(ids: &Ids) -> Operation {
    operation("tilejson", "tiles", "TileJSON 3.0 of one source or several")
        .with([layers(ids)])
        .with(of_tiles(ids))
        .gives(JSON, reference("TileJSON"))
        .refuses(&[404])
}

/// An operation that answers with a vector tile.
pub(super) fn vector(operation: Operation) -> Operation {
    let bytes = json!({ "type": "string", "contentMediaType": MVT });
    operation
        .gives(MVT, bytes)
        .empty(204, "Nothing is in this tile")
        .refuses(&[404])
}

fn tile(ids: &Ids) -> Operation {
    let tile = operation(
        "tile",
        "tiles",
        "A vector tile (also with `.mvt` or `.pbf` at the end)",
    )
    .with([layers(ids)])
    .with(place())
    .with(of_tiles(ids));
    vector(tile)
}

/// Which features a heat map or hexagons are made of.
fn of_features(ids: &Ids) -> Vec<Value> {
    vec![
        query("theme", &or_empty(&ids.theme), "Only demands of this theme"),
        query("status", &kind("string"), "Only features of this status"),
        query("stage", &kind("string"), "Only features of this stage"),
        query(
            "since",
            &day(),
            "Only what was created on this day, month or year or later",
        ),
        query(
            "until",
            &day(),
            "Only what was created on this day, month or year or before",
        ),
        scenario(),
    ]
}

/// A day, a month or a year.
pub(super) fn day() -> Value {
    let pattern = "^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$";
    let day = json!({ "type": "string", "pattern": pattern, "examples": ["2026-03-08", "2026-03", "2026"] });
    or_empty(&day)
}

fn colors() -> Value {
    let names: Vec<&str> = Ramp::names().chain(Ramp::diverging_names()).collect();
    let text = "Colour ramp; a diverging one where two periods are compared";
    query("colors", &or_empty(&one_of(names)), text)
}

fn of_surface(ids: &Ids) -> Vec<Value> {
    let metres = json!({ "type": "number", "minimum": 20, "maximum": 20_000 });
    let more = [
        query(
            "bandwidth",
            &or_empty(&metres),
            "Radius of the kernel in metres",
        ),
        colors(),
        query(
            "per",
            &or_empty(&one_of(["inhabitants"])),
            "Per 1,000 persons who live there, where the project says where they live",
        ),
        query(
            "minus_since",
            &day(),
            "The surface since this day is taken off",
        ),
        query(
            "minus_until",
            &day(),
            "The surface until this day is taken off",
        ),
    ];
    of_features(ids).into_iter().chain(more).collect()
}

fn of_heatmap(id: &str, summary: &str, ids: &Ids) -> Operation {
    let own = path("id", &ids.heatmap, "Id of a heat map");
    operation(id, "heat maps", summary).with([own])
}

fn heatmap(ids: &Ids) -> Operation {
    of_heatmap("heatmap", "TileJSON of a heat map, with its legend", ids)
        .with(of_surface(ids))
        .gives(JSON, reference("TileJSON"))
        .refuses(&[404])
}

fn picture(ids: &Ids) -> Operation {
    pictured(
        of_heatmap(
            "heatmapPicture",
            "A heat map as a picture of 256 pixels a side",
            ids,
        ),
        ids,
    )
}

fn large_picture(ids: &Ids) -> Operation {
    pictured(
        of_heatmap(
            "heatmapLargePicture",
            "A heat map as a picture of 512 pixels a side",
            ids,
        ),
        ids,
    )
}

fn pictured(operation: Operation, ids: &Ids) -> Operation {
    operation
        .with(place())
        .with(of_surface(ids))
        .gives(
            "image/png",
            json!({ "type": "string", "contentMediaType": "image/png" }),
        )
        .refuses(&[404])
}

fn isobands(ids: &Ids) -> Operation {
    let operation = of_heatmap(
        "heatmapIsobands",
        "A heat map as isobands in a vector tile",
        ids,
    );
    vector(operation.with(place()).with(of_surface(ids)))
}

fn of_hexagons(id: &str, summary: &str, ids: &Ids) -> Operation {
    let value = query(
        "value",
        &kind("string"),
        "Column that is added up; features are counted where left out",
    );
    operation(id, "hexagons", summary)
        .with([path("layer", &ids.source, "Id of a level or layer")])
        .with(of_features(ids))
        .with([value, colors()])
}

fn hexagons(ids: &Ids) -> Operation {
    let legend = object([("property", kind("string")), ("tilejson", kind("string"))]);
    of_hexagons(
        "hexagons",
        "TileJSON of a layer's hexagons, with a legend for each zoom",
        ids,
    )
    .gives(JSON, json!({ "allOf": [reference("TileJSON"), legend] }))
    .refuses(&[404])
}

fn hexagon_tile(ids: &Ids) -> Operation {
    let operation = of_hexagons("hexagonTile", "The hexagons (H3) that meet a tile", ids);
    vector(operation.with(place()))
}
