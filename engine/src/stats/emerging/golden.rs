//! Trends and classes beside those that `tests/golden/emerging.py` made with esda 2.9.0 and pymannkendall 1.4.3.

use super::*;
use crate::stats::Transform;

/// Cells of the lines that begin with a word.
fn lines(word: &str) -> Vec<Vec<f64>> {
    let text = include_str!("../../../tests/golden/emerging.csv");
    let cells = |line: &'static str| {
        let line = line.strip_prefix(word)?.strip_prefix(',')?;
        Some(
            line.split(',')
                .map(|cell| cell.parse().unwrap_or(f64::NAN))
                .collect(),
        )
    };
    text.lines().filter_map(cells).collect()
}

fn near(found: f64, expected: f64, what: &str) {
    assert!(
        (found - expected).abs() <= 1e-9 * expected.abs().max(1.0),
        "{what}: {found}, expected {expected}"
    );
}

#[test]
fn trends_are_those_of_pymannkendall_with_ties() {
    let series = lines("series");
    let trends = lines("trend");
    assert!(series.len() == trends.len() && series.len() > 8);
    for (series, trend) in series.iter().zip(trends) {
        let found = mann_kendall(series).unwrap();
        assert_eq!(found.s as f64, trend[0]);
        near(found.variance, trend[1], "variance");
        near(found.z, trend[2], "z");
        near(found.p, trend[3], "p");
    }
}

/// Queen neighbours on a lattice so many columns wide.
fn lattice(columns: u32, rows: u32) -> Weights {
    let list = |cell: u32| {
        let near = |other: &u32| {
            *other != cell
                && (other % columns).abs_diff(cell % columns) <= 1
                && (other / columns).abs_diff(cell / columns) <= 1
        };
        (0..columns * rows).filter(near).collect()
    };
    let lists: Vec<Vec<u32>> = (0..columns * rows).map(list).collect();
    Weights::from_lists(&lists, Transform::RowStandardised)
}

fn check(name: &str, columns: u32, options: &EmergingOptions) {
    let values: Vec<Vec<Option<f64>>> = lines(&format!("{name} values"))
        .into_iter()
        .map(|period| period.into_iter().map(Some).collect())
        .collect();
    let rows = narrow(values[0].len()) / columns;
    let found = emerging(&values, &lattice(columns, rows), options).unwrap();
    let text = include_str!("../../../tests/golden/emerging.csv");
    let prefix = format!("{name} class,");
    let classes: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix(&prefix))
        .collect();
    let figures = lines(&format!("{name} figures"));
    assert_eq!(
        (classes.len(), figures.len()),
        (found.rows.len(), found.rows.len())
    );
    for ((row, class), figures) in found.rows.iter().zip(classes).zip(figures) {
        let what = format!("{name} {}", row.row);
        assert_eq!(row.class.unwrap().to_string(), class, "{what}");
        near(row.z_last.unwrap(), figures[0], &what);
        assert_eq!(
            [f64::from(row.hot_periods), f64::from(row.cold_periods)],
            figures[1..3]
        );
        let trend = row.trend.unwrap();
        near(trend.z, figures[3], &what);
        near(trend.p, figures[4], &what);
    }
}

#[test]
fn classes_of_each_period_for_itself_are_those_of_esda_and_pymannkendall() {
    check("twelve", 9, &EmergingOptions::default());
    let uncorrected = EmergingOptions {
        correction: Correction::None,
        alpha: 0.1,
        ..EmergingOptions::default()
    };
    check("seven", 6, &uncorrected);
}

#[test]
fn classes_over_all_periods_are_those_of_esda_and_pymannkendall() {
    let options = EmergingOptions {
        reference: Reference::AllPeriods { steps_before: 1 },
        ..EmergingOptions::default()
    };
    check("cube", 9, &options);
}
