//! Measures of one polygon feature in metres: area, perimeter, containment, anchor, distance.
//!
//! All work on the flat arrays of a layer, on rings that are closed; a multi-polygon is the union of its parts.

use crate::shapes::{GeometryType, Shapes};
use crate::space::Metric;

/// Area in m² of a polygon feature: exteriors minus interiors, whatever their winding.
pub(crate) fn area_m2(shapes: &Shapes, metric: &[Metric], feature: usize) -> f64 {
    let part_area = |part: usize| {
        let mut rings = shapes
            .rings(part)
            .map(|ring| signed_area(&metric[shapes.coordinates(ring)]).abs());
        let exterior = rings.next().unwrap_or(0.0);
        exterior - rings.sum::<f64>()
    };
    match shapes.geometry_type(feature) {
        GeometryType::Polygon => shapes.parts(feature).map(part_area).sum(),
        _ => 0.0,
    }
}

/// Length in metres of all rings or lines of a feature.
pub(crate) fn length_m(shapes: &Shapes, metric: &[Metric], feature: usize) -> f64 {
    let ring_length = |ring: usize| -> f64 {
        metric[shapes.coordinates(ring)]
            .windows(2)
            .map(|edge| edge[0].distance_squared(edge[1]).sqrt())
            .sum()
    };
    shapes.feature_rings(feature).map(ring_length).sum()
}

/// Signed area in m², positive for counter-clockwise rings.
///
/// The shoelace sum is taken relative to the first vertex: eastings and northings of 10⁵ to 10⁷ m would cost digits.
pub(crate) fn signed_area(ring: &[Metric]) -> f64 {
    let Some(&origin) = ring.first() else {
        return 0.0;
    };
    let cross = |edge: &[Metric]| {
        (edge[0].x_m - origin.x_m) * (edge[1].y_m - origin.y_m)
            - (edge[1].x_m - origin.x_m) * (edge[0].y_m - origin.y_m)
    };
    ring.windows(2).map(cross).sum::<f64>() / 2.0
}

/// Whether an edge crosses the ray from `point` towards positive x, by the half-open rule.
///
/// An edge owns its lower end and not its upper one, and a point on an edge lies left of it or not by one sign that
/// does not depend on the edge's direction. So of two polygons that share an edge exactly one contains a point on it.
pub(crate) fn crosses_ray(a: Metric, b: Metric, point: Metric) -> bool {
    if (a.y_m > point.y_m) == (b.y_m > point.y_m) {
        return false;
    }
    // Most points lie beside the edge's box, where no orientation is needed.
    if point.x_m > a.x_m && point.x_m > b.x_m {
        return false;
    }
    if point.x_m < a.x_m && point.x_m < b.x_m {
        return true;
    }
    let (low, high) = if a.y_m < b.y_m { (a, b) } else { (b, a) };
    let turn = <geo::kernels::RobustKernel as geo::kernels::Kernel<f64>>::orient2d(
        coord(low),
        coord(high),
        coord(point),
    );
    turn == geo::kernels::Orientation::CounterClockwise
}

/// Whether the polygon feature contains `point`, by the rule of [`crosses_ray`] (even–odd over all rings).
pub(crate) fn contains(shapes: &Shapes, metric: &[Metric], feature: usize, point: Metric) -> bool {
    let crossings = |ring: usize| {
        metric[shapes.coordinates(ring)]
            .windows(2)
            .filter(|edge| crosses_ray(edge[0], edge[1], point))
            .count()
    };
    shapes.feature_rings(feature).map(crossings).sum::<usize>() % 2 == 1
}

/// What a feature stands at: a polygon's centroid where that lies inside, else a point on its surface; the point
/// itself; the middle of a line's vertices. NaN without geometry.
pub(crate) fn anchor(shapes: &Shapes, metric: &[Metric], feature: usize) -> Metric {
    match shapes.geometry_type(feature) {
        GeometryType::None => Metric {
            x_m: f64::NAN,
            y_m: f64::NAN,
        },
        GeometryType::Point => mean(&metric[shapes.feature_coordinates(feature)]),
        GeometryType::Line => {
            let along = shapes.feature_coordinates(feature);
            metric[along.start + along.len() / 2]
        }
        GeometryType::Polygon => {
            let centroid = centroid(shapes, metric, feature);
            match contains(shapes, metric, feature, centroid) {
                true => centroid,
                false => point_on_surface(shapes, metric, feature).unwrap_or(centroid),
            }
        }
    }
}

