//! Indicators: all of the sample at all levels, then the kernels of single ones on large layers, beside loops over
//! rstar with the same answers.

use std::sync::Arc;

use comarca_benches::{Bench, answer, bench, layer, reloaded, sample, sizes, territory};
use comarca_engine::indicator::{
    Access, AccessMethod, Aggregate, Capacity, Indicator, Measure, Nearest, Operation, Selection,
    Statistic, Summary,
};
use comarca_engine::reach::{Catchment, Decay};
use comarca_engine::{Layer, Territory, Title, WHOLE};
use comarca_generator::bulk;
use criterion::{BatchSize, BenchmarkId, Throughput};
use geo_types::Coord;
use rstar::RTree;
use rstar::primitives::GeomWithData;

/// Facilities that are searched for.
const FACILITIES: usize = 1000;
/// Radius of a catchment in metres.
const WITHIN_M: f64 = 2000.0;

fn main() {
    let mut bench = bench();
    whole_sample(&mut bench);
    let districts = layer(&bulk::coverage_layer(280, 108));
    let mut facilities = bulk::point_layer(FACILITIES, 7);
    "facilities".clone_into(&mut facilities.name);
    let facilities = layer(&facilities);
    for count in sizes() {
        kernels(&mut bench, &districts, &facilities, count);
    }
    bench.final_summary();
}

fn whole_sample(bench: &mut Bench) {
    let sample = sample();
    let fresh = || Territory::new(reloaded(&sample)).expect("the parts fit");
    // This also computes what layers compute once: it belongs to the loading.
    assert_eq!(
        values(&sample),
        values(&fresh()),
        "the same layers give the same values"
    );
    let mut group = bench.benchmark_group("indicators of the sample");
    group.bench_function("build the territory", |b| {
        b.iter_batched(
            || reloaded(&sample),
            |parts| Territory::new(parts).expect("the parts fit"),
            BatchSize::PerIteration,
        );
    });
    let evaluate = |territory: Territory| (values(&territory), territory);
    group.bench_function("all, at all levels", |b| {
        b.iter_batched(fresh, evaluate, BatchSize::PerIteration);
    });
    for indicator in sample.indicators() {
        let one = |territory: Territory| {
            (
                territory
                    .indicator(&indicator.id)
                    .map(|view| view.at(WHOLE).map(|at| at.count())),
                territory,
            )
        };
        if matches!(indicator.op(), "nearest" | "access" | "coverage") {
            group.bench_function(&indicator.id, |b| {
                b.iter_batched(fresh, one, BatchSize::PerIteration);
            });
        }
    }
    group.finish();
}

/// The sum of all values of all indicators at all levels.
fn values(territory: &Territory) -> f64 {
    let at = |id: &str, level: &str| {
        territory.indicator(id).and_then(|view| {
            view.at(level)
                .map(|at| at.values().iter().flatten().sum::<f64>())
        })
    };
    let of = |id: &str| {
        territory
            .levels()
            .iter()
            .map(|level| at(id, level.id()).expect("both are there"))
            .sum::<f64>()
    };
    territory
        .indicators()
        .map(|indicator| of(&indicator.id))
        .sum()
}

fn kernels(bench: &mut Bench, districts: &Arc<Layer>, facilities: &Arc<Layer>, count: usize) {
    let from = layer(&bulk::point_layer(count, 1));
    let fresh = || {
        territory(
            districts,
            &[&from, facilities],
            indicators(&from, facilities),
            vec![],
        )
    };
    // The points are located by the count; the others start from there.
    let located = || {
        let territory = fresh();
        value(&territory, "count");
        territory
    };
    let places = bulk::points(count, 1);
    let targets = Targets::build(&bulk::points(FACILITIES, 7));

    let mut group = bench.benchmark_group("count in 280 districts");
    group.throughput(Throughput::Elements(count as u64));
    group.bench_function(BenchmarkId::new("comarca", count), |b| {
        b.iter_batched(
            fresh,
            |territory| (value(&territory, "count"), territory),
            BatchSize::PerIteration,
        );
    });
    group.finish();

    let ours = value(&located(), "nearest");
    let theirs = targets.mean_distance_m(&places);
    assert!(
        (ours / theirs - 1.0).abs() < 1e-9,
        "mean distance {ours} m, {theirs} m"
    );
    answer(format_args!("mean distance of {count} points {ours:.6} m"));
    let mut group = bench.benchmark_group("mean distance to the nearest of 1,000");
    group.throughput(Throughput::Elements(count as u64));
    group.bench_function(BenchmarkId::new("comarca", count), |b| {
        b.iter_batched(
            located,
            |territory| (value(&territory, "nearest"), territory),
            BatchSize::PerIteration,
        );
    });
    group.bench_function(BenchmarkId::new("rstar", count), |b| {
        b.iter(|| targets.mean_distance_m(&places));
    });
    group.finish();

    if count > 100_000 {
        return;
    }
    let (ours, theirs) = (located(), targets.access(&places));
    let sums = [
        district_values(&ours, "access"),
        district_means(&ours, &from, &theirs),
    ]
    .map(|values| values.iter().sum::<f64>());
    assert!((sums[0] / sums[1] - 1.0).abs() < 1e-9, "access {sums:?}");
    answer(format_args!(
        "mean access of {count} points, summed over districts {:.9}",
        sums[0]
    ));
    let mut group = bench.benchmark_group("2SFCA to 1,000 within 2 km");
    group.throughput(Throughput::Elements(count as u64));
    group.bench_function(BenchmarkId::new("comarca", count), |b| {
        b.iter_batched(
            located,
            |territory| (value(&territory, "access"), territory),
            BatchSize::PerIteration,
        );
    });
    group.bench_function(BenchmarkId::new("rstar", count), |b| {
        b.iter(|| targets.access(&places));
    });
    group.finish();
}

