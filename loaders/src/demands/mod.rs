//! Citizens' demands between the register and the territory: checked before they are written, read as a layer after.
//!
//! The register knows nothing of territories and the engine nothing of registers; here a [`Draft`], as somebody wrote it
//! in a form, a file or a request, becomes a demand that the register takes, and a snapshot of the register becomes the
//! layer `demands`.

mod budget;
mod columns;
mod cycle;
mod desk;
mod export;
mod layer;
mod need;
mod place;
mod priorities;
mod store;
mod table;

pub use budget::{BudgetRule, ShareError, Shared, share_budget};
pub use columns::{number_column, points, text_column};
pub use cycle::{with_calendar, with_cycle};
pub use desk::{AssemblyDraft, Desk, Draft};
pub use export::{assemblies_table, demands_table};
pub use layer::layer;
pub use need::{Need, need_weight};
pub use place::{Place, finest, scope_level, scope_of};
pub use priorities::{By, Method, Priorities, Priority, PriorityError};
pub use store::Store;
pub use table::{Row, assembly_rows, rows};

/// Why a draft is not taken: which part of it, what stands there, and what may.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} is {value:?}; it must be {allowed}")]
pub struct Refusal {
    /// The member of the draft.
    pub field: String,
    /// What stands there, shortened.
    pub value: String,
    /// What may stand there, as the end of "it must be …".
    pub allowed: String,
}

/// How much of what somebody wrote is repeated, in characters.
const SHOWN_CHARS_MAX: usize = 80;

impl Refusal {
    pub(crate) fn new(field: &str, value: &str, allowed: impl Into<String>) -> Self {
        Self {
            field: field.to_owned(),
            value: value.chars().take(SHOWN_CHARS_MAX).collect(),
            allowed: allowed.into(),
        }
    }
}
