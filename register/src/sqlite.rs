//! The register in a file: an OGC `GeoPackage` 1.3, which is an `SQLite` database that QGIS opens as it is.
//!
//! Written ahead (WAL) with full synchronisation: what is committed survives a loss of power.

mod functions;
mod geometry;
mod layout;
mod read;
mod schema;
mod store;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::index::Index;
use crate::store::{Store, StoreError};
use crate::writer::Shared;
use crate::{RegisterError, Snapshot, edits};

use self::layout::Layout;
use self::store::SqliteStore;

/// How long to wait for another process that writes.
const BUSY: Duration = Duration::from_secs(5);
/// Largest value in a row.
const LONGEST: i32 = 64 << 20;

/// Opens the file for writing. Where there is none one is made, if `may_create`.
pub(crate) fn open(path: &Path, may_create: bool) -> Result<SqliteStore, RegisterError> {
    if !may_create {
        fs::metadata(path).map_err(|error| file_error(path, error))?;
    }
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    flags.set(OpenFlags::SQLITE_OPEN_CREATE, may_create);
    let database = Connection::open_with_flags(path, flags);
    let mut database = database.map_err(|error| cannot_open(path, &error))?;
    let broken = |error: rusqlite::Error| database_error(path, &error);
    settle(&database).map_err(broken)?;
    functions::define(&database).map_err(broken)?;
    schema::check(&database, path)?;
    // The mode is kept in the file; the answer says which it is.
    let mode: String = database
        .query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))
        .map_err(broken)?;
    if mode != "wal" {
        let why = format!("cannot be written ahead (journal mode {mode})");
        return Err(unfit(path, why));
    }
    database
        .execute_batch("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = 67108864")
        .map_err(broken)?;
    let layout = schema::prepare(&mut database, path)?;
    SqliteStore::new(database, layout, Some(path)).map_err(|error| store_error(path, error))
}

/// Reads everything in the file without writing to it or beside it.
pub(crate) fn read(path: &Path) -> Result<Shared, RegisterError> {
    let mut store = open_store_read_only(path)?;
    let failed = |error| store_error(path, error);
    let contents = store.contents().map_err(failed)?;
    let mut state = edits::known(&contents, &[]);
    state.problems = Arc::new(contents.problems);
    state.head = store.head().map_err(failed)?;
    state.reserve_ids();
    let tokens = store.tokens().map_err(failed)?;
    let index = Index::of(state.demands.iter(), 1);
    let snapshot = Snapshot {
        state,
        generation: 1,
        index: Arc::new(RwLock::new(index)),
    };
    let shared = Shared::default();
    *shared
        .snapshot
        .write()
        .unwrap_or_else(PoisonError::into_inner) = Arc::new(snapshot);
    *shared
        .tokens
        .write()
        .unwrap_or_else(PoisonError::into_inner) = Arc::new(tokens);
    Ok(shared)
}

/// Opens the file for reading.
pub(crate) fn open_store_read_only(path: &Path) -> Result<SqliteStore, RegisterError> {
    fs::metadata(path).map_err(|error| file_error(path, error))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(uri(path), flags);
    let database = database.map_err(|error| cannot_open(path, &error))?;
    settle(&database).map_err(|error| database_error(path, &error))?;
    schema::check(&database, path)?;
    let layout = Layout::of(&database, path)?;
    SqliteStore::new(database, layout, None).map_err(|error| store_error(path, error))
}

/// A file may have been made by anybody: its functions are distrusted, its values bounded.
fn settle(database: &Connection) -> rusqlite::Result<()> {
    database.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    database.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    database.set_limit(Limit::SQLITE_LIMIT_LENGTH, LONGEST)?;
    database.busy_timeout(BUSY)
}

/// A database in write-ahead mode that nobody has open is opened as immutable, since reading it would otherwise put
/// files beside it. Every other one is read under `SQLite`'s own locks.
fn uri(path: &Path) -> String {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let text = path.to_string_lossy();
    let mut uri = "file:".to_owned();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"/.-_:".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // Writing to a text cannot fail.
            let _ = write!(uri, "%{byte:02x}");
        }
    }
    let at_rest = is_write_ahead(&path) && !beside(&path, "-wal").exists();
    uri + if at_rest {
        "?mode=ro&immutable=1"
    } else {
        "?mode=ro"
    }
}

/// The two bytes of the header that say how the database is written (`SQLite` file format, 1.3.4).
fn is_write_ahead(path: &Path) -> bool {
    let mut header = [0; 20];
    fs::File::open(path)
        .and_then(|mut file| file.read_exact(&mut header))
        .is_ok_and(|()| header[18..] == [2, 2])
}

/// The path with something at its end.
fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

fn file_error(path: &Path, source: std::io::Error) -> RegisterError {
    RegisterError::File {
        path: path.to_owned(),
        source,
    }
}

fn unfit(path: &Path, why: impl Into<String>) -> RegisterError {
    RegisterError::Unfit {
        place: path.display().to_string(),
        why: why.into(),
    }
}

fn database_error(path: &Path, error: &rusqlite::Error) -> RegisterError {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => unfit(path, "is no GeoPackage"),
        _ => RegisterError::Database {
            place: path.display().to_string(),
            why: error.to_string(),
        },
    }
}

/// Why a file cannot be opened is known to the system better than to the database.
fn cannot_open(path: &Path, error: &rusqlite::Error) -> RegisterError {
    match fs::OpenOptions::new().read(true).open(path) {
        Err(source) => file_error(path, source),
        Ok(_) => database_error(path, error),
    }
}

fn store_error(path: &Path, error: StoreError) -> RegisterError {
    RegisterError::Database {
        place: path.display().to_string(),
        why: crate::WriteError::from(error).to_string(),
    }
}

/// Whether the system refuses to keep 64 KiB more beside the file: `SQLite` does not pass on what the system said.
fn is_full(path: &Path) -> bool {
    let probe = beside(path, "-probe");
    let written = fs::File::create(&probe).and_then(|mut file| {
        file.write_all(&vec![0; 1 << 16])?;
        file.sync_all()
    });
    drop(fs::remove_file(&probe));
    let full = [ErrorKind::StorageFull, ErrorKind::QuotaExceeded];
    written.is_err_and(|error| full.contains(&error.kind()))
}
