//! Polygons in tile units that are simple, and the repair of those that rounding or cutting folded.
//!
//! Spec 4.3.4.4: rings have no self-intersection and no self-tangency, and polygons of one feature do not overlap. Rounding to
//! units breaks that where a border turns back within a unit; cutting to the tile leaves bridges along its edge. What is
//! written was always found simple, either now or, for a feature that lies inside its tiles, once for each zoom.

use std::sync::atomic::{AtomicU64, Ordering};

use i_overlay::core::fill_rule::FillRule;
use i_overlay::core::overlay::{ContourDirection, IntOverlayOptions, Overlay};
use i_overlay::core::overlay_rule::OverlayRule;
use i_overlay::i_float::int::point::IntPoint;

use super::quantize::{Unit, doubled_area};

/// Segments up to which all pairs are compared; beyond, those that overlap along x.
const PAIRS_MAX: usize = 24;

/// Rings up to which all pairs of boxes are compared.
const RINGS_MAX: usize = 32;

/// How often a repair is repeated: crossings are rounded to units, which may fold what lies beside them.
const REPAIRS_MAX: usize = 4;

/// For each feature and zoom whether its rounded polygons were found simple. Only remembers, so threads may ask at will.
#[derive(Debug, Default)]
pub(crate) struct Simplicity(Vec<AtomicU64>);

impl Simplicity {
    /// Nothing is known of any feature.
    pub(crate) fn of(features: usize) -> Self {
        Self((0..features).map(|_| AtomicU64::new(0)).collect())
    }

    /// What is known of a feature at a zoom.
    pub(super) fn known(&self, feature: usize, zoom: u8) -> Option<bool> {
        match self.0[feature].load(Ordering::Relaxed) >> (2 * zoom) & 3 {
            0 => None,
            bits => Some(bits == 1),
        }
    }

    /// Remembers for a zoom.
    pub(super) fn learn(&self, feature: usize, zoom: u8, is_simple: bool) {
        let bits = if is_simple { 1 } else { 2 };
        self.0[feature].fetch_or(bits << (2 * zoom), Ordering::Relaxed);
    }
}

/// Rings of one feature, one behind the other, each open; exteriors have a positive area, their interiors follow them.
#[derive(Clone, Debug, Default)]
pub(super) struct Rings {
    units: Vec<Unit>,
    ends: Vec<usize>,
}

impl Rings {
    pub(super) fn clear(&mut self) {
        self.units.clear();
        self.ends.clear();
    }

    pub(super) fn push(&mut self, ring: &[Unit]) {
        self.units.extend_from_slice(ring);
        self.ends.push(self.units.len());
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &[Unit]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .map(|(start, &end)| &self.units[start..end])
    }

    /// Whether no ring meets itself or another, not even at a point, interiors lie in their exterior and exteriors in no other.
    pub(super) fn is_simple(&self) -> bool {
        !self.any_conflict(false) && self.is_nested()
    }

    /// Rings that cover what these wind around once more forwards than backwards, and are simple; they may touch at points.
    /// `None` where that cannot be had.
    pub(super) fn repaired(&self) -> Option<Self> {
        let mut rings = self.clone();
        for _ in 0..REPAIRS_MAX {
            rings = rings.united();
            if !rings.any_conflict(true) {
                return Some(rings);
            }
        }
        None
    }

    fn united(&self) -> Self {
        let contour = |ring: &[Unit]| ring.iter().map(|&[x, y]| IntPoint::new(x, y)).collect();
        let contours: Vec<Vec<IntPoint>> = self.iter().map(contour).collect();
        let options = IntOverlayOptions {
            preserve_input_collinear: false,
            output_direction: ContourDirection::CounterClockwise,
            preserve_output_collinear: false,
            min_output_area: 0,
            ogc: true,
        };
        let mut overlay = Overlay::with_contours_custom(
            &contours,
            &[],
            options,
            i_overlay::core::solver::Solver::default(),
        );
        let mut united = Self::default();
        for shape in overlay.overlay(OverlayRule::Subject, FillRule::Positive) {
            for (position, contour) in shape.iter().enumerate() {
                let mut ring: Vec<Unit> = contour.iter().map(|at| [at.x, at.y]).collect();
                let area = doubled_area(&ring);
                if area == 0 {
                    continue;
                }
                if (area > 0) != (position == 0) {
                    ring.reverse();
                }
                united.push(&ring);
            }
        }
        united
    }

