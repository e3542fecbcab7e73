//! Facilities in reach: the nearest of 1,000 and of 100,000, what a changed facility costs, and accessibility, beside
//! loops over rstar with the same answers. The points in districts stand in `locate.rs`.

use std::sync::Arc;

use comarca_benches::{Bench, answer, bench, layer, sizes};
use comarca_engine::reach::{Catchment, Decay, Facilities, NearestAnswers, Reach};
use comarca_engine::{Layer, Metric};
use comarca_generator::bulk;
use criterion::{BenchmarkId, Throughput};
use geo_types::Coord;
use rstar::RTree;
use rstar::primitives::GeomWithData;

/// Radius of a catchment in metres.
const WITHIN_M: f64 = 2000.0;

fn main() {
    let mut bench = bench();
    for count in [1000, 100_000] {
        let facilities = layer(&bulk::point_layer(count, 7));
        let tree = tree(&bulk::points(count, 7));
        for places in sizes() {
            nearest(&mut bench, &facilities, &tree, places);
        }
        changed(&mut bench, &facilities);
    }
    access(&mut bench);
    bench.final_summary();
}

fn nearest(bench: &mut Bench, facilities: &Arc<Layer>, tree: &Tree, count: usize) {
    let places = places(count, 1);
    let ours = || NearestAnswers::new(&Facilities::all(facilities), &places);
    let theirs = || -> f64 { places.iter().map(|&at| distance_m(tree, at)).sum() };
    let mean_m = ours().distances_m().flatten().sum::<f64>() / count as f64;
    assert!(
        (mean_m / (theirs() / count as f64) - 1.0).abs() < 1e-9,
        "{mean_m} m"
    );
    answer(format_args!(
        "mean distance of {count} points to the nearest of {}: {mean_m:.6} m",
        facilities.len()
    ));
    let mut group = bench.benchmark_group(format!("nearest of {}", facilities.len()));
    group.throughput(Throughput::Elements(count as u64));
    group.bench_function(BenchmarkId::new("comarca", count), |b| {
        b.iter_with_large_drop(ours);
    });
    group.bench_function(BenchmarkId::new("rstar", count), |b| b.iter(theirs));
    group.finish();
}

/// One facility more and one less, for 100,000 places whose answers are kept.
fn changed(bench: &mut Bench, facilities: &Arc<Layer>) {
    let places = places(100_000, 1);
    let all = Facilities::all(facilities);
    let rows: Vec<u32> = (0u32..)
        .take(facilities.len())
        .filter(|row| *row != 5)
        .collect();
    let left = Facilities::of(facilities, Some(&rows));
    let one = Facilities::of(facilities, Some(&[5]));
    let answers = NearestAnswers::new(&all, &places);
    let without = answers.removed(&[5], &left, &places);
    assert_eq!(without.added(&one, &places), answers, "there and back");
    let mut group = bench.benchmark_group(format!("100,000 places, one of {} changed", all.len()));
    group.bench_function("removed", |b| {
        b.iter_with_large_drop(|| answers.removed(&[5], &left, &places));
    });
    group.bench_function("added", |b| {
        b.iter_with_large_drop(|| without.added(&one, &places));
    });
    group.bench_function("asked again", |b| {
        b.iter_with_large_drop(|| NearestAnswers::new(&all, &places));
    });
    group.finish();
}

fn access(bench: &mut Bench) {
    let facilities = layer(&bulk::point_layer(1000, 7));
    let tree = tree(&bulk::points(1000, 7));
    let places = places(100_000, 1);
    let (demand, capacities) = (vec![1.0; places.len()], vec![1.0; facilities.len()]);
    let reach = |decay| {
        let catchment = Catchment {
            within_m: WITHIN_M,
            decay,
        };
        Reach::new(&Facilities::all(&facilities), &places, catchment)
    };
    let ours = || reach(Decay::None).floating_catchment(&demand, &capacities);
    let theirs = || floating_catchment(&tree, &places, facilities.len());
    let worst = ours()
        .iter()
        .zip(theirs())
        .map(|(ours, theirs)| (ours.unwrap_or(0.0) - theirs).abs())
        .fold(0.0, f64::max);
    assert!(worst < 1e-12, "access differs by {worst}");
    answer(format_args!(
        "mean access of {} points {:.9}",
        places.len(),
        ours().iter().flatten().sum::<f64>() / places.len() as f64
    ));
    let mut group = bench.benchmark_group("100,000 places, 1,000 facilities within 2 km");
    group.bench_function("2SFCA, comarca", |b| b.iter_with_large_drop(ours));
    group.bench_function("2SFCA, rstar", |b| b.iter_with_large_drop(theirs));
    let gaussian = Decay::Gaussian {
        deviation_m: WITHIN_M / 2.0,
    };
    let power = Decay::Power {
        exponent: 1.5,
        floor_m: 100.0,
    };
    for (name, decay) in [("steps", Decay::Thirds), ("Gaussian", gaussian)] {
        group.bench_function(format!("E2SFCA with {name}, comarca"), |b| {
            b.iter_with_large_drop(|| reach(decay).floating_catchment(&demand, &capacities));
        });
    }
    group.bench_function("gravity, comarca", |b| {
        b.iter_with_large_drop(|| reach(power).opportunities(&capacities));
    });
    group.bench_function("3SFCA, comarca", |b| {
        b.iter_with_large_drop(|| reach(Decay::Thirds).competing_catchment(&demand, &capacities));
    });
    group.finish();
}

fn places(count: usize, seed: u64) -> Vec<Metric> {
    let metric = |at: &Coord| Metric {
        x_m: at.x,
        y_m: at.y,
    };
    bulk::points(count, seed).iter().map(metric).collect()
}

/// The plain way: an R-tree of the facilities and loops.
type Tree = RTree<GeomWithData<[f64; 2], usize>>;

fn tree(facilities: &[Coord]) -> Tree {
    let items = facilities.iter().enumerate();
    let item = |(row, at): (usize, &Coord)| GeomWithData::new([at.x, at.y], row);
    RTree::bulk_load(items.map(item).collect())
}

fn distance_m(tree: &Tree, at: Metric) -> f64 {
    tree.nearest_neighbor([at.x_m, at.y_m])
        .map_or(f64::NAN, |found| {
            (found.geom()[0] - at.x_m).hypot(found.geom()[1] - at.y_m)
        })
}

/// Accessibility of each place, in two steps.
fn floating_catchment(tree: &Tree, places: &[Metric], facilities: usize) -> Vec<f64> {
    let reach = |at: &Metric| -> Vec<usize> {
        tree.locate_within_distance([at.x_m, at.y_m], WITHIN_M * WITHIN_M)
            .map(|found| found.data)
            .collect()
    };
    let reached: Vec<Vec<usize>> = places.iter().map(reach).collect();
    let mut demand = vec![0.0; facilities];
    for &facility in reached.iter().flatten() {
        demand[facility] += 1.0;
    }
    let access = |near: &Vec<usize>| near.iter().map(|&facility| 1.0 / demand[facility]).sum();
    reached.iter().map(access).collect()
}
