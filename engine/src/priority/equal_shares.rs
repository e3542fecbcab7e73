//! The method of equal shares (K5): every vote gets the same part of the budget and pays for what it wants.

use super::ballot::Votes;
use super::budget::{Allocation, Budget, BudgetError, Funded, Phase, Utility};
use super::greedy::complete;

/// Most runs with growing shares.
pub const MAX_RUNS: u32 = 1_000;
/// Prices this near, relatively, are the same: a division may have rounded either.
const TOLERANCE: f64 = 1e-9;

/// What is done with money that shares alone do not spend.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// Pesos by which every vote's share grows from run to run ("Add1"), at least 1: the last run that the budget can pay
    /// counts, or the first that leaves nothing to buy. At most [`MAX_RUNS`] runs.
    pub step: Option<i64>,
    /// Afterwards what has the most utility per peso of what still fits.
    pub greedy: bool,
}

/// Shares a budget out so that every group gets what its size can pay for.
///
/// A ballot votes for everything it lists, and counts as many votes as it weighs. Each vote has the same share of the
/// budget. Again and again the project that its voters can buy at the lowest price per unit of utility is bought: each
/// pays the same, or all that it has left. Of equals the one first in the given order. A project that costs nothing is
/// funded first; one that nobody voted for never. With cardinality a project that many want is cheap for each of them;
/// with cost, a peso is worth a peso.
///
/// Fixed order of all sums, so the same bits each time; prices within 10⁻⁹ of each other count as equal. Cost O(rounds ×
/// projects tried × voters log voters) a run. Source: Peters, Pierczyński & Skowron, "Proportional participatory budgeting
/// with additive utilities" (2021).
///
/// # Errors
/// [`BudgetError`] for costs, a budget or a step that are none.
pub fn equal_shares(
    votes: &Votes<'_>,
    budget: Budget<'_>,
    utility: Utility,
    completion: Completion,
) -> Result<Allocation, BudgetError> {
    budget.check(votes.alternatives())?;
    if let Some(step) = completion.step.filter(|step| *step < 1) {
        return Err(BudgetError::Step(step));
    }
    let support = votes.approval();
    let market = Market::new(votes, budget, utility, &support);
    let mut allocation = market.grown(completion.step);
    if completion.greedy {
        complete(&mut allocation, &budget, &support, utility);
    }
    Ok(allocation)
}

/// Who wants what.
struct Market<'a> {
    budget: Budget<'a>,
    utility: Utility,
    support: &'a [u64],
    /// Votes of each ballot.
    weights: Vec<u64>,
    /// Ballots for each project.
    supporters: Vec<Vec<usize>>,
}

/// A project that may still be bought, at its last known price for a unit of utility, which can only rise.
#[derive(Clone, Copy)]
struct Offer {
    project: usize,
    per_utility: f64,
    price: f64,
}

impl<'a> Market<'a> {
    fn new(votes: &Votes<'_>, budget: Budget<'a>, utility: Utility, support: &'a [u64]) -> Self {
        let mut supporters = vec![vec![]; votes.alternatives()];
        for (ballot, own) in votes.ballots().iter().enumerate() {
            if own.weight > 0 {
                own.listed()
                    .for_each(|project| supporters[project].push(ballot));
            }
        }
        Self {
            budget,
            utility,
            support,
            weights: votes.ballots().iter().map(|ballot| ballot.weight).collect(),
            supporters,
        }
    }

    /// The last run that the budget can pay, or the first that leaves nothing to buy.
    fn grown(&self, step: Option<i64>) -> Allocation {
        let weight: u64 = self.weights.iter().sum();
        let share = self.budget.total as f64 / weight.max(1) as f64;
        let mut best = self.run(share, true).unwrap_or_default();
        for run in 1..MAX_RUNS {
            let Some(step) = step.filter(|_| !best.exhaustive) else {
                break;
            };
            let Some(next) = self.run(step as f64 * f64::from(run) + share, false) else {
                break;
            };
            best = next;
        }
        best
    }

