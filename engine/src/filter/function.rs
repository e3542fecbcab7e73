//! The functions of expressions: keys and names out of columns that hold them in pieces.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use super::evaluate::Scalar;
use super::expression::{Expression, Literal};

/// A function with its name in CQL2 text. Where an argument is null so is the result, but for `COALESCE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    /// The arguments as text, one behind the other.
    Concat,
    /// Text, filled up from the left.
    LeftPad,
    /// A piece of a text.
    Substring,
    Upper,
    Lower,
    /// Text without the blanks around it.
    Trim,
    /// Anything as text.
    Text,
    /// Text as a number.
    Number,
    /// A number with so many decimals.
    Round,
    /// The first argument that is not null.
    Coalesce,
}

/// Most arguments of one call.
const ARGUMENTS_MAX: usize = 100;

/// Longest text that `CONCAT` makes, in bytes; beyond it the result is null. A client's filter is computed row by row.
const TEXT_BYTES_MAX: usize = 1000;

impl Function {
    const ALL: [Self; 10] = [
        Self::Concat,
        Self::LeftPad,
        Self::Substring,
        Self::Upper,
        Self::Lower,
        Self::Trim,
        Self::Text,
        Self::Number,
        Self::Round,
        Self::Coalesce,
    ];

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|function| function.name().eq_ignore_ascii_case(name))
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Concat => "CONCAT",
            Self::LeftPad => "LPAD",
            Self::Substring => "SUBSTR",
            Self::Upper => "UPPER",
            Self::Lower => "LOWER",
            Self::Trim => "TRIM",
            Self::Text => "TEXT",
            Self::Number => "NUMBER",
            Self::Round => "ROUND",
            Self::Coalesce => "COALESCE",
        }
    }

    /// How many arguments it takes.
    pub(super) fn arity(self) -> RangeInclusive<usize> {
        match self {
            Self::Concat | Self::Coalesce => 1..=ARGUMENTS_MAX,
            Self::LeftPad => 3..=3,
            Self::Substring => 2..=3,
            Self::Round => 1..=2,
            Self::Upper | Self::Lower | Self::Trim | Self::Text | Self::Number => 1..=1,
        }
    }

    /// What the argument number `position` must be written as, where it must be a constant and is not the right one.
    pub(super) fn refusal(self, position: usize, argument: &Expression) -> Option<&'static str> {
        let within = |range: RangeInclusive<i64>| matches!(argument, Expression::Literal(Literal::Integer(n)) if range.contains(n));
        let (fits, wanted) = match (self, position) {
            (Self::LeftPad, 1) => (within(1..=100), "a length from 1 to 100"),
            (Self::LeftPad, 2) => (
                matches!(argument, Expression::Literal(Literal::Text(text)) if text.chars().count() == 1),
                "the character to fill up with in single quotes, as in '0'",
            ),
            (Self::Substring, 1) => (
                within(1..=1_000_000),
                "the number of the first character, from 1",
            ),
            (Self::Substring, 2) => (within(0..=1_000_000), "a number of characters"),
            (Self::Round, 1) => (within(-15..=15), "a number of decimals from -15 to 15"),
            _ => return None,
        };
        (!fits).then_some(wanted)
    }

    /// The value for these arguments.
    pub(super) fn apply(self, arguments: Vec<Scalar<'_>>) -> Scalar<'_> {
        if self == Self::Coalesce {
            let mut known = arguments.into_iter().filter(|value| !value.is_null());
            return known.next().unwrap_or(Scalar::Null);
        }
        if arguments.iter().any(Scalar::is_null) {
            return Scalar::Null;
        }
        let count = |position: usize| match arguments.get(position) {
            Some(Scalar::Integer(count)) => *count,
            _ => 0,
        };
        match (self, arguments.as_slice()) {
            (Self::Concat, parts) => concatenated(parts),
            (Self::LeftPad, [Scalar::Text(text), _, Scalar::Text(pad)]) => {
                padded(text, count(1), pad)
            }
            (Self::Substring, [Scalar::Text(text), _]) => piece(text, count(1), i64::MAX),
            (Self::Substring, [Scalar::Text(text), ..]) => piece(text, count(1), count(2)),
            (Self::Upper, [Scalar::Text(text)]) => owned(text.to_uppercase()),
            (Self::Lower, [Scalar::Text(text)]) => owned(text.to_lowercase()),
            (Self::Trim, [Scalar::Text(text)]) => owned(text.trim().to_owned()),
            (Self::Text, [value]) => owned(value.text().into_owned()),
            (Self::Number, [Scalar::Text(text)]) => number(text),
            (Self::Number, [Scalar::Bool(truth)]) => Scalar::Integer(i64::from(*truth)),
            (Self::Number | Self::Round, [Scalar::Integer(value)]) => Scalar::Integer(*value),
            (Self::Number | Self::Round, [Scalar::Real(value), ..]) => {
                let decimals = (self == Self::Round).then(|| count(1));
                Scalar::Real(decimals.map_or(*value, |decimals| rounded(*value, decimals)))
            }
            (Self::Round, [Scalar::Integer(value), _]) => {
                Scalar::Real(rounded(*value as f64, count(1)))
            }
            _ => Scalar::Null,
        }
    }
}

