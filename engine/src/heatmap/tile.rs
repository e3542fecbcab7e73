//! The exact kernel sum at the pixels of a map tile.
//!
//! Pixels are square in Web Mercator, distances are metres in the metric CRS. The centres of the pixels that can have
//! a density are projected on a lattice of 17 × 17 and interpolated between: over a tile of zoom 10 that is off by
//! less than 0.1 m, over lower zooms by less than a fiftieth of a pixel.

use crate::number::whole;
use rayon::prelude::*;

use super::density::Points;
use super::kernel::Kernel;
use crate::space::{LonLat, Metric, Projection, WORLD_CELLS, world_to_lonlat};
use crate::tile::TileCoord;

/// Intervals of the lattice on each axis.
const LATTICE: usize = 16;

/// Densities per km², row by row from the north-west; empty where no pixel has any.
pub(super) fn render(
    points: &Points,
    kernel: Kernel,
    bandwidth_m: f64,
    projection: &dyn Projection,
    coord: TileCoord,
    size: usize,
) -> Vec<f32> {
    let Some(window) = Window::around(points, kernel.reach_m(bandwidth_m), projection, coord, size)
    else {
        return vec![];
    };
    let lattice = Lattice::project(&window, projection);
    let mut pixels = vec![0.0; size * size];
    let rows = pixels
        .par_chunks_mut(size)
        .enumerate()
        .skip(window.top)
        .take(window.bottom - window.top);
    rows.for_each(|(row, pixels)| {
        let centres: Vec<Metric> = (window.left..window.right)
            .map(|column| lattice.at(column - window.left, row - window.top))
            .collect();
        add_row(
            points,
            kernel,
            bandwidth_m,
            &centres,
            &mut pixels[window.left..window.right],
        );
    });
    if pixels.iter().any(|pixel| *pixel > 0.0) {
        pixels
    } else {
        vec![]
    }
}

/// Adds what every point within reach spreads to a row of pixels that runs from west to east.
fn add_row(
    points: &Points,
    kernel: Kernel,
    bandwidth_m: f64,
    centres: &[Metric],
    pixels: &mut [f32],
) {
    let reach = kernel.reach_m(bandwidth_m);
    let (Some(first), Some(last)) = (centres.first(), centres.last()) else {
        return;
    };
    let (low, high) = (first.y_m.min(last.y_m), first.y_m.max(last.y_m));
    // A row is bent by less than a pixel over a tile; the margin covers it.
    let pixel_m = (last.x_m - first.x_m).abs() / centres.len().max(2) as f64;
    let scale = 1e6 / (bandwidth_m * bandwidth_m);
    let mut sums = vec![0.0f64; centres.len()];
    for point in points.band(low - reach - pixel_m, high + reach + pixel_m) {
        let start = centres.partition_point(|centre| centre.x_m < point.x_m - reach);
        for (sum, centre) in sums[start..]
            .iter_mut()
            .zip(&centres[start..])
            .take_while(|(_, centre)| centre.x_m <= point.x_m + reach)
        {
            let (dx, dy) = (centre.x_m - point.x_m, centre.y_m - point.y_m);
            *sum += point.weight
                * scale
                * kernel.density((dx * dx + dy * dy) / (bandwidth_m * bandwidth_m));
        }
    }
    pixels
        .iter_mut()
        .zip(sums)
        .for_each(|(pixel, sum)| *pixel = single(sum));
}

/// The pixels of a tile that can have a density.
struct Window {
    coord: TileCoord,
    size: usize,
    left: usize,
    top: usize,
    right: usize,
    bottom: usize,
}

impl Window {
    fn around(
        points: &Points,
        reach_m: f64,
        projection: &dyn Projection,
        coord: TileCoord,
        size: usize,
    ) -> Option<Self> {
        let [west, south, east, north] = points.extent_with(reach_m)?;
        let outline = (0..=8).flat_map(|step| {
            let share = f64::from(step) / 8.0;
            let (x, y) = (
                west + share * (east - west),
                south + share * (north - south),
            );
            [(x, south), (x, north), (west, y), (east, y)].map(|(x_m, y_m)| Metric { x_m, y_m })
        });
        let world: Vec<_> = projection
            .to_lonlat(&outline.collect::<Vec<_>>())
            .into_iter()
            .filter(|at| at.is_valid())
            .map(LonLat::to_world)
            .collect();
        let pixel = coord.width_cells() / size as f64;
        let (x0, y0) = coord.origin_cells();
        let to_pixel = |cell: u32, origin: f64| (f64::from(cell) - origin) / pixel;
        let columns = world.iter().map(|at| to_pixel(at.x, x0));
        let rows = world.iter().map(|at| to_pixel(at.y, y0));
        let range = |values: &mut dyn Iterator<Item = f64>| {
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
                (low.min(v), high.max(v))
            })
        };
        let ((left, right), (top, bottom)) = (
            range(&mut columns.into_iter()),
            range(&mut rows.into_iter()),
        );
        let window = Self {
            coord,
            size,
            left: whole(left - 2.0),
            top: whole(top - 2.0),
            right: whole(right + 2.0).min(size),
            bottom: whole(bottom + 2.0).min(size),
        };
        (window.left < window.right && window.top < window.bottom).then_some(window)
    }

    /// Longitude and latitude of a fractional pixel position counted from the window's corner.
    fn lonlat(&self, column: f64, row: f64) -> LonLat {
        let pixel = self.coord.width_cells() / self.size as f64;
        let (x0, y0) = self.coord.origin_cells();
        let x = x0 + (self.left as f64 + column + 0.5) * pixel;
        let y = y0 + (self.top as f64 + row + 0.5) * pixel;
        world_to_lonlat(x.min(WORLD_CELLS), y.min(WORLD_CELLS))
    }
}

/// Metric positions of a coarse lattice over a window.
struct Lattice {
    nodes: Vec<Metric>,
    step_x: f64,
    step_y: f64,
}

impl Lattice {
    fn project(window: &Window, projection: &dyn Projection) -> Self {
        let step_x = (window.right - window.left) as f64 / LATTICE as f64;
        let step_y = (window.bottom - window.top) as f64 / LATTICE as f64;
        let node = |number: usize| {
            window.lonlat(
                (number % (LATTICE + 1)) as f64 * step_x,
                (number / (LATTICE + 1)) as f64 * step_y,
            )
        };
        let degrees: Vec<_> = (0..(LATTICE + 1) * (LATTICE + 1)).map(node).collect();
        Self {
            nodes: projection.to_metric(&degrees),
            step_x,
            step_y,
        }
    }

    /// Bilinear interpolation at a pixel counted from the window's corner.
    fn at(&self, column: usize, row: usize) -> Metric {
        let (x, y) = (column as f64 / self.step_x, row as f64 / self.step_y);
        let (i, j) = (whole(x).min(LATTICE - 1), whole(y).min(LATTICE - 1));
        let (u, v) = (x - i as f64, y - j as f64);
        let node = |i: usize, j: usize| self.nodes[j * (LATTICE + 1) + i];
        let blend = |pick: &dyn Fn(Metric) -> f64| {
            let along = |j: usize| pick(node(i, j)) * (1.0 - u) + pick(node(i + 1, j)) * u;
            along(j) * (1.0 - v) + along(j + 1) * v
        };
        Metric {
            x_m: blend(&|node| node.x_m),
            y_m: blend(&|node| node.y_m),
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "pixels of a picture need no more digits"
)]
fn single(value: f64) -> f32 {
    value as f32
}
