//! Bands beside those of `contourpy`: `engine/tests/golden/isobands_*.csv`, made by `tests/golden/isobands.py`
//! (contourpy 1.3.3). Areas are in squares of the lattice.

use geo::{Area, Contains};
use geo_types::Point;

use super::*;

/// A grid whose metres are lattice units: the first centre is the origin.
fn grid(text: &str) -> Grid {
    let rows: Vec<&str> = text.lines().collect();
    let cells = |row: &&str| -> Vec<f64> {
        row.split(',')
            .map(|cell| cell.parse().unwrap_or(f64::NAN))
            .collect()
    };
    let values: Vec<f64> = rows.iter().flat_map(cells).collect();
    Grid {
        min_x_m: -0.5,
        min_y_m: -0.5,
        cell_m: 1.0,
        columns: values.len() / rows.len(),
        rows: rows.len(),
        values,
    }
}

/// The answers to one question about a data set: two numbers that say where, and one that says what.
fn expected(question: &str) -> Vec<[f64; 3]> {
    let text = include_str!("../../../tests/golden/isobands_expected.csv");
    let answer = |line: &str| {
        let mut cells = line.strip_prefix(question)?.split(',').skip(1);
        let mut next = || cells.next().unwrap().parse().unwrap_or(f64::NAN);
        Some([next(), next(), next()])
    };
    text.lines().filter_map(answer).collect()
}

fn check(name: &str, text: &str) {
    let levels: Vec<f64> = expected(&format!("{name} level"))
        .iter()
        .map(|answer| answer[2])
        .collect();
    let bands = isobands(&grid(text), &levels).unwrap();
    let areas = expected(&format!("{name} area"));
    assert_eq!(bands.len(), areas.len());
    for (band, [number, _, area]) in bands.iter().zip(areas) {
        let found = band.polygons.unsigned_area();
        assert!(
            (found - area).abs() <= 1e-9 * area.max(1.0),
            "{name} {number}: {found}, expected {area}"
        );
    }
    let points = expected(&format!("{name} point"));
    assert!(points.len() > 300);
    for [x, y, number] in points {
        let inside = |band: &Band| band.polygons.contains(&Point::new(x, y));
        let found = bands.iter().position(inside);
        assert_eq!(
            found.map_or(-1.0, |band| band as f64),
            number,
            "{name} {x} {y}"
        );
        assert!(
            bands.iter().filter(|band| inside(band)).count() < 2,
            "{x} {y}"
        );
    }
}

#[test]
fn bands_of_a_smooth_surface_with_gaps_are_those_of_contourpy() {
    check(
        "smooth",
        include_str!("../../../tests/golden/isobands_smooth.csv"),
    );
}

#[test]
fn bands_of_whole_numbers_with_levels_on_them_are_those_of_contourpy() {
    check(
        "tied",
        include_str!("../../../tests/golden/isobands_tied.csv"),
    );
}
