//! Points in the order of a curve in which every cell of every detail is one stretch.
//!
//! The curve is that of Morton (1966): the bits of both coordinates, one after the other. The cells of a detail are the
//! points whose first bits agree, squares and rectangles twice as wide in turn, so that one order serves all of them.

use std::ops::Range;

use rayon::prelude::*;

use super::FINEST;
use crate::index::Envelope;
use crate::layer::Layer;
use crate::number::narrow;
use crate::shapes::GeometryType;

/// Bits of a place along the curve.
const BITS: usize = 64;

/// The points of a layer in the order of the curve.
#[derive(Debug)]
pub(crate) struct PointOrder {
    places: Vec<u64>,
    rows: Vec<u32>,
}

impl PointOrder {
    /// Orders the points of a layer by the middle of their boxes. Cost O(n log n), on all threads.
    pub(super) fn of(layer: &Layer) -> Self {
        let place = |row: usize| {
            let envelope = layer.world_box(row)?;
            let is_point = layer.shapes().geometry_type(row) == GeometryType::Point;
            let middle = |axis: usize| u32::midpoint(envelope[axis], envelope[axis + 2]);
            is_point.then(|| (morton(middle(0), middle(1)), narrow(row)))
        };
        let mut places: Vec<(u64, u32)> =
            (0..layer.len()).into_par_iter().filter_map(place).collect();
        places.par_sort_unstable();
        Self {
            places: places.iter().map(|place| place.0).collect(),
            rows: places.iter().map(|place| place.1).collect(),
        }
    }

    /// For each detail its cells, for each point.
    pub(super) fn shares(&self) -> [f64; FINEST + 1] {
        let mut steps = [0usize; BITS + 1];
        for pair in self.places.windows(2) {
            steps[(pair[0] ^ pair[1]).leading_zeros() as usize] += 1;
        }
        let count = self.places.len().max(1) as f64;
        std::array::from_fn(|number| {
            let cells: usize = steps[..BITS - cell_bits(number)].iter().sum();
            (cells + 1) as f64 / count
        })
    }

    /// The cells of a detail that a window touches, each as the stretch of its points, and for each the row that stands for
    /// them: the one halfway along. Cost O(points in the window + log n for each cell along its edge).
    pub(crate) fn cells(&self, window: Envelope<u32>, number: usize) -> Vec<(u32, Range<u32>)> {
        let mut found = vec![];
        self.descend(
            window,
            0,
            0..self.places.len(),
            cell_bits(number),
            &mut |stretch| {
                let middle = stretch.start + (stretch.end - stretch.start) / 2;
                found.push((
                    self.rows[middle],
                    narrow(stretch.start)..narrow(stretch.end),
                ));
            },
        );
        found
    }

    /// The rows of a stretch.
    pub(crate) fn rows(&self, stretch: &Range<u32>) -> &[u32] {
        &self.rows[stretch.start as usize..stretch.end as usize]
    }

    /// Visits the cells of a stretch whose points agree in their first bits, halving it until it lies in the window.
    fn descend(
        &self,
        window: Envelope<u32>,
        bits: usize,
        stretch: Range<usize>,
        cell_bits: usize,
        visit: &mut impl FnMut(Range<usize>),
    ) {
        let Some(&first) = self.places[stretch.clone()].first() else {
            return;
        };
        let own = envelope(first, bits);
        let apart = |axis: usize| own[axis] > window[axis + 2] || own[axis + 2] < window[axis];
        if apart(0) || apart(1) {
            return;
        }
        let is_inside =
            |axis: usize| own[axis] >= window[axis] && own[axis + 2] <= window[axis + 2];
        if bits >= BITS - cell_bits {
            return visit(stretch);
        }
        if is_inside(0) && is_inside(1) {
            let cell = |at: usize| self.places[at].unbounded_shr(narrow(cell_bits));
            let mut start = stretch.start;
            for at in stretch.start + 1..=stretch.end {
                if at == stretch.end || cell(at) != cell(start) {
                    visit(start..at);
                    start = at;
                }
            }
            return;
        }
        let bit = 1u64 << (BITS - 1 - bits);
        let half =
            stretch.start + self.places[stretch.clone()].partition_point(|place| place & bit == 0);
        self.descend(window, bits + 1, stretch.start..half, cell_bits, visit);
        self.descend(window, bits + 1, half..stretch.end, cell_bits, visit);
    }
}

