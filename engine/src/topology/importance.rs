//! How important each vertex is: the lowest zoom that shows it.
//!
//! Rings are cut into arcs at junctions. An arc that two polygons share is the same list of vertices for both, and the
//! importance of a vertex depends on its arc and on where the other vertices of the layer are: exact integer areas, ties
//! broken by position, no direction. Both neighbours therefore drop the same vertices at every zoom and no gap or overlap
//! opens between them. A vertex stays while another one stands in the triangle that it would leave, so that what is left
//! crosses nothing: neither its own ring nor another arc, however far that one is simplified.
//!
//! Sources: effective area of Visvalingam & Whyatt, "Line generalisation by repeated elimination of points" (1993); the
//! test of the triangle is that of topology-preserving variants (JTS, `TPVWSimplifier`).

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

use rayon::prelude::*;

use super::is_drawn;
use super::vertices::{LONG, VertexIndex};
use crate::shapes::{GeometryType, Shapes};
use crate::space::{World, doubled_area};

/// A vertex is dropped while its triangle is smaller than this many square tile units (extent 4096): half a pixel of
/// a 512-pixel tile.
const AREA_MIN_UNITS: u128 = 32;

/// A ring that meets no other keeps its area within one part in this many, at every zoom.
const AREA_PARTS: i128 = 200;

/// For each coordinate the lowest zoom that shows it; junctions, ends of lines and points are shown at every zoom.
///
/// Cost O(v log v) in coordinates, on all threads.
pub(super) fn lowest_zooms(
    shapes: &Shapes,
    world: &[World],
    fixed: &[bool],
    crowded: &[bool],
    index: &VertexIndex,
) -> Vec<u8> {
    let of_feature = |feature: usize| {
        let range = shapes.feature_coordinates(feature);
        let mut zooms = vec![0; range.len()];
        if is_drawn(shapes, feature) {
            let is_closed = shapes.geometry_type(feature) == GeometryType::Polygon;
            for ring in shapes.feature_rings(feature) {
                let ring = shapes.coordinates(ring);
                let around = Around {
                    world,
                    // Lines may cross each other, so only a line's own vertices hold each other.
                    others: is_closed && crowded[feature],
                    index: (crowded[feature] || ring.len() > LONG).then_some(index),
                };
                ring_zooms(
                    &world[ring.clone()],
                    &fixed[ring.clone()],
                    is_closed,
                    &around,
                    &mut zooms[ring.start - range.start..ring.end - range.start],
                );
            }
        }
        zooms
    };
    (0..shapes.len())
        .into_par_iter()
        .flat_map_iter(of_feature)
        .collect()
}

/// What stands around a ring or line.
struct Around<'a> {
    world: &'a [World],
    /// Whether vertices that are not its own count.
    others: bool,
    /// Where to look for them; without it the ring is short and alone.
    index: Option<&'a VertexIndex>,
}

/// Cuts a ring or line at its fixed vertices and ranks the vertices of each arc.
fn ring_zooms(
    line: &[World],
    fixed: &[bool],
    is_closed: bool,
    around: &Around<'_>,
    zooms: &mut [u8],
) {
    let count = line.len();
    if count < 3 {
        return;
    }
    let mut cuts: Vec<usize> = (0..count).filter(|&vertex| fixed[vertex]).collect();
    if !is_closed {
        cuts.extend([0, count - 1]);
        cuts.sort_unstable();
        cuts.dedup();
        cuts.windows(2)
            .for_each(|cut| Arc::new(line, cut[0]..cut[1] + 1, false).rank(around, zooms));
        return;
    }
    // A closed ring repeats its first vertex; it is walked round from its first cut. An island without junction is
    // cut at its smallest vertex, which is the same one for the polygon around it.
    let round = count - 1;
    cuts.retain(|&cut| cut < round);
    let is_island = cuts.is_empty();
    if is_island {
        cuts.extend((0..round).min_by_key(|&vertex| line[vertex]));
    }
    let first = cuts[0];
    let walked: Vec<World> = (0..=round)
        .map(|step| line[(first + step) % round])
        .collect();
    let mut ranks = vec![0; count];
    let ends = cuts
        .iter()
        .map(|cut| cut - first)
        .chain([round])
        .collect::<Vec<_>>();
    ends.windows(2)
        .for_each(|cut| Arc::new(&walked, cut[0]..cut[1] + 1, is_island).rank(around, &mut ranks));
    (0..=round).for_each(|step| zooms[(first + step) % round] = ranks[step % round]);
    zooms[round] = zooms[0];
}

