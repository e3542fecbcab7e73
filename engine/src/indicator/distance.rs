//! Distance to the nearest facility and the share of people within reach (C1, C2).
//!
//! Distances are Euclidean in the metric CRS, from the anchor of a feature to the facility's point, line or border
//! (zero inside). Facilities outside every territory count too: the nearest may stand across the border.

use std::sync::Arc;

use super::partial::{Mean, Values, roll_up};
use super::{Figure, LevelFigures, Measure, Operation, RollUp, Selection, Swap};
use crate::layer::Layer;
use crate::reach::{Facilities, NearestAnswers};
use crate::space::Metric;
use crate::territory::Territory;

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

/// Euclidean distance in metres from features to the nearest facility, wherever that stands (C1).
#[derive(Clone, Debug)]
pub struct Nearest {
    /// The features, weighed by persons for instance.
    pub from: Measure,
    /// The facilities.
    pub to: Selection,
    /// How the distances become one figure.
    pub summary: Summary,
}

impl Operation for Nearest {
    fn op(&self) -> &'static str {
        "nearest"
    }

    fn formula(&self) -> String {
        let summary = match self.summary {
            Summary::Mean => "mean",
            Summary::Median => "median",
            Summary::Max => "max",
        };
        format!(
            "{summary} Euclidean distance from {} to the nearest of {}",
            self.from.described(),
            self.to.layer.id()
        )
    }

    fn roll_up(&self) -> RollUp {
        match self.summary {
            Summary::Mean => RollUp::Mean,
            Summary::Median | Summary::Max => RollUp::Values,
        }
    }

    fn layer_inputs(&self) -> Vec<&Arc<Layer>> {
        vec![&self.from.selection.layer, &self.to.layer]
    }

    fn measures(&self) -> Vec<&Measure> {
        vec![&self.from]
    }

    fn swapped(&self, swap: Swap<'_>) -> Arc<dyn Operation> {
        Arc::new(Self {
            from: swap.measure(&self.from),
            to: swap.selection(&self.to),
            summary: self.summary,
        })
    }

    fn evaluate(&self, territory: &Territory) -> Vec<LevelFigures> {
        let distances = distances(&self.from, &self.to);
        let measured = |position: usize, row| distances[position].zip(self.from.weight_of(row));
        if self.summary == Summary::Mean {
            let add = |state: &mut Mean, position, row| {
                let measured = measured(position, row);
                measured
                    .into_iter()
                    .for_each(|(value, weight)| state.add(value, weight));
                measured.is_some()
            };
            return roll_up(territory, &self.from, add, |mean| mean.finish(1.0));
        }
        let add = |state: &mut Values, position, row| {
            let measured = measured(position, row);
            let counted = measured.filter(|(_, weight)| *weight > 0.0);
            counted
                .into_iter()
                .for_each(|(value, weight)| state.add(value, weight));
            measured.is_some()
        };
        roll_up(territory, &self.from, add, |values| {
            Figure::of(match (self.summary, self.from.weight) {
                (Summary::Max, _) => values.max(),
                (_, None) => values.quantile(0.5),
                (_, Some(_)) => values.weighted_quantile(0.5),
            })
        })
    }
}

/// Percentage of the weight within a distance of a facility, the distance included (C2).
#[derive(Clone, Debug)]
pub struct Coverage {
    /// The features, weighed by persons for instance.
    pub from: Measure,
    /// The facilities.
    pub to: Selection,
    /// The distance in metres.
    pub within_m: f64,
}

impl Operation for Coverage {
    fn op(&self) -> &'static str {
        "coverage"
    }

    fn formula(&self) -> String {
        format!(
            "% of {} within {} m of {}",
            self.from.described(),
            self.within_m,
            self.to.layer.id()
        )
    }

    fn roll_up(&self) -> RollUp {
        RollUp::Ratio
    }

    fn layer_inputs(&self) -> Vec<&Arc<Layer>> {
        vec![&self.from.selection.layer, &self.to.layer]
    }

    fn measures(&self) -> Vec<&Measure> {
        vec![&self.from]
    }

    fn swapped(&self, swap: Swap<'_>) -> Arc<dyn Operation> {
        Arc::new(self.on(swap))
    }

    fn evaluate(&self, territory: &Territory) -> Vec<LevelFigures> {
        let distances = distances(&self.from, &self.to);
        let add = |state: &mut Mean, position: usize, row| {
            let covered = distances[position].is_some_and(|distance| distance <= self.within_m);
            let standing = !self.from.selection.layer.anchor(row).x_m.is_nan();
            let weight = self.from.weight_of(row).filter(|_| standing);
            weight
                .into_iter()
                .for_each(|weight| state.add(f64::from(u8::from(covered)), weight));
            weight.is_some()
        };
        roll_up(territory, &self.from, add, |mean| mean.finish(100.0))
    }
}

impl Coverage {
    /// The same question on other editions of its layers.
    pub(super) fn on(&self, swap: Swap<'_>) -> Self {
        Self {
            from: swap.measure(&self.from),
            to: swap.selection(&self.to),
            within_m: self.within_m,
        }
    }
}

/// For each selected feature the distance in metres to the nearest selected facility; `None` where either is missing.
fn distances(from: &Measure, to: &Selection) -> Vec<Option<f64>> {
    let places: Vec<Metric> = from.selection.anchors().collect();
    let facilities = Facilities::of(&to.layer, to.rows.as_deref());
    let answers = NearestAnswers::new(&facilities, &places);
    answers.distances_m().collect()
}
