//! The edges of a layer's polygons in a grid of cells, and which polygons cover the south-west corner of each cell.
//!
//! So what lies in a box is known from the cells it touches alone: where no edge is listed, the polygons that cover one
//! corner cover all of it. Elsewhere, the corner's polygons and the edges nearby say it.

use crate::number::{narrow, whole};
use rayon::prelude::*;

use super::bounds::Bounds;
use super::segment::{Segment, Steps, is_place, visit_edges};
use crate::layer::Layer;
use crate::space::Metric;

/// No polygon covers the corner.
const NONE: u32 = u32::MAX;
/// The other bits number a list of polygons that cover the corner together.
const SEVERAL: u32 = 1 << 31;
/// Cells of the largest grid.
const CELLS_MAX: f64 = 4_194_304.0;
/// Cells along the longer side of the largest grid.
const SIDE_MAX: f64 = 16_384.0;

/// How many times a cell's side is halved at most where too many edges meet.
const CRUMBS_PER_CELL: f64 = 256.0;

/// An edge from west to east (a vertical one from south to north), with the sign of [`Segment`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    from: Metric,
    to: Metric,
    pub(super) feature: u32,
    sign: i8,
}

impl Edge {
    fn new(a: Metric, b: Metric, side: f64, feature: u32) -> Self {
        let eastward = (a.x_m, a.y_m) <= (b.x_m, b.y_m);
        let (from, to) = if eastward { (a, b) } else { (b, a) };
        let sign = if eastward == (side > 0.0) { 1 } else { -1 };
        Self {
            from,
            to,
            feature,
            sign,
        }
    }

    /// West end (south end of a vertical edge) and the other.
    pub(super) fn ends(&self) -> (Metric, Metric) {
        (self.from, self.to)
    }

    /// Whether the polygon is on the east side of the edge, or on the north side of a horizontal one.
    pub(super) fn holds_east(&self) -> bool {
        let rises = self.to.y_m > self.from.y_m;
        (self.sign > 0) != rises
    }

    /// South end and north end.
    fn by_height(&self) -> (Metric, Metric) {
        if self.from.y_m <= self.to.y_m {
            (self.from, self.to)
        } else {
            (self.to, self.from)
        }
    }

    /// Easting at a height between its ends; at the lower end exactly that end's.
    fn crossing(&self, y: f64) -> f64 {
        let (low, high) = self.by_height();
        let x = low.x_m + (y - low.y_m) * ((high.x_m - low.x_m) / (high.y_m - low.y_m));
        x.clamp(self.from.x_m, self.to.x_m)
    }

    /// The crossing of a line of height `y`; the edge owns its lower end and not its upper one.
    fn crosses(&self, y: f64) -> Option<f64> {
        let (low, high) = self.by_height();
        (low.y_m <= y && y < high.y_m).then(|| self.crossing(y))
    }

    /// How many times more the polygon covers points east of the edge than points west of it.
    fn step(&self) -> f64 {
        if self.holds_east() { 1.0 } else { -1.0 }
    }
}

/// The polygons of a layer, or some of them, prepared to be overlaid.
///
/// Built in O(edges + cells), 8 bytes a cell and 44 an edge and more.
#[derive(Debug)]
pub(super) struct EdgeGrid {
    /// South-west corner, relative to `origin`.
    south_west: Metric,
    cell_m: f64,
    columns: usize,
    rows: usize,
    edges: Vec<Edge>,
    /// Edges that touch cell `i`: `listed[starts[i]..starts[i + 1]]`, ascending.
    starts: Vec<u32>,
    listed: Vec<u32>,
    covers: Vec<u32>,
    lists: Vec<Vec<(u32, f64)>>,
}

/// A block of cells: first and last column, first and last row.
type Cells = [usize; 4];

impl EdgeGrid {
    /// Prepares the polygons at `rows`, all without; coordinates are taken relative to `origin`.
    pub(super) fn build(layer: &Layer, rows: Option<&[u32]>, origin: Metric) -> Self {
        let edges = edges(layer, rows, origin);
        let bounds = edges.iter().fold(Bounds::NONE, |all, edge| {
            all.with(edge.from.x_m, edge.from.y_m)
                .with(edge.to.x_m, edge.to.y_m)
        });
        let mut grid = Self::empty(bounds, edges);
        if !grid.edges.is_empty() {
            grid.list();
            grid.cover();
        }
        grid
    }

