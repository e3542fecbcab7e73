//! Labels a row of cells from east to west.
//!
//! A stretch of cells that edges touch lies between two cells that none touches. Which polygons cover the one to the
//! east is known; an edge of the stretch that spans a height changes whether its polygon covers that height. So a
//! point in the stretch needs only the edges between itself and the stretch's eastern end.

use super::grid::{Grid, Span};
use super::{Border, BorderEdge, OUTSIDE};
use crate::layer::Layer;
use crate::number::narrow;
use crate::space::Metric;

/// A stretch with more polygons than this, or more edges, is crowded: its cells list polygons instead.
const MAX_POLYGONS: usize = 32;
const MAX_EDGES: usize = 128;
/// An edge looks for its twin, the same edge of the neighbour, among so many before it.
const TWINS: usize = 8;

/// What the sweep found beside the labels of the clean cells: numbers in it count from zero.
#[derive(Debug, Default)]
pub(super) struct RowBorders {
    /// Column of each border cell.
    pub(super) columns: Vec<u16>,
    pub(super) borders: Vec<Border>,
    pub(super) edges: Vec<BorderEdge>,
    pub(super) polygons: Vec<u32>,
}

/// Labels the clean cells of a row and describes its border cells. `spans` are those of the row.
pub(super) fn label_row(
    layer: &Layer,
    grid: &Grid,
    row: usize,
    spans: &mut [Span],
    labels: &mut [u32],
) -> RowBorders {
    spans.sort_unstable_by_key(|span| (u16::MAX - span.right, span.edge));
    let middle_m = grid.middle_m(row);
    let mut found = RowBorders::default();
    let mut covering: Vec<u32> = vec![];
    let (mut clean_end, mut next) = (labels.len(), 0);
    while let Some(first) = spans.get(next) {
        let right = usize::from(first.right);
        labels[right + 1..clean_end].fill(covering.first().copied().unwrap_or(OUTSIDE));
        let (mut left, start) = (first.left, next);
        while let Some(span) = spans.get(next).filter(|span| span.right + 1 >= left) {
            left = left.min(span.left);
            next += 1;
        }
        let stretch = Stretch {
            metric: layer.metric(),
            spans: &spans[start..next],
            left,
            middle_m,
        };
        stretch.describe(&covering, &mut found);
        stretch.pass(&mut covering);
        clean_end = usize::from(left);
    }
    labels[..clean_end].fill(covering.first().copied().unwrap_or(OUTSIDE));
    found
}

/// Neighbouring cells that edges touch.
struct Stretch<'a> {
    metric: &'a [Metric],
    /// From east to west by their last column.
    spans: &'a [Span],
    left: u16,
    /// Northing of the middle of the row.
    middle_m: f64,
}

impl Stretch<'_> {
    /// Adds the border cells to `found`; `east` covers the cell east of the stretch.
    fn describe(&self, east: &[u32], found: &mut RowBorders) {
        let mut polygons: Vec<u32> = east.to_vec();
        for span in self.spans {
            if polygons.len() <= MAX_POLYGONS && !polygons.contains(&span.polygon) {
                polygons.push(span.polygon);
            }
        }
        if polygons.len() > MAX_POLYGONS || self.spans.len() > MAX_EDGES {
            self.describe_crowded(east, found);
            return;
        }
        polygons.sort_unstable();
        self.describe_plain(east, &polygons, found);
        found.polygons.extend(polygons);
    }

    /// Each cell has the edges of the cells from it to the eastern end: a part of one list.
    fn describe_plain(&self, east: &[u32], polygons: &[u32], found: &mut RowBorders) {
        let bit = |polygon: &u32| 1_u32 << polygons.partition_point(|other| other < polygon);
        let first_edge = found.edges.len();
        let first_polygon = narrow(found.polygons.len());
        let east = east.iter().map(bit).sum();
        let mut spans = self.spans.iter().peekable();
        for column in (self.left..=self.spans[0].right).rev() {
            while let Some(span) = spans.next_if(|span| span.right == column) {
                self.add_edge(span.edge, bit(&span.polygon), first_edge, found);
            }
            found.columns.push(column);
            found.borders.push(Border {
                first_edge: narrow(first_edge),
                end_edge: narrow(found.edges.len()),
                first_polygon,
                east,
            });
        }
    }

    /// Adds an edge, or only its polygon where the same edge of a neighbour is there.
    fn add_edge(&self, edge: u32, polygon: u32, first: usize, found: &mut RowBorders) {
        let ends = |edge: u32| (self.metric[edge as usize], self.metric[edge as usize + 1]);
        let (a, b) = ends(edge);
        let recent = first.max(found.edges.len().saturating_sub(TWINS));
        let twin = found.edges[recent..].iter_mut().find(|other| {
            let (c, d) = ends(other.edge);
            (a == d && b == c) || (a == c && b == d)
        });
        match twin {
            Some(twin) => twin.polygons ^= polygon,
            None => found.edges.push(BorderEdge {
                edge,
                polygons: polygon,
            }),
        }
    }

    /// Each cell lists the polygons that touch or cover it.
    fn describe_crowded(&self, east: &[u32], found: &mut RowBorders) {
        let (mut covering, mut here): (Vec<u32>, Vec<Span>) = (east.to_vec(), vec![]);
        let mut spans = self.spans.iter().peekable();
        for column in (self.left..=self.spans[0].right).rev() {
            here.retain(|span| {
                let stays = span.left <= column;
                if !stays {
                    self.pass_one(span, &mut covering);
                }
                stays
            });
            while let Some(span) = spans.next_if(|span| span.right == column) {
                here.push(*span);
            }
            let mut list: Vec<u32> = here.iter().map(|span| span.polygon).collect();
            list.extend(&covering);
            list.sort_unstable();
            list.dedup();
            found.columns.push(column);
            found
                .borders
                .push(Border::crowded(narrow(found.polygons.len()), list.len()));
            found.polygons.extend(list);
        }
    }

    /// Turns the polygons that cover the cell east of the stretch into those that cover the one to the west.
    fn pass(&self, covering: &mut Vec<u32>) {
        self.spans
            .iter()
            .for_each(|span| self.pass_one(span, covering));
    }

    /// Passes an edge on the way along the middle of the row.
    fn pass_one(&self, span: &Span, covering: &mut Vec<u32>) {
        let edge = span.edge as usize;
        let above = |at: Metric| at.y_m > self.middle_m;
        if above(self.metric[edge]) == above(self.metric[edge + 1]) {
            return;
        }
        match covering.binary_search(&span.polygon) {
            Ok(position) => {
                covering.remove(position);
            }
            Err(position) => covering.insert(position, span.polygon),
        }
    }
}
