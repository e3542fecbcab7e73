use comarca_engine::{Column, GeometryType, Value};

use super::*;
use crate::source::tests::assert_survives;

fn layers(text: &str) -> Vec<Features> {
    read(Path::new("a.topojson"), text, None).expect("TopoJSON")
}

/// A topology with these arcs of whole coordinates and one object, a collection of these geometries.
fn collection(arcs: &str, geometries: &str) -> Features {
    let text = format!(
        r#"{{"type":"Topology","objects":{{"o":{{"type":"GeometryCollection","geometries":[{geometries}]}}}},"arcs":{arcs}}}"#
    );
    layers(&text).remove(0)
}

fn corpus(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus/topojson");
    std::fs::read(Path::new(folder).join(name)).expect("a file of the corpus")
}

/// Two squares side by side; arc 0 is the border between them, from south to north.
const SQUARES: &str =
    "[[[1,0],[1.1,0.5],[1,1]],[[1,1],[0,1],[0,0],[1,0]],[[1,0],[2,0],[2,1],[1,1]]]";

#[test]
fn neighbours_share_exactly_the_vertices_of_their_arc() {
    // The grid does not hit whole numbers, so equal vertices are no accident.
    let text = r#"{"type":"Topology","transform":{"scale":[0.000123456789,0.000987654321],"translate":[-70.7123,-33.4567]},
        "objects":{"o":{"type":"GeometryCollection","geometries":[{"type":"Polygon","arcs":[[0,1]]},{"type":"Polygon","arcs":[[2,-1]]}]}},
        "arcs":[[[10,0],[1,5],[-1,5]],[[10,10],[-10,0],[0,-10],[10,0]],[[10,0],[10,0],[0,10],[-10,0]]]}"#;
    let layer = layers(text).remove(0);
    assert_eq!(layer.problems, []);
    let vertices = |row: usize| {
        let ring = layer.shapes.feature_coordinates(row);
        ring.map(|at| layer.coordinates[at].map(f64::to_bits))
            .collect::<Vec<_>>()
    };
    let (left, right) = (vertices(0), vertices(1));
    let arc = &left[..3];
    let mut backwards = right.clone();
    backwards.reverse();
    assert!(
        backwards.windows(3).any(|three| three == arc),
        "{left:?} {right:?}"
    );
    let shared = right[..right.len() - 1]
        .iter()
        .filter(|at| left.contains(at));
    assert_eq!(shared.count(), 3);
    assert_eq!(layer.crs.as_deref(), Some("OGC:CRS84"));
}

#[test]
fn every_geometry_type_is_put_together_from_arcs_or_positions() {
    let layer = collection(
        SQUARES,
        r#"{"type":"Point","coordinates":[3,4,5]},
        {"type":"MultiPoint","coordinates":[[3,4],[5,6]]},
        {"type":"LineString","arcs":[0,1]},
        {"type":"MultiLineString","arcs":[[0],[-1]]},
        {"type":"Polygon","arcs":[[0,1]]},
        {"type":"MultiPolygon","arcs":[[[0,1]],[[2,-1]]]},
        {"type":null},
        {"type":"GeometryCollection","geometries":[{"type":"LineString","arcs":[0]},{"type":"LineString","arcs":[2]}]},
        {"type":"MultiPoint","coordinates":[]},{"type":"Point","coordinates":[]},{"type":"MultiPolygon","arcs":[]}"#,
    );
    let expected = [
        ("Point", 1),
        ("MultiPoint", 1),
        ("LineString", 1),
        ("MultiLineString", 2),
        ("Polygon", 1),
        ("MultiPolygon", 1),
        ("None", 4),
    ];
    assert_eq!(layer.geometry_counts(), expected);
    let of = |row: usize| &layer.coordinates[layer.shapes.feature_coordinates(row)];
    assert_eq!(
        of(2),
        [
            [1.0, 0.0],
            [1.1, 0.5],
            [1.0, 1.0],
            [0.0, 1.0],
            [0.0, 0.0],
            [1.0, 0.0]
        ]
    );
    assert_eq!(of(3)[3..], [[1.0, 1.0], [1.1, 0.5], [1.0, 0.0]]);
    let messages: Vec<_> = layer.problems.iter().map(|p| p.message.as_str()).collect();
    assert_eq!(messages, ["heights and measures are left out"]);
}

