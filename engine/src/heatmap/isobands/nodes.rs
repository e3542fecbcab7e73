//! The vertices that rings can have: corners of the lattice, and crossings of levels with its edges.

use std::ops::Range;

use super::lattice::{Lattice, OUTSIDE};
use crate::number::narrow;

/// A corner of the lattice that no ring passes.
pub(super) const NONE: u32 = u32::MAX;

/// Vertices in lattice units, those of one horizontal line of the lattice together and from west to east.
#[derive(Debug, Default)]
pub(super) struct Nodes {
    at: Vec<[f64; 2]>,
    /// The first node at the same position.
    same: Vec<u32>,
    lines: Vec<Range<u32>>,
}

/// An edge of the lattice: its ends, and the crossings between them in order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    /// Nodes of the corners; [`NONE`] where no ring can pass.
    pub(super) corners: [u32; 2],
    /// Classes of the corners.
    pub(super) classes: [u8; 2],
    /// Node of the first crossing.
    pub(super) first: u32,
}

impl Edge {
    /// Number of crossings.
    pub(super) fn crossings(&self) -> u32 {
        let [from, to] = self.classes;
        match from == OUTSIDE || to == OUTSIDE {
            true => 0,
            false => u32::from(from.abs_diff(to)),
        }
    }

    /// The crossing with a level, counted from 1; the edge must cross it.
    pub(super) fn crossing(&self, level: u8) -> u32 {
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
    /// Adds the corner at a column and a row.
    pub(super) fn corner(&mut self, column: usize, row: usize) -> u32 {
        let id = narrow(self.at.len());
        self.push([column as f64, row as f64], id);
        id
    }

    /// Adds the crossings of an edge that starts at the lattice point `from` and runs along an axis; `corners` may be
    /// nodes that are about to come.
    pub(super) fn cross(
        &mut self,
        lattice: &Lattice<'_>,
        axis: usize,
        from: [usize; 2],
        corners: [u32; 2],
    ) -> Edge {
        let start = from[1] * lattice.columns + from[0];
        let end = start + if axis == 0 { 1 } else { lattice.columns };
        let classes = [lattice.classes[start], lattice.classes[end]];
        let edge = Edge {
            corners,
            classes,
            first: narrow(self.at.len()),
        };
        let (a, b) = (lattice.values[start], lattice.values[end]);
        let corner = from.map(|number| number as f64);
        let mut before = (corner[axis], corners[0]);
        for number in 0..edge.crossings() {
            let above = if classes[0] < classes[1] {
                usize::from(classes[0]) + number as usize
            } else {
                usize::from(classes[0]) - 1 - number as usize
            };
            let share = share(lattice.levels[above], a, b, lattice.steps);
            let id = narrow(self.at.len());
            let along = corner[axis] + share;
            let same = if along >= corner[axis] + 1.0 {
                corners[1]
            } else if along <= before.0 {
                before.1
            } else {
                id
            };
            let mut at = corner;
            at[axis] = along;
            self.push(at, same);
            before = (along, same);
        }
        edge
    }

    /// Says that all nodes since `first` stand on the next horizontal line.
    pub(super) fn end_line(&mut self, first: u32) {
        self.lines.push(first..self.next());
    }

    /// The nodes west of one on its horizontal line, the nearest last; none where it stands between two lines.
    pub(super) fn west_of(&self, node: u32) -> Range<u32> {
        let line = self.lines.partition_point(|line| line.end <= node);
        match self.lines.get(line) {
            Some(line) if line.contains(&node) => line.start..node,
            _ => node..node,
        }
    }

    pub(super) fn next(&self) -> u32 {
        narrow(self.at.len())
    }

    pub(super) fn len(&self) -> usize {
        self.at.len()
    }

    pub(super) fn at(&self, node: u32) -> [f64; 2] {
        self.at[node as usize]
    }

    pub(super) fn same(&self, node: u32) -> u32 {
        self.same[node as usize]
    }

    fn push(&mut self, at: [f64; 2], same: u32) {
        self.at.push(at);
        self.same.push(same);
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
        let west = nodes.corner(0, 0);
        let edge = nodes.cross(&lattice, 0, [0, 0], [west, nodes.next() + 3]);
        let east = nodes.corner(1, 0);
        assert_eq!((edge.crossings(), edge.classes), (3, [1, 4]));
        assert_eq!(nodes.at(edge.crossing(2)), [0.25, 0.0]);
        assert_eq!(nodes.at(edge.crossing(3)), [0.75, 0.0]);
        assert_eq!(nodes.same(edge.crossing(4)), east);
        let down = nodes.cross(&lattice, 1, [0, 0], [west, NONE]);
        assert_eq!((down.crossings(), nodes.same(down.crossing(1))), (1, west));
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
