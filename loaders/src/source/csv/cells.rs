//! Cells of text → values and column types.

use comarca_engine::{Column, ColumnBuilder, Text, Value};

/// The decimal mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum Decimal {
    Point,
    Comma,
}

/// Whether a cell says that there is no value.
pub(in crate::source) fn is_blank(cell: &str) -> bool {
    // Most cells are numbers.
    !cell.as_bytes().first().is_some_and(u8::is_ascii_digit)
        && matches!(
            cell.trim(),
            "" | "NULL" | "null" | "NA" | "N/A" | "NaN" | "nan"
        )
}

/// The decimal mark that more of the numbers have.
pub(in crate::source) fn decimal(columns: &[Text]) -> Decimal {
    const ROWS_MAX: usize = 10_000;
    let has =
        |cell: &str, mark: u8| cell.as_bytes().contains(&mark) && is_decimal(cell.trim(), mark);
    let count = |mark| {
        columns
            .iter()
            .map(|cells| {
                cells
                    .iter()
                    .take(ROWS_MAX)
                    .filter(|cell| has(cell, mark))
                    .count()
            })
            .sum::<usize>()
    };
    if count(b',') > count(b'.') {
        Decimal::Comma
    } else {
        Decimal::Point
    }
}

/// The column `name` of the narrowest type that holds every cell: integers without leading zeros, numbers, else text.
pub(super) fn column(name: &str, cells: &Text, decimal: Decimal, as_text: bool) -> Column {
    let integers = || all(name, cells, |cell| integer(cell).map(Value::Integer));
    let reals = || {
        all(name, cells, |cell| {
            let number = real(cell, decimal).filter(|_| !is_code(cell));
            number.map(Value::Real)
        })
    };
    (!as_text)
        .then(|| integers().or_else(reals))
        .flatten()
        .unwrap_or_else(|| build(name, cells))
}

/// The number in a cell, with digits, one decimal mark and an exponent; no blanks within, no thousands separators.
pub(in crate::source) fn real(cell: &str, decimal: Decimal) -> Option<f64> {
    let cell = cell.trim();
    match decimal {
        Decimal::Point if is_decimal(cell, b'.') => number(cell),
        Decimal::Comma if is_decimal(cell, b',') => number(&cell.replacen(',', ".", 1)),
        _ => None,
    }
}

/// The nearest float to digits with a point.
fn number(cell: &str) -> Option<f64> {
    fast_float2::parse(cell.strip_prefix('+').unwrap_or(cell)).ok()
}

/// The column, if every cell with anything in it has a value.
fn all<'a>(
    name: &str,
    cells: &'a Text,
    value: impl Fn(&'a str) -> Option<Value<'a>>,
) -> Option<Column> {
    let mut column = ColumnBuilder::new(name);
    for cell in cells.iter() {
        column.push(match is_blank(cell) {
            true => Value::Null,
            false => value(cell)?,
        });
    }
    Some(column.build()).filter(|column| column.null_count() < column.len())
}

/// The cells as text.
fn build(name: &str, cells: &Text) -> Column {
    let value = |cell| match is_blank(cell) {
        true => Value::Null,
        false => Value::Text(cell),
    };
    Column::new(name, cells.iter().map(value))
}

/// The whole number in a cell that is no code.
pub(in crate::source) fn integer(cell: &str) -> Option<i64> {
    let cell = cell.trim();
    let value = cell.parse().ok()?;
    (!is_code(cell)).then_some(value)
}

/// A code such as `01101`, not a quantity: a leading zero, a plus sign, or more digits than a number can hold.
pub(in crate::source) fn is_code(cell: &str) -> bool {
    let number = cell.trim();
    let digits = number.trim_start_matches('-');
    // The largest i64 has 19 digits.
    let long = digits.len() > 18
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && number.parse::<i64>().is_err();
    let zero = digits.starts_with('0') && digits.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
    long || zero || digits.is_empty() || digits.starts_with('+')
}

/// `-12`, `-12.5`, `.5`, `1.2e-3` with `mark` as the decimal mark.
fn is_decimal(cell: &str, mark: u8) -> bool {
    let digits = |bytes: &[u8]| {
        bytes
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count()
    };
    let unsigned = |bytes: &[u8]| usize::from(matches!(bytes.first(), Some(b'-' | b'+')));
    let mut rest = &cell.as_bytes()[unsigned(cell.as_bytes())..];
    let mut mantissa = digits(rest);
    rest = &rest[mantissa..];
    if rest.first() == Some(&mark) {
        let fraction = digits(&rest[1..]);
        mantissa += fraction;
        rest = &rest[1 + fraction..];
    }
    if let Some(b'e' | b'E') = rest.first() {
        rest = &rest[1 + unsigned(&rest[1..])..];
        let exponent = digits(rest);
        return mantissa > 0 && exponent > 0 && exponent == rest.len();
    }
    mantissa > 0 && rest.is_empty()
}

#[cfg(test)]
mod tests {
    use comarca_engine::ColumnType;

    use super::*;

    fn kind(cells: &[&str], decimal: Decimal) -> ColumnType {
        column("c", &cells.iter().collect(), decimal, false).column_type()
    }

    #[test]
    fn the_narrowest_type_holds_every_cell() {
        use Decimal::{Comma, Point};
        assert_eq!(kind(&["1", " 2", "", "-3"], Point), ColumnType::Integer);
        assert_eq!(kind(&["1", "2.5", "1e3", "NULL"], Point), ColumnType::Real);
        assert_eq!(
            kind(&["3,27500000000000e+01", "-1"], Comma),
            ColumnType::Real
        );
        assert_eq!(kind(&["01101", "13101"], Point), ColumnType::Text);
        assert_eq!(kind(&["01101.5"], Point), ColumnType::Text);
        assert_eq!(kind(&["1.234.567", "1"], Point), ColumnType::Text);
        assert_eq!(kind(&["1,234"], Point), ColumnType::Text);
        assert_eq!(kind(&["0", "-0", "0.5"], Point), ColumnType::Real);
        assert_eq!(kind(&["12345678901234567890"], Point), ColumnType::Text);
        assert_eq!(
            kind(&["-9223372036854775808", "1"], Point),
            ColumnType::Integer
        );
        assert_eq!(kind(&["inf", "1"], Point), ColumnType::Text);
    }

    #[test]
    fn blank_cells_are_null_in_every_type() {
        let cells: Text = ["x", " ", "NULL", "NA", ""].iter().collect();
        assert_eq!(column("c", &cells, Decimal::Point, false).null_count(), 4);
    }

    #[test]
    fn text_is_kept_when_it_is_asked_for() {
        let cells: Text = ["1", "2"].iter().collect();
        assert_eq!(
            column("c", &cells, Decimal::Point, true).value(0),
            Value::Text("1")
        );
    }

    #[test]
    fn the_decimal_mark_is_the_commoner_one() {
        let comma: Text = ["-33,52", "-33,53", "1.5"].iter().collect();
        assert_eq!(decimal(&[comma]), Decimal::Comma);
        let point: Text = ["-33.52", "a,b"].iter().collect();
        assert_eq!(decimal(&[point]), Decimal::Point);
    }
}
