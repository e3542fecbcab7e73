//! A day of the calendar. Dates come from outside; nothing here asks a clock.

use std::fmt;
use std::str::FromStr;

/// A day of the Gregorian calendar between the years 1 and 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// The day, if there is one.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let days = days_of_month(year, month)?;
        ((1..=9999).contains(&year) && (1..=days).contains(&day)).then_some(Self {
            year,
            month,
            day,
        })
    }

    /// Year, month from 1, day from 1.
    pub(crate) fn parts(self) -> (u16, u8, u8) {
        (self.year, self.month, self.day)
    }
}

impl fmt::Display for Date {
    /// As ISO 8601 writes it.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl FromStr for Date {
    type Err = String;

    /// Reads `2026-09-30`.
    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || format!("{text:?} is no date such as 2026-09-30");
        let number = |digits: &str, count: usize| {
            let plain = digits.len() == count && digits.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| digits.parse::<u16>().ok()).flatten()
        };
        let mut parts = text.split('-');
        let mut next = |count| number(parts.next()?, count);
        let (year, month, day) = (next(4), next(2), next(2));
        let date = parts.next().is_none().then_some(()).and_then(|()| {
            let [month, day] = [month?, day?].map(|part| u8::try_from(part).ok());
            Self::new(year?, month?, day?)
        });
        date.ok_or_else(refused)
    }
}

fn days_of_month(year: u16, month: u8) -> Option<u8> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    Some(match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::Date;

    #[test]
    fn a_date_is_read_as_it_is_written() {
        for text in ["2026-09-30", "2024-02-29", "2000-02-29", "0001-01-01"] {
            assert_eq!(text.parse::<Date>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for text in [
            "",
            "2026",
            "2026-9-30",
            "2026-09-31",
            "2025-02-29",
            "1900-02-29",
            "2026-13-01",
            "2026-00-10",
            "0000-01-01",
            "2026-09-30-",
            "+026-09-30",
            "30-09-2026",
            "2026/09/30",
            "٢٠٢٦-09-30",
        ] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
    }
}
