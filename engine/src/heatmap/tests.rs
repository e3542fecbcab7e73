//! Surfaces beside direct sums.

use std::sync::Arc;

use geo_types::{Geometry, Point, polygon};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use rand::{Rng, SeedableRng};

use super::site::Site;
use super::*;
use crate::column::{Column, ColumnBuilder, Value};
use crate::indicator::Selection;
use crate::layer::tests_support::{layer, polygons};
use crate::space::{WORLD_CELLS, world_to_lonlat};

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
        let (x, y) = if row.is_multiple_of(3) {
            (random.random(), random.random())
        } else {
            let (x, y) = heaps[row % 5];
            (
                x + random.random_range(-0.05..0.05),
                y + random.random_range(-0.05..0.05),
            )
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
        for kernel in Kernel::ALL
            .into_iter()
            .filter(|kernel| *kernel != Kernel::Gaussian)
        {
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

#[test]
fn a_gaussian_is_the_uncut_sum_to_two_hundred_millionths_of_the_top() {
    // Bump by bump, expanded in one piece, and in several pieces of 128 bandwidths.
    for (count, bandwidth_m, cell_m) in [(3, 400.0, 170.0), (3000, 400.0, 37.0), (2000, 20.0, 9.0)]
    {
        let sites = cloud(count, 3);
        let bbox = [
            SQUARE[0] - 600.0,
            SQUARE[1] - 300.0,
            SQUARE[2] + 200.0,
            SQUARE[3] + 900.0,
        ];
        let heatmap = heatmap(&sites, Kernel::Gaussian, bandwidth_m);
        let grid = heatmap
            .grid_with(cell_m, Some(bbox), &SurfaceRequest::default())
            .unwrap();
        let top = grid.values.iter().copied().fold(0.0, f64::max);
        for cell in (0..grid.values.len()).step_by(grid.values.len() / 97) {
            let (x, y) = grid.centre(cell % grid.columns, cell / grid.columns);
            let bump = |site: &Site| {
                let squared =
                    ((site.x_m - x).powi(2) + (site.y_m - y).powi(2)) / bandwidth_m.powi(2);
                site.weight * (-squared / 2.0).exp()
            };
            let height = 1e6 / (2.0 * std::f64::consts::PI * bandwidth_m.powi(2));
            let expected = sites.iter().map(bump).sum::<f64>() * height;
            let difference = (grid.values[cell] - expected).abs();
            assert!(
                difference <= 2e-8 * top,
                "{count}: {} instead of {expected} of {top}",
                grid.values[cell]
            );
        }
    }
}

#[test]
fn the_surface_holds_the_total_weight() {
    let sites = cloud(200, 5);
    let total: f64 = sites.iter().map(|site| site.weight).sum();
    for kernel in Kernel::ALL {
        let grid = heatmap(&sites, kernel, 300.0)
            .grid_with(10.0, None, &SurfaceRequest::default())
            .unwrap();
        let volume = grid.values.iter().sum::<f64>() * 100.0 / 1e6;
        assert!(
            (volume / total - 1.0).abs() < 1e-3,
            "{kernel:?} {volume} {total}"
        );
    }
}

#[test]
fn every_feature_has_the_bandwidth_that_abramson_gives_it() {
    let sites = cloud(400, 6);
    for kernel in Kernel::ALL {
        let (pilot_m, least, most) = (150.0, 0.25, 3.0);
        let densities = sites
            .iter()
            .map(|site| direct(&sites, kernel, |_| pilot_m, (site.x_m, site.y_m)));
        let logarithms: Vec<f64> = densities.map(f64::ln).collect();
        let weights: f64 = sites.iter().map(|site| site.weight).sum();
        let mean = sites
            .iter()
            .zip(&logarithms)
            .map(|(site, log)| site.weight * log)
            .sum::<f64>()
            / weights;
        let factor = |row: usize| ((mean - logarithms[row]).exp().sqrt()).clamp(least, most);
        assert!((0..400).any(|row| factor(row) == most) && (0..400).any(|row| factor(row) < 0.7));
        let bandwidth = Bandwidth::Adaptive {
            pilot_m: Some(pilot_m),
            least,
            most,
        };
        let heatmap = Heatmap::new(parts(&sites, kernel, bandwidth));
        let grid = heatmap
            .grid_with(90.0, None, &SurfaceRequest::default())
            .unwrap();
        let top = grid.values.iter().copied().fold(0.0, f64::max);
        for cell in (0..grid.values.len()).step_by(53) {
            let centre = grid.centre(cell % grid.columns, cell / grid.columns);
            let expected = direct(&sites, kernel, |row| pilot_m * factor(row), centre);
            assert_near(grid.values[cell], expected, top, kernel.name());
        }
    }
}

#[test]
fn a_bandwidth_can_be_asked_for_and_is_found_again() {
    let sites = cloud(100, 7);
    let heatmap = heatmap(&sites, Kernel::Quartic, 300.0);
    for _ in 0..2 {
        for bandwidth_m in [100.0, 200.0, 300.0, 400.0, 500.0, 600.0] {
            let request = SurfaceRequest {
                bandwidth: Some(Bandwidth::Fixed(bandwidth_m)),
                ..SurfaceRequest::default()
            };
            let grid = heatmap.grid_with(250.0, Some(SQUARE), &request).unwrap();
            let expected = direct(&sites, Kernel::Quartic, |_| bandwidth_m, grid.centre(7, 9));
            assert_near(grid.values[9 * grid.columns + 7], expected, 1.0, "");
        }
    }
    assert_eq!(heatmap.others.lock().unwrap().len(), PREPARED_MAX);
}

#[test]
fn rules_find_the_bandwidth_and_have_one_where_there_is_none() {
    let place = |x_m: f64, row: u32| Site {
        x_m,
        y_m: 0.0,
        weight: 1.0,
        row,
    };
    let bandwidth = |sites: &[Site], bandwidth| {
        Heatmap::new(parts(sites, Kernel::Quartic, bandwidth)).bandwidth_m
    };
    // Two places 200 m apart: the axes' variances are 20,000 and 0 m².
    let two = [place(100.0, 0), place(300.0, 1)];
    let expected = 100.0 * 2.0_f64.powf(-1.0 / 6.0);
    for rule in [Bandwidth::Scott, Bandwidth::Silverman, Bandwidth::ADAPTIVE] {
        assert!((bandwidth(&two, rule) - expected).abs() < 1e-9, "{rule:?}");
    }
    let (none, one, same) = (
        vec![],
        vec![place(5.0, 0)],
        vec![place(5.0, 0), place(5.0, 1)],
    );
    let rules = [
        Bandwidth::Scott,
        Bandwidth::CrossValidated,
        Bandwidth::ADAPTIVE,
        Bandwidth::Fixed(f64::NAN),
        Bandwidth::Fixed(-1.0),
    ];
    for sites in [none, one, same] {
        for rule in rules {
            assert_eq!(bandwidth(&sites, rule), 500.0, "{rule:?}");
            let heatmap = Heatmap::new(parts(&sites, Kernel::Gaussian, rule));
            let top = heatmap.peak(&SurfaceRequest::default());
            let expected = direct(&sites, Kernel::Gaussian, |_| 500.0, (5.0, 0.0));
            assert!((top - expected).abs() <= 1e-9 * top, "{top} {expected}");
        }
    }
}

#[test]
fn the_parts_of_a_set_add_up_to_the_whole_in_any_order() {
    let sites = cloud(1000, 8);
    for kernel in Kernel::ALL {
        let heatmap = heatmap(&sites, kernel, 350.0);
        let grid = |keep: Keep<'_>| {
            let request = SurfaceRequest {
                keep: Some(keep),
                ..SurfaceRequest::default()
            };
            heatmap.grid_with(50.0, Some(SQUARE), &request).unwrap()
        };
        let whole = heatmap
            .grid_with(50.0, Some(SQUARE), &SurfaceRequest::default())
            .unwrap();
        let top = whole.values.iter().copied().fold(0.0, f64::max);
        let parts: Vec<Grid> = (0..5)
            .map(|part| grid(&move |row| row * row % 7 % 5 == part))
            .collect();
        let sum = |order: &[usize]| {
            let mut sum = parts[order[0]].clone();
            order[1..]
                .iter()
                .for_each(|&part| sum.merge(&parts[part]).unwrap());
            sum
        };
        let (forward, backward) = (sum(&[0, 1, 2, 3, 4]), sum(&[4, 2, 0, 3, 1]));
        // Each Gaussian part is cut for itself.
        let allowed = if kernel == Kernel::Gaussian {
            1e-7
        } else {
            1e-12
        };
        for ((one, other), all) in forward
            .values
            .iter()
            .zip(&backward.values)
            .zip(&whole.values)
        {
            assert!(
                (one - other).abs() <= 1e-12 * top && (one - all).abs() <= allowed * top,
                "{kernel:?} {one} {other} {all}"
            );
        }
    }
    let mut one = heatmap(&sites, Kernel::Quartic, 350.0)
        .grid_with(50.0, Some(SQUARE), &SurfaceRequest::default())
        .unwrap();
    let other = Grid {
        cell_m: 51.0,
        ..one.clone()
    };
    assert_eq!(one.merge(&other), Err(GridError::Unlike));
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let sites = cloud(2000, 9);
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            let of = |kernel| {
                let heatmap = Heatmap::new(parts(&sites, kernel, Bandwidth::ADAPTIVE));
                let plain = SurfaceRequest::default();
                let fixed = SurfaceRequest {
                    bandwidth: Some(Bandwidth::CrossValidated),
                    ..plain
                };
                let grids = [&plain, &fixed].map(|request| {
                    heatmap
                        .grid_with(60.0, Some(SQUARE), request)
                        .unwrap()
                        .values
                });
                (
                    grids
                        .concat()
                        .into_iter()
                        .map(f64::to_bits)
                        .collect::<Vec<_>>(),
                    heatmap.peak(&plain).to_bits(),
                )
            };
            Kernel::ALL.map(of)
        })
    };
    let one = with(1);
    assert!(one == with(2) && one == with(5));
}

