//! Columns of text → columns of the type that the document declares, or that every value has.

use comarca_engine::{Column, Value};

use crate::problem::{Problem, Problems};
use crate::source::csv::cells::{self, Decimal};

/// What a document says about the values of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum Kind {
    Text,
    Integer,
    Real,
    Bool,
}

/// The column with its values as `declared`; without a declaration as the narrowest type that holds them all, where
/// `01101` is a code and stays text. A declaration that does not hold is reported, and the column stays text.
pub(in crate::source) fn typed(
    column: Column,
    declared: Option<Kind>,
    problems: &mut Problems,
) -> Column {
    let Some(kind) = declared else {
        return inferred(column);
    };
    let misfit = texts(&column).find(|(_, text)| convert(text, kind).is_none());
    if let Some((row, text)) = misfit {
        let message = "is declared as a number or a truth value, but not every value is one; the column is text";
        let problem = Problem::warning(message).at_row(row);
        problems.add(problem.in_column(column.name()).found(text));
        return column;
    }
    converted(&column, kind)
}

fn inferred(column: Column) -> Column {
    let fits = |fit: fn(&str) -> bool| texts(&column).all(|(_, text)| fit(text));
    let kind = if column.null_count() == column.len() {
        Kind::Text
    } else if fits(|text| matches!(text, "true" | "false")) {
        Kind::Bool
    } else if fits(|text| cells::integer(text).is_some()) {
        Kind::Integer
    } else if fits(|text| cells::real(text, Decimal::Point).is_some() && !cells::is_code(text)) {
        Kind::Real
    } else {
        Kind::Text
    };
    if kind == Kind::Text {
        column
    } else {
        converted(&column, kind)
    }
}

fn converted(column: &Column, kind: Kind) -> Column {
    let value = |row| match column.value(row) {
        Value::Text(text) => convert(text, kind).unwrap_or(Value::Null),
        other => other,
    };
    Column::new(column.name(), (0..column.len()).map(value))
}

fn convert(text: &str, kind: Kind) -> Option<Value<'_>> {
    match kind {
        Kind::Text => Some(Value::Text(text)),
        Kind::Integer => text.trim().parse().ok().map(Value::Integer),
        Kind::Real => cells::real(text, Decimal::Point).map(Value::Real),
        Kind::Bool => match text.trim() {
            "1" | "true" => Some(Value::Bool(true)),
            "0" | "false" => Some(Value::Bool(false)),
            _ => None,
        },
    }
}

/// Row and value where there is one.
fn texts(column: &Column) -> impl Iterator<Item = (usize, &str)> {
    (0..column.len()).filter_map(|row| match column.value(row) {
        Value::Text(text) => Some((row, text)),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use comarca_engine::ColumnType;

    use super::*;

    fn column(values: &[&str], declared: Option<Kind>) -> (Column, usize) {
        let mut problems = Problems::default();
        let texts = values.iter().map(|text| match *text {
            "" => Value::Null,
            text => Value::Text(text),
        });
        let column = typed(Column::new("c", texts), declared, &mut problems);
        (column, problems.into_vec().len())
    }

    #[test]
    fn without_a_declaration_every_value_decides() {
        let kind = |values: &[&str]| column(values, None).0.column_type();
        assert_eq!(kind(&["1", "", "-2"]), ColumnType::Integer);
        assert_eq!(kind(&["1", "2.5"]), ColumnType::Real);
        assert_eq!(kind(&["01101", "13101"]), ColumnType::Text);
        assert_eq!(kind(&["true", "false"]), ColumnType::Bool);
        assert_eq!(kind(&["NA", "1"]), ColumnType::Text);
        assert_eq!(kind(&["", ""]), ColumnType::Text);
    }

    #[test]
    fn a_declaration_counts_where_it_holds() {
        let declared = |values: &[&str], kind| {
            let (column, problems) = column(values, Some(kind));
            (column.column_type(), problems)
        };
        assert_eq!(declared(&["1", "2"], Kind::Real), (ColumnType::Real, 0));
        assert_eq!(declared(&["1", "2"], Kind::Text), (ColumnType::Text, 0));
        assert_eq!(declared(&["0", "1"], Kind::Bool), (ColumnType::Bool, 0));
        assert_eq!(
            declared(&["1", "two"], Kind::Integer),
            (ColumnType::Text, 1)
        );
    }
}
