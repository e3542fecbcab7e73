//! Where in the body something stands, for messages: `changes[3].geometry.coordinates[0][2]`.

use std::fmt::{self, Display, Formatter};

use serde_json::{Map, Value};

use crate::error::{AppError, shown};

/// An address in a JSON document. Written out only where something is wrong.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    above: Option<&'a Place<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Member(&'a str),
    Item(usize),
}

impl<'a> Place<'a> {
    /// A member of the document.
    pub(super) fn top(name: &'a str) -> Self {
        Self {
            above: None,
            step: Step::Member(name),
        }
    }

    pub(super) fn member(&'a self, name: &'a str) -> Self {
        Self {
            above: Some(self),
            step: Step::Member(name),
        }
    }

    pub(super) fn item(&'a self, number: usize) -> Self {
        Self {
            above: Some(self),
            step: Step::Item(number),
        }
    }

    /// What stands here cannot be used.
    pub(super) fn refuse(&self, value: &Value, allowed: impl Into<String>) -> AppError {
        let found = match value {
            Value::String(text) => shown(text),
            Value::Array(items) => format!("a list of {}", items.len()),
            Value::Object(_) => "an object".to_owned(),
            other => other.to_string(),
        };
        AppError::parameter(&self.to_string(), &found, allowed)
    }

    /// A name that is not known stands here.
    pub(super) fn unknown(&self, name: &str, known: &[&str]) -> AppError {
        AppError::not_one_of(&self.to_string(), name, known.iter().copied())
    }

    pub(super) fn object<'v>(&self, value: &'v Value) -> Result<&'v Map<String, Value>, AppError> {
        value
            .as_object()
            .ok_or_else(|| self.refuse(value, "an object"))
    }

    pub(super) fn list<'v>(&self, value: &'v Value) -> Result<&'v [Value], AppError> {
        let list = value.as_array().map(Vec::as_slice);
        list.ok_or_else(|| self.refuse(value, "a list"))
    }

    pub(super) fn text<'v>(&self, value: &'v Value) -> Result<&'v str, AppError> {
        value.as_str().ok_or_else(|| self.refuse(value, "text"))
    }
}

impl Display for Place<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        if let Some(above) = self.above {
            above.fmt(out)?;
        }
        match (self.step, self.above) {
            (Step::Item(number), _) => write!(out, "[{number}]"),
            (Step::Member(name), None) => out.write_str(&shown(name)),
            (Step::Member(name), Some(_)) => write!(out, ".{}", shown(name)),
        }
    }
}
