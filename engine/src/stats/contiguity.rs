//! Neighbours by contact of their borders: queen (a point) and rook (a stretch).
//!
//! In a coverage neighbours share vertices, so most pairs are decided by exact equality: the vertices (edges for rook) of
//! one polygon go into a small hash table that stays in the first cache, and those of each candidate are looked up until
//! one is found. Pairs whose boxes meet without such a find are measured ([`touch`](super::touch)), and there only edges
//! count that no other feature shares: two territories that a border of 5 mm keeps apart are no neighbours.

use rayon::prelude::*;

use super::touch::{Edge, touch};
use super::weights::{Lists, MAX_LINKS};
use crate::index::{Envelope, union};
use crate::layer::Layer;
use crate::shapes::{GeometryType, Shapes};
use crate::space::Metric;

/// Borders so close count as touching where they have no vertices in common: 1 cm, which is what a coordinate with seven
/// decimals of a degree can be off. Wider gaps separate.
pub const TOLERANCE_M: f64 = 0.01;

/// Features of one piece of work: enough to share their surroundings in the cache.
const CHUNK: usize = 128;

/// What neighbours must have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contact {
    /// A point of their borders: queen.
    Point,
    /// A stretch of border longer than the tolerance: rook.
    Stretch,
}

/// The neighbours of every polygon feature; `None` when the links are too many.
pub(super) fn lists(layer: &Layer, contact: Contact) -> Option<Lists> {
    let index = layer.metric_index();
    let mut order = Vec::with_capacity(layer.len());
    if let Some(all) = index.envelope() {
        // Neighbours on the map come one after the other, whatever the order of the rows.
        index.search(all, |row| order.push(row));
    }
    let piece = |rows: &[usize]| {
        let (mut outline, mut pairs) = (Outline::default(), vec![]);
        let polygons = rows
            .iter()
            .filter(|&&row| layer.shapes().geometry_type(row) == GeometryType::Polygon);
        for &row in polygons {
            pairs_of(layer, row, contact, &mut outline, &mut pairs);
        }
        pairs
    };
    let pairs: Vec<Vec<(u32, u32)>> = order.par_chunks(CHUNK).map(piece).collect();
    let pairs = pairs.concat();
    (2 * pairs.len() <= MAX_LINKS).then(|| Lists::of_pairs(layer.len(), &pairs))
}

/// Adds the pairs of a feature with its neighbours of higher rows.
fn pairs_of(
    layer: &Layer,
    row: usize,
    contact: Contact,
    outline: &mut Outline,
    pairs: &mut Vec<(u32, u32)>,
) {
    let (shapes, metric) = (layer.shapes(), layer.metric());
    let window = widened(envelope(&metric[shapes.feature_coordinates(row)]));
    outline.fill(shapes, metric, row, contact);
    layer.metric_index().search(window, |other| {
        if other > row
            && shapes.geometry_type(other) == GeometryType::Polygon
            && (outline.meets(shapes, metric, other, window)
                || near(layer, [row, other], window, contact))
            && let (Ok(row), Ok(other)) = (u32::try_from(row), u32::try_from(other))
        {
            pairs.push((row, other));
        }
    });
}

/// Vertices or edges of a feature by a hash of their coordinates: open addressing, at most half full.
#[derive(Default)]
struct Outline {
    /// Number of the (first) coordinate plus one; zero is free.
    slots: Vec<u32>,
    contact: Option<Contact>,
}

impl Outline {
    fn fill(&mut self, shapes: &Shapes, metric: &[Metric], row: usize, contact: Contact) {
        let count = shapes.feature_coordinates(row).len();
        self.slots.clear();
        self.slots.resize((2 * count).next_power_of_two().max(2), 0);
        self.contact = Some(contact);
        for ring in shapes.feature_rings(row) {
            // A closed ring has one item fewer than coordinates, be it vertices or edges.
            let along = shapes.coordinates(ring);
            for (number, pair) in (0u32..).skip(along.start + 1).zip(metric[along].windows(2)) {
                let mut slot = self.home(pair);
                while self.slots[slot] != 0 {
                    slot = (slot + 1) & (self.slots.len() - 1);
                }
                self.slots[slot] = number;
            }
        }
    }

    /// Whether a vertex (an edge for rook) of another feature is one of these.
    fn meets(
        &self,
        shapes: &Shapes,
        metric: &[Metric],
        other: usize,
        window: Envelope<f64>,
    ) -> bool {
        shapes.feature_rings(other).any(|ring| {
            metric[shapes.coordinates(ring)]
                .windows(2)
                .any(|pair| inside(pair[0], &window) && self.has(metric, pair))
        })
    }

    fn has(&self, metric: &[Metric], pair: &[Metric]) -> bool {
        let mut slot = self.home(pair);
        while let Some(first) = (self.slots[slot] as usize).checked_sub(1) {
            let same = match self.contact {
                Some(Contact::Stretch) => {
                    (metric[first] == pair[0] && metric[first + 1] == pair[1])
                        || (metric[first] == pair[1] && metric[first + 1] == pair[0])
                }
                _ => metric[first] == pair[0],
            };
            if same {
                return true;
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        false
    }

    /// Where to look for a vertex (the first of the pair) or for an edge, in either direction.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "as many bits are left as the slots have, a usize"
    )]
    fn home(&self, pair: &[Metric]) -> usize {
        let hash = match self.contact {
            Some(Contact::Stretch) => hash(pair[0]).wrapping_add(hash(pair[1])),
            _ => hash(pair[0]),
        };
        let bits = self.slots.len().trailing_zeros();
        (hash >> (64 - bits)) as usize
    }
}

