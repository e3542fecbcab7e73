//! Which district holds a point, beside an R-tree of boxes with geo's interval trees and with geo's plain `Contains`.

use comarca_benches::{Bench, answer, bench, layer, sizes};
use comarca_engine::{Locator, Metric};
use comarca_generator::bulk;
use criterion::{BenchmarkId, Throughput};
use geo::algorithm::indexed::IntervalTreeMultiPolygon;
use geo::{BoundingRect, Contains};
use geo_types::{Coord, MultiPolygon, Polygon};
use rstar::RTree;
use rstar::primitives::{GeomWithData, Rectangle};

/// Vertices of the median district.
const VERTICES: usize = 108;

fn main() {
    let mut bench = bench();
    for districts in [280, 5000] {
        locate(&mut bench, districts);
    }
    bench.final_summary();
}

fn locate(bench: &mut Bench, districts: usize) {
    let polygons = bulk::coverage(districts, VERTICES);
    let layer = layer(&bulk::coverage_layer(districts, VERTICES));

    let mut group = bench.benchmark_group("locate build");
    group.throughput(Throughput::Elements(districts as u64));
    group.bench_function(BenchmarkId::new("comarca", districts), |b| {
        b.iter_with_large_drop(|| Locator::build(&layer));
    });
    group.bench_function(
        BenchmarkId::new("rstar + geo interval trees", districts),
        |b| b.iter_with_large_drop(|| Trees::build(&polygons)),
    );
    group.finish();

    let (locator, trees) = (Locator::build(&layer), Trees::build(&polygons));
    let mut group = bench.benchmark_group(format!("locate in {districts} districts"));
    for count in sizes() {
        let points = bulk::points(count, 3);
        let ask_ours = || {
            points
                .iter()
                .filter_map(|at| {
                    locator.locate(
                        &layer,
                        Metric {
                            x_m: at.x,
                            y_m: at.y,
                        },
                    )
                })
                .sum::<usize>()
        };
        let ask_trees = || {
            points
                .iter()
                .filter_map(|&at| trees.locate(at))
                .sum::<usize>()
        };
        let ask_plainly = || {
            points
                .iter()
                .filter_map(|&at| trees.locate_plainly(&polygons, at))
                .sum::<usize>()
        };
        // Points are whole centimetres and so are vertices; those on a border are in no polygon for geo.
        let others = points
            .iter()
            .filter(|&&at| {
                trees.locate(at).is_some_and(|row| {
                    Some(row)
                        != locator.locate(
                            &layer,
                            Metric {
                                x_m: at.x,
                                y_m: at.y,
                            },
                        )
                })
            })
            .count();
        let missed = points
            .iter()
            .filter(|&&at| trees.locate(at).is_none())
            .count();
        assert!(
            others == 0 && missed <= 1 + count / 100_000,
            "{others} points elsewhere, {missed} nowhere"
        );

        let found = points
            .iter()
            .filter(|at| {
                locator
                    .locate(
                        &layer,
                        Metric {
                            x_m: at.x,
                            y_m: at.y,
                        },
                    )
                    .is_some()
            })
            .count();
        answer(format_args!(
            "{found} of {count} points in {districts} districts, sum of rows {}",
            ask_ours()
        ));
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::new("comarca", count), |b| b.iter(ask_ours));
        group.bench_function(BenchmarkId::new("rstar + geo interval trees", count), |b| {
            b.iter(ask_trees);
        });
        if count <= 100_000 {
            group.bench_function(BenchmarkId::new("rstar + geo Contains", count), |b| {
                b.iter(ask_plainly);
            });
        }
    }
    group.finish();
}

/// Boxes in an R-tree, edges of each polygon in an interval tree.
struct Trees {
    boxes: RTree<GeomWithData<Rectangle<[f64; 2]>, usize>>,
    edges: Vec<IntervalTreeMultiPolygon<f64>>,
}

impl Trees {
    fn build(polygons: &[Polygon]) -> Self {
        let rects = polygons
            .iter()
            .filter_map(BoundingRect::bounding_rect)
            .enumerate();
        let boxes = rects.map(|(row, rect)| {
            GeomWithData::new(
                Rectangle::from_corners(rect.min().into(), rect.max().into()),
                row,
            )
        });
        let edges = polygons
            .iter()
            .map(|polygon| IntervalTreeMultiPolygon::new(&MultiPolygon(vec![polygon.clone()])));
        Self {
            boxes: RTree::bulk_load(boxes.collect()),
            edges: edges.collect(),
        }
    }

    fn locate(&self, at: Coord) -> Option<usize> {
        self.boxes
            .locate_all_at_point([at.x, at.y])
            .map(|item| item.data)
            .find(|&row| self.edges[row].contains(&at))
    }

    fn locate_plainly(&self, polygons: &[Polygon], at: Coord) -> Option<usize> {
        self.boxes
            .locate_all_at_point([at.x, at.y])
            .map(|item| item.data)
            .find(|&row| polygons[row].contains(&at))
    }
}
