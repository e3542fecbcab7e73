use comarca_engine::{Column, ColumnType, GeometryType};

use super::*;

fn layers(content: &str) -> Vec<Features> {
    let document = format!(
        "<wfs:FeatureCollection xmlns:wfs='http://www.opengis.net/wfs' xmlns:gml='http://www.opengis.net/gml'>{content}</wfs:FeatureCollection>"
    );
    read(Path::new("a.gml"), document.as_bytes()).expect("GML")
}

fn feature(content: &str) -> Features {
    layers(&format!(
        "<gml:featureMember><x:f gml:id='f.1'>{content}</x:f></gml:featureMember>"
    ))
    .remove(0)
}

fn geometry(geometry: &str) -> Features {
    feature(&format!("<x:geom>{geometry}</x:geom>"))
}

fn value<'a>(features: &'a Features, column: &str) -> Value<'a> {
    features.column(column).expect(column).value(0)
}

#[test]
fn each_type_of_feature_is_a_layer_whatever_holds_its_members() {
    let all = layers(
        "<wfs:member><x:a gml:id='a.1'/></wfs:member><gml:featureMembers><x:b fid='b.1'/><x:a/></gml:featureMembers>
        <wfs:member><wfs:FeatureCollection><wfs:member><x:b/></wfs:member></wfs:FeatureCollection></wfs:member>",
    );
    let found: Vec<_> = all
        .iter()
        .map(|layer| (layer.name.as_str(), layer.len()))
        .collect();
    assert_eq!(found, [("a", 2), ("b", 2)]);
    assert_eq!(value(&all[1], "gml_id"), Value::Text("b.1"));
    assert!(layers("")[0].is_empty());
}

#[test]
fn a_feature_alone_is_a_layer_of_one_row() {
    let document = b"<x:f xmlns:gml='http://www.opengis.net/gml/3.2'><x:n>1</x:n></x:f>";
    let all = read(Path::new("a.gml"), document).expect("GML");
    assert_eq!((all[0].name.as_str(), all[0].len()), ("f", 1));
}

#[test]
fn axes_are_turned_where_the_name_of_the_system_says_so() {
    let point = |srs: &str| {
        let read = geometry(&format!(
            "<gml:Point srsName='{srs}'><gml:pos>-33.5 -70.6</gml:pos></gml:Point>"
        ));
        (read.coordinates[0], read.crs)
    };
    let lonlat = Some("EPSG:4326".to_owned());
    assert_eq!(
        point("urn:ogc:def:crs:EPSG::4326"),
        ([-70.6, -33.5], lonlat.clone())
    );
    assert_eq!(
        point("http://www.opengis.net/gml/srs/epsg.xml#4326"),
        ([-33.5, -70.6], lonlat.clone())
    );
    assert_eq!(point("EPSG:4326"), ([-33.5, -70.6], lonlat));
    let grid = geometry(
        "<gml:Point srsName='urn:ogc:def:crs:EPSG::32719'><gml:pos>345000 6290000</gml:pos></gml:Point>",
    );
    assert_eq!(grid.coordinates, [[345_000.0, 6_290_000.0]]);
}

#[test]
fn the_envelope_names_the_system_for_geometries_that_name_none() {
    let all = layers(
        "<gml:boundedBy><gml:Envelope srsName='urn:ogc:def:crs:EPSG::4674'><gml:lowerCorner>0 0</gml:lowerCorner></gml:Envelope></gml:boundedBy>
        <gml:featureMember><x:f><x:g><gml:Point><gml:pos>-33 -70</gml:pos></gml:Point></x:g></x:f></gml:featureMember>",
    );
    assert_eq!(
        (all[0].crs.as_deref(), all[0].coordinates[0]),
        (Some("EPSG:4674"), [-70.0, -33.0])
    );
}

