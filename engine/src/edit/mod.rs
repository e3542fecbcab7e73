//! Other editions of a layer: features added, moved, described anew or removed. What a what-if is made of.
//!
//! A layer never changes; [`Layer::edited`] makes a new one with the same columns in the same order, and
//! [`Territory::with_changes`](crate::Territory::with_changes) puts such layers in the place of the old ones. The
//! features that stay keep their order and, bit by bit, their coordinates; new ones follow in the order in which they
//! were added, as if they stood at the end of the file.

mod draft;
mod geometry;
mod territory;
#[cfg(test)]
mod tests;

use geo_types::Geometry;
use thiserror::Error;

use crate::column::{ColumnType, Value};
use crate::layer::{Layer, LayerParts};
use crate::space::Projection;

use draft::Drafts;

pub use geometry::MAX_EDIT_VERTICES;

/// What is done to one feature of a layer. Geometries are in degrees, longitude first.
///
/// Properties are columns by name; `name` is what people call the feature, and the column of that name where there is
/// one. A column that is not named stays as it is, and is missing in a feature that is new.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit<'a> {
    /// A feature more, at the end.
    Add {
        /// Its key; without one it is the next of `new-1`, `new-2` … that no feature has.
        key: Option<&'a str>,
        /// Key of a feature of the layer whose columns it takes over where `properties` names no others.
        like: Option<&'a str>,
        /// Where it stands.
        geometry: Geometry<f64>,
        /// Its columns.
        properties: Vec<(&'a str, Value<'a>)>,
    },
    /// Another place for a feature.
    Move {
        /// Its key.
        key: &'a str,
        /// Where it stands from now on.
        geometry: Geometry<f64>,
    },
    /// Other values in some columns of a feature.
    Set {
        /// Its key.
        key: &'a str,
        /// The columns.
        properties: Vec<(&'a str, Value<'a>)>,
    },
    /// A feature less.
    Remove {
        /// Its key.
        key: &'a str,
    },
}

/// One feature of one layer, changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Change<'a> {
    /// Id of the layer.
    pub layer: &'a str,
    /// What is done.
    pub edit: Edit<'a>,
}

/// Why an edit cannot be made, with its address.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("change {position}: {field} is {value:?}; it must be {allowed}")]
pub struct EditError {
    /// Which of the edits, from 0.
    pub position: usize,
    /// Which part of it: `layer`, `key`, `like`, `geometry` or `properties.<column>`.
    pub field: String,
    /// What stands there.
    pub value: String,
    /// What may stand there, as the end of "it must be …".
    pub allowed: String,
}

/// What is wrong with a part of an edit; where the edit stands in its list is added outside.
#[derive(Debug)]
struct Refusal {
    field: String,
    value: String,
    allowed: String,
}

impl Refusal {
    fn new(field: &str, value: &str, allowed: impl Into<String>) -> Self {
        Self {
            field: field.to_owned(),
            value: value.to_owned(),
            allowed: allowed.into(),
        }
    }

    fn at(self, position: usize) -> EditError {
        EditError {
            position,
            field: self.field,
            value: self.value,
            allowed: self.allowed,
        }
    }
}

impl Layer {
    /// Another edition of this layer, with the edits made one after the other.
    ///
    /// # Errors
    /// When a key, a column, a value or a geometry cannot be used: the first edit that has one is named. Polygons must
    /// be valid (OGC Simple Features), and a geometry has at most [`MAX_EDIT_VERTICES`] vertices.
    ///
    /// Cost that of a new layer, O(n log n) in features plus O(v) in coordinates, plus O(m²) for a new polygon of m
    /// vertices.
    pub fn edited<'e>(
        &self,
        edits: impl IntoIterator<Item = &'e Edit<'e>>,
        projection: &dyn Projection,
    ) -> Result<Self, EditError> {
        let mut drafts = Drafts::new(self);
        for (position, edit) in edits.into_iter().enumerate() {
            let made = drafts.make(edit);
            made.map_err(|refusal| refusal.at(position))?;
        }
        let rows = drafts.rows();
        let outline = geometry::assembled(self, &rows, projection);
        let (shapes, lonlat, metric) =
            outline.map_err(|position| geometry::unprojectable().at(position))?;
        let parts = LayerParts {
            id: self.id().to_owned(),
            title: self.title().clone(),
            keys: rows.iter().map(|row| row.key).collect(),
            names: drafts.names(&rows),
            columns: drafts.columns(&rows),
            shapes,
            lonlat,
            metric,
        };
        // Keys were kept apart one by one and the arrays have a row each.
        Ok(Self::new(parts).expect("the parts of an edited layer fit together"))
    }
}

/// The value as a column of this type holds it; `None` where it cannot.
fn fitting(column: ColumnType, value: Value<'_>) -> Option<Value<'_>> {
    /// Beyond it not every whole number is a float.
    const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;
    match (column, value) {
        (_, Value::Null)
        | (ColumnType::Bool, Value::Bool(_))
        | (ColumnType::Integer, Value::Integer(_))
        | (ColumnType::Text, Value::Text(_)) => Some(value),
        (ColumnType::Real, Value::Real(number)) => number.is_finite().then_some(value),
        (ColumnType::Real, Value::Integer(number)) => Some(Value::Real(number as f64)),
        (ColumnType::Integer, Value::Real(number)) => {
            let whole = number.fract() == 0.0 && number.abs() <= WHOLE_MAX;
            whole.then(|| Value::Integer(truncated(number)))
        }
        _ => None,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "only whole numbers up to 2⁵³ come here"
)]
fn truncated(number: f64) -> i64 {
    number as i64
}
