//! Demands, each once, whatever the number of records that name it.

use super::CycleError;
use super::hierarchy::Hierarchy;
use super::links::roots;
use super::record::{DemandRecord, MAX_DEMANDS, MAX_VOTES, Problem};
use super::stage::{Stage, Status};
use crate::priority::MAX_COST;

/// A demand with everything that is said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Demand<'a> {
    /// Row of the record that stands for it; its id, theme, title, place and votes are the demand's.
    pub record: usize,
    /// Rows of the records that name it again, by stage, then by id. They are not counted as demands.
    pub mentions: Vec<usize>,
    /// The furthest stage of any of them.
    pub stage: Stage,
    /// What was decided at the furthest stage that decided anything: a record that names it again without a decision is
    /// open and hides none. Of several decisions of a stage the one furthest in a project's life.
    pub status: Status,
    /// Votes in the record that stands for it.
    pub votes: u64,
    /// Votes of all its records by their stage. The same persons may vote at each, so stages are not added.
    pub votes_by_stage: [u64; 4],
    /// Cost in pesos. This and what follows is that of the record furthest in the cycle which says it.
    pub cost: Option<i64>,
    /// Persons served.
    pub beneficiaries: Option<i64>,
    /// Who pays.
    pub funding: Option<&'a str>,
    /// Code of the project.
    pub project: Option<&'a str>,
}

/// Demands in their hierarchy.
#[derive(Clone, Debug)]
pub struct Cycle<'a> {
    hierarchy: &'a Hierarchy<'a>,
    records: &'a [DemandRecord<'a>],
    demands: Vec<Demand<'a>>,
    problems: Vec<Problem>,
}

impl<'a> Cycle<'a> {
    /// Resolves records to demands, in the order of the records that stand for them. Cost O(records log records).
    ///
    /// # Errors
    /// [`CycleError::TooMany`] beyond [`MAX_DEMANDS`]; what is wrong with a record is among the problems.
    pub fn new(
        hierarchy: &'a Hierarchy<'a>,
        records: &'a [DemandRecord<'a>],
    ) -> Result<Self, CycleError> {
        if records.len() > MAX_DEMANDS {
            return Err(CycleError::TooMany {
                what: "demands",
                found: records.len(),
                most: MAX_DEMANDS,
            });
        }
        let mut problems = vec![];
        let roots = roots(records, &mut problems);
        let mut members = vec![vec![]; records.len()];
        let mut counted = vec![true; records.len()];
        for problem in &problems {
            if let Problem::Duplicate { record, .. } = problem {
                counted[*record] = false;
            }
        }
        for (row, &root) in roots.iter().enumerate().filter(|(row, _)| counted[*row]) {
            members[root].push(row);
        }
        problems.extend(faults(records));
        let mut demands = vec![];
        for (record, own) in members.iter().enumerate().filter(|own| !own.1.is_empty()) {
            if hierarchy.home(records[record].place, 0).is_some() {
                demands.push(Demand::new(records, record, own));
            } else {
                problems.push(Problem::Unplaced { record });
            }
        }
        problems.sort_unstable();
        Ok(Self {
            hierarchy,
            records,
            demands,
            problems,
        })
    }

    /// The hierarchy.
    pub fn hierarchy(&self) -> &'a Hierarchy<'a> {
        self.hierarchy
    }

    /// The records, as given.
    pub fn records(&self) -> &'a [DemandRecord<'a>] {
        self.records
    }

    /// The demands.
    pub fn demands(&self) -> &[Demand<'a>] {
        &self.demands
    }

    /// The record that stands for a demand.
    pub fn record(&self, demand: usize) -> &'a DemandRecord<'a> {
        &self.records[self.demands[demand].record]
    }

    /// What is wrong with the records, in a fixed order.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Themes that there are demands of, by name.
    pub fn themes(&self) -> Vec<&'a str> {
        let mut themes: Vec<_> = (0..self.demands.len())
            .map(|own| self.record(own).theme)
            .collect();
        themes.sort_unstable();
        themes.dedup();
        themes
    }

    /// Votes of each demand, as values of a criterion.
    pub fn votes(&self) -> Vec<Option<f64>> {
        self.demands
            .iter()
            .map(|own| Some(own.votes as f64))
            .collect()
    }

    /// Demands that stand in a territory.
    pub(super) fn within(&self, level: usize, row: usize) -> impl Iterator<Item = usize> {
        let own = move |demand: &usize| {
            self.hierarchy.home(self.record(*demand).place, level) == Some(row)
        };
        (0..self.demands.len()).filter(own)
    }
}

impl<'a> Demand<'a> {
    fn new(records: &'a [DemandRecord<'a>], root: usize, members: &[usize]) -> Self {
        let record = |row: usize| &records[row];
        let mut mentions: Vec<usize> = members.iter().copied().filter(|row| *row != root).collect();
        mentions.sort_unstable_by_key(|&row| (record(row).stage, record(row).id));
        // Furthest first; a mention before the record it names, since it was written later.
        let mut by_progress: Vec<usize> = vec![root];
        by_progress.extend(&mentions);
        by_progress.sort_by_key(|&row| (record(row).stage, progress(record(row).status)));
        by_progress.reverse();
        let said = || by_progress.iter().map(|&row| record(row));
        let decided = said()
            .map(|own| own.status)
            .find(|own| *own != Status::Open);
        let mut votes_by_stage = [0; 4];
        for &row in members {
            votes_by_stage[record(row).stage as usize] += votes(record(row));
        }
        Self {
            record: root,
            stage: record(by_progress[0]).stage,
            status: decided.unwrap_or(Status::Open),
            votes: votes(record(root)),
            votes_by_stage,
            cost: said().find_map(|own| amount(own.cost)),
            beneficiaries: said().find_map(|own| amount(own.beneficiaries)),
            funding: said().find_map(|own| own.funding),
            project: said().find_map(|own| own.project),
            mentions,
        }
    }
}

/// Place in a project's life. A rejection says more than that nothing is known, and less than any project.
fn progress(status: Status) -> u8 {
    match status {
        Status::Open => 0,
        Status::Rejected => 1,
        Status::Planned => 2,
        Status::Funded => 3,
        Status::InProgress => 4,
        Status::Done => 5,
    }
}

pub(super) fn votes(record: &DemandRecord<'_>) -> u64 {
    Some(record.votes)
        .filter(|votes| *votes <= MAX_VOTES)
        .unwrap_or(0)
}

fn amount(amount: Option<i64>) -> Option<i64> {
    amount.filter(|amount| (0..=MAX_COST).contains(amount))
}

/// What is wrong with records one by one.
fn faults(records: &[DemandRecord<'_>]) -> Vec<Problem> {
    let mut problems = vec![];
    for (record, own) in records.iter().enumerate() {
        if own.votes > MAX_VOTES {
            problems.push(Problem::Votes { record });
        }
        let wrong = |given: Option<i64>| given.is_some() && amount(given).is_none();
        if wrong(own.cost) || wrong(own.beneficiaries) {
            problems.push(Problem::Amount { record });
        }
    }
    problems
}
