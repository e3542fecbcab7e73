//! Why layers cannot be written.

use std::io;

use thiserror::Error;

use crate::problem::Problem;

/// Why layers cannot be written.
#[derive(Debug, Error)]
pub enum ExportError {
    /// The format cannot hold them; the problem says what can be done.
    #[error("{0}")]
    Unfit(Box<Problem>),
    /// The file or stream refuses.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Whoever follows the export ended it; what was done is kept.
    #[error("interrupted; what was done is kept, and the same command goes on from there")]
    Interrupted,
    /// `SQLite` refuses.
    #[error("the GeoPackage cannot be written: {0}")]
    Database(#[from] rusqlite::Error),
    /// The layer cannot be put into Parquet.
    #[error("the GeoParquet cannot be written: {0}")]
    GeoParquet(#[from] super::GeoParquetError),
    /// The workbook cannot be put together.
    #[error("the workbook cannot be written: {0}")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
}

impl ExportError {
    pub(crate) fn unfit(message: impl Into<String>, advice: impl Into<String>) -> Self {
        Problem::error(message).advice(advice).into()
    }

    /// The error as a problem of the file that was to be written.
    pub fn into_problem(self, file: &std::path::Path) -> Problem {
        match self {
            Self::Unfit(problem) => problem.in_file(file),
            Self::Interrupted => Problem::error(self.to_string()).in_file(file),
            other => Problem::error(format!("cannot be written: {other}")).in_file(file),
        }
    }
}

impl From<Problem> for ExportError {
    fn from(problem: Problem) -> Self {
        Self::Unfit(Box::new(problem))
    }
}
