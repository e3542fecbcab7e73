//! Vertices that nearly meet are brought together, and put into borders that pass by them.
//!
//! Two offices that drew the same border rarely agree to the millimetre, and one of them often leaves out a vertex that lies
//! on a straight stretch. Such borders share no edge, and simplified apart they tear. Only tiles are cut from the result:
//! figures and exports keep the coordinates of the source.

use rayon::prelude::*;

use super::TopologyReport;
use super::edges::{polygon_edges, same_place};
use super::vertices::VertexIndex;
use crate::shapes::{GeometryType, Shapes, ShapesBuilder};
use crate::space::World;

/// How near is the same place, in world cells: a cell is 9 mm at the equator and 8 mm in Santiago, so 7 cm or less.
pub(super) const TOLERANCE_CELLS: u32 = 8;

/// Shapes and vertices with what nearly meets brought together; `None` where nothing had to be moved or added.
pub(super) fn bring_together(
    shapes: &Shapes,
    world: &[World],
    crowded: &[bool],
    report: &mut TopologyReport,
) -> Option<(Shapes, Vec<World>)> {
    let moves = snapped(shapes, world, crowded);
    report.vertices_snapped = moves.len();
    let target = |at: World| match moves.binary_search_by_key(&at, |&(from, _)| from) {
        Ok(found) => moves[found].1,
        Err(_) => at,
    };
    let is_polygon =
        |row: usize| crowded[row] && shapes.geometry_type(row) == GeometryType::Polygon;
    let moved: Option<Vec<World>> = (!moves.is_empty()).then(|| {
        let of_row = |row: usize| {
            let (range, moves) = (shapes.feature_coordinates(row), is_polygon(row));
            range.map(move |at| if moves { target(world[at]) } else { world[at] })
        };
        (0..shapes.len())
            .into_par_iter()
            .flat_map_iter(of_row)
            .collect()
    });
    let inserted = passed_by(shapes, moved.as_deref().unwrap_or(world), crowded);
    report.vertices_inserted = inserted.len();
    if moved.is_none() && inserted.is_empty() {
        return None;
    }
    Some(rebuilt(
        shapes,
        moved.as_deref().unwrap_or(world),
        &inserted,
    ))
}

/// Positions of polygon vertices that lie within the tolerance of a smaller one, and that one; in order.
fn snapped(shapes: &Shapes, world: &[World], crowded: &[bool]) -> Vec<(World, World)> {
    let of_row = |row: usize| {
        let is_wanted = crowded[row] && shapes.geometry_type(row) == GeometryType::Polygon;
        let range = if is_wanted {
            shapes.feature_coordinates(row)
        } else {
            0..0
        };
        range.map(|at| world[at])
    };
    let mut places: Vec<World> = (0..shapes.len())
        .into_par_iter()
        .flat_map_iter(of_row)
        .collect();
    places.par_sort_unstable();
    places.dedup();
    let mut moves: Vec<(World, World)> = vec![];
    let mut first = 0;
    for (position, &at) in places.iter().enumerate() {
        while places[first].x < at.x.saturating_sub(TOLERANCE_CELLS) {
            first += 1;
        }
        let stays = |other: &World| {
            moves
                .binary_search_by_key(other, |&(from, _)| from)
                .is_err()
        };
        let near =
            around(&places[first..position], at).find(|other| is_near(**other, at) && stays(other));
        if let Some(&other) = near {
            moves.push((at, other));
        }
    }
    moves
}

/// Of places in order, those in the columns and rows within the tolerance, column by column: a border along a meridian has
/// all its places in few columns.
fn around(places: &[World], at: World) -> impl Iterator<Item = &World> {
    let reach = |from: u32| {
        (
            from.saturating_sub(TOLERANCE_CELLS),
            from.saturating_add(TOLERANCE_CELLS),
        )
    };
    let ((west, _), (north, south)) = (reach(at.x), reach(at.y));
    let columns = (west..=at.x).take(if places.is_empty() { 0 } else { usize::MAX });
    columns.flat_map(move |x| {
        let first = places.partition_point(|place| *place < World { x, y: north });
        let column = places[first..].iter();
        column.take_while(move |place| place.x == x && place.y <= south)
    })
}

fn is_near(a: World, b: World) -> bool {
    let (dx, dy) = (u64::from(a.x.abs_diff(b.x)), u64::from(a.y.abs_diff(b.y)));
    let reach = u64::from(TOLERANCE_CELLS);
    dy <= reach && dx * dx + dy * dy <= reach * reach
}

/// A vertex that a stretch passes by: both ends of the stretch, smaller first, and the vertex.
type Passed = (World, World, World);

/// Vertices of polygons that lie within the tolerance of a stretch that only one polygon has.
fn passed_by(shapes: &Shapes, world: &[World], crowded: &[bool]) -> Vec<Passed> {
    let edges = polygon_edges(shapes, world, |row| crowded[row]);
    let single: Vec<(World, World)> = edges
        .chunk_by(same_place)
        .filter(|group| group.len() == 1)
        .map(|group| (group[0].low, group[0].high))
        .collect();
    drop(edges);
    if single.is_empty() {
        return vec![];
    }
    let index = VertexIndex::build(shapes, world, crowded);
    let near = |&(low, high): &(World, World)| {
        let mut found: Vec<Passed> = vec![];
        let reach = TOLERANCE_CELLS;
        let window = [
            low.x.min(high.x).saturating_sub(reach),
            low.y.min(high.y).saturating_sub(reach),
            low.x.max(high.x).saturating_add(reach),
            low.y.max(high.y).saturating_add(reach),
        ];
        index.near(window, |vertex| {
            let at = world[vertex];
            if lies_along(low, high, at) {
                found.push((low, high, at));
            }
        });
        found.sort_unstable();
        found.dedup();
        found
    };
    let mut passed: Vec<Passed> = single.par_iter().flat_map_iter(near).collect();
    passed.par_sort_unstable();
    passed
}

