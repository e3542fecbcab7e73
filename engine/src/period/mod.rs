//! Periods of time: dates of features put into months, quarters, years or rounds.
//!
//! Pure text and calendar arithmetic on the proleptic Gregorian calendar of ISO 8601. A time of day and its zone are not
//! looked at: a feature belongs to the date that was written down.

mod date;
mod tally;

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

pub use date::{Date, Span};
pub use tally::Tally;

/// Most periods: a hundred years of months.
pub const MAX_PERIODS: usize = 1200;

/// How long a period is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A calendar month.
    Month,
    /// Three months from January, April, July or October on.
    Quarter,
    /// A calendar year.
    Year,
}

impl Step {
    fn months(self) -> u32 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::Year => 12,
        }
    }

    /// What the period is called that starts at a month counted from year 0.
    fn label(self, month: u32) -> String {
        let year = month / 12;
        match self {
            Self::Month => format!("{year:04}-{:02}", month % 12 + 1),
            Self::Quarter => format!("{year:04}-Q{}", month % 12 / 3 + 1),
            Self::Year => format!("{year:04}"),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        })
    }
}

impl FromStr for Step {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, PeriodError> {
        match text {
            "month" => Ok(Self::Month),
            "quarter" => Ok(Self::Quarter),
            "year" => Ok(Self::Year),
            other => Err(PeriodError::Step(shortened(other))),
        }
    }
}

/// Why there are no periods.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PeriodError {
    /// A word that is no step.
    #[error("{0:?} is no step: month, quarter or year")]
    Step(String),
    /// Text that is no full date.
    #[error("{0:?} is no date like 2026-03-08")]
    Date(String),
    /// Fewer than two boundaries, or boundaries that do not ascend.
    #[error("boundaries of periods must be two dates or more that ascend")]
    Boundaries,
    /// More periods than [`MAX_PERIODS`].
    #[error("{0} periods, {MAX_PERIODS} are allowed: choose longer ones")]
    TooMany(usize),
}

/// Consecutive periods, oldest first, without gaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Periods {
    /// First day of each, and the day after the last.
    boundaries: Vec<Date>,
    labels: Vec<String>,
}

impl Periods {
    /// The periods of the calendar from the one that holds `first` to the one that holds `last`.
    ///
    /// # Errors
    /// When there would be more than [`MAX_PERIODS`]. None at all where `last` is before `first`.
    pub fn by(step: Step, first: Date, last: Date) -> Result<Self, PeriodError> {
        let months = step.months();
        let start = first.months() / months;
        let count = (last.months() / months + 1).saturating_sub(start);
        if count as usize > MAX_PERIODS {
            return Err(PeriodError::TooMany(count as usize));
        }
        let starts = (start..=start + count).map(|number| number * months);
        Ok(Self {
            boundaries: starts.clone().map(Date::of_months).collect(),
            labels: starts
                .take(count as usize)
                .map(|at| step.label(at))
                .collect(),
        })
    }

    /// The periods of the calendar that hold all dates among some texts; `None` where no text is a date.
    ///
    /// # Errors
    /// When there would be more than [`MAX_PERIODS`].
    pub fn spanning<'a>(
        step: Step,
        texts: impl IntoIterator<Item = &'a str>,
    ) -> Result<Option<Self>, PeriodError> {
        let spans = texts.into_iter().filter_map(Span::parse);
        let around = |all: Span, one: Span| Span {
            first: all.first.min(one.first),
            last: all.last.max(one.last),
        };
        let all = spans.reduce(around);
        all.map(|all| Self::by(step, all.first, all.last))
            .transpose()
    }

    /// The periods between given days, such as the rounds of assemblies: each from its day to the day before the next.
    ///
    /// # Errors
    /// When a text is no full date, there are fewer than two or they do not ascend, or more than [`MAX_PERIODS`] periods.
    pub fn between<S: AsRef<str>>(boundaries: &[S]) -> Result<Self, PeriodError> {
        if boundaries.len() > MAX_PERIODS + 1 {
            return Err(PeriodError::TooMany(boundaries.len() - 1));
        }
        let date = |text: &S| {
            let span = Span::parse(text.as_ref()).filter(|span| span.first == span.last);
            let bad = || PeriodError::Date(shortened(text.as_ref()));
            span.map(|span| span.first).ok_or_else(bad)
        };
        let boundaries: Vec<Date> = boundaries.iter().map(date).collect::<Result<_, _>>()?;
        if boundaries.len() < 2 || boundaries.windows(2).any(|pair| pair[0] >= pair[1]) {
            return Err(PeriodError::Boundaries);
        }
        let label = |pair: &[Date]| format!("{}/{}", pair[0], pair[1]);
        Ok(Self {
            labels: boundaries.windows(2).map(label).collect(),
            boundaries,
        })
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// What each is called: `2026-03`, `2026-Q1`, `2026`, or its first day and the day after it, `2026-03-08/2026-05-01`.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// First day of each, and the day after the last one.
    pub fn boundaries(&self) -> &[Date] {
        &self.boundaries
    }

    /// The period that holds a date; `None` where the text is no date, lies outside, or is not exact enough to tell, as
    /// `2026-03` among rounds that begin in the middle of a month. Cost O(log periods).
    pub fn position(&self, text: &str) -> Option<usize> {
        self.position_of(Span::parse(text)?)
    }

    /// The period that holds all days of a span.
    pub fn position_of(&self, span: Span) -> Option<usize> {
        let after = self
            .boundaries
            .partition_point(|start| *start <= span.first);
        let position = after.checked_sub(1)?;
        let end = self.boundaries.get(after)?;
        (span.last < *end).then_some(position)
    }
}

