//! Surfaces beside direct sums.

use std::sync::Arc;

use geo_types::{Geometry, Point};
use rand::{Rng, SeedableRng};

use super::site::Site;
use super::*;
use crate::column::{Column, ColumnBuilder, Value};
use crate::indicator::Selection;
use crate::layer::tests_support::layer;

/// Square in metres where the features of the tests stand.
const SQUARE: [f64; 4] = [300_000.0, 6_290_000.0, 305_000.0, 6_295_000.0];

fn column(name: &str, numbers: impl Iterator<Item = f64>) -> Column {
    let mut builder = ColumnBuilder::new(name);
    numbers.for_each(|number| builder.push(Value::Real(number)));
    builder.build()
}

/// Features with weights from 0.1 to 9, most in a few heaps.
fn cloud(count: usize, seed: u64) -> Vec<Site> {
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    let heaps: Vec<(f64, f64)> = (0..5)
        .map(|_| (random.random_range(0.1..0.9), random.random_range(0.1..0.9)))
        .collect();
    let mut one = |row: usize| {
        let (x, y) = match row % 3 {
            0 => (random.random(), random.random()),
            _ => {
                let (x, y) = heaps[row % 5];
                (
                    x + random.random_range(-0.05..0.05),
                    y + random.random_range(-0.05..0.05),
                )
            }
        };
        Site {
            x_m: SQUARE[0] + 5000.0 * x,
            y_m: SQUARE[1] + 5000.0 * y,
            weight: random.random_range(0.1..9.0),
            row: crate::number::narrow(row),
        }
    };
    (0..count).map(&mut one).collect()
}

fn measure(sites: &[Site]) -> Measure {
    let points: Vec<_> = sites
        .iter()
        .map(|site| Geometry::Point(Point::new(site.x_m, site.y_m)))
        .collect();
    let weights = column("weight", sites.iter().map(|site| site.weight));
    Measure {
        selection: Selection::all(Arc::new(layer("demands", &points, vec![weights]))),
        column: None,
        weight: Some(0),
    }
}

fn parts(sites: &[Site], kernel: Kernel, bandwidth: Bandwidth) -> HeatmapParts {
    HeatmapParts {
        id: "heat".to_owned(),
        title: Title::default(),
        of: measure(sites),
        kernel,
        bandwidth,
        per: None,
        within: None,
        edge: false,
        least_features: 0,
    }
}

fn heatmap(sites: &[Site], kernel: Kernel, bandwidth_m: f64) -> Heatmap {
    Heatmap::new(parts(sites, kernel, Bandwidth::Fixed(bandwidth_m)))
}

/// The density at a place, feature by feature.
fn direct(
    sites: &[Site],
    kernel: Kernel,
    bandwidth_m: impl Fn(usize) -> f64,
    (x, y): (f64, f64),
) -> f64 {
    let of = |(number, site): (usize, &Site)| {
        let h = bandwidth_m(number);
        let squared = ((site.x_m - x).powi(2) + (site.y_m - y).powi(2)) / (h * h);
        let pi = std::f64::consts::PI;
        let shape = match kernel {
            Kernel::Gaussian if squared <= 36.0 => (-squared / 2.0).exp() / (2.0 * pi),
            _ if squared > 1.0 => 0.0,
            Kernel::Uniform => 1.0 / pi,
            Kernel::Triangular => 3.0 / pi * (1.0 - squared.sqrt()),
            Kernel::Epanechnikov => 2.0 / pi * (1.0 - squared),
            Kernel::Quartic => 3.0 / pi * (1.0 - squared).powi(2),
            Kernel::Triweight => 4.0 / pi * (1.0 - squared).powi(3),
            Kernel::Gaussian => 0.0,
        };
        site.weight * shape / (h * h) * 1e6
    };
    sites.iter().enumerate().map(of).sum()
}

fn assert_near(got: f64, expected: f64, top: f64, what: &str) {
    let allowed = (1e-9 * expected.abs()).max(1e-12 * top);
    assert!(
        (got - expected).abs() <= allowed,
        "{what}: {got} instead of {expected} of {top}"
    );
}

#[test]
fn the_grid_is_the_direct_sum_for_every_kernel() {
    // Few features and many, bandwidths of a fraction of a cell to many cells.
    for (count, bandwidth_m, cell_m) in [
        (40, 400.0, 170.0),
        (3000, 400.0, 37.0),
        (3000, 30.0, 100.0),
        (800, 2500.0, 20.0),
    ] {
        let sites = cloud(count, 3);
        for kernel in Kernel::ALL {
            let bbox = [
                SQUARE[0] - 600.0,
                SQUARE[1] - 300.0,
                SQUARE[2] + 200.0,
                SQUARE[3] + 900.0,
            ];
            let heatmap = heatmap(&sites, kernel, bandwidth_m);
            let grid = heatmap.grid(cell_m, Some(bbox)).unwrap();
            let top = grid.values.iter().copied().fold(0.0, f64::max);
            for cell in (0..grid.values.len()).step_by(grid.values.len() / 97) {
                let centre = grid.centre(cell % grid.columns, cell / grid.columns);
                let expected = direct(&sites, kernel, |_| bandwidth_m, centre);
                assert_near(
                    grid.values[cell],
                    expected,
                    top,
                    &format!("{kernel:?} {count} {bandwidth_m}"),
                );
            }
        }
    }
}

#[test]
fn cells_out_of_every_reach_are_exactly_zero() {
    let sites = cloud(900, 4);
    for kernel in Kernel::ALL {
        let bandwidth_m = if kernel == Kernel::Gaussian {
            20.0
        } else {
            120.0
        };
        let grid = heatmap(&sites, kernel, bandwidth_m)
            .grid(11.0, Some(SQUARE))
            .unwrap();
        let mut empty = 0;
        for (cell, value) in grid.values.iter().enumerate() {
            let centre = grid.centre(cell % grid.columns, cell / grid.columns);
            if *value != 0.0 {
                continue;
            }
            empty += 1;
            if empty % 50 == 0 {
                assert!(direct(&sites, kernel, |_| bandwidth_m, centre) < 1e-9);
            }
        }
        assert!(empty > 1000, "{kernel:?}: {empty}");
    }
}
