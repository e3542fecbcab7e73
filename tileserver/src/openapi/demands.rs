//! Demands, assemblies, priorities, budgets and plans.

use comarca_loaders::demands::{BudgetRule, Method};
use comarca_register::{Stage, Status};
use serde_json::{Value, json};

use super::build::{
    Entry, Operation, array, header, kind, map, nullable, object, one_of, operation, or_empty,
    path, query, reference, required, whole,
};
use super::figures::language;
use super::ids::Ids;
use super::maps::day;

const JSON: &str = "application/json";
const GEOJSON: &str = "application/geo+json";
const MERGE_PATCH: &str = "application/merge-patch+json";
const CSV: &str = "text/csv; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// The largest amount of money, in whole pesos.
const COST_MAX: u64 = comarca_engine::priority::MAX_COST.unsigned_abs();

pub(super) fn entries(ids: &Ids) -> Vec<Entry> {
    vec![
        Entry::get("/demands", list(ids)).and("post", create("createDemand")),
        Entry::get("/demands/{id}", read("demand"))
            .and("put", replace("replaceDemand"))
            .and("patch", patch("patchDemand"))
            .and("delete", delete("deleteDemand")),
        Entry::get("/demands/{id}/history", history()),
        Entry::get("/demands/budget", budget(ids)),
        Entry::get("/demands/priorities", priorities(ids)),
        Entry::get("/demands/summary", summary(ids)),
        Entry::get("/assemblies", calendar(ids)).and("post", create_assembly()),
        Entry::get("/assemblies/{id}", assembly())
            .and(
                "put",
                change_assembly(
                    "replaceAssembly",
                    "Puts another assembly in the place of one",
                    JSON,
                ),
            )
            .and(
                "patch",
                change_assembly(
                    "patchAssembly",
                    "Changes some members of an assembly (RFC 7396)",
                    MERGE_PATCH,
                ),
            )
            .and("delete", delete_assembly()),
        Entry::at(
            "/plans/{level}/{file}",
            "/plans/{level}/{key}.html",
            plan_page(ids),
        ),
        Entry::at(
            "/plans/{level}/{file}",
            "/plans/{level}/{key}.json",
            plan_document(ids),
        ),
        Entry::at(
            "/plans/{level}/{file}",
            "/plans/{level}/{key}.xlsx",
            plan_workbook(ids),
        ),
    ]
}

/// Level and key of a territory in the path.
pub(super) fn place(ids: &Ids) -> [Value; 2] {
    [
        path("level", &ids.level, "Id of a level"),
        path("key", &ids.key, "Key of a territory of that level"),
    ]
}

/// Level and key of a territory in the query.
fn asked_place(ids: &Ids) -> [Value; 2] {
    [
        query(
            "level",
            &or_empty(&ids.level),
            "Id of a level; with `key` alone, the finest",
        ),
        query("key", &ids.key, "Key of a territory of that level"),
    ]
}

/// Which demands.
pub(super) fn choice(ids: &Ids) -> Vec<Value> {
    let several = |name: &str, schema: &Value, text: &str| super::build::list(name, schema, text);
    let text = json!({ "type": "string", "maxLength": 200 });
    let mut parameters = vec![
        several("theme", &ids.theme, "Only of these themes"),
        several(
            "status",
            &one_of(Status::ALL.map(Status::name)),
            "Only of these statuses",
        ),
        several(
            "stage",
            &one_of(Stage::ALL.map(Stage::name)),
            "Only of these stages",
        ),
        query(
            "since",
            &day(),
            "Only what was raised on this day, month or year or later",
        ),
        query(
            "until",
            &day(),
            "Only what was raised on this day, month or year or before",
        ),
        query(
            "assembly",
            &kind("string"),
            "Only of the assembly of this id",
        ),
        query("q", &text, "Only with this text in title or description"),
        bbox(),
    ];
    parameters.extend(asked_place(ids));
    parameters
}

/// A box in degrees.
pub(super) fn bbox() -> Value {
    let numbers = json!({ "type": "array", "minItems": 4, "maxItems": 6, "items": { "type": "number" }, "examples": [[-70.75, -33.6, -70.6, -33.45]] });
    let mut parameter = query(
        "bbox",
        &numbers,
        "West, south, east, north in degrees (of six numbers the heights are not looked at)",
    );
    parameter["style"] = json!("form");
    parameter["explode"] = json!(false);
    parameter
}

