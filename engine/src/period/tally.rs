//! Events counted by period and territory.

use super::{Periods, Span};

/// How much happened in each period and territory, and what could not be counted.
#[derive(Clone, Debug, PartialEq)]
pub struct Tally {
    /// By period, oldest first, and row of the territory: the sum of the weights, 0 where nothing happened.
    pub values: Vec<Vec<Option<f64>>>,
    /// Events that were counted.
    pub counted: usize,
    /// Events without a date, or with one that is not exact enough for these periods.
    pub undated: usize,
    /// Events before the first period or after the last.
    pub outside: usize,
    /// Events in no territory, or of a weight that is no number.
    pub unplaced: usize,
}

impl Tally {
    /// Counts events given as row of their territory, date and weight (1 counts each). Events that fit nowhere are in
    /// exactly one of the other numbers, the first that applies of undated, outside and unplaced.
    ///
    /// Sums run in the order of the events. Cost O(periods × territories + events × log periods).
    pub fn new<'a>(
        periods: &Periods,
        territories: usize,
        events: impl IntoIterator<Item = (Option<usize>, &'a str, f64)>,
    ) -> Self {
        let mut tally = Self {
            values: vec![vec![Some(0.0); territories]; periods.len()],
            counted: 0,
            undated: 0,
            outside: 0,
            unplaced: 0,
        };
        for (row, text, weight) in events {
            tally.add(periods, row, text, weight);
        }
        tally
    }

    fn add(&mut self, periods: &Periods, row: Option<usize>, text: &str, weight: f64) {
        let Some(span) = Span::parse(text) else {
            self.undated += 1;
            return;
        };
        let Some(period) = periods.position_of(span) else {
            let boundaries = periods.boundaries();
            let beyond = |start, end| span.last < start || span.first >= end;
            match (boundaries.first(), boundaries.last()) {
                (Some(&start), Some(&end)) if !beyond(start, end) => self.undated += 1,
                _ => self.outside += 1,
            }
            return;
        };
        let cell = row.and_then(|row| self.values[period].get_mut(row)?.as_mut());
        match cell.filter(|_| weight.is_finite()) {
            Some(sum) => {
                *sum += weight;
                self.counted += 1;
            }
            None => self.unplaced += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::period::Step;

    #[test]
    fn every_event_is_counted_once_or_said_to_be_left_out() {
        let texts = ["2026-01-31", "2026-03-01"];
        let months = Periods::spanning(Step::Month, texts).unwrap().unwrap();
        let events = [
            (Some(0), "2026-01-05", 1.0),
            (Some(0), "2026-01", 2.5),
            (Some(1), "2026-03-31T12:00", 1.0),
            (Some(1), "2026", 1.0),
            (Some(1), "2026-04-01", 1.0),
            (Some(1), "soon", 1.0),
            (None, "2026-02-01", 1.0),
            (Some(2), "2026-02-01", 1.0),
            (Some(1), "2026-02-01", f64::NAN),
        ];
        let tally = Tally::new(&months, 2, events);
        let expected = [[3.5, 0.0], [0.0, 0.0], [0.0, 1.0]];
        assert_eq!(
            tally.values,
            expected.map(|period| period.map(Some).to_vec())
        );
        assert_eq!(
            (tally.counted, tally.undated, tally.outside, tally.unplaced),
            (3, 2, 1, 3)
        );
    }
}
