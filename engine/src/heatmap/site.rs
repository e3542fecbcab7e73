//! The features that spread, and the bumps that they become.

use super::bandwidth::Bandwidth;
use super::density::Spread;
use super::kernel::Kernel;
use super::pilot::densities_at;
use super::points::{Bump, Points};
use crate::indicator::Measure;
use crate::number::narrow;

/// A feature: where it stands, what it weighs, its row in the layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Site {
    pub(super) x_m: f64,
    pub(super) y_m: f64,
    pub(super) weight: f64,
    pub(super) row: u32,
}

/// The measured features that stand somewhere and weigh something.
pub(super) fn sites(of: &Measure) -> Vec<Site> {
    let site = |position: usize| {
        let row = of.selection.row(position);
        let at = of.selection.layer.anchor(row);
        let weight = of.weight_of(row).filter(|weight| *weight > 0.0)?;
        at.is_near().then_some(Site {
            x_m: at.x_m,
            y_m: at.y_m,
            weight,
            row: narrow(row),
        })
    };
    (0..of.selection.len()).filter_map(site).collect()
}

/// The bumps of features under a bandwidth, of which `common_m` is what all start from.
pub(super) fn spread(
    sites: &[Site],
    kernel: Kernel,
    bandwidth: Bandwidth,
    common_m: f64,
) -> Spread {
    let even = classes(sites, kernel, |_| common_m);
    match bandwidth {
        Bandwidth::Adaptive { least, most, .. } => {
            let densities = densities_at(sites, &even, common_m);
            let factors = factors(sites, &densities, least, most);
            classes(sites, kernel, |position| common_m * factors[position])
        }
        _ => even,
    }
}

/// Abramson's factors: (density there / geometric mean of the densities)^(−1/2).
///
/// In the mean a feature of weight three counts as three features.
fn factors(sites: &[Site], densities: &[f64], least: f64, most: f64) -> Vec<f64> {
    let logarithms: Vec<f64> = densities.iter().map(|density| density.ln()).collect();
    let weights: f64 = sites.iter().map(|site| site.weight).sum();
    let weighted = sites
        .iter()
        .zip(&logarithms)
        .map(|(site, log)| site.weight * log);
    let mean = weighted.sum::<f64>() / weights;
    let (least, most) = (
        bounded(least, FACTOR_MIN, 1.0),
        bounded(most, 1.0, 1.0 / FACTOR_MIN),
    );
    let factor = |log: f64| ((mean - log) / 2.0).exp().max(least).min(most);
    logarithms.into_iter().map(factor).collect()
}

/// A number within bounds; one where it is none.
fn bounded(value: f64, low: f64, high: f64) -> f64 {
    if value.is_nan() {
        1.0
    } else {
        value.clamp(low, high)
    }
}

/// Bandwidths vary by no more than this factor and its reciprocal.
const FACTOR_MIN: f64 = 1.0 / 64.0;

/// Bumps in classes of reaches that lie within a factor of two.
fn classes(sites: &[Site], kernel: Kernel, bandwidth_m: impl Fn(usize) -> f64) -> Spread {
    let mut classes: Vec<(f64, Vec<Bump>, Vec<u32>)> = vec![];
    for (position, site) in sites.iter().enumerate() {
        let bandwidth_m = bandwidth_m(position);
        let bump = Bump {
            x_m: site.x_m,
            y_m: site.y_m,
            top: site.weight * kernel.top() / (bandwidth_m * bandwidth_m) * 1e6,
            reach_m: kernel.reach_m(bandwidth_m),
        };
        let class = bandwidth_m.log2().floor();
        let place = classes.iter().position(|(other, ..)| *other == class);
        let place = place.unwrap_or_else(|| {
            classes.push((class, vec![], vec![]));
            classes.len() - 1
        });
        classes[place].1.push(bump);
        classes[place].2.push(site.row);
    }
    classes.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let points = classes
        .iter()
        .map(|(_, bumps, rows)| Points::new(bumps, rows));
    Spread {
        kernel,
        classes: points.collect(),
    }
}
