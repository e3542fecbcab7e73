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
