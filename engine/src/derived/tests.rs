//! Laws of label points and borders over coverages that are made to be crooked.

use std::collections::BTreeMap;

use geo_types::{Coord, Geometry, LineString, MultiPolygon, Point, Polygon};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::{Sides, borders, labels};
use crate::column::{Column, Value};
use crate::layer::Layer;
use crate::layer::tests_support::{Equator, layer, polygons};
use crate::shapes::GeometryType;
use crate::space::{Metric, World};
use crate::title::Title;

fn polygon(points: &[(f64, f64)]) -> Polygon<f64> {
    Polygon::new(LineString::from(points.to_vec()), vec![])
}

fn bordered(base: &Layer) -> Layer {
    borders(base, "p", &Title::default(), &Equator, |sides| {
        ("p", if sides[1].is_none() { 1 } else { 2 })
    })
}

fn labelled(base: &Layer) -> Layer {
    let shown = |position: usize| &base.columns()[position];
    labels(base, "p", &Title::default(), shown, &Equator)
}

fn sides_of(lines: &Layer, row: usize) -> [Option<String>; 2] {
    ["left", "right"].map(|side| match lines.column(side).unwrap().value(row) {
        Value::Text(key) => Some(key.to_owned()),
        _ => None,
    })
}

/// Squares in rows, their corners and the vertices on their sides moved about; some turn the other way round.
fn coverage(across: usize, shifts: &[(f64, f64)]) -> Vec<Polygon<f64>> {
    const SIDE: f64 = 4000.0;
    const STEPS: usize = 4;
    let vertex = |column: usize, row: usize| {
        let (dx, dy) = shifts[(column * 31 + row * 17) % shifts.len()];
        Coord {
            x: column as f64 * SIDE / STEPS as f64 + dx,
            y: row as f64 * SIDE / STEPS as f64 + dy,
        }
    };
    let cell = |number: usize| {
        let (west, south) = (number % across * STEPS, number / across * STEPS);
        let steps = 0..STEPS;
        let mut ring: Vec<_> = steps
            .clone()
            .map(|step| vertex(west + step, south))
            .chain(steps.clone().map(|step| vertex(west + STEPS, south + step)))
            .chain(
                steps
                    .clone()
                    .map(|step| vertex(west + STEPS - step, south + STEPS)),
            )
            .chain(steps.map(|step| vertex(west, south + STEPS - step)))
            .collect();
        if number.is_multiple_of(3) {
            ring.reverse();
        }
        Polygon::new(LineString::new(ring), vec![])
    };
    (0..across * across).map(cell).collect()
}

/// Every edge of a layer with how often it is drawn.
fn edges(layer: &Layer) -> BTreeMap<[World; 2], usize> {
    let mut found = BTreeMap::new();
    let drawn = layer.drawn();
    for row in 0..layer.len() {
        for ring in drawn.shapes.feature_rings(row) {
            for edge in drawn.world[drawn.shapes.coordinates(ring)].windows(2) {
                let ends = [edge[0].min(edge[1]), edge[0].max(edge[1])];
                *found.entry(ends).or_insert(0) += 1;
            }
        }
    }
    found
}

