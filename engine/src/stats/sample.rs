//! What takes part in a statistic: territories with a value and with neighbours that have one.

use super::global::LeftOut;
use super::weights::{Lists, Transform, Weights, weight};

/// The units of a statistic, numbered without gaps, with the links among them.
pub(super) struct Sample {
    rows: Vec<u32>,
    lists: Lists,
    transform: Transform,
    left_out: LeftOut,
}

impl Sample {
    /// Leaves out the rows without a value with their links, then those without neighbours, until all have some.
    pub(super) fn new(weights: &Weights, has_value: impl Fn(usize) -> bool) -> Self {
        let mut kept: Vec<bool> = (0..weights.len()).map(has_value).collect();
        let with_value = kept.iter().filter(|&&kept| kept).count();
        // Where links have one direction, an island that goes can make another.
        loop {
            let lonely = |row: usize| {
                let links = weights.neighbours(row);
                kept[row] && !links.iter().any(|&other| kept[other as usize])
            };
            let islands: Vec<usize> = (0..kept.len()).filter(|&row| lonely(row)).collect();
            if islands.is_empty() {
                break;
            }
            islands.into_iter().for_each(|row| kept[row] = false);
        }
        let rows: Vec<u32> = (0u32..)
            .zip(&kept)
            .filter_map(|(row, &kept)| kept.then_some(row))
            .collect();
        let left_out = LeftOut {
            missing: weights.len() - with_value,
            islands: with_value - rows.len(),
        };
        Self {
            lists: compact(weights, &rows),
            transform: weights.transform(),
            rows,
            left_out,
        }
    }

    /// The sample of rows with a finite value, and these values.
    pub(super) fn of_values(weights: &Weights, values: &[Option<f64>]) -> (Self, Vec<f64>) {
        let value = |row: usize| finite(values, row);
        let sample = Self::new(weights, |row| value(row).is_some());
        let values = sample.gather(value);
        (sample, values)
    }

    /// The values of the units, in their order.
    pub(super) fn gather<T>(&self, value: impl Fn(usize) -> Option<T>) -> Vec<T> {
        self.rows
            .iter()
            .filter_map(|&row| value(row as usize))
            .collect()
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Rows of the units, ascending.
    pub(super) fn rows(&self) -> &[u32] {
        &self.rows
    }

    pub(super) fn lists(&self) -> &Lists {
        &self.lists
    }

    pub(super) fn neighbours(&self, unit: usize) -> &[u32] {
        self.lists.list(unit)
    }

    pub(super) fn weight(&self, unit: usize) -> f64 {
        weight(self.transform, self.neighbours(unit).len())
    }

    pub(super) fn transform(&self) -> Transform {
        self.transform
    }

    pub(super) fn left_out(&self) -> LeftOut {
        self.left_out
    }

    /// Sum of the neighbours' values times the weight.
    pub(super) fn lag(&self, unit: usize, values: &[f64]) -> f64 {
        let links = self.neighbours(unit);
        links
            .iter()
            .map(|&other| values[other as usize])
            .sum::<f64>()
            * self.weight(unit)
    }
}

/// The value of a row; `None` where it is missing or no number.
pub(super) fn finite(values: &[Option<f64>], row: usize) -> Option<f64> {
    values
        .get(row)
        .copied()
        .flatten()
        .filter(|value| value.is_finite())
}

/// Whether there are fewer than two different values.
pub(super) fn constant(values: &[f64]) -> bool {
    values.windows(2).all(|pair| pair[0] == pair[1])
}

/// The differences from the mean.
pub(super) fn centred(values: &[f64]) -> Vec<f64> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter().map(|value| value - mean).collect()
}

fn compact(weights: &Weights, rows: &[u32]) -> Lists {
    let mut unit_of = vec![None; weights.len()];
    for (unit, &row) in (0u32..).zip(rows) {
        unit_of[row as usize] = Some(unit);
    }
    let (mut lists, mut list) = (Lists::default(), vec![]);
    for &row in rows {
        let links = weights.neighbours(row as usize);
        list.clear();
        list.extend(links.iter().filter_map(|&other| unit_of[other as usize]));
        lists.push(&list);
    }
    lists
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn territories_without_value_go_with_their_links_and_islands_follow() {
        // A chain 0-1-2 and a pair 3-4 of which 4 has no value; 5 looks at 3 only, and nobody looks at 5.
        let weights = Weights::from_lists(
            &[vec![1], vec![0, 2], vec![1], vec![4], vec![3], vec![3]],
            Transform::RowStandardised,
        );
        let values = [
            Some(1.0),
            Some(2.0),
            Some(f64::INFINITY),
            Some(3.0),
            None,
            Some(4.0),
        ];
        let (sample, kept) = Sample::of_values(&weights, &values);
        assert_eq!(sample.rows(), [0, 1]);
        assert_eq!(kept, [1.0, 2.0]);
        assert_eq!(sample.neighbours(1), [0]);
        assert_eq!(sample.weight(1), 1.0);
        assert_eq!(
            sample.left_out(),
            LeftOut {
                missing: 2,
                islands: 2
            }
        );
    }

    #[test]
    fn a_list_of_values_that_is_too_short_counts_as_missing() {
        let weights = Weights::from_lists(&[vec![1], vec![0]], Transform::Binary);
        let (sample, _) = Sample::of_values(&weights, &[Some(1.0)]);
        assert_eq!((sample.len(), sample.left_out().missing), (0, 1));
    }
}