    /// What is bought with this share for each vote. What the budget cannot pay is passed over where shares are `within`
    /// it, since only rounding can offer it; else there is no allocation.
    fn run(&self, endowment: f64, within: bool) -> Option<Allocation> {
        let mut allocation = Allocation {
            endowment: Some(endowment),
            ..Allocation::default()
        };
        let mut left = vec![endowment; self.weights.len()];
        let mut offers = self.first_offers(&mut allocation);
        while let Some(offer) = self.best_offer(&mut offers, &left) {
            offers.retain(|other| other.project != offer.project);
            if self.budget.costs[offer.project] > self.budget.total - allocation.spent {
                if within {
                    continue;
                }
                return None;
            }
            for &ballot in &self.supporters[offer.project] {
                left[ballot] -= left[ballot].min(offer.price);
            }
            allocation.fund(self.funded(offer.project, Phase::Shares, Some(offer.price)));
        }
        allocation.exhaustive = allocation.fitting(&self.budget, self.support).is_empty();
        Some(allocation)
    }

    fn funded(&self, project: usize, phase: Phase, price: Option<f64>) -> Funded {
        Funded {
            project,
            cost: self.budget.costs[project],
            support: self.support[project],
            phase,
            price,
        }
    }

    /// Funds what is free, and offers the rest at a price below which none can fall.
    fn first_offers(&self, allocation: &mut Allocation) -> Vec<Offer> {
        let mut offers = vec![];
        for (project, &support) in self.support.iter().enumerate().filter(|own| *own.1 > 0) {
            if self.budget.costs[project] == 0 {
                allocation.fund(self.funded(project, Phase::Free, None));
                continue;
            }
            let price = self.budget.costs[project] as f64 / support as f64;
            offers.push(Offer {
                project,
                per_utility: self.per_utility(project, price),
                price,
            });
        }
        offers
    }

    fn per_utility(&self, project: usize, price: f64) -> f64 {
        match self.utility {
            Utility::Cardinality => price,
            Utility::Cost => price / self.budget.costs[project] as f64,
        }
    }

    /// The cheapest offer per utility at today's prices. Offers that can no longer be paid are dropped, and those whose
    /// last known price is too high already are not looked at.
    fn best_offer(&self, offers: &mut Vec<Offer>, left: &[f64]) -> Option<Offer> {
        offers.sort_by(|a, b| a.per_utility.total_cmp(&b.per_utility));
        let (mut lowest, mut tried) = (f64::INFINITY, 0);
        for offer in offers.iter_mut() {
            if offer.per_utility > lowest * (1.0 + TOLERANCE) {
                break;
            }
            tried += 1;
            offer.price = self.price(offer.project, left).unwrap_or(f64::INFINITY);
            offer.per_utility = self.per_utility(offer.project, offer.price);
            lowest = lowest.min(offer.per_utility);
        }
        let affordable = |offer: &Offer| offer.price.is_finite();
        let equal = |offer: &&Offer| offer.per_utility <= lowest * (1.0 + TOLERANCE);
        let tried = offers[..tried].iter().filter(|offer| affordable(offer));
        let best = tried
            .filter(equal)
            .min_by_key(|offer| offer.project)
            .copied();
        offers.retain(affordable);
        best
    }

    /// Pesos a vote pays for the project when each pays the same or all that it has left; `None` if that is not enough.
    fn price(&self, project: usize, left: &[f64]) -> Option<f64> {
        let mut purses: Vec<(f64, u64)> = self.supporters[project]
            .iter()
            .map(|&ballot| (left[ballot], self.weights[ballot]))
            .collect();
        purses.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut owed = self.budget.costs[project] as f64;
        let mut payers = self.support[project];
        for (purse, weight) in purses {
            let price = owed / payers as f64;
            if price <= purse * (1.0 + TOLERANCE) {
                return Some(price);
            }
            owed -= purse * weight as f64;
            payers -= weight;
        }
        None
    }
}
