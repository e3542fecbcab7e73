//! Cells of text → values and column types.

use comarca_engine::{Column, Text, Value};

/// The decimal mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decimal {
    Point,
    Comma,
}

/// Whether a cell says that there is no value.
pub(super) fn is_blank(cell: &str) -> bool {
    matches!(
        cell.trim(),
        "" | "NULL" | "null" | "NA" | "N/A" | "NaN" | "nan"
    )
}

/// The decimal mark that more of the numbers have.
pub(super) fn decimal(columns: &[Text]) -> Decimal {
    const ROWS_MAX: usize = 10_000;
    let has = |cell: &str, mark: char| cell.contains(mark) && is_decimal(cell.trim(), mark);
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
    if count(',') > count('.') {
        Decimal::Comma
    } else {
        Decimal::Point
    }
}

/// The column `name` of the narrowest type that holds every cell: integers without leading zeros, numbers, else text.
pub(super) fn column(name: &str, cells: &Text, decimal: Decimal, as_text: bool) -> Column {
    let filled = || cells.iter().filter(|cell| !is_blank(cell));
    let all = |fits: &dyn Fn(&str) -> bool| !as_text && filled().all(fits);
    if all(&|cell| integer(cell).is_some()) {
        build(name, cells, |cell| {
            integer(cell).map_or(Value::Null, Value::Integer)
        })
    } else if all(&|cell| real(cell, decimal).is_some() && !is_code(cell)) {
        build(name, cells, |cell| {
            real(cell, decimal).map_or(Value::Null, Value::Real)
        })
    } else {
        build(name, cells, Value::Text)
    }
}

/// The number in a cell, with digits, one decimal mark and an exponent; no blanks within, no thousands separators.
pub(super) fn real(cell: &str, decimal: Decimal) -> Option<f64> {
    let cell = cell.trim();
    match decimal {
        Decimal::Point if is_decimal(cell, '.') => cell.parse().ok(),
        Decimal::Comma if is_decimal(cell, ',') => cell.replacen(',', ".", 1).parse().ok(),
        _ => None,
    }
}

fn build<'a>(name: &str, cells: &'a Text, value: impl Fn(&'a str) -> Value<'a>) -> Column {
    Column::new(
        name,
        cells.iter().map(|cell| {
            if is_blank(cell) {
                Value::Null
            } else {
                value(cell)
            }
        }),
    )
}

fn integer(cell: &str) -> Option<i64> {
    let cell = cell.trim();
    if is_code(cell) {
        None
    } else {
        cell.parse().ok()
    }
}

/// A code such as `01101`, not a quantity: a leading zero, a plus sign, or more digits than a number can hold.
fn is_code(cell: &str) -> bool {
    let digits = cell.trim().trim_start_matches('-');
    let long = digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.parse::<i64>().is_err();
    let zero = digits.starts_with('0') && digits.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
    long || zero || digits.starts_with('+')
}

/// `-12`, `-12.5`, `.5`, `1.2e-3` with `mark` as the decimal mark.
fn is_decimal(cell: &str, mark: char) -> bool {
    let unsigned = cell.strip_prefix(['-', '+']).unwrap_or(cell);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once(mark).unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && !exponent.is_empty()
        && digits(exponent)
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
            kind(&["-9223372036854775807", "1"], Point),
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
