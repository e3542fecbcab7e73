//! How two geometries lie to each other: the spatial relations of Simple Features, exactly.
//!
//! The relations are those of the dimensionally extended nine-intersection model (DE-9IM, OGC 06-103r4 §6.1.15), on the
//! plane of the coordinates. The matrix is read off the places where the edges of both meet, as JTS's `RelateNG` does:
//! around such a place the directions of the edges say what lies between them, and no place has to be computed, so that
//! every decision is an exact orientation (Shewchuk 1997) and the answer does not depend on rounding. What meets
//! nothing is wholly inside or outside, which one of its vertices tells.
//!
//! Polygons that are not valid (rings that cross) give some answer; nothing panics on them. `geo::Relate` is not used:
//! it stops with an assertion on such polygons.

mod edges;
mod figure;
mod literal;
mod matrix;
mod node;
mod relate;

pub(crate) use literal::{Literal, fault};
pub(crate) use matrix::Relation;

use geo_types::Coord;

/// `[min_x, min_y, max_x, max_y]` of coordinates; `None` without any.
pub(crate) fn envelope(coordinates: impl IntoIterator<Item = Coord<f64>>) -> Option<[f64; 4]> {
    let mut coordinates = coordinates.into_iter();
    let first = coordinates.next()?;
    let grow = |all: [f64; 4], at: Coord<f64>| {
        [
            all[0].min(at.x),
            all[1].min(at.y),
            all[2].max(at.x),
            all[3].max(at.y),
        ]
    };
    Some(coordinates.fold([first.x, first.y, first.x, first.y], grow))
}

fn boxes_touch(a: [f64; 4], b: [f64; 4]) -> bool {
    a[0] <= b[2] && a[1] <= b[3] && a[2] >= b[0] && a[3] >= b[1]
}

/// Whether `outer` holds all of `inner`, border included.
fn box_covers(outer: [f64; 4], inner: [f64; 4]) -> bool {
    outer[0] <= inner[0] && outer[1] <= inner[1] && outer[2] >= inner[2] && outer[3] >= inner[3]
}
