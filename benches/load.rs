//! Files → features → layers, beside the plain crates of each format on the same files.
//!
//! "read" ends with shapes, coordinates and typed columns; "layer" adds the project: keys, repair, both coordinate
//! spaces, indexes. The files are written by the generator into a folder that is removed afterwards.

use std::collections::HashMap;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use comarca_benches::{Bench, bench, sizes};
use comarca_generator::write::csv::Dialect;
use comarca_generator::write::shapefile::TextEncoding;
use comarca_generator::{Crs, Features, bulk, write};
use comarca_loaders::Project;
use comarca_loaders::source::{CsvOptions, ReadOptions, read};
use criterion::{BenchmarkId, Throughput};
use flatgeobuf::{FallibleStreamingIterator, FeatureProperties, FgbReader};
use geo_types::Geometry;
use geozero::ToGeo;

fn main() {
    let mut bench = bench();
    let folder = tempfile::tempdir().expect("a folder for the files");
    write::flatgeobuf(&square(), &folder.path().join("square.fgb")).expect("written");
    // A million blocks are 500 MB of GeoJSON; they wait for the large run.
    let large = sizes().len() > 3;
    for count in sizes()
        .into_iter()
        .filter(|&count| count <= if large { 1_000_000 } else { 100_000 })
    {
        blocks(&mut bench, folder.path(), count);
    }
    for count in sizes() {
        points(&mut bench, folder.path(), count);
    }
    bench.final_summary();
}

/// One district around everything, for a territory that costs nothing.
fn square() -> Features {
    let mut square = bulk::coverage_layer(1, 4);
    "square".clone_into(&mut square.name);
    square
}

fn blocks(bench: &mut Bench, folder: &Path, count: usize) {
    let layer = bulk::block_layer(count);
    let path = |extension: &str| folder.join(format!("blocks{count}.{extension}"));
    let (geojson, flatgeobuf, shapefile) = (path("geojson"), path("fgb"), path("shp"));
    write::geojson(&layer.to_crs(Crs::Wgs84).expect("in range"), &geojson).expect("written");
    write::flatgeobuf(&layer, &flatgeobuf).expect("written");
    write::shapefile(&layer, TextEncoding::Utf8, &shapefile).expect("written");

    stage(
        bench,
        "GeoJSON, blocks",
        &geojson,
        count,
        "",
        ("geojson crate", &|| geojson_crate(&geojson)),
    );
    stage(
        bench,
        "FlatGeobuf, blocks",
        &flatgeobuf,
        count,
        "",
        ("flatgeobuf crate", &|| flatgeobuf_crate(&flatgeobuf)),
    );
    stage(
        bench,
        "Shapefile, blocks",
        &shapefile,
        count,
        "",
        ("shapefile crate", &|| shapefile_crate(&shapefile)),
    );
    for file in [geojson, flatgeobuf, shapefile] {
        fs::remove_file(file).expect("it was there");
    }
}

fn points(bench: &mut Bench, folder: &Path, count: usize) {
    let layer = bulk::point_layer(count, 1).with_coordinates_as_columns("x", "y", 1);
    let csv = folder.join(format!("points{count}.csv"));
    write::csv(&layer, Dialect::default(), &csv).expect("written");
    stage(
        bench,
        "CSV, points",
        &csv,
        count,
        r#"csv = { x = "x", y = "y", crs = "EPSG:32719" }"#,
        ("csv crate", &|| csv_crate(&csv)),
    );
    fs::remove_file(csv).expect("it was there");
}

/// Read and layer of one file beside the peer, which answers how many features and coordinates there are.
fn stage(
    bench: &mut Bench,
    name: &str,
    file: &Path,
    count: usize,
    settings: &str,
    peer: (&str, &dyn Fn() -> (usize, usize)),
) {
    let csv = CsvOptions {
        x: Some("x".to_owned()),
        y: Some("y".to_owned()),
        ..CsvOptions::default()
    };
    let options = if settings.is_empty() {
        ReadOptions::default()
    } else {
        ReadOptions {
            csv,
            ..ReadOptions::default()
        }
    };
    let read = || read(file, &options).expect("readable").remove(0);
    let project = project(file, settings);
    let load = || {
        project
            .load()
            .map_err(|failure| failure.to_string())
            .expect("loads")
            .0
    };
    let features = read();
    assert_eq!(
        (features.len(), features.coordinates.len()),
        (peer.1)(),
        "both find the same in {}",
        file.display()
    );
    assert_eq!(
        load().layer("measured").map(|layer| layer.len()),
        Some(count)
    );

    let mut group = bench.benchmark_group(format!("load {name}"));
    group.throughput(Throughput::Bytes(bytes(file)));
    group.bench_function(BenchmarkId::new("comarca, read", count), |b| b.iter(read));
    group.bench_function(BenchmarkId::new("comarca, layer", count), |b| b.iter(load));
    group.bench_function(BenchmarkId::new(peer.0, count), |b| b.iter(peer.1));
    group.finish();
}

