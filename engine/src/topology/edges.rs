//! The stretches between two vertices, who has them, and the vertices where borders meet.

use rayon::prelude::*;

use super::{TopologyReport, is_drawn};
use crate::number::narrow;
use crate::shapes::{GeometryType, Shapes};
use crate::space::World;

/// A stretch of a ring between two vertices, by its smaller end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Edge {
    /// The smaller end.
    pub(crate) low: World,
    /// The larger end.
    pub(crate) high: World,
    /// The feature whose ring it is.
    pub(crate) row: u32,
    /// Whether the ring goes from the smaller end to the larger.
    pub(crate) rises: bool,
}

/// All stretches of the polygons that `wanted` names, equal ones beside each other.
pub(crate) fn polygon_edges(
    shapes: &Shapes,
    world: &[World],
    wanted: impl Fn(usize) -> bool + Sync,
) -> Vec<Edge> {
    let of_row = |row: usize| {
        let rings = match wanted(row) && shapes.geometry_type(row) == GeometryType::Polygon {
            true => shapes.feature_rings(row),
            false => 0..0,
        };
        rings.flat_map(move |ring| {
            let pairs = world[shapes.coordinates(ring)].windows(2);
            pairs
                .filter(|pair| pair[0] != pair[1])
                .map(move |pair| edge(narrow(row), pair[0], pair[1]))
        })
    };
    let mut edges: Vec<Edge> = (0..shapes.len())
        .into_par_iter()
        .flat_map_iter(of_row)
        .collect();
    edges.par_sort_unstable();
    edges
}

fn edge(row: u32, from: World, to: World) -> Edge {
    let rises = from < to;
    let (low, high) = if rises { (from, to) } else { (to, from) };
    Edge {
        low,
        high,
        row,
        rises,
    }
}

/// Whether two stretches lie between the same vertices.
pub(crate) fn same_place(a: &Edge, b: &Edge) -> bool {
    a.low == b.low && a.high == b.high
}

/// Whether each coordinate is a junction or the end of a line, among the features that are `crowded`; the others have none.
pub(super) fn junctions(
    shapes: &Shapes,
    world: &[World],
    crowded: &[bool],
    report: &mut TopologyReport,
) -> Vec<bool> {
    count_edges(&polygon_edges(shapes, world, |row| crowded[row]), report);
    let mut neighbours: Vec<(World, World)> = (0..shapes.len())
        .into_par_iter()
        .flat_map_iter(|row| pairs(shapes, world, row, crowded[row]))
        .collect();
    neighbours.par_sort_unstable();
    neighbours.dedup();
    let meeting: Vec<World> = neighbours
        .chunk_by(|a, b| a.0 == b.0)
        .filter(|group| group.len() != 2)
        .map(|group| group[0].0)
        .collect();
    report.junctions = meeting.len();
    let of_row = |row: usize| {
        let (range, meeting) = (shapes.feature_coordinates(row), &meeting);
        let is_crowded = crowded[row];
        range.map(move |at| is_crowded && meeting.binary_search(&world[at]).is_ok())
    };
    (0..shapes.len())
        .into_par_iter()
        .flat_map_iter(of_row)
        .collect()
}

fn count_edges(edges: &[Edge], report: &mut TopologyReport) {
    for group in edges.chunk_by(same_place) {
        match group {
            [_] => report.edges_single += 1,
            [a, b] if a.rises != b.rises => report.edges_shared += 1,
            _ => report.edges_crowded += 1,
        }
    }
}

/// Every vertex of a feature's rings and lines with each vertex beside it.
fn pairs(shapes: &Shapes, world: &[World], row: usize, is_crowded: bool) -> Vec<(World, World)> {
    if !is_crowded || !is_drawn(shapes, row) {
        return vec![];
    }
    let stretches = shapes
        .feature_rings(row)
        .flat_map(|ring| world[shapes.coordinates(ring)].windows(2));
    stretches
        .filter(|pair| pair[0] != pair[1])
        .flat_map(|pair| [(pair[0], pair[1]), (pair[1], pair[0])])
        .collect()
}