    /// Whether two segments meet that may not; with `may_touch`, segments of different rings may at a point.
    fn any_conflict(&self, may_touch: bool) -> bool {
        if self.ends.len() > 1 && self.are_apart() {
            return self
                .iter()
                .any(|ring| conflicts(&segments([ring].into_iter()), may_touch));
        }
        conflicts(&segments(self.iter()), may_touch)
    }

    /// Whether each exterior stands outside all other rings and each interior inside one exterior alone. Asked of rings that
    /// do not meet, so that one position speaks for a ring.
    fn is_nested(&self) -> bool {
        if self.ends.len() < 2 {
            return true;
        }
        let rings: Vec<(&[Unit], [i32; 4], i32)> = self
            .iter()
            .map(|ring| {
                (
                    ring,
                    envelope(ring),
                    if doubled_area(ring) > 0 { 1 } else { -1 },
                )
            })
            .collect();
        rings.iter().enumerate().all(|(at, (ring, _, sign))| {
            let others = rings[..at].iter().chain(&rings[at + 1..]);
            let around = others.filter(|(other, box_of, _)| {
                is_in_box(box_of, ring[0]) && is_around(other, ring[0])
            });
            let winding: i32 = around.map(|(_, _, sign)| sign).sum();
            winding == i32::from(*sign < 0)
        })
    }

    /// Whether no ring's box touches another's, so that each can be looked at alone.
    fn are_apart(&self) -> bool {
        let boxes: Vec<[i32; 4]> = self.iter().map(envelope).collect();
        let touches = |a: &[i32; 4], b: &[i32; 4]| {
            a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3]
        };
        boxes.len() <= RINGS_MAX
            && (0..boxes.len()).all(|at| {
                boxes[at + 1..]
                    .iter()
                    .all(|other| !touches(&boxes[at], other))
            })
    }
}

fn is_in_box(envelope: &[i32; 4], at: Unit) -> bool {
    envelope[0] < at[0] && at[0] < envelope[2] && envelope[1] < at[1] && at[1] < envelope[3]
}

/// Whether a ring goes around a position that it does not touch.
fn is_around(ring: &[Unit], at: Unit) -> bool {
    let mut inside = false;
    for (position, &b) in ring.iter().enumerate() {
        let a = ring[(position + ring.len() - 1) % ring.len()];
        if (a[1] > at[1]) != (b[1] > at[1]) {
            let turn = side(a, b, at);
            inside ^= (turn > 0) == (b[1] > a[1]);
        }
    }
    inside
}

fn envelope(ring: &[Unit]) -> [i32; 4] {
    ring.iter()
        .fold([i32::MAX, i32::MAX, i32::MIN, i32::MIN], |all, at| {
            [
                all[0].min(at[0]),
                all[1].min(at[1]),
                all[2].max(at[0]),
                all[3].max(at[1]),
            ]
        })
}

/// Whether two segments meet that may not.
fn conflicts(segments: &[Segment], may_touch: bool) -> bool {
    if segments.len() > PAIRS_MAX {
        return swept(segments, may_touch);
    }
    let meets =
        |(at, a): (usize, &Segment)| segments[at + 1..].iter().any(|b| a.conflicts(b, may_touch));
    segments.iter().enumerate().any(meets)
}

fn segments<'a>(rings: impl Iterator<Item = &'a [Unit]>) -> Vec<Segment> {
    let mut segments = vec![];
    for (number, ring) in rings.enumerate() {
        for (position, &a) in ring.iter().enumerate() {
            segments.push(Segment {
                ring: number,
                position,
                count: ring.len(),
                a,
                b: ring[(position + 1) % ring.len()],
            });
        }
    }
    segments
}

