//! Set cover: the fewest facilities that leave nobody out, and whether so many are enough.

use super::plan::{Draft, Proof};
use super::savings::Savings;
use super::search::{Task, maximise};
use super::sets::{greedy_cover, reduced};
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
        let rows = uncovered.iter().map(|row| row.candidates.clone()).collect();
        let cover = Cover::new(self.distances.candidates(), rows);
        let fewest = cover.fewest(limits.visits);
        let draft = Draft {
            chosen: &fewest.chosen,
            savings: &self.weight_gained(&uncovered),
            within_m: Some(within_m),
            unreachable,
        };
        Ok(self.plan(draft, |plan| Proof {
            objective: plan.sites.len() as f64,
            bound: fewest.at_least as f64,
            proven: fewest.at_least >= plan.sites.len(),
        }))
    }
}

/// Rows that must all be covered, reduced to what matters.
pub(super) struct Cover {
    candidates: usize,
    rows: Vec<Vec<u32>>,
}

/// The smallest cover found, and how many it takes at least.
struct Fewest {
    chosen: Vec<bool>,
    at_least: usize,
}

/// Whether some number of candidates is enough.
pub(super) enum Enough {
    Yes(Vec<bool>),
    No,
    /// The work was over before that was known.
    Unknown,
}

impl Cover {
    /// Rows of candidates; a row without candidates cannot be covered and must not be there.
    pub(super) fn new(candidates: usize, rows: Vec<Vec<u32>>) -> Self {
        let rows = reduced(candidates, rows);
        Self { candidates, rows }
    }

    /// Whether `p` candidates cover all rows, and which; also takes the visits from what is left of them.
    pub(super) fn is_coverable(&self, p: usize, visits: &mut u64) -> Enough {
        let greedy = greedy_cover(self.candidates, &self.rows);
        if count(&greedy) <= p {
            return Enough::Yes(greedy);
        }
        let all = self.rows.len() as f64;
        let rows = self.rows.iter().map(|row| {
            let candidates = row.iter().map(|&candidate| (candidate, 1.0));
            (1.0, candidates)
        });
        let task = Task {
            p,
            scale: 0.0,
            target: Some(all),
            visits: *visits,
        };
        let found = maximise(Savings::new(self.candidates, rows), task);
        *visits = visits.saturating_sub(found.visits);
        match found.proven {
            _ if found.value >= all => Enough::Yes(found.chosen),
            true => Enough::No,
            false => Enough::Unknown,
        }
    }

    /// Tries one number after another from what is needed at least, each with half of the work that is left.
    fn fewest(&self, mut visits: u64) -> Fewest {
        let greedy = greedy_cover(self.candidates, &self.rows);
        let mut at_least = self.apart();
        for p in at_least..count(&greedy) {
            let mut share = visits / 2;
            visits -= share;
            let enough = self.is_coverable(p, &mut share);
            visits += share;
            match enough {
                Enough::Yes(chosen) => return Fewest { chosen, at_least },
                Enough::No if at_least == p => at_least += 1,
                Enough::No | Enough::Unknown => {}
            }
        }
        Fewest {
            chosen: greedy,
            at_least,
        }
    }

    /// Rows of which no two share a candidate need one each.
    fn apart(&self) -> usize {
        let mut taken = vec![false; self.candidates];
        let mut apart = 0;
        for row in &self.rows {
            if !row.iter().any(|&candidate| taken[candidate as usize]) {
                row.iter()
                    .for_each(|&candidate| taken[candidate as usize] = true);
                apart += 1;
            }
        }
        apart
    }
}

fn count(chosen: &[bool]) -> usize {
    chosen.iter().filter(|&&chosen| chosen).count()
}
