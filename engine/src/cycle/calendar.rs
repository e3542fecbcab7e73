//! The calendar of assemblies: what was held, what is planned, what is lacking, how many came.

use std::collections::HashSet;

use super::CycleError;
use super::hierarchy::Hierarchy;

/// Most assemblies.
pub const MAX_ASSEMBLIES: usize = 1_000_000;
/// Most persons at an assembly.
pub const MAX_ATTENDANCE: u64 = 1_000_000_000;

/// A meeting, held or planned.
#[derive(Clone, Copy, Debug)]
pub struct AssemblyRecord<'a> {
    /// Its own id.
    pub id: &'a str,
    /// Id of the level that meets.
    pub level: &'a str,
    /// Key of the territory that meets.
    pub key: &'a str,
    /// Day, as 2026-11-22; a time may follow.
    pub date: &'a str,
    /// Persons who came; `None` for a meeting that is planned.
    pub attendance: Option<u64>,
}

/// What is wanted of a level.
#[derive(Clone, Copy, Debug)]
pub struct LevelCalendar<'a> {
    /// Meetings of each territory in a cycle.
    pub wanted: u32,
    /// Inhabitants of each territory; empty where they are not known.
    pub population: &'a [Option<f64>],
}

/// Meetings of a territory, or of all territories of a level.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Coverage<'a> {
    /// Meetings that there should be.
    pub wanted: u64,
    /// Meetings that have an attendance, whatever their day.
    pub held: u64,
    /// Meetings without one whose day is today or later.
    pub planned: u64,
    /// Meetings without one whose day is past.
    pub overdue: u64,
    /// Wanted and not held. A territory with more than is wanted makes up for no other.
    pub lacking: u64,
    /// Lacking and not even planned.
    pub unplanned: u64,
    /// The next day of a planned meeting.
    pub next: Option<&'a str>,
    /// Persons at its own meetings, added up; who came twice counts twice.
    pub attendance: u64,
    /// Attendances at its own meetings per 1,000 inhabitants.
    pub per_1000: Option<f64>,
    /// Persons at its own meetings and at those of all territories within.
    pub attendance_within: u64,
    /// The same per 1,000 inhabitants.
    pub per_1000_within: Option<f64>,
}

/// What is wrong with the record of an assembly, by row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssemblyFault {
    /// No such level, or no such territory in it. Not counted.
    Territory,
    /// The id is that of an earlier record. Not counted.
    Duplicate,
    /// The day is not written as 2026-11-22. Counted if it was held; as planned it has no day and is not counted.
    Date,
    /// More than [`MAX_ATTENDANCE`]; held, and counted as nobody.
    Attendance,
}

/// The calendar of every territory of every level.
#[derive(Clone, Debug, PartialEq)]
pub struct Calendar<'a> {
    /// Per level, finest first and the whole last, one for each territory.
    pub levels: Vec<Vec<Coverage<'a>>>,
    /// Per level, all its territories. Rates are those of the territories whose inhabitants are known, pooled.
    pub totals: Vec<Coverage<'a>>,
    /// Records that do not fit, by row.
    pub faults: Vec<(usize, AssemblyFault)>,
}

