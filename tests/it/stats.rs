//! Spatial weights and statistics of the sample's districts, as libpysal, esda and pygeoda have them: see
//! `tests/golden/stats.py`.

use std::collections::BTreeSet;
use std::sync::Arc;

use comarca_engine::Layer;
use comarca_engine::stats::{
    Focal, Global, Inference, Local, LocalRow, Permutations, Tail, Transform, Weights, eb_rates,
    eb_rates_local, excess_risk, geary, getis_ord, local_geary, local_getis_ord, local_moran,
    moran, moran_rates,
};
use comarca_loaders::Project;
use comarca_tests::project::{sample, workspace};
use comarca_tests::table::Table;

/// Largest relative difference of what is not drawn.
const RELATIVE_MAX: f64 = 1e-9;
const PERMUTATIONS: u32 = 9999;

struct Districts {
    layer: Arc<Layer>,
    figures: Table,
    expected: Table,
}

impl Districts {
    fn load() -> Self {
        let project = Project::open(sample().join("comarca.toml")).expect("a project file");
        let (territory, _) = project.load().expect("the sample loads");
        let golden = workspace().join("tests/golden");
        Self {
            layer: Arc::clone(territory.level("districts").expect("a level").layer()),
            figures: Table::read(&golden.join("districts.csv")),
            expected: Table::read(&golden.join("stats/districts.csv")),
        }
    }

    fn figure(&self, name: &str) -> Vec<Option<f64>> {
        let number = |key| self.figures.number(key, name);
        self.layer.keys().iter().map(number).collect()
    }

    fn weights(&self, spec: &str) -> Weights {
        let spec = spec.parse().expect("a way");
        Weights::build(&self.layer, spec, Transform::RowStandardised).expect("few links")
    }

    /// Compares statistic, z and p of every row with the columns of a name.
    fn check(&self, local: &Local, name: &str) {
        for row in &local.rows {
            let key = self.layer.key(row.row as usize);
            let expected = |suffix: &str| self.expected.number(key, &format!("{name}{suffix}"));
            let what = format!("{name} of {key}");
            near(row.statistic, expected(""), RELATIVE_MAX, &what);
            if self.expected.columns.contains(&format!("{name}_z")) {
                near(row.z, expected("_z"), 1e-8, &what);
            }
            self.check_p(row, &format!("{name}_p"));
        }
    }

    fn check_p(&self, row: &LocalRow, column: &str) {
        let key = self.layer.key(row.row as usize);
        let expected = self.expected.number(key, column);
        assert_eq!(row.p.is_some(), expected.is_some(), "{column} of {key}");
        if let (Some(p), Some(expected)) = (row.p, expected) {
            drawn_alike(p, expected, &format!("{column} of {key}"));
        }
    }
}

fn inference() -> Inference {
    Inference {
        permutations: Permutations::new(PERMUTATIONS, 7).expect("not too many"),
        tail: Tail::OneSided,
        ..Inference::default()
    }
}

fn near(found: Option<f64>, expected: Option<f64>, relative: f64, what: &str) {
    match (found, expected) {
        (Some(found), Some(expected)) => assert!(
            (found - expected).abs() <= relative * expected.abs().max(1e-3),
            "{what}: {found}, expected {expected}"
        ),
        _ => assert_eq!(found, expected, "{what}"),
    }
}

/// Whether two shares of draws agree: within five standard errors of their difference.
fn drawn_alike(found: f64, expected: f64, what: &str) {
    let draws = f64::from(PERMUTATIONS);
    let varies = expected.max(1.0 / draws) * (1.0 - expected).max(1.0 / draws);
    assert!(
        (found - expected).abs() <= 5.0 * (2.0 * varies / draws).sqrt(),
        "{what}: {found}, expected {expected}"
    );
}

#[test]
fn neighbours_of_the_districts_are_those_of_libpysal() {
    let districts = Districts::load();
    for (spec, column) in [
        ("queen", "queen"),
        ("rook", "rook"),
        ("knn:8", "knn"),
        ("distance:1500", "band"),
    ] {
        let weights = districts.weights(spec);
        // The golden file numbers the districts in the order of their keys, as its rows are.
        let by_number: Vec<&String> = districts.expected.rows.keys().collect();
        for (row, key) in districts.layer.keys().iter().enumerate() {
            let own = |&row: &u32| districts.layer.key(row as usize);
            let found: BTreeSet<&str> = weights.neighbours(row).iter().map(own).collect();
            let numbers = districts.expected.rows[key][column].split_whitespace();
            let expected: BTreeSet<&str> = numbers
                .map(|number| by_number[number.parse::<usize>().expect("a row number")].as_str())
                .collect();
            assert_eq!(found, expected, "{spec} of {key}");
        }
    }
}

