//! Files: those that the register makes, and those that others have made.

use std::fs;
use std::path::Path;

use comarca_register::{Options, Register, RegisterError, Stage, Status};

use crate::kit::{create, demand, demands, open, place, replace, sample, written};

fn read_only(path: &Path) -> Register {
    Register::open_read_only(path).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn the_file_says_that_it_is_a_geopackage() {
    let (_folder, path) = place();
    let register = open(&path);
    written(&register, create(demand("one")));
    drop(register);
    let bytes = fs::read(&path).expect("it is there");
    assert_eq!(&bytes[..16], b"SQLite format 3\0");
    // Application id and version of the user (SQLite file format, 1.3).
    assert_eq!(&bytes[68..72], b"GPKG");
    assert_eq!(&bytes[60..64], 10_300_u32.to_be_bytes());
}

#[test]
fn the_sample_is_read_without_touching_it() {
    let (_folder, path) = place();
    fs::copy(sample(), &path).expect("the sample is there");
    let before = fs::read(&path).expect("it is there");
    let register = read_only(&path);
    let snapshot = register.snapshot();
    assert_eq!(
        (snapshot.demand_count(), snapshot.assembly_count()),
        (5000, 560)
    );
    assert!(snapshot.problems().is_empty(), "{:?}", snapshot.problems());
    let first = snapshot.demand("D00001").expect("it is the first");
    assert_eq!(
        (first.votes, first.stage, first.status),
        (224, Stage::City, Status::Planned)
    );
    assert_eq!(
        (first.created.as_str(), first.updated.as_str()),
        ("2025-03-11", "2025-03-11")
    );
    assert!((first.lon - -70.697_6).abs() < 0.02 && (first.lat - -33.570_0).abs() < 0.02);
    let assembly = snapshot.assembly("A131050101-1").expect("it is the first");
    assert_eq!(
        (assembly.key.as_str(), assembly.attendance),
        ("131050101", Some(44))
    );
    drop(register);
    assert_eq!(fs::read(&path).expect("it is there"), before);
    let beside = fs::read_dir(path.parent().expect("a folder")).expect("it is there");
    assert_eq!(beside.count(), 1);
}

#[test]
fn the_sample_becomes_a_register_when_it_is_opened_for_writing() {
    let (_folder, path) = place();
    fs::copy(sample(), &path).expect("the sample is there");
    let before = demands(&read_only(&path));
    let register = open(&path);
    assert_eq!(demands(&register), before);
    let old = register
        .snapshot()
        .demand("D04999")
        .expect("it is there")
        .to_new();
    assert_eq!(written(&register, create(demand("new"))), "D05001");
    written(&register, replace("D04999", Some(1), old));
    // Its column is one of days.
    assert_eq!(demands(&register)[5000].created.len(), 10);
    let after = demands(&register);
    drop(register);
    assert_eq!(demands(&read_only(&path)), after);
    assert_eq!(demands(&open(&path)), after);
}

#[test]
fn what_is_no_register_is_refused_and_left_alone() {
    let (folder, path) = place();
    let refused = |path: &Path| {
        let before = fs::read(path).ok();
        let error = Register::open(path.to_str().expect("UTF-8"), Options::default());
        let error = error.map(drop).expect_err("it is no register");
        assert!(Register::open_read_only(path).is_err());
        assert_eq!(fs::read(path).ok(), before, "{error}");
        error
    };
    fs::write(&path, "id,theme\n1,health\n".repeat(100)).expect("it is ours");
    assert!(matches!(refused(&path), RegisterError::Unfit { .. }));
    fs::remove_file(&path).expect("it is ours");
    let database = rusqlite::Connection::open(&path).expect("it is ours");
    database
        .execute_batch("CREATE TABLE t (a)")
        .expect("it is new");
    drop(database);
    let error = refused(&path).to_string();
    assert!(
        error.ends_with("is an SQLite database, but no GeoPackage"),
        "{error}"
    );
    let nowhere = folder.path().join("no/such/folder.gpkg");
    assert!(matches!(refused(&nowhere), RegisterError::File { .. }));
    let folder = folder.path().join("folder");
    fs::create_dir(&folder).expect("it is new");
    assert!(Register::open(folder.to_str().expect("UTF-8"), Options::default()).is_err());
}

#[test]
fn rows_that_are_not_as_they_must_be_are_problems() {
    let (_folder, path) = place();
    drop(open(&path));
    let database = rusqlite::Connection::open(&path).expect("it is there");
    let point = "X'47500001E61000000101000000000000000000F03F0000000000000040'";
    let rows = format!(
        "INSERT INTO demands (geom, id, title, stage, status, votes, cost) VALUES
         ({point}, 'a', 'good', 'city', 'done', 3, 4),
         ({point}, 'b', 'odd', 'moon', 'lost', -5, 'much'),
         (NULL, 'c', 'nowhere', NULL, NULL, NULL, NULL),
         (X'00', 'd', 'broken', NULL, NULL, NULL, NULL),
         ({point}, NULL, 'nobody', NULL, NULL, NULL, NULL),
         ({point}, 'a', 'again', NULL, NULL, NULL, NULL),
         ({point}, 'e', 'sparse', NULL, NULL, '7', 12.0);
         INSERT INTO assemblies (id, attendance) VALUES ('x', -1), (NULL, 2), ('x', 3)"
    );
    database
        .execute_batch(&rows)
        .expect("the columns are there");
    drop(database);
    let register = read_only(&path);
    let snapshot = register.snapshot();
    let ids: Vec<_> = snapshot.demands().map(|demand| demand.id.clone()).collect();
    assert_eq!(ids, ["a", "b", "e"]);
    let problems: Vec<_> = snapshot
        .problems()
        .iter()
        .map(|p| (p.table, p.row, p.what.as_str()))
        .collect();
    assert_eq!(
        problems,
        [
            ("demands", 2, "votes is below zero; it is left empty"),
            (
                "demands",
                2,
                "stage \"moon\" is not known; it is taken for the first"
            ),
            (
                "demands",
                2,
                "status \"lost\" is not known; it is taken for the first"
            ),
            ("demands", 2, "cost is no whole number; it is left empty"),
            ("demands", 3, "has no point on the earth; it is left out"),
            ("demands", 4, "has no point on the earth; it is left out"),
            ("demands", 5, "has no id; it is left out"),
            ("demands", 6, "has the id of an earlier row; it is left out"),
            (
                "assemblies",
                1,
                "attendance is below zero; it is left empty"
            ),
            ("assemblies", 2, "has no id; it is left out"),
            (
                "assemblies",
                3,
                "has the id of an earlier row; it is left out"
            ),
        ]
    );
    let sparse = snapshot.demand("e").expect("it is there");
    assert_eq!((sparse.votes, sparse.cost), (7, Some(12)));
    assert_eq!((sparse.lon, sparse.lat), (1.0, 2.0));
}
