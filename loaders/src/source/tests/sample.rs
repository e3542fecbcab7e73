//! The same three features in every format: a polygon with a hole, a multipolygon, and a row without geometry.

use flatbuffers::FlatBufferBuilder;
use flatgeobuf as fgb;
use rusqlite::{Connection, params};

/// All coordinates in order; exteriors run clockwise and holes the other way, as a shapefile demands.
pub(in crate::source) const COORDINATES: [[f64; 2]; 18] = [
    [0.0, 0.0],
    [0.0, 9.0],
    [9.0, 9.0],
    [9.0, 0.0],
    [0.0, 0.0],
    [2.0, 2.0],
    [4.0, 2.0],
    [4.0, 4.0],
    [2.0, 4.0],
    [2.0, 2.0],
    [20.0, 0.0],
    [20.0, 1.0],
    [21.0, 0.0],
    [20.0, 0.0],
    [30.5, 0.0],
    [30.5, 1.0],
    [31.5, 0.0],
    [30.5, 0.0],
];
/// The rings of the two polygons.
const RINGS: [&[std::ops::Range<usize>]; 2] = [&[0..5, 5..10], &[10..14, 14..18]];

const ROWS: [(Option<&str>, Option<i32>, Option<f64>); 3] = [
    (Some("Ñuñoa"), Some(-7), Some(0.5)),
    (None, Some(12), None),
    (Some("01101"), None, Some(-2.25)),
];

/// A zip archive of these members; a name that ends with a slash is a folder.
pub(in crate::source) fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(vec![]));
    let options = zip::write::SimpleFileOptions::default();
    for (name, bytes) in files {
        writer.start_file(*name, options).expect("a member");
        std::io::Write::write_all(&mut writer, bytes).expect("bytes");
    }
    writer.finish().expect("an archive").into_inner()
}

pub(in crate::source) fn geojson() -> Vec<u8> {
    format!(
        "{{\"type\":\"FeatureCollection\",\"features\":[{}]}}",
        features().join(",\n")
    )
    .into_bytes()
}

pub(in crate::source) fn geojson_sequence() -> Vec<u8> {
    ["\u{1e}", &features().join("\n\u{1e}")]
        .concat()
        .into_bytes()
}

fn features() -> [String; 3] {
    let ring = |ring: &std::ops::Range<usize>| {
        let positions: Vec<_> = COORDINATES[ring.clone()]
            .iter()
            .map(|[x, y]| format!("[{x},{y}]"))
            .collect();
        format!("[{}]", positions.join(","))
    };
    let rings = |rings: &[std::ops::Range<usize>]| rings.iter().map(ring).collect::<Vec<_>>();
    let polygon = format!(
        "{{\"type\":\"Polygon\",\"coordinates\":[{}]}}",
        rings(RINGS[0]).join(",")
    );
    let parts: Vec<_> = rings(RINGS[1])
        .iter()
        .map(|ring| format!("[{ring}]"))
        .collect();
    let multi = format!(
        "{{\"coordinates\":[{}],\"type\":\"MultiPolygon\"}}",
        parts.join(",")
    );
    let number = |number: Option<String>| number.unwrap_or_else(|| "null".to_owned());
    let feature = |row: usize, geometry: &str| {
        let (name, count, share) = ROWS[row];
        let (name, count, share) = (
            number(name.map(|name| format!("{name:?}"))),
            number(count.map(|n| n.to_string())),
            number(share.map(|n| n.to_string())),
        );
        format!(
            "{{\"type\":\"Feature\",\"properties\":{{\"name\":{name},\"count\":{count},\"share\":{share}}},\"geometry\":{geometry}}}"
        )
    };
    [feature(0, &polygon), feature(1, &multi), feature(2, "null")]
}