fn list(ids: &Ids) -> Operation {
    let answer = object([
        ("numberMatched", kind("integer")),
        ("numberReturned", kind("integer")),
        ("links", array(&reference("Link"))),
        ("demands", array(&reference("Demand"))),
    ]);
    operation(
        "demands",
        "demands",
        "Demands, page by page in the order of their ids",
    )
    .with(choice(ids))
    .with([
        query(
            "limit",
            &whole(1, 10_000),
            "How many at most; 100 where left out",
        ),
        query("offset", &offset(), "How many to skip"),
        query(
            "f",
            &one_of(["json", "geojson", "csv"]),
            "Format, instead of `Accept`",
        ),
    ])
    .gives(JSON, answer)
    .answers(200, "", GEOJSON, reference("FeatureCollection"))
    .answers(200, "", CSV, kind("string"))
    .refuses(&[404])
}

/// How many to skip.
pub(super) fn offset() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

/// A write: it wants a token, and may be refused in many ways.
fn writing(operation: Operation) -> Operation {
    operation
        .secured()
        .refuses(&[403, 404, 408, 409, 415, 429, 507])
}

fn key_of_request() -> Value {
    let text = json!({ "type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$" });
    header(
        "Idempotency-Key",
        &text,
        "The same request with the same key is done once",
    )
}

fn if_match() -> Value {
    header(
        "If-Match",
        &kind("string"),
        "Entity tag of the version that the client has seen",
    )
}

/// The creation of a demand.
pub(super) fn create(id: &str) -> Operation {
    let operation = operation(id, "demands", "Records a demand")
        .with([key_of_request()])
        .reads(JSON, reference("DemandDraft"))
        .reads(GEOJSON, reference("DemandFeatureDraft"));
    told(
        writing(operation)
            .empty(201, "Recorded")
            .empty(200, "The same request was done before"),
        &[201, 200],
    )
}

/// What is answered to who wrote.
fn told(operation: Operation, statuses: &[u16]) -> Operation {
    statuses.iter().fold(operation, |operation, status| {
        operation
            .with_content(*status, JSON, reference("Demand"))
            .with_content(*status, GEOJSON, reference("Feature"))
    })
}

fn demand_id() -> Value {
    path("id", &kind("string"), "Id of a demand")
}

fn read(id: &str) -> Operation {
    operation(id, "demands", "One demand")
        .with([
            demand_id(),
            query(
                "f",
                &one_of(["json", "geojson"]),
                "Format, instead of `Accept`",
            ),
        ])
        .gives(JSON, reference("Demand"))
        .answers(200, "", GEOJSON, reference("Feature"))
        .refuses(&[404])
}

/// The replacement of a demand.
pub(super) fn replace(id: &str) -> Operation {
    let operation = operation(id, "demands", "Puts another demand in the place of one")
        .with([demand_id(), if_match()])
        .reads(JSON, reference("DemandDraft"))
        .reads(GEOJSON, reference("DemandFeatureDraft"));
    told(
        writing(operation).refuses(&[412]).empty(200, "Replaced"),
        &[200],
    )
}

/// The change of some members of a demand.
pub(super) fn patch(id: &str) -> Operation {
    let operation = operation(id, "demands", "Changes some members of a demand (RFC 7396)")
        .with([demand_id(), if_match()])
        .reads(MERGE_PATCH, reference("DemandPatch"))
        .reads(JSON, reference("DemandPatch"));
    told(
        writing(operation).refuses(&[412]).empty(200, "Changed"),
        &[200],
    )
}

/// The deletion of a demand.
pub(super) fn delete(id: &str) -> Operation {
    let operation = operation(id, "demands", "Takes a demand out; its history stays")
        .with([demand_id(), if_match()]);
    writing(operation).refuses(&[412]).empty(204, "Taken out")
}

fn history() -> Operation {
    let change = object([
        ("at", kind("string")),
        ("action", kind("string")),
        ("changed", map(&array(&json!({})))),
    ]);
    operation(
        "history",
        "demands",
        "Every change of a demand; with a token, who made it",
    )
    .with([demand_id()])
    .answers(
        200,
        "The changes",
        JSON,
        object([("id", kind("string")), ("changes", array(&change))]),
    )
    .refuses(&[401, 404])
}

fn budget(ids: &Ids) -> Operation {
    let answer = object([
        ("level", kind("string")),
        ("key", kind("string")),
        ("rule", kind("string")),
        ("amount", kind("integer")),
        ("spent", kind("integer")),
        ("candidates", kind("integer")),
        ("funded", array(&kind("object"))),
    ]);
    operation(
        "budget",
        "demands",
        "A budget shared out among the demands of a territory",
    )
    .with(asked_place(ids))
    .with([
        required("amount", &whole(0, COST_MAX), "Whole pesos"),
        query(
            "rule",
            &one_of(BudgetRule::ALL.map(BudgetRule::name)),
            "How it is shared out",
        ),
    ])
    .gives(JSON, answer)
    .refuses(&[404])
}

