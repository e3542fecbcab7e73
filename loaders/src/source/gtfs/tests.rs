use std::fs;

use super::*;
use crate::source::{ReadOptions, read};

const STOPS: &str = "\u{feff}stop_id,stop_name,stop_lat,stop_lon,location_type\n\
    001,\"Plaza, norte\",-33.5,-70.6,0\nB,Andén,,,4\n";
const ROUTES: &str = "route_id,route_short_name,route_color\nR1,101,009900\nR2,202,FFFFFF\n";
const TRIPS: &str = "route_id,service_id,trip_id,shape_id\n\
    R1,L,t1,s2\nR1,L,t2,s1\nR1,L,t3,s2\nR1,L,t4,gone\n";
const SHAPES: &str = "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\n\
    s1,1,10,2\ns1,0,10,1\ns2,5,6,1\ns2,7,8,10\ns2,6,7,9\ns2,x,7,11\n";

fn feed(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("a file");
    }
    folder
}

fn whole() -> tempfile::TempDir {
    feed(&[
        ("stops.txt", STOPS),
        ("routes.txt", ROUTES),
        ("trips.txt", TRIPS),
        ("shapes.txt", SHAPES),
        ("stop_times.txt", "trip_id,departure_time\nt1,25:10:00\n"),
    ])
}

fn layers(folder: &Path, table: Option<&str>) -> Vec<Features> {
    let table = table.map(str::to_owned);
    read(
        folder,
        &ReadOptions {
            table,
            ..ReadOptions::default()
        },
    )
    .expect("a feed")
}

#[test]
fn stops_are_points_and_come_first() {
    let folder = whole();
    let layers = layers(folder.path(), None);
    let names: Vec<_> = layers.iter().map(|layer| layer.name.as_str()).collect();
    assert_eq!(names, ["stops", "routes", "shapes"]);
    let stops = &layers[0];
    assert_eq!(
        (stops.format, stops.crs.as_deref()),
        (Format::Gtfs, Some(CRS))
    );
    assert_eq!(stops.coordinates, [[-70.6, -33.5]]);
    let id = stops.column("stop_id").map(|column| column.value(0));
    assert_eq!(id, Some(Value::Text("001")));
    let kind = stops.column("location_type").map(|column| column.value(1));
    assert_eq!(kind, Some(Value::Integer(4)));
}

#[test]
fn a_route_has_the_distinct_shapes_of_its_trips_in_their_sequence() {
    let folder = whole();
    let routes = &layers(folder.path(), Some("routes"))[0];
    let counts = routes.geometry_counts();
    assert_eq!(counts, [("MultiLineString", 1), ("None", 1)]);
    let lines = [[6.0, 5.0], [7.0, 6.0], [8.0, 7.0], [10.0, 0.0], [10.0, 1.0]];
    assert_eq!(routes.coordinates, lines);
    let color = routes.column("route_color").map(|column| column.value(0));
    assert_eq!(color, Some(Value::Text("009900")));
    let messages: Vec<_> = routes.problems.iter().map(ToString::to_string).collect();
    let told = |file: &str, what: &str| {
        messages
            .iter()
            .any(|message| message.contains(file) && message.contains(what))
    };
    assert!(
        told("trips.txt", "row 4, column \"shape_id\": names a shape"),
        "{messages:?}"
    );
    assert!(told("shapes.txt", "row 6: is no point"), "{messages:?}");
    assert!(told("routes.txt", "row 2: has no trip"), "{messages:?}");
}

#[test]
fn shapes_are_lines_and_other_files_are_tables() {
    let folder = whole();
    let shapes = &layers(folder.path(), Some("shapes"))[0];
    assert_eq!(shapes.geometry_counts(), [("LineString", 2)]);
    let times = &layers(folder.path(), Some("stop_times"))[0];
    let time = times.column("departure_time").map(|column| column.value(0));
    assert_eq!(
        (times.is_table(), time),
        (true, Some(Value::Text("25:10:00")))
    );
}

#[test]
fn what_a_feed_lacks_is_a_problem_and_an_unknown_table_an_error() {
    let folder = feed(&[("Stops.TXT", STOPS), ("routes.txt", ROUTES)]);
    let layers = layers(folder.path(), None);
    let messages: Vec<_> = layers[0]
        .problems
        .iter()
        .map(|problem| problem.message.as_str())
        .collect();
    for file in ["agency.txt", "trips.txt", "stop_times.txt", "calendar.txt"] {
        assert!(
            messages.iter().any(|message| message.contains(file)),
            "{messages:?}"
        );
    }
    assert!(layers[1].is_table());
    assert!(
        layers[1]
            .problems
            .iter()
            .any(|problem| problem.message.contains("has no shapes"))
    );
    let options = ReadOptions {
        table: Some("stop".to_owned()),
        ..ReadOptions::default()
    };
    let error = read(folder.path(), &options).expect_err("no such table");
    assert!(
        error.to_string().contains("did you mean \"Stops\"?"),
        "{error}"
    );
}
