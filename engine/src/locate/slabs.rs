//! The edges of a polygon, sorted into horizontal slabs: for the cells that many polygons crowd.

use std::cmp::Ordering;

use rayon::prelude::*;

use crate::layer::Layer;
use crate::number::{narrow, whole};
use crate::polygon::crosses_ray;
use crate::space::Metric;

/// Slabs of some polygons of a layer.
#[derive(Debug, Default)]
pub(super) struct Slabs {
    /// Rows of the polygons, ascending.
    rows: Vec<u32>,
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
    /// Prepares the polygons `rows`, which ascend.
    pub(super) fn build(layer: &Layer, rows: Vec<u32>) -> Self {
        let polygons = rows
            .par_iter()
            .map(|&row| PolygonSlabs::build(layer, row as usize))
            .collect();
        Self { rows, polygons }
    }

    /// Whether no polygon is prepared.
    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether the polygon `row` is prepared and contains `point`; the same answer as [`Layer::contains`].
    pub(super) fn contains(&self, layer: &Layer, row: u32, point: Metric) -> bool {
        let Ok(position) = self.rows.binary_search(&row) else {
            return false;
        };
        let metric = layer.metric();
        let crossed =
            |edge: &&u32| crosses_ray(metric[**edge as usize], metric[**edge as usize + 1], point);
        let slab = self.polygons[position].slab(point.y_m);
        slab.iter().filter(crossed).count() % 2 == 1
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
