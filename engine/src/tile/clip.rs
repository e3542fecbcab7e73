//! Cutting lines and rings at the edges of the buffered tile, in integers.

use super::quantize::Cell;

/// Cuts a closed ring to the square `kept × kept`: one half-plane after the other.
///
/// A ring that crosses the square several times stays one ring whose parts are joined along the square's edge; that
/// edge lies in the buffer, outside what is shown. Source: Sutherland & Hodgman, "Reentrant polygon clipping" (1974).
/// `scratch` is reused between calls.
pub(super) fn ring(ring: &mut Vec<Cell>, kept: [i64; 2], scratch: &mut Vec<Cell>) {
    for axis in 0..2 {
        for (bound, sign) in [(kept[0], 1), (kept[1], -1)] {
            half_plane(ring, axis, bound, sign, scratch);
            std::mem::swap(ring, scratch);
        }
    }
}

/// Keeps the side where `sign × coordinate ≥ sign × bound` of a ring, open or closed; the result is open.
fn half_plane(ring: &[Cell], axis: usize, bound: i64, sign: i64, out: &mut Vec<Cell>) {
    out.clear();
    let inside = |cell: Cell| sign * cell[axis] >= sign * bound;
    let Some(&last) = ring.last() else { return };
    let mut before = last;
    for &cell in ring {
        if inside(cell) != inside(before) {
            out.push(crossing(before, cell, axis, bound));
        }
        if inside(cell) {
            out.push(cell);
        }
        before = cell;
    }
}

/// Where a segment meets a line `axis = bound`; the same for both directions, so that neighbours cut a shared border
/// at the same place. Rounded to the nearest cell.
fn crossing(a: Cell, b: Cell, axis: usize, bound: i64) -> Cell {
    let (a, b) = if a < b { (a, b) } else { (b, a) };
    let other = 1 - axis;
    let (run, rise) = (
        i128::from(b[axis] - a[axis]),
        i128::from(b[other] - a[other]),
    );
    // Below the line the divisor is negative, and a rounded-down quotient of it would be rounded up.
    let (rise, run) = (rise * run.signum(), run.abs());
    let doubled = 2 * rise * i128::from(bound - a[axis]) + run;
    let offset = doubled.div_euclid(2 * run);
    let mut cell = [bound; 2];
    cell[other] = a[other] + i64::try_from(offset).unwrap_or(0);
    cell
}

/// Cuts a line to the square and calls `emit` with each piece of two or more positions.
///
/// Source: Liang & Barsky, "A new concept and method for line clipping" (1984), per segment with exact half-planes.
pub(super) fn line(line: &[Cell], kept: [i64; 2], mut emit: impl FnMut(&[Cell])) {
    let mut piece: Vec<Cell> = vec![];
    let flush = |piece: &mut Vec<Cell>, emit: &mut dyn FnMut(&[Cell])| {
        if piece.len() > 1 {
            emit(piece);
        }
        piece.clear();
    };
    for pair in line.windows(2) {
        let Some((start, end)) = segment(pair[0], pair[1], kept) else {
            flush(&mut piece, &mut emit);
            continue;
        };
        if piece.last() != Some(&start) {
            flush(&mut piece, &mut emit);
            piece.push(start);
        }
        piece.push(end);
        if end != pair[1] {
            flush(&mut piece, &mut emit);
        }
    }
    flush(&mut piece, &mut emit);
}

fn segment(mut a: Cell, mut b: Cell, kept: [i64; 2]) -> Option<(Cell, Cell)> {
    for axis in 0..2 {
        for (bound, sign) in [(kept[0], 1), (kept[1], -1)] {
            let inside = |cell: Cell| sign * cell[axis] >= sign * bound;
            match (inside(a), inside(b)) {
                (true, true) => {}
                (false, false) => return None,
                (true, false) => b = crossing(a, b, axis, bound),
                (false, true) => a = crossing(a, b, axis, bound),
            }
        }
    }
    Some((a, b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{Area, BooleanOps};
    use geo_types::{Coord, LineString, Polygon};
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    fn area(ring: &[Cell]) -> f64 {
        polygon(ring).unsigned_area()
    }

    fn polygon(ring: &[Cell]) -> Polygon<f64> {
        Polygon::new(
            LineString::new(
                ring.iter()
                    .map(|cell| Coord {
                        x: cell[0] as f64,
                        y: cell[1] as f64,
                    })
                    .collect(),
            ),
            vec![],
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn a_clipped_star_has_the_area_geo_finds_and_stays_in_the_square(
            radii in prop::collection::vec(200.0..9000.0f64, 5..40), cx in -3000.0..7000.0f64, cy in -3000.0..7000.0f64
        ) {
            let turn = std::f64::consts::TAU / radii.len() as f64;
            #[expect(clippy::cast_possible_truncation, reason = "test data")]
            let star: Vec<Cell> = radii.iter().enumerate().map(|(i, r)| {
                let angle = turn * i as f64;
                [(cx + r * angle.cos()) as i64, (cy + r * angle.sin()) as i64]
            }).collect();
            let kept = [-64, 4160];
            let square = polygon(&[[-64, -64], [4160, -64], [4160, 4160], [-64, 4160]]);
            let expected = polygon(&star).intersection(&square).unsigned_area();
            let (mut clipped, mut scratch) = (star, vec![]);
            ring(&mut clipped, kept, &mut scratch);
            prop_assert!(clipped.iter().flatten().all(|&v| (-64..=4160).contains(&v)));
            // Every crossing is rounded to a whole cell, which moves an edge by at most half a cell.
            prop_assert!((area(&clipped) - expected).abs() < 60_000.0, "{} {}", area(&clipped), expected);
        }

        #[test]
        fn both_directions_of_an_edge_cross_at_one_place(a in prop::array::uniform2(-9999i64..9999), b in prop::array::uniform2(-9999i64..9999), bound in -9999i64..9999) {
            prop_assume!((a[0] < bound) != (b[0] < bound));
            prop_assert_eq!(crossing(a, b, 0, bound), crossing(b, a, 0, bound));
        }
    }

    #[test]
    fn a_crossing_is_the_nearest_cell_on_a_falling_edge_too() {
        assert_eq!(crossing([4159, 10], [4161, -10], 1, 0), [4160, 0]);
        assert_eq!(crossing([0, 10], [3, -10], 1, 0), [2, 0]);
        assert_eq!(crossing([0, -10], [3, 10], 1, 0), [2, 0]);
        assert_eq!(crossing([0, 3], [1, 0], 1, 1), [1, 1]);
    }

    #[test]
    fn a_line_that_leaves_and_comes_back_is_two_pieces() {
        let mut pieces = vec![];
        line(
            &[[10, 10], [200, 10], [200, 50], [10, 50]],
            [0, 100],
            |piece| pieces.push(piece.to_vec()),
        );
        assert_eq!(
            pieces,
            [vec![[10, 10], [100, 10]], vec![[100, 50], [10, 50]]]
        );
    }
}