#[test]
fn positions_are_read_in_every_form_that_gml_has_had() {
    let line = |content: &str| geometry(&format!("<gml:LineString>{content}</gml:LineString>"));
    let expected = [[1.0, 2.0], [3.0, 4.0]];
    for content in [
        "<gml:posList>1 2 3 4</gml:posList>",
        "<gml:pos>1 2</gml:pos><gml:pos>3 4</gml:pos>",
        "<gml:coordinates>1,2 3,4</gml:coordinates>",
        "<gml:coordinates decimal=',' cs=';' ts='|'>1,0;2|3;4</gml:coordinates>",
        "<gml:coord><gml:X>1</gml:X><gml:Y>2</gml:Y></gml:coord><gml:coord><gml:X>3</gml:X><gml:Y>4</gml:Y></gml:coord>",
        "<gml:pointProperty><gml:Point><gml:pos>1 2</gml:pos></gml:Point></gml:pointProperty><gml:pos>3 4</gml:pos>",
        "<gml:posList srsDimension='3'>1 2 0 3 4 0</gml:posList>",
        "<gml:posList dimension='4'>1 2 0 0 3 4 0 0</gml:posList>",
    ] {
        let read = line(content);
        assert_eq!(read.coordinates, expected, "{content}");
        assert!(read.problems.is_empty(), "{content}");
    }
    assert_eq!(
        line("<gml:posList>1 2 9 3 4 9 5 6 9</gml:posList>")
            .coordinates
            .len(),
        3
    );
    for content in [
        "<gml:posList>1 2 3 4 5</gml:posList>",
        "<gml:posList>1 2 x</gml:posList>",
        "<gml:pos>1</gml:pos>",
    ] {
        let read = line(content);
        assert_eq!(
            (read.shapes.geometry_type(0), read.problems.len()),
            (GeometryType::None, 1),
            "{content}"
        );
    }
}

#[test]
fn surfaces_curves_and_collections_are_read() {
    let ring = |x: i32| {
        format!("<gml:LinearRing><gml:posList>{x} 0 {x} 1 9 1 {x} 0</gml:posList></gml:LinearRing>")
    };
    let boundaries = format!(
        "<gml:interior>{}</gml:interior><gml:exterior>{}</gml:exterior>",
        ring(1),
        ring(0)
    );
    let polygon = geometry(&format!("<gml:Polygon>{boundaries}</gml:Polygon>"));
    assert_eq!(
        (polygon.geometry_counts(), polygon.coordinates[0]),
        (vec![("Polygon", 1)], [0.0, 0.0])
    );
    let old = boundaries
        .replace("interior", "innerBoundaryIs")
        .replace("exterior", "outerBoundaryIs");
    assert_eq!(
        geometry(&format!("<gml:Polygon>{old}</gml:Polygon>")).coordinates,
        polygon.coordinates
    );
    let patch = format!("<gml:PolygonPatch>{boundaries}</gml:PolygonPatch>");
    let surface = |patches: &str| {
        geometry(&format!(
            "<gml:Surface><gml:patches>{patches}</gml:patches></gml:Surface>"
        ))
    };
    assert_eq!(surface(&patch).geometry_counts(), [("Polygon", 1)]);
    assert_eq!(
        surface(&patch.repeat(2)).geometry_counts(),
        [("MultiPolygon", 1)]
    );
    let member = format!(
        "<gml:surfaceMember><gml:Surface><gml:patches>{patch}</gml:patches></gml:Surface></gml:surfaceMember>"
    );
    assert_eq!(
        geometry(&format!("<gml:MultiSurface>{member}</gml:MultiSurface>")).geometry_counts(),
        [("MultiPolygon", 1)]
    );
    let segment = |list: &str| {
        format!("<gml:LineStringSegment><gml:posList>{list}</gml:posList></gml:LineStringSegment>")
    };
    let curve = format!(
        "<gml:Curve><gml:segments>{}{}</gml:segments></gml:Curve>",
        segment("0 0 1 1"),
        segment("1 1 2 0")
    );
    assert_eq!(
        geometry(&curve).coordinates,
        [[0.0, 0.0], [1.0, 1.0], [2.0, 0.0]]
    );
    let multi = geometry(&format!(
        "<gml:MultiCurve><gml:curveMember>{curve}</gml:curveMember></gml:MultiCurve>"
    ));
    assert_eq!(multi.geometry_counts(), [("MultiLineString", 1)]);
    let back = format!(
        "<gml:OrientableCurve orientation='-'><gml:baseCurve>{curve}</gml:baseCurve></gml:OrientableCurve>"
    );
    assert_eq!(geometry(&back).coordinates[0], [2.0, 0.0]);
    let composed = format!(
        "<gml:Polygon><gml:exterior><gml:Ring><gml:curveMember>{curve}</gml:curveMember><gml:curveMember>\
        <gml:LineString><gml:posList>2 0 0 0</gml:posList></gml:LineString></gml:curveMember></gml:Ring></gml:exterior></gml:Polygon>"
    );
    assert_eq!(geometry(&composed).coordinates.len(), 4);
}

