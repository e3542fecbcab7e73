//! Geometries as well-known binary (ISO 13249-3), little-endian.

use std::ops::Range;

use super::geometry::Kind;
use crate::source::Features;

/// Appends the geometry of a row; nothing where it has none.
pub(super) fn write(features: &Features, row: usize, out: &mut Vec<u8>) {
    let (shapes, kind) = (&features.shapes, Kind::of(features, row));
    let parts = shapes.parts(row);
    match kind {
        Kind::None => {}
        Kind::Point | Kind::LineString | Kind::Polygon => part(features, parts.start, kind, out),
        _ => {
            head(kind, out);
            count(parts.len(), out);
            parts.for_each(|at| part(features, at, kind.single(), out));
        }
    }
}

fn part(features: &Features, part: usize, kind: Kind, out: &mut Vec<u8>) {
    head(kind, out);
    let rings = features.shapes.rings(part);
    let coordinates = |ring| features.shapes.coordinates(ring);
    match kind {
        Kind::Point => positions(features, coordinates(rings.start), out),
        Kind::LineString => counted(features, coordinates(rings.start), out),
        _ => {
            count(rings.len(), out);
            rings.for_each(|ring| counted(features, coordinates(ring), out));
        }
    }
}

fn counted(features: &Features, range: Range<usize>, out: &mut Vec<u8>) {
    count(range.len(), out);
    positions(features, range, out);
}

fn positions(features: &Features, range: Range<usize>, out: &mut Vec<u8>) {
    let numbers = features.coordinates[range].as_flattened();
    numbers
        .iter()
        .for_each(|number| out.extend(number.to_le_bytes()));
}

fn head(kind: Kind, out: &mut Vec<u8>) {
    let code: u8 = match kind {
        Kind::None | Kind::Point => 1,
        Kind::LineString => 2,
        Kind::Polygon => 3,
        Kind::MultiPoint => 4,
        Kind::MultiLineString => 5,
        Kind::MultiPolygon => 6,
    };
    out.extend([1, code, 0, 0, 0]);
}

fn count(count: usize, out: &mut Vec<u8>) {
    // A layer has fewer than 2³² coordinates.
    out.extend(u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
}