fn owned(text: String) -> Scalar<'static> {
    Scalar::Text(Cow::Owned(text))
}

fn concatenated(parts: &[Scalar<'_>]) -> Scalar<'static> {
    let mut all = String::new();
    for part in parts {
        all.push_str(&part.text());
        if all.len() > TEXT_BYTES_MAX {
            return Scalar::Null;
        }
    }
    owned(all)
}

/// A text that is long enough stays as it is: a key must not be cut.
fn padded(text: &str, length: i64, pad: &str) -> Scalar<'static> {
    let missing = usize::try_from(length)
        .unwrap_or(0)
        .saturating_sub(text.chars().count());
    owned(pad.repeat(missing) + text)
}

fn piece(text: &str, from: i64, length: i64) -> Scalar<'static> {
    let count = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
    let characters = text.chars().skip(count(from - 1)).take(count(length));
    owned(characters.collect())
}

/// Halves are rounded away from zero, as people do.
fn rounded(value: f64, decimals: i64) -> f64 {
    let factor = 10f64.powi(i32::try_from(decimals.abs()).unwrap_or(0));
    let result = if decimals >= 0 {
        (value * factor).round() / factor
    } else {
        (value / factor).round() * factor
    };
    if result.is_finite() { result } else { value }
}

/// The number that a text is: with a decimal point or a decimal comma, with an exponent, with groups of three digits
/// where the mark between them cannot be the decimal one (`1.234.567,5`). Null where it is none.
fn number(text: &str) -> Scalar<'static> {
    let text = text.trim();
    if let Ok(value) = text.parse() {
        return Scalar::Integer(value);
    }
    let decimal = match (text.rfind('.'), text.rfind(',')) {
        (Some(point), Some(comma)) => Some(if point > comma { '.' } else { ',' }),
        (Some(_), None) if text.matches('.').count() == 1 => Some('.'),
        (None, Some(_)) if text.matches(',').count() == 1 => Some(','),
        _ => None,
    };
    let (whole, fraction) = decimal
        .and_then(|mark| text.split_once(mark))
        .map_or((text, None), |(whole, fraction)| (whole, Some(fraction)));
    let plain = ungrouped(whole).and_then(|whole| match fraction {
        Some(fraction) if fraction.starts_with(['+', '-']) => None,
        Some(fraction) => Some(format!("{whole}.{fraction}")),
        None => Some(whole),
    });
    let only_digits = |text: &String| {
        let mut bytes = text.bytes();
        bytes.all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte))
    };
    plain
        .filter(only_digits)
        .and_then(|plain| {
            plain.parse().ok().map(Scalar::Integer).or_else(|| {
                let value: f64 = plain.parse().ok()?;
                value.is_finite().then_some(Scalar::Real(value))
            })
        })
        .unwrap_or(Scalar::Null)
}

/// Digits without the marks between groups of three; `None` where the groups are others.
fn ungrouped(whole: &str) -> Option<String> {
    let Some(mark) = whole.chars().find(|c| matches!(c, '.' | ',')) else {
        return Some(whole.to_owned());
    };
    let groups: Vec<&str> = whole.split(mark).collect();
    let first = groups[0].trim_start_matches(['-', '+']).len();
    let of_three = |group: &&str| group.len() == 3 && group.bytes().all(|b| b.is_ascii_digit());
    ((1..=3).contains(&first) && groups[1..].iter().all(of_three)).then(|| groups.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<f64> {
        number(text).number()
    }

    #[test]
    fn numbers_are_read_with_either_decimal_mark() {
        for (text, value) in [
            (" 05101 ", 5101.0),
            ("-33,52", -33.52),
            ("-33.52", -33.52),
            ("1.234", 1.234),
            ("1,234", 1.234),
            ("1.234.567", 1_234_567.0),
            ("1.234.567,5", 1_234_567.5),
            ("1,234,567.5", 1_234_567.5),
            ("3,27500000000000e+01", 32.75),
            (".5", 0.5),
        ] {
            assert_eq!(read(text), Some(value), "{text}");
        }
        for text in [
            "", "-", "x", "1.2.3", "1,2,3", "12.34,5x", "inf", "NaN", "1e999", "1 000", "1,-5",
            "0x10", ".", ",", "1.23.456",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn halves_are_rounded_away_from_zero() {
        assert_eq!(rounded(2.5, 0), 3.0);
        assert_eq!(rounded(-2.5, 0), -3.0);
        assert_eq!(rounded(1.005e3, -1), 1010.0);
        assert_eq!(rounded(0.125, 2), 0.13);
        assert_eq!(rounded(f64::MAX, 15), f64::MAX);
    }
}
