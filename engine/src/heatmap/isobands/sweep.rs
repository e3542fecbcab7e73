//! One pass over the lattice that makes all contour segments and all pieces of the border.
//!
//! Segments run with their band on the left. A contour of a level is walked once for the band above and once, the other
//! way, for the band below.

use super::lattice::{Lattice, OUTSIDE};
use super::nodes::{Edge, NONE, Nodes};

/// Pairs of nodes for each band.
pub(super) type Segments = Vec<Vec<[u32; 2]>>;

/// The sides of a square.
const SOUTH: usize = 0;
const EAST: usize = 1;
const NORTH: usize = 2;
const WEST: usize = 3;

/// From side to side with what is inside on the left, for each set of inside corners (south-west 1, south-east 2,
/// north-east 4, north-west 8); of the saddles the separated ones.
const CONTOURS: [&[[usize; 2]]; 16] = [
    &[],
    &[[SOUTH, WEST]],
    &[[EAST, SOUTH]],
    &[[EAST, WEST]],
    &[[NORTH, EAST]],
    &[[SOUTH, WEST], [NORTH, EAST]],
    &[[NORTH, SOUTH]],
    &[[NORTH, WEST]],
    &[[WEST, NORTH]],
    &[[SOUTH, NORTH]],
    &[[EAST, SOUTH], [WEST, NORTH]],
    &[[EAST, NORTH]],
    &[[WEST, EAST]],
    &[[SOUTH, EAST]],
    &[[WEST, SOUTH]],
    &[],
];

/// The saddles whose inside corners are joined through the middle.
const JOINED: [&[[usize; 2]]; 2] = [
    &[[SOUTH, EAST], [NORTH, WEST]],
    &[[WEST, SOUTH], [EAST, NORTH]],
];

/// All nodes, and the segments of each band.
pub(super) fn sweep(lattice: &Lattice<'_>) -> (Nodes, Segments) {
    let mut sweep = Sweep {
        lattice,
        nodes: Nodes::default(),
        segments: vec![vec![]; lattice.levels.len()],
    };
    if !lattice.classes.is_empty() {
        let mut south = sweep.line(0);
        for row in 1..lattice.rows {
            let north = sweep.line(row);
            sweep.strip(row - 1, &south, &north);
            south = north;
        }
    }
    (sweep.nodes, sweep.segments)
}

struct Sweep<'a> {
    lattice: &'a Lattice<'a>,
    nodes: Nodes,
    segments: Segments,
}

/// Nodes on a horizontal line of the lattice.
struct Line {
    /// By column.
    corners: Vec<u32>,
    /// First crossing of the edge to the east, by column; only where there is one.
    firsts: Vec<u32>,
}

impl Line {
    fn edge(&self, column: usize, classes: &[u8]) -> Edge {
        Edge {
            corners: [self.corners[column], self.corners[column + 1]],
            classes: [classes[column], classes[column + 1]],
            first: self.firsts[column],
        }
    }
}

