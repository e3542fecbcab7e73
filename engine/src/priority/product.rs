//! Weighted product: need × demand, where nothing makes up for a zero.

use super::criteria::{Decision, DecisionError};
use super::weighted_sum::Scores;

impl Decision {
    /// Π x^w with weights that add up to 1. Contributions are the factors.
    ///
    /// With two criteria of equal weight, need and demand, this is the square root of their product, in whose order it
    /// ranks. [`Normalisation::Sum`](super::Normalisation::Sum) keeps proportions: of twice the need, half the demand
    /// makes up; min–max takes everything from whoever is last in one criterion.
    ///
    /// # Errors
    /// [`DecisionError::Negative`] for a criterion with a value below zero on the common scale.
    pub fn weighted_product(&self) -> Result<Scores, DecisionError> {
        let negative = |column: &Vec<f64>| column.iter().any(|value| *value < 0.0);
        if let Some(criterion) = self.columns.iter().position(negative) {
            return Err(DecisionError::Negative(criterion));
        }
        let factor = |(column, &weight): (&Vec<f64>, &f64)| -> Vec<f64> {
            column.iter().map(|value| value.powf(weight)).collect()
        };
        let contributions: Vec<Vec<f64>> =
            self.columns.iter().zip(&self.weights).map(factor).collect();
        let mut scores = vec![1.0; self.alternatives()];
        for factors in &contributions {
            for (score, factor) in scores.iter_mut().zip(factors) {
                *score *= factor;
            }
        }
        Ok(Scores {
            values: self.where_scored(scores),
            contributions,
        })
    }
}
