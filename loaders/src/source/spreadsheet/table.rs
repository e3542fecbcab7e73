//! A sheet → a table: where its header is, what its columns are called, what its cells mean.

mod dense;
mod header;
mod numbers;

use std::path::Path;

use comarca_engine::{Column, Text, Value};

use super::reference::letters;
use super::sheet::{Cell, Sheet, TOO_MUCH};
use crate::problem::{LoadError, Problem, Problems};
use crate::source::csv::cells::{self, Decimal};
use crate::source::csv::{self, Grid};
use crate::source::{CsvOptions, Features, Format};
use dense::Dense;
use header::Header;

/// The table of a sheet, by the rules of delimited text; typed cells keep their types.
pub(super) fn layer(
    path: &Path,
    sheet: &Sheet,
    format: Format,
    options: &CsvOptions,
) -> Result<Features, LoadError> {
    let mut problems = Problems::default();
    if sheet.cut {
        let error = Problem::error("breaks off within the sheet; the rows behind are missing");
        problems.add(error.advice("get the file again"));
    }
    let mut dense = Dense::new(sheet).ok_or_else(|| LoadError::new(path, TOO_MUCH))?;
    let filled = dense.fill_merged();
    let header = Header::find(path, &dense, options.header)?;
    report_merged(&dense, &header, &filled, &mut problems);
    report_above(&dense, &header, &mut problems);
    let table = Body::new(&dense, &header);
    table.report_errors(&mut problems);
    table.report_totals(&mut problems);
    let decimal = csv::wanted_decimal(path, options)?.unwrap_or_else(|| table.decimal());
    let grid = table.grid(decimal, &mut problems);
    let mut layer = csv::layer(path, &grid, decimal, options, problems, format)?;
    for column in &mut layer.columns {
        let as_text = options
            .text
            .iter()
            .any(|name| name.eq_ignore_ascii_case(column.name()));
        let number = grid.position(column.name()).filter(|_| !as_text);
        if let Some(values) = number.and_then(|number| table.truths(number)) {
            *column = Column::new(column.name(), values);
        }
    }
    Ok(Features {
        name: sheet.name.clone(),
        ..layer
    })
}

/// Merged cells are told; numbers among them may be counted more often than they are meant.
fn report_merged(
    dense: &Dense<'_>,
    header: &Header,
    filled: &dense::Filled,
    problems: &mut Problems,
) {
    if filled.areas.is_empty() {
        return;
    }
    let below = |area: &super::reference::Area| {
        dense
            .rows
            .get(header.end)
            .is_some_and(|row| area.rows.0 >= *row)
    };
    let number = |area: &&super::reference::Area| {
        below(area) && matches!(dense.at(area.rows.0, area.columns.0), Some(Cell::Number(_)))
    };
    let list = |areas: Vec<String>| crate::source::folder::listed(&areas);
    let all = list(filled.areas.iter().map(ToString::to_string).collect());
    let notice = format!("merged cells have their value in each of their cells: {all}");
    problems.add(Problem::notice(notice));
    let numbers: Vec<String> = filled
        .areas
        .iter()
        .filter(number)
        .map(ToString::to_string)
        .collect();
    if !numbers.is_empty() {
        let warning = format!(
            "merged cells with a number count it in each row: {}",
            list(numbers)
        );
        problems.add(Problem::warning(warning).advice("unmerge them if it is meant once"));
    }
    if filled.stopped {
        problems.add(Problem::warning("has more merged cells than can be filled"));
    }
}

/// Rows above the header are told by the first of their texts.
fn report_above(dense: &Dense<'_>, header: &Header, problems: &mut Problems) {
    for row in 0..header.start {
        let first = (0..dense.columns.len()).find_map(|column| dense.cell(row, column));
        let notice = Problem::notice("stands above the header and is left out")
            .at_line(u64::from(dense.rows[row]) + 1, 1);
        let shown = first
            .map(|cell| text(cell, Decimal::Point))
            .unwrap_or_default();
        problems.add(notice.found(&shown));
    }
}

/// The rows below the header, in the columns that have a name or a cell there.
struct Body<'a> {
    dense: &'a Dense<'a>,
    start: usize,
    columns: Vec<usize>,
    names: Vec<String>,
}

