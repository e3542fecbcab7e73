//! A disk that is full, as a file that may have no more pages.

use std::any::Any;
use std::path::Path;

use tempfile::TempDir;

use super::store::SqliteStore;
use crate::{Actor, NewDemand, Options, Register, Write, WriteError};

fn create(title: &str, length: usize) -> Write {
    Write::CreateDemand {
        demand: NewDemand {
            theme: "health".to_owned(),
            title: title.to_owned(),
            description: "x".repeat(length),
            ..NewDemand::default()
        },
        idempotency_key: Some(title.to_owned()),
    }
}

fn open(path: &Path) -> Register {
    Register::open(path.to_str().expect("UTF-8"), Options::default()).expect("it can be made")
}

fn limit_pages(register: &Register, pages: u32) {
    let limited = register.call(move |writer| {
        writer.ask(|store| {
            let store: &mut dyn Any = store;
            let store = store.downcast_ref::<SqliteStore>().expect("it is a file");
            store.limit_pages(pages);
            Ok(())
        })?;
        Ok(())
    });
    limited.expect("the file is there");
}

fn pages(path: &Path) -> u32 {
    let database = rusqlite::Connection::open(path).expect("it is there");
    let pages = database.query_row("PRAGMA page_count", [], |row| row.get(0));
    pages.expect("it is whole")
}

#[test]
fn a_full_disk_refuses_and_loses_nothing_until_there_is_room_again() {
    let folder = TempDir::new().expect("there is room for temporary files");
    let path = folder.path().join("register.gpkg");
    let register = open(&path);
    let write = |title: &str, length| register.write(create(title, length), Actor::new("Ana"));
    assert!(write("before", 100).is_ok());
    limit_pages(&register, pages(&path) + 20);
    let mut recorded = vec!["before".to_owned()];
    let refused = loop {
        let title = format!("number-{}", recorded.len());
        match write(&title, 9000) {
            Ok(_) => recorded.push(title),
            Err(error) => break error,
        }
    };
    assert_eq!(refused, WriteError::DiskFull);
    assert!(recorded.len() > 2, "there was room for some");
    assert_eq!(register.fault(), Some(WriteError::DiskFull.to_string()));
    let titles = |register: &Register| -> Vec<_> {
        let snapshot = register.snapshot();
        snapshot
            .demands()
            .map(|demand| demand.title.clone())
            .collect()
    };
    assert_eq!(titles(&register), recorded);
    let read = Register::open_read_only(&path).expect("it is whole");
    assert_eq!(titles(&read), recorded);
    // Of those that come together the small ones have their turn.
    let (small, large) = std::thread::scope(|scope| {
        let large = scope.spawn(|| write("large", 9000));
        let small = scope.spawn(|| write("small", 0));
        (
            small.join().expect("no panic"),
            large.join().expect("no panic"),
        )
    });
    assert_eq!(large, Err(WriteError::DiskFull));
    if small.is_ok() {
        recorded.push("small".to_owned());
    }
    limit_pages(&register, 1 << 20);
    for title in ["large", "after"] {
        let made = write(title, 9000).expect("there is room");
        assert!(!made.replayed, "it had not been made");
        recorded.push(title.to_owned());
    }
    assert_eq!(register.fault(), None);
    assert_eq!(titles(&register), recorded);
    let seq = register.snapshot().seq();
    assert_eq!(seq, recorded.len() as u64);
    drop(register);
    let again = open(&path);
    assert_eq!((titles(&again), again.snapshot().seq()), (recorded, seq));
}
