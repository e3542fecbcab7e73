//! A geometry of one dimension as edges, or as points.

use std::collections::HashMap;

use geo_types::Coord;

use super::edges::{Edge, side};
use super::matrix::Place;
use super::{box_covers, envelope};
use crate::shapes::{GeometryType, Shapes};

/// What a geometry is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Dimension {
    Points,
    Lines,
    Areas,
}

/// A coordinate that can be looked up: its bits, with one zero.
pub(super) type Key = [u64; 2];

pub(super) fn key(at: Coord<f64>) -> Key {
    [(at.x + 0.0).to_bits(), (at.y + 0.0).to_bits()]
}

/// A line or a ring.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chain {
    pub(super) start: Coord<f64>,
    /// Whether the area is on the left of its edges; for rings.
    pub(super) is_left: bool,
}

/// Points, lines or areas with what relations need of them.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    pub(super) dimension: Dimension,
    pub(super) envelope: [f64; 4],
    pub(super) points: Vec<Coord<f64>>,
    pub(super) edges: Vec<Edge>,
    pub(super) chains: Vec<Chain>,
    /// How many lines end at a place. It is of the boundary where the number is odd (OGC 06-103r4 §6.1.7.1).
    ends: HashMap<Key, (Coord<f64>, usize)>,
}

impl Figure {
    fn empty(dimension: Dimension, envelope: [f64; 4]) -> Self {
        Self {
            dimension,
            envelope,
            points: vec![],
            edges: vec![],
            chains: vec![],
            ends: HashMap::new(),
        }
    }

    /// Points; `None` without any.
    pub(crate) fn of_points(points: Vec<Coord<f64>>) -> Option<Self> {
        let envelope = envelope(points.iter().copied())?;
        Some(Self {
            points,
            ..Self::empty(Dimension::Points, envelope)
        })
    }

    /// Lines; points where none of them has a length, `None` without any coordinate.
    pub(crate) fn of_lines<L>(lines: impl Iterator<Item = L> + Clone) -> Option<Self>
    where
        L: Iterator<Item = Coord<f64>> + Clone,
    {
        let envelope = envelope(lines.clone().flatten())?;
        let mut figure = Self::empty(Dimension::Lines, envelope);
        for line in lines.clone() {
            let Some((first, last)) = figure.chain(line, false) else {
                continue;
            };
            for end in [first, last] {
                figure.ends.entry(key(end)).or_insert((end, 0)).1 += 1;
            }
        }
        if figure.edges.is_empty() {
            return Self::of_points(lines.filter_map(|mut line| line.next()).collect());
        }
        Some(figure)
    }

    /// Areas out of rings, which come with whether they are exteriors; `None` without any coordinate.
    pub(crate) fn of_areas<R>(rings: impl Iterator<Item = (bool, R)> + Clone) -> Option<Self>
    where
        R: Iterator<Item = Coord<f64>> + Clone,
    {
        let envelope = envelope(rings.clone().flat_map(|(_, ring)| ring))?;
        let mut figure = Self::empty(Dimension::Areas, envelope);
        for (is_exterior, ring) in rings {
            let first = figure.edges.len();
            figure.chain(ring, false);
            let is_left = is_counter_clockwise(&figure.edges[first..]) == is_exterior;
            if let Some(chain) = figure
                .chains
                .last_mut()
                .filter(|_| figure.edges.len() > first)
            {
                chain.is_left = is_left;
            }
        }
        Some(figure)
    }

    /// A feature of a layer; `None` where it has no geometry.
    pub(crate) fn of_feature(
        shapes: &Shapes,
        row: usize,
        at: impl Fn(usize) -> Coord<f64> + Copy,
    ) -> Option<Self> {
        let ring = |ring| shapes.coordinates(ring).map(at);
        match shapes.geometry_type(row) {
            GeometryType::None => None,
            GeometryType::Point => {
                Self::of_points(shapes.feature_coordinates(row).map(at).collect())
            }
            GeometryType::Line => Self::of_lines(shapes.feature_rings(row).map(ring)),
            GeometryType::Polygon => Self::of_areas(shapes.parts(row).flat_map(|part| {
                let rings = shapes.rings(part);
                let first = rings.start;
                rings.map(move |number| (number == first, ring(number)))
            })),
        }
    }

    /// Adds a line or ring without the vertices that repeat; its ends, `None` where nothing is left.
    fn chain(
        &mut self,
        line: impl Iterator<Item = Coord<f64>>,
        is_left: bool,
    ) -> Option<(Coord<f64>, Coord<f64>)> {
        let number = self.chains.len();
        let mut line = line.peekable();
        let start = *line.peek()?;
        let mut from = start;
        for to in line {
            if to != from {
                let chain = number;
                self.edges.push(Edge { from, to, chain });
                from = to;
            }
        }
        let has_edges = self.edges.last().is_some_and(|edge| edge.chain == number);
        has_edges.then(|| {
            self.chains.push(Chain { start, is_left });
            (start, from)
        })
    }

    /// The ends of lines that are of the boundary.
    pub(super) fn boundary_ends(&self) -> impl Iterator<Item = Coord<f64>> {
        let odd = self.ends.values().filter(|(_, lines)| lines % 2 == 1);
        odd.map(|(at, _)| *at)
    }

    pub(super) fn is_boundary_end(&self, at: Coord<f64>) -> bool {
        self.ends
            .get(&key(at))
            .is_some_and(|(_, lines)| lines % 2 == 1)
    }

    /// Where `at` is, as far as `edges` tell: those that touch the box from `at` to the right end of the envelope.
    pub(super) fn place<'e>(&self, at: Coord<f64>, edges: impl Iterator<Item = &'e Edge>) -> Place {
        if self.dimension == Dimension::Points {
            return match self.points.contains(&at) {
                true => Place::Interior,
                false => Place::Exterior,
            };
        }
        if !box_covers(self.envelope, [at.x, at.y, at.x, at.y]) {
            return Place::Exterior;
        }
        let mut is_inside = false;
        for edge in edges {
            if edge.has(at) {
                let is_inner = self.dimension == Dimension::Lines && !self.is_boundary_end(at);
                return if is_inner {
                    Place::Interior
                } else {
                    Place::Boundary
                };
            }
            is_inside ^= crosses_ray(edge, at);
        }
        match self.dimension == Dimension::Areas && is_inside {
            true => Place::Interior,
            false => Place::Exterior,
        }
    }
}

/// Whether the ray from `at` to the right crosses the edge, which `at` is not on: an edge has its lower end only.
fn crosses_ray(edge: &Edge, at: Coord<f64>) -> bool {
    let (from, to) = (edge.from, edge.to);
    if (from.y > at.y) == (to.y > at.y) {
        return false;
    }
    let (low, high) = if from.y < to.y {
        (from, to)
    } else {
        (to, from)
    };
    side(low, high, at) > 0
}

/// The turn of a ring at its lowest leftmost vertex, exactly.
fn is_counter_clockwise(edges: &[Edge]) -> bool {
    let lowest = (0..edges.len()).min_by(|&a, &b| {
        let (a, b) = (edges[a].to, edges[b].to);
        a.y.total_cmp(&b.y).then(a.x.total_cmp(&b.x))
    });
    lowest.is_some_and(|corner| {
        let (before, after) = (edges[corner], edges[(corner + 1) % edges.len()]);
        side(before.from, before.to, after.to) > 0
    })
}
