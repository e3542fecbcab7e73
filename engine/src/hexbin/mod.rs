//! Features binned into hexagons: counts, sums and rates per cell, for display.
//!
//! Two kinds: the cells of H3 ([`h3_cells`]), the same everywhere on earth at one of 16 sizes, and hexagons of equal area
//! in the metric CRS ([`hexagons`]) of any size. Every feature falls into exactly one cell, so counts and sums add up to
//! those of all features. Hexagons are no administrative territories: they cut across borders, and those of H3 do not
//! contain each other.

#[cfg(test)]
mod golden;
mod group;
mod h3;
mod planar;
mod tile;
mod totals;

use thiserror::Error;

pub use h3::{H3Cell, h3_cells, h3_resolution};
pub use planar::{Hexagon, MAX_SIDE_M, MIN_SIDE_M, hexagons, side_of_area, side_of_zoom};
pub use tile::{h3_tile, hexagon_tile};
pub use totals::HexTotals;

/// Most cells of one answer.
pub const MAX_HEXAGONS: usize = 1 << 20;

/// What is added up in each cell.
#[derive(Clone, Copy, Debug)]
pub struct HexMeasure<'a> {
    /// A value per feature, to be summed; NaN where it is missing. Without, features are counted, each as one.
    pub values: Option<&'a [f64]>,
    /// What a rate divides by, per feature: inhabitants, households; NaN where it is missing. Without, there is no rate.
    pub weights: Option<&'a [f64]>,
    /// Rates are per so many: 1000 for "per thousand inhabitants".
    pub per: f64,
    /// Cells with fewer features tell nothing but that they have some. 0 and 1 hide nothing.
    pub least_features: usize,
}

impl Default for HexMeasure<'_> {
    /// Counts.
    fn default() -> Self {
        Self {
            values: None,
            weights: None,
            per: 1.0,
            least_features: 0,
        }
    }
}

impl HexMeasure<'_> {
    fn check(&self, features: usize) -> Result<(), HexError> {
        for list in [self.values, self.weights].into_iter().flatten() {
            if list.len() != features {
                return Err(HexError::Length {
                    features,
                    found: list.len(),
                });
            }
        }
        match self.per > 0.0 && self.per.is_finite() {
            true => Ok(()),
            false => Err(HexError::Per(self.per)),
        }
    }
}

/// The cells that have features, and what is not in them.
#[derive(Clone, Debug, PartialEq)]
pub struct Hexbin<C> {
    /// In the order of their ids.
    pub cells: Vec<C>,
    /// Features without a position in range.
    pub left_out: usize,
    /// Cells that tell nothing, for they have fewer features than [`HexMeasure::least_features`].
    pub suppressed: usize,
}

/// Why there are no hexagons.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
pub enum HexError {
    /// A resolution that H3 does not have.
    #[error("resolution {0}: H3 has 0 to 15")]
    Resolution(u8),
    /// A side beyond [`MIN_SIDE_M`] to [`MAX_SIDE_M`].
    #[error("hexagons with a side of {0} m: it must be {MIN_SIDE_M} to {MAX_SIDE_M}")]
    Side(f64),
    /// Values or weights that are not one per feature.
    #[error("{found} numbers for {features} features")]
    Length {
        /// How many features there are.
        features: usize,
        /// How many numbers were given.
        found: usize,
    },
    /// Rates per something that is not positive.
    #[error("rates per {0}: it must be positive")]
    Per(f64),
    /// More than [`MAX_HEXAGONS`] cells have features.
    #[error("more than {MAX_HEXAGONS} cells have features: choose larger ones")]
    TooMany,
}
