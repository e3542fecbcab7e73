//! Join counts: how often neighbours have the same of two colours.

use super::global::{Global, Moments, Pairs, method};
use super::inference::{Inference, Tails};
use super::moran::links;
use super::permute::permuted;
use super::sample::Sample;
use super::weights::{Transform, Weights};

/// Pairs of neighbours by colour: black is true, white is false.
#[derive(Clone, Debug, PartialEq)]
pub struct JoinCounts {
    /// Both black.
    pub black_black: Global,
    /// One black, one white.
    pub black_white: Global,
    /// Both white.
    pub white_white: Global,
}

/// Join counts of a yes or no by row, with binary weights whatever the transform: `½ Σ w_ij` over the ordered pairs of a
/// kind, so that with mutual neighbours each border counts once.
///
/// `None` where fewer than two territories with neighbours have a value, or all have the same. Moments are those of
/// non-free sampling: the territories that are black are dealt out (Cliff & Ord 1981).
pub fn join_counts(
    values: &[Option<bool>],
    weights: &Weights,
    inference: &Inference,
) -> Option<JoinCounts> {
    let value = |row: usize| values.get(row).copied().flatten();
    let sample = Sample::new(weights, |row| value(row).is_some());
    let black: Vec<f64> = sample
        .gather(value)
        .into_iter()
        .map(|black| f64::from(u8::from(black)))
        .collect();
    let pairs = Pairs::new(&sample, Transform::Binary);
    let counts = |black: &[f64]| {
        let (both, one) = (pairs.cross(black), pairs.marginal(black.iter().copied()));
        [both, one - 2.0 * both, pairs.s0 - one + both].map(|doubled| doubled / 2.0)
    };
    let (n, blacks) = (black.len() as f64, black.iter().sum::<f64>());
    if blacks == 0.0 || blacks == n {
        return None;
    }
    let observed = counts(&black);
    let simulated = permuted(&black, inference.permutations, counts);
    let moments = moments(&pairs, n, blacks);
    let one = |kind: usize, name: &'static str| {
        let of_kind: Vec<f64> = simulated.iter().map(|counts| counts[kind]).collect();
        let tails = (!of_kind.is_empty()).then(|| Tails::count(observed[kind], &of_kind, 0.0));
        let method = method(name, weights, Transform::Binary, &sample, inference);
        let links = links(&sample);
        Global::new(observed[kind], &moments[kind], tails, links, method)
    };
    Some(JoinCounts {
        black_black: one(0, "join count BB")?,
        black_white: one(1, "join count BW")?,
        white_white: one(2, "join count WW")?,
    })
}

/// Moments of BB, BW and WW.
///
/// The square of a sum over pairs is a sum over pairs of pairs: the same one (S1), two that share a territory (S2 − 2 S1)
/// and two that share none (S0² + S1 − S2), each with the probability that both are of the kind.
fn moments(pairs: &Pairs, n: f64, blacks: f64) -> [Moments; 3] {
    let whites = n - blacks;
    // count (count − 1) … over n (n − 1) …, `times` factors.
    let drawn = |count: f64, times: u8| {
        (0..times)
            .map(f64::from)
            .map(|less| (count - less) / (n - less))
            .product::<f64>()
    };
    let alike = |count: f64| [drawn(count, 2), drawn(count, 3), drawn(count, 4)];
    let unlike = {
        let one = blacks * whites / (n * (n - 1.0));
        let both = one * (blacks - 1.0) * (whites - 1.0) / ((n - 2.0) * (n - 3.0));
        [2.0 * one, one, 4.0 * both]
    };
    [alike(blacks), unlike, alike(whites)].map(|[same, sharing, apart]| {
        let Pairs { s0, s1, s2, .. } = *pairs;
        let expected = s0 * same / 2.0;
        let square = s1 * same + (s2 - 2.0 * s1) * sharing + (s0 * s0 + s1 - s2) * apart;
        Moments {
            expected,
            variance: (n > 3.0).then_some(square / 4.0 - expected * expected),
            variance_normality: None,
        }
    })
}
