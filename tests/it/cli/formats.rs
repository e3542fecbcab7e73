//! `comarca info` on each format.

use std::fs;
use std::path::Path;

use comarca_tests::program::{comarca, run};
use comarca_tests::project::{TINY_DISTRICTS, TINY_PEOPLE, sample, write};
use serde_json::{Value, json};
use tempfile::TempDir;

/// What `info --json` says about a file of these bytes.
fn info_of(name: &str, content: impl AsRef<[u8]>) -> Value {
    let folder = TempDir::new().expect("there is room for temporary files");
    write(folder.path(), name, content);
    info(folder.path(), name)
}

/// What `info --json` says about copies of files of the sample, the first of them named.
fn info_of_sample(subfolder: &str, names: &[&str]) -> Value {
    let folder = TempDir::new().expect("there is room for temporary files");
    for name in names {
        let from = sample().join(subfolder).join(name);
        fs::copy(from, folder.path().join(name)).expect("the sample is there");
    }
    info(folder.path(), names[0])
}

fn info(folder: &Path, name: &str) -> Value {
    let outcome =
        run(comarca().current_dir(folder).args(["info", name, "--json"])).expect_success();
    assert_eq!(outcome.stderr, "");
    outcome.json()
}

fn column<'a>(info: &'a Value, name: &str) -> &'a Value {
    let columns = info["columns"].as_array().expect("a list");
    let named = columns.iter().find(|column| column["name"] == name);
    named.unwrap_or_else(|| panic!("no column {name} in {info:#}"))
}

fn assert_about(info: &Value, format: &str, crs: &str, rows: u64, geometry: &Value) {
    let about = ["format", "crs", "rows", "geometry"].map(|name| &info[name]);
    assert_eq!(about, [&json!(format), &json!(crs), &json!(rows), geometry]);
    assert_eq!(info["problems"], json!([]));
}

#[test]
fn geojson_tells_its_columns_and_bounds() {
    let info = info_of("districts.geojson", TINY_DISTRICTS);
    assert_about(&info, "GeoJSON", "EPSG:4326", 2, &json!({ "Polygon": 2 }));
    assert_eq!(info["bounds"], json!([-70.70, -33.50, -70.68, -33.49]));
    assert_eq!(
        *column(&info, "code"),
        json!({ "name": "code", "type": "text", "nulls": 0, "min": "A1", "max": "A2" })
    );
}

#[test]
fn geojson_lines_are_a_format_of_their_own() {
    let lines: String = TINY_DISTRICTS
        .lines()
        .filter(|line| line.contains("\"Feature\""))
        .map(|line| line.trim_end_matches(',').to_owned() + "\n")
        .collect();
    let info = info_of("districts.geojsonl", lines);
    assert_about(
        &info,
        "GeoJSONSeq",
        "EPSG:4326",
        2,
        &json!({ "Polygon": 2 }),
    );
}

#[test]
fn csv_tells_numbers_from_text_and_counts_what_is_missing() {
    let info = info_of(
        "people.csv",
        TINY_PEOPLE.to_owned() + "4,-70.685,-33.497,\n",
    );
    assert_eq!((&info["format"], &info["rows"]), (&json!("CSV"), &json!(4)));
    assert_eq!(
        *column(&info, "persons"),
        json!({ "name": "persons", "type": "integer", "nulls": 1, "min": 5, "max": 10 })
    );
}

#[test]
fn csv_of_another_country_and_another_time_is_read_right() {
    let info = info_of(
        "escuelas.csv",
        b"nombre;razon\nEl Bosque \xd1u\xf1oa;1,5\nSan Ram\xf3n;-2,25\n",
    );
    assert_eq!(
        *column(&info, "nombre"),
        json!({ "name": "nombre", "type": "text", "nulls": 0, "min": "El Bosque Ñuñoa", "max": "San Ramón" })
    );
    assert_eq!(
        *column(&info, "razon"),
        json!({ "name": "razon", "type": "number", "nulls": 0, "min": -2.25, "max": 1.5 })
    );
}

#[test]
fn a_shapefile_tells_the_crs_of_its_prj() {
    let info = info_of_sample(
        "census",
        &[
            "blocks.shp",
            "blocks.shx",
            "blocks.dbf",
            "blocks.prj",
            "blocks.cpg",
        ],
    );
    assert_about(
        &info,
        "Shapefile",
        "EPSG:32719",
        6039,
        &json!({ "Polygon": 6039 }),
    );
    assert_eq!(column(&info, "pop")["type"], "integer");
    assert_eq!(column(&info, "id")["type"], "text");
    assert_eq!(column(&info, "uso")["max"], "Área deportiva");
}

#[test]
fn a_shapefile_without_a_prj_tells_no_crs() {
    let info = info_of_sample(
        "census",
        &["blocks.shp", "blocks.shx", "blocks.dbf", "blocks.cpg"],
    );
    assert_eq!((&info["crs"], &info["rows"]), (&Value::Null, &json!(6039)));
}

#[test]
fn a_dbase_table_has_rows_without_geometry() {
    let info = info_of_sample("census", &["blocks.dbf", "blocks.cpg"]);
    assert_eq!(
        (&info["format"], &info["rows"]),
        (&json!("dBASE"), &json!(6039))
    );
    assert_eq!(info["bounds"], Value::Null);
}