impl<'a> Calendar<'a> {
    /// Compares meetings with what is wanted of each level, finest first and the whole last, as of `today`.
    ///
    /// Cost O(assemblies + levels × territories).
    ///
    /// # Errors
    /// [`CycleError::Length`] unless there is one [`LevelCalendar`] per level and one population per territory;
    /// [`CycleError::TooMany`] and [`CycleError::Today`].
    pub fn new(
        hierarchy: &Hierarchy<'_>,
        levels: &[LevelCalendar<'_>],
        assemblies: &[AssemblyRecord<'a>],
        today: &str,
    ) -> Result<Self, CycleError> {
        check(hierarchy, levels, assemblies)?;
        let today = day(today).ok_or_else(|| CycleError::Today(today.to_owned()))?;
        let empty = |(level, own): (usize, &LevelCalendar<'_>)| {
            let coverage = Coverage {
                wanted: u64::from(own.wanted),
                ..Coverage::default()
            };
            vec![coverage; hierarchy.keys(level).len()]
        };
        let mut calendar = Self {
            levels: levels.iter().enumerate().map(empty).collect(),
            totals: vec![],
            faults: vec![],
        };
        calendar.count(hierarchy, assemblies, today);
        calendar.finish(hierarchy, levels);
        Ok(calendar)
    }

    /// The calendar inside a territory: of each level, finest first, its own last, all meetings together. Rates stand with
    /// its own level only. Empty where there is no such territory.
    pub fn within(&self, hierarchy: &Hierarchy<'_>, level: usize, row: usize) -> Vec<Coverage<'a>> {
        let Some(own) = self.levels.get(level).and_then(|level| level.get(row)) else {
            return vec![];
        };
        let together = |(finer, territories): (usize, &Vec<Coverage<'a>>)| {
            let mut sum = Coverage::default();
            let inside = |child: &usize| hierarchy.ancestor(finer, *child, level) == Some(row);
            (0..territories.len())
                .filter(inside)
                .for_each(|child| sum.merge(&territories[child]));
            sum
        };
        let finer = self.levels[..level].iter().enumerate().map(together);
        finer.chain([*own]).collect()
    }

    fn count(&mut self, hierarchy: &Hierarchy<'_>, assemblies: &[AssemblyRecord<'a>], today: &str) {
        let mut seen = HashSet::with_capacity(assemblies.len());
        for (record, assembly) in assemblies.iter().enumerate() {
            let mut fault = |fault| self.faults.push((record, fault));
            let Some((level, row)) = hierarchy.find(assembly.level, assembly.key) else {
                fault(AssemblyFault::Territory);
                continue;
            };
            if !seen.insert(assembly.id) {
                fault(AssemblyFault::Duplicate);
                continue;
            }
            let date = day(assembly.date);
            if date.is_none() {
                fault(AssemblyFault::Date);
            }
            if assembly
                .attendance
                .is_some_and(|persons| persons > MAX_ATTENDANCE)
            {
                fault(AssemblyFault::Attendance);
            }
            self.levels[level][row].add(assembly.attendance, date, today);
        }
    }

    fn finish(&mut self, hierarchy: &Hierarchy<'_>, levels: &[LevelCalendar<'_>]) {
        self.add_what_is_within(hierarchy);
        for (territories, level) in self.levels.iter_mut().zip(levels) {
            let mut total = Coverage::default();
            // Attendances, own and within, where the inhabitants are known, and those.
            let mut pooled = (0, 0, 0.0);
            for (row, own) in territories.iter_mut().enumerate() {
                let population = level.population.get(row).copied().flatten();
                let population =
                    population.filter(|persons| persons.is_finite() && *persons >= 0.0);
                own.finish(population);
                total.merge(own);
                if let Some(population) = population {
                    pooled.0 += own.attendance;
                    pooled.1 += own.attendance_within;
                    pooled.2 += population;
                }
            }
            total.per_1000 = per_1000(pooled.0, Some(pooled.2));
            total.per_1000_within = per_1000(pooled.1, Some(pooled.2));
            self.totals.push(total);
        }
    }

    /// From the finest level up; the orphans of a level are within the whole.
    fn add_what_is_within(&mut self, hierarchy: &Hierarchy<'_>) {
        let whole = self.levels.len() - 1;
        for level in 0..self.levels.len() {
            for row in 0..self.levels[level].len() {
                let own = &mut self.levels[level][row];
                own.attendance_within += own.attendance;
                let within = own.attendance_within;
                if level < whole {
                    let parent = hierarchy
                        .parent(level, row)
                        .map(|parent| (level + 1, parent));
                    let (level, row) = parent.unwrap_or((whole, 0));
                    self.levels[level][row].attendance_within += within;
                }
            }
        }
    }
}

impl<'a> Coverage<'a> {
    fn add(&mut self, attendance: Option<u64>, date: Option<&'a str>, today: &str) {
        if let Some(persons) = attendance {
            self.held += 1;
            self.attendance += Some(persons)
                .filter(|own| *own <= MAX_ATTENDANCE)
                .unwrap_or(0);
        } else if let Some(date) = date {
            if date < today {
                self.overdue += 1;
            } else {
                self.planned += 1;
                self.next = earlier(self.next, Some(date));
            }
        }
    }

