//! Bodies of requests to the register: JSON of a demand or an assembly, read strictly.

use comarca_loaders::demands::{AssemblyDraft, Draft};
use serde_json::{Map, Value};

use crate::error::AppError;

/// Members of a demand that a client may write.
const WRITABLE: [&str; 19] = [
    "id",
    "theme",
    "title",
    "description",
    "location",
    "district",
    "votes",
    "assembly",
    "stage",
    "status",
    "same_as",
    "project",
    "cost",
    "beneficiaries",
    "funding",
    "decision",
    "created",
    "author",
    "contact",
];
/// Members that an answer has besides; they may come back as they are and are not looked at.
const READ_ONLY: [&str; 6] = [
    "territories",
    "mentions",
    "updated",
    "version",
    "links",
    "commune",
];
/// Members of an assembly that a client may write.
const OF_ASSEMBLY: [&str; 6] = ["id", "level", "key", "date", "attendance", "title"];
/// Members that an answer about an assembly has besides.
const OF_ASSEMBLY_READ_ONLY: [&str; 6] =
    ["name", "held", "created", "updated", "version", "commune"];

/// A JSON object.
///
/// # Errors
/// 400 where the body is not one.
pub(crate) fn object(body: &[u8]) -> Result<Map<String, Value>, AppError> {
    let document = serde_json::from_slice(body)
        .map_err(|cause| AppError::Malformed(format!("the body is not JSON: {cause}")))?;
    match document {
        Value::Object(members) => Ok(members),
        other => Err(AppError::parameter("body", &other.to_string(), "an object")),
    }
}

/// The members of a GeoJSON Feature as those of a plain demand; a plain one stays as it is.
pub(crate) fn plain(mut members: Map<String, Value>) -> Map<String, Value> {
    if members.get("type") != Some(&Value::from("Feature")) {
        return members;
    }
    let mut plain = match members.remove("properties") {
        Some(Value::Object(properties)) => properties,
        _ => Map::new(),
    };
    for (own, name) in [("id", "id"), ("geometry", "location")] {
        if let Some(value) = members.remove(own).filter(|value| !value.is_null()) {
            plain.insert(name.to_owned(), value);
        }
    }
    plain
}

/// What a PATCH makes of a demand (RFC 7396, JSON Merge Patch). Another district without a position moves it there.
pub(crate) fn patched(
    mut current: Map<String, Value>,
    patch: Map<String, Value>,
) -> Map<String, Value> {
    current.remove(
        if patch.contains_key("district") && !patch.contains_key("location") {
            "location"
        } else {
            "district"
        },
    );
    for (name, value) in patch {
        match value {
            Value::Null if !is_private(&name) => current.remove(&name),
            value => current.insert(name, value),
        };
    }
    current
}

fn is_private(name: &str) -> bool {
    name == "author" || name == "contact"
}

/// The draft of a demand.
///
/// # Errors
/// 400 for a member that is not known or of another type.
pub(crate) fn draft(members: &Map<String, Value>) -> Result<Draft, AppError> {
    known(members, &WRITABLE, &READ_ONLY)?;
    let text = |name: &str| text(members, name);
    Ok(Draft {
        id: text("id")?,
        theme: text("theme")?,
        title: text("title")?,
        description: text("description")?,
        location: location(members)?,
        district: text("district")?,
        votes: whole(members, "votes")?,
        assembly: assembly_id(members)?,
        stage: text("stage")?,
        status: text("status")?,
        same_as: text("same_as")?,
        project: text("project")?,
        cost: whole(members, "cost")?,
        beneficiaries: whole(members, "beneficiaries")?,
        funding: text("funding")?,
        decision: text("decision")?,
        created: text("created")?,
        author: private(members, "author")?,
        contact: private(members, "contact")?,
    })
}

/// The draft of an assembly.
///
/// # Errors
/// 400 for a member that is not known or of another type.
pub(crate) fn assembly_draft(members: &Map<String, Value>) -> Result<AssemblyDraft, AppError> {
    known(members, &OF_ASSEMBLY, &OF_ASSEMBLY_READ_ONLY)?;
    let text = |name: &str| text(members, name);
    Ok(AssemblyDraft {
        id: text("id")?,
        level: text("level")?,
        key: text("key")?,
        date: text("date")?,
        attendance: whole(members, "attendance")?,
        title: text("title")?,
    })
}

/// The assembly that a demand describes instead of naming one that is there: an object with its day.
///
/// # Errors
/// 400 for a member that is not known or of another type.
pub(crate) fn described_assembly(
    members: &Map<String, Value>,
) -> Result<Option<AssemblyDraft>, AppError> {
    match members.get("assembly") {
        Some(Value::Object(assembly)) if assembly.contains_key("date") => {
            assembly_draft(assembly).map(Some)
        }
        _ => Ok(None),
    }
}

fn known(members: &Map<String, Value>, own: &[&str], ignored: &[&str]) -> Result<(), AppError> {
    let is_unknown =
        |name: &&String| !own.contains(&name.as_str()) && !ignored.contains(&name.as_str());
    match members.keys().find(is_unknown) {
        Some(name) => Err(AppError::not_one_of("body", name, own.iter().copied())),
        None => Ok(()),
    }
}

