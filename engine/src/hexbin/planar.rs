//! Hexagons of equal area in the metric CRS.

use std::num::NonZeroU64;

use rayon::prelude::*;

use super::group::group;
use super::{HexError, HexMeasure, HexTotals, Hexbin};
use crate::space::Metric;

/// Shortest side.
pub const MIN_SIDE_M: f64 = 0.1;

/// Longest side.
pub const MAX_SIDE_M: f64 = 1e6;

/// Positions farther from the origin are on no earth, and their cells would have no number.
const FARTHEST_M: f64 = 1e8;

/// A hexagon with a vertex to the north, and what is in it.
///
/// All hexagons of a side form one honeycomb, in which the origin of the CRS is a centre. Rows count to the north, columns
/// to the east; odd rows stand half a width further east.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hexagon {
    /// Row in the honeycomb.
    pub row: i64,
    /// Column in its row.
    pub column: i64,
    /// Side in metres.
    pub side_m: f64,
    /// What is in it.
    pub totals: HexTotals,
}

impl Hexagon {
    /// Row and column: `r-12c7`. It names the same place whatever the data, for one side.
    pub fn id(&self) -> String {
        format!("r{}c{}", self.row, self.column)
    }

    /// Its centre.
    pub fn centre(&self) -> Metric {
        self.place(0, 0)
    }

    /// Vertices against the clock from the southern one, the first not repeated. Neighbours have the same ones, bit for bit.
    pub fn boundary(&self) -> [Metric; 6] {
        [(0, -2), (1, -1), (1, 1), (0, 2), (-1, 1), (-1, -1)].map(|(x, y)| self.place(x, y))
    }

    /// So many half widths and half sides away from the centre.
    fn place(&self, half_widths: i64, half_sides: i64) -> Metric {
        let x = 2 * self.column + self.row.rem_euclid(2) + half_widths;
        let y = 3 * self.row + half_sides;
        Metric {
            x_m: x as f64 * (width_m(self.side_m) / 2.0),
            y_m: y as f64 * (self.side_m / 2.0),
        }
    }
}

/// Features by hexagon.
///
/// A feature belongs to the hexagon whose centre is nearest; of two that are equally near to the one in an even row, in one
/// row to the eastern one. What is not finite or more than 100,000 km from the origin is left out.
///
/// # Errors
/// When the side is not [`MIN_SIDE_M`] to [`MAX_SIDE_M`], the measure's numbers are not one per position, or more than
/// [`MAX_HEXAGONS`](super::MAX_HEXAGONS) cells have features.
///
/// Cost O(features), on all threads; the answer is the same for any number of them.
pub fn hexagons(
    positions: &[Metric],
    measure: &HexMeasure<'_>,
    side_m: f64,
) -> Result<Hexbin<Hexagon>, HexError> {
    measure.check(positions.len())?;
    if !(MIN_SIDE_M..=MAX_SIDE_M).contains(&side_m) {
        return Err(HexError::Side(side_m));
    }
    let number = |at: &Metric| {
        let near = at.x_m.abs() <= FARTHEST_M && at.y_m.abs() <= FARTHEST_M;
        near.then(|| number(nearest(*at, side_m)))?
    };
    let numbers: Vec<Option<NonZeroU64>> = positions.par_iter().map(number).collect();
    group(&numbers, measure, |number, totals| {
        let [row, column] = row_and_column(number);
        Some(Hexagon {
            row,
            column,
            side_m,
            totals,
        })
    })
}

/// The side of a hexagon of an area: √(2A / 3√3).
pub fn side_of_area(area_m2: f64) -> f64 {
    (2.0 * area_m2 / (3.0 * 3f64.sqrt())).sqrt()
}

/// The side that suits a zoom of tiles of 256: 200 m at zoom 13, which is ten pixels at the equator, twice as long at each
/// zoom below, within [`MIN_SIDE_M`] and [`MAX_SIDE_M`].
pub fn side_of_zoom(zoom: u8) -> f64 {
    let side_m = 200.0 * (13.0 - f64::from(zoom)).exp2();
    side_m.clamp(MIN_SIDE_M, MAX_SIDE_M)
}

fn width_m(side_m: f64) -> f64 {
    3f64.sqrt() * side_m
}

/// Row and column of the nearest centre: of the nearest in even rows and the nearest in odd ones, which both stand in
/// rectangles.
fn nearest(at: Metric, side_m: f64) -> [i64; 2] {
    let (x, y) = (at.x_m / width_m(side_m), at.y_m / (3.0 * side_m));
    let of = |shift: f64| {
        let (column, row) = ((x - shift + 0.5).floor(), (y - shift + 0.5).floor());
        // Widths and rows differ in length: in sides, squared, 3 and 9.
        let (dx, dy) = (x - shift - column, y - shift - row);
        (column, row, 3.0 * dx * dx + 9.0 * dy * dy)
    };
    let (even, odd) = (of(0.0), of(0.5));
    match even.2 <= odd.2 {
        true => [2 * integer(even.1), integer(even.0)],
        false => [2 * integer(odd.1) + 1, integer(odd.0)],
    }
}

/// A whole number below 2³¹ on either side of zero.
#[expect(
    clippy::cast_possible_truncation,
    reason = "positions are near and sides are not short"
)]
fn integer(number: f64) -> i64 {
    number as i64
}

/// Rows and columns are below 2³¹ on either side of zero, so both fit one number that sorts like them.
const MIDDLE: i64 = 1 << 31;

