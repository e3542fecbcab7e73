//! Indicators: figures of each territory at each level.
//!
//! Every indicator that adds up over features is a partial state per finest territory; the hierarchy merges the
//! states upwards, so a ratio of a sector is a ratio of sums and a median is a median of all values. The catalogue
//! with formulas is `indicators.md` of the design; an operation stands in a file of its own.

mod access;
mod aggregate;
mod distance;
mod exact_sum;
mod partial;
mod ratio;

use std::sync::Arc;

use crate::column::Column;
use crate::layer::Layer;
use crate::territory::{Level, Territory, UnknownId};
use crate::title::Title;

pub use aggregate::Statistic;
pub use exact_sum::ExactSum;

/// A figure that the project defines for every territory.
#[derive(Clone, Debug)]
pub struct Indicator {
    /// Id in the project file, in URLs and in tiles.
    pub id: String,
    /// Title for people.
    pub title: Title,
    /// Unit of the value; empty for pure numbers.
    pub unit: String,
    /// Official code, such as SIEDU's `BPU_7`.
    pub code: Option<String>,
    /// What the value should reach.
    pub standard: Option<Standard>,
    /// How it is computed.
    pub operation: Operation,
}

/// A value to reach and who says so.
#[derive(Clone, Debug, PartialEq)]
pub struct Standard {
    /// Smallest value that passes.
    pub min: Option<f64>,
    /// Largest value that passes.
    pub max: Option<f64>,
    /// Source of the standard.
    pub source: String,
}

impl Standard {
    /// Whether a value keeps the standard, bounds included.
    pub fn passes(&self, value: f64) -> bool {
        self.min.is_none_or(|min| value >= min) && self.max.is_none_or(|max| value <= max)
    }
}

/// Features of a layer, all or some.
#[derive(Clone, Debug)]
pub struct Selection {
    /// The layer.
    pub layer: Arc<Layer>,
    /// Rows in ascending order; `None`: all.
    pub rows: Option<Vec<u32>>,
}

impl Selection {
    /// All features of a layer.
    pub fn all(layer: Arc<Layer>) -> Self {
        Self { layer, rows: None }
    }

    /// Number of selected features.
    pub fn len(&self) -> usize {
        self.rows.as_ref().map_or(self.layer.len(), Vec::len)
    }

    /// Whether nothing is selected.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The row of the selected feature number `position`.
    pub(crate) fn row(&self, position: usize) -> usize {
        self.rows
            .as_ref()
            .map_or(position, |rows| rows[position] as usize)
    }

    /// Whether a row is selected, in O(log n).
    pub(crate) fn contains(&self, row: usize) -> bool {
        self.rows.as_ref().is_none_or(|rows| {
            rows.binary_search_by(|&other| (other as usize).cmp(&row))
                .is_ok()
        })
    }
}

/// Features, the column that is summarised and the column that weighs it.
#[derive(Clone, Debug)]
pub struct Measure {
    /// The features.
    pub selection: Selection,
    /// Position of the column among the layer's columns; none for a count.
    pub column: Option<usize>,
    /// Position of the weight column; each feature weighs 1 without it.
    pub weight: Option<usize>,
}

impl Measure {
    fn column(&self) -> Option<&Column> {
        self.column
            .map(|position| &self.selection.layer.columns()[position])
    }

    /// Weight of a row: 1 without a weight column; `None` where it is missing, negative or not finite.
    pub(crate) fn weight_of(&self, row: usize) -> Option<f64> {
        match self.weight {
            None => Some(1.0),
            Some(position) => self.selection.layer.columns()[position]
                .number(row)
                .filter(|weight| weight.is_finite() && *weight >= 0.0),
        }
    }
}

/// One side of a ratio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// Another indicator, by id.
    Indicator(String),
    /// Area of the territory in hectares.
    AreaHa,
    /// Area of the territory in km².
    AreaKm2,
    /// Length of the territory's outline in metres.
    PerimeterM,
}

/// What a facility offers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Capacity {
    /// The same for each.
    Constant(f64),
    /// A column of the facilities' layer, by position.
    Column(usize),
}

/// How distances of the features of a territory become one figure. Weights are those of the features.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Summary {
    /// Weighted mean.
    Mean,
    /// Weighted median.
    Median,
    /// Largest value of a feature with positive weight.
    Max,
}

