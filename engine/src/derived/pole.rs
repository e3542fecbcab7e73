//! The point inside a polygon that is farthest from its outline.
//!
//! Source: the pole of inaccessibility, Garcia-Castellanos & Lombardo, "Poles of inaccessibility: a calculation algorithm
//! for the remotest places on earth" (2007); found by the quadtree of Mapbox's polylabel (2016): squares are tried in the
//! order of what they can hold at most, and those that cannot hold more than what is known are left out.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::layer::metric_box;
use crate::polygon::{crosses_ray, moments, segment_distance_squared};
use crate::space::Metric;

/// The circle that is found is at most this share smaller than the largest that fits.
const TOLERANCE: f64 = 0.01;

/// So many squares are tried at most. A corridor five hundred times as long as wide takes about half of them.
const PROBES_MAX: usize = 10_000;

/// So many distances to edges are reckoned at most, or a hundred squares: a river of a million vertices is labelled in it
/// all the same, if not at its widest.
const DISTANCES_MAX: usize = 300_000_000;

/// A point inside a polygon and its distance to the outline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pole {
    pub(super) at: Metric,
    /// Radius in metres of the circle round it that touches the outline; 0 where there is no inside.
    pub(super) radius_m: f64,
}

/// The pole of inaccessibility of a polygon: its exterior ring first, all rings closed. `None` where it has no extent.
///
/// The radius is within 1 % of the largest possible. The centroid is taken where no other point is better by that much, so
/// that a rectangle is labelled in its middle. Cost O(v) for each square that is tried, typically a few hundred and fewer where v is above 30,000.
pub(super) fn pole(rings: &[&[Metric]]) -> Option<Pole> {
    let exterior = rings.first()?;
    let [west, south, east, north] = extent(exterior)?;
    let (width, height) = (east - west, north - south);
    let side = width.min(height);
    let vertices: usize = rings.iter().map(|ring| ring.len()).sum();
    let probes_max = (DISTANCES_MAX / vertices.max(1)).clamp(100, PROBES_MAX);
    let middle = Metric {
        x_m: f64::midpoint(west, east),
        y_m: f64::midpoint(south, north),
    };
    if side <= 0.0 {
        return Some(Pole {
            at: middle,
            radius_m: 0.0,
        });
    }
    let probe = |at: Metric, half: f64| Square::new(rings, at, half);
    let mut best = probe(centroid(exterior).unwrap_or(middle), 0.0);
    better(&mut best, probe(middle, 0.0));
    let mut queue = BinaryHeap::new();
    let (columns, rows) = ((width / side).ceil(), (height / side).ceil());
    let most = probes_max as f64 / 10.0;
    let (columns, rows) = (columns.min(most), rows.min(most));
    let half = (width / columns).max(height / rows) / 2.0;
    let mut row = 0.0;
    while row < rows {
        let mut column = 0.0;
        while column < columns {
            let at = Metric {
                x_m: west + (2.0 * column + 1.0) * half,
                y_m: south + (2.0 * row + 1.0) * half,
            };
            queue.push(probe(at, half));
            column += 1.0;
        }
        row += 1.0;
    }
    let mut probes = queue.len();
    while let Some(square) = queue.pop() {
        better(&mut best, square);
        let enough = best.distance.max(0.0) * (1.0 + TOLERANCE);
        if square.most <= enough || probes >= probes_max {
            break;
        }
        let half = square.half / 2.0;
        for (right, up) in [(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)] {
            let at = Metric {
                x_m: square.at.x_m + right * half,
                y_m: square.at.y_m + up * half,
            };
            queue.push(probe(at, half));
        }
        probes += 4;
    }
    Some(Pole {
        at: best.at,
        radius_m: best.distance.max(0.0),
    })
}

/// Takes the other where it is farther from the outline, beyond what rounding does.
fn better(best: &mut Square, other: Square) {
    if other.distance > best.distance + best.distance.abs() * 1e-9 {
        *best = other;
    }
}

/// A square of the search.
#[derive(Clone, Copy, Debug)]
struct Square {
    at: Metric,
    half: f64,
    /// From its middle to the outline, negative outside.
    distance: f64,
    /// The farthest that any of its points can be from the outline.
    most: f64,
}

impl Square {
    fn new(rings: &[&[Metric]], at: Metric, half: f64) -> Self {
        let distance = signed_distance(rings, at);
        Self {
            at,
            half,
            distance,
            most: distance + half * std::f64::consts::SQRT_2,
        }
    }
}

impl Ord for Square {
    /// By what they can hold, then by place, so that the search is the same on every machine.
    fn cmp(&self, other: &Self) -> Ordering {
        self.most
            .total_cmp(&other.most)
            .then(other.at.y_m.total_cmp(&self.at.y_m))
            .then(other.at.x_m.total_cmp(&self.at.x_m))
    }
}

