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
    /// 1 / 2πh² · exp(−u² / 2), cut at six bandwidths where it has fallen to 1.5e-8 of its top.
    Gaussian,
}

/// The Gaussian is cut at this many bandwidths.
const GAUSSIAN_CUT: f64 = 6.0;

impl Kernel {
    /// Every kernel.
    pub const ALL: [Self; 5] = [
        Self::Uniform,
        Self::Triangular,
        Self::Epanechnikov,
        Self::Quartic,
        Self::Gaussian,
    ];

    /// Name in the project file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::Triangular => "triangular",
            Self::Epanechnikov => "epanechnikov",
            Self::Quartic => "quartic",
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

    /// Density per bandwidth², for the squared distance in bandwidths; divide by h² for a density per m².
    pub(super) fn density(self, u_squared: f64) -> f64 {
        if u_squared > self.reach_m(1.0).powi(2) {
            return 0.0;
        }
        let rest = 1.0 - u_squared;
        match self {
            Self::Uniform => 1.0 / PI,
            Self::Triangular => 3.0 / PI * (1.0 - u_squared.sqrt()),
            Self::Epanechnikov => 2.0 / PI * rest,
            Self::Quartic => 3.0 / PI * rest * rest,
            Self::Gaussian => (-u_squared / 2.0).exp() / (2.0 * PI),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kernel_integrates_to_one() {
        for kernel in Kernel::ALL {
            let step = 1e-4;
            let ring = |i: u32| {
                let u = (f64::from(i) + 0.5) * step;
                kernel.density(u * u) * 2.0 * PI * u * step
            };
            let total: f64 = (0..61_000).map(ring).sum();
            assert!((total - 1.0).abs() < 1e-6, "{kernel:?}: {total}");
        }
    }
}
