//! Which features a box in degrees meets (OGC 17-069r4 §7.15.3), by their true geometry.

use comarca_engine::{GeometryType, Layer, LonLat};

/// One box, or the two halves of one that goes across the antimeridian.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Boxes(Vec<[f64; 4]>);

impl Boxes {
    /// West, south, east, north; west of east means across the antimeridian.
    pub(crate) fn new([west, south, east, north]: [f64; 4]) -> Self {
        Self(match west <= east {
            true => vec![[west, south, east, north]],
            false => vec![[west, south, 180.0, north], [-180.0, south, east, north]],
        })
    }

    /// For every row whether its geometry meets the box, borders included; what has no geometry does (Requirement 24 C).
    ///
    /// Cost O(log n) for what is far away, O(vertices) of the features whose box meets this one.
    pub(crate) fn meets(&self, layer: &Layer) -> Vec<bool> {
        let has_none = |row| layer.shapes().geometry_type(row) == GeometryType::None;
        let mut met: Vec<bool> = (0..layer.len()).map(has_none).collect();
        for own in &self.0 {
            layer.world_index().search(window(*own), |row| {
                met[row] = met[row] || touches(layer, row, *own);
            });
        }
        met
    }
}

/// The cells of the box and one more on each side, against rounding.
fn window([west, south, east, north]: [f64; 4]) -> [u32; 4] {
    let cell = |lon, lat| LonLat { lon, lat }.to_world();
    let (low, high) = (cell(west, north), cell(east, south));
    [
        low.x.saturating_sub(1),
        low.y.saturating_sub(1),
        high.x.saturating_add(1),
        high.y.saturating_add(1),
    ]
}

fn touches(layer: &Layer, row: usize, own: [f64; 4]) -> bool {
    let (shapes, all) = (layer.shapes(), layer.lonlat());
    let vertices = &all[shapes.feature_coordinates(row)];
    if vertices.iter().any(|at| holds(own, *at)) {
        return true;
    }
    if shapes.geometry_type(row) == GeometryType::Point {
        return false;
    }
    let rings = shapes.feature_rings(row);
    let crosses = |ring| {
        let line = &all[shapes.coordinates(ring)];
        line.windows(2)
            .any(|edge| meets_edge(own, edge[0], edge[1]))
    };
    // With no edge in it, the box lies wholly inside or wholly outside of a polygon: one corner tells.
    rings.clone().any(crosses)
        || shapes.geometry_type(row) == GeometryType::Polygon
            && rings.fold(false, |inside, ring| {
                inside ^ winds(&all[shapes.coordinates(ring)], own[0], own[1])
            })
}

fn holds([west, south, east, north]: [f64; 4], at: LonLat) -> bool {
    (west..=east).contains(&at.lon) && (south..=north).contains(&at.lat)
}

/// Liang–Barsky: whether some part of the edge is in the box.
fn meets_edge([west, south, east, north]: [f64; 4], a: LonLat, b: LonLat) -> bool {
    let (dx, dy) = (b.lon - a.lon, b.lat - a.lat);
    let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
    for (step, room) in [
        (-dx, a.lon - west),
        (dx, east - a.lon),
        (-dy, a.lat - south),
        (dy, north - a.lat),
    ] {
        if step == 0.0 {
            if room < 0.0 {
                return false;
            }
        } else if step < 0.0 {
            enter = enter.max(room / step);
        } else {
            leave = leave.min(room / step);
        }
    }
    enter <= leave
}

/// Whether a ray to the east crosses the ring an odd number of times.
fn winds(ring: &[LonLat], lon: f64, lat: f64) -> bool {
    let crosses = |edge: &[LonLat]| {
        let (a, b) = (edge[0], edge[1]);
        (a.lat > lat) != (b.lat > lat)
            && lon < (b.lon - a.lon) * (lat - a.lat) / (b.lat - a.lat) + a.lon
    };
    ring.windows(2).filter(|edge| crosses(edge)).count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lon: f64, lat: f64) -> LonLat {
        LonLat { lon, lat }
    }

    #[test]
    fn an_edge_meets_a_box_that_it_only_passes_through_or_touches() {
        let own = [0.0, 0.0, 1.0, 1.0];
        assert!(meets_edge(own, at(-1.0, 0.5), at(2.0, 0.5)));
        assert!(meets_edge(own, at(-1.0, 0.0), at(1.0, 2.0)));
        assert!(meets_edge(own, at(1.0, 1.0), at(2.0, 1.0)));
        assert!(!meets_edge(own, at(-1.0, 0.5), at(0.5, 2.5)));
        assert!(!meets_edge(own, at(1.1, -1.0), at(1.1, 2.0)));
    }

    #[test]
    fn across_the_antimeridian_there_are_two_boxes() {
        let boxes = Boxes::new([170.0, -10.0, -170.0, 10.0]);
        assert_eq!(
            boxes.0,
            [[170.0, -10.0, 180.0, 10.0], [-180.0, -10.0, -170.0, 10.0]]
        );
    }

    #[test]
    fn a_corner_in_a_hole_is_not_inside() {
        let ring = |low: f64, high: f64| {
            [
                (low, low),
                (high, low),
                (high, high),
                (low, high),
                (low, low),
            ]
            .map(|(x, y)| at(x, y))
        };
        let inside =
            |lon, lat| winds(&ring(0.0, 10.0), lon, lat) ^ winds(&ring(4.0, 6.0), lon, lat);
        assert!(inside(1.0, 1.0) && !inside(5.0, 5.0) && !inside(11.0, 5.0));
    }
}
