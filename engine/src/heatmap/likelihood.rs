//! The bandwidth under which each feature is likeliest seen from the others.

use rayon::prelude::*;

use super::bandwidth::scott_m;
use super::kernel::Kernel;
use super::site::Site;

/// Features that are compared with each other, at most: taken at equal steps in the layer's order.
pub(super) const SAMPLE_MAX: usize = 1000;
/// The range that is searched, in bandwidths of Scott's rule.
const RANGE: (f64, f64) = (1.0 / 32.0, 4.0);
/// Bandwidths that are tried at equal ratios over the range, before the best is refined between its neighbours.
const TRIALS: u32 = 29;
/// The logarithm of the bandwidth is found to within this.
const PRECISION: f64 = 1e-4;

/// The bandwidth in metres of the largest leave-one-out likelihood; `None` for fewer than two places.
///
/// The likelihood is that of a Gaussian, whose density is nowhere zero; other kernels get the bandwidth of the same
/// variance. What stands in the same place as the feature is left out with it: else several demands at one address would
/// make a bandwidth of zero the likeliest. Searched from 1/32 to 4 of Scott's rule. Of more than 1,000 features so many
/// are compared, and the bandwidth scaled by the sixth root of the ratio, as it falls with the number of features.
/// Cost O(sample² × 50).
///
/// Source: Habbema, Hermans & van den Broek (1974) and Duin (1976), in Silverman, "Density estimation" (1986), § 3.4.4.
pub(super) fn likeliest_m(kernel: Kernel, sites: &[Site]) -> Option<f64> {
    let sample = sample(sites);
    let middle = scott_m(&sample)?;
    let score = |logarithm: f64| likelihood(&sample, logarithm.exp());
    let (low, high) = ((middle * RANGE.0).ln(), (middle * RANGE.1).ln());
    let step = (high - low) / f64::from(TRIALS - 1);
    let trials = (0..TRIALS).map(|trial| low + f64::from(trial) * step);
    let worst = (low, f64::NEG_INFINITY);
    let (best, _) =
        trials.map(|at| (at, score(at))).fold(
            worst,
            |best, trial| {
                if trial.1 > best.1 { trial } else { best }
            },
        );
    let found = golden_section((best - step).max(low), (best + step).min(high), score).exp();
    let thinned = (sample.len() as f64 / sites.len() as f64).powf(1.0 / 6.0);
    Some(found * thinned / kernel.variance().sqrt())
}

fn sample(sites: &[Site]) -> Vec<Site> {
    let count = sites.len().min(SAMPLE_MAX);
    (0..count)
        .map(|number| sites[number * sites.len() / count])
        .collect()
}

/// Σ wᵢ ln f₋ᵢ(xᵢ), but for a number that does not depend on the bandwidth.
fn likelihood(sites: &[Site], bandwidth_m: f64) -> f64 {
    let scale = -0.5 / (bandwidth_m * bandwidth_m);
    let logarithm = |site: &Site| {
        let seen = |other: &Site| {
            let (dx, dy) = (other.x_m - site.x_m, other.y_m - site.y_m);
            let squared = dx * dx + dy * dy;
            if squared > 0.0 {
                other.weight * (squared * scale).exp()
            } else {
                0.0
            }
        };
        let density: f64 = sites.iter().map(seen).sum();
        site.weight * (density.max(f64::MIN_POSITIVE).ln() - 2.0 * bandwidth_m.ln())
    };
    let logarithms: Vec<f64> = sites.par_iter().map(logarithm).collect();
    logarithms.iter().sum()
}

/// Where a function with one peak between `low` and `high` is largest. Source: Kiefer, "Sequential minimax search" (1953).
fn golden_section(mut low: f64, mut high: f64, function: impl Fn(f64) -> f64) -> f64 {
    let ratio = (5.0_f64.sqrt() - 1.0) / 2.0;
    let (mut left, mut right) = (high - ratio * (high - low), low + ratio * (high - low));
    let (mut at_left, mut at_right) = (function(left), function(right));
    while high - low > PRECISION {
        if at_left < at_right {
            (low, left, at_left) = (left, right, at_right);
            right = low + ratio * (high - low);
            at_right = function(right);
        } else {
            (high, right, at_right) = (right, left, at_left);
            left = high - ratio * (high - low);
            at_left = function(left);
        }
    }
    f64::midpoint(low, high)
}