/// Squared distance in m² from `point` to a feature: to its points, lines or border; zero inside a polygon.
pub(crate) fn distance_squared(
    shapes: &Shapes,
    metric: &[Metric],
    feature: usize,
    point: Metric,
) -> f64 {
    if shapes.geometry_type(feature) == GeometryType::Polygon
        && contains(shapes, metric, feature, point)
    {
        return 0.0;
    }
    let ring_distance = |ring: usize| match &metric[shapes.coordinates(ring)] {
        [only] => only.distance_squared(point),
        line => line
            .windows(2)
            .map(|edge| segment_distance_squared(edge[0], edge[1], point))
            .fold(f64::INFINITY, f64::min),
    };
    shapes
        .feature_rings(feature)
        .map(ring_distance)
        .fold(f64::INFINITY, f64::min)
}

/// Squared distance in m² from `point` to the edge from `a` to `b`.
pub(crate) fn segment_distance_squared(a: Metric, b: Metric, point: Metric) -> f64 {
    let (dx, dy) = (b.x_m - a.x_m, b.y_m - a.y_m);
    let length_squared = dx * dx + dy * dy;
    if length_squared == 0.0 {
        return a.distance_squared(point);
    }
    let along =
        (((point.x_m - a.x_m) * dx + (point.y_m - a.y_m) * dy) / length_squared).clamp(0.0, 1.0);
    point.distance_squared(Metric {
        x_m: a.x_m + along * dx,
        y_m: a.y_m + along * dy,
    })
}

/// Area-weighted centroid over all parts, interiors taken off; the mean of the vertices where the area is zero.
fn centroid(shapes: &Shapes, metric: &[Metric], feature: usize) -> Metric {
    let all = &metric[shapes.feature_coordinates(feature)];
    let origin = all[0];
    let (mut area, mut x, mut y) = (0.0, 0.0, 0.0);
    for part in shapes.parts(feature) {
        for (position, ring) in shapes.rings(part).enumerate() {
            let (ring_area, ring_x, ring_y) = moments(&metric[shapes.coordinates(ring)], origin);
            // Rings count by their role, not by their winding: sources wind as they like.
            let sign = if (ring_area < 0.0) == (position == 0) {
                -1.0
            } else {
                1.0
            };
            area += sign * ring_area;
            x += sign * ring_x;
            y += sign * ring_y;
        }
    }
    if area == 0.0 {
        return mean(all);
    }
    Metric {
        x_m: origin.x_m + x / (3.0 * area),
        y_m: origin.y_m + y / (3.0 * area),
    }
}

/// Twice the area and the first moments times six of a ring around `origin`.
pub(crate) fn moments(ring: &[Metric], origin: Metric) -> (f64, f64, f64) {
    ring.windows(2).fold((0.0, 0.0, 0.0), |(area, x, y), edge| {
        let (ax, ay) = (edge[0].x_m - origin.x_m, edge[0].y_m - origin.y_m);
        let (bx, by) = (edge[1].x_m - origin.x_m, edge[1].y_m - origin.y_m);
        let cross = ax * by - bx * ay;
        (area + cross, x + (ax + bx) * cross, y + (ay + by) * cross)
    })
}

/// The middle of the widest stretch inside the polygon along a horizontal line through its middle that meets no
/// vertex; the widest over all parts. `None` where no part has an interior.
///
/// Source: the rule of JTS/GEOS `InteriorPointArea`, so that figures agree with PostGIS and GeoPandas.
fn point_on_surface(shapes: &Shapes, metric: &[Metric], feature: usize) -> Option<Metric> {
    let widest = |part: usize| {
        widest_stretch(
            &shapes
                .rings(part)
                .map(|ring| &metric[shapes.coordinates(ring)])
                .collect::<Vec<_>>(),
        )
    };
    let better = |best: Option<(f64, Metric)>, next: (f64, Metric)| match best {
        Some(best) if best.0 >= next.0 => Some(best),
        _ => Some(next),
    };
    shapes
        .parts(feature)
        .filter_map(widest)
        .fold(None, better)
        .map(|(_, point)| point)
}

fn widest_stretch(rings: &[&[Metric]]) -> Option<(f64, Metric)> {
    let y = scan_line(rings)?;
    let edges = rings.iter().flat_map(|ring| ring.windows(2));
    let mut crossings: Vec<f64> = edges
        .filter(|edge| (edge[0].y_m > y) != (edge[1].y_m > y))
        .map(|edge| {
            edge[0].x_m
                + (y - edge[0].y_m) / (edge[1].y_m - edge[0].y_m) * (edge[1].x_m - edge[0].x_m)
        })
        .collect();
    crossings.sort_by(f64::total_cmp);
    let stretches = crossings
        .chunks_exact(2)
        .map(|pair| (pair[1] - pair[0], f64::midpoint(pair[0], pair[1])));
    let widest = stretches.fold(
        (0.0, f64::NAN),
        |best, next| if next.0 > best.0 { next } else { best },
    );
    (widest.0 > 0.0).then_some((
        widest.0,
        Metric {
            x_m: widest.1,
            y_m: y,
        },
    ))
}

