//! Files of every format → [`Features`]: shapes, coordinates in the file's own CRS, and typed columns.
//!
//! Nothing that a file claims is believed before it is checked against the file's size. A bad feature becomes a
//! [`Problem`](crate::Problem) and a row without geometry; only a file that makes no sense at all is a [`LoadError`].

mod csv;
mod dbf;
mod draft;
mod expand;
mod features;
mod flatgeobuf;
mod format;
mod geojson;
mod geopackage;
mod parallel;
mod shapefile;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod wkb;
mod wkt;

use std::fs;
use std::path::Path;

use crate::problem::LoadError;

pub use csv::CsvOptions;
pub use expand::expand;
pub use features::Features;
pub use format::Format;

/// How to read a file where it does not tell by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// For CSV and other delimited text.
    pub csv: CsvOptions,
    /// The one table of a `GeoPackage` that is wanted; all when absent.
    pub table: Option<String>,
}

/// Reads the file at `path`: one [`Features`] per layer, in the file's order. Cost O(file size), all of it in memory.
///
/// # Errors
/// When the file cannot be opened, is of an unknown format or breaks off in a way that leaves nothing to trust.
pub fn read(path: &Path, options: &ReadOptions) -> Result<Vec<Features>, LoadError> {
    let kind = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    if kind.is_dir() {
        return Err(LoadError::new(path, "is a folder")
            .advice("name the file in it, or use a glob such as folder/*.geojson"));
    }
    if !kind.is_file() {
        return Err(LoadError::new(path, "is not a regular file"));
    }
    let format = Format::detect(path)?;
    let mut layers = match format {
        Format::GeoJson | Format::GeoJsonSeq => vec![geojson::read(path, &bytes(path)?)?],
        Format::Shapefile => vec![shapefile::read(path, &bytes(path)?)?],
        Format::Dbf => vec![dbf::read(path, &bytes(path)?)?],
        Format::FlatGeobuf => vec![flatgeobuf::read(path, &bytes(path)?)?],
        Format::GeoPackage => geopackage::read(path, options.table.as_deref())?,
        Format::Csv => vec![csv::read(path, &bytes(path)?, &options.csv)?],
    };
    for layer in &mut layers {
        layer.finish(path);
    }
    Ok(layers)
}

fn bytes(path: &Path) -> Result<Vec<u8>, LoadError> {
    fs::read(path).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &std::io::Error) -> LoadError {
    if error.kind() != std::io::ErrorKind::NotFound {
        return LoadError::caused(path, "cannot be read", error.to_string());
    }
    let error = LoadError::new(path, "there is no such file");
    match expand::similar(path) {
        Some(names) => error.advice(names),
        None => error,
    }
}

/// The name of a layer where the file gives none: the file's name without extension.
fn stem(path: &Path) -> String {
    path.file_stem()
        .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
}
