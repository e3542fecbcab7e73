//! Counts, sums, means, quantiles, extremes, variance and distinct values over the features in a territory (A1–A4).
//!
//! A feature counts in the territory that holds its anchor. Nulls are left out; so are features outside every
//! territory. A statistic of nothing has no value, except that a count or a sum of nothing is zero.

use std::collections::BTreeSet;

use super::exact_sum::ExactSum;
use super::partial::{Mean, Partial, Values, roll_up};
use super::{LevelValues, Measure};
use crate::column::Value;
use crate::territory::Territory;

/// Which statistic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Statistic {
    /// Number of features; with a weight, the sum of weights.
    Count,
    /// Sum of the column, each value times its weight.
    Sum,
    /// Weighted mean.
    Mean,
    /// The quantile at 0 ≤ q ≤ 1: type 7 of Hyndman & Fan (1996), as NumPy and R; with weights the inverse of the
    /// weighted distribution function (NumPy's `inverted_cdf`).
    Quantile(f64),
    /// Smallest value.
    Min,
    /// Largest value.
    Max,
    /// Sample variance (n − 1); none for one value. Weights are not used.
    Variance,
    /// Number of different values.
    Distinct,
}

impl Statistic {
    /// Name of the operation in the project file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Sum => "sum",
            Self::Mean => "mean",
            Self::Quantile(0.5) => "median",
            Self::Quantile(_) => "quantile",
            Self::Min => "min",
            Self::Max => "max",
            Self::Variance => "variance",
            Self::Distinct => "distinct",
        }
    }
}

pub(super) fn formula(statistic: Statistic, of: &Measure) -> String {
    let layer = of.selection.layer.id();
    let what = of.column().map_or(layer.to_owned(), |column| {
        format!("{layer}.{}", column.name())
    });
    let at = match statistic {
        Statistic::Quantile(q) if q != 0.5 => format!("; {q}"),
        _ => String::new(),
    };
    format!("{}({what}{at})", statistic.name())
}

pub(super) fn evaluate(
    territory: &Territory,
    statistic: Statistic,
    of: &Measure,
) -> Vec<LevelValues> {
    match statistic {
        Statistic::Count => {
            let add = |state: &mut ExactSum, _, row| {
                of.weight_of(row)
                    .into_iter()
                    .for_each(|weight| state.add(weight));
            };
            roll_up(territory, of, add, |state| Some(state.total()))
        }
        Statistic::Sum => numbers(
            territory,
            of,
            |state: &mut ExactSum, value, weight| state.add(value * weight),
            |state| Some(state.total()),
        ),
        Statistic::Mean => numbers(territory, of, Mean::add, Mean::finish),
        Statistic::Min => numbers(territory, of, Values::add, Values::min),
        Statistic::Max => numbers(territory, of, Values::add, Values::max),
        Statistic::Variance => numbers(territory, of, Values::add, Values::variance),
        Statistic::Quantile(q) if of.weight.is_none() => {
            numbers(territory, of, Values::add, |values| values.quantile(q))
        }
        Statistic::Quantile(q) => numbers(territory, of, Values::add, |values| {
            values.weighted_quantile(q)
        }),
        Statistic::Distinct => roll_up(
            territory,
            of,
            |state: &mut Distinct, _, row| state.add(of, row),
            |state| Some(state.0.len() as f64),
        ),
    }
}

/// Rolls up a statistic of the column's finite numbers.
fn numbers<P: Partial>(
    territory: &Territory,
    of: &Measure,
    add: impl Fn(&mut P, f64, f64) + Sync,
    finish: impl Fn(&P) -> Option<f64>,
) -> Vec<LevelValues> {
    let number = |row| {
        of.column()
            .and_then(|column| column.number(row))
            .filter(|number| number.is_finite())
    };
    let add_row = |state: &mut P, _, row| {
        if let (Some(value), Some(weight)) = (number(row), of.weight_of(row)) {
            add(state, value, weight);
        }
    };
    roll_up(territory, of, add_row, finish)
}

/// The different values of a column, as text.
#[derive(Clone, Debug, Default)]
struct Distinct(BTreeSet<String>);

impl Distinct {
    fn add(&mut self, of: &Measure, row: usize) {
        let value = of.column().map_or(Value::Null, |column| column.value(row));
        if value != Value::Null {
            self.0.insert(value.display());
        }
    }
}

impl Partial for Distinct {
    fn merge(&mut self, other: &Self) {
        self.0.extend(other.0.iter().cloned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(values: &[f64]) -> Values {
        Values(values.iter().map(|&value| (value, 1.0)).collect())
    }

    #[test]
    fn quantiles_are_numpys() {
        // numpy 2.4: np.quantile([3, 1, 4, 1, 5, 9, 2, 6], q)
        for (q, expected) in [(0.0, 1.0), (0.1, 1.0), (0.5, 3.5), (0.9, 6.9), (1.0, 9.0)] {
            let got = values(&[3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0])
                .quantile(q)
                .unwrap();
            assert!((got - expected).abs() < 1e-12, "{q}: {got}");
        }
        assert_eq!(values(&[]).quantile(0.5), None);
    }

    #[test]
    fn weighted_quantiles_are_numpys_inverted_cdf() {
        // numpy 2.4: np.quantile([1, 2, 3, 4], q, weights=[1, 0, 5, 2], method="inverted_cdf")
        let weighted = Values(vec![(4.0, 2.0), (1.0, 1.0), (3.0, 5.0), (2.0, 0.0)]);
        for (q, expected) in [(0.1, 1.0), (0.5, 3.0), (0.75, 3.0), (0.76, 4.0), (1.0, 4.0)] {
            assert_eq!(weighted.weighted_quantile(q), Some(expected), "{q}");
        }
    }

    #[test]
    fn variance_needs_two_values() {
        assert_eq!(values(&[1.0]).variance(), None);
        assert_eq!(values(&[1.0, 3.0]).variance(), Some(2.0));
    }
}
