//! Polygons as signed segments: how often a polygon covers a point is the sum of the signs of the segments below it.
//!
//! A segment runs from west to east. Its sign is +1 where the polygon begins above it and −1 where it ends; vertical
//! edges drop out. Everything measured with segments is a sum of integrals, so it is continuous in the coordinates:
//! rounding moves an area by a rounding error, never by a piece, and no ring is too broken to be measured.

use super::bounds::Bounds;
use crate::layer::Layer;
use crate::polygon::signed_area;
use crate::shapes::GeometryType;
use crate::space::Metric;

/// Metres beyond which a coordinate is no place on Earth.
const COORDINATE_MAX_M: f64 = 1e9;

/// A segment of the feature numbered `feature`, which covers points above it `sign` times more than points below it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Segment {
    pub(super) x1: f64,
    pub(super) y1: f64,
    pub(super) x2: f64,
    pub(super) slope: f64,
    pub(super) sign: f64,
    pub(super) feature: u32,
}

impl Segment {
    /// The segment between two points, the first west of the second; none where it is as good as vertical.
    pub(super) fn new(from: Metric, to: Metric, sign: f64, feature: u32) -> Option<Self> {
        let slope = (to.y_m - from.y_m) / (to.x_m - from.x_m);
        (from.x_m < to.x_m && slope.is_finite()).then_some(Self {
            x1: from.x_m,
            y1: from.y_m,
            x2: to.x_m,
            slope,
            sign,
            feature,
        })
    }

    /// A horizontal one.
    pub(super) fn flat(x1: f64, x2: f64, y: f64, sign: f64, feature: u32) -> Self {
        Self {
            x1,
            y1: y,
            x2,
            slope: 0.0,
            sign,
            feature,
        }
    }

    pub(super) fn y_at(&self, x: f64) -> f64 {
        self.y1 + self.slope * (x - self.x1)
    }

    /// Whether it is horizontal and all of a box lies above it.
    pub(super) fn is_below(&self, bounds: Bounds) -> bool {
        let beneath = self.slope == 0.0 && self.y1 <= bounds.y1;
        beneath && self.x1 <= bounds.x1 && self.x2 >= bounds.x2
    }

    /// The part between two eastings, which must meet it.
    pub(super) fn between(&self, x1: f64, x2: f64) -> Self {
        Self {
            x1,
            y1: self.y_at(x1),
            x2,
            ..*self
        }
    }

    /// The integral of max(0, own height − height of `other`) over the eastings that both span.
    fn above(&self, other: &Self) -> f64 {
        let (from, to) = (self.x1.max(other.x1), self.x2.min(other.x2));
        if from >= to {
            return 0.0;
        }
        // Relative to the first point: heights are of the order of 10⁷ m, their differences of a block.
        let start =
            self.y1 - other.y1 + self.slope * (from - self.x1) - other.slope * (from - other.x1);
        let end = start + (self.slope - other.slope) * (to - from);
        // The integral of the positive part of a line from `start` to `end`; nothing where both are zero.
        let positive = start.max(0.0) + end.max(0.0);
        let all = (start.abs() + end.abs()).max(f64::MIN_POSITIVE);
        (to - from) * 0.5 * positive * (positive / all)
    }
}

/// Whether a coordinate is a place on Earth.
pub(super) fn is_place(at: Metric) -> bool {
    at.x_m.abs() <= COORDINATE_MAX_M && at.y_m.abs() <= COORDINATE_MAX_M
}

/// The box of a polygon feature, relative to `origin`; none where there is no polygon or a coordinate is nowhere.
pub(super) fn bounds_of(layer: &Layer, row: usize, origin: Metric) -> Option<Bounds> {
    let (shapes, metric) = (layer.shapes(), layer.metric());
    let coordinates = &metric[shapes.feature_coordinates(row)];
    let (mut bounds, mut measurable) = (Bounds::NONE, true);
    for &at in coordinates {
        bounds = bounds.with(at.x_m, at.y_m);
        measurable &= is_place(at);
    }
    let polygon = shapes.geometry_type(row) == GeometryType::Polygon;
    (polygon && measurable && !bounds.is_empty()).then(|| bounds.relative_to(origin))
}