/// Bits that differ within a cell of a detail: its area is 2 to this power, in square cells of the world grid.
fn cell_bits(number: usize) -> usize {
    6 + FINEST - number.min(FINEST)
}

/// Box of all places that agree with one in their first bits.
fn envelope(place: u64, bits: usize) -> Envelope<u32> {
    let free = u64::MAX.unbounded_shr(narrow(bits));
    let (low, high) = (place & !free, place | free);
    [
        gathered(low),
        gathered(low >> 1),
        gathered(high),
        gathered(high >> 1),
    ]
}

/// The bits of both coordinates in turn, those of y before those of x.
fn morton(x: u32, y: u32) -> u64 {
    spread(x) | spread(y) << 1
}

/// Puts a zero before each bit.
fn spread(value: u32) -> u64 {
    let mut bits = u64::from(value);
    for (shift, mask) in [
        (16, 0x0000_FFFF_0000_FFFF),
        (8, 0x00FF_00FF_00FF_00FF),
        (4, 0x0F0F_0F0F_0F0F_0F0F),
        (2, 0x3333_3333_3333_3333),
        (1, 0x5555_5555_5555_5555),
    ] {
        bits = (bits | bits << shift) & mask;
    }
    bits
}

/// Every second bit, from the last.
fn gathered(place: u64) -> u32 {
    let mut bits = place & 0x5555_5555_5555_5555;
    for (shift, mask) in [
        (1, 0x3333_3333_3333_3333),
        (2, 0x0F0F_0F0F_0F0F_0F0F),
        (4, 0x00FF_00FF_00FF_00FF),
        (8, 0x0000_FFFF_0000_FFFF),
        (16, 0x0000_0000_FFFF_FFFF),
    ] {
        bits = (bits | bits >> shift) & mask;
    }
    // The mask leaves 32 bits.
    u32::try_from(bits).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::tests_support::layer;
    use geo_types::{Geometry, Point};
    use rand::{Rng, SeedableRng};

    #[test]
    fn the_bits_of_a_place_are_those_of_its_coordinates() {
        for (x, y) in [
            (0, 0),
            (1, 0),
            (0, 1),
            (u32::MAX, 7),
            (0xDEAD_BEEF, 0x1234_5678),
        ] {
            let place = morton(x, y);
            assert_eq!((gathered(place), gathered(place >> 1)), (x, y));
        }
        assert_eq!((morton(1, 0), morton(0, 1), morton(3, 3)), (1, 2, 15));
    }

    #[test]
    fn every_point_of_a_window_is_in_one_cell_that_it_touches() {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(4);
        let mut at = || random.random_range(-20_000.0..20_000.0);
        let points: Vec<Geometry<f64>> = (0..3000).map(|_| Point::new(at(), at()).into()).collect();
        let layer = layer("p", &points, vec![]);
        let order = PointOrder::of(&layer);
        let whole = layer.world_index().envelope().unwrap();
        let middle = [0, 1].map(|axis| u32::midpoint(whole[axis], whole[axis + 2]));
        for window in [
            whole,
            [whole[0], whole[1], middle[0], middle[1]],
            [middle[0]; 4],
        ] {
            for number in [0, 17, 20, 23, 30, FINEST] {
                let cells = order.cells(window, number);
                let mut rows: Vec<u32> = cells
                    .iter()
                    .flat_map(|(_, stretch)| order.rows(stretch))
                    .copied()
                    .collect();
                let found = rows.len();
                rows.sort_unstable();
                rows.dedup();
                assert_eq!(rows.len(), found, "a point stands in one cell");
                let inside = |&row: &u32| {
                    let own = layer.world_box(row as usize).unwrap();
                    own[0] >= window[0]
                        && own[1] >= window[1]
                        && own[2] <= window[2]
                        && own[3] <= window[3]
                };
                let expected = (0..3000u32).filter(inside).count();
                assert_eq!(rows.iter().filter(|row| inside(row)).count(), expected);
                if window == whole {
                    let share = order.shares()[number];
                    assert_eq!(cells.len(), crate::number::whole((share * 3000.0).round()));
                }
            }
        }
    }
}
