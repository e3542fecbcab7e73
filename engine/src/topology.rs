//! How important each vertex is, with shared borders treated as one line, so that neighbours stay neighbours.
//!
//! Rings are cut into arcs at junctions: vertices with three or more different neighbours over the whole layer. An
//! arc that two polygons share is the same list of vertices for both, and the importance of a vertex depends on its
//! arc only: exact integer areas, ties broken by position, no direction. Both neighbours therefore drop the same
//! vertices at every zoom and no gap or overlap opens between them.
//!
//! Source: effective area of Visvalingam & Whyatt, "Line generalisation by repeated elimination of points" (1993).

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

use rayon::prelude::*;

use crate::shapes::{GeometryType, Shapes};
use crate::space::World;
use crate::tile::MAX_ZOOM;

/// A vertex is dropped while its triangle is smaller than this many square tile units (extent 4096): half a pixel of
/// a 512-pixel tile.
const AREA_MIN_UNITS: u128 = 32;

/// For each coordinate the lowest zoom that shows it; junctions, ends of lines and points are shown at every zoom.
///
/// Cost O(v log v) in coordinates, on all threads.
pub(crate) fn lowest_zooms(shapes: &Shapes, world: &[World]) -> Vec<u8> {
    let fixed = junctions(shapes, world);
    let of_feature = |feature: usize| {
        let range = shapes.feature_coordinates(feature);
        let mut zooms = vec![0; range.len()];
        if matches!(
            shapes.geometry_type(feature),
            GeometryType::Line | GeometryType::Polygon
        ) {
            for ring in shapes.feature_rings(feature) {
                let ring = shapes.coordinates(ring);
                let closed = shapes.geometry_type(feature) == GeometryType::Polygon;
                ring_zooms(
                    &world[ring.clone()],
                    &fixed[ring.clone()],
                    closed,
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

/// Whether each coordinate is a junction or the end of a line.
fn junctions(shapes: &Shapes, world: &[World]) -> Vec<bool> {
    let mut neighbours: Vec<(World, World)> = (0..shapes.len())
        .into_par_iter()
        .flat_map_iter(|feature| pairs(shapes, world, feature))
        .collect();
    neighbours.par_sort_unstable();
    neighbours.dedup();
    let crowded: Vec<World> = neighbours
        .chunk_by(|a, b| a.0 == b.0)
        .filter(|group| group.len() != 2)
        .map(|group| group[0].0)
        .collect();
    world
        .par_iter()
        .map(|at| crowded.binary_search(at).is_ok())
        .collect()
}

/// Every vertex of a feature's rings and lines with each vertex beside it.
fn pairs(shapes: &Shapes, world: &[World], feature: usize) -> Vec<(World, World)> {
    if !matches!(
        shapes.geometry_type(feature),
        GeometryType::Line | GeometryType::Polygon
    ) {
        return vec![];
    }
    let edges = shapes
        .feature_rings(feature)
        .flat_map(|ring| world[shapes.coordinates(ring)].windows(2));
    edges
        .filter(|edge| edge[0] != edge[1])
        .flat_map(|edge| [(edge[0], edge[1]), (edge[1], edge[0])])
        .collect()
}

/// Cuts a ring or line at its fixed vertices and ranks the vertices of each arc.
fn ring_zooms(line: &[World], fixed: &[bool], closed: bool, zooms: &mut [u8]) {
    let count = line.len();
    if count < 3 {
        return;
    }
    let mut cuts: Vec<usize> = (0..count).filter(|&vertex| fixed[vertex]).collect();
    if !closed {
        cuts.extend([0, count - 1]);
        cuts.sort_unstable();
        cuts.dedup();
        cuts.windows(2)
            .for_each(|cut| arc_zooms(line, cut[0]..cut[1] + 1, zooms));
        return;
    }
    // A closed ring repeats its first vertex; it is walked round from its first cut. An island without junction is
    // cut at its smallest vertex, which is the same one for the polygon around it.
    let round = count - 1;
    cuts.retain(|&cut| cut < round);
    if cuts.is_empty() {
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
        .for_each(|cut| arc_zooms(&walked, cut[0]..cut[1] + 1, &mut ranks));
    (0..=round).for_each(|step| zooms[(first + step) % round] = ranks[step % round]);
    zooms[round] = zooms[0];
}

/// Ranks the inner vertices of one arc by their effective area; its ends keep zoom 0.
fn arc_zooms(line: &[World], arc: Range<usize>, zooms: &mut [u8]) {
    let points = &line[arc.clone()];
    let last = points.len() - 1;
    let (mut before, mut after): (Vec<usize>, Vec<usize>) = (
        (0..=last).map(|i| i.saturating_sub(1)).collect(),
        (1..=last + 1).collect(),
    );
    let mut areas: Vec<u128> = vec![u128::MAX; points.len()];
    let mut smallest = BinaryHeap::with_capacity(points.len());
    for vertex in 1..last {
        areas[vertex] = doubled_area(points[vertex - 1], points[vertex], points[vertex + 1]);
        smallest.push(Reverse((areas[vertex], points[vertex], vertex)));
    }
    let mut least = 0;
    while let Some(Reverse((area, _, vertex))) = smallest.pop() {
        if area != areas[vertex] {
            continue;
        }
        least = least.max(area);
        zooms[arc.start + vertex] = lowest_zoom(least);
        areas[vertex] = u128::MAX;
        let (left, right) = (before[vertex], after[vertex]);
        (after[left], before[right]) = (right, left);
        for side in [left, right] {
            if side > 0 && side < last {
                areas[side] = doubled_area(points[before[side]], points[side], points[after[side]]);
                smallest.push(Reverse((areas[side], points[side], side)));
            }
        }
    }
}

/// Twice the area of a triangle, exactly.
fn doubled_area(a: World, b: World, c: World) -> u128 {
    let difference = |p: u32, q: u32| i128::from(p) - i128::from(q);
    let cross =
        difference(b.x, a.x) * difference(c.y, a.y) - difference(c.x, a.x) * difference(b.y, a.y);
    cross.unsigned_abs()
}

/// The lowest zoom at which an area is at least [`AREA_MIN_UNITS`]. At zoom 20 a world cell is a tile unit.
fn lowest_zoom(doubled_area: u128) -> u8 {
    (0..20)
        .find(|zoom| doubled_area >= (2 * AREA_MIN_UNITS) << (2 * (20 - zoom)))
        .unwrap_or(MAX_ZOOM.min(20))
}

#[cfg(test)]
mod tests {
    use super::*;
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

    proptest! {
        #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn both_neighbours_rank_each_vertex_of_their_border_alike(
            steps in prop::collection::vec((-300.0..300.0f64, 1.0..200.0f64), 3..60), rotate in 0usize..80
        ) {
            let mut y = 0.0;
            let border: Vec<_> = steps.iter().map(|&(x, dy)| { y += dy; (x, y) }).collect();
            let layer = polygons(neighbours(&border, rotate));
            let zooms = lowest_zooms(layer.shapes(), layer.world());
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
        let zooms = lowest_zooms(layer.shapes(), layer.world());
        assert!(zooms[1] > 12, "{zooms:?}");
        assert!(
            [0, 2, 3, 4].iter().all(|&corner| zooms[corner] < 12),
            "{zooms:?}"
        );
        assert_eq!(zooms[0], zooms[5]);
    }
}