/// A stretch of a ring between two of its positions.
#[derive(Clone, Copy, Debug)]
struct Segment {
    ring: usize,
    position: usize,
    /// Segments of the ring.
    count: usize,
    a: Unit,
    b: Unit,
}

/// Compares segments whose ranges along x overlap.
fn swept(segments: &[Segment], may_touch: bool) -> bool {
    let mut segments = segments.to_vec();
    segments.sort_unstable_by_key(|segment| {
        (
            segment.a[0].min(segment.b[0]),
            segment.ring,
            segment.position,
        )
    });
    let mut open: Vec<Segment> = vec![];
    for segment in segments {
        let west = segment.a[0].min(segment.b[0]);
        open.retain(|other| other.a[0].max(other.b[0]) >= west);
        if open.iter().any(|other| segment.conflicts(other, may_touch)) {
            return true;
        }
        open.push(segment);
    }
    false
}

impl Segment {
    fn conflicts(&self, other: &Self, may_touch: bool) -> bool {
        let apart = |axis: usize| {
            self.a[axis].max(self.b[axis]) < other.a[axis].min(other.b[axis])
                || other.a[axis].max(other.b[axis]) < self.a[axis].min(self.b[axis])
        };
        if apart(1) || apart(0) {
            return false;
        }
        if self.ring == other.ring {
            if (self.position + 1) % self.count == other.position {
                return folds(self.a, self.b, other.b);
            }
            if (other.position + 1) % self.count == self.position {
                return folds(other.a, other.b, self.b);
            }
        }
        let [a, b] = [other.a, other.b].map(|at| side(self.a, self.b, at));
        let [c, d] = [self.a, self.b].map(|at| side(other.a, other.b, at));
        if a == 0 && b == 0 {
            // On one line: they overlap, as their boxes do, unless they only meet at their ends.
            return !(may_touch && self.ring != other.ring && self.meets_at_ends(other));
        }
        let crosses = a * b < 0 && c * d < 0;
        let touches = a * b <= 0 && c * d <= 0;
        crosses || (touches && !(may_touch && self.ring != other.ring))
    }

    /// Whether two segments of one line have nothing but an end in common.
    fn meets_at_ends(&self, other: &Self) -> bool {
        let common = |axis: usize| {
            let low = self.a[axis]
                .min(self.b[axis])
                .max(other.a[axis].min(other.b[axis]));
            let high = self.a[axis]
                .max(self.b[axis])
                .min(other.a[axis].max(other.b[axis]));
            low == high
        };
        common(0) && common(1)
    }
}

/// Whether the way from a to b turns back on itself towards c.
fn folds(a: Unit, b: Unit, c: Unit) -> bool {
    let step = |from: Unit, to: Unit, axis: usize| i64::from(to[axis]) - i64::from(from[axis]);
    side(a, b, c) == 0 && step(b, a, 0) * step(b, c, 0) + step(b, a, 1) * step(b, c, 1) > 0
}

