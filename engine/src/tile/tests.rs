//! Whole tiles, read by a decoder that is not ours and judged by `geo`.

use std::sync::Arc;

use fast_mvt::{MvtReaderRef, MvtValue};
use geo::MapCoords;
use geo::{Area, BooleanOps, Centroid, Validation, unary_union};
use geo_types::{Coord, Geometry, LineString, MultiPolygon, Point, Polygon, Rect};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use rand::{Rng, SeedableRng};

use super::*;
use crate::column::{Column, Value};
use crate::layer::Layer;
use crate::layer::tests_support::{Equator, layer};
use crate::territory::{LevelParts, Territory, TerritoryParts};
use crate::title::Title;

/// A territory of one district and a layer "x".
fn territory(geometries: &[Geometry<f64>], columns: Vec<Column>) -> Territory {
    let district = Geometry::from(Rect::new((-1e6, -1e6), (1e6, 1e6)).to_polygon());
    let base = Arc::new(layer("district", &[district], vec![]));
    levels(
        &base,
        vec![None],
        &[Arc::new(layer("x", geometries, columns))],
    )
}

fn levels(base: &Arc<Layer>, parents: Vec<Option<u32>>, others: &[Arc<Layer>]) -> Territory {
    let level = LevelParts {
        id: base.id().to_owned(),
        title: Title::default(),
        layer: Some(Arc::clone(base)),
        keys: base.keys().iter().map(str::to_owned).collect(),
        names: vec![String::new(); base.len()],
        parents,
    };
    let parts = TerritoryParts {
        name: "test".to_owned(),
        languages: vec!["en".to_owned()],
        crs: "none".to_owned(),
        layers: others.iter().chain([base]).map(Arc::clone).collect(),
        levels: vec![level],
        indicators: vec![],
        heatmaps: vec![],
        projection: Arc::new(Equator),
        generation: 1,
    };
    Territory::new(parts).unwrap()
}

/// A feature as somebody else's decoder has it.
#[derive(Debug)]
struct Read {
    id: Option<u64>,
    geometry: Geometry<f64>,
    count: u64,
    sum: Option<f64>,
}

fn read(bytes: &[u8]) -> Vec<Read> {
    let Ok(tile) = MvtReaderRef::new(bytes).and_then(|reader| reader.to_tile()) else {
        panic!("the tile cannot be read");
    };
    let feature = |feature: &fast_mvt::MvtFeature| {
        let geometry: Geometry<i32> = feature.geometry.clone();
        let float = |at: Coord<i32>| Coord {
            x: f64::from(at.x),
            y: f64::from(at.y),
        };
        let value = |name: &str| {
            let mut properties = feature.properties.iter();
            properties
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.clone())
        };
        Read {
            id: feature.id,
            geometry: geometry.map_coords(float),
            count: match value(FEATURE_COUNT) {
                Some(MvtValue::UInt(count)) => count,
                _ => 1,
            },
            sum: match value("pop") {
                Some(MvtValue::Double(value)) => Some(value),
                _ => None,
            },
        }
    };
    tile.layers
        .iter()
        .flat_map(|layer| &layer.features)
        .map(feature)
        .collect()
}

fn polygons(geometry: &Geometry<f64>) -> MultiPolygon<f64> {
    match geometry {
        Geometry::Polygon(polygon) => MultiPolygon(vec![polygon.clone()]),
        Geometry::MultiPolygon(polygons) => polygons.clone(),
        other => panic!("a polygon was expected: {other:?}"),
    }
}

/// What lies in the tile itself, without the buffer.
fn shown(polygons: &MultiPolygon<f64>) -> MultiPolygon<f64> {
    let side = f64::from(EXTENT);
    polygons.intersection(&Rect::new((0.0, 0.0), (side, side)).to_polygon())
}

fn tile_of(
    territory: &Territory,
    source: &str,
    z: u8,
    x: u32,
    y: u32,
    options: &TileOptions,
) -> Tile {
    let coord = TileCoord::new(z, x, y).unwrap();
    territory
        .tile_and_account(&[source], coord, options)
        .unwrap()
}

