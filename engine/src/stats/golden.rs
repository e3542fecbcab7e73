//! Statistics of a lattice beside those of `esda`: `engine/tests/golden/lattice*.csv`, made by `tests/golden/stats.py` with
//! the versions in `tests/golden/stats/versions.txt`. A real data set is compared in `tests/it/stats.rs`.

use std::collections::BTreeMap;

use geo_types::Rect;

use super::*;
use crate::layer::tests_support::polygons;

/// Largest relative difference of what is not drawn.
const RELATIVE_MAX: f64 = 1e-9;
/// Permutations here, and at least so many in the files.
const PERMUTATIONS: u32 = 9999;

/// Columns by name, `None` where a cell is empty.
type Columns = BTreeMap<String, Vec<Option<f64>>>;

fn columns(text: &str) -> Columns {
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let mut columns = Columns::new();
    for line in lines {
        for (name, cell) in names.iter().zip(line.split(',')) {
            let column = columns.entry((*name).to_owned()).or_default();
            column.push(cell.parse().ok());
        }
    }
    columns
}

fn lattice() -> Columns {
    columns(include_str!("../../tests/golden/lattice.csv"))
}

/// Statistic, expected, variance, z, variance and z under normality, share of permutations with at least the statistic.
fn global(name: &str) -> [Option<f64>; 7] {
    let text = include_str!("../../tests/golden/lattice_global.csv");
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(','));
    let mut cells = line.unwrap_or_else(|| panic!("{name}")).split(',');
    std::array::from_fn(|_| cells.next().unwrap().parse().ok())
}

fn weights(spec: &str, transform: Transform) -> Weights {
    let cell = |cell: u32| {
        let (x, y) = (f64::from(cell % 15) * 100.0, f64::from(cell / 15) * 100.0);
        Rect::new((x, y), (x + 100.0, y + 100.0)).to_polygon()
    };
    let layer = polygons((0..180).map(cell).collect());
    Weights::build(&layer, spec.parse().unwrap(), transform).unwrap()
}

