//! Hostile bytes: whatever is done to a good file, reading it ends with features or with an error, never with a panic.

pub(super) mod sample;
mod xml;

use std::fs;
use std::path::Path;

use comarca_engine::Value;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::{Features, ReadOptions, read};

/// What is done to a file, one after the other.
#[derive(Clone, Debug)]
pub(super) enum Damage {
    Cut(prop::sample::Index),
    Byte(prop::sample::Index, u8),
    Number(prop::sample::Index, u32),
    Repeat(prop::sample::Index, u8),
}

pub(super) fn damage() -> impl Strategy<Value = Vec<Damage>> {
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

pub(super) fn damaged(good: &[u8], damages: &[Damage]) -> Vec<u8> {
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

/// A file of the corpus.
pub(super) fn corpus(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    fs::read(folder.join(name)).expect(name)
}

/// Damages the member `part` of an archive, so that its bytes are wrong but its checksum is right.
fn assert_survives_inside(name: &str, good: &[u8], part: &str) {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(good)).expect("an archive");
    let mut members = vec![];
    for number in 0..archive.len() {
        let mut member = archive.by_index(number).expect("a member");
        let mut bytes = vec![];
        std::io::Read::read_to_end(&mut member, &mut bytes).expect("bytes");
        members.push((member.name().expect("a name").into_owned(), bytes));
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    check_damages(100, |damages| {
        let members: Vec<(&str, Vec<u8>)> = members
            .iter()
            .map(|(name, bytes)| match name == part {
                true => (name.as_str(), damaged(bytes, damages)),
                false => (name.as_str(), bytes.clone()),
            })
            .collect();
        let members: Vec<(&str, &[u8])> = members
            .iter()
            .map(|(name, bytes)| (*name, bytes.as_slice()))
            .collect();
        fs::write(&path, sample::zip(&members)).expect("a file");
        for layer in read_whole(&path).unwrap_or_default() {
            assert_consistent(&layer);
        }
    });
}

/// Calls `survives` with so many damages, always the same.
fn check_damages(cases: u32, survives: impl Fn(&[Damage])) {
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner =
        TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let result = runner.run(&damage(), |damages| {
        survives(&damages);
        Ok(())
    });
    result.expect("it survives");
}

/// Damages the file `name` of `files`, which lie in one folder, and reads `main`.
pub(super) fn assert_survives(main: &str, files: &[(&str, Vec<u8>)], name: &str) {
    assert_survives_with(&ReadOptions::default(), main, files, name);
}

fn assert_survives_with(options: &ReadOptions, main: &str, files: &[(&str, Vec<u8>)], name: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).expect("a file");
    }
    let main = folder.path().join(main);
    read(&main, options).expect("the undamaged file is good");
    let good = &files
        .iter()
        .find(|(file, _)| *file == name)
        .expect("a file of that name")
        .1;
    check_damages(250, |damages| {
        fs::write(folder.path().join(name), damaged(good, damages)).expect("a file");
        for layer in read(&main, options).unwrap_or_default() {
            assert_consistent(&layer);
        }
    });
}

/// Damages the file `good` and looks at it by `look`, under its name in a folder.
pub(super) fn assert_survived_bytes(name: &str, good: &[u8], look: impl Fn(&Path)) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    check_damages(250, |damages| {
        fs::write(&path, damaged(good, damages)).expect("a file");
        look(&path);
    });
}

fn read_whole(path: &Path) -> Result<Vec<Features>, crate::LoadError> {
    read(path, &ReadOptions::default())
}

/// Everything is of one length, every coordinate is a number and belongs to a feature.
pub(super) fn assert_consistent(layer: &Features) {
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
fn a_damaged_index_of_a_flatgeobuf_is_survived() {
    let corpus = include_bytes!("../../corpus/flatgeobuf/blocks.fgb").to_vec();
    // Damage is spread over the whole file, so a small one and one with a real tree are both worth it.
    for (bytes, window) in [
        (sample::flatgeobuf(true), [0.0, 0.0, 9.0, 9.0]),
        (corpus, [348_000.0, 6_291_000.0, 350_000.0, 6_292_000.0]),
    ] {
        let options = ReadOptions {
            window: Some(window),
            ..ReadOptions::default()
        };
        assert_survives_with(&options, "a.fgb", &[("a.fgb", bytes)], "a.fgb");
    }
}

#[test]
fn a_damaged_geopackage_is_survived() {
    assert_survives("a.gpkg", &[("a.gpkg", sample::geopackage())], "a.gpkg");
}

/// The files of a folder of the corpus.
fn corpus_files(folder: &str) -> Vec<std::path::PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(folder);
    let files = fs::read_dir(folder).expect("a folder");
    let mut files: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    files.sort();
    files
}

fn assert_corpus_survives(folder: &str) {
    for file in corpus_files(folder) {
        let name = file
            .file_name()
            .and_then(|name| name.to_str())
            .expect("a name");
        let bytes = fs::read(&file).expect("a file");
        assert_survives(name, &[(name, bytes)], name);
    }
}

#[test]
fn damaged_parquet_is_survived() {
    assert_corpus_survives("parquet");
}

#[test]
fn damaged_arrow_is_survived() {
    assert_corpus_survives("arrow");
}

#[test]
fn a_damaged_archive_is_survived() {
    let [shp, shx, dbf] = sample::shapefile();
    let csv = sample::csv();
    let members: [(&str, &[u8]); 4] = [
        ("a.shp", &shp),
        ("a.shx", &shx),
        ("a.dbf", &dbf),
        ("b/c.csv", &csv),
    ];
    assert_survives("a.zip", &[("a.zip", sample::zip(&members))], "a.zip");
}

