//! The place where the rings of a polygon cross or touch themselves.

use geo::line_intersection::{LineIntersection, line_intersection};
use geo_types::{Coord, Line, LineString, MultiPolygon};

/// Most pairs of segments that are looked at; what is not found then is only named by its first vertex.
const PAIRS_MAX: usize = 20_000_000;

/// A segment, the ring that it is of, and its place there.
struct Segment {
    line: Line<f64>,
    ring: usize,
    place: usize,
    last: usize,
}

impl Segment {
    fn x_range(&self) -> (f64, f64) {
        let (a, b) = (self.line.start.x, self.line.end.x);
        (a.min(b), a.max(b))
    }

    fn misses(&self, other: &Self) -> bool {
        let range = |line: &Line<f64>| (line.start.y.min(line.end.y), line.start.y.max(line.end.y));
        let ((low, high), (other_low, other_high)) = (range(&self.line), range(&other.line));
        high < other_low || other_high < low
    }

    /// Whether one ends where the other begins by the order of the ring.
    fn follows(&self, other: &Self) -> bool {
        let apart = self.place.abs_diff(other.place);
        self.ring == other.ring && (apart == 1 || apart == self.last)
    }

    /// Where two segments meet that may not.
    fn conflict(&self, other: &Self) -> Option<Coord<f64>> {
        match line_intersection(self.line, other.line)? {
            LineIntersection::Collinear { intersection } => {
                (intersection.start != intersection.end || !self.follows(other))
                    .then_some(intersection.start)
            }
            LineIntersection::SinglePoint {
                intersection,
                is_proper,
            } => {
                // Rings may touch each other in a point, but none may touch itself.
                let may = if self.ring == other.ring {
                    self.follows(other)
                } else {
                    !is_proper
                };
                (!may).then_some(intersection)
            }
        }
    }
}

/// The most western place where a ring crosses or touches itself or crosses another one; the first vertex where there is
/// none to be found, as for a hole outside of its polygon.
///
/// Cost O(n log n) for rings that are long and thin in no direction; the number of compared pairs is bounded.
pub(super) fn first(polygon: &MultiPolygon<f64>) -> Coord<f64> {
    let rings = polygon
        .iter()
        .flat_map(|part| [part.exterior()].into_iter().chain(part.interiors()));
    let mut segments: Vec<Segment> = rings
        .enumerate()
        .flat_map(|(number, ring)| segments(number, ring))
        .collect();
    segments.sort_by(|a, b| a.x_range().0.total_cmp(&b.x_range().0));
    let start = polygon
        .iter()
        .find_map(|part| part.exterior().0.first().copied());
    crossing(&segments).or(start).unwrap_or_default()
}

fn segments(ring: usize, line: &LineString<f64>) -> Vec<Segment> {
    let lines: Vec<Line<f64>> = line.lines().filter(|line| line.start != line.end).collect();
    let last = lines.len().saturating_sub(1);
    let segment = |(place, line)| Segment {
        line,
        ring,
        place,
        last,
    };
    lines.into_iter().enumerate().map(segment).collect()
}

/// Sweeps from west to east over the segments that are still open.
fn crossing(segments: &[Segment]) -> Option<Coord<f64>> {
    let mut open: Vec<&Segment> = vec![];
    let mut pairs = 0usize;
    for segment in segments {
        let from = segment.x_range().0;
        open.retain(|other| other.x_range().1 >= from);
        pairs += open.len();
        if pairs > PAIRS_MAX {
            return None;
        }
        let beside = open.iter().filter(|other| !other.misses(segment));
        let found = beside
            .filter_map(|other| segment.conflict(other))
            .min_by(|a, b| a.x.total_cmp(&b.x));
        if found.is_some() {
            return found;
        }
        open.push(segment);
    }
    None
}

#[cfg(test)]
mod tests {
    use geo_types::wkt;

    use super::*;

    fn place(polygon: impl Into<MultiPolygon<f64>>) -> (f64, f64) {
        first(&polygon.into()).x_y()
    }

    #[test]
    fn a_figure_of_eight_crosses_in_its_middle() {
        let eight = wkt!(POLYGON((0.0 0.0,2.0 2.0,2.0 0.0,0.0 2.0,0.0 0.0)));
        assert_eq!(place(eight), (1.0, 1.0));
    }

    #[test]
    fn a_ring_that_touches_itself_and_a_spike_are_found() {
        let touching = wkt!(POLYGON((0.0 0.0,4.0 0.0,4.0 4.0,2.0 0.0,0.0 4.0,0.0 0.0)));
        assert_eq!(place(touching), (2.0, 0.0));
        let spike = wkt!(POLYGON((0.0 0.0,4.0 0.0,4.0 4.0,4.0 6.0,4.0 4.0,0.0 4.0,0.0 0.0)));
        assert_eq!(place(spike).0, 4.0);
    }

    #[test]
    fn what_meets_nowhere_is_named_by_its_first_vertex() {
        let hole_outside =
            wkt!(POLYGON((0.0 0.0,1.0 0.0,1.0 1.0,0.0 0.0),(5.0 5.0,6.0 5.0,6.0 6.0,5.0 5.0)));
        assert_eq!(place(hole_outside), (0.0, 0.0));
        assert_eq!(place(MultiPolygon(vec![])), (0.0, 0.0));
    }
}