fn number([row, column]: [i64; 2]) -> Option<NonZeroU64> {
    let bits = |number: i64| u32::try_from(number + MIDDLE).ok().map(u64::from);
    NonZeroU64::new(bits(row)? << 32 | bits(column)?)
}

fn row_and_column(number: NonZeroU64) -> [i64; 2] {
    let number = number.get();
    [number >> 32, number & 0xffff_ffff].map(|bits| bits.cast_signed() - MIDDLE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{Area, Distance, Euclidean};
    use geo_types::{LineString, Point, Polygon};
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    fn polygon(hexagon: &Hexagon) -> Polygon<f64> {
        let ring: LineString<f64> = hexagon
            .boundary()
            .iter()
            .map(|at| (at.x_m, at.y_m))
            .collect();
        Polygon::new(ring, vec![])
    }

    fn one(x_m: f64, y_m: f64, side_m: f64) -> Hexagon {
        hexagons(&[Metric { x_m, y_m }], &HexMeasure::default(), side_m)
            .unwrap()
            .cells[0]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn a_position_is_in_its_hexagon(x in -1e7..1e7f64, y in -1e7..1e7f64, side in 1.0..5000.0f64) {
            let hexagon = one(x, y, side);
            let (polygon, point) = (polygon(&hexagon), Point::new(x, y));
            prop_assert!(Euclidean.distance(&polygon, &point) < 1e-8 * x.abs().max(y.abs()).max(1.0));
            let area = 1.5 * 3f64.sqrt() * side * side;
            prop_assert!((polygon.signed_area() / area - 1.0).abs() < 1e-5);
            prop_assert!((side_of_area(area) / side - 1.0).abs() < 1e-12);
        }

        #[test]
        fn counts_and_sums_add_up_to_all(places in prop::collection::vec((-500i16..500, -500i16..500), 0..300), side in 1.0..300.0f64) {
            // Whole numbers of metres: many positions stand on edges.
            let positions: Vec<Metric> = places.iter().map(|&(x, y)| Metric { x_m: f64::from(x), y_m: f64::from(y) }).collect();
            let values: Vec<f64> = (0..places.len()).map(|place| place as f64).collect();
            let measure = HexMeasure { values: Some(&values), ..HexMeasure::default() };
            let found = hexagons(&positions, &measure, side).unwrap();
            let count: u64 = found.cells.iter().map(|cell| cell.totals.count.unwrap()).sum();
            let sum: f64 = found.cells.iter().map(|cell| cell.totals.sum.unwrap()).sum();
            prop_assert_eq!(count, places.len() as u64);
            prop_assert_eq!(sum, values.iter().sum::<f64>());
            let ordered = found.cells.windows(2).all(|pair| (pair[0].row, pair[0].column) < (pair[1].row, pair[1].column));
            prop_assert!(ordered);
        }
    }

    #[test]
    fn neighbours_share_their_vertices_bit_for_bit() {
        let at = |row, column| Hexagon {
            row,
            column,
            ..one(0.0, 0.0, 137.0)
        };
        for (row, column) in [(-3, 5), (4, -2), (0, 0)] {
            let here = at(row, column).boundary();
            let east = at(row, column + 1).boundary();
            assert_eq!([here[1], here[2]], [east[5], east[4]]);
            let north_east = at(row + 1, column + row.rem_euclid(2)).boundary();
            assert_eq!([here[2], here[3]], [north_east[0], north_east[5]]);
        }
    }

    #[test]
    fn positions_beside_an_edge_are_on_their_own_sides() {
        let half = width_m(100.0) / 2.0;
        for column in [-4i64, -1, 0, 3] {
            let edge = (2 * column + 1) as f64 * half;
            let [west, east] = [-1e-6, 1e-6].map(|aside| one(edge + aside, 0.0, 100.0));
            assert_eq!([west.column, east.column], [column, column + 1]);
            assert_eq!([west.row, east.row], [0, 0]);
        }
        // The vertex that three share belongs to the one in an even row.
        assert_eq!(one(0.0, 100.0, 100.0).row % 2, 0);
    }

    #[test]
    fn senseless_sides_and_far_positions_are_refused_or_left_out() {
        for side in [0.0, -5.0, f64::NAN, 2e6] {
            let refused = hexagons(&[], &HexMeasure::default(), side).unwrap_err();
            assert!(matches!(refused, HexError::Side(_)));
        }
        let far = [(1e300, 0.0), (f64::NAN, 0.0), (1e8, -1e8)];
        let positions = far.map(|(x_m, y_m)| Metric { x_m, y_m });
        let found = hexagons(&positions, &HexMeasure::default(), MIN_SIDE_M).unwrap();
        assert_eq!((found.left_out, found.cells.len()), (2, 1));
        assert_eq!(
            [side_of_zoom(13), side_of_zoom(12), side_of_zoom(0)],
            [200.0, 400.0, 1e6]
        );
    }

    #[test]
    fn cells_with_few_features_are_said_to_be_there_and_no_more() {
        let positions =
            [(0.0, 0.0), (1.0, 1.0), (5000.0, 0.0)].map(|(x_m, y_m)| Metric { x_m, y_m });
        let measure = HexMeasure {
            least_features: 2,
            ..HexMeasure::default()
        };
        let found = hexagons(&positions, &measure, 500.0).unwrap();
        assert_eq!((found.cells.len(), found.suppressed), (2, 1));
        let hidden: Vec<bool> = found
            .cells
            .iter()
            .map(|cell| cell.totals.is_suppressed())
            .collect();
        assert_eq!(hidden, [false, true]);
    }
}
