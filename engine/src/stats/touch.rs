//! Whether two sets of edges come within a tolerance of each other, at a point or along a stretch.

use super::contiguity::Contact;
use crate::index::Envelope;
use crate::polygon::segment_distance_squared;
use crate::space::Metric;

/// An edge of a border.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge(pub(super) Metric, pub(super) Metric);

impl Edge {
    pub(super) fn envelope(&self) -> Envelope<f64> {
        let Self(a, b) = self;
        [
            a.x_m.min(b.x_m),
            a.y_m.min(b.y_m),
            a.x_m.max(b.x_m),
            a.y_m.max(b.y_m),
        ]
    }

    fn length(&self) -> f64 {
        self.0.distance_squared(self.1).sqrt()
    }
}

/// Whether an edge of `ours` and one of `theirs` are in contact.
///
/// A sweep along x: edges are opened by their lowest x and compared with those of the other side that begin before they
/// end. Cost O(n log n + pairs that overlap in x).
pub(super) fn touch(ours: &[Edge], theirs: &[Edge], contact: Contact, tolerance_m: f64) -> bool {
    let low = |edge: &Edge| edge.0.x_m.min(edge.1.x_m);
    let [ours, theirs] = [ours, theirs].map(|side| {
        let mut side = side.to_vec();
        side.sort_unstable_by(|a, b| low(a).total_cmp(&low(b)));
        side
    });
    let (mut ours, mut theirs) = (&ours[..], &theirs[..]);
    while let (Some(our), Some(their)) = (ours.first(), theirs.first()) {
        let (one, others) = if low(our) <= low(their) {
            ours = &ours[1..];
            (our, theirs)
        } else {
            theirs = &theirs[1..];
            (their, ours)
        };
        let end = one.0.x_m.max(one.1.x_m) + tolerance_m;
        if others
            .iter()
            .take_while(|other| low(other) <= end)
            .any(|other| in_contact(one, other, contact, tolerance_m))
        {
            return true;
        }
    }
    false
}

fn in_contact(a: &Edge, b: &Edge, contact: Contact, tolerance_m: f64) -> bool {
    let ([_, a_low, _, a_high], [_, b_low, _, b_high]) = (a.envelope(), b.envelope());
    if a_low > b_high + tolerance_m || b_low > a_high + tolerance_m {
        return false;
    }
    match contact {
        Contact::Point => meet(a, b, tolerance_m),
        Contact::Stretch => run_together(a, b, tolerance_m),
    }
}

/// Whether two edges cross or come within the tolerance: then it is an end of one that is nearest to the other.
fn meet(a: &Edge, b: &Edge, tolerance_m: f64) -> bool {
    let near =
        |edge: &Edge, at| segment_distance_squared(edge.0, edge.1, at) <= tolerance_m * tolerance_m;
    near(a, b.0) || near(a, b.1) || near(b, a.0) || near(b, a.1) || cross(a, b)
}

fn cross(a: &Edge, b: &Edge) -> bool {
    let side = |edge: &Edge, at: Metric| {
        (edge.1.x_m - edge.0.x_m) * (at.y_m - edge.0.y_m)
            - (edge.1.y_m - edge.0.y_m) * (at.x_m - edge.0.x_m)
    };
    side(a, b.0) * side(a, b.1) < 0.0 && side(b, a.0) * side(b, a.1) < 0.0
}

/// Whether two edges keep within the tolerance over a stretch longer than it.
fn run_together(a: &Edge, b: &Edge, tolerance_m: f64) -> bool {
    let (a, b) = if a.length() >= b.length() {
        (a, b)
    } else {
        (b, a)
    };
    let length = a.length();
    let (ux, uy) = ((a.1.x_m - a.0.x_m) / length, (a.1.y_m - a.0.y_m) / length);
    // Along and beside the longer edge.
    let of = |at: Metric| {
        let (dx, dy) = (at.x_m - a.0.x_m, at.y_m - a.0.y_m);
        (dx * ux + dy * uy, dy * ux - dx * uy)
    };
    let ((from, from_beside), (to, to_beside)) = (of(b.0), of(b.1));
    let (start, end) = (from.min(to).max(0.0), from.max(to).min(length));
    // False too where an edge has no length, or turns away so that it has none along the other.
    if end - start <= tolerance_m || end.is_nan() {
        return false;
    }
    let beside =
        |along: f64| from_beside + (along - from) / (to - from) * (to_beside - from_beside);
    beside(start).abs() <= tolerance_m && beside(end).abs() <= tolerance_m
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(x0: f64, y0: f64, x1: f64, y1: f64) -> Edge {
        Edge(Metric { x_m: x0, y_m: y0 }, Metric { x_m: x1, y_m: y1 })
    }

    #[test]
    fn edges_run_together_only_along_a_stretch() {
        let base = edge(0.0, 0.0, 10.0, 0.0);
        let together =
            |other| run_together(&base, &other, 0.01) && run_together(&other, &base, 0.01);
        assert!(together(edge(4.0, 0.005, 2.0, -0.005)));
        assert!(together(edge(8.0, 0.0, 20.0, 0.0)));
        assert!(!together(edge(10.0, 0.0, 20.0, 0.0)), "end to end");
        assert!(!together(edge(2.0, 0.0, 4.0, 1.0)), "turning away");
        assert!(!together(edge(2.0, 0.02, 4.0, 0.02)), "beside");
        assert!(!together(edge(2.0, -1.0, 2.0, 1.0)), "across");
        assert!(!together(edge(3.0, 0.0, 3.0, 0.0)), "a point");
        assert!(!run_together(
            &edge(3.0, 0.0, 3.0, 0.0),
            &edge(3.0, 0.0, 3.0, 0.0),
            0.01
        ));
    }

    #[test]
    fn the_sweep_finds_what_all_pairs_find() {
        use rand::{Rng, SeedableRng};
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(3);
        let mut edges = |count: usize| -> Vec<Edge> {
            let mut one = || random.random_range(0.0..100.0);
            (0..count)
                .map(|_| {
                    let (x, y) = (one(), one());
                    edge(x, y, x + one() / 8.0, y + one() / 8.0 - 6.0)
                })
                .collect()
        };
        let mut found = 0;
        for _ in 0..200 {
            let (ours, theirs) = (edges(9), edges(7));
            let expected = ours.iter().any(|a| theirs.iter().any(|b| meet(a, b, 0.5)));
            found += usize::from(expected);
            assert_eq!(touch(&ours, &theirs, Contact::Point, 0.5), expected);
        }
        assert!((20..180).contains(&found), "{found}");
    }
}
