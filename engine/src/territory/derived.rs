//! The tile sources that are made of levels and layers: label points and border lines.

use std::sync::Arc;

use super::{Level, Territory};
use crate::derived::{self, BORDERS, Derived, LABELS, Sides, Slot};
use crate::indicator::Swap;
use crate::layer::Layer;
use crate::title::Title;

/// What makes a source, and the position of the level or layer that it is made of.
#[derive(Clone, Copy, Debug)]
enum Maker {
    LevelLabels(usize),
    LevelBorders(usize),
    LayerLabels(usize),
}

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

    /// Whether a tile source is there without having to be made first: all but companions that nobody has asked for yet.
    pub fn is_made(&self, source_id: &str) -> bool {
        let maker = self.maker(source_id);
        maker.is_none_or(|maker| self.slot(maker).get().is_some())
    }

    /// The features of a source that is made of others, when first asked for.
    pub(super) fn derived_layer(&self, id: &str) -> Option<&Arc<Layer>> {
        let maker = self.maker(id)?;
        let make = || {
            Arc::new(match maker {
                Maker::LevelLabels(position) => {
                    let level = &self.levels[position];
                    self.labels(level.layer(), level.id(), level.title())
                }
                Maker::LayerLabels(position) => {
                    let layer = &self.layers[position];
                    self.labels(layer, layer.id(), layer.title())
                }
                Maker::LevelBorders(position) => self.borders(position),
            })
        };
        Some(self.slot(maker).get_or_init(make))
    }

    /// What makes the source of this id; none where it is not made of others.
    fn maker(&self, id: &str) -> Option<Maker> {
        if let Some(level) = id.strip_suffix(BORDERS) {
            return self.level_position(level).map(Maker::LevelBorders);
        }
        let of = id.strip_suffix(LABELS)?;
        if let Some(position) = self.level_position(of) {
            return Some(Maker::LevelLabels(position));
        }
        let position = self.layers.iter().position(|layer| layer.id() == of)?;
        derived::has_extent(&self.layers[position]).then_some(Maker::LayerLabels(position))
    }

    fn slot(&self, maker: Maker) -> &Slot {
        match maker {
            Maker::LevelLabels(position) => &self.derived.level_labels[position],
            Maker::LevelBorders(position) => &self.derived.level_borders[position],
            Maker::LayerLabels(position) => &self.derived.layer_labels[position],
        }
    }

    fn level_position(&self, id: &str) -> Option<usize> {
        self.levels.iter().position(|level| level.id() == id)
    }

    fn labels(&self, layer: &Layer, of: &str, title: &Title) -> Layer {
        let shown = |position| self.shown_column(layer, position);
        derived::labels(layer, of, title, shown, self.projection())
    }

    fn borders(&self, position: usize) -> Layer {
        let level = &self.levels[position];
        let divides = |sides| self.divides(position, sides);
        derived::borders(
            level.layer(),
            level.id(),
            level.title(),
            self.projection(),
            divides,
        )
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