/// Whether a vertex lies within the tolerance of a stretch, between its ends and away from both.
fn lies_along(low: World, high: World, at: World) -> bool {
    if is_near(low, at) || is_near(high, at) {
        return false;
    }
    let run = |from: World, to: World| {
        [
            i128::from(to.x) - i128::from(from.x),
            i128::from(to.y) - i128::from(from.y),
        ]
    };
    let (along, to) = (run(low, high), run(low, at));
    let length_squared = along[0] * along[0] + along[1] * along[1];
    let (dot, cross) = (
        along[0] * to[0] + along[1] * to[1],
        along[0] * to[1] - along[1] * to[0],
    );
    let reach = i128::from(TOLERANCE_CELLS);
    dot > 0 && dot < length_squared && cross * cross <= reach * reach * length_squared
}

/// The shapes with the vertices put in along the way, and positions that repeat left out.
fn rebuilt(shapes: &Shapes, world: &[World], inserted: &[Passed]) -> (Shapes, Vec<World>) {
    let mut builder = ShapesBuilder::default();
    let mut ring: Vec<World> = vec![];
    for row in 0..shapes.len() {
        builder.start_feature(shapes.geometry_type(row));
        let is_polygon = shapes.geometry_type(row) == GeometryType::Polygon;
        for part in shapes.parts(row) {
            builder.start_part();
            for own in shapes.rings(part) {
                builder.start_ring();
                ring.clear();
                ring.extend_from_slice(&world[shapes.coordinates(own)]);
                if is_polygon {
                    ring = with_passed(&ring, inserted);
                }
                ring.iter()
                    .for_each(|at| builder.coordinate(f64::from(at.x), f64::from(at.y)));
            }
        }
    }
    let (shapes, places) = builder.build();
    let world = places
        .into_par_iter()
        .map(|[x, y]| World {
            x: crate::number::cell(x),
            y: crate::number::cell(y),
        })
        .collect();
    (shapes, world)
}

fn with_passed(ring: &[World], inserted: &[Passed]) -> Vec<World> {
    let mut whole: Vec<World> = Vec::with_capacity(ring.len());
    for (position, &at) in ring.iter().enumerate() {
        if whole.last() != Some(&at) {
            whole.push(at);
        }
        let Some(&next) = ring.get(position + 1) else {
            break;
        };
        let (low, high) = if at < next { (at, next) } else { (next, at) };
        let start = inserted.partition_point(|passed| (passed.0, passed.1) < (low, high));
        let on_way = inserted[start..]
            .iter()
            .take_while(|passed| (passed.0, passed.1) == (low, high));
        let mut on_way: Vec<World> = on_way.map(|passed| passed.2).collect();
        let along = |place: &World| {
            let step = |from: u32, to: u32| i128::from(to) - i128::from(from);
            step(at.x, place.x) * step(at.x, next.x) + step(at.y, place.y) * step(at.y, next.y)
        };
        on_way.sort_by_key(along);
        whole.extend(on_way);
    }
    // A ring that shrinks to nothing keeps its places, so that every ring still is one.
    match whole.len() < 4 {
        true => ring.to_vec(),
        false => whole,
    }
}

#[cfg(test)]
mod tests {
    use crate::layer::tests_support::polygons;
    use geo_types::polygon;

    /// Two squares side by side; the right one starts `gap` metres further east and has a vertex halfway up the border.
    fn squares(gap: f64) -> crate::layer::Layer {
        let left = polygon![(x: 0.0, y: 0.0), (x: 100.0, y: 0.0), (x: 100.0, y: 100.0), (x: 0.0, y: 100.0)];
        let edge = 100.0 + gap;
        let right = polygon![(x: edge, y: 0.0), (x: 200.0, y: 0.0), (x: 200.0, y: 100.0), (x: edge, y: 100.0), (x: edge, y: 50.0)];
        polygons(vec![left, right])
    }

    #[test]
    fn a_border_drawn_twice_with_a_vertex_left_out_becomes_one() {
        let report = squares(0.03).topology_report();
        assert_eq!((report.vertices_snapped, report.vertices_inserted), (2, 1));
        assert_eq!((report.edges_shared, report.edges_single), (2, 6));
        assert_eq!(report.junctions, 2);
    }

    #[test]
    fn a_street_stays_a_street() {
        let report = squares(5.0).topology_report();
        assert_eq!((report.vertices_snapped, report.vertices_inserted), (0, 0));
        assert_eq!(report.edges_shared, 0);
    }

    #[test]
    fn borders_that_agree_are_not_touched() {
        let report = squares(0.0).topology_report();
        assert_eq!((report.vertices_snapped, report.vertices_inserted), (0, 1));
    }
}