/// The square of the tests in four polygons, without its north-eastern quarter's outer part.
fn land() -> Arc<Layer> {
    let (w, s) = (SQUARE[0], SQUARE[1]);
    let quarter = |x: f64, y: f64, side: f64| polygon![(x: x, y: y), (x: x + side, y: y), (x: x + side, y: y + side), (x: x, y: y + side)];
    Arc::new(polygons(vec![
        quarter(w, s, 2500.0),
        quarter(w + 2500.0, s, 2500.0),
        quarter(w, s + 2500.0, 2500.0),
        quarter(w + 2500.0, s + 2500.0, 1500.0),
    ]))
}

#[test]
fn a_corrected_surface_keeps_the_weight_within_the_territory() {
    let sites = cloud(300, 10);
    let within: Vec<&Site> = sites
        .iter()
        .filter(|site| {
            !(site.x_m > SQUARE[0] + 4000.0 && site.y_m > SQUARE[1] + 2500.0
                || site.y_m > SQUARE[1] + 4000.0 && site.x_m > SQUARE[0] + 2500.0)
        })
        .collect();
    let total: f64 = within.iter().map(|site| site.weight).sum();
    assert!(within.len() < 300);
    for kernel in Kernel::ALL {
        let bandwidth_m = if kernel == Kernel::Gaussian {
            250.0
        } else {
            600.0
        };
        let corrected = HeatmapParts {
            within: Some(land()),
            edge: true,
            ..parts(&sites, kernel, Bandwidth::Fixed(bandwidth_m))
        };
        let grid = Heatmap::new(corrected)
            .grid_with(10.0, Some(SQUARE), &SurfaceRequest::default())
            .unwrap();
        let volume = grid
            .values
            .iter()
            .filter(|value| value.is_finite())
            .sum::<f64>()
            * 100.0
            / 1e6;
        assert!(
            (volume / total - 1.0).abs() < 2e-3,
            "{kernel:?} {volume} {total}"
        );
        assert!(
            grid.values.last().unwrap().is_nan(),
            "the north-eastern corner lies outside"
        );
    }
}

