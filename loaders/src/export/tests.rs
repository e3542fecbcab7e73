//! What is written is read back as the same, as far as each format can hold it.

use std::path::Path;

use comarca_engine::{Column, ColumnType, GeometryType, ShapesBuilder, Value};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::geometry::Kind;
use super::{OutputFormat, WriteOptions, write};
use crate::load::Unwatched;
use crate::problem::Problem;
use crate::source::{self, CsvOptions, Features, Format, ReadOptions};

/// A layer of one feature from well-known text, in WGS 84.
pub(super) fn layer(text: &str) -> Features {
    layer_of(&[text.to_owned()])
}

/// A layer of features from well-known texts, without attributes.
pub(super) fn layer_of(texts: &[String]) -> Features {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("layer.csv");
    let cells: Vec<String> = texts.iter().map(|text| format!("\"{text}\"\n")).collect();
    // A first row makes the column one of geometries whatever the others are.
    let text = format!("wkt\nPOINT (0 0)\n{}", cells.concat());
    std::fs::write(&path, text).expect("a file");
    let mut layers = source::read(&path, &ReadOptions::default()).expect("a layer");
    let layer = layers.remove(0);
    let rows: Vec<u32> = (1..).take(texts.len()).collect();
    Features {
        crs: Some("OGC:CRS84".to_owned()),
        problems: vec![],
        ..layer.select(&rows)
    }
}

/// A geometry: type, whether it is called multi, and its parts of rings of positions.
type Shape = (GeometryType, bool, Vec<Vec<Vec<[f64; 2]>>>);

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        -180.0..180.0,
        Just(0.1 + 0.2),
        Just(-0.0),
        Just(1e-7),
        Just(123_456.0),
        Just(-70.123_456_789_012_34),
    ]
}

fn shape(kinds: &'static [GeometryType]) -> impl Strategy<Value = Shape> {
    let place = || [number(), number()];
    let part = move |kind| match kind {
        GeometryType::Point => place().prop_map(|at| vec![vec![at]]).boxed(),
        GeometryType::Line => prop::collection::vec(place(), 2..6)
            .prop_map(|line| vec![line])
            .boxed(),
        _ => polygon().boxed(),
    };
    let several = move |kind| {
        (
            Just(kind),
            any::<bool>(),
            prop::collection::vec(part(kind), 1..4),
        )
    };
    let apart = |(kind, multi, mut parts): Shape| {
        if kind == GeometryType::Polygon {
            for (number, part) in parts.iter_mut().enumerate() {
                part.iter_mut()
                    .flatten()
                    .for_each(|at| at[0] += 1_000.0 * number as f64);
            }
        }
        let multi = multi || parts.len() > 1;
        (kind, multi, parts)
    };
    prop_oneof![
        1 => Just((GeometryType::None, false, vec![])),
        6 => prop::sample::select(kinds).prop_flat_map(several).prop_map(apart),
    ]
}

/// A rectangle that runs clockwise, with or without a hole that runs the other way.
fn polygon() -> impl Strategy<Value = Vec<Vec<[f64; 2]>>> {
    let ring =
        |[x, y]: [f64; 2], a: f64| vec![[x, y], [x, y + a], [x + a, y + a], [x + a, y], [x, y]];
    ([-180.0..180.0, -80.0..80.0], 1.0..9.0, any::<bool>()).prop_map(move |([x, y], a, hole)| {
        let mut rings = vec![ring([x, y], a)];
        if hole {
            let mut inner = ring([x + a / 4.0, y + a / 4.0], a / 3.0);
            inner.reverse();
            rings.push(inner);
        }
        rings
    })
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        Just("01101".to_owned()),
        Just("NULL".to_owned()),
        Just("Ñuñoa, \"Peñalolén\"; 🏘️\n'x'\r\n|\ttab".to_owned()),
        Just("=HYPERLINK(\"x\")".to_owned()),
        Just(" blank ".to_owned()),
        // The mark of a broken character at the end of a dBASE text is taken for one.
        "\\PC{0,12}".prop_map(|text| text.replace('\u{fffd}', "?")),
    ]
}

