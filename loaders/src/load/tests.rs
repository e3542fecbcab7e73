//! What a project says of its data, from its files to the messages.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::problem::Problem;
use crate::{Checked, Project, Unwatched};

/// Two districts side by side in Santiago.
const DISTRICTS: &str = r#"{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"COMUNA":"13101","COD_DIS":4.0},"geometry":{"type":"Polygon","coordinates":[[[-70.70,-33.50],[-70.69,-33.50],[-70.69,-33.49],[-70.70,-33.49],[-70.70,-33.50]]]}},
{"type":"Feature","properties":{"COMUNA":"13101","COD_DIS":12.0},"geometry":{"type":"Polygon","coordinates":[[[-70.69,-33.50],[-70.68,-33.50],[-70.68,-33.49],[-70.69,-33.49],[-70.69,-33.50]]]}}
]}"#;

/// The beginning of every project: the districts, whose key is put together.
const HEAD: &str = r#"name = "T"
crs = "EPSG:32719"
levels = [{ id = "districts", layer = "districts" }]
[layers.districts]
source = "districts.geojson"
key = "code"
derive = { code = "CONCAT(COMUNA, LPAD(TEXT(COD_DIS), 2, '0'))" }
"#;

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "districts.geojson", DISTRICTS);
    for (name, text) in files {
        write(folder.path(), name, text);
    }
    folder
}

fn write(folder: &Path, name: &str, text: &str) {
    let file = folder.join(name);
    fs::create_dir_all(file.parent().expect("in a folder")).expect("a folder");
    fs::write(file, text).expect("a file");
}

fn project(folder: &Path, more: &str) -> Project {
    let file = folder.join("comarca.toml");
    Project::parse(&file, format!("{HEAD}{more}")).unwrap_or_else(|errors| panic!("{errors}"))
}

fn line(problem: &Problem) -> String {
    format!("{}: {problem}", problem.severity.name())
}

fn loaded(folder: &Path, more: &str) -> (Checked, Vec<String>) {
    let checked = project(folder, more)
        .check(&Unwatched)
        .unwrap_or_else(|failure| panic!("{failure}"));
    let lines = checked.problems.iter().map(line).collect();
    (checked, lines)
}

/// What is wrong with a project that does not load.
fn failed(folder: &Path, more: &str) -> Vec<String> {
    let failure = project(folder, more)
        .check(&Unwatched)
        .expect_err("an error");
    failure.problems.iter().map(line).collect()
}

fn assert_said(lines: &[String], parts: &[&str]) {
    let said = lines
        .iter()
        .any(|line| parts.iter().all(|part| line.contains(part)));
    assert!(said, "{parts:?} in none of {lines:#?}");
}

#[test]
fn a_key_is_derived_from_columns_that_hold_it_in_pieces() {
    let (checked, lines) = loaded(folder(&[]).path(), "");
    let layer = checked.territory.layer("districts").expect("a layer");
    assert_eq!((layer.key(0), layer.key(1)), ("1310104", "1310112"));
    assert!(lines.is_empty(), "{lines:?}");
}

#[test]
fn derived_columns_are_there_for_filter_columns_and_those_after_them() {
    let points = folder(&[(
        "p.csv",
        "lon,lat,n\n-70.695,-33.495,\"1,5\"\n-70.685,-33.495,x\n-70.685,-33.496,3\n",
    )]);
    let more = "[layers.p]\nsource = \"p.csv\"\nwhere = \"double > 2\"\ncolumns = [\"double\"]\n\
                [layers.p.derive]\nn = \"NUMBER(n)\"\ndouble = \"2 * n\"\n";
    let (checked, lines) = loaded(points.path(), more);
    let layer = checked.territory.layer("p").expect("a layer");
    let values: Vec<_> = (0..layer.len())
        .map(|row| layer.columns()[0].number(row))
        .collect();
    assert_eq!(
        (layer.columns().len(), values),
        (1, vec![Some(3.0), Some(6.0)])
    );
    assert_said(
        &lines,
        &["p.csv: row 2, column \"n\": has no value though all that it is derived from has one"],
    );
}

#[test]
fn a_layer_may_be_chosen_by_where_its_features_are() {
    let points = folder(&[("p.csv", "lon,lat,n\n-70.695,-33.495,1\n-70.685,-33.495,2\n")]);
    let with = |filter: &str| format!("[layers.p]\nsource = \"p.csv\"\nwhere = \"{filter}\"\n");
    let east = with("n > 0 AND S_INTERSECTS(geometry, BBOX(-70.69,-33.5,-70.68,-33.49))");
    let (checked, lines) = loaded(points.path(), &east);
    let layer = checked.territory.layer("p").expect("a layer");
    let number = layer.column("n").and_then(|column| column.number(0));
    assert_eq!((layer.len(), number), (1, Some(2.0)));
    let is_about_crs = |line: &String| line.contains("names no CRS");
    assert!(lines.iter().all(is_about_crs), "{lines:?}");
    let bow = with("S_WITHIN(geometry, POLYGON((0 0, 1 1, 1 0, 0 1, 0 0)))");
    let file = points.path().join("comarca.toml");
    let errors = Project::parse(&file, format!("{HEAD}{bow}")).expect_err("a bow");
    let message = errors.to_string();
    assert!(
        message.contains("layers.p.where") && message.contains("crosses itself"),
        "{message}"
    );
}