#[test]
fn a_mask_ends_the_surface_at_the_border_and_changes_nothing_within() {
    let sites = cloud(300, 11);
    let masked = Heatmap::new(HeatmapParts {
        within: Some(land()),
        ..parts(&sites, Kernel::Quartic, Bandwidth::Fixed(600.0))
    });
    let plain = masked
        .grid_with(100.0, Some(SQUARE), &SurfaceRequest::default())
        .unwrap();
    let request = SurfaceRequest {
        masked: true,
        ..SurfaceRequest::default()
    };
    let grid = masked.grid_with(100.0, Some(SQUARE), &request).unwrap();
    let hidden = grid.values.iter().filter(|value| value.is_nan()).count();
    assert_eq!(hidden, 25 * 25 - 15 * 15);
    assert!(
        grid.values
            .iter()
            .zip(&plain.values)
            .all(|(masked, plain)| masked.is_nan() || masked == plain)
    );
    assert!(plain.values.iter().all(|value| value.is_finite()));
}

#[test]
fn a_rate_is_demand_over_persons_where_enough_persons_live() {
    let (sites, persons) = (cloud(200, 12), cloud(700, 13));
    let per = Some(Persons {
        of: measure(&persons),
        least_per_km2: 60.0,
    });
    let heatmap = Heatmap::new(HeatmapParts {
        per,
        ..parts(&sites, Kernel::Epanechnikov, Bandwidth::Fixed(500.0))
    });
    let request = SurfaceRequest {
        per_inhabitant: true,
        ..SurfaceRequest::default()
    };
    let grid = heatmap.grid_with(100.0, Some(SQUARE), &request).unwrap();
    let (mut with, mut without) = (0, 0);
    for (cell, value) in grid.values.iter().enumerate() {
        let centre = grid.centre(cell % grid.columns, cell / grid.columns);
        let density = |sites: &[Site]| direct(sites, Kernel::Epanechnikov, |_| 500.0, centre);
        if density(&persons) < 60.0 {
            without += 1;
            assert!(value.is_nan());
        } else {
            with += 1;
            assert_near(
                *value,
                density(&sites) / density(&persons) * 1000.0,
                1000.0,
                "rate",
            );
        }
    }
    assert!(with > 500 && without > 100, "{with} {without}");
    assert!(heatmap.knows_persons() && heatmap.peak(&request) > 0.0);
    assert_eq!(heatmap.layers().count(), 2);
}

