//! The bumps near a block of cells, and where their circles cross its rows.

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
    pub(super) first: [usize; ROWS],
    /// Before it the chord ends; at most `first` where it holds no column.
    pub(super) end: [usize; ROWS],
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

    #[inline]
    pub(super) fn chords(&self, bump: &Near) -> Chords {
        let (low, high) = (self.first as f64, self.end as f64);
        let (mut half_squared, mut firsts, mut ends) = ([0.0; ROWS], [0.0; ROWS], [0.0; ROWS]);
        for row in 0..ROWS {
            let dy = bump.y - self.row_y[row];
            let squared = bump.reach_squared - dy * dy;
            let half = squared.max(0.0).sqrt();
            let first = ceil(bump.x - half).max(low).min(high) - low;
            let end = -ceil(-(bump.x + half)) + 1.0;
            let end = end.max(low).min(high) - low;
            half_squared[row] = squared;
            firsts[row] = first;
            ends[row] = if squared < 0.0 { first } else { end };
        }
        Chords {
            half_squared,
            first: firsts.map(index),
            end: ends.map(index),
        }
    }
}

/// Fills `near` with the bumps that stand before columns `from` to `to` of rows with y from `low` to `high`, or in reach
/// of those rows.
pub(super) fn gather(
    points: &Points,
    height: Height,
    lattice: &Lattice,
    [from, low, to, high]: [f64; 4],
    near: &mut Vec<Near>,
) {
    near.clear();
    let share = match height {
        Height::Own => 1.0,
        Height::One(share) => share,
    };
    let reach = points.reach_max_m() * share / lattice.step_m;
    let (low, high) = (low - reach, high + reach);
    let bounds = lattice.bounds_m([from, low, to, high]);
    let steps = share / lattice.step_m;
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

/// A whole number from 0 to 2³² as an index.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "the lower 32 bits are the number"
)]
fn index(value: f64) -> usize {
    (value + WHOLE).to_bits() as u32 as usize
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
            [0.0, 1.0, 1023.0, 4_294_967_295.0].map(index),
            [0, 1, 1023, 4_294_967_295]
        );
    }
}
