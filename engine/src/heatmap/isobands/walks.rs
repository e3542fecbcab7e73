//! Segments linked into closed walks, each with one connected piece of the band on its left.

use std::collections::HashMap;
use std::ops::Range;

use geo::kernels::{Kernel, Orientation, RobustKernel};
use geo_types::Coord;

use super::nodes::{NONE, Nodes};
use crate::number::narrow;

/// What a link to several nodes has: the rest is its place in the list of fans.
const FAN: u32 = 1 << 30;

/// The segments of a band by the node they start from. One after the other, bands share the memory.
pub(super) struct Links<'a> {
    nodes: &'a Nodes,
    links: Vec<Link>,
    /// Nodes that several segments leave.
    fans: Vec<Vec<Link>>,
}

/// A way on from a node.
#[derive(Clone, Copy)]
struct Link {
    to: u32,
    walk: u32,
}

const NO_LINK: Link = Link {
    to: NONE,
    walk: NONE,
};

/// Simple rings of a band.
#[derive(Default)]
pub(super) struct Walks {
    pub(super) rings: Vec<Ring>,
    /// Number of walks.
    pub(super) count: u32,
    nodes: Vec<u32>,
}

/// Part of a walk that meets itself nowhere.
pub(super) struct Ring {
    pub(super) walk: u32,
    nodes: Range<usize>,
    /// Twice the area in squares of the lattice; positive against the clock, that is around an exterior.
    pub(super) doubled_area: f64,
}

impl Walks {
    /// The nodes of a ring, without the first one again at the end.
    pub(super) fn nodes(&self, ring: &Ring) -> &[u32] {
        &self.nodes[ring.nodes.clone()]
    }

    /// Adds a ring, if it has an area.
    fn push(&mut self, nodes: &Nodes, ring: &[u32]) {
        let doubled_area = doubled_area(nodes, ring);
        if ring.len() > 2 && doubled_area != 0.0 {
            let start = self.nodes.len();
            self.nodes.extend_from_slice(ring);
            self.rings.push(Ring {
                walk: self.count,
                nodes: start..self.nodes.len(),
                doubled_area,
            });
        }
    }
}

impl<'a> Links<'a> {
    pub(super) fn new(nodes: &'a Nodes) -> Self {
        Self {
            nodes,
            links: vec![NO_LINK; nodes.len()],
            fans: vec![],
        }
    }

    /// The rings of a band; until [`clear`](Self::clear) its segments can be asked for.
    pub(super) fn walk(&mut self, segments: impl Iterator<Item = [u32; 2]> + Clone) -> Walks {
        for [from, to] in segments.clone() {
            // Between a segment and one that runs the other way is nothing.
            if !(self.nodes.meet() && self.remove(to, from)) {
                self.add(from, to);
            }
        }
        let (mut walks, mut path) = (Walks::default(), vec![]);
        for [start, _] in segments {
            while let Some(way) = self.unused(start) {
                path.clear();
                if self.follow(start, way, walks.count, &mut path) {
                    self.divide(&path, &mut walks);
                } else {
                    walks.push(self.nodes, &path);
                }
                walks.count += 1;
            }
        }
        walks
    }

    /// Forgets a band.
    pub(super) fn clear(&mut self, segments: impl Iterator<Item = [u32; 2]>) {
        for [from, _] in segments {
            self.links[self.nodes.slot(from)] = NO_LINK;
        }
        self.fans.clear();
    }

    /// Whether a ring of the band passes the node.
    pub(super) fn has(&self, node: u32) -> bool {
        !self.ways(node).is_empty()
    }

    /// The walk around the piece of the band that lies east of a node of the band.
    pub(super) fn walk_east_of(&self, node: u32) -> u32 {
        let [x, y] = self.nodes.at(node);
        let way = self.clockwise_from([x + 1.0, y], node);
        self.ways(node)[way].walk
    }

    /// All ways on from a node.
    fn ways(&self, node: u32) -> &[Link] {
        let link = &self.links[self.nodes.slot(node)];
        match link.to {
            NONE => &[],
            to if is_fan(to) => &self.fans[(to & !FAN) as usize],
            _ => std::slice::from_ref(link),
        }
    }

    fn ways_mut(&mut self, node: u32) -> &mut [Link] {
        let link = &mut self.links[self.nodes.slot(node)];
        match link.to {
            NONE => &mut [],
            to if is_fan(to) => &mut self.fans[(to & !FAN) as usize],
            _ => std::slice::from_mut(link),
        }
    }