#[test]
fn a_difference_takes_one_period_off_the_other() {
    let sites = cloud(300, 14);
    let heatmap = heatmap(&sites, Kernel::Triweight, 500.0);
    let request = SurfaceRequest {
        keep: Some(&|row| row % 2 == 0),
        minus: Some(&|row| row % 2 == 1),
        ..SurfaceRequest::default()
    };
    let grid = heatmap.grid_with(100.0, Some(SQUARE), &request).unwrap();
    let period = |odd: usize| -> Vec<Site> { sites.iter().skip(odd).step_by(2).copied().collect() };
    let (even, odd) = (period(0), period(1));
    let top = heatmap.peak(&request);
    for cell in (0..grid.values.len()).step_by(11) {
        let centre = grid.centre(cell % grid.columns, cell / grid.columns);
        let density = |sites: &[Site]| direct(sites, Kernel::Triweight, |_| 500.0, centre);
        assert_near(
            grid.values[cell],
            density(&even) - density(&odd),
            10.0 * top,
            "difference",
        );
    }
    assert!(grid.values.iter().any(|value| *value < 0.0));
}

#[test]
fn nothing_rests_on_fewer_features_than_asked_for() {
    let sites = cloud(150, 15);
    for kernel in [Kernel::Quartic, Kernel::Triangular, Kernel::Gaussian] {
        let heatmap = heatmap(&sites, kernel, 300.0);
        let reach = kernel.count_reach_m(300.0);
        let plain = heatmap
            .grid_with(100.0, Some(SQUARE), &SurfaceRequest::default())
            .unwrap();
        let request = SurfaceRequest {
            least_features: 5,
            ..SurfaceRequest::default()
        };
        let grid = heatmap.grid_with(100.0, Some(SQUARE), &request).unwrap();
        let mut shown = 0;
        for (cell, value) in grid.values.iter().enumerate() {
            let (x, y) = grid.centre(cell % grid.columns, cell / grid.columns);
            let near = sites
                .iter()
                .filter(|site| (site.x_m - x).hypot(site.y_m - y) <= reach)
                .count();
            assert_eq!(value.is_nan(), near < 5, "{kernel:?} {near}");
            if near >= 5 {
                shown += 1;
                assert_eq!(*value, plain.values[cell]);
            }
        }
        assert!(
            shown > 100 && shown < grid.values.len() - 100,
            "{kernel:?} {shown}"
        );
        let few = SurfaceRequest {
            keep: Some(&|row| row < 4),
            ..request
        };
        assert!(
            heatmap
                .grid_with(100.0, Some(SQUARE), &few)
                .unwrap()
                .values
                .iter()
                .all(|value| value.is_nan())
        );
        assert_eq!(heatmap.peak(&few), 0.0);
        let minus = SurfaceRequest {
            minus: Some(&|row| row < 4),
            ..request
        };
        assert!(
            heatmap
                .grid_with(100.0, Some(SQUARE), &minus)
                .unwrap()
                .values
                .iter()
                .all(|value| value.is_nan())
        );
    }
}

