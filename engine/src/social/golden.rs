//! The data and the answers of `tests/golden/social.py`, for the tests of social, composite, rate and deficit.

use std::collections::HashMap;

/// Answers by name.
pub(crate) struct Golden(HashMap<String, f64>);

impl Golden {
    pub(crate) fn read() -> Self {
        let lines = include_str!("../../tests/golden/social_expected.csv").lines();
        let pair = |line: &str| {
            let (key, value) = line.split_once(',').unwrap();
            (key.to_owned(), value.parse().unwrap())
        };
        Self(lines.skip(1).map(pair).collect())
    }

    pub(crate) fn value(&self, key: &str) -> f64 {
        *self
            .0
            .get(key)
            .unwrap_or_else(|| panic!("no answer {key} in social_expected.csv"))
    }
}

/// A table of numbers with names of columns; an empty cell has none.
pub(crate) struct Table {
    names: Vec<String>,
    columns: Vec<Vec<Option<f64>>>,
}

impl Table {
    fn parse(text: &str) -> Self {
        let mut lines = text.lines();
        let names: Vec<String> = lines
            .next()
            .unwrap()
            .split(',')
            .map(str::to_owned)
            .collect();
        let mut columns = vec![Vec::new(); names.len()];
        for line in lines {
            for (column, cell) in columns.iter_mut().zip(line.split(',')) {
                column.push((!cell.is_empty()).then(|| cell.parse().unwrap()));
            }
        }
        Self { names, columns }
    }

    pub(crate) fn column(&self, name: &str) -> &[Option<f64>] {
        let position = self.names.iter().position(|own| own == name);
        &self.columns[position.unwrap_or_else(|| panic!("no column {name}"))]
    }

    /// The columns whose name begins with `prefix`, in their order.
    pub(crate) fn columns(&self, prefix: &str) -> Vec<&[Option<f64>]> {
        let pairs = self.names.iter().zip(&self.columns);
        pairs
            .filter(|(name, _)| name.starts_with(prefix))
            .map(|(_, column)| column.as_slice())
            .collect()
    }

    /// The four groups of a data set: age bands, or seeded counts.
    pub(crate) fn groups(&self) -> Vec<&[Option<f64>]> {
        self.columns("group_")
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "codes are whole and small"
    )]
    pub(crate) fn codes(&self, name: &str) -> Vec<Option<u32>> {
        let code = |value: &Option<f64>| value.map(|value| value as u32);
        self.column(name).iter().map(code).collect()
    }
}

/// The 280 districts of the bundled sample.
pub(crate) fn sample() -> Table {
    Table::parse(include_str!("../../tests/golden/social_sample.csv"))
}

/// Sixty seeded rows with zeros, ties and missing cells.
pub(crate) fn seeded() -> Table {
    Table::parse(include_str!("../../tests/golden/social_seeded.csv"))
}

/// The composites and rates of a data set, a column per method.
pub(crate) fn answers(of: &str) -> Table {
    Table::parse(match of {
        "sample" => include_str!("../../tests/golden/social_columns_sample.csv"),
        _ => include_str!("../../tests/golden/social_columns_seeded.csv"),
    })
}

/// Equal within 1e-9 of the answer, or 1e-13 of zero.
#[track_caller]
pub(crate) fn assert_close(found: f64, expected: f64) {
    let tolerance = 1e-9 * expected.abs() + 1e-13;
    assert!(
        (found - expected).abs() <= tolerance,
        "found {found:?}, expected {expected:?}"
    );
}