impl PartialOrd for Square {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Square {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Square {}

/// Distance to the nearest edge in metres, negative outside (even–odd over all rings).
fn signed_distance(rings: &[&[Metric]], at: Metric) -> f64 {
    let edges = || rings.iter().flat_map(|ring| ring.windows(2));
    let mut inside = false;
    let mut least = f64::INFINITY;
    for edge in edges() {
        inside ^= crosses_ray(edge[0], edge[1], at);
        least = least.min(segment_distance_squared(edge[0], edge[1], at));
    }
    match inside {
        true => least.sqrt(),
        false => -least.sqrt(),
    }
}

/// The middle of the area of one ring, reckoned from its first vertex against cancellation; `None` without area.
fn centroid(ring: &[Metric]) -> Option<Metric> {
    let origin = *ring.first()?;
    let (doubled_area, x, y) = moments(ring, origin);
    let at = Metric {
        x_m: origin.x_m + x / (3.0 * doubled_area),
        y_m: origin.y_m + y / (3.0 * doubled_area),
    };
    at.is_near().then_some(at)
}

/// West, south, east, north; `None` without vertices, or where one is no place.
fn extent(ring: &[Metric]) -> Option<[f64; 4]> {
    match ring.iter().all(|at| at.is_near()) {
        true => metric_box(ring),
        false => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    fn ring(points: &[(f64, f64)]) -> Vec<Metric> {
        let closed = points.iter().chain(points.first());
        closed.map(|&(x_m, y_m)| Metric { x_m, y_m }).collect()
    }

    #[test]
    fn a_rectangle_is_labelled_in_its_middle_and_a_c_in_its_thickest_arm() {
        let rectangle = ring(&[(0.0, 0.0), (1000.0, 0.0), (1000.0, 100.0), (0.0, 100.0)]);
        let middle = pole(&[&rectangle]).unwrap();
        assert_eq!((middle.at.x_m, middle.at.y_m), (500.0, 50.0));
        assert_eq!(middle.radius_m, 50.0);
        // The arm below is 40 high, the one above 20, the back 20 wide; the centroid lies in the open.
        let c = ring(&[
            (0.0, 0.0),
            (100.0, 0.0),
            (100.0, 40.0),
            (20.0, 40.0),
            (20.0, 80.0),
            (100.0, 80.0),
            (100.0, 100.0),
            (0.0, 100.0),
        ]);
        let found = pole(&[&c]).unwrap();
        assert!(
            found.at.y_m < 40.0 && found.radius_m >= 20.0 * 0.99,
            "{found:?}"
        );
    }

    #[test]
    fn a_hole_is_kept_away_from() {
        let outer = ring(&[(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0)]);
        let hole = ring(&[(20.0, 20.0), (20.0, 80.0), (80.0, 80.0), (80.0, 20.0)]);
        let found = pole(&[&outer, &hole]).unwrap();
        // In a corner: as far from both sides as from the hole's corner, r = (20 − r) √2.
        let radius = 20.0 * std::f64::consts::SQRT_2 / (1.0 + std::f64::consts::SQRT_2);
        assert!(
            found.radius_m <= radius + 1e-9 && found.radius_m >= radius * 0.99,
            "{found:?}"
        );
    }

    #[test]
    fn what_has_no_inside_has_a_place_all_the_same_and_what_is_nowhere_has_none() {
        let flat = ring(&[(0.0, 5.0), (10.0, 5.0), (4.0, 5.0)]);
        assert_eq!(pole(&[&flat]).unwrap().radius_m, 0.0);
        assert_eq!(
            pole(&[&ring(&[(f64::NAN, 0.0), (1.0, 0.0), (0.0, 1.0)])]),
            None
        );
        assert_eq!(pole(&[]), None);
        let needle = ring(&[(0.0, 0.0), (1e6, 1e-3), (1e6, 2e-3)]);
        let found = pole(&[&needle]).unwrap();
        // A thousand kilometres long, a millimetre wide at its end.
        assert!(found.radius_m > 0.0 && found.radius_m < 5e-4, "{found:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(6), failure_persistence: None, cases: 64, ..ProptestConfig::default() })]
        #[test]
        fn no_point_of_a_fine_grid_is_farther_from_the_outline(
            radii in prop::collection::vec(10.0..100.0f64, 5..24)
        ) {
            let step = std::f64::consts::TAU / radii.len() as f64;
            let star: Vec<_> = radii.iter().enumerate()
                .map(|(at, radius)| ((at as f64 * step).cos() * radius, (at as f64 * step).sin() * radius))
                .collect();
            let star = ring(&star);
            let found = pole(&[&star]).unwrap();
            prop_assert!((signed_distance(&[&star], found.at) - found.radius_m).abs() < 1e-9);
            for x in -50..=50 {
                for y in -50..=50 {
                    let at = Metric { x_m: f64::from(x) * 2.0, y_m: f64::from(y) * 2.0 };
                    prop_assert!(signed_distance(&[&star], at) <= found.radius_m * (1.0 + TOLERANCE) + 1e-9);
                }
            }
        }
    }
}
