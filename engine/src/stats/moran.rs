//! Moran's I: whether neighbours have similar values.

use super::eb::standardised_rates;
use super::global::{Global, Moments, Pairs, method, powers};
use super::inference::{Inference, Tails};
use super::permute::permuted;
use super::sample::{Sample, centred, constant, finite};
use super::weights::Weights;

/// Differences below this share of a statistic's scale are rounding.
pub(super) const TIE: f64 = 1e-10;

/// Moran's I of the values by row: `(n / S0) Σ w_ij z_i z_j / Σ z²`.
///
/// About +1 where neighbours are alike, about 0 (−1 / (n − 1)) where chance deals, negative where they differ. `None` where
/// fewer than two territories with neighbours have a value, or all have the same. Expected value and variances: Cliff &
/// Ord (1981). Cost O(links) for each permutation, on all threads.
pub fn moran(values: &[Option<f64>], weights: &Weights, inference: &Inference) -> Option<Global> {
    let (sample, values) = Sample::of_values(weights, values);
    univariate("Moran's I", &sample, &values, weights, inference)
}

/// Moran's I of rates that rest on different numbers of people, standardised so that small territories do not pass
/// their noise for a pattern.
///
/// z = (rate − mean rate) / √(variance of the rate), with the variance of the Empirical-Bayes model. Rows without events
/// or with a base that is not positive are left out. Source: Assunção & Reis (1999).
pub fn moran_rates(
    events: &[Option<f64>],
    base: &[Option<f64>],
    weights: &Weights,
    inference: &Inference,
) -> Option<Global> {
    let rates = standardised_rates(events, base);
    let (sample, values) = Sample::of_values(weights, &rates);
    let name = "Moran's I of Empirical-Bayes standardised rates (Assunção & Reis)";
    univariate(name, &sample, &values, weights, inference)
}

fn univariate(
    name: &'static str,
    sample: &Sample,
    values: &[f64],
    weights: &Weights,
    inference: &Inference,
) -> Option<Global> {
    if constant(values) {
        return None;
    }
    let z = centred(values);
    let pairs = Pairs::new(sample, weights.transform());
    let [_, squares, _, fourths] = powers(&z);
    let scale = z.len() as f64 / pairs.s0 / squares;
    let observed = scale * pairs.cross(&z);
    let simulated = permuted(&z, inference.permutations, |z| scale * pairs.cross(z));
    let tails = (!simulated.is_empty()).then(|| Tails::count(observed, &simulated, TIE));
    let moments = moments(z.len() as f64, &pairs, squares, fourths);
    let method = method(name, weights, sample.transform(), sample, inference);
    Global::new(observed, &moments, tails, links(sample), method)
}

pub(super) fn links(sample: &Sample) -> usize {
    sample.lists().members().len()
}

/// Cliff & Ord (1981), p. 44: E(I), its variance under randomisation and under normality.
fn moments(n: f64, pairs: &Pairs, squares: f64, fourths: f64) -> Moments {
    let Pairs { s0, s1, s2, .. } = *pairs;
    let expected = -1.0 / (n - 1.0);
    let kurtosis = n * fourths / (squares * squares);
    let normal = (n * n * s1 - n * s2 + 3.0 * s0 * s0) / ((n - 1.0) * (n + 1.0) * s0 * s0);
    let spread = n * ((n * n - 3.0 * n + 3.0) * s1 - n * s2 + 3.0 * s0 * s0)
        - kurtosis * ((n * n - n) * s1 - 2.0 * n * s2 + 6.0 * s0 * s0);
    let randomised = spread / ((n - 1.0) * (n - 2.0) * (n - 3.0) * s0 * s0);
    Moments {
        expected,
        variance: (n > 3.0).then_some(randomised - expected * expected),
        variance_normality: Some(normal - expected * expected),
    }
}

/// Bivariate Moran's I: whether `x` of a territory goes with `y` of its neighbours.
///
/// `(n / S0) Σ w_ij x_i y_j / √(Σ x² Σ y²)` with centred values: what `GeoDa` and `esda` show with row-standardised weights.
/// Permutations deal out `y`, for which the expected value is 0 and the variance exact. It is no cause: `x` and `y` of one
/// place that go together give it too. `None` as for [`moran`], for either variable.
pub fn moran_bivariate(
    x: &[Option<f64>],
    y: &[Option<f64>],
    weights: &Weights,
    inference: &Inference,
) -> Option<Global> {
    let both = |row: usize| finite(x, row).zip(finite(y, row));
    let sample = Sample::new(weights, |row| both(row).is_some());
    let (x, y): (Vec<f64>, Vec<f64>) = sample.gather(both).into_iter().unzip();
    if constant(&x) || constant(&y) {
        return None;
    }
    let (x, y) = (centred(&x), centred(&y));
    // The weights are summed at the territories whose y is dealt out: W'x.
    let mut pull = vec![0.0; sample.len()];
    let mut s0 = 0.0;
    for (unit, &x) in x.iter().enumerate() {
        let weight = sample.weight(unit);
        for &other in sample.neighbours(unit) {
            pull[other as usize] += weight * x;
            s0 += weight;
        }
    }
    let n = x.len() as f64;
    let [[_, x_squares, ..], [_, y_squares, ..]] = [powers(&x), powers(&y)];
    let scale = n / s0 / (x_squares * y_squares).sqrt();
    let of = |y: &[f64]| scale * pull.iter().zip(y).map(|(pull, y)| pull * y).sum::<f64>();
    let simulated = permuted(&y, inference.permutations, of);
    let tails = (!simulated.is_empty()).then(|| Tails::count(of(&y), &simulated, TIE));
    let [_, pull_squares, ..] = powers(&centred(&pull));
    let moments = Moments {
        expected: 0.0,
        variance: Some(scale * scale * pull_squares * y_squares / (n - 1.0)),
        variance_normality: None,
    };
    let name = "bivariate Moran's I";
    let method = method(name, weights, sample.transform(), &sample, inference);
    Global::new(of(&y), &moments, tails, links(&sample), method)
}
