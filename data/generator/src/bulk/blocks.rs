use geo_types::{Coord, LineString, Polygon};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::{ORIGIN, SEED, SIDE_M, surveyed};
use crate::random::{between, stream};

/// `count` blocks on a street grid that is not quite straight, in rows from the south-west.
///
/// Twelve vertices each in the mean (cut corners, a gate or two), valid, counter-clockwise; no two touch. The square
/// is always filled, so that more blocks are smaller ones. Cost O(`count`), 220 bytes each.
pub fn blocks(count: usize) -> Vec<Polygon> {
    let per_row = (count as f64).sqrt().ceil().max(1.0) as usize;
    let pitch_m = SIDE_M / per_row as f64;
    let mut rng = stream(SEED, "bulk blocks");
    let mut south = crossings(0, per_row, pitch_m, &mut rng);
    let mut polygons = Vec::with_capacity(count);
    for row in 1..=per_row {
        let north = crossings(row, per_row, pitch_m, &mut rng);
        for i in 0..per_row.min(count - polygons.len()) {
            let corners = [south[i], south[i + 1], north[i + 1], north[i]];
            polygons.push(block(corners, pitch_m, &mut rng));
        }
        south = north;
    }
    polygons
}

/// The street corners of a row.
fn crossings(row: usize, per_row: usize, pitch_m: f64, rng: &mut ChaCha8Rng) -> Vec<Coord> {
    let mut aside = |line: usize| {
        let rim = line == 0 || line == per_row;
        line as f64 + if rim { 0.0 } else { between(rng, -0.12, 0.12) }
    };
    let mut crossing = |i| Coord {
        x: aside(i),
        y: aside(row),
    };
    (0..=per_row)
        .map(|i| ORIGIN + crossing(i) * pitch_m)
        .collect()
}

/// A block between four crossings: moved in from the street, its corners cut, with a vertex on most sides.
fn block(crossings: [Coord; 4], pitch_m: f64, rng: &mut ChaCha8Rng) -> Polygon {
    let middle = crossings.iter().fold(Coord::zero(), |sum, &c| sum + c) / 4.0;
    // Six metres where there is room: of the half-diagonal that is a fixed share.
    let setback = (6.0 / (0.5 * pitch_m)).min(0.16);
    let corners = crossings.map(|c| c + (middle - c) * setback);
    let mut ring = Vec::with_capacity(13);
    for i in 0..4 {
        let (a, b) = (corners[i], corners[(i + 1) % 4]);
        ring.push(surveyed(a + (b - a) * 0.06));
        if rng.random_bool(0.75) {
            let inwards = (middle - (a + b) / 2.0) * between(rng, 0.0, 0.05);
            ring.push(surveyed(a + (b - a) * between(rng, 0.3, 0.7) + inwards));
        }
        ring.push(surveyed(a + (b - a) * 0.94));
    }
    ring.push(ring[0]);
    Polygon::new(LineString::new(ring), Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{BoundingRect, Validation};

    #[test]
    fn blocks_are_valid_and_have_twelve_vertices_in_the_mean() {
        let blocks = blocks(2_000);
        let vertices: usize = blocks.iter().map(|b| b.exterior().0.len()).sum();
        assert_eq!(blocks.len(), 2_000);
        assert!(blocks.iter().all(Validation::is_valid));
        assert!((23_000..25_000).contains(&vertices), "{vertices}");
    }

    #[test]
    fn neighbours_do_not_touch() {
        use geo::Intersects;
        let blocks = blocks(400);
        let near = |a: &Polygon, b: &Polygon| match (a.bounding_rect(), b.bounding_rect()) {
            (Some(a), Some(b)) => a.intersects(&b),
            _ => false,
        };
        for (i, a) in blocks.iter().enumerate() {
            for b in &blocks[i + 1..] {
                assert!(!(near(a, b) && a.intersects(b)));
            }
        }
    }
}
