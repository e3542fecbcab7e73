//! The files of the corpus, which other programs wrote.

use std::path::{Path, PathBuf};

use comarca_engine::{ColumnType, Value};

use crate::source::tests::sample;
use crate::source::{Features, ReadOptions, read};

fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(name)
}

fn layer_with(name: &str, options: &ReadOptions) -> Features {
    read(&corpus(name), options).expect(name).remove(0)
}

fn layer(name: &str) -> Features {
    layer_with(name, &ReadOptions::default())
}

/// The first value of every column, and whether the second is null.
fn assert_first_row(layer: &Features, expected: &[(&str, Value<'_>)]) {
    for (name, value) in expected {
        let column = layer
            .column(name)
            .unwrap_or_else(|| panic!("there is a column {name}"));
        assert_eq!(
            (column.value(0), column.value(1)),
            (*value, Value::Null),
            "{name}"
        );
    }
}

const TYPES: [(&str, Value<'_>); 18] = [
    ("int8", Value::Integer(-8)),
    ("uint32", Value::Integer(4_000_000_000)),
    ("uint64", Value::Text("18446744073709551615")),
    ("float16", Value::Real(1.5)),
    ("float32", Value::Real(0.25)),
    ("bool", Value::Bool(true)),
    ("code", Value::Integer(12_345_678_901)),
    ("price", Value::Real(-12.5)),
    ("date", Value::Text("2017-04-19")),
    ("local", Value::Text("2017-04-19T20:30:00.25")),
    ("utc", Value::Text("2017-04-19T20:30:00.25Z")),
    ("clock", Value::Text("20:30:00")),
    ("bytes", Value::Text("00ff")),
    ("fixed", Value::Text("61626364")),
    ("category", Value::Text("uno")),
    ("list", Value::Text("[1,null,3]")),
    ("struct", Value::Text(r#"{"a":1,"b":["x","\""]}"#)),
    ("map", Value::Text(r#"{"k":1.5}"#)),
];

#[test]
fn every_type_of_parquet_has_its_place_in_a_column() {
    let layer = layer("parquet/types.parquet");
    assert!(layer.is_table() && layer.len() == 2);
    assert_first_row(&layer, &TYPES);
    let notices: Vec<_> = layer
        .problems
        .iter()
        .filter_map(|problem| problem.column.as_deref())
        .collect();
    assert_eq!(notices, ["uint64", "bytes", "fixed"]);
}

#[test]
fn every_type_of_arrow_has_its_place_in_a_column() {
    let layer = layer("arrow/types.arrow");
    assert_first_row(&layer, &TYPES);
    let more = [
        ("view", Value::Text("a text that is too long to be inline")),
        ("large", Value::Text("x")),
        ("duration", Value::Text("PT1.5S")),
        ("interval", Value::Text("P1M2DT3S")),
        ("nothing", Value::Null),
        ("list_view", Value::Null),
    ];
    assert_first_row(&layer, &more);
    assert_eq!(
        layer.column("runs").map(|runs| runs.value(1)),
        Some(Value::Text("r"))
    );
    let unread = layer
        .problems
        .iter()
        .find(|problem| problem.message.contains("are not read"));
    assert_eq!(
        unread.and_then(|problem| problem.column.as_deref()),
        Some("list_view")
    );
}

#[test]
fn a_column_without_values_keeps_the_type_of_the_file() {
    let layer = layer("arrow/point_separated.arrow");
    assert_eq!(layer.geometry_counts(), [("Point", 1), ("None", 1)]);
    let nothing = self::layer("arrow/types.arrow");
    let kind = |name| {
        nothing
            .column(name)
            .map(comarca_engine::Column::column_type)
    };
    assert_eq!(
        (kind("bool"), kind("int8")),
        (Some(ColumnType::Bool), Some(ColumnType::Integer))
    );
}

#[test]
fn every_native_geometry_is_read_with_both_kinds_of_coordinates() {
    let expected: [(&str, &str, &[[f64; 2]]); 6] = [
        ("point", "Point", &[[1.5, 2.0]]),
        ("multipoint", "MultiPoint", &[[1.0, 2.0], [3.0, 4.0]]),
        ("line", "LineString", &[[0.0, 0.0], [1.0, 2.0], [3.0, 4.0]]),
        (
            "multiline",
            "MultiLineString",
            &[[0.0, 0.0], [1.0, 2.0], [3.0, 4.0], [5.0, 5.0], [6.0, 6.0]],
        ),
        (
            "polygon",
            "Polygon",
            &[[0.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, 0.0], [0.0, 0.0]],
        ),
        (
            "multipolygon",
            "MultiPolygon",
            &[
                [0.0, 0.0],
                [0.0, 1.0],
                [1.0, 1.0],
                [1.0, 0.0],
                [0.0, 0.0],
                [5.0, 5.0],
                [5.0, 6.0],
                [6.0, 6.0],
                [5.0, 5.0],
            ],
        ),
    ];
    for (name, kind, coordinates) in expected {
        for way in ["separated", "interleaved"] {
            let layer = layer(&format!("arrow/{name}_{way}.arrow"));
            assert_eq!(
                layer.geometry_counts(),
                [(kind, 1), ("None", 1)],
                "{name} {way}"
            );
            assert_eq!(layer.coordinates, coordinates, "{name} {way}");
            assert_eq!(layer.crs.as_deref(), Some("EPSG:32719"), "{name} {way}");
        }
    }
}

#[test]
fn the_native_encoding_of_geoparquet_is_read() {
    let layer = layer("parquet/native.parquet");
    assert_eq!(layer.geometry_counts(), [("MultiPolygon", 2), ("None", 1)]);
    assert_eq!(layer.coordinates, sample::COORDINATES);
    assert_eq!(
        (layer.crs.as_deref(), layer.columns.len()),
        (Some("OGC:CRS84"), 3)
    );
}

#[test]
fn the_column_with_boxes_is_no_attribute_and_the_crs_has_its_code() {
    let layer = layer("parquet/wkb.parquet");
    let names: Vec<_> = layer
        .columns
        .iter()
        .map(comarca_engine::Column::name)
        .collect();
    assert_eq!(names, ["name", "count", "share"]);
    assert_eq!(layer.crs.as_deref(), Some("EPSG:32719"));
    assert!(layer.problems.is_empty(), "{:?}", layer.problems);
}

#[test]
fn an_old_version_without_crs_is_read_and_told() {
    let layer = layer("parquet/delta_none.parquet");
    assert_eq!((layer.crs.as_deref(), layer.len()), (None, 3));
    assert_eq!(layer.problems[0].found.as_deref(), Some("0.4.0"));
}

#[test]
fn a_dictionary_holds_for_the_rows_behind_it() {
    let layer = layer("arrow/dictionaries.arrows");
    let values: Vec<_> = (0..layer.len())
        .map(|row| layer.columns[0].value(row).display())
        .collect();
    assert_eq!(values, ["a", "b", "a", "c", "", "b"]);
}

#[test]
fn a_window_keeps_the_features_that_meet_it() {
    for name in ["parquet/wkb.parquet", "arrow/wkb_lz4.arrow"] {
        let kept = |window| {
            let options = ReadOptions {
                window: Some(window),
                ..ReadOptions::default()
            };
            let layer = layer_with(name, &options);
            layer.columns.first().map(|names| {
                (0..layer.len())
                    .map(|row| names.value(row).display())
                    .collect::<Vec<_>>()
            })
        };
        assert_eq!(
            kept([8.0, 8.0, 12.0, 12.0]),
            Some(vec!["Ñuñoa".to_owned()]),
            "{name}"
        );
        assert_eq!(kept([-9.0, -9.0, -1.0, -1.0]), Some(vec![]), "{name}");
        assert_eq!(
            kept([0.0, 0.0, 99.0, 99.0]).map(|names| names.len()),
            Some(2),
            "{name}"
        );
    }
}

#[test]
fn a_geometry_column_that_is_not_there_is_an_error() {
    let options = ReadOptions {
        table: Some("shape".to_owned()),
        ..ReadOptions::default()
    };
    let error = read(&corpus("parquet/wkb.parquet"), &options).expect_err("no such column");
    assert!(
        error
            .to_string()
            .ends_with("its geometry columns are geometry"),
        "{error}"
    );
}
