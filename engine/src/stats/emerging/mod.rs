//! Emerging hot spots: where values gather period after period, and whether that grows, fades or comes and goes.
//!
//! Each period gets Getis-Ord Gi\* of every territory, each territory the Mann-Kendall trend of its z-scores, and both
//! together one of 17 classes. Classes and procedure are those of ArcGIS "Emerging Hot Spot Analysis" (Esri, *How
//! Emerging Hot Spot Analysis works*); what it leaves open is said at [`Spots::class`] and [`Reference`].

mod classes;
#[cfg(test)]
mod golden;
mod mann_kendall;
mod spots;

use rayon::prelude::*;
use thiserror::Error;

use super::inference::Correction;
use super::weights::{MAX_LINKS, Weights};
use crate::number::narrow;

pub use classes::{EmergingClass, Pattern, Spot, Spots};
pub use mann_kendall::{MannKendall, mann_kendall};

/// Fewest periods that are classified.
pub const MIN_PERIODS: usize = 4;

/// With fewer periods than these the trend has little power and nine tenths of them are all but one, or all: ArcGIS asks
/// for as many.
pub const ENOUGH_PERIODS: usize = 10;

/// Most periods.
pub const MAX_PERIODS: usize = 1200;

/// What the values around a territory in a period are compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reference {
    /// All territories in the same period: a spot is where the values of that period gather, however many there are. The
    /// false discovery rate is that of each period.
    #[default]
    SamePeriod,
    /// All territories in all periods: a period in which everything is high has more hot spots than others. This is what
    /// ArcGIS does by default, with one step before. The false discovery rate is that of all periods together.
    AllPeriods {
        /// How many of the periods before count as neighbours, with the territory's own values there.
        steps_before: u32,
    },
}

/// What is asked of an analysis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EmergingOptions {
    /// Level of spots and of trends, between 0 and 1.
    pub alpha: f64,
    /// How spots take into account that many territories are tested.
    pub correction: Correction,
    /// What a period is compared with.
    pub reference: Reference,
}

impl Default for EmergingOptions {
    /// 5 %, false discovery rate, each period for itself.
    fn default() -> Self {
        Self {
            alpha: 0.05,
            correction: Correction::default(),
            reference: Reference::default(),
        }
    }
}

/// What became of a territory over all periods.
#[derive(Clone, Debug, PartialEq)]
pub struct Emerging {
    /// Row in the layer.
    pub row: u32,
    /// The class; `None` where fewer than [`MIN_PERIODS`] periods have a z-score: islands, and territories without values.
    pub class: Option<EmergingClass>,
    /// z of Gi\* in the last period.
    pub z_last: Option<f64>,
    /// Periods in which it was a significant hot spot.
    pub hot_periods: u32,
    /// Periods in which it was a significant cold spot.
    pub cold_periods: u32,
    /// Periods with a z-score. Others count as no spot and take no part in the trend.
    pub tested_periods: u32,
    /// Trend of the z-scores; `None` with fewer than two of them.
    pub trend: Option<MannKendall>,
}

/// The territories of a level over all periods.
#[derive(Clone, Debug, PartialEq)]
pub struct EmergingHotSpots {
    /// A row for each territory, in the order of the layer.
    pub rows: Vec<Emerging>,
    /// Number of periods.
    pub periods: usize,
    /// Whether there are fewer than [`ENOUGH_PERIODS`]: to be said beside every result.
    pub few_periods: bool,
}

/// Why nothing was analysed.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
pub enum EmergingError {
    /// Fewer than [`MIN_PERIODS`] or more than [`MAX_PERIODS`] periods.
    #[error("{0} periods; there must be {MIN_PERIODS} to {MAX_PERIODS}")]
    Periods(usize),
    /// A period without one value per territory.
    #[error("period {period} has {found} values for {expected} territories")]
    Ragged {
        /// Number of the period, from 0.
        period: usize,
        /// Its values.
        found: usize,
        /// Rows of the weights.
        expected: usize,
    },
    /// A level that is no probability.
    #[error("a level of {0}: it must be between 0 and 1")]
    Alpha(f64),
    /// More links between periods than are kept.
    #[error("more than {MAX_LINKS} links between neighbours in all periods; ask for fewer periods")]
    TooManyLinks,
}