#[test]
fn an_error_in_an_expression_has_its_line_and_column_in_the_project_file() {
    let points = folder(&[("p.csv", "lon,lat,n\n-70.695,-33.495,1\n")]);
    let more = "[layers.p]\nsource = \"p.csv\"\n[layers.p.derive]\na = \"1 + nn\"\nb = \"LPAD(n, 5, '0')\"\n";
    let lines = failed(points.path(), more);
    assert_said(
        &lines,
        &["line 11:10: layers.p.derive.a: unknown property \"nn\"; did you mean \"n\"?"],
    );
    assert_said(
        &lines,
        &["line 12:5: layers.p.derive.b: LPAD needs text, but n is a number; write TEXT(n)"],
    );
    let text = format!("{HEAD}[layers.p]\nsource = \"p.csv\"\nderive = {{ a = \"1 +\" }}\n");
    let errors = Project::parse(Path::new("comarca.toml"), text).expect_err("no expression");
    assert_eq!(errors.errors()[0].place, Some((10, 20)), "{errors}");
}

#[test]
fn a_missing_crs_proposes_systems_by_where_the_territory_is() {
    let metres = folder(&[("p.csv", "x,y\n343000,6293000\n343100,6293200\n")]);
    let lines = failed(metres.path(), "[layers.p]\nsource = \"p.csv\"\n");
    assert_said(
        &lines,
        &[
            "does not tell its coordinate reference system; say crs = \"EPSG:32719\" (the project's own; ",
            "EPSG:5361",
            "the choice matters: ",
            "EPSG:24879 (PSAD56 / UTM 19S) 4",
        ],
    );
    let lines = failed(
        metres.path(),
        "[layers.p]\nsource = \"p.csv\"\ncrs = \"EPSG:327199\"\n",
    );
    assert_said(
        &lines,
        &[
            "line 10:7: the CRS \"EPSG:327199\" is not known; write a code such as EPSG:32719",
            "say crs = \"EPSG:32719\"",
        ],
    );
}

#[test]
fn keys_that_do_not_meet_say_why_and_what_to_write() {
    let tables = folder(&[
        ("short.csv", "cut,n\n13101,1\n"),
        ("lost.csv", "code,n\n01310104,1\n1310112,2\n"),
        ("none.csv", "code,n\nabc,1\n"),
    ]);
    let join = |table: &str, column: &str| {
        format!(
            "[tables.t]\nsource = \"{table}.csv\"\njoin = {{ layer = \"districts\", column = \"{column}\" }}\n"
        )
    };
    let lines = failed(tables.path(), &join("short", "cut"));
    assert_said(
        &lines,
        &[
            "error: districts.geojson: layer \"districts\": 2 of 2 features have no row in table \"t\"",
            "[layers.districts.derive] cut = \"SUBSTR(TEXT(code), 1, 5)\"",
        ],
    );
    let (_, lines) = loaded(tables.path(), &join("lost", "code"));
    assert_said(
        &lines,
        &[
            "warning: ",
            "\"1310104\" in the layer, \"01310104\" in the table: leading zero lost",
        ],
    );
    assert_said(
        &lines,
        &["notice: lost.csv: layer \"t\": 1 of 2 rows fit no feature"],
    );
    let lines = failed(tables.path(), &join("none", "code"));
    assert_said(&lines, &["check which columns hold the same keys"]);
}

