//! Serial numbers → dates, and which number formats mean that a number is one.
//!
//! Source: ECMA-376 Part 1, 18.17.4 (date systems), 18.8.30 and 18.8.31 (number formats).

use crate::calendar::civil;

/// What a number format makes of a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Meaning {
    #[default]
    Number,
    Date,
    Time,
    DateTime,
    /// Hours may pass 24.
    Duration,
}

impl Meaning {
    /// Of a format that every program has.
    pub(super) fn of_builtin(id: u32) -> Self {
        match id {
            14..=17 | 27..=31 | 34..=36 | 50..=58 => Self::Date,
            18..=21 | 32 | 33 | 45 | 47 => Self::Time,
            22 => Self::DateTime,
            46 => Self::Duration,
            _ => Self::Number,
        }
    }

    /// Of a format's code such as `dd/mm/yyyy hh:mm`.
    pub(super) fn of_code(code: &str) -> Self {
        let (mut date, mut time, mut month) = (false, false, false);
        let mut characters = code.chars();
        while let Some(c) = characters.next() {
            match c.to_ascii_lowercase() {
                // The first section, for positive numbers, tells.
                ';' => break,
                '"' => drop(characters.by_ref().find(|c| *c == '"')),
                '\\' | '_' | '*' => drop(characters.next()),
                '[' => {
                    let inside: String = characters.by_ref().take_while(|c| *c != ']').collect();
                    let inside = inside.to_ascii_lowercase();
                    let elapsed =
                        |unit: char| !inside.is_empty() && inside.chars().all(|c| c == unit);
                    if ['h', 'm', 's'].into_iter().any(elapsed) {
                        return Self::Duration;
                    }
                }
                // The A of AM/PM; its M is no month.
                'a' => drop(
                    characters
                        .by_ref()
                        .take_while(|c| !matches!(c, 'p' | 'P' | ';'))
                        .count(),
                ),
                'y' | 'd' => date = true,
                'h' | 's' => time = true,
                'm' => month = true,
                _ => {}
            }
        }
        match (date || (month && !time), time) {
            (true, true) => Self::DateTime,
            (true, false) => Self::Date,
            (false, true) => Self::Time,
            (false, false) => Self::Number,
        }
    }

    /// The ISO 8601 text of a serial number; `None` where it is a plain number or no date.
    pub(super) fn text(self, serial: f64, from_1904: bool) -> Option<String> {
        const DAYS_MAX: f64 = 2_958_466.0;
        if self == Self::Number || !(0.0..DAYS_MAX).contains(&serial) {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "fewer than 2^38 seconds")]
        let seconds = (serial * 86_400.0).round() as i64;
        let (day, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let clock = |hours: i64| format!("{hours:02}:{:02}:{:02}", second / 60 % 60, second % 60);
        Some(match self {
            Self::Duration => clock(seconds / 3_600),
            Self::Time if day == 0 => clock(second / 3_600),
            Self::Date if second == 0 => date(day, from_1904),
            _ => format!("{}T{}", date(day, from_1904), clock(second / 3_600)),
        })
    }
}

/// The date of a serial day. The system of 1900 counts a 29 February 1900 that never was.
fn date(serial: i64, from_1904: bool) -> String {
    const EPOCH_1904: i64 = -24_107;
    const EPOCH_1900: i64 = -25_569;
    let days = match (from_1904, serial < 60) {
        (true, _) => serial + EPOCH_1904,
        (false, true) => serial + EPOCH_1900 + 1,
        (false, false) => serial + EPOCH_1900,
    };
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_tell_dates_from_numbers() {
        use Meaning::{Date, DateTime, Duration, Number, Time};
        for (code, meaning) in [
            ("General", Number),
            ("0.00E+00", Number),
            ("#,##0.00\\ \"days\";[Red]-#,##0", Number),
            ("[$-340A]dd/mm/yyyy;@", Date),
            ("mmm-yy", Date),
            ("yyyy\\-mm\\-dd\\ hh:mm", DateTime),
            ("h:mm AM/PM", Time),
            ("mm:ss", Time),
            ("[h]:mm:ss", Duration),
            ("[Red]0", Number),
        ] {
            assert_eq!(Meaning::of_code(code), meaning, "{code}");
        }
        assert_eq!(
            [14, 22, 46, 2].map(Meaning::of_builtin),
            [Date, DateTime, Duration, Number]
        );
    }

    #[test]
    fn serial_numbers_are_days_of_the_right_system() {
        let text = |meaning: Meaning, serial| meaning.text(serial, false);
        assert_eq!(text(Meaning::Date, 42_844.0).as_deref(), Some("2017-04-19"));
        assert_eq!(text(Meaning::Date, 1.0).as_deref(), Some("1900-01-01"));
        assert_eq!(text(Meaning::Date, 61.0).as_deref(), Some("1900-03-01"));
        assert_eq!(
            text(Meaning::Date, 42_844.5).as_deref(),
            Some("2017-04-19T12:00:00")
        );
        assert_eq!(text(Meaning::Time, 0.75).as_deref(), Some("18:00:00"));
        assert_eq!(text(Meaning::Duration, 1.5).as_deref(), Some("36:00:00"));
        assert_eq!(
            text(Meaning::DateTime, 0.999_999_9).as_deref(),
            Some("1900-01-01T00:00:00")
        );
        assert_eq!(
            Meaning::Date.text(41_382.0, true).as_deref(),
            Some("2017-04-19")
        );
        for serial in [-1.0, 3e6, f64::NAN, f64::INFINITY] {
            assert_eq!(text(Meaning::Date, serial), None);
        }
        assert_eq!(text(Meaning::Number, 1.0), None);
    }
}