#[test]
fn a_stray_far_away_does_not_lower_the_top_of_the_scale() {
    let near = |weight, row| Site {
        x_m: 3e5,
        y_m: 6.29e6,
        weight,
        row,
    };
    let stray = Site {
        x_m: -4e6,
        y_m: 1.4e7,
        weight: 1.0,
        row: 2,
    };
    let top = heatmap(&[near(2.0, 0), near(3.0, 1), stray], Kernel::Quartic, 500.0)
        .peak(&SurfaceRequest::default());
    assert!(
        (top - 5.0 * 3.0 / std::f64::consts::PI / 0.25).abs() < 1e-9,
        "{top}"
    );
}

#[test]
fn senseless_grids_are_refused_with_the_number() {
    let heatmap = heatmap(&cloud(2, 16), Kernel::Quartic, 5.0);
    let grid = |cell_m, bbox| heatmap.grid_with(cell_m, bbox, &SurfaceRequest::default());
    assert_eq!(grid(0.0, None), Err(GridError::Cell(0.0)));
    assert!(matches!(grid(1e-3, None), Err(GridError::TooLarge(_))));
    assert!(matches!(
        grid(1.0, Some([0.0, 0.0, f64::NAN, 1.0])),
        Err(GridError::Box(_))
    ));
}

/// The transverse Mercator projection of a sphere about 69° W, or longitude and latitude times 100 km and sheared.
#[derive(Debug)]
enum Crs {
    Transverse,
    Sheared(f64),
}

const RADIUS_M: f64 = 6_378_137.0;

impl Projection for Crs {
    fn to_metric(&self, positions: &[LonLat]) -> Vec<Metric> {
        let project = |at: &LonLat| match self {
            Self::Transverse => {
                let (lat, lon) = (at.lat.to_radians(), (at.lon + 69.0).to_radians());
                Metric {
                    x_m: 5e5 + RADIUS_M * (lat.cos() * lon.sin()).atanh(),
                    y_m: 1e7 + RADIUS_M * lat.tan().atan2(lon.cos()),
                }
            }
            Self::Sheared(shear) => Metric {
                x_m: at.lon * 1e5 + shear * at.lat * 1e5,
                y_m: at.lat * 1e5,
            },
        };
        positions.iter().map(project).collect()
    }

