//! Faults of a coverage: where polygons of one level overlap, and gaps between them.

use std::sync::Arc;

use comarca_engine::{GeometryType, Layer, LonLat, Metric, Territory};
use geo::{Area, BooleanOps, InteriorPoint, unary_union};
use geo_types::{Coord, MultiPolygon, Polygon};
use rayon::prelude::*;

use crate::problem::Problem;

/// Overlaps and gaps smaller than this are rounding, in m².
const AREA_MIN_M2: f64 = 1.0;
/// How many faults are named one by one; the rest is counted.
const NAMED_MAX: usize = 3;

/// Overlaps and gaps of every level that has a layer of its own, as warnings with areas and places.
///
/// Cost: an intersection for each pair of neighbours and a union of all, O(v log v) each, on all threads.
pub fn coverage_faults(territory: &Territory) -> Vec<Problem> {
    let own = territory.levels().iter().filter(|level| {
        territory
            .layer(level.layer().id())
            .is_some_and(|layer| Arc::ptr_eq(layer, level.layer()))
    });
    own.flat_map(|level| faults(territory, level.layer()))
        .collect()
}

fn faults(territory: &Territory, layer: &Layer) -> Vec<Problem> {
    let polygons: Vec<MultiPolygon<f64>> = (0..layer.len())
        .into_par_iter()
        .map(|row| metric_polygon(layer, row))
        .collect();
    [
        overlaps(territory, layer, &polygons),
        gaps(territory, layer, &polygons),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn overlaps(
    territory: &Territory,
    layer: &Layer,
    polygons: &[MultiPolygon<f64>],
) -> Option<Problem> {
    let of_row = |row: usize| {
        let mut others = vec![];
        let window = bounds(&polygons[row])?;
        layer
            .metric_index()
            .search(window, |other| others.push(other));
        others.retain(|&other| other > row);
        others.sort_unstable();
        Some(
            others
                .into_iter()
                .filter_map(|other| {
                    let common = polygons[row].intersection(&polygons[other]);
                    let area_m2 = common.unsigned_area();
                    (area_m2 > AREA_MIN_M2).then(|| Fault {
                        area_m2,
                        place: place(&common),
                        of: format!("{} and {}", layer.key(row), layer.key(other)),
                    })
                })
                .collect::<Vec<_>>(),
        )
    };
    let found: Vec<Fault> = (0..layer.len())
        .into_par_iter()
        .filter_map(of_row)
        .flatten()
        .collect();
    summary(territory, layer, "pairs of polygons overlap", found)
        .map(|problem| problem.advice("a point there counts for the first of the two only"))
}

fn gaps(territory: &Territory, layer: &Layer, polygons: &[MultiPolygon<f64>]) -> Option<Problem> {
    let union = unary_union(polygons);
    let holes = union.iter().flat_map(|polygon| {
        polygon
            .interiors()
            .iter()
            .map(|ring| Polygon::new(ring.clone(), vec![]))
    });
    let found = holes.map(|hole| Fault {
        area_m2: hole.unsigned_area(),
        place: place(&MultiPolygon(vec![hole])),
        of: String::new(),
    });
    let found = found.filter(|fault| fault.area_m2 > AREA_MIN_M2).collect();
    summary(territory, layer, "gaps lie between polygons", found)
        .map(|problem| problem.advice("a point there counts nowhere"))
}

struct Fault {
    area_m2: f64,
    place: Option<Metric>,
    of: String,
}

fn summary(
    territory: &Territory,
    layer: &Layer,
    what: &str,
    mut found: Vec<Fault>,
) -> Option<Problem> {
    found.sort_by(|a, b| b.area_m2.total_cmp(&a.area_m2));
    let total: f64 = found.iter().map(|fault| fault.area_m2).sum();
    let described = |fault: &Fault| {
        let place = fault
            .place
            .map(|at| territory.projection().to_lonlat(&[at])[0])
            .map_or(String::new(), |LonLat { lon, lat }| {
                format!(" at {lon:.5}, {lat:.5}")
            });
        format!(
            "{}{:.0} m²{place}",
            if fault.of.is_empty() {
                String::new()
            } else {
                format!("{}: ", fault.of)
            },
            fault.area_m2
        )
    };
    let largest: Vec<String> = found.iter().take(NAMED_MAX).map(described).collect();
    let message = format!(
        "{} {what}, {total:.0} m² in all; the largest: {}",
        found.len(),
        largest.join("; ")
    );
    (!found.is_empty()).then(|| Problem::warning(message).in_layer(layer.id()))
}

fn metric_polygon(layer: &Layer, row: usize) -> MultiPolygon<f64> {
    match layer.shapes().geometry_type(row) {
        GeometryType::Polygon => layer.shapes().multi_polygon(row, |at| Coord {
            x: layer.metric()[at].x_m,
            y: layer.metric()[at].y_m,
        }),
        _ => MultiPolygon(vec![]),
    }
}

fn bounds(polygon: &MultiPolygon<f64>) -> Option<[f64; 4]> {
    let rect = geo::BoundingRect::bounding_rect(polygon)?;
    Some([rect.min().x, rect.min().y, rect.max().x, rect.max().y])
}

fn place(polygon: &MultiPolygon<f64>) -> Option<Metric> {
    polygon.interior_point().map(|at| Metric {
        x_m: at.x(),
        y_m: at.y(),
    })
}
