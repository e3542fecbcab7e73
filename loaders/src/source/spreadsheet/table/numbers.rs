//! Numbers of cells as text, and text that is a number with separators between thousands.

use crate::source::csv::cells::Decimal;
use crate::source::spreadsheet::sheet::Cell;

/// The shortest text that is read back as the same number; whole numbers have no decimal mark.
pub(super) fn text(number: f64, decimal: Decimal) -> String {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= EXACT {
        #[expect(clippy::cast_possible_truncation, reason = "at most 2^53")]
        return (number as i64).to_string();
    }
    let text = if number.abs() >= EXACT || number.abs() < 1e-5 {
        format!("{number:e}")
    } else {
        number.to_string()
    };
    match decimal {
        Decimal::Point => text,
        Decimal::Comma => text.replace('.', ","),
    }
}

/// How the texts of a column separate thousands and decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Grouping {
    thousands: char,
    decimals: char,
}

impl Grouping {
    const ALL: [Self; 2] = [
        Self {
            thousands: '.',
            decimals: ',',
        },
        Self {
            thousands: ',',
            decimals: '.',
        },
    ];

    /// The grouping that every text among `cells` has, where one of them leaves no doubt: `1.234.567` or `1.234,5`. A
    /// column of `1.234` alone is not touched, as it may mean either.
    pub(super) fn of<'a>(cells: &(impl Iterator<Item = &'a Cell> + Clone)) -> Option<Self> {
        let texts = || {
            cells.clone().filter_map(|cell| match cell {
                Cell::Text(text) => Some(text.trim()),
                _ => None,
            })
        };
        let fits = |grouping: &Self| {
            texts().any(|text| grouping.is_certain(text))
                && texts().all(|text| grouping.groups(text).is_some())
        };
        Self::ALL.into_iter().find(fits)
    }

    /// The text without separators, with this decimal mark.
    pub(super) fn plain(self, text: &str, decimal: Decimal) -> String {
        let mark = match decimal {
            Decimal::Point => '.',
            Decimal::Comma => ',',
        };
        let digits = text.trim().chars().filter(|c| *c != self.thousands);
        digits
            .map(|c| if c == self.decimals { mark } else { c })
            .collect()
    }

    fn is_certain(self, text: &str) -> bool {
        let groups = self.groups(text).unwrap_or(0);
        groups > 2 || (groups > 1 && text.contains(self.decimals))
    }

    /// Number of groups of digits before the decimals; `None` where the text is no such number.
    fn groups(self, text: &str) -> Option<usize> {
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = unsigned
            .split_once(self.decimals)
            .unwrap_or((unsigned, "0"));
        let digits =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let groups: Vec<&str> = whole.split(self.thousands).collect();
        let (first, others) = groups.split_first()?;
        let right = digits(fraction)
            && digits(first)
            && (others.is_empty() || first.len() <= 3)
            && others.iter().all(|group| group.len() == 3 && digits(group));
        right.then_some(groups.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_so_that_they_are_read_back() {
        assert_eq!(text(3.0, Decimal::Comma), "3");
        assert_eq!(text(-0.0, Decimal::Point), "0");
        assert_eq!(text(-2.5, Decimal::Comma), "-2,5");
        assert_eq!(text(1e300, Decimal::Point), "1e300");
        assert_eq!(text(1.5e-9, Decimal::Comma), "1,5e-9");
    }

    #[test]
    fn thousands_are_recognised_only_without_doubt() {
        let of = |texts: &[&str]| {
            let cells: Vec<Cell> = texts
                .iter()
                .map(|text| Cell::Text((*text).into()))
                .collect();
            Grouping::of(&cells.iter()).map(|grouping| {
                texts
                    .iter()
                    .map(|text| grouping.plain(text, Decimal::Point))
                    .collect::<Vec<_>>()
            })
        };
        let plain = |texts: &[&str]| Some(texts.iter().map(|text| (*text).to_owned()).collect());
        assert_eq!(
            of(&["1.234.567", "12", "-3.000,5"]),
            plain(&["1234567", "12", "-3000.5"])
        );
        assert_eq!(of(&["1,234.5"]), plain(&["1234.5"]));
        assert_eq!(of(&["1.234", "2.500"]), None);
        assert_eq!(of(&["1.234.567", "n/d"]), None);
        assert_eq!(of(&["1.23.456", "192.168.001.001.1"]), None);
        assert_eq!(of(&[]), None);
    }
}
