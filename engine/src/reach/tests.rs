//! Laws, edge cases and the answers of other libraries.

use geo_types::{Geometry, LineString, Point, Polygon, Rect};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;
use crate::layer::Layer;
use crate::layer::tests_support::layer;
use crate::number::narrow;
use crate::space::Metric;

fn at(x_m: f64, y_m: f64) -> Metric {
    Metric { x_m, y_m }
}

fn points(places: &[(f64, f64)]) -> Layer {
    let geometries: Vec<Geometry<f64>> = places
        .iter()
        .map(|&(x, y)| Point::new(x, y).into())
        .collect();
    layer("f", &geometries, vec![])
}

fn within(within_m: f64, decay: Decay) -> Catchment {
    Catchment { within_m, decay }
}

/// The nearest of the rows by a loop.
fn by_loop(layer: &Layer, rows: &[u32], place: Metric) -> Option<(usize, f64)> {
    let measured = rows
        .iter()
        .map(|&row| (layer.distance_squared(row as usize, place), row as usize))
        .filter(|(squared, _)| squared.is_finite());
    measured
        .reduce(|best, next| if next < best { next } else { best })
        .map(|(squared, row)| (row, squared.sqrt()))
}

fn assert_nearest(layer: &Layer, rows: &[u32], places: &[Metric]) {
    let answers = NearestAnswers::new(&Facilities::of(layer, Some(rows)), places);
    for (position, &place) in places.iter().enumerate() {
        let found = answers.row(position).zip(answers.distance_m(position));
        assert_eq!(found, by_loop(layer, rows, place), "{place:?}");
    }
}

#[test]
fn without_facilities_or_coordinates_nothing_is_nearest() {
    let layer = points(&[(0.0, 0.0), (5.0, 0.0)]);
    let places = [
        at(1.0, 0.0),
        at(f64::NAN, 0.0),
        at(0.0, f64::INFINITY),
        at(1e13, 0.0),
    ];
    let answers = NearestAnswers::new(&Facilities::all(&layer), &places);
    assert_eq!(
        answers.distances_m().collect::<Vec<_>>(),
        [Some(1.0), None, None, None]
    );
    let none = NearestAnswers::new(&Facilities::of(&layer, Some(&[])), &places);
    assert!((0..4).all(|place| none.row(place).is_none()));
    assert!(NearestAnswers::new(&Facilities::all(&layer), &[]).is_empty());
    let nowhere = points(&[(f64::NAN, 0.0)]);
    let answers = NearestAnswers::new(&Facilities::all(&nowhere), &places);
    assert!((0..4).all(|place| answers.row(place).is_none()));
}

#[test]
fn of_facilities_at_the_same_distance_the_one_with_the_lowest_row_is_nearest() {
    let layer = points(&[(9.0, 9.0), (0.0, 2.0), (0.0, 0.0), (0.0, 2.0), (0.0, 0.0)]);
    let places = [at(0.0, 1.0), at(0.0, 0.0), at(0.0, 2.0)];
    let answers = NearestAnswers::new(&Facilities::all(&layer), &places);
    assert_eq!(
        (0..3).map(|place| answers.row(place)).collect::<Vec<_>>(),
        [Some(1), Some(2), Some(1)]
    );
}

#[test]
fn crowded_far_and_aligned_facilities_are_found_as_a_loop_finds_them() {
    let crowd = (0..400).map(|i| (f64::from(i % 20) * 1e-3, f64::from(i / 20) * 1e-3));
    let row = (0..300).map(|i| (f64::from(i) * 10.0, 5e4));
    let ring = (0..200).map(|i| {
        let angle = f64::from(i) * std::f64::consts::TAU / 200.0;
        (3e4 + 1e3 * angle.cos(), 3e4 + 1e3 * angle.sin())
    });
    let places: Vec<(f64, f64)> = crowd.chain(row).chain(ring).collect();
    let layer = points(&places);
    let rows: Vec<u32> = (0..narrow(layer.len())).collect();
    let mut asked: Vec<Metric> = (0..900)
        .map(|i| at(f64::from(i % 30) * 2e3, f64::from(i / 30) * 2e3))
        .collect();
    asked.extend((0..100).map(|i| at(f64::from(i) * 2e-4, f64::from(i) * 1e-4)));
    asked.push(at(3e4, 3e4));
    assert_nearest(&layer, &rows, &asked);
}

