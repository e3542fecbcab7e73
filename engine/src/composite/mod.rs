//! Composite indexes (F of the catalogue), by the steps of the OECD & JRC handbook (2008): normalise, weigh,
//! aggregate, and say how much the ranks depend on each choice.
//!
//! Pure functions over arrays, one value per territory. A value that is missing, not finite or beyond ±10¹⁵⁰ counts as
//! missing. A composite is of type X: it is computed at a level from the parts of that level, never added up.

pub mod aggregate;
mod eigen;
pub mod normalise;
pub mod pca;
pub mod robustness;
#[cfg(test)]
mod tests;
pub mod weights;

pub use aggregate::{Aggregation, Composite, Options, composite};
pub use normalise::{Deviation, Normalisation, Normalised, Part, Polarity, Scale};
pub use weights::{Weighting, Weights};

/// Most parts of a composite.
pub const MAX_PARTS: usize = 100;

/// Why a composite cannot be computed as asked.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum CompositeError {
    /// No part, or too many.
    #[error("a composite has 1 to {MAX_PARTS} parts, not {0}")]
    Parts(usize),
    /// Parts have values for different numbers of territories.
    #[error("part {part} has {found} values where the first has {expected}")]
    Length {
        /// The part, from 0.
        part: usize,
        /// Its values.
        found: usize,
        /// Those of the first part.
        expected: usize,
    },
    /// Goalposts that are not two numbers, the lower first.
    #[error("part {0} has goalposts that are not a lower and a higher number")]
    Goalposts(usize),
    /// Not one weight per part.
    #[error("{found} weights are given for {expected} parts")]
    WeightCount {
        /// Weights given.
        found: usize,
        /// Parts.
        expected: usize,
    },
    /// A weight below zero, not finite or beyond 10⁶.
    #[error("the weight of part {0} is not between 0 and 1,000,000")]
    Weight(usize),
    /// The share to cut off each end is not at least 0 and below one half.
    #[error("winsorising cuts a share of at least 0 and below 0.5 off each end, not {0}")]
    Winsorise(f64),
    /// A share that is not between 0 and 1.
    #[error("a share lies between 0 and 1, unlike {0}")]
    Share(f64),
    /// The floor of the geometric mean is not above 0 and at most 100.
    #[error("the floor of the geometric mean lies above 0 and is at most 100, unlike {0}")]
    Floor(f64),
    /// Too many draws for the number of territories.
    #[error("{draws} draws of {territories} territories are more than this computes at once")]
    Draws {
        /// Draws asked for.
        draws: u32,
        /// Territories.
        territories: usize,
    },
}

/// The value where there is one that can be computed with.
fn measured(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.abs() <= 1e150)
}

/// Mean rank of each value from 1, ascending; ties share the mean of their ranks.
fn ascending_ranks(values: &[Option<f64>]) -> Vec<Option<f64>> {
    let measured_rows = values.iter().enumerate();
    let order = measured_rows.filter_map(|(row, value)| Some((measured(*value)?, row)));
    let mut ranks = vec![None; values.len()];
    rank(order.collect(), |row, doubled| {
        ranks[row] = Some(doubled as f64 / 2.0);
    });
    ranks
}

/// Says of each row twice its mean rank from 1, ascending: a whole number, whatever is tied.
fn rank(mut order: Vec<(f64, usize)>, mut assign: impl FnMut(usize, usize)) {
    // Zeros of either sign are the same value.
    order.iter_mut().for_each(|pair| pair.0 += 0.0);
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let mut before = 0;
    for tied in order.chunk_by(|a, b| a.0 == b.0) {
        tied.iter()
            .for_each(|(_, row)| assign(*row, 2 * before + tied.len() + 1));
        before += tied.len();
    }
}