/// Tiles of a zoom around the place where the four quarters of the world meet: what the tests draw lies there.
fn around(z: u8, reach: u32) -> Vec<(u8, u32, u32)> {
    let middle = 1u32 << z.saturating_sub(1);
    let (low, high) = (middle.saturating_sub(reach), (middle + reach).min(1 << z));
    (low..high)
        .flat_map(|x| (low..high).map(move |y| (z, x, y)))
        .collect()
}

/// Polygons that cross themselves, fold, touch themselves and shrink to lines at low zooms.
fn hostile() -> impl Strategy<Value = Vec<Polygon<f64>>> {
    let ring = |reach: f64| prop::collection::vec((-reach..reach, -reach..reach), 3..24);
    let line = |ring: Vec<(f64, f64)>| LineString::from(ring);
    let polygon = prop_oneof![
        (ring(3000.0), prop::collection::vec(ring(900.0), 0..3)).prop_map(
            move |(exterior, holes)| {
                Polygon::new(line(exterior), holes.into_iter().map(line).collect())
            }
        ),
        // Slivers: there and back again within a metre.
        prop::collection::vec((-3000.0..3000.0f64, -3000.0..3000.0f64), 3..12).prop_map(
            move |way| {
                let back = way.iter().rev().map(|&(x, y)| (x + 0.7, y - 0.7));
                Polygon::new(line(way.iter().copied().chain(back).collect()), vec![])
            }
        ),
        // Stars whose points are thinner than a unit.
        (
            prop::collection::vec(1.0..2500.0f64, 6..40),
            -500.0..500.0f64
        )
            .prop_map(move |(radii, shift)| {
                let step = std::f64::consts::TAU / radii.len() as f64;
                let at = |(number, radius): (usize, &f64)| {
                    let (sin, cos) = (step * number as f64).sin_cos();
                    (shift + radius * cos, shift + radius * sin)
                };
                Polygon::new(line(radii.iter().enumerate().map(at).collect()), vec![])
            }),
    ];
    prop::collection::vec(polygon, 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(5), failure_persistence: None, cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn every_polygon_of_every_tile_is_valid_whatever_the_source(sources in hostile()) {
        let geometries: Vec<Geometry<f64>> = sources.into_iter().map(Geometry::from).collect();
        let territory = territory(&geometries, vec![]);
        for z in [0, 8, 11, 12, 13, 14, 15, 17, 20] {
            for (z, x, y) in around(z, 1) {
                let tile = tile_of(&territory, "x", z, x, y, &TileOptions::default());
                for feature in read(&tile.bytes) {
                    let polygons = polygons(&feature.geometry);
                    prop_assert!(polygons.is_valid(), "{z}/{x}/{y} {:?} {polygons:?}", polygons.validation_errors());
                    prop_assert!(polygons.0.iter().all(|polygon| polygon.unsigned_area() > 0.0));
                }
            }
        }
    }

    #[test]
    fn a_coverage_has_no_gap_and_no_overlap_at_any_zoom(seed in 0u64..1000, wild in 0.0..0.6f64) {
        let coverage = coverage(seed, 9, wild);
        let source = unary_union(&coverage);
        let doubled: f64 = coverage.iter().map(Area::unsigned_area).sum::<f64>() - source.unsigned_area();
        // Borders that wander far may cross each other: that is no coverage.
        prop_assume!(doubled < 1.0 && coverage.iter().all(Validation::is_valid));
        let geometries: Vec<Geometry<f64>> = coverage.into_iter().map(Geometry::from).collect();
        let territory = territory(&geometries, vec![]);
        for z in [6, 9, 10, 11, 12, 13, 14] {
            let (mut area, mut outline) = (0.0, 0.0);
            for (z, x, y) in around(z, 2) {
                let tile = tile_of(&territory, "x", z, x, y, &TileOptions::default());
                let all: Vec<_> = read(&tile.bytes).iter().map(|feature| shown(&polygons(&feature.geometry))).collect();
                let sum: f64 = all.iter().map(Area::unsigned_area).sum();
                let union = unary_union(&all);
                let holes: f64 = union.0.iter().flat_map(Polygon::interiors).map(|hole| Polygon::new(hole.clone(), vec![]).unsigned_area()).sum();
                // Where a border turns back within a unit, one of the two that share it gives up the fold: half a unit or so.
                prop_assert!(sum - union.unsigned_area() < 2.0, "overlap {} at {z}/{x}/{y}", sum - union.unsigned_area());
                prop_assert!(holes < 2.0, "gaps {holes} at {z}/{x}/{y}");
                area += sum;
                outline += union.unsigned_area();
            }
            prop_assert!((area - outline).abs() < 4.0);
        }
    }
}

/// A square of `side` × `side` cells whose borders wander, 20 km wide.
fn coverage(seed: u64, side: usize, wild: f64) -> Vec<Polygon<f64>> {
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    let width = 20_000.0 / side as f64;
    let mut near = |reach: f64| random.random_range(-reach..=reach);
    let corners: Vec<Vec<Coord<f64>>> = (0..=side)
        .map(|column| {
            (0..=side)
                .map(|row| Coord {
                    x: column as f64 * width - 10_000.0 + near(width * wild * 0.4),
                    y: row as f64 * width - 10_000.0 + near(width * wild * 0.4),
                })
                .collect()
        })
        .collect();
    // Between two corners the border wanders within a tenth of their distance.
    let mut wander = |a: Coord<f64>, b: Coord<f64>| {
        let steps = 12;
        let (along, across) = (
            (b - a) / f64::from(steps),
            Coord {
                x: a.y - b.y,
                y: b.x - a.x,
            },
        );
        let mut way = vec![a];
        way.extend((1..steps).map(|step| a + along * f64::from(step) + across * near(wild * 0.1)));
        way
    };
    let mut flat = vec![vec![vec![]; side + 1]; side];
    let mut steep = vec![vec![vec![]; side]; side + 1];
    for column in 0..=side {
        for row in 0..=side {
            if column < side {
                flat[column][row] = wander(corners[column][row], corners[column + 1][row]);
            }
            if row < side {
                steep[column][row] = wander(corners[column][row], corners[column][row + 1]);
            }
        }
    }
    let back = |way: &[Coord<f64>], from: Coord<f64>| {
        let mut back = vec![from];
        back.extend(way[1..].iter().rev());
        back
    };
    let mut cells = vec![];
    for column in 0..side {
        for row in 0..side {
            let mut ring = flat[column][row].clone();
            ring.extend(&steep[column + 1][row]);
            ring.extend(back(&flat[column][row + 1], corners[column + 1][row + 1]));
            ring.extend(back(&steep[column][row], corners[column][row + 1]));
            cells.push(Polygon::new(LineString::new(ring), vec![]));
        }
    }
    cells
}

/// Small blocks with streets between them.
fn blocks(side: u32) -> Vec<Geometry<f64>> {
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(11);
    let mut block = |number: u32| {
        let mut near = || random.random_range(0.0..12.0);
        let x = f64::from(number % side) * 62.3 - 900.0 + near();
        let y = f64::from(number / side) * 62.3 - 900.0 + near();
        Geometry::from(Rect::new((x, y), (x + 36.0 + near(), y + 36.0 + near())).to_polygon())
    };
    (0..side * side).map(&mut block).collect()
}

fn area_units(geometries: &[Geometry<f64>], z: u8) -> f64 {
    let unit_degrees = 360.0 / f64::from(1 << z) / f64::from(EXTENT);
    let square_m: f64 = geometries.iter().map(Area::unsigned_area).sum();
    square_m / 1e10 / unit_degrees / unit_degrees
}

fn bounded(bytes: usize) -> TileOptions {
    TileOptions {
        bytes_max: Some(bytes),
        sums: vec!["pop".to_owned()],
        ..TileOptions::default()
    }
}

#[test]
fn blocks_below_a_pixel_keep_their_number_their_area_and_their_sum() {
    let geometries = blocks(30);
    let pop = Column::new("pop", (0..900).map(|row| Value::Real(f64::from(row))));
    let territory = territory(&geometries, vec![pop]);
    for (z, bytes) in [
        (9, 200_000),
        (9, 8_000),
        (10, 20_000),
        (12, 9_000),
        (13, 400_000),
    ] {
        let (mut area, mut count, mut sum) = (0.0, 0, 0.0);
        let mut seen = std::collections::HashSet::new();
        for (z, x, y) in around(z, 1) {
            let tile = tile_of(&territory, "x", z, x, y, &bounded(bytes));
            assert!(tile.bytes.len() <= bytes, "{} at z {z}", tile.bytes.len());
            assert_eq!((tile.collapsed(), tile.omitted()), (0, 0));
            for feature in read(&tile.bytes) {
                area += shown(&polygons(&feature.geometry)).unsigned_area();
                if tile.layers[0].coarsened == 0 && z < 12 && seen.insert(feature.id) {
                    count += feature.count;
                    sum += feature.sum.unwrap();
                }
            }
        }
        let expected = area_units(&geometries, z);
        assert!(
            (area / expected - 1.0).abs() < 0.02,
            "z {z}: {area} of {expected}"
        );
        if bytes == 200_000 {
            assert_eq!((count, sum), (900, f64::from(899 * 900 / 2)));
        }
    }
}

#[test]
fn one_tile_accounts_for_every_feature_of_every_kind() {
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(2);
    let mut at = || Coord {
        x: random.random_range(-4000.0..-100.0),
        y: random.random_range(100.0..4000.0),
    };
    let points: Vec<Geometry<f64>> = (0..5000).map(|_| Point(at()).into()).collect();
    let lines: Vec<Geometry<f64>> = (0..2000)
        .map(|_| LineString::new(vec![at(), at(), at()]).into())
        .collect();
    let pop = || Column::new("pop", (0..5000).map(|_| Value::Real(1.0)));
    let filter = Filter::parse("pop > 0").unwrap();
    // Polygons without area count as well.
    let flat = |at: Coord<f64>| {
        let ends = [
            at,
            Coord {
                x: at.x + 9.0,
                ..at
            },
        ];
        Polygon::new(LineString::from(vec![ends[0], ends[1], ends[0]]), vec![]).into()
    };
    let flats: Vec<Geometry<f64>> = (0..50).map(|_| flat(at())).collect();
    let crowd = [blocks(12), flats].concat();
    let kinds = [
        (points, vec![pop()]),
        (lines, vec![]),
        (blocks(40), vec![]),
        (crowd, vec![]),
    ];
    for (geometries, columns) in kinds {
        let count = geometries.len();
        let has_column = !columns.is_empty();
        let territory = territory(&geometries, columns);
        let tight = (10..400).step_by(13);
        for bytes in tight.chain([2_000, 20_000, 100_000, 10_000_000]) {
            for filter in [None, Some(filter.clone())]
                .into_iter()
                .take(1 + usize::from(has_column))
            {
                let options = TileOptions {
                    bytes_max: Some(bytes),
                    filter,
                    ..TileOptions::default()
                };
                let tile = territory
                    .tile_and_account(&["x"], TileCoord::new(0, 0, 0).unwrap(), &options)
                    .unwrap();
                assert!(tile.bytes.len() <= bytes, "{} of {bytes}", tile.bytes.len());
                assert_eq!(
                    tile.features() + tile.merged() + tile.collapsed() + tile.omitted(),
                    count
                );
                let read = read(&tile.bytes);
                assert_eq!(read.len(), tile.features());
                let counted: u64 = read.iter().map(|feature| feature.count).sum();
                assert_eq!(counted, (tile.features() + tile.merged()) as u64);
            }
        }
    }
}

#[test]
fn a_maximum_of_features_is_kept_and_layers_share_it() {
    let geometries = blocks(40);
    let territory = territory(&geometries, vec![]);
    let coord = TileCoord::new(12, 2047, 2048).unwrap();
    let options = TileOptions {
        features_max: Some(50),
        ..TileOptions::default()
    };
    let tile = territory
        .tile_and_account(&["x", "district"], coord, &options)
        .unwrap();
    assert!(
        tile.features() <= 50 && tile.features() > 10,
        "{}",
        tile.features()
    );
    assert_eq!(
        tile.layers[1].features, 1,
        "a small layer is not cut for a large one"
    );
}

#[test]
fn districts_merge_within_their_parent_alone() {
    let cells: Vec<Geometry<f64>> = coverage(7, 9, 0.5)
        .into_iter()
        .map(Geometry::from)
        .collect();
    let base = Arc::new(layer("cells", &cells, vec![]));
    let parents: Vec<Option<u32>> = (0..81u32).map(|row| Some(row / 27)).collect();
    let detail = base
        .details()
        .polygons(&base, Some(&parents), crate::generalise::natural(4));
    let detail = detail.expect("a cell of two kilometres is less than a pixel of zoom 4");
    let families: Vec<Vec<Option<u32>>> = (0..detail.rows.len())
        .map(|feature| {
            let mut families: Vec<_> = detail
                .members(feature)
                .iter()
                .map(|&row| parents[row as usize])
                .collect();
            families.dedup();
            families
        })
        .collect();
    assert!(
        families.iter().all(|families| families.len() == 1),
        "{families:?}"
    );
    assert!(
        detail.rows.len() < 20 && detail.rows.len() >= 3,
        "{}",
        detail.rows.len()
    );
}

#[test]
fn the_best_by_a_rank_stands_for_the_others() {
    let points: Vec<Geometry<f64>> = (0..100)
        .map(|row| Point::new(-500.0 - f64::from(row % 10), 500.0).into())
        .collect();
    let pop = Column::new("pop", (0..100).map(|row| Value::Integer((row * 37) % 100)));
    let territory = territory(&points, vec![pop]);
    let options = TileOptions {
        rank: Some("pop".to_owned()),
        features_max: Some(1),
        ..TileOptions::default()
    };
    let tile = tile_of(&territory, "x", 0, 0, 0, &options);
    let best = (0..100).find(|row| (row * 37) % 100 == 99).unwrap();
    let expected = territory.layer("x").unwrap().feature_id(best);
    assert_eq!(read(&tile.bytes)[0].id, Some(expected));
    assert_eq!((tile.features(), tile.merged()), (1, 99));
}

#[test]
fn threads_do_not_change_a_byte() {
    let geometries: Vec<Geometry<f64>> = coverage(3, 12, 0.7)
        .into_iter()
        .map(Geometry::from)
        .chain(blocks(20))
        .collect();
    let tiles = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            let territory = territory(&geometries, vec![]);
            let at = |(z, x, y)| tile_of(&territory, "x", z, x, y, &bounded_plain(30_000)).bytes;
            [3, 8, 10, 13]
                .into_iter()
                .flat_map(|z| around(z, 1))
                .map(at)
                .collect::<Vec<_>>()
        })
    };
    assert!(tiles(1) == tiles(4), "the bytes differ");
}

