//! Indicators, statistics, territories, sheets and scenarios.

use comarca_engine::stats::MAX_PERMUTATIONS;
use serde_json::{Value, json};

use super::build::{
    Entry, Operation, array, kind, list, map, nullable, object, one_of, operation, path, query,
    reference, required, whole,
};
use super::demands::{choice, place};
use super::ids::Ids;
use super::maps::scenario;
use crate::metrics::SCENARIOS_ROUTE;

const JSON: &str = "application/json";
const GEOJSON: &str = "application/geo+json";
const CSV: &str = "text/csv; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";

pub(super) fn entries(ids: &Ids) -> Vec<Entry> {
    vec![
        Entry::get("/indicators", indicators()),
        Entry::get("/indicators/{id}", values(ids)),
        Entry::get("/stats/emerging", emerging(ids)),
        Entry::get("/stats/{statistic}", statistics(ids)),
        Entry::get("/territories", search()),
        Entry::get("/territories/{level}/{key}", card(ids)),
        Entry::at(
            "/reports/{level}/{file}",
            "/reports/{level}/{key}.html",
            sheet(ids),
        ),
        Entry {
            route: SCENARIOS_ROUTE,
            path: SCENARIOS_ROUTE,
            methods: vec![("post", make_scenario(ids))],
        },
        Entry::get("/scenarios/{id}", read_scenario(ids)).and("delete", forget_scenario()),
    ]
}

fn indicators() -> Operation {
    let indicator = object([
        ("id", kind("string")),
        ("title", reference("Title")),
        ("unit", kind("string")),
        ("op", kind("string")),
        ("formula", kind("string")),
        ("standard", nullable("object")),
        ("inputs", array(&kind("string"))),
        ("sources", array(&kind("object"))),
    ]);
    operation(
        "indicators",
        "indicators",
        "Every indicator with its method, unit, standard, inputs and sources",
    )
    .gives(JSON, object([("indicators", array(&indicator))]))
}

fn values(ids: &Ids) -> Operation {
    let value = object([
        ("key", kind("string")),
        ("name", kind("string")),
        ("value", nullable("number")),
    ]);
    let table = object([
        ("id", kind("string")),
        ("title", reference("Title")),
        ("level", kind("string")),
        ("unit", kind("string")),
        ("values", array(&value)),
    ]);
    let explanation = object([
        ("id", kind("string")),
        ("key", kind("string")),
        ("value", nullable("number")),
        ("inputs", array(&kind("object"))),
    ]);
    operation(
        "indicator",
        "indicators",
        "The values of an indicator at a level, or why one territory has its value",
    )
    .with([
        path("id", &ids.indicator, "Id of an indicator"),
        query(
            "level",
            &ids.level,
            "Id of a level; the finest where left out",
        ),
        query(
            "f",
            &one_of(["json", "csv", "geojson"]),
            "Format, instead of `Accept`",
        ),
        query(
            "explain",
            &ids.key,
            "Key of a territory whose value is explained, as JSON",
        ),
        scenario(),
    ])
    .gives(JSON, json!({ "anyOf": [table, explanation] }))
    .answers(200, "", CSV, kind("string"))
    .answers(200, "", GEOJSON, reference("FeatureCollection"))
    .refuses(&[404])
}

fn weights() -> Value {
    let pattern = "^(queen|rook|knn:[0-9]+|distance:[0-9.]+)$";
    let schema = json!({ "type": "string", "pattern": pattern, "examples": ["queen", "knn:8", "distance:1500"] });
    query(
        "weights",
        &schema,
        "Who is a neighbour: `queen`, `rook`, `knn:8`, `distance:1500` (metres)",
    )
}

