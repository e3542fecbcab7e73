//! Mistakes in the project file and in the files it names: status 1, each with its address and what to do.

use std::fs;
use std::path::Path;

use comarca_tests::program::{Outcome, comarca, comarca_in, run};
use comarca_tests::project::{
    TINY_DISTRICTS, TINY_PEOPLE, replace, sample, tiny, tiny_with, write,
};
use serde_json::{Value, json};

fn check(folder: &Path) -> Outcome {
    run(comarca_in(folder).arg("check"))
}

/// The lines of standard error of a check that fails.
fn complaints(folder: &Path) -> Vec<String> {
    let outcome = check(folder);
    assert_eq!(outcome.code(), Some(1), "{}", outcome.stderr);
    assert!(outcome.stdout.is_empty(), "{}", outcome.text());
    outcome.stderr.lines().map(str::to_owned).collect()
}

/// The only complaint of a check of the tiny project with one text replaced.
fn complaint(text: &str, other: &str) -> String {
    let lines = complaints(tiny_with(text, other).path());
    assert_eq!(lines.len(), 1, "{lines:#?}");
    lines.into_iter().next().expect("there is one")
}

#[test]
fn a_good_project_ends_with_0_and_a_summary() {
    let outcome = check(tiny().path()).expect_success();
    assert_eq!(outcome.stderr, "");
    assert!(outcome.text().contains("0 errors"), "{}", outcome.text());
}

#[test]
fn the_sample_has_no_errors_and_no_warnings() {
    let outcome = check(&sample()).expect_success();
    assert!(
        outcome.text().contains("0 errors, 0 warnings"),
        "{}{}",
        outcome.text(),
        outcome.stderr
    );
}

#[test]
fn an_unknown_command_and_an_unknown_option_are_usage_and_end_with_2() {
    for arguments in [
        &["paint"][..],
        &["check", "--faster"],
        &["info"],
        &["indicators", "--format", "xlsm"],
        &[],
    ] {
        let outcome = run(comarca().args(arguments));
        assert_eq!(outcome.code(), Some(2), "{arguments:?}: {}", outcome.stderr);
        assert!(
            outcome.stdout.is_empty() && !outcome.stderr.is_empty(),
            "{arguments:?}"
        );
    }
}

#[test]
fn a_project_file_that_is_not_there_is_named() {
    let outcome = run(comarca().args(["--project", "nowhere/comarca.toml", "check"]));
    assert_eq!(outcome.code(), Some(1));
    assert!(
        outcome.stderr.starts_with("error: nowhere/comarca.toml: "),
        "{}",
        outcome.stderr
    );
    assert_eq!(outcome.stderr.lines().count(), 1, "{}", outcome.stderr);
}

#[test]
fn unknown_keys_are_named_with_their_place_and_the_nearest_key_all_in_one_run() {
    let folder = tiny_with("source = \"people.csv\"", "sourse = \"people.csv\"");
    let text = fs::read_to_string(folder.path().join("comarca.toml")).expect("it was written");
    write(
        folder.path(),
        "comarca.toml",
        text.replace("unit = ", "unti = "),
    );
    let lines = complaints(folder.path());
    assert_eq!(lines.len(), 2, "{lines:#?}");
    for (line, place, key) in [
        (&lines[0], "line 10:1", "\"source\""),
        (&lines[1], "line 19:1", "\"unit\""),
    ] {
        assert!(line.starts_with("error: comarca.toml: "), "{line}");
        assert!(
            line.contains(place) && line.contains(&format!("did you mean {key}?")),
            "{line}"
        );
    }
}

#[test]
fn text_that_is_not_toml_is_named_with_its_place() {
    let line = complaint("key = \"code\"", "key = code\"");
    assert!(line.starts_with("error: comarca.toml: line 6:"), "{line}");
}

#[test]
fn a_source_that_is_not_there_is_named() {
    let line = complaint("people.csv", "peeple.csv");
    assert!(
        line.contains("peeple.csv") && line.contains("no such file"),
        "{line}"
    );
}

