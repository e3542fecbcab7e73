//! The Mann-Kendall test for a trend that only goes one way.

use crate::stats::normal;

/// Whether a series rises or falls.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MannKendall {
    /// Numbers in the series.
    pub n: usize,
    /// Pairs that rise minus pairs that fall.
    pub s: i64,
    /// Variance of `s` without a trend, corrected for ties.
    pub variance: f64,
    /// (`s` ∓ 1) / √variance; positive for a series that rises, 0 where `s` is.
    pub z: f64,
    /// Two-sided p of `z` under the normal distribution; a good approximation from ten numbers on.
    pub p: f64,
}

/// The trend of a series in the order of time; `None` for fewer than two numbers. What is no finite number is left out.
///
/// Sources: Mann, "Nonparametric tests against trend" (1945); Kendall, *Rank Correlation Methods* (1975), with his variance
/// for ties. Numbers are taken as independent: there is no correction for autocorrelation. Cost O(n log n).
pub fn mann_kendall(series: &[f64]) -> Option<MannKendall> {
    // Adding zero makes one zero of the two.
    let series: Vec<f64> = series
        .iter()
        .filter(|value| value.is_finite())
        .map(|value| value + 0.0)
        .collect();
    if series.len() < 2 {
        return None;
    }
    let mut values = series.clone();
    values.sort_unstable_by(f64::total_cmp);
    values.dedup();
    let mut ranks = Counts(vec![0; values.len()]);
    let mut of_value = vec![0u32; values.len()];
    let mut s = 0;
    for (before, value) in (0i64..).zip(&series) {
        let rank = values.partition_point(|other| other < value);
        let equal = i64::from(of_value[rank]);
        let less = ranks.below(rank);
        s += less - (before - less - equal);
        ranks.add(rank);
        of_value[rank] += 1;
    }
    let term = |count: f64| count * (count - 1.0) * (2.0 * count + 5.0);
    let ties: f64 = of_value.iter().map(|&count| term(f64::from(count))).sum();
    let variance = (term(series.len() as f64) - ties) / 18.0;
    let z = match s.signum() {
        0 => 0.0,
        sign => (s - sign) as f64 / variance.sqrt(),
    };
    Some(MannKendall {
        n: series.len(),
        s,
        variance,
        z,
        p: normal::two_sided(z),
    })
}

/// How many numbers of each rank came, as a tree of partial sums (Fenwick 1994).
struct Counts(Vec<i64>);

impl Counts {
    fn add(&mut self, rank: usize) {
        let mut at = rank;
        while let Some(count) = self.0.get_mut(at) {
            *count += 1;
            at |= at + 1;
        }
    }

    /// Numbers of lower ranks.
    fn below(&self, rank: usize) -> i64 {
        let (mut sum, mut end) = (0, rank);
        while end > 0 {
            sum += self.0[end - 1];
            end &= end - 1;
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    proptest! {
        #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn s_is_that_of_all_pairs(series in prop::collection::vec(-4i32..5, 2..60)) {
            let series: Vec<f64> = series.into_iter().map(f64::from).collect();
            let mut s = 0;
            for (position, later) in series.iter().enumerate() {
                for earlier in &series[..position] {
                    s += i64::from(later > earlier) - i64::from(later < earlier);
                }
            }
            prop_assert_eq!(mann_kendall(&series).unwrap().s, s);
        }
    }

    #[test]
    fn series_without_a_trend_or_without_numbers_are_no_trouble() {
        assert_eq!(mann_kendall(&[]), None);
        assert_eq!(mann_kendall(&[1.0, f64::NAN, f64::INFINITY]), None);
        let equal = mann_kendall(&[2.0; 9]).unwrap();
        assert_eq!(
            (equal.s, equal.variance, equal.z, equal.p),
            (0, 0.0, 0.0, 1.0)
        );
        let zeros = mann_kendall(&[0.0, -0.0, 0.0]).unwrap();
        assert_eq!((zeros.s, zeros.variance), (0, 0.0));
    }
}
