//! Blocks divided among districts: persons by area, lengths of outlines, covered shares; beside an R-tree of boxes with the
//! polygon clipper of `geo`.

use std::sync::Arc;

use comarca_benches::{Bench, answer, bench, layer, sizes};
use comarca_engine::overlay::{Zones, covered_areas, extensive};
use comarca_engine::{GeometryType, Layer, LayerParts, ShapesBuilder, Title};
use comarca_generator::bulk;
use criterion::{BenchmarkId, Throughput};
use geo::{Area, BooleanOps, BoundingRect};
use geo_types::Polygon;
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

/// Vertices of the median district.
const VERTICES: usize = 108;
/// Blocks that the clipper is given: with more it takes minutes.
const CLIPPED_MAX: usize = 10_000;

fn main() {
    let mut bench = bench();
    for districts in [280, 5000] {
        overlay(&mut bench, districts);
    }
    bench.final_summary();
}

fn overlay(bench: &mut Bench, districts: usize) {
    let polygons = bulk::coverage(districts, VERTICES);
    let layer_of_districts = layer(&bulk::coverage_layer(districts, VERTICES));
    let mut group = bench.benchmark_group("overlay build");
    group.throughput(Throughput::Elements(districts as u64));
    group.bench_function(BenchmarkId::new("comarca", districts), |b| {
        b.iter_with_large_drop(|| Zones::new(Arc::clone(&layer_of_districts)));
    });
    group.finish();
    let zones = Zones::new(Arc::clone(&layer_of_districts));
    for count in sizes() {
        let blocks = layer(&bulk::block_layer(count));
        let outlines = outlines(&blocks);
        let persons = persons(&zones, &blocks);
        answer(format_args!(
            "persons of {count} blocks in {districts} districts, sum of squares {:.6e}",
            persons.iter().map(|persons| persons * persons).sum::<f64>()
        ));
        let mut group = bench.benchmark_group(format!("overlay with {districts} districts"));
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::new("persons by area", count), |b| {
            b.iter(|| self::persons(&zones, &blocks));
        });
        group.bench_function(BenchmarkId::new("length of outlines", count), |b| {
            b.iter_with_large_drop(|| zones.line_lengths(&outlines, None));
        });
        group.bench_function(BenchmarkId::new("share covered by blocks", count), |b| {
            b.iter(|| covered_areas(&layer_of_districts, None, &blocks, None));
        });
        if count <= CLIPPED_MAX {
            let clip = Clipper::new(&polygons, count);
            assert_near(&persons, &clip.persons(&blocks));
            group.bench_function(
                BenchmarkId::new("persons by area, rstar + geo BooleanOps", count),
                |b| b.iter(|| clip.persons(&blocks)),
            );
        }
        group.finish();
    }
}

/// Persons of each zone, by the areas of the blocks in it.
fn persons(zones: &Zones, blocks: &Layer) -> Vec<f64> {
    let persons = blocks.column("pop").expect("blocks have persons");
    let parts = zones.intersections(blocks, None);
    let allocation = extensive(&parts, |row| persons.number(row));
    allocation
        .zones
        .iter()
        .map(comarca_engine::indicator::ExactSum::total)
        .collect()
}

/// The clipper works on a grid of whole numbers, so it agrees to some digits only.
fn assert_near(ours: &[f64], theirs: &[f64]) {
    let near = |(ours, theirs): (&f64, &f64)| (ours - theirs).abs() < 1e-5 * (1.0 + theirs);
    assert!(ours.iter().zip(theirs).all(near), "the clipper disagrees");
}

/// The rings of polygons as lines.
fn outlines(of: &Layer) -> Layer {
    let mut builder = ShapesBuilder::default();
    for row in 0..of.len() {
        builder.start_feature(GeometryType::Line);
        for ring in of.shapes().feature_rings(row) {
            builder.start_part();
            builder.start_ring();
            of.metric()[of.shapes().coordinates(ring)]
                .iter()
                .for_each(|at| builder.coordinate(at.x_m, at.y_m));
        }
    }
    let parts = LayerParts {
        id: "outlines".to_owned(),
        title: Title::default(),
        keys: of.keys().clone(),
        names: None,
        columns: vec![],
        shapes: builder.build().0,
        lonlat: of.lonlat().to_vec(),
        metric: of.metric().to_vec(),
    };
    Layer::new(parts).expect("the parts fit")
}

/// An R-tree of the districts' boxes, and what is to be clipped with them.
struct Clipper<'a> {
    districts: &'a [Polygon],
    blocks: Vec<Polygon>,
    tree: RTree<GeomWithData<Rectangle<[f64; 2]>, usize>>,
}

impl<'a> Clipper<'a> {
    fn new(districts: &'a [Polygon], count: usize) -> Self {
        let envelope = |(row, polygon): (usize, &Polygon)| {
            let [low, high] = corners(polygon);
            GeomWithData::new(Rectangle::from_corners(low, high), row)
        };
        Self {
            districts,
            blocks: bulk::blocks(count),
            tree: RTree::bulk_load(districts.iter().enumerate().map(envelope).collect()),
        }
    }

    fn persons(&self, layer: &Layer) -> Vec<f64> {
        let column = layer.column("pop").expect("blocks have persons");
        let mut persons = vec![0.0; self.districts.len()];
        for (row, block) in self.blocks.iter().enumerate() {
            let [low, high] = corners(block);
            let (area, own) = (block.unsigned_area(), column.number(row).unwrap_or(0.0));
            let window = AABB::from_corners(low, high);
            for near in self.tree.locate_in_envelope_intersecting(window) {
                let part = self.districts[near.data]
                    .intersection(block)
                    .unsigned_area();
                persons[near.data] += own * part / area;
            }
        }
        persons
    }
}

fn corners(polygon: &Polygon) -> [[f64; 2]; 2] {
    let envelope = polygon.bounding_rect().expect("it has vertices");
    [envelope.min().into(), envelope.max().into()]
}