    fn to_lonlat(&self, positions: &[Metric]) -> Vec<LonLat> {
        let back = |at: &Metric| match self {
            Self::Transverse => {
                let (x, y) = ((at.x_m - 5e5) / RADIUS_M, (at.y_m - 1e7) / RADIUS_M);
                LonLat {
                    lon: x.sinh().atan2(y.cos()).to_degrees() - 69.0,
                    lat: (y.sin() / x.cosh()).asin().to_degrees(),
                }
            }
            Self::Sheared(shear) => LonLat {
                lon: (at.x_m - shear * at.y_m) / 1e5,
                lat: at.y_m / 1e5,
            },
        };
        positions.iter().map(back).collect()
    }
}

/// Where the middle of a pixel falls, in metres.
fn pixel_centre(crs: &Crs, coord: TileCoord, size: usize, pixel: usize) -> Metric {
    let side = coord.width_cells() / size as f64;
    let (x0, y0) = coord.origin_cells();
    let (x, y) = (
        x0 + ((pixel % size) as f64 + 0.5) * side,
        y0 + ((pixel / size) as f64 + 0.5) * side,
    );
    assert!(x <= WORLD_CELLS);
    crs.to_metric(&[world_to_lonlat(x, y)])[0]
}

/// The tiles of a zoom around the middle of the square, two by two.
fn tiles(crs: &Crs, z: u8) -> [TileCoord; 4] {
    let middle = Metric {
        x_m: SQUARE[0] + 2500.0,
        y_m: SQUARE[1] + 2500.0,
    };
    let world = crs.to_lonlat(&[middle])[0].to_world();
    let half = |cell: u32| (cell >> (32 - z)).max(1) - u32::from(cell >> (31 - z) & 1 == 0);
    let (x, y) = (half(world.x), half(world.y));
    [(x, y), (x + 1, y), (x, y + 1), (x + 1, y + 1)].map(|(x, y)| TileCoord::new(z, x, y).unwrap())
}

#[test]
fn tiles_of_every_zoom_are_the_density_at_their_pixels_on_both_sides_of_a_seam() {
    let sites = cloud(400, 17);
    let heatmaps = [Kernel::Quartic, Kernel::Gaussian]
        .map(|kernel| heatmap(&sites, kernel, 900.0 / kernel.reach_m(1.0).sqrt()));
    let plain = SurfaceRequest::default();
    for (crs, zooms) in [
        (Crs::Transverse, [5, 8, 10, 12, 14, 16]),
        (Crs::Sheared(0.0), [6, 7, 9, 11, 13, 15]),
        (Crs::Sheared(0.2), [6, 7, 9, 11, 13, 15]),
    ] {
        for (heatmap, z) in heatmaps
            .iter()
            .flat_map(|heatmap| zooms.map(|z| (heatmap, z)))
        {
            let top = heatmap.peak(&plain);
            let mut seen = 0;
            for coord in tiles(&crs, z) {
                let size = if z == 12 { 512 } else { 256 };
                let picture = heatmap.tile(&crs, coord, size, &plain);
                assert!(picture.is_empty() || picture.len() == size * size);
                // Along all four seams, and throughout.
                let last = size - 1;
                let seams = (0..size)
                    .flat_map(|i| [i, i * size, i * size + last, last * size + i])
                    .step_by(7);
                for pixel in seams.chain((0..size * size).step_by(97)) {
                    let at = pixel_centre(&crs, coord, size, pixel);
                    let expected = direct(
                        &sites,
                        heatmap.kernel,
                        |_| heatmap.bandwidth_m,
                        (at.x_m, at.y_m),
                    );
                    let got = f64::from(picture.get(pixel).copied().unwrap_or(0.0));
                    seen += usize::from(expected > 0.0);
                    // A pixel of zoom 10 is 128 m wide: moved by 1/200, the density changes by some thousandths.
                    let pixel_m = 40_075_017.0 / f64::from(1 << z) / 256.0;
                    let allowed = top * (2e-6 + 2.0 * pixel_m / 200.0 / heatmap.bandwidth_m);
                    assert!(
                        (got - expected).abs() <= allowed,
                        "{crs:?} z {z} {:?}: {got} instead of {expected} of {top}",
                        heatmap.kernel
                    );
                }
            }
            assert!(seen > 0 || z < 10, "{crs:?} z {z}");
        }
    }
}

