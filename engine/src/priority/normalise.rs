//! Criteria on one scale: higher is better, units gone.

use super::criteria::{Criterion, DecisionError, measured};
use crate::composite::Polarity;
use crate::social::sum;

/// How values lose their unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Normalisation {
    /// (x − low) / (high − low), for a cost (high − x) / (high − low); of the bounds, or of the values there are.
    #[default]
    MinMax,
    /// x / √Σx², for a cost 1 − x / √Σx².
    Vector,
    /// x / Σx, for a cost (1/x) / Σ(1/x): keeps proportions, so zero need stays zero.
    Sum,
}

/// What is wrong with a criterion.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fault {
    Bounds,
    Negative,
}

impl Fault {
    pub(super) fn of_criterion(self, criterion: usize) -> DecisionError {
        match self {
            Self::Bounds => DecisionError::Bounds(criterion),
            Self::Negative => DecisionError::Negative(criterion),
        }
    }
}

/// The values of a criterion on the common scale, the worst where one is missing; `None` where they are all the same.
pub(super) fn normalised(
    criterion: &Criterion<'_>,
    normalisation: Normalisation,
) -> Result<Option<Vec<f64>>, Fault> {
    let values: Vec<Option<f64>> = criterion.values.iter().copied().map(measured).collect();
    let bounds = criterion
        .bounds
        .filter(|_| normalisation == Normalisation::MinMax);
    let ends = match bounds {
        Some(bounds) => Some(checked(bounds)?),
        None => extremes(&values).filter(|(low, high)| low < high),
    };
    let Some((low, high)) = ends else {
        return Ok(None);
    };
    let cost = criterion.polarity == Polarity::LowerIsBetter;
    let scaled = match normalisation {
        Normalisation::MinMax => min_max(&values, low, high, cost),
        Normalisation::Vector => vector(&values, low.abs().max(high.abs()), cost),
        Normalisation::Sum if low < 0.0 || (cost && low == 0.0) => return Err(Fault::Negative),
        Normalisation::Sum => shares(&values, low, high, cost),
    };
    Ok(Some(scaled))
}

fn checked((low, high): (f64, f64)) -> Result<(f64, f64), Fault> {
    let numbers = measured(Some(low)).is_some() && measured(Some(high)).is_some();
    (numbers && low < high)
        .then_some((low, high))
        .ok_or(Fault::Bounds)
}

fn extremes(values: &[Option<f64>]) -> Option<(f64, f64)> {
    let mut present = values.iter().flatten().copied();
    let first = present.next()?;
    Some(present.fold((first, first), |(low, high), value| {
        (low.min(value), high.max(value))
    }))
}

fn min_max(values: &[Option<f64>], low: f64, high: f64, cost: bool) -> Vec<f64> {
    let scale = |value: f64| {
        let within = value.clamp(low, high);
        let above_worst = if cost { high - within } else { within - low };
        above_worst / (high - low)
    };
    values
        .iter()
        .map(|value| value.map_or(0.0, scale))
        .collect()
}

/// In units of the largest value, whose square can neither vanish nor overflow.
fn vector(values: &[Option<f64>], largest: f64, cost: bool) -> Vec<f64> {
    let in_units = |value: f64| value / largest;
    let squares = values
        .iter()
        .flatten()
        .map(|&value| in_units(value).powi(2));
    let norm = sum(squares).sqrt();
    let scale = |value: f64| {
        let share = in_units(value) / norm;
        if cost { 1.0 - share } else { share }
    };
    or_worst(values.iter().map(|value| value.map(scale)).collect())
}

/// Of values in units of the largest, or of the inverse of the smallest cost.
fn shares(values: &[Option<f64>], low: f64, high: f64, cost: bool) -> Vec<f64> {
    let in_units = |value: f64| if cost { low / value } else { value / high };
    let total = sum(values.iter().flatten().map(|&value| in_units(value)));
    let scale = |value: f64| in_units(value) / total;
    or_worst(values.iter().map(|value| value.map(scale)).collect())
}

fn or_worst(scaled: Vec<Option<f64>>) -> Vec<f64> {
    let worst = scaled
        .iter()
        .flatten()
        .copied()
        .fold(f64::INFINITY, f64::min);
    scaled
        .into_iter()
        .map(|value| value.unwrap_or(worst))
        .collect()
}
