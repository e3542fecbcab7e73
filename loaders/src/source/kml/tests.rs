use std::io::{Cursor, Write};

use comarca_engine::{ColumnType, GeometryType};

use super::*;

fn features(document: &str) -> Features {
    read(Path::new("a.kml"), document.as_bytes()).expect("KML")
}

fn placemark(content: &str) -> Features {
    features(&format!(
        "<kml xmlns='http://www.opengis.net/kml/2.2'><Placemark>{content}</Placemark></kml>"
    ))
}

fn value<'a>(features: &'a Features, column: &str, row: usize) -> Value<'a> {
    features.column(column).expect(column).value(row)
}

#[test]
fn placemarks_of_all_folders_are_rows_of_one_layer() {
    let read = features(
        "<kml><Document><name>Sedes</name><Placemark><name>1</name></Placemark>
        <Folder><name>Norte</name><Folder><name>A/B</name><Placemark id='p2'><name>2</name></Placemark></Folder>
        <Placemark><visibility>0</visibility></Placemark></Folder><Document><Placemark/></Document></Document></kml>",
    );
    assert_eq!((read.name.as_str(), read.len()), ("Sedes", 4));
    let folders: Vec<_> = (0..4).map(|row| value(&read, "folder", row)).collect();
    let text = Value::Text;
    assert_eq!(
        folders,
        [Value::Null, text("Norte/A/B"), text("Norte"), Value::Null]
    );
    assert_eq!(value(&read, "name", 1), text("2"));
    assert_eq!(value(&read, "id", 1), text("p2"));
    assert_eq!(read.crs.as_deref(), Some("OGC:CRS84"));
}

#[test]
fn geometries_of_every_kind_are_read() {
    let point = placemark("<Point><coordinates> -70.6,-33.5,0 </coordinates></Point>");
    assert_eq!(point.coordinates, [[-70.6, -33.5]]);
    assert!(point.problems.is_empty());
    let ring = "<LinearRing><coordinates>1,1 2,1 2,2 1,1</coordinates></LinearRing>";
    let outer = "<LinearRing><coordinates>0,0,5 9,0,5 9,9,5 0,0,5</coordinates></LinearRing>";
    let polygon = placemark(&format!(
        "<Polygon><innerBoundaryIs>{ring}{ring}</innerBoundaryIs><outerBoundaryIs>{outer}</outerBoundaryIs></Polygon>"
    ));
    assert_eq!(polygon.shapes.feature_rings(0).len(), 3);
    assert_eq!(polygon.coordinates[1], [9.0, 0.0]);
    assert_eq!(
        polygon.problems[0].message,
        "heights and measures are left out"
    );
    assert_eq!(placemark(ring).shapes.geometry_type(0), GeometryType::Line);
    let multi = placemark(&format!(
        "<MultiGeometry><MultiGeometry>{ring}</MultiGeometry>{ring}</MultiGeometry>"
    ));
    assert_eq!(multi.geometry_counts(), [("MultiLineString", 1)]);
    let one =
        placemark("<MultiGeometry><Point><coordinates>1,2</coordinates></Point></MultiGeometry>");
    assert_eq!(one.geometry_counts(), [("MultiPoint", 1)]);
    let mixed = placemark(&format!(
        "<MultiGeometry>{ring}<Point><coordinates>1,2</coordinates></Point></MultiGeometry>"
    ));
    assert_eq!(
        (mixed.geometry_counts(), mixed.problems.len()),
        (vec![("None", 1)], 1)
    );
}

#[test]
fn a_track_is_a_line_with_its_first_and_last_time() {
    let read = placemark(
        "<gx:Track><when>2024-01-01T10:00:00Z</when><when>2024-01-01T11:00:00Z</when>
        <gx:coord>-70.6 -33.5 500</gx:coord><gx:coord>-70.5 -33.4 510</gx:coord></gx:Track>",
    );
    assert_eq!(read.coordinates, [[-70.6, -33.5], [-70.5, -33.4]]);
    assert_eq!(value(&read, "end", 0), Value::Text("2024-01-01T11:00:00Z"));
    assert_eq!(read.problems.len(), 1);
}