/// A height halfway between the middle of the box and the vertices next to it above and below.
fn scan_line(rings: &[&[Metric]]) -> Option<f64> {
    let heights = || rings.iter().flat_map(|ring| ring.iter().map(|at| at.y_m));
    let (low, high) = heights().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| {
        (low.min(y), high.max(y))
    });
    let middle = f64::midpoint(low, high);
    let below = heights().filter(|&y| y <= middle).fold(low, f64::max);
    let above = heights().filter(|&y| y > middle).fold(high, f64::min);
    (low < high).then_some(f64::midpoint(below, above))
}

fn mean(points: &[Metric]) -> Metric {
    let count = points.len() as f64;
    Metric {
        x_m: points.iter().map(|at| at.x_m).sum::<f64>() / count,
        y_m: points.iter().map(|at| at.y_m).sum::<f64>() / count,
    }
}

fn coord(at: Metric) -> geo_types::Coord<f64> {
    geo_types::Coord {
        x: at.x_m,
        y: at.y_m,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes::ShapesBuilder;
    use geo_types::{Geometry, Polygon, polygon};

    fn flat(polygon: Polygon<f64>) -> (Shapes, Vec<Metric>) {
        let mut builder = ShapesBuilder::default();
        builder.push(Some(&Geometry::Polygon(polygon))).unwrap();
        let (shapes, coordinates) = builder.build();
        (
            shapes,
            coordinates
                .into_iter()
                .map(|[x_m, y_m]| Metric { x_m, y_m })
                .collect(),
        )
    }

    #[test]
    fn area_and_anchor_of_a_square_with_a_hole_far_from_the_origin() {
        let square = polygon!(exterior: [(x: 345_000.0, y: 6_290_000.0), (x: 345_010.0, y: 6_290_000.0), (x: 345_010.0, y: 6_290_010.0), (x: 345_000.0, y: 6_290_010.0)],
            interiors: [[(x: 345_001.0, y: 6_290_001.0), (x: 345_002.0, y: 6_290_001.0), (x: 345_002.0, y: 6_290_002.0), (x: 345_001.0, y: 6_290_002.0)]]);
        let (shapes, metric) = flat(square);
        assert_eq!(area_m2(&shapes, &metric, 0), 99.0);
        assert_eq!(length_m(&shapes, &metric, 0), 44.0);
        let anchor = anchor(&shapes, &metric, 0);
        // shapely 2.2: Polygon(...).centroid
        assert!(
            (anchor.x_m - 345_005.035_353_535_4).abs() < 1e-8
                && (anchor.y_m - 6_290_005.035_353_535).abs() < 1e-8
        );
    }

    #[test]
    fn a_u_shape_stands_at_a_point_on_its_surface() {
        let (shapes, metric) = flat(
            polygon![(x: 0.0, y: 0.0), (x: 10.0, y: 0.0), (x: 10.0, y: 10.0), (x: 8.0, y: 10.0), (x: 8.0, y: 2.0), (x: 2.0, y: 2.0), (x: 2.0, y: 10.0), (x: 0.0, y: 10.0)],
        );
        // shapely 2.2: the centroid (5, 4.04…) is outside; point_on_surface() is POINT (1 6)
        assert_eq!(anchor(&shapes, &metric, 0), Metric { x_m: 1.0, y_m: 6.0 });
    }

    #[test]
    fn a_point_on_a_shared_border_is_in_exactly_one_polygon() {
        let (left, left_at) =
            flat(polygon![(x: 0.0, y: 0.0), (x: 1.0, y: 0.3), (x: 0.7, y: 2.0), (x: 0.0, y: 2.0)]);
        let (right, right_at) =
            flat(polygon![(x: 1.0, y: 0.3), (x: 2.0, y: 0.0), (x: 2.0, y: 2.0), (x: 0.7, y: 2.0)]);
        for step in 1..100 {
            let share = f64::from(step) / 100.0;
            let point = Metric {
                x_m: 1.0 - 0.3 * share,
                y_m: 0.3 + 1.7 * share,
            };
            assert!(
                contains(&left, &left_at, 0, point) != contains(&right, &right_at, 0, point),
                "{point:?}"
            );
        }
    }

    #[test]
    fn distance_is_zero_inside_and_to_the_border_outside() {
        let (shapes, metric) =
            flat(polygon![(x: 0.0, y: 0.0), (x: 4.0, y: 0.0), (x: 4.0, y: 4.0), (x: 0.0, y: 4.0)]);
        assert_eq!(
            distance_squared(&shapes, &metric, 0, Metric { x_m: 1.0, y_m: 1.0 }),
            0.0
        );
        assert_eq!(
            distance_squared(&shapes, &metric, 0, Metric { x_m: 7.0, y_m: 8.0 }),
            25.0
        );
    }
}
