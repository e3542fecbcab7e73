//! A TOML document that remembers where everything stands.

use std::borrow::Cow;
use std::ops::Range;

use indexmap::IndexMap;
use serde_json::Value as Json;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::MAX_ERRORS;
use super::error::ProjectError;

/// The text of a TOML file and the tree of its values.
#[derive(Clone, Debug)]
pub(super) struct Document {
    text: String,
    /// Where each line begins.
    lines: Vec<usize>,
    pub(super) root: Item,
}

/// A value, where it stands, and where its key stands.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) value: Value,
    /// Bytes of the value; for a table with a header, of the header.
    pub(super) span: Range<usize>,
    /// Bytes of the key; of the value where there is no key.
    pub(super) key_span: Range<usize>,
}

/// A TOML value. Tables keep their order.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    Integer(i64),
    Number(f64),
    Bool(bool),
    /// A date, a time, or an integer beyond 64 bits: nothing that a project file holds. As it is called.
    Other(&'static str),
    List(Vec<Item>),
    Table(IndexMap<String, Item>),
}

impl Value {
    /// What it is called in messages.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Integer(_) | Self::Number(_) => "a number",
            Self::Bool(_) => "true or false",
            Self::Other(kind) => kind,
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

impl Document {
    /// Reads TOML; all syntax errors of the text together.
    pub(super) fn parse(text: String) -> Result<Self, Vec<ProjectError>> {
        let (table, errors) = DeTable::parse_recoverable(&text);
        let span = table.span();
        let root = Item {
            value: table_value(table.into_inner()),
            key_span: span.clone(),
            span,
        };
        let errors: Vec<_> = errors
            .iter()
            .take(MAX_ERRORS)
            .map(|error| (error.span(), error.message().to_owned()))
            .collect();
        let lines = [0]
            .into_iter()
            .chain(text.match_indices('\n').map(|(newline, _)| newline + 1))
            .collect();
        let document = Self { text, lines, root };
        if errors.is_empty() {
            Ok(document)
        } else {
            Err(errors
                .into_iter()
                .map(|error| document.syntax_error(error))
                .collect())
        }
    }

    fn syntax_error(&self, (span, message): (Option<Range<usize>>, String)) -> ProjectError {
        let place = span.map(|span| self.place(span.start));
        ProjectError {
            place,
            path: String::new(),
            message,
            nearest: None,
        }
    }

    /// The value at a path like `indicators.density.of` or `levels[1].parent`.
    pub(super) fn item(&self, path: &str) -> Option<&Item> {
        let (deepest, rest) = self.descend(path);
        rest.is_empty().then_some(deepest)
    }

    /// Where the value at `path` stands, or, when it is absent, the nearest table around it. `None` when not even the
    /// first key of the path is in the file.
    pub(super) fn place_of(&self, path: &str) -> Option<(usize, usize)> {
        let (deepest, rest) = self.descend(path);
        (rest.len() < path.len() || path.is_empty()).then(|| self.place(deepest.start()))
    }

    /// Line and column of a byte, from 1; the column in characters.
    pub(super) fn place(&self, at: usize) -> (usize, usize) {
        let line = self.lines.partition_point(|start| *start <= at).max(1);
        let before = self.text.get(self.lines[line - 1]..at).unwrap_or("");
        (line, before.chars().count() + 1)
    }

    /// Where the character number `position` (from 1) of the text at `path` stands. Where the text is written with
    /// escapes: where it begins.
    pub(super) fn place_in_text(&self, path: &str, position: usize) -> Option<(usize, usize)> {
        let item = self.item(path)?;
        let Value::Text(value) = &item.value else {
            return None;
        };
        let written = self.text.get(item.span.clone())?;
        let inside = value
            .char_indices()
            .nth(position.saturating_sub(1))
            .map_or(value.len(), |(byte, _)| byte);
        let offset = written
            .find(value.as_str())
            .map_or(0, |start| start + inside);
        Some(self.place(item.span.start + offset))
    }

    /// The number (from 1) of the character in the text at `path` where `word` first stands by itself.
    pub(super) fn position_of_word(&self, path: &str, word: &str) -> Option<usize> {
        let Value::Text(text) = &self.item(path)?.value else {
            return None;
        };
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let alone = |at: &usize| {
            !text[..*at].ends_with(is_part) && !text[*at + word.len()..].starts_with(is_part)
        };
        let at = text.match_indices(word).map(|(at, _)| at).find(alone)?;
        Some(text[..at].chars().count() + 1)
    }

