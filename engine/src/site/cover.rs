//! Set cover: the fewest facilities that leave nobody out.

use super::cover_search::smallest_cover;
use super::coverage::Uncovered;
use super::plan::{Draft, Proof};
use super::sets::Row;
use super::{Limits, Plan, Problem, SiteError};

impl Problem {
    /// The fewest new facilities with which everybody who can be has a facility within `within_m`, the rim included (LSCP,
    /// Toregas et al. 1971). Who cannot be covered is listed as unreachable.
    ///
    /// The fewest, proven, where the search ends within `limits`; else the fewest found and a bound.
    ///
    /// # Errors
    /// When the radius is not a distance, or distances are not known that far.
    pub fn set_cover(&self, within_m: f64, limits: Limits) -> Result<Plan, SiteError> {
        let within_m = self.radius(within_m)?;
        let (uncovered, unreachable) = self.uncovered(within_m);
        let candidates = self.distances.candidates();
        let rows = rows_of(&uncovered);
        // More than there are candidates: any cover has fewer.
        let covered = smallest_cover(candidates, rows, candidates + 1, limits.visits);
        let mut chosen = vec![false; candidates];
        let all = covered.chosen.iter().flatten();
        all.for_each(|&column| chosen[column as usize] = true);
        let draft = Draft {
            savings: self.weight_gained(&uncovered, |candidate| chosen[candidate]),
            within_m: Some(within_m),
            unreachable,
        };
        Ok(self.plan(draft, |plan| Proof {
            objective: plan.sites.len() as f64,
            bound: covered.at_least as f64,
            proven: covered.at_least >= plan.sites.len(),
        }))
    }
}

/// What is to be covered, for the search.
pub(super) fn rows_of(uncovered: &[Uncovered]) -> Vec<Row> {
    let row = |row: &Uncovered| Row {
        candidates: row.candidates.clone(),
        price: 0.0,
    };
    uncovered.iter().map(row).collect()
}
