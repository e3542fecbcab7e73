//! Counts, sums, means, quantiles, extremes, variance and distinct values over the features in a territory (A1–A4).
//!
//! A feature counts in the territory that holds its anchor. Nulls are left out; so are features outside every
//! territory. A statistic of nothing has no value, except that a count or a sum of nothing is zero.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::exact_sum::ExactSum;
use super::partial::{Mean, Partial, Values, roll_up};
use super::{Figure, LevelFigures, Measure, Operation, RollUp, Swap};
use crate::column::Value;
use crate::layer::Layer;
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

/// A statistic of a column over the features in a territory.
#[derive(Clone, Debug)]
pub struct Aggregate {
    /// Which statistic.
    pub statistic: Statistic,
    /// Of what.
    pub of: Measure,
}

impl Operation for Aggregate {
    fn op(&self) -> &'static str {
        self.statistic.name()
    }

    fn formula(&self) -> String {
        let at = match self.statistic {
            Statistic::Quantile(q) if q != 0.5 => format!("; {q}"),
            _ => String::new(),
        };
        format!("{}({}{at})", self.op(), self.of.column_described())
    }

    fn roll_up(&self) -> RollUp {
        match self.statistic {
            Statistic::Count | Statistic::Sum => RollUp::Sum,
            Statistic::Mean => RollUp::Mean,
            _ => RollUp::Values,
        }
    }

    fn layer_inputs(&self) -> Vec<&Arc<Layer>> {
        vec![&self.of.selection.layer]
    }

    fn measures(&self) -> Vec<&Measure> {
        vec![&self.of]
    }

    fn adds_up(&self) -> Option<(&Arc<Layer>, Option<usize>)> {
        let column = match (self.statistic, self.of.weight) {
            (Statistic::Count, weight) => weight,
            (Statistic::Sum, None) => Some(self.of.column?),
            _ => return None,
        };
        Some((&self.of.selection.layer, column))
    }

    fn swapped(&self, swap: Swap<'_>) -> Arc<dyn Operation> {
        Arc::new(Self {
            of: swap.measure(&self.of),
            ..self.clone()
        })
    }

    fn evaluate(&self, territory: &Territory) -> Vec<LevelFigures> {
        let (of, value) = (&self.of, |value: Option<f64>| Figure::of(value));
        match self.statistic {
            Statistic::Count => {
                let add = |state: &mut ExactSum, _, row| {
                    let weight = of.weight_of(row);
                    weight.into_iter().for_each(|weight| state.add(weight));
                    weight.is_some()
                };
                roll_up(territory, of, add, |state| value(Some(state.total())))
            }
            Statistic::Sum => numbers(
                territory,
                of,
                |state: &mut ExactSum, value, weight| state.add(value * weight),
                |state| value(Some(state.total())),
            ),
            Statistic::Mean => numbers(territory, of, Mean::add, |mean| mean.finish(1.0)),
            Statistic::Min => numbers(territory, of, Values::add, |all| value(all.min())),
            Statistic::Max => numbers(territory, of, Values::add, |all| value(all.max())),
            Statistic::Variance => numbers(territory, of, Values::add, |all| value(all.variance())),
            Statistic::Quantile(q) if of.weight.is_none() => {
                numbers(territory, of, Values::add, |all| value(all.quantile(q)))
            }
            Statistic::Quantile(q) => numbers(territory, of, Values::add, |all| {
                value(all.weighted_quantile(q))
            }),
            Statistic::Distinct => roll_up(
                territory,
                of,
                |state: &mut Distinct, _, row| state.add(of, row),
                |state| value(Some(state.0.len() as f64)),
            ),
        }
    }
}

/// Rolls up a statistic of the column's finite numbers.
fn numbers<P: Partial>(
    territory: &Territory,
    of: &Measure,
    add: impl Fn(&mut P, f64, f64) + Sync,
    finish: impl Fn(&P) -> Figure,
) -> Vec<LevelFigures> {
    let add_row = |state: &mut P, _, row| match of.number(row).zip(of.weight_of(row)) {
        Some((value, weight)) => {
            add(state, value, weight);
            true
        }
        None => false,
    };
    roll_up(territory, of, add_row, finish)
}

/// The different values of a column, as text.
#[derive(Clone, Debug, Default)]
struct Distinct(BTreeSet<String>);

impl Distinct {
    /// Whether the row had a value.
    fn add(&mut self, of: &Measure, row: usize) -> bool {
        let value = of.column().map_or(Value::Null, |column| column.value(row));
        if value != Value::Null {
            self.0.insert(value.display());
        }
        value != Value::Null
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
