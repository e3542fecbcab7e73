//! Numbers as a reader of the language writes them.

use crate::texts::Texts;

/// From here on a number is written with a power of ten.
const LARGE: f64 = 1e15;

impl Texts {
    /// `value` with the digits that carry information: none after the mark from a thousand on, three in all below one.
    /// Whole numbers stay whole.
    pub(crate) fn number(&self, value: f64) -> String {
        let size = value.abs();
        if !size.is_finite() {
            return self.no_value.to_owned();
        }
        if size >= LARGE {
            return self.marked(&format!("{value:.3e}").replace('e', "·10^"));
        }
        self.marked(&trimmed(&format!("{value:.0$}", decimals(size))))
    }

    /// `value` with every digit that distinguishes it, for bounds that were chosen to be short.
    pub(crate) fn exact(&self, value: f64) -> String {
        match value.is_finite() && value.abs() < LARGE {
            true => self.marked(&value.to_string()),
            false => self.number(value),
        }
    }

    /// A number of things.
    pub(crate) fn count(&self, count: usize) -> String {
        self.marked(&count.to_string())
    }

    /// A share of the whole, from 0 to 1, in per cent.
    pub(crate) fn per_cent(&self, share: f64) -> String {
        format!("{} %", self.number(share * 100.0))
    }

    /// A number in digits with the marks of the language: its decimal mark, and one between groups of three digits.
    fn marked(&self, digits: &str) -> String {
        let (sign, digits) = match digits.strip_prefix('-') {
            Some("0") => ("", "0"),
            Some(digits) => ("−", digits),
            None => ("", digits),
        };
        let whole = digits
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(digits.len());
        let (whole, rest) = digits.split_at(whole);
        let mut out = sign.to_owned();
        for (position, digit) in whole.chars().enumerate() {
            if position > 0 && (whole.len() - position).is_multiple_of(3) {
                out.push(self.group_mark);
            }
            out.push(digit);
        }
        out + &rest.replacen('.', self.decimal_mark, 1)
    }
}

/// Digits after the decimal mark that a number of this size needs.
fn decimals(size: f64) -> usize {
    if size.fract() == 0.0 || size >= 1000.0 {
        return 0;
    }
    match size {
        10.0.. => 1,
        1.0.. => 2,
        // The first digit that is not zero, and two more.
        _ => (1..12)
            .find(|&digits| size * 10_f64.powi(digits) >= 1.0)
            .map_or(12, |digits| usize::try_from(digits + 2).unwrap_or(12)),
    }
}

/// Without zeros at the end of the decimals.
fn trimmed(digits: &str) -> String {
    match digits.contains('.') {
        true => digits
            .trim_end_matches('0')
            .trim_end_matches('.')
            .to_owned(),
        false => digits.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::texts::{EN, ES};

    #[test]
    fn numbers_have_the_marks_of_the_language_and_the_digits_that_tell_something() {
        for (value, es, en) in [
            (0.0, "0", "0"),
            (-0.0, "0", "0"),
            (1234.0, "1.234", "1,234"),
            (1_234_567.8, "1.234.568", "1,234,568"),
            (999.96, "1.000", "1,000"),
            (56.74, "56,7", "56.7"),
            (56.04, "56", "56"),
            (6.54321, "6,54", "6.54"),
            (0.012_345, "0,0123", "0.0123"),
            (0.5, "0,5", "0.5"),
            (-12.5, "−12,5", "−12.5"),
            (f64::NAN, "sin dato", "no data"),
            (f64::INFINITY, "sin dato", "no data"),
            (2.5e20, "2,500·10^20", "2.500·10^20"),
        ] {
            assert_eq!([ES.number(value), EN.number(value)], [es, en], "{value}");
        }
        assert_eq!(ES.number(1e-300), "0");
        assert_eq!(
            (ES.exact(1500.0), EN.exact(0.123_456_7)),
            ("1.500".to_owned(), "0.1234567".to_owned())
        );
        assert_eq!(ES.per_cent(0.123_4), "12,3 %");
    }
}