#[test]
fn a_key_that_stands_twice_in_a_table_is_an_error_unless_the_project_says_which_counts() {
    let tables = folder(&[
        (
            "t.csv",
            "code,n,COMUNA\n1310104,1,a\n1310104,2,a\n1310112,3,b\n,4,c\n",
        ),
        (
            "long.csv",
            "code,age,n\n1310104,old,1\n1310104,old,2\n1310112,young,3\n1310112,,3\n",
        ),
    ]);
    let join = "join = { layer = \"districts\", column = \"code\" }\n";
    let wide = format!("[tables.t]\nsource = \"t.csv\"\n{join}");
    let lines = failed(tables.path(), &wide);
    assert_said(
        &lines,
        &[
            "error: t.csv: layer \"t\", row 2: key stands twice (found \"1310104\")",
            "on_duplicate",
        ],
    );
    assert_said(&lines, &["row 4, column \"code\": has no key"]);
    for (rule, value) in [("first", 1.0), ("last", 2.0)] {
        let (checked, lines) = loaded(tables.path(), &format!("{wide}on_duplicate = \"{rule}\"\n"));
        let column = checked
            .territory
            .layer("districts")
            .and_then(|layer| layer.column("n"));
        assert_eq!(column.and_then(|column| column.number(0)), Some(value));
        assert_said(&lines, &["notice: ", "key stands twice; the ", rule]);
        assert_said(
            &lines,
            &[
                "column \"COMUNA\": is called \"t.COMUNA\", as the layer \"districts\" has a column of that name",
            ],
        );
    }
    let long = format!(
        "[tables.t]\nsource = \"long.csv\"\n{join}pivot = {{ names = \"age\", values = \"n\" }}\n"
    );
    let lines = failed(tables.path(), &long);
    assert_said(
        &lines,
        &["row 2: the same key and name stand twice (found \"1310104, old\")"],
    );
    assert_said(
        &lines,
        &["row 4, column \"age\": has no name to become a column"],
    );
    let (checked, _) = loaded(tables.path(), &format!("{long}on_duplicate = \"last\"\n"));
    let column = checked
        .territory
        .layer("districts")
        .and_then(|layer| layer.column("old"));
    assert_eq!(column.and_then(|column| column.number(0)), Some(2.0));
}

#[test]
fn misplaced_and_doubled_features_are_told_with_the_rows_of_the_source() {
    let near = (1..30).map(|id| format!("{id},-70.69,-33.{},own\n", 490 + id % 10));
    let mut points: String = ["id,lon,lat,kind\n0,-70.6,-33.4,other\n".to_owned()]
        .into_iter()
        .chain(near)
        .collect();
    points += "30,-122.26,37.51,own\n31,-33.495,-70.69,own\n32,0,0,own\n";
    let doubled = DISTRICTS.replace("\"COD_DIS\":12.0", "\"COD_DIS\":13.0");
    let doubled = doubled.replace("-70.68,", "-70.70,");
    let files = folder(&[("p.csv", &points), ("twice.geojson", &doubled)]);
    let more = "[layers.p]\nsource = \"p.csv\"\nwhere = \"kind = 'own'\"\n[layers.twice]\nsource = \"twice.geojson\"\n";
    let (_, lines) = loaded(files.path(), more);
    assert_said(&lines, &["p.csv: layer \"p\", row 33: lies at 0/0"]);
    assert_said(&lines, &["row 32: x and y look swapped"]);
    assert_said(
        &lines,
        &[
            "notice: p.csv: layer \"p\", rows 31, 32: lies outside the territory",
            "1 of them would lie inside with x and y swapped",
        ],
    );
    assert_said(
        &lines,
        &[
            "layer \"twice\", row 2: has the same geometry as a feature before it (found \"row 2 is as row 1\")",
        ],
    );
}

#[test]
fn a_shift_from_an_old_datum_says_how_well_it_is_known() {
    let points = folder(&[("p.csv", "x,y\n343000,6293000\n")]);
    for (crs, accuracy) in [("EPSG:24879", "17 m"), ("EPSG:29189", "4 m")] {
        let more = format!("[layers.p]\nsource = \"p.csv\"\ncrs = \"{crs}\"\n");
        let (_, lines) = loaded(points.path(), &more);
        assert_said(
            &lines,
            &[&format!(
                "the shift from {crs} to WGS 84 is good to {accuracy}"
            )],
        );
    }
}

#[test]
fn text_is_put_right_only_where_the_project_asks_for_it() {
    let points = folder(&[("p.csv", "lon,lat,commune\n-70.695,-33.495,PEÃ‘ALOLEN\n")]);
    let more = "[layers.p]\nsource = \"p.csv\"\n";
    let commune = |checked: &Checked| {
        let layer = checked.territory.layer("p").expect("a layer");
        layer
            .column("commune")
            .expect("a column")
            .value(0)
            .display()
    };
    let (checked, lines) = loaded(points.path(), more);
    assert_eq!(commune(&checked), "PEÃ‘ALOLEN");
    assert_said(&lines, &["warning: ", "say repair_text = true"]);
    let (checked, lines) = loaded(points.path(), &format!("{more}repair_text = true\n"));
    assert_eq!(commune(&checked), "PEÑALOLEN");
    assert_said(&lines, &["notice: ", "put right", "PEÃ‘ALOLEN → PEÑALOLEN"]);
}

// ---- files outside the project's folder ----

const POINTS: &str = "lon,lat\n-70.695,-33.495\n";