/// The class of every territory, from its values period by period.
///
/// `values` holds for each period, oldest first, a value for each row of the weights: a count, a sum or a rate; `None`
/// where there is none, which is not zero. A period in which all values are equal has no spot.
///
/// # Errors
/// When there are not [`MIN_PERIODS`] to [`MAX_PERIODS`] periods, one of them does not fit the weights, `alpha` is not
/// between 0 and 1, or all periods together have more than [`MAX_LINKS`] links.
///
/// Cost O(periods × (links + n log periods)), on all threads; the answer is the same for any number of them.
pub fn emerging(
    values: &[Vec<Option<f64>>],
    weights: &Weights,
    options: &EmergingOptions,
) -> Result<EmergingHotSpots, EmergingError> {
    if !(MIN_PERIODS..=MAX_PERIODS).contains(&values.len()) {
        return Err(EmergingError::Periods(values.len()));
    }
    let expected = weights.len();
    let ragged = values.iter().position(|values| values.len() != expected);
    if let Some(period) = ragged {
        let found = values[period].len();
        return Err(EmergingError::Ragged {
            period,
            found,
            expected,
        });
    }
    if !(options.alpha > 0.0 && options.alpha < 1.0) {
        return Err(EmergingError::Alpha(options.alpha));
    }
    let periods = spots::tested(values, weights, options)?;
    let row = |row: usize| {
        let tested = periods.iter().map(|period| period[row]).collect();
        Spots::new(tested).summary(narrow(row), options.alpha)
    };
    Ok(EmergingHotSpots {
        rows: (0..expected).into_par_iter().map(row).collect(),
        periods: values.len(),
        few_periods: values.len() < ENOUGH_PERIODS,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Transform;

    /// Four territories in a row.
    fn chain() -> Weights {
        Weights::from_lists(
            &[vec![1], vec![0, 2], vec![1, 3], vec![2], vec![]],
            Transform::RowStandardised,
        )
    }

    fn periods(count: usize, value: f64) -> Vec<Vec<Option<f64>>> {
        vec![vec![Some(value); 5]; count]
    }

    #[test]
    fn senseless_questions_are_refused() {
        let ask = |values: &[Vec<Option<f64>>], alpha| {
            let options = EmergingOptions {
                alpha,
                ..EmergingOptions::default()
            };
            emerging(values, &chain(), &options).map(|_| ())
        };
        assert_eq!(ask(&periods(3, 1.0), 0.05), Err(EmergingError::Periods(3)));
        assert_eq!(
            ask(&periods(1201, 1.0), 0.05),
            Err(EmergingError::Periods(1201))
        );
        assert_eq!(ask(&periods(4, 1.0), 1.0), Err(EmergingError::Alpha(1.0)));
        assert!(matches!(
            ask(&periods(4, 1.0), f64::NAN),
            Err(EmergingError::Alpha(_))
        ));
        let mut ragged = periods(4, 1.0);
        ragged[2].pop();
        let expected = EmergingError::Ragged {
            period: 2,
            found: 4,
            expected: 5,
        };
        assert_eq!(ask(&ragged, 0.05), Err(expected));
    }

    #[test]
    fn equal_values_islands_and_missing_values_have_no_class() {
        let all = emerging(&periods(12, 3.0), &chain(), &EmergingOptions::default()).unwrap();
        assert!(
            all.rows
                .iter()
                .all(|row| row.class.is_none() && row.tested_periods == 0)
        );
        assert!(!all.few_periods && all.periods == 12);
        let mut values = periods(5, 3.0);
        for (number, period) in values.iter_mut().enumerate() {
            period[1] = Some(number as f64 + 9.0);
            if number > 0 {
                period[3] = None;
            }
        }
        let some = emerging(&values, &chain(), &EmergingOptions::default()).unwrap();
        assert!(some.few_periods);
        assert_eq!(some.rows[0].class, Some(EmergingClass::NoPattern));
        assert_eq!((some.rows[3].class, some.rows[3].tested_periods), (None, 1));
        assert_eq!((some.rows[4].class, some.rows[4].trend), (None, None));
    }

    #[test]
    fn all_periods_together_have_islands_and_spots_of_their_own() {
        let mut values = periods(6, 1.0);
        for (period, values) in values.iter_mut().enumerate() {
            values[0] = Some(if period < 3 { 1.0 } else { 40.0 });
            values[1] = values[0];
        }
        let options = EmergingOptions {
            reference: Reference::AllPeriods { steps_before: 1 },
            ..EmergingOptions::default()
        };
        let all = emerging(&values, &chain(), &options).unwrap();
        assert_eq!(all.rows[4].tested_periods, 0);
        assert_eq!(all.rows[0].tested_periods, 6);
        let consecutive = EmergingClass::Hot(Pattern::Consecutive);
        assert_eq!(all.rows[0].class, Some(consecutive));
        let many = EmergingOptions {
            reference: Reference::AllPeriods {
                steps_before: u32::MAX,
            },
            ..options
        };
        assert!(emerging(&values, &chain(), &many).is_ok());
    }
}
