//! Distances from demand points to candidates: rows sorted by distance, complete or up to a reach.

use rayon::prelude::*;

use super::SiteError;

/// Most candidates of a problem.
pub const MAX_CANDIDATES: usize = 1 << 16;
/// Most pairs of demand point and candidate whose distance is kept.
pub const MAX_PAIRS: usize = 1 << 24;

/// The longest distance that counts as one: sums of weight × distance stay far from the end of the numbers.
pub(super) const FARTHEST_M: f64 = 1e12;

/// Distances in metres from each demand point to the candidates it can use, nearest first, ties by candidate.
///
/// Sparse: a pair that is not there is farther than `reach_m`, or of no use (as far as the nearest existing facility).
#[derive(Clone, Debug)]
pub struct Distances {
    candidates: usize,
    reach_m: f64,
    offsets: Vec<usize>,
    columns: Vec<u32>,
    metres: Vec<f64>,
}

impl Distances {
    /// From a full table, one line of `candidates` distances per demand point.
    ///
    /// # Errors
    /// When the table does not have `demand × candidates` entries, one is not a distance, or a bound is passed. Where
    /// some pairs have no way, [`from_pairs`](Self::from_pairs) says what it counts to be served by nobody.
    pub fn from_table(demand: usize, candidates: usize, metres: &[f64]) -> Result<Self, SiteError> {
        let expected = demand.saturating_mul(candidates);
        if metres.len() != expected {
            return Err(SiteError::Length {
                what: "distances",
                found: metres.len(),
                expected,
            });
        }
        check_counts(candidates, metres.len())?;
        for (at, &distance_m) in metres.iter().enumerate() {
            check_distance(at / candidates, at % candidates, distance_m, FARTHEST_M)?;
        }
        let line = |row: usize| {
            let line = &metres[row * candidates..(row + 1) * candidates];
            (0u32..).zip(line.iter().copied()).collect()
        };
        Self::from_lists(demand, candidates, f64::INFINITY, line)
    }

    /// From (demand row, candidate, metres), in any order. A pair that is not given is farther than `reach_m` and
    /// counts as `reach_m` where nothing nearer is chosen.
    ///
    /// # Errors
    /// When a row or candidate does not exist, a pair stands twice, a distance is not from 0 to `reach_m`, or a bound is passed.
    pub fn from_pairs(
        demand: usize,
        candidates: usize,
        pairs: &[(u32, u32, f64)],
        reach_m: f64,
    ) -> Result<Self, SiteError> {
        if !(0.0..=FARTHEST_M).contains(&reach_m) {
            return Err(SiteError::Radius { radius_m: reach_m });
        }
        check_counts(candidates, pairs.len())?;
        let mut lists: Vec<Vec<(u32, f64)>> = vec![vec![]; demand];
        for &(row, candidate, distance_m) in pairs {
            let row = row as usize;
            let exists = |what, row, len| match row < len {
                true => Ok(()),
                false => Err(SiteError::Row { what, row, len }),
            };
            exists("demand", row, demand)?;
            exists("candidate", candidate as usize, candidates)?;
            check_distance(row, candidate as usize, distance_m, reach_m)?;
            lists[row].push((candidate, distance_m));
        }
        for (row, list) in lists.iter_mut().enumerate() {
            list.sort_unstable_by_key(|&(candidate, _)| candidate);
            if let Some(twice) = list.windows(2).find(|pair| pair[0].0 == pair[1].0) {
                let candidate = twice[0].0 as usize;
                return Err(SiteError::Twice { row, candidate });
            }
        }
        Self::from_lists(demand, candidates, reach_m, |row| lists[row].clone())
    }

    /// Sorts the list of each demand point, on all threads. What is not a distance is left out.
    pub(super) fn from_lists(
        demand: usize,
        candidates: usize,
        reach_m: f64,
        list: impl Fn(usize) -> Vec<(u32, f64)> + Sync,
    ) -> Result<Self, SiteError> {
        /// Demand points between two looks at the bound.
        const BLOCK: usize = 4096;
        check_counts(candidates, 0)?;
        let sorted = |row| {
            let mut list: Vec<(u32, f64)> = list(row);
            list.retain(|(_, metres)| *metres <= FARTHEST_M);
            list.sort_unstable_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
            list
        };
        let mut distances = Self {
            candidates,
            reach_m,
            offsets: vec![0],
            columns: vec![],
            metres: vec![],
        };
        for first in (0..demand).step_by(BLOCK) {
            let rows = first..demand.min(first + BLOCK);
            let lists: Vec<Vec<(u32, f64)>> = rows.into_par_iter().map(sorted).collect();
            for list in lists {
                check_counts(candidates, distances.metres.len() + list.len())?;
                distances.columns.extend(list.iter().map(|pair| pair.0));
                distances.metres.extend(list.iter().map(|pair| pair.1));
                distances.offsets.push(distances.metres.len());
            }
        }
        Ok(distances)
    }

    /// Number of demand points.
    pub fn demand(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Number of candidates.
    pub fn candidates(&self) -> usize {
        self.candidates
    }

    /// Up to where distances are known; infinite where all are.
    pub fn reach_m(&self) -> f64 {
        self.reach_m
    }

    /// Candidates and metres of a demand point, nearest first.
    pub fn row(&self, row: usize) -> impl Iterator<Item = (u32, f64)> + '_ {
        let range = self.offsets[row]..self.offsets[row + 1];
        let columns = self.columns[range.clone()].iter().copied();
        columns.zip(self.metres[range].iter().copied())
    }

    /// The farthest of the distances of a demand point.
    pub(super) fn farthest_m(&self, row: usize) -> Option<f64> {
        self.metres[self.offsets[row]..self.offsets[row + 1]]
            .last()
            .copied()
    }
}

fn check_distance(
    row: usize,
    candidate: usize,
    distance_m: f64,
    reach_m: f64,
) -> Result<(), SiteError> {
    match (0.0..=reach_m).contains(&distance_m) {
        true => Ok(()),
        false => Err(SiteError::Distance {
            row,
            what: format!("candidate {candidate}"),
            distance_m,
            reach_m,
        }),
    }
}

fn check_counts(candidates: usize, pairs: usize) -> Result<(), SiteError> {
    let check = |what, found: usize, limit: usize, cure| match found <= limit {
        true => Ok(()),
        false => Err(SiteError::TooMany {
            what,
            found: found as u64,
            limit: limit as u64,
            cure,
        }),
    };
    check(
        "candidates",
        candidates,
        MAX_CANDIDATES,
        "select some of them",
    )?;
    check(
        "pairs of demand point and candidate",
        pairs,
        MAX_PAIRS,
        "give a radius, fewer candidates or a coarser level of demand",
    )
}
