//! Figures that somebody else has computed.

use std::collections::BTreeSet;
use std::path::Path;

use comarca_tests::program::{comarca, comarca_in, run};
use comarca_tests::project::{sample, workspace};
use comarca_tests::table::Table;

/// Largest relative difference of what is not counted: expected figures have nine digits.
const RELATIVE_MAX: f64 = 1e-6;

/// Counts, sums of whole numbers, medians of them.
const EXACT: [&str; 10] = [
    "population",
    "households",
    "seniors",
    "schools",
    "enrolment",
    "school_size_median",
    "demands",
    "demand_votes",
    "accidents",
    "green_area",
];

fn table(project: &Path, level: &str) -> Table {
    let mut command = comarca();
    command.arg("--project").arg(project);
    Table::from_csv(
        run(command.args(["indicators", "--level", level]))
            .expect_success()
            .text(),
    )
}

/// Every figure of `expected` that is not what it should be, in words.
fn differences(expected: &Table, own: &Table, exact: &[&str]) -> Vec<String> {
    let columns = expected
        .columns
        .iter()
        .filter(|column| !["key", "name"].contains(&column.as_str()));
    let cells = columns.flat_map(|column| expected.rows.keys().map(move |key| (key, column)));
    let difference = |(key, column): (&String, &String)| {
        let (wanted, found) = (expected.number(key, column), own.number(key, column));
        let same = match (wanted, found) {
            (Some(wanted), Some(found)) if exact.contains(&column.as_str()) => wanted == found,
            (Some(wanted), Some(found)) => {
                (found - wanted).abs() <= RELATIVE_MAX * wanted.abs().max(f64::MIN_POSITIVE)
            }
            _ => wanted == found,
        };
        (!same).then(|| format!("{column} of {key} is {found:?}, expected {wanted:?}"))
    };
    cells.filter_map(difference).collect()
}

fn assert_equal(level: &str, expected: &Table, own: &Table, exact: &[&str]) {
    let (wanted, found): (Vec<_>, Vec<_>) =
        (expected.rows.keys().collect(), own.rows.keys().collect());
    assert_eq!(found, wanted, "{level}");
    let wrong = differences(expected, own, exact);
    assert!(
        wrong.is_empty(),
        "{level}: {} figures differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn sample_figures_equal_those_of_geopandas(level: &str) {
    let expected = Table::read(
        &workspace()
            .join("tests/golden")
            .join(level)
            .with_extension("csv"),
    );
    let own = table(&sample().join("comarca.toml"), level);
    let sorted = |table: &Table| table.columns.iter().cloned().collect::<BTreeSet<_>>();
    assert_eq!(
        sorted(&own),
        sorted(&expected),
        "run tests/golden/expected.py after a change of the project"
    );
    for (key, row) in &expected.rows {
        assert_eq!(own.rows[key]["name"], row["name"], "{key}");
    }
    assert_equal(level, &expected, &own, &EXACT);
}

#[test]
fn the_districts_of_the_sample_have_the_figures_of_geopandas() {
    sample_figures_equal_those_of_geopandas("districts");
}

#[test]
fn the_sectors_of_the_sample_have_the_figures_of_geopandas() {
    sample_figures_equal_those_of_geopandas("sectors");
}

#[test]
fn the_communes_of_the_sample_have_the_figures_of_geopandas() {
    sample_figures_equal_those_of_geopandas("communes");
}

#[test]
fn the_whole_sample_has_the_figures_of_geopandas() {
    sample_figures_equal_those_of_geopandas("all");
}

#[test]
fn what_is_counted_adds_up_to_the_same_at_every_level() {
    let sum = |table: &Table, column: &str| -> f64 {
        table
            .rows
            .keys()
            .filter_map(|key| table.number(key, column))
            .sum()
    };
    let whole = table(&sample().join("comarca.toml"), "all");
    let counted = EXACT
        .iter()
        .filter(|column| whole.columns.iter().any(|own| own == *column))
        .filter(|column| !column.ends_with("median"));
    let counted: Vec<_> = counted.collect();
    assert!(counted.len() > 5);
    for level in ["districts", "sectors", "communes"] {
        let table = table(&sample().join("comarca.toml"), level);
        for column in &counted {
            assert_eq!(
                Some(sum(&table, column)),
                whole.number("all", column),
                "{column}, {level}"
            );
        }
    }
}

/// Figures of the real city, where its files stand beside the workspace. They are not ours to distribute.
#[test]
fn the_real_city_has_the_figures_of_geopandas_where_its_files_are() {
    let data = workspace()
        .parent()
        .expect("the workspace is a folder")
        .join("shared/data");
    if !data.join("comarca.toml").is_file() || !data.join("expected").is_dir() {
        println!("skipped: the files of the real city are not in ../shared/data");
        return;
    }
    // Sums of areas that are no whole numbers are not exact in nine digits.
    let exact: Vec<&str> = EXACT
        .into_iter()
        .filter(|column| *column != "green_area")
        .collect();
    for level in ["zones", "districts", "communes", "all"] {
        let expected = Table::read(&data.join("expected").join(level).with_extension("csv"));
        let run = run(comarca_in(&data).args(["indicators", "--level", level])).expect_success();
        let own = with_areas(Table::from_csv(run.text()));
        assert_equal(level, &expected, &own, &exact);
    }
}

/// Adds the area that the density was taken by: no indicator by itself, but expected. The areas of territories without
/// persons stay unknown and are taken as right.
fn with_areas(mut table: Table) -> Table {
    let keys: Vec<String> = table.rows.keys().cloned().collect();
    for key in keys {
        let persons = table
            .number(&key, "population")
            .filter(|persons| *persons > 0.0);
        let per_ha = table.number(&key, "density");
        let area_ha = persons
            .zip(per_ha)
            .map(|(persons, per_ha)| (persons / per_ha).to_string());
        let row = table.rows.get_mut(&key).expect("it is one of the keys");
        row.insert("area_ha".to_owned(), area_ha.unwrap_or_default());
    }
    table
}