fn text(members: &Map<String, Value>, name: &str) -> Result<Option<String>, AppError> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(other) => Err(AppError::parameter(name, &other.to_string(), "a text")),
    }
}

/// A text about a person; null erases it.
fn private(members: &Map<String, Value>, name: &str) -> Result<Option<String>, AppError> {
    match members.get(name) {
        Some(Value::Null) => Ok(Some(String::new())),
        // What somebody wrote about a person is not repeated in an error.
        Some(Value::Object(_) | Value::Array(_) | Value::Bool(_)) => {
            Err(AppError::parameter(name, "…", "a text"))
        }
        _ => text(members, name),
    }
}

fn whole(members: &Map<String, Value>, name: &str) -> Result<Option<i64>, AppError> {
    let refuse = |value: &Value| AppError::parameter(name, &value.to_string(), "a whole number");
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_i64().map(Some).ok_or_else(|| refuse(value)),
    }
}

/// `"A1"`, or `{"id": "A1", …}` as an answer has it.
fn assembly_id(members: &Map<String, Value>) -> Result<Option<String>, AppError> {
    match members.get("assembly") {
        Some(Value::Object(assembly)) => text(assembly, "id"),
        _ => text(members, "assembly"),
    }
}

/// A GeoJSON Point, `[lon, lat]`, or an object with `lon` and `lat`.
fn location(members: &Map<String, Value>) -> Result<Option<[f64; 2]>, AppError> {
    let Some(location) = members.get("location").filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    let refuse = || {
        let allowed = "a GeoJSON Point, [longitude, latitude], or {\"lon\": …, \"lat\": …}";
        AppError::parameter("location", &location.to_string(), allowed)
    };
    let pair = match location {
        Value::Array(pair) => pair.as_slice(),
        Value::Object(point) if point.get("type") == Some(&Value::from("Point")) => {
            let pair = point.get("coordinates").and_then(Value::as_array);
            pair.ok_or_else(refuse)?.as_slice()
        }
        Value::Object(point) => {
            let number = |name: &str| point.get(name).and_then(Value::as_f64);
            let lon = number("lon").or_else(|| number("lng"));
            return lon
                .zip(number("lat"))
                .map(|(lon, lat)| Some([lon, lat]))
                .ok_or_else(refuse);
        }
        _ => return Err(refuse()),
    };
    match pair {
        // A third number is a height, which nobody asks for.
        [lon, lat] | [lon, lat, _] => {
            let at = lon.as_f64().zip(lat.as_f64()).ok_or_else(refuse)?;
            Ok(Some([at.0, at.1]))
        }
        _ => Err(refuse()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn members(document: Value) -> Map<String, Value> {
        match document {
            Value::Object(members) => members,
            other => panic!("{other} is no object"),
        }
    }

    #[test]
    fn a_place_may_be_written_in_four_ways() {
        let at = |location: Value| super::location(&members(json!({ "location": location })));
        for place in [
            json!([-70.6, -33.5]),
            json!({"type": "Point", "coordinates": [-70.6, -33.5, 520.0]}),
            json!({"lon": -70.6, "lat": -33.5}),
            json!({"lng": -70.6, "lat": -33.5}),
        ] {
            assert_eq!(at(place).unwrap(), Some([-70.6, -33.5]));
        }
        for odd in [
            json!("x"),
            json!([1]),
            json!({"type": "Point"}),
            json!([1, "2"]),
            json!(true),
        ] {
            assert!(at(odd).is_err());
        }
        assert_eq!(at(Value::Null).unwrap(), None);
    }

    #[test]
    fn a_feature_is_a_demand_too() {
        let feature = json!({"type": "Feature", "id": "D1", "geometry": {"type": "Point", "coordinates": [1.0, 2.0]},
            "properties": {"theme": "health", "title": "Posta"}});
        let draft = draft(&plain(members(feature))).unwrap();
        assert_eq!(draft.id.as_deref(), Some("D1"));
        assert_eq!(draft.location, Some([1.0, 2.0]));
        assert_eq!(draft.theme.as_deref(), Some("health"));
    }

    #[test]
    fn a_patch_takes_null_as_nothing_and_a_new_district_as_a_new_place() {
        let current = || {
            members(json!({"title": "a", "decision": "no", "location": [1, 2], "district": "1"}))
        };
        let patch = |patch: Value| Value::Object(patched(current(), members(patch)));
        assert_eq!(
            patch(json!({"decision": null})),
            json!({"title": "a", "location": [1, 2]})
        );
        assert_eq!(
            patch(json!({"district": "2", "title": "b"})),
            json!({"title": "b", "decision": "no", "district": "2"})
        );
    }

    #[test]
    fn an_unknown_member_is_named_with_its_neighbour() {
        let error = draft(&members(json!({"titel": "x"}))).err().unwrap();
        assert!(
            error.detail().contains("did you mean \"title\"?"),
            "{}",
            error.detail()
        );
    }
}