fn integer() -> impl Strategy<Value = i64> {
    prop_oneof![any::<i64>(), Just(i64::MAX), Just(i64::MIN), Just(0)]
}

#[derive(Clone, Debug)]
struct Row {
    shape: Shape,
    text: Option<String>,
    integer: Option<i64>,
    real: Option<f64>,
    boolean: Option<bool>,
}

fn rows(kinds: &'static [GeometryType]) -> impl Strategy<Value = Vec<Row>> {
    let real = prop_oneof![
        number(),
        prop::num::f64::NORMAL,
        Just(f64::MAX),
        Just(5e-324),
        Just(2.0)
    ];
    let cells = (
        prop::option::of(text()),
        prop::option::of(integer()),
        prop::option::of(real),
        prop::option::of(any::<bool>()),
    );
    let row = (shape(kinds), cells).prop_map(|(shape, (text, integer, real, boolean))| Row {
        shape,
        text,
        integer,
        real,
        boolean,
    });
    prop::collection::vec(row, 1..40)
}

/// The rows as a layer; a first column numbers them, and a first row has every value, so that columns have their types.
fn features(rows: &[Row], kinds: &[GeometryType]) -> Features {
    let ring = vec![[1.0, 2.0], [1.0, 3.0], [2.0, 3.0], [1.0, 2.0]];
    let part = match kinds[0] {
        GeometryType::Point => vec![vec![[1.0, 2.0]]],
        GeometryType::Line => vec![vec![[1.0, 2.0], [3.5, 4.0]]],
        _ => vec![ring],
    };
    let first = Row {
        shape: (kinds[0], false, vec![part]),
        text: Some("x".to_owned()),
        integer: Some(1),
        real: Some(0.5),
        boolean: Some(true),
    };
    let rows: Vec<&Row> = [&first].into_iter().chain(rows).collect();
    let mut shapes = ShapesBuilder::default();
    for row in &rows {
        let (kind, _, parts) = &row.shape;
        shapes.start_feature(*kind);
        for part in parts {
            shapes.start_part();
            for ring in part {
                shapes.start_ring();
                ring.iter().for_each(|&[x, y]| shapes.coordinate(x, y));
            }
        }
    }
    let (shapes, coordinates) = shapes.build();
    let count = i64::try_from(rows.len()).expect("few");
    Features {
        format: Format::GeoJson,
        name: "a layer".to_owned(),
        crs: Some("OGC:CRS84".to_owned()),
        shapes,
        coordinates,
        multi: rows.iter().map(|row| row.shape.1).collect(),
        columns: vec![
            Column::new("number", (0..count).map(Value::Integer)),
            Column::new(
                "tex\"t",
                rows.iter()
                    .map(|row| row.text.as_deref().map_or(Value::Null, Value::Text)),
            ),
            Column::new(
                "integer",
                rows.iter()
                    .map(|row| row.integer.map_or(Value::Null, Value::Integer)),
            ),
            Column::new(
                "réal",
                rows.iter()
                    .map(|row| row.real.map_or(Value::Null, Value::Real)),
            ),
            Column::new(
                "boolean",
                rows.iter()
                    .map(|row| row.boolean.map_or(Value::Null, Value::Bool)),
            ),
        ],
        problems: vec![],
    }
}

/// A row with its geometry as text and its values as text, for comparison.
fn told(features: &Features, order: &[u32]) -> Vec<String> {
    let features = features.select(order);
    let row = |row: usize| {
        let mut line = format!("{:?} ", Kind::of(&features, row));
        for part in features.shapes.parts(row) {
            for ring in features.shapes.rings(part) {
                let bits = features.coordinates[features.shapes.coordinates(ring)].iter();
                let bits: Vec<_> = bits.map(|at| at.map(f64::to_bits)).collect();
                line.extend([format!("{bits:?} ")]);
            }
        }
        let values = features
            .columns
            .iter()
            .map(|column| (column.name(), column.value(row)));
        line + &format!("{:?}", values.collect::<Vec<_>>())
    };
    (0..features.len()).map(row).collect()
}

