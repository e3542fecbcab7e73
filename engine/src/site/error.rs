//! Why a siting problem cannot be set up.

use thiserror::Error;

/// Why a siting problem cannot be set up. Rows count from 0.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum SiteError {
    /// Arrays of different lengths.
    #[error("{what}: {found} entries where {expected} are needed")]
    Length {
        /// Which array.
        what: &'static str,
        /// Its length.
        found: usize,
        /// The length it must have.
        expected: usize,
    },
    /// A weight below zero or beyond 10¹⁵.
    #[error("the weight of demand row {row} is {weight}: it must be a number from 0 to 1e15")]
    Weight {
        /// Row of the demand point.
        row: usize,
        /// Its weight.
        weight: f64,
    },
    /// A distance below zero, not a number, or beyond the reach that was stated.
    #[error(
        "the distance from demand row {row} to {what} is {distance_m} m: it must be a number from 0 to {reach_m}"
    )]
    Distance {
        /// Row of the demand point.
        row: usize,
        /// The facility.
        what: String,
        /// What was given.
        distance_m: f64,
        /// The largest that is allowed.
        reach_m: f64,
    },
    /// A row that does not exist.
    #[error("{what} row {row} does not exist: there are {len}")]
    Row {
        /// Of what.
        what: &'static str,
        /// The row.
        row: usize,
        /// Number of rows.
        len: usize,
    },
    /// A pair of demand point and candidate that is given twice.
    #[error("the distance from demand row {row} to candidate {candidate} is given twice")]
    Twice {
        /// Row of the demand point.
        row: usize,
        /// The candidate.
        candidate: usize,
    },
    /// A radius that is not a distance.
    #[error("a radius of {radius_m} m: it must be a number from 0 to 1e12")]
    Radius {
        /// What was given.
        radius_m: f64,
    },
    /// A radius beyond the distances that were computed.
    #[error("a radius of {within_m} m, where distances are only known up to {reach_m} m")]
    BeyondReach {
        /// The radius asked for.
        within_m: f64,
        /// Up to where distances are known.
        reach_m: f64,
    },
    /// Nothing to measure a distance to.
    #[error("p is 0 and no facility exists: there is no distance to anything")]
    NoFacility,
    /// More than a bound.
    #[error("{found} {what}: at most {limit} are possible; {cure}")]
    TooMany {
        /// What there are too many of.
        what: &'static str,
        /// How many.
        found: u64,
        /// How many are possible.
        limit: u64,
        /// What to do.
        cure: &'static str,
    },
}
