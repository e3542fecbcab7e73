//! The participatory cycle: assemblies are held, demands rise from level to level, plans come out.
//!
//! Plain inputs: a [`Hierarchy`] of keys and parents, [`AssemblyRecord`]s and [`DemandRecord`]s as a register holds them.
//!
//! - [`Calendar`]: what meetings were held, what is planned, what is lacking, and how many came;
//! - [`Cycle`]: records resolved to [`Demand`]s, since the same demand may be named again at another level;
//! - [`Funnel`]: how many demands reached which stage and what became of them, by theme and territory;
//! - [`Plan`]: the priorities, projects and totals of one territory.
//!
//! Counts, votes and money are whole numbers and rise exactly: the districts of a sector add up to the sector, and so on
//! to the whole. A record that does not fit is named as a [`Problem`] and never lost in silence.

mod calendar;
mod demand;
mod funnel;
#[cfg(test)]
mod golden;
mod hierarchy;
mod links;
mod plan;
mod priorities;
mod projects;
mod record;
mod stage;
#[cfg(test)]
mod tests;

pub use calendar::{
    AssemblyFault, AssemblyRecord, Calendar, Coverage, LevelCalendar, MAX_ASSEMBLIES,
    MAX_ATTENDANCE,
};
pub use demand::{Cycle, Demand};
pub use funnel::{Counts, Funnel, Tally, TerritoryFunnel};
pub use hierarchy::{Hierarchy, LevelRows, MAX_LEVELS};
pub use plan::Plan;
pub use priorities::{DemandPriority, Standing, ThemePriority, Weighing};
pub use projects::{PlanTotals, Project, Sums};
pub use record::{DemandRecord, MAX_DEMANDS, MAX_VOTES, Problem};
pub use stage::{Stage, Status};

use crate::priority::DecisionError;

/// Why a cycle, a calendar or a plan cannot be computed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CycleError {
    /// No level, or too many.
    #[error("a hierarchy has 1 to {MAX_LEVELS} levels, not {0}")]
    Levels(usize),
    /// A level without a parent for each territory, or with a parent that is not in the next level.
    #[error("level {0:?} does not name a parent in the next level for each of its territories")]
    Parents(String),
    /// Two levels, or two territories of a level, with one name.
    #[error("level {level:?} has {id:?} twice, or is there twice itself")]
    Twice {
        /// Id of the level.
        level: String,
        /// What is there twice.
        id: String,
    },
    /// Too many records.
    #[error("{found} {what} are more than {most}")]
    TooMany {
        /// "demands" or "assemblies".
        what: &'static str,
        /// Records given.
        found: usize,
        /// Most there may be.
        most: usize,
    },
    /// Something given per level or per territory that is not one for each.
    #[error("{found} {what} are given where {expected} are expected")]
    Length {
        /// What is given.
        what: &'static str,
        /// Given.
        found: usize,
        /// Expected.
        expected: usize,
    },
    /// The day is not written as 2026-11-22.
    #[error("{0:?} is no day like 2026-11-22")]
    Today(String),
    /// No such territory.
    #[error("there is no territory {row} in level {level}")]
    Territory {
        /// The level, from 0.
        level: usize,
        /// The row in it.
        row: usize,
    },
    /// A sum of money or of persons beyond 2⁶³.
    #[error("the costs or beneficiaries add up to more than can be written")]
    Overflow,
    /// Criteria that make no decision.
    #[error(transparent)]
    Decision(#[from] DecisionError),
}