fn in_order(features: &Features) -> Vec<u32> {
    (0..).take(features.len()).collect()
}

fn by_number(features: &Features) -> Vec<u32> {
    let numbers = features.column("number").expect("numbers");
    let mut rows = in_order(features);
    rows.sort_by_key(|&row| match numbers.value(row as usize) {
        Value::Integer(number) => number,
        other => panic!("{other:?} is no number"),
    });
    rows
}

fn written(features: &Features, path: &Path, format: OutputFormat) -> Vec<Problem> {
    write(
        std::slice::from_ref(features),
        path,
        format,
        &WriteOptions::default(),
        &Unwatched,
    )
    .expect("written")
}

/// Writes and reads generated layers and compares what `expected` makes of the one with the other.
fn assert_same(
    format: OutputFormat,
    kinds: &'static [GeometryType],
    options: &ReadOptions,
    expected: impl Fn(Features) -> Features,
) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder
        .path()
        .join("a layer")
        .with_extension(format.extensions()[0]);
    let config = Config {
        cases: 60,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner =
        TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let same = |rows: Vec<Row>| {
        let original = features(&rows, kinds);
        written(&original, &path, format);
        let mut read = source::read(&path, options).expect("read").remove(0);
        // Two columns of coordinates are attributes as well for a reader.
        read.columns
            .retain(|column| !matches!(column.name(), "lon" | "lat"));
        let expected = expected(original);
        prop_assert_eq!(&read.name, "a layer");
        let epsg = |features: &Features| {
            features
                .crs
                .as_deref()
                .and_then(|crs| crate::Crs::parse(crs).ok()?.epsg())
        };
        prop_assert!(epsg(&read) == epsg(&expected), "{:?}", read.crs);
        prop_assert_eq!(
            told(&read, &by_number(&read)),
            told(&expected, &in_order(&expected))
        );
        Ok(())
    };
    runner.run(&rows(kinds), same).expect("the same");
}

const ALL: &[GeometryType] = &[
    GeometryType::Point,
    GeometryType::Line,
    GeometryType::Polygon,
];

/// The layer with other values in its columns.
fn with_values(
    mut features: Features,
    change: impl for<'a> Fn(ColumnType, Value<'a>) -> Value<'a>,
) -> Features {
    let changed = |column: &Column| {
        let kind = column.column_type();
        Column::new(
            column.name(),
            (0..column.len()).map(|row| change(kind, column.value(row))),
        )
    };
    features.columns = features.columns.iter().map(changed).collect();
    features
}

#[test]
fn geojson_is_read_as_it_was_written_but_for_the_direction_of_rings() {
    for format in [OutputFormat::GeoJson, OutputFormat::GeoJsonSeq] {
        assert_same(format, ALL, &ReadOptions::default(), |features| {
            turned(features)
        });
    }
}

/// Every ring the other way round.
fn turned(mut features: Features) -> Features {
    for row in (0..features.len())
        .filter(|&row| features.shapes.geometry_type(row) == GeometryType::Polygon)
    {
        for ring in features.shapes.feature_rings(row) {
            features.coordinates[features.shapes.coordinates(ring)].reverse();
        }
    }
    features
}

#[test]
fn flatgeobuf_is_read_as_it_was_written_but_for_the_order_of_rows() {
    assert_same(
        OutputFormat::FlatGeobuf,
        ALL,
        &ReadOptions::default(),
        |features| features,
    );
}

#[test]
fn a_geopackage_is_read_as_it_was_written_but_for_the_sign_of_zero() {
    assert_same(
        OutputFormat::GeoPackage,
        ALL,
        &ReadOptions::default(),
        |features| {
            with_values(features, |_, value| match value {
                Value::Real(value) => Value::Real(value + 0.0),
                other => other,
            })
        },
    );
}