/// Multiplicative (Fibonacci) hashing: the high bits are mixed well.
fn hash(at: Metric) -> u64 {
    // Adding zero makes -0 and 0 the same bits.
    let (x, y) = ((at.x_m + 0.0).to_bits(), (at.y_m + 0.0).to_bits());
    x.wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .wrapping_add(y.wrapping_mul(0xC2B2_AE3D_27D4_EB4F))
}

/// Whether the borders of two features come within the tolerance, at an edge that no other feature shares.
fn near(layer: &Layer, [row, other]: [usize; 2], window: Envelope<f64>, contact: Contact) -> bool {
    let (shapes, metric) = (layer.shapes(), layer.metric());
    let theirs = edges(shapes, metric, other, window);
    let Some(common) = theirs.iter().map(Edge::envelope).reduce(union) else {
        return false;
    };
    let ours = edges(shapes, metric, row, widened(common));
    let touch = |ours: &[Edge], theirs: &[Edge]| touch(ours, theirs, contact, TOLERANCE_M);
    touch(&ours, &theirs)
        && (touch(&unshared(layer, row, &ours), &theirs)
            || touch(&ours, &unshared(layer, other, &theirs)))
}

/// Those edges of a feature that no other feature has.
fn unshared(layer: &Layer, row: usize, edges: &[Edge]) -> Vec<Edge> {
    let mut left = edges.to_vec();
    let mut outline = Outline::default();
    if let Some(window) = edges.iter().map(Edge::envelope).reduce(union) {
        layer.metric_index().search(window, |other| {
            if other != row && layer.shapes().geometry_type(other) == GeometryType::Polygon {
                outline.fill(layer.shapes(), layer.metric(), other, Contact::Stretch);
                left.retain(|edge| !outline.has(layer.metric(), &[edge.0, edge.1]));
            }
        });
    }
    left
}

/// The edges of a feature whose boxes meet a window.
fn edges(shapes: &Shapes, metric: &[Metric], row: usize, window: Envelope<f64>) -> Vec<Edge> {
    let rings = shapes.feature_rings(row);
    let all = rings.flat_map(|ring| metric[shapes.coordinates(ring)].windows(2));
    all.map(|pair| Edge(pair[0], pair[1]))
        .filter(|edge| {
            let [min_x, min_y, max_x, max_y] = edge.envelope();
            min_x <= window[2] && max_x >= window[0] && min_y <= window[3] && max_y >= window[1]
        })
        .collect()
}

fn envelope(coordinates: &[Metric]) -> Envelope<f64> {
    let none = [
        f64::INFINITY,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NEG_INFINITY,
    ];
    coordinates
        .iter()
        .map(|at| [at.x_m, at.y_m, at.x_m, at.y_m])
        .fold(none, union)
}

fn widened([min_x, min_y, max_x, max_y]: Envelope<f64>) -> Envelope<f64> {
    [
        min_x - TOLERANCE_M,
        min_y - TOLERANCE_M,
        max_x + TOLERANCE_M,
        max_y + TOLERANCE_M,
    ]
}