#[test]
fn many_places_in_no_order_have_the_answers_of_a_tree() {
    let mix =
        |i: u32, seed: u32| f64::from((i * 7919 + seed).wrapping_mul(2_654_435_761) >> 8) / 1e3;
    let layer = points(
        &(0..9000)
            .map(|i| (mix(i, 1), mix(i, 2)))
            .collect::<Vec<_>>(),
    );
    let places: Vec<Metric> = (0..70_000).map(|i| at(mix(i, 3), mix(i, 4))).collect();
    let answers = NearestAnswers::new(&Facilities::all(&layer), &places);
    for (position, &place) in places.iter().enumerate() {
        let found = answers.row(position).zip(answers.distance_m(position));
        assert_eq!(found, layer.nearest(place));
    }
}

/// Geometries on whole metres, so that many distances are equal.
fn shape() -> impl Strategy<Value = Geometry<f64>> {
    let place = || (0..20i32, 0..20i32).prop_map(|(x, y)| (f64::from(x), f64::from(y)));
    prop_oneof![
        place().prop_map(|(x, y)| Point::new(x, y).into()),
        prop::collection::vec(place(), 2..5).prop_map(|line| LineString::from(line).into()),
        (place(), 1..9i32, 1..9i32).prop_map(|((x, y), width, height)| {
            let (width, height) = (f64::from(width), f64::from(height));
            let ring = Rect::new((x, y), (x + width, y + height)).to_polygon();
            let hole = Rect::new((x + 0.3, y + 0.3), (x + 0.6, y + 0.6)).to_polygon();
            Polygon::new(ring.exterior().clone(), vec![hole.exterior().clone()]).into()
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn the_nearest_point_is_that_of_a_loop(facilities in prop::collection::vec((0..30i32, 0..30i32), 0..200), places in prop::collection::vec((0..60i32, 0..60i32), 100)) {
        let facilities: Vec<_> = facilities.iter().map(|&(x, y)| (f64::from(x), f64::from(y))).collect();
        let layer = points(&facilities);
        let rows: Vec<u32> = (0..narrow(layer.len())).filter(|row| row % 7 != 3).collect();
        let places: Vec<Metric> = places.iter().map(|&(x, y)| at(f64::from(x) / 2.0, f64::from(y) / 2.0)).collect();
        assert_nearest(&layer, &rows, &places);
    }

    #[test]
    fn the_nearest_shape_is_that_of_a_loop_and_zero_inside(shapes in prop::collection::vec(shape(), 1..40), places in prop::collection::vec((0..90i32, 0..90i32), 100)) {
        let layer = layer("f", &shapes, vec![]);
        let rows: Vec<u32> = (0..narrow(layer.len())).filter(|row| row % 5 != 3).collect();
        let places: Vec<Metric> = places.iter().map(|&(x, y)| at(f64::from(x) / 3.0, f64::from(y) / 3.0)).collect();
        assert_nearest(&layer, &rows, &places);
    }

    #[test]
    fn answers_that_are_kept_equal_those_of_asking_again(facilities in prop::collection::vec((0..30i32, 0..30i32), 2..60), places in prop::collection::vec((0..60i32, 0..60i32), 80), chosen in prop::collection::vec(any::<bool>(), 60)) {
        let facilities: Vec<_> = facilities.iter().map(|&(x, y)| (f64::from(x), f64::from(y))).collect();
        let layer = points(&facilities);
        let mut places: Vec<Metric> = places.iter().map(|&(x, y)| at(f64::from(x) / 2.0, f64::from(y) / 2.0)).collect();
        places.push(at(f64::NAN, 0.0));
        let (some, rest): (Vec<u32>, Vec<u32>) = (0..narrow(layer.len())).partition(|&row| chosen[row as usize]);
        let of = |rows: &[u32]| NearestAnswers::new(&Facilities::of(&layer, Some(rows)), &places);
        let all = NearestAnswers::new(&Facilities::all(&layer), &places);
        prop_assert_eq!(&of(&rest).added(&Facilities::of(&layer, Some(&some)), &places), &all);
        prop_assert_eq!(all.removed(&some, &Facilities::of(&layer, Some(&rest)), &places), of(&rest));
    }

    #[test]
    fn sums_over_pairs_are_those_of_a_loop(shapes in prop::collection::vec(shape(), 1..30), places in prop::collection::vec((0..90i32, 0..90i32, 0..9i32), 1..120), within_m in 0.0..12.0f64, decay in 0..5usize) {
        let layer = layer("f", &shapes, vec![]);
        let decay = [
            Decay::None,
            Decay::Thirds,
            Decay::Exponential { scale_m: 3.0 },
            Decay::Power { exponent: 1.5, floor_m: 0.5 },
            Decay::Gaussian { deviation_m: 2.0 },
        ][decay];
        let weights: Vec<f64> = places.iter().map(|place| f64::from(place.2)).collect();
        let places: Vec<Metric> = places.iter().map(|&(x, y, _)| at(f64::from(x) / 3.0, f64::from(y) / 3.0)).collect();
        let offered: Vec<f64> = (0..layer.len()).map(|row| row as f64).collect();
        let reach = Reach::new(&Facilities::all(&layer), &places, within(within_m, decay));
        let weight = |row: usize, place: Metric| {
            let d = layer.distance_squared(row, place).sqrt();
            let f = match decay {
                Decay::None => 1.0,
                Decay::Thirds if d * d <= within_m * within_m / 9.0 => 1.0,
                Decay::Thirds if d * d <= within_m * within_m * 4.0 / 9.0 => 0.68,
                Decay::Thirds => 0.22,
                Decay::Exponential { scale_m } => (-d / scale_m).exp(),
                Decay::Power { exponent, floor_m } => d.max(floor_m).powf(-exponent),
                Decay::Gaussian { deviation_m } => (-0.5 * (d / deviation_m).powi(2)).exp(),
            };
            if layer.distance_squared(row, place) <= within_m * within_m { f } else { 0.0 }
        };
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-12 * (1.0 + b.abs());
        for (place, found) in places.iter().zip(reach.opportunities(&offered)) {
            let expected: f64 = (0..layer.len()).map(|row| offered[row] * weight(row, *place)).sum();
            prop_assert!(close(found.unwrap(), expected), "{:?} {}", found, expected);
        }
        for (row, found) in reach.demand(&weights).into_iter().enumerate() {
            let expected: f64 = places.iter().zip(&weights).map(|(place, own)| own * weight(row, *place)).sum();
            prop_assert!(close(found, expected), "{} {}", found, expected);
        }
    }

    #[test]
    fn what_people_have_access_to_adds_up_to_the_capacity_that_somebody_reaches(facilities in prop::collection::vec((0..100i32, 0..100i32, 0..20i32), 1..60), places in prop::collection::vec((0..100i32, 0..100i32, 0..9i32), 1..200), within_m in 1.0..40.0f64) {
        let layer = points(&facilities.iter().map(|f| (f64::from(f.0), f64::from(f.1))).collect::<Vec<_>>());
        let capacities: Vec<f64> = facilities.iter().map(|f| f64::from(f.2)).collect();
        let weights: Vec<f64> = places.iter().map(|place| f64::from(place.2)).collect();
        let places: Vec<Metric> = places.iter().map(|p| at(f64::from(p.0), f64::from(p.1))).collect();
        for decay in [Decay::None, Decay::Thirds, Decay::Gaussian { deviation_m: 20.0 }] {
            let reach = Reach::new(&Facilities::all(&layer), &places, within(within_m, decay));
            let reached: f64 = reach.demand(&weights).iter().zip(&capacities).filter(|(demand, _)| **demand > 0.0).map(|(_, capacity)| capacity).sum();
            for access in [reach.floating_catchment(&weights, &capacities), reach.competing_catchment(&weights, &capacities)] {
                let used: f64 = access.iter().zip(&weights).map(|(access, weight)| access.unwrap() * weight).sum();
                prop_assert!((used - reached).abs() <= 1e-9 * (1.0 + reached), "{} {}", used, reached);
            }
        }
    }
}

#[test]
fn a_facility_that_nobody_reaches_and_a_place_that_reaches_none_have_zero() {
    let layer = points(&[(0.0, 0.0), (1e6, 0.0)]);
    let places = [at(0.0, 3.0), at(5e5, 0.0), at(f64::NAN, 0.0)];
    let reach = Reach::new(&Facilities::all(&layer), &places, within(3.0, Decay::None));
    let access = reach.floating_catchment(&[10.0, 10.0, 10.0], &[5.0, 5.0]);
    assert_eq!(access, [Some(0.5), Some(0.0), None], "the rim is inside");
    let empty = reach.floating_catchment(&[0.0, 10.0, 10.0], &[5.0, 5.0]);
    assert_eq!(empty, [Some(0.0), Some(0.0), None], "nobody is there");
    assert_eq!(
        reach.competing_catchment(&[0.0; 3], &[5.0, 5.0]),
        [Some(0.0), Some(0.0), None]
    );
}

#[test]
fn numbers_that_cannot_count_count_as_zero() {
    let layer = points(&[(0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (f64::NAN, 0.0)]);
    let places = [at(0.0, 0.0), at(1.0, 0.0)];
    let reach = Reach::new(&Facilities::all(&layer), &places, within(9.0, Decay::None));
    assert_eq!(
        reach.opportunities(&[4.0, -3.0, f64::NAN, 7.0]),
        [Some(4.0); 2]
    );
    assert_eq!(reach.demand(&[f64::INFINITY, 2.0]), [2.0, 2.0, 2.0, 0.0]);
    assert_eq!(
        reach.floating_catchment(&[-1.0, 2.0], &[4.0, f64::NAN, -2.0, 1.0]),
        [Some(2.0); 2]
    );
}

#[test]
fn a_radius_may_be_zero_huge_or_nonsense() {
    let layer = points(&[(0.0, 0.0), (700.0, 0.0)]);
    let places = [at(0.0, 0.0), at(1.0, 0.0)];
    let reached = |within_m| {
        let reach = Reach::new(
            &Facilities::all(&layer),
            &places,
            within(within_m, Decay::None),
        );
        reach.opportunities(&[1.0, 1.0])
    };
    assert_eq!(reached(0.0), [Some(1.0), Some(0.0)]);
    assert_eq!(reached(1e300), [Some(2.0); 2]);
    assert_eq!(reached(f64::INFINITY), [Some(2.0); 2]);
    assert_eq!(reached(-1.0), [Some(0.0); 2]);
    assert_eq!(reached(f64::NAN), [Some(0.0); 2]);
    let none = Reach::new(&Facilities::all(&layer), &[], within(5.0, Decay::None));
    assert_eq!(none.opportunities(&[1.0, 1.0]), []);
    assert_eq!(none.demand(&[]), [0.0, 0.0]);
}

#[test]
fn a_power_decay_is_finite_at_the_door() {
    let layer = points(&[(0.0, 0.0)]);
    let weight = |floor_m| {
        let decay = Decay::Power {
            exponent: 2.0,
            floor_m,
        };
        Reach::new(
            &Facilities::all(&layer),
            &[at(0.0, 0.0)],
            within(5.0, decay),
        )
        .opportunities(&[1.0])
    };
    assert_eq!(weight(2.0), [Some(0.25)]);
    assert!(
        (weight(0.0)[0].unwrap() / 1e6 - 1.0).abs() < 1e-9,
        "a millimetre is the least"
    );
}

#[test]
fn threads_do_not_change_a_bit() {
    let mix =
        |i: u32, seed: u32| f64::from((i * 7919 + seed).wrapping_mul(2_654_435_761) >> 8) / 1e4;
    let layer = points(&(0..500).map(|i| (mix(i, 1), mix(i, 2))).collect::<Vec<_>>());
    let places: Vec<Metric> = (0..5000).map(|i| at(mix(i, 3), mix(i, 4))).collect();
    let (weights, capacities) = (vec![0.1; 5000], vec![0.3; 500]);
    let all = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            let facilities = Facilities::all(&layer);
            let reach = Reach::new(
                &facilities,
                &places,
                within(300.0, Decay::Exponential { scale_m: 70.0 }),
            );
            let access = reach.competing_catchment(&weights, &capacities);
            let bits: Vec<u64> = access
                .iter()
                .flatten()
                .map(|value| value.to_bits())
                .collect();
            (
                bits,
                reach.floating_catchment(&weights, &capacities),
                NearestAnswers::new(&facilities, &places),
            )
        })
    };
    assert_eq!(all(1), all(4));
}

/// The cells of a golden file whose first column is `set`, without that column.
fn golden<'a>(file: &'a str, set: &'a str) -> impl Iterator<Item = Vec<&'a str>> {
    let rows = file.lines().map(|line| line.split(',').collect::<Vec<_>>());
    rows.filter(move |row| row[0] == set)
        .map(|row| row[1..].to_vec())
}

fn number(cell: &str) -> f64 {
    cell.parse().unwrap()
}

/// Rings of a shape, each a list of coordinates.
type Rings = Vec<Vec<(f64, f64)>>;

/// The polygons and lines of a golden set.
fn golden_shapes(set: &str) -> Layer {
    let mut rows: Vec<(bool, Rings)> = vec![];
    for cells in golden(include_str!("../../tests/golden/reach_shapes.csv"), set) {
        let (row, ring) = (number(cells[0]), number(cells[2]));
        if row == rows.len() as f64 {
            rows.push((cells[1] == "Polygon", vec![]));
        }
        let rings = &mut rows.last_mut().unwrap().1;
        if ring == rings.len() as f64 {
            rings.push(vec![]);
        }
        rings
            .last_mut()
            .unwrap()
            .push((number(cells[3]), number(cells[4])));
    }
    let geometry = |(is_polygon, rings): (bool, Vec<Vec<(f64, f64)>>)| -> Geometry<f64> {
        let mut rings = rings.into_iter().map(LineString::from);
        let first = rings.next().unwrap();
        match is_polygon {
            true => Polygon::new(first, rings.collect()).into(),
            false => first.into(),
        }
    };
    layer(
        "s",
        &rows.into_iter().map(geometry).collect::<Vec<_>>(),
        vec![],
    )
}

/// The numbers stand in `tests/golden/reach.py`: SciPy 1.17.1 (cKDTree), Shapely 2.2.0, access 1.1.10.
#[test]
fn the_sample_and_a_seeded_city_have_the_answers_of_scipy_shapely_and_access() {
    for set in ["sample", "seeded"] {
        let facilities: Vec<Vec<&str>> =
            golden(include_str!("../../tests/golden/reach_facilities.csv"), set).collect();
        let expected: Vec<Vec<&str>> =
            golden(include_str!("../../tests/golden/reach_expected.csv"), set).collect();
        let pairs: Vec<_> = facilities
            .iter()
            .map(|f| (number(f[0]), number(f[1])))
            .collect();
        let capacities: Vec<f64> = facilities.iter().map(|f| number(f[2])).collect();
        let places: Vec<Metric> = expected
            .iter()
            .map(|p| at(number(p[0]), number(p[1])))
            .collect();
        let demand: Vec<f64> = expected.iter().map(|p| number(p[2])).collect();
        let (layer, shapes) = (points(&pairs), golden_shapes(set));
        let facilities = Facilities::all(&layer);

        let nearest = NearestAnswers::new(&facilities, &places);
        let nearest_shape = NearestAnswers::new(&Facilities::all(&shapes), &places);
        let reach = |decay| Reach::new(&facilities, &places, within(1500.0, decay));
        let power = Decay::Power {
            exponent: 1.5,
            floor_m: 100.0,
        };
        let gaussian = Decay::Gaussian { deviation_m: 500.0 };
        let measures = [
            reach(Decay::None).opportunities(&capacities),
            reach(Decay::Exponential { scale_m: 400.0 }).opportunities(&capacities),
            reach(power).opportunities(&capacities),
            reach(gaussian).opportunities(&capacities),
            reach(Decay::None).floating_catchment(&demand, &capacities),
            reach(Decay::Thirds).floating_catchment(&demand, &capacities),
            reach(gaussian).floating_catchment(&demand, &capacities),
            reach(Decay::Thirds).competing_catchment(&demand, &capacities),
        ];
        for (place, cells) in expected.iter().enumerate() {
            let close = |found: Option<f64>, cell: &str| {
                let expected = number(cell);
                (found.unwrap() - expected).abs() <= 1e-9 * (1.0 + expected.abs())
            };
            assert_eq!(nearest.row(place), Some(cells[3].parse().unwrap()));
            assert!(close(nearest.distance_m(place), cells[4]), "{set} {place}");
            // Inside two overlapping polygons, or on a common border, the libraries may name another.
            assert!(
                close(nearest_shape.distance_m(place), cells[6]),
                "{set} {place}"
            );
            for (measure, cell) in measures.iter().zip(&cells[7..]) {
                assert!(close(measure[place], cell), "{set} {place} {cell}");
            }
        }
    }
}
