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

/// A change as a database keeps it. `None` where a later Comarca has written what this one does not know.
pub(crate) fn change(
    seq: u64,
    [at, who, id]: [String; 3],
    [action, kind]: &[String; 2],
    states: [Option<String>; 2],
) -> Option<Change> {
    let [before, after] = states.map(|state| serde_json::from_str(&state?).ok());
    Some(Change {
        seq,
        at,
        who,
        action: Action::named(action)?,
        kind: Kind::named(kind)?,
        id,
        before,
        after,
    })
}