/// A stretch between two fixed vertices while its inner vertices are taken away, the least important first.
struct Arc<'a> {
    points: &'a [World],
    /// Where the stretch begins in its ring.
    start: usize,
    /// The vertices that are still there on either side of each.
    before: Vec<usize>,
    after: Vec<usize>,
    is_gone: Vec<bool>,
    /// Inner vertices that are left, and how many must stay: a ring of its own needs three in all.
    left: usize,
    left_min: usize,
    /// For an island, twice the area it has gained so far and how far that may go.
    gained: i128,
    gained_max: Option<i128>,
    /// The vertices in order of place, to find one by its place; made when first needed.
    by_place: Vec<(World, usize)>,
}

impl<'a> Arc<'a> {
    fn new(line: &'a [World], range: Range<usize>, is_island: bool) -> Self {
        let points = &line[range.clone()];
        let last = points.len() - 1;
        Self {
            start: range.start,
            before: (0..=last).map(|i| i.saturating_sub(1)).collect(),
            after: (1..=last + 1).collect(),
            is_gone: vec![false; points.len()],
            left: last.saturating_sub(1),
            left_min: if points[0] == points[last] { 2 } else { 0 },
            gained: 0,
            gained_max: is_island.then(|| doubled_area(points).abs() / AREA_PARTS),
            by_place: vec![],
            points,
        }
    }

    /// Ranks the inner vertices by their effective area; the ends keep zoom 0, and so does what may not go.
    fn rank(mut self, around: &Around<'_>, zooms: &mut [u8]) {
        let last = self.points.len() - 1;
        let is_inner = |vertex: &usize| (1..last).contains(vertex);
        let turn_of = |vertex: usize| match is_inner(&vertex) {
            true => self.turn(vertex),
            false => 0,
        };
        let mut turns: Vec<i128> = (0..=last).map(turn_of).collect();
        let mut smallest = BinaryHeap::with_capacity(self.points.len());
        let inner = turns.iter().enumerate();
        for (vertex, turn) in inner.filter(|(vertex, _)| is_inner(vertex)) {
            smallest.push(Reverse((turn.unsigned_abs(), self.points[vertex], vertex)));
        }
        let mut least = 0;
        while let Some(Reverse((area, _, vertex))) = smallest.pop() {
            let is_stale = self.is_gone[vertex] || area != turns[vertex].unsigned_abs();
            if is_stale
                || self.left <= self.left_min
                || self.must_stay(vertex, turns[vertex], around)
            {
                continue;
            }
            least = least.max(area);
            zooms[self.start + vertex] = lowest_zoom(least);
            for side in self.take_away(vertex, turns[vertex]) {
                if side > 0 && side < last {
                    turns[side] = self.turn(side);
                    smallest.push(Reverse((
                        turns[side].unsigned_abs(),
                        self.points[side],
                        side,
                    )));
                }
            }
        }
    }

    /// Twice the signed area of the triangle of a vertex and the two beside it.
    fn turn(&self, vertex: usize) -> i128 {
        let [a, b, c] = [self.before[vertex], vertex, self.after[vertex]].map(|at| self.points[at]);
        cross(a, b, c)
    }

    fn take_away(&mut self, vertex: usize, turn: i128) -> [usize; 2] {
        let (left, right) = (self.before[vertex], self.after[vertex]);
        (self.after[left], self.before[right]) = (right, left);
        self.is_gone[vertex] = true;
        self.left -= 1;
        self.gained -= turn;
        [left, right]
    }

    /// Whether an island would lose or gain too much, or another vertex stands in the triangle.
    fn must_stay(&mut self, vertex: usize, turn: i128, around: &Around<'_>) -> bool {
        if self
            .gained_max
            .is_some_and(|most| (self.gained - turn).abs() > most)
        {
            return true;
        }
        // A straight stretch leaves nothing behind.
        turn != 0 && self.is_held(vertex, around)
    }

    fn is_held(&mut self, vertex: usize, around: &Around<'_>) -> bool {
        let triangle = [self.before[vertex], vertex, self.after[vertex]].map(|at| self.points[at]);
        let Some(index) = around.index else {
            let inner = |at: &usize| !self.is_gone[*at] && is_within(self.points[*at], triangle);
            return (0..self.points.len()).any(|at| inner(&at));
        };
        let xs = triangle.map(|at| at.x);
        let ys = triangle.map(|at| at.y);
        let bound = |values: [u32; 3]| {
            let [a, b, c] = values;
            (a.min(b).min(c), a.max(b).max(c))
        };
        let ((west, east), (north, south)) = (bound(xs), bound(ys));
        let mut found: Vec<World> = vec![];
        index.near([west, north, east, south], |vertex| {
            let at = around.world[vertex];
            if is_within(at, triangle) {
                found.push(at);
            }
        });
        found.into_iter().any(|at| self.holds(at, around.others))
    }

