//! Moments and stretches of time (RFC 3339; intervals as OGC 17-069r4 §7.15.4 has them).

use crate::error::AppError;
use crate::query::Query;

/// Seconds since 1970, both ends in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Interval {
    since: i64,
    until: i64,
}

impl Interval {
    /// Reads `datetime`: a day, a moment, or two of them with a slash between, `..` or nothing for an open end.
    ///
    /// # Errors
    /// 400 for anything else, and for an end before its start.
    pub(crate) fn read(query: &Query) -> Result<Option<Self>, AppError> {
        let Some(text) = query.value("datetime") else {
            return Ok(None);
        };
        let allowed = "a day or a moment of RFC 3339 such as 2026-03-08T00:00:00Z, or an interval: start/end, ../end, start/..";
        let refuse = || AppError::parameter("datetime", text, allowed);
        Self::parse(text).map(Some).ok_or_else(refuse)
    }

    fn parse(text: &str) -> Option<Self> {
        let Some((start, end)) = text.split_once('/') else {
            return period(text);
        };
        let is_open = |end: &str| end.is_empty() || end == "..";
        if is_open(start) && is_open(end) {
            return None;
        }
        let since = match is_open(start) {
            true => i64::MIN,
            false => period(start)?.since,
        };
        let until = match is_open(end) {
            true => i64::MAX,
            false => period(end)?.until,
        };
        (since <= until).then_some(Self { since, until })
    }

    /// Whether a day or a moment lies in it at least in part; what is neither has no time, and always does.
    pub(crate) fn meets(self, moment: &str) -> bool {
        period(moment).is_none_or(|own| own.since <= self.until && self.since <= own.until)
    }
}

const DAY_S: i64 = 86_400;

/// A day with all its seconds, or one second.
fn period(text: &str) -> Option<Interval> {
    let day = day(text.get(..10)?)?.checked_mul(DAY_S)?;
    let rest = &text[10..];
    if rest.is_empty() {
        let until = day + DAY_S - 1;
        return Some(Interval { since: day, until });
    }
    // A space was a plus sign before the query was decoded.
    let clock = rest.strip_prefix(['T', 't', ' '])?;
    let second = day + second_of_day(clock.get(..8)?)?;
    let after = &clock[8..];
    let zone = match after.strip_prefix('.') {
        None => after,
        Some(fraction) => {
            let zone = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            (zone.len() < fraction.len()).then_some(zone)?
        }
    };
    let moment = second - offset(zone)?;
    Some(Interval {
        since: moment,
        until: moment,
    })
}

/// Days since 1970 of `2026-03-08`, in the Gregorian calendar.
fn day(text: &str) -> Option<i64> {
    let [year, month, day] = numbers(text, '-', [4, 2, 2])?;
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => 31,
    };
    if !(1..=12).contains(&month) || !(1..=longest).contains(&day) {
        return None;
    }
    // Years begin in March, so that the leap day is the last.
    let (years, months) = match month > 2 {
        true => (year, month - 3),
        false => (year - 1, month + 9),
    };
    let days_before_month = (153 * months + 2) / 5;
    let leap_days = years.div_euclid(4) - years.div_euclid(100) + years.div_euclid(400);
    Some(365 * years + leap_days + days_before_month + day - 1 - 719_468)
}

fn second_of_day(text: &str) -> Option<i64> {
    let [hour, minute, second] = numbers(text, ':', [2, 2, 2])?;
    // A leap second counts as the one before it.
    (hour < 24 && minute < 60 && second <= 60).then_some(hour * 3600 + minute * 60 + second.min(59))
}

/// Seconds east of Greenwich.
fn offset(zone: &str) -> Option<i64> {
    if matches!(zone, "Z" | "z") {
        return Some(0);
    }
    let sign = match zone.get(..1)? {
        "-" => -1,
        "+" | " " => 1,
        _ => return None,
    };
    let [hour, minute] = numbers(&zone[1..], ':', [2, 2])?;
    (hour < 24 && minute < 60).then_some(sign * (hour * 3600 + minute * 60))
}

/// Numbers of so many digits each.
fn numbers<const N: usize>(text: &str, between: char, digits: [usize; N]) -> Option<[i64; N]> {
    let mut parts = text.split(between);
    let mut found = [0; N];
    for (number, digits) in found.iter_mut().zip(digits) {
        let part = parts.next()?;
        let is_plain = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
        *number = part.parse().ok().filter(|_| is_plain)?;
    }
    parts.next().is_none().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_as_the_calendar_has_them() {
        assert_eq!(day("1970-01-01"), Some(0));
        assert_eq!(day("1969-12-31"), Some(-1));
        assert_eq!(day("2000-02-29"), Some(11_016));
        assert_eq!(day("2026-11-23"), Some(20_780));
        for odd in [
            "2026-02-29",
            "2026-13-01",
            "2026-3-1",
            "1900-02-29",
            "2026-00-10",
        ] {
            assert_eq!(day(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_moment_in_another_zone_is_the_same_moment() {
        let moment = |text| period(text).map(|period| period.since);
        assert_eq!(
            moment("2026-03-08T12:00:00Z"),
            moment("2026-03-08T09:00:00-03:00")
        );
        assert_eq!(
            moment("2026-03-08T12:00:00.25Z"),
            moment("2026-03-08t12:00:00z")
        );
        for odd in [
            "2026-03-08T12:00:00",
            "2026-03-08T25:00:00Z",
            "2026-03-08T12:00:00.Z",
            "2026-03-08T12:00:009Z",
            "2026-03-08X12:00:00Z",
            "",
            "2026",
            "ñññññññññññ",
        ] {
            assert_eq!(period(odd), None, "{odd}");
        }
    }

    #[test]
    fn intervals_hold_both_ends_and_may_be_open() {
        let meets = |interval, moment| Interval::parse(interval).map(|own| own.meets(moment));
        assert_eq!(meets("2026-03-08", "2026-03-08T23:59:59Z"), Some(true));
        assert_eq!(meets("../2026-03-08", "2026-03-09"), Some(false));
        assert_eq!(meets("2026-03-08T10:00:00Z/", "2026-03-08"), Some(true));
        assert_eq!(
            meets("2026-03-08/2026-03-10", "2026-03-11T00:00:00Z"),
            Some(false)
        );
        assert_eq!(meets("2026-03-08", "no moment"), Some(true));
        for odd in [
            "/",
            "../..",
            "2026-03-10/2026-03-08",
            "a/b",
            "2026-03-08/2026-03-09/x",
        ] {
            assert_eq!(Interval::parse(odd), None, "{odd}");
        }
    }
}