#[test]
fn flatgeobuf_tells_its_rows_and_crs() {
    let info = info_of_sample("territory", &["districts.fgb"]);
    assert_about(
        &info,
        "FlatGeobuf",
        "EPSG:4326",
        280,
        &json!({ "Polygon": 280 }),
    );
    assert_eq!(column(&info, "code")["nulls"], 0);
}

#[test]
fn a_geopackage_of_one_layer_tells_its_rows_and_crs() {
    let info = info_of_sample("infrastructure", &["parks.gpkg"]);
    assert_about(
        &info,
        "GeoPackage",
        "EPSG:32719",
        226,
        &json!({ "Polygon": 226 }),
    );
}

#[test]
fn a_geopackage_of_several_layers_is_a_list() {
    let info = info_of_sample("demand", &["demands.gpkg"]);
    let layers: Vec<&str> = info
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|layer| layer["name"].as_str())
        .collect();
    assert_eq!(layers, ["demands", "assemblies"]);
    assert_eq!(info[0]["rows"], 5000);
}

#[test]
fn a_format_is_known_by_its_bytes_whatever_its_name() {
    let bytes = fs::read(sample().join("territory/districts.fgb")).expect("the sample is there");
    assert_eq!(info_of("districts.dat", bytes)["format"], "FlatGeobuf");
    assert_eq!(
        info_of("districts.txt", TINY_DISTRICTS)["format"],
        "GeoJSON"
    );
}

/// What `info --json` says about a file of the corpus that the loaders are tested with.
fn info_of_corpus(name: &str) -> Value {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../loaders/corpus");
    info(&corpus, name)
}

#[test]
fn every_object_of_a_topojson_file_is_a_layer() {
    let info = info_of_corpus("topojson/quantized.topojson");
    let layers = info.as_array().expect("a list");
    let about =
        |layer: &Value| json!([layer["name"], layer["format"], layer["crs"], layer["rows"]]);
    assert_eq!(
        layers.iter().map(about).collect::<Vec<_>>(),
        [
            json!(["sectors", "TopoJSON", "EPSG:4326", 3]),
            json!(["stops", "TopoJSON", "EPSG:4326", 2]),
            json!(["outline", "TopoJSON", "EPSG:4326", 1]),
        ]
    );
}

#[test]
fn json_records_tell_their_nested_columns() {
    let info = info_of_corpus("json/markets.json");
    assert_eq!(info["format"], "JSON");
    assert_eq!(info["geometry"], json!({ "Point": 1, "LineString": 2 }));
    assert_eq!(column(&info, "address.street")["nulls"], json!(2));
}

#[test]
fn a_tile_is_where_its_name_says() {
    let info = info_of_corpus("mvt/12/1243/2452.pbf");
    let geometry = json!({ "Polygon": 1, "MultiPolygon": 1 });
    assert_about(&info, "MVT", "EPSG:3857", 2, &geometry);
}

#[test]
fn archives_of_tiles_tell_their_vector_layers() {
    for (name, format) in [
        ("tiles/sectors.pmtiles", "PMTiles"),
        ("tiles/sectors.mbtiles", "MBTiles"),
    ] {
        let info = info_of_corpus(name);
        assert_about(&info, format, "EPSG:4326", 2, &json!({ "Polygon": 2 }));
        assert_eq!(info["name"], "sectors");
        assert_eq!(column(&info, "people")["type"], "number");
        let tiles = &info["tiles"];
        let about =
            ["type", "compression", "minzoom", "maxzoom", "addressed"].map(|key| &tiles[key]);
        assert_eq!(
            about,
            [
                &json!("mvt"),
                &json!("gzip"),
                &json!(8),
                &json!(12),
                &json!(6)
            ]
        );
        assert_eq!(
            tiles["bytes"],
            json!({ "smallest": 176, "median": 188, "largest": 190 })
        );
    }
}

#[test]
fn what_is_no_data_is_refused_with_a_reason() {
    let folder = TempDir::new().expect("there is room for temporary files");
    for (name, content) in [
        ("a.pdf", &b"%PDF-1.7\n"[..]),
        ("a.zip", b"PK\x03\x04...."),
        ("a.geojson", b"{\"type\":\"Feature"),
        ("a.shp", b"\0\0\x27\x0a"),
    ] {
        write(folder.path(), name, content);
        let outcome = run(comarca().current_dir(folder.path()).args(["info", name]));
        assert_eq!(outcome.code(), Some(1), "{name}: {}", outcome.stderr);
        assert!(
            outcome.stdout.is_empty() && outcome.stderr.contains(name),
            "{}",
            outcome.stderr
        );
    }
}

#[test]
fn without_json_a_file_is_told_for_people() {
    let folder = TempDir::new().expect("there is room for temporary files");
    write(folder.path(), "people.csv", TINY_PEOPLE);
    let outcome = run(comarca()
        .current_dir(folder.path())
        .args(["info", "people.csv"]))
    .expect_success();
    for part in ["people · CSV · 3 rows", "persons", "integer", "5 … 10"] {
        assert!(outcome.text().contains(part), "{part}: {}", outcome.text());
    }
}
