//! The decision matrix: alternatives × criteria, on one scale and weighed.

use super::normalise::{Normalisation, normalised};
use crate::composite::Polarity;
use crate::social::sum;

/// Most alternatives of a decision.
pub const MAX_ALTERNATIVES: usize = 100_000;
/// Most criteria of a decision.
pub const MAX_CRITERIA: usize = 100;

/// What alternatives are compared by.
#[derive(Clone, Copy, Debug)]
pub struct Criterion<'a> {
    /// One per alternative, in the criterion's own unit. Missing, not finite or beyond ±10¹⁵⁰ is missing.
    pub values: &'a [Option<f64>],
    /// A benefit or a cost.
    pub polarity: Polarity,
    /// How much it counts, at least zero; only the proportions matter.
    pub weight: f64,
    /// Fixed ends of min–max, lower first, so that a new alternative changes nobody's score. A value beyond them counts
    /// as on them. Other normalisations do not use them.
    pub bounds: Option<(f64, f64)>,
}

/// Why criteria make no decision matrix.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum DecisionError {
    /// No criterion, or too many.
    #[error("a decision has 1 to {MAX_CRITERIA} criteria, not {0}")]
    Criteria(usize),
    /// Too many alternatives.
    #[error("a decision has up to {MAX_ALTERNATIVES} alternatives, not {0}")]
    Alternatives(usize),
    /// Criteria with values for different numbers of alternatives.
    #[error("criterion {criterion} has {found} values where {expected} are expected")]
    Length {
        /// The criterion, from 0.
        criterion: usize,
        /// Its values.
        found: usize,
        /// Those of the first criterion.
        expected: usize,
    },
    /// A weight below zero, not finite or beyond 10⁶.
    #[error("the weight of criterion {0} is not between 0 and 1,000,000")]
    Weight(usize),
    /// No weight above zero.
    #[error("no criterion has a weight above zero")]
    NoWeight,
    /// Bounds that are not two numbers, the lower first, or are absent where a method needs them.
    #[error("criterion {0} has no bounds that are a lower and a higher number")]
    Bounds(usize),
    /// Shares of a sum need values that are not negative, and above zero where less is better.
    #[error("criterion {0} has values below zero, or at zero where less is better")]
    Negative(usize),
    /// A group that is not one of those announced.
    #[error("alternative {0} belongs to no group")]
    Group(usize),
    /// A spread that is not between 0 and 1.
    #[error("a spread of weights lies between 0 and 1, unlike {0}")]
    Spread(f64),
    /// Too many draws for the number of alternatives.
    #[error("{draws} draws of {alternatives} alternatives are more than this computes at once")]
    Draws {
        /// Draws asked for.
        draws: u32,
        /// Alternatives with a score.
        alternatives: usize,
    },
}

/// Alternatives and criteria on one scale, higher is better, with weights that add up to one.
///
/// A missing value counts as the worst of its criterion: nobody rises by leaving something out. An alternative without
/// any value has no score. A criterion whose values are all the same (or all missing) tells no alternative from
/// another: it contributes nothing, is named in [`Decision::idle`], and the others share its weight. A bounded criterion
/// is never idle, since the distance from its bounds says something.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Per criterion the value of each alternative; zeros for an idle one.
    pub(super) columns: Vec<Vec<f64>>,
    pub(super) weights: Vec<f64>,
    pub(super) idle: Vec<usize>,
    pub(super) missing: Vec<usize>,
    pub(super) scored: Vec<bool>,
}

impl Decision {
    /// Brings criteria to one scale. Cost O(alternatives × criteria).
    ///
    /// # Errors
    /// [`DecisionError`] for criteria that make no matrix; idle criteria and missing values are told in the result.
    pub fn new(
        criteria: &[Criterion<'_>],
        normalisation: Normalisation,
    ) -> Result<Self, DecisionError> {
        let alternatives = check(criteria)?;
        let mut columns = Vec::with_capacity(criteria.len());
        let mut idle = vec![];
        for (position, criterion) in criteria.iter().enumerate() {
            let column = normalised(criterion, normalisation)
                .map_err(|fault| fault.of_criterion(position))?;
            columns.push(column.unwrap_or_else(|| {
                idle.push(position);
                vec![0.0; alternatives]
            }));
        }
        let absent = |row: usize| {
            let values = criteria.iter().map(|criterion| criterion.values[row]);
            values.filter(|value| measured(*value).is_none()).count()
        };
        let missing: Vec<usize> = (0..alternatives).map(absent).collect();
        Ok(Self {
            weights: shared(criteria, &idle),
            columns,
            idle,
            scored: missing.iter().map(|&n| n < criteria.len()).collect(),
            missing,
        })
    }

    /// Number of alternatives.
    pub fn alternatives(&self) -> usize {
        self.scored.len()
    }

    /// Weights of the criteria: they add up to 1, zero for an idle one; all zero where every criterion with a weight is
    /// idle.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Criteria, from 0, whose values tell no alternative from another.
    pub fn idle(&self) -> &[usize] {
        &self.idle
    }

    /// Criteria without a value, per alternative.
    pub fn missing(&self) -> &[usize] {
        &self.missing
    }

    /// The values of a criterion on the common scale, higher is better; zeros for an idle one.
    pub fn column(&self, criterion: usize) -> &[f64] {
        &self.columns[criterion]
    }

    /// The scores of the alternatives that have one.
    pub(super) fn where_scored(&self, scores: Vec<f64>) -> Vec<Option<f64>> {
        let own = |(score, &scored): (f64, &bool)| scored.then_some(score);
        scores.into_iter().zip(&self.scored).map(own).collect()
    }
}

/// The value where there is one that can be computed with.
pub(super) fn measured(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.abs() <= 1e150)
}

/// Number of alternatives of criteria that make a matrix.
fn check(criteria: &[Criterion<'_>]) -> Result<usize, DecisionError> {
    let Some(first) = criteria.first().filter(|_| criteria.len() <= MAX_CRITERIA) else {
        return Err(DecisionError::Criteria(criteria.len()));
    };
    let expected = first.values.len();
    if expected > MAX_ALTERNATIVES {
        return Err(DecisionError::Alternatives(expected));
    }
    for (position, criterion) in criteria.iter().enumerate() {
        let found = criterion.values.len();
        if found != expected {
            return Err(DecisionError::Length {
                criterion: position,
                found,
                expected,
            });
        }
        if !(0.0..=1e6).contains(&criterion.weight) {
            return Err(DecisionError::Weight(position));
        }
    }
    let weighed = criteria.iter().any(|criterion| criterion.weight > 0.0);
    weighed.then_some(expected).ok_or(DecisionError::NoWeight)
}

/// Weights divided by their sum over the criteria that are not idle.
fn shared(criteria: &[Criterion<'_>], idle: &[usize]) -> Vec<f64> {
    let own = |(position, criterion): (usize, &Criterion<'_>)| {
        if idle.contains(&position) {
            0.0
        } else {
            criterion.weight
        }
    };
    let weights: Vec<f64> = criteria.iter().enumerate().map(own).collect();
    let total = sum(weights.iter().copied());
    if total > 0.0 {
        weights.iter().map(|weight| weight / total).collect()
    } else {
        weights
    }
}