fn statistics(ids: &Ids) -> Operation {
    let answer = object([
        ("statistic", kind("string")),
        ("indicator", kind("string")),
        ("level", kind("string")),
        ("weights", kind("string")),
        ("permutations", kind("integer")),
        ("method", kind("string")),
        ("values", array(&kind("object"))),
    ]);
    let alpha = json!({ "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1 });
    let seed = json!({ "type": "integer", "minimum": 0, "maximum": u64::MAX });
    operation(
        "statistics",
        "indicators",
        "Spatial statistics of an indicator at a level",
    )
    .with([
        path(
            "statistic",
            &one_of(["moran", "lisa", "gistar"]),
            "Moran's I, its clusters and outliers, hot and cold spots",
        ),
        required("indicator", &ids.indicator, "Id of an indicator"),
        query(
            "level",
            &ids.level,
            "Id of a level; the finest where left out",
        ),
        weights(),
        query(
            "permutations",
            &whole(0, MAX_PERMUTATIONS.into()),
            "How many; 0: p of the normal distribution",
        ),
        query("seed", &seed, "Of the permutations"),
        query(
            "tail",
            &one_of(["one-sided", "two-sided"]),
            "Of the p-values",
        ),
        query("alpha", &alpha, "Level of significance"),
        query(
            "correction",
            &one_of(["none", "fdr", "bonferroni"]),
            "For many tests at once",
        ),
        scenario(),
    ])
    .gives(JSON, answer)
    .refuses(&[404])
}

fn emerging(ids: &Ids) -> Operation {
    let answer = object([
        ("level", kind("string")),
        ("periods", array(&kind("string"))),
        ("method", kind("string")),
        (
            "territories",
            array(&object([
                ("key", kind("string")),
                ("name", kind("string")),
                ("class", nullable("string")),
            ])),
        ),
    ]);
    operation(
        "emerging",
        "demands",
        "New, growing and fading hot spots of demands",
    )
    .with(choice(ids))
    .with([
        query(
            "period",
            &one_of(["month", "quarter", "year"]),
            "Length of a period",
        ),
        query("value", &one_of(["count", "votes"]), "What is counted"),
        weights(),
    ])
    .gives(JSON, answer)
    .refuses(&[404])
}

fn search() -> Operation {
    let text = json!({ "type": "string", "maxLength": 200 });
    let found = object([
        ("level", kind("string")),
        ("key", kind("string")),
        ("name", kind("string")),
        ("parent", nullable("object")),
        (
            "bounds",
            json!({ "type": ["array", "null"], "items": { "type": "number" } }),
        ),
    ]);
    operation(
        "territories",
        "territories",
        "Territories whose name or key holds a text",
    )
    .with([
        query("q", &text, "The text; accents and case do not matter"),
        query("limit", &whole(1, 100), "How many at most"),
    ])
    .gives(JSON, object([("matches", array(&found))]))
}

fn card(ids: &Ids) -> Operation {
    let answer = object([
        ("level", kind("string")),
        ("key", kind("string")),
        ("name", kind("string")),
        ("parent", nullable("object")),
        ("children", array(&kind("object"))),
        ("area_ha", kind("number")),
        ("indicators", array(&kind("object"))),
        ("demands", array(&kind("object"))),
    ]);
    operation("territory", "territories", "Everything about one territory")
        .with(place(ids))
        .with([scenario()])
        .gives(JSON, answer)
        .refuses(&[404])
}

/// The language of a page.
pub(super) fn language() -> Value {
    query(
        "lang",
        &one_of(["es", "en"]),
        "Language of the page; that of the project where left out",
    )
}

fn sheet(ids: &Ids) -> Operation {
    operation(
        "sheet",
        "territories",
        "The sheet of a territory, to be printed",
    )
    .with(place(ids))
    .with([language()])
    .gives(HTML, kind("string"))
    .refuses(&[404])
}

fn extent(ids: &Ids) -> [Value; 2] {
    [
        list(
            "indicators",
            &ids.indicator,
            "Which indicators are told; all where left out",
        ),
        list(
            "levels",
            &ids.level,
            "Which levels are told; all where left out",
        ),
    ]
}

fn scenario_answer() -> Value {
    let row = object([
        ("key", kind("string")),
        ("name", kind("string")),
        ("before", nullable("number")),
        ("after", nullable("number")),
        ("difference", nullable("number")),
    ]);
    let indicator = object([
        ("id", kind("string")),
        ("title", reference("Title")),
        ("unit", kind("string")),
        ("levels", map(&array(&row))),
    ]);
    object([
        ("scenario", kind("string")),
        ("expires", kind("string")),
        ("changes", kind("integer")),
        ("indicators", array(&indicator)),
    ])
}

fn make_scenario(ids: &Ids) -> Operation {
    let body = json!({
        "type": "object",
        "required": ["changes"],
        "additionalProperties": false,
        "properties": {
            "base": { "type": ["string", "null"], "description": "Id of the scenario that this one builds on" },
            "changes": { "type": "array", "minItems": 1, "maxItems": 1000, "items": change(ids) },
        },
    });
    operation("makeScenario", "scenarios", "What if: features added, moved, changed or removed, and the indicators that change with them")
        .with(extent(ids))
        .reads(JSON, body)
        .answers(201, "Made", JSON, scenario_answer())
        .answers(200, "It was there already", JSON, scenario_answer())
        .refuses(&[404, 408])
}

fn change(ids: &Ids) -> Value {
    json!({
        "type": "object",
        "required": ["op", "layer"],
        "additionalProperties": false,
        "properties": {
            "op": one_of(["add", "move", "set", "remove"]),
            "layer": ids.source,
            "key": { "type": ["string", "integer", "null"] },
            "id": { "type": ["string", "integer", "null"], "description": "The key of a GeoJSON Feature" },
            "like": { "type": ["string", "integer", "null"], "description": "Key of a feature whose other properties are taken" },
            "type": { "const": "Feature" },
            "geometry": { "type": ["object", "null"], "description": "GeoJSON" },
            "properties": { "type": ["object", "null"] },
        },
    })
}

fn scenario_id() -> Value {
    path("id", &kind("string"), "Id of a scenario")
}

fn read_scenario(ids: &Ids) -> Operation {
    operation(
        "scenario",
        "scenarios",
        "What a scenario changes, once more",
    )
    .with([scenario_id()])
    .with(extent(ids))
    .gives(JSON, scenario_answer())
    .refuses(&[404])
}

fn forget_scenario() -> Operation {
    operation("forgetScenario", "scenarios", "Forgets a scenario")
        .with([scenario_id()])
        .empty(204, "Forgotten")
        .refuses(&[404])
}
