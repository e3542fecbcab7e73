use std::io::Write;

use comarca_engine::{Column, GeometryType};
use fast_mvt::{MvtGeometry, MvtReaderRef, MvtValueRef};

use super::*;
use crate::source::tests::assert_survives;

fn corpus(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus/mvt");
    std::fs::read(Path::new(folder).join(name)).expect("a file of the corpus")
}

fn layers(bytes: &[u8]) -> Vec<Features> {
    read(Path::new("a.mvt"), bytes).expect("a tile")
}

fn messages(features: &Features) -> Vec<String> {
    features.problems.iter().map(ToString::to_string).collect()
}

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = vec![];
    while number >= 0x80 {
        bytes.push(u8::try_from(number & 0x7f | 0x80).expect("a byte"));
        number >>= 7;
    }
    bytes.push(u8::try_from(number).expect("a byte"));
    bytes
}

fn number(field: u64, value: u64) -> Vec<u8> {
    [varint(field << 3), varint(value)].concat()
}

fn bytes(field: u64, value: &[u8]) -> Vec<u8> {
    [
        varint(field << 3 | 2),
        varint(value.len() as u64),
        value.to_vec(),
    ]
    .concat()
}

fn packed(field: u64, values: &[u64]) -> Vec<u8> {
    bytes(
        field,
        &values
            .iter()
            .flat_map(|value| varint(*value))
            .collect::<Vec<_>>(),
    )
}

/// A feature of type `kind` with these commands and no attributes.
fn feature(kind: u64, commands: &[u64]) -> Vec<u8> {
    [number(3, kind), packed(4, commands)].concat()
}

/// A tile of one layer of version 2 with these features, one key and one value.
fn tile(features: &[Vec<u8>]) -> Vec<u8> {
    let features: Vec<u8> = features
        .iter()
        .flat_map(|feature| bytes(2, feature))
        .collect();
    let lists = [bytes(3, b"k"), bytes(4, &bytes(1, b"v"))].concat();
    bytes(
        3,
        &[bytes(1, b"l"), number(15, 2), lists, features].concat(),
    )
}

#[test]
fn a_tile_reads_as_another_reader_reads_it() {
    for name in ["plain.mvt", "12/1243/2452.pbf"] {
        let file = corpus(name);
        let plain = unpacked(Path::new(name), &file).expect("gzip");
        let other = MvtReaderRef::new(&plain).expect("a tile");
        let own = layers(&file);
        assert_eq!(own.len(), other.layer_count());
        for (own, other) in own.iter().zip(other.layers()) {
            assert_eq!(
                (own.name.as_str(), own.len()),
                (other.name(), other.feature_count())
            );
            for (row, feature) in other.features().enumerate() {
                for property in feature.properties() {
                    let (name, value) = property.expect("a property");
                    let expected = match value {
                        MvtValueRef::String(text) => Value::Text(text),
                        MvtValueRef::Float(number) => Value::Real(number.into()),
                        MvtValueRef::Double(number) => Value::Real(number),
                        MvtValueRef::Int(number) | MvtValueRef::SInt(number) => {
                            Value::Integer(number)
                        }
                        MvtValueRef::UInt(number) => {
                            Value::Integer(i64::try_from(number).expect("small"))
                        }
                        MvtValueRef::Bool(truth) => Value::Bool(truth),
                        MvtValueRef::Null => Value::Null,
                    };
                    let column = own.column(name).expect(name);
                    // A column of integers and reals is one of reals.
                    let same = column.value(row) == expected
                        || column
                            .value(row)
                            .number()
                            .is_some_and(|number| Some(number) == expected.number());
                    assert!(same, "{name} {:?} {expected:?}", column.value(row));
                }
                let range = own.shapes.feature_coordinates(row);
                let geometry = feature.geometry().expect("a geometry");
                assert_eq!(own.coordinates[range], coordinates(&geometry));
            }
        }
    }
}

fn coordinates(geometry: &MvtGeometry) -> Vec<[f64; 2]> {
    let line = |line: &fast_mvt::MvtLineString| {
        line.0
            .iter()
            .map(|at| [at.x.into(), at.y.into()])
            .collect::<Vec<_>>()
    };
    let polygon = |polygon: &fast_mvt::MvtPolygon| {
        let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
        rings.flat_map(line).collect::<Vec<_>>()
    };
    match geometry {
        MvtGeometry::Point(at) => vec![[at.x().into(), at.y().into()]],
        MvtGeometry::MultiPoint(points) => points
            .iter()
            .map(|at| [at.x().into(), at.y().into()])
            .collect(),
        MvtGeometry::LineString(one) => line(one),
        MvtGeometry::MultiLineString(lines) => lines.iter().flat_map(line).collect(),
        MvtGeometry::Polygon(one) => polygon(one),
        MvtGeometry::MultiPolygon(polygons) => polygons.iter().flat_map(polygon).collect(),
        _ => vec![],
    }
}

