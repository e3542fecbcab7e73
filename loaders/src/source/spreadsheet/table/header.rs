//! Where the header of a sheet is: below its titles, in one line or in two where groups stand above the names.

use std::collections::HashSet;
use std::path::Path;

use super::dense::Dense;
use super::text;
use crate::problem::LoadError;
use crate::source::csv::cells::Decimal;
use crate::source::spreadsheet::sheet::Cell;

/// How many rows are looked at.
const ROWS_MAX: usize = 100;

/// The lines of the header, as numbers of used rows, and a name for every used column, empty where it has none.
pub(super) struct Header {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) names: Vec<String>,
}

impl Header {
    /// The row `wanted`, counted from 1 in the sheet; else the first row in which most columns have a name of their own
    /// and that data follows; else the first row in which most columns have anything.
    pub(super) fn find(
        path: &Path,
        dense: &Dense<'_>,
        wanted: Option<usize>,
    ) -> Result<Self, LoadError> {
        if let Some(number) = wanted {
            let start = dense
                .rows
                .iter()
                .position(|row| *row as usize + 1 == number);
            let missing = || {
                LoadError::new(
                    path,
                    format!("has nothing in row {number}, which is to be the header"),
                )
                .advice("mend csv.header")
            };
            return Ok(Self::at(dense, start.ok_or_else(missing)?));
        }
        let rows = || 0..dense.rows.len().min(ROWS_MAX);
        let named = rows().map(|row| Self::at(dense, row)).find(|header| {
            header.end < dense.rows.len() && header.names_most() && header.is_of_labels(dense)
        });
        let filled = || rows().find(|row| most(filled(dense, *row), dense.columns.len()));
        Ok(named.unwrap_or_else(|| Self::at(dense, filled().unwrap_or(0))))
    }

    /// The header that begins in this row: two lines where it groups columns and the next names them.
    fn at(dense: &Dense<'_>, start: usize) -> Self {
        let two = dense.has_groups(start) && is_of_labels(dense, start + 1);
        let end = (start + if two { 2 } else { 1 }).min(dense.rows.len());
        let names = (0..dense.columns.len())
            .map(|column| name(dense, start..end, column))
            .collect();
        Self { start, end, names }
    }

    /// Whether more than half of the columns have a name that no other has.
    fn names_most(&self) -> bool {
        let named = self.names.iter().filter(|name| !name.is_empty());
        most(named.collect::<HashSet<_>>().len(), self.names.len())
    }

    /// Whether its last line has labels, not data.
    fn is_of_labels(&self, dense: &Dense<'_>) -> bool {
        is_of_labels(dense, self.end - 1)
    }
}

/// Whether a row has texts, and otherwise at most years.
fn is_of_labels(dense: &Dense<'_>, row: usize) -> bool {
    let cells = || (0..dense.columns.len()).filter_map(|column| dense.cell(row, column));
    let is_label = |cell: &Cell| match cell {
        Cell::Text(_) => true,
        Cell::Number(number) => number.fract() == 0.0 && (1800.0..2200.0).contains(number),
        _ => false,
    };
    cells().all(is_label) && cells().any(|cell| matches!(cell, Cell::Text(_)))
}

fn filled(dense: &Dense<'_>, row: usize) -> usize {
    (0..dense.columns.len())
        .filter(|column| dense.cell(row, *column).is_some())
        .count()
}

fn most(count: usize, all: usize) -> bool {
    count * 2 > all
}

/// The different texts of a column in the header, from above, with a space between.
fn name(dense: &Dense<'_>, rows: std::ops::Range<usize>, column: usize) -> String {
    let mut parts: Vec<String> = rows
        .filter_map(|row| dense.cell(row, column))
        .map(|cell| {
            let text = text(cell, Decimal::Point);
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        })
        .collect();
    parts.dedup();
    parts.join(" ")
}
