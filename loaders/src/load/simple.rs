//! Polygons that are certainly valid, found without allocating.
//!
//! Nearly every polygon of a real file is one ring that does not touch itself. That is seen by comparing boxes of edges
//! and a few signs of areas; what is not certain in floating point, and every polygon of several rings, is left to the
//! full test of `geo`, which costs ten times as much.

/// Whether a closed ring certainly is a simple polygon: at least three corners, no edge of length zero, and no two edges
/// that meet except neighbours in their common corner. False means only that it is not certain.
///
/// Cost O(n) where all of it is seen from its middle, else O(n²) for up to 64 edges, else O(n log n + pairs of edges whose ranges of x overlap).
pub(super) fn is_certainly_simple(ring: &[[f64; 2]]) -> bool {
    let edges = ring.len().saturating_sub(1);
    edges >= 3
        && ring.windows(2).all(|edge| edge[0] != edge[1])
        && (is_star(ring) || is_free_of_crossings(ring))
}

/// Whether all of the ring is certainly seen from the mean of its corners, as of nearly every block: its edges go
/// around that point in one direction, once. Cost O(n).
fn is_star(ring: &[[f64; 2]]) -> bool {
    let corners = &ring[1..];
    let mean =
        |axis: usize| corners.iter().map(|corner| corner[axis]).sum::<f64>() / corners.len() as f64;
    let middle = [mean(0), mean(1)];
    let direction = side(middle, ring[0], ring[1]);
    let mut rounds = 0;
    for edge in ring.windows(2) {
        if side(middle, edge[0], edge[1]) != direction {
            return false;
        }
        rounds += usize::from(edge[0][1] <= middle[1] && edge[1][1] > middle[1]);
    }
    direction != 0 && rounds == 1
}

/// Whether no two edges meet but neighbours in their common corner.
fn is_free_of_crossings(ring: &[[f64; 2]]) -> bool {
    let edges = ring.len() - 1;
    match edges <= EDGES_FEW {
        true => (0..edges).all(|a| (a + 1..edges).all(|b| is_apart(ring, a, b))),
        false => sweep(ring),
    }
}

/// Up to so many edges every pair is compared.
const EDGES_FEW: usize = 64;

/// Compares the edges whose ranges of x overlap, from the west to the east.
fn sweep(ring: &[[f64; 2]]) -> bool {
    let range = |edge: usize| {
        let (a, b) = (ring[edge][0], ring[edge + 1][0]);
        (a.min(b), a.max(b))
    };
    let mut order: Vec<usize> = (0..ring.len() - 1).collect();
    order.sort_unstable_by(|&a, &b| range(a).0.total_cmp(&range(b).0));
    let mut open: Vec<usize> = vec![];
    for edge in order {
        let west = range(edge).0;
        open.retain(|&other| range(other).1 >= west);
        if !open.iter().all(|&other| is_apart(ring, edge, other)) {
            return false;
        }
        open.push(edge);
    }
    true
}

/// Whether two edges certainly meet only where they may: neighbours in their common corner, others nowhere.
fn is_apart(ring: &[[f64; 2]], a: usize, b: usize) -> bool {
    let edges = ring.len() - 1;
    let (first, second) = (a.min(b), a.max(b));
    let ([p, q], [r, s]) = (
        [ring[first], ring[first + 1]],
        [ring[second], ring[second + 1]],
    );
    if second == first + 1 {
        return turns(p, q, s);
    }
    if first == 0 && second == edges - 1 {
        return turns(r, s, q);
    }
    let disjoint = |axis: usize| {
        p[axis].max(q[axis]) < r[axis].min(s[axis]) || r[axis].max(s[axis]) < p[axis].min(q[axis])
    };
    disjoint(0) || disjoint(1) || is_beside(p, q, r, s) || is_beside(r, s, p, q)
}

/// Whether the way from `p` over `q` to `s` certainly does not run back into itself: it turns, or goes on.
fn turns(p: [f64; 2], q: [f64; 2], s: [f64; 2]) -> bool {
    let ahead = (q[0] - p[0]) * (s[0] - q[0]) + (q[1] - p[1]) * (s[1] - q[1]);
    ahead > 0.0 || side(p, q, s) != 0
}

/// Whether both ends of `r s` lie certainly on one side of the line through `p q`.
fn is_beside(p: [f64; 2], q: [f64; 2], r: [f64; 2], s: [f64; 2]) -> bool {
    side(p, q, r) * side(p, q, s) > 0
}

/// 1 where `c` certainly lies left of the line from `a` to `b`, -1 right of it, 0 where rounding could decide.
///
/// The bound on the error is that of Shewchuk's static filter ("Adaptive precision floating-point arithmetic", 1997).
fn side(a: [f64; 2], b: [f64; 2], c: [f64; 2]) -> i8 {
    const ERROR: f64 = 3.330_669_073_875_471_6e-16;
    let left = (a[0] - c[0]) * (b[1] - c[1]);
    let right = (a[1] - c[1]) * (b[0] - c[0]);
    let (area, bound) = (left - right, ERROR * (left.abs() + right.abs()));
    i8::from(area > bound) - i8::from(area < -bound)
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::Validation;
    use geo_types::{Coord, LineString, Polygon};
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    fn closed(mut ring: Vec<[f64; 2]>) -> Vec<[f64; 2]> {
        ring.push(ring[0]);
        ring
    }

    fn is_valid(ring: &[[f64; 2]]) -> bool {
        let line = LineString::new(ring.iter().map(|&[x, y]| Coord { x, y }).collect());
        Polygon::new(line, vec![]).is_valid()
    }

    #[test]
    fn a_square_is_simple_and_a_bow_tie_is_not() {
        let square = closed(vec![[0., 0.], [1., 0.], [1., 1.], [0., 1.]]);
        assert!(is_certainly_simple(&square));
        let bow_tie = closed(vec![[0., 0.], [1., 1.], [1., 0.], [0., 1.]]);
        assert!(!is_certainly_simple(&bow_tie));
        let spike = closed(vec![[0., 0.], [2., 0.], [1., 0.], [1., 1.]]);
        assert!(!is_certainly_simple(&spike));
        let touching = closed(vec![[0., 0.], [2., 0.], [2., 2.], [1., 0.], [0., 2.]]);
        assert!(!is_certainly_simple(&touching));
        assert!(!is_certainly_simple(&square[..3]));
        assert!(!is_certainly_simple(&[]));
    }

    #[test]
    fn a_long_ring_is_swept() {
        let circle = |count: u32| {
            let corner = |step: u32| {
                let angle = f64::from(step) / f64::from(count) * std::f64::consts::TAU;
                [angle.cos(), angle.sin()]
            };
            closed((0..count).map(corner).collect())
        };
        let mut ring = circle(500);
        assert!(is_certainly_simple(&ring));
        ring.swap(100, 101);
        assert!(!is_certainly_simple(&ring));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4000, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn what_is_certainly_simple_is_valid(ring in prop::collection::vec((0..6_u8, 0..6_u8), 3..9)) {
            let ring = closed(ring.iter().map(|&(x, y)| [x.into(), y.into()]).collect());
            if is_certainly_simple(&ring) {
                prop_assert!(is_valid(&ring));
            }
        }

        #[test]
        fn few_valid_rings_are_left_to_the_full_test(ring in prop::collection::vec((0..1000_u16, 0..1000_u16), 3..7)) {
            let ring = closed(ring.iter().map(|&(x, y)| [x.into(), y.into()]).collect());
            prop_assert_eq!(is_certainly_simple(&ring), is_valid(&ring));
        }
    }
}
