//! One geometry while it is read: collected first, checked whole, then added to the layer.
//!
//! A geometry with a flaw that cannot be mended must leave nothing behind, so coordinates wait here until the
//! feature is complete. The buffers are kept from feature to feature.

use comarca_engine::{GeometryType, ShapesBuilder};

use crate::problem::{Problem, Problems};

/// Collects the coordinates of one feature.
#[derive(Debug, Default)]
pub(super) struct Draft {
    kind: Option<GeometryType>,
    coordinates: Vec<[f64; 2]>,
    ring_ends: Vec<usize>,
    part_ends: Vec<usize>,
    flaws: [bool; FLAWS.len()],
    multi: bool,
}

/// What can be wrong with a geometry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flaw {
    Mixed,
    NotFinite,
    Degenerate,
    Unclosed,
    Dimensions,
}

const FLAWS: [Flaw; 5] = [
    Flaw::Mixed,
    Flaw::NotFinite,
    Flaw::Degenerate,
    Flaw::Unclosed,
    Flaw::Dimensions,
];

impl Flaw {
    fn problem(self) -> Problem {
        match self {
            Self::Mixed => {
                Problem::error("a geometry that mixes points, lines and polygons is left out")
                    .advice("split it into features of one type")
            }
            Self::NotFinite => {
                Problem::error("a coordinate is not a finite number; the geometry is left out")
            }
            Self::Degenerate => {
                Problem::warning("a line of one point or a ring of fewer than three is left out")
            }
            Self::Unclosed => Problem::notice("a ring that did not end where it began was closed"),
            Self::Dimensions => Problem::notice("heights and measures are left out"),
        }
    }
}

impl Draft {
    /// Starts over for the next feature.
    pub(super) fn clear(&mut self) {
        self.kind = None;
        self.coordinates.clear();
        self.ring_ends.clear();
        self.part_ends.clear();
        self.flaws = Default::default();
        self.multi = false;
    }

    /// Says that the file calls this a multi-geometry, however many parts it has.
    pub(super) fn multi(&mut self) {
        self.multi = true;
    }

    /// Whether the file calls this a multi-geometry.
    pub(super) fn is_multi(&self) -> bool {
        self.multi
    }

    /// Says what the following parts are.
    pub(super) fn kind(&mut self, kind: GeometryType) {
        if self.kind.is_some_and(|known| known != kind) {
            self.note(Flaw::Mixed);
        }
        self.kind = Some(kind);
    }

    /// Says that heights, measures or times are left out.
    pub(super) fn drop_dimensions(&mut self) {
        self.note(Flaw::Dimensions);
    }

    /// Adds a point as a part of its own.
    pub(super) fn point(&mut self, x: f64, y: f64) {
        self.coordinate(x, y);
        self.end_ring();
        self.end_part();
    }

    /// Adds a coordinate to the current ring.
    pub(super) fn coordinate(&mut self, x: f64, y: f64) {
        if !(x.is_finite() && y.is_finite()) {
            self.note(Flaw::NotFinite);
        }
        self.coordinates.push([x, y]);
    }

    /// Ends a line or a ring. Rings are closed; a line of one point or a ring of two is left out.
    pub(super) fn end_ring(&mut self) {
        let start = self.ring_ends.last().copied().unwrap_or(0);
        match self.kind {
            Some(GeometryType::Polygon) => self.close_ring(start),
            Some(GeometryType::Line) if self.coordinates.len() == start + 1 => {
                self.leave_out(start);
            }
            _ => {}
        }
        self.ring_ends.push(self.coordinates.len());
    }

    /// Ends a point, a line or a polygon.
    pub(super) fn end_part(&mut self) {
        self.part_ends.push(self.ring_ends.len());
    }

    /// Adds what was collected to `shapes` as the next feature, number `row` from 0, and reports its flaws.
    pub(super) fn finish(
        &mut self,
        row: usize,
        shapes: &mut ShapesBuilder,
        problems: &mut Problems,
    ) {
        self.report(row, problems);
        let full = shapes.coordinate_count() + self.coordinates.len() >= u32::MAX as usize;
        if full {
            problems.add(
                Problem::error("more than 4,294,967,295 coordinates in one layer").at_row(row),
            );
        }
        if full || self.has(Flaw::Mixed) || self.has(Flaw::NotFinite) || !self.has_part() {
            shapes.start_feature(GeometryType::None);
        } else {
            self.add_to(shapes);
        }
        self.clear();
    }

    fn close_ring(&mut self, start: usize) {
        let [Some(&first), Some(&last)] = [self.coordinates.get(start), self.coordinates.last()]
        else {
            return;
        };
        if first != last {
            self.note(Flaw::Unclosed);
            self.coordinates.push(first);
        }
        if self.coordinates.len() < start + 4 {
            self.leave_out(start);
        }
    }

