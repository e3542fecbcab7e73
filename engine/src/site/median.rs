//! The p-median: least Σ weight × distance to the nearest facility.

use crate::indicator::ExactSum;

use super::plan::{Allocation, Draft, Proof};
use super::savings::Savings;
use super::search::{Task, maximise};
use super::{Limits, Plan, Problem, SiteError};

impl Problem {
    /// At most `p` new facilities with the least Σ weight × distance to the nearest facility (Hakimi 1964).
    ///
    /// Existing facilities stay. Where distances are known up to a reach, nobody counts with more than the reach. The
    /// best plan, proven, where the search ends within `limits`; else the best plan found and a bound.
    ///
    /// # Errors
    /// When `p` is 0 and somebody has no existing facility at any distance.
    pub fn p_median(&self, p: usize, limits: Limits) -> Result<Plan, SiteError> {
        self.check_p(p)?;
        let mut ceiling = ExactSum::default();
        for row in self.counted() {
            ceiling.add(self.weights[row] * self.ceiling_m(row).unwrap_or(0.0));
        }
        let scale = ceiling.total();
        let task = Task {
            p,
            scale,
            visits: limits.visits,
        };
        let found = maximise(self.metres_saved(|_| true), task);
        let draft = Draft {
            savings: self.metres_saved(|candidate| found.chosen[candidate]),
            within_m: None,
            unreachable: self.out_of_reach(),
        };
        Ok(self.plan(draft, |plan| Proof {
            objective: self.cost(&plan.allocation),
            bound: (scale - found.bound).max(0.0),
            proven: found.proven,
        }))
    }

    /// Weighted metres that each of the `kept` candidates saves each demand point.
    pub(super) fn metres_saved(&self, kept: impl Fn(usize) -> bool) -> Savings {
        let kept = &kept;
        let rows = self.counted().map(|row| {
            let ceiling_m = self.ceiling_m(row).unwrap_or(0.0);
            let nearer = self.distances.row(row);
            let nearer = nearer
                .take_while(move |(_, metres)| *metres < ceiling_m)
                .filter(move |(candidate, _)| kept(*candidate as usize));
            let saved = nearer.map(move |(candidate, metres)| (candidate, ceiling_m - metres));
            (self.weights[row], saved)
        });
        Savings::new(self.distances.candidates(), rows)
    }

    /// What a demand point counts with where nothing new is built near it: the way to its existing facility, or the
    /// reach. Where there is neither it is farther than any candidate, so that the first to be built saves something
    /// for everyone. `None` where nothing can reach it.
    pub(super) fn ceiling_m(&self, row: usize) -> Option<f64> {
        let bound_m = self.existing_m(row).min(self.distances.reach_m());
        let reachable =
            self.existing_m(row).is_finite() || self.distances.farthest_m(row).is_some();
        match bound_m.is_finite() {
            true => reachable.then_some(bound_m),
            false => self.distances.farthest_m(row).map(|metres| metres + 1.0),
        }
    }

    /// Σ weight × distance over those who can be reached.
    fn cost(&self, allocation: &[Allocation]) -> f64 {
        let mut cost = ExactSum::default();
        for row in self.counted() {
            let served_m = allocation[row].after.map(|served| served.distance_m);
            if let Some(ceiling_m) = self.ceiling_m(row) {
                cost.add(self.weights[row] * served_m.unwrap_or(ceiling_m));
            }
        }
        cost.total()
    }

    /// Demand points with a weight that no candidate and no existing facility reaches.
    pub(super) fn out_of_reach(&self) -> Vec<u32> {
        let lost = self.counted().filter(|&row| self.ceiling_m(row).is_none());
        lost.filter_map(|row| u32::try_from(row).ok()).collect()
    }

    /// That there is something to measure a distance to.
    pub(super) fn check_p(&self, p: usize) -> Result<(), SiteError> {
        let alone = |row: usize| {
            let bound_m = self.existing_m(row).min(self.distances.reach_m());
            bound_m.is_infinite() && self.ceiling_m(row).is_some()
        };
        match p == 0 && self.counted().any(alone) {
            true => Err(SiteError::NoFacility),
            false => Ok(()),
        }
    }
}
