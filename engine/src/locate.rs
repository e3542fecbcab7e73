//! Which polygon of a coverage holds a point: a cell grid that answers most points without geometry.
//!
//! A cell that no border crosses knows its polygon. A cell that one crosses lists the polygons to test; a test looks
//! only at the edges in the point's horizontal slab. Exactly one polygon of a partition holds a point, also on a
//! border (the half-open rule of `polygon::crosses_ray`); where polygons overlap, the first in the layer holds it.

use std::cmp::Ordering;

use rayon::prelude::*;

use crate::layer::Layer;
use crate::polygon::crosses_ray;
use crate::space::Metric;

/// The cell belongs to no polygon.
const OUTSIDE: u32 = u32::MAX;
/// The cell is crossed by a border; the other bits number its list of candidates.
const BORDER: u32 = 1 << 31;
/// Cells that an edge touches are widened by this share of a cell, far above the rounding of the arithmetic.
const MARGIN: f64 = 1e-6;

/// Finds the polygon of a layer that holds a point.
///
/// Building costs O(edges + cells), a query O(1) away from borders and O(edges in the slab) in a border cell.
#[derive(Debug)]
pub struct Locator {
    min: Metric,
    cell_m: f64,
    columns: usize,
    rows: usize,
    cells: Vec<u32>,
    /// Candidates of border cell `i`: `candidates[starts[i]..starts[i + 1]]`, ascending.
    starts: Vec<u32>,
    candidates: Vec<u32>,
    slabs: Slabs,
}

impl Locator {
    /// Prepares the polygons of a layer.
    pub fn build(layer: &Layer) -> Self {
        let bounds = layer.metric_index().envelope().unwrap_or([0.0; 4]);
        let edges = layer.metric().len();
        let (width, height) = (
            (bounds[2] - bounds[0]).max(1.0),
            (bounds[3] - bounds[1]).max(1.0),
        );
        let cells = (edges * 4).clamp(1 << 12, 1 << 22) as f64;
        let cell_m = (width * height / cells)
            .sqrt()
            .max(width.max(height) / 16_384.0);
        let mut locator = Self {
            min: Metric {
                x_m: bounds[0] - cell_m / 2.0,
                y_m: bounds[1] - cell_m / 2.0,
            },
            cell_m,
            columns: whole(width / cell_m) + 2,
            rows: whole(height / cell_m) + 2,
            cells: vec![],
            starts: vec![0],
            candidates: vec![],
            slabs: Slabs::build(layer),
        };
        locator.label(layer);
        locator
    }

    /// The row of the polygon that holds `point`.
    pub fn locate(&self, layer: &Layer, point: Metric) -> Option<usize> {
        let (x, y) = (
            (point.x_m - self.min.x_m) / self.cell_m,
            (point.y_m - self.min.y_m) / self.cell_m,
        );
        if !(x >= 0.0 && y >= 0.0 && x < self.columns as f64 && y < self.rows as f64) {
            return None;
        }
        match self.cells[whole(y) * self.columns + whole(x)] {
            OUTSIDE => None,
            label if label < BORDER => Some(label as usize),
            label => {
                let list = (label & !BORDER) as usize;
                let candidates =
                    &self.candidates[self.starts[list] as usize..self.starts[list + 1] as usize];
                candidates
                    .iter()
                    .map(|&row| row as usize)
                    .find(|&row| self.slabs.contains(layer, row, point))
            }
        }
    }

    /// Labels every cell, row by row on all threads.
    fn label(&mut self, layer: &Layer) {
        let crossed = self.crossed_cells(layer);
        let labelled: Vec<_> = (0..self.rows)
            .into_par_iter()
            .map(|row| self.label_row(layer, row, &crossed))
            .collect();
        for (mut cells, lists) in labelled {
            let first = narrow(self.starts.len() - 1);
            cells
                .iter_mut()
                .filter(|label| **label != OUTSIDE && **label >= BORDER)
                .for_each(|label| *label += first);
            self.cells.append(&mut cells);
            for list in lists {
                self.candidates.extend(list);
                self.starts.push(narrow(self.candidates.len()));
            }
        }
    }