fn indicators(from: &Arc<Layer>, to: &Arc<Layer>) -> Vec<Indicator> {
    let from = || Measure {
        selection: Selection::all(Arc::clone(from)),
        column: None,
        weight: None,
    };
    let to = || Selection::all(Arc::clone(to));
    let operations: [(&str, Arc<dyn Operation>); 3] = [
        (
            "count",
            Arc::new(Aggregate {
                statistic: Statistic::Count,
                of: from(),
            }),
        ),
        (
            "nearest",
            Arc::new(Nearest {
                from: from(),
                to: to(),
                summary: Summary::Mean,
            }),
        ),
        (
            "access",
            Arc::new(Access {
                from: from(),
                to: to(),
                capacity: Capacity::Constant(1.0),
                method: AccessMethod::FloatingCatchment,
                catchment: Catchment {
                    within_m: WITHIN_M,
                    decay: Decay::None,
                },
                per: 1.0,
            }),
        ),
    ];
    let indicator = |(id, operation): (&str, Arc<dyn Operation>)| Indicator {
        id: id.to_owned(),
        title: Title::default(),
        unit: String::new(),
        code: None,
        standard: None,
        operation,
    };
    operations.into_iter().map(indicator).collect()
}

/// Value of the whole territory.
fn value(territory: &Territory, id: &str) -> f64 {
    let view = territory.indicator(id).and_then(|view| view.at(WHOLE));
    view.expect("the indicator is there").values()[0].expect("the whole has a value")
}

/// Values of the districts; zero where there is none.
fn district_values(territory: &Territory, id: &str) -> Vec<f64> {
    let view = territory
        .indicator(id)
        .and_then(|view| view.at("districts"));
    view.expect("the indicator is there")
        .values()
        .iter()
        .map(|value| value.unwrap_or(0.0))
        .collect()
}

/// Means of the points' values in each district; zero where there is none. The mean of the whole says little of an
/// accessibility: it is always capacity over persons.
fn district_means(territory: &Territory, from: &Arc<Layer>, values: &[f64]) -> Vec<f64> {
    let mean = |rows: Vec<usize>| {
        rows.iter().map(|&row| values[row]).sum::<f64>() / rows.len().max(1) as f64
    };
    (0..territory.levels()[0].len())
        .map(|district| mean(territory.rows_in(from, 0, district)))
        .collect()
}

/// The plain way: an R-tree of the facilities and loops.
struct Targets(RTree<GeomWithData<[f64; 2], usize>>);

impl Targets {
    fn build(facilities: &[Coord]) -> Self {
        Self(RTree::bulk_load(
            facilities
                .iter()
                .enumerate()
                .map(|(row, at)| GeomWithData::new([at.x, at.y], row))
                .collect(),
        ))
    }

    fn mean_distance_m(&self, places: &[Coord]) -> f64 {
        let distance = |at: &Coord| {
            self.0
                .nearest_neighbor([at.x, at.y])
                .map_or(f64::NAN, |found| {
                    (found.geom()[0] - at.x).hypot(found.geom()[1] - at.y)
                })
        };
        places.iter().map(distance).sum::<f64>() / places.len() as f64
    }

    /// Accessibility of each place, in two steps.
    fn access(&self, places: &[Coord]) -> Vec<f64> {
        let reach = |at: &Coord| {
            self.0
                .locate_within_distance([at.x, at.y], WITHIN_M * WITHIN_M)
                .map(|found| found.data)
                .collect::<Vec<_>>()
        };
        let reached: Vec<Vec<usize>> = places.iter().map(reach).collect();
        let mut demand = [0.0; FACILITIES];
        reached
            .iter()
            .flatten()
            .for_each(|&facility| demand[facility] += 1.0);
        reached
            .iter()
            .map(|facilities| {
                facilities
                    .iter()
                    .map(|&facility| 1.0 / demand[facility])
                    .sum()
            })
            .collect()
    }
}
