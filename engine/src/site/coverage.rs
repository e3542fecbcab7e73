//! Maximal coverage: most weight within a radius.

use super::plan::{Draft, Proof};
use super::savings::Savings;
use super::search::{Task, maximise};
use super::sets::undominated;
use super::{Limits, Plan, Problem, SiteError};

/// Somebody who is not covered: weight, and the candidates that would cover them, by row.
pub(super) struct Uncovered {
    pub(super) weight: f64,
    pub(super) candidates: Vec<u32>,
}

impl Problem {
    /// At most `p` new facilities that bring most weight within `within_m` of a facility, the rim included (MCLP, Church &
    /// `ReVelle` 1974). Who has an existing facility within the radius is covered already.
    ///
    /// The best plan, proven, where the search ends within `limits`; else the best plan found and a bound.
    ///
    /// # Errors
    /// When the radius is not a distance, or distances are not known that far.
    pub fn maximal_coverage(
        &self,
        p: usize,
        within_m: f64,
        limits: Limits,
    ) -> Result<Plan, SiteError> {
        let within_m = self.radius(within_m)?;
        let (uncovered, unreachable) = self.uncovered(within_m);
        let candidates = self.distances.candidates();
        let rows = uncovered.iter().map(|row| row.candidates.as_slice());
        let kept = undominated(candidates, rows);
        let savings = self.weight_gained(&uncovered, |candidate| kept[candidate]);
        let task = Task {
            p,
            scale: 0.0,
            visits: limits.visits,
        };
        let found = maximise(savings, task);
        let draft = Draft {
            savings: self.weight_gained(&uncovered, |candidate| found.chosen[candidate]),
            within_m: Some(within_m),
            unreachable,
        };
        Ok(self.plan(draft, |plan| Proof {
            objective: plan.after.covered_weight.unwrap_or(0.0),
            bound: plan.before.covered_weight.unwrap_or(0.0) + found.bound,
            proven: found.proven,
        }))
    }

    /// Who is not covered yet, and the rows of those whom no candidate could cover.
    pub(super) fn uncovered(&self, within_m: f64) -> (Vec<Uncovered>, Vec<u32>) {
        let (mut uncovered, mut unreachable) = (vec![], vec![]);
        for row in self.counted() {
            if self.existing_m(row) <= within_m {
                continue;
            }
            let near = self.distances.row(row);
            let near = near.take_while(|(_, metres)| *metres <= within_m);
            let mut candidates: Vec<u32> = near.map(|(candidate, _)| candidate).collect();
            candidates.sort_unstable();
            if candidates.is_empty() {
                unreachable.extend(u32::try_from(row));
            } else {
                uncovered.push(Uncovered {
                    weight: self.weights[row],
                    candidates,
                });
            }
        }
        (uncovered, unreachable)
    }

    /// The weight that each of the `kept` candidates covers.
    pub(super) fn weight_gained(
        &self,
        uncovered: &[Uncovered],
        kept: impl Fn(usize) -> bool,
    ) -> Savings {
        let kept = &kept;
        let rows = uncovered.iter().map(|row| {
            let all = row.candidates.iter().copied();
            let all = all.filter(move |&candidate| kept(candidate as usize));
            (row.weight, all.map(|candidate| (candidate, 1.0)))
        });
        Savings::new(self.distances.candidates(), rows)
    }
}