fn inside(at: Metric, window: &Envelope<f64>) -> bool {
    at.x_m >= window[0] && at.y_m >= window[1] && at.x_m <= window[2] && at.y_m <= window[3]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::tests_support::{layer, polygons};
    use geo_types::{Geometry, MultiPolygon, Polygon, Rect, polygon};

    fn square(x: f64, y: f64, side: f64) -> Polygon<f64> {
        Rect::new((x, y), (x + side, y + side)).to_polygon()
    }

    fn neighbours(layer: &Layer, contact: Contact) -> Vec<Vec<u32>> {
        let lists = lists(layer, contact).unwrap();
        (0..lists.len())
            .map(|row| lists.list(row).to_vec())
            .collect()
    }

    #[test]
    fn squares_of_a_lattice_meet_at_corners_for_queen_and_at_sides_for_rook() {
        let squares = (0..9).map(|cell| {
            square(
                f64::from(cell % 3) * 10.0 - 10.0,
                f64::from(cell / 3) * 10.0,
                10.0,
            )
        });
        let layer = polygons(squares.collect());
        let (queen, rook) = (
            neighbours(&layer, Contact::Point),
            neighbours(&layer, Contact::Stretch),
        );
        assert_eq!(queen[4], [0, 1, 2, 3, 5, 6, 7, 8]);
        assert_eq!(rook[4], [1, 3, 5, 7]);
        assert_eq!((&queen[0][..], &rook[0][..]), (&[1, 3, 4][..], &[1, 3][..]));
    }

    #[test]
    fn a_vertex_of_one_on_an_edge_of_the_other_is_found_without_a_common_vertex() {
        let wide =
            polygon![(x: 0.0, y: 0.0), (x: 30.0, y: 0.0), (x: 30.0, y: 10.0), (x: 0.0, y: 10.0)];
        // Above the middle of the wide one's long edge, at 4 mm; then at 4 cm; then touching with one corner.
        let above = square(10.0, 10.004, 5.0);
        let apart = square(16.0, 10.04, 5.0);
        let corner = polygon![(x: 25.0, y: 10.0), (x: 28.0, y: 15.0), (x: 22.0, y: 15.0), (x: 25.0, y: 10.0)];
        let layer = polygons(vec![wide, above, apart, corner]);
        assert_eq!(
            neighbours(&layer, Contact::Point),
            [vec![1, 3], vec![0], vec![], vec![0]]
        );
        assert_eq!(
            neighbours(&layer, Contact::Stretch),
            [vec![1], vec![0], vec![], vec![]]
        );
    }

    #[test]
    fn neighbours_that_share_a_corner_and_half_an_edge_are_rook() {
        let layer = polygons(vec![
            Rect::new((0.0, 0.0), (10.0, 5.0)).to_polygon(),
            Rect::new((0.0, 5.0), (4.0, 9.0)).to_polygon(),
            Rect::new((10.0, 5.0), (14.0, 9.0)).to_polygon(),
        ]);
        assert_eq!(
            neighbours(&layer, Contact::Stretch),
            [vec![1], vec![0], vec![]]
        );
        assert_eq!(
            neighbours(&layer, Contact::Point),
            [vec![1, 2], vec![0], vec![0]]
        );
    }

    #[test]
    fn a_border_of_five_millimetres_keeps_two_territories_apart() {
        // Left and right meet along x = 0 for 5 mm, between the corners of top and bottom.
        let (low, high) = ((0.0, -0.0025), (0.0, 0.0025));
        let [west, east, south, north] = [(-9.0, 0.0), (9.0, 0.0), (0.0, -9.0), (0.0, 9.0)];
        let of = |ring: &[(f64, f64)]| Polygon::new(ring.to_vec().into(), vec![]);
        let layer = polygons(vec![
            of(&[low, high, (-5.0, 5.0), west, (-5.0, -5.0)]),
            of(&[high, low, (5.0, -5.0), east, (5.0, 5.0)]),
            of(&[high, (5.0, 5.0), north, (-5.0, 5.0)]),
            of(&[low, (-5.0, -5.0), south, (5.0, -5.0)]),
        ]);
        let expected = [vec![1, 2, 3], vec![0, 2, 3], vec![0, 1], vec![0, 1]];
        assert_eq!(neighbours(&layer, Contact::Point), expected);
        assert_eq!(neighbours(&layer, Contact::Stretch), expected);
    }

    #[test]
    fn all_parts_and_rings_count_and_features_without_polygon_are_islands() {
        let holed = polygon!(exterior: [(x: 0.0, y: 0.0), (x: 10.0, y: 0.0), (x: 10.0, y: 10.0), (x: 0.0, y: 10.0)],
            interiors: [[(x: 4.0, y: 4.0), (x: 6.0, y: 4.0), (x: 6.0, y: 6.0), (x: 4.0, y: 6.0)]]);
        let layer = layer(
            "p",
            &[
                Geometry::MultiPolygon(MultiPolygon(vec![
                    square(100.0, 100.0, 5.0),
                    square(10.0, 0.0, 5.0),
                ])),
                Geometry::Polygon(holed),
                Geometry::Polygon(square(4.0, 4.0, 2.0)),
                Geometry::Point((10.0, 0.0).into()),
                Geometry::MultiPolygon(MultiPolygon(vec![])),
            ],
            vec![],
        );
        assert_eq!(
            neighbours(&layer, Contact::Stretch),
            [vec![1], vec![0, 2], vec![1], vec![], vec![]]
        );
    }

    #[test]
    fn a_sliver_and_borders_that_cross_are_contact() {
        let layer = polygons(vec![
            Rect::new((0.0, 0.0), (10.0, 10.0)).to_polygon(),
            Rect::new((10.0, 0.0), (10.002, 10.0)).to_polygon(),
            Rect::new((10.002, 0.0), (20.0, 10.0)).to_polygon(),
            Rect::new((18.0, 5.0), (25.0, 6.0)).to_polygon(),
        ]);
        // Both sides of a sliver of 2 mm are neighbours of it and, within the tolerance, of each other.
        assert_eq!(
            neighbours(&layer, Contact::Point),
            [vec![1, 2], vec![0, 2], vec![0, 1, 3], vec![2]]
        );
        assert_eq!(
            neighbours(&layer, Contact::Stretch)[3],
            [] as [u32; 0],
            "what only crosses shares no stretch"
        );
    }

    #[test]
    fn one_polygon_and_none_have_no_neighbours() {
        assert_eq!(
            neighbours(&polygons(vec![square(0.0, 0.0, 1.0)]), Contact::Point),
            [Vec::<u32>::new()]
        );
        assert!(neighbours(&polygons(vec![]), Contact::Point).is_empty());
    }
}