fn bounded_plain(bytes: usize) -> TileOptions {
    TileOptions {
        bytes_max: Some(bytes),
        ..TileOptions::default()
    }
}

#[test]
fn a_tile_of_values_holds_the_features_of_the_other_within_the_same_bounds() {
    let geometries = blocks(40);
    let territory = territory(&geometries, vec![]);
    for (z, bytes) in [(9, 5_000), (10, 8_000), (12, 30_000), (14, 1_000_000)] {
        for (z, x, y) in around(z, 1) {
            let shapes = tile_of(&territory, "x", z, x, y, &bounded_plain(bytes));
            let options = TileOptions {
                without_geometry: true,
                ..bounded_plain(bytes)
            };
            let values = tile_of(&territory, "x", z, x, y, &options);
            let ids = |tile: &Tile| {
                read(&tile.bytes)
                    .iter()
                    .map(|feature| feature.id)
                    .collect::<Vec<_>>()
            };
            assert_eq!(ids(&shapes), ids(&values));
            assert_eq!(shapes.layers, values.layers);
            assert!(values.bytes.len() < shapes.bytes.len());
        }
    }
}

#[test]
fn a_feature_larger_than_the_bound_is_left_out_and_the_others_are_not() {
    let geometries: Vec<Geometry<f64>> = (0..9)
        .map(|row| Point::new(-500.0 - f64::from(row) * 40.0, 500.0).into())
        .collect();
    let long = "x".repeat(5_000);
    let text = |row: usize| {
        if row == 4 {
            Value::Text(&long)
        } else {
            Value::Text("short")
        }
    };
    let territory = territory(&geometries, vec![Column::new("text", (0..9).map(text))]);
    for filter in [None, Some(Filter::parse("text IS NOT NULL").unwrap())] {
        let options = TileOptions {
            filter,
            ..bounded_plain(2_000)
        };
        let coord = TileCoord::new(18, (1 << 17) - 1, (1 << 17) - 4).unwrap();
        let tile = territory.tile_and_account(&["x"], coord, &options).unwrap();
        assert!(tile.bytes.len() <= 2_000);
        let all = territory
            .tile_and_account(&["x"], coord, &TileOptions::default())
            .unwrap();
        let told =
            |tile: &Tile| tile.features() + tile.merged() + tile.collapsed() + tile.omitted();
        assert_eq!(told(&tile), told(&all));
    }
    let whole = TileCoord::new(0, 0, 0).unwrap();
    let tile = territory
        .tile_and_account(&["x"], whole, &bounded_plain(2_000))
        .unwrap();
    assert!(tile.bytes.len() <= 2_000);
    assert_eq!(
        tile.features() + tile.merged() + tile.collapsed() + tile.omitted(),
        9
    );
    let filtered = TileOptions {
        filter: Some(Filter::parse("text LIKE 'x%'").unwrap()),
        ..bounded_plain(2_000)
    };
    let tile = territory
        .tile_and_account(&["x"], whole, &filtered)
        .unwrap();
    assert_eq!(
        (tile.features(), tile.omitted(), tile.bytes.len()),
        (0, 1, 0)
    );
}