#[test]
fn a_transform_holds_for_points_too_and_their_steps_are_from_zero() {
    let text = r#"{"type":"Topology","arcs":[],"transform":{"scale":[0.5,2],"translate":[100,10]},
        "objects":{"o":{"type":"MultiPoint","coordinates":[[2,3],[4,5]]}}}"#;
    assert_eq!(layers(text)[0].coordinates, [[101.0, 16.0], [102.0, 20.0]]);
}

#[test]
fn each_object_is_a_layer_with_ids_and_properties() {
    let text = std::str::from_utf8(&corpus("quantized.topojson"))
        .expect("UTF-8")
        .to_owned();
    let layers = layers(&text);
    let names: Vec<_> = layers
        .iter()
        .map(|layer| (layer.name.as_str(), layer.len()))
        .collect();
    assert_eq!(names, [("sectors", 3), ("stops", 2), ("outline", 1)]);
    let columns: Vec<_> = layers[0].columns.iter().map(Column::name).collect();
    assert_eq!(columns, ["id", "name", "people"]);
    assert_eq!(layers[0].columns[0].value(2), Value::Text("s3"));
    assert_eq!(layers[0].columns[1].value(0), Value::Text("Ñuble"));
    let one = read(Path::new("a"), &text, Some("stops")).expect("an object");
    assert_eq!((one.len(), one[0].name.as_str()), (1, "stops"));
    let error = read(Path::new("a"), &text, Some("stop")).expect_err("no such object");
    assert!(
        error
            .to_string()
            .contains("its objects are sectors, stops, outline"),
        "{error}"
    );
}

