//! The greedy rule: what is worth most per peso first (K5).

use std::cmp::Ordering;

use super::ballot::Votes;
use super::budget::{Allocation, Budget, BudgetError, Funded, Phase, Utility};

/// Funds the projects with the most utility per peso, one after the other, passing over what does not fit any more.
///
/// A ballot votes for everything it lists. By [`Utility::Cardinality`] that is votes per peso, by [`Utility::Cost`] votes.
/// Of equals the one first in the given order; compared exactly. A project that nobody voted for gets nothing. This is
/// what most participatory budgets do, and it can leave a third of the voters with nothing: the comparison for
/// [`equal_shares`](super::equal_shares). Cost O(mentions + projects log projects).
///
/// # Errors
/// [`BudgetError`] for costs or a budget that are none.
pub fn greedy(
    votes: &Votes<'_>,
    budget: Budget<'_>,
    utility: Utility,
) -> Result<Allocation, BudgetError> {
    budget.check(votes.alternatives())?;
    let mut allocation = Allocation::default();
    complete(&mut allocation, &budget, &votes.approval(), utility);
    Ok(allocation)
}

/// Spends what is left.
pub(super) fn complete(
    allocation: &mut Allocation,
    budget: &Budget<'_>,
    support: &[u64],
    utility: Utility,
) {
    let mut open = allocation.fitting(budget, support);
    open.sort_by(|&a, &b| worth(budget, support, utility, b, a));
    for project in open {
        let cost = budget.costs[project];
        if cost <= budget.total - allocation.spent {
            allocation.fund(Funded {
                project,
                cost,
                support: support[project],
                phase: if cost > 0 { Phase::Greedy } else { Phase::Free },
                price: None,
            });
        }
    }
    allocation.exhaustive = true;
}

/// Utility per peso of a project against that of another, without division.
fn worth(budget: &Budget<'_>, support: &[u64], utility: Utility, a: usize, b: usize) -> Ordering {
    let cost = |project: usize| u128::from(budget.costs[project].unsigned_abs());
    let (of_a, of_b) = match utility {
        Utility::Cardinality => (cost(b), cost(a)),
        Utility::Cost if cost(a) == 0 || cost(b) == 0 => (cost(b), cost(a)),
        Utility::Cost => (1, 1),
    };
    (u128::from(support[a]) * of_a).cmp(&(u128::from(support[b]) * of_b))
}