#[test]
fn a_damaged_feed_in_an_archive_is_survived() {
    let good = corpus("zip/gtfs.zip");
    assert_survives("a.zip", &[("a.zip", good.clone())], "a.zip");
    for part in ["stops", "routes", "trips", "shapes"] {
        assert_survives_inside("a.zip", &good, &format!("feed/{part}.txt"));
    }
}

#[test]
fn damaged_workbooks_are_survived() {
    for name in ["a.xlsx", "a.xls", "a.ods"] {
        let good = corpus(&name.replace("a.", "workbook/municipal."));
        assert_survives(name, &[(name, good)], name);
    }
    let xlsx = corpus("workbook/municipal.xlsx");
    let parts = [
        "sharedStrings",
        "styles",
        "workbook",
        "worksheets/sheet1",
        "_rels/workbook",
    ];
    for part in parts {
        let extension = if part.starts_with('_') {
            "xml.rels"
        } else {
            "xml"
        };
        assert_survives_inside("a.xlsx", &xlsx, &format!("xl/{part}.{extension}"));
    }
    assert_survives_inside("a.ods", &corpus("workbook/municipal.ods"), "content.xml");
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
    let of_others = [
        "parquet/wkb.parquet",
        "parquet/own_type.parquet",
        "parquet/delta_none.parquet",
        "parquet/delta_gzip.parquet",
        "parquet/delta_brotli.parquet",
        "parquet/delta_lz4.parquet",
        "arrow/wkb_lz4.arrow",
        "arrow/wkb_zstd.arrow",
        "arrow/wkt.arrows",
        "arrow/geopandas.feather",
    ];
    for file in of_others {
        let bytes = fs::read(
            Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("corpus")
                .join(file),
        );
        let name = file.split('/').next_back().expect("a name");
        fs::write(folder.path().join(name), bytes.expect(file)).expect("a file");
    }
    let of_others = of_others.map(|file| file.split('/').next_back().expect("a name"));
    for name in [
        "a.geojson",
        "a.geojsonl",
        "a.shp",
        "a.fgb",
        "b.fgb",
        "a.gpkg",
        "a.csv",
    ]
    .into_iter()
    .chain(of_others)
    {
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
fn every_format_gives_the_features_of_a_window_and_counts_the_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = ReadOptions {
        window: Some([21.0, 0.0, 30.0, 0.5]),
        ..ReadOptions::default()
    };
    for (name, bytes) in [
        ("a.geojson", sample::geojson()),
        ("a.fgb", sample::flatgeobuf(true)),
        ("b.fgb", sample::flatgeobuf(false)),
        ("a.gpkg", sample::geopackage()),
        ("a.csv", sample::csv()),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("a file");
        let layers = read(&path, &options).expect(name);
        assert_eq!(layers[0].coordinates, sample::COORDINATES[10..], "{name}");
        let outside: u64 = layers[0]
            .problems
            .iter()
            .filter(|problem| problem.message == super::window::OUTSIDE)
            .map(|problem| problem.count)
            .sum();
        assert_eq!(outside, 2, "{name}");
    }
}

#[test]
fn an_empty_file_is_a_layer_without_rows_and_a_warning() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in [
        "a.geojson",
        "a.csv",
        "a.shp",
        "a.dbf",
        "a.fgb",
        "a.gpkg",
        "a.parquet",
        "a.arrow",
    ] {
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

#[test]
fn heights_and_measures_are_left_out_with_a_notice_in_every_format() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/dimensions");
    let folder = tempfile::tempdir().expect("a folder");
    let text = folder.path().join("a.csv");
    let geometries = [
        "POINT Z (1 2 3)",
        "POINT M (1 2 3)",
        "LINESTRING ZM (1 2 3 4, 5 6 7 8)",
        // ISO and extended WKB of POINT Z (1 2 3).
        "01E9030000000000000000F03F00000000000000400000000000000840",
        "0101000080000000000000F03F00000000000000400000000000000840",
    ];
    let lines = geometries.map(|geometry| format!("\"{geometry}\""));
    fs::write(&text, format!("wkt\n{}\n", lines.join("\n"))).expect("a file");
    let json = folder.path().join("a.geojson");
    fs::write(&json, r#"{"type":"Point","coordinates":[1,2,3]}"#).expect("a file");
    let files = [
        "points_z.shp",
        "lines_z.shp",
        "polygons_z.shp",
        "polygons_z.fgb",
    ];
    let files = files.map(|name| corpus.join(name));
    for file in files.iter().chain([&text, &json]) {
        let layer = &read_whole(file).expect("a layer")[0];
        let told = layer
            .problems
            .iter()
            .find(|problem| problem.message.contains("heights and measures"));
        let count = told.map_or(0, |problem| problem.count);
        assert_eq!(
            count,
            layer.len() as u64,
            "{}: {:?}",
            file.display(),
            layer.problems
        );
        let placed = (0..layer.len())
            .filter(|row| layer.has_geometry(*row))
            .count();
        assert_eq!(placed, layer.len(), "{}", file.display());
    }
}

#[cfg(not(feature = "remote"))]
#[test]
fn addresses_need_the_feature_that_is_off() {
    use super::{Location, read_location};
    for address in ["postgresql://ana:s3cret@h/db", "https://h/a.csv?key=s3cret"] {
        let read = read_location(&Location::parse(address), &ReadOptions::default());
        let error = read.expect_err("not built in").to_string();
        assert!(
            error.contains("feature `remote`") && !error.contains("s3cret"),
            "{error}"
        );
    }
}
