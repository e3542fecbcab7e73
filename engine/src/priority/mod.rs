//! Prioritisation of demands (K of the catalogue): which first, why, and how sure that is.
//!
//! Pure functions over plain slices, so that they can be used without a territory:
//!
//! - a [`Decision`] joins [`Criterion`]s to one matrix and scores its alternatives by weighted sum, weighted product,
//!   TOPSIS or [`spotis()`]; [`ahp()`] makes weights of judgements, and [`Decision::acceptability`] says how much a rank
//!   depends on them;
//! - [`Votes`] are ranked ballots, counted by Borda, approval, Copeland or Schulze;
//! - [`equal_shares`] and [`greedy`] share out a budget;
//! - [`ranks`] and [`ranking`] turn scores into places.
//!
//! Everywhere a higher score is better. Ranks are of type X: computed at a level from what was summed up to it, never
//! added. The same input gives the same bits at any number of threads.

mod acceptability;
mod ahp;
mod ballot;
mod borda;
mod budget;
mod criteria;
mod equal_shares;
#[cfg(test)]
mod golden;
mod greedy;
mod group;
mod normalise;
mod pairwise;
mod product;
mod ranking;
mod schulze;
mod spotis;
#[cfg(test)]
mod tests;
mod topsis;
mod weighted_sum;

pub use acceptability::{Acceptability, RandomWeights};
pub use ahp::{Ahp, AhpError, MAX_COMPARED, MAX_CONSISTENCY_RATIO, ahp};
pub use ballot::{Ballot, MAX_BALLOTS, MAX_MENTIONS, MAX_WEIGHT, VoteError, Votes};
pub use budget::{Allocation, Budget, BudgetError, Funded, MAX_COST, MAX_PROJECTS, Phase, Utility};
pub use criteria::{Criterion, Decision, DecisionError, MAX_ALTERNATIVES, MAX_CRITERIA};
pub use equal_shares::{Completion, MAX_RUNS, equal_shares};
pub use greedy::greedy;
pub use normalise::Normalisation;
pub use pairwise::{MAX_PAIRED, Pairwise};
pub use ranking::{ranking, ranks};
pub use spotis::spotis;
pub use weighted_sum::Scores;
