//! What the tests share.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use comarca_register::{
    Actor, Demand, NewAssembly, NewDemand, Options, Register, Write, WriteError, Written,
};
use tempfile::TempDir;

/// A folder with the path of a register in it.
pub(crate) fn place() -> (TempDir, PathBuf) {
    let folder = TempDir::new().expect("there is room for temporary files");
    let path = folder.path().join("register.gpkg");
    (folder, path)
}

pub(crate) fn open(path: &Path) -> Register {
    open_with(path, Options::default())
}

pub(crate) fn open_with(path: &Path, options: Options) -> Register {
    let location = path.to_str().expect("UTF-8");
    Register::open(location, options).unwrap_or_else(|error| panic!("{error}"))
}

/// Options with a clock that stands still.
pub(crate) fn at(seconds: u64) -> Options {
    Options {
        clock: Box::new(move || UNIX_EPOCH + Duration::from_secs(seconds)),
        ..Options::default()
    }
}

pub(crate) fn ana() -> Actor {
    Actor::new("Ana")
}

/// A valid demand of this title.
pub(crate) fn demand(title: &str) -> NewDemand {
    NewDemand {
        theme: "health".to_owned(),
        title: title.to_owned(),
        lon: -70.66,
        lat: -33.52,
        votes: 31,
        ..NewDemand::default()
    }
}

pub(crate) fn assembly(key: &str) -> NewAssembly {
    NewAssembly {
        level: "districts".to_owned(),
        key: key.to_owned(),
        date: "2026-11-22".to_owned(),
        ..NewAssembly::default()
    }
}

pub(crate) fn create(demand: NewDemand) -> Write {
    Write::CreateDemand {
        demand,
        idempotency_key: None,
    }
}

pub(crate) fn replace(id: &str, expected_version: Option<u64>, demand: NewDemand) -> Write {
    Write::ReplaceDemand {
        id: id.to_owned(),
        expected_version,
        demand,
    }
}

pub(crate) fn delete(id: &str, expected_version: Option<u64>) -> Write {
    Write::DeleteDemand {
        id: id.to_owned(),
        expected_version,
    }
}

pub(crate) fn write(register: &Register, write: Write) -> Result<Written, WriteError> {
    register.write(write, ana())
}

/// Id of the one thing that a write has made or changed.
pub(crate) fn written(register: &Register, change: Write) -> String {
    let written = write(register, change).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(written.items.len(), 1);
    written.items[0].id().to_owned()
}

pub(crate) fn demands(register: &Register) -> Vec<Arc<Demand>> {
    register.snapshot().demands().cloned().collect()
}

pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}

/// The sample of the repository.
pub(crate) fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/demand/demands.gpkg")
}
