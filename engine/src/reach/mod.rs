//! Which facilities people reach: the nearest one and how far it is, and what those within a distance offer.
//!
//! Pure functions from places to numbers; what the places are and how the numbers become figures of a territory is the
//! indicators' business. Distances are Euclidean in the metric CRS, from a place to the facility's point, line or
//! border, and zero inside (as [`Layer::distance_squared`](crate::Layer::distance_squared)). A place without
//! coordinates, or beyond 10¹² m, has no answer. All answers are the same bits at any number of threads.

mod access;
mod buckets;
mod candidates;
mod decay;
mod facilities;
mod growth;
mod nearest;
mod places;
mod site;
#[cfg(test)]
mod tests;

pub use access::Reach;
pub use decay::{Catchment, Decay};
pub use facilities::Facilities;
pub use nearest::NearestAnswers;

use crate::space::Metric;

/// Coordinates beyond are not of this world: their squares would lose what distances need.
const FARTHEST_M: f64 = 1e12;

/// Whether both coordinates are numbers of a sensible size.
fn is_near(at: Metric) -> bool {
    at.x_m.abs() <= FARTHEST_M && at.y_m.abs() <= FARTHEST_M
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a layer has fewer than 2³² features and coordinates"
)]
fn narrow(value: usize) -> u32 {
    value as u32
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the float-to-int cast saturates at zero, as meant"
)]
fn whole(value: f64) -> usize {
    value as usize
}
