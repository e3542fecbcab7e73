//! Where the records are: the file itself, one of its arrays, or its lines.

use std::path::Path;

use serde_json::value::RawValue;

use crate::problem::{LoadError, Problem};
use crate::source::geojson::located;
use crate::source::json::Members;

/// How many names deep an array of records is looked for.
const DEPTH_MAX: usize = 3;

/// The records as text, and what else might have been meant.
#[derive(Debug)]
pub(super) struct Found<'a> {
    pub(super) records: Vec<&'a str>,
    pub(super) others: Option<Problem>,
}

/// An array of objects and the way to it.
#[derive(Debug)]
struct Array<'a> {
    path: String,
    records: Vec<&'a str>,
}

/// Finds the records of `text`: the array at `wanted`, or the longest array of objects.
pub(super) fn find<'a>(
    path: &Path,
    text: &'a str,
    wanted: Option<&str>,
) -> Result<Found<'a>, LoadError> {
    let whole = |records| Found {
        records,
        others: None,
    };
    if text.trim_ascii_start().starts_with('[') {
        let array = elements(text).map_err(|error| located(path, &error))?;
        return Ok(whole(array));
    }
    if let Some(lines) = lines(text) {
        return Ok(whole(lines));
    }
    let documents = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    let documents: Vec<_> = documents
        .map(|document| document.map(RawValue::get))
        .collect::<Result<_, _>>()
        .map_err(|error| located(path, &error))?;
    match documents[..] {
        [document] => in_object(path, document, wanted),
        _ => Ok(whole(documents)),
    }
}

/// The lines of a text in which each is an object. A later line that breaks off is a bad record, not a bad file.
fn lines(text: &str) -> Option<Vec<&str>> {
    let lines: Vec<_> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let (first, rest) = lines.split_first()?;
    let is_object = serde_json::from_str::<Members>(first).is_ok();
    (is_object && !rest.is_empty()).then_some(lines)
}

fn in_object<'a>(
    path: &Path,
    document: &'a str,
    wanted: Option<&str>,
) -> Result<Found<'a>, LoadError> {
    let mut arrays = vec![];
    arrays_in(document, &mut String::new(), 1, &mut arrays);
    if let Some(wanted) = wanted {
        return at(document, wanted)
            .and_then(|array| elements(array).ok())
            .map(|records| Found {
                records,
                others: None,
            })
            .ok_or_else(|| {
                LoadError::new(path, format!("has no array \"{wanted}\"")).advice(names(&arrays))
            });
    }
    // The first of those that are equally long.
    arrays.sort_by_key(|array| std::cmp::Reverse(array.records.len()));
    if arrays.is_empty() {
        let error = LoadError::new(
            path,
            format!(
                "is JSON, but neither GeoJSON nor TopoJSON, and has no array of objects within {DEPTH_MAX} names"
            ),
        );
        return Err(error
            .advice("name the array of records in the project file: json = { records = \"…\" }"));
    }
    let chosen = arrays.remove(0);
    let others = (!arrays.is_empty()).then(|| {
        let message = format!(
            "the records of \"{}\" were read, the longest array",
            chosen.path
        );
        Problem::notice(message).advice(format!(
            "set json.records if another is meant; {}",
            names(&arrays)
        ))
    });
    Ok(Found {
        records: chosen.records,
        others,
    })
}

/// Collects the arrays of objects in an object.
fn arrays_in<'a>(object: &'a str, path: &mut String, depth: usize, arrays: &mut Vec<Array<'a>>) {
    let Ok(Members(members)) = serde_json::from_str::<Members>(object) else {
        return;
    };
    for (name, value) in members {
        let length = path.len();
        if depth > 1 {
            path.push('.');
        }
        path.push_str(&name);
        let value = value.get();
        if is_array_of_objects(value)
            && let Ok(records) = elements(value)
        {
            let path = path.clone();
            arrays.push(Array { path, records });
        } else if value.starts_with('{') && depth < DEPTH_MAX {
            arrays_in(value, path, depth + 1, arrays);
        }
        path.truncate(length);
    }
}

fn is_array_of_objects(value: &str) -> bool {
    let inside = value.strip_prefix('[').map(str::trim_ascii_start);
    inside.is_some_and(|inside| inside.starts_with('{'))
}

fn elements(array: &str) -> Result<Vec<&str>, serde_json::Error> {
    let elements: Vec<&RawValue> = serde_json::from_str(array)?;
    Ok(elements.into_iter().map(RawValue::get).collect())
}

/// The value at the end of `path`; a name may have dots itself.
fn at<'a>(object: &'a str, path: &str) -> Option<&'a str> {
    let Members(members) = serde_json::from_str(object).ok()?;
    let next = |(name, value): &(std::borrow::Cow<str>, &'a RawValue)| {
        let rest = path.strip_prefix(name.as_ref())?;
        match rest.strip_prefix('.') {
            _ if rest.is_empty() => Some(value.get()),
            Some(rest) => at(value.get(), rest),
            None => None,
        }
    };
    members.iter().find_map(next)
}

fn names(arrays: &[Array]) -> String {
    const NAMES_MAX: usize = 10;
    let name = |array: &Array| format!("\"{}\" ({} records)", array.path, array.records.len());
    let names: Vec<_> = arrays.iter().take(NAMES_MAX).map(name).collect();
    match names.len() {
        0 => "the file has no array of objects".to_owned(),
        _ => format!("the file has {}", names.join(", ")),
    }
}