    /// Puts an indicator beside those of the file; one of the file with the same id stays.
    pub(super) fn insert_indicator(&mut self, id: &str, item: Item) {
        let Value::Table(root) = &mut self.root.value else {
            return;
        };
        let place = item.key_span.clone();
        let section = root.entry("indicators".to_owned()).or_insert_with(|| Item {
            value: Value::Table(IndexMap::new()),
            span: place.clone(),
            key_span: place,
        });
        if let Value::Table(indicators) = &mut section.value {
            indicators.entry(id.to_owned()).or_insert(item);
        }
    }

    /// The deepest item along `path`, and what of the path is left.
    fn descend<'p>(&self, path: &'p str) -> (&Item, &'p str) {
        let (mut item, mut rest) = (&self.root, path);
        while let Some((child, behind)) = item.child(rest) {
            (item, rest) = (child, behind);
        }
        (item, rest)
    }
}

impl Item {
    /// Where an error about the item is shown: at a table's key, at any other value itself.
    pub(super) fn start(&self) -> usize {
        match self.value {
            Value::Table(_) => self.key_span.start,
            _ => self.span.start,
        }
    }

    /// The same value, said to stand at `place` with all that is in it.
    pub(super) fn standing_at(mut self, place: &Range<usize>) -> Self {
        let within = |item: &mut Self| *item = item.clone().standing_at(place);
        match &mut self.value {
            Value::Table(items) => items.values_mut().for_each(within),
            Value::List(items) => items.iter_mut().for_each(within),
            _ => {}
        }
        (self.span, self.key_span) = (place.clone(), place.clone());
        self
    }

    /// The value as JSON, for serde. Infinite numbers and dates become null; the check against the schema refuses them.
    pub(super) fn to_json(&self) -> Json {
        match &self.value {
            Value::Text(text) => text.as_str().into(),
            Value::Integer(value) => (*value).into(),
            Value::Number(value) => (*value).into(),
            Value::Bool(value) => (*value).into(),
            Value::Other(_) => Json::Null,
            Value::List(items) => items.iter().map(Self::to_json).collect(),
            Value::Table(items) => items
                .iter()
                .map(|(key, item)| (key.clone(), item.to_json()))
                .collect(),
        }
    }

    /// The child that `path` begins with, and the rest of the path.
    fn child<'p>(&self, path: &'p str) -> Option<(&Self, &'p str)> {
        match &self.value {
            Value::Table(items) => {
                // Ids and keys hold no dots or brackets, so the first one ends the key.
                let (key, rest) = path.split_at(path.find(['.', '[']).unwrap_or(path.len()));
                Some((items.get(key)?, rest.strip_prefix('.').unwrap_or(rest)))
            }
            Value::List(items) => {
                let (index, rest) = path.strip_prefix('[')?.split_once(']')?;
                Some((
                    items.get(index.parse::<usize>().ok()?)?,
                    rest.strip_prefix('.').unwrap_or(rest),
                ))
            }
            _ => None,
        }
    }
}

fn table_value(table: DeTable<'_>) -> Value {
    let items = table.into_iter().map(|(key, value)| {
        let key_span = key.span();
        (key.into_inner().into_owned(), item(value, Some(key_span)))
    });
    Value::Table(items.collect())
}

fn item(value: Spanned<DeValue<'_>>, key_span: Option<Range<usize>>) -> Item {
    let span = value.span();
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(Cow::into_owned(text)),
        DeValue::Integer(digits) => i64::from_str_radix(digits.as_str(), digits.radix())
            .map_or(Value::Other("a number beyond 64 bits"), Value::Integer),
        DeValue::Float(digits) => digits
            .as_str()
            .parse()
            .map_or(Value::Other("no number"), Value::Number),
        DeValue::Boolean(value) => Value::Bool(value),
        DeValue::Datetime(_) => Value::Other("a date or time"),
        DeValue::Array(items) => {
            Value::List(items.into_iter().map(|value| item(value, None)).collect())
        }
        DeValue::Table(table) => table_value(table),
    };
    Item {
        value,
        key_span: key_span.unwrap_or_else(|| span.clone()),
        span,
    }
}
