//! What is asked of an indicator: its values at a level, and how each comes about.

use super::{Figure, Indicator};
use crate::privacy::Suppression;
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
    values: Vec<Option<f64>>,
    figures: Vec<Figure>,
    /// Why a figure is hidden; empty where none is.
    hidden: Vec<Option<Suppression>>,
}

impl Published {
    /// The figures without those that are hidden, of which nothing is left.
    pub(crate) fn new(mut figures: Vec<Figure>, hidden: Vec<Option<Suppression>>) -> Self {
        for (figure, hidden) in figures.iter_mut().zip(&hidden) {
            if hidden.is_some() {
                *figure = Figure::default();
            }
        }
        Self {
            values: figures.iter().map(|figure| figure.value).collect(),
            figures,
            hidden,
        }
    }

    pub(crate) fn suppressed(&self, row: usize) -> Option<Suppression> {
        self.hidden.get(row).copied().flatten()
    }
}

/// Why there is no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absence {
    /// It is not published.
    Hidden(Suppression),
    /// What it is divided by is zero.
    ZeroDenominator,
    /// There is nothing to compute it from.
    NothingThere,
    /// What there is does not give one.
    NotComputable,
}

impl Absence {
    /// The reason in Spanish and English.
    pub fn words(self) -> [(&'static str, &'static str); 2] {
        let [es, en] = match self {
            Self::Hidden(Suppression::Primary) => [
                "Se oculta porque se refiere a muy pocas personas.",
                "Hidden because it is about too few persons.",
            ],
            Self::Hidden(Suppression::Complementary) => [
                "Se oculta porque con él se podría deducir otro dato de muy pocas personas.",
                "Hidden because it would tell another number of too few persons.",
            ],
            Self::ZeroDenominator => [
                "No hay valor porque el denominador es cero.",
                "There is no value because the denominator is zero.",
            ],
            Self::NothingThere => [
                "No hay valor porque no hay datos en este territorio.",
                "There is no value because there is nothing to compute it from in this territory.",
            ],
            Self::NotComputable => [
                "No hay valor porque los datos no alcanzan para calcularlo.",
                "There is no value because what there is does not suffice to compute it.",
            ],
        };
        [("es", es), ("en", en)]
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

    /// Why a territory's figure is not published, where it is hidden.
    pub fn suppressed(&self, row: usize) -> Option<Suppression> {
        self.published.suppressed(row)
    }

    /// Why a territory has no value; `None` where it has one.
    pub fn absence(&self, row: usize) -> Option<Absence> {
        let figure = &self.figures()[row];
        match (self.suppressed(row), figure.value) {
            (Some(hidden), _) => Some(Absence::Hidden(hidden)),
            (None, Some(_)) => None,
            (None, None) if figure.denominator == Some(0.0) => Some(Absence::ZeroDenominator),
            (None, None) if figure.n == 0 => Some(Absence::NothingThere),
            (None, None) => Some(Absence::NotComputable),
        }
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
