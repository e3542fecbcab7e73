//! What is asked of an indicator: its values at a level, and how each comes about.

use super::{Figure, Indicator};
use crate::territory::{Level, Territory, UnknownId};

/// An indicator of a territory, to be asked for its values.
#[derive(Clone, Copy, Debug)]
pub struct IndicatorView<'a> {
    territory: &'a Territory,
    position: usize,
}

impl<'a> IndicatorView<'a> {
    pub(crate) fn new(territory: &'a Territory, position: usize) -> Self {
        Self {
            territory,
            position,
        }
    }

    /// What it is.
    pub fn indicator(&self) -> &'a Indicator {
        self.territory
            .indicators()
            .nth(self.position)
            .expect("a view is made with the position of an indicator")
    }

    /// Its values at a level. Computed for all levels when first asked for.
    ///
    /// # Errors
    /// When there is no level of this id.
    pub fn at(&self, level: &str) -> Result<LevelView<'a>, UnknownId> {
        let levels = self.territory.levels();
        let position = levels.iter().position(|own| own.id() == level);
        let position =
            position.ok_or_else(|| UnknownId::new("level", level, levels.iter().map(Level::id)))?;
        let published = &self.territory.published(self.position)[position];
        Ok(LevelView {
            level: &levels[position],
            indicator: self.indicator(),
            published,
        })
    }
}

/// What may be shown of an indicator at one level: parallel arrays in the level's order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Published {
    pub(crate) values: Vec<Option<f64>>,
    pub(crate) figures: Vec<Figure>,
}

impl Published {
    pub(crate) fn new(figures: Vec<Figure>) -> Self {
        Self {
            values: figures.iter().map(|figure| figure.value).collect(),
            figures,
        }
    }
}

/// The values of an indicator at one level.
#[derive(Clone, Copy, Debug)]
pub struct LevelView<'a> {
    level: &'a Level,
    indicator: &'a Indicator,
    published: &'a Published,
}

impl<'a> LevelView<'a> {
    /// The level.
    pub fn level(&self) -> &'a Level {
        self.level
    }

    /// Unit of the values.
    pub fn unit(&self) -> &'a str {
        &self.indicator.unit
    }

    /// Keys of the territories, in the order of [`values`](Self::values).
    pub fn keys(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let layer = self.level.layer();
        (0..layer.len()).map(move |row| layer.key(row))
    }

    /// One value per territory; `None` where there is none.
    pub fn values(&self) -> &'a [Option<f64>] {
        &self.published.values
    }

    /// One figure per territory: the value with its numerator, denominator, n and share covered.
    pub fn figures(&self) -> &'a [Figure] {
        &self.published.figures
    }

    /// Whether a territory's value keeps the standard; `None` without a value or a standard.
    pub fn passes(&self, row: usize) -> Option<bool> {
        let standard = self.indicator.standard.as_ref()?;
        Some(standard.passes(self.values()[row]?))
    }

    /// Rank of a territory from the largest value, 1 upwards, equal values sharing the better rank; `None` without a value.
    pub fn rank(&self, row: usize) -> Option<usize> {
        let own = self.values()[row]?;
        Some(
            1 + self
                .values()
                .iter()
                .flatten()
                .filter(|other| **other > own)
                .count(),
        )
    }

    /// How many territories have a value.
    pub fn count(&self) -> usize {
        self.values().iter().flatten().count()
    }
}
