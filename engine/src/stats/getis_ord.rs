//! Getis-Ord General G: whether high values stand together, or low ones.

use super::global::{Global, Moments, Pairs, method, powers};
use super::inference::{Inference, Tails};
use super::moran::{TIE, links};
use super::permute::permuted;
use super::sample::{Sample, constant};
use super::weights::{Transform, Weights};

/// Getis-Ord General G of the values by row: `Σ w_ij x_i x_j / Σ x_i x_j` over i ≠ j, with binary weights whatever the
/// transform.
///
/// Above its expected value where high values stand together, below where low ones do. The values should be positive: `None`
/// where the sum of their products is not, as for fewer than two territories or equal values. Moments: Getis & Ord (1992).
pub fn getis_ord(
    values: &[Option<f64>],
    weights: &Weights,
    inference: &Inference,
) -> Option<Global> {
    let (sample, values) = Sample::of_values(weights, values);
    if constant(&values) {
        return None;
    }
    let pairs = Pairs::new(&sample, Transform::Binary);
    let sums = powers(&values);
    let products = sums[0] * sums[0] - sums[1];
    if products <= 0.0 {
        return None;
    }
    let observed = pairs.cross(&values) / products;
    let simulated = permuted(&values, inference.permutations, |x| {
        pairs.cross(x) / products
    });
    let tolerance = TIE * observed.abs();
    let tails = (!simulated.is_empty()).then(|| Tails::count(observed, &simulated, tolerance));
    let moments = moments(values.len() as f64, &pairs, sums);
    let name = "Getis-Ord General G";
    let method = method(name, weights, Transform::Binary, &sample, inference);
    Global::new(observed, &moments, tails, links(&sample), method)
}

/// Getis & Ord (1992), equations 5 to 8: under randomisation.
fn moments(n: f64, pairs: &Pairs, [m1, m2, m3, m4]: [f64; 4]) -> Moments {
    let Pairs { s0, s1, s2, .. } = *pairs;
    let expected = s0 / (n * (n - 1.0));
    let b0 = (n * n - 3.0 * n + 3.0) * s1 - n * s2 + 3.0 * s0 * s0;
    let b1 = -((n * n - n) * s1 - 2.0 * n * s2 + 6.0 * s0 * s0);
    let b2 = -(2.0 * n * s1 - (n + 3.0) * s2 + 6.0 * s0 * s0);
    let b3 = 4.0 * (n - 1.0) * s1 - 2.0 * (n + 1.0) * s2 + 8.0 * s0 * s0;
    let b4 = s1 - s2 + s0 * s0;
    let squared =
        b0 * m2 * m2 + b1 * m4 + b2 * m1 * m1 * m2 + b3 * m1 * m3 + b4 * m1 * m1 * m1 * m1;
    let products = m1 * m1 - m2;
    let mean_square = squared / (products * products * n * (n - 1.0) * (n - 2.0) * (n - 3.0));
    Moments {
        expected,
        variance: (n > 3.0).then_some(mean_square - expected * expected),
        variance_normality: None,
    }
}
