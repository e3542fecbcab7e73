//! The body of `POST /scenarios`: read strictly, because a change that is silently left out is a wrong answer.

use comarca_engine::{Change, Edit, Value as Cell};
use geo_types::Geometry;
use serde_json::{Map, Value};

use super::geometry::Reader;
use super::place::Place;
use super::{CHANGES_MAX, KEY_CHARS_MAX, VERTICES_MAX};
use crate::error::AppError;

const MEMBERS: [&str; 2] = ["changes", "base"];
const OPERATIONS: [&str; 4] = ["add", "move", "set", "remove"];
const OF_CHANGE: [&str; 8] = [
    "op",
    "layer",
    "key",
    "like",
    "geometry",
    "properties",
    "type",
    "id",
];

/// A body that is JSON of the right outline.
#[derive(Debug)]
pub(crate) struct Request(Map<String, Value>);

impl Request {
    /// Reads the body. Keys that are whole numbers become text, and the `id` of a GeoJSON Feature is its key.
    ///
    /// # Errors
    /// 400 where it is not JSON, or not an object with a list of changes that is neither empty nor too long.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, AppError> {
        let document = serde_json::from_slice(body);
        let document: Value = document
            .map_err(|cause| AppError::Malformed(format!("the body is not JSON: {cause}")))?;
        let Value::Object(mut members) = document else {
            return Err(Place::top("body").refuse(&document, "an object"));
        };
        if let Some(name) = members
            .keys()
            .find(|name| !MEMBERS.contains(&name.as_str()))
        {
            return Err(Place::top("body").unknown(name, &MEMBERS));
        }
        let place = Place::top("changes");
        let changes = members.entry("changes").or_insert(Value::Null);
        let count = place.list(changes)?.len();
        if !(1..=CHANGES_MAX).contains(&count) {
            let allowed = format!("a list of 1 to {CHANGES_MAX} changes");
            return Err(place.refuse(changes, allowed));
        }
        let changes = changes.as_array_mut().into_iter().flatten();
        for (number, change) in changes.enumerate() {
            settle_keys(change, &place.item(number))?;
        }
        Ok(Self(members))
    }

    /// One text for one request.
    pub(crate) fn normal_form(&self) -> String {
        Value::Object(self.0.clone()).to_string()
    }

    /// Id of the scenario that this one builds on.
    ///
    /// # Errors
    /// 400 where it is no text.
    pub(crate) fn base(&self) -> Result<Option<&str>, AppError> {
        let base = self.0.get("base").filter(|base| !base.is_null());
        base.map(|base| Place::top("base").text(base)).transpose()
    }

    /// The changes in order.
    ///
    /// # Errors
    /// 400 for the first that is not a change.
    pub(crate) fn changes(&self) -> Result<Vec<Change<'_>>, AppError> {
        let place = Place::top("changes");
        let mut reader = Reader::new(VERTICES_MAX);
        let changes = self.0.get("changes").and_then(Value::as_array);
        let changes = changes.into_iter().flatten().enumerate();
        changes
            .map(|(number, change)| read(change, &place.item(number), &mut reader))
            .collect()
    }
}

/// `id` → `key`, whole numbers → text.
fn settle_keys(change: &mut Value, at: &Place<'_>) -> Result<(), AppError> {
    let Value::Object(members) = change else {
        return Err(at.refuse(change, "an object"));
    };
    if members.contains_key("id") && members.contains_key("key") {
        let id = members.get("id").unwrap_or(&Value::Null);
        return Err(at.member("id").refuse(id, "left out where there is a key"));
    }
    if let Some(id) = members.remove("id") {
        members.insert("key".to_owned(), id);
    }
    for name in ["key", "like"] {
        if let Some(number) = members.get(name).filter(|key| key.is_i64() || key.is_u64()) {
            let text = number.to_string();
            members.insert(name.to_owned(), Value::String(text));
        }
    }
    Ok(())
}

