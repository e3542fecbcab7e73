//! Sums of Gaussians on a lattice by Hermite expansions about the middles of bins.
//!
//! A Gaussian about a point at δ from a bin's middle is Σ δᵏ / k! · hₖ(t), where t is the distance of the place from the
//! middle and hₖ(t) = Heₖ(t) · exp(−t² / 2), all in bandwidths. So bumps of a bin become 14 × 14 moments, whatever their
//! number; and as a Gaussian is a product over the axes, rows are summed first and then the places on each row.
//!
//! With bins of one bandwidth, |δ| ≤ 1/2, what is left out of the series is below 4e-10 of each bump's top (Cramér's bound
//! |hₖ(t)| ≤ 1.09 √k!). Bins up to six bandwidths off are summed; what stands farther is below 1.5e-8 of its top.
//!
//! Source: Greengard & Strain, "The fast Gauss transform" (SIAM J. Sci. Stat. Comput. 12, 1991), with places on a lattice
//! in the place of their Taylor expansions.

use rayon::prelude::*;

use super::kernel::{GAUSSIAN_CUT, Kernel};
use super::lattice::Lattice;
use super::near::{Height, Near, ROWS, gather};
use super::points::Points;
use crate::number::whole;

/// Terms of the series on each axis.
const ORDER: usize = 14;
/// Bins on each axis whose bumps are felt at a place: from six bandwidths before it to six behind.
const TAPS: usize = 13;
/// Bins whose moments are worked on together, so that they stay in the cache for a block of rows.
const CHUNK: usize = 16;
/// Largest piece of a lattice in bandwidths, so that the moments of its bins take less than 40 MB.
const PIECE_MAX: f64 = 128.0;

/// Adds the bumps of one bandwidth to the places of a lattice, if that costs less than adding them one by one.
///
/// Sums below 1.5e-8 of the highest bump's top are cut to nothing. Cost O(196 bumps + 182 places + 182 × 14 rows × bins of
/// a row). Whether it did.
pub(super) fn add(points: &Points, lattice: &Lattice, sums: &mut [f64]) -> bool {
    let steps_per_bandwidth = points.reach_max_m() / GAUSSIAN_CUT / lattice.step_m;
    if !points.is_even() || !pays(points, lattice, steps_per_bandwidth) {
        return false;
    }
    let side = whole(PIECE_MAX * steps_per_bandwidth).max(1);
    let height = whole(PIECE_MAX * steps_per_bandwidth / lattice.row_step.abs()).max(1);
    for top in (0..lattice.rows).step_by(height) {
        for left in (0..lattice.columns).step_by(side) {
            let piece = Lattice {
                origin: lattice.place(left, top),
                columns: side.min(lattice.columns - left),
                rows: height.min(lattice.rows - top),
                ..*lattice
            };
            let values = piece_values(points, &piece, steps_per_bandwidth);
            for (row, values) in values.chunks(piece.columns).enumerate() {
                let start = (top + row) * lattice.columns + left;
                let cells = &mut sums[start..start + piece.columns];
                cells
                    .iter_mut()
                    .zip(values)
                    .for_each(|(cell, value)| *cell += value);
            }
        }
    }
    true
}

/// Whether the expansions cost less than each bump's cells, by the measured nanoseconds of a cell and of a product.
fn pays(points: &Points, lattice: &Lattice, steps_per_bandwidth: f64) -> bool {
    let reach = GAUSSIAN_CUT * steps_per_bandwidth;
    let (columns, rows) = (lattice.columns as f64, lattice.rows as f64);
    let last = (rows - 1.0) * lattice.row_step;
    let bounds = [
        -reach,
        last.min(0.0) - reach,
        columns + reach,
        last.max(0.0) + reach,
    ];
    let bumps: usize = points
        .runs(lattice.bounds_m(bounds))
        .map(|run| run.len())
        .sum();
    let covered = columns.min(2.0 * reach) * rows.min(2.0 * reach / lattice.row_step.abs());
    let directly = 8.0 * bumps as f64 * covered;
    let bins = (columns / steps_per_bandwidth) + TAPS as f64;
    let products = 196.0 * bumps as f64 + 182.0 * rows * (columns + ORDER as f64 * bins);
    // Steps of several bandwidths would need many bins for each place.
    steps_per_bandwidth >= 0.5 && products < directly
}

