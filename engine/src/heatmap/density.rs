//! The exact kernel sum on a grid of square cells.

use crate::number::whole;
use rayon::prelude::*;
use thiserror::Error;

use super::kernel::Kernel;

/// Largest grid that is computed: 64 million cells, 512 MB.
pub const MAX_GRID_CELLS: usize = 1 << 26;

/// A point and how much it counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct WeightedPoint {
    pub(super) x_m: f64,
    pub(super) y_m: f64,
    pub(super) weight: f64,
}

/// Points sorted from south to north, so that the points near a row are one range.
#[derive(Debug)]
pub struct Points(Vec<WeightedPoint>);

impl Points {
    pub(super) fn new(mut points: Vec<WeightedPoint>) -> Self {
        points.sort_by(|a, b| {
            a.y_m
                .total_cmp(&b.y_m)
                .then(a.x_m.total_cmp(&b.x_m))
                .then(a.weight.total_cmp(&b.weight))
        });
        Self(points)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn at(&self, position: usize) -> &WeightedPoint {
        &self.0[position]
    }

    /// The points with `low_m ≤ y ≤ high_m`.
    pub(super) fn band(&self, low_m: f64, high_m: f64) -> &[WeightedPoint] {
        let first = self.0.partition_point(|point| point.y_m < low_m);
        let end = self.0.partition_point(|point| point.y_m <= high_m);
        &self.0[first..end.max(first)]
    }

    /// The largest density per km² at one of at most `samples_max` points, taken at equal steps from south to north.
    pub(super) fn largest_density(
        &self,
        kernel: Kernel,
        bandwidth_m: f64,
        samples_max: usize,
    ) -> f64 {
        let step = self.0.len().div_ceil(samples_max.max(1)).max(1);
        let densities = self
            .0
            .par_iter()
            .step_by(step)
            .map(|point| self.density_at(kernel, bandwidth_m, point.x_m, point.y_m));
        densities.reduce(|| 0.0, f64::max)
    }

    /// The density per km² at a position.
    fn density_at(&self, kernel: Kernel, bandwidth_m: f64, x_m: f64, y_m: f64) -> f64 {
        let reach = kernel.reach_m(bandwidth_m);
        let squared = bandwidth_m * bandwidth_m;
        let spread = |point: &WeightedPoint| {
            let (dx, dy) = (point.x_m - x_m, point.y_m - y_m);
            point.weight * kernel.density((dx * dx + dy * dy) / squared) / squared * 1e6
        };
        self.band(y_m - reach, y_m + reach).iter().map(spread).sum()
    }

    /// The box around all points in metres.
    pub(super) fn extent(&self) -> Option<[f64; 4]> {
        let (first, last) = (self.0.first()?, self.0.last()?);
        let (west, east) = self
            .0
            .iter()
            .fold((first.x_m, first.x_m), |(west, east), point| {
                (west.min(point.x_m), east.max(point.x_m))
            });
        Some([west, first.y_m, east, last.y_m])
    }

    pub(super) fn extent_with(&self, margin_m: f64) -> Option<[f64; 4]> {
        self.extent().map(|[west, south, east, north]| {
            [
                west - margin_m,
                south - margin_m,
                east + margin_m,
                north + margin_m,
            ]
        })
    }
}

/// Densities per km² at the centres of square cells, row by row from the south-west.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// West edge in metres.
    pub min_x_m: f64,
    /// South edge in metres.
    pub min_y_m: f64,
    /// Side of a cell in metres.
    pub cell_m: f64,
    /// Cells from west to east.
    pub columns: usize,
    /// Cells from south to north.
    pub rows: usize,
    /// `rows × columns` densities per km².
    pub values: Vec<f64>,
}

/// Why there is no grid.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
pub enum GridError {
    /// The cell size is not a positive number.
    #[error("a cell of {0} m: it must be positive")]
    Cell(f64),
    /// A box without area.
    #[error("the box {0:?} has no area")]
    Box([f64; 4]),
    /// A grid beyond [`MAX_GRID_CELLS`].
    #[error(
        "the grid would have {0:.0} cells, {MAX_GRID_CELLS} are allowed: choose a larger cell or a smaller box"
    )]
    TooLarge(f64),
}

impl Grid {
    pub(super) fn compute(
        points: &Points,
        kernel: Kernel,
        bandwidth_m: f64,
        cell_m: f64,
        bbox: Option<[f64; 4]>,
    ) -> Result<Self, GridError> {
        if !(cell_m > 0.0 && cell_m.is_finite()) {
            return Err(GridError::Cell(cell_m));
        }
        let default = || {
            points
                .extent_with(kernel.reach_m(bandwidth_m))
                .unwrap_or([0.0, 0.0, cell_m, cell_m])
        };
        let bbox = bbox.unwrap_or_else(default);
        let (width, height) = (bbox[2] - bbox[0], bbox[3] - bbox[1]);
        if !(width > 0.0 && height > 0.0 && width.is_finite() && height.is_finite()) {
            return Err(GridError::Box(bbox));
        }
        let (columns, rows) = ((width / cell_m).ceil(), (height / cell_m).ceil());
        if columns * rows > MAX_GRID_CELLS as f64 {
            return Err(GridError::TooLarge(columns * rows));
        }
        let mut grid = Self {
            min_x_m: bbox[0],
            min_y_m: bbox[1],
            cell_m,
            columns: whole(columns),
            rows: whole(rows),
            values: vec![],
        };
        grid.values = vec![0.0; grid.columns * grid.rows];
        let frame = (grid.min_x_m, grid.min_y_m, cell_m);
        grid.values
            .par_chunks_mut(grid.columns)
            .enumerate()
            .for_each(|(row, cells)| {
                add_row(points, kernel, bandwidth_m, frame, row, cells);
            });
        Ok(grid)
    }

