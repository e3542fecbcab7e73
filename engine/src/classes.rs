//! Classes of values for maps: where one colour ends and the next begins.
//!
//! Breaks rise; class i holds the values with exactly i breaks below or equal to them. A break is the roundest number
//! between the classes it divides, so that a legend can say it as it is.

/// How classes are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Classification {
    /// About as many values in each.
    Quantiles,
    /// Natural breaks: the least sum of squared deviations from the means of the classes. Fisher, "On grouping for maximum
    /// homogeneity" (1958), brought to maps by Jenks (1977); the optimum is exact.
    Jenks,
}

impl Classification {
    /// All of them, the default first.
    pub const ALL: [Self; 2] = [Self::Quantiles, Self::Jenks];

    /// Name in a query.
    pub fn name(self) -> &'static str {
        match self {
            Self::Quantiles => "quantiles",
            Self::Jenks => "jenks",
        }
    }
}

/// The breaks between at most `count` classes of these values; fewer where they do not differ enough. What is not finite
/// is left out. No breaks without two different values.
///
/// Cost O(n log n), of natural breaks O(`count` · n log n).
pub fn breaks(values: &[f64], classification: Classification, count: usize) -> Vec<f64> {
    let mut sorted: Vec<f64> = values
        .iter()
        .copied()
        .filter(|value| value.is_finite())
        .collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let starts = match classification {
        Classification::Quantiles => quantile_starts(sorted.len(), count),
        Classification::Jenks => jenks_starts(&sorted, count),
    };
    let mut breaks: Vec<f64> = starts
        .into_iter()
        .filter_map(|start| {
            let first = *sorted.get(start)?;
            // Equal values never part.
            let before = sorted[..start].iter().rev().find(|value| **value < first)?;
            Some(roundest_between(*before, first))
        })
        .collect();
    breaks.dedup();
    breaks
}

fn quantile_starts(len: usize, count: usize) -> Vec<usize> {
    (1..count)
        .map(|class| (2 * class * len + count) / (2 * count))
        .collect()
}

/// Where the classes of natural breaks start, but the first. The best last start never moves left as the end moves right,
/// so each row of the table is filled by divide and conquer.
fn jenks_starts(sorted: &[f64], count: usize) -> Vec<usize> {
    let groups = Groups::of(sorted);
    let classes = count.min(groups.starts.len());
    let mut least: Vec<f64> = (0..=groups.starts.len())
        .map(|end| if end == 0 { 0.0 } else { groups.cost(0, end) })
        .collect();
    let mut rows: Vec<Vec<usize>> = vec![];
    for class in 1..classes {
        let mut row = Row {
            least: vec![f64::INFINITY; least.len()],
            starts: vec![class; least.len()],
        };
        row.fill(
            &least,
            &groups,
            (class + 1, groups.starts.len()),
            (class, groups.starts.len() - 1),
        );
        rows.push(row.starts);
        least = row.least;
    }
    let mut end = groups.starts.len();
    let mut starts: Vec<usize> = rows
        .iter()
        .rev()
        .map(|row| {
            end = row[end];
            groups.starts[end]
        })
        .collect();
    starts.reverse();
    starts
}

/// Equal values as one, with running sums about the middle value against cancellation.
#[derive(Debug)]
struct Groups {
    /// Where each begins among the sorted values.
    starts: Vec<usize>,
    /// Before each group, and after the last: number, sum and sum of squares.
    sums: Vec<[f64; 3]>,
}

impl Groups {
    fn of(sorted: &[f64]) -> Self {
        let shift = sorted.get(sorted.len() / 2).copied().unwrap_or(0.0);
        let (mut starts, mut sums) = (vec![], vec![[0.0; 3]]);
        let (mut start, mut all) = (0, [0.0; 3]);
        for group in sorted.chunk_by(|a, b| a == b) {
            let (number, value) = (group.len() as f64, group[0] - shift);
            all = [
                all[0] + number,
                all[1] + number * value,
                all[2] + number * value * value,
            ];
            starts.push(start);
            sums.push(all);
            start += group.len();
        }
        Self { starts, sums }
    }

    /// Sum of squared deviations from their mean of the groups `from..to`.
    fn cost(&self, from: usize, to: usize) -> f64 {
        let [number, sum, squares] = [0, 1, 2].map(|at| self.sums[to][at] - self.sums[from][at]);
        squares - sum * sum / number
    }
}

/// For each end, the best start of the last class, and what all classes then cost.
struct Row {
    least: Vec<f64>,
    starts: Vec<usize>,
}

