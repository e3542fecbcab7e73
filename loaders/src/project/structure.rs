//! Checks the shape of a document against a JSON Schema: unknown and missing keys, types, choices, bounds.
//!
//! Understands what [`json_schema`](super::json_schema) says, which is a part of draft 2020-12: `$ref`, `type`,
//! `properties`, `required`, `additionalProperties`, `unevaluatedProperties`, `items`, `anyOf`, `oneOf`, `const`, `format`
//! and the bounds of numbers, lengths and counts; and its own `x-id-of`.

use comarca_engine::nearest;
use indexmap::IndexMap;
use serde_json::{Map, Value as Json};

use super::MAX_ERRORS;
use super::document::{Document, Item, Value};
use super::error::ProjectError;

/// What does not fit `schema`.
pub(super) fn check(document: &Document, schema: &Json) -> Vec<ProjectError> {
    let walker = Walker {
        document,
        definitions: &schema["$defs"],
    };
    let mut errors = vec![];
    walker.check(&document.root, schema, "", &mut errors);
    errors
}

/// The path of `key` in the table at `path`.
pub(super) fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

pub(super) struct Walker<'a> {
    pub(super) document: &'a Document,
    definitions: &'a Json,
}

pub(super) type Errors = Vec<ProjectError>;

impl<'a> Walker<'a> {
    fn check(&self, item: &Item, schema: &'a Json, path: &str, errors: &mut Errors) {
        let schema = self.resolved(schema);
        if let Some(alternatives) = self.alternatives(schema) {
            return self.check_alternatives(item, &alternatives, path, errors);
        }
        if !has_type(item, schema) {
            let found = match item.value {
                Value::Number(value) => value.to_string(),
                ref other => other.kind().to_owned(),
            };
            return errors.push(self.error(
                item,
                path,
                format!("{path} must be {}, not {found}", kind_of(schema)),
            ));
        }
        match &item.value {
            Value::Table(items) => self.check_table(item, items, schema, path, errors),
            Value::List(items) => self.check_list(item, items, schema, path, errors),
            Value::Text(text) => self.check_text(item, text, schema, path, errors),
            Value::Integer(value) => self.check_number(item, *value as f64, schema, path, errors),
            Value::Number(value) => self.check_number(item, *value, schema, path, errors),
            Value::Bool(_) | Value::Other(_) => {}
        }
    }

