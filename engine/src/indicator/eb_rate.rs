//! Empirical-Bayes rates (A9): a rate drawn towards the mean, the more the fewer persons stand behind it.

use std::sync::Arc;

use super::{Figure, LevelFigures, Operation, RollUp, Swap};
use crate::stats::{WeightsSpec, eb_rates, eb_rates_local};
use crate::territory::Territory;

/// The smoothed rate of each territory, times `per`; none where either figure is missing or there is nobody.
#[derive(Clone, Debug)]
pub struct EbRate {
    /// Id of the indicator that counts events.
    pub numerator: String,
    /// Id of the indicator that counts the population at risk.
    pub denominator: String,
    /// Factor, such as 1,000.
    pub per: f64,
    /// Neighbours whose mean the rate is drawn to; the mean of the level without them.
    pub weights: Option<WeightsSpec>,
}

impl Operation for EbRate {
    fn op(&self) -> &'static str {
        "eb_rate"
    }

    fn formula(&self) -> String {
        let towards = match &self.weights {
            None => "the mean of the level".to_owned(),
            Some(weights) => format!("the mean of the neighbourhood ({weights})"),
        };
        format!(
            "{} / {} × {}, drawn towards {towards} (empirical Bayes)",
            self.numerator, self.denominator, self.per
        )
    }

    fn roll_up(&self) -> RollUp {
        RollUp::Anew
    }

    fn indicator_inputs(&self) -> Vec<&str> {
        vec![&self.numerator, &self.denominator]
    }

    fn swapped(&self, _: Swap<'_>) -> Arc<dyn Operation> {
        Arc::new(self.clone())
    }

    fn evaluate(&self, territory: &Territory) -> Vec<LevelFigures> {
        let levels = 0..territory.levels().len();
        levels.map(|level| self.at(territory, level)).collect()
    }
}

impl EbRate {
    fn at(&self, territory: &Territory, level: usize) -> LevelFigures {
        let column = |id: &str| -> Vec<Option<f64>> {
            let figures = &territory.figures_of(id)[level];
            figures.iter().map(|figure| figure.value).collect()
        };
        let (events, base) = (column(&self.numerator), column(&self.denominator));
        let smoothed = match self.weights {
            None => eb_rates(&events, &base).rates,
            // With more links than are kept there is no neighbourhood to speak of, and no rate.
            Some(spec) => territory.weights(level, spec).map_or_else(
                |_| vec![None; events.len()],
                |weights| eb_rates_local(&events, &base, &weights).rates,
            ),
        };
        let figure = |row: usize| Figure {
            numerator: events[row],
            denominator: base[row],
            n: u64::from(events[row].is_some()),
            ..Figure::of(smoothed[row].map(|rate| rate * self.per))
        };
        (0..events.len()).map(figure).collect()
    }
}
