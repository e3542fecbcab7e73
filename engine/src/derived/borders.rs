//! Each border between territories once, as a line between junctions, with who lies on either side.
//!
//! The lines are made of the vertices that the polygons are drawn with, and keep the importance that these have there (see
//! [`topology`](crate::topology)): a border runs along the edges of the polygons at every zoom. They are cut where the rings
//! are cut, at vertices with other than two different neighbours.

use std::collections::HashSet;

use rayon::prelude::*;

use super::{BORDERS, titled};
use crate::column::{Column, Text, Value};
use crate::layer::{Layer, LayerParts};
use crate::number::narrow;
use crate::shapes::{GeometryType, Shapes, ShapesBuilder};
use crate::space::{LonLat, Projection, World, doubled_area};
use crate::title::Title;

/// The territories to the left and to the right of a line, by row; none outside.
pub(crate) type Sides = [Option<u32>; 2];

/// What a border divides: the id of the coarsest level whose territories differ there, and how coarse it is, 1 for the
/// outline of everything.
pub(crate) type Divides<'a> = (&'a str, i64);

/// The borders of a layer of polygons, the one that draws the level `of`.
///
/// Each line has the territory with the lower row to its left; what lies outside is always on the right. Where polygons
/// overlap, the first counts. Attributes: `left`, `right` (keys, null outside), `level` and `rank` as `divides` tells them.
///
/// Cost O(v log v) in coordinates, sorted on all threads.
pub(crate) fn borders<'a>(
    base: &Layer,
    of: &str,
    title: &Title,
    projection: &dyn Projection,
    divides: impl Fn(Sides) -> Divides<'a>,
) -> Layer {
    let mut arcs = Edges::of(base).arcs();
    arcs.sort_by_key(|arc| arc.sides.map(|row| row.unwrap_or(u32::MAX)));
    let (_, world, zooms) = drawn(base);
    let vertices: Vec<usize> = arcs
        .iter()
        .flat_map(|arc| &arc.line)
        .map(|&at| at as usize)
        .collect();
    let lonlat: Vec<LonLat> = vertices.iter().map(|&at| world[at].to_lonlat()).collect();
    let metric = projection.to_metric(&lonlat);
    let mut shapes = ShapesBuilder::default();
    let mut places = metric.iter();
    for arc in &arcs {
        shapes.start_feature(GeometryType::Line);
        shapes.start_part();
        shapes.start_ring();
        for at in places.by_ref().take(arc.line.len()) {
            shapes.coordinate(at.x_m, at.y_m);
        }
    }
    let side = |number: usize| {
        let key = move |arc: &Arc| match arc.sides[number] {
            Some(row) => Value::Text(base.key(row as usize)),
            None => Value::Null,
        };
        arcs.iter().map(key)
    };
    let divided = || arcs.iter().map(|arc| divides(arc.sides));
    let parts = LayerParts {
        id: format!("{of}{BORDERS}"),
        title: titled(title, of, ["límites", "borders"]),
        keys: keys(base, &arcs),
        names: Some(arcs.iter().map(|arc| name(base, arc.sides)).collect()),
        columns: vec![
            Column::new("left", side(0)),
            Column::new("right", side(1)),
            Column::new("level", divided().map(|(level, _)| Value::Text(level))),
            Column::new("rank", divided().map(|(_, rank)| Value::Integer(rank))),
        ],
        shapes: shapes.build().0,
        lonlat,
        metric,
    };
    let lines = Layer::new(parts);
    let lines = lines.expect("keys are made different, and coordinates counted as they are added");
    let shown_from = |arc: &Arc| {
        // Ends are shown at every zoom, so that borders meet.
        let mut own: Vec<u8> = arc.line.iter().map(|&at| zooms[at as usize]).collect();
        let last = own.len() - 1;
        (own[0], own[last]) = (0, 0);
        own
    };
    lines.with_importance(arcs.iter().flat_map(shown_from).collect())
}

/// What the polygons are drawn from: shapes, vertices, and the lowest zoom that shows each.
fn drawn(base: &Layer) -> (&Shapes, &[World], &[u8]) {
    let drawn = base.drawn();
    (drawn.shapes, drawn.world, drawn.zooms)
}

