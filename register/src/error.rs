//! Why a register cannot be opened, and why a write is refused.

use std::path::PathBuf;

use crate::Kind;

/// Why a register cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// There is no file, or it may not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Of the register.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file holds something else, or the tables are not as they must be.
    #[error("{place}: {why}")]
    Unfit {
        /// The register, without secrets.
        place: String,
        /// And what helps.
        why: String,
    },
    /// The database refuses.
    #[error("{place}: {why}")]
    Database {
        /// The register, without secrets.
        place: String,
        /// What it says.
        why: String,
    },
}

/// Why a write, or a question, is not answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// There is nothing of this id.
    #[error("there is no {kind} {id}")]
    NotFound {
        /// What was to be changed.
        kind: Kind,
        /// Its id.
        id: String,
    },
    /// Somebody else was faster.
    #[error("it has been changed since: its version is now {current}")]
    VersionConflict {
        /// The version to look at before trying again.
        current: u64,
    },
    /// The same idempotency key with another body.
    #[error("this idempotency key was used for another request")]
    IdempotencyReuse,
    /// The id is taken.
    #[error("the id {id} is taken")]
    DuplicateId {
        /// The id.
        id: String,
    },
    /// Something else refers to what was to be deleted.
    #[error("{by} refers to it")]
    InUse {
        /// Id of a demand that does.
        by: String,
    },
    /// The disk, or the quota, is full. Nothing was written.
    #[error("there is no room to write")]
    DiskFull,
    /// The register was opened for reading.
    #[error("the register is read-only")]
    ReadOnly,
    /// More is waiting than may wait, or another process keeps the register locked.
    #[error("too much is waiting to be written")]
    Busy,
    /// The database cannot be reached. What was being written may or may not be there: ask again with the same
    /// idempotency key.
    #[error("the register cannot be reached: {0}")]
    Gone(String),
    /// Something in it is not as it must be: all that is wrong.
    #[error("{}", .0.first().map_or_else(String::new, ToString::to_string))]
    Invalid(Vec<Invalid>),
    /// A token cannot be like that.
    #[error("{0}")]
    InvalidToken(&'static str),
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {why}")]
pub struct Invalid {
    /// Of a demand or an assembly.
    pub kind: Kind,
    /// Which one of an import, counted from 0.
    pub item: usize,
    /// Name of the field.
    pub field: &'static str,
    /// What it must be, without the value.
    pub why: String,
}