pub(in crate::source) fn csv() -> Vec<u8> {
    let text = "name;count;share;geometry\n\
        \"Ñuñoa\";-7;0,5;POLYGON ((0 0, 0 9, 9 9, 9 0, 0 0), (2 2, 4 2, 4 4, 2 4, 2 2))\n\
        ;12;NULL;\"MULTIPOLYGON (((20 0, 20 1, 21 0, 20 0)), ((30.5 0, 30.5 1, 31.5 0, 30.5 0)))\"\n\
        01101; ;-2,25;\n";
    text.as_bytes().to_vec()
}

/// .shp, .shx and .dbf; the table is in UTF-8 without saying so.
pub(in crate::source) fn shapefile() -> [Vec<u8>; 3] {
    let contents = [
        polygon_record(0),
        polygon_record(1),
        0_i32.to_le_bytes().to_vec(),
    ];
    let (mut shp, mut shx) = (vec![], vec![]);
    for (number, content) in contents.iter().enumerate() {
        let words = int(content.len() / 2).to_be_bytes();
        shx.extend([int(50 + shp.len() / 2).to_be_bytes(), words].concat());
        shp.extend([int(number + 1).to_be_bytes(), words].concat());
        shp.extend(content);
    }
    let file = |body: Vec<u8>| [header(100 + body.len()), body].concat();
    [file(shp), file(shx), dbf()]
}

fn int(value: usize) -> i32 {
    i32::try_from(value).expect("small")
}

fn header(bytes: usize) -> Vec<u8> {
    let mut header = [9994, 0, 0, 0, 0, 0, int(bytes / 2)]
        .map(i32::to_be_bytes)
        .concat();
    header.extend([1000, 5].map(i32::to_le_bytes).concat());
    header.resize(100, 0);
    header
}

fn polygon_record(feature: usize) -> Vec<u8> {
    let rings = RINGS[feature];
    let first = rings[0].start;
    let coordinates = &COORDINATES[first..rings[rings.len() - 1].end];
    let mut record = 5_i32.to_le_bytes().to_vec();
    record.extend([0_u8; 32]);
    record.extend(
        [int(rings.len()), int(coordinates.len())]
            .map(i32::to_le_bytes)
            .concat(),
    );
    for ring in rings {
        record.extend(int(ring.start - first).to_le_bytes());
    }
    coordinates
        .iter()
        .flatten()
        .for_each(|number| record.extend(number.to_le_bytes()));
    record
}

fn dbf() -> Vec<u8> {
    let fields: [(&str, u8, u8, u8); 3] = [
        ("name", b'C', 8, 0),
        ("count", b'N', 6, 0),
        ("share", b'N', 8, 3),
    ];
    let mut table = vec![3, 99, 1, 1];
    table.extend(3_u32.to_le_bytes());
    table.extend(
        [32_u16 + 32 * 3 + 1, 1 + 8 + 6 + 8]
            .map(u16::to_le_bytes)
            .concat(),
    );
    table.resize(32, 0);
    for (name, kind, length, decimals) in fields {
        let mut field = name.as_bytes().to_vec();
        field.resize(11, 0);
        field.extend([kind, 0, 0, 0, 0, length, decimals]);
        field.resize(32, 0);
        table.extend(field);
    }
    table.push(0x0d);
    for (name, count, share) in ROWS {
        let mut record = b" ".to_vec();
        let name = name.unwrap_or_default();
        record.extend(name.as_bytes());
        record.extend(" ".repeat(8 - name.len()).as_bytes());
        let count = count.map(|count| count.to_string()).unwrap_or_default();
        let share = share.map(|share| format!("{share:.3}")).unwrap_or_default();
        record.extend(format!("{count:>6}{share:>8}").as_bytes());
        table.extend(record);
    }
    table.push(0x1a);
    table
}

