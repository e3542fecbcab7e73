//! Whether two rates differ by more than chance.

use statrs::function::erf::erfc;

/// Number of events from which the normal approximation takes over; it is right to 6 digits from a million on.
const EXACT_UP_TO: u64 = 1_000_000_000;
/// What rounding may take from a statistic that equals the one observed.
const TIE: f64 = 1e-12;

/// Two rates side by side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateComparison {
    /// First rate less the second, per unit of exposure.
    pub difference: f64,
    /// First rate over the second; `None` where the second is zero.
    pub ratio: Option<f64>,
    /// Standardised difference of the two counts; zero for two counts of zero.
    pub statistic: f64,
    /// Chance of a difference at least as large, either way, where the rates are the same.
    pub p_value: f64,
}

/// Tests whether two Poisson rates are the same, from a count and an exposure (persons, person-years) of each.
///
/// The E-test of Krishnamoorthy & Thomson (2004), which keeps its level for counts where a z-test does not. Cost
/// O(√count). `None` where an exposure is not above zero.
pub fn compare_rates(
    first_count: u64,
    first_exposure: f64,
    second_count: u64,
    second_exposure: f64,
) -> Option<RateComparison> {
    let total_exposure = first_exposure + second_exposure;
    if !(first_exposure > 0.0 && second_exposure > 0.0 && total_exposure.is_finite()) {
        return None;
    }
    // Only the proportion of the exposures counts.
    let shares = [
        first_exposure / total_exposure,
        second_exposure / total_exposure,
    ];
    if shares.contains(&0.0) {
        return None;
    }
    let statistic = standardised([first_count, second_count], shares);
    let rates = [
        first_count as f64 / first_exposure,
        second_count as f64 / second_exposure,
    ];
    Some(RateComparison {
        difference: rates[0] - rates[1],
        ratio: (second_count > 0).then(|| rates[0] / rates[1]),
        statistic,
        p_value: p_value(
            statistic.abs(),
            first_count.saturating_add(second_count),
            shares,
        ),
    })
}

fn p_value(observed: f64, count: u64, shares: [f64; 2]) -> f64 {
    if observed == 0.0 {
        return 1.0;
    }
    if count > EXACT_UP_TO {
        return erfc(observed / std::f64::consts::SQRT_2);
    }
    let [first, second] = shares.map(|share| Poisson::around(count as f64 * share));
    rejected(&first, &second, shares, observed * (1.0 - TIE)).min(1.0)
}

/// (k₁/n₁ − k₂/n₂) / √(k₁/n₁² + k₂/n₂²).
fn standardised(counts: [u64; 2], shares: [f64; 2]) -> f64 {
    let rates = [counts[0] as f64 / shares[0], counts[1] as f64 / shares[1]];
    let variance = rates[0] / shares[0] + rates[1] / shares[1];
    if variance > 0.0 {
        (rates[0] - rates[1]) / variance.sqrt()
    } else {
        0.0
    }
}

/// Probability of pairs of counts whose statistic is at least `bound`, above zero, either way.
///
/// The statistic rises with the first count and falls with the second, so what is rejected for a first count are two
/// tails of the second whose ends only move up: one pass over each.
fn rejected(first: &Poisson, second: &Poisson, shares: [f64; 2], bound: f64) -> f64 {
    let (below, above) = second.tails();
    // Second counts before `low` are rejected since the first is larger, those from `high` on since it is smaller.
    let (mut low, mut high) = (0, 0);
    let mut total = 0.0;
    for (count, probability) in (first.start..).zip(&first.probabilities) {
        let at = |position: usize| standardised([count, second.start + position as u64], shares);
        while low < second.probabilities.len() && at(low) >= bound {
            low += 1;
        }
        while high < second.probabilities.len() && at(high) > -bound {
            high += 1;
        }
        total += probability * (below[low] + above[high]);
    }
    total
}

/// The probabilities of a Poisson distribution where they are above 10⁻¹⁶.
struct Poisson {
    start: u64,
    probabilities: Vec<f64>,
}

impl Poisson {
    /// By recursion from the mode, divided by the sum: no factorial, no loss for large means.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a mean is between 0 and 10⁹"
    )]
    fn around(mean: f64) -> Self {
        let reach = 9.0 * mean.sqrt() + 25.0;
        let start = (mean - reach).max(0.0) as u64;
        let mode = mean as u64;
        let end = (mean + reach) as u64;
        let mut downwards = Vec::new();
        let mut height = 1.0;
        for count in (start..mode).rev() {
            height *= (count + 1) as f64 / mean;
            downwards.push(height);
        }
        let mut probabilities: Vec<f64> = downwards.into_iter().rev().collect();
        height = 1.0;
        probabilities.push(height);
        for count in mode + 1..=end {
            height *= mean / count as f64;
            probabilities.push(height);
        }
        let total: f64 = probabilities.iter().sum();
        probabilities.iter_mut().for_each(|own| *own /= total);
        Self {
            start,
            probabilities,
        }
    }

    /// Probability of what lies before each position and of what lies from it on.
    fn tails(&self) -> (Vec<f64>, Vec<f64>) {
        let running = |total: &mut f64, own: &f64| {
            *total += own;
            Some(*total)
        };
        let mut below = vec![0.0];
        below.extend(self.probabilities.iter().scan(0.0, running));
        let mut above = vec![0.0];
        above.extend(self.probabilities.iter().rev().scan(0.0, running));
        above.reverse();
        (below, above)
    }
}
