//! Demands and assemblies as JSON. Who asked is not in it.

use comarca_engine::Territory;
use comarca_loaders::demands::finest;
use comarca_register::{Assembly, Demand};
use serde_json::{Map, Value, json};

use super::Demands;

/// What a client may write of a demand, as it is now: the base of a PATCH.
pub(crate) fn writable(demand: &Demand) -> Map<String, Value> {
    let document = json!({
        "theme": demand.theme,
        "title": demand.title,
        "description": demand.description,
        "location": point(demand),
        "district": demand.district,
        "votes": demand.votes,
        "assembly": demand.assembly,
        "stage": demand.stage.name(),
        "status": demand.status.name(),
        "same_as": demand.same_as,
        "project": demand.project,
        "cost": demand.cost,
        "beneficiaries": demand.beneficiaries,
        "funding": demand.funding,
        "decision": demand.decision,
    });
    match document {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// Everything about a demand that is for everyone.
pub(crate) fn demand(territory: &Territory, demands: &Demands, demand: &Demand) -> Value {
    let mut members = Map::new();
    members.insert("id".to_owned(), json!(demand.id));
    members.extend(writable(demand));
    let assembly = demand
        .assembly
        .as_deref()
        .and_then(|id| demands.snapshot.assembly(id));
    let assembly = assembly.map(|assembly| {
        json!({ "id": assembly.id, "level": assembly.level, "key": assembly.key, "date": assembly.date })
    });
    // An assembly that nobody has registered has an id alone.
    let unregistered = || demand.assembly.as_ref().map(|id| json!({ "id": id }));
    members.insert("assembly".to_owned(), json!(assembly.or_else(unregistered)));
    members.insert("territories".to_owned(), territories(territory, demand));
    members.insert("mentions".to_owned(), mentions(demands, demand));
    members.insert("created".to_owned(), json!(demand.created));
    members.insert("updated".to_owned(), json!(demand.updated));
    members.insert("version".to_owned(), json!(demand.version));
    Value::Object(members)
}

/// The same as a GeoJSON Feature (RFC 7946).
pub(crate) fn feature(document: Value) -> Value {
    let Value::Object(mut members) = document else {
        return document;
    };
    let mut take = |name: &str| members.remove(name).unwrap_or_default();
    let (id, geometry) = (take("id"), take("location"));
    json!({ "type": "Feature", "id": id, "geometry": geometry, "properties": members })
}

/// What a client may write of an assembly, as it is now: the base of a PATCH.
pub(crate) fn writable_assembly(assembly: &Assembly) -> Map<String, Value> {
    let text = |text: &String| json!(text);
    [
        ("level", text(&assembly.level)),
        ("key", text(&assembly.key)),
        ("date", text(&assembly.date)),
        ("attendance", json!(assembly.attendance)),
        ("title", json!(assembly.title)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into_iter()
    .collect()
}

/// A meeting, with the name of its territory.
pub(crate) fn assembly(territory: &Territory, assembly: &Assembly) -> Value {
    let layer = territory
        .level(&assembly.level)
        .map(comarca_engine::Level::layer);
    let name = layer.and_then(|layer| Some(layer.name(layer.row_of(&assembly.key)?)));
    json!({
        "id": assembly.id,
        "level": assembly.level,
        "key": assembly.key,
        "name": name,
        "date": assembly.date,
        "attendance": assembly.attendance,
        "held": assembly.attendance.is_some(),
        "title": assembly.title,
        "updated": assembly.updated,
        "version": assembly.version,
    })
}

fn point(demand: &Demand) -> Value {
    json!({ "type": "Point", "coordinates": [demand.lon, demand.lat] })
}

/// The key of the territory of each level that a demand stands in.
fn territories(territory: &Territory, demand: &Demand) -> Value {
    let Some(finest) = finest(territory, demand) else {
        return json!({});
    };
    let key = |level: &comarca_engine::Level| {
        let row = level.of_finest(finest)?;
        Some((level.id().to_owned(), json!(level.layer().key(row))))
    };
    let named = territory
        .levels()
        .iter()
        .filter(|level| level.id() != comarca_engine::WHOLE);
    Value::Object(named.filter_map(key).collect())
}

/// The demands that name this one again.
fn mentions(demands: &Demands, demand: &Demand) -> Value {
    let all = demands.mentions(&demand.id).iter();
    all.map(|other| json!({ "id": other.id, "stage": other.stage.name(), "votes": other.votes }))
        .collect()
}
