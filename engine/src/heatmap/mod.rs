//! Heat maps: the density of weighted points per km², computed exactly in the metric CRS.

mod bandwidth;
mod density;
mod isobands;
mod kernel;
mod levels;
mod tile;

use std::sync::{Arc, OnceLock};

use crate::indicator::{Measure, Swap};
use crate::layer::Layer;
use crate::space::{LonLat, Projection};
use crate::tile::TileCoord;
use crate::title::Title;

pub use bandwidth::scott_m;
pub use density::{Grid, GridError, MAX_GRID_CELLS};
pub use isobands::{Band, IsobandError, MAX_CROSSINGS, MAX_LEVELS, isobands};
pub use kernel::Kernel;
pub use levels::{round_levels, round_step};

use density::{Points, WeightedPoint};

/// How many features are asked for the top of the colour scale.
const PEAK_SAMPLES_MAX: usize = 20_000;

/// A density surface over the features of a layer.
#[derive(Debug)]
pub struct Heatmap {
    /// Id in the project file and in URLs.
    pub id: String,
    /// Title for people.
    pub title: Title,
    /// Shape of the bump that each feature spreads.
    pub kernel: Kernel,
    /// Radius of the bump in metres (standard deviation of the Gaussian).
    pub bandwidth_m: f64,
    /// The radius that the project asks for; without one it follows from the points.
    asked_m: Option<f64>,
    of: Measure,
    points: Points,
    peak: OnceLock<f64>,
}

impl Heatmap {
    /// Prepares the surface over the anchors of the measured features, each with its weight (1 without a column).
    ///
    /// `bandwidth_m` must be positive; without one it is Scott's rule ([`scott_m`]).
    pub fn new(
        id: String,
        title: Title,
        of: Measure,
        kernel: Kernel,
        bandwidth_m: Option<f64>,
    ) -> Self {
        let points = select(&of, &|_| true);
        let asked_m = bandwidth_m;
        let bandwidth_m = asked_m.or_else(|| scott_m(&points)).unwrap_or(500.0);
        Self {
            id,
            title,
            kernel,
            bandwidth_m,
            asked_m,
            of,
            points,
            peak: OnceLock::new(),
        }
    }

    /// The same surface over another edition of its layer.
    pub(crate) fn swapped(&self, swap: Swap<'_>) -> Self {
        let of = swap.measure(&self.of);
        Self::new(
            self.id.clone(),
            self.title.clone(),
            of,
            self.kernel,
            self.asked_m,
        )
    }

    /// The layer whose features are spread.
    pub fn layer(&self) -> &Arc<Layer> {
        &self.of.selection.layer
    }

    /// The density at the centres of square cells, per km².
    ///
    /// `bbox` is `[min_x, min_y, max_x, max_y]` in metres; without it the grid covers the points and a bandwidth around.
    ///
    /// # Errors
    /// When the cell or the box is not positive and finite, or the grid has more than [`MAX_GRID_CELLS`] cells.
    ///
    /// Cost O(rows × (points in the band of a bandwidth) × (cells in the chord)), on all threads.
    pub fn grid(&self, cell_m: f64, bbox: Option<[f64; 4]>) -> Result<Grid, GridError> {
        Grid::compute(&self.points, self.kernel, self.bandwidth_m, cell_m, bbox)
    }

    /// The density per km² at the centre of each pixel of a map tile of `size` × `size` pixels, row by row from the
    /// north-west, over the features that `select` keeps (by row). Empty where the tile has no density at all.
    ///
    /// Exact at the pixel's centre; so neighbouring tiles agree on their seam.
    pub fn tile(
        &self,
        projection: &dyn Projection,
        coord: TileCoord,
        size: usize,
        select_row: Option<&dyn Fn(usize) -> bool>,
    ) -> Vec<f32> {
        match select_row {
            None => tile::render(
                &self.points,
                self.kernel,
                self.bandwidth_m,
                projection,
                coord,
                size,
            ),
            Some(keep) => tile::render(
                &select(&self.of, keep),
                self.kernel,
                self.bandwidth_m,
                projection,
                coord,
                size,
            ),
        }
    }

    /// The largest density per km² at a feature, looked for at up to 20,000 of them spread evenly: the top of the
    /// colour scale. Computed once. Between features it can be a little higher.
    pub fn peak(&self) -> f64 {
        *self.peak.get_or_init(|| {
            self.points
                .largest_density(self.kernel, self.bandwidth_m, PEAK_SAMPLES_MAX)
        })
    }

    /// West, south, east, north in degrees of everything that can have a density.
    pub fn bounds(&self, projection: &dyn Projection) -> Option<[f64; 4]> {
        let [min_x, min_y, max_x, max_y] = self
            .points
            .extent_with(self.kernel.reach_m(self.bandwidth_m))?;
        let corners = [
            (min_x, min_y),
            (max_x, min_y),
            (max_x, max_y),
            (min_x, max_y),
        ];
        let degrees = projection.to_lonlat(&corners.map(|(x_m, y_m)| crate::Metric { x_m, y_m }));
        let grow = |all: [f64; 4], at: &LonLat| {
            [
                all[0].min(at.lon),
                all[1].min(at.lat),
                all[2].max(at.lon),
                all[3].max(at.lat),
            ]
        };
        let first = degrees[0];
        Some(
            degrees
                .iter()
                .fold([first.lon, first.lat, first.lon, first.lat], grow),
        )
    }
}

/// The anchors and weights of the measured features that `keep` keeps.
fn select(of: &Measure, keep: &dyn Fn(usize) -> bool) -> Points {
    let rows = (0..of.selection.len())
        .map(|position| of.selection.row(position))
        .filter(|&row| keep(row));
    let point = |row: usize| {
        let at = of.selection.layer.anchor(row);
        let weight = of.weight_of(row).filter(|weight| *weight > 0.0)?;
        (at.x_m.is_finite() && at.y_m.is_finite()).then_some(WeightedPoint {
            x_m: at.x_m,
            y_m: at.y_m,
            weight,
        })
    };
    Points::new(rows.filter_map(point).collect())
}
