use std::path::{Path, PathBuf};

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags};

use crate::CITY;

const FILES: [&str; 11] = [
    "territory/communes.geojson",
    "territory/districts.fgb",
    "territory/sectors.csv",
    "census/blocks.shp",
    "census/blocks.shx",
    "census/blocks.dbf",
    "census/blocks.prj",
    "census/blocks.cpg",
    "infrastructure/health.geojson",
    "infrastructure/schools.csv",
    "infrastructure/stops.csv",
];
const GEOPACKAGES: [&str; 2] = ["infrastructure/parks.gpkg", "demand/demands.gpkg"];

/// The folder of the bundled sample.
fn committed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn generated() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    CITY.write(folder.path())
        .expect("the sample can be written");
    folder
}

fn bytes(folder: &Path, file: &str) -> Vec<u8> {
    std::fs::read(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

#[test]
fn writing_twice_makes_the_same_bytes_of_every_file() {
    let (one, two) = (generated(), generated());
    for file in FILES.iter().chain(&GEOPACKAGES) {
        assert!(
            bytes(one.path(), file) == bytes(two.path(), file),
            "{file} differs"
        );
    }
}

/// After a wanted change: `cargo run -p comarca-generator --bin generate -- --sample data`.
#[test]
fn the_committed_files_are_what_the_generator_makes() {
    let fresh = generated();
    for file in FILES {
        assert!(
            bytes(fresh.path(), file) == bytes(&committed(), file),
            "{file} is not the generator's"
        );
    }
    // Rows, not bytes: the header of an SQLite file names the library's version.
    for file in GEOPACKAGES {
        assert!(
            rows(&fresh.path().join(file)) == rows(&committed().join(file)),
            "{file} is not the generator's"
        );
    }
}

#[test]
fn the_sample_stays_under_ten_megabytes() {
    let size = |file: &&str| {
        std::fs::metadata(committed().join(file)).map_or(0, |metadata| metadata.len())
    };
    assert!(FILES.iter().chain(&GEOPACKAGES).map(size).sum::<u64>() < 10_000_000);
}

#[test]
fn a_geopackage_says_what_it_is() {
    let folder = generated();
    let file = Connection::open(folder.path().join("demand/demands.gpkg")).expect("an SQLite file");
    let number = |sql: &str| {
        file.query_row(sql, [], |row| row.get::<_, i64>(0))
            .expect(sql)
    };
    assert_eq!(number("PRAGMA application_id"), 0x4750_4b47);
    assert_eq!(
        number("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"),
        0
    );
    assert_eq!(number("SELECT count(*) FROM pragma_foreign_key_check"), 0);
    assert_eq!(
        number("SELECT srs_id FROM gpkg_geometry_columns WHERE table_name = 'demands'"),
        4326
    );
    assert_eq!(
        number("SELECT count(*) FROM demands WHERE substr(hex(geom), 1, 4) = '4750'"),
        5_000
    );
    assert_eq!(
        number("SELECT count(*) FROM gpkg_contents WHERE data_type = 'attributes'"),
        1
    );
}

#[test]
fn the_block_table_is_latin_1_as_its_code_page_says() {
    let folder = generated();
    let table = bytes(folder.path(), "census/blocks.dbf");
    let has = |text: &[u8]| table.windows(text.len()).any(|window| window == text);
    assert_eq!(bytes(folder.path(), "census/blocks.cpg"), b"ISO-8859-1");
    assert!(has(b"Educaci\xf3n") && !has("Educación".as_bytes()));
}

/// Every row of every table that the generator fills.
fn rows(path: &Path) -> Vec<Vec<Value>> {
    let file = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .expect("an SQLite file");
    let mut rows = Vec::new();
    for table in ["parks", "demands", "assemblies"] {
        let Ok(mut query) = file.prepare(&format!("SELECT * FROM {table} ORDER BY fid")) else {
            continue;
        };
        let width = query.column_count();
        let mut cursor = query.query([]).expect("a table");
        while let Some(row) = cursor.next().expect("a row") {
            rows.push((0..width).map(|i| row.get(i).expect("a value")).collect());
        }
    }
    rows
}
