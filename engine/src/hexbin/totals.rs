//! Sums of one cell.

use super::HexMeasure;

/// What a cell tells. All are `None` in a suppressed one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HexTotals {
    /// Features in the cell; at least one.
    pub count: Option<u64>,
    /// Sum of their values; `None` where no feature has one, or none were given.
    pub sum: Option<f64>,
    /// Sum of the values (features, where none were given) over sum of the weights, times `per`, of the features that have
    /// both; `None` where these weights do not add up to more than zero.
    pub rate: Option<f64>,
}

impl HexTotals {
    const NONE: Self = Self {
        count: None,
        sum: None,
        rate: None,
    };

    /// Whether the cell has too few features to tell more.
    pub fn is_suppressed(&self) -> bool {
        self.count.is_none()
    }
}

/// What is added up on the way, in the order of the features.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sums {
    count: u64,
    valued: bool,
    sum: f64,
    rated: f64,
    weight: f64,
}

impl Sums {
    pub(super) fn add(&mut self, measure: &HexMeasure<'_>, feature: usize) {
        self.count += 1;
        let number = |list: &[f64]| Some(list[feature]).filter(|number| number.is_finite());
        let value = measure.values.map_or(Some(1.0), number);
        if let Some(value) = value {
            self.valued = true;
            self.sum += value;
        }
        if let Some((value, weight)) = value.zip(measure.weights.and_then(number)) {
            self.rated += value;
            self.weight += weight;
        }
    }

    pub(super) fn totals(&self, measure: &HexMeasure<'_>) -> HexTotals {
        if self.count < measure.least_features as u64 {
            return HexTotals::NONE;
        }
        let rate = self.rated / self.weight * measure.per;
        HexTotals {
            count: Some(self.count),
            sum: Some(self.sum).filter(|_| self.valued && measure.values.is_some()),
            rate: Some(rate).filter(|rate| self.weight > 0.0 && rate.is_finite()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(measure: &HexMeasure<'_>, features: usize) -> HexTotals {
        let mut sums = Sums::default();
        (0..features).for_each(|feature| sums.add(measure, feature));
        sums.totals(measure)
    }

    #[test]
    fn rates_are_of_the_features_that_have_both_numbers() {
        let measure = HexMeasure {
            values: Some(&[1.0, f64::NAN, 3.0, 5.0]),
            weights: Some(&[10.0, 100.0, f64::NAN, 20.0]),
            per: 1000.0,
            ..HexMeasure::default()
        };
        let expected = HexTotals {
            count: Some(4),
            sum: Some(9.0),
            rate: Some(200.0),
        };
        assert_eq!(totals(&measure, 4), expected);
        let counted = HexMeasure {
            values: None,
            ..measure
        };
        assert_eq!(totals(&counted, 2).rate, Some(2.0 / 110.0 * 1000.0));
        assert_eq!(totals(&counted, 2).sum, None);
    }

    #[test]
    fn nothing_is_divided_by_zero_and_few_features_tell_nothing() {
        let measure = HexMeasure {
            values: Some(&[f64::NAN, f64::INFINITY]),
            weights: Some(&[0.0, 0.0]),
            ..HexMeasure::default()
        };
        let found = totals(&measure, 2);
        assert_eq!((found.count, found.sum, found.rate), (Some(2), None, None));
        let few = HexMeasure {
            least_features: 3,
            ..measure
        };
        assert!(totals(&few, 2).is_suppressed() && !totals(&measure, 1).is_suppressed());
    }
}
