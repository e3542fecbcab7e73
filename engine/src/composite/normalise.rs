//! Parts on one scale: higher is better, units gone (F1–F3).

use super::{CompositeError, ascending_ranks, measured};
use crate::social::sum;

/// A part of a composite: an indicator with what it means.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// One per territory.
    pub values: &'a [Option<f64>],
    /// Whether more of it is better.
    pub polarity: Polarity,
    /// Fixed bounds of min–max, worst and best or best and worst by the polarity, lower first: so that years compare.
    pub goalposts: Option<(f64, f64)>,
}

/// Direction of an indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polarity {
    /// Such as green per inhabitant.
    HigherIsBetter,
    /// Such as distance.
    LowerIsBetter,
}

/// How values lose their unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Normalisation {
    /// 100 (x − low) / (high − low), of the goalposts or of the sample. Beyond its goalposts a value counts as on them.
    #[default]
    MinMax,
    /// (x − mean) / standard deviation.
    ZScore(Deviation),
    /// 100 (rank − ½) / n, tied values at their mean rank: the share below plus half of the share tied.
    Percentile,
}

/// Divisor of the variance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Deviation {
    /// n, as scikit-learn's `StandardScaler`.
    #[default]
    Population,
    /// n − 1, as R's `scale` and `COINr`.
    Sample,
}

/// A part after normalisation.
#[derive(Clone, Debug, PartialEq)]
pub struct Normalised {
    /// One per territory, higher is better: 0 to 100, or standard deviations from the mean.
    pub values: Vec<Option<f64>>,
    /// What the values were normalised by.
    pub scale: Scale,
    /// All values are the same: the part tells no territory from another, is `None` throughout and weighs nothing.
    /// With goalposts a part is never constant, since its distance from them says something.
    pub constant: bool,
    /// Values there are.
    pub count: usize,
    /// Values pulled in by winsorising or onto a goalpost.
    pub limited: usize,
}

/// The numbers of a normalisation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    /// Bounds of min–max.
    Range {
        /// Value at one end.
        low: f64,
        /// Value at the other.
        high: f64,
    },
    /// Centre and unit of the z-score.
    Spread {
        /// Mean.
        mean: f64,
        /// Standard deviation.
        deviation: f64,
    },
    /// Nothing but the order counts; so it is for a part without values, too.
    Order,
}

impl Part<'_> {
    /// Normalises, after pulling the share `winsorise` at each end in to its quantile (type 7), if given.
    ///
    /// # Errors
    /// [`CompositeError::Winsorise`] for a share outside 0 to ½; [`CompositeError::Goalposts`], naming part 0.
    pub fn normalise(
        &self,
        method: Normalisation,
        winsorise: Option<f64>,
    ) -> Result<Normalised, CompositeError> {
        let mut values: Vec<Option<f64>> = self.values.iter().copied().map(measured).collect();
        let mut limited = match winsorise {
            Some(share) => self::winsorise(&mut values, share)?,
            None => 0,
        };
        let count = values.iter().flatten().count();
        let goalposts = self.goalposts.filter(|_| method == Normalisation::MinMax);
        if let Some((low, high)) = goalposts {
            let numbers = measured(Some(low)).is_some() && measured(Some(high)).is_some();
            if !numbers || low >= high {
                return Err(CompositeError::Goalposts(0));
            }
            limited += limit(&mut values, low, high);
        }
        let extremes = goalposts.or_else(|| extremes(&values));
        let Some((low, high)) = extremes.filter(|(low, high)| low < high) else {
            return Ok(Normalised {
                values: vec![None; values.len()],
                scale: Scale::Order,
                constant: true,
                count,
                limited,
            });
        };
        let scale = match method {
            Normalisation::MinMax => Scale::Range { low, high },
            Normalisation::ZScore(deviation) => spread(&values, high - low, deviation),
            Normalisation::Percentile => Scale::Order,
        };
        Ok(Normalised {
            values: self.directed(&scaled(&values, scale), method),
            scale,
            constant: false,
            count,
            limited,
        })
    }

    /// Turns values around where lower is better.
    fn directed(&self, values: &[Option<f64>], method: Normalisation) -> Vec<Option<f64>> {
        let turned = |value: f64| match (self.polarity, method) {
            (Polarity::HigherIsBetter, _) => value,
            (Polarity::LowerIsBetter, Normalisation::ZScore(_)) => -value,
            (Polarity::LowerIsBetter, _) => 100.0 - value,
        };
        values.iter().map(|value| value.map(turned)).collect()
    }
}

fn scaled(values: &[Option<f64>], scale: Scale) -> Vec<Option<f64>> {
    let each = |map: &dyn Fn(f64) -> f64| values.iter().map(|value| value.map(map)).collect();
    match scale {
        Scale::Range { low, high } => each(&|value| 100.0 * ((value - low) / (high - low))),
        Scale::Spread { mean, deviation } => each(&|value| (value - mean) / deviation),
        Scale::Order => {
            let count = values.iter().flatten().count() as f64;
            let percentile = |rank: f64| 100.0 * (rank - 0.5) / count;
            ascending_ranks(values)
                .into_iter()
                .map(|rank| rank.map(percentile))
                .collect()
        }
    }
}

/// Mean and standard deviation, by two passes in units of the range, whose squares cannot vanish.
fn spread(values: &[Option<f64>], range: f64, deviation: Deviation) -> Scale {
    let present = || values.iter().flatten();
    let count = present().count() as f64;
    let mean = sum(present().copied()) / count;
    let squares = sum(present().map(|value| ((value - mean) / range).powi(2)));
    let divisor = match deviation {
        Deviation::Population => count,
        Deviation::Sample => count - 1.0,
    };
    Scale::Spread {
        mean,
        deviation: range * (squares / divisor).sqrt(),
    }
}

/// Pulls the ends in to the quantiles `share` and 1 − `share`; how many values moved.
fn winsorise(values: &mut [Option<f64>], share: f64) -> Result<usize, CompositeError> {
    if !(0.0..0.5).contains(&share) {
        return Err(CompositeError::Winsorise(share));
    }
    let mut sorted: Vec<f64> = values.iter().flatten().copied().collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let (Some(low), Some(high)) = (quantile(&sorted, share), quantile(&sorted, 1.0 - share)) else {
        return Ok(0);
    };
    Ok(limit(values, low, high))
}

fn limit(values: &mut [Option<f64>], low: f64, high: f64) -> usize {
    let mut moved = 0;
    for value in values.iter_mut().flatten() {
        let within = value.clamp(low, high);
        moved += usize::from(within != *value);
        *value = within;
    }
    moved
}

fn extremes(values: &[Option<f64>]) -> Option<(f64, f64)> {
    let mut present = values.iter().flatten().copied();
    let first = present.next()?;
    Some(present.fold((first, first), |(low, high), value| {
        (low.min(value), high.max(value))
    }))
}

/// Type 7 of Hyndman & Fan (1996) of ascending values: linear between the values at ⌊(n − 1) q⌋ and the next.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "0 ≤ (n − 1) q < n"
)]
pub(super) fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    let at = (sorted.len().checked_sub(1)? as f64) * q;
    let (low, high) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    Some(low + (at - at.floor()) * (high - low))
}