    fn leave_out(&mut self, start: usize) {
        self.coordinates.truncate(start);
        self.note(Flaw::Degenerate);
    }

    /// Whether anything is left of any part.
    fn has_part(&self) -> bool {
        let mut ring = 0;
        self.part_ends.iter().any(|&part_end| {
            let exterior = std::mem::replace(&mut ring, part_end);
            exterior < part_end
                && self.ring_ends[exterior]
                    > exterior
                        .checked_sub(1)
                        .map_or(0, |before| self.ring_ends[before])
        })
    }

    /// Parts without a coordinate are left out; a polygon whose exterior is gone goes with its holes.
    fn add_to(&self, shapes: &mut ShapesBuilder) {
        shapes.start_feature(self.kind.unwrap_or(GeometryType::None));
        let (mut ring, mut start) = (0, 0);
        for &part_end in &self.part_ends {
            let exterior = self
                .ring_ends
                .get(ring)
                .is_some_and(|&end| ring < part_end && end > start);
            if exterior {
                shapes.start_part();
            }
            for &end in &self.ring_ends[ring..part_end] {
                if exterior && end > start {
                    shapes.start_ring();
                    self.coordinates[start..end]
                        .iter()
                        .for_each(|&[x, y]| shapes.coordinate(x, y));
                }
                start = end;
            }
            ring = part_end;
        }
    }

    fn note(&mut self, flaw: Flaw) {
        self.flaws[flaw as usize] = true;
    }

    fn has(&self, flaw: Flaw) -> bool {
        self.flaws[flaw as usize]
    }

    fn report(&self, row: usize, problems: &mut Problems) {
        let found = FLAWS.into_iter().filter(|flaw| self.has(*flaw));
        problems.extend(found.map(|flaw| flaw.problem().at_row(row)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(fill: impl Fn(&mut Draft)) -> (comarca_engine::Shapes, Vec<Problem>) {
        let (mut draft, mut shapes, mut problems) = (
            Draft::default(),
            ShapesBuilder::default(),
            Problems::default(),
        );
        fill(&mut draft);
        draft.finish(0, &mut shapes, &mut problems);
        (shapes.build().0, problems.into_vec())
    }

    fn ring(draft: &mut Draft, points: &[[f64; 2]]) {
        for &[x, y] in points {
            draft.coordinate(x, y);
        }
        draft.end_ring();
    }

    const SQUARE: [[f64; 2]; 5] = [[0., 0.], [1., 0.], [1., 1.], [0., 1.], [0., 0.]];

    #[test]
    fn an_open_ring_is_closed_and_reported() {
        let (shapes, problems) = built(|draft| {
            draft.kind(GeometryType::Polygon);
            ring(draft, &SQUARE[..4]);
            draft.end_part();
        });
        assert_eq!(shapes.coordinate_count(), 5);
        assert_eq!(problems.len(), 1);
    }

    #[test]
    fn a_polygon_without_exterior_goes_with_its_holes() {
        let (shapes, problems) = built(|draft| {
            draft.kind(GeometryType::Polygon);
            ring(draft, &SQUARE[..2]);
            ring(draft, &SQUARE);
            draft.end_part();
            ring(draft, &SQUARE);
            draft.end_part();
        });
        assert_eq!(
            (shapes.parts(0).len(), shapes.feature_rings(0).len()),
            (1, 1)
        );
        assert_eq!(shapes.coordinate_count(), 5);
        assert_eq!(problems.len(), 2);
    }

    #[test]
    fn a_polygon_of_which_only_a_hole_is_left_has_no_geometry() {
        let (shapes, _) = built(|draft| {
            draft.kind(GeometryType::Polygon);
            ring(draft, &SQUARE[..2]);
            ring(draft, &SQUARE);
            draft.end_part();
        });
        assert_eq!(
            (shapes.geometry_type(0), shapes.coordinate_count()),
            (GeometryType::None, 0)
        );
    }

    #[test]
    fn a_geometry_with_nan_or_of_two_types_is_left_out_whole() {
        let (shapes, problems) = built(|draft| {
            draft.kind(GeometryType::Point);
            draft.point(1.0, 2.0);
            draft.point(f64::NAN, 2.0);
        });
        assert_eq!(
            (shapes.geometry_type(0), shapes.coordinate_count()),
            (GeometryType::None, 0)
        );
        assert_eq!(problems.len(), 1);
        let (shapes, problems) = built(|draft| {
            draft.kind(GeometryType::Point);
            draft.point(1.0, 2.0);
            draft.kind(GeometryType::Line);
            ring(draft, &SQUARE);
        });
        assert_eq!(
            (shapes.geometry_type(0), problems.len()),
            (GeometryType::None, 1)
        );
    }
}