/// A project in `project` beside a folder `common` with a file of points.
fn beside() -> TempDir {
    let both = tempfile::tempdir().expect("a folder");
    write(both.path(), "project/districts.geojson", DISTRICTS);
    write(both.path(), "project/own/p.csv", POINTS);
    write(both.path(), "common/p.csv", POINTS);
    both
}

fn layer_from(source: &str) -> String {
    format!("[layers.p]\nsource = {source:?}\n")
}

#[test]
fn a_source_that_leaves_the_folder_is_refused_unless_its_folder_is_allowed() {
    let both = beside();
    let folder = both.path().join("project");
    let common = both.path().join("common");
    let absolute = common.join("p.csv").display().to_string();
    let outside = |folder: &str| format!("[access]\noutside = [{folder:?}]\n");
    for source in [
        "../common/p.csv",
        "../common/*.csv",
        "own/../../common/p.csv",
        &absolute,
    ] {
        let lines = failed(&folder, &layer_from(source));
        assert_said(
            &lines,
            &[
                "error: ",
                "line 9:10: ",
                "leads out of the project's folder",
                "[access] outside = [",
            ],
        );
        for allowed in ["../common", &common.display().to_string()] {
            let (checked, _) = loaded(&folder, &(layer_from(source) + &outside(allowed)));
            assert_eq!(
                checked.territory.layer("p").map(|layer| layer.len()),
                Some(1)
            );
        }
    }
    let (checked, _) = loaded(&folder, &layer_from("own/../own/*.csv"));
    assert!(checked.territory.layer("p").is_some());
    let lines = failed(&folder, &layer_from("nowhere/../../common/p.csv"));
    assert_said(&lines, &["leads nowhere"]);
}

#[test]
fn what_is_not_there_is_only_missing_and_a_store_outside_is_refused() {
    let both = beside();
    let folder = both.path().join("project");
    assert_said(
        &failed(&folder, &layer_from("own/q.csv")),
        &["no such file"],
    );
    let store = |store: &str| format!("[demands]\nstore = {store:?}\nthemes = [\"health\"]\n");
    let lines = failed(&folder, &store("../demands.gpkg"));
    assert_said(&lines, &["leads out of the project's folder", "line 9:9: "]);
    loaded(&folder, &store("demands.gpkg"));
    let watched = project(&folder, &store("../demands.gpkg")).files();
    assert_eq!(watched.len(), 2, "{watched:?}");
}

#[cfg(unix)]
mod links {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_to_files_and_folders_are_judged_by_where_they_lead() {
        let both = beside();
        let folder = both.path().join("project");
        symlink("../common/p.csv", folder.join("file.csv")).expect("a link");
        symlink("../common", folder.join("folder")).expect("a link");
        symlink("own/p.csv", folder.join("inside.csv")).expect("a link");
        symlink("nothing.csv", folder.join("dangling.csv")).expect("a link");
        symlink("../../new.gpkg", folder.join("own/new.gpkg")).expect("a link");
        for source in ["file.csv", "folder/p.csv", "*/p.csv", "f*.csv"] {
            let lines = failed(&folder, &layer_from(source));
            assert_said(&lines, &["leads out of the project's folder to "]);
        }
        assert_said(
            &failed(&folder, &layer_from("dangling.csv")),
            &["leads nowhere"],
        );
        let store = "[demands]\nstore = \"own/new.gpkg\"\nthemes = [\"health\"]\n";
        assert_said(&failed(&folder, store), &["leads nowhere"]);
        loaded(&folder, &layer_from("inside.csv"));
        let allowed = "[access]\noutside = [\"../common\"]\n";
        loaded(&folder, &(layer_from("folder/*.csv") + allowed));
    }

    #[test]
    fn files_that_belong_to_a_source_are_not_followed_out_either() {
        let both = beside();
        let folder = both.path().join("project");
        write(&folder, "blocks.shp", "");
        symlink("../common/p.csv", folder.join("BLOCKS.dbf")).expect("a link");
        let lines = failed(&folder, &layer_from("blocks.shp"));
        assert_said(
            &lines,
            &["BLOCKS.dbf leads out of the project's folder to "],
        );
    }

    #[test]
    fn links_in_a_circle_and_files_that_are_none_end_with_an_error() {
        let both = beside();
        let folder = both.path().join("project");
        symlink("circle.csv", folder.join("circle.csv")).expect("a link");
        symlink(".", folder.join("again")).expect("a link");
        assert_said(
            &failed(&folder, &layer_from("circle.csv")),
            &["leads nowhere"],
        );
        loaded(&folder, &layer_from("again/again/own/p.csv"));
        let _socket =
            std::os::unix::net::UnixListener::bind(folder.join("socket.csv")).expect("a socket");
        assert_said(
            &failed(&folder, &layer_from("socket.csv")),
            &["is not a regular file"],
        );
    }
}