    /// Follows references to the definition.
    fn resolved(&self, mut schema: &'a Json) -> &'a Json {
        while let Some(name) = schema["$ref"]
            .as_str()
            .and_then(|reference| reference.strip_prefix("#/$defs/"))
        {
            schema = &self.definitions[name];
        }
        schema
    }

    /// The schemas of which one must fit, with those inside them; `None` where there is no choice. A choice beside
    /// properties is one of keys, see [`Self::table_schema`].
    fn alternatives(&self, schema: &'a Json) -> Option<Vec<&'a Json>> {
        if schema.get("properties").is_some() {
            return None;
        }
        let choice = schema.get("anyOf").or(schema.get("oneOf"))?.as_array()?;
        let inner = choice.iter().map(|schema| self.resolved(schema));
        Some(
            inner
                .flat_map(|schema| self.alternatives(schema).unwrap_or_else(|| vec![schema]))
                .collect(),
        )
    }

    fn check_alternatives(
        &self,
        item: &Item,
        alternatives: &[&'a Json],
        path: &str,
        errors: &mut Errors,
    ) {
        let fitting: Vec<_> = alternatives
            .iter()
            .copied()
            .filter(|schema| has_type(item, schema))
            .collect();
        if let Some(words) = words(&fitting)
            && let Value::Text(text) = &item.value
        {
            if !words.contains(&text.as_str()) {
                errors.push(self.no_choice(item, text, alternatives, &words, path));
            }
            return;
        }
        let attempts = fitting.iter().map(|schema| {
            let mut errors = vec![];
            self.check(item, schema, path, &mut errors);
            errors
        });
        if let Some(fewest) = attempts.min_by_key(Vec::len) {
            errors.extend(fewest);
        } else {
            let wanted = described(alternatives);
            errors.push(self.error(
                item,
                path,
                format!("{path} must be {wanted}, not {}", item.value.kind()),
            ));
        }
    }

    fn no_choice(
        &self,
        item: &Item,
        text: &str,
        all: &[&Json],
        words: &[&str],
        path: &str,
    ) -> ProjectError {
        let nearest = nearest(text, words.iter().copied()).map(str::to_owned);
        let message = format!("{path} must be {}, not {text:?}", described(all));
        ProjectError {
            nearest,
            ..self.error(item, path, message)
        }
    }

    fn check_table(
        &self,
        item: &Item,
        items: &IndexMap<String, Item>,
        schema: &'a Json,
        path: &str,
        errors: &mut Errors,
    ) {
        self.check_count(item, items.len(), "key", schema, path, errors);
        let Some(table) = self.table_schema(item, items, schema, path, errors) else {
            return;
        };
        let mut meant = vec![];
        for (key, child) in items {
            if errors.len() >= MAX_ERRORS {
                return;
            }
            let path = join(path, key);
            if let Some(schema) = table.of(key) {
                self.check(child, schema, &path, errors);
            } else {
                let error = self.unknown_key(child, key, &table, &path);
                meant.extend(error.nearest.clone());
                errors.push(error);
            }
        }
        let missing = table
            .required
            .iter()
            .filter(|key| !items.contains_key(**key));
        // A misspelt key is one error, not two.
        for key in missing.filter(|key| !meant.iter().any(|meant| meant == **key)) {
            errors.push(self.error(
                item,
                path,
                format!("{} needs the key {key:?}", table_name(path)),
            ));
        }
    }

    fn unknown_key(
        &self,
        child: &Item,
        key: &str,
        table: &TableSchema<'_>,
        path: &str,
    ) -> ProjectError {
        let within = table_name(path.strip_suffix(key).unwrap_or(path).trim_end_matches('.'));
        let nearest = nearest(key, table.known()).map(str::to_owned);
        let known = match nearest {
            Some(_) => String::new(),
            None => format!("; known: {}", shortened(&table.known().collect::<Vec<_>>())),
        };
        let place = Some(self.document.place(child.key_span.start));
        ProjectError {
            place,
            path: path.to_owned(),
            message: format!("unknown key {key:?} in {within}{known}"),
            nearest,
        }
    }

    /// The keys of a table. Where one key decides about the others (`op`), those of the choice; `None`, after an
    /// error, when the choice cannot be told.
    fn table_schema(
        &self,
        item: &Item,
        items: &IndexMap<String, Item>,
        schema: &'a Json,
        path: &str,
        errors: &mut Errors,
    ) -> Option<TableSchema<'a>> {
        let mut table = TableSchema::default();
        table.add(schema);
        let Some(branches) = schema["oneOf"].as_array() else {
            return Some(table);
        };
        let branches: Vec<_> = branches
            .iter()
            .map(|branch| self.resolved(branch))
            .collect();
        let tag = tag(&branches)?;
        let choices: Vec<_> = branches
            .iter()
            .map(|branch| &branch["properties"][tag])
            .collect();
        let Some(chosen) = items.get(tag) else {
            let message = format!(
                "{} needs the key {tag:?}: {}",
                table_name(path),
                described(&choices)
            );
            errors.push(self.error(item, path, message));
            return None;
        };
        let text = if let Value::Text(text) = &chosen.value {
            text.as_str()
        } else {
            ""
        };
        let Some(branch) = branches
            .iter()
            .find(|branch| branch["properties"][tag]["const"] == text)
        else {
            self.check_alternatives(chosen, &choices, &join(path, tag), errors);
            return None;
        };
        table.add(branch);
        Some(table)
    }

    fn check_list(
        &self,
        item: &Item,
        items: &[Item],
        schema: &'a Json,
        path: &str,
        errors: &mut Errors,
    ) {
        self.check_count(item, items.len(), "item", schema, path, errors);
        for (index, item) in items.iter().enumerate() {
            if errors.len() >= MAX_ERRORS {
                return;
            }
            self.check(item, &schema["items"], &format!("{path}[{index}]"), errors);
        }
    }

    pub(super) fn error(&self, item: &Item, path: &str, message: String) -> ProjectError {
        let place = Some(self.document.place(item.start()));
        ProjectError {
            place,
            path: path.to_owned(),
            message,
            nearest: None,
        }
    }
}

/// What a table may hold.
#[derive(Default)]
struct TableSchema<'a> {
    properties: Vec<&'a Map<String, Json>>,
    required: Vec<&'a str>,
    others: Option<&'a Json>,
}

impl<'a> TableSchema<'a> {
    fn add(&mut self, schema: &'a Json) {
        self.properties.extend(schema["properties"].as_object());
        self.required.extend(
            schema["required"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Json::as_str),
        );
        self.others = self.others.or(schema
            .get("additionalProperties")
            .filter(|others| others.is_object()));
    }