/// `left|right`, and from the second line between the same two on with a number.
fn keys(base: &Layer, arcs: &[Arc]) -> Text {
    let mut taken = HashSet::new();
    let mut keys = Text::default();
    let mut before = ([None; 2], 0usize);
    for arc in arcs {
        let pair = arc
            .sides
            .map(|row| row.map_or("", |row| base.key(row as usize)));
        let mut number = if before.0 == arc.sides { before.1 } else { 0 };
        // Keys may have a bar or a hash of their own in them.
        let key = loop {
            number += 1;
            let key = match number {
                1 => pair.join("|"),
                _ => format!("{}#{number}", pair.join("|")),
            };
            if taken.insert(key.clone()) {
                break key;
            }
        };
        before = (arc.sides, number);
        keys.push(&key);
    }
    keys
}

fn name(base: &Layer, sides: Sides) -> String {
    let names = sides.into_iter().flatten();
    let names: Vec<&str> = names.map(|row| base.name(row as usize)).collect();
    names.join(" – ")
}

/// A border from junction to junction.
#[derive(Debug)]
struct Arc {
    /// Positions among the vertices that are drawn.
    line: Vec<u32>,
    sides: Sides,
}

/// One piece of an outline between two vertices, seen from the smaller to the larger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Piece {
    ends: [World; 2],
    row: u32,
    /// Whether the territory lies on the right.
    is_right: bool,
    /// Positions of the ends among the vertices that are drawn.
    at: [u32; 2],
}

/// An edge of the coverage, each once.
#[derive(Clone, Copy, Debug)]
struct Edge {
    ends: [World; 2],
    at: [u32; 2],
    sides: Sides,
}

impl Edge {
    /// Whether it divides anything; a territory that touches itself there has no border.
    fn is_border(&self) -> bool {
        self.sides[0] != self.sides[1]
    }

    /// What lies on either side when it is walked from its end number `from`.
    fn sides_from(&self, from: usize) -> Sides {
        match from {
            0 => self.sides,
            _ => [self.sides[1], self.sides[0]],
        }
    }
}

/// The edges of a coverage in the order of their ends, and which of them meet where.
#[derive(Debug)]
struct Edges<'a> {
    /// The lowest zoom that shows each vertex.
    zooms: &'a [u8],
    edges: Vec<Edge>,
    /// Each end of each edge: where it is, which edge, which of its ends. In the order of the places.
    ends: Vec<(World, u32, u8)>,
}

impl<'a> Edges<'a> {
    fn of(base: &'a Layer) -> Self {
        let zooms = drawn(base).2;
        let mut pieces: Vec<Piece> = (0..base.len())
            .into_par_iter()
            .flat_map_iter(|row| pieces(base, row))
            .collect();
        pieces.par_sort_unstable();
        let edge = |same: &[Piece]| {
            let on = |is_right| {
                let mut rows = same.iter().filter(|piece| piece.is_right == is_right);
                rows.next().map(|piece| piece.row)
            };
            Edge {
                ends: same[0].ends,
                at: same[0].at,
                sides: [on(false), on(true)],
            }
        };
        let edges: Vec<Edge> = pieces.chunk_by(|a, b| a.ends == b.ends).map(edge).collect();
        let both =
            |(number, edge): (u32, &Edge)| [(edge.ends[0], number, 0), (edge.ends[1], number, 1)];
        let mut ends: Vec<_> = (0u32..).zip(&edges).flat_map(both).collect();
        ends.par_sort_unstable();
        Self { zooms, edges, ends }
    }

    /// The ends of edges at a vertex.
    fn meeting(&self, at: World) -> &[(World, u32, u8)] {
        let start = self.ends.partition_point(|end| end.0 < at);
        let count = self.ends[start..].iter().take_while(|end| end.0 == at);
        &self.ends[start..start + count.count()]
    }

