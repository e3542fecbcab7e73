//! Which polygon of a coverage holds a point: a cell grid that answers most points without geometry.
//!
//! A cell that no border touches knows its polygon. A cell that one touches knows which polygons cover the next such
//! cell to the east, and the edges up to there: each one that lies east of the point changes whether its polygons hold
//! it. Exactly one polygon of a partition holds a point, also on a border (the half-open rule of
//! `polygon::crosses_ray`); where polygons overlap, the first in the layer holds it.

mod grid;
mod slabs;
mod sweep;

use crate::number::narrow;
use rayon::prelude::*;

use crate::layer::Layer;
use crate::polygon::crosses_ray;
use crate::shapes::GeometryType;
use crate::space::Metric;
use grid::{Grid, Span};
use slabs::Slabs;
use sweep::RowBorders;

/// The cell belongs to no polygon.
const OUTSIDE: u32 = u32::MAX;
/// An edge touches the cell; the other bits number its entry among the border cells.
const BORDER: u32 = 1 << 31;
/// Marks a border cell that lists polygons instead of edges.
const CROWDED: u32 = u32::MAX;
/// Features whose edges one task rasterizes.
const CHUNK: usize = 64;
/// Points that are located together.
const BATCH: usize = 256;

/// Finds the polygon of a layer that holds a point.
///
/// Building costs O(edges + cells), a query O(1) away from borders and O(edges to the next clean cell) beside one.
#[derive(Debug)]
pub struct Locator {
    grid: Grid,
    cells: Vec<u32>,
    borders: Vec<Border>,
    edges: Vec<BorderEdge>,
    /// Rows of the polygons that border cells speak of, ascending in each.
    polygons: Vec<u32>,
    slabs: Slabs,
}

/// A cell that an edge touches.
#[derive(Clone, Copy, Debug)]
struct Border {
    /// The edges between the cell and the next clean cell to the east, or [`CROWDED`].
    first_edge: u32,
    /// Their end; of a crowded cell the number of its polygons.
    end_edge: u32,
    first_polygon: u32,
    /// Which of the polygons cover that clean cell, one bit each.
    east: u32,
}

/// An edge beside a border cell, and the bits of the polygons that it belongs to.
#[derive(Clone, Copy, Debug)]
struct BorderEdge {
    /// Number of the edge's first coordinate; its second one follows.
    edge: u32,
    polygons: u32,
}

impl Border {
    fn crowded(first_polygon: u32, count: usize) -> Self {
        Self {
            first_edge: CROWDED,
            end_edge: narrow(count),
            first_polygon,
            east: 0,
        }
    }
}

impl Locator {
    /// Prepares the polygons of a layer.
    pub fn build(layer: &Layer) -> Self {
        Self::build_of(layer, None)
    }

    /// Prepares the polygons among `rows`, which ascend; `None` stands for all.
    pub(crate) fn build_of(layer: &Layer, rows: Option<&[u32]>) -> Self {
        let rows: Vec<u32> = match rows {
            Some(rows) => rows.to_vec(),
            None => (0..narrow(layer.len())).collect(),
        };
        let is_polygon =
            |row: &u32| layer.shapes().geometry_type(*row as usize) == GeometryType::Polygon;
        let rows: Vec<u32> = rows.into_iter().filter(is_polygon).collect();
        let (bounds, edges) = bounds(layer, &rows);
        let grid = Grid::new(bounds, cell_count(edges));
        let mut locator = Self {
            cells: vec![0; grid.columns * grid.rows],
            grid,
            borders: vec![],
            edges: vec![],
            polygons: vec![],
            slabs: Slabs::default(),
        };
        locator.label(layer, &rows);
        locator
    }

    /// The row of the polygon that holds `point`.
    pub fn locate(&self, layer: &Layer, point: Metric) -> Option<usize> {
        let label = self.cells[self.grid.cell(point)?];
        self.resolve(layer, label, point).map(|row| row as usize)
    }

    /// [`locate`](Self::locate) for many points, on all threads.
    pub fn locate_all(&self, layer: &Layer, points: &[Metric]) -> Vec<Option<u32>> {
        let mut rows = vec![None; points.len()];
        points
            .par_chunks(BATCH)
            .zip(rows.par_chunks_mut(BATCH))
            .with_min_len(64)
            .for_each(|(points, rows)| self.locate_batch(layer, points, rows));
        rows
    }

