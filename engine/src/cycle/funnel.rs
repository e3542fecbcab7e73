//! How many demands got how far.

use std::collections::BTreeMap;

use super::demand::{Cycle, Demand};
use super::stage::{Stage, Status};

/// A number of demands with their votes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Demands, each once.
    pub demands: u64,
    /// Their votes, in the record that stands for each.
    pub votes: u64,
}

impl Tally {
    fn add(&mut self, votes: u64) {
        self.merge(Self { demands: 1, votes });
    }

    fn merge(&mut self, other: Self) {
        self.demands += other.demands;
        self.votes += other.votes;
    }
}

/// Demands by the stage they reached and by what became of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    cells: [[Tally; 6]; 4],
    mentions: [Tally; 4],
}

impl Counts {
    /// Demands whose furthest stage is this, with this status.
    pub fn at(&self, stage: Stage, status: Status) -> Tally {
        self.cells[stage as usize][status as usize]
    }

    /// Demands whose furthest stage is this.
    pub fn ending_at(&self, stage: Stage) -> Tally {
        self.sum(|own, _| own == stage)
    }

    /// Demands that came at least this far: what a funnel shows.
    pub fn reached(&self, stage: Stage) -> Tally {
        self.sum(|own, _| own >= stage)
    }

    /// Demands with a status.
    pub fn with_status(&self, status: Status) -> Tally {
        self.sum(|_, own| own == status)
    }

    /// All demands.
    pub fn total(&self) -> Tally {
        self.sum(|_, _| true)
    }

    /// Records of a stage that name a demand again, and their votes: beside the demands, not among them.
    pub fn mentions(&self, stage: Stage) -> Tally {
        self.mentions[stage as usize]
    }

    /// Adds the counts of another territory or theme.
    pub fn merge(&mut self, other: &Self) {
        let own = self.cells.iter_mut().flatten().chain(&mut self.mentions);
        let theirs = other.cells.iter().flatten().chain(&other.mentions);
        own.zip(theirs).for_each(|(own, theirs)| own.merge(*theirs));
    }

    fn sum(&self, wanted: impl Fn(Stage, Status) -> bool) -> Tally {
        let mut sum = Tally::default();
        for stage in Stage::ALL {
            for status in Status::ALL
                .into_iter()
                .filter(|status| wanted(stage, *status))
            {
                sum.merge(self.at(stage, status));
            }
        }
        sum
    }

    fn count(&mut self, cycle: &Cycle<'_>, demand: &Demand<'_>) {
        self.cells[demand.stage as usize][demand.status as usize].add(demand.votes);
        for &row in &demand.mentions {
            let record = &cycle.records()[row];
            self.mentions[record.stage as usize].add(super::demand::votes(record));
        }
    }
}

/// The demands of a territory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TerritoryFunnel<'a> {
    /// Of all themes.
    pub all: Counts,
    /// Of each theme that there are demands of.
    pub by_theme: BTreeMap<&'a str, Counts>,
}

/// How many demands reached which stage, and what became of them, for every territory of every level.
///
/// A demand counts once, where the record that stands for it stands. Every level adds up to the whole, but for orphans.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Funnel<'a> {
    /// Per level, finest first and the whole last, one for each territory.
    pub levels: Vec<Vec<TerritoryFunnel<'a>>>,
}

impl<'a> Funnel<'a> {
    /// Counts the demands of a cycle. Cost O(demands × levels).
    pub fn new(cycle: &Cycle<'a>) -> Self {
        let hierarchy = cycle.hierarchy();
        let empty = |level| vec![TerritoryFunnel::default(); hierarchy.keys(level).len()];
        let mut levels: Vec<Vec<TerritoryFunnel<'a>>> =
            (0..hierarchy.levels()).map(empty).collect();
        for (position, demand) in cycle.demands().iter().enumerate() {
            let record = cycle.record(position);
            for (level, territories) in levels.iter_mut().enumerate() {
                if let Some(row) = hierarchy.home(record.place, level) {
                    let own = &mut territories[row];
                    own.all.count(cycle, demand);
                    own.by_theme
                        .entry(record.theme)
                        .or_default()
                        .count(cycle, demand);
                }
            }
        }
        Self { levels }
    }
}
