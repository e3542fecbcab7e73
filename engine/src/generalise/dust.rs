//! Polygons that stand apart and are too small are gathered, and the smallest of them become squares of the same area.

use super::outline::OwnBuilder;
use super::{DetailBuilder, Piece};
use crate::space::World;

/// A shape smaller than this part of what a feature must have becomes part of one.
const SHAPES_PER_FEATURE: f64 = 16.0;

/// Grains farther from a heap than this many widths of a least feature begin another: what is gathered stands where it is.
const REACH_WIDTHS: f64 = 16.0;

/// A square is at least this part of the width of a least feature wide, a quarter of a pixel: two units of a tile, so that it
/// is drawn wherever it lies between them. Heaps that are closed early are 16 pixels apart, so this adds no area to speak of.
const SQUARE_WIDTHS_MIN: f64 = 0.25;

/// A polygon that is too small and has no neighbour.
#[derive(Debug)]
pub(super) struct Grain<'a> {
    /// In square cells.
    pub(super) area: f64,
    /// The row that it is named after, and all that it holds.
    pub(super) row: u32,
    pub(super) members: &'a [u32],
    /// What it is drawn from.
    pub(super) piece: u32,
    /// Where it is.
    pub(super) middle: [u32; 2],
}

/// Grains that follow each other along the curve and become features of a least area.
///
/// A heap is closed before a grain that is far from it. A grain keeps its shape down to a sixteenth of that area. Smaller ones become features of their own kind: one square of
/// their whole area, in their middle, so that the area covered stays the same.
#[derive(Debug)]
pub(super) struct Heaps {
    area_min: f64,
    shapes: Heap,
    powder: Heap,
}

/// Grains that become one feature.
#[derive(Debug, Default)]
struct Heap {
    area: f64,
    largest: f64,
    row: u32,
    members: Vec<u32>,
    pieces: Vec<u32>,
    /// Sum of positions, weighted by area.
    moment: [f64; 2],
}

impl Heaps {
    /// Makes features of at least `area_min` square cells, but for those that nothing else is near.
    pub(super) fn new(area_min: f64) -> Self {
        Self {
            area_min,
            shapes: Heap::default(),
            powder: Heap::default(),
        }
    }

    /// Adds a grain, and the feature to `features` where it is large enough now.
    pub(super) fn add(
        &mut self,
        grain: &Grain<'_>,
        own: &mut OwnBuilder,
        features: &mut DetailBuilder,
    ) {
        if grain.area == 0.0 {
            return features.push(grain.row, grain.members, &[grain.piece]);
        }
        let reach = REACH_WIDTHS * self.area_min.sqrt();
        if grain.area >= self.area_min / SHAPES_PER_FEATURE {
            if self.shapes.is_far(grain, reach) {
                self.shapes.finish(features);
            }
            self.shapes.add(grain);
            self.shapes.pieces.push(grain.piece);
            if self.shapes.area >= self.area_min {
                self.shapes.finish(features);
            }
            return;
        }
        if self.powder.is_far(grain, reach) {
            self.finish_powder(own, features);
        }
        self.powder.add(grain);
        if self.powder.area >= self.area_min {
            self.finish_powder(own, features);
        }
    }

    fn finish_powder(&mut self, own: &mut OwnBuilder, features: &mut DetailBuilder) {
        let width_min = SQUARE_WIDTHS_MIN * self.area_min.sqrt();
        self.powder.finish_square(width_min, own, features);
    }

    /// Adds what is left.
    pub(super) fn close(mut self, own: &mut OwnBuilder, features: &mut DetailBuilder) {
        if !self.shapes.members.is_empty() {
            self.shapes.finish(features);
        }
        if !self.powder.members.is_empty() {
            self.finish_powder(own, features);
        }
    }
}

impl Heap {
    fn add(&mut self, grain: &Grain<'_>) {
        if self.members.is_empty() || grain.area > self.largest {
            (self.largest, self.row) = (grain.area, grain.row);
        }
        self.members.extend_from_slice(grain.members);
        self.area += grain.area;
        self.moment[0] += grain.area * f64::from(grain.middle[0]);
        self.moment[1] += grain.area * f64::from(grain.middle[1]);
    }

    /// Whether a grain is farther from the middle than `reach`; never from an empty heap.
    fn is_far(&self, grain: &Grain<'_>, reach: f64) -> bool {
        let off = |axis: usize| f64::from(grain.middle[axis]) - self.moment[axis] / self.area;
        !self.members.is_empty() && off(0).hypot(off(1)) > reach
    }

    fn finish(&mut self, features: &mut DetailBuilder) {
        features.push(self.row, &self.members, &self.pieces);
        (self.area, self.largest, self.moment) = (0.0, 0.0, [0.0; 2]);
        self.members.clear();
        self.pieces.clear();
    }

    fn finish_square(
        &mut self,
        width_min: f64,
        own: &mut OwnBuilder,
        features: &mut DetailBuilder,
    ) {
        let half = self.area.sqrt().max(width_min) / 2.0;
        let [x, y] = self.moment.map(|moment| moment / self.area);
        let corner = |dx: f64, dy: f64| World {
            x: crate::number::cell(x + dx * half + 0.5),
            y: crate::number::cell(y + dy * half + 0.5),
        };
        let square = own.ring(&[
            corner(-1.0, -1.0),
            corner(1.0, -1.0),
            corner(1.0, 1.0),
            corner(-1.0, 1.0),
        ]);
        self.pieces.push(features.number(Piece::Own(square)));
        self.finish(features);
    }
}