fn read<'a>(
    change: &'a Value,
    at: &Place<'_>,
    reader: &mut Reader,
) -> Result<Change<'a>, AppError> {
    let members = Members::of(change, at)?;
    let op = members.text("op")?;
    let edit = match op {
        "add" => Edit::Add {
            key: members.key("key")?,
            like: members.key("like")?,
            geometry: members.geometry(reader)?,
            properties: members.properties()?,
        },
        "move" => Edit::Move {
            key: members.own_key()?,
            geometry: members.geometry(reader)?,
        },
        "set" => Edit::Set {
            key: members.own_key()?,
            properties: members.properties()?,
        },
        "remove" => Edit::Remove {
            key: members.own_key()?,
        },
        _ => return Err(at.member("op").unknown(op, &OPERATIONS)),
    };
    members.check_unused(&edit, op)?;
    Ok(Change {
        layer: members.text("layer")?,
        edit,
    })
}

/// The members of one change.
struct Members<'a, 'p> {
    members: &'a Map<String, Value>,
    at: &'p Place<'p>,
}

impl<'a, 'p> Members<'a, 'p> {
    fn of(change: &'a Value, at: &'p Place<'p>) -> Result<Self, AppError> {
        let members = at.object(change)?;
        if let Some(name) = members
            .keys()
            .find(|name| !OF_CHANGE.contains(&name.as_str()))
        {
            return Err(at.unknown(name, &OF_CHANGE));
        }
        match members.get("type") {
            None => {}
            Some(Value::String(text)) if text == "Feature" => {}
            Some(other) => return Err(at.member("type").refuse(other, "\"Feature\", or left out")),
        }
        Ok(Self { members, at })
    }

    /// What stands under a name; null is nothing.
    fn given(&self, name: &str) -> Option<&'a Value> {
        self.members.get(name).filter(|value| !value.is_null())
    }

    fn text(&self, name: &str) -> Result<&'a str, AppError> {
        let value = self.given(name).unwrap_or(&Value::Null);
        self.at.member(name).text(value)
    }

    fn key(&self, name: &str) -> Result<Option<&'a str>, AppError> {
        let Some(value) = self.given(name) else {
            return Ok(None);
        };
        let place = self.at.member(name);
        let key = place.text(value)?;
        if key.chars().nth(KEY_CHARS_MAX).is_none() {
            Ok(Some(key))
        } else {
            let allowed = format!("at most {KEY_CHARS_MAX} characters");
            Err(place.refuse(value, allowed))
        }
    }

    fn own_key(&self) -> Result<&'a str, AppError> {
        let missing = || self.at.member("key").refuse(&Value::Null, "text");
        self.key("key")?.ok_or_else(missing)
    }

    fn geometry(&self, reader: &mut Reader) -> Result<Geometry<f64>, AppError> {
        let value = self.given("geometry").unwrap_or(&Value::Null);
        let place = self.at.member("geometry");
        if value.is_null() {
            return Err(place.refuse(value, "a GeoJSON geometry"));
        }
        reader.geometry(value, &place)
    }

    fn properties(&self) -> Result<Vec<(&'a str, Cell<'a>)>, AppError> {
        let Some(value) = self.given("properties") else {
            return Ok(vec![]);
        };
        let place = self.at.member("properties");
        let object = place.object(value)?.iter();
        object
            .map(|(name, value)| Ok((name.as_str(), cell(value, &place.member(name))?)))
            .collect()
    }

    /// What an operation does not look at must not be there: whoever wrote it expects something of it.
    fn check_unused(&self, edit: &Edit<'_>, op: &str) -> Result<(), AppError> {
        let unused: &[&str] = match edit {
            Edit::Add { .. } => &[],
            Edit::Move { .. } => &["like", "properties"],
            Edit::Set { .. } => &["like", "geometry"],
            Edit::Remove { .. } => &["like", "geometry", "properties"],
        };
        let empty = |value: &Value| value.as_object().is_some_and(Map::is_empty);
        for name in unused {
            if let Some(value) = self.given(name).filter(|value| !empty(value)) {
                let allowed = format!("left out: {op} does not use it");
                return Err(self.at.member(name).refuse(value, allowed));
            }
        }
        Ok(())
    }
}

fn cell<'a>(value: &'a Value, at: &Place<'_>) -> Result<Cell<'a>, AppError> {
    Ok(match value {
        Value::Null => Cell::Null,
        Value::Bool(value) => Cell::Bool(*value),
        Value::String(text) => Cell::Text(text),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Cell::Integer(whole),
            (None, Some(real)) => Cell::Real(real),
            (None, None) => return Err(at.refuse(value, "a number that can be held")),
        },
        Value::Array(_) | Value::Object(_) => {
            return Err(at.refuse(value, "text, a number, true, false or null"));
        }
    })
}
