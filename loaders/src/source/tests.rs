//! Hostile bytes: whatever is done to a good file, reading it ends with features or with an error, never with a panic.

pub(super) mod sample;

use std::fs;
use std::path::Path;

use comarca_engine::Value;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::{Features, ReadOptions, read};

/// What is done to a file, one after the other.
#[derive(Clone, Debug)]
enum Damage {
    Cut(prop::sample::Index),
    Byte(prop::sample::Index, u8),
    Number(prop::sample::Index, u32),
    Repeat(prop::sample::Index, u8),
}

fn damage() -> impl Strategy<Value = Vec<Damage>> {
    let at = any::<prop::sample::Index>;
    let number = prop::sample::select(vec![
        0,
        1,
        100_000_000,
        i32::MAX as u32,
        0x8000_0000,
        0xffff_fffe,
        u32::MAX,
    ]);
    let one = prop_oneof![
        at().prop_map(Damage::Cut),
        (at(), any::<u8>()).prop_map(|(at, byte)| Damage::Byte(at, byte)),
        (at(), number).prop_map(|(at, number)| Damage::Number(at, number)),
        (at(), any::<u8>()).prop_map(|(at, length)| Damage::Repeat(at, length)),
    ];
    prop::collection::vec(one, 1..5)
}

fn damaged(good: &[u8], damages: &[Damage]) -> Vec<u8> {
    let mut bytes = good.to_vec();
    for damage in damages.iter().filter(|_| !good.is_empty()) {
        if bytes.is_empty() {
            break;
        }
        match damage {
            Damage::Cut(at) => bytes.truncate(at.index(bytes.len())),
            Damage::Byte(at, byte) => {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            Damage::Number(at, number) => {
                let at = at.index(bytes.len());
                let end = (at + 4).min(bytes.len());
                bytes[at..end].copy_from_slice(&number.to_le_bytes()[..end - at]);
            }
            Damage::Repeat(at, length) => {
                let at = at.index(bytes.len());
                let end = (at + usize::from(*length)).min(bytes.len());
                bytes.extend_from_within(at..end);
            }
        }
    }
    bytes
}

/// Damages the file `name` of `files`, which lie in one folder, and reads `main`.
fn assert_survives(main: &str, files: &[(&str, Vec<u8>)], name: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).expect("a file");
    }
    let main = folder.path().join(main);
    read_whole(&main).expect("the undamaged file is good");
    let good = &files
        .iter()
        .find(|(file, _)| *file == name)
        .expect("a file of that name")
        .1;
    let config = Config {
        cases: 250,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner =
        TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let survives = |damages: Vec<Damage>| {
        fs::write(folder.path().join(name), damaged(good, &damages)).expect("a file");
        for layer in read_whole(&main).unwrap_or_default() {
            assert_consistent(&layer);
        }
        Ok(())
    };
    runner.run(&damage(), survives).expect("it survives");
}

fn read_whole(path: &Path) -> Result<Vec<Features>, crate::LoadError> {
    read(path, &ReadOptions::default())
}

/// Everything is of one length, every coordinate is a number and belongs to a feature.
fn assert_consistent(layer: &Features) {
    assert!(
        layer
            .columns
            .iter()
            .all(|column| column.len() == layer.len())
    );
    assert_eq!(layer.shapes.coordinate_count(), layer.coordinates.len());
    assert!(
        layer
            .coordinates
            .iter()
            .flatten()
            .all(|number| number.is_finite())
    );
    let counted: usize = layer.geometry_counts().iter().map(|(_, count)| count).sum();
    assert_eq!(counted, layer.len());
}

#[test]
fn damaged_geojson_is_survived() {
    assert_survives(
        "a.geojson",
        &[("a.geojson", sample::geojson())],
        "a.geojson",
    );
}

#[test]
fn a_damaged_sequence_of_features_is_survived() {
    assert_survives(
        "a.geojsonl",
        &[("a.geojsonl", sample::geojson_sequence())],
        "a.geojsonl",
    );
}

#[test]
fn damaged_csv_is_survived() {
    assert_survives("a.csv", &[("a.csv", sample::csv())], "a.csv");
}

#[test]
fn every_part_of_a_shapefile_may_be_damaged() {
    let [shp, shx, dbf] = sample::shapefile();
    let files = [("a.shp", shp), ("a.shx", shx), ("a.dbf", dbf)];
    for name in ["a.shp", "a.shx", "a.dbf"] {
        assert_survives("a.shp", &files, name);
    }
    assert_survives("a.shp", &files[..1], "a.shp");
    assert_survives("a.dbf", &files[2..], "a.dbf");
}

#[test]
fn damaged_flatgeobuf_is_survived() {
    for index in [false, true] {
        assert_survives("a.fgb", &[("a.fgb", sample::flatgeobuf(index))], "a.fgb");
    }
}

#[test]
fn a_damaged_geopackage_is_survived() {
    assert_survives("a.gpkg", &[("a.gpkg", sample::geopackage())], "a.gpkg");
}

#[test]
fn every_format_tells_the_same_of_the_same_features() {
    let [shp, shx, dbf] = sample::shapefile();
    let folder = tempfile::tempdir().expect("a folder");
    let files = [
        ("a.geojson", sample::geojson()),
        ("a.geojsonl", sample::geojson_sequence()),
        ("a.shp", shp),
        ("a.shx", shx),
        ("a.dbf", dbf),
        ("a.fgb", sample::flatgeobuf(true)),
        ("b.fgb", sample::flatgeobuf(false)),
        ("a.gpkg", sample::geopackage()),
        ("a.csv", sample::csv()),
    ];
    for (name, bytes) in &files {
        fs::write(folder.path().join(name), bytes).expect("a file");
    }
    for name in [
        "a.geojson",
        "a.geojsonl",
        "a.shp",
        "a.fgb",
        "b.fgb",
        "a.gpkg",
        "a.csv",
    ] {
        let layers = read_whole(&folder.path().join(name)).expect(name);
        let layer = layers.first().expect(name);
        assert_eq!(layer.coordinates, sample::COORDINATES, "{name}");
        assert_eq!(
            layer.geometry_counts(),
            [("Polygon", 1), ("MultiPolygon", 1), ("None", 1)],
            "{name}"
        );
        let column = |column: &str| {
            (0..3)
                .map(|row| layer.column(column).expect(name).value(row))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            column("name"),
            [Value::Text("Ñuñoa"), Value::Null, Value::Text("01101")],
            "{name}"
        );
        assert_eq!(
            column("count"),
            [Value::Integer(-7), Value::Integer(12), Value::Null],
            "{name}"
        );
        assert_eq!(
            column("share"),
            [Value::Real(0.5), Value::Null, Value::Real(-2.25)],
            "{name}"
        );
    }
}

#[test]
fn an_empty_file_is_a_layer_without_rows_and_a_warning() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["a.geojson", "a.csv", "a.shp", "a.dbf", "a.fgb", "a.gpkg"] {
        let path = folder.path().join(name);
        fs::write(&path, "").expect("a file");
        let layers = read_whole(&path).expect(name);
        assert!(layers[0].is_empty(), "{name}");
        assert!(
            layers[0]
                .problems
                .iter()
                .any(|problem| problem.message == "has no rows"),
            "{name}"
        );
    }
}

#[test]
fn what_is_no_file_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("stops.csv"), "a\n1\n").expect("a file");
    let message = |name: &str| {
        read_whole(&folder.path().join(name))
            .expect_err(name)
            .to_string()
    };
    assert!(message("stop.csv").contains("the folder has stops.csv"));
    assert!(message("").contains("is a folder"));
}
