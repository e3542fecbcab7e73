//! The attribute columns of a layer while it is read; columns may turn up in any row.

use std::collections::HashMap;

use comarca_engine::{Column, ColumnBuilder, Value};

/// Grows columns row by row. A column that a row does not mention is null there.
#[derive(Debug)]
pub(super) struct Table {
    columns: Vec<ColumnBuilder>,
    numbers: HashMap<String, usize>,
    rows: usize,
    cells_max: usize,
}

impl Table {
    /// An empty table of a file of `file_bytes`.
    ///
    /// Cells that are absent cost a file nothing but us memory, so their number is bounded by the file's size.
    pub(super) fn new(file_bytes: usize) -> Self {
        Self {
            columns: vec![],
            numbers: HashMap::new(),
            rows: 0,
            cells_max: cells_max(file_bytes),
        }
    }

    /// The number of the column `name`, which is added when new.
    pub(super) fn column(&mut self, name: &str) -> usize {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        self.numbers.insert(name.to_owned(), self.columns.len());
        self.columns.push(ColumnBuilder::new(name));
        self.columns.len() - 1
    }

    /// Whether there is a column `name`.
    pub(super) fn has(&self, name: &str) -> bool {
        self.numbers.contains_key(name)
    }

    /// Adds one more column even where the name is taken; the later one gets a number behind its name.
    pub(super) fn new_column(&mut self, name: &str) -> usize {
        let mut unique = name.to_owned();
        let mut count = 1;
        while self.has(&unique) {
            count += 1;
            unique = format!("{name}_{count}");
        }
        self.column(&unique)
    }

    /// Sets a cell of the current row; the first value stays where a cell is set twice.
    pub(super) fn set(&mut self, column: usize, value: Value<'_>) {
        let builder = &mut self.columns[column];
        builder.fill(self.rows);
        if builder.len() == self.rows {
            builder.push(value);
        }
    }

    /// Whether the current row has a cell in this column.
    pub(super) fn is_set(&self, column: usize) -> bool {
        self.columns[column].len() > self.rows
    }

    /// Number of cells, the absent ones among them.
    pub(super) fn cells(&self) -> usize {
        self.rows.saturating_mul(self.columns.len())
    }

    /// Ends the current row. False when the table has grown past all proportion to its file.
    pub(super) fn end_row(&mut self) -> bool {
        self.rows += 1;
        self.cells() <= self.cells_max
    }

    /// Puts the rows of `below` under these, column by column. False as in [`end_row`](Self::end_row).
    pub(super) fn append(&mut self, below: Self) -> bool {
        let rows = below.rows;
        for column in below.build() {
            let number = self.column(column.name());
            self.columns[number].fill(self.rows);
            self.columns[number].extend_from(&column);
        }
        self.rows += rows;
        self.rows.saturating_mul(self.columns.len()) <= self.cells_max
    }

    /// Number of rows that have ended.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// The finished columns.
    pub(super) fn build(self) -> Vec<Column> {
        let rows = self.rows;
        let finish = |mut column: ColumnBuilder| {
            column.fill(rows);
            column.build()
        };
        self.columns.into_iter().map(finish).collect()
    }
}

/// Most cells of all layers of a file of `file_bytes`.
pub(super) fn cells_max(file_bytes: usize) -> usize {
    file_bytes.saturating_mul(2).saturating_add(1 << 20)
}

/// What to say when [`Table::end_row`] is false.
pub(super) const TOO_MANY_CELLS: &str =
    "rows × columns are out of all proportion to the file's size";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_that_turns_up_late_is_null_before() {
        let mut table = Table::new(0);
        table.end_row();
        let late = table.column("late");
        table.set(late, Value::Integer(3));
        table.set(late, Value::Integer(4));
        table.end_row();
        table.end_row();
        let columns = table.build();
        let values: Vec<_> = (0..3).map(|row| columns[0].value(row)).collect();
        assert_eq!(values, [Value::Null, Value::Integer(3), Value::Null]);
    }

    #[test]
    fn columns_of_one_name_are_told_apart() {
        let mut table = Table::new(0);
        let numbers: Vec<_> = ["a", "a", "a_2"]
            .iter()
            .map(|name| table.new_column(name))
            .collect();
        let columns = table.build();
        let names: Vec<_> = numbers
            .iter()
            .map(|&number| columns[number].name())
            .collect();
        assert_eq!(names, ["a", "a_2", "a_2_2"]);
    }
}
