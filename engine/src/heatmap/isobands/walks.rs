//! Segments linked into closed walks, each with one connected piece of the band on its left.

use std::collections::HashMap;

use geo::kernels::{Kernel, Orientation, RobustKernel};
use geo_types::Coord;

use super::nodes::{NONE, Nodes};
use crate::number::narrow;

/// The segments of a band by the node they start from. One after the other, bands share the memory.
pub(super) struct Links<'a> {
    nodes: &'a Nodes,
    segments: Vec<[u32; 2]>,
    /// By node: the first segment that starts there.
    first: Vec<u32>,
    /// By segment: the next one that starts at the same node.
    other: Vec<u32>,
    /// By segment: its walk.
    walk_of: Vec<u32>,
}

/// Simple rings of a band.
#[derive(Default)]
pub(super) struct Walks {
    pub(super) rings: Vec<Ring>,
    /// Number of walks.
    pub(super) count: u32,
}

/// Part of a walk that meets itself nowhere.
pub(super) struct Ring {
    pub(super) walk: u32,
    /// Without the first one again at the end.
    pub(super) nodes: Vec<u32>,
    /// Twice the area in squares of the lattice; positive against the clock, that is around an exterior.
    pub(super) doubled_area: f64,
}

impl<'a> Links<'a> {
    pub(super) fn new(nodes: &'a Nodes) -> Self {
        Self {
            nodes,
            segments: vec![],
            first: vec![NONE; nodes.len()],
            other: vec![],
            walk_of: vec![],
        }
    }

    /// The rings of a band; until [`clear`](Self::clear) its segments can be asked for.
    pub(super) fn walk(&mut self, segments: Vec<[u32; 2]>) -> Walks {
        self.segments = segments;
        self.other = vec![NONE; self.segments.len()];
        self.walk_of = vec![NONE; self.segments.len()];
        (0..self.segments.len()).for_each(|segment| self.link(segment));
        let (mut walks, mut path) = (Walks::default(), vec![]);
        for start in 0..self.segments.len() {
            if self.walk_of[start] == NONE && self.segments[start][0] != NONE {
                path.clear();
                self.follow(start, walks.count, &mut path);
                self.divide(walks.count, &path, &mut walks.rings);
                walks.count += 1;
            }
        }
        walks
    }

    /// Forgets the band.
    pub(super) fn clear(&mut self) {
        for segment in self.segments.drain(..) {
            if segment[0] != NONE {
                self.first[segment[0] as usize] = NONE;
            }
        }
    }

    /// Whether a ring of the band passes the node.
    pub(super) fn has(&self, node: u32) -> bool {
        self.first[node as usize] != NONE
    }

    /// The walk around the piece of the band that lies east of a node of the band.
    pub(super) fn walk_east_of(&self, node: u32) -> u32 {
        let [x, y] = self.nodes.at(node);
        self.walk_of[self.clockwise_from([x + 1.0, y], node) as usize]
    }

    /// Adds a segment, or takes away the one that runs the other way: between them is nothing.
    fn link(&mut self, segment: usize) {
        let [from, to] = self.segments[segment];
        let (mut before, mut back) = (NONE, self.first[to as usize]);
        while back != NONE && self.segments[back as usize][1] != from {
            (before, back) = (back, self.other[back as usize]);
        }
        if back == NONE {
            let first = &mut self.first[from as usize];
            self.other[segment] = std::mem::replace(first, narrow(segment));
            return;
        }
        match before {
            NONE => self.first[to as usize] = self.other[back as usize],
            before => self.other[before as usize] = self.other[back as usize],
        }
        self.segments[back as usize] = [NONE; 2];
        self.segments[segment] = [NONE; 2];
    }

    /// Collects the nodes of a closed walk.
    fn follow(&mut self, start: usize, walk: u32, path: &mut Vec<u32>) {
        let mut segment = narrow(start);
        while segment != NONE && self.walk_of[segment as usize] == NONE {
            self.walk_of[segment as usize] = walk;
            let [from, to] = self.segments[segment as usize];
            path.push(from);
            let next = self.first[to as usize];
            segment = match next == NONE || self.other[next as usize] == NONE {
                true => next,
                false => self.clockwise_from(self.nodes.at(from), to),
            };
        }
    }

    /// The first segment that leaves a node, turning with the clock from the direction of a point: the sharpest left turn
    /// of who comes from there.
    fn clockwise_from(&self, point: [f64; 2], node: u32) -> u32 {
        let at = coord(self.nodes.at(node));
        let end = |segment: u32| coord(self.nodes.at(self.segments[segment as usize][1]));
        let turn = |a, b| <RobustKernel as Kernel<f64>>::orient2d(at, a, b);
        let point = coord(point);
        // 0: less than half a turn, 1: half a turn, 2: more, 3: none, which is a whole one.
        let half = |end| match turn(point, end) {
            Orientation::Clockwise => 0,
            Orientation::CounterClockwise => 2,
            Orientation::Collinear if is_beyond(at, point, end) => 3,
            Orientation::Collinear => 1,
        };
        let mut best = self.first[node as usize];
        let mut segment = best;
        while segment != NONE {
            let (a, b) = (end(segment), end(best));
            let sooner = half(a) < half(b)
                || half(a) == half(b) && turn(b, a) == Orientation::CounterClockwise;
            if sooner {
                best = segment;
            }
            segment = self.other[segment as usize];
        }
        best
    }

    /// Divides a walk where it comes back to a node.
    fn divide(&self, walk: u32, path: &[u32], rings: &mut Vec<Ring>) {
        let mut emit = |nodes: Vec<u32>| {
            let doubled_area = self.doubled_area(&nodes);
            if nodes.len() > 2 && doubled_area != 0.0 {
                rings.push(Ring {
                    walk,
                    nodes,
                    doubled_area,
                });
            }
        };
        let meets = |node: u32| {
            let first = self.first[node as usize];
            first != NONE && self.other[first as usize] != NONE
        };
        let (mut open, mut depths) = (Vec::with_capacity(path.len()), HashMap::new());
        for &node in path {
            if meets(node) {
                if let Some(&depth) = depths.get(&node) {
                    let ring: Vec<u32> = open.drain(depth..).collect();
                    ring.iter().for_each(|node| {
                        depths.remove(node);
                    });
                    emit(ring);
                }
                depths.insert(node, open.len());
            }
            open.push(node);
        }
        emit(open);
    }

    /// The surveyor's formula, from the first node on: far from the origin the products would lose digits.
    fn doubled_area(&self, ring: &[u32]) -> f64 {
        let Some(&first) = ring.first() else {
            return 0.0;
        };
        let origin = self.nodes.at(first);
        let from_first = |node: u32| {
            let at = self.nodes.at(node);
            [at[0] - origin[0], at[1] - origin[1]]
        };
        let mut before = [0.0; 2];
        let mut sum = 0.0;
        for &node in &ring[1..] {
            let at = from_first(node);
            sum += before[0] * at[1] - at[0] * before[1];
            before = at;
        }
        sum
    }
}

fn coord([x, y]: [f64; 2]) -> Coord<f64> {
    Coord { x, y }
}

/// Whether two points on a line through `at` stand on the same side of it.
fn is_beyond(at: Coord<f64>, a: Coord<f64>, b: Coord<f64>) -> bool {
    (a.x - at.x) * (b.x - at.x) + (a.y - at.y) * (b.y - at.y) > 0.0
}
