//! What is planned, built and paid, and what it adds up to.

use std::collections::BTreeMap;

use super::CycleError;
use super::demand::Cycle;
use super::stage::{Stage, Status};

/// A demand that has a project.
#[derive(Clone, Debug, PartialEq)]
pub struct Project<'a> {
    /// Its place in [`Cycle::demands`].
    pub demand: usize,
    /// Code of the project.
    pub code: Option<&'a str>,
    /// The demand's theme.
    pub theme: &'a str,
    /// What is asked for.
    pub title: &'a str,
    /// How far the demand came.
    pub stage: Stage,
    /// Planned, funded, in progress or done.
    pub status: Status,
    /// Pesos.
    pub cost: Option<i64>,
    /// Persons served.
    pub beneficiaries: Option<i64>,
    /// Who pays.
    pub funding: Option<&'a str>,
}

/// What demands add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Demands.
    pub demands: u64,
    /// Their votes.
    pub votes: u64,
    /// Their cost in pesos, as far as it is known.
    pub cost: i64,
    /// Demands whose cost is known.
    pub costed: u64,
    /// Persons served, as far as known, added up: who is served twice counts twice.
    pub beneficiaries: i64,
}

impl Sums {
    /// Adds other sums.
    ///
    /// # Errors
    /// [`CycleError::Overflow`] for more pesos or persons than can be written.
    pub fn merge(&mut self, other: &Self) -> Result<(), CycleError> {
        let add = |a: i64, b| a.checked_add(b).ok_or(CycleError::Overflow);
        self.cost = add(self.cost, other.cost)?;
        self.beneficiaries = add(self.beneficiaries, other.beneficiaries)?;
        self.demands += other.demands;
        self.votes += other.votes;
        self.costed += other.costed;
        Ok(())
    }
}

/// The totals of a plan. Those of the parts of a territory add up to its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanTotals<'a> {
    /// All demands by what became of them, in the order of [`Status::ALL`].
    pub by_status: [Sums; 6],
    /// Demands with a project by who pays; `None` where that is not known.
    pub by_funding: BTreeMap<Option<&'a str>, Sums>,
    /// Demands with a project by theme.
    pub by_theme: BTreeMap<&'a str, Sums>,
    /// Demands with a project.
    pub projects: Sums,
}

impl<'a> PlanTotals<'a> {
    /// Adds the totals of another part.
    ///
    /// # Errors
    /// [`CycleError::Overflow`] for more pesos or persons than can be written.
    pub fn merge(&mut self, other: &Self) -> Result<(), CycleError> {
        for (own, sums) in self.by_status.iter_mut().zip(&other.by_status) {
            own.merge(sums)?;
        }
        for (funding, sums) in &other.by_funding {
            self.by_funding.entry(*funding).or_default().merge(sums)?;
        }
        for (theme, sums) in &other.by_theme {
            self.by_theme.entry(theme).or_default().merge(sums)?;
        }
        self.projects.merge(&other.projects)
    }

    /// The totals of some demands.
    pub(super) fn of(cycle: &Cycle<'a>, demands: &[usize]) -> Result<Self, CycleError> {
        let mut totals = Self::default();
        for &position in demands {
            let demand = &cycle.demands()[position];
            let sums = Sums {
                demands: 1,
                votes: demand.votes,
                cost: demand.cost.unwrap_or(0),
                costed: u64::from(demand.cost.is_some()),
                beneficiaries: demand.beneficiaries.unwrap_or(0),
            };
            totals.by_status[demand.status as usize].merge(&sums)?;
            if demand.status.has_project() {
                let theme = cycle.record(position).theme;
                totals
                    .by_funding
                    .entry(demand.funding)
                    .or_default()
                    .merge(&sums)?;
                totals.by_theme.entry(theme).or_default().merge(&sums)?;
                totals.projects.merge(&sums)?;
            }
        }
        Ok(totals)
    }
}

/// Those of these demands that have a project, by status, code and id.
pub(super) fn projects<'a>(cycle: &Cycle<'a>, demands: &[usize]) -> Vec<Project<'a>> {
    let project = |&position: &usize| {
        let (demand, record) = (&cycle.demands()[position], cycle.record(position));
        Project {
            demand: position,
            code: demand.project,
            theme: record.theme,
            title: record.title,
            stage: demand.stage,
            status: demand.status,
            cost: demand.cost,
            beneficiaries: demand.beneficiaries,
            funding: demand.funding,
        }
    };
    let with_project = |demand: &&usize| cycle.demands()[**demand].status.has_project();
    let mut projects: Vec<Project<'a>> = demands.iter().filter(with_project).map(project).collect();
    let key = |own: &Project<'a>| (own.status, own.code, cycle.record(own.demand).id);
    projects.sort_by(|a, b| key(a).cmp(&key(b)));
    projects
}