#[test]
fn keys_that_stand_twice_are_named_with_their_row() {
    let line = complaint("key = \"code\"", "key = \"zone\"");
    for part in [
        "\"districts\"",
        "row 2",
        "\"zone\"",
        "\"A\"",
        "on_duplicate",
    ] {
        assert!(line.contains(part), "{part}: {line}");
    }
}

#[test]
fn an_unknown_column_of_an_indicator_is_named_with_its_line() {
    let line = complaint("column = \"persons\"", "column = \"person\"");
    for part in [
        "comarca.toml: line 21:",
        "\"person\"",
        "did you mean \"persons\"?",
    ] {
        assert!(line.contains(part), "{part}: {line}");
    }
}

#[test]
fn an_unknown_layer_of_an_indicator_is_named_with_its_line() {
    let line = complaint("layer = \"people\"", "layer = \"peple\"");
    for part in [
        "comarca.toml: line 21:",
        "\"peple\"",
        "did you mean \"people\"?",
    ] {
        assert!(line.contains(part), "{part}: {line}");
    }
}

#[test]
fn an_unknown_column_of_coordinates_is_named_with_the_nearest() {
    let line = complaint("x = \"lon\"", "x = \"long\"");
    assert!(
        line.contains("people.csv") && line.contains("did you mean \"lon\"?"),
        "{line}"
    );
}

#[test]
fn a_crs_in_degrees_is_refused_with_the_line_and_a_metric_one() {
    let line = complaint("crs = \"EPSG:32719\"", "crs = \"EPSG:4326\"");
    for part in ["comarca.toml: line 2:7", "degrees", "EPSG:32719"] {
        assert!(line.contains(part), "{part}: {line}");
    }
}

#[test]
fn an_unknown_crs_is_refused_with_the_line() {
    let lines = complaints(tiny_with("\"EPSG:32719\"", "\"EPSG:999999\"").path());
    let named = |line: &String| {
        line.starts_with("error: comarca.toml: line 2:7: ") && line.contains("EPSG:999999")
    };
    assert!(lines.iter().any(named), "{lines:#?}");
}

#[test]
fn a_project_without_a_crs_is_refused() {
    let line = complaint("crs = \"EPSG:32719\"\n", "");
    assert!(
        line.contains("comarca.toml") && line.contains("\"crs\""),
        "{line}"
    );
}

/// The blocks of the sample as the people of the tiny project, with or without their CRS.
fn tiny_with_blocks(extensions: &[&str]) -> tempfile::TempDir {
    let folder = tiny_with("source = \"people.csv\"", "source = \"blocks.shp\"");
    let text = fs::read_to_string(folder.path().join("comarca.toml")).expect("it was written");
    let text = text
        .replace(
            "csv = { x = \"lon\", y = \"lat\", crs = \"EPSG:4326\" }\n",
            "",
        )
        .replace("\"persons\" }", "\"pop\" }");
    write(folder.path(), "comarca.toml", text);
    for extension in extensions {
        let name = format!("blocks.{extension}");
        fs::copy(
            sample().join("census").join(&name),
            folder.path().join(&name),
        )
        .expect("the sample is there");
    }
    folder
}

#[test]
fn metric_coordinates_without_a_crs_are_not_guessed_in_silence() {
    check(tiny_with_blocks(&["shp", "shx", "dbf", "cpg", "prj"]).path()).assert_success();
    let lines = complaints(tiny_with_blocks(&["shp", "shx", "dbf", "cpg"]).path());
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert!(
        lines[0].contains("coordinate reference system") && lines[0].contains("EPSG:32719"),
        "{lines:#?}"
    );
}

#[test]
fn a_value_that_is_no_number_is_named_with_its_row_and_column() {
    let folder = tiny();
    replace(
        folder.path(),
        "people.csv",
        TINY_PEOPLE.replace("-33.495,5", "south,5"),
    );
    let outcome = check(folder.path());
    for part in ["people.csv", "row 2", "\"lat\"", "\"south\""] {
        assert!(outcome.stderr.contains(part), "{part}: {}", outcome.stderr);
    }
}