impl Row {
    /// Fills the ends `low..=high`, whose starts lie within `from..=to`.
    fn fill(
        &mut self,
        before: &[f64],
        groups: &Groups,
        (low, high): (usize, usize),
        (from, to): (usize, usize),
    ) {
        if low > high {
            return;
        }
        let end = usize::midpoint(low, high);
        let starts = before.iter().enumerate().take(end.min(to + 1));
        for (start, cost) in starts.skip(from) {
            let total = cost + groups.cost(start, end);
            if total < self.least[end] {
                (self.least[end], self.starts[end]) = (total, start);
            }
        }
        let best = self.starts[end];
        self.fill(before, groups, (low, end - 1), (from, best));
        self.fill(before, groups, (end + 1, high), (best, to));
    }
}

/// The roundest number above `low` and up to `high`, the nearest to their middle among equals.
fn roundest_between(low: f64, high: f64) -> f64 {
    let within = |number: f64| number > low && number <= high;
    let mut power = (high - low).log10().floor() + 1.0;
    // The difference of the largest numbers is none.
    while power.is_finite() && power >= -15.0 {
        let middle = times(over(f64::midpoint(low, high), power).round(), power);
        let first = times(over(low, power).floor() + 1.0, power);
        if let Some(found) = [middle, first].into_iter().find(|number| within(*number)) {
            return found + 0.0;
        }
        power -= 1.0;
    }
    high
}

/// A value in units of a power of ten. Dividing by a whole power rounds once; multiplying by 0.001 would round twice.
fn over(value: f64, power: f64) -> f64 {
    match power >= 0.0 {
        true => value / 10f64.powf(power),
        false => value * 10f64.powf(-power),
    }
}

/// So many units of a power of ten.
fn times(count: f64, power: f64) -> f64 {
    match power >= 0.0 {
        true => count * 10f64.powf(power),
        false => count / 10f64.powf(-power),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    #[test]
    fn quantiles_hold_as_many_each_and_equal_values_never_part() {
        let values: Vec<f64> = (1..=10).map(f64::from).collect();
        assert_eq!(
            breaks(&values, Classification::Quantiles, 5),
            [3.0, 5.0, 7.0, 9.0]
        );
        assert_eq!(
            breaks(&[1.0, 1.0, 1.0, 1.0], Classification::Quantiles, 4),
            Vec::<f64>::new()
        );
        assert_eq!(
            breaks(&[1.0, 9.0, 9.0, 9.0, 9.0], Classification::Quantiles, 4),
            [5.0]
        );
        assert_eq!(
            breaks(&[f64::NAN, 3.0, f64::INFINITY], Classification::Jenks, 4),
            Vec::<f64>::new()
        );
        assert_eq!(breaks(&[], Classification::Jenks, 4), Vec::<f64>::new());
    }

    #[test]
    fn natural_breaks_stand_in_the_gaps() {
        let values = [1.0, 2.0, 1.5, 40.0, 41.0, 43.0, 90.0, 91.0];
        assert_eq!(breaks(&values, Classification::Jenks, 3), [20.0, 70.0]);
    }

    #[test]
    fn breaks_are_round() {
        assert_eq!(roundest_between(1233.71, 1239.0), 1236.0);
        assert_eq!(roundest_between(0.29, 0.31), 0.3);
        assert_eq!(roundest_between(-1.0, 1.0), 0.0);
        assert_eq!(roundest_between(-f64::MAX, f64::MAX), f64::MAX);
        assert_eq!(
            roundest_between(1.0, 1.0 + f64::EPSILON),
            1.0 + f64::EPSILON
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(6), failure_persistence: None, cases: 128, ..ProptestConfig::default() })]
        #[test]
        fn no_other_two_breaks_are_better_than_the_natural_ones(values in prop::collection::vec(-50i32..50, 3..14)) {
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            let mut sorted = values.clone();
            sorted.sort_unstable_by(f64::total_cmp);
            let deviation = |class: &[f64]| {
                let mean = class.iter().sum::<f64>() / class.len() as f64;
                class.iter().map(|value| (value - mean).powi(2)).sum::<f64>()
            };
            let found = breaks(&values, Classification::Jenks, 3);
            prop_assert!(found.is_sorted_by(|a, b| a < b));
            let class = |value: f64| found.iter().filter(|bound| **bound <= value).count();
            let cost: f64 = sorted.chunk_by(|a, b| class(*a) == class(*b)).map(deviation).sum();
            for first in 1..sorted.len() {
                for second in first..sorted.len() {
                    let parts = [&sorted[..first], &sorted[first..second], &sorted[second..]];
                    let other: f64 = parts.iter().filter(|part| !part.is_empty()).map(|part| deviation(part)).sum();
                    prop_assert!(cost <= other + 1e-6, "{found:?} costs {cost}, {first} and {second} cost {other}");
                }
            }
        }
    }
}
