//! Sources on the network: databases and objects. What the project file or the command line names, and nothing else, is
//! ever asked for.

mod object;
mod postgres;
mod runtime;

pub(super) use object::{object_crs, read_object};
pub(super) use postgres::{database_crs, database_tables, read_database};

/// The message of the last cause, shortened.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    const CHARS_MAX: usize = 200;
    let mut error = error;
    while let Some(cause) = error.source() {
        error = cause;
    }
    let text = error.to_string();
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(CHARS_MAX)
        .collect()
}