    /// Whether a vertex at this place counts: an own one that is left, or another's.
    fn holds(&mut self, at: World, others: bool) -> bool {
        if self.by_place.is_empty() {
            self.by_place = self.points.iter().copied().zip(0..).collect();
            self.by_place.sort_unstable();
        }
        let first = self.by_place.partition_point(|(place, _)| *place < at);
        let mut own = self.by_place[first..]
            .iter()
            .take_while(|(place, _)| *place == at)
            .peekable();
        match own.peek() {
            None => others,
            Some(_) => own.any(|&(_, vertex)| !self.is_gone[vertex]),
        }
    }
}

/// Twice the signed area of a triangle, exactly.
fn cross(a: World, b: World, c: World) -> i128 {
    let step = |from: u32, to: u32| i128::from(to) - i128::from(from);
    step(a.x, b.x) * step(a.y, c.y) - step(a.x, c.x) * step(a.y, b.y)
}

/// Whether a place lies in a triangle or on its border, at none of its corners.
fn is_within(at: World, [a, b, c]: [World; 3]) -> bool {
    if at == a || at == b || at == c {
        return false;
    }
    let sides = [cross(a, b, at), cross(b, c, at), cross(c, a, at)];
    sides.iter().all(|side| *side >= 0) || sides.iter().all(|side| *side <= 0)
}

/// The lowest zoom at which an area is at least [`AREA_MIN_UNITS`]. At zoom 20 a world cell is a tile unit.
fn lowest_zoom(doubled_area: u128) -> u8 {
    (0..20)
        .find(|zoom| doubled_area >= (2 * AREA_MIN_UNITS) << (2 * (20 - zoom)))
        .unwrap_or(20)
}

#[cfg(test)]
mod tests {
    use crate::layer::tests_support::polygons;
    use geo_types::{Coord, LineString, Polygon};
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    /// Two polygons that share a crooked border, traversed in opposite directions from different starts.
    fn neighbours(border: &[(f64, f64)], rotate: usize) -> Vec<Polygon<f64>> {
        let line: Vec<Coord<f64>> = border.iter().map(|&(x, y)| Coord { x, y }).collect();
        let (first, last) = (line[0], line[line.len() - 1]);
        let mut left = line.clone();
        left.extend([
            Coord {
                x: -5000.0,
                y: last.y,
            },
            Coord {
                x: -5000.0,
                y: first.y,
            },
        ]);
        let mut right: Vec<_> = line.into_iter().rev().collect();
        right.extend([
            Coord {
                x: 5000.0,
                y: first.y,
            },
            Coord {
                x: 5000.0,
                y: last.y,
            },
        ]);
        let turn = rotate % right.len();
        right.rotate_left(turn);
        vec![
            Polygon::new(LineString::new(left), vec![]),
            Polygon::new(LineString::new(right), vec![]),
        ]
    }

    fn zooms_of(layer: &crate::layer::Layer) -> Vec<u8> {
        layer.drawn().zooms.to_vec()
    }

    proptest! {
        #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn both_neighbours_rank_each_vertex_of_their_border_alike(
            steps in prop::collection::vec((-300.0..300.0f64, 1.0..200.0f64), 3..60), rotate in 0usize..80
        ) {
            let mut y = 0.0;
            let border: Vec<_> = steps.iter().map(|&(x, dy)| { y += dy; (x, y) }).collect();
            let layer = polygons(neighbours(&border, rotate));
            let zooms = zooms_of(&layer);
            let ranked = |feature: usize| {
                let range = layer.shapes().feature_coordinates(feature);
                range.map(|at| (layer.world()[at], zooms[at])).collect::<std::collections::BTreeMap<_, _>>()
            };
            let (left, right) = (ranked(0), ranked(1));
            for (at, zoom) in &left {
                if let Some(other) = right.get(at) {
                    prop_assert_eq!(zoom, other);
                }
            }
        }
    }

    #[test]
    fn a_straight_vertex_goes_first_and_a_corner_stays() {
        let ring = [
            (0.0, 0.0),
            (1000.0, 0.0),
            (2000.0, 0.01),
            (2000.0, 2000.0),
            (0.0, 2000.0),
        ];
        let layer = polygons(vec![Polygon::new(LineString::from(ring.to_vec()), vec![])]);
        let zooms = zooms_of(&layer);
        assert!(zooms[1] > 12, "{zooms:?}");
        assert!(
            [0, 2, 3, 4].iter().all(|&corner| zooms[corner] < 12),
            "{zooms:?}"
        );
        assert_eq!(zooms[0], zooms[5]);
    }
}
