//! The plan of a territory: the neighbourhood's, the sector's, the commune's or the whole's.

use super::CycleError;
use super::demand::Cycle;
use super::priorities::{DemandPriority, ThemePriority, Weighing, priorities};
use super::projects::{PlanTotals, Project, projects};

/// What a territory puts first, what is done about it, and what that costs.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan<'a> {
    /// The level, from 0, the finest.
    pub level: usize,
    /// Row of the territory in its level.
    pub row: usize,
    /// Themes of live demands, first things first.
    pub themes: Vec<ThemePriority<'a>>,
    /// Demands neither done nor rejected, first things first.
    pub demands: Vec<DemandPriority>,
    /// Demands with a project, by status, code and id.
    pub projects: Vec<Project<'a>>,
    /// What they add up to.
    pub totals: PlanTotals<'a>,
}

impl<'a> Cycle<'a> {
    /// The plan of a territory.
    ///
    /// Demands are ranked among those of the territory: ranks of its parts say nothing about its own. Totals are exact
    /// and rise: those of the children, added up, are those of the parent, but for orphans. Cost that of the decision
    /// plus O(demands of the cycle).
    ///
    /// # Errors
    /// [`CycleError::Territory`] where there is none, [`CycleError::Length`] for a criterion without a value per demand,
    /// [`CycleError::Decision`] for criteria that make no decision, [`CycleError::Overflow`] for sums beyond 2⁶³.
    pub fn plan(
        &self,
        level: usize,
        row: usize,
        weighing: Weighing<'_>,
    ) -> Result<Plan<'a>, CycleError> {
        self.hierarchy().check(level, row)?;
        let own: Vec<usize> = self.within(level, row).collect();
        let is_live = |demand: &usize| self.demands()[*demand].status.is_live();
        let live: Vec<usize> = own.iter().copied().filter(is_live).collect();
        let (themes, demands) = priorities(self, &live, weighing)?;
        Ok(Plan {
            level,
            row,
            themes,
            demands,
            projects: projects(self, &own),
            totals: PlanTotals::of(self, &own)?,
        })
    }
}