#[test]
fn fields_have_the_types_of_their_schema_and_others_that_of_their_values() {
    let read = features(
        "<kml><Document><Schema id='s'><SimpleField type='float' name='area'/><SimpleField type='string' name='cut'/>
        <SimpleField type='int' name='bad'/></Schema>
        <Placemark><ExtendedData><SchemaData schemaUrl='#s'><SimpleData name='area'>3</SimpleData>
        <SimpleData name='cut'>13101</SimpleData><SimpleData name='bad'>x</SimpleData></SchemaData>
        <Data name='pop'><displayName>P</displayName><value>12</value></Data><Data name='code'><value>012</value></Data>
        <Data name='name'><value>other</value></Data><camp:beds>4</camp:beds></ExtendedData></Placemark></Document></kml>",
    );
    let kind = |name: &str| read.column(name).expect(name).column_type();
    assert_eq!(kind("area"), ColumnType::Real);
    assert_eq!(kind("cut"), ColumnType::Text);
    assert_eq!(
        (kind("pop"), kind("beds")),
        (ColumnType::Integer, ColumnType::Integer)
    );
    assert_eq!(kind("code"), ColumnType::Text);
    assert_eq!(value(&read, "name_2", 0), Value::Text("other"));
    assert!(read.column("name").is_none());
    assert_eq!(
        (read.problems.len(), read.problems[0].column.as_deref()),
        (1, Some("bad"))
    );
}

#[test]
fn times_are_columns_and_descriptions_stay_text() {
    let read = placemark(
        "<description><![CDATA[<script>alert(1)</script>]]></description>
        <TimeSpan><begin>2020</begin><end>2021</end></TimeSpan><TimeStamp><when>2019</when></TimeStamp>",
    );
    assert_eq!(
        value(&read, "description", 0),
        Value::Text("<script>alert(1)</script>")
    );
    assert_eq!(value(&read, "begin", 0), Value::Text("2020"));
    assert_eq!(value(&read, "timestamp", 0), Value::Text("2019"));
}

#[test]
fn links_and_overlays_are_reported_and_not_followed() {
    let read = features(
        "<kml><Folder><NetworkLink><Link><href>http://example.org/a.kml</href></Link></NetworkLink>
        <GroundOverlay><Icon><href>a.png</href></Icon></GroundOverlay></Folder></kml>",
    );
    assert_eq!((read.len(), read.problems.len()), (0, 2));
    assert_eq!(
        read.problems[0].found.as_deref(),
        Some("http://example.org/a.kml")
    );
}

#[test]
fn coordinates_that_are_no_numbers_cost_their_feature_its_geometry() {
    let read = features(
        "<kml><Placemark><Point><coordinates>-70.6;-33.5</coordinates></Point></Placemark>
        <Placemark><Point><coordinates>-70.6</coordinates></Point></Placemark>
        <Placemark><Point><coordinates>-70.6,-33.5</coordinates></Point></Placemark></kml>",
    );
    assert_eq!(read.coordinates, [[-70.6, -33.5]]);
    assert_eq!(
        (read.problems[0].count, read.problems[0].found.as_deref()),
        (2, Some("-70.6;-33.5"))
    );
}

#[test]
fn other_xml_says_what_it_is() {
    let message = read(Path::new("a.kml"), b"<svg/>")
        .expect_err("no KML")
        .to_string();
    assert!(message.contains("<svg>"), "{message}");
}

fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(vec![]));
    let options = zip::write::SimpleFileOptions::default();
    for (name, bytes) in entries {
        zip.start_file(*name, options).expect("an entry");
        zip.write_all(bytes).expect("its bytes");
    }
    zip.finish().expect("an archive").into_inner()
}

#[test]
fn the_first_document_of_an_archive_is_read() {
    let document = b"<kml><Placemark><name>x</name></Placemark></kml>";
    let bytes = archive(&[
        ("images/a.png", b"x"),
        ("Doc.KML", document),
        ("b.kml", document),
    ]);
    let read = read_archive(Path::new("a.kmz"), &bytes).expect("KMZ");
    assert_eq!(
        (read.format, read.len(), read.problems.len()),
        (Format::Kmz, 1, 1)
    );
    assert!(read_archive(Path::new("a.kmz"), &archive(&[("a.txt", b"x")])).is_err());
    assert!(read_archive(Path::new("a.kmz"), &bytes[..bytes.len() - 30]).is_err());
}

#[test]
fn an_archive_that_unpacks_out_of_all_proportion_is_refused() {
    let bomb = [b"<kml>".as_slice(), &vec![b' '; 8 << 20], b"</kml>"].concat();
    let bytes = archive(&[("doc.kml", &bomb)]);
    let message = read_archive(Path::new("a.kmz"), &bytes)
        .expect_err("a bomb")
        .to_string();
    assert!(message.contains("200 times"), "{message}");
}

#[test]
fn the_path_of_folders_is_bounded() {
    let name = "ñ".repeat(200);
    let read = features(&format!(
        "<kml><Folder><name>{name}</name><Folder><name>{name}</name><Placemark/></Folder>\
        <name>b</name><Placemark/></Folder><Placemark/></kml>"
    ));
    let Value::Text(path) = value(&read, "folder", 0) else {
        panic!("no path")
    };
    assert!(path.len() <= FOLDER_MAX && path.starts_with('ñ'), "{path}");
    assert_eq!(value(&read, "folder", 1), Value::Text("b"));
    assert_eq!(value(&read, "folder", 2), Value::Null);
}