#[test]
fn layers_have_their_geometries_values_and_ids() {
    let layers = layers(&corpus("plain.mvt"));
    let counts: Vec<_> = layers.iter().map(Features::geometry_counts).collect();
    assert_eq!(
        counts[0],
        [("LineString", 1), ("Polygon", 1), ("MultiPolygon", 1)]
    );
    assert_eq!(counts[1], [("Point", 1), ("MultiPoint", 1)]);
    let names: Vec<_> = layers[0].columns.iter().map(Column::name).collect();
    assert_eq!(names, ["id", "name", "people", "share", "open"]);
    assert_eq!(
        layers[0].column("name").map(|c| c.value(0)),
        Some(Value::Text("Ñuble"))
    );
    assert_eq!(
        layers[0].column("people").map(|c| c.value(1)),
        Some(Value::Integer(-7))
    );
    assert_eq!(
        (layers[0].format, layers[0].crs.as_deref()),
        (Format::Mvt, None)
    );
    assert_eq!(messages(&layers[0]).len(), 1, "{:?}", layers[0].problems);
    assert!(messages(&layers[0])[0].contains("4096 × 4096 units"));
}

#[test]
fn the_name_of_the_file_says_where_the_tile_is() {
    let path = Path::new("tiles/12/1243/2452.pbf");
    let layer = read(path, &corpus("12/1243/2452.pbf"))
        .expect("a tile")
        .remove(0);
    assert_eq!(
        (layer.crs.as_deref(), layer.problems.len()),
        (Some("EPSG:3857"), 0)
    );
    // GDAL 3.12 reads these from the same tile; it writes them with six decimals.
    let expected = [-7_870_288.455_583, -3_961_860.163_506];
    let near = |at: &[f64; 2]| (0..2).all(|axis| (at[axis] - expected[axis]).abs() < 1e-6);
    assert!(
        layer.coordinates.iter().any(near),
        "{:?}",
        layer.coordinates
    );
    for name in [
        "12/4096/0.mvt",
        "12/1/-1.mvt",
        "1/+0/0.mvt",
        "23/0/0.mvt",
        "a/0/0.mvt",
        "0.mvt",
        "0/0/0",
    ] {
        assert_eq!(tile_of(Path::new(name)), None, "{name}");
    }
    assert!(tile_of(Path::new("0/0/0.mvt.gz")).is_some());
}

/// A square: `MoveTo` once, `LineTo` three times, `ClosePath`.
const SQUARE: [u64; 11] = [9, 0, 0, 26, 20, 0, 0, 20, 19, 0, 15];

#[test]
fn a_bad_feature_is_a_problem_by_its_clause() {
    let square = &SQUARE;
    for (bad, word) in [
        (number(3, 1), "the feature has none (4.2)"),
        (packed(4, &[9, 0, 0]), "the feature has no type (4.2)"),
        (feature(0, &[9, 0, 0]), "its type is unknown (4.3.4.1)"),
        (feature(4, &[9, 0, 0]), "its type is none"),
        (feature(1, &[10, 0, 0]), "(4.3.4.2)"),
        (feature(1, &[1]), "(4.3.4.2)"),
        (
            feature(1, &[17, 0, 0]),
            "fewer parameters than it says (4.3.1)",
        ),
        (feature(1, &[0xffff_fff9, 0, 0]), "fewer parameters"),
        (feature(1, &[11, 0, 0]), "does not exist (4.3.3)"),
        (feature(2, &[9, 0, 0]), "no LineTo"),
        (feature(2, &[9, 0, 0, 2]), "no LineTo"),
        (
            feature(2, &[17, 0, 0, 1, 1, 10, 1, 1]),
            "begin with one MoveTo",
        ),
        (feature(3, &square[..10]), "ClosePath (4.3.4.4)"),
        (feature(1, &[9, 0, 1 << 32]), "more than 32 bits"),
        (
            [bytes(4, &[0xff; 11]), number(3, 1)].concat(),
            "more than ten bytes",
        ),
        (vec![0x22, 200], "the feature is damaged"),
        (bytes(3, b"x"), "another wire type"),
        (
            [feature(1, &[9, 0, 0]), packed(2, &[0])].concat(),
            "a key and no value (4.4)",
        ),
        (
            [feature(1, &[9, 0, 0]), packed(2, &[0, 7])].concat(),
            "none of the layer's keys and values (4.4)",
        ),
        (
            feature(3, &[9, 0, 0, 18, 2, 2, 2, 2, 15]),
            "a ring without area is left out (4.3.4.4)",
        ),
        (
            feature(2, &[9, 0, 0, 18, 0, 0, 2, 2]),
            "stays where it is (4.3.3.2)",
        ),
        (
            feature(3, &[9, 0, 0, 26, 0, 20, 20, 0, 0, 19, 15]),
            "runs as an interior one (4.3.4.4)",
        ),
    ] {
        let layer = layers(&tile(&[feature(3, square), bad])).remove(0);
        assert_eq!(
            (layer.len(), layer.shapes.geometry_type(0)),
            (2, GeometryType::Polygon)
        );
        let problem = layer
            .problems
            .iter()
            .find(|problem| problem.feature == Some(2))
            .expect(word);
        assert!(problem.message.contains(word), "{word}: {problem}");
        assert_eq!(problem.layer.as_deref(), Some("l"));
    }
}

