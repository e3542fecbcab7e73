//! Borda's count (K4).

use super::ballot::{Ballot, Votes};

impl Votes<'_> {
    /// Points of each alternative: on every ballot one for each alternative below it and half for each tied with it,
    /// times the weight of the ballot.
    ///
    /// So tied alternatives share the mean of the points of their places, and so do those that a ballot does not list,
    /// at its end: every ballot gives away the same number of points, and to list fewer alternatives gives nobody more.
    /// Exact. Cost O(mentions + alternatives). Source: Borda (1781); Terzopoulou & Endriss, "The Borda class" (2021),
    /// whose symmetric score is twice this less its mean.
    pub fn borda(&self) -> Vec<f64> {
        // Twice the points, so that halves are whole. First as if nobody were listed on any ballot.
        let mut doubled = vec![0i64; self.alternatives()];
        let mut unlisted_everywhere = 0;
        for ballot in self.ballots() {
            unlisted_everywhere += self.count(ballot, &mut doubled);
        }
        let points = |own: i64| (own + unlisted_everywhere) as f64 / 2.0;
        doubled.into_iter().map(points).collect()
    }

    /// Adds what listed alternatives have more than unlisted ones, whose doubled points are returned.
    fn count(&self, ballot: &Ballot, doubled: &mut [i64]) -> i64 {
        let weight = signed(ballot.weight);
        let mut below = self.alternatives();
        let unlisted = below - ballot.listed().count();
        let at_end = weight * signed(unlisted.saturating_sub(1));
        for tier in ballot.tiers.iter().filter(|tier| !tier.is_empty()) {
            below -= tier.len();
            let points = weight * signed(2 * below + tier.len() - 1);
            for &alternative in tier {
                doubled[alternative] += points - at_end;
            }
        }
        at_end
    }
}

/// A weight, a number of alternatives, or their product, all of which are bounded far below 2⁶³.
pub(super) fn signed(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}
