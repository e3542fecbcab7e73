//! Isobands of a surface of 1024 × 1024 values, and 10⁴ to 10⁶ points in hexagons; `peers/bands.py` has the same work in
//! contourpy and h3-py.

use std::hint::black_box;

use comarca_benches::{Bench, answer, bench, projection, sizes};
use comarca_engine::heatmap::{Grid, isobands};
use comarca_engine::hexbin::{HexMeasure, h3_cells, hexagons};
use comarca_engine::{Metric, Projection};
use comarca_generator::bulk;
use criterion::{BenchmarkId, Throughput};

/// Values along a side of the surface.
const SIDE: usize = 1024;
/// Ten levels: nine bands between them and one above.
const LEVELS: [f64; 10] = [
    200.0, 260.0, 320.0, 380.0, 440.0, 500.0, 560.0, 620.0, 680.0, 740.0,
];
/// About 0.1 km².
const RESOLUTION: u8 = 9;
const SIDE_M: f64 = 200.0;

fn main() {
    let mut bench = bench();
    bands(&mut bench);
    for count in sizes() {
        bins(&mut bench, count);
    }
    bench.final_summary();
}

/// Hills of two sizes, the same formula as in `peers/bands.py`.
fn surface() -> Grid {
    let value = |cell: usize| {
        let (x, y) = ((cell % SIDE) as f64, (cell / SIDE) as f64);
        500.0 + 220.0 * (x * 0.11).sin() * (y * 0.13).cos() + 180.0 * (x * 0.031 + y * 0.017).sin()
    };
    Grid {
        min_x_m: -0.5,
        min_y_m: -0.5,
        cell_m: 1.0,
        columns: SIDE,
        rows: SIDE,
        values: (0..SIDE * SIDE).map(value).collect(),
    }
}

fn bands(bench: &mut Bench) {
    let grid = surface();
    let found = isobands(&grid, &LEVELS).expect("levels ascend");
    let polygons: usize = found.iter().map(|band| band.polygons.0.len()).sum();
    answer(format_args!("{polygons} polygons in ten bands"));
    let mut group = bench.benchmark_group("isobands");
    group.throughput(Throughput::Elements((SIDE * SIDE) as u64));
    group.bench_function("comarca, ten bands of 1024 × 1024", |b| {
        b.iter(|| isobands(black_box(&grid), &LEVELS));
    });
    group.finish();
}

fn bins(bench: &mut Bench, count: usize) {
    let metric: Vec<Metric> = bulk::points(count, 1)
        .iter()
        .map(|at| Metric {
            x_m: at.x,
            y_m: at.y,
        })
        .collect();
    let lonlat = projection().to_lonlat(&metric);
    let counts = HexMeasure::default();
    let cells = h3_cells(&lonlat, &counts, RESOLUTION).expect("not too many cells");
    answer(format_args!(
        "{count} points in {} cells of H3",
        cells.cells.len()
    ));
    let mut group = bench.benchmark_group("hexagons");
    group.throughput(Throughput::Elements(count as u64));
    group.bench_function(BenchmarkId::new("H3, resolution 9", count), |b| {
        b.iter(|| h3_cells(&lonlat, &counts, RESOLUTION));
    });
    group.bench_function(BenchmarkId::new("planar, side 200 m", count), |b| {
        b.iter(|| hexagons(&metric, &counts, SIDE_M));
    });
    group.finish();
}