#[test]
fn rings_are_holes_by_the_way_they_run() {
    // A square of 10 with a hole of 2 in it, then a square of 5 beside it.
    let commands = [
        9, 0, 0, 26, 20, 0, 0, 20, 19, 0, 15, 9, 4, 15, 26, 0, 4, 4, 0, 0, 3, 15, 9, 36, 4, 26, 10,
        0, 0, 10, 9, 0, 15,
    ];
    let layer = layers(&tile(&[feature(3, &commands)])).remove(0);
    let parts: Vec<_> = layer
        .shapes
        .parts(0)
        .map(|part| layer.shapes.rings(part).len())
        .collect();
    assert_eq!(parts, [2, 1], "{:?}", layer.problems);
    assert_eq!(layer.problems.len(), 1);
}

#[test]
fn faults_of_a_layer_are_told_and_its_features_read() {
    let point = bytes(2, &feature(1, &[9, 2, 2]));
    for (head, word) in [
        ([bytes(1, b""), number(15, 2)].concat(), "has no name (4.1)"),
        (number(15, 2), "has no name (4.1)"),
        (bytes(1, b"l"), "does not say its version (4.1)"),
        (
            [bytes(1, b"l"), number(15, 7)].concat(),
            "version that is not known",
        ),
        (
            [bytes(1, b"l"), number(15, 2), number(5, 0)].concat(),
            "extent",
        ),
        (
            [bytes(1, b"l"), number(15, 2), number(5, 1 << 40)].concat(),
            "extent",
        ),
        ([bytes(1, b"\xff"), number(15, 2)].concat(), "not UTF-8"),
        (
            [bytes(1, b"l"), number(15, 2), bytes(5, b"4096")].concat(),
            "another wire type",
        ),
        (
            [bytes(1, b"l"), number(15, 2), bytes(4, &number(1, 7))].concat(),
            "none of the seven types",
        ),
        (
            [bytes(1, b"l"), number(15, 2), bytes(4, &bytes(8, b"x"))].concat(),
            "none of the seven types",
        ),
    ] {
        let layer = layers(&bytes(3, &[head, point.clone()].concat())).remove(0);
        assert!(
            messages(&layer)
                .iter()
                .any(|message| message.contains(word)),
            "{word}: {:?}",
            messages(&layer)
        );
        assert_eq!(layer.coordinates, [[1.0, 1.0]], "{word}");
    }
    let twice = [tile(&[]), tile(&[])].concat();
    assert!(
        messages(&layers(&twice)[1])
            .iter()
            .any(|message| message.contains("same name (4.1)"))
    );
    let cut = [
        tile(&[feature(1, &[9, 2, 2])]),
        bytes(3, &[bytes(1, b"m"), vec![0x12, 99]].concat()),
    ]
    .concat();
    assert!(messages(&layers(&cut)[1])[0].contains("the layer is damaged"));
}

#[test]
fn an_empty_tile_is_a_layer_without_rows_and_other_bytes_are_no_tile() {
    assert!(layers(b"")[0].is_empty());
    let error = read(Path::new("a.mvt"), b"\x1a\xff").expect_err("cut");
    assert!(
        error.to_string().contains("is not a vector tile"),
        "{error}"
    );
}

#[test]
fn what_grows_out_of_all_proportion_is_refused() {
    let mut gzip = flate2::write::GzEncoder::new(vec![], flate2::Compression::best());
    gzip.write_all(&vec![0; 5_000_000]).expect("memory");
    let error = read(Path::new("a.mvt"), &gzip.finish().expect("memory")).expect_err("a bomb");
    assert!(
        error.to_string().contains("out of all proportion"),
        "{error}"
    );
    let error = read(Path::new("a.mvt"), &b"\x1a\x00".repeat(2_000)).expect_err("too many");
    assert!(
        error.to_string().contains("more than 1000 layers"),
        "{error}"
    );
}

#[test]
fn damaged_tiles_are_survived() {
    let file = corpus("12/1243/2452.pbf");
    let plain = unpacked(Path::new("a"), &file).expect("gzip").into_owned();
    for tile in [corpus("plain.mvt"), file, plain] {
        assert_survives("a.pbf", &[("a.pbf", tile)], "a.pbf");
    }
}
