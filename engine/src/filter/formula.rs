//! Expressions that give a value for every row: columns made of columns.

use std::fmt::{self, Display, Formatter};

use super::evaluate::{BoundValue, Property, Scalar, bind_value};
use super::expression::Expression;
use super::{FilterError, kind, parse};
use crate::column::{Column, ColumnBuilder, Value};

/// A parsed expression such as `CONCAT(COMUNA, LPAD(TEXT(COD_DIS), 2, '0'))` or `100 * women / persons`: what a filter
/// understands, with a value of any type. Printing it gives text that parses to the same formula.
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    root: Expression,
}

/// A column that was computed.
#[derive(Clone, Debug)]
pub struct Derived {
    /// The values: whole numbers where all that they are made of are whole and nothing is divided.
    pub column: Column,
    /// Rows that have no value though every column the formula names has one: text that is no number, a division by
    /// zero, a text that is too long.
    pub lost: Vec<usize>,
}

/// Whole numbers beyond this are not exact in arithmetic.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

impl Formula {
    /// Reads text within the same bounds as a filter.
    ///
    /// # Errors
    /// As [`Filter::parse`](super::Filter::parse), but for a value that is not true or false.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let root = parse::parse(text)?;
        match kind::kind(&root, &|_| kind::Kind::Unknown)? {
            kind::Kind::Geometry => Err(FilterError::Type {
                message: format!("{root} is a geometry, which no column holds"),
            }),
            _ => Ok(Self { root }),
        }
    }

    /// The column `name` with the value of every row of `columns`, which have `rows` rows. Cost O(rows × formula).
    ///
    /// # Errors
    /// When a column is unknown or of a type that does not fit.
    pub fn derive(
        &self,
        name: &str,
        rows: usize,
        columns: &[Column],
    ) -> Result<Derived, FilterError> {
        let bound = bind_value(&self.root, columns.iter().map(Property::from).collect())?;
        let inputs = self.inputs(columns);
        let is_whole = bound.is_whole();
        let mut column = ColumnBuilder::new(name);
        let mut lost = vec![];
        for row in 0..rows {
            let value = value(&bound, row, is_whole);
            if value.is_null() && inputs.iter().all(|input| input.value(row) != Value::Null) {
                lost.push(row);
            }
            column.push(value.view_value());
        }
        Ok(Derived {
            column: column.build(),
            lost,
        })
    }

    /// The columns that the formula names.
    fn inputs<'c>(&self, columns: &'c [Column]) -> Vec<&'c Column> {
        let mut inputs = vec![];
        self.root.each_property(&mut |name| {
            inputs.extend(columns.iter().find(|column| column.name() == name));
        });
        inputs
    }
}

#[expect(clippy::cast_possible_truncation, reason = "whole and within bounds")]
fn value<'n>(bound: &'n BoundValue<'_>, row: usize, is_whole: bool) -> Scalar<'n> {
    match bound.value(row) {
        Scalar::Real(value) if is_whole && value.fract() == 0.0 && value.abs() <= EXACT_MAX => {
            Scalar::Integer(value as i64)
        }
        value => value,
    }
}

impl Scalar<'_> {
    /// The value as a column takes it.
    fn view_value(&self) -> Value<'_> {
        match self {
            Self::Null | Self::Geometry => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Integer(value) => Value::Integer(*value),
            Self::Real(value) => Value::Real(*value),
            Self::Text(text) => Value::Text(text),
        }
    }
}

