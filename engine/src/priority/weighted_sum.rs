//! Weighted sum (K1): what each criterion gives to each score.

use super::criteria::Decision;

/// Scores with what they are made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// One per alternative; higher is better. `None` for an alternative without any value.
    pub values: Vec<Option<f64>>,
    /// What criterion `[c]` gives to alternative `[a]`: the terms that, added in the order of the criteria, are the
    /// score, or the factors whose product it is.
    pub contributions: Vec<Vec<f64>>,
}

impl Decision {
    /// Σ w x, between 0 and 1 after min–max. Contributions add up to the score.
    pub fn weighted_sum(&self) -> Scores {
        let term = |(column, weight): (&Vec<f64>, &f64)| -> Vec<f64> {
            column.iter().map(|value| weight * value).collect()
        };
        let contributions: Vec<Vec<f64>> =
            self.columns.iter().zip(&self.weights).map(term).collect();
        let mut scores = vec![0.0; self.alternatives()];
        for terms in &contributions {
            for (score, term) in scores.iter_mut().zip(terms) {
                *score += term;
            }
        }
        Scores {
            values: self.where_scored(scores),
            contributions,
        }
    }
}
