//! Edges, and how two of them meet.

use geo::kernels::{Kernel, Orientation, RobustKernel};
use geo_types::Coord;

use super::{box_covers, boxes_touch};

/// A piece of a line or ring between two different vertices.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub(super) from: Coord<f64>,
    pub(super) to: Coord<f64>,
    /// The line or ring it is of.
    pub(super) chain: usize,
}

/// What two edges have in common.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Meeting {
    Apart,
    /// One point, inside both.
    Cross,
    /// The vertices of either that lie on the other: one, or two where they run along each other.
    Touch(Coord<f64>, Option<Coord<f64>>),
}

/// The side of the line from `a` to `b` on which `c` is: 1 left, −1 right, 0 on it. Exact.
pub(super) fn side(a: Coord<f64>, b: Coord<f64>, c: Coord<f64>) -> i8 {
    match <RobustKernel as Kernel<f64>>::orient2d(a, b, c) {
        Orientation::CounterClockwise => 1,
        Orientation::Clockwise => -1,
        Orientation::Collinear => 0,
    }
}

impl Edge {
    pub(super) fn envelope(&self) -> [f64; 4] {
        [
            self.from.x.min(self.to.x),
            self.from.y.min(self.to.y),
            self.from.x.max(self.to.x),
            self.from.y.max(self.to.y),
        ]
    }

    /// Whether `at` lies on the edge, ends included.
    pub(super) fn has(&self, at: Coord<f64>) -> bool {
        box_covers(self.envelope(), [at.x, at.y, at.x, at.y]) && side(self.from, self.to, at) == 0
    }

    pub(super) fn side(&self, at: Coord<f64>) -> i8 {
        side(self.from, self.to, at)
    }

    /// Whether the ends of `other` lie strictly on different sides of this edge's line.
    pub(super) fn parts(&self, other: &Self) -> bool {
        self.side(other.from) * self.side(other.to) < 0
    }

    pub(super) fn meet(&self, other: &Self) -> Meeting {
        if !boxes_touch(self.envelope(), other.envelope()) {
            return Meeting::Apart;
        }
        let theirs = [self.side(other.from), self.side(other.to)];
        if theirs[0] * theirs[1] > 0 {
            return Meeting::Apart;
        }
        let own = [other.side(self.from), other.side(self.to)];
        if own[0] * own[1] > 0 {
            return Meeting::Apart;
        }
        if theirs[0] * theirs[1] < 0 && own[0] * own[1] < 0 {
            return Meeting::Cross;
        }
        let within = |edge: &Self, at: Coord<f64>| {
            box_covers(edge.envelope(), [at.x, at.y, at.x, at.y]).then_some(at)
        };
        let touching = [
            (theirs[0], self, other.from),
            (theirs[1], self, other.to),
            (own[0], other, self.from),
            (own[1], other, self.to),
        ];
        let (mut first, mut second) = (None, None);
        for (side, edge, at) in touching {
            match within(edge, at).filter(|_| side == 0) {
                Some(at) if first.is_none() => first = Some(at),
                Some(at) if first != Some(at) => second = Some(at),
                _ => {}
            }
        }
        first.map_or(Meeting::Apart, |first| Meeting::Touch(first, second))
    }
}
