//! How much a rank depends on the weights (K7).

use rayon::prelude::*;

use super::criteria::{Decision, DecisionError};
use super::ranking::place;
pub use crate::composite::robustness::RandomWeights;
use crate::composite::robustness::{MAX_DRAWS, exponentials};
use crate::number::{narrow, whole};

/// Most ranks kept at once (256 MiB).
const MAX_RANKS: usize = 1 << 26;
/// Alternatives gathered at a time: their ranks in a draw share a line of memory.
const GATHERED: usize = 16;

/// Where an alternative stands when the weights are uncertain; ranks are competition ranks of the weighted sum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Acceptability {
    /// Rank with the weights of the decision.
    pub rank: usize,
    /// Share of the draws in which it is first, alone or with equals.
    pub first: f64,
    /// Best rank but for luck: one draw in twenty gets this far or further up.
    pub best: usize,
    /// Worst rank but for bad luck: one draw in twenty falls lower.
    pub worst: usize,
    /// Mean rank.
    pub mean: f64,
}

impl Decision {
    /// Ranks under weights drawn at random: every set of weights as likely as any other at spread 1, else as near the
    /// decision's own as the spread is small. Idle criteria get no weight.
    ///
    /// `None` for an alternative without a score, and throughout without a draw. `best` and `worst` are the 5 % and
    /// 95 % quantiles of the ranks drawn (inverse of their distribution), so they are ranks. Each draw has random
    /// numbers of its own: the same bits at any number of threads. Cost O(draws × alternatives × (criteria + log
    /// alternatives)). Source: Lahdelma & Salminen, "SMAA-2" (2001).
    ///
    /// # Errors
    /// [`DecisionError::Draws`] beyond 100,000 draws or 2²⁶ ranks, [`DecisionError::Spread`] outside 0 to 1.
    pub fn acceptability(
        &self,
        random: RandomWeights,
    ) -> Result<Vec<Option<Acceptability>>, DecisionError> {
        if !(0.0..=1.0).contains(&random.spread) {
            return Err(DecisionError::Spread(random.spread));
        }
        let rows: Vec<usize> = (0..self.alternatives())
            .filter(|&row| self.scored[row])
            .collect();
        let ranks_kept = rows.len().saturating_mul(random.draws as usize);
        if random.draws > MAX_DRAWS || ranks_kept > MAX_RANKS {
            return Err(DecisionError::Draws {
                draws: random.draws,
                alternatives: rows.len(),
            });
        }
        let own = self.ranks_under(&self.weights, &rows);
        let drawn: Vec<Vec<u32>> = (0..random.draws)
            .into_par_iter()
            .map(|draw| self.ranks_under(&self.drawn_weights(random, draw), &rows))
            .collect();
        let gathered: Vec<Vec<Option<Acceptability>>> = own
            .par_chunks(GATHERED)
            .enumerate()
            .map(|(chunk, own)| gather(&drawn, chunk * GATHERED, own))
            .collect();
        let mut found = vec![None; self.alternatives()];
        for (row, acceptability) in rows.iter().zip(gathered.into_iter().flatten()) {
            found[*row] = acceptability;
        }
        Ok(found)
    }

    /// Weights that add up to 1 over the criteria that are not idle.
    fn drawn_weights(&self, random: RandomWeights, draw: u32) -> Vec<f64> {
        let mut exponential = exponentials(random.seed, draw);
        let mut heights: Vec<f64> = self.weights.iter().map(|_| exponential()).collect();
        self.idle
            .iter()
            .for_each(|&criterion| heights[criterion] = 0.0);
        let total: f64 = heights.iter().sum();
        let pulled = |(own, height): (&f64, &f64)| {
            (1.0 - random.spread) * own + random.spread * height / total.max(f64::MIN_POSITIVE)
        };
        self.weights.iter().zip(&heights).map(pulled).collect()
    }

    /// Ranks of these rows by the weighted sum.
    fn ranks_under(&self, weights: &[f64], rows: &[usize]) -> Vec<u32> {
        let mut scores = vec![0.0; self.alternatives()];
        for (column, weight) in self.columns.iter().zip(weights) {
            for (score, value) in scores.iter_mut().zip(column) {
                *score += weight * value;
            }
        }
        let mut order: Vec<(f64, usize)> = rows
            .iter()
            .enumerate()
            .map(|(position, &row)| (scores[row], position))
            .collect();
        let mut ranks = vec![0; rows.len()];
        place(&mut order, |position, rank| ranks[position] = narrow(rank));
        ranks
    }
}

/// The alternatives from `first` on, whose ranks with the decision's own weights are given.
fn gather(drawn: &[Vec<u32>], first: usize, own: &[u32]) -> Vec<Option<Acceptability>> {
    let mut of_each = vec![Vec::with_capacity(drawn.len()); own.len()];
    for ranks in drawn {
        for (collected, rank) in of_each.iter_mut().zip(&ranks[first..]) {
            collected.push(*rank);
        }
    }
    let of_one = |(ranks, own): (Vec<u32>, &u32)| summary(ranks, *own);
    of_each.into_iter().zip(own).map(of_one).collect()
}

fn summary(mut ranks: Vec<u32>, own: u32) -> Option<Acceptability> {
    let draws = ranks.len();
    let last = draws.checked_sub(1)?;
    let firsts = ranks.iter().filter(|rank| **rank == 1).count();
    let total: u64 = ranks.iter().map(|rank| u64::from(*rank)).sum();
    // The smallest rank that at least this share of the draws reaches.
    let mut quantile = |share: f64| {
        let at = whole((share * draws as f64).ceil())
            .saturating_sub(1)
            .min(last);
        *ranks.select_nth_unstable(at).1 as usize
    };
    Some(Acceptability {
        rank: own as usize,
        first: firsts as f64 / draws as f64,
        best: quantile(0.05),
        worst: quantile(0.95),
        mean: total as f64 / draws as f64,
    })
}
