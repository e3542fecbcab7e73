//! Places in the cells of a grid, so that those around a facility are a few stretches of flat arrays.

use crate::number::{narrow, whole};
use std::ops::Range;

use crate::index::Envelope;
use crate::space::Metric;

/// Cells across a radius: more follow the circle closer, fewer are quicker to visit.
const CELLS_PER_RADIUS: f64 = 8.0;
/// Shares by which a circle is widened, far above the rounding of the arithmetic.
const WIDER: f64 = 1.0 + 1e-9;

/// Places sorted by cell, rows of cells from the south, each from the west; in a cell in their own order.
#[derive(Debug)]
pub(super) struct Places {
    min: Metric,
    cell_m: f64,
    columns: usize,
    rows: usize,
    starts: Vec<u32>,
    pub(super) at: Vec<Metric>,
    /// Number of each place in the order that it was given.
    pub(super) numbers: Vec<u32>,
}

impl Places {
    /// Sorts the places that have coordinates for circles of about `radius_m`. Cost O(n).
    pub(super) fn new(places: &[Metric], radius_m: f64) -> Self {
        let near = || places.iter().filter(|at| at.is_near());
        let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        for at in near() {
            low = [low[0].min(at.x_m), low[1].min(at.y_m)];
            high = [high[0].max(at.x_m), high[1].max(at.y_m)];
        }
        let count = near().count();
        if count == 0 {
            (low, high) = ([0.0; 2], [0.0; 2]);
        }
        let (width, height) = ((high[0] - low[0]).max(1.0), (high[1] - low[1]).max(1.0));
        let longer = width.max(height);
        // About one place in a cell is enough, and a line of places gets no more cells than places.
        let least = (width * height / (count + 1) as f64)
            .sqrt()
            .max(longer / (count + 1) as f64);
        let cell_m = (radius_m / CELLS_PER_RADIUS).clamp(least, longer.max(least));
        let mut sorted = Self {
            min: Metric {
                x_m: low[0],
                y_m: low[1],
            },
            cell_m,
            columns: whole(width / cell_m) + 1,
            rows: whole(height / cell_m) + 1,
            starts: vec![],
            at: vec![],
            numbers: vec![],
        };
        sorted.sort(places, count);
        sorted
    }

    fn sort(&mut self, places: &[Metric], count: usize) {
        let mut starts = vec![0_u32; self.columns * self.rows + 1];
        let cells: Vec<u32> = places
            .iter()
            .map(|&at| match at.is_near() {
                true => narrow(self.row_of(at.y_m) * self.columns + self.column_of(at.x_m)),
                false => u32::MAX,
            })
            .collect();
        let inside = || (0_u32..).zip(&cells).filter(|(_, cell)| **cell != u32::MAX);
        inside().for_each(|(_, &cell)| starts[cell as usize + 1] += 1);
        for cell in 1..starts.len() {
            starts[cell] += starts[cell - 1];
        }
        let mut next = starts.clone();
        self.at = vec![Metric::default(); count];
        self.numbers = vec![0; count];
        for (number, &cell) in inside() {
            let position = next[cell as usize] as usize;
            next[cell as usize] += 1;
            self.at[position] = places[number as usize];
            self.numbers[position] = number;
        }
        self.starts = starts;
    }

    /// Number of rows of cells.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// The places of some rows of cells.
    pub(super) fn in_rows(&self, rows: Range<usize>) -> Range<usize> {
        self.starts[rows.start * self.columns] as usize
            ..self.starts[rows.end * self.columns] as usize
    }

    /// The rows of cells that come within `within_m` of a box, cut to `rows`.
    pub(super) fn rows_around(
        &self,
        around: &Envelope<f64>,
        within_m: f64,
        rows: &Range<usize>,
    ) -> Range<usize> {
        let reach_m = within_m * WIDER;
        let (south, north) = (
            around[1] - reach_m - self.min.y_m,
            around[3] + reach_m - self.min.y_m,
        );
        if !(north >= 0.0 && south <= self.rows as f64 * self.cell_m) {
            return 0..0;
        }
        let first = whole(south / self.cell_m).max(rows.start);
        let end = whole(north / self.cell_m).saturating_add(1).min(rows.end);
        first..end.max(first)
    }

    /// The places of a row of cells that can lie within `within_m` of a box.
    pub(super) fn in_row_around(
        &self,
        around: &Envelope<f64>,
        within_m: f64,
        row: usize,
    ) -> Range<usize> {
        let bottom = self.min.y_m + row as f64 * self.cell_m;
        let apart_m = (around[1] - bottom - self.cell_m)
            .max(bottom - around[3])
            .max(0.0);
        let reach_m = within_m * WIDER;
        // A hair more, where the row only just touches the circle.
        let aside_m = (reach_m * reach_m - apart_m * apart_m).max(0.0).sqrt() + self.cell_m * 1e-6;
        let (west, east) = (
            around[0] - aside_m - self.min.x_m,
            around[2] + aside_m - self.min.x_m,
        );
        if !(east >= 0.0 && west <= self.columns as f64 * self.cell_m) {
            return 0..0;
        }
        let left = whole(west / self.cell_m).min(self.columns - 1);
        let right = whole(east / self.cell_m).min(self.columns - 1);
        let first = row * self.columns;
        self.starts[first + left] as usize..self.starts[first + right + 1] as usize
    }

    fn row_of(&self, y_m: f64) -> usize {
        whole((y_m - self.min.y_m) / self.cell_m).min(self.rows - 1)
    }

    fn column_of(&self, x_m: f64) -> usize {
        whole((x_m - self.min.x_m) / self.cell_m).min(self.columns - 1)
    }
}
