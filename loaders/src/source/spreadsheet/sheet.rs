//! A sheet as its file has it: cells at their places, in any order.

use std::sync::Arc;

use super::reference::{Area, COLUMNS_MAX, ROWS_MAX};

/// What a cell holds. Formulas are their last result.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Number(f64),
    Text(Arc<str>),
    Bool(bool),
    /// A date, a time or both, in ISO 8601.
    Date(Arc<str>),
    /// `#N/A` and its kind.
    Error(Arc<str>),
}

/// A cell at its row and column, both from 0.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Placed {
    pub(super) row: u32,
    pub(super) column: u32,
    pub(super) cell: Cell,
}

/// The cells of a sheet, in proportion to the bytes it was read from.
#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) name: String,
    pub(super) hidden: bool,
    pub(super) cells: Vec<Placed>,
    pub(super) merged: Vec<Area>,
    /// Whether the file ends within the sheet.
    pub(super) cut: bool,
    text_bytes: usize,
    bytes: usize,
}

/// What to say when a sheet grows out of proportion to its file.
pub(super) const TOO_MUCH: &str = "its cells are out of all proportion to the file's size";

impl Sheet {
    /// An empty sheet that is read from `bytes` unpacked bytes, shared texts among them.
    pub(super) fn new(name: String, bytes: usize) -> Self {
        Self {
            name,
            hidden: false,
            cells: vec![],
            merged: vec![],
            cut: false,
            text_bytes: 0,
            bytes,
        }
    }

    /// Adds a cell. Cells that lie outside any sheet are left out, blank texts are no cells.
    ///
    /// One shared text or repeated cell costs a file few bytes but us many, so both are bounded.
    pub(super) fn push(&mut self, row: u32, column: u32, cell: Cell) -> Result<(), &'static str> {
        if let Cell::Text(text) = &cell {
            if text.trim().is_empty() {
                return Ok(());
            }
            self.text_bytes = self.text_bytes.saturating_add(text.len());
        }
        if row < ROWS_MAX && column < COLUMNS_MAX {
            self.cells.push(Placed { row, column, cell });
        }
        let fits = self.cells.len() <= self.cells_max() && self.text_bytes <= self.text_bytes_max();
        fits.then_some(()).ok_or(TOO_MUCH)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Most cells, blank ones between others among them.
    pub(super) fn cells_max(&self) -> usize {
        self.bytes.saturating_mul(2).saturating_add(1 << 20)
    }

    fn text_bytes_max(&self) -> usize {
        self.bytes.saturating_mul(8).saturating_add(16 << 20)
    }
}
