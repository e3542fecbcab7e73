//! Overlay of a layer with zones: which part of each feature lies in which zone, and figures that follow from it.
//!
//! [`Zones`] are polygons prepared once, such as the finest level of a territory. They divide the features of any layer:
//! polygons by [area](Zones::intersections), by what a [mask](Zones::masked_intersections) leaves of it or by the
//! [points](Zones::points_within) in it; lines by [length](Zones::line_lengths). The [`Parts`] carry the figures:
//! sums of the parts, and interpolated [totals](extensive), [means](intensive), [rates] and [shares].
//! Every figure is a state of exact sums per zone, which the levels above merge, so that all levels agree.

mod bounds;
mod grid;
mod interpolate;
mod lines;
mod measure;
mod parts;
mod points;
mod segment;
mod sweep;
#[cfg(test)]
mod tests;
mod zones;

pub use interpolate::{Allocation, Means, Shares, extensive, intensive, rates, shares};
pub use parts::{Part, Parts};
pub use zones::{Zones, covered_areas};