impl Sweep<'_> {
    /// Makes the nodes of a horizontal line, and the pieces of the border along it.
    fn line(&mut self, row: usize) -> Line {
        let lattice = self.lattice;
        let (first, columns) = (self.nodes.next(), lattice.columns);
        let mut line = Line {
            corners: vec![NONE; columns],
            firsts: vec![NONE; columns],
        };
        for column in 0..columns {
            if !self.may_turn(column, row) {
                continue;
            }
            line.corners[column] = self.nodes.corner(column, row);
            if column + 1 == columns {
                break;
            }
            let next = row * columns + column;
            let classes = [lattice.classes[next], lattice.classes[next + 1]];
            if classes[0] != classes[1] && !classes.contains(&OUTSIDE) {
                let crossings = u32::from(classes[0].abs_diff(classes[1]));
                let corners = [line.corners[column], self.nodes.next() + crossings];
                let edge = self.nodes.cross(lattice, 0, [column, row], corners);
                line.firsts[column] = edge.first;
            }
        }
        self.nodes.end_line(first);
        let classes = &lattice.classes[row * columns..][..columns];
        let inner = row > 0 && row + 1 < lattice.rows && !lattice.masked;
        for column in 0..if inner { 0 } else { columns.saturating_sub(1) } {
            let above = lattice.has_square(column, row);
            let below = row > 0 && lattice.has_square(column, row - 1);
            if above != below {
                self.border(&line.edge(column, classes), above);
            }
        }
        line
    }

    /// Whether a ring may pass the corner: it is on the border, or next to a corner of another class.
    fn may_turn(&self, column: usize, row: usize) -> bool {
        let Lattice { columns, rows, .. } = *self.lattice;
        let classes = &self.lattice.classes;
        let at = row * columns + column;
        let class = classes[at];
        if class == OUTSIDE {
            return false;
        }
        if column == 0 || row == 0 || column + 1 == columns || row + 1 == rows {
            return true;
        }
        let (south, north) = (at - columns, at + columns);
        classes[at - 1] != class
            || classes[at + 1] != class
            || classes[south] != class
            || classes[north] != class
            || self.lattice.masked
                && [south - 1, south + 1, north - 1, north + 1]
                    .iter()
                    .any(|&at| classes[at] == OUTSIDE)
    }

    /// Makes the nodes on the vertical edges between two lines, the border along them, and the contours of the squares.
    fn strip(&mut self, row: usize, south: &Line, north: &Line) {
        let lattice = self.lattice;
        let columns = lattice.columns;
        let below = &lattice.classes[row * columns..][..columns];
        let above = &lattice.classes[(row + 1) * columns..][..columns];
        let mut west: Option<Edge> = None;
        for column in 0..columns {
            let on_border = column == 0 || column + 1 == columns || lattice.masked;
            // Where nothing turns at the west edge and at the east one, the square has one class.
            let plain = below[column] == above[column] && !on_border;
            let east = if plain {
                Edge {
                    corners: [south.corners[column], north.corners[column]],
                    classes: [below[column], above[column]],
                    first: NONE,
                }
            } else {
                self.upright(column, row, south, north)
            };
            if let Some(west) = west
                && (below[column - 1] != below[column] || west.crossings() + east.crossings() > 0)
                && lattice.has_square(column - 1, row)
            {
                let sides = [
                    south.edge(column - 1, below),
                    east,
                    north.edge(column - 1, above),
                    west,
                ];
                self.square(column - 1, row, &sides);
            }
            west = Some(east);
        }
    }

    /// The edge between a corner and the one north of it.
    fn upright(&mut self, column: usize, row: usize, south: &Line, north: &Line) -> Edge {
        let corners = [south.corners[column], north.corners[column]];
        let edge = self.nodes.cross(self.lattice, 1, [column, row], corners);
        let east = self.lattice.has_square(column, row);
        let west = column > 0 && self.lattice.has_square(column - 1, row);
        if east != west {
            self.border(&edge, west);
        }
        edge
    }

    /// The contours through a square.
    fn square(&mut self, column: usize, row: usize, sides: &[Edge; 4]) {
        let [[south_west, south_east], [north_west, north_east]] =
            [sides[SOUTH].classes, sides[NORTH].classes];
        let corners = [south_west, south_east, north_east, north_west];
        let (least, most) = corners.iter().fold((OUTSIDE, 0), |(least, most), &class| {
            (least.min(class), most.max(class))
        });
        for level in least + 1..=most {
            let inside = (0..4).filter(|&corner| corners[corner] >= level);
            let case: usize = inside.map(|corner| 1 << corner).sum();
            let contours = match case {
                5 | 10 if self.mean(column, row) >= self.level(level) => JOINED[case / 10],
                _ => CONTOURS[case],
            };
            for contour in contours {
                let [from, to] = contour.map(|side| {
                    let node = sides[side].crossing(level);
                    self.nodes.same(node)
                });
                self.contour(level, from, to, column, row, sides);
            }
        }
    }

    fn level(&self, level: u8) -> f64 {
        self.lattice.levels[usize::from(level) - 1]
    }

    /// Mean of the corners of a square.
    fn mean(&self, column: usize, row: usize) -> f64 {
        let south = row * self.lattice.columns + column;
        let north = south + self.lattice.columns;
        let corners = [south, south + 1, north + 1, north];
        corners.map(|at| self.lattice.values[at] / 4.0).iter().sum()
    }

    /// Adds a segment of a level's contour, in the pieces that nodes of an edge divide it into where it runs along one.
    fn contour(
        &mut self,
        level: u8,
        from: u32,
        to: u32,
        column: usize,
        row: usize,
        sides: &[Edge; 4],
    ) {
        if from == to {
            return;
        }
        let (a, b) = (self.nodes.at(from), self.nodes.at(to));
        let (x, y) = (column as f64, row as f64);
        let lines = [
            (SOUTH, 1, y),
            (NORTH, 1, y + 1.0),
            (WEST, 0, x),
            (EAST, 0, x + 1.0),
        ];
        let on_line = |(side, across, line): (usize, usize, f64)| {
            (a[across] == line && b[across] == line).then_some((side, 1 - across))
        };
        let Some((side, axis)) = lines.into_iter().find_map(on_line) else {
            self.segment(level, from, to);
            return;
        };
        let (low, high) = (a[axis].min(b[axis]), a[axis].max(b[axis]));
        let edge = sides[side];
        let crossings = (0..edge.crossings()).map(|number| self.nodes.same(edge.first + number));
        let between = |&node: &u32| {
            let at = self.nodes.at(node)[axis];
            low < at && at < high
        };
        let mut stops: Vec<u32> = crossings.filter(between).collect();
        stops.dedup();
        if a[axis] > b[axis] {
            stops.reverse();
        }
        let mut last = from;
        for stop in stops.into_iter().chain([to]) {
            self.segment(level, last, stop);
            last = stop;
        }
    }

    /// A piece of a level's contour, for the band above and the band below.
    fn segment(&mut self, level: u8, from: u32, to: u32) {
        let above = usize::from(level) - 1;
        self.segments[above].push([from, to]);
        if let Some(below) = above.checked_sub(1) {
            self.segments[below].push([to, from]);
        }
    }

    /// Adds the pieces of an edge of the border, each to the band of its class, from the edge's start or backward.
    fn border(&mut self, edge: &Edge, forward: bool) {
        let [mut class, end] = edge.classes;
        let crossings = (0..edge.crossings()).map(|number| self.nodes.same(edge.first + number));
        let mut last = edge.corners[0];
        for node in crossings.chain([edge.corners[1]]) {
            if let Some(band) = usize::from(class).checked_sub(1)
                && node != last
            {
                let piece = if forward { [last, node] } else { [node, last] };
                self.segments[band].push(piece);
            }
            last = node;
            class = match class < end {
                true => class + 1,
                false => class.saturating_sub(1),
            };
        }
    }
}
