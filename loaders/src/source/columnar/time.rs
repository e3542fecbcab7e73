//! Dates and times as ISO 8601 text.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType,
    DurationSecondType, IntervalDayTimeType, IntervalMonthDayNanoType, IntervalYearMonthType,
    Time32MillisecondType, Time32SecondType, Time64MicrosecondType, Time64NanosecondType,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType,
};
use arrow_array::{Array, PrimitiveArray};
use arrow_schema::{DataType, IntervalUnit, TimeUnit};

use super::cells::{Cell, Reader, primitive, valid};
use crate::calendar::civil;

const NANOSECONDS: i128 = 1_000_000_000;
const DAY_S: i128 = 86_400;
const BEYOND: &str = "a date or time is beyond the calendar";

/// Reads timestamps, times of day, durations and intervals.
#[rustfmt::skip]
pub(super) fn reader(array: &dyn Array) -> Option<Reader<'_>> {
    use DataType as T;
    use TimeUnit as U;
    // The value of a timestamp with a zone is UTC, whatever the zone is called.
    let utc = matches!(array.data_type(), T::Timestamp(_, Some(_)));
    Some(match array.data_type() {
        T::Timestamp(U::Second, _) => scaled::<TimestampSecondType>(array, 1_000_000_000, move |ns| timestamp(ns, utc)),
        T::Timestamp(U::Millisecond, _) => scaled::<TimestampMillisecondType>(array, 1_000_000, move |ns| timestamp(ns, utc)),
        T::Timestamp(U::Microsecond, _) => scaled::<TimestampMicrosecondType>(array, 1_000, move |ns| timestamp(ns, utc)),
        T::Timestamp(U::Nanosecond, _) => scaled::<TimestampNanosecondType>(array, 1, move |ns| timestamp(ns, utc)),
        T::Time32(U::Second) => scaled::<Time32SecondType>(array, 1_000_000_000, clock),
        T::Time32(_) => scaled::<Time32MillisecondType>(array, 1_000_000, clock),
        T::Time64(U::Microsecond) => scaled::<Time64MicrosecondType>(array, 1_000, clock),
        T::Time64(_) => scaled::<Time64NanosecondType>(array, 1, clock),
        T::Duration(U::Second) => scaled::<DurationSecondType>(array, 1_000_000_000, seconds),
        T::Duration(U::Millisecond) => scaled::<DurationMillisecondType>(array, 1_000_000, seconds),
        T::Duration(U::Microsecond) => scaled::<DurationMicrosecondType>(array, 1_000, seconds),
        T::Duration(U::Nanosecond) => scaled::<DurationNanosecondType>(array, 1, seconds),
        T::Interval(IntervalUnit::YearMonth) => primitive::<IntervalYearMonthType>(array, |months| Cell::Made(format!("P{months}M"))),
        T::Interval(IntervalUnit::DayTime) => primitive::<IntervalDayTimeType>(array, |value| {
            let time = fraction(i128::from(value.milliseconds) * 1_000_000);
            Cell::Made(format!("P{}DT{time}S", value.days))
        }),
        T::Interval(IntervalUnit::MonthDayNano) => primitive::<IntervalMonthDayNanoType>(array, |value| {
            let time = fraction(value.nanoseconds.into());
            Cell::Made(format!("P{}M{}DT{time}S", value.months, value.days))
        }),
        _ => return None,
    })
}

/// A text that was made, unless the value is beyond the calendar.
pub(super) fn made<'a>(text: Option<String>) -> Cell<'a> {
    text.map_or(Cell::Unreadable(BEYOND), Cell::Made)
}

/// `2017-04-19` for days since 1970-01-01; `None` outside the years 0 to 9999.
pub(super) fn date(days: i64) -> Option<String> {
    let (year, month, day) = civil(days);
    (0..=9999)
        .contains(&year)
        .then(|| format!("{year:04}-{month:02}-{day:02}"))
}

fn scaled<'a, T: ArrowPrimitiveType>(
    array: &'a dyn Array,
    nanoseconds: i128,
    cell: impl Fn(i128) -> Cell<'a> + 'a,
) -> Reader<'a>
where
    T::Native: Into<i64>,
{
    let values: &PrimitiveArray<T> = array.as_primitive();
    let values = values.values();
    valid(array, move |row| {
        cell(i128::from(values[row].into()) * nanoseconds)
    })
}

/// `2017-04-19T20:00:00`, with `Z` behind it in UTC.
fn timestamp<'a>(nanoseconds: i128, utc: bool) -> Cell<'a> {
    let day = NANOSECONDS * DAY_S;
    let date = i64::try_from(nanoseconds.div_euclid(day))
        .ok()
        .and_then(date);
    let zone = if utc { "Z" } else { "" };
    made(date.map(|date| format!("{date}T{}{zone}", time_of_day(nanoseconds.rem_euclid(day)))))
}

fn clock<'a>(nanoseconds: i128) -> Cell<'a> {
    let within = (0..=NANOSECONDS * DAY_S).contains(&nanoseconds);
    made(within.then(|| time_of_day(nanoseconds)))
}

/// `20:00:00` and as many decimals as there are.
fn time_of_day(nanoseconds: i128) -> String {
    let (seconds, rest) = (nanoseconds / NANOSECONDS, nanoseconds % NANOSECONDS);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{hour:02}:{minute:02}:{second:02}{}", decimals(rest))
}

fn seconds<'a>(nanoseconds: i128) -> Cell<'a> {
    Cell::Made(format!("PT{}S", fraction(nanoseconds)))
}

/// Nanoseconds as decimal seconds.
fn fraction(nanoseconds: i128) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let size = nanoseconds.abs();
    format!(
        "{sign}{}{}",
        size / NANOSECONDS,
        decimals(size % NANOSECONDS)
    )
}

fn decimals(nanoseconds: i128) -> String {
    if nanoseconds == 0 {
        return String::new();
    }
    format!(".{}", format!("{nanoseconds:09}").trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_over_leap_years_in_both_directions() {
        for (days, text) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (17_275, "2017-04-19"),
            (11_016, "2000-02-29"),
            (-25_508, "1900-03-01"),
            (-719_528, "0000-01-01"),
            (2_932_896, "9999-12-31"),
        ] {
            assert_eq!(date(days).as_deref(), Some(text));
        }
        assert_eq!(
            (date(2_932_897), date(-719_529), date(i64::MAX)),
            (None, None, None)
        );
    }

    #[test]
    fn times_have_as_many_decimals_as_they_need() {
        let made = |text: &str| Cell::Made(text.to_owned());
        assert_eq!(timestamp(-1, true), made("1969-12-31T23:59:59.999999999Z"));
        assert_eq!(
            timestamp(1_492_632_000_000_000_000, false),
            made("2017-04-19T20:00:00")
        );
        assert_eq!(clock(3_600_500_000_000), made("01:00:00.5"));
        assert_eq!(seconds(-1_500_000_000), made("PT-1.5S"));
        assert_eq!(clock(-1), Cell::Unreadable(BEYOND));
    }
}