pub(in crate::source) fn flatgeobuf(index: bool) -> Vec<u8> {
    let mut file = b"fgb\x03fgb\x00".to_vec();
    let mut builder = FlatBufferBuilder::new();
    let mut column = |name, type_| {
        let name = Some(builder.create_string(name));
        fgb::Column::create(
            &mut builder,
            &fgb::ColumnArgs {
                name,
                type_,
                ..Default::default()
            },
        )
    };
    let columns = [
        column("name", fgb::ColumnType::String),
        column("count", fgb::ColumnType::Int),
        column("share", fgb::ColumnType::Double),
    ];
    let columns = Some(builder.create_vector(&columns));
    let (features_count, index_node_size) = (3, if index { 16 } else { 0 });
    let header = fgb::Header::create(
        &mut builder,
        &fgb::HeaderArgs {
            geometry_type: fgb::GeometryType::Unknown,
            columns,
            features_count,
            index_node_size,
            ..Default::default()
        },
    );
    builder.finish_size_prefixed(header, None);
    file.extend(builder.finished_data());
    let features = [0, 1, 2].map(flatgeobuf_feature);
    if index {
        file.extend(flatgeobuf_index(&features));
    }
    file.extend(features.concat());
    file
}

/// The root and three leaves; the box of the row without geometry is empty.
fn flatgeobuf_index(features: &[Vec<u8>; 3]) -> Vec<u8> {
    let (empty_min, empty_max) = (f64::INFINITY, f64::NEG_INFINITY);
    let boxes = [
        [0.0, 0.0, 31.5, 9.0],
        [0.0, 0.0, 9.0, 9.0],
        [20.0, 0.0, 31.5, 1.0],
        [empty_min, empty_min, empty_max, empty_max],
    ];
    let second = features[0].len() as u64;
    let offsets = [1, 0, second, second + features[1].len() as u64];
    let node = |(own, offset): ([f64; 4], u64)| {
        let numbers = own.map(f64::to_le_bytes).concat();
        [numbers, offset.to_le_bytes().to_vec()].concat()
    };
    boxes.into_iter().zip(offsets).flat_map(node).collect()
}

fn flatgeobuf_feature(row: usize) -> Vec<u8> {
    let mut builder = FlatBufferBuilder::new();
    let mut polygon = |rings: &[std::ops::Range<usize>], type_| {
        let first = rings[0].start;
        let ends: Vec<u32> = rings
            .iter()
            .map(|ring| u32::try_from(ring.end - first).expect("small"))
            .collect();
        let xy: Vec<f64> = COORDINATES[first..rings[rings.len() - 1].end]
            .iter()
            .flatten()
            .copied()
            .collect();
        let (ends, xy) = (
            Some(builder.create_vector(&ends)),
            Some(builder.create_vector(&xy)),
        );
        fgb::Geometry::create(
            &mut builder,
            &fgb::GeometryArgs {
                ends,
                xy,
                type_,
                ..Default::default()
            },
        )
    };
    let geometry = match row {
        0 => Some(polygon(RINGS[0], fgb::GeometryType::Polygon)),
        1 => {
            let parts: Vec<_> = RINGS[1]
                .iter()
                .map(|ring| polygon(std::slice::from_ref(ring), fgb::GeometryType::Polygon))
                .collect();
            let parts = Some(builder.create_vector(&parts));
            let type_ = fgb::GeometryType::MultiPolygon;
            Some(fgb::Geometry::create(
                &mut builder,
                &fgb::GeometryArgs {
                    parts,
                    type_,
                    ..Default::default()
                },
            ))
        }
        _ => None,
    };
    let properties = Some(builder.create_vector(&flatgeobuf_properties(row)));
    let feature = fgb::Feature::create(
        &mut builder,
        &fgb::FeatureArgs {
            geometry,
            properties,
            columns: None,
        },
    );
    builder.finish_size_prefixed(feature, None);
    builder.finished_data().to_vec()
}