#[test]
fn a_csv_is_read_as_it_was_written_but_for_types_that_text_does_not_tell() {
    let options = ReadOptions {
        csv: CsvOptions {
            text: vec!["tex\"t".to_owned()],
            crs: Some("EPSG:4326".to_owned()),
            ..CsvOptions::default()
        },
        ..ReadOptions::default()
    };
    assert_same(OutputFormat::Csv, ALL, &options, |features| {
        with_values(features, |_, value| match value {
            Value::Text(text) if matches!(text.trim(), "" | "NULL") => Value::Null,
            Value::Bool(value) => Value::Text(if value { "true" } else { "false" }),
            other => other,
        })
    });
}

#[test]
fn a_shapefile_of_each_type_is_read_as_it_was_written_but_for_what_it_cannot_tell() {
    let kinds: [&[GeometryType]; 3] = [
        &[GeometryType::Line],
        &[GeometryType::Polygon],
        &[GeometryType::Point],
    ];
    for kinds in kinds {
        assert_same(
            OutputFormat::Shapefile,
            kinds,
            &ReadOptions::default(),
            |features| {
                let any_multi = features.multi.contains(&true);
                let mut features = with_values(features, |_, value| match value {
                    Value::Text(text) => match text.trim_matches([' ', '\0']) {
                        "" => Value::Null,
                        text => Value::Text(text),
                    },
                    other => other,
                });
                for row in 0..features.len() {
                    let kind = features.shapes.geometry_type(row);
                    features.multi[row] = kind == GeometryType::Point && any_multi;
                }
                features
            },
        );
    }
}

#[test]
fn several_layers_go_into_one_geopackage_and_no_other_format_takes_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.gpkg");
    let mut table = layer("POINT EMPTY");
    table.name = "codes".to_owned();
    table.columns = vec![Column::new("code", [Value::Text("01")])];
    let layers = [layer("POINT (1 2)"), table];
    let write = |name: &str, format| {
        write(
            &layers,
            &folder.path().join(name),
            format,
            &WriteOptions::default(),
            &Unwatched,
        )
    };
    write("a.gpkg", OutputFormat::GeoPackage).expect("written");
    let read = source::read(&path, &ReadOptions::default()).expect("read");
    let names: Vec<_> = read
        .iter()
        .map(|layer| (layer.name.as_str(), layer.is_table()))
        .collect();
    assert_eq!(names, [("layer", false), ("codes", true)]);
    let error = write("a.fgb", OutputFormat::FlatGeobuf).expect_err("one layer");
    assert!(error.to_string().contains("layer, codes"), "{error}");
    assert!(!folder.path().join("a.fgb").exists());
}

#[test]
fn the_same_layer_is_the_same_bytes_at_any_number_of_threads() {
    let texts: Vec<String> = (0..5_000)
        .map(|n| format!("POINT ({} {})", n % 71, n % 53))
        .collect();
    let features = layer_of(&texts);
    let folder = tempfile::tempdir().expect("a folder");
    let options = WriteOptions {
        last_change: Some(std::time::SystemTime::UNIX_EPOCH),
        ..WriteOptions::default()
    };
    for format in OutputFormat::ALL {
        let bytes = |threads: usize| {
            let path = folder
                .path()
                .join("a")
                .with_extension(format.extensions()[0]);
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .expect("threads");
            let layers = std::slice::from_ref(&features);
            pool.install(|| write(layers, &path, format, &options, &Unwatched))
                .expect("written");
            std::fs::read(path).expect("a file")
        };
        assert!(bytes(1) == bytes(3), "{}", format.name());
    }
}

#[test]
fn an_empty_layer_is_written_in_every_format_that_can_hold_one() {
    let features = layer("POINT (1 2)").select(&[]);
    let folder = tempfile::tempdir().expect("a folder");
    for format in OutputFormat::ALL
        .into_iter()
        .filter(|format| *format != OutputFormat::Shapefile)
    {
        let path = folder
            .path()
            .join("a")
            .with_extension(format.extensions()[0]);
        written(&features, &path, format);
        if format != OutputFormat::Xlsx {
            let read = source::read(&path, &ReadOptions::default())
                .unwrap_or_else(|_| panic!("{}", format.name()));
            assert!(read[0].is_empty(), "{}", format.name());
        }
    }
}
