//! Schulze's method: the strongest path of victories (K4).

use super::pairwise::Pairwise;

impl Pairwise {
    /// Rank of each alternative from 1: one more than the number of alternatives with a stronger path to it than it has
    /// to them.
    ///
    /// A path is as strong as its weakest victory, a victory as strong as the votes for the winner ("winning votes", as
    /// Schulze recommends). Cost O(alternatives³). Source: Schulze, "A new monotonic, clone-independent, reversal symmetric,
    /// and Condorcet-consistent single-winner election method" (2011).
    pub fn schulze_ranks(&self) -> Vec<usize> {
        let count = self.alternatives();
        let paths = self.strongest_paths();
        let stronger =
            |own: usize, other: usize| paths[other * count + own] > paths[own * count + other];
        let rank = |own| 1 + (0..count).filter(|&other| stronger(own, other)).count();
        (0..count).map(rank).collect()
    }

    /// Strength of the strongest path from each row to each column. Votes as floats, in which they are exact and two at
    /// a time are compared at once.
    fn strongest_paths(&self) -> Vec<f64> {
        let count = self.alternatives();
        let mut paths = self.victories();
        for via in 0..count {
            let onward = paths[via * count..][..count].to_vec();
            for row in paths.chunks_mut(count) {
                let reach = row[via];
                for (path, onward) in row.iter_mut().zip(&onward) {
                    let around = if reach < *onward { reach } else { *onward };
                    *path = if *path < around { around } else { *path };
                }
            }
        }
        paths
    }

    /// Votes for the row where it wins against the column, else zero.
    fn victories(&self) -> Vec<f64> {
        let count = self.alternatives();
        let victory = |(one, other)| {
            let (own, against) = (self.preferred(one, other), self.preferred(other, one));
            if own > against { own as f64 } else { 0.0 }
        };
        let pairs = (0..count).flat_map(|one| (0..count).map(move |other| (one, other)));
        pairs.map(victory).collect()
    }
}
