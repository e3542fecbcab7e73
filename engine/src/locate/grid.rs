//! The cells over the polygons of a layer, and which of them an edge touches.

use crate::number::whole;
use crate::space::Metric;

/// An edge touches all cells within this share of a cell, which is far above the rounding of the arithmetic.
const MARGIN: f64 = 1e-6;
/// Columns and rows are numbered by 16 bits.
const MAX_SIDE: f64 = 16_384.0;

/// Square cells, row by row from the south-west; half a cell and more around the bounds is free.
#[derive(Debug)]
pub(super) struct Grid {
    min: Metric,
    cell_m: f64,
    cells_per_m: f64,
    pub(super) columns: usize,
    pub(super) rows: usize,
}

/// The cells of one grid row that an edge touches, from `left` to `right`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) row: u16,
    pub(super) left: u16,
    pub(super) right: u16,
    /// Number of the edge's first coordinate; its second one follows.
    pub(super) edge: u32,
    pub(super) polygon: u32,
}

impl Grid {
    /// About `cells` cells over the bounds `[min_x, min_y, max_x, max_y]`.
    pub(super) fn new(bounds: [f64; 4], cells: f64) -> Self {
        let width = (bounds[2] - bounds[0]).max(1.0);
        let height = (bounds[3] - bounds[1]).max(1.0);
        let cell_m = (width * height / cells)
            .sqrt()
            .max(width.max(height) / MAX_SIDE);
        Self {
            min: Metric {
                x_m: bounds[0] - cell_m / 2.0,
                y_m: bounds[1] - cell_m / 2.0,
            },
            cell_m,
            cells_per_m: 1.0 / cell_m,
            columns: whole(width / cell_m) + 2,
            rows: whole(height / cell_m) + 2,
        }
    }

    /// Number of the cell that holds a point.
    pub(super) fn cell(&self, point: Metric) -> Option<usize> {
        let (x, y) = self.place(point);
        let inside = x >= 0.0 && y >= 0.0 && x < self.columns as f64 && y < self.rows as f64;
        inside.then(|| whole(y) * self.columns + whole(x))
    }

    /// Northing of the middle of a row.
    pub(super) fn middle_m(&self, row: usize) -> f64 {
        self.min.y_m + (row as f64 + 0.5) * self.cell_m
    }

    /// Calls `visit` with row, first and last column of the cells that the edge touches.
    ///
    /// The answer does not depend on the edge's direction, so an edge that two polygons share touches the same cells.
    pub(super) fn cross(&self, a: Metric, b: Metric, mut visit: impl FnMut(u16, u16, u16)) {
        let (low, high) = if (a.y_m, a.x_m) <= (b.y_m, b.x_m) {
            (a, b)
        } else {
            (b, a)
        };
        let ((low_x, low_y), (high_x, high_y)) = (self.place(low), self.place(high));
        let (west, east) = (low_x.min(high_x), low_x.max(high_x));
        let column = |x: f64| narrow(whole(x).min(self.columns - 1));
        let (first, last) = (whole(low_y - MARGIN), whole(high_y + MARGIN));
        if first == last {
            visit(narrow(first), column(west - MARGIN), column(east + MARGIN));
            return;
        }
        let slope = (high_x - low_x) / (high_y - low_y);
        // Of a level edge the slope is NaN, and NaN gives way to the other number in `min` and `max`.
        let x_at = |y: f64| low_x + (y - low_y) * slope;
        for row in first..=last.min(self.rows - 1) {
            let bottom = x_at((row as f64 - MARGIN).max(low_y));
            let top = x_at((row as f64 + 1.0 + MARGIN).min(high_y));
            let left = bottom.min(top).max(west) - MARGIN;
            let right = bottom.max(top).min(east) + MARGIN;
            visit(narrow(row), column(left), column(right));
        }
    }

    fn place(&self, at: Metric) -> (f64, f64) {
        (
            (at.x_m - self.min.x_m) * self.cells_per_m,
            (at.y_m - self.min.y_m) * self.cells_per_m,
        )
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a grid has fewer than 2¹⁶ rows and columns"
)]
fn narrow(value: usize) -> u16 {
    value as u16
}
