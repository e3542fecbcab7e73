//! Radial kernels that integrate to one over the plane (H1).

use std::f64::consts::PI;

/// Shape of the bump that a point spreads; `u` is the distance in bandwidths.
///
/// Source: Silverman, "Density estimation" (1986), the two-dimensional forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    /// 1 / πh² up to the bandwidth.
    Uniform,
    /// 3 / πh² · (1 − u).
    Triangular,
    /// 2 / πh² · (1 − u²).
    Epanechnikov,
    /// 3 / πh² · (1 − u²)²: QGIS' and ArcGIS' default.
    Quartic,
    /// 4 / πh² · (1 − u²)³.
    Triweight,
    /// 1 / 2πh² · exp(−u² / 2), cut at six bandwidths where it has fallen to 1.5e-8 of its top.
    Gaussian,
}

/// The Gaussian is cut at this many bandwidths.
pub(super) const GAUSSIAN_CUT: f64 = 6.0;
/// Within so many bandwidths features of a Gaussian are counted for privacy: 86 % of it, and fewer than up to its cut.
const GAUSSIAN_COUNT: f64 = 2.0;

impl Kernel {
    /// Every kernel.
    pub const ALL: [Self; 6] = [
        Self::Uniform,
        Self::Triangular,
        Self::Epanechnikov,
        Self::Quartic,
        Self::Triweight,
        Self::Gaussian,
    ];

    /// Name in the project file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::Triangular => "triangular",
            Self::Epanechnikov => "epanechnikov",
            Self::Quartic => "quartic",
            Self::Triweight => "triweight",
            Self::Gaussian => "gaussian",
        }
    }

    /// How far a point is felt, in metres.
    pub fn reach_m(self, bandwidth_m: f64) -> f64 {
        match self {
            Self::Gaussian => GAUSSIAN_CUT * bandwidth_m,
            _ => bandwidth_m,
        }
    }

    /// How near a feature must stand to be counted as one that a value rests on, in metres: its reach, of the Gaussian
    /// two bandwidths.
    pub fn count_reach_m(self, bandwidth_m: f64) -> f64 {
        match self {
            Self::Gaussian => GAUSSIAN_COUNT * bandwidth_m,
            _ => bandwidth_m,
        }
    }

    /// Variance along one axis, in bandwidths².
    pub(super) fn variance(self) -> f64 {
        match self {
            Self::Uniform => 1.0 / 4.0,
            Self::Triangular => 3.0 / 20.0,
            Self::Epanechnikov => 1.0 / 6.0,
            Self::Quartic => 1.0 / 8.0,
            Self::Triweight => 1.0 / 10.0,
            Self::Gaussian => 1.0,
        }
    }

    /// The value at the point itself, times the bandwidth².
    pub(super) fn top(self) -> f64 {
        match self {
            Self::Uniform => 1.0 / PI,
            Self::Triangular | Self::Quartic => 3.0 / PI,
            Self::Epanechnikov => 2.0 / PI,
            Self::Triweight => 4.0 / PI,
            Self::Gaussian => 0.5 / PI,
        }
    }

    /// The share of the top that is left at a squared distance in reaches, from 1 at the point on; up to 1 at the rim.
    #[inline]
    pub(super) fn share(self, squared: f64) -> f64 {
        let rest = 1.0 - squared;
        match self {
            Self::Uniform => 1.0,
            Self::Triangular => 1.0 - squared.sqrt(),
            Self::Epanechnikov => rest,
            Self::Quartic => rest * rest,
            Self::Triweight => rest * rest * rest,
            Self::Gaussian => (-GAUSSIAN_CUT * GAUSSIAN_CUT / 2.0 * squared).exp(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kernel_integrates_to_one_with_its_variance() {
        for kernel in Kernel::ALL {
            let step = 1e-4;
            let ring = |i: u32| {
                let u = (f64::from(i) + 0.5) * step;
                let squared = (u / kernel.reach_m(1.0)).powi(2);
                let share = if squared <= 1.0 {
                    kernel.share(squared)
                } else {
                    0.0
                };
                kernel.top() * share * 2.0 * PI * u * step
            };
            let total: f64 = (0..61_000).map(ring).sum();
            assert!((total - 1.0).abs() < 1e-6, "{kernel:?}: {total}");
            let squares = (0..61_000).map(|i| ring(i) * ((f64::from(i) + 0.5) * step).powi(2));
            let variance = squares.sum::<f64>() / 2.0;
            let stated = kernel.variance();
            assert!(
                (variance / stated - 1.0).abs() < 1e-5,
                "{kernel:?}: {variance}"
            );
        }
    }
}