#[test]
fn a_tile_of_some_features_shows_them_as_a_heat_map_of_their_own() {
    let sites = cloud(600, 18);
    let own: Vec<Site> = sites
        .iter()
        .filter(|site| site.row % 3 == 0)
        .copied()
        .collect();
    let request = SurfaceRequest {
        keep: Some(&|row| row % 3 == 0),
        ..SurfaceRequest::default()
    };
    let (all, alone) = (
        heatmap(&sites, Kernel::Quartic, 500.0),
        heatmap(&own, Kernel::Quartic, 500.0),
    );
    for z in [9, 13, 15] {
        let mut seen = 0;
        for coord in tiles(&Crs::Transverse, z) {
            let some = all.tile(&Crs::Transverse, coord, 256, &request);
            let alone = alone.tile(&Crs::Transverse, coord, 256, &SurfaceRequest::default());
            assert_eq!(some.len(), alone.len());
            seen += some.len();
            let top = alone.iter().copied().fold(0.0, f32::max);
            let near = |(a, b): (&f32, &f32)| (a - b).abs() <= 1e-6 * top;
            assert!(some.iter().zip(&alone).all(near), "z {z}");
        }
        assert!(seen > 0, "z {z}");
    }
}

#[test]
fn a_tile_without_anything_is_empty() {
    let plain = SurfaceRequest::default();
    let far = TileCoord::new(12, 0, 0).unwrap();
    assert!(
        heatmap(&cloud(9, 1), Kernel::Quartic, 300.0)
            .tile(&Crs::Transverse, far, 256, &plain)
            .is_empty()
    );
    let world = TileCoord::new(0, 0, 0).unwrap();
    assert!(
        heatmap(&[], Kernel::Quartic, 300.0)
            .tile(&Crs::Transverse, world, 256, &plain)
            .is_empty()
    );
    let none = SurfaceRequest {
        keep: Some(&|_| false),
        ..plain
    };
    assert!(
        heatmap(&cloud(9, 1), Kernel::Quartic, 300.0)
            .tile(&Crs::Transverse, tiles(&Crs::Transverse, 12)[0], 256, &none)
            .is_empty()
    );
    assert_eq!(
        heatmap(&[], Kernel::Quartic, 300.0).bounds(&Crs::Transverse),
        None
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    /// On whole numbers many places lie exactly on a rim, heaps stand in one place and weights differ by a million.
    #[test]
    fn a_sweep_is_the_direct_sum_on_whole_numbers(
        places in prop::collection::vec((0..40_u8, 0..40_u8, 0..7_i32), 1..160),
        kernel in prop::sample::select(&Kernel::ALL[..5]),
        reach in 1..40_u8,
    ) {
        let sites: Vec<Site> = places.iter().zip(0..).map(|(&(x, y, power), row)| Site {
            x_m: f64::from(x),
            y_m: f64::from(y),
            weight: 10_f64.powi(power),
            row,
        }).collect();
        let heatmap = heatmap(&sites, kernel, f64::from(reach));
        let grid = heatmap.grid_with(1.0, Some([-10.5, -10.5, 49.5, 49.5]), &SurfaceRequest::default()).unwrap();
        let top = grid.values.iter().copied().fold(0.0, f64::max);
        for cell in (0..grid.values.len()).step_by(13) {
            let centre = grid.centre(cell % grid.columns, cell / grid.columns);
            let expected = direct(&sites, kernel, |_| f64::from(reach), centre);
            assert_near(grid.values[cell], expected, top, kernel.name());
        }
    }
}