/// The importance of every vertex of a layer.
fn importance(layer: &Layer) -> BTreeMap<World, u8> {
    let drawn = layer.drawn();
    let ranked = drawn.world.iter().copied().zip(drawn.zooms);
    ranked.map(|(at, zoom)| (at, *zoom)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(6), failure_persistence: None, cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn every_edge_is_drawn_once_between_its_territories_and_is_simplified_as_theirs(
        shifts in prop::collection::vec((-300.0..300.0f64, -300.0..300.0f64), 1..97),
        across in 1usize..5,
    ) {
        let base = polygons(coverage(across, &shifts));
        let lines = bordered(&base);
        prop_assert_eq!(edges(&base).into_keys().collect::<Vec<_>>(), edges(&lines).keys().copied().collect::<Vec<_>>());
        prop_assert!(edges(&lines).values().all(|&times| times == 1));
        prop_assert_eq!(importance(&base), importance(&lines));
        for row in 0..lines.len() {
            let sides = sides_of(&lines, row);
            let range = lines.shapes().feature_coordinates(row);
            for edge in lines.metric()[range].windows(2) {
                let (dx, dy) = (edge[1].x_m - edge[0].x_m, edge[1].y_m - edge[0].y_m);
                let beside = |share: f64| Metric {
                    x_m: f64::midpoint(edge[0].x_m, edge[1].x_m) - dy * share,
                    y_m: f64::midpoint(edge[0].y_m, edge[1].y_m) + dx * share,
                };
                let holding = |at: Metric| (0..base.len()).find(|&row| base.contains(row, at)).map(|row| base.key(row).to_owned());
                prop_assert_eq!(&sides[0], &holding(beside(1e-4)));
                prop_assert_eq!(&sides[1], &holding(beside(-1e-4)));
            }
        }
    }
}

#[test]
fn an_island_and_the_land_around_it_share_one_closed_line() {
    let outer = LineString::from(vec![
        (0.0, 0.0),
        (900.0, 0.0),
        (900.0, 900.0),
        (0.0, 900.0),
        (0.0, 0.0),
    ]);
    let shore = vec![
        (300.0, 310.0),
        (600.0, 300.0),
        (610.0, 600.0),
        (300.0, 600.0),
        (300.0, 310.0),
    ];
    let land = Polygon::new(outer, vec![LineString::from(shore.clone())]);
    let base = polygons(vec![land, polygon(&shore[1..])]);
    let lines = bordered(&base);
    let found: Vec<_> = (0..lines.len())
        .map(|row| {
            (
                lines.key(row).to_owned(),
                lines.shapes().feature_coordinates(row).len(),
            )
        })
        .collect();
    assert_eq!(found, [("p0|p1".to_owned(), 5), ("p0|".to_owned(), 5)]);
    assert_eq!(importance(&base), importance(&lines));
    assert_eq!(sides_of(&lines, 1), [Some("p0".to_owned()), None]);
}

#[test]
fn two_borders_between_the_same_two_have_keys_of_their_own() {
    // One lies in the bay of the other and touches it above and below, with water between.
    let bay = polygon(&[
        (0.0, 0.0),
        (900.0, 0.0),
        (900.0, 100.0),
        (100.0, 100.0),
        (100.0, 800.0),
        (900.0, 800.0),
        (900.0, 900.0),
        (0.0, 900.0),
    ]);
    let boat = polygon(&[
        (500.0, 100.0),
        (900.0, 100.0),
        (900.0, 800.0),
        (500.0, 800.0),
    ]);
    let with_vertices = polygon(&[
        (0.0, 0.0),
        (900.0, 0.0),
        (900.0, 100.0),
        (500.0, 100.0),
        (100.0, 100.0),
        (100.0, 800.0),
        (500.0, 800.0),
        (900.0, 800.0),
        (900.0, 900.0),
        (0.0, 900.0),
    ]);
    // A vertex that one of them leaves out is put into its border before anything is drawn.
    for bay in [with_vertices, bay] {
        let lines = bordered(&polygons(vec![bay, boat.clone()]));
        let mut keys: Vec<&str> = lines.keys().iter().collect();
        keys.sort_unstable();
        assert_eq!(keys, ["p0|", "p0|#2", "p0|p1", "p0|p1#2", "p1|", "p1|#2"]);
    }
}

#[test]
fn overlaps_and_folded_outlines_are_borders_of_the_first_and_no_panic() {
    let square = polygon(&[(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0)]);
    let spike = polygon(&[
        (0.0, 0.0),
        (100.0, 0.0),
        (200.0, 0.0),
        (100.0, 0.0),
        (100.0, 100.0),
    ]);
    let flat = polygon(&[(0.0, 0.0), (50.0, 0.0), (100.0, 0.0)]);
    let lines = bordered(&polygons(vec![square.clone(), square, spike, flat]));
    assert!(!lines.is_empty());
    assert!(edges(&lines).values().all(|&times| times == 1));
    assert!(bordered(&polygons(vec![])).is_empty());
}

#[test]
fn sides_are_told_to_who_asks_what_they_divide() {
    let base = polygons(coverage(2, &[(0.0, 0.0)]));
    let told = std::cell::RefCell::new(vec![]);
    let _lines = borders(&base, "p", &Title::default(), &Equator, |sides: Sides| {
        told.borrow_mut().push(sides);
        ("p", 1)
    });
    let inner = told
        .borrow()
        .iter()
        .filter(|sides| sides[1].is_some())
        .count();
    assert!(inner > 0 && told.borrow().iter().all(|sides| sides[0].is_some()));
}

#[test]
fn labels_stand_in_the_largest_part_and_rank_by_size() {
    let small = polygon(&[(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)]);
    let large = polygon(&[(1000.0, 0.0), (1100.0, 0.0), (1100.0, 40.0), (1000.0, 40.0)]);
    let base = layer(
        "p",
        &[
            Geometry::Polygon(small.clone()),
            Geometry::MultiPolygon(MultiPolygon(vec![small, large])),
            Geometry::LineString(LineString::from(vec![
                (0.0, 0.0),
                (30.0, 0.0),
                (30.0, 10.0),
            ])),
            Geometry::Point(Point::new(7.0, 8.0)),
            Geometry::MultiPolygon(MultiPolygon(vec![])),
        ],
        vec![
            Column::new("rank", (0..5).map(Value::Integer)),
            Column::new("colour", ["a", "b", "c", "d", "e"].map(Value::Text)),
        ],
    );
    let labels = labelled(&base);
    let at = |row: usize| {
        let range = labels.shapes().feature_coordinates(row);
        labels.metric()[range]
            .iter()
            .map(|at| (at.x_m, at.y_m))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        [0, 1, 2, 3, 4].map(at),
        [
            vec![(5.0, 5.0)],
            vec![(1050.0, 20.0)],
            vec![(20.0, 0.0)],
            vec![(7.0, 8.0)],
            vec![]
        ]
    );
    let column = |name: &str| -> Vec<Value<'_>> {
        let column = labels.column(name).unwrap();
        (0..column.len()).map(|row| column.value(row)).collect()
    };
    assert_eq!(
        column("rank"),
        [
            Value::Integer(2),
            Value::Integer(1),
            Value::Integer(3),
            Value::Integer(4),
            Value::Null
        ]
    );
    assert_eq!(
        column("radius_m"),
        [
            Value::Real(5.0),
            Value::Real(20.0),
            Value::Null,
            Value::Null,
            Value::Null
        ]
    );
    assert_eq!(
        labels.columns().len(),
        3,
        "rank hides the column of that name"
    );
    assert_eq!(labels.shapes().geometry_type(4), GeometryType::None);
    assert_eq!(
        (0..5).map(|row| labels.feature_id(row)).collect::<Vec<_>>(),
        (0..5).map(|row| base.feature_id(row)).collect::<Vec<_>>()
    );
}
