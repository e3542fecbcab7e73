//! How far a feature is felt: given, or from the spread of the features (H2).

use super::kernel::Kernel;
use super::likelihood::likeliest_m;
use super::site::Site;

/// Bandwidth where a rule finds none, in metres: fewer than two features, or all in one place.
const FALLBACK_M: f64 = 500.0;

/// Bandwidths are bounded to these, in metres, so that their squares stay numbers.
const LEAST_M: f64 = 1e-3;
const MOST_M: f64 = 1e7;

/// Radius of the bumps, or the rule that finds it. For the Gaussian the radius is its standard deviation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bandwidth {
    /// Metres.
    Fixed(f64),
    /// σ · n^(−1/6), with σ the root of the mean of the two axes' sample variances. Source: Scott, "Multivariate density
    /// estimation" (1992), eq. 6.42.
    Scott,
    /// Silverman's rule, σ · (4 / ((d + 2) n))^(1 / (d + 4)): in two dimensions Scott's. Source: Silverman, "Density
    /// estimation" (1986), eq. 4.14.
    Silverman,
    /// The bandwidth under which each feature is likeliest seen from the others.
    CrossValidated,
    /// A bandwidth for each feature, small where features are dense: that of the rule for all, times
    /// (density there / geometric mean of the densities)^(−1/2), from `least` to `most`. Source: Abramson, "On bandwidth
    /// variation in kernel estimates" (Annals of Statistics 10, 1982).
    Adaptive {
        /// The bandwidth that is varied, in metres; Scott's rule without.
        pilot_m: Option<f64>,
        /// Least factor.
        least: f64,
        /// Largest factor.
        most: f64,
    },
}

impl Bandwidth {
    /// The adaptive bandwidth with factors from a quarter to four.
    pub const ADAPTIVE: Self = Self::Adaptive {
        pilot_m: None,
        least: 0.25,
        most: 4.0,
    };

    /// The bandwidth in metres that all features start from; 500 m where there is nothing to find it from.
    pub(super) fn common_m(self, kernel: Kernel, sites: &[Site]) -> f64 {
        let found = match self {
            Self::Fixed(bandwidth_m) => Some(bandwidth_m),
            Self::Adaptive {
                pilot_m: Some(pilot_m),
                ..
            } => Some(pilot_m),
            Self::Scott | Self::Silverman | Self::Adaptive { pilot_m: None, .. } => scott_m(sites),
            Self::CrossValidated => likeliest_m(kernel, sites),
        };
        found
            .filter(|found| found.is_finite() && *found > 0.0)
            .map_or(FALLBACK_M, |found| found.clamp(LEAST_M, MOST_M))
    }
}

/// Scott's rule; `None` for fewer than two features or features that all coincide.
pub(super) fn scott_m(sites: &[Site]) -> Option<f64> {
    if sites.len() < 2 {
        return None;
    }
    let count = sites.len() as f64;
    let variance = |axis: &dyn Fn(&Site) -> f64| {
        let mean = sites.iter().map(axis).sum::<f64>() / count;
        sites
            .iter()
            .map(|site| (axis(site) - mean).powi(2))
            .sum::<f64>()
            / (count - 1.0)
    };
    let both = f64::midpoint(variance(&|site| site.x_m), variance(&|site| site.y_m));
    (both > 0.0).then(|| both.sqrt() * count.powf(-1.0 / 6.0))
}