fn piece_values(points: &Points, piece: &Lattice, steps_per_bandwidth: f64) -> Vec<f64> {
    let scale = 1.0 / steps_per_bandwidth;
    let across = Axis::new((0..piece.columns).map(|column| column as f64 * scale));
    let along = Axis::new((0..piece.rows).map(|row| row as f64 * piece.row_step * scale));
    let bins = Bins::new(points, piece, scale, &across, &along);
    let least = points.top_max() * Kernel::Gaussian.share(1.0);
    let mut values = vec![0.0; piece.columns * piece.rows];
    values
        .par_chunks_mut(piece.columns * ROWS)
        .enumerate()
        .for_each_init(Vec::new, |sums, (number, cells)| {
            bins.sum_rows(&along, number * ROWS, cells.len() / piece.columns, sums);
            for (row, cells) in cells.chunks_mut(piece.columns).enumerate() {
                let sums = &sums[row * bins.width..(row + 1) * bins.width];
                for (place, cell) in cells.iter_mut().enumerate() {
                    let sum = across.dot(place, sums);
                    *cell = if sum < least { 0.0 } else { sum };
                }
            }
        });
    values
}

/// The places along one axis and the bins that they feel, in bandwidths.
struct Axis {
    /// Where the first bin begins.
    low: f64,
    bins: usize,
    /// The first bin that each place feels.
    starts: Vec<usize>,
    /// hₖ of each place about each bin's middle that it feels.
    values: Vec<f64>,
}

impl Axis {
    fn new(places: impl Iterator<Item = f64> + Clone) -> Self {
        let first = |place: f64| (place - GAUSSIAN_CUT).floor();
        let low = places.clone().map(first).fold(f64::INFINITY, f64::min);
        let starts: Vec<usize> = places
            .clone()
            .map(|place| whole(first(place) - low))
            .collect();
        let values = places.flat_map(|place| {
            (0..TAPS).flat_map(move |tap| hermite(place - (first(place) + tap as f64 + 0.5)))
        });
        Self {
            values: values.collect(),
            bins: starts.iter().max().map_or(0, |last| last + TAPS),
            starts,
            low,
        }
    }

    /// The bin of a coordinate and the distance from its middle.
    fn bin(&self, at: f64) -> (usize, f64) {
        let bin = (at - self.low).floor();
        (whole(bin), at - self.low - bin - 0.5)
    }

    fn of(&self, place: usize) -> &[f64] {
        &self.values[place * TAPS * ORDER..(place + 1) * TAPS * ORDER]
    }

    /// What a place feels of the sums of all bins.
    fn dot(&self, place: usize, sums: &[f64]) -> f64 {
        let start = self.starts[place] * ORDER;
        let (own, _) = self.of(place).as_chunks::<ORDER>();
        let (sums, _) = sums[start..start + TAPS * ORDER].as_chunks::<ORDER>();
        let mut total = [0.0; ORDER];
        for (own, sums) in own.iter().zip(sums) {
            (0..ORDER).for_each(|k| total[k] += own[k] * sums[k]);
        }
        total.iter().sum()
    }
}

/// The moments of all bins: by row of bins and power of δy, then by column of bins and power of δx.
struct Bins {
    moments: Vec<f64>,
    /// Numbers of one row of bins for one power of δy.
    width: usize,
    /// Whether there is anything, by row of bins and [`CHUNK`].
    filled: Vec<bool>,
}

