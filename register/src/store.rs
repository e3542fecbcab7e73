//! What the writer needs of a database.

use std::any::Any;

use crate::counter::Counters;
use crate::plan::Effect;
use crate::snapshot::Problem;
use crate::token::StoredToken;
use crate::{Assembly, Change, Demand, Item, Kind, WriteError};

/// A database that keeps the register. All calls come from one thread.
///
/// Between `begin` and `commit` nobody else writes: what is read there is the newest, and stays so.
pub(crate) trait Store: Any {
    /// Whether somebody else may have written since the last `begin`.
    fn has_changed(&mut self) -> Result<bool, StoreError>;

    /// Takes the lock that all writers share. Whether somebody else has written since the last `begin`, as far as the
    /// database can tell.
    fn begin(&mut self) -> Result<bool, StoreError>;
    /// What was written is durable afterwards.
    fn commit(&mut self) -> Result<(), StoreError>;
    /// What was written since `begin` never was.
    fn rollback(&mut self);

    /// Where the register stands.
    fn head(&mut self) -> Result<Head, StoreError>;
    /// Keeps where it stands, and when that was.
    fn save_head(&mut self, head: &Head, at: &str) -> Result<(), StoreError>;

    /// Every row.
    fn contents(&mut self) -> Result<Contents, StoreError>;
    /// What was changed after change number `seq`, each once.
    fn changed_since(&mut self, seq: u64) -> Result<Vec<(Kind, String)>, StoreError>;
    /// The row of an id.
    fn find(&mut self, kind: Kind, id: &str) -> Result<Option<Item>, StoreError>;
    /// Whether the column `created` holds days, not moments.
    fn only_days(&self) -> bool;

    /// Writes a change to its row and to the history.
    fn persist(&mut self, effect: &Effect, record: &Record<'_>) -> Result<(), StoreError>;
    /// Writes a change that somebody else has made in the row: its version and its history.
    fn persist_edit(&mut self, effect: &Effect, record: &Record<'_>) -> Result<(), StoreError>;

    /// All changes of one thing, the first one first.
    fn history(&mut self, kind: Kind, id: &str) -> Result<Vec<Change>, StoreError>;
    /// The changes of these numbers.
    fn changes(&mut self, first: u64, last: u64) -> Result<Vec<Change>, StoreError>;
    /// The last change of each thing.
    fn last_changes(&mut self) -> Result<Vec<Change>, StoreError>;

    /// What came of an actor's request with this key, unless that was before `since`.
    fn remembered(
        &mut self,
        who: &str,
        key: &str,
        since: &str,
    ) -> Result<Option<Remembered>, StoreError>;
    /// Keeps what came of it, and forgets what was before `since`.
    fn remember(
        &mut self,
        who: &str,
        key: &str,
        at: &str,
        since: &str,
        result: &Remembered,
    ) -> Result<(), StoreError>;

    /// All tokens, also revoked ones, in the order of their making.
    fn tokens(&mut self) -> Result<Vec<StoredToken>, StoreError>;
    /// Adds a token, or writes the one of its id anew.
    fn save_token(&mut self, token: &StoredToken) -> Result<(), StoreError>;
}

/// The one row that every write transaction begins and ends with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    /// Number of the last change in the history.
    pub(crate) seq: u64,
    /// The last ids given away.
    pub(crate) counters: Counters,
    /// How many rows others than Comarca have written: triggers count them.
    pub(crate) edits: u64,
    /// How many of those are in the history.
    pub(crate) recorded_edits: u64,
    /// Counts the changes of tokens.
    pub(crate) tokens: u64,
}

/// All rows, in the order of the table.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    pub(crate) demands: Vec<Demand>,
    pub(crate) assemblies: Vec<Assembly>,
    pub(crate) problems: Vec<Problem>,
}

/// Which change it is, when, and whose.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record<'a> {
    pub(crate) seq: u64,
    pub(crate) at: &'a str,
    pub(crate) who: &'a str,
}

/// What came of a request with an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Remembered {
    /// Digest of the request.
    pub(crate) digest: Vec<u8>,
    /// The changes it made.
    pub(crate) first_seq: u64,
    pub(crate) last_seq: u64,
}

/// Why a database does not do what it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StoreError {
    /// There is no room; nothing was written.
    Full,
    /// Somebody else holds the lock for too long; nothing was written.
    Busy,
    /// It cannot be reached or refuses; what was being committed may or may not be there.
    Lost(String),
}

impl From<StoreError> for WriteError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Full => Self::DiskFull,
            StoreError::Busy => Self::Busy,
            StoreError::Lost(why) => Self::Gone(why),
        }
    }
}