    fn add(&mut self, from: u32, to: u32) {
        let link = &mut self.links[self.nodes.slot(from)];
        let added = Link { to, walk: NONE };
        match link.to {
            NONE => *link = added,
            to if is_fan(to) => self.fans[(to & !FAN) as usize].push(added),
            _ => {
                self.fans.push(vec![*link, added]);
                link.to = FAN | narrow(self.fans.len() - 1);
            }
        }
    }

    /// Removes a segment; false if there is none.
    fn remove(&mut self, from: u32, to: u32) -> bool {
        let Some(way) = self.ways(from).iter().position(|link| link.to == to) else {
            return false;
        };
        let link = &mut self.links[self.nodes.slot(from)];
        if is_fan(link.to) {
            let fan = &mut self.fans[(link.to & !FAN) as usize];
            fan.remove(way);
            if let [last] = fan[..] {
                *link = last;
            }
        } else {
            *link = NO_LINK;
        }
        true
    }

    /// A way on from a node that no walk has taken.
    fn unused(&self, node: u32) -> Option<usize> {
        self.ways(node).iter().position(|link| link.walk == NONE)
    }

    /// Collects the nodes of a closed walk; true where it passes a node that several segments leave.
    fn follow(&mut self, start: u32, mut way: usize, walk: u32, path: &mut Vec<u32>) -> bool {
        let (mut node, mut meets) = (start, false);
        loop {
            let ways = self.ways_mut(node);
            meets |= ways.len() > 1;
            let Some(link) = ways.get_mut(way).filter(|link| link.walk == NONE) else {
                return meets;
            };
            link.walk = walk;
            let to = link.to;
            path.push(node);
            way = match self.ways(to).len() {
                0 | 1 => 0,
                _ => self.clockwise_from(self.nodes.at(node), to),
            };
            node = to;
        }
    }

    /// The first way on from a node, turning with the clock from the direction of a point: the sharpest left turn of who
    /// comes from there.
    fn clockwise_from(&self, point: [f64; 2], node: u32) -> usize {
        let ways = self.ways(node);
        let at = coord(self.nodes.at(node));
        let end = |way: usize| coord(self.nodes.at(ways[way].to));
        let turn = |a, b| <RobustKernel as Kernel<f64>>::orient2d(at, a, b);
        let point = coord(point);
        // Quarters of the way round: less than half a turn, half a turn, more, and all around for the direction itself.
        let quarter = |end| match turn(point, end) {
            Orientation::Clockwise => 0,
            Orientation::Collinear if !is_same_side(at, point, end) => 1,
            Orientation::CounterClockwise => 2,
            Orientation::Collinear => 3,
        };
        let is_sooner = |a, b| {
            quarter(a) < quarter(b)
                || quarter(a) == quarter(b) && turn(b, a) == Orientation::CounterClockwise
        };
        let sooner = |best, way| {
            if is_sooner(end(way), end(best)) {
                way
            } else {
                best
            }
        };
        (1..ways.len()).fold(0, sooner)
    }

    /// Divides a walk where it comes back to a node.
    fn divide(&self, path: &[u32], walks: &mut Walks) {
        let (mut open, mut depths) = (Vec::with_capacity(path.len()), HashMap::new());
        for &node in path {
            if self.ways(node).len() > 1 {
                if let Some(&depth) = depths.get(&node) {
                    walks.push(self.nodes, &open[depth..]);
                    for node in open.drain(depth..) {
                        depths.remove(&node);
                    }
                }
                depths.insert(node, open.len());
            }
            open.push(node);
        }
        walks.push(self.nodes, &open);
    }
}

fn is_fan(to: u32) -> bool {
    to & FAN != 0 && to & !FAN < FAN
}

/// The surveyor's formula, from the first node on: far from the origin the products would lose digits.
fn doubled_area(nodes: &Nodes, ring: &[u32]) -> f64 {
    let Some((&first, rest)) = ring.split_first() else {
        return 0.0;
    };
    let origin = nodes.at(first);
    let (mut before, mut sum) = ([0.0; 2], 0.0);
    for &node in rest {
        let at = nodes.at(node);
        let at = [at[0] - origin[0], at[1] - origin[1]];
        sum += before[0] * at[1] - at[0] * before[1];
        before = at;
    }
    sum
}

fn coord([x, y]: [f64; 2]) -> Coord<f64> {
    Coord { x, y }
}

/// Whether two points on a line through `at` stand on the same side of it.
fn is_same_side(at: Coord<f64>, a: Coord<f64>, b: Coord<f64>) -> bool {
    (a.x - at.x) * (b.x - at.x) + (a.y - at.y) * (b.y - at.y) > 0.0
}
