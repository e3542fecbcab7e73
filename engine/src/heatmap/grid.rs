//! Densities at the centres of square cells.

use thiserror::Error;

use super::lattice::Lattice;
use crate::number::whole;
use crate::space::Metric;

/// Largest grid that is computed: 64 million cells, 512 MB.
pub const MAX_GRID_CELLS: usize = 1 << 26;

/// Densities per km² at the centres of square cells, row by row from the south-west; NaN where there is no value.
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
    /// The parts that are to be one do not have the same cells.
    #[error("grids of other cells cannot be added")]
    Unlike,
}

impl Grid {
    /// A grid without values whose cells cover a box in metres.
    pub(super) fn covering(cell_m: f64, bbox: [f64; 4]) -> Result<Self, GridError> {
        if !(cell_m > 0.0 && cell_m.is_finite()) {
            return Err(GridError::Cell(cell_m));
        }
        let (width, height) = (bbox[2] - bbox[0], bbox[3] - bbox[1]);
        if !(width > 0.0 && height > 0.0 && width.is_finite() && height.is_finite()) {
            return Err(GridError::Box(bbox));
        }
        let (columns, rows) = ((width / cell_m).ceil(), (height / cell_m).ceil());
        if columns * rows > MAX_GRID_CELLS as f64 {
            return Err(GridError::TooLarge(columns * rows));
        }
        Ok(Self {
            min_x_m: bbox[0],
            min_y_m: bbox[1],
            cell_m,
            columns: whole(columns),
            rows: whole(rows),
            values: vec![],
        })
    }

    /// The centres of the cells.
    pub(super) fn lattice(&self) -> Lattice {
        let (x_m, y_m) = self.centre(0, 0);
        Lattice {
            origin: Metric { x_m, y_m },
            direction: (1.0, 0.0),
            step_m: self.cell_m,
            row_step: 1.0,
            columns: self.columns,
            rows: self.rows,
        }
    }

    /// Centre of a cell in metres.
    pub fn centre(&self, column: usize, row: usize) -> (f64, f64) {
        (
            self.min_x_m + (column as f64 + 0.5) * self.cell_m,
            self.min_y_m + (row as f64 + 0.5) * self.cell_m,
        )
    }

    /// Adds another grid of the same cells: the surfaces of the parts of a set of features add up to that of the whole,
    /// but for rounding. A cell without a value in one has none in the sum.
    ///
    /// # Errors
    /// When the cells are not the same.
    pub fn merge(&mut self, other: &Self) -> Result<(), GridError> {
        let cells = |grid: &Self| {
            let place = [grid.min_x_m, grid.min_y_m, grid.cell_m].map(f64::to_bits);
            (place, grid.columns, grid.rows, grid.values.len())
        };
        if cells(self) != cells(other) {
            return Err(GridError::Unlike);
        }
        self.values
            .iter_mut()
            .zip(&other.values)
            .for_each(|(own, other)| *own += other);
        Ok(())
    }
}
