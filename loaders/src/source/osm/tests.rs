//! The extract of the corpus, whose elements are listed in `corpus/README.md`.

use std::io::Write;

use comarca_engine::Value;

use super::*;

const EXTRACT: &[u8] = include_bytes!("../../../corpus/osm/district.osm.pbf");

fn layers(options: &OsmOptions, table: Option<&str>) -> Vec<Features> {
    read(Path::new("a.osm.pbf"), EXTRACT, options, table).expect("an extract")
}

fn rules(tags: &[&str]) -> OsmOptions {
    OsmOptions {
        tags: tags.iter().map(|&rule| rule.to_owned()).collect(),
        columns: None,
    }
}

fn ids(layer: &Features) -> Vec<(i64, String)> {
    let column = |name: &str| layer.column(name).expect(name);
    let id = |row| match column("osm_id").value(row) {
        Value::Integer(id) => id,
        other => panic!("{other:?}"),
    };
    (0..layer.len())
        .map(|row| (id(row), column("osm_type").value(row).display()))
        .collect()
}

fn named(layer: &Features) -> Vec<i64> {
    ids(layer).into_iter().map(|(id, _)| id).collect()
}

fn value<'a>(layer: &'a Features, column: &str, row: usize) -> Value<'a> {
    layer.column(column).expect(column).value(row)
}

#[test]
fn elements_with_tags_become_points_lines_and_polygons() {
    let all = layers(&OsmOptions::default(), None);
    let names: Vec<_> = all.iter().map(|layer| layer.name.as_str()).collect();
    assert_eq!(names, ["points", "lines", "polygons"]);
    assert_eq!(named(&all[0]), [1, 2, 3]);
    assert_eq!(all[0].coordinates[0], [-70.599, -33.499]);
    assert_eq!(named(&all[1]), [101, 111, 115]);
    let polygons = ids(&all[2]);
    let way = |id| (id, "way".to_owned());
    let relation = |id| (id, "relation".to_owned());
    assert_eq!(polygons, [way(103), way(112), relation(200), relation(203)]);
    assert_eq!(
        all[2].geometry_counts(),
        [("Polygon", 2), ("MultiPolygon", 2)]
    );
}

#[test]
fn rings_are_joined_and_nested_whatever_their_roles() {
    let polygons = &layers(&OsmOptions::default(), Some("polygons"))[0];
    let forest = named(polygons)
        .iter()
        .position(|id| *id == 200)
        .expect("the forest");
    let shapes = &polygons.shapes;
    let rings: Vec<_> = shapes
        .parts(forest)
        .map(|part| shapes.rings(part).len())
        .collect();
    // The square with its hole, the neighbour that touches it in a node, the island in the hole.
    assert_eq!(rings, [2, 1, 1]);
    assert_eq!(value(polygons, "name", forest), Value::Text("Bosque"));
}

#[test]
fn a_relation_without_tags_has_those_of_its_way() {
    let polygons = &layers(&OsmOptions::default(), Some("polygons"))[0];
    let row = named(polygons)
        .iter()
        .position(|id| *id == 203)
        .expect("the building");
    assert_eq!(value(polygons, "building", row), Value::Text("yes"));
    assert!(!named(polygons).contains(&110));
}

#[test]
fn what_is_left_out_is_told_with_its_ids() {
    let all = layers(&OsmOptions::default(), None);
    let told: Vec<_> = all[0]
        .problems
        .iter()
        .map(|problem| problem.message.as_str())
        .collect();
    let starts = [
        "relations that are no areas",
        "ways with too few points for what they are are left out (2): 113, 114",
        "ways with nodes that are not in this extract are drawn without these (1): 115",
        "closed ways with nodes that are not in this extract are left out (1): 116",
        "areas with ways or nodes that are not in this extract are left out: relations (1): 201",
        "areas that do not close to rings are left out: relations (1): 202",
        "closed ways that stand for the same thing as the relation around them are left out (1): 110",
    ];
    assert_eq!(told.len(), starts.len(), "{told:?}");
    for (told, start) in told.iter().zip(starts) {
        assert!(told.starts_with(start), "{told}");
    }
}

#[test]
fn tags_choose_features() {
    let chosen = |tags: &[&str]| {
        layers(&rules(tags), None)
            .iter()
            .flat_map(named)
            .collect::<Vec<_>>()
    };
    assert_eq!(chosen(&["amenity=school|kindergarten"]), [1, 2]);
    assert_eq!(chosen(&["shop=*", "building = yes"]), [3, 203]);
    assert_eq!(chosen(&["landuse"]), [200]);
    assert_eq!(chosen(&["amenity=bank"]), [0; 0]);
    assert_eq!(
        named(&layers(&rules(&["highway=*"]), Some("lines"))[0]),
        [111, 115]
    );
    for bad in ["=x", "shop=", "shop=a||b"] {
        let error = read(Path::new("a.osm.pbf"), EXTRACT, &rules(&[bad]), None).expect_err(bad);
        assert!(error.to_string().contains("tag rule"), "{error}");
    }
}

