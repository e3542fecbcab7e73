//! `comarca tiles`: archives that are whole or not there, and go on where they were.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use comarca_tests::program::{PATIENCE, comarca_in, run, until, wait};
use comarca_tests::project::{sample, tiny, tiny_with};
use serde_json::Value;

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> = entries
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

#[test]
fn an_archive_is_written_whole_and_told_of_on_standard_error() {
    let folder = tiny();
    let before = names(folder.path());
    for name in ["all.pmtiles", "all.mbtiles"] {
        let outcome = run(comarca_in(folder.path()).args(["tiles", "-o", name])).expect_success();
        assert!(outcome.stdout.is_empty());
        assert!(
            outcome.stderr.starts_with(&format!("{name}: "))
                && outcome.stderr.contains("largest tile"),
            "{}",
            outcome.stderr
        );
        let first = fs::read(folder.path().join(name)).expect("the file is there");
        run(comarca_in(folder.path()).args(["tiles", "-o", name])).assert_success();
        assert!(fs::read(folder.path().join(name)).expect("the file is there") == first);
        let told = run(comarca_in(folder.path()).args(["info", name, "--json"]))
            .expect_success()
            .json();
        let layers: Vec<&str> = told
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|layer| layer["name"].as_str())
            .collect();
        assert_eq!(layers, ["districts", "all", "people"]);
        assert_eq!(told[0]["problems"], Value::Array(vec![]));
    }
    let outcome =
        run(comarca_in(folder.path()).args(["--json", "tiles", "--maxzoom", "9", "-o", "folder"]));
    let summary = outcome.expect_success().problems().pop().expect("a line");
    assert_eq!(summary["tiles"], 10);
    assert!(folder.path().join("folder/9/155/306.mvt").exists());
    let after: Vec<String> = names(folder.path())
        .into_iter()
        .filter(|name| !before.contains(name))
        .collect();
    assert_eq!(after, ["all.mbtiles", "all.pmtiles", "folder"]);
}

/// A long export of the sample, as it begins.
fn long_export(file: &Path) -> Child {
    let mut command = comarca_in(&sample());
    command.args(["tiles", "--maxzoom", "20", "-o"]).arg(file);
    let mut child = command
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let journal = file.with_extension("pmtiles.part.journal");
    until("a journal with tiles", || {
        assert_eq!(
            child.try_wait().expect("a child"),
            None,
            "the export ended before it could be interrupted"
        );
        let length = fs::metadata(&journal).map_or(0, |meta| meta.len());
        (length > 4_096).then_some(())
    });
    child
}

#[test]
fn an_interrupted_export_goes_on_where_it_was_and_makes_the_same_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, other) = (
        folder.path().join("a.pmtiles"),
        folder.path().join("b.pmtiles"),
    );
    let export = |file: &Path| {
        run(comarca_in(&sample())
            .args(["tiles", "--maxzoom", "20", "-o"])
            .arg(file))
        .expect_success()
        .stderr
    };
    let mut child = long_export(&file);
    let interrupt = Command::new("sh")
        .arg("-c")
        .arg(format!("kill -INT {}", child.id()))
        .status();
    assert!(interrupt.expect("there is a shell").success());
    let status = wait(&mut child, PATIENCE, "comarca tiles");
    let mut said = String::new();
    child
        .stderr
        .take()
        .expect("it is piped")
        .read_to_string(&mut said)
        .expect("text");
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains("interrupted") && !file.exists(), "{said}");
    // And once more, without a chance to end well.
    let mut child = long_export(&file);
    child.kill().expect("it runs");
    wait(&mut child, PATIENCE, "comarca tiles");
    assert!(!file.exists());
    let told = export(&file);
    assert!(told.contains("going on behind the"), "{told}");
    export(&other);
    assert!(fs::read(&file).expect("a file") == fs::read(&other).expect("a file"));
    assert_eq!(names(folder.path()), ["a.pmtiles", "b.pmtiles"]);
}

#[test]
fn a_request_that_cannot_be_is_refused_with_an_address() {
    let folder = tiny();
    for (arguments, code, word) in [
        (&["tiles", "-o", "a.geojson"][..], 1, "no archive of tiles"),
        (&["tiles"], 2, "--output"),
        (
            &["tiles", "--maxzoom", "23", "-o", "a.pmtiles"],
            2,
            "from 0 to 22",
        ),
        (
            &["tiles", "--compression", "rar", "-o", "a.pmtiles"],
            2,
            "none, gzip, zstd, br",
        ),
        (
            &["tiles", "--layers", "peple", "-o", "a.pmtiles"],
            1,
            "did you mean \"people\"?",
        ),
        (
            &["tiles", "--where", "key = ", "-o", "a.pmtiles"],
            1,
            "--where",
        ),
        (
            &["tiles", "-o", "nowhere/a.pmtiles"],
            1,
            "nowhere/a.pmtiles",
        ),
    ] {
        let outcome = run(comarca_in(folder.path()).args(arguments));
        assert_eq!(
            outcome.code(),
            Some(code),
            "{arguments:?}: {}",
            outcome.stderr
        );
        assert!(
            outcome.stderr.contains(word),
            "{arguments:?}: {}",
            outcome.stderr
        );
    }
}

#[test]
fn a_tileset_is_checked_with_the_project() {
    let tilesets = "[tilesets.base]\nsource = \"base.pmtiles\"\n\n[indicators.persons]";
    let folder = tiny();
    run(comarca_in(folder.path()).args(["tiles", "-o", "base.pmtiles"])).assert_success();
    let archive = fs::read(folder.path().join("base.pmtiles")).expect("the file is there");
    let with = tiny_with("[indicators.persons]", tilesets);
    let check = || run(comarca_in(with.path()).arg("check"));
    let missing = check();
    assert_eq!(missing.code(), Some(1));
    assert!(
        missing
            .stderr
            .contains("base.pmtiles: layer \"base\": there is no such file"),
        "{}",
        missing.stderr
    );
    fs::write(with.path().join("base.pmtiles"), &archive).expect("a file");
    check().assert_success();
    fs::write(
        with.path().join("base.pmtiles"),
        &archive[..archive.len() / 2],
    )
    .expect("a file");
    let damaged = check();
    assert_eq!(damaged.code(), Some(1), "{}", damaged.stderr);
    assert!(
        damaged
            .stderr
            .contains("error: base.pmtiles: layer \"base\": "),
        "{}",
        damaged.stderr
    );
    let taken = tiny_with(
        "[indicators.persons]",
        &tilesets.replace("base]", "people]"),
    );
    let outcome = run(comarca_in(taken.path()).arg("check"));
    assert_eq!(outcome.code(), Some(1));
    assert!(
        outcome
            .stderr
            .contains("comarca.toml: line 18:11: \"people\" is the id of a layer already"),
        "{}",
        outcome.stderr
    );
}
