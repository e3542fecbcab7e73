//! The bumps near a block of cells, and where their circles cross its rows.

use std::ops::Range;

use super::lattice::Lattice;
use super::points::Points;

/// Rows that are worked on together: a bump is looked up once for all of them.
pub(super) const ROWS: usize = 8;

/// A bump in the steps of a lattice.
#[derive(Clone, Copy, Debug)]
pub(super) struct Near {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) top: f64,
    pub(super) reach_squared: f64,
}

/// What is summed: the bumps' own heights, or ones for counting.
#[derive(Clone, Copy, Debug)]
pub(super) enum Height {
    Own,
    /// One within this share of the reach.
    One(f64),
}

impl Height {
    /// The share of its reach within which a bump counts.
    pub(super) fn share(self) -> f64 {
        match self {
            Self::Own => 1.0,
            Self::One(share) => share,
        }
    }
}

/// Some rows of a lattice, and of their columns those from `first` to before `end`.
#[derive(Debug)]
pub(super) struct Block<'a> {
    /// All columns of the rows, row by row.
    pub(super) cells: &'a mut [f64],
    pub(super) columns: usize,
    pub(super) rows: usize,
    /// Where the rows lie, in steps.
    pub(super) row_y: [f64; ROWS],
    pub(super) first: usize,
    pub(super) end: usize,
    /// The column from which coordinates are counted.
    pub(super) middle: f64,
}

/// Where a circle crosses the rows of a block: columns counted from the block's first.
#[derive(Debug)]
pub(super) struct Chords {
    /// Square of half the chord's length; negative where the row is beyond reach.
    pub(super) half_squared: [f64; ROWS],
    pub(super) first: [u32; ROWS],
    /// Before it the chord ends; at most `first` where it holds no column.
    pub(super) end: [u32; ROWS],
}

impl Block<'_> {
    pub(super) fn width(&self) -> usize {
        self.end - self.first
    }

    /// The cells of a row.
    pub(super) fn row(&mut self, row: usize) -> &mut [f64] {
        let start = row * self.columns;
        &mut self.cells[start + self.first..start + self.end]
    }

    /// The columns of the block, counted from the lattice's first, that lie within a bump's reach of it on a row through it.
    pub(super) fn columns_within(&self, bump: &Near) -> Range<usize> {
        let reach = bump.reach_squared.sqrt();
        let within = |column: f64| smaller(larger(column, self.first as f64), self.end as f64);
        let (from, to) = (ceil(bump.x - reach), 1.0 - ceil(-bump.x - reach));
        let from = nearest(within(from)) as usize;
        from..(nearest(within(to)) as usize).max(from)
    }

    /// Where a bump's circle crosses the rows; with `RIM` a column that lies exactly on it is certainly within, else it may
    /// be left out, as it matters only where the kernel is not zero there.
    ///
    /// Every step is a loop over all rows without a branch, which compilers turn into vector instructions.
    #[inline]
    pub(super) fn chords<const RIM: bool>(&self, bump: &Near) -> Chords {
        let width = self.width() as f64;
        let x = bump.x - self.first as f64;
        let mut half_squared = [0.0; ROWS];
        let (mut first, mut end) = ([0; ROWS], [0; ROWS]);
        for (half_squared, row_y) in half_squared.iter_mut().zip(&self.row_y) {
            let dy = bump.y - row_y;
            *half_squared = bump.reach_squared - dy * dy;
        }
        for row in 0..ROWS {
            // Beyond reach the half chord is far below zero, so that it ends before it begins.
            let squared = half_squared[row];
            let half = larger(squared, 0.0).sqrt() + smaller(squared, 0.0) * 1e30;
            let (from, to) = if RIM {
                (ceil(x - half), 1.0 - ceil(-x - half))
            } else {
                (x - half + 0.5, x + half + 0.5)
            };
            first[row] = nearest(smaller(larger(from, 0.0), width));
            end[row] = nearest(smaller(larger(to, 0.0), width));
        }
        Chords {
            half_squared,
            first,
            end,
        }
    }
}

/// The larger of two numbers, in one instruction as neither may be NaN.
#[inline]
fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

/// The smaller of two numbers.
#[inline]
pub(super) fn smaller(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

/// Fills `near` with the bumps with x from `from` to before `to` and y from `low` to `high`.
pub(super) fn gather(
    points: &Points,
    height: Height,
    lattice: &Lattice,
    [from, low, to, high]: [f64; 4],
    near: &mut Vec<Near>,
) {
    near.clear();
    let bounds = lattice.bounds_m([from, low, to, high]);
    let steps = height.share() / lattice.step_m;
    for run in points.runs(bounds) {
        for bump in &points.bumps()[run] {
            let (x, y) = lattice.to_steps(bump.x_m, bump.y_m);
            if x >= from && x < to && y >= low && y <= high {
                let reach = bump.reach_m * steps;
                near.push(Near {
                    x,
                    y,
                    top: if let Height::Own = height {
                        bump.top
                    } else {
                        1.0
                    },
                    reach_squared: reach * reach,
                });
            }
        }
    }
}

/// 1.5 · 2⁵²: a number of less than 2⁵¹ that is added loses its fraction, rounded to the nearest.
const ROUNDING: f64 = 6_755_399_441_055_744.0;
/// 2⁵²: whole numbers from here on are the lower bits of their mantissa.
const WHOLE: f64 = 4_503_599_627_370_496.0;

/// The least whole number not below a number of less than 2⁵¹. Unlike the library's it needs no call without SSE 4.1.
#[inline]
fn ceil(value: f64) -> f64 {
    let nearest = (value + ROUNDING) - ROUNDING;
    nearest + if nearest < value { 1.0 } else { 0.0 }
}

/// The nearest whole number to one from 0 to 2³² − 1.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "the lower 32 bits are the number"
)]
fn nearest(value: f64) -> u32 {
    (value + WHOLE).to_bits() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_up_and_become_indexes() {
        let values = [-3.0, -2.5, -0.1, 0.0, 0.1, 2.0, 2.000_000_1, 1e9 + 0.5];
        for value in values {
            assert_eq!(ceil(value), value.ceil(), "{value}");
        }
        assert_eq!(
            [0.0, 1.0, 1022.7, 4_294_967_295.0].map(nearest),
            [0, 1, 1023, 4_294_967_295]
        );
    }
}