    /// Pairs of cell and polygon whose border touches it, sorted, each once.
    fn crossed_cells(&self, layer: &Layer) -> Vec<(u32, u32)> {
        let of_feature = |row: usize| {
            let mut pairs = vec![];
            for ring in layer.shapes().feature_rings(row) {
                let ring = &layer.metric()[layer.shapes().coordinates(ring)];
                ring.windows(2).for_each(|edge| {
                    self.cross(edge[0], edge[1], |cell| {
                        pairs.push((narrow(cell), narrow(row)));
                    });
                });
            }
            pairs
        };
        let mut pairs: Vec<_> = (0..layer.len())
            .into_par_iter()
            .flat_map_iter(of_feature)
            .collect();
        pairs.par_sort_unstable();
        pairs.dedup();
        pairs
    }

    /// Calls `visit` with every cell that the edge touches, and perhaps a neighbour within [`MARGIN`].
    fn cross(&self, a: Metric, b: Metric, mut visit: impl FnMut(usize)) {
        let on_grid = |at: Metric| {
            (
                (at.x_m - self.min.x_m) / self.cell_m,
                (at.y_m - self.min.y_m) / self.cell_m,
            )
        };
        let ((ax, ay), (bx, by)) = (on_grid(a), on_grid(b));
        let (low, high) = (ay.min(by), ay.max(by));
        for row in whole(low - MARGIN)..=whole(high + MARGIN).min(self.rows - 1) {
            let (bottom, top) = (
                (row as f64 - MARGIN).max(low),
                (row as f64 + 1.0 + MARGIN).min(high),
            );
            let x_at = |y: f64| {
                if ay == by {
                    (ax, bx)
                } else {
                    (ax + (y - ay) / (by - ay) * (bx - ax), f64::NAN)
                }
            };
            let ends = [x_at(bottom).0, x_at(top).0, x_at(bottom).1];
            let left = ends
                .into_iter()
                .fold(f64::INFINITY, f64::min)
                .max(ax.min(bx));
            let right = ends
                .into_iter()
                .fold(f64::NEG_INFINITY, f64::max)
                .min(ax.max(bx));
            (whole(left - MARGIN)..=whole(right + MARGIN).min(self.columns - 1))
                .for_each(|column| visit(row * self.columns + column));
        }
    }

    /// Labels of a row of cells and the candidate lists of its border cells, numbered from zero.
    ///
    /// A polygon that covers a cell without an edge in it covers the cell to the left too or has an edge there. So
    /// going from west to east only a handful of polygons need a test, and only beside border cells.
    fn label_row(
        &self,
        layer: &Layer,
        row: usize,
        crossed: &[(u32, u32)],
    ) -> (Vec<u32>, Vec<Vec<u32>>) {
        let (mut labels, mut lists) = (Vec::with_capacity(self.columns), vec![]);
        let (mut covering, mut before): (Vec<u32>, &[(u32, u32)]) = (vec![], &[]);
        let mut at = crossed.partition_point(|pair| (pair.0 as usize) < row * self.columns);
        for column in 0..self.columns {
            let cell = row * self.columns + column;
            let end = at
                + crossed[at..]
                    .iter()
                    .take_while(|pair| pair.0 as usize == cell)
                    .count();
            let here = &crossed[at..end];
            if !(here.is_empty() && before.is_empty()) {
                covering.extend(before.iter().map(|pair| pair.1));
                covering.sort_unstable();
                covering.dedup();
                let centre = self.centre(column, row);
                covering.retain(|&polygon| {
                    here.iter().all(|pair| pair.1 != polygon)
                        && self.slabs.contains(layer, polygon as usize, centre)
                });
            }
            if here.is_empty() {
                labels.push(covering.first().copied().unwrap_or(OUTSIDE));
            } else {
                labels.push(BORDER | narrow(lists.len()));
                let mut list: Vec<u32> = here
                    .iter()
                    .map(|pair| pair.1)
                    .chain(covering.iter().copied())
                    .collect();
                list.sort_unstable();
                lists.push(list);
            }
            (before, at) = (here, end);
        }
        (labels, lists)
    }

