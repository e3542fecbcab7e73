//! One pass over the lattice that makes all contour segments and all pieces of the border.

use super::lattice::Lattice;
use super::nodes::{Edge, Nodes};
use super::scan::differences;

/// Pairs of nodes, with what is inside on the left.
#[derive(Debug)]
pub(super) struct Segments {
    /// By level: its contour, with the values from the level on inside.
    contours: Vec<Vec<[u32; 2]>>,
    /// By band: its share of the border.
    borders: Vec<Vec<[u32; 2]>>,
}

impl Segments {
    /// The segments around a band: the contour of its own level, the border, and the contour of the next one backward.
    pub(super) fn around(&self, band: usize) -> impl Iterator<Item = [u32; 2]> + Clone + '_ {
        let own = self.contours[band].iter().chain(&self.borders[band]);
        let next = self.contours.get(band + 1).into_iter().flatten();
        own.copied().chain(next.map(|&[from, to]| [to, from]))
    }
}

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

/// All nodes, and all segments.
pub(super) fn sweep(lattice: &Lattice<'_>) -> (Nodes, Segments) {
    let bands = lattice.levels.len();
    let mut sweep = Sweep {
        lattice,
        nodes: Nodes::default(),
        segments: Segments {
            contours: vec![vec![]; bands],
            borders: vec![vec![]; bands],
        },
    };
    let empty = || vec![0; lattice.columns];
    let (mut south, mut north, mut upright) = (empty(), empty(), empty());
    for row in 0..lattice.rows {
        sweep.line(row, &mut north);
        if row > 0 {
            sweep.strip(row - 1, [&south, &north], &mut upright);
        }
        std::mem::swap(&mut south, &mut north);
    }
    (sweep.nodes, sweep.segments)
}

struct Sweep<'a> {
    lattice: &'a Lattice<'a>,
    nodes: Nodes,
    segments: Segments,
}

