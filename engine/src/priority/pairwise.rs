//! Alternatives against each other, and Copeland's count of victories (K4).

use rayon::prelude::*;

use super::ballot::{Ballot, VoteError, Votes};
use super::borda::signed;

/// Most alternatives compared in pairs.
pub const MAX_PAIRED: usize = 500;
/// Ballots counted at a time.
const CHUNK: usize = 1 << 14;

/// Which part of the votes prefers one alternative to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pairwise {
    alternatives: usize,
    /// Row by row: weight of the ballots with the row above the column.
    preferred: Vec<i64>,
}

impl Votes<'_> {
    /// Counts, for every two alternatives, the votes for the one over the other. What a ballot does not list stands below
    /// what it lists; equals on a ballot give neither a vote.
    ///
    /// Cost O(Σ listed² + alternatives²). Whole numbers, so the order of the ballots does not matter.
    ///
    /// # Errors
    /// [`VoteError::Alternatives`] beyond [`MAX_PAIRED`].
    pub fn pairwise(&self) -> Result<Pairwise, VoteError> {
        let count = self.alternatives();
        if count > MAX_PAIRED {
            return Err(VoteError::Alternatives {
                found: count,
                most: MAX_PAIRED,
            });
        }
        let counted = self.ballots().par_chunks(CHUNK).map(|ballots| {
            let mut preferred = vec![0; count * count];
            let mut over_all = vec![0; count];
            ballots
                .iter()
                .for_each(|ballot| compare(ballot, count, &mut preferred, &mut over_all));
            for (row, over_all) in preferred.chunks_mut(count.max(1)).zip(&over_all) {
                row.iter_mut().for_each(|votes| *votes += over_all);
            }
            preferred
        });
        let mut preferred = counted.reduce(|| vec![0; count * count], added);
        (0..count).for_each(|own| preferred[own * count + own] = 0);
        Ok(Pairwise {
            alternatives: count,
            preferred,
        })
    }
}

/// Everything listed is taken to be above all, then what it is not above is taken back: so that a short ballot is cheap.
fn compare(ballot: &Ballot, count: usize, preferred: &mut [i64], over_all: &mut [i64]) {
    let weight = signed(ballot.weight);
    for (position, tier) in ballot.tiers.iter().enumerate() {
        for &alternative in tier {
            over_all[alternative] += weight;
            let row = &mut preferred[alternative * count..][..count];
            let not_below = ballot.tiers[..=position].iter().flatten();
            not_below.for_each(|&other| row[other] -= weight);
        }
    }
}

fn added(mut sum: Vec<i64>, part: Vec<i64>) -> Vec<i64> {
    for (sum, part) in sum.iter_mut().zip(part) {
        *sum += part;
    }
    sum
}

impl Pairwise {
    /// Number of alternatives.
    pub fn alternatives(&self) -> usize {
        self.alternatives
    }

    /// Weight of the ballots with `one` above `other`; zero for what is not an alternative.
    pub fn preferred(&self, one: usize, other: usize) -> u64 {
        let known = one < self.alternatives && other < self.alternatives;
        let votes = known.then(|| self.preferred[one * self.alternatives + other]);
        votes.map_or(0, i64::unsigned_abs)
    }

    /// Victories less defeats of each alternative against the others, by the majority of the votes that prefer one.
    ///
    /// Cost O(alternatives²). Source: Copeland (1951).
    pub fn copeland(&self) -> Vec<f64> {
        let outcome = |one: usize, other: usize| {
            let balance = self.preferred(one, other).cmp(&self.preferred(other, one));
            f64::from(balance as i8)
        };
        let others = 0..self.alternatives;
        let count = |one| others.clone().map(|other| outcome(one, other)).sum();
        (0..self.alternatives).map(count).collect()
    }
}
