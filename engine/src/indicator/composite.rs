//! Composite indices (F): several indicators as one figure, computed anew at each level.

use std::sync::Arc;

use super::{Figure, LevelFigures, Operation, RollUp, Swap};
use crate::composite::{self, Normalisation, Options, Polarity, Weighting, aggregate};
use crate::territory::Territory;

/// Several indicators as one figure; none at a level where fewer than two thirds of the weight have a value.
///
/// By min–max and percentile it lies between 0 and 1, by z-score around 0.
#[derive(Clone, Debug)]
pub struct Composite {
    /// The indicators.
    pub of: Vec<CompositePart>,
    /// How they become one.
    pub options: Options,
}

/// A part of a composite.
#[derive(Clone, Debug)]
pub struct CompositePart {
    /// Id of the indicator.
    pub indicator: String,
    /// Whether more of it is better.
    pub polarity: Polarity,
    /// The values that count as 0 and 1 by min–max, lower first.
    pub goalposts: Option<(f64, f64)>,
}

impl Operation for Composite {
    fn op(&self) -> &'static str {
        "composite"
    }

    fn formula(&self) -> String {
        let normalised = match self.options.normalisation {
            Normalisation::MinMax => "min–max",
            Normalisation::ZScore(_) => "z-score",
            Normalisation::Percentile => "percentile",
        };
        let mean = match self.options.aggregation {
            aggregate::Aggregation::Arithmetic => "arithmetic",
            aggregate::Aggregation::Geometric { .. } => "geometric",
        };
        let weights = match &self.options.weighting {
            Weighting::Equal => "equal weights".to_owned(),
            Weighting::Given(weights) => format!("weights {weights:?}"),
            Weighting::Pca => "weights of the first principal component".to_owned(),
            Weighting::Entropy => "entropy weights".to_owned(),
        };
        let sign = |part: &CompositePart| match part.polarity {
            Polarity::HigherIsBetter => format!("+{}", part.indicator),
            Polarity::LowerIsBetter => format!("−{}", part.indicator),
        };
        let parts: Vec<String> = self.of.iter().map(sign).collect();
        format!(
            "{mean} mean of {} ({normalised}, {weights})",
            parts.join(", ")
        )
    }

    fn roll_up(&self) -> RollUp {
        RollUp::Anew
    }

    fn indicator_inputs(&self) -> Vec<&str> {
        self.of.iter().map(|part| part.indicator.as_str()).collect()
    }

    fn swapped(&self, _: Swap<'_>) -> Arc<dyn Operation> {
        Arc::new(self.clone())
    }

    fn evaluate(&self, territory: &Territory) -> Vec<LevelFigures> {
        let levels = 0..territory.levels().len();
        levels.map(|level| self.at(territory, level)).collect()
    }
}

impl Composite {
    /// The composite with its parts, weights and diagnostics at a level.
    pub fn details(&self, territory: &Territory, level: usize) -> Option<aggregate::Composite> {
        let values = |part: &CompositePart| -> Vec<Option<f64>> {
            let figures = &territory.figures_of(&part.indicator)[level];
            figures.iter().map(|figure| figure.value).collect()
        };
        let columns: Vec<Vec<Option<f64>>> = self.of.iter().map(values).collect();
        let parts: Vec<composite::Part<'_>> = self
            .of
            .iter()
            .zip(&columns)
            .map(|(part, values)| composite::Part {
                values,
                polarity: part.polarity,
                goalposts: part.goalposts,
            })
            .collect();
        // The project file is checked for what makes no composite, so there is one wherever there are parts.
        composite::composite(&parts, &self.options).ok()
    }

    fn at(&self, territory: &Territory, level: usize) -> LevelFigures {
        let count = territory.levels()[level].len();
        let Some(found) = self.details(territory, level) else {
            return vec![Figure::default(); count];
        };
        let scale = match self.options.normalisation {
            Normalisation::ZScore(_) => 1.0,
            Normalisation::MinMax | Normalisation::Percentile => 100.0,
        };
        let figure = |row: usize| {
            let there = found
                .contributions
                .iter()
                .filter(|part| part[row].is_some());
            Figure {
                n: there.count() as u64,
                covered: Some(found.present[row]),
                ..Figure::of(found.values[row].map(|value| value / scale))
            }
        };
        (0..count).map(figure).collect()
    }
}
