//! Rendering vector tiles that nobody has asked for before, over the sample and over 500,000 blocks; and the encoder
//! beside the `mvt` crate.

use comarca_benches::{Bench, bench, layer, place_of, sample, spread, territory, tile_at};
use comarca_engine::Territory;
use comarca_engine::tile::{TileCoord, TileOptions};
use comarca_generator::bulk;
use criterion::{BenchmarkId, Throughput};
use fast_mvt::{MvtGeometry, MvtReaderRef, MvtTile, MvtValue};
use mvt::{GeomEncoder, GeomType, Tile};

/// Tiles rendered per round and zoom, spread over the layer.
const TILES: usize = 16;

fn main() {
    let mut bench = bench();
    encoder(&mut bench);
    let sample = sample();
    zooms(
        &mut bench,
        "tiles of the sample",
        &sample,
        &["districts", "blocks", "stops"],
    );
    let districts = layer(&bulk::coverage_layer(280, 108));
    for count in [10_000, 100_000, 500_000] {
        let blocks = layer(&bulk::block_layer(count));
        let territory = territory(&districts, &[&blocks], vec![], vec![]);
        zooms(
            &mut bench,
            &format!("tiles of {count} blocks"),
            &territory,
            &["blocks"],
        );
    }
    bench.final_summary();
}

fn zooms(bench: &mut Bench, name: &str, territory: &Territory, sources: &[&str]) {
    let layer = territory.tile_layer("blocks").expect("there are blocks");
    let mut group = bench.benchmark_group(name);
    for z in (10..=16).step_by(2) {
        let tiles = spread(layer, z, TILES);
        let bytes: Vec<usize> = tiles
            .iter()
            .map(|&coord| render(territory, sources, coord).len())
            .collect();
        let (all, largest) = (
            bytes.iter().sum::<usize>(),
            bytes.iter().max().copied().unwrap_or(0),
        );
        let what = format!(
            "{} tiles, mean {} kB, largest {} kB",
            tiles.len(),
            all / tiles.len() / 1000,
            largest / 1000
        );
        group.throughput(Throughput::Elements(tiles.len() as u64));
        group.bench_function(BenchmarkId::new(format!("z {z}"), what), |b| {
            b.iter(|| {
                tiles
                    .iter()
                    .map(|&coord| render(territory, sources, coord).len())
                    .sum::<usize>()
            });
        });
    }
    group.finish();
}

fn render(territory: &Territory, sources: &[&str], coord: TileCoord) -> Vec<u8> {
    territory
        .tile(sources, coord, &TileOptions::default())
        .expect("the sources are there")
}

/// One tile of 10,000 polygons: ours from the layer (select, simplify, clip, quantize, encode), `mvt`'s only from the
/// finished geometry and values of that tile.
fn encoder(bench: &mut Bench) {
    let (districts, blocks) = (
        layer(&bulk::coverage_layer(4, 20)),
        layer(&bulk::block_layer(10_000)),
    );
    let territory = territory(&districts, &[&blocks], vec![], vec![]);
    let whole = (0..=12)
        .rev()
        .map(|z| tile_at(place_of(0.0, 0.0), z))
        .find(|tile| *tile == tile_at(place_of(1.0, 1.0), tile.z()));
    let coord = whole.expect("zoom 0 holds everything");
    let ours = render(&territory, &["blocks"], coord);
    let decoded = MvtReaderRef::new(&ours)
        .and_then(|reader| reader.to_tile())
        .expect("a tile of ours can be read");
    let theirs = encoded(&decoded);
    let again = MvtReaderRef::new(&theirs)
        .and_then(|reader| reader.to_tile())
        .expect("a tile of theirs can be read");
    assert_eq!(
        decoded.layers[0].features.len(),
        again.layers[0].features.len()
    );
    assert!(
        decoded.layers[0]
            .features
            .iter()
            .zip(&again.layers[0].features)
            .all(|(a, b)| a.id == b.id && a.geometry == b.geometry)
    );

    let mut group = bench.benchmark_group(format!(
        "one tile of {} polygons, z {}, {} kB",
        decoded.layers[0].features.len(),
        coord.z(),
        ours.len() / 1000
    ));
    group.bench_function("comarca, from the layer", |b| {
        b.iter(|| render(&territory, &["blocks"], coord));
    });
    group.bench_function("mvt, encoding only", |b| b.iter(|| encoded(&decoded)));
    group.finish();
}

/// The tile as the `mvt` crate writes it.
fn encoded(tile: &MvtTile) -> Vec<u8> {
    let mut out = Tile::new(4096);
    let mut layer = out.create_layer(&tile.layers[0].name);
    for feature in &tile.layers[0].features {
        let MvtGeometry::Polygon(polygon) = &feature.geometry else {
            continue;
        };
        let mut encoder = GeomEncoder::new(GeomType::Polygon);
        let ring = &polygon.exterior().0;
        ring[..ring.len() - 1]
            .iter()
            .for_each(|at| encoder.add_point(at.x, at.y).expect("in range"));
        let mut written = layer.into_feature(encoder.encode().expect("a ring"));
        feature.id.into_iter().for_each(|id| written.set_id(id));
        for (key, value) in &feature.properties {
            match value {
                MvtValue::String(text) => written.add_tag_string(key, text),
                MvtValue::UInt(number) => written.add_tag_uint(key, *number),
                _ => {}
            }
        }
        layer = written.into_layer();
    }
    out.add_layer(layer).expect("one layer");
    out.to_bytes().expect("bytes")
}
