//! Places in rows at equal steps, which may be turned: the cells of a grid, the pixels of a piece of a tile.

use crate::space::Metric;

/// Straight rows of places at equal steps, and rows at equal distances.
///
/// Its own coordinates count steps: x along a row from its first place, y across the rows from the first row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lattice {
    /// The first place of the first row.
    pub(super) origin: Metric,
    /// Cosine and sine of the direction of the rows, from east.
    pub(super) direction: (f64, f64),
    pub(super) step_m: f64,
    /// Distance of the rows in steps, positive where the next row lies to the left of the direction.
    pub(super) row_step: f64,
    pub(super) columns: usize,
    pub(super) rows: usize,
}

impl Lattice {
    /// A place of the plane in steps.
    #[inline]
    pub(super) fn to_steps(self, x_m: f64, y_m: f64) -> (f64, f64) {
        let (dx, dy) = (x_m - self.origin.x_m, y_m - self.origin.y_m);
        let (cos, sin) = self.direction;
        let scale = 1.0 / self.step_m;
        ((dx * cos + dy * sin) * scale, (dy * cos - dx * sin) * scale)
    }

    /// The place of the plane at `x`, `y` steps.
    pub(super) fn to_metric(self, x: f64, y: f64) -> Metric {
        let (cos, sin) = self.direction;
        Metric {
            x_m: self.origin.x_m + (x * cos - y * sin) * self.step_m,
            y_m: self.origin.y_m + (x * sin + y * cos) * self.step_m,
        }
    }

    /// The place in a column of a row.
    pub(super) fn place(&self, column: usize, row: usize) -> Metric {
        self.to_metric(column as f64, row as f64 * self.row_step)
    }

    /// West, south, east, north in metres of the corners of a box in steps.
    pub(super) fn bounds_m(&self, [left, low, right, high]: [f64; 4]) -> [f64; 4] {
        let corners = [(left, low), (right, low), (right, high), (left, high)];
        let nothing = [
            f64::INFINITY,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NEG_INFINITY,
        ];
        corners.iter().fold(nothing, |all, &(x, y)| {
            let at = self.to_metric(x, y);
            [
                all[0].min(at.x_m),
                all[1].min(at.y_m),
                all[2].max(at.x_m),
                all[3].max(at.y_m),
            ]
        })
    }
}