fn flatgeobuf_properties(row: usize) -> Vec<u8> {
    let (name, count, share) = ROWS[row];
    let mut bytes = vec![];
    if let Some(name) = name {
        bytes.extend(0_u16.to_le_bytes());
        bytes.extend(u32::try_from(name.len()).expect("small").to_le_bytes());
        bytes.extend(name.as_bytes());
    }
    if let Some(count) = count {
        bytes.extend(1_u16.to_le_bytes());
        bytes.extend(count.to_le_bytes());
    }
    if let Some(share) = share {
        bytes.extend(2_u16.to_le_bytes());
        bytes.extend(share.to_le_bytes());
    }
    bytes
}

pub(in crate::source) fn geopackage() -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.gpkg");
    let database = Connection::open(&path).expect("a database");
    database
        .execute_batch(
            "PRAGMA page_size = 512;
            CREATE TABLE gpkg_spatial_ref_sys (srs_name, srs_id INTEGER PRIMARY KEY, organization, organization_coordsys_id, definition);
            INSERT INTO gpkg_spatial_ref_sys VALUES ('UTM 19S', 32719, 'EPSG', 32719, 'PROJCS[]');
            CREATE TABLE gpkg_contents (table_name TEXT PRIMARY KEY, data_type, identifier, srs_id);
            INSERT INTO gpkg_contents VALUES ('areas', 'features', 'areas', 32719), ('codes', 'attributes', 'codes', NULL);
            CREATE TABLE gpkg_geometry_columns (table_name, column_name, geometry_type_name, srs_id);
            INSERT INTO gpkg_geometry_columns VALUES ('areas', 'geom', 'GEOMETRY', 32719);
            CREATE TABLE areas (fid INTEGER PRIMARY KEY, geom BLOB, name TEXT, count INTEGER, share REAL, open BOOLEAN);
            CREATE TABLE codes (code TEXT);
            INSERT INTO codes VALUES ('01'), (NULL);",
        )
        .expect("tables");
    for (row, (name, count, share)) in ROWS.into_iter().enumerate() {
        let geometry = (row < 2).then(|| geopackage_geometry(row));
        let sql = "INSERT INTO areas (geom, name, count, share, open) VALUES (?1, ?2, ?3, ?4, ?5)";
        database
            .execute(sql, params![geometry, name, count, share, row == 0])
            .expect("a row");
    }
    database.close().expect("closed");
    std::fs::read(path).expect("a file")
}

/// The first in big-endian, the second in little-endian order with an envelope.
fn geopackage_geometry(row: usize) -> Vec<u8> {
    let order = |little: [u8; 4], big: [u8; 4]| if row == 0 { big } else { little };
    let int = |value: usize| {
        let value = u32::try_from(value).expect("small");
        order(value.to_le_bytes(), value.to_be_bytes())
    };
    let head = |kind: usize| [vec![u8::from(row == 1)], int(kind).to_vec()].concat();
    let ring = |ring: &std::ops::Range<usize>| {
        let numbers = COORDINATES[ring.clone()].iter().flatten();
        let numbers = numbers.flat_map(|number| {
            if row == 0 {
                number.to_be_bytes()
            } else {
                number.to_le_bytes()
            }
        });
        int(ring.len())
            .into_iter()
            .chain(numbers)
            .collect::<Vec<u8>>()
    };
    let polygon = |rings: &[std::ops::Range<usize>]| {
        [
            head(3),
            int(rings.len()).to_vec(),
            rings.iter().flat_map(ring).collect(),
        ]
        .concat()
    };
    let flags = if row == 0 { 0 } else { 0b11 };
    let mut blob = [b"GP\0".to_vec(), vec![flags], int(32719).to_vec()].concat();
    if row == 0 {
        blob.extend(polygon(RINGS[0]));
    } else {
        blob.extend([0; 32]);
        blob.extend(head(6));
        blob.extend(int(2));
        RINGS[1]
            .iter()
            .for_each(|ring| blob.extend(polygon(std::slice::from_ref(ring))));
    }
    blob
}
