//! Tables of figures by key.

use std::collections::BTreeMap;
use std::path::Path;

/// A row: cells as they are written, by column.
pub type Row = BTreeMap<String, String>;

/// Whether two numbers are one, as far as `serde_json` reads them: without its feature `float_roundtrip` a number may be
/// one unit in the last place off. CSV is compared exactly instead.
pub fn same_in_json(one: Option<f64>, other: Option<f64>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one == other || one.to_bits().abs_diff(other.to_bits()) <= 1,
        _ => one == other,
    }
}

/// Rows by key, with the columns in their order.
#[derive(Debug)]
pub struct Table {
    /// Names of the columns, the key first.
    pub columns: Vec<String>,
    /// The rows by their first cell.
    pub rows: BTreeMap<String, Row>,
}

impl Table {
    /// Reads CSV text whose first column is the key.
    ///
    /// # Panics
    /// When it is no such table, or a key stands twice.
    pub fn from_csv(text: &str) -> Self {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let columns: Vec<String> = reader
            .headers()
            .expect("a head line")
            .iter()
            .map(str::to_owned)
            .collect();
        let mut rows = BTreeMap::new();
        for record in reader.records() {
            let record = record.expect("a table has rows of one length");
            let cells = columns
                .iter()
                .cloned()
                .zip(record.iter().map(str::to_owned));
            let twice = rows.insert(record[0].to_owned(), cells.collect());
            assert_eq!(twice, None, "the key {} stands twice", &record[0]);
        }
        Self { columns, rows }
    }

    /// Reads a CSV file.
    pub fn read(file: &Path) -> Self {
        let text = std::fs::read_to_string(file)
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        Self::from_csv(&text)
    }

    /// A number; none where the cell is empty.
    ///
    /// # Panics
    /// When there is no such cell, or it is not a number.
    pub fn number(&self, key: &str, column: &str) -> Option<f64> {
        let cell = self.rows.get(key).and_then(|row| row.get(column));
        let cell = cell.unwrap_or_else(|| panic!("there is no {column} of {key}"));
        let parse = |cell: &String| {
            cell.parse()
                .unwrap_or_else(|_| panic!("{column} of {key} is {cell:?}"))
        };
        (!cell.is_empty()).then(|| parse(cell))
    }
}
