//! Geometries as well-known text (OGC 06-103r4, 7), with all digits.

use std::ops::Range;

use super::geometry::Kind;
use super::text;
use crate::source::Features;

/// Appends the geometry of a row; nothing where it has none.
pub(super) fn write(features: &Features, row: usize, out: &mut Vec<u8>) {
    let (shapes, kind) = (&features.shapes, Kind::of(features, row));
    let parts = shapes.parts(row);
    if kind == Kind::None {
        return;
    }
    out.extend(kind.name().bytes().map(|byte| byte.to_ascii_uppercase()));
    out.push(b' ');
    let one = |part: usize, out: &mut Vec<u8>| {
        let rings = shapes.rings(part);
        match kind.single() {
            Kind::Polygon => list(rings, out, |ring, out| ring_of(features, ring, out)),
            _ => ring_of(features, rings.start, out),
        }
    };
    match kind {
        Kind::Point | Kind::LineString | Kind::Polygon => one(parts.start, out),
        _ => list(parts, out, one),
    }
}

fn ring_of(features: &Features, ring: usize, out: &mut Vec<u8>) {
    list(features.shapes.coordinates(ring), out, |at, out| {
        let [x, y] = features.coordinates[at];
        text::coordinate(x, out);
        out.push(b' ');
        text::coordinate(y, out);
    });
}

fn list(items: Range<usize>, out: &mut Vec<u8>, mut one: impl FnMut(usize, &mut Vec<u8>)) {
    out.push(b'(');
    for at in items.clone() {
        if at > items.start {
            out.extend(b", ");
        }
        one(at, out);
    }
    out.push(b')');
}
