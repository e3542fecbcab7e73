use comarca_engine::{GeometryType, Value};

use super::*;
use crate::source::tests::assert_survives;

fn read_with(text: &str, options: &JsonOptions) -> Result<Features, LoadError> {
    read(Path::new("a.json"), text, options)
}

fn features(text: &str) -> Features {
    read_with(text, &JsonOptions::default()).expect("records")
}

fn xy(x: &str, y: &str) -> JsonOptions {
    JsonOptions {
        x: Some(x.to_owned()),
        y: Some(y.to_owned()),
        ..JsonOptions::default()
    }
}

fn column_names(features: &Features) -> Vec<&str> {
    features.columns.iter().map(Column::name).collect()
}

fn messages(features: &Features) -> Vec<String> {
    features.problems.iter().map(ToString::to_string).collect()
}

fn corpus(name: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus/json");
    std::fs::read_to_string(Path::new(folder).join(name)).expect("a file of the corpus")
}

#[test]
fn nested_objects_become_columns_with_dots_and_arrays_stay_text() {
    let read = features(
        r#"[{"n":1,"direccion":{"calle":"Ñuble","nro":{"a":2}},"dias":[ "lu", "a b\" ]" ],"cut":"05101"},{"n":1.5,"cut":null}]"#,
    );
    assert_eq!(
        column_names(&read),
        ["n", "direccion.calle", "direccion.nro.a", "dias", "cut"]
    );
    let values: Vec<_> = read.columns.iter().map(|column| column.value(0)).collect();
    let expected = [
        Value::Real(1.0),
        Value::Text("Ñuble"),
        Value::Integer(2),
        Value::Text(r#"["lu","a b\" ]"]"#),
        Value::Text("05101"),
    ];
    assert_eq!(values, expected);
    assert_eq!((read.crs.as_deref(), read.problems.len()), (None, 0));
}

#[test]
fn a_list_of_positions_is_what_the_option_says() {
    let text = r#"[{"p":[{"lat":"-33.5","lng":"-70.5"},{"lat":"-33,7","lng":-70.7},{"lat":-33.6,"lng":-70.9}]},{"p":[{"lat":-33,"lng":-70}]},{"p":[]}]"#;
    for (geometry, kind, coordinates) in [
        (Several::Line, GeometryType::Line, 3),
        (Several::Polygon, GeometryType::Polygon, 4),
        (Several::MultiPoint, GeometryType::Point, 3),
        (Several::Mean, GeometryType::Point, 1),
    ] {
        let options = JsonOptions {
            geometry,
            ..xy("p.lng", "p.lat")
        };
        let read = read_with(text, &options).expect("records");
        assert_eq!(read.shapes.geometry_type(0), kind);
        assert_eq!(read.shapes.feature_coordinates(0).len(), coordinates);
        assert_eq!(read.shapes.geometry_type(1), GeometryType::Point);
        assert_eq!(read.crs.as_deref(), Some("OGC:CRS84"));
        assert!(messages(&read).contains(&"row 3: has no coordinates".to_owned()));
        // The list is the geometry, not an attribute.
        assert_eq!(read.columns.len(), 0);
    }
    let options = JsonOptions {
        geometry: Several::Mean,
        ..JsonOptions::default()
    };
    let mean = read_with(text, &options).expect("records").coordinates[0];
    assert!(
        (mean[0] + 70.7).abs() < 1e-12 && (mean[1] + 33.6).abs() < 1e-12,
        "{mean:?}"
    );
}

#[test]
fn usual_names_are_found_at_the_top_and_one_level_inside() {
    for (record, kind) in [
        (
            r#"{"Latitud":"-33,5","LONGITUD":"-70,6"}"#,
            GeometryType::Point,
        ),
        (
            r#"{"a":1,"pos":{"lat":-33.5,"lng":-70.6}}"#,
            GeometryType::Point,
        ),
        (
            r#"{"via":[{"lat":-33.5,"lon":-70.6},{"lat":-33.6,"lon":-70.6}]}"#,
            GeometryType::Line,
        ),
        (r#"{"x":-70.6,"y":-33.5}"#, GeometryType::Point),
        (r#"{"x":"sí","y":"no"}"#, GeometryType::None),
        (
            r#"{"a":{"b":{"lat":-33.5,"lng":-70.6}}}"#,
            GeometryType::None,
        ),
        (
            r#"{"a":{"lat":-33.5},"b":{"lng":-70.6}}"#,
            GeometryType::None,
        ),
    ] {
        let read = features(&format!("[{record}]"));
        assert_eq!(read.shapes.geometry_type(0), kind, "{record}");
    }
    let read = features(r#"[{"lat":-33.5,"lng":-70.6,"casa":{"lat":1,"lng":2}}]"#);
    assert_eq!(read.coordinates, [[-70.6, -33.5]]);
    assert_eq!(column_names(&read), ["lat", "lng", "casa.lat", "casa.lng"]);
}

#[test]
fn paths_go_through_arrays_by_name_number_and_star() {
    let cases = [
        (r#"[{"c":[-70.5,-33.5]}]"#, "c.0", "c.1", 1),
        (
            r#"[{"c":[[-70.5,-33.5],[-70.6,-33.6]]}]"#,
            "c.*.0",
            "c.*.1",
            2,
        ),
        (
            r#"[{"a":{"xs":[1,2,3],"ys":["4","5","6"]}}]"#,
            "a.xs",
            "a.ys",
            3,
        ),
        (r#"[{"a.b":{"x":1,"y":2}}]"#, "a.b.x", "a.b.y", 1),
        (
            r#"[{"a":[{"b":[{"x":1,"y":2}]},{"b":[{"x":3,"y":4},{"x":5,"y":6}]}]}]"#,
            "a.b.x",
            "a.b.y",
            3,
        ),
    ];
    for (text, x, y, count) in cases {
        let read = read_with(text, &xy(x, y)).expect(text);
        assert_eq!(read.coordinates.len(), count, "{text}");
        let geometry = read.shapes.geometry_type(0);
        assert_eq!(geometry == GeometryType::Point, count == 1, "{text}");
    }
}

#[test]
fn a_coordinate_that_is_none_is_reported_with_path_and_value() {
    let read = features(
        r#"[{"lon":-70,"lat":-33},{"lon":"Ruta 5","lat":1},{"lon":1},{"lon":" ","lat":null}]"#,
    );
    let expected = [
        "row 2, column \"lon\": is not a coordinate; the row has no geometry (found \"\\\"Ruta 5\\\"\"); write a plain number, with or without quotes",
        "row 3, column \"lon\": has not as many x as y; the row has no geometry (found \"1 x, 0 y\")",
        "row 4: has no coordinates",
    ];
    assert_eq!(messages(&read)[..3], expected);
    assert_eq!((read.len(), read.coordinates.len()), (4, 1));
    // A position that lacks a number keeps the others in step.
    let read = features(r#"[{"p":[{"lat":1,"lng":2},{"lat":3},{"lat":5,"lng":6}]}]"#);
    assert_eq!(
        (read.coordinates.len(), read.problems[0].column.as_deref()),
        (0, Some("p.lng"))
    );
}

#[test]
fn a_whole_geometry_is_found_by_its_name_or_by_being_one() {
    let point = r#"{"type":"Point","coordinates":[-70.6,-33.5]}"#;
    let quoted = point.replace('"', "\\\"");
    for record in [
        format!(r#"{{"a":1,"the_geom":{point}}}"#),
        format!(r#"{{"a":1,"location":{point}}}"#),
        format!(r#"{{"a":1,"GeoJSON":"{quoted}"}}"#),
        r#"{"a":1,"wkt":"POINT (-70.6 -33.5)"}"#.to_owned(),
        r#"{"a":1,"geom":"01010000006666666666A651C00000000000C040C0"}"#.to_owned(),
    ] {
        let read = features(&format!("[{record}]"));
        assert_eq!(read.coordinates, [[-70.6, -33.5]], "{record}");
        assert_eq!(
            (column_names(&read), read.crs.as_deref()),
            (vec!["a"], Some("OGC:CRS84"))
        );
    }
    let options = JsonOptions {
        geometry_column: Some("datos.forma".to_owned()),
        crs: Some("EPSG:32719".to_owned()),
        ..JsonOptions::default()
    };
    let text = r#"[{"datos":{"forma":"LINESTRING (1 2, 3 4)"}},{"datos":{"forma":"LINESTRING (1"}},{"datos":{"forma":null}}]"#;
    let read = read_with(text, &options).expect("records");
    assert_eq!(
        (read.coordinates.len(), read.crs.as_deref()),
        (2, Some("EPSG:32719"))
    );
    assert!(
        messages(&read)[0].starts_with("row 2, column \"datos.forma\": the geometry is left out")
    );
    assert_eq!(messages(&read)[1], "row 3: has no coordinates");
}

#[test]
fn coordinates_that_are_no_degrees_have_no_crs() {
    let read = features(r#"[{"x":345000.5,"y":6290000}]"#);
    assert_eq!((read.crs.as_deref(), read.coordinates.len()), (None, 1));
}

#[test]
fn the_longest_array_of_objects_is_taken_and_the_others_told() {
    let text = r#"{"meta":{"a":[1,2,3,4,5]},"tags":[{"t":1}],"data":{"items":[{"n":1},{"n":2}],"deep":{"er":{"no":[{},{},{}]}}}}"#;
    let read = features(text);
    assert_eq!((read.len(), column_names(&read)), (2, vec!["n"]));
    assert!(
        messages(&read)[0].contains("\"data.items\"")
            && messages(&read)[0].contains("\"tags\" (1 records)")
    );
    let options = JsonOptions {
        records: Some("tags".to_owned()),
        ..JsonOptions::default()
    };
    assert_eq!(read_with(text, &options).expect("tags").len(), 1);
    let options = JsonOptions {
        records: Some("data.deep.er.no".to_owned()),
        ..JsonOptions::default()
    };
    assert_eq!(read_with(text, &options).expect("deep").len(), 3);
    let options = JsonOptions {
        records: Some("data.item".to_owned()),
        ..JsonOptions::default()
    };
    let error = read_with(text, &options)
        .expect_err("no such array")
        .to_string();
    assert!(
        error.contains("no array \"data.item\"") && error.contains("data.items"),
        "{error}"
    );
    assert!(features(r#"{"data":[{"a":1}]}"#).problems.is_empty());
}

#[test]
fn records_may_stand_one_per_line() {
    let read = features("{\"a\":1}\n\n{\"a\":2}\r\n{\"a\":\n[3]\n");
    assert_eq!(read.len(), 4);
    assert!(
        messages(&read)[0].starts_with("rows 3, 4: is not an object") || read.problems.len() == 2
    );
    assert_eq!(read.columns[0].value(1), Value::Integer(2));
    assert_eq!(features("{\"a\":\n1}\n{\"a\":2}").len(), 2);
}

#[test]
fn wrong_paths_propose_the_nearest() {
    let text = r#"[{"pos":{"lat":1,"lng":2}}]"#;
    let error = read_with(text, &xy("pos.lgn", "pos.lat")).expect_err("no such path");
    assert_eq!(
        error.to_string(),
        "a.json: no record has \"pos.lgn\"; did you mean \"pos.lng\"?"
    );
    let half = JsonOptions {
        x: Some("pos.lng".to_owned()),
        ..JsonOptions::default()
    };
    assert!(read_with(text, &half).is_err());
    // Without a record nothing can be missing.
    assert!(read_with("[]", &xy("a", "b")).expect("empty").is_empty());
}

#[test]
fn what_has_no_records_is_refused_with_a_reason() {
    for (text, word) in [
        (r#"{"a":1}"#, "no array of objects"),
        (r#"{"type":"Table","rows":[1,2]}"#, "no array of objects"),
        ("[{\"a\":1},\n{\"a\"", "line 2:4: the JSON text breaks off"),
    ] {
        let error = read_with(text, &JsonOptions::default())
            .expect_err(text)
            .to_string();
        assert!(error.contains(word), "{error}");
    }
    let read = features("[1,null,{\"a\":1}]");
    assert_eq!(read.len(), 3);
    assert!(
        messages(&read)[0].contains("is not an object"),
        "{:?}",
        messages(&read)
    );
}

#[test]
fn nesting_has_no_end_but_the_stack_has() {
    let deep = "{\"a\":".repeat(100) + "1" + &"}".repeat(100);
    let read = features(&format!("[{deep}]"));
    assert_eq!(read.columns.len(), 1);
    let arrays = "[".repeat(100_000) + &"]".repeat(100_000);
    let read = features(&format!("[{{\"lat\":{arrays},\"lng\":{arrays}}}]"));
    assert_eq!(read.coordinates.len(), 0);
    let _ = read_with(&"{\"a\":[".repeat(100_000), &JsonOptions::default());
}

#[test]
fn long_names_and_many_columns_do_not_fill_the_memory() {
    let members: Vec<_> = (0..1_000).map(|n| format!("\"{n}\":1")).collect();
    let text = format!("[{{\"{}\":{{{}}}}}]", "n".repeat(200), members.join(","));
    assert_eq!(features(&text).columns.len(), 1);
    let many: Vec<_> = (0..5_000).map(|n| format!("{{\"c{n}\":1}}")).collect();
    let error =
        read_with(&format!("[{}]", many.join(",")), &JsonOptions::default()).expect_err("too many");
    assert!(
        error.to_string().contains("out of all proportion"),
        "{error}"
    );
}

#[test]
fn markets_of_the_corpus_are_lines_and_points() {
    let read = features(&corpus("markets.json"));
    assert_eq!(read.geometry_counts(), [("Point", 1), ("LineString", 2)]);
    assert_eq!(column_names(&read), ["name", "form", "address.street"]);
}

#[test]
fn damaged_records_are_survived() {
    for name in ["markets.json", "wrapped.json", "lines.ndjson"] {
        assert_survives(name, &[(name, corpus(name).into_bytes())], name);
    }
}
