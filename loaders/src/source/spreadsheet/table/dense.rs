//! The used rows and columns of a sheet as a rectangle.

use crate::source::spreadsheet::reference::Area;
use crate::source::spreadsheet::sheet::{Cell, Sheet};

/// Numbers of cells, rows and columns that are empty left out.
pub(super) struct Dense<'a> {
    sheet: &'a Sheet,
    /// Rows and columns of the sheet, ascending.
    pub(super) rows: Vec<u32>,
    pub(super) columns: Vec<u32>,
    /// Row by row the number of the cell, from 1; 0 where there is none.
    cells: Vec<u32>,
}

/// Which merged areas were filled.
pub(super) struct Filled {
    pub(super) areas: Vec<Area>,
    /// Whether there were more than could be.
    pub(super) stopped: bool,
}

impl<'a> Dense<'a> {
    /// `None` where the rectangle is out of all proportion to the file.
    pub(super) fn new(sheet: &'a Sheet) -> Option<Self> {
        let rows = ascending(sheet.cells.iter().map(|placed| placed.row));
        let columns = ascending(sheet.cells.iter().map(|placed| placed.column));
        let len = rows.len().checked_mul(columns.len())?;
        if len > sheet.cells_max() || u32::try_from(sheet.cells.len()).is_err() {
            return None;
        }
        let mut dense = Self {
            sheet,
            rows,
            columns,
            cells: vec![0; len],
        };
        for (number, placed) in (1_u32..).zip(&sheet.cells) {
            if let Some(at) = dense.position(placed.row, placed.column) {
                dense.cells[at] = number;
            }
        }
        Some(dense)
    }

    /// The cell at these numbers of row and column.
    pub(super) fn cell(&self, row: usize, column: usize) -> Option<&'a Cell> {
        self.numbered(*self.cells.get(row * self.columns.len() + column)?)
    }

    /// The cell at this row and column of the sheet.
    pub(super) fn at(&self, row: u32, column: u32) -> Option<&'a Cell> {
        self.numbered(self.cells[self.position(row, column)?])
    }

    /// Writes the value of every merged area into its empty cells. Cost bounded by a few times the rectangle.
    pub(super) fn fill_merged(&mut self) -> Filled {
        let mut left = self.cells.len().saturating_mul(4).saturating_add(1 << 16);
        let mut filled = Filled {
            areas: vec![],
            stopped: false,
        };
        for area in &self.sheet.merged {
            let Some(source) = self.position(area.rows.0, area.columns.0) else {
                continue;
            };
            let number = self.cells[source];
            let (rows, columns) = (
                span(&self.rows, area.rows),
                span(&self.columns, area.columns),
            );
            let Some(rest) = left.checked_sub(rows.len().saturating_mul(columns.len())) else {
                filled.stopped = true;
                break;
            };
            left = rest;
            if number == 0 || rows.len() * columns.len() < 2 {
                continue;
            }
            for row in rows {
                for column in columns.clone() {
                    let cell = &mut self.cells[row * self.columns.len() + column];
                    *cell = if *cell == 0 { number } else { *cell };
                }
            }
            filled.areas.push(*area);
        }
        filled
            .areas
            .sort_by_key(|area| (area.rows.0, area.columns.0));
        filled
    }

    /// Whether an area that begins in this row spans several columns but not all.
    pub(super) fn has_groups(&self, row: usize) -> bool {
        let Some(number) = self.rows.get(row) else {
            return false;
        };
        self.sheet.merged.iter().any(|area| {
            let columns = span(&self.columns, area.columns).len();
            area.rows.0 == *number && columns > 1 && columns < self.columns.len()
        })
    }

    fn numbered(&self, number: u32) -> Option<&'a Cell> {
        let placed = self.sheet.cells.get((number as usize).checked_sub(1)?)?;
        Some(&placed.cell)
    }

    fn position(&self, row: u32, column: u32) -> Option<usize> {
        let (row, column) = (
            self.rows.binary_search(&row).ok()?,
            self.columns.binary_search(&column).ok()?,
        );
        Some(row * self.columns.len() + column)
    }
}

fn ascending(numbers: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut numbers: Vec<u32> = numbers.collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// Which of `numbers` lie within both ends.
fn span(numbers: &[u32], ends: (u32, u32)) -> std::ops::Range<usize> {
    let start = numbers.partition_point(|number| *number < ends.0);
    start
        ..numbers
            .partition_point(|number| *number <= ends.1)
            .max(start)
}