    /// First all labels, whose loads do not wait for each other, then the border cells.
    fn locate_batch(&self, layer: &Layer, points: &[Metric], rows: &mut [Option<u32>]) {
        let mut labels = [OUTSIDE; BATCH];
        for (label, &point) in labels.iter_mut().zip(points) {
            *label = self
                .grid
                .cell(point)
                .map_or(OUTSIDE, |cell| self.cells[cell]);
        }
        for ((row, &label), &point) in rows.iter_mut().zip(&labels).zip(points) {
            *row = self.resolve(layer, label, point);
        }
    }

    /// The row that a cell's label says, looking at the edges where it has some.
    fn resolve(&self, layer: &Layer, label: u32, point: Metric) -> Option<u32> {
        match label {
            OUTSIDE => None,
            label if label < BORDER => Some(label),
            label => self.locate_at_border(layer, self.borders[(label & !BORDER) as usize], point),
        }
    }

    fn locate_at_border(&self, layer: &Layer, border: Border, point: Metric) -> Option<u32> {
        let polygons = &self.polygons[border.first_polygon as usize..];
        if border.first_edge == CROWDED {
            let mut listed = polygons[..border.end_edge as usize].iter().copied();
            return listed.find(|&row| self.slabs.contains(layer, row, point));
        }
        let metric = layer.metric();
        let mut holders = border.east;
        for edge in &self.edges[border.first_edge as usize..border.end_edge as usize] {
            let at = edge.edge as usize;
            if crosses_ray(metric[at], metric[at + 1], point) {
                holders ^= edge.polygons;
            }
        }
        (holders != 0).then(|| polygons[holders.trailing_zeros() as usize])
    }

    /// Labels every cell, row by row on all threads.
    fn label(&mut self, layer: &Layer, rows: &[u32]) {
        let (mut spans, starts) = self.spans(layer, rows);
        let mut by_row = Vec::with_capacity(self.grid.rows);
        let mut rest = spans.as_mut_slice();
        for row in starts.windows(2) {
            let (own, others) = rest.split_at_mut(row[1] - row[0]);
            by_row.push(own);
            rest = others;
        }
        let grid = &self.grid;
        let found: Vec<RowBorders> = by_row
            .into_par_iter()
            .zip(self.cells.par_chunks_mut(grid.columns))
            .enumerate()
            .map(|(row, (spans, labels))| sweep::label_row(layer, grid, row, spans, labels))
            .collect();
        for (row, found) in found.into_iter().enumerate() {
            self.add_row(row, &found);
        }
        let mut crowded: Vec<u32> = self
            .borders
            .iter()
            .filter(|border| border.first_edge == CROWDED)
            .flat_map(|border| {
                &self.polygons[border.first_polygon as usize..][..border.end_edge as usize]
            })
            .copied()
            .collect();
        crowded.sort_unstable();
        crowded.dedup();
        self.slabs = Slabs::build(layer, crowded);
    }

    /// Takes over the border cells of a row, whose numbers count from zero.
    fn add_row(&mut self, row: usize, found: &RowBorders) {
        let first = self.borders.len();
        let (edges, polygons) = (narrow(self.edges.len()), narrow(self.polygons.len()));
        self.borders.extend(found.borders.iter().map(|border| {
            let crowded = border.first_edge == CROWDED;
            let shift = if crowded { 0 } else { edges };
            Border {
                first_edge: border.first_edge + shift,
                end_edge: border.end_edge + shift,
                first_polygon: border.first_polygon + polygons,
                east: border.east,
            }
        }));
        for (position, &column) in found.columns.iter().enumerate() {
            let cell = row * self.grid.columns + usize::from(column);
            self.cells[cell] = BORDER | narrow(first + position);
        }
        self.edges.extend(&found.edges);
        self.polygons.extend(&found.polygons);
    }

    /// The cells that edges touch, in the order of rows, and where each row starts.
    fn spans(&self, layer: &Layer, rows: &[u32]) -> (Vec<Span>, Vec<usize>) {
        let chunks: Vec<Vec<Span>> = rows
            .par_chunks(CHUNK)
            .map(|rows| self.spans_of(layer, rows))
            .collect();
        let mut starts = vec![0; self.grid.rows + 1];
        for span in chunks.iter().flatten() {
            starts[usize::from(span.row) + 1] += 1;
        }
        for row in 0..self.grid.rows {
            starts[row + 1] += starts[row];
        }
        let nothing = Span {
            row: 0,
            left: 0,
            right: 0,
            edge: 0,
            polygon: 0,
        };
        let (mut spans, mut next) = (vec![nothing; starts[self.grid.rows]], starts.clone());
        for &span in chunks.iter().flatten() {
            let at = &mut next[usize::from(span.row)];
            spans[*at] = span;
            *at += 1;
        }
        (spans, starts)
    }