impl Display for Formula {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        self.root.fmt(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::ColumnType;

    fn districts() -> Vec<Column> {
        vec![
            Column::new("COMUNA", ["13101", "05101", "13110"].map(Value::Text)),
            Column::new(
                "COD_DIS",
                [Value::Real(4.0), Value::Real(12.0), Value::Null],
            ),
            Column::new("robos", ["7", "1.234,5", "x"].map(Value::Text)),
            Column::new("pop", [10, 0, -3].map(Value::Integer)),
        ]
    }

    fn derived(formula: &str) -> Derived {
        let formula = Formula::parse(formula).unwrap_or_else(|error| panic!("{formula}: {error}"));
        assert_eq!(Formula::parse(&formula.to_string()).as_ref(), Ok(&formula));
        let derived = formula.derive("d", 3, &districts());
        derived.unwrap_or_else(|error| panic!("{formula}: {error}"))
    }

    fn texts(formula: &str) -> [String; 3] {
        let column = derived(formula).column;
        [0, 1, 2].map(|row| column.value(row).display())
    }

    #[test]
    fn a_key_is_put_together_and_null_where_a_part_is_missing() {
        let key = "CONCAT(COMUNA, LPAD(TEXT(COD_DIS), 2, '0'))";
        assert_eq!(texts(key), ["1310104", "0510112", ""]);
        assert_eq!(derived(key).lost, [0usize; 0]);
        let filled = "concat(COMUNA, coalesce(TEXT(COD_DIS), '-'), TRUE, 1.0)";
        assert_eq!(
            texts(filled),
            ["131014true1", "0510112true1", "13110-true1"]
        );
    }

    #[test]
    fn text_is_cut_padded_and_changed() {
        assert_eq!(texts("SUBSTR(COMUNA, 1, 2)"), ["13", "05", "13"]);
        assert_eq!(texts("SUBSTR(COMUNA, 4)"), ["01", "01", "10"]);
        assert_eq!(texts("SUBSTR(COMUNA, 9, 2)"), ["", "", ""]);
        assert_eq!(texts("LPAD(COMUNA, 3, '0')"), ["13101", "05101", "13110"]);
        assert_eq!(texts("UPPER(TRIM(' ñuñoa '))"), ["ÑUÑOA"; 3]);
        assert_eq!(texts("LOWER(robos)")[2], "x");
    }

    #[test]
    fn what_is_no_number_is_null_and_told() {
        let found = derived("NUMBER(robos)");
        assert_eq!(found.column.number(1), Some(1234.5));
        assert_eq!((found.column.value(2), found.lost), (Value::Null, vec![2]));
        assert_eq!(derived("10 / pop").lost, [1]);
    }

    #[test]
    fn values_have_the_type_of_what_they_are_made_of() {
        let kind = |formula| derived(formula).column.column_type();
        assert_eq!(kind("pop * 2 + 1"), ColumnType::Integer);
        assert_eq!(kind("pop / 2"), ColumnType::Real);
        assert_eq!(kind("ROUND(COD_DIS / 3)"), ColumnType::Integer);
        assert_eq!(kind("ROUND(COD_DIS / 3, 1)"), ColumnType::Real);
        assert_eq!(kind("pop > 1 AND COD_DIS < 5"), ColumnType::Bool);
        assert_eq!(kind("COALESCE(COD_DIS, 0)"), ColumnType::Real);
        assert_eq!(kind("NUMBER(COMUNA)"), ColumnType::Integer);
        assert_eq!(kind("TEXT(pop)"), ColumnType::Text);
    }

    #[test]
    fn errors_say_where_and_what_to_write() {
        let message = |text: &str| {
            let derived = Formula::parse(text).and_then(|f| f.derive("d", 3, &districts()));
            derived.map(|_| ()).expect_err(text).to_string()
        };
        for (text, expected) in [
            (
                "LPAD(COD_DIS, 2, '0')",
                "LPAD needs text, but COD_DIS is a number; write TEXT(COD_DIS)",
            ),
            (
                "robos + 1",
                "arithmetic needs numbers, but robos is text; write NUMBER(robos)",
            ),
            (
                "LPAD(COMUNA, 101, '0')",
                "at character 14: expected a length from 1 to 100, found 101",
            ),
            (
                "LPAD(COMUNA, 2)",
                "at character 15: expected \",\" and the next argument, found \")\"",
            ),
            (
                "UPPER(COMUNA, 2)",
                "at character 13: expected \",\" or \")\", found \",\"",
            ),
            (
                "SUBSTR(COMUNA, pop, 2)",
                "at character 16: expected the number of the first character, from 1, found \"pop\"",
            ),
            (
                "COALESCE(COD_DIS, 'a')",
                "COD_DIS is a number but 'a' is text",
            ),
            (
                "CONCAT(COMUNE)",
                "unknown property \"COMUNE\"; did you mean \"COMUNA\"?",
            ),
        ] {
            assert_eq!(message(text), expected, "{text}");
        }
    }

    #[test]
    fn texts_do_not_grow_without_bound() {
        let long = format!("CONCAT({})", ["LPAD(COMUNA, 100, ' ')"; 11].join(", "));
        assert_eq!(derived(&long).lost, [0, 1, 2]);
        let calls = "UPPER(".repeat(65) + "COMUNA" + &")".repeat(65);
        assert!(matches!(
            Formula::parse(&calls),
            Err(FilterError::TooDeep { .. })
        ));
    }
}