impl Bins {
    fn new(points: &Points, piece: &Lattice, scale: f64, across: &Axis, along: &Axis) -> Self {
        let width = across.bins * ORDER;
        let mut moments = vec![0.0; along.bins * ORDER * width];
        let (left, right) = (
            across.low / scale,
            (across.low + across.bins as f64) / scale,
        );
        moments
            .par_chunks_mut(ORDER * width)
            .enumerate()
            .for_each_init(Vec::new, |near: &mut Vec<Near>, (row, moments)| {
                let low = (along.low + row as f64) / scale;
                let band = [left, low - 1e-6 / scale, right, low + (1.0 + 1e-6) / scale];
                gather(points, Height::Own, piece, band, near);
                for bump in near {
                    let ((column, dx), (own, dy)) =
                        (across.bin(bump.x * scale), along.bin(bump.y * scale));
                    if own == row && column < across.bins {
                        add_moments(&mut moments[column * ORDER..], width, bump.top, dx, dy);
                    }
                }
            });
        let lines = moments.chunks(ORDER * width);
        let chunk_filled = |line: &[f64], chunk: usize| {
            // The power zero of δy is the bumps' tops, none of which is zero.
            line[chunk * CHUNK * ORDER..((chunk + 1) * CHUNK * ORDER).min(width)]
                .iter()
                .any(|moment| *moment != 0.0)
        };
        let chunks = across.bins.div_ceil(CHUNK);
        let filled = lines.flat_map(|line| (0..chunks).map(move |chunk| chunk_filled(line, chunk)));
        Self {
            filled: filled.collect(),
            moments,
            width,
        }
    }

    /// Fills `sums` with what `count` rows feel of each bin, by power of δx.
    fn sum_rows(&self, along: &Axis, first: usize, count: usize, sums: &mut Vec<f64>) {
        sums.clear();
        sums.resize(count * self.width, 0.0);
        let chunks = self.width.div_ceil(CHUNK * ORDER);
        for chunk in 0..chunks {
            let from = chunk * CHUNK * ORDER;
            let to = (from + CHUNK * ORDER).min(self.width);
            for row in 0..count {
                let sums = &mut sums[row * self.width..][from..to];
                let (values, _) = along.of(first + row).as_chunks::<ORDER>();
                for (tap, values) in values.iter().enumerate() {
                    let bin = along.starts[first + row] + tap;
                    if self.filled[bin * chunks + chunk] {
                        let line = |power: usize| {
                            &self.moments[(bin * ORDER + power) * self.width..][from..to]
                        };
                        add_lines(sums, std::array::from_fn(line), values);
                    }
                }
            }
        }
    }
}

/// Adds the lines of all powers, each times its value: seven lines in one pass, as many as there are registers for.
fn add_lines(sums: &mut [f64], lines: [&[f64]; ORDER], values: &[f64; ORDER]) {
    for half in 0..2 {
        let [a, b, c, d, e, f, g]: [&[f64]; 7] =
            std::array::from_fn(|k| &lines[half * 7 + k][..sums.len()]);
        let v: [f64; 7] = std::array::from_fn(|k| values[half * 7 + k]);
        for (at, sum) in sums.iter_mut().enumerate() {
            *sum += v[0] * a[at]
                + v[1] * b[at]
                + v[2] * c[at]
                + v[3] * d[at]
                + v[4] * e[at]
                + v[5] * f[at]
                + v[6] * g[at];
        }
    }
}

/// Adds a bump to the moments of its bin, whose lines lie `width` apart.
fn add_moments(moments: &mut [f64], width: usize, top: f64, dx: f64, dy: f64) {
    let (across, along) = (powers(1.0, dx), powers(top, dy));
    for (power, height) in along.into_iter().enumerate() {
        let start = power * width;
        let line = &mut moments[start..start + ORDER];
        (0..ORDER).for_each(|k| line[k] += height * across[k]);
    }
}

/// `first` · δᵏ / k!
fn powers(first: f64, delta: f64) -> [f64; ORDER] {
    let mut powers = [first; ORDER];
    for k in 1..ORDER {
        powers[k] = powers[k - 1] * delta / k as f64;
    }
    powers
}

/// hₖ(t) = Heₖ(t) · exp(−t² / 2)
fn hermite(t: f64) -> [f64; ORDER] {
    let mut values = [(-t * t / 2.0).exp(); ORDER];
    values[1] = t * values[0];
    for k in 2..ORDER {
        values[k] = t * values[k - 1] - (k - 1) as f64 * values[k - 2];
    }
    values
}