#[test]
fn global_statistics_of_the_districts_are_those_of_esda() {
    let districts = Districts::load();
    let expected = Table::read(&workspace().join("tests/golden/stats/districts_global.csv"));
    let check = |name: String, found: Option<Global>| {
        let found = found.expect("values vary");
        let number = |column: &str| expected.number(&name, column);
        near(
            Some(found.statistic),
            number("statistic"),
            RELATIVE_MAX,
            &name,
        );
        near(
            Some(found.expected),
            number("expected"),
            RELATIVE_MAX,
            &name,
        );
        near(found.variance, number("variance"), RELATIVE_MAX, &name);
        near(found.z, number("z"), 1e-8, &name);
        near(
            found.variance_normality,
            number("variance_normality"),
            RELATIVE_MAX,
            &name,
        );
        near(found.z_normality, number("z_normality"), 1e-8, &name);
        if let Some(share) = number("p_at_least") {
            drawn_alike(
                found.p_permutation.expect("permutations"),
                share.min(1.0 - share),
                &name,
            );
        }
    };
    let (distance, median) = (
        districts.figure("health_distance"),
        districts.figure("school_size_median"),
    );
    for (values, name, spec) in [
        (&distance, "distance queen", "queen"),
        (&distance, "distance knn", "knn:8"),
        (&median, "median queen", "queen"),
        (&distance, "distance band", "distance:1500"),
    ] {
        let weights = districts.weights(spec);
        check(
            format!("{name} moran r"),
            moran(values, &weights, &inference()),
        );
        check(
            format!("{name} geary r"),
            geary(values, &weights, &inference()),
        );
        check(
            format!("{name} g b"),
            getis_ord(values, &weights, &inference()),
        );
    }
    let rates = moran_rates(
        &districts.figure("demands"),
        &districts.figure("population"),
        &districts.weights("queen"),
        &inference(),
    );
    check("demands queen rates r".to_owned(), rates);
}

#[test]
fn local_statistics_of_the_districts_are_those_of_esda_and_pygeoda() {
    let districts = Districts::load();
    let distance = districts.figure("health_distance");
    let median = districts.figure("school_size_median");
    for (values, spec, prefix) in [(&distance, "queen", ""), (&median, "distance:1500", "gap_")] {
        let weights = districts.weights(spec);
        let lisa = local_moran(values, &weights, &inference());
        districts.check(&lisa, &format!("{prefix}moran"));
        for (focal, name) in [(Focal::Excluded, "gi"), (Focal::Included, "gi_star")] {
            let local = local_getis_ord(values, &weights, focal, &inference());
            districts.check(&local, &format!("{prefix}{name}"));
        }
        let local = local_geary(values, &weights, &inference());
        districts.check(&local, &format!("{prefix}geary"));
        if prefix.is_empty() {
            for row in &lisa.rows {
                let key = districts.layer.key(row.row as usize);
                near(
                    row.statistic,
                    districts.expected.number(key, "geoda"),
                    RELATIVE_MAX,
                    key,
                );
                districts.check_p(row, "geoda_p");
            }
        }
    }
}

#[test]
fn smoothed_rates_of_the_districts_are_those_of_esda() {
    let districts = Districts::load();
    let (events, base) = (districts.figure("demands"), districts.figure("population"));
    for (rates, name) in [
        (eb_rates(&events, &base).rates, "eb"),
        (
            eb_rates_local(&events, &base, &districts.weights("queen")).rates,
            "eb_local",
        ),
        (excess_risk(&events, &base), "excess_risk"),
    ] {
        for (key, rate) in districts.layer.keys().iter().zip(rates) {
            // Relative to a thousandth, which is what the rates are about.
            let expected = districts.expected.number(key, name);
            near(
                rate.map(|rate| rate * 1e3),
                expected.map(|rate| rate * 1e3),
                RELATIVE_MAX,
                name,
            );
        }
    }
}