    fn empty(bounds: Bounds, edges: Vec<Edge>) -> Self {
        let (width, height) = (bounds.width().max(1.0), bounds.height().max(1.0));
        let cells = (edges.len() as f64).clamp(1024.0, CELLS_MAX / 4.0);
        let ideal_m = (width * height / cells)
            .sqrt()
            .max(2.0 * width.max(height) / SIDE_MAX);
        // A power of two, so that the lines between cells are exact numbers.
        let cell_m = ideal_m.log2().round().exp2();
        let down = |at: f64| ((at / cell_m).floor() - 1.0) * cell_m;
        let (x_m, y_m) = (down(bounds.x1), down(bounds.y1));
        Self {
            south_west: Metric { x_m, y_m },
            cell_m,
            columns: whole((bounds.x2 - x_m) / cell_m) + 2,
            rows: whole((bounds.y2 - y_m) / cell_m) + 2,
            edges,
            starts: vec![],
            listed: vec![],
            covers: vec![],
            lists: vec![],
        }
    }

    /// What of the grid touches a box.
    pub(super) fn window(&self, bounds: Bounds) -> Window<'_> {
        Window {
            grid: self,
            bounds,
            cells: self.cells(bounds),
        }
    }

    /// The cells that a box touches; none where it is empty or beside the grid.
    fn cells(&self, bounds: Bounds) -> Option<Cells> {
        if self.edges.is_empty() || bounds.is_empty() {
            return None;
        }
        let (columns, rows) = ((self.columns - 1) as f64, (self.rows - 1) as f64);
        let (x1, y1) = (self.column_at(bounds.x1), self.row_at(bounds.y1));
        let (x2, y2) = (self.column_at(bounds.x2), self.row_at(bounds.y2));
        let beside = x2 < 0.0 || y2 < 0.0 || x1 > columns || y1 > rows;
        (!beside).then(|| {
            [
                whole(x1),
                whole(x2.min(columns)),
                whole(y1),
                whole(y2.min(rows)),
            ]
        })
    }

    /// Lists every edge in the cells it touches.
    fn list(&mut self) {
        let mut starts = vec![0u32; self.columns * self.rows + 1];
        let mut pairs = Vec::with_capacity(self.edges.len() * 2);
        for (number, edge) in (0u32..).zip(&self.edges) {
            self.visit_cells(edge, |cell| {
                starts[cell + 1] += 1;
                pairs.push((narrow(cell), number));
            });
        }
        for cell in 1..starts.len() {
            starts[cell] += starts[cell - 1];
        }
        let mut listed = vec![0; pairs.len()];
        for (cell, number) in pairs {
            let next = &mut starts[cell as usize];
            listed[*next as usize] = number;
            *next += 1;
        }
        // Each start has moved on to the start of the next cell.
        starts.rotate_right(1);
        starts[0] = 0;
        (self.starts, self.listed) = (starts, listed);
    }

    /// Calls `visit` with the cells that an edge touches, row by row. The cell in which it crosses the lower side of a
    /// row is always among them, by the same arithmetic as in [`Edge::crosses`].
    fn visit_cells(&self, edge: &Edge, mut visit: impl FnMut(usize)) {
        let (low, high) = edge.by_height();
        let last_row = (self.rows - 1) as f64;
        let (first, last) = (self.row_at(low.y_m), self.row_at(high.y_m).min(last_row));
        if last < 0.0 || first > last_row {
            return;
        }
        let (first, last) = (whole(first), whole(last));
        for row in first..=last {
            let (bottom, top) = (self.height_of(row), self.height_of(row + 1));
            let start = if low.y_m >= bottom {
                low.x_m
            } else {
                edge.crossing(bottom)
            };
            let end = if high.y_m < top {
                high.x_m
            } else {
                edge.crossing(top)
            };
            let (west, east) = (
                self.column_at(start.min(end)),
                self.column_at(start.max(end)),
            );
            let last_column = (self.columns - 1) as f64;
            if east >= 0.0 && west <= last_column {
                (whole(west)..=whole(east.min(last_column)))
                    .for_each(|column| visit(row * self.columns + column));
            }
        }
    }

    /// The numbers of the edges in the cells that a line from `a` to `b` touches, ascending, each once.
    pub(super) fn edges_along(&self, a: Metric, b: Metric, numbers: &mut Vec<u32>) {
        numbers.clear();
        self.visit_cells(&Edge::new(a, b, 1.0, 0), |cell| {
            let span = self.starts[cell] as usize..self.starts[cell + 1] as usize;
            numbers.extend_from_slice(&self.listed[span]);
        });
        numbers.sort_unstable();
        numbers.dedup();
    }

    pub(super) fn edge(&self, number: u32) -> &Edge {
        &self.edges[number as usize]
    }

    /// Finds what covers each corner, going east along each row of cells: it changes only at edges that cross the lower
    /// side of the row.
    fn cover(&mut self) {
        let rows: Vec<_> = (0..self.rows)
            .into_par_iter()
            .map(|row| self.cover_row(row))
            .collect();
        for (mut labels, lists) in rows {
            let first = narrow(self.lists.len());
            labels
                .iter_mut()
                .filter(|label| **label != NONE && **label >= SEVERAL)
                .for_each(|label| *label += first);
            self.covers.append(&mut labels);
            self.lists.extend(lists);
        }
    }

    fn cover_row(&self, row: usize) -> (Vec<u32>, Vec<Vec<(u32, f64)>>) {
        let (mut labels, mut lists) = (Vec::with_capacity(self.columns), vec![]);
        let (mut covering, mut label): (Vec<(u32, f64)>, u32) = (vec![], NONE);
        let (mut later, y) = (vec![], self.height_of(row));
        for column in 0..self.columns {
            let x = self.south_west.x_m + column as f64 * self.cell_m;
            let cell = row * self.columns + column;
            let mut changed = !later.is_empty();
            let mut steps = std::mem::take(&mut later);
            for &number in &self.listed[self.starts[cell] as usize..self.starts[cell + 1] as usize]
            {
                let edge = &self.edges[number as usize];
                if let Some(crossing) = edge.crosses(y)
                    && whole(self.column_at(crossing)) == column
                {
                    if crossing <= x {
                        steps.push((edge.feature, edge.step()));
                        changed = true;
                    } else {
                        later.push((edge.feature, edge.step()));
                    }
                }
            }
            steps
                .iter()
                .for_each(|&(feature, step)| cover_more(&mut covering, feature, step));
            if changed {
                covering.retain(|&(_, times)| times != 0.0);
                label = match covering[..] {
                    [] => NONE,
                    [(feature, 1.0)] => feature,
                    _ => {
                        lists.push(covering.clone());
                        SEVERAL | narrow(lists.len() - 1)
                    }
                };
            }
            labels.push(label);
        }
        (labels, lists)
    }

    fn column_at(&self, x: f64) -> f64 {
        (x - self.south_west.x_m) / self.cell_m
    }

    fn row_at(&self, y: f64) -> f64 {
        (y - self.south_west.y_m) / self.cell_m
    }

    /// The lower side of a row of cells.
    fn height_of(&self, row: usize) -> f64 {
        self.south_west.y_m + row as f64 * self.cell_m
    }
}

