//! One point per feature to write its name at: the same at every zoom, and in one tile of each.

use std::cmp::Ordering;

use rayon::prelude::*;

use super::pole::pole;
use super::{LABELS, titled};
use crate::column::{Column, Value};
use crate::layer::{Layer, LayerParts};
use crate::polygon::signed_area;
use crate::shapes::{GeometryType, ShapesBuilder};
use crate::space::{Metric, Projection};
use crate::title::Title;

/// Attribute: 1 for the largest feature, as `symbol-sort-key` takes it.
pub(super) const RANK: &str = "rank";
/// Attribute: radius in metres of the largest circle round the point that lies within the feature; only polygons have one.
pub(super) const RADIUS: &str = "radius_m";

/// Where a feature is labelled.
#[derive(Clone, Copy, Debug)]
struct Spot {
    at: Metric,
    /// Of the circle round it, where the feature is a polygon.
    radius_m: Option<f64>,
    /// How large the feature is: m² of polygons, metres of lines.
    size: (f64, f64),
}

/// A point for each feature of `base`, in its order and with its keys, names and columns, and `rank` and `radius_m`
/// besides, which hide columns of these names.
///
/// A polygon is labelled at the [pole of inaccessibility](super::pole) of its largest part, a line in the middle of its
/// longest, a point where it stands. `of` is the id of the source; `shown` tells what may be shown of the columns of `base`, by position.
///
/// Cost O(v) for each of some hundred tries per polygon, on all threads.
pub(crate) fn labels<'a>(
    base: &Layer,
    of: &str,
    title: &Title,
    shown: impl Fn(usize) -> &'a Column,
    projection: &dyn Projection,
) -> Layer {
    let spots: Vec<Option<Spot>> = (0..base.len())
        .into_par_iter()
        .map(|row| spot(base, row))
        .collect();
    let mut shapes = ShapesBuilder::default();
    for spot in &spots {
        match spot {
            None => shapes.start_feature(GeometryType::None),
            Some(spot) => {
                shapes.start_feature(GeometryType::Point);
                shapes.start_part();
                shapes.start_ring();
                shapes.coordinate(spot.at.x_m, spot.at.y_m);
            }
        }
    }
    let metric: Vec<Metric> = spots.iter().flatten().map(|spot| spot.at).collect();
    let own = [ranks(base, &spots), radii(&spots)];
    let others = (0..base.columns().len())
        .map(shown)
        .filter(|column| own.iter().all(|own| own.name() != column.name()))
        .cloned();
    let columns = others.chain(own.iter().cloned()).collect();
    let parts = LayerParts {
        id: format!("{of}{LABELS}"),
        title: titled(title, of, ["rótulos", "labels"]),
        keys: base.keys().clone(),
        names: base.has_names().then(|| base.names().clone()),
        columns,
        shapes: shapes.build().0,
        lonlat: projection.to_lonlat(&metric),
        metric,
    };
    Layer::new(parts).expect("the keys are those of a layer, and every feature has its point")
}

fn spot(base: &Layer, row: usize) -> Option<Spot> {
    let found = match base.shapes().geometry_type(row) {
        GeometryType::None => None,
        GeometryType::Point => {
            let first = base.shapes().feature_coordinates(row).start;
            Some(Spot {
                at: base.metric()[first],
                radius_m: None,
                size: (0.0, 0.0),
            })
        }
        GeometryType::Line => line_spot(base, row),
        GeometryType::Polygon => polygon_spot(base, row),
    };
    found.filter(|spot| spot.at.is_near())
}

/// In the largest part of a polygon; of two that are equal in the first.
fn polygon_spot(base: &Layer, row: usize) -> Option<Spot> {
    let (shapes, metric) = (base.shapes(), base.metric());
    let rings = |part| -> Vec<&[Metric]> {
        let rings = shapes.rings(part);
        rings
            .map(|ring| &metric[shapes.coordinates(ring)])
            .collect()
    };
    let area = |part| {
        let mut rings = rings(part).into_iter().map(|ring| signed_area(ring).abs());
        rings.next().unwrap_or(0.0) - rings.sum::<f64>()
    };
    let largest = first_largest(shapes.parts(row), area)?;
    let pole = pole(&rings(largest))?;
    Some(Spot {
        at: pole.at,
        radius_m: Some(pole.radius_m),
        size: (base.area_m2(row), 0.0),
    })
}

/// In the middle of the longest part of a line, along it.
fn line_spot(base: &Layer, row: usize) -> Option<Spot> {
    let (shapes, metric) = (base.shapes(), base.metric());
    let line = |part| &metric[shapes.coordinates(shapes.rings(part).start)];
    let step = |edge: &[Metric]| edge[0].distance_squared(edge[1]).sqrt();
    let length = |part| line(part).windows(2).map(step).sum::<f64>();
    let longest = first_largest(shapes.parts(row), length)?;
    let mut left = length(longest) / 2.0;
    let mut at = *line(longest).first()?;
    for edge in line(longest).windows(2) {
        let long = step(edge);
        let share = if long > 0.0 {
            (left / long).min(1.0)
        } else {
            0.0
        };
        at = Metric {
            x_m: edge[0].x_m + (edge[1].x_m - edge[0].x_m) * share,
            y_m: edge[0].y_m + (edge[1].y_m - edge[0].y_m) * share,
        };
        if left <= long {
            break;
        }
        left -= long;
    }
    Some(Spot {
        at,
        radius_m: None,
        size: (0.0, base.length_m(row)),
    })
}

fn first_largest(parts: std::ops::Range<usize>, size: impl Fn(usize) -> f64) -> Option<usize> {
    let sizes = parts.map(|part| (part, size(part)));
    let larger = |best: (usize, f64), other: (usize, f64)| match other.1 > best.1 {
        true => other,
        false => best,
    };
    sizes.reduce(larger).map(|(part, _)| part)
}

/// 1 for the largest feature; equal ones by their keys, so that the order of the file makes no difference.
fn ranks(base: &Layer, spots: &[Option<Spot>]) -> Column {
    let sized = |row: usize| spots[row].map(|spot| (row, spot.size));
    let mut order: Vec<_> = (0..spots.len()).filter_map(sized).collect();
    let larger =
        |(a, (area, length)): &(usize, (f64, f64)), (b, other): &(usize, (f64, f64))| -> Ordering {
            other
                .0
                .total_cmp(area)
                .then(other.1.total_cmp(length))
                .then_with(|| base.key(*a).cmp(base.key(*b)))
        };
    order.par_sort_unstable_by(larger);
    let mut ranks = vec![Value::Null; spots.len()];
    for (rank, (row, _)) in (1..).zip(order) {
        ranks[row] = Value::Integer(rank);
    }
    Column::new(RANK, ranks)
}

/// To a decimetre, which is finer than what the search promises and lets tiles share values.
fn radii(spots: &[Option<Spot>]) -> Column {
    let radius = |spot: &Option<Spot>| {
        let radius_m = spot.and_then(|spot| spot.radius_m);
        radius_m.map_or(Value::Null, |radius| {
            Value::Real((radius * 10.0).round() / 10.0)
        })
    };
    Column::new(RADIUS, spots.iter().map(radius))
}