impl<'a> Body<'a> {
    fn new(dense: &'a Dense<'a>, header: &Header) -> Self {
        let start = header.end;
        let used =
            |column: usize| (start..dense.rows.len()).any(|row| dense.cell(row, column).is_some());
        let columns: Vec<usize> = (0..dense.columns.len())
            .filter(|&column| !header.names[column].is_empty() || used(column))
            .collect();
        let name = |&column: &usize| match header.names[column].as_str() {
            "" => format!("column_{}", letters(dense.columns[column])),
            name => name.to_owned(),
        };
        let names = columns.iter().map(name).collect();
        Self {
            dense,
            start,
            columns,
            names,
        }
    }

    fn len(&self) -> usize {
        self.dense.rows.len() - self.start
    }

    fn cell(&self, row: usize, column: usize) -> Option<&'a Cell> {
        self.dense.cell(self.start + row, self.columns[column])
    }

    /// The address of a cell: row of the table, row and column of the sheet, column's name.
    fn address(&self, problem: Problem, row: usize, column: usize) -> Problem {
        let line = u64::from(self.dense.rows[self.start + row]) + 1;
        let place = u64::from(self.dense.columns[self.columns[column]]) + 1;
        problem
            .at_row(row)
            .at_line(line, place)
            .in_column(&self.names[column])
    }

    fn report_errors(&self, problems: &mut Problems) {
        for column in 0..self.columns.len() {
            for row in 0..self.len() {
                if let Some(Cell::Error(error)) = self.cell(row, column) {
                    let warning = Problem::warning("is an error of the spreadsheet and no value");
                    let problem = self.address(warning.found(error), row, column);
                    problems.add(problem.advice("mend the formula"));
                }
            }
        }
    }

    /// Rows at the bottom that add up those above would be counted twice.
    fn report_totals(&self, problems: &mut Problems) {
        const ROWS_LOOKED_AT: usize = 10;
        for row in self.len().saturating_sub(ROWS_LOOKED_AT)..self.len() {
            let first =
                (0..self.columns.len()).find_map(|column| Some((column, self.cell(row, column)?)));
            let Some((column, Cell::Text(text))) = first else {
                continue;
            };
            let word: String = text
                .trim()
                .chars()
                .take_while(|c| c.is_alphabetic())
                .collect();
            if ["total", "totales", "totals", "suma", "subtotal"].contains(&&*word.to_lowercase()) {
                let notice =
                    Problem::notice("looks like a total of the rows above; it is kept").found(text);
                let advice = "leave it out with where if it would be counted twice";
                problems.add(self.address(notice, row, column).advice(advice));
            }
        }
    }

    /// The decimal mark of numbers that are stored as text.
    fn decimal(&self) -> Decimal {
        let texts = (0..self.columns.len()).map(|column| {
            let cells = (0..self.len()).filter_map(|row| match self.cell(row, column) {
                Some(Cell::Text(text)) => Some(text),
                _ => None,
            });
            cells.collect::<Text>()
        });
        cells::decimal(&texts.collect::<Vec<_>>())
    }

    /// All cells as text with this decimal mark.
    fn grid(&self, decimal: Decimal, problems: &mut Problems) -> Grid {
        let column = |column: usize| -> Text {
            let cells = || (0..self.len()).map(|row| self.cell(row, column));
            let grouped = numbers::Grouping::of(&cells().flatten());
            if grouped.is_some() {
                let notice = "has numbers stored as text with separators between thousands; they were read as numbers";
                problems.add(Problem::notice(notice).in_column(&self.names[column]));
            }
            cells()
                .map(|cell| match (cell, &grouped) {
                    (None, _) => String::new(),
                    (Some(Cell::Text(text)), Some(grouping)) => grouping.plain(text, decimal),
                    (Some(cell), _) => text(cell, decimal),
                })
                .collect()
        };
        let columns: Vec<Text> = (0..self.columns.len()).map(column).collect();
        Grid::new(&self.names, columns)
    }

    /// The values of a column that has nothing but true and false.
    fn truths(&self, column: usize) -> Option<Vec<Value<'static>>> {
        let value = |row| match self.cell(row, column) {
            Some(Cell::Bool(value)) => Some(Value::Bool(*value)),
            None | Some(Cell::Error(_)) => Some(Value::Null),
            Some(_) => None,
        };
        let values: Vec<Value<'static>> = (0..self.len()).map(value).collect::<Option<_>>()?;
        values
            .iter()
            .any(|value| *value != Value::Null)
            .then_some(values)
    }
}

/// A cell as text with this decimal mark; an error is none.
fn text(cell: &Cell, decimal: Decimal) -> String {
    match cell {
        Cell::Number(number) => numbers::text(*number, decimal),
        Cell::Text(text) | Cell::Date(text) => text.to_string(),
        Cell::Bool(value) => value.to_string(),
        Cell::Error(_) => String::new(),
    }
}