#[test]
fn usual_and_frequent_keys_are_columns_and_the_rest_is_kept() {
    let points = &layers(&OsmOptions::default(), Some("points"))[0];
    let columns = |layer: &Features| {
        layer
            .columns
            .iter()
            .map(|column| column.name().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        columns(points),
        ["osm_id", "osm_type", "name", "amenity", "shop", "capacity"]
    );
    assert_eq!(value(points, "name", 0), Value::Text("Escuela Ñuble"));
    let options = OsmOptions {
        columns: Some(vec![
            "name".to_owned(),
            "osm_id".to_owned(),
            "none".to_owned(),
        ]),
        ..OsmOptions::default()
    };
    let points = &layers(&options, Some("points"))[0];
    assert_eq!(
        columns(points),
        ["osm_id", "osm_type", "name", "osm_id_2", "none"]
    );
}

#[test]
fn a_layer_that_does_not_occur_is_empty() {
    let none = &layers(&rules(&["shop=*"]), Some("lines"))[0];
    assert_eq!((none.name.as_str(), none.len()), ("lines", 0));
}

fn varint(mut number: usize) -> Vec<u8> {
    let mut bytes = vec![];
    while number > 127 {
        bytes.push(u8::try_from(number % 128).expect("small") | 128);
        number /= 128;
    }
    bytes.push(u8::try_from(number).expect("small"));
    bytes
}

/// A field of bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    [vec![number << 3 | 2], varint(bytes.len()), bytes.to_vec()].concat()
}

/// A file of one blob with a block.
fn file(block: &[u8]) -> Vec<u8> {
    let mut zlib = flate2::write::ZlibEncoder::new(vec![], flate2::Compression::best());
    zlib.write_all(block).expect("written");
    let blob = field(3, &zlib.finish().expect("compressed"));
    let header = [b"\x0a\x07OSMData\x18".to_vec(), varint(blob.len())].concat();
    let length = u32::try_from(header.len()).expect("small").to_be_bytes();
    [length.to_vec(), header, blob].concat()
}

/// A block of zeros in a field that nobody knows.
fn bomb(size: usize) -> Vec<u8> {
    file(&field(15, &vec![0; size]))
}

#[test]
fn relations_that_repeat_a_way_out_of_proportion_are_refused() {
    let strings = ["", "type", "multipolygon", "landuse", "forest"];
    let strings: Vec<u8> = strings
        .iter()
        .flat_map(|text| field(1, text.as_bytes()))
        .collect();
    // Way 1 with 2000 nodes, and a thousand relations of it alone.
    let way = field(3, &[vec![8, 1], field(8, &[2; 2000])].concat());
    let tags = [field(2, &[1, 3]), field(3, &[2, 4])].concat();
    let members = [field(8, &[0]), field(9, &[2]), field(10, &[1])].concat();
    let relation = field(4, &[vec![8, 1], tags, members].concat());
    let group = [way, relation.repeat(1000)].concat();
    let bytes = file(&[field(1, &strings), field(2, &group)].concat());
    let read = read(Path::new("a.osm.pbf"), &bytes, &OsmOptions::default(), None);
    let message = read.expect_err("out of proportion").to_string();
    assert!(message.contains("repeat their ways"), "{message}");
}

#[test]
fn bombs_are_refused() {
    let message = |bytes: &[u8]| {
        let read = read(Path::new("a.osm.pbf"), bytes, &OsmOptions::default(), None);
        read.expect_err("a bomb").to_string()
    };
    assert!(message(&bomb(33 << 20)).contains("more than 32 MiB"));
    assert!(message(&bomb(20 << 20).repeat(4)).contains("more than ten times"));
    let mut header = EXTRACT.to_vec();
    header[0] = 1;
    assert!(message(&header).contains("larger than 64 KiB"));
}

#[test]
fn every_cut_and_every_other_byte_is_survived() {
    for end in 0..EXTRACT.len() {
        let mut bytes = EXTRACT.to_vec();
        bytes[end] ^= 0x55;
        for bytes in [&EXTRACT[..end], &bytes] {
            drop(read(
                Path::new("a.osm.pbf"),
                bytes,
                &OsmOptions::default(),
                None,
            ));
        }
    }
}
