//! The tile sources that are made of levels and layers: label points and border lines.

use std::sync::Arc;

use super::{Level, Territory};
use crate::derived::{self, BORDERS, Derived, LABELS, Sides, Slot};
use crate::indicator::Swap;
use crate::layer::Layer;

impl Territory {
    /// Ids of the tile sources that are made of this one: its label points, `{id}:labels`, where it has lines or polygons,
    /// and its border lines, `{id}:borders`, where it is a level.
    pub fn companion_ids(&self, id: &str) -> impl Iterator<Item = String> {
        let has_borders = self.level(id).is_some();
        let has_labels = has_borders
            || self
                .layer(id)
                .is_some_and(|layer| derived::has_extent(layer));
        let labels = has_labels.then(|| format!("{id}{LABELS}"));
        let borders = has_borders.then(|| format!("{id}{BORDERS}"));
        labels.into_iter().chain(borders)
    }

    /// The level whose indicators can be joined to a tile source: the level itself, or the one whose labels it has. Their
    /// rows are the same.
    pub fn indicator_level(&self, source_id: &str) -> Option<&Level> {
        self.level(source_id.strip_suffix(LABELS).unwrap_or(source_id))
    }

    /// The features of a source that is made of others, when first asked for.
    pub(super) fn derived_layer(&self, id: &str) -> Option<&Arc<Layer>> {
        if let Some(of) = id.strip_suffix(LABELS) {
            return self.labels(of);
        }
        let position = self.level_position(id.strip_suffix(BORDERS)?)?;
        let slot = &self.derived.level_borders[position];
        Some(slot.get_or_init(|| Arc::new(self.borders(position))))
    }

    fn level_position(&self, id: &str) -> Option<usize> {
        self.levels.iter().position(|level| level.id() == id)
    }

    fn labels(&self, of: &str) -> Option<&Arc<Layer>> {
        let make = |layer: &Layer, title| {
            let shown = |position| self.shown_column(layer, position);
            derived::labels(layer, of, title, shown, self.projection())
        };
        if let Some(position) = self.level_position(of) {
            let level = &self.levels[position];
            let slot = &self.derived.level_labels[position];
            return Some(slot.get_or_init(|| Arc::new(make(level.layer(), level.title()))));
        }
        let position = self.layers.iter().position(|layer| layer.id() == of)?;
        let layer = &self.layers[position];
        let slot = &self.derived.layer_labels[position];
        let labels = || slot.get_or_init(|| Arc::new(make(layer, layer.title())));
        derived::has_extent(layer).then(labels)
    }

    fn borders(&self, position: usize) -> Layer {
        let level = &self.levels[position];
        derived::borders(level.layer(), level.id(), level.title(), |sides| {
            self.divides(position, sides)
        })
    }

    /// The coarsest level whose territories differ on the two sides of a border of another, and how coarse it is: 1 for the
    /// outline of the whole.
    fn divides(&self, position: usize, sides: Sides) -> (&str, i64) {
        let mut rows = sides.map(|row| row.map(|row| row as usize));
        let mut found = position;
        for (at, level) in self.levels.iter().enumerate().skip(position) {
            if rows[0] != rows[1] {
                found = at;
            }
            rows = rows.map(|row| row.and_then(|row| level.parent(row)));
        }
        let rank = self.levels.len() - found;
        (
            self.levels[found].id(),
            i64::try_from(rank).unwrap_or(i64::MAX),
        )
    }

    /// The slots of what is made of this territory's layers, for one with other editions of some: made anew where a layer
    /// is another, and where a column of persons may be shown otherwise than before.
    pub(super) fn derived_with(&self, swap: Swap<'_>) -> Derived {
        let kept = |layer: &Arc<Layer>, slot: &Slot| match swap.changes(layer)
            || self.guard.counts_in(layer.id())
        {
            true => Slot::default(),
            false => Arc::clone(slot),
        };
        let levels = || self.levels.iter().map(Level::layer);
        Derived {
            level_labels: levels()
                .zip(&self.derived.level_labels)
                .map(|(layer, slot)| kept(layer, slot))
                .collect(),
            // Levels keep their outlines, and borders have no columns of the layer.
            level_borders: self.derived.level_borders.clone(),
            layer_labels: self
                .layers
                .iter()
                .zip(&self.derived.layer_labels)
                .map(|(layer, slot)| kept(layer, slot))
                .collect(),
        }
    }
}
