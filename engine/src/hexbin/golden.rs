//! Hexagons beside those that `tests/golden/hexbin.py` made with h3 4.5.0 and scipy 1.17.1.

use super::*;
use crate::space::{LonLat, Metric};

struct Features {
    lonlat: Vec<LonLat>,
    metric: Vec<Metric>,
    values: Vec<f64>,
    weights: Vec<f64>,
}

fn features(name: &str) -> Features {
    let text = match name {
        "city" => include_str!("../../tests/golden/hexbin_city.csv"),
        _ => include_str!("../../tests/golden/hexbin_earth.csv"),
    };
    let number = |cell: &str| cell.parse::<f64>().unwrap_or(f64::NAN);
    let rows: Vec<Vec<f64>> = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').map(number).collect())
        .collect();
    let lonlat = |row: &Vec<f64>| LonLat {
        lon: row[0],
        lat: row[1],
    };
    let metric = |row: &Vec<f64>| Metric {
        x_m: row[4],
        y_m: row[5],
    };
    Features {
        lonlat: rows.iter().map(lonlat).collect(),
        metric: rows.iter().map(metric).collect(),
        values: rows.iter().map(|row| row[2]).collect(),
        weights: rows.iter().map(|row| row[3]).collect(),
    }
}

impl Features {
    fn measure(&self) -> HexMeasure<'_> {
        HexMeasure {
            values: Some(&self.values),
            weights: Some(&self.weights),
            per: 1000.0,
            ..HexMeasure::default()
        }
    }
}

/// The answers to a question: all cells of a line after it.
fn expected(question: &str) -> Vec<Vec<&'static str>> {
    let text = include_str!("../../tests/golden/hexbin_expected.csv");
    let answer = |line: &'static str| {
        let rest = line.strip_prefix(question)?.strip_prefix(',')?;
        Some(rest.split(',').collect())
    };
    text.lines().filter_map(answer).collect()
}

fn near(found: Option<f64>, expected: &str) {
    let expected: Option<f64> = expected.parse().ok();
    let alike = match (found, expected) {
        (Some(found), Some(expected)) => (found - expected).abs() <= 1e-9 * expected.abs().max(1.0),
        (found, expected) => found == expected,
    };
    assert!(alike, "{found:?}, expected {expected:?}");
}

#[test]
fn h3_cells_are_those_of_h3_py() {
    for (name, resolutions) in [("city", &[5, 8, 9, 15][..]), ("earth", &[0, 1, 4])] {
        let features = features(name);
        for &resolution in resolutions {
            let found = h3_cells(&features.lonlat, &features.measure(), resolution).unwrap();
            let answers = expected(&format!("{name} h3 {resolution}"));
            assert_eq!(found.cells.len(), answers.len());
            for (cell, answer) in found.cells.iter().zip(answers) {
                assert_eq!(cell.id(), answer[0]);
                assert_eq!(cell.totals.count, answer[1].parse().ok());
                near(cell.totals.sum, answer[2]);
                near(cell.totals.rate, answer[3]);
                near(Some(cell.centre.lon), answer[4]);
                near(Some(cell.centre.lat), answer[5]);
            }
            for answer in expected(&format!("{name} boundary {resolution}")) {
                let cell = found.cells.iter().find(|cell| cell.id() == answer[0]);
                let boundary = cell.unwrap().boundary();
                assert_eq!(2 * boundary.len(), answer.len() - 1);
                for (vertex, degrees) in boundary.iter().zip(answer[1..].chunks(2)) {
                    let lon: f64 = degrees[0].parse().unwrap();
                    let turns = ((vertex.lon - lon) / 360.0).round();
                    near(Some(vertex.lon - 360.0 * turns), degrees[0]);
                    near(Some(vertex.lat), degrees[1]);
                }
            }
        }
    }
}

#[test]
fn planar_hexagons_are_those_of_the_nearest_centre() {
    let features = features("city");
    for side in [400, 1500] {
        let found = hexagons(&features.metric, &features.measure(), f64::from(side)).unwrap();
        let answers = expected(&format!("planar {side}"));
        assert_eq!(found.cells.len(), answers.len());
        for (cell, answer) in found.cells.iter().zip(answers) {
            assert_eq!(cell.id(), format!("r{}c{}", answer[0], answer[1]));
            assert_eq!(cell.totals.count, answer[2].parse().ok());
            near(cell.totals.sum, answer[3]);
        }
    }
}
