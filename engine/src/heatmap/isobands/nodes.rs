//! The vertices that rings can have: crossings of levels with edges of the lattice, and corners of the lattice.

use std::collections::BTreeMap;
use std::ops::Range;

use super::lattice::{Lattice, OUTSIDE};
use crate::number::{narrow, whole};

/// No node.
pub(super) const NONE: u32 = u32::MAX;

/// What numbers of corners have and those of crossings have not.
const CORNER: u32 = 1 << 31;

/// Vertices in lattice units: crossings line by line, from west to east along each, and the few corners that rings pass.
#[derive(Debug, Default)]
pub(super) struct Nodes {
    crossings: Vec<[f64; 2]>,
    /// By crossing: the node at the same position that stands for it.
    same: Vec<u32>,
    /// By row: the crossings on its line.
    lines: Vec<Range<u32>>,
    corners: Vec<[f64; 2]>,
    /// Corners by row and column.
    places: BTreeMap<[usize; 2], u32>,
    /// Whether some crossing stands where another node does.
    meet: bool,
}

/// An edge of the lattice and the crossings on it, in order from its start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    /// Classes of start and end.
    pub(super) classes: [u8; 2],
    /// The first crossing.
    pub(super) first: u32,
}

impl Edge {
    /// Number of crossings.
    pub(super) fn len(self) -> u32 {
        let [from, to] = self.classes;
        match from == OUTSIDE || to == OUTSIDE {
            true => 0,
            false => u32::from(from.abs_diff(to)),
        }
    }

    /// The crossing with a level, counted from 1; the edge must cross it.
    pub(super) fn crossing(self, level: u8) -> u32 {
        let [from, to] = self.classes;
        let before = if from < to {
            level - from - 1
        } else {
            from - level
        };
        self.first + u32::from(before)
    }
}

impl Nodes {
    /// The corner at a column and a row.
    pub(super) fn corner(&mut self, [column, row]: [usize; 2]) -> u32 {
        let next = CORNER | narrow(self.corners.len());
        let id = *self.places.entry([row, column]).or_insert(next);
        if id == next {
            self.corners.push([column as f64, row as f64]);
        }
        id
    }

    /// Adds the crossings of the edge from a lattice point to the next one along an axis, and returns the first.
    pub(super) fn cross(&mut self, lattice: &Lattice<'_>, axis: usize, from: [usize; 2]) -> u32 {
        let start = from[1] * lattice.columns + from[0];
        let end = start + if axis == 0 { 1 } else { lattice.columns };
        let first = narrow(self.crossings.len());
        let edge = Edge {
            classes: [lattice.classes[start], lattice.classes[end]],
            first,
        };
        let (a, b) = (lattice.values[start], lattice.values[end]);
        let (class, up) = (
            usize::from(edge.classes[0]),
            edge.classes[0] < edge.classes[1],
        );
        let corner = from.map(|number| number as f64);
        for number in 0..edge.len() {
            let below = if up {
                class + number as usize
            } else {
                class - 1 - number as usize
            };
            let share = share(lattice.levels[below], a, b, lattice.steps);
            let mut at = corner;
            at[axis] += share;
            let id = first + number;
            let same = if share <= 0.0 {
                self.corner(from)
            } else if share >= 1.0 {
                let mut next = from;
                next[axis] += 1;
                self.corner(next)
            } else if number > 0 && self.crossings[id as usize - 1] == at {
                self.same[id as usize - 1]
            } else {
                id
            };
            self.meet |= same != id;
            self.crossings.push(at);
            self.same.push(same);
        }
        first
    }

    /// Says that all crossings since `first` stand on the next horizontal line.
    pub(super) fn end_line(&mut self, first: usize) {
        self.lines.push(narrow(first)..narrow(self.crossings.len()));
    }

    /// Number of crossings so far.
    pub(super) fn crossings(&self) -> usize {
        self.crossings.len()
    }

    /// The nearest of the nodes that `has` knows straight west of a position on a horizontal line.
    pub(super) fn west_of(&self, [x, y]: [f64; 2], has: impl Fn(u32) -> bool) -> Option<u32> {
        let (column, row) = (whole(x.ceil()), whole(y));
        let line = self.lines.get(row)?.clone();
        let here = &self.crossings[line.start as usize..line.end as usize];
        let count = narrow(here.partition_point(|at| at[0] < x));
        let crossing = (line.start..line.start + count).rev().find(|&id| has(id));
        let mut corners = self.places.range([row, 0]..[row, column]).rev();
        let corner = corners.find_map(|(_, &id)| has(id).then_some(id));
        let nearest = |a: u32, b: u32| if self.at(a)[0] > self.at(b)[0] { a } else { b };
        match (crossing, corner) {
            (Some(a), Some(b)) => Some(nearest(a, b)),
            (a, b) => a.or(b),
        }
    }

