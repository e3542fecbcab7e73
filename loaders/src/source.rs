//! Files of every format → [`Features`]: shapes, coordinates in the file's own CRS, and typed columns.
//!
//! Nothing that a file claims is believed before it is checked against the file's size. A bad feature becomes a
//! [`Problem`](crate::Problem) and a row without geometry; only a file that makes no sense at all is a [`LoadError`].

mod archive;
mod csv;
mod dbf;
mod draft;
mod expand;
mod features;
mod flatgeobuf;
mod folder;
mod format;
mod geojson;
mod geopackage;
mod gml;
mod gpx;
mod gtfs;
mod json;
mod kml;
mod mvt;
mod osm;
mod parallel;
mod records;
mod shapefile;
mod spreadsheet;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod tile_archive;
mod topojson;
mod wkb;
mod wkt;
mod xml;

use std::fs;
use std::path::{Path, PathBuf};

use crate::problem::LoadError;

pub use csv::CsvOptions;
pub use expand::expand;
pub use features::Features;
pub use format::Format;
pub use osm::OsmOptions;
pub use records::{JsonOptions, Several};
pub use tile_archive::{TileArchive, TileSizes, VectorLayer, tile_archive};

/// How to read a file where it does not tell by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// For CSV and other delimited text, and for spreadsheets.
    pub csv: CsvOptions,
    /// For JSON records.
    pub json: JsonOptions,
    /// The one layer or table that is wanted of a source that has several: a `GeoPackage`, an object of a `TopoJSON`
    /// file, a spreadsheet, an archive, a folder, GTFS. All when absent.
    pub table: Option<String>,
    /// For `OpenStreetMap` extracts.
    pub osm: OsmOptions,
}

/// Reads the file, folder or archive at `path`: one [`Features`] per layer, in the file's order. `path` may go on inside
/// an archive, as in `census.zip/blocks.shp`. Cost O(file size), all of it in memory.
///
/// # Errors
/// When the file cannot be opened, is of an unknown format or breaks off in a way that leaves nothing to trust.
pub fn read(path: &Path, options: &ReadOptions) -> Result<Vec<Features>, LoadError> {
    let kind = match (fs::metadata(path), archive::split(path)) {
        (Ok(kind), _) => kind,
        (Err(_), Some((archive, inner))) => return inside(archive, inner, options),
        (Err(error), None) => return Err(unreadable(path, &error)),
    };
    if kind.is_dir() {
        return folder::read(path, options);
    }
    check_is_file(path)?;
    let format = Format::detect(path)?;
    let mut layers = match format {
        Format::GeoJson | Format::GeoJsonSeq | Format::TopoJson | Format::Json => {
            json::read(path, &bytes(path)?, options)?
        }
        Format::Shapefile => vec![shapefile::read(path, &bytes(path)?)?],
        Format::Dbf => vec![dbf::read(path, &bytes(path)?)?],
        Format::FlatGeobuf => vec![flatgeobuf::read(path, &bytes(path)?)?],
        Format::GeoPackage => geopackage::read(path, options.table.as_deref())?,
        Format::Kml => vec![kml::read(path, &bytes(path)?)?],
        Format::Kmz => vec![kml::read_archive(path, &bytes(path)?)?],
        Format::Gpx => chosen(path, gpx::read(path, &bytes(path)?)?, options)?,
        Format::Gml => chosen(path, gml::read(path, &bytes(path)?)?, options)?,
        Format::OsmPbf => {
            let table = options.table.as_deref();
            chosen(
                path,
                osm::read(path, &bytes(path)?, &options.osm, table)?,
                options,
            )?
        }
        Format::Mvt => chosen(path, mvt::read(path, &bytes(path)?)?, options)?,
        Format::PmTiles | Format::MbTiles => return Err(tile_archive::refusal(path, format)),
        Format::Csv => vec![csv::read(path, &bytes(path)?, &options.csv)?],
        Format::Xlsx | Format::Xls | Format::Ods => spreadsheet::read(path, format, options)?,
        // GTFS is a folder or an archive of tables; no file is told to be it.
        Format::Zip | Format::Gtfs => return archive::read_zip(path, None, options),
        Format::Gzip => return archive::read_gzip(path, options),
    };
    for layer in &mut layers {
        layer.finish(path);
    }
    Ok(layers)
}

fn check_is_file(path: &Path) -> Result<(), LoadError> {
    let kind = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    match kind.is_file() {
        true => Ok(()),
        false => Err(LoadError::new(path, "is not a regular file")),
    }
}

/// Reads what `inner` names in `archive`.
fn inside(archive: &Path, inner: &Path, options: &ReadOptions) -> Result<Vec<Features>, LoadError> {
    match Format::detect(archive)? {
        Format::Zip => archive::read_zip(archive, Some(inner), options),
        format => {
            let message = format!("is {} and no archive; nothing lies in it", format.name());
            Err(LoadError::new(archive, message))
        }
    }
}

/// The files on disk that reading `path` depends on: itself, the parts of a shapefile, the files of a folder, or the
/// archive that it lies in.
pub(crate) fn dependencies(path: &Path) -> Vec<PathBuf> {
    let file = match archive::split(path) {
        Some((archive, _)) if !path.exists() => archive,
        _ => path,
    };
    let parts = match folder::extension(file).as_str() {
        "shp" => ["shx", "dbf", "prj", "cpg"]
            .iter()
            .filter_map(|extension| dbf::sibling(file, extension))
            .collect(),
        _ => folder::dependencies(file),
    };
    [file.to_owned()].into_iter().chain(parts).collect()
}

/// Of several layers the one that is wanted; all where none is named.
fn chosen(
    path: &Path,
    mut layers: Vec<Features>,
    options: &ReadOptions,
) -> Result<Vec<Features>, LoadError> {
    let Some(table) = &options.table else {
        return Ok(layers);
    };
    let names: Vec<_> = layers.iter().map(|layer| layer.name.clone()).collect();
    layers.retain(|layer| layer.name == *table);
    if layers.is_empty() {
        let message = format!("has no layer {table:?}; there are: {}", names.join(", "));
        return Err(LoadError::new(path, message));
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