    fn finish(&mut self, population: Option<f64>) {
        self.lacking = self.wanted.saturating_sub(self.held);
        self.unplanned = self.lacking.saturating_sub(self.planned);
        self.per_1000 = per_1000(self.attendance, population);
        self.per_1000_within = per_1000(self.attendance_within, population);
    }

    fn merge(&mut self, other: &Self) {
        self.wanted += other.wanted;
        self.held += other.held;
        self.planned += other.planned;
        self.overdue += other.overdue;
        self.lacking += other.lacking;
        self.unplanned += other.unplanned;
        self.attendance += other.attendance;
        self.attendance_within += other.attendance_within;
        self.next = earlier(self.next, other.next);
    }
}

fn earlier<'a>(one: Option<&'a str>, other: Option<&'a str>) -> Option<&'a str> {
    one.into_iter().chain(other).min()
}

fn per_1000(attendance: u64, population: Option<f64>) -> Option<f64> {
    let population = population.filter(|persons| *persons > 0.0)?;
    Some(attendance as f64 / population * 1000.0).filter(|rate| rate.is_finite())
}

fn check(
    hierarchy: &Hierarchy<'_>,
    levels: &[LevelCalendar<'_>],
    assemblies: &[AssemblyRecord<'_>],
) -> Result<(), CycleError> {
    if assemblies.len() > MAX_ASSEMBLIES {
        return Err(CycleError::TooMany {
            what: "assemblies",
            found: assemblies.len(),
            most: MAX_ASSEMBLIES,
        });
    }
    let length = |what, found, expected| {
        let error = CycleError::Length {
            what,
            found,
            expected,
        };
        (found == expected).then_some(()).ok_or(error)
    };
    length("calendars of levels", levels.len(), hierarchy.levels())?;
    for (level, own) in levels
        .iter()
        .enumerate()
        .filter(|own| !own.1.population.is_empty())
    {
        length(
            "populations",
            own.population.len(),
            hierarchy.keys(level).len(),
        )?;
    }
    Ok(())
}

/// The day at the beginning of a text, if it is one of the calendar; days compare as texts.
fn day(text: &str) -> Option<&str> {
    let (day, rest) = text.split_at_checked(10)?;
    let ends = rest.is_empty() || rest.starts_with(['T', 't', ' ']);
    let shape = day.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    if !ends || !shape {
        return None;
    }
    let number = |range: std::ops::Range<usize>| day[range].parse::<u32>().ok();
    let (year, month) = (number(0..4)?, number(5..7)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=last).contains(&number(8..10)?).then_some(day)
}

#[cfg(test)]
mod tests {
    use super::day;

    #[test]
    fn a_day_is_one_of_the_calendar() {
        assert_eq!(day("2026-11-22"), Some("2026-11-22"));
        assert_eq!(day("2024-02-29T19:00:00-03:00"), Some("2024-02-29"));
        for wrong in [
            "",
            "2026",
            "2026-11-2",
            "22-11-2026",
            "2026-02-29",
            "1900-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-04-31",
            "2026-11-00",
            "2026-11-221",
            "2026/11/22",
            "+026-11-22",
            "２０２６-1",
            "2026-11-2é",
        ] {
            assert_eq!(day(wrong), None, "{wrong:?}");
        }
        assert_eq!(day("2000-02-29"), Some("2000-02-29"));
    }
}