#[test]
fn problems_are_json_lines_where_json_is_asked_for() {
    let folder = tiny_with("source = \"people.csv\"", "sourse = \"people.csv\"");
    let outcome = run(comarca_in(folder.path()).args(["check", "--json"]));
    assert_eq!(outcome.code(), Some(1));
    let problems = outcome.problems();
    assert_eq!(problems.len(), 1, "{problems:#?}");
    assert_eq!(problems[0]["severity"], "error");
    assert_eq!(problems[0]["file"], "comarca.toml");
    assert_eq!(problems[0]["line"], json!([10, 1]));
    let words =
        ["message", "advice"].map(|name| problems[0][name].as_str().unwrap_or_default().to_owned());
    assert!(
        words[0].contains("\"sourse\"") && words[1].contains("\"source\""),
        "{words:?}"
    );
}

#[test]
fn notices_of_a_good_project_are_json_lines_too() {
    let outcome = run(comarca_in(&sample()).args(["check", "--json"])).expect_success();
    let problems = outcome.problems();
    assert!(!problems.is_empty());
    assert!(
        problems
            .iter()
            .all(|problem| problem["severity"] == "notice"),
        "{problems:#?}"
    );
}

#[test]
fn every_failure_is_a_json_line_where_json_is_asked_for() {
    let folder = tiny();
    for arguments in [
        &["indicators", "--level", "regions"][..],
        &["indicators", "--id", "wealth"],
        &["indicators", "-o", "figures.docx"],
        &["indicators", "-o", "no/such/folder.csv"],
        &["info", "nothing.csv"],
        &["--project", "nothing.toml", "check"],
        &["--project", "people.csv", "check"],
    ] {
        let mut command = comarca();
        command.current_dir(folder.path()).args(["--json"]);
        let outcome = run(command.args(arguments));
        assert_eq!(outcome.code(), Some(1), "{arguments:?}: {}", outcome.stderr);
        let problems = outcome.problems();
        assert!(!problems.is_empty(), "{arguments:?}");
        let complete = |problem: &Value| {
            problem["severity"] == "error"
                && problem["message"]
                    .as_str()
                    .is_some_and(|text| !text.is_empty())
        };
        assert!(
            problems.iter().all(complete),
            "{arguments:?}: {problems:#?}"
        );
    }
}

#[test]
fn the_project_may_be_named_by_the_environment() {
    let folder = tiny();
    let outcome = run(comarca()
        .env("COMARCA_PROJECT", folder.path().join("comarca.toml"))
        .arg("check"));
    outcome.assert_success();
}

#[test]
fn the_faults_of_the_coverage_are_written_as_a_layer_also_where_there_are_none() {
    let folder = tiny();
    let faults = |folder: &Path| -> Value {
        run(comarca_in(folder).args(["check", "--faults", "faults.geojson"])).assert_success();
        let text = fs::read_to_string(folder.join("faults.geojson")).expect("it was written");
        serde_json::from_str(&text).expect("GeoJSON")
    };
    let none = json!({ "type": "FeatureCollection", "features": [] });
    assert_eq!(faults(folder.path()), none);
    // The second district now reaches over the first.
    let moved = TINY_DISTRICTS.replace(
        "[-70.69,-33.49],[-70.69,-33.50]]]}}\n",
        "[-70.695,-33.49],[-70.69,-33.50]]]}}\n",
    );
    assert_ne!(moved, TINY_DISTRICTS);
    write(folder.path(), "districts.geojson", moved);
    let found = faults(folder.path());
    assert_eq!(found["features"][0]["properties"]["kind"], "overlap");
    assert_eq!(found["features"][0]["properties"]["keys"], "A1, A2");
    assert_eq!(found["features"][0]["properties"]["level"], "districts");
}

#[test]
fn a_source_outside_the_folder_of_the_project_is_refused_with_what_allows_it() {
    let line = complaint("source = \"people.csv\"", "source = \"../people.csv\"");
    for part in [
        "comarca.toml: line 10:10",
        "leads out of",
        "[access] outside = [",
    ] {
        assert!(line.contains(part), "{part}: {line}");
    }
}
