//! Ranked votes (K4): what is counted.

use super::criteria::MAX_ALTERNATIVES;

/// Most ballots of a vote.
pub const MAX_BALLOTS: usize = 1_000_000;
/// Most alternatives listed on all ballots together.
pub const MAX_MENTIONS: usize = 5_000_000;
/// Largest sum of the weights of all ballots; below it every count is exact.
pub const MAX_WEIGHT: u64 = 10_000_000_000;

/// A ranking that an assembly or a person hands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ballot {
    /// Alternatives, best first; those of one tier are tied. What is not listed stands below everything that is, tied.
    pub tiers: Vec<Vec<usize>>,
    /// How many votes it is worth: 1 for each assembly, its attendance, or the population it speaks for.
    pub weight: u64,
}

impl Ballot {
    /// The alternatives listed.
    pub fn listed(&self) -> impl Iterator<Item = usize> {
        self.tiers.iter().flatten().copied()
    }
}

/// Why ballots make no vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VoteError {
    /// Too many alternatives.
    #[error("{found} alternatives are more than the {most} that this can count")]
    Alternatives {
        /// Alternatives given.
        found: usize,
        /// What the method takes.
        most: usize,
    },
    /// Too many ballots.
    #[error("{0} ballots are more than {MAX_BALLOTS}")]
    Ballots(usize),
    /// Too many alternatives listed on all ballots together.
    #[error("the ballots list more than {MAX_MENTIONS} alternatives together")]
    Mentions,
    /// Weights whose sum is too large.
    #[error("the weights of the ballots add up to more than {MAX_WEIGHT}")]
    Weight,
    /// A ballot lists what is not one of the alternatives.
    #[error("ballot {0} lists an alternative that there is not")]
    Unknown(usize),
    /// A ballot lists an alternative twice.
    #[error("ballot {0} lists an alternative twice")]
    Twice(usize),
}

/// Ballots over a number of alternatives, checked.
#[derive(Clone, Copy, Debug)]
pub struct Votes<'a> {
    alternatives: usize,
    ballots: &'a [Ballot],
}

impl<'a> Votes<'a> {
    /// Ballots over the alternatives from 0 to one less than `alternatives`.
    ///
    /// # Errors
    /// [`VoteError`] for a ballot that is none, or too much of anything.
    pub fn new(alternatives: usize, ballots: &'a [Ballot]) -> Result<Self, VoteError> {
        if alternatives > MAX_ALTERNATIVES {
            return Err(VoteError::Alternatives {
                found: alternatives,
                most: MAX_ALTERNATIVES,
            });
        }
        if ballots.len() > MAX_BALLOTS {
            return Err(VoteError::Ballots(ballots.len()));
        }
        let weights = ballots.iter().map(|ballot| ballot.weight);
        let total = weights.fold(0, u64::saturating_add);
        if total > MAX_WEIGHT {
            return Err(VoteError::Weight);
        }
        check_lists(alternatives, ballots)?;
        Ok(Self {
            alternatives,
            ballots,
        })
    }

    /// Number of alternatives.
    pub fn alternatives(&self) -> usize {
        self.alternatives
    }

    /// The ballots.
    pub fn ballots(&self) -> &'a [Ballot] {
        self.ballots
    }

    /// Sum of the weights of all ballots, the empty ones included.
    pub fn weight(&self) -> u64 {
        self.ballots.iter().map(|ballot| ballot.weight).sum()
    }

    /// Weight of the ballots that list each alternative, in whatever place. Cost O(mentions).
    pub fn approval(&self) -> Vec<u64> {
        let mut approvals = vec![0; self.alternatives];
        for ballot in self.ballots {
            for alternative in ballot.listed() {
                approvals[alternative] += ballot.weight;
            }
        }
        approvals
    }
}

fn check_lists(alternatives: usize, ballots: &[Ballot]) -> Result<(), VoteError> {
    // The last ballot that listed each alternative, from 1.
    let mut seen = vec![0; alternatives];
    let mut mentions = 0;
    for (position, ballot) in ballots.iter().enumerate() {
        for alternative in ballot.listed() {
            let last = seen
                .get_mut(alternative)
                .ok_or(VoteError::Unknown(position))?;
            if *last == position + 1 {
                return Err(VoteError::Twice(position));
            }
            *last = position + 1;
            mentions += 1;
        }
        if mentions > MAX_MENTIONS {
            return Err(VoteError::Mentions);
        }
    }
    Ok(())
}
