//! Dates as ISO 8601 writes them.

use std::fmt;

/// A day of the Gregorian calendar, from year 0 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u32,
    month: u32,
    day: u32,
}

impl Date {
    /// A day that exists.
    pub fn new(year: u32, month: u32, day: u32) -> Option<Self> {
        let there =
            year <= 9999 && (1..=12).contains(&month) && (1..=days(year, month)).contains(&day);
        there.then_some(Self { year, month, day })
    }

    /// Months since January of year 0.
    pub(super) fn months(self) -> u32 {
        12 * self.year + self.month - 1
    }

    /// First day of a month counted from January of year 0.
    pub(super) fn of_months(months: u32) -> Self {
        Self {
            year: months / 12,
            month: months % 12 + 1,
            day: 1,
        }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// The days that a date may mean: one, a month or a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first day.
    pub first: Date,
    /// The last day.
    pub last: Date,
}

impl Span {
    /// Reads `2026-03-08`, with or without a time of day after `T` or a space, `2026-03` or `2026`; spaces around do not
    /// matter. `None` for anything else, and for days that do not exist.
    pub fn parse(text: &str) -> Option<Self> {
        let (date, time) = match text.trim().split_once(['T', ' ']) {
            Some((date, time)) => (date, Some(time)),
            None => (text.trim(), None),
        };
        let mut parts = date.split('-');
        let year = number(parts.next()?, 4)?;
        let month = parts.next().map(|part| number(part, 2));
        let day = parts.next().map(|part| number(part, 2));
        if parts.next().is_some() || time.is_some_and(|time| day.is_none() || !is_time(time)) {
            return None;
        }
        let (first, last) = match (month, day) {
            (None, _) => (Date::new(year, 1, 1)?, Date::new(year, 12, 31)?),
            (Some(month), None) => {
                let month = month?;
                (
                    Date::new(year, month, 1)?,
                    Date::new(year, month, days(year, month))?,
                )
            }
            (Some(month), Some(day)) => [Date::new(year, month?, day?)?; 2].into(),
        };
        Some(Self { first, last })
    }
}

/// A number of so many digits.
fn number(text: &str, digits: usize) -> Option<u32> {
    let all_digits = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| text.parse().ok())?
}

/// Whether a text begins like a time of day, `09:30…`, and goes on like one: its digits are not looked at further.
fn is_time(text: &str) -> bool {
    let mut parts = text.splitn(3, ':');
    let two_digits = |part: Option<&str>| {
        let start = part.and_then(|part| part.get(..2));
        start.is_some_and(|start| number(start, 2).is_some())
    };
    let known = |byte: u8| byte.is_ascii_digit() || b":.,+-Z".contains(&byte);
    two_digits(parts.next()) && two_digits(parts.next()) && text.bytes().all(known)
}

/// Days of a month; none of a month that does not exist.
fn days(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    fn span(text: &str) -> Option<String> {
        Span::parse(text).map(|span| format!("{} {}", span.first, span.last))
    }

    #[test]
    fn dates_months_and_years_are_read() {
        for text in [
            "2026-03-08",
            " 2026-03-08 ",
            "2026-03-08T10:00",
            "2026-03-08T10:00:00.5Z",
            "2026-03-08 23:59:59+00:00",
        ] {
            assert_eq!(
                span(text).as_deref(),
                Some("2026-03-08 2026-03-08"),
                "{text}"
            );
        }
        assert_eq!(span("2024-02").as_deref(), Some("2024-02-01 2024-02-29"));
        assert_eq!(span("1900-02").as_deref(), Some("1900-02-01 1900-02-28"));
        assert_eq!(span("2000").as_deref(), Some("2000-01-01 2000-12-31"));
    }

    #[test]
    fn other_texts_are_no_dates() {
        for text in [
            "",
            "-",
            "T",
            "2026-",
            "2026-3-8",
            "2026-13",
            "2026-00-01",
            "2026-02-29",
            "2026-04-31",
            "20260308",
            "08-03-2026",
            "08/03/2026",
            "+2026-03-08",
            "2026-03-08T",
            "2026-03-08Tnoon",
            "2026-03-08 (Sunday)",
            "2026-03T10:00",
            "2026-03-08-01",
            "２０２６-03-08",
            "2026-03-0８",
            "12026-03-08",
            "2026-W10-7",
        ] {
            assert_eq!(span(text), None, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn what_is_written_is_read_again(year in 0u32..10_000, month in 1u32..13, day in 1u32..29) {
            let date = Date::new(year, month, day).unwrap();
            prop_assert_eq!(Span::parse(&date.to_string()), Some(Span { first: date, last: date }));
            prop_assert_eq!(Date::of_months(date.months()), Date::new(year, month, 1).unwrap());
        }

        #[test]
        fn no_text_is_a_trouble(text in "\\PC{0,20}|[0-9T: .+-]{0,24}") {
            let _ = Span::parse(&text);
        }
    }
}
