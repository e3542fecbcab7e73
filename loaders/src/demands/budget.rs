//! A budget shared out among the demands of a territory.

use std::collections::BTreeMap;

use comarca_engine::Territory;
use comarca_engine::priority::{
    Allocation, Ballot, Budget, BudgetError, Completion, Utility, VoteError, Votes, equal_shares,
    greedy,
};
use comarca_register::{Demand, Snapshot, Status};

use super::place::finest;

/// How a budget is shared out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BudgetRule {
    /// The method of equal shares, completed by votes per peso: every group of citizens gets what its size can pay for.
    EqualShares,
    /// Most votes per peso first: what majorities want.
    Greedy,
}

impl BudgetRule {
    /// Every rule.
    pub const ALL: [Self; 2] = [Self::EqualShares, Self::Greedy];

    /// Name in requests.
    pub fn name(self) -> &'static str {
        match self {
            Self::EqualShares => "equal_shares",
            Self::Greedy => "greedy",
        }
    }
}

/// Why no budget can be shared out.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ShareError {
    /// Costs or a budget that are none, or too many projects.
    #[error(transparent)]
    Budget(#[from] BudgetError),
    /// More ballots or mentions than are counted.
    #[error(transparent)]
    Votes(#[from] VoteError),
}

/// The demands that a budget pays for.
#[derive(Clone, Debug)]
pub struct Shared<'a> {
    /// Demands that could be paid: open or planned, with a cost, in the order of their ids.
    pub candidates: Vec<&'a Demand>,
    /// What is paid, by place in `candidates`.
    pub allocation: Allocation,
}

/// Shares out a budget among the open and planned demands of a territory whose cost is known. Each assembly is a ballot for
/// what it asked for, and weighs as many votes as persons came (as its largest demand has votes, where nobody counted);
/// demands without an assembly are a ballot of their district.
///
/// # Errors
/// When there are more demands than are computed, or the budget is no amount.
pub fn share_budget<'a>(
    territory: &Territory,
    snapshot: &'a Snapshot,
    (level, row): (usize, usize),
    total: i64,
    rule: BudgetRule,
) -> Result<Shared<'a>, ShareError> {
    let is_open = |demand: &&Demand| {
        let waits = matches!(demand.status, Status::Open | Status::Planned);
        waits && demand.same_as.is_none() && demand.cost.is_some()
    };
    let own = |demand: &'a Demand| {
        let home = finest(territory, demand)?;
        let inside = territory.levels()[level].of_finest(home) == Some(row);
        inside.then_some((demand, home))
    };
    let here: Vec<(&Demand, usize)> = snapshot
        .demands()
        .map(AsRef::as_ref)
        .filter(is_open)
        .filter_map(own)
        .collect();
    let ballots = ballots(snapshot, &here);
    let costs: Vec<i64> = here
        .iter()
        .map(|(demand, _)| demand.cost.unwrap_or(0))
        .collect();
    let votes = Votes::new(here.len(), &ballots)?;
    let budget = Budget {
        costs: &costs,
        total,
    };
    let completion = Completion {
        step: None,
        greedy: true,
    };
    let allocation = match rule {
        BudgetRule::EqualShares => equal_shares(&votes, budget, Utility::Cost, completion)?,
        BudgetRule::Greedy => greedy(&votes, budget, Utility::Cardinality)?,
    };
    Ok(Shared {
        candidates: here.into_iter().map(|(demand, _)| demand).collect(),
        allocation,
    })
}

fn ballots(snapshot: &Snapshot, here: &[(&Demand, usize)]) -> Vec<Ballot> {
    let mut voters: BTreeMap<(Option<&str>, usize), Vec<usize>> = BTreeMap::new();
    for (at, (demand, home)) in here.iter().enumerate() {
        let voter = match demand.assembly.as_deref() {
            Some(assembly) => (Some(assembly), 0),
            None => (None, *home),
        };
        voters.entry(voter).or_default().push(at);
    }
    let weight = |assembly: Option<&str>, listed: &[usize]| {
        let came = assembly.and_then(|id| snapshot.assembly(id)?.attendance);
        let most = listed.iter().map(|at| here[*at].0.votes).max();
        came.or(most).unwrap_or(1).max(1)
    };
    voters
        .into_iter()
        .map(|((assembly, _), listed)| Ballot {
            weight: weight(assembly, &listed),
            tiers: vec![listed],
        })
        .collect()
}