    fn spans_of(&self, layer: &Layer, rows: &[u32]) -> Vec<Span> {
        let (shapes, metric) = (layer.shapes(), layer.metric());
        let edges: usize = rows
            .iter()
            .map(|&row| shapes.feature_coordinates(row as usize).len())
            .sum();
        let mut spans = Vec::with_capacity(edges * 3);
        for &polygon in rows {
            for ring in shapes.feature_rings(polygon as usize) {
                let ring = shapes.coordinates(ring);
                for edge in ring.start..ring.end.saturating_sub(1) {
                    let (a, b) = (metric[edge], metric[edge + 1]);
                    if !(a.is_near() && b.is_near()) {
                        continue;
                    }
                    self.grid.cross(a, b, |row, left, right| {
                        spans.push(Span {
                            row,
                            left,
                            right,
                            edge: narrow(edge),
                            polygon,
                        });
                    });
                }
            }
        }
        spans
    }
}

/// Enough cells that few of them lie on a border, and not so many that they leave the caches.
fn cell_count(edges: usize) -> f64 {
    let cells = (edges * 16).min(1 << 20).max(edges * 4);
    cells.clamp(1 << 12, 1 << 22) as f64
}

/// Bounds of the polygons and how many coordinates they have.
fn bounds(layer: &Layer, rows: &[u32]) -> ([f64; 4], usize) {
    let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
    let mut count = 0;
    for &row in rows {
        let coordinates = &layer.metric()[layer.shapes().feature_coordinates(row as usize)];
        count += coordinates.len();
        for at in coordinates.iter().filter(|at| at.is_near()) {
            low = [low[0].min(at.x_m), low[1].min(at.y_m)];
            high = [high[0].max(at.x_m), high[1].max(at.y_m)];
        }
    }
    match low[0] <= high[0] {
        true => ([low[0], low[1], high[0], high[1]], count),
        false => ([0.0; 4], count),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::tests_support::polygons;
    use geo_types::{Polygon, polygon};
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    /// A coverage of quadrilaterals on a jittered lattice, with shared vertices.
    fn lattice(columns: usize, jitter: impl Fn(usize, usize) -> (f64, f64)) -> Vec<Polygon<f64>> {
        let at = |x: usize, y: usize| {
            let (dx, dy) = jitter(x, y);
            (x as f64 * 100.0 + dx, y as f64 * 100.0 + dy)
        };
        let cell = |x: usize, y: usize| {
            Polygon::new(
                vec![at(x, y), at(x + 1, y), at(x + 1, y + 1), at(x, y + 1)].into(),
                vec![],
            )
        };
        (0..columns * columns)
            .map(|i| cell(i % columns, i / columns))
            .collect()
    }

    fn wobble(x: usize, y: usize) -> (f64, f64) {
        let mix = |seed: usize| ((x * 7919 + y * 104_729 + seed) % 61) as f64 - 30.0;
        (mix(1), mix(17))
    }

    #[test]
    fn every_vertex_of_a_coverage_lies_in_at_most_one_polygon_and_inner_ones_in_exactly_one() {
        let layer = polygons(lattice(12, wobble));
        let locator = Locator::build(&layer);
        for x in 1..12 {
            for y in 1..12 {
                let (dx, dy) = wobble(x, y);
                let point = Metric {
                    x_m: x as f64 * 100.0 + dx,
                    y_m: y as f64 * 100.0 + dy,
                };
                let holders = (0..layer.len())
                    .filter(|&row| layer.contains(row, point))
                    .collect::<Vec<_>>();
                assert_eq!(holders.len(), 1, "{point:?}");
                assert_eq!(locator.locate(&layer, point), Some(holders[0]));
            }
        }
    }

    #[test]
    fn of_overlapping_polygons_the_first_holds_the_point_even_without_a_border_nearby() {
        let small = polygon![(x: 40.0, y: 40.0), (x: 60.0, y: 40.0), (x: 60.0, y: 60.0), (x: 40.0, y: 60.0)];
        let large = polygon![(x: 0.0, y: 0.0), (x: 100.0, y: 0.0), (x: 100.0, y: 100.0), (x: 0.0, y: 100.0)];
        let layer = polygons(vec![large, small]);
        let locator = Locator::build(&layer);
        for at in [41.0, 50.0, 59.5] {
            assert_eq!(locator.locate(&layer, Metric { x_m: at, y_m: at }), Some(0));
        }
        assert_eq!(
            locator.locate(
                &layer,
                Metric {
                    x_m: 150.0,
                    y_m: 50.0
                }
            ),
            None
        );
        assert_eq!(
            locator.locate(
                &layer,
                Metric {
                    x_m: f64::NAN,
                    y_m: 50.0
                }
            ),
            None
        );
    }

    #[test]
    fn a_cell_that_many_small_polygons_crowd_and_a_row_of_long_borders_are_located_as_a_scan_does()
    {
        let square = |x: f64, y: f64, side: f64| {
            geo_types::Rect::new((x, y), (x + side, y + side)).to_polygon()
        };
        // A village of 900 plots in the corner of a square of 100 km, and a ring of land with a hole around it.
        let mut parts: Vec<Polygon<f64>> = (0..900)
            .map(|i| square(f64::from(i % 30) * 2.0, f64::from(i / 30) * 2.0, 2.0))
            .collect();
        let hole = square(0.0, 0.0, 60.0).exterior().clone();
        parts.push(Polygon::new(
            square(-1e5, -1e5, 2e5).exterior().clone(),
            vec![hole],
        ));
        let layer = polygons(parts);
        let locator = Locator::build(&layer);
        assert!(!locator.slabs.is_empty(), "the village is crowded");
        let steps = (0..2000)
            .map(|i| f64::from(i % 50) * 1.3 - 2.0)
            .zip((0..2000).map(|i| f64::from(i / 50) * 1.6 - 2.0));
        let points: Vec<Metric> = steps.map(|(x_m, y_m)| Metric { x_m, y_m }).collect();
        let found = locator.locate_all(&layer, &points);
        for (&point, found) in points.iter().zip(found) {
            let scanned = (0..layer.len()).find(|&row| layer.contains(row, point));
            assert_eq!(found.map(|row| row as usize), scanned, "{point:?}");
        }
    }

    #[test]
    fn lines_and_vertices_without_a_place_hold_nothing() {
        let square = polygon![(x: 0.0, y: 0.0), (x: 10.0, y: 0.0), (x: 10.0, y: 10.0), (x: f64::NAN, y: 12.0), (x: 0.0, y: 10.0)];
        let closed =
            geo_types::LineString::from(vec![(20.0, 0.0), (30.0, 0.0), (30.0, 9.0), (20.0, 0.0)]);
        let layer =
            crate::layer::tests_support::layer("m", &[closed.into(), square.into()], vec![]);
        let locator = Locator::build(&layer);
        let at = |x_m, y_m| locator.locate(&layer, Metric { x_m, y_m });
        assert_eq!(
            (at(5.0, 5.0), at(28.0, 2.0), at(1e300, f64::NAN)),
            (Some(1), None, None)
        );
        let nothing = polygons(vec![]);
        assert_eq!(
            Locator::build(&nothing).locate(&nothing, Metric { x_m: 0.0, y_m: 0.0 }),
            None
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn the_grid_answers_as_a_scan_of_all_polygons(points in prop::collection::vec((-50.0..1250.0f64, -50.0..1250.0f64), 200)) {
            let layer = polygons(lattice(12, wobble));
            let locator = Locator::build(&layer);
            for (x_m, y_m) in points {
                let point = Metric { x_m, y_m };
                let scanned = (0..layer.len()).find(|&row| layer.contains(row, point));
                prop_assert_eq!(locator.locate(&layer, point), scanned);
            }
        }

        #[test]
        fn polygons_that_overlap_leave_gaps_and_share_edges_are_located_as_a_scan_does(corners in prop::collection::vec((0..24i32, 0..24i32, 1..9i32, 1..9i32), 1..60), points in prop::collection::vec((-2..70i32, -2..70i32), 200)) {
            let rect = |&(x, y, width, height): &(i32, i32, i32, i32)| {
                let [x, y, width, height] = [x, y, width, height].map(f64::from);
                geo_types::Rect::new((x, y), (x + width, y + height)).to_polygon()
            };
            let layer = polygons(corners.iter().map(rect).collect());
            let points: Vec<Metric> = points.iter().map(|&(x, y)| Metric { x_m: f64::from(x) / 2.0, y_m: f64::from(y) / 2.0 }).collect();
            let found = Locator::build(&layer).locate_all(&layer, &points);
            for (&point, found) in points.iter().zip(found) {
                let scanned = (0..layer.len()).find(|&row| layer.contains(row, point));
                prop_assert_eq!(found.map(|row| row as usize), scanned);
            }
        }
    }
}