/// The part of a grid that touches a box.
pub(super) struct Window<'a> {
    grid: &'a EdgeGrid,
    bounds: Bounds,
    cells: Option<Cells>,
}

impl Window<'_> {
    /// How many edges are listed; one that spans several cells counts in each.
    pub(super) fn entries(&self) -> usize {
        (0..self.row_count())
            .map(|row| self.listed(row).len())
            .sum()
    }

    /// Whether it is not larger than a cell, so that halving it would not make the lists shorter.
    pub(super) fn is_cell(&self) -> bool {
        let cell_m = self.grid.cell_m;
        self.bounds.width() <= cell_m && self.bounds.height() <= cell_m
    }

    /// Whether it is so small that halving it has no use even where hundreds of edges meet.
    pub(super) fn is_crumb(&self) -> bool {
        let crumb_m = self.grid.cell_m / CRUMBS_PER_CELL;
        self.bounds.width() <= crumb_m && self.bounds.height() <= crumb_m
    }

    /// The polygons that cover its south-west corner, and how often: all of it, where no edge is listed.
    pub(super) fn cover(&self) -> impl Iterator<Item = (u32, f64)> {
        let grid = self.grid;
        let label = self.cells.map_or(NONE, |[column, _, row, _]| {
            grid.covers[row * grid.columns + column]
        });
        let list = match label {
            NONE => &[],
            label if label >= SEVERAL => grid.lists[(label & !SEVERAL) as usize].as_slice(),
            _ => &[],
        };
        let one = (label < SEVERAL).then_some((label, 1.0));
        one.into_iter().chain(list.iter().copied())
    }

    /// The numbers of the listed edges, ascending, each once.
    pub(super) fn edges(&self, numbers: &mut Vec<u32>) {
        numbers.clear();
        (0..self.row_count()).for_each(|row| numbers.extend_from_slice(self.listed(row)));
        numbers.sort_unstable();
        numbers.dedup();
    }

    /// Calls `visit` with segments that together say how often each polygon covers each point of the box. `numbers` is
    /// room to write into.
    pub(super) fn visit_segments(&self, numbers: &mut Vec<u32>, mut visit: impl FnMut(Segment)) {
        let Some([column, _, row, _]) = self.cells else {
            return;
        };
        let corner = Metric {
            x_m: self.grid.south_west.x_m + column as f64 * self.grid.cell_m,
            y_m: self.grid.height_of(row),
        };
        let bounds = self.bounds;
        self.cover().for_each(|(feature, times)| {
            visit(Segment::flat(
                corner.x_m, bounds.x2, corner.y_m, times, feature,
            ));
        });
        self.edges(numbers);
        for &number in numbers.iter() {
            let edge = &self.grid.edges[number as usize];
            let (low, high) = edge.by_height();
            // What lies on or below the line through the corner is already in what the line is covered by.
            if high.y_m <= corner.y_m || low.y_m >= bounds.y2 || edge.from.x_m >= bounds.x2 {
                continue;
            }
            let (mut from, mut to) = (edge.from, edge.to);
            if let Some(x_m) = edge.crosses(corner.y_m) {
                if x_m > corner.x_m && x_m < bounds.x2 {
                    let step = edge.step();
                    visit(Segment::flat(
                        x_m,
                        bounds.x2,
                        corner.y_m,
                        step,
                        edge.feature,
                    ));
                }
                let end = if from.y_m <= to.y_m {
                    &mut from
                } else {
                    &mut to
                };
                *end = Metric {
                    x_m,
                    y_m: corner.y_m,
                };
            }
            if to.x_m > bounds.x1 {
                Segment::new(from, to, f64::from(edge.sign), edge.feature)
                    .into_iter()
                    .for_each(&mut visit);
            }
        }
    }

    /// The segments of [`visit_segments`](Self::visit_segments), those below the box pressed onto its lower side and put
    /// together there.
    pub(super) fn segments(&self, numbers: &mut Vec<u32>) -> Vec<Segment> {
        let (mut segments, mut below) = (vec![], Steps::default());
        let bounds = self.bounds;
        self.visit_segments(numbers, |segment| {
            let (x1, x2) = (segment.x1.max(bounds.x1), segment.x2.min(bounds.x2));
            let (y1, y2) = (segment.y_at(x1), segment.y_at(x2));
            if x1 >= x2 || y1.min(y2) >= bounds.y2 {
                return;
            }
            if y1.max(y2) <= bounds.y1 {
                below.add(segment.feature, x1, x2, segment.sign);
            } else {
                segments.push(segment.between(x1, x2));
            }
        });
        below.flatten(bounds.y1, &mut segments);
        segments
    }

    fn row_count(&self) -> usize {
        self.cells.map_or(0, |[_, _, first, last]| last + 1 - first)
    }

    /// The edges listed in one row of cells.
    fn listed(&self, row: usize) -> &[u32] {
        let grid = self.grid;
        self.cells.map_or(&[], |[west, east, first, _]| {
            let start = (first + row) * grid.columns;
            let span = grid.starts[start + west] as usize..grid.starts[start + east + 1] as usize;
            &grid.listed[span]
        })
    }
}

