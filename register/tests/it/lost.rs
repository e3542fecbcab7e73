//! A file that goes away while it is open.

use std::fs;

use comarca_register::WriteError;

use crate::kit::{create, demand, demands, open, place, write, written};

#[test]
fn a_file_that_is_gone_is_not_written_and_comes_back() {
    let (folder, path) = place();
    let register = open(&path);
    written(&register, create(demand("a")));
    let away = folder.path().join("away.gpkg");
    fs::rename(&path, &away).expect("it is ours");
    let lost = write(&register, create(demand("b")));
    assert!(matches!(lost, Err(WriteError::Gone(_))), "{lost:?}");
    assert!(!path.exists(), "no empty one in its place");
    // What was read is still there, and the fault is told.
    assert_eq!(demands(&register).len(), 1);
    assert!(
        register
            .fault()
            .is_some_and(|why| why.contains("gone or was replaced"))
    );
    assert!(matches!(
        write(&register, create(demand("c"))),
        Err(WriteError::Gone(_))
    ));
    fs::rename(&away, &path).expect("it is ours");
    let back = loop {
        match write(&register, create(demand("d"))) {
            Err(WriteError::Gone(_)) => std::thread::yield_now(),
            other => break other.expect("it is there again"),
        }
    };
    assert_eq!(register.fault(), None);
    let titles: Vec<_> = demands(&register).iter().map(|d| d.title.clone()).collect();
    assert!(titles.contains(&"a".to_owned()) && titles.contains(&"d".to_owned()));
    assert!(back.seq >= 2);
    drop(register);
    let again: Vec<_> = demands(&open(&path))
        .iter()
        .map(|d| d.title.clone())
        .collect();
    assert_eq!(again, titles);
}

#[test]
fn a_file_that_was_replaced_is_read_anew() {
    let (folder, path) = place();
    let backup = folder.path().join("backup.gpkg");
    let register = open(&path);
    written(&register, create(demand("a")));
    drop(register);
    fs::copy(&path, &backup).expect("it is ours");
    let register = open(&path);
    written(&register, create(demand("b")));
    fs::rename(&backup, &path).expect("it is ours");
    let lost = write(&register, create(demand("c")));
    assert!(matches!(lost, Err(WriteError::Gone(_))), "{lost:?}");
    loop {
        match register.poll() {
            Err(WriteError::Gone(_)) => std::thread::yield_now(),
            other => break assert!(other.is_ok()),
        }
    }
    // And not together with what was written to the other one.
    assert_eq!(demands(&register).len(), 1);
    assert_eq!(register.snapshot().seq(), 1);
    written(&register, create(demand("d")));
    assert_eq!(demands(&register).len(), 2);
}