fn inference() -> Inference {
    Inference {
        permutations: Permutations::new(PERMUTATIONS, 7).unwrap(),
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
    let error =
        (2.0 * expected.max(1.0 / draws) * (1.0 - expected).max(1.0 / draws) / draws).sqrt();
    assert!(
        (found - expected).abs() <= 5.0 * error,
        "{what}: {found}, expected {expected}"
    );
}

fn check(name: &str, found: &Global) {
    let [
        statistic,
        expected,
        variance,
        z,
        variance_normality,
        z_normality,
        share,
    ] = global(name);
    near(Some(found.statistic), statistic, RELATIVE_MAX, name);
    near(Some(found.expected), expected, RELATIVE_MAX, name);
    near(found.variance, variance, RELATIVE_MAX, name);
    near(found.z, z, 1e-8, name);
    near(
        found.variance_normality,
        variance_normality,
        RELATIVE_MAX,
        name,
    );
    near(found.z_normality, z_normality, 1e-8, name);
    if let Some(share) = share {
        drawn_alike(found.p_permutation.unwrap(), share.min(1.0 - share), name);
    }
}

#[test]
fn global_statistics_are_those_of_esda_for_both_transforms() {
    let lattice = lattice();
    for (values, spec) in [("smooth", "queen"), ("smooth", "rook"), ("gaps", "queen")] {
        let column = &lattice[values];
        for (transform, letter) in [(Transform::RowStandardised, 'r'), (Transform::Binary, 'b')] {
            let weights = weights(spec, transform);
            let name = |statistic| format!("{values} {spec} {statistic} {letter}");
            check(
                &name("moran"),
                &moran(column, &weights, &inference()).unwrap(),
            );
            check(
                &name("geary"),
                &geary(column, &weights, &inference()).unwrap(),
            );
        }
        let weights = weights(spec, Transform::RowStandardised);
        let g = getis_ord(column, &weights, &inference()).unwrap();
        check(&format!("{values} {spec} g b"), &g);
        assert!(g.method.weights.ends_with("binary"));
    }
}

#[test]
fn moran_of_rates_and_of_two_variables_are_those_of_esda() {
    let lattice = lattice();
    let weights = weights("queen", Transform::RowStandardised);
    let rates = moran_rates(&lattice["events"], &lattice["base"], &weights, &inference());
    check("events queen rates r", &rates.unwrap());
    let both = moran_bivariate(
        &lattice["smooth"],
        &lattice["other"],
        &weights,
        &inference(),
    );
    let both = both.unwrap();
    let [statistic, _, variance, _, _, _, share] = global("smooth other bivariate r");
    near(Some(both.statistic), statistic, RELATIVE_MAX, "bivariate");
    drawn_alike(both.p_permutation.unwrap(), share.unwrap(), "bivariate");
    // Theirs is simulated: five standard errors of a variance over 9,999 draws.
    near(both.variance, variance, 0.07, "variance of the bivariate");
    assert_eq!(both.expected, 0.0);
}

#[test]
fn join_counts_are_those_of_esda() {
    let lattice = lattice();
    let weights = weights("queen", Transform::RowStandardised);
    let black: Vec<Option<bool>> = lattice["black"]
        .iter()
        .map(|value| value.map(|value| value == 1.0))
        .collect();
    let counts = join_counts(&black, &weights, &inference()).unwrap();
    assert_eq!(Some(counts.white_white.statistic), global("black ww")[0]);
    for (count, name) in [
        (counts.black_black, "black bb"),
        (counts.black_white, "black bw"),
    ] {
        let [statistic, mean, variance, _, _, _, share] = global(name);
        assert_eq!(Some(count.statistic), statistic);
        // Theirs are simulated; ties make the share of "at least" differ from that of "more".
        near(Some(count.expected), mean, 0.01, name);
        near(count.variance, variance, 0.1, name);
        let share = share.unwrap();
        drawn_alike(count.p_permutation.unwrap(), share.min(1.0 - share), name);
    }
}

#[test]
fn join_count_moments_are_those_of_all_colourings() {
    let grid: Vec<Vec<u32>> = (0..8u32)
        .map(|cell| {
            let touching = |other: &u32| {
                *other != cell
                    && (other % 3).abs_diff(cell % 3) <= 1
                    && (other / 3).abs_diff(cell / 3) <= 1
            };
            (0..8).filter(touching).collect()
        })
        .collect();
    let weights = Weights::from_lists(&grid, Transform::Binary);
    let none = Inference {
        permutations: Permutations::new(0, 1).unwrap(),
        ..Inference::default()
    };
    let all: Vec<JoinCounts> = (0u32..1 << 8)
        .filter(|set| set.count_ones() == 3)
        .map(|set| {
            let black: Vec<_> = (0..8).map(|cell| Some(set & (1 << cell) != 0)).collect();
            join_counts(&black, &weights, &none).unwrap()
        })
        .collect();
    let kinds: [fn(&JoinCounts) -> &Global; 3] = [
        |all| &all.black_black,
        |all| &all.black_white,
        |all| &all.white_white,
    ];
    for kind in kinds {
        let counts: Vec<f64> = all.iter().map(|one| kind(one).statistic).collect();
        let mean = counts.iter().sum::<f64>() / counts.len() as f64;
        let square = counts
            .iter()
            .map(|count| (count - mean).powi(2))
            .sum::<f64>();
        near(Some(kind(&all[0]).expected), Some(mean), 1e-12, "mean");
        near(
            kind(&all[0]).variance,
            Some(square / counts.len() as f64),
            1e-12,
            "variance",
        );
    }
}

/// Compares rows with columns of the lattice: statistic, z and p.
fn check_rows(local: &Local, lattice: &Columns, name: &str) {
    let column = |suffix: &str| &lattice[&format!("{name}{suffix}")];
    for row in &local.rows {
        let at = row.row as usize;
        let what = format!("{name} of cell {at}");
        near(row.statistic, column("")[at], RELATIVE_MAX, &what);
        if lattice.contains_key(&format!("{name}_z")) {
            near(row.z, column("_z")[at], 1e-8, &what);
        }
        if let (Some(p), Some(expected)) = (row.p, column("_p")[at]) {
            drawn_alike(p, expected, &what);
        }
        assert_eq!(row.p.is_some(), column("_p")[at].is_some(), "{what}");
    }
}

#[test]
fn local_statistics_are_those_of_esda_with_and_without_gaps() {
    let lattice = lattice();
    let weights = weights("queen", Transform::RowStandardised);
    for (values, prefix) in [("smooth", ""), ("gaps", "gap_")] {
        let column = &lattice[values];
        let name = |statistic: &str| format!("{prefix}{statistic}");
        let lisa = local_moran(column, &weights, &inference());
        check_rows(&lisa, &lattice, &name("moran"));
        for row in &lisa.rows {
            let at = row.row as usize;
            near(row.lag, lattice[&name("lag")][at], RELATIVE_MAX, "lag");
            near(
                row.expected,
                lattice[&name("moran_expected")][at],
                RELATIVE_MAX,
                "expected",
            );
            let number = row.quadrant.map(|quadrant| match quadrant {
                Quadrant::HighHigh => 1.0,
                Quadrant::LowHigh => 2.0,
                Quadrant::LowLow => 3.0,
                Quadrant::HighLow => 4.0,
            });
            assert_eq!(
                number,
                lattice[&name("moran_quadrant")][at],
                "quadrant of {at}"
            );
        }
        for (focal, statistic) in [(Focal::Excluded, "gi"), (Focal::Included, "gi_star")] {
            let local = local_getis_ord(column, &weights, focal, &inference());
            check_rows(&local, &lattice, &name(statistic));
        }
        let local = local_geary(column, &weights, &inference());
        check_rows(&local, &lattice, &name("geary"));
    }
    let gaps = local_moran(&lattice["gaps"], &weights, &inference());
    assert_eq!(
        gaps.method.left_out,
        LeftOut {
            missing: 22,
            islands: 1
        }
    );
    assert_eq!(
        (gaps.rows[14].cluster, gaps.rows[13].cluster),
        (Cluster::Island, Cluster::Missing)
    );
}

#[test]
fn smoothed_rates_are_those_of_esda() {
    let lattice = lattice();
    let weights = weights("queen", Transform::Binary);
    let (events, base) = (&lattice["events"], &lattice["base"]);
    let found = [
        (eb_rates(events, base).rates, "eb"),
        (eb_rates_local(events, base, &weights).rates, "eb_local"),
        (excess_risk(events, base), "excess_risk"),
    ];
    for (rates, name) in found {
        for (row, (found, expected)) in rates.iter().zip(&lattice[name]).enumerate() {
            near(
                found.map(|rate| rate * 1e3),
                expected.map(|rate| rate * 1e3),
                RELATIVE_MAX,
                &format!("{name} {row}"),
            );
        }
    }
}