    fn centre(&self, column: usize, row: usize) -> Metric {
        Metric {
            x_m: self.min.x_m + (column as f64 + 0.5) * self.cell_m,
            y_m: self.min.y_m + (row as f64 + 0.5) * self.cell_m,
        }
    }
}

/// The edges of each polygon, sorted into horizontal slabs.
#[derive(Debug)]
struct Slabs {
    polygons: Vec<PolygonSlabs>,
}

#[derive(Debug, Default)]
struct PolygonSlabs {
    min_y_m: f64,
    slabs_per_m: f64,
    starts: Vec<u32>,
    /// Number of the edge's first coordinate; its second one follows.
    edges: Vec<u32>,
}

impl Slabs {
    fn build(layer: &Layer) -> Self {
        Self {
            polygons: (0..layer.len())
                .into_par_iter()
                .map(|row| PolygonSlabs::build(layer, row))
                .collect(),
        }
    }

    /// Whether the polygon `row` contains `point`; the same answer as [`Layer::contains`].
    fn contains(&self, layer: &Layer, row: usize, point: Metric) -> bool {
        let metric = layer.metric();
        let crossed =
            |edge: &&u32| crosses_ray(metric[**edge as usize], metric[**edge as usize + 1], point);
        self.polygons[row]
            .slab(point.y_m)
            .iter()
            .filter(crossed)
            .count()
            % 2
            == 1
    }
}

impl PolygonSlabs {
    fn build(layer: &Layer, row: usize) -> Self {
        let metric = layer.metric();
        let rings = layer
            .shapes()
            .feature_rings(row)
            .map(|ring| layer.shapes().coordinates(ring));
        let edges: Vec<usize> = rings
            .flat_map(|ring| ring.start..ring.end.saturating_sub(1))
            .collect();
        let heights = || {
            edges
                .iter()
                .flat_map(|&edge| [metric[edge].y_m, metric[edge + 1].y_m])
        };
        let (low, high) = heights().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| {
            (low.min(y), high.max(y))
        });
        let count = (edges.len() / 2).clamp(1, 1024);
        if low.partial_cmp(&high) != Some(Ordering::Less) {
            return Self::default();
        }
        let mut slabs = Self {
            min_y_m: low,
            slabs_per_m: count as f64 / (high - low),
            starts: vec![0; count + 1],
            edges: vec![],
        };
        let mut pairs: Vec<(u32, u32)> = vec![];
        for &edge in &edges {
            let (a, b) = (
                slabs.number(metric[edge].y_m),
                slabs.number(metric[edge + 1].y_m),
            );
            pairs.extend((a.min(b)..=a.max(b)).map(|slab| (narrow(slab), narrow(edge))));
        }
        pairs.sort_unstable();
        for (slab, start) in slabs.starts.iter_mut().enumerate() {
            *start = narrow(pairs.partition_point(|pair| (pair.0 as usize) < slab));
        }
        slabs.edges = pairs.into_iter().map(|pair| pair.1).collect();
        slabs
    }

    /// The edges that may cross the height `y_m`.
    fn slab(&self, y_m: f64) -> &[u32] {
        if self.starts.is_empty() {
            return &[];
        }
        let slab = self.number(y_m);
        &self.edges[self.starts[slab] as usize..self.starts[slab + 1] as usize]
    }

    /// Monotonic in `y_m`, so an edge that spans a height is in that height's slab.
    fn number(&self, y_m: f64) -> usize {
        whole((y_m - self.min_y_m) * self.slabs_per_m).min(self.starts.len() - 2)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the float-to-int cast saturates at zero, as meant"
)]
fn whole(value: f64) -> usize {
    value as usize
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "rows, edges and cells are fewer than 2³²"
)]
fn narrow(value: usize) -> u32 {
    value as u32
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
    }
}