/// How an indicator is computed.
#[derive(Clone, Debug)]
pub enum Operation {
    /// A statistic of a column over the features in a territory (A1–A4).
    Aggregate {
        /// Which statistic.
        statistic: Statistic,
        /// Of what.
        of: Measure,
    },
    /// A quotient of two figures of the same territory (A5–A7); none where the denominator is zero.
    Ratio {
        /// Above the line.
        numerator: Term,
        /// Below the line.
        denominator: Term,
        /// Factor, such as 10,000 for a rate per 10,000.
        per: f64,
    },
    /// Euclidean distance in metres from features to the nearest facility, wherever that stands (C1).
    Nearest {
        /// The features, weighed by persons for instance.
        from: Measure,
        /// The facilities.
        to: Selection,
        /// How the distances become one figure.
        summary: Summary,
    },
    /// Percentage of the weight within a distance of a facility, the distance included (C2).
    Coverage {
        /// The features, weighed by persons for instance.
        from: Measure,
        /// The facilities.
        to: Selection,
        /// The distance in metres.
        within_m: f64,
    },
    /// Accessibility by the two-step floating catchment area (D3), as weighted mean over the features.
    Access {
        /// The features, weighed by persons for instance.
        from: Measure,
        /// The facilities.
        to: Selection,
        /// What each facility offers.
        capacity: Capacity,
        /// Radius of the catchments in metres.
        within_m: f64,
        /// Factor, such as 10,000 for places per 10,000 persons.
        per: f64,
    },
}

impl Operation {
    /// Ids of the indicators that this one is computed from.
    pub fn indicator_inputs(&self) -> impl Iterator<Item = &str> {
        let terms = match self {
            Self::Ratio {
                numerator,
                denominator,
                ..
            } => vec![numerator, denominator],
            _ => vec![],
        };
        terms.into_iter().filter_map(|term| match term {
            Term::Indicator(id) => Some(id.as_str()),
            _ => None,
        })
    }

    /// Layers that this one is computed from.
    pub fn layer_inputs(&self) -> Vec<&Arc<Layer>> {
        match self {
            Self::Aggregate { of, .. } => vec![&of.selection.layer],
            Self::Ratio { .. } => vec![],
            Self::Nearest { from, to, .. }
            | Self::Coverage { from, to, .. }
            | Self::Access { from, to, .. } => {
                vec![&from.selection.layer, &to.layer]
            }
        }
    }
}

impl Indicator {
    /// Name of the operation in the project file.
    pub fn op(&self) -> &'static str {
        match &self.operation {
            Operation::Aggregate { statistic, .. } => statistic.name(),
            Operation::Ratio { .. } => "ratio",
            Operation::Nearest { .. } => "nearest",
            Operation::Coverage { .. } => "coverage",
            Operation::Access { .. } => "access",
        }
    }

    /// How the value comes about, in one readable line.
    pub fn formula(&self) -> String {
        match &self.operation {
            Operation::Aggregate { statistic, of } => aggregate::formula(*statistic, of),
            Operation::Ratio {
                numerator,
                denominator,
                per,
            } => ratio::formula(numerator, denominator, *per),
            Operation::Nearest { from, to, summary } => {
                distance::nearest_formula(from, to, *summary)
            }
            Operation::Coverage { from, to, within_m } => {
                distance::coverage_formula(from, to, *within_m)
            }
            Operation::Access {
                from,
                to,
                within_m,
                per,
                ..
            } => access::formula(from, to, *within_m, *per),
        }
    }

    /// Ids of the layers and indicators that it is computed from.
    pub fn inputs(&self) -> Vec<String> {
        let layers = self
            .operation
            .layer_inputs()
            .into_iter()
            .map(|layer| layer.id().to_owned());
        layers
            .chain(self.operation.indicator_inputs().map(str::to_owned))
            .collect()
    }
}

/// Values of an indicator for the territories of one level, in the level's order. `None` where there is no value.
pub type LevelValues = Vec<Option<f64>>;

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
        let values = &self.territory.values(self.position)[position];
        Ok(LevelView {
            level: &levels[position],
            indicator: self.indicator(),
            values,
        })
    }
}

/// The values of an indicator at one level.
#[derive(Clone, Copy, Debug)]
pub struct LevelView<'a> {
    level: &'a Level,
    indicator: &'a Indicator,
    values: &'a [Option<f64>],
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
        self.values
    }

    /// Rank of a territory from the largest value, 1 upwards, equal values sharing the better rank; `None` without a value.
    pub fn rank(&self, row: usize) -> Option<usize> {
        let own = self.values[row]?;
        Some(
            1 + self
                .values
                .iter()
                .flatten()
                .filter(|other| **other > own)
                .count(),
        )
    }

    /// How many territories have a value.
    pub fn count(&self) -> usize {
        self.values.iter().flatten().count()
    }
}

/// Computes an indicator for every level.
pub(crate) fn evaluate(territory: &Territory, indicator: &Indicator) -> Vec<LevelValues> {
    match &indicator.operation {
        Operation::Aggregate { statistic, of } => aggregate::evaluate(territory, *statistic, of),
        Operation::Ratio {
            numerator,
            denominator,
            per,
        } => ratio::evaluate(territory, numerator, denominator, *per),
        Operation::Nearest { from, to, summary } => {
            distance::nearest(territory, from, to, *summary)
        }
        Operation::Coverage { from, to, within_m } => {
            distance::coverage(territory, from, to, *within_m)
        }
        Operation::Access {
            from,
            to,
            capacity,
            within_m,
            per,
        } => access::evaluate(territory, from, to, *capacity, *within_m, *per),
    }
}