#[test]
fn arcs_are_drawn_as_lines_and_other_curves_are_reported() {
    let segment = |name: &str| {
        geometry(&format!(
            "<gml:Curve><gml:segments><gml:{name}><gml:posList>1 0 0 1 -1 0</gml:posList></gml:{name}></gml:segments></gml:Curve>"
        ))
    };
    let arc = segment("Arc");
    assert!(arc.coordinates.len() > 40 && arc.coordinates.contains(&[0.0, 1.0]));
    assert!(arc.problems[0].message.contains("steps of 4 degrees"));
    assert_eq!(segment("Circle").coordinates.last(), Some(&[1.0, 0.0]));
    for name in ["CubicSpline", "ArcByCenterPoint"] {
        let read = segment(name);
        assert_eq!(
            (read.coordinates.len(), read.problems[0].found.as_deref()),
            (0, Some(name))
        );
    }
    let solid = geometry("<gml:Solid><gml:exterior/></gml:Solid>");
    assert!(solid.problems[0].message.contains("cannot be read"));
}

#[test]
fn attributes_have_types_and_nested_ones_dots() {
    let read = feature(
        "<x:cut>01101</x:cut><x:pop>12</x:pop><x:ha uom='ha'>1.5</x:ha><x:none xsi:nil='true'/><x:ok>true</x:ok>
        <x:address><x:Address><x:street>Ñ &amp; M</x:street></x:Address></x:address><x:ref xlink:href='#r'/>
        <x:many>1</x:many><x:many>2</x:many>",
    );
    assert_eq!(value(&read, "cut"), Value::Text("01101"));
    assert_eq!(value(&read, "pop"), Value::Integer(12));
    assert_eq!(
        (value(&read, "ha"), value(&read, "ha.uom")),
        (Value::Real(1.5), Value::Text("ha"))
    );
    assert_eq!(
        read.column("ok").map(Column::column_type),
        Some(ColumnType::Bool)
    );
    assert_eq!(value(&read, "address.Address.street"), Value::Text("Ñ & M"));
    assert_eq!(value(&read, "ref.href"), Value::Text("#r"));
    assert!(read.column("none").is_none());
    assert_eq!(
        (value(&read, "many"), read.problems.len()),
        (Value::Integer(1), 1)
    );
}

#[test]
fn what_is_left_out_is_told() {
    let point = |srs: &str| {
        format!("<x:g><gml:Point srsName='{srs}'><gml:pos>1 2</gml:pos></gml:Point></x:g>")
    };
    let two = feature(&point("EPSG:4326").repeat(2));
    assert!(two.problems[0].message.contains("several geometries"));
    let one = |srs: &str| {
        format!(
            "<gml:featureMember><x:f>{}</x:f></gml:featureMember>",
            point(srs)
        )
    };
    let mixed =
        &layers(&(one("EPSG:4326") + &one("EPSG:32719") + &one("urn:ogc:def:crs:EPSG::4326")))[0];
    assert_eq!(mixed.coordinates, [[1.0, 2.0], [2.0, 1.0]]);
    assert!(
        mixed.problems[0]
            .message
            .contains("another coordinate reference system")
    );
    let link = geometry("<gml:MultiPoint><gml:pointMember xlink:href='#p'/></gml:MultiPoint>");
    assert!(link.problems[0].message.contains("lies elsewhere"));
    let unknown = geometry(
        "<gml:Point srsName='urn:ogc:def:crs:EPSG::999999'><gml:pos>1 2</gml:pos></gml:Point>",
    );
    assert!(unknown.problems[0].message.contains("first axis"));
}

#[test]
fn a_page_of_a_larger_answer_is_recognised() {
    let document = "<wfs:FeatureCollection numberMatched='30' numberReturned='1'><wfs:member><a/></wfs:member></wfs:FeatureCollection>";
    let all = read(Path::new("a.gml"), document.as_bytes()).expect("GML");
    assert!(
        all[0].problems[0].message.contains("30 features"),
        "{}",
        all[0].problems[0]
    );
}

#[test]
fn names_of_columns_are_bounded_however_deep_elements_are_nested() {
    let name = "n".repeat(60);
    let read = feature(&format!(
        "{}x{}",
        format!("<{name}>").repeat(9),
        format!("</{name}>").repeat(9)
    ));
    assert!(
        read.columns
            .iter()
            .all(|column| column.name().len() <= PATH_MAX)
    );
    assert!(read.problems[0].message.contains("nested too deep"));
}

#[test]
fn other_documents_say_what_they_are() {
    let message = |text: &str| {
        read(Path::new("a.gml"), text.as_bytes())
            .expect_err("no GML")
            .to_string()
    };
    assert!(message("<svg/>").contains("<svg>"));
    assert!(message("<ServiceExceptionReport><ServiceException>Unknown layer</ServiceException></ServiceExceptionReport>").contains("Unknown layer"));
}