    /// Centre of a cell in metres.
    pub fn centre(&self, column: usize, row: usize) -> (f64, f64) {
        (
            self.min_x_m + (column as f64 + 0.5) * self.cell_m,
            self.min_y_m + (row as f64 + 0.5) * self.cell_m,
        )
    }
}

/// Adds to a row of cells what every point within reach spreads there, in the points' order.
fn add_row(
    points: &Points,
    kernel: Kernel,
    bandwidth_m: f64,
    (min_x, min_y, cell_m): (f64, f64, f64),
    row: usize,
    cells: &mut [f64],
) {
    let reach = kernel.reach_m(bandwidth_m);
    let scale = 1e6 / (bandwidth_m * bandwidth_m);
    let y = min_y + (row as f64 + 0.5) * cell_m;
    for point in points.band(y - reach, y + reach) {
        let dy = point.y_m - y;
        let half_chord = (reach * reach - dy * dy).max(0.0).sqrt();
        let first = whole(((point.x_m - half_chord - min_x) / cell_m - 0.5).floor());
        let end =
            whole(((point.x_m + half_chord - min_x) / cell_m + 0.5).ceil() + 1.0).min(cells.len());
        for (column, cell) in cells.iter_mut().enumerate().take(end).skip(first) {
            let dx = min_x + (column as f64 + 0.5) * cell_m - point.x_m;
            *cell += point.weight
                * scale
                * kernel.density((dx * dx + dy * dy) / (bandwidth_m * bandwidth_m));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};

    fn cloud(count: usize) -> Points {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(3);
        let mut one = || WeightedPoint {
            x_m: random.random_range(3e5..3.05e5),
            y_m: random.random_range(6.29e6..6.295e6),
            weight: random.random_range(0.0..9.0),
        };
        Points::new((0..count).map(|_| one()).collect())
    }

    #[test]
    fn the_grid_is_the_direct_sum_for_every_kernel() {
        let points = cloud(300);
        for kernel in Kernel::ALL {
            let grid = Grid::compute(
                &points,
                kernel,
                400.0,
                170.0,
                Some([2.99e5, 6.289e6, 3.06e5, 6.296e6]),
            )
            .unwrap();
            for row in (0..grid.rows).step_by(7) {
                for column in (0..grid.columns).step_by(5) {
                    let (x, y) = grid.centre(column, row);
                    let spread = |p: &WeightedPoint| {
                        p.weight
                            * kernel
                                .density(((p.x_m - x).powi(2) + (p.y_m - y).powi(2)) / 160_000.0)
                            / 160_000.0
                            * 1e6
                    };
                    let direct: f64 = points.0.iter().map(spread).sum();
                    let got = grid.values[row * grid.columns + column];
                    assert!(
                        (got - direct).abs() <= 1e-9 * direct.max(1e-6),
                        "{kernel:?} {got} {direct}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_stray_far_away_does_not_lower_the_top_of_the_scale() {
        let near = |weight| WeightedPoint {
            x_m: 3e5,
            y_m: 6.29e6,
            weight,
        };
        let stray = WeightedPoint {
            x_m: -4e6,
            y_m: 1.4e7,
            weight: 1.0,
        };
        let points = Points::new(vec![near(2.0), near(3.0), stray]);
        let top = points.largest_density(Kernel::Quartic, 500.0, 20_000);
        assert!(
            (top - 5.0 * 3.0 / std::f64::consts::PI / 0.25).abs() < 1e-9,
            "{top}"
        );
    }

    #[test]
    fn the_surface_holds_the_total_weight() {
        let points = cloud(200);
        let grid = Grid::compute(&points, Kernel::Quartic, 500.0, 25.0, None).unwrap();
        let total: f64 = points.0.iter().map(|point| point.weight).sum();
        let volume = grid.values.iter().sum::<f64>() * (25.0 * 25.0) / 1e6;
        assert!((volume / total - 1.0).abs() < 1e-3, "{volume} {total}");
    }

    #[test]
    fn senseless_grids_are_refused_with_the_number() {
        let points = cloud(2);
        assert_eq!(
            Grid::compute(&points, Kernel::Quartic, 5.0, 0.0, None),
            Err(GridError::Cell(0.0))
        );
        assert!(matches!(
            Grid::compute(&points, Kernel::Quartic, 5.0, 1e-3, None),
            Err(GridError::TooLarge(_))
        ));
        assert!(matches!(
            Grid::compute(
                &points,
                Kernel::Quartic,
                5.0,
                1.0,
                Some([0.0, 0.0, f64::NAN, 1.0])
            ),
            Err(GridError::Box(_))
        ));
    }
}
