//! Numbers and texts as bytes: the shortest text that reads back as the same number.

use std::io::Write;

use serde_json::ser::{CompactFormatter, Formatter};

/// Writing to a vector cannot fail.
fn sure<E>(written: Result<(), E>) {
    debug_assert!(written.is_ok());
    drop(written);
}

/// Appends a finite number with a decimal point or an exponent, so that it stays a real number: `1.0`, `1e300`.
pub(super) fn real(value: f64, out: &mut Vec<u8>) {
    sure(CompactFormatter.write_f64(out, value));
}

/// Appends a finite number; a whole one without decimals: `-70`, `-70.5`.
pub(super) fn coordinate(value: f64, out: &mut Vec<u8>) {
    real(value, out);
    if out.ends_with(b".0") {
        out.truncate(out.len() - 2);
    }
}

/// Appends a whole number.
pub(super) fn integer(value: i64, out: &mut Vec<u8>) {
    sure(CompactFormatter.write_i64(out, value));
}

/// Appends a text as JSON, in quotes.
pub(super) fn json(text: &str, out: &mut Vec<u8>) {
    sure(serde_json::to_writer(&mut *out, text).map_err(std::io::Error::from));
}

/// Appends formatted text.
pub(super) fn formatted(text: std::fmt::Arguments<'_>, out: &mut Vec<u8>) {
    sure(out.write_fmt(text));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back_as_the_same_bits() {
        let values = [
            0.1,
            -0.0,
            1.0,
            1e300,
            5e-324,
            f64::MAX,
            -70.123_456_789_012_34,
            123_456_789.0,
        ];
        for value in values {
            for write in [real, coordinate] {
                let mut text = vec![];
                write(value, &mut text);
                let text = String::from_utf8(text).expect("text");
                assert_eq!(
                    text.parse().map(f64::to_bits),
                    Ok(value.to_bits()),
                    "{text}"
                );
            }
        }
    }
}