/// The beginning of what somebody wrote, for a message.
fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        Span::parse(text).unwrap().first
    }

    fn by(step: &str, first: &str, last: &str) -> Periods {
        Periods::by(step.parse().unwrap(), date(first), date(last)).unwrap()
    }

    #[test]
    fn the_calendar_has_months_quarters_and_years() {
        let months = by("month", "2025-11-30", "2026-02-01");
        assert_eq!(
            months.labels(),
            ["2025-11", "2025-12", "2026-01", "2026-02"]
        );
        assert_eq!(months.boundaries()[4], date("2026-03-01"));
        let quarters = by("quarter", "2025-12-31", "2026-04-01");
        assert_eq!(quarters.labels(), ["2025-Q4", "2026-Q1", "2026-Q2"]);
        let years = by("year", "1999-01-01", "2001-12-31");
        assert_eq!(years.labels(), ["1999", "2000", "2001"]);
        assert!(by("month", "2026-02-01", "2025-11-30").is_empty());
        assert_eq!(
            "week".parse::<Step>(),
            Err(PeriodError::Step("week".to_owned()))
        );
    }

    #[test]
    fn a_date_is_in_the_period_that_holds_all_of_it() {
        let months = by("month", "2026-01", "2026-03");
        let position = |text| months.position(text);
        assert_eq!(position("2026-01-01"), Some(0));
        assert_eq!(position("2026-02"), Some(1));
        assert_eq!(position("2026-03-31T23:59:59-03:00"), Some(2));
        for outside in [
            "2025-12-31",
            "2026-04-01",
            "2026",
            "",
            "yesterday",
            "2026-02-30",
        ] {
            assert_eq!(position(outside), None, "{outside}");
        }
        let rounds = Periods::between(&["2026-03-08", "2026-05-01", "2026-08-01"]).unwrap();
        assert_eq!(
            rounds.labels(),
            ["2026-03-08/2026-05-01", "2026-05-01/2026-08-01"]
        );
        assert_eq!(rounds.position("2026-03"), None);
        assert_eq!(rounds.position("2026-04"), Some(0));
        assert_eq!(rounds.position("2026-05-01"), Some(1));
        assert_eq!(rounds.position("2026-08-01"), None);
    }

    #[test]
    fn periods_span_the_dates_there_are() {
        let texts = ["", "2026-03-08", "n/a", "2026-01", "2025-12-24 18:00"];
        let months = Periods::spanning(Step::Month, texts).unwrap().unwrap();
        assert_eq!(
            months.labels(),
            ["2025-12", "2026-01", "2026-02", "2026-03"]
        );
        assert_eq!(Periods::spanning(Step::Year, ["x"]), Ok(None));
        let far = Periods::spanning(Step::Month, ["0001-01-01", "9999-12-31"]);
        assert_eq!(far, Err(PeriodError::TooMany(119_988)));
    }

    #[test]
    fn senseless_boundaries_are_refused() {
        let between = |texts: &[&str]| Periods::between(texts).unwrap_err();
        assert_eq!(between(&["2026-03-08"]), PeriodError::Boundaries);
        assert_eq!(
            between(&["2026-03-08", "2026-03-08"]),
            PeriodError::Boundaries
        );
        assert_eq!(
            between(&["2026-03", "2026-04-01"]),
            PeriodError::Date("2026-03".to_owned())
        );
        let many = vec!["2026-01-01"; MAX_PERIODS + 2];
        assert_eq!(between(&many), PeriodError::TooMany(1201));
    }
}