impl<'a> Sweep<'a> {
    fn classes(&self, row: usize) -> &'a [u8] {
        let columns = self.lattice.columns;
        &self.lattice.classes[row * columns..][..columns]
    }

    /// Makes the crossings on a horizontal line, and the pieces of the border along it; `firsts` are the first crossings
    /// by column, of edges that have some.
    fn line(&mut self, row: usize, firsts: &mut [u32]) {
        let classes = self.classes(row);
        let Some((_, east)) = classes.split_first() else {
            return;
        };
        let first = self.nodes.crossings();
        let west = &classes[..east.len()];
        differences([[west, east]], |column| {
            firsts[column] = self.nodes.cross(self.lattice, 0, [column, row]);
        });
        self.nodes.end_line(first);
        let inner = row > 0 && row + 1 < self.lattice.rows && !self.lattice.masked;
        for column in 0..if inner { 0 } else { east.len() } {
            let above = self.lattice.has_square(column, row);
            let below = row > 0 && self.lattice.has_square(column, row - 1);
            if above != below {
                let edge = edge([classes, east], column, firsts);
                self.border(edge, [[column, row], [column + 1, row]], above);
            }
        }
    }

    /// Makes the crossings on the vertical edges between a line and the next one, the border along them, and the contours
    /// of the squares.
    fn strip(&mut self, row: usize, [south, north]: [&[u32]; 2], upright: &mut [u32]) {
        let (below, above) = (self.classes(row), self.classes(row + 1));
        differences([[below, above]], |column| {
            upright[column] = self.nodes.cross(self.lattice, 1, [column, row]);
        });
        let Some(last) = below.len().checked_sub(1) else {
            return;
        };
        let step = if self.lattice.masked { 1 } else { last.max(1) };
        for column in (0..=last).step_by(step) {
            let east = self.lattice.has_square(column, row);
            let west = column > 0 && self.lattice.has_square(column - 1, row);
            if east != west {
                let edge = edge([below, above], column, upright);
                self.border(edge, [[column, row], [column, row + 1]], west);
            }
        }
        let changes = [
            [&below[..last], &above[..last]],
            [&below[..last], &below[1..]],
            [&above[..last], &above[1..]],
        ];
        differences(changes, |column| {
            if !self.lattice.has_square(column, row) {
                return;
            }
            let sides = [
                edge([below, &below[1..]], column, south),
                edge([below, above], column + 1, upright),
                edge([above, &above[1..]], column, north),
                edge([below, above], column, upright),
            ];
            self.square([column, row], &sides);
        });
    }

    /// The contours through a square.
    fn square(&mut self, place: [usize; 2], sides: &[Edge; 4]) {
        let [south_west, south_east] = sides[SOUTH].classes;
        let [north_west, north_east] = sides[NORTH].classes;
        let least = south_west.min(south_east).min(north_east).min(north_west);
        let most = south_west.max(south_east).max(north_east).max(north_west);
        for level in least + 1..=most {
            let inside = |class: u8, bit: usize| if class >= level { bit } else { 0 };
            let case = inside(south_west, 1)
                | inside(south_east, 2)
                | inside(north_east, 4)
                | inside(north_west, 8);
            let contours = match case {
                5 | 10 if self.is_joined(place, level) => JOINED[case / 10],
                _ => CONTOURS[case],
            };
            for &[from, to] in contours {
                let ends = [sides[from].crossing(level), sides[to].crossing(level)];
                let same = [self.nodes.same(ends[0]), self.nodes.same(ends[1])];
                if same == ends {
                    self.segment(level, ends);
                } else if same[0] != same[1] {
                    self.along(level, same, place, sides);
                }
            }
        }
    }

    /// Whether the middle of a saddle is inside.
    fn is_joined(&self, [column, row]: [usize; 2], level: u8) -> bool {
        let south = row * self.lattice.columns + column;
        let north = south + self.lattice.columns;
        let corners = [south, south + 1, north + 1, north];
        let mean: f64 = corners.map(|at| self.lattice.values[at] / 4.0).iter().sum();
        mean >= self.lattice.levels[usize::from(level) - 1]
    }

    /// Adds a segment that may run along an edge, in the pieces that the edge's nodes divide it into: the squares on
    /// either side then have the same ones.
    fn along(&mut self, level: u8, [from, to]: [u32; 2], place: [usize; 2], sides: &[Edge; 4]) {
        let (a, b) = (self.nodes.at(from), self.nodes.at(to));
        let [x, y] = place.map(|number| number as f64);
        let lines = [
            (SOUTH, 1, y),
            (NORTH, 1, y + 1.0),
            (WEST, 0, x),
            (EAST, 0, x + 1.0),
        ];
        let is_on =
            |&(_, across, line): &(usize, usize, f64)| a[across] == line && b[across] == line;
        let mut last = from;
        if let Some((side, across, _)) = lines.into_iter().find(is_on) {
            let axis = 1 - across;
            let (low, high) = (a[axis].min(b[axis]), a[axis].max(b[axis]));
            let edge = sides[side];
            let mut stops: Vec<u32> = (edge.first..edge.first + edge.len())
                .map(|crossing| self.nodes.same(crossing))
                .filter(|&node| low < self.nodes.at(node)[axis] && self.nodes.at(node)[axis] < high)
                .collect();
            stops.dedup();
            if a[axis] > b[axis] {
                stops.reverse();
            }
            for stop in stops {
                self.segment(level, [last, stop]);
                last = stop;
            }
        }
        self.segment(level, [last, to]);
    }

    fn segment(&mut self, level: u8, ends: [u32; 2]) {
        self.segments.contours[usize::from(level) - 1].push(ends);
    }

    /// Adds the pieces of an edge of the border, each to the band of its class, from the edge's start or backward.
    fn border(&mut self, edge: Edge, ends: [[usize; 2]; 2], forward: bool) {
        let [mut class, end] = edge.classes;
        let [mut last, corner] = ends.map(|place| self.nodes.corner(place));
        for number in 0..=edge.len() {
            let node = match number == edge.len() {
                true => corner,
                false => self.nodes.same(edge.first + number),
            };
            if let Some(band) = usize::from(class).checked_sub(1)
                && node != last
            {
                let piece = if forward { [last, node] } else { [node, last] };
                self.segments.borders[band].push(piece);
            }
            last = node;
            class = match class < end {
                true => class + 1,
                false => class.saturating_sub(1),
            };
        }
    }
}

/// The edge at a column between two rows of classes: that of a line and of its columns one to the east, or of two lines.
fn edge([starts, ends]: [&[u8]; 2], column: usize, firsts: &[u32]) -> Edge {
    Edge {
        classes: [starts[column], ends[column]],
        first: firsts[column],
    }
}
