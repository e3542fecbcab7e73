//! Heat maps: a grid of 1024 × 1024 cells over the 36 km of the generated square for every kernel, adaptive bandwidths,
//! a surface that rests on enough features, and one map tile. `peers/heatmap.py` makes the same grids with other programs.

use std::f64::consts::PI;
use std::hint::black_box;

use comarca_benches::{Bench, answer, bench, layer, place_of, projection, sizes, tile_at};
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
        gaussian(&mut bench, count);
    }
    kernels(&mut bench);
    requests(&mut bench);
    tile(&mut bench);
    bench.final_summary();
}

fn heatmap(count: usize, kernel: Kernel) -> Heatmap {
    made(&measure(count), kernel, Bandwidth::Fixed(BANDWIDTH_M))
}

fn measure(count: usize) -> Measure {
    Measure {
        selection: Selection::all(layer(&bulk::point_layer(count, 1))),
        column: None,
        weight: None,
    }
}

fn made(of: &Measure, kernel: Kernel, bandwidth: Bandwidth) -> Heatmap {
    Heatmap::new(HeatmapParts {
        id: "bench".to_owned(),
        title: Title::default(),
        of: of.clone(),
        kernel,
        bandwidth,
        per: None,
        within: None,
        edge: false,
        least_features: 0,
    })
}

fn grid(heatmap: &Heatmap) -> Vec<f64> {
    asked(heatmap, &SurfaceRequest::default())
}

fn asked(heatmap: &Heatmap, request: &SurfaceRequest<'_>) -> Vec<f64> {
    let square = [
        bulk::ORIGIN.x,
        bulk::ORIGIN.y,
        bulk::ORIGIN.x + bulk::SIDE_M,
        bulk::ORIGIN.y + bulk::SIDE_M,
    ];
    let grid = heatmap
        .grid_with(CELL_M, Some(square), request)
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
    say(&format!("quartic of {count}"), &ours);
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
    let top = 3.0 / (PI * BANDWIDTH_M * BANDWIDTH_M) * 1e6;
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

/// The sum of every sixteenth cell of every sixteenth row, as the peers say it.
fn say(what: &str, cells: &[f64]) {
    let rows = cells.chunks(CELLS).step_by(16);
    let sum: f64 = rows.flat_map(|row| row.iter().step_by(16)).sum();
    answer(format_args!("{what}: {sum:.6} per km²"));
}

fn gaussian(bench: &mut Bench, count: usize) {
    let heatmap = heatmap(count, Kernel::Gaussian);
    let cells = grid(&heatmap);
    let top = cells.iter().copied().fold(0.0, f64::max);
    let points = bulk::points(count, 1);
    for cell in (0..cells.len()).step_by(cells.len() / 16 + 37) {
        let exact = exact_gaussian(&points, cell);
        assert!((cells[cell] - exact).abs() < 2e-8 * top, "the stated error");
    }
    say(&format!("Gaussian of {count}"), &cells);
    let mut group = bench.benchmark_group("heat map, gaussian");
    group.throughput(Throughput::Elements(count as u64));
    group.bench_function(BenchmarkId::new("comarca", count), |b| {
        b.iter(|| grid(&heatmap));
    });
    group.finish();
}

/// The uncut sum at the centre of a cell, per km².
fn exact_gaussian(points: &[Coord], cell: usize) -> f64 {
    let centre = |number: usize| (number as f64 + 0.5) * CELL_M;
    let (x, y) = (
        bulk::ORIGIN.x + centre(cell % CELLS),
        bulk::ORIGIN.y + centre(cell / CELLS),
    );
    let scale = -0.5 / (BANDWIDTH_M * BANDWIDTH_M);
    let bump = |at: &Coord| (((at.x - x).powi(2) + (at.y - y).powi(2)) * scale).exp();
    points.iter().map(bump).sum::<f64>() * 1e6 / (2.0 * PI * BANDWIDTH_M * BANDWIDTH_M)
}

/// Every kernel over the same points. The triangular one is no polynomial and is summed bump by bump.
fn kernels(bench: &mut Bench) {
    let mut group = bench.benchmark_group("heat map, kernels");
    for kernel in Kernel::ALL {
        let heatmap = heatmap(100_000, kernel);
        group.bench_function(BenchmarkId::new(kernel.name(), 100_000), |b| {
            b.iter(|| grid(&heatmap));
        });
    }
    group.finish();
}

/// What is asked beyond the plain surface.
fn requests(bench: &mut Bench) {
    let count = 100_000;
    let of = measure(count);
    let fixed = Bandwidth::Fixed(BANDWIDTH_M);
    let adaptive = Bandwidth::Adaptive {
        pilot_m: Some(BANDWIDTH_M),
        least: 0.5,
        most: 2.0,
    };
    let mut group = bench.benchmark_group("heat map, requests");
    group.bench_function(BenchmarkId::new("prepare", count), |b| {
        b.iter(|| made(&of, Kernel::Quartic, fixed));
    });
    group.bench_function(BenchmarkId::new("prepare, adaptive", count), |b| {
        b.iter(|| made(&of, Kernel::Quartic, adaptive));
    });
    let (plain, varied) = (
        made(&of, Kernel::Quartic, fixed),
        made(&of, Kernel::Quartic, adaptive),
    );
    group.bench_function(BenchmarkId::new("adaptive", count), |b| {
        b.iter(|| grid(&varied));
    });
    let enough = SurfaceRequest {
        least_features: 5,
        ..SurfaceRequest::default()
    };
    group.bench_function(BenchmarkId::new("at least five features", count), |b| {
        b.iter(|| asked(&plain, &enough));
    });
    group.bench_function(BenchmarkId::new("difference", count), |b| {
        let request = SurfaceRequest {
            keep: Some(&|row| row % 2 == 0),
            minus: Some(&|row| row % 2 == 1),
            ..SurfaceRequest::default()
        };
        b.iter(|| asked(&plain, &request));
    });
    group.finish();
}

/// One tile of 256 × 256 pixels in the middle, where 5,000 demands or a million are spread over the city.
fn tile(bench: &mut Bench) {
    let projection = projection();
    for (kernel, count) in [
        (Kernel::Quartic, 5000),
        (Kernel::Quartic, 1_000_000),
        (Kernel::Gaussian, 5000),
        (Kernel::Gaussian, 1_000_000),
    ] {
        let heatmap = heatmap(count, kernel);
        let mut group = bench.benchmark_group(format!("heat map tile, {}", kernel.name()));
        let plain = SurfaceRequest::default();
        for z in [10, 12, 14, 16] {
            let coord = tile_at(place_of(0.5, 0.5), z);
            let name = BenchmarkId::new(format!("comarca, z {z}"), count);
            group.bench_function(name, |b| {
                b.iter(|| black_box(heatmap.tile(projection.as_ref(), coord, PIXELS, &plain)));
            });
        }
        group.finish();
    }
}