    /// Number of all nodes.
    pub(super) fn len(&self) -> usize {
        self.crossings.len() + self.corners.len()
    }

    /// Place of a node in a list of [`len`](Self::len) items.
    pub(super) fn slot(&self, node: u32) -> usize {
        match node & CORNER {
            0 => node as usize,
            _ => self.crossings.len() + (node & !CORNER) as usize,
        }
    }

    /// Where a node stands.
    pub(super) fn at(&self, node: u32) -> [f64; 2] {
        match node & CORNER {
            0 => self.crossings[node as usize],
            _ => self.corners[(node & !CORNER) as usize],
        }
    }

    /// The node that stands for a crossing.
    pub(super) fn same(&self, crossing: u32) -> u32 {
        match self.meet {
            true => self.same[crossing as usize],
            false => crossing,
        }
    }

    /// Whether some crossing stands where another node does, so that contours can run along each other.
    pub(super) fn meet(&self) -> bool {
        self.meet
    }
}

/// Where a level stands between the values of two ends: from 0 to 1, and growing with the level's distance from `a`.
fn share(level: f64, a: f64, b: f64, steps: f64) -> f64 {
    // Halved, no difference of finite numbers overflows; the smallest ones vanish, and the level then stands at `a`.
    let share = (level / 2.0 - a / 2.0) / (b / 2.0 - a / 2.0);
    let share = if share.is_nan() {
        0.0
    } else {
        share.clamp(0.0, 1.0)
    };
    (share * steps).round() / steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crossings_stand_in_order_and_meet_in_corners_they_touch() {
        let values = [1.0, 3.0, 0.0, 0.0];
        let levels = [1.0, 1.5, 2.5, 3.0];
        let lattice = Lattice::new(2, 2, &values, &levels).unwrap();
        let mut nodes = Nodes::default();
        let edge = Edge {
            classes: [1, 4],
            first: nodes.cross(&lattice, 0, [0, 0]),
        };
        assert_eq!((edge.len(), nodes.crossings()), (3, 3));
        assert_eq!(nodes.at(edge.crossing(2)), [0.25, 0.0]);
        assert_eq!(nodes.at(edge.crossing(3)), [0.75, 0.0]);
        let east = nodes.corner([1, 0]);
        assert_eq!(
            (nodes.same(edge.crossing(4)), nodes.at(east)),
            (east, [1.0, 0.0])
        );
        let up = nodes.cross(&lattice, 1, [0, 0]);
        assert_eq!(nodes.same(up), nodes.corner([0, 0]));
        assert_eq!((nodes.len(), nodes.slot(east)), (6, 4));
    }

    #[test]
    fn the_nearest_node_west_is_a_crossing_or_a_corner() {
        let lattice = Lattice::new(4, 1, &[0.0, 2.0, 2.0, 2.0], &[1.0]).unwrap();
        let mut nodes = Nodes::default();
        let crossing = nodes.cross(&lattice, 0, [0, 0]);
        nodes.end_line(0);
        let corners = [0, 1].map(|column| nodes.corner([column, 0]));
        let west = |x| nodes.west_of([x, 0.0], |_| true);
        assert_eq!([west(2.5), west(1.0)], [Some(corners[1]), Some(crossing)]);
        assert_eq!([west(0.5), west(0.0)], [Some(corners[0]), None]);
        assert_eq!(nodes.west_of([1.5, 3.0], |_| true), None);
    }

    #[test]
    fn shares_stay_between_the_ends_whatever_the_values() {
        assert_eq!(share(1.0, f64::MIN, f64::MAX, 4.0), 0.5);
        assert_eq!(share(1e-300, 0.0, f64::MAX, 4.0), 0.0);
        assert_eq!(share(3.0, 1.0, 3.0, 4.0), 1.0);
        assert_eq!(share(5e-324, 0.0, 5e-324, 4.0), 0.0);
        assert_eq!(share(2.0, 1.0, 4.0, 4.0), 0.25);
    }
}
