//! Spatial weights and spatial statistics of the territories of a level.
//!
//! [`Weights`] say who is whose neighbour. On them stand global statistics ([`moran`], [`geary`], [`getis_ord`],
//! [`join_counts`]), which are one number for the whole level, local ones ([`local_moran`], [`local_geary`],
//! [`local_getis_ord`]), which are one row per territory, and smoothed rates ([`eb_rates`]). Values are `Option<f64>`
//! by row: territories without a value, and islands without neighbours, are left out with their links, keep their row in
//! the answer and are counted there. Random numbers depend on the seed alone, not on the number of threads.

mod anchors;
mod conditional;
mod contiguity;
mod eb;
mod emerging;
mod geary;
mod getis_ord;
mod global;
mod inference;
mod join_counts;
mod local;
mod local_geary;
mod local_getis_ord;
mod local_moran;
mod moran;
mod normal;
mod permute;
mod random;
mod sample;
mod significance;
mod spec;
mod touch;
mod weights;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod tests;

pub use contiguity::TOLERANCE_M;
pub use eb::{EbRates, eb_rates, eb_rates_local, excess_risk};
pub use emerging::{
    ENOUGH_PERIODS, Emerging, EmergingClass, EmergingError, EmergingHotSpots, EmergingOptions,
    MAX_PERIODS, MIN_PERIODS, MannKendall, Pattern, Reference, Spot, Spots, emerging, mann_kendall,
};
pub use geary::geary;
pub use getis_ord::getis_ord;
pub use global::{Global, LeftOut};
pub use inference::{
    Correction, Inference, MAX_PERMUTATIONS, Method, Permutations, Tail, TooManyPermutations,
};
pub use join_counts::{JoinCounts, join_counts};
pub use local::{Cluster, Local, LocalRow, Quadrant};
pub use local_geary::local_geary;
pub use local_getis_ord::{Focal, local_getis_ord};
pub use local_moran::local_moran;
pub use moran::{moran, moran_bivariate, moran_rates};
pub use significance::{Corrections, fdr_cutoff};
pub use spec::{MAX_NEAREST, WeightsError, WeightsSpec};
pub use weights::{MAX_LINKS, Transform, Weights};
