//! The schemas and responses that many operations share.

use axum::http::StatusCode;
use comarca_register::{Stage, Status};
use serde_json::{Map, Value, json};

use super::build::{array, kind, map, nullable, object, one_of, reference};

/// Every status under which a problem is answered.
const PROBLEMS: [u16; 17] = [
    400, 401, 403, 404, 405, 406, 408, 409, 412, 413, 414, 415, 429, 431, 500, 503, 507,
];

pub(super) fn components() -> Value {
    json!({
        "schemas": schemas(),
        "responses": problems(),
        "securitySchemes": { "token": { "type": "http", "scheme": "bearer", "description": "`comarca token add` makes one" } },
    })
}

fn problems() -> Map<String, Value> {
    let one = |status: u16| {
        let reason = StatusCode::from_u16(status)
            .ok()
            .and_then(|status| status.canonical_reason());
        let content = json!({ "application/problem+json": { "schema": reference("Problem") } });
        (
            status.to_string(),
            json!({ "description": reason, "content": content }),
        )
    };
    PROBLEMS.into_iter().map(one).collect()
}

fn schemas() -> Value {
    json!({
        "Problem": problem(),
        "Title": map(&kind("string")),
        "Link": object([("rel", kind("string")), ("href", kind("string"))]),
        "TileJSON": tilejson(),
        "Feature": feature(),
        "FeatureCollection": feature_collection(),
        "Collection": collection(),
        "Demand": demand(),
        "DemandDraft": demand_draft(&["theme", "title"]),
        "DemandPatch": demand_draft(&[]),
        "DemandFeatureDraft": demand_feature_draft(),
        "Assembly": assembly(),
        "AssemblyDraft": assembly_draft(&["level", "key", "date"]),
        "AssemblyPatch": assembly_draft(&[]),
    })
}

/// RFC 9457; a wrong parameter is told with its value and what it may be.
fn problem() -> Value {
    let mut problem = object([
        ("type", kind("string")),
        ("title", kind("string")),
        ("status", kind("integer")),
        ("detail", kind("string")),
    ]);
    for name in ["instance", "parameter", "value", "allowed"] {
        problem["properties"][name] = kind("string");
    }
    problem["dependentRequired"] = json!({ "parameter": ["value", "allowed"] });
    problem
}

fn tilejson() -> Value {
    let numbers = |count: u64| json!({ "type": "array", "minItems": count, "maxItems": count, "items": { "type": "number" } });
    object([
        ("tilejson", one_of(["3.0.0"])),
        ("name", kind("string")),
        ("tiles", array(&kind("string"))),
        ("bounds", numbers(4)),
        ("center", numbers(3)),
        ("minzoom", kind("integer")),
        ("maxzoom", kind("integer")),
        (
            "vector_layers",
            array(&object([
                ("id", kind("string")),
                ("fields", map(&kind("string"))),
            ])),
        ),
    ])
}

fn geometry() -> Value {
    let types = [
        "Point",
        "MultiPoint",
        "LineString",
        "MultiLineString",
        "Polygon",
        "MultiPolygon",
    ];
    let geometry = object([("type", one_of(types)), ("coordinates", kind("array"))]);
    json!({ "anyOf": [geometry, { "type": "null" }] })
}

fn feature() -> Value {
    let mut feature = object([
        ("type", one_of(["Feature"])),
        ("geometry", geometry()),
        ("properties", nullable("object")),
    ]);
    feature["properties"]["id"] = json!({ "type": ["string", "number"] });
    feature["properties"]["links"] = array(&reference("Link"));
    feature
}

fn feature_collection() -> Value {
    let mut collection = object([
        ("type", one_of(["FeatureCollection"])),
        ("features", array(&reference("Feature"))),
    ]);
    collection["properties"]["links"] = array(&reference("Link"));
    collection["properties"]["timeStamp"] = json!({ "type": "string", "format": "date-time" });
    for name in ["numberMatched", "numberReturned"] {
        collection["properties"][name] = json!({ "type": "integer", "minimum": 0 });
    }
    collection
}

fn collection() -> Value {
    let mut collection = object([
        ("id", kind("string")),
        ("title", kind("string")),
        ("itemType", one_of(["feature"])),
        ("crs", array(&kind("string"))),
        ("links", array(&reference("Link"))),
    ]);
    collection["properties"]["extent"] = kind("object");
    collection
}

fn demand() -> Value {
    object([
        ("id", kind("string")),
        ("theme", kind("string")),
        ("title", kind("string")),
        ("description", kind("string")),
        ("location", geometry()),
        ("district", nullable("string")),
        ("votes", kind("integer")),
        ("assembly", nullable("object")),
        ("stage", one_of(Stage::ALL.map(Stage::name))),
        ("status", one_of(Status::ALL.map(Status::name))),
        ("same_as", nullable("string")),
        ("project", nullable("string")),
        ("cost", nullable("integer")),
        ("beneficiaries", nullable("integer")),
        ("funding", nullable("string")),
        ("decision", nullable("string")),
        ("territories", map(&kind("string"))),
        ("mentions", array(&kind("object"))),
        ("created", kind("string")),
        ("updated", kind("string")),
        ("version", kind("integer")),
    ])
}

/// What a client may write of a demand. Members that only an answer has may come back and are not looked at.
fn demand_draft(required: &[&str]) -> Value {
    let text = || json!({ "type": ["string", "number", "null"] });
    let whole = || json!({ "type": ["integer", "null"] });
    json!({
        "type": "object",
        "required": required,
        "additionalProperties": false,
        "properties": {
            "id": text(),
            "theme": text(),
            "title": text(),
            "description": text(),
            "location": {
                "description": "A GeoJSON Point, [longitude, latitude], or an object with `lon` and `lat`",
                "type": ["object", "array", "null"],
            },
            "district": text(),
            "votes": whole(),
            "assembly": { "type": ["string", "number", "object", "null"], "description": "Id, or an object with `id`; one with `date` registers it" },
            "stage": text(),
            "status": text(),
            "same_as": text(),
            "project": text(),
            "cost": whole(),
            "beneficiaries": whole(),
            "funding": text(),
            "decision": text(),
            "created": text(),
            "author": text(),
            "contact": text(),
            "territories": {},
            "mentions": {},
            "updated": {},
            "version": {},
            "links": {},
            "commune": {},
        },
    })
}

fn demand_feature_draft() -> Value {
    json!({
        "type": "object",
        "required": ["type", "properties"],
        "properties": {
            "type": { "const": "Feature" },
            "id": { "type": ["string", "number", "null"] },
            "geometry": { "type": ["object", "null"] },
            "properties": { "type": ["object", "null"] },
        },
    })
}

fn assembly() -> Value {
    object([
        ("id", kind("string")),
        ("level", kind("string")),
        ("key", kind("string")),
        ("name", nullable("string")),
        ("date", kind("string")),
        ("attendance", nullable("integer")),
        ("held", kind("boolean")),
        ("title", nullable("string")),
        ("updated", kind("string")),
        ("version", kind("integer")),
    ])
}

fn assembly_draft(required: &[&str]) -> Value {
    let text = || json!({ "type": ["string", "number", "null"] });
    json!({
        "type": "object",
        "required": required,
        "additionalProperties": false,
        "properties": {
            "id": text(),
            "level": text(),
            "key": text(),
            "date": text(),
            "attendance": { "type": ["integer", "null"] },
            "title": text(),
            "name": {},
            "held": {},
            "created": {},
            "updated": {},
            "version": {},
            "commune": {},
        },
    })
}
