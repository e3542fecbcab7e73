//! Heat maps: a grid of 1024 × 1024 cells over the 36 km of the generated square, and one map tile.

use std::hint::black_box;

use comarca_benches::{Bench, bench, layer, place_of, projection, sizes, tile_at};
use comarca_engine::Title;
use comarca_engine::heatmap::{Bandwidth, Heatmap, HeatmapParts, Kernel, SurfaceRequest};
use comarca_engine::indicator::{Measure, Selection};
use comarca_generator::bulk;
use criterion::{BenchmarkId, Throughput};
use geo_types::Coord;

const CELLS: usize = 1024;
const CELL_M: f64 = bulk::SIDE_M / CELLS as f64;
const BANDWIDTH_M: f64 = 500.0;
/// Pixels along a map tile.
const PIXELS: usize = 256;

fn main() {
    let mut bench = bench();
    for count in sizes() {
        quartic(&mut bench, count);
    }
    gaussian(&mut bench);
    tile(&mut bench);
    bench.final_summary();
}

fn heatmap(count: usize, kernel: Kernel) -> Heatmap {
    let of = Measure {
        selection: Selection::all(layer(&bulk::point_layer(count, 1))),
        column: None,
        weight: None,
    };
    Heatmap::new(HeatmapParts {
        id: "bench".to_owned(),
        title: Title::default(),
        of,
        kernel,
        bandwidth: Bandwidth::Fixed(BANDWIDTH_M),
        per: None,
        within: None,
        edge: false,
        least_features: 0,
    })
}

fn grid(heatmap: &Heatmap) -> Vec<f64> {
    let square = [
        bulk::ORIGIN.x,
        bulk::ORIGIN.y,
        bulk::ORIGIN.x + bulk::SIDE_M,
        bulk::ORIGIN.y + bulk::SIDE_M,
    ];
    let grid = heatmap
        .grid(CELL_M, Some(square))
        .expect("a million cells are allowed");
    assert_eq!((grid.columns, grid.rows), (CELLS, CELLS));
    grid.values
}

fn quartic(bench: &mut Bench, count: usize) {
    let (heatmap, points) = (heatmap(count, Kernel::Quartic), bulk::points(count, 1));
    let (ours, theirs) = (grid(&heatmap), scattered(&points));
    let top = theirs.iter().copied().fold(0.0, f64::max);
    assert!(
        ours.iter()
            .zip(&theirs)
            .all(|(a, b)| (a - b).abs() < 1e-9 * top),
        "both are exact"
    );
    let mut group = bench.benchmark_group("heat map, quartic");
    group.throughput(Throughput::Elements(count as u64));
    group.bench_function(BenchmarkId::new("comarca", count), |b| {
        b.iter(|| grid(&heatmap));
    });
    group.bench_function(BenchmarkId::new("plain scatter loop", count), |b| {
        b.iter(|| scattered(&points));
    });
    group.finish();
}

/// Every point spreads its quartic over the cells in its square: the loop one writes first. Per km².
fn scattered(points: &[Coord]) -> Vec<f64> {
    let mut cells = vec![0.0; CELLS * CELLS];
    let top = 3.0 / (std::f64::consts::PI * BANDWIDTH_M * BANDWIDTH_M) * 1e6;
    for point in points {
        let (x, y) = (
            (point.x - bulk::ORIGIN.x) / CELL_M - 0.5,
            (point.y - bulk::ORIGIN.y) / CELL_M - 0.5,
        );
        let reach = BANDWIDTH_M / CELL_M;
        for row in range(y, reach) {
            let dy = (row as f64 - y) / reach;
            for column in range(x, reach) {
                let dx = (column as f64 - x) / reach;
                let rest = 1.0 - dx * dx - dy * dy;
                cells[row * CELLS + column] += if rest > 0.0 { top * rest * rest } else { 0.0 };
            }
        }
    }
    cells
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the float-to-int cast saturates at zero, as meant"
)]
fn range(at: f64, reach: f64) -> std::ops::Range<usize> {
    (at - reach).ceil() as usize..((at + reach).floor() as usize + 1).min(CELLS)
}

/// The Gaussian reaches six bandwidths, so a point covers 36 times the area; larger counts only on demand.
fn gaussian(bench: &mut Bench) {
    let mut group = bench.benchmark_group("heat map, gaussian");
    let counts = if sizes().len() > 3 {
        vec![10_000, 100_000, 1_000_000]
    } else {
        vec![10_000]
    };
    for count in counts {
        let heatmap = heatmap(count, Kernel::Gaussian);
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::new("comarca", count), |b| {
            b.iter(|| grid(&heatmap));
        });
    }
    group.finish();
}

/// One tile of 256 × 256 pixels in the middle, where 5,000 demands or a million are spread over the city.
fn tile(bench: &mut Bench) {
    let projection = projection();
    let mut group = bench.benchmark_group("heat map tile, quartic");
    for count in [5000, 1_000_000] {
        let heatmap = heatmap(count, Kernel::Quartic);
        let plain = SurfaceRequest::default();
        for z in [10, 12, 14] {
            let coord = tile_at(place_of(0.5, 0.5), z);
            let name = BenchmarkId::new(format!("comarca, z {z}"), count);
            group.bench_function(name, |b| {
                b.iter(|| black_box(heatmap.tile(projection.as_ref(), coord, PIXELS, &plain)));
            });
        }
    }
    group.finish();
}