    /// All borders: first those from junctions, then the rings without one, each from its smallest vertex.
    fn arcs(&self) -> Vec<Arc> {
        let mut walked = vec![false; self.edges.len()];
        let mut arcs = vec![];
        let from_cuts = self
            .ends
            .chunk_by(|a, b| a.0 == b.0)
            .filter(|meeting| self.onward(meeting).is_none())
            .flatten();
        // Of a ring, the smallest vertex is the lower end of its first edge.
        let rest = (0u32..).zip(&self.edges);
        let rest = rest.map(|(number, edge)| (edge.ends[0], number, 0u8));
        for (_, number, from) in from_cuts.copied().chain(rest) {
            let is_new = !walked[number as usize] && self.edges[number as usize].is_border();
            if is_new {
                arcs.push(self.walk(number, usize::from(from), &mut walked));
            }
        }
        arcs
    }

    /// The two edges of a vertex where a border goes on: two meet, and the same lies on either side of both.
    fn onward(&self, meeting: &[(World, u32, u8)]) -> Option<[(u32, usize); 2]> {
        let [(_, a, a_end), (_, b, b_end)] = *meeting else {
            return None;
        };
        let (a_end, b_end) = (usize::from(a_end), usize::from(b_end));
        let into = self.edges[a as usize].sides_from(1 - a_end);
        let out = self.edges[b as usize].sides_from(b_end);
        (into == out).then_some([(a, a_end), (b, b_end)])
    }

    /// Follows a border from one end of an edge to the next cut, or once round.
    fn walk(&self, first: u32, from: usize, walked: &mut [bool]) -> Arc {
        let (mut number, mut from) = (first, from);
        let start = self.edges[first as usize];
        let mut line = vec![start.at[from]];
        let sides = start.sides_from(from);
        loop {
            let edge = &self.edges[number as usize];
            walked[number as usize] = true;
            let next = self.onward(self.meeting(edge.ends[1 - from]));
            let next = next.map(|pair| {
                if pair[0].0 == number {
                    pair[1]
                } else {
                    pair[0]
                }
            });
            let reached = edge.at[1 - from];
            match next {
                Some((next, end)) if !walked[next as usize] => {
                    // A vertex that stands twice in a row has its importance once.
                    let again = self.edges[next as usize].at[end];
                    let zoom = |at: &u32| self.zooms[*at as usize];
                    line.extend([reached, again].into_iter().min_by_key(zoom));
                    (number, from) = (next, end);
                }
                _ => {
                    line.push(reached);
                    break;
                }
            }
        }
        let turn = sides.map(|row| row.unwrap_or(u32::MAX));
        if turn[0] < turn[1] {
            return Arc { line, sides };
        }
        line.reverse();
        Arc {
            line,
            sides: [sides[1], sides[0]],
        }
    }
}

/// The outline of one feature in pieces.
fn pieces(base: &Layer, row: usize) -> Vec<Piece> {
    let (shapes, world, _) = drawn(base);
    let mut found = vec![];
    if shapes.geometry_type(row) != GeometryType::Polygon {
        return found;
    }
    for part in shapes.parts(row) {
        for (position, ring) in shapes.rings(part).enumerate() {
            let range = shapes.coordinates(ring);
            // Rows of the grid count southwards, so a positive area runs clockwise on the map: the ring's inside is on
            // the right. An interior ring has the territory outside.
            let is_clockwise = doubled_area(&world[range.clone()]) > 0;
            let is_right = is_clockwise == (position == 0);
            let Some(last) = range.end.checked_sub(1) else {
                continue;
            };
            for at in range.start..last {
                let ends = [world[at], world[at + 1]];
                let at = [narrow(at), narrow(at + 1)];
                let piece = match ends[0].cmp(&ends[1]) {
                    std::cmp::Ordering::Equal => continue,
                    std::cmp::Ordering::Less => (ends, at, is_right),
                    std::cmp::Ordering::Greater => ([ends[1], ends[0]], [at[1], at[0]], !is_right),
                };
                found.push(Piece {
                    ends: piece.0,
                    row: narrow(row),
                    is_right: piece.2,
                    at: piece.1,
                });
            }
        }
    }
    found
}