/// On which side of the line through a and b a position lies: −1, 0 or 1.
fn side(a: Unit, b: Unit, at: Unit) -> i64 {
    let step = |from: Unit, to: Unit, axis: usize| i64::from(to[axis]) - i64::from(from[axis]);
    (step(a, b, 0) * step(a, at, 1) - step(a, b, 1) * step(a, at, 0)).signum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{Area, BooleanOps, Validation};
    use geo_types::{Coord, LineString, MultiPolygon, Polygon};
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    fn rings(list: &[&[Unit]]) -> Rings {
        let mut rings = Rings::default();
        list.iter().for_each(|ring| rings.push(ring));
        rings
    }

    fn line(ring: &[Unit]) -> LineString<f64> {
        ring.iter()
            .map(|&[x, y]| Coord {
                x: f64::from(x),
                y: f64::from(y),
            })
            .collect()
    }

    /// The rings as the specification groups them: an exterior and the interiors that follow it.
    fn polygons(rings: &Rings) -> MultiPolygon<f64> {
        let mut polygons: Vec<Polygon<f64>> = vec![];
        for ring in rings.iter() {
            match (doubled_area(ring) > 0, polygons.last_mut()) {
                (false, Some(last)) => last.interiors_push(line(ring)),
                _ => polygons.push(Polygon::new(line(ring), vec![])),
            }
        }
        MultiPolygon(polygons)
    }

    #[test]
    fn what_meets_itself_is_told_from_what_does_not() {
        let square: &[Unit] = &[[0, 0], [8, 0], [8, 8], [0, 8]];
        assert!(rings(&[square]).is_simple());
        assert!(rings(&[square, &[[2, 2], [2, 4], [4, 4]]]).is_simple());
        for bad in [
            &[[0, 0], [8, 8], [8, 0], [0, 8]][..],
            &[[0, 0], [8, 0], [8, 8], [4, 0], [0, 8]],
            &[[0, 0], [8, 0], [4, 0], [4, 8]],
            &[[0, 0], [4, 4], [8, 0], [8, 8], [4, 4], [0, 8]],
        ] {
            assert!(!rings(&[bad]).is_simple(), "{bad:?}");
        }
        assert!(!rings(&[square, &[[8, 2], [12, 2], [12, 4]]]).is_simple());
        assert!(!rings(&[square, &[[0, 0], [2, 4], [4, 2]]]).is_simple());
    }

    #[test]
    fn an_interior_outside_and_an_exterior_inside_another_are_no_polygon() {
        let square: &[Unit] = &[[0, 0], [8, 0], [8, 8], [0, 8]];
        let within: &[Unit] = &[[2, 2], [4, 2], [4, 4], [2, 4]];
        assert!(!rings(&[square, within]).is_simple());
        assert!(!rings(&[square, &[[12, 2], [12, 4], [14, 4]]]).is_simple());
        let both = rings(&[square, &[[1, 1], [1, 7], [7, 7], [7, 1]], within]);
        assert!(both.is_simple(), "an island in a lake");
    }

    #[test]
    fn a_bow_tie_keeps_the_lobe_that_winds_forwards() {
        let repaired = rings(&[&[[0, 0], [8, 8], [8, 0], [0, 8]]])
            .repaired()
            .unwrap();
        assert_eq!(repaired.iter().count(), 1);
        assert!(repaired.is_simple());
        assert!(repaired.iter().all(|ring| doubled_area(ring) > 0));
    }

    proptest! {
        #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(3), failure_persistence: None, cases: 2000, ..ProptestConfig::default() })]
        #[test]
        fn every_repair_is_valid_for_geo_and_covers_what_winds_forwards(
            list in prop::collection::vec(prop::collection::vec(prop::array::uniform2(0i32..24), 3..14), 1..4)
        ) {
            let mut wound = Rings::default();
            for mut ring in list {
                super::super::quantize::clean_ring(&mut ring);
                if ring.len() < 3 || doubled_area(&ring) == 0 { continue; }
                if doubled_area(&ring) < 0 { ring.reverse(); }
                wound.push(&ring);
            }
            let repaired = wound.repaired();
            prop_assert!(repaired.is_some());
            let repaired = repaired.unwrap();
            let shown = polygons(&repaired);
            prop_assert!(shown.is_valid(), "{:?}", shown);
            prop_assert!(shown.0.iter().all(|polygon| polygon.signed_area() > 0.0 || polygon.exterior().0.is_empty()));
            if wound.is_simple() {
                let before = polygons(&wound);
                prop_assert!((before.unsigned_area() - shown.unsigned_area()).abs() < 1e-9);
                prop_assert!(before.is_valid());
                prop_assert!(before.xor(&shown).unsigned_area() < 1e-9);
            }
        }
    }
}
