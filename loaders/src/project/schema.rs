use schemars::generate::SchemaSettings;
use serde_json::Value as Json;

use super::config::ProjectConfig;

/// The JSON Schema (draft 2020-12) of the project file: what `comarca schema` prints, and what project files are
/// checked against.
pub fn json_schema() -> Json {
    let settings = SchemaSettings::draft2020_12();
    let mut schema = settings
        .into_generator()
        .into_root_schema_for::<ProjectConfig>()
        .to_value();
    without_null(&mut schema);
    schema
}

/// TOML has no null: an optional key is left out. Takes the nulls out that optional fields bring along.
fn without_null(schema: &mut Json) {
    match schema {
        Json::Object(object) => {
            object.retain(|key, value| !(key == "default" && value.is_null()));
            if let Some(Json::Array(types)) = object.get_mut("type") {
                types.retain(|kind| kind != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    object.insert("type".to_owned(), only);
                }
            }
            if let Some(Json::Array(alternatives)) = object.get_mut("anyOf") {
                alternatives.retain(|schema| schema["type"] != "null");
                if let [Json::Object(only)] = alternatives.as_slice() {
                    let only = only.clone();
                    object.shift_remove("anyOf");
                    only.into_iter().for_each(|(key, value)| {
                        object.entry(key).or_insert(value);
                    });
                }
            }
            object.values_mut().for_each(without_null);
        }
        Json::Array(items) => items.iter_mut().for_each(without_null),
        _ => {}
    }
}
