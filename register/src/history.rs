//! What became of each demand and assembly, change by change.

use serde_json::Value;

use crate::{Action, Kind};

/// Whose changes were made by other programs in the tables themselves.
pub const OUTSIDE: &str = "(outside)";

/// One change. It holds nothing about persons but the name of the token.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Counts the changes of the register, without a gap.
    pub seq: u64,
    /// RFC 3339 in UTC.
    pub at: String,
    /// Name of the token, or [`OUTSIDE`].
    pub who: String,
    /// What was done.
    pub action: Action,
    /// To what.
    pub kind: Kind,
    /// Its id.
    pub id: String,
    /// What it was, without author and contact; `None` where it was not there.
    pub before: Option<Value>,
    /// What it is, without author and contact; `None` where it is gone.
    pub after: Option<Value>,
}
