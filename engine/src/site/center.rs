//! The p-centre: least largest distance to the nearest facility.

use rayon::prelude::*;

use super::cover::rows_of;
use super::cover_search::smallest_cover;
use super::interchange::greedy;
use super::plan::{Allocation, Draft, Proof};
use super::{Limits, Plan, Problem, SiteError};

/// Whether some number of candidates is enough.
enum Enough {
    Yes(Vec<bool>),
    No,
    /// The work was over before that was known.
    Unknown,
}

impl Problem {
    /// At most `p` new facilities with the least largest distance of anybody to the nearest facility (Hakimi 1964).
    ///
    /// Weights only say who counts. Where distances are known up to a reach, nobody counts with more than the reach. The
    /// answer is one of the distances: a search by halves asks of each whether `p` cover everybody within it (Minieka
    /// 1970). The best plan, proven, where the search ends within `limits`; else the best plan found and a bound.
    ///
    /// # Errors
    /// When `p` is 0 and somebody has no existing facility at any distance.
    pub fn p_center(&self, p: usize, limits: Limits) -> Result<Plan, SiteError> {
        self.check_p(p)?;
        let first = greedy(&self.metres_saved(|_| true), p).chosen;
        let saved = |chosen: &[bool]| self.metres_saved(|candidate| chosen[candidate]);
        let draft = |savings| Draft {
            savings,
            within_m: None,
            unreachable: self.out_of_reach(),
        };
        let unproven = |plan: &Plan| Proof {
            objective: self.farthest_m(&plan.allocation),
            bound: 0.0,
            proven: false,
        };
        let first_m = self.plan(draft(saved(&first)), unproven).objective;
        let radii = match p {
            0 => vec![],
            _ => self.radii(first_m),
        };
        let (chosen, at_least) = self.least_radius(p, &radii, limits);
        let chosen = chosen.as_ref().unwrap_or(&first);
        Ok(self.plan(draft(saved(chosen)), |plan| {
            let objective = self.farthest_m(&plan.allocation);
            let bound = radii.get(at_least).copied().unwrap_or(objective);
            Proof {
                objective,
                bound,
                proven: bound >= objective,
            }
        }))
    }

    /// A choice for the least of the radii within which `p` cover everybody, as far as could be found out, and the
    /// first radius of which it is not proven that they do not.
    fn least_radius(&self, p: usize, radii: &[f64], limits: Limits) -> (Option<Vec<bool>>, usize) {
        let (mut low, mut high) = (0, radii.len());
        let (mut chosen, mut at_least) = (None, 0);
        let mut visits = limits.visits;
        while low < high {
            let middle = usize::midpoint(low, high);
            let mut share = visits / 2;
            visits -= share;
            let enough = self.is_coverable(radii[middle], p, &mut share);
            visits += share;
            match enough {
                Enough::Yes(found) => {
                    chosen = Some(found);
                    high = middle;
                }
                Enough::No => {
                    at_least = middle + 1;
                    low = middle + 1;
                }
                Enough::Unknown => low = middle + 1,
            }
        }
        (chosen, at_least)
    }

    fn is_coverable(&self, radius_m: f64, p: usize, visits: &mut u64) -> Enough {
        let (uncovered, unreachable) = self.uncovered(radius_m);
        // Who is out of reach at any radius does not count.
        if unreachable.len() > self.out_of_reach().len() {
            return Enough::No;
        }
        let candidates = self.distances.candidates();
        let covered = smallest_cover(
            candidates,
            rows_of(&uncovered),
            p.saturating_add(1),
            *visits,
        );
        *visits = visits.saturating_sub(covered.visits);
        match covered.chosen {
            Some(columns) => {
                let mut chosen = vec![false; candidates];
                columns
                    .iter()
                    .for_each(|&column| chosen[column as usize] = true);
                Enough::Yes(chosen)
            }
            None if covered.at_least > p => Enough::No,
            None => Enough::Unknown,
        }
    }

    /// Every distance that can be the answer and is less than that of a known plan: none is less than what somebody
    /// has with everything built.
    fn radii(&self, below_m: f64) -> Vec<f64> {
        let best_m = |row: usize| {
            let nearest = self.distances.row(row).next();
            let nearest_m = nearest.map_or(f64::INFINITY, |(_, metres)| metres);
            nearest_m.min(self.existing_m(row))
        };
        let served = self
            .counted()
            .map(best_m)
            .filter(|metres| metres.is_finite());
        let from_m = served.fold(0.0, f64::max);
        let own = |row: usize| {
            let known = self.distances.row(row).map(|(_, metres)| metres);
            known.chain([self.existing_m(row)])
        };
        let all = self.counted().flat_map(own);
        let mut radii: Vec<f64> = all
            .filter(|metres| (from_m..below_m).contains(metres))
            .collect();
        radii.par_sort_unstable_by(f64::total_cmp);
        radii.dedup();
        radii
    }

    /// The largest distance of anybody who can be reached.
    fn farthest_m(&self, allocation: &[Allocation]) -> f64 {
        let reachable = self.counted().filter_map(|row| {
            let served_m = allocation[row].after.map(|served| served.distance_m);
            served_m.or(self.ceiling_m(row))
        });
        reachable.fold(0.0, f64::max)
    }
}
