//! `comarca report`: sheets for paper.

use std::fs;
use std::path::Path;

use comarca_tests::program::{Outcome, comarca_in, run};
use comarca_tests::project::{TINY_DISTRICTS, TINY_PROJECT, sample, tiny, write};

fn report(folder: &Path, arguments: &[&str]) -> Outcome {
    run(comarca_in(folder).arg("report").args(arguments))
}

/// What stands in the `href` of every link.
fn links(html: &str) -> Vec<&str> {
    let parts = html.split("href=\"").skip(1);
    parts
        .map(|part| &part[..part.find('"').expect("an attribute ends")])
        .collect()
}

#[test]
fn a_sheet_is_the_same_in_a_file_on_standard_output_and_at_any_number_of_threads() {
    let folder = tiny();
    let arguments = ["A1", "--date", "2026-09-30"];
    let outcome = report(folder.path(), &arguments).expect_success();
    let html = outcome.text();
    assert!(
        html.starts_with("<!DOCTYPE html>") && html.contains("<h1>Norte</h1>"),
        "{html}"
    );
    assert!(
        html.contains("al 30 de septiembre de 2026")
            && html.contains("<data value=\"10\">10</data>")
    );
    report(
        folder.path(),
        &["A1", "--date", "2026-09-30", "-o", "a.html"],
    )
    .assert_success();
    assert_eq!(
        fs::read_to_string(folder.path().join("a.html")).expect("the file is there"),
        html
    );
    for threads in ["1", "3"] {
        let mut command = comarca_in(&sample());
        let sheet = run(command
            .env("RAYON_NUM_THREADS", threads)
            .args(["report", "1310501", "--lang", "en"]));
        let again = report(&sample(), &["1310501", "--lang", "en"]).expect_success();
        assert!(
            sheet.expect_success().stdout == again.stdout,
            "{threads} threads"
        );
    }
}

#[test]
fn without_a_date_a_sheet_has_that_of_the_youngest_file() {
    let folder = tiny();
    let html = report(folder.path(), &["all", "--lang", "en"]).expect_success();
    let today = html
        .text()
        .split("datetime=\"")
        .nth(1)
        .expect("the sheet is dated")[..10]
        .to_owned();
    assert!(
        html.text().contains(&format!("people.csv ({today})")),
        "{today}"
    );
}

#[test]
fn a_key_that_is_not_there_is_answered_with_the_nearest_or_the_one_of_that_name() {
    for (arguments, message) in [
        (
            &["131O5"][..],
            "there is no territory with the key \"131O5\"; did you mean \"13105\"?",
        ),
        (
            &["el bosque"],
            "there is no territory with the key \"el bosque\"; El Bosque has the key \"13105\"",
        ),
        (
            &["13105", "--level", "districts"],
            "there is no territory with the key \"13105\"; ",
        ),
        (
            &["13105", "--level", "comunes"],
            "there is no level \"comunes\"; did you mean \"communes\"?",
        ),
        (
            &["13105", "-o", "a.pdf"],
            "a sheet is written as HTML, not as .pdf",
        ),
    ] {
        let outcome = report(&sample(), arguments);
        assert_eq!(
            (outcome.code(), outcome.stdout.len()),
            (Some(1), 0),
            "{arguments:?}"
        );
        assert!(outcome.stderr.contains(message), "{}", outcome.stderr);
        assert!(outcome.stderr.len() < 400, "{}", outcome.stderr);
    }
}

#[test]
fn a_key_of_two_levels_needs_its_level() {
    let folder = tiny();
    write(
        folder.path(),
        "districts.geojson",
        TINY_DISTRICTS.replace("\"zone\":\"A\"", "\"zone\":\"A2\""),
    );
    let levels =
        "layer = \"districts\"\nparent = { column = \"zone\" }\n\n[[levels]]\nid = \"zones\"\n";
    write(
        folder.path(),
        "comarca.toml",
        TINY_PROJECT.replace("layer = \"districts\"\n", levels),
    );
    let outcome = report(folder.path(), &["A2"]);
    assert_eq!(outcome.code(), Some(1));
    assert!(
        outcome
            .stderr
            .contains("stands in several levels: districts, zones; choose one with --level"),
        "{}",
        outcome.stderr
    );
    let zone = report(folder.path(), &["A2", "--level", "zones"]).expect_success();
    assert!(zone.text().contains("<data value=\"22\">22</data>"));
}

#[test]
fn all_sheets_are_in_a_folder_and_every_link_leads_to_one() {
    let folder = tiny();
    write(
        folder.path(),
        "districts.geojson",
        TINY_DISTRICTS.replace("\"A1\"", "\"../A 1\""),
    );
    let outcome = report(folder.path(), &["--all", "-o", "sheets"]).expect_success();
    assert_eq!(outcome.stderr, "");
    let sheets = folder.path().join("sheets");
    let index = fs::read_to_string(sheets.join("index.html")).expect("there is an index");
    assert_eq!(links(&index).len(), 3);
    for link in links(&index) {
        let file = sheets.join(link);
        let html = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{link}: {error}"));
        for link in links(&html) {
            let target = file.parent().expect("a sheet is in a folder").join(link);
            assert!(target.exists(), "{link}");
        }
    }
    let count = fs::read_dir(sheets.join("districts"))
        .expect("each level has a folder")
        .count();
    assert_eq!(count, 2);
    let level = report(folder.path(), &["--all", "--level", "all", "-o", "whole"]);
    level.assert_success();
    assert!(!folder.path().join("whole/districts").exists());
}

#[test]
fn a_wrong_command_line_is_said_to_be_one() {
    for arguments in [
        &[][..],
        &["--all"],
        &["13105", "--all", "-o", "x"],
        &["13105", "--lang", "de"],
        &["13105", "--date", "30-09-2026"],
    ] {
        let outcome = report(&sample(), arguments);
        assert_eq!(outcome.code(), Some(2), "{arguments:?}: {}", outcome.stderr);
    }
}
