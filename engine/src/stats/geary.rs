//! Geary's C: how much neighbours differ.

use super::global::{Global, Moments, Pairs, method, powers};
use super::inference::{Inference, Tails};
use super::moran::{TIE, links};
use super::permute::permuted;
use super::sample::{Sample, centred, constant};
use super::weights::Weights;

/// Geary's C of the values by row: `(n − 1) Σ w_ij (x_i − x_j)² / (2 S0 Σ z²)`.
///
/// 1 where chance deals, below where neighbours are alike, above where they differ; more sensitive to single differences
/// than Moran's I. `None` where fewer than two territories with neighbours have a value, or all have the same. Variances:
/// Cliff & Ord (1981). Cost O(links) for each permutation, on all threads.
pub fn geary(values: &[Option<f64>], weights: &Weights, inference: &Inference) -> Option<Global> {
    let (sample, values) = Sample::of_values(weights, values);
    if constant(&values) {
        return None;
    }
    let z = centred(&values);
    let pairs = Pairs::new(&sample, weights.transform());
    let n = z.len() as f64;
    let [_, squares, _, fourths] = powers(&z);
    let scale = (n - 1.0) / (2.0 * pairs.s0 * squares);
    // Σ w (x_i − x_j)² without the differences: the squares with their row and column sums, less twice the products.
    let of = |z: &[f64]| scale * (pairs.marginal(z.iter().map(|z| z * z)) - 2.0 * pairs.cross(z));
    let simulated = permuted(&z, inference.permutations, of);
    let tails = (!simulated.is_empty()).then(|| Tails::count(of(&z), &simulated, TIE));
    let moments = moments(n, &pairs, n * fourths / (squares * squares));
    let method = method("Geary's C", weights, sample.transform(), &sample, inference);
    Global::new(of(&z), &moments, tails, links(&sample), method)
}

/// Cliff & Ord (1981), p. 45.
fn moments(n: f64, pairs: &Pairs, kurtosis: f64) -> Moments {
    let Pairs { s0, s1, s2, .. } = *pairs;
    let normal = ((2.0 * s1 + s2) * (n - 1.0) - 4.0 * s0 * s0) / (2.0 * (n + 1.0) * s0 * s0);
    let of_s1 = (n - 1.0) * s1 * (n * n - 3.0 * n + 3.0 - (n - 1.0) * kurtosis);
    let of_s2 = (n - 1.0) * s2 * (n * n + 3.0 * n - 6.0 - (n * n - n + 2.0) * kurtosis) / 4.0;
    let of_s0 = s0 * s0 * (n * n - 3.0 - (n - 1.0) * (n - 1.0) * kurtosis);
    let randomised = (of_s1 - of_s2 + of_s0) / (n * (n - 2.0) * (n - 3.0) * s0 * s0);
    Moments {
        expected: 1.0,
        variance: (n > 3.0).then_some(randomised),
        variance_normality: Some(normal),
    }
}