fn cover_more(covering: &mut Vec<(u32, f64)>, feature: u32, step: f64) {
    match covering.iter_mut().find(|cover| cover.0 == feature) {
        Some(cover) => cover.1 += step,
        None => covering.push((feature, step)),
    }
}

fn edges(layer: &Layer, rows: Option<&[u32]>, origin: Metric) -> Vec<Edge> {
    let count = match rows {
        Some(rows) => (rows.iter())
            .map(|&row| layer.shapes().feature_coordinates(row as usize).len())
            .sum(),
        None => layer.metric().len(),
    };
    let mut edges = Vec::with_capacity(count);
    let mut add = |row: u32| {
        visit_edges(layer, row as usize, origin, |a, b, side| {
            if a != b {
                edges.push(Edge::new(a, b, side, row));
            }
        });
    };
    match rows {
        Some(rows) => rows.iter().copied().for_each(&mut add),
        None => (0..narrow(layer.len())).for_each(&mut add),
    }
    edges
}

/// Whole metres near the south-west of a layer's measurable coordinates.
pub(super) fn origin_of(layer: &Layer) -> Metric {
    let bounds = (layer.metric().iter())
        .filter(|at| is_place(**at))
        .fold(Bounds::NONE, |all, at| all.with(at.x_m, at.y_m));
    if bounds.is_empty() {
        return Metric::default();
    }
    Metric {
        x_m: bounds.x1.floor(),
        y_m: bounds.y1.floor(),
    }
}
