//! Titles as JSON.

use comarca_engine::{Territory, Title};
use serde_json::{Map, Value};

/// The text of each of the project's languages; the id where the project gives none.
pub(crate) fn title(territory: &Territory, title: &Title, id: &str) -> Value {
    let text = |language: &String| {
        (
            language.clone(),
            title.in_language(language).unwrap_or(id).into(),
        )
    };
    Value::Object(
        territory
            .languages()
            .iter()
            .map(text)
            .collect::<Map<_, _>>(),
    )
}
