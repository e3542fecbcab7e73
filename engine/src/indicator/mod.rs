//! Indicators: figures of each territory at each level.
//!
//! Every indicator that adds up over features is a partial state per finest territory; the hierarchy merges the
//! states upwards, so a ratio of a sector is a ratio of sums and a median is a median of all values. The catalogue
//! with formulas is `indicators.md` of the design; an operation stands in a file of its own and is an [`Operation`].

mod access;
mod aggregate;
mod change;
mod clipped;
mod composite;
mod deficit;
mod demand;
mod distance;
mod diversity;
mod eb_rate;
mod exact_sum;
mod figure;
mod inequality;
mod interpolate;
mod local;
mod location_quotient;
mod partial;
mod parts;
mod ratio;
mod segregation;
mod selection;
mod view;

use std::fmt::Debug;
use std::sync::Arc;

use crate::layer::Layer;
use crate::territory::Territory;
use crate::title::Title;

pub use access::{Access, AccessMethod, Capacity};
pub use aggregate::{Aggregate, Statistic};
pub use change::{Change, ChangeMeasure};
pub use clipped::{Clipped, Extent};
pub use composite::{Composite, CompositePart};
pub use deficit::{Deficit, DeficitMeasure, GapOf};
pub use demand::{Demand, DemandStatistic};
pub use distance::{Coverage, Nearest, Summary};
pub use diversity::{Diversity, DiversityIndex};
pub use eb_rate::EbRate;
pub use exact_sum::ExactSum;
pub use figure::{Figure, LevelFigures, LevelValues, RollUp};
pub use inequality::{Inequality, InequalityIndex, Spread};
pub use interpolate::{Division, Interpolate, Kind};
pub use local::{Local, LocalOutput, LocalStatistic};
pub use location_quotient::LocationQuotient;
pub use ratio::{Ratio, Term};
pub use segregation::{Groups, Segregation, SegregationIndex};
pub use selection::{Measure, Selection, Swap};
pub(crate) use view::Published;
pub use view::{Absence, IndicatorView, LevelView};

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
    pub operation: Arc<dyn Operation>,
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

/// How an indicator is computed.
pub trait Operation: Debug + Send + Sync {
    /// Name of the operation in the project file.
    fn op(&self) -> &'static str;

    /// How the value comes about, in one readable line.
    fn formula(&self) -> String;

    /// How the value rises through the hierarchy.
    fn roll_up(&self) -> RollUp;

    /// Ids of the indicators that this one is computed from.
    fn indicator_inputs(&self) -> Vec<&str> {
        vec![]
    }

    /// Layers that this one is computed from.
    fn layer_inputs(&self) -> Vec<&Arc<Layer>> {
        vec![]
    }

    /// What it counts, adds up or averages over, with the weights. Where these are of persons, the figure is only
    /// published for enough of them.
    fn measures(&self) -> Vec<&Measure> {
        vec![]
    }

    /// The layer and the column whose numbers it adds up, each by itself; without a column it counts features.
    fn adds_up(&self) -> Option<(&Arc<Layer>, Option<usize>)> {
        None
    }

    /// The same operation on other editions of its layers.
    fn swapped(&self, swap: Swap<'_>) -> Arc<dyn Operation>;

    /// The figures of every level of the territory, finest first.
    fn evaluate(&self, territory: &Territory) -> Vec<LevelFigures>;
}

impl Indicator {
    /// Name of the operation in the project file.
    pub fn op(&self) -> &'static str {
        self.operation.op()
    }

    /// How the value comes about, in one readable line.
    pub fn formula(&self) -> String {
        self.operation.formula()
    }

    /// Ids of the layers and indicators that it is computed from.
    pub fn inputs(&self) -> Vec<String> {
        let layers = self
            .operation
            .layer_inputs()
            .into_iter()
            .map(|layer| layer.id());
        let indicators = self.operation.indicator_inputs().into_iter();
        let mut inputs: Vec<String> = vec![];
        for id in layers.chain(indicators).map(str::to_owned) {
            if !inputs.contains(&id) {
                inputs.push(id);
            }
        }
        inputs
    }
}
