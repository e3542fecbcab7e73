//! Laws that hold for every grid: rings, areas, nesting, validity.

use geo::{Area, BooleanOps, Validation};
use geo_types::{LineString, Polygon};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;

const HOLE: f64 = f64::NAN;

fn grid(columns: usize, values: &[f64]) -> Grid {
    Grid {
        min_x_m: 3e5,
        min_y_m: 6.29e6,
        cell_m: 25.0,
        columns,
        rows: values.len() / columns,
        values: values.to_vec(),
    }
}

/// The bands in lattice units, where all is exact.
fn traced(columns: usize, values: &[f64], levels: &[f64], steps: Option<u32>) -> Vec<Band> {
    let lattice = Lattice::new(columns, values.len() / columns, values, levels).unwrap();
    let lattice = match steps {
        Some(steps) => lattice.in_steps(steps),
        None => lattice,
    };
    trace(&lattice, |[x, y]| Coord { x, y })
}

fn ring(positions: &[[f64; 2]]) -> LineString<f64> {
    let mut ring: Vec<_> = positions.iter().map(|&[x, y]| Coord { x, y }).collect();
    ring.push(ring[0]);
    LineString::new(ring)
}

/// Area from `level` on, square by square: corners and crossings in order around it.
fn area_above(columns: usize, values: &[f64], level: f64) -> f64 {
    let rows = values.len() / columns;
    let mut sum = 0.0;
    for (row, column) in (1..rows).flat_map(|row| (1..columns).map(move |column| (row, column))) {
        let value = |dx: usize, dy: usize| values[(row - 1 + dy) * columns + column - 1 + dx];
        let corners = [(0, 0), (1, 0), (1, 1), (0, 1)];
        let v = corners.map(|(dx, dy)| value(dx, dy));
        if v.iter().any(|v| !v.is_finite()) {
            continue;
        }
        let inside = v.map(|v| v >= level);
        let saddle = inside[0] == inside[2] && inside[1] == inside[3] && inside[0] != inside[1];
        let joined = v.iter().map(|v| v / 4.0).sum::<f64>() >= level;
        // Around the corners that are not cut off: those inside, or at a saddle that is not joined those outside.
        let kept = |corner: usize| inside[corner] != (saddle && !joined);
        let mut polygon = vec![];
        for corner in 0..4 {
            let next = (corner + 1) % 4;
            let at = |corner: usize| [corners[corner].0 as f64, corners[corner].1 as f64];
            if kept(corner) {
                polygon.push(at(corner));
            }
            if inside[corner] != inside[next] {
                let share = (level - v[corner]) / (v[next] - v[corner]);
                let (a, b) = (at(corner), at(next));
                polygon.push([a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])]);
            }
        }
        let area = match polygon.len() {
            0..=2 => 0.0,
            _ => Polygon::new(ring(&polygon), vec![]).unsigned_area(),
        };
        sum += if saddle && !joined { 1.0 - area } else { area };
    }
    sum
}

fn check(columns: usize, values: &[f64], levels: &[f64], steps: Option<u32>) {
    let bands = traced(columns, values, levels, steps);
    let case = || format!("{columns} {values:?} {levels:?} {steps:?}");
    assert_eq!(bands.len(), levels.len());
    for band in &bands {
        for polygon in &band.polygons {
            let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
            for (position, ring) in rings.enumerate() {
                assert!(
                    ring.0.len() > 3 && ring.0.first() == ring.0.last(),
                    "{}",
                    case()
                );
                let area = Polygon::new(ring.clone(), vec![]).signed_area();
                assert!((area > 0.0) == (position == 0), "winding: {}", case());
            }
        }
        if let Err(why) = band.polygons.check_validation() {
            panic!("{why}: {} {:?}", case(), band.polygons);
        }
    }
    if steps.is_none() {
        for (number, level) in levels.iter().enumerate() {
            let found: f64 = bands[number..]
                .iter()
                .map(|band| band.polygons.unsigned_area())
                .sum();
            let expected = area_above(columns, values, *level);
            assert!(
                (found - expected).abs() < 1e-9,
                "{found} {expected}: {}",
                case()
            );
        }
    } else {
        let all = traced(columns, values, &levels[..1], steps)[0]
            .polygons
            .unsigned_area();
        let sum: f64 = bands.iter().map(|band| band.polygons.unsigned_area()).sum();
        assert!((sum - all).abs() < 1e-9, "{sum} {all}: {}", case());
    }
    for (lower, upper) in bands.iter().zip(&bands[1..]) {
        let both = lower.polygons.intersection(&upper.polygons).unsigned_area();
        assert!(both < 1e-6, "overlap {both}: {}", case());
    }
}

/// Few different values, so that ties, plateaus, saddles and holes are everywhere.
fn ties() -> impl Strategy<Value = (usize, Vec<f64>)> {
    let value = prop_oneof![8 => (0u8..5).prop_map(f64::from), 1 => Just(HOLE), 2 => Just(1.5)];
    (2usize..7, 2usize..7).prop_flat_map(move |(columns, rows)| {
        prop::collection::vec(value.clone(), columns * rows)
            .prop_map(move |values| (columns, values))
    })
}

