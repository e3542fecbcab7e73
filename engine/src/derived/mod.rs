//! Tile sources that are made of others when they are first asked for: a point to write each name at, and each border once.
//!
//! They are ordinary layers, named after what they are made of: `districts:labels`, `districts:borders`. No id of a project
//! has a colon in it.

mod borders;
mod labels;
mod pole;
#[cfg(test)]
mod tests;

use std::sync::{Arc, OnceLock};

use crate::layer::Layer;
use crate::shapes::GeometryType;
use crate::title::Title;

pub(crate) use borders::{Sides, borders};
pub(crate) use labels::labels;

/// What stands behind the id of a source in the id of its label points.
pub const LABELS: &str = ":labels";

/// What stands behind the id of a level in the id of its border lines.
pub const BORDERS: &str = ":borders";

/// A layer that is made once. Shared with territories in which what it is made of is the same.
pub(crate) type Slot = Arc<OnceLock<Arc<Layer>>>;

/// The places of all layers that can be derived from those of a territory.
#[derive(Debug)]
pub(crate) struct Derived {
    /// Label points, per level.
    pub(crate) level_labels: Vec<Slot>,
    /// Border lines, per level.
    pub(crate) level_borders: Vec<Slot>,
    /// Label points, per layer.
    pub(crate) layer_labels: Vec<Slot>,
}

impl Derived {
    /// Nothing is made yet.
    pub(crate) fn new(levels: usize, layers: usize) -> Self {
        let slots = |count| (0..count).map(|_| Slot::default()).collect();
        Self {
            level_labels: slots(levels),
            level_borders: slots(levels),
            layer_labels: slots(layers),
        }
    }
}

/// Whether a layer has anything that can be labelled somewhere else than where it stands: a line or a polygon.
pub(crate) fn has_extent(layer: &Layer) -> bool {
    let shapes = layer.shapes();
    (0..shapes.len()).any(|row| {
        matches!(
            shapes.geometry_type(row),
            GeometryType::Line | GeometryType::Polygon
        )
    })
}

/// A title with what is made of the thing, in each of its languages.
fn titled(title: &Title, id: &str, [es, en]: [&str; 2]) -> Title {
    let word = |language: &str| if language == "es" { es } else { en };
    let named = |(language, text): (&str, &str)| {
        (language.to_owned(), format!("{text}: {}", word(language)))
    };
    match title.is_empty() {
        true => Title::new([("es", id), ("en", id)].map(named).to_vec()),
        false => Title::new(title.iter().map(named).collect()),
    }
}