fn priorities(ids: &Ids) -> Operation {
    let ranking = || {
        array(&object([
            ("rank", kind("integer")),
            ("theme", kind("string")),
            ("score", nullable("number")),
        ]))
    };
    let of_territory = object([
        ("key", kind("string")),
        ("name", kind("string")),
        ("priorities", ranking()),
    ]);
    let mut answer = object([
        ("level", kind("string")),
        ("method", kind("string")),
        ("explanation", kind("string")),
        ("by", kind("string")),
    ]);
    answer["properties"]["priorities"] = ranking();
    answer["properties"]["territories"] = array(&of_territory);
    operation(
        "priorities",
        "demands",
        "What comes first: in one territory, or in each of a level",
    )
    .with(asked_place(ids))
    .with([
        query(
            "method",
            &one_of(Method::ALL.map(Method::name)),
            "How it is ranked",
        ),
        query("by", &one_of(["demand", "theme"]), "What is ranked"),
        query("limit", &whole(1, 10_000), "How many places of a ranking"),
    ])
    .gives(JSON, answer)
    .refuses(&[404])
}

fn summary(ids: &Ids) -> Operation {
    let counts = || {
        map(&object([
            ("count", kind("integer")),
            ("votes", kind("integer")),
        ]))
    };
    let answer = object([
        ("level", kind("string")),
        ("key", kind("string")),
        ("name", kind("string")),
        ("total", kind("integer")),
        ("votes", kind("integer")),
        ("mentions", kind("integer")),
        ("by_theme", counts()),
        ("by_status", counts()),
        ("by_stage", counts()),
        (
            "by_month",
            array(&object([
                ("month", kind("string")),
                ("count", kind("integer")),
            ])),
        ),
    ]);
    operation(
        "summary",
        "demands",
        "Demands in numbers: by theme, status, stage and month",
    )
    .with(choice(ids))
    .gives(JSON, answer)
    .refuses(&[404])
}

fn calendar(ids: &Ids) -> Operation {
    let answer = object([
        ("today", kind("string")),
        ("levels", array(&kind("object"))),
        ("territories", array(&kind("object"))),
    ]);
    operation(
        "assemblies",
        "assemblies",
        "The calendar: what was wanted, planned and held, and what is lacking",
    )
    .with(asked_place(ids))
    .gives(JSON, answer)
    .refuses(&[404])
}

fn assembly_id() -> Value {
    path("id", &kind("string"), "Id of an assembly")
}

fn assembly() -> Operation {
    operation("assembly", "assemblies", "One assembly")
        .with([assembly_id()])
        .answers(200, "The assembly", JSON, reference("Assembly"))
        .refuses(&[404])
}

fn create_assembly() -> Operation {
    let operation = operation("createAssembly", "assemblies", "Registers an assembly")
        .with([key_of_request()])
        .reads(JSON, reference("AssemblyDraft"));
    writing(operation)
        .answers(201, "Registered", JSON, reference("Assembly"))
        .answers(
            200,
            "The same request was done before",
            JSON,
            reference("Assembly"),
        )
}

fn change_assembly(id: &str, summary: &str, media_type: &str) -> Operation {
    let draft = match media_type {
        MERGE_PATCH => "AssemblyPatch",
        _ => "AssemblyDraft",
    };
    let operation = operation(id, "assemblies", summary)
        .with([assembly_id(), if_match()])
        .reads(media_type, reference(draft));
    writing(operation)
        .refuses(&[412])
        .answers(200, "Changed", JSON, reference("Assembly"))
}

fn delete_assembly() -> Operation {
    let operation = operation(
        "deleteAssembly",
        "assemblies",
        "Takes an assembly out that no demand names",
    )
    .with([assembly_id(), if_match()]);
    writing(operation).refuses(&[412]).empty(204, "Taken out")
}

fn plan(id: &str, summary: &str, ids: &Ids, media_type: &str, schema: Value) -> Operation {
    operation(id, "plans", summary)
        .with(place(ids))
        .with([language()])
        .gives(media_type, schema)
        .refuses(&[404])
}

fn plan_page(ids: &Ids) -> Operation {
    plan(
        "planPage",
        "The plan of a territory as a page",
        ids,
        HTML,
        kind("string"),
    )
}

fn plan_document(ids: &Ids) -> Operation {
    let answer = object([
        ("level", kind("string")),
        ("key", kind("string")),
        ("name", kind("string")),
        ("date", kind("string")),
        ("themes", array(&kind("object"))),
        ("priorities", array(&kind("object"))),
    ]);
    plan(
        "plan",
        "The plan of a territory in figures",
        ids,
        JSON,
        answer,
    )
}

fn plan_workbook(ids: &Ids) -> Operation {
    let bytes = json!({ "type": "string", "contentMediaType": XLSX });
    plan(
        "planWorkbook",
        "The plan of a territory as a workbook",
        ids,
        XLSX,
        bytes,
    )
}