fn any_values() -> impl Strategy<Value = (usize, Vec<f64>)> {
    let value = prop_oneof![20 => 0.0..5.0f64, 1 => any::<f64>(), 1 => Just(2.0)];
    (2usize..8, 2usize..8).prop_flat_map(move |(columns, rows)| {
        prop::collection::vec(value.clone(), columns * rows)
            .prop_map(move |values| (columns, values))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn bands_of_ties_and_holes_are_valid_and_add_up((columns, values) in ties(), levels in 0usize..3) {
        let levels = [&[1.0, 2.0, 3.0][..], &[0.0, 0.5, 1.5, 2.5, 4.0][..], &[2.0][..]][levels];
        check(columns, &values, levels, None);
    }

    #[test]
    fn bands_of_any_values_are_valid_and_add_up((columns, values) in any_values()) {
        check(columns, &values, &[1.0, 2.0, 2.000_000_1, 3.5], None);
    }

    #[test]
    fn bands_in_coarse_steps_are_valid_and_add_up((columns, values) in prop_oneof![ties(), any_values()], steps in 0u32..5) {
        check(columns, &values, &[0.9, 1.0, 1.1, 2.0, 3.0], Some(1 << steps));
    }
}

#[test]
fn a_peak_is_a_diamond_with_the_next_level_inside() {
    let values = [0.0, 0.0, 0.0, 0.0, 4.0, 0.0, 0.0, 0.0, 0.0];
    let bands = isobands(&grid(3, &values), &[1.0, 2.0]).unwrap();
    let diamond = |half: f64| {
        let (x, y) = (3e5 + 37.5, 6.29e6 + 37.5);
        ring(&[[x, y - half], [x + half, y], [x, y + half], [x - half, y]])
    };
    assert_eq!((bands[0].low, bands[0].high), (1.0, Some(2.0)));
    assert_eq!((bands[1].low, bands[1].high), (2.0, None));
    let inner = &bands[1].polygons.0[0];
    assert_eq!(
        inner.unsigned_area(),
        Polygon::new(diamond(12.5), vec![]).unsigned_area()
    );
    let outer = &bands[0].polygons.0[0];
    assert_eq!(outer.interiors().len(), 1);
    let mut hole = outer.interiors()[0].0.clone();
    hole.reverse();
    let place = hole
        .iter()
        .position(|at| *at == inner.exterior().0[0])
        .unwrap();
    hole.pop();
    hole.rotate_left(place);
    assert_eq!(
        hole,
        inner.exterior().0[..4],
        "the same contour, bit for bit"
    );
}

#[test]
fn a_saddle_is_joined_where_the_mean_of_its_corners_is_inside() {
    let parts = |values: [f64; 4], level| traced(2, &values, &[level], None)[0].polygons.0.len();
    assert_eq!(parts([0.0, 2.0, 2.0, 0.0], 1.0), 1);
    assert_eq!(parts([0.0, 2.0, 2.0, 0.0], 1.1), 2);
    assert_eq!(parts([2.0, 0.0, 0.0, 2.0], 1.0), 1);
    assert_eq!(parts([2.0, 0.0, 0.0, 2.0], 1.1), 2);
}

#[test]
fn a_plateau_on_a_level_belongs_to_the_band_above() {
    let values = [1.0; 9];
    let bands = isobands(&grid(3, &values), &[0.0, 1.0, 2.0]).unwrap();
    let areas: Vec<f64> = bands
        .iter()
        .map(|band| band.polygons.unsigned_area())
        .collect();
    assert_eq!(areas, [0.0, 2500.0, 0.0]);
    assert_eq!(bands[1].polygons.0[0].exterior().0.len(), 5, "corners only");
}

#[test]
fn what_is_no_number_is_cut_out_with_its_squares() {
    let mut values = [1.0; 25];
    values[12] = HOLE;
    let band = &traced(5, &values, &[0.5], None)[0];
    assert_eq!(band.polygons.unsigned_area(), 12.0);
    assert_eq!(band.polygons.0[0].interiors().len(), 1);
    values[0] = HOLE;
    let band = &traced(5, &values, &[0.5], None)[0];
    assert_eq!(band.polygons.unsigned_area(), 11.0);
    band.polygons.check_validation().unwrap();
}

#[test]
fn nothing_comes_of_grids_without_squares() {
    for columns in [1, 2, 4] {
        let bands = isobands(&grid(columns, &[1.0, 2.0, 1.0, 2.0]), &[0.0]).unwrap();
        assert_eq!(bands[0].polygons.0.is_empty(), columns != 2);
    }
    let none = Grid {
        columns: 7,
        rows: 0,
        ..grid(1, &[])
    };
    assert!(isobands(&none, &[0.0]).unwrap()[0].polygons.0.is_empty());
    let all_holes = isobands(&grid(3, &[HOLE; 9]), &[0.0]).unwrap();
    assert!(all_holes[0].polygons.0.is_empty());
}

#[test]
fn a_surface_crossed_too_often_is_refused() {
    let side = 400;
    let values: Vec<f64> = (0..side * side)
        .map(|cell| {
            if (cell + cell / side) % 2 == 0 {
                0.0
            } else {
                99.0
            }
        })
        .collect();
    let levels: Vec<f64> = (1..=64).map(f64::from).collect();
    assert_eq!(
        isobands(&grid(side, &values), &levels).map(|_| ()),
        Err(IsobandError::TooDetailed(2 * 399 * 400 * 64))
    );
}

#[test]
fn contours_of_a_hundred_small_tops_each_find_their_place() {
    let side = 41;
    let values: Vec<f64> = (0..side * side)
        .map(|cell| ((cell % side) as f64 * 0.9).sin() * ((cell / side) as f64 * 0.8).cos() * 3.0)
        .collect();
    check(side, &values, &[-2.5, -1.0, 0.0, 0.3, 1.0, 2.5], None);
    check(side, &values, &[-2.5, -1.0, 0.0, 0.3, 1.0, 2.5], Some(8));
}
