//! Heat maps beside those of scikit-learn, `KDEpy`, SciPy and Shapely: `engine/tests/golden/heatmap_*.csv`, made by
//! `tests/golden/heatmap.py` with the versions in the first line of `heatmap_expected.csv`.

use geo_types::{Coord, LineString, Polygon};

use super::density::Spread;
use super::edge::Outline;
use super::*;
use crate::layer::tests_support::polygons;

const POINTS: &str = include_str!("../../tests/golden/heatmap_points.csv");
const OUTLINE: &str = include_str!("../../tests/golden/heatmap_outline.csv");
const EXPECTED: &str = include_str!("../../tests/golden/heatmap_expected.csv");
const SETS: [&str; 2] = ["sample", "scatter"];

/// The lines of a set, without its name.
fn rows(text: &'static str, set: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    let cells = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    cells
        .filter(move |cells| cells[0] == set)
        .map(|cells| cells[1..].to_vec())
}

fn number(text: &str) -> f64 {
    text.parse().unwrap()
}

fn sites_of(set: &'static str) -> Vec<Site> {
    let site = |(row, cells): (u32, Vec<&str>)| Site {
        x_m: number(cells[0]),
        y_m: number(cells[1]),
        weight: number(cells[2]),
        row,
    };
    (0..).zip(rows(POINTS, set)).map(site).collect()
}

fn outline_of(set: &'static str) -> Outline {
    let mut rings: Vec<Vec<Coord>> = vec![];
    for cells in rows(OUTLINE, set) {
        let ring: usize = cells[0].parse().unwrap();
        rings.resize(rings.len().max(ring + 1), vec![]);
        rings[ring].push(Coord {
            x: number(cells[1]),
            y: number(cells[2]),
        });
    }
    let mut rings = rings.into_iter().map(LineString::new);
    let exterior = rings.next().unwrap();
    Outline::new(&Arc::new(polygons(vec![Polygon::new(
        exterior,
        rings.collect(),
    )])))
}

/// Kernel, bandwidth, place and value of what was computed.
fn expected(set: &'static str, what: &'static str) -> Vec<(Kernel, f64, Metric, f64)> {
    let kernel = |name: &str| {
        Kernel::ALL
            .into_iter()
            .find(|kernel| kernel.name() == name)
            .unwrap()
    };
    let read = |cells: Vec<&str>| {
        let at = Metric {
            x_m: number(cells[3]),
            y_m: number(cells[4]),
        };
        (kernel(cells[1]), number(cells[2]), at, number(cells[5]))
    };
    let found: Vec<_> = rows(EXPECTED, set)
        .filter(|cells| cells[0] == what)
        .map(read)
        .collect();
    assert!(found.len() >= 48);
    found
}

/// One cell of the sums that a grid is made of, which has its centre at a place.
fn cell_at(spread: &Spread, at: Metric) -> f64 {
    let lattice = lattice::Lattice {
        origin: at,
        direction: (1.0, 0.0),
        step_m: 40.0,
        row_step: 1.0,
        columns: 33,
        rows: 9,
    };
    spread.densities(&lattice)[0]
}

fn assert_close(got: f64, expected: f64, relative: f64, what: &str) {
    assert!(
        (got - expected).abs() <= relative * expected.abs(),
        "{what}: {got} instead of {expected}"
    );
}

#[test]
fn densities_are_those_of_scikit_learn_and_kdepy() {
    for set in SETS {
        let sites = sites_of(set);
        for (kernel, bandwidth_m, at, value) in expected(set, "density") {
            let spread = spread(&sites, kernel, Bandwidth::Fixed(bandwidth_m), bandwidth_m);
            // A Gaussian is cut at six bandwidths.
            let relative = if kernel == Kernel::Gaussian {
                1e-6
            } else {
                1e-9
            };
            assert_close(cell_at(&spread, at), value, relative, kernel.name());
            assert_close(
                spread.density_at(at.x_m, at.y_m),
                value,
                relative,
                kernel.name(),
            );
        }
    }
}

#[test]
fn adaptive_densities_are_those_of_abramson() {
    for set in SETS {
        let sites = sites_of(set);
        for (kernel, bandwidth_m, at, value) in expected(set, "adaptive") {
            let bandwidth = Bandwidth::Adaptive {
                pilot_m: Some(bandwidth_m),
                least: 0.5,
                most: 3.0,
            };
            let spread = spread(&sites, kernel, bandwidth, bandwidth_m);
            let relative = if kernel == Kernel::Gaussian {
                1e-6
            } else {
                1e-9
            };
            assert_close(cell_at(&spread, at), value, relative, kernel.name());
        }
    }
}

#[test]
fn bandwidths_are_those_of_the_rule_and_of_the_likelihood() {
    for set in SETS {
        let sites = sites_of(set);
        let value =
            |what: &str| number(rows(EXPECTED, set).find(|cells| cells[0] == what).unwrap()[5]);
        assert_close(
            Bandwidth::Scott.common_m(Kernel::Quartic, &sites),
            value("scott"),
            1e-12,
            set,
        );
        let likeliest = Bandwidth::CrossValidated.common_m(Kernel::Gaussian, &sites);
        assert_close(likeliest, value("likeliest"), 1e-4, set);
        let quartic = Bandwidth::CrossValidated.common_m(Kernel::Quartic, &sites);
        assert_close(quartic / likeliest, 8.0_f64.sqrt(), 1e-12, set);
    }
}

#[test]
fn shares_within_the_outline_are_those_of_shapely() {
    for set in SETS {
        let outline = outline_of(set);
        for (kernel, bandwidth_m, at, value) in expected(set, "share") {
            let share = outline.share(kernel, bandwidth_m, at);
            assert!(
                (share - value).abs() < 1e-4,
                "{set} {kernel:?} {share} instead of {value}"
            );
        }
    }
}