#[test]
fn a_bad_geometry_is_a_problem_with_object_and_row() {
    for (bad, word) in [
        (
            r#"{"type":"Polygon","arcs":[[0,9]]}"#,
            "there is no arc 9: the file has 4",
        ),
        (r#"{"type":"Polygon","arcs":[[-5]]}"#, "there is no arc -5"),
        (
            r#"{"type":"LineString","arcs":[9223372036854775807]}"#,
            "there is no arc",
        ),
        (
            r#"{"type":"LineString","arcs":[-9223372036854775808]}"#,
            "there is no arc",
        ),
        (
            r#"{"type":"LineString","arcs":[99999999999999999999]}"#,
            "as the type demands",
        ),
        (
            r#"{"type":"LineString","arcs":[3]}"#,
            "arc 3 cannot be read",
        ),
        (
            r#"{"type":"LineString","arcs":[0.5]}"#,
            "as the type demands",
        ),
        (r#"{"type":"Polygon","arcs":[0,1]}"#, "as the type demands"),
        (r#"{"type":"Polygon"}"#, "it has no arcs"),
        (
            r#"{"type":"Point","coordinates":[1]}"#,
            "fewer than two numbers",
        ),
        (
            r#"{"type":"Point","coordinates":["1","2"]}"#,
            "not a number",
        ),
        (r#"{"type":"Circle","coordinates":[1,2]}"#, "\"Circle\""),
        (
            r#"{"type":"Point","coordinates":[1e999,2]}"#,
            "not a finite number",
        ),
        ("17", "not a geometry"),
    ] {
        let arcs = SQUARES.trim_end_matches(']').to_owned() + "]],[[0,0],[\"x\",1]]]";
        let layer = collection(&arcs, &format!("{{\"type\":null}},{bad}"));
        let problem = layer.problems.first().expect(bad);
        assert!(problem.message.contains(word), "{bad}: {problem}");
        let address = (problem.layer.as_deref(), problem.feature);
        assert_eq!(address, (Some("o"), Some(2)), "{bad}");
        assert_eq!(layer.shapes.geometry_type(1), GeometryType::None, "{bad}");
    }
}

#[test]
fn steps_that_leave_the_numbers_are_a_problem_of_the_geometry() {
    let text = r#"{"type":"Topology","transform":{"scale":[1e300,1],"translate":[0,0]},
        "objects":{"o":{"type":"LineString","arcs":[0]}},"arcs":[[[1e300,0],[1e300,0]]]}"#;
    let layer = &layers(text)[0];
    assert!(layer.problems[0].message.contains("not a finite number"));
    assert_eq!(layer.coordinates.len(), 0);
}

#[test]
fn arcs_that_do_not_meet_are_told() {
    let layer = collection(SQUARES, r#"{"type":"LineString","arcs":[0,2]}"#);
    assert!(
        layer.problems[0].message.contains("do not meet"),
        "{:?}",
        layer.problems
    );
    assert_eq!(layer.coordinates.len(), 7);
}

#[test]
fn one_arc_used_without_end_does_not_fill_the_memory() {
    let arc: Vec<_> = (0..2_000).map(|x| format!("[{x},0]")).collect();
    let text = format!(
        r#"{{"type":"Topology","objects":{{"o":{{"type":"LineString","arcs":[{}0]}}}},"arcs":[[{}]]}}"#,
        "0,".repeat(5_000),
        arc.join(",")
    );
    let error = read(Path::new("a"), &text, None).expect_err("10,000,000 vertices");
    assert!(
        error
            .to_string()
            .contains("layer \"o\": the arcs are used so often"),
        "{error}"
    );
}

#[test]
fn columns_of_many_objects_do_not_fill_the_memory() {
    let members: Vec<_> = (0..300).map(|n| format!("\"c{n}\":1")).collect();
    let object = |name: usize| {
        let rows = "{\"type\":null},".repeat(3_000);
        let wide = format!("{{\"type\":null,\"properties\":{{{}}}}}", members.join(","));
        format!("\"o{name}\":{{\"type\":\"GeometryCollection\",\"geometries\":[{rows}{wide}]}}")
    };
    let objects: Vec<_> = (0..10).map(object).collect();
    let text = format!(
        r#"{{"type":"Topology","arcs":[],"objects":{{{}}}}}"#,
        objects.join(",")
    );
    let error = read(Path::new("a"), &text, None).expect_err("too many cells");
    assert!(
        error.to_string().contains("out of all proportion"),
        "{error}"
    );
}

#[test]
fn coordinates_that_are_no_degrees_have_no_crs_unless_one_is_named() {
    let point = |members: &str| {
        let text = format!(
            r#"{{"type":"Topology",{members}"arcs":[],"objects":{{"o":{{"type":"Point","coordinates":[345000,6290000]}}}}}}"#
        );
        layers(&text)[0].crs.clone()
    };
    assert_eq!(point(""), None);
    let named = r#""crs":{"type":"name","properties":{"name":"EPSG:32719"}},"#;
    assert_eq!(point(named).as_deref(), Some("EPSG:32719"));
}

#[test]
fn nesting_has_no_end_but_the_stack_has() {
    let deep = "{\"type\":\"GeometryCollection\",\"geometries\":[".repeat(60) + &"]}".repeat(60);
    let layer = collection("[]", &deep);
    assert!(
        layer.problems[0].message.contains("nested too deep"),
        "{:?}",
        layer.problems
    );
    let layer = collection(
        &format!("[{}{}]", "[".repeat(50_000), "]".repeat(50_000)),
        r#"{"type":"LineString","arcs":[0]}"#,
    );
    assert!(
        layer.problems[0].message.contains("not nested"),
        "{:?}",
        layer.problems
    );
}

#[test]
fn what_is_no_topology_is_refused_with_a_reason() {
    for (text, word) in [
        (r#"{"type":"Topology","arcs":[]}"#, "without \"objects\""),
        (r#"{"type":"Topology","objects":{}}"#, "without \"arcs\""),
        (
            r#"{"type":"Topology","objects":{},"arcs":[],"transform":{"scale":[1]}}"#,
            "transform",
        ),
        (
            r#"{"type":"Topology","objects":{},"arcs":[],"transform":{"scale":[1,1e999],"translate":[0,0]}}"#,
            "two numbers",
        ),
        (
            r#"{"type":"Topology","objects":[],"arcs":[]}"#,
            "the JSON text is not right",
        ),
    ] {
        let error = read(Path::new("a"), text, None)
            .expect_err(text)
            .to_string();
        assert!(error.contains(word), "{error}");
    }
    assert!(layers(r#"{"type":"Topology","objects":{},"arcs":[]}"#)[0].is_empty());
}

#[test]
fn damaged_topojson_is_survived() {
    for name in ["quantized.topojson", "plain.topojson"] {
        assert_survives(name, &[(name, corpus(name))], name);
    }
}
