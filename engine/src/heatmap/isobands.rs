//! Isobands: the areas between consecutive levels of a grid, as polygons with holes.
//!
//! Marching squares on the lattice of cell centres. A band is half-open, `low ≤ value < high`, so the bands of ascending
//! levels cover everything from the lowest level on, once. What is decided, and where:
//!
//! - *Interpolation*: linear along the edges of the lattice. Each crossing is computed once, so neighbouring bands share
//!   their contour bit for bit.
//! - *Saddle*: a square whose opposite corners stand on one side is joined through its middle where the mean of the four
//!   corners does.
//! - *Border*: a square with a corner that is no finite number is outside, as is everything beyond the outermost centres.
//!   Bands are closed along that border, where neighbours share it.
//! - *Ties*: where contours meet in a corner of the lattice, stretches that are walked both ways cancel, and the rest is
//!   linked by the sharpest left turn. So every ring is simple, rings of one polygon touch in single points at most, and
//!   its interior is connected: valid by OGC Simple Features (06-103r4, 6.1.11.1).
//!
//! Source: Lorensen & Cline, "Marching cubes" (1987), in the plane; the saddle rule is that of `contourpy` and GDAL.

#[cfg(test)]
mod golden;
mod lattice;
mod nodes;
mod polygons;
mod scan;
mod sweep;
#[cfg(test)]
mod tests;
mod walks;

use geo_types::{Coord, MultiPolygon};
use thiserror::Error;

use super::Grid;
pub(super) use lattice::Lattice;

/// Most levels of one call.
pub const MAX_LEVELS: usize = 64;

/// Most places where levels cross edges of the lattice: 400 MB while they are linked.
pub const MAX_CROSSINGS: usize = 1 << 23;

/// Where a grid has values from `low` on and below `high`.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    /// The least value inside.
    pub low: f64,
    /// What all values inside stay below; `None` for the band above the highest level.
    pub high: Option<f64>,
    /// Exteriors run against the clock, interiors with it, in metres; empty where the grid has no such values.
    pub polygons: MultiPolygon<f64>,
}

/// Why there are no isobands.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum IsobandError {
    /// Levels that do not ascend or are no finite numbers.
    #[error("levels must be finite numbers that ascend")]
    Levels,
    /// No level, or more than [`MAX_LEVELS`].
    #[error("{0} levels; there must be 1 to {MAX_LEVELS}")]
    LevelCount(usize),
    /// The number of values is not columns × rows.
    #[error("{values} values are not a grid of {columns} × {rows}")]
    Shape {
        /// Values that were given.
        values: usize,
        /// Columns of the grid.
        columns: usize,
        /// Rows of the grid.
        rows: usize,
    },
    /// More than [`MAX_CROSSINGS`] crossings.
    #[error(
        "levels cross the grid {0} times, {MAX_CROSSINGS} are allowed: choose fewer levels or a smoother surface"
    )]
    TooDetailed(u64),
}

/// The bands of a grid above each of the ascending `levels`, from the lowest to the open one above the highest.
///
/// Values of the grid hold at the centres of its cells; what lies between is interpolated, what lies outside of the
/// outermost centres is not covered. The areas of all bands add up to the area above the lowest level.
///
/// # Errors
/// When the levels are not 1 to [`MAX_LEVELS`] finite numbers that ascend, the grid's shape does not fit its values, or
/// there are more than [`MAX_CROSSINGS`] crossings.
///
/// Cost O(cells + crossings): one pass, then each contour once for either side.
pub fn isobands(grid: &Grid, levels: &[f64]) -> Result<Vec<Band>, IsobandError> {
    let lattice = Lattice::new(grid.columns, grid.rows, &grid.values, levels)?;
    let metre = |cells: f64, from_m: f64| from_m + (cells + 0.5) * grid.cell_m;
    let place = |[x, y]: [f64; 2]| Coord {
        x: metre(x, grid.min_x_m),
        y: metre(y, grid.min_y_m),
    };
    Ok(trace(&lattice, place))
}

/// The bands of a lattice, each vertex put where `place` says; there x and y must grow with columns and rows.
pub(super) fn trace(lattice: &Lattice<'_>, place: impl Fn([f64; 2]) -> Coord<f64>) -> Vec<Band> {
    let (nodes, segments) = sweep::sweep(lattice);
    let mut links = walks::Links::new(&nodes);
    let band = |(number, &low): (usize, &f64)| {
        let walks = links.walk(segments.around(number));
        let polygons = polygons::assemble(&nodes, &links, &walks, &place);
        links.clear(segments.around(number));
        Band {
            low,
            high: lattice.levels.get(number + 1).copied(),
            polygons,
        }
    };
    lattice.levels.iter().enumerate().map(band).collect()
}
