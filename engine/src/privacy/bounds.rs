//! What an outsider can know of the cells: the exact range of each, from all that is published.
//!
//! In a tree of sums, ranges passed up from the children and down from the parent give every value that a cell can have
//! and no other: sums and intersections of runs of whole numbers are such runs.

use super::forest::Forest;
use super::suppress::Cell;

/// Values that a cell can have, both ends included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Range {
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Range {
    pub(super) fn one(value: f64) -> Self {
        Self {
            low: value,
            high: value,
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            low: self.low.max(other.low),
            high: self.high.min(other.high),
        }
    }

    /// Whether at least two whole numbers, or a person more or less, fit.
    pub(super) fn is_open(self) -> bool {
        self.high - self.low >= 1.0 - 1e-9
    }
}

/// Sum of the ranges of a cell's children. Ends that know no bound are counted apart, so that one can be taken out.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    low: f64,
    high: f64,
    unbounded: usize,
}

impl Sum {
    fn add(&mut self, range: Range) {
        self.low += range.low;
        if range.high.is_finite() {
            self.high += range.high;
        } else {
            self.unbounded += 1;
        }
    }

    fn range(self) -> Range {
        let high = match self.unbounded {
            0 => self.high,
            _ => f64::INFINITY,
        };
        Range {
            low: self.low,
            high,
        }
    }

    fn without(self, range: Range) -> Range {
        let (high, unbounded) = match range.high.is_finite() {
            true => (self.high - range.high, self.unbounded),
            false => (self.high, self.unbounded - 1),
        };
        let rest = Self {
            low: self.low - range.low,
            high,
            unbounded,
        };
        rest.range()
    }
}

/// The ranges of all cells.
pub(super) struct Bounds {
    /// From what a cell is said to be and from its own parts.
    pub(super) from_below: Vec<Range>,
    /// From everything.
    pub(super) known: Vec<Range>,
}

impl Bounds {
    /// `own` is the range that each cell has by itself: its value where it is published, else what its being hidden
    /// tells. Cost O(cells).
    pub(super) fn new(forest: &Forest, cells: &[Cell], own: &[Range]) -> Self {
        let mut sums = vec![Sum::default(); forest.len()];
        let mut from_below = own.to_vec();
        for cell in 0..forest.len() {
            if cells[cell] != Cell::Shown && !forest.is_leaf(cell) {
                from_below[cell] = own[cell].and(sums[cell].range());
            }
            if let Some(parent) = forest.parent(cell) {
                sums[parent].add(from_below[cell]);
            }
        }
        let mut from_above = own.to_vec();
        for cell in (0..forest.len()).rev() {
            if let Some(parent) = forest.parent(cell).filter(|_| cells[cell] != Cell::Shown) {
                let (whole, others) = (from_above[parent], sums[parent].without(from_below[cell]));
                from_above[cell] = own[cell].and(Range {
                    low: whole.low - others.high,
                    high: whole.high - others.low,
                });
            }
        }
        let both = from_below.iter().zip(&from_above);
        let known = both.map(|(below, above)| below.and(*above)).collect();
        Self { from_below, known }
    }
}
