//! The packed R-tree: build, search, nearest, beside rstar and geo-index on the same boxes.

use std::hint::black_box;

use comarca_benches::{Bench, bench, sizes};
use comarca_engine::{Envelope, PackedRTree};
use comarca_generator::bulk;
use criterion::{BenchmarkId, Throughput};
use geo::BoundingRect;
use geo_index::rtree::sort::HilbertSort;
use geo_index::rtree::{RTree as FlatTree, RTreeBuilder, RTreeIndex};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree as PointerTree};

type Item = GeomWithData<Rectangle<[f64; 2]>, usize>;
type Place = GeomWithData<[f64; 2], usize>;

/// Side of a search window in metres.
const WINDOW_M: f64 = 1000.0;
/// Questions per round.
const QUESTIONS: usize = 1000;

fn main() {
    let mut bench = bench();
    for count in sizes() {
        boxes(&mut bench, count);
        nearest(&mut bench, count);
    }
    bench.final_summary();
}

/// Building over blocks' boxes, and 1,000 windows of 1 km.
fn boxes(bench: &mut Bench, count: usize) {
    let rects: Vec<_> = bulk::blocks(count)
        .iter()
        .filter_map(BoundingRect::bounding_rect)
        .collect();
    let ours: Vec<Option<Envelope<f64>>> = rects
        .iter()
        .map(|rect| Some([rect.min().x, rect.min().y, rect.max().x, rect.max().y]))
        .collect();
    let items: Vec<Item> = rects
        .iter()
        .enumerate()
        .map(|(row, rect)| {
            Item::new(
                Rectangle::from_corners(rect.min().into(), rect.max().into()),
                row,
            )
        })
        .collect();

    let mut group = bench.benchmark_group("index build");
    group.throughput(Throughput::Elements(count as u64));
    group.bench_function(BenchmarkId::new("comarca", count), |b| {
        b.iter_with_large_drop(|| PackedRTree::build(&ours));
    });
    group.bench_function(BenchmarkId::new("geo-index", count), |b| {
        b.iter_with_large_drop(|| flat_tree(&ours));
    });
    group.bench_function(BenchmarkId::new("rstar", count), |b| {
        b.iter_batched(
            || items.clone(),
            PointerTree::bulk_load,
            criterion::BatchSize::PerIteration,
        );
    });
    group.finish();

    let (packed, flat, pointer) = (
        PackedRTree::build(&ours),
        flat_tree(&ours),
        PointerTree::bulk_load(items),
    );
    let windows: Vec<Envelope<f64>> = bulk::points(QUESTIONS, 2)
        .iter()
        .map(|at| [at.x, at.y, at.x + WINDOW_M, at.y + WINDOW_M])
        .collect();
    let ask_packed = || {
        let mut hits = 0;
        windows.iter().for_each(|window| {
            packed.search(*window, |row| hits += usize::from(black_box(row) < count));
        });
        hits
    };
    let ask_flat = || {
        windows
            .iter()
            .map(|w| flat.search(w[0], w[1], w[2], w[3]).len())
            .sum::<usize>()
    };
    let ask_pointer = || {
        windows
            .iter()
            .map(|w| {
                pointer
                    .locate_in_envelope_intersecting(AABB::from_corners([w[0], w[1]], [w[2], w[3]]))
                    .count()
            })
            .sum::<usize>()
    };
    assert_eq!(
        (ask_packed(), ask_packed()),
        (ask_flat(), ask_pointer()),
        "all trees find the same"
    );

    let mut group = bench.benchmark_group("index search");
    group.throughput(Throughput::Elements(QUESTIONS as u64));
    group.bench_function(BenchmarkId::new("comarca", count), |b| b.iter(ask_packed));
    group.bench_function(BenchmarkId::new("geo-index", count), |b| b.iter(ask_flat));
    group.bench_function(BenchmarkId::new("rstar", count), |b| b.iter(ask_pointer));
    group.finish();
}

/// The nearest of `count` points, asked from 1,000 places.
fn nearest(bench: &mut Bench, count: usize) {
    let points = bulk::points(count, 1);
    let boxes: Vec<_> = points
        .iter()
        .map(|at| Some([at.x, at.y, at.x, at.y]))
        .collect();
    let places = bulk::points(QUESTIONS, 2);
    let (packed, flat) = (PackedRTree::build(&boxes), flat_tree(&boxes));
    let pointer = PointerTree::bulk_load(
        points
            .iter()
            .enumerate()
            .map(|(row, at)| Place::new([at.x, at.y], row))
            .collect(),
    );

    let squared =
        |row: usize, x: f64, y: f64| (points[row].x - x).powi(2) + (points[row].y - y).powi(2);
    let ask_packed = || {
        places
            .iter()
            .filter_map(|at| packed.nearest(at.x, at.y, |row| squared(row, at.x, at.y)))
            .map(|(_, least)| least)
            .sum::<f64>()
    };
    let ask_flat = || {
        places
            .iter()
            .filter_map(|at| {
                flat.neighbors(at.x, at.y, Some(1), None)
                    .first()
                    .map(|&row| squared(row as usize, at.x, at.y))
            })
            .sum::<f64>()
    };
    let ask_pointer = || {
        places
            .iter()
            .filter_map(|at| {
                pointer
                    .nearest_neighbor([at.x, at.y])
                    .map(|place| squared(place.data, at.x, at.y))
            })
            .sum::<f64>()
    };
    assert_eq!(
        (ask_packed(), ask_packed()),
        (ask_flat(), ask_pointer()),
        "all trees find the same"
    );

    let mut group = bench.benchmark_group("index nearest");
    group.throughput(Throughput::Elements(QUESTIONS as u64));
    group.bench_function(BenchmarkId::new("comarca", count), |b| b.iter(ask_packed));
    group.bench_function(BenchmarkId::new("geo-index", count), |b| b.iter(ask_flat));
    group.bench_function(BenchmarkId::new("rstar", count), |b| b.iter(ask_pointer));
    group.finish();
}

fn flat_tree(boxes: &[Option<Envelope<f64>>]) -> FlatTree<f64> {
    let count = u32::try_from(boxes.len()).expect("fewer than 2³² boxes");
    let mut builder = RTreeBuilder::<f64>::new(count);
    boxes.iter().flatten().for_each(|b| {
        builder.add(b[0], b[1], b[2], b[3]);
    });
    builder.finish::<HilbertSort>()
}
