//! Demands as a register holds them.

use super::stage::{Stage, Status};

/// Most demands.
pub const MAX_DEMANDS: usize = 1_000_000;
/// Most votes of a demand.
pub const MAX_VOTES: u64 = 1_000_000_000_000;

/// A demand as it stands in a register, without who wrote it.
#[derive(Clone, Copy, Debug)]
pub struct DemandRecord<'a> {
    /// Its own id.
    pub id: &'a str,
    /// One of the themes of the project.
    pub theme: &'a str,
    /// What is asked for.
    pub title: &'a str,
    /// Votes for it in the meeting that named it.
    pub votes: u64,
    /// The meeting it has reached.
    pub stage: Stage,
    /// What became of it.
    pub status: Status,
    /// Row of the territory of the finest level that it stands in. Of records that name one demand, that of the one which
    /// stands for it counts.
    pub place: usize,
    /// Id of the assembly that named it.
    pub assembly: Option<&'a str>,
    /// Id of the demand that this one names again.
    pub same_as: Option<&'a str>,
    /// Cost of its project in pesos; where several demands share a project, this one's part.
    pub cost: Option<i64>,
    /// Persons whom it serves.
    pub beneficiaries: Option<i64>,
    /// Who pays.
    pub funding: Option<&'a str>,
    /// Code of the project.
    pub project: Option<&'a str>,
}

/// What is wrong with a record, by row; the record is kept unless said otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Problem {
    /// The id is that of an earlier record. Not counted.
    Duplicate {
        /// Row of the record.
        record: usize,
        /// Row of the one that keeps the id.
        first: usize,
    },
    /// It stands for a demand and in no territory of the finest level. Neither it nor what names it again is counted.
    Unplaced {
        /// Row of the record.
        record: usize,
    },
    /// It names a demand again that there is not. Counted as a demand of its own.
    UnknownLink {
        /// Row of the record.
        record: usize,
    },
    /// It names itself again over a circle of links; the first of the circle by id counts as the demand.
    LinkCircle {
        /// Row of the record that is taken for the demand.
        root: usize,
    },
    /// More votes than [`MAX_VOTES`]; counted as none.
    Votes {
        /// Row of the record.
        record: usize,
    },
    /// A cost or a number of beneficiaries below zero or beyond [`crate::priority::MAX_COST`]; counted as unknown.
    Amount {
        /// Row of the record.
        record: usize,
    },
}
