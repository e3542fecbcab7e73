//! Moments as RFC 3339 texts in UTC, which sort as they follow each other.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// `2026-11-22T10:00:00.000Z`. What lies outside the years 1970 to 9999 is moved to the nearer end.
pub(crate) fn rfc3339(moment: SystemTime) -> String {
    const LAST: Duration = Duration::from_millis(253_402_300_799_999);
    let since = moment
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .min(LAST);
    let (days, seconds) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let millis = since.subsec_millis();
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

/// Year, month and day of the Gregorian calendar, from days since 1970-01-01.
///
/// Counted in eras of 400 years that begin on 1 March, so that the leap day is the last of its year.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    (era * 400 + year_of_era + u64::from(month < 3), month, day)
}

/// Whether a text is a day of the calendar, `YYYY-MM-DD`.
pub(crate) fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return false;
    }
    let [Some(year), Some(month), Some(day)] = [&bytes[..4], &bytes[5..7], &bytes[8..]].map(number)
    else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// Whether a text is a date, or a moment in UTC: `2026-11-22T10:00:00Z`, with or without a fraction of a second.
pub(crate) fn is_moment(text: &str) -> bool {
    let Some((date, time)) = text.split_once('T') else {
        return is_date(text);
    };
    let Some(time) = time.strip_suffix('Z') else {
        return false;
    };
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let parts: Vec<_> = time.split(':').collect();
    let within = |part: &str, end| {
        part.len() == 2 && number(part.as_bytes()).is_some_and(|number| number < end)
    };
    let [hour, minute, second] = parts[..] else {
        return false;
    };
    is_date(date)
        && within(hour, 24)
        && within(minute, 60)
        && within(second, 60)
        && fraction.len() <= 9
        && number(fraction.as_bytes()).is_some()
}

/// The number that some digits say, and nothing else.
fn number(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> String {
        rfc3339(UNIX_EPOCH + Duration::from_secs(seconds))
    }

    /// Against `datetime.fromtimestamp(…, UTC).isoformat()` of Python 3.11.
    #[test]
    fn moments_are_those_of_the_calendar() {
        assert_eq!(at(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(at(951_782_400), "2000-02-29T00:00:00.000Z");
        assert_eq!(at(1_795_341_599), "2026-11-22T09:59:59.000Z");
        assert_eq!(at(4_107_542_400), "2100-03-01T00:00:00.000Z");
        assert_eq!(at(u64::MAX / 4), "9999-12-31T23:59:59.999Z");
        assert_eq!(
            rfc3339(UNIX_EPOCH - Duration::from_secs(1)),
            "1970-01-01T00:00:00.000Z"
        );
    }

    #[test]
    fn only_days_that_exist_are_dates() {
        for good in ["2026-11-22", "2024-02-29", "2000-02-29", "0001-01-31"] {
            assert!(is_date(good), "{good}");
        }
        for bad in [
            "",
            "2026-1-22",
            "2023-02-29",
            "1900-02-29",
            "2026-04-31",
            "2026-13-01",
            "2026-00-10",
            "2026-01-00",
            "+026-01-01",
            "2026-11-22 ",
            "día de hoy",
        ] {
            assert!(!is_date(bad), "{bad}");
        }
    }

    #[test]
    fn moments_are_in_utc() {
        for good in [
            "2026-11-22",
            "2026-11-22T10:00:00Z",
            "2026-11-22T10:00:00.123Z",
        ] {
            assert!(is_moment(good), "{good}");
        }
        for bad in [
            "2026-11-22T10:00:00",
            "2026-11-22T10:00:00+03:00",
            "2026-11-22T24:00:00Z",
            "2026-11-22T10:60:00Z",
            "2026-11-22T10:00:00.Z",
            "2026-11-22T10:00Z",
            "2026-11-22T1:00:00Z",
            "T10:00:00Z",
        ] {
            assert!(!is_moment(bad), "{bad}");
        }
    }
}
