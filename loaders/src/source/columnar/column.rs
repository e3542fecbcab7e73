//! Arrow arrays, one after the other → one column.

use arrow_array::Array;
use comarca_engine::{Column, ColumnBuilder, Value};

use super::allowance::{Allowance, TooMuch};
use super::cells::{Cell, column_type, hexadecimal, reader};
use crate::problem::{Problem, Problems};

/// Bytes of text between two looks at the allowance, which all threads share.
const TEXT_CHUNK: u64 = 1 << 16;

/// Grows one column.
pub(super) struct ColumnWriter {
    name: String,
    builder: Option<ColumnBuilder>,
    pub(super) problems: Problems,
}

impl ColumnWriter {
    /// An empty column.
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            builder: None,
            problems: Problems::default(),
        }
    }

    /// Appends all values of `array`, the first of which is in row `first_row` of the file.
    pub(super) fn append(
        &mut self,
        array: &dyn Array,
        first_row: usize,
        allowance: &Allowance,
    ) -> Result<(), TooMuch> {
        let name = &self.name;
        let builder = self
            .builder
            .get_or_insert_with(|| ColumnBuilder::of_type(name, column_type(array.data_type())));
        let Some(read) = reader(array, allowance) else {
            let message = format!("values of the type {} are not read", array.data_type());
            self.problems.add(Problem::warning(message).in_column(name));
            builder.fill(builder.len() + array.len());
            return Ok(());
        };
        let mut text_bytes = 0;
        for row in 0..array.len() {
            let at = |problem: Problem| problem.in_column(name).at_row(first_row + row);
            match read(row) {
                Cell::Null => builder.push(Value::Null),
                Cell::Bool(value) => builder.push(Value::Bool(value)),
                Cell::Integer(value) => builder.push(Value::Integer(value)),
                Cell::Real(value) => builder.push(Value::Real(value)),
                Cell::Text(text) => {
                    text_bytes += text.len() as u64;
                    builder.push(Value::Text(text));
                }
                Cell::Made(text) | Cell::Json(text) => {
                    text_bytes += text.len() as u64;
                    builder.push(Value::Text(&text));
                }
                Cell::Unsigned(value) => {
                    self.problems.add(at(Problem::notice(BEYOND)));
                    builder.push(Value::Text(&value.to_string()));
                }
                Cell::NotText(bytes) => {
                    let text = String::from_utf8_lossy(bytes);
                    text_bytes += text.len() as u64;
                    self.problems.add(at(Problem::error(NOT_UTF8).found(&text)));
                    builder.push(Value::Text(&text));
                }
                Cell::Bytes(bytes) => {
                    text_bytes += 2 * bytes.len() as u64;
                    self.problems.add(at(Problem::notice(BINARY)));
                    builder.push(Value::Text(&hexadecimal(bytes)));
                }
                Cell::Unreadable(why) => {
                    self.problems.add(at(Problem::warning(format!(
                        "{why}; the value is left out"
                    ))));
                    builder.push(Value::Null);
                }
                Cell::TooMuch => return Err(TooMuch),
            }
            if text_bytes > TEXT_CHUNK {
                allowance.spend_bytes(std::mem::take(&mut text_bytes))?;
            }
        }
        allowance.spend_bytes(text_bytes)
    }

    /// The finished column.
    pub(super) fn build(self) -> Column {
        self.builder
            .unwrap_or_else(|| ColumnBuilder::new(&self.name))
            .build()
    }
}

const BEYOND: &str = "an integer is beyond 9,223,372,036,854,775,807; the column is read as text";
const NOT_UTF8: &str = "the text is not UTF-8; bytes that make no sense are replaced";
const BINARY: &str = "binary values are given as hexadecimal text";