#[test]
fn what_is_gathered_stands_where_it_is() {
    let towns = [-0.5, -1.5, -2.5, -3.5, -4.5];
    let buildings: Vec<Geometry<f64>> = towns
        .iter()
        .map(|lon| {
            let corner = Coord {
                x: lon * 1e5,
                y: 1e5,
            };
            let across = Coord {
                x: corner.x + 10.0,
                y: corner.y + 10.0,
            };
            Rect::new(corner, across).to_polygon().into()
        })
        .collect();
    let territory = territory(&buildings, vec![]);
    let tile = tile_of(&territory, "x", 6, 31, 31, &TileOptions::default()).bytes;
    let mut middles: Vec<f64> = read(&tile)
        .iter()
        .map(|feature| feature.geometry.centroid().unwrap().x())
        .collect();
    middles.sort_by(f64::total_cmp);
    assert_eq!(middles.len(), towns.len());
    for (middle, town) in middles.iter().zip(towns.iter().rev()) {
        let wanted = (town + 5.625) / 5.625 * 4096.0;
        assert!((middle - wanted).abs() <= 2.0, "{middle} for {wanted}");
    }
}

#[test]
fn polygons_meet_at_the_antimeridian() {
    let strip = |south: f64| {
        Rect::new((1.7e7, south), (1.8e7, south + 1e6))
            .to_polygon()
            .into()
    };
    let territory = territory(&[strip(0.0), strip(1e6), strip(2e6)], vec![]);
    let tile = tile_of(&territory, "x", 3, 7, 3, &TileOptions::default()).bytes;
    assert_eq!(read(&tile).len(), 3);
}
