//! Spatial weights and statistics of 5,000 and 50,000 districts; `peers/stats.py` has the same work in libpysal, esda and
//! pygeoda.

use std::sync::Arc;

use comarca_benches::{Bench, answer, bench, layer};
use comarca_engine::Layer;
use comarca_engine::stats::{
    Focal, Inference, Permutations, Tail, Transform, Weights, WeightsSpec, local_geary,
    local_getis_ord, local_moran, moran,
};
use comarca_generator::bulk;
use criterion::{BatchSize, BenchmarkId, Throughput};

/// Vertices of the median district.
const VERTICES: usize = 108;

fn main() {
    let mut bench = bench();
    for districts in [5_000, 50_000] {
        let features = bulk::coverage_layer(districts, VERTICES);
        let fresh = || layer(&features);
        let weights = weights(&mut bench, &fresh, districts);
        statistics(&mut bench, &weights, districts);
    }
    bench.final_summary();
}

fn weights(bench: &mut Bench, fresh: &dyn Fn() -> Arc<Layer>, districts: usize) -> Weights {
    let build = |layer: &Layer, spec| {
        Weights::build(layer, spec, Transform::RowStandardised).expect("few links")
    };
    let mut group = bench.benchmark_group("weights");
    group.throughput(Throughput::Elements(districts as u64));
    let nearest = WeightsSpec::Nearest { count: 8 };
    for spec in [WeightsSpec::Queen, WeightsSpec::Rook, nearest] {
        let links = build(&fresh(), spec).links();
        answer(format_args!("{links} links of {districts} by {spec}"));
        // A layer indexes its boxes when first asked: that belongs to the work.
        group.bench_function(BenchmarkId::new(spec.to_string(), districts), |b| {
            b.iter_batched(
                fresh,
                |layer| (build(&layer, spec), layer),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
    build(&fresh(), WeightsSpec::Queen)
}

fn statistics(bench: &mut Bench, weights: &Weights, districts: usize) {
    let values = values(districts);
    let inference = Inference {
        tail: Tail::OneSided,
        permutations: Permutations::new(999, 12_345).expect("not too many"),
        ..Inference::default()
    };
    let found = moran(&values, weights, &inference).expect("values vary");
    let lisa = local_moran(&values, weights, &inference);
    let below = lisa
        .rows
        .iter()
        .filter(|row| row.p.is_some_and(|p| p < 0.05));
    answer(format_args!(
        "Moran's I of {districts} {:.9}, {} of LISA below 0.05",
        found.statistic,
        below.count()
    ));
    let mut group = bench.benchmark_group("999 permutations");
    group.throughput(Throughput::Elements(districts as u64));
    group.bench_function(BenchmarkId::new("Moran's I", districts), |b| {
        b.iter(|| moran(&values, weights, &inference));
    });
    group.bench_function(BenchmarkId::new("LISA", districts), |b| {
        b.iter(|| local_moran(&values, weights, &inference));
    });
    group.bench_function(BenchmarkId::new("Gi*", districts), |b| {
        b.iter(|| local_getis_ord(&values, weights, Focal::Included, &inference));
    });
    group.bench_function(BenchmarkId::new("local Geary", districts), |b| {
        b.iter(|| local_geary(&values, weights, &inference));
    });
    group.finish();
}

/// A wave along the rows with some noise, the same formula as in `peers/stats.py`.
fn values(districts: usize) -> Vec<Option<f64>> {
    (0u32..)
        .take(districts)
        .map(f64::from)
        .map(|row| Some((row * 0.01).sin() + 0.5 * (row * 12.9898).sin()))
        .collect()
}
