//! Days → dates of the Gregorian calendar, for every format that counts days.

/// Year, month and day of a number of days since 1970-01-01, also before the calendar was made.
///
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`: years of 400 years repeat, and
/// a year is counted from March, so that the leap day is its last. Numbers beyond 64 bits give the last year there is.
pub(crate) fn civil(days: i64) -> (i64, i64, i64) {
    let days = days.saturating_add(719_468);
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = match from_march {
        0..10 => from_march + 3,
        _ => from_march - 9,
    };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_both_sides_of_every_kind_of_leap_year() {
        // Python: (date(y, m, d) - date(1970, 1, 1)).days
        let dates = [
            (0, (1970, 1, 1)),
            (11_016, (2000, 2, 29)),
            (11_017, (2000, 3, 1)),
            (-25_509, (1900, 2, 28)),
            (-25_508, (1900, 3, 1)),
            (-719_162, (1, 1, 1)),
            (2_932_896, (9999, 12, 31)),
        ];
        for (days, date) in dates {
            assert_eq!(civil(days), date);
        }
        assert!(civil(i64::MAX).0 > 9999 && civil(i64::MIN).0 < 0);
    }
}