/// Calls `visit` with every edge of a polygon feature, turned so that the inside is on its left: exteriors and interiors
/// count by their role, not by their winding, as in [`Layer::area_m2`].
pub(super) fn visit_edges(
    layer: &Layer,
    row: usize,
    origin: Metric,
    mut visit: impl FnMut(Metric, Metric, f64),
) {
    let (shapes, metric) = (layer.shapes(), layer.metric());
    if bounds_of(layer, row, origin).is_none() {
        return;
    }
    for part in shapes.parts(row) {
        for (position, ring) in shapes.rings(part).enumerate() {
            let ring = &metric[shapes.coordinates(ring)];
            let turned = (signed_area(ring) < 0.0) == (position == 0);
            let side = if turned { -1.0 } else { 1.0 };
            ring.windows(2)
                .for_each(|edge| visit(local(edge[0], origin), local(edge[1], origin), side));
        }
    }
}

/// Metres from `origin`, exactly where `origin` is whole metres nearby.
pub(super) fn local(at: Metric, origin: Metric) -> Metric {
    Metric {
        x_m: at.x_m - origin.x_m,
        y_m: at.y_m - origin.y_m,
    }
}

/// The segments of a polygon feature from west to east; empty for anything else.
pub(super) fn outline(layer: &Layer, row: usize, origin: Metric, segments: &mut Vec<Segment>) {
    segments.clear();
    visit_edges(layer, row, origin, |a, b, side| {
        let segment = if a.x_m < b.x_m {
            Segment::new(a, b, side, 0)
        } else {
            Segment::new(b, a, -side, 0)
        };
        segments.extend(segment);
    });
    sort(segments);
}

/// Area in m² of the points of an outline, sorted from west to east, that lie above a segment.
pub(super) fn area_above(outline: &[Segment], segment: &Segment) -> f64 {
    outline
        .iter()
        .take_while(|edge| edge.x1 < segment.x2)
        .map(|edge| -edge.sign * edge.above(segment))
        .sum()
}

/// Area in m² of an outline. `floor` is a height near it, which saves digits.
pub(super) fn area(outline: &[Segment], floor: f64) -> f64 {
    let under = |edge: &Segment| {
        let middle = f64::midpoint(edge.x1, edge.x2);
        -edge.sign * (edge.x2 - edge.x1) * (edge.y_at(middle) - floor)
    };
    outline.iter().map(under).sum()
}

/// The outline of the part within a box: what lies below it is pressed onto its lower side, what lies above onto the
/// upper one.
pub(super) fn clip(outline: &[Segment], bounds: Bounds) -> Vec<Segment> {
    let mut kept = Vec::with_capacity(outline.len());
    let (mut below, mut above) = (Steps::default(), Steps::default());
    for edge in outline {
        let (x1, x2) = (edge.x1.max(bounds.x1), edge.x2.min(bounds.x2));
        if x1 >= x2 {
            continue;
        }
        let edge = edge.between(x1, x2);
        let crossing = |y: f64| {
            let x = x1 + (y - edge.y1) / edge.slope;
            if x > x1 && x < x2 { x } else { x1 }
        };
        let mut cuts = [x1, crossing(bounds.y1), crossing(bounds.y2), x2];
        cuts.sort_by(f64::total_cmp);
        for cut in cuts.windows(2).filter(|cut| cut[0] < cut[1]) {
            let middle = edge.y_at(f64::midpoint(cut[0], cut[1]));
            if middle < bounds.y1 {
                below.add(edge.feature, cut[0], cut[1], edge.sign);
            } else if middle > bounds.y2 {
                above.add(edge.feature, cut[0], cut[1], edge.sign);
            } else {
                kept.push(edge.between(cut[0], cut[1]));
            }
        }
    }
    below.flatten(bounds.y1, &mut kept);
    above.flatten(bounds.y2, &mut kept);
    sort(&mut kept);
    kept
}

/// From west to east.
fn sort(outline: &mut [Segment]) {
    outline.sort_unstable_by(|a, b| a.x1.total_cmp(&b.x1));
}

/// Signs of features over stretches of easting; those that follow each other cancel where they meet.
#[derive(Default)]
pub(super) struct Steps(Vec<(u32, f64, f64)>);

impl Steps {
    pub(super) fn add(&mut self, feature: u32, x1: f64, x2: f64, sign: f64) {
        self.0.extend([(feature, x1, sign), (feature, x2, -sign)]);
    }

    /// Adds one segment at the height `y` for each stretch whose signs do not cancel.
    pub(super) fn flatten(mut self, y: f64, segments: &mut Vec<Segment>) {
        self.0
            .sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        for steps in self.0.chunk_by(|a, b| a.0 == b.0) {
            let mut sign = 0.0;
            for pair in steps.windows(2) {
                sign += pair[0].2;
                if sign != 0.0 && pair[0].1 < pair[1].1 {
                    let (feature, x1, _) = pair[0];
                    segments.push(Segment::flat(x1, pair[1].1, y, sign, feature));
                }
            }
        }
    }
}