    fn of(&self, key: &str) -> Option<&'a Json> {
        self.properties
            .iter()
            .find_map(|properties| properties.get(key))
            .or(self.others)
    }

    fn known(&self) -> impl Iterator<Item = &'a str> {
        self.properties
            .iter()
            .flat_map(|properties| properties.keys().map(String::as_str))
    }
}

/// The key that decides between `branches`: the one with a constant in the first.
fn tag<'a>(branches: &[&'a Json]) -> Option<&'a str> {
    let properties = branches.first()?["properties"].as_object()?;
    properties
        .iter()
        .find(|(_, schema)| schema.get("const").is_some())
        .map(|(key, _)| key.as_str())
}

/// The constants, when all of `schemas` are constants.
fn words<'a>(schemas: &[&'a Json]) -> Option<Vec<&'a str>> {
    let words: Option<Vec<_>> = schemas
        .iter()
        .map(|schema| schema["const"].as_str())
        .collect();
    words.filter(|words| !words.is_empty())
}

fn has_type(item: &Item, schema: &Json) -> bool {
    match (schema["type"].as_str(), &item.value) {
        (Some("string"), Value::Text(_))
        | (Some("integer" | "number"), Value::Integer(_))
        | (Some("number"), Value::Number(_))
        | (Some("boolean"), Value::Bool(_))
        | (Some("array"), Value::List(_))
        | (Some("object"), Value::Table(_)) => true,
        (kind, _) => kind.is_none(),
    }
}

fn kind_of(schema: &Json) -> &'static str {
    match schema["type"].as_str() {
        Some("string") => "text",
        Some("integer") => "a whole number",
        Some("number") => "a number",
        Some("boolean") => "true or false",
        Some("array") => "a list",
        Some("object") => "a table",
        _ => "something else",
    }
}

/// The alternatives in words: `a number, "scott" or "silverman"`. Tables are told by the keys they need.
fn described(alternatives: &[&Json]) -> String {
    let one = |schema: &&Json| match (schema["const"].as_str(), schema["required"].as_array()) {
        (Some(word), _) => format!("{word:?}"),
        (None, Some(keys)) => {
            format!(
                "a table with {}",
                keys.iter()
                    .filter_map(Json::as_str)
                    .collect::<Vec<_>>()
                    .join(" and ")
            )
        }
        (None, None) => kind_of(schema).to_owned(),
    };
    let mut parts: Vec<_> = alternatives.iter().map(one).collect();
    let last = parts.pop().unwrap_or_default();
    if parts.is_empty() {
        last
    } else {
        format!("{} or {last}", parts.join(", "))
    }
}

/// The first names of a list.
pub(super) fn shortened(names: &[&str]) -> String {
    const NAMED: usize = 20;
    let more = if names.len() > NAMED { ", …" } else { "" };
    format!("{}{more}", names[..names.len().min(NAMED)].join(", "))
}

fn table_name(path: &str) -> String {
    if path.is_empty() {
        "the project".to_owned()
    } else {
        format!("[{path}]")
    }
}