fn project(file: &Path, settings: &str) -> Project {
    let folder = file.parent().expect("the file is in a folder");
    let name = file.file_name().expect("a name").to_string_lossy();
    let text = format!(
        r#"
name = "bench"
crs  = "EPSG:32719"
[layers.square]
source = "square.fgb"
key    = "code"
[layers.measured]
source = "{name}"
key    = "id"
{settings}
[[levels]]
id    = "square"
layer = "square"
"#
    );
    Project::parse(&folder.join("comarca.toml"), text).expect("a right project")
}

/// Size of a file and of those that belong to it.
fn bytes(file: &Path) -> u64 {
    let size = |path: &PathBuf| fs::metadata(path).map_or(0, |meta| meta.len());
    let companions = if file.extension().is_some_and(|extension| extension == "shp") {
        vec![file.with_extension("dbf")]
    } else {
        vec![]
    };
    [file.to_owned()].iter().chain(&companions).map(size).sum()
}

fn coordinates(geometry: &Geometry<f64>) -> usize {
    geo::CoordsIter::coords_count(geometry)
}

fn geojson_crate(file: &Path) -> (usize, usize) {
    let text = fs::read_to_string(file).expect("readable");
    let collection: geojson::FeatureCollection = text
        .parse::<geojson::GeoJson>()
        .and_then(TryInto::try_into)
        .expect("a collection");
    let geometries = collection
        .features
        .into_iter()
        .filter_map(|feature| Geometry::try_from(feature.geometry?).ok());
    let geometries: Vec<Geometry<f64>> = geometries.collect();
    (geometries.len(), geometries.iter().map(coordinates).sum())
}

fn flatgeobuf_crate(file: &Path) -> (usize, usize) {
    let bytes = fs::read(file).expect("readable");
    let mut features = FgbReader::open(Cursor::new(bytes))
        .and_then(FgbReader::select_all_seq)
        .expect("a FlatGeobuf");
    let mut all: Vec<(Geometry<f64>, HashMap<String, String>)> = vec![];
    while let Some(feature) = features.next().expect("a feature") {
        all.push((
            feature.to_geo().expect("a geometry"),
            feature.properties().expect("properties"),
        ));
    }
    (
        all.len(),
        all.iter().map(|(geometry, _)| coordinates(geometry)).sum(),
    )
}

fn shapefile_crate(file: &Path) -> (usize, usize) {
    let all = shapefile::read(file).expect("a shapefile");
    let coordinates = |shape: &shapefile::Shape| match shape {
        shapefile::Shape::Polygon(polygon) => {
            polygon.rings().iter().map(|ring| ring.points().len()).sum()
        }
        _ => 0,
    };
    (
        all.len(),
        all.iter().map(|(shape, _)| coordinates(shape)).sum(),
    )
}

fn csv_crate(file: &Path) -> (usize, usize) {
    let mut reader = csv::Reader::from_path(file).expect("readable");
    let headers = reader.headers().expect("headers").clone();
    let of = |name: &str| {
        headers
            .iter()
            .position(|own| own == name)
            .expect("the column is there")
    };
    let (x, y, votes) = (of("x"), of("y"), of("votes"));
    let (id, theme) = (of("id"), of("theme"));
    let mut all: Vec<([f64; 2], String, String, i64)> = vec![];
    for record in reader.records() {
        let record = record.expect("a record");
        let number = |column: usize| record[column].parse::<f64>().expect("a number");
        all.push((
            [number(x), number(y)],
            record[id].to_owned(),
            record[theme].to_owned(),
            record[votes].parse().expect("a number"),
        ));
    }
    (all.len(), all.len())
}
