//! Files of every format → [`Features`]: shapes, coordinates in the file's own CRS, and typed columns.
//!
//! Nothing that a file claims is believed before it is checked against the file's size. A bad feature becomes a
//! [`Problem`](crate::Problem) and a row without geometry; only a file that makes no sense at all is a [`LoadError`].

mod archive;
mod arrow;
mod columnar;
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
mod location;
mod mend;
mod mvt;
#[cfg(not(feature = "remote"))]
mod no_remote;
mod osm;
mod parallel;
mod parquet;
mod ranges;
mod records;
#[cfg(feature = "remote")]
mod remote;
mod shapefile;
mod spreadsheet;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod tile_archive;
mod topojson;
pub(crate) mod window;
mod wkb;
mod wkt;
mod xml;

use std::fs;
use std::path::{Path, PathBuf};

use crate::problem::LoadError;
#[cfg(not(feature = "remote"))]
use no_remote as remote;

pub use csv::CsvOptions;
pub use expand::expand;
pub use features::Features;
pub use format::Format;
pub use location::{Address, Location};
pub use osm::OsmOptions;
pub use records::{JsonOptions, Several};
pub use tile_archive::{
    OpenArchive, Packing, StoredTile, TILE_BYTES_MAX, TileArchive, TileKind, TileSizes,
    VectorLayer, tile_archive,
};

/// How to read a file where it does not tell by itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadOptions {
    /// For CSV and other delimited text, and for spreadsheets.
    pub csv: CsvOptions,
    /// For JSON records.
    pub json: JsonOptions,
    /// The one layer or table that is wanted of a source that has several: a `GeoPackage`, an object of a `TopoJSON`
    /// file, a spreadsheet, an archive, a folder, GTFS; all when absent. Of a Parquet or Arrow file with several geometry
    /// columns the one that is wanted; the primary one when absent.
    pub table: Option<String>,
    /// For `OpenStreetMap` extracts.
    pub osm: OsmOptions,
    /// Whether text that was encoded twice is put right; it is only told otherwise.
    pub repair_text: bool,
    /// The query whose rows are wanted of a database, in the place of a table.
    pub query: Option<String>,
    /// Only the features whose box meets this one: min x, min y, max x, max y in the source's own CRS.
    pub window: Option<[f64; 4]>,
    /// Most bytes to fetch from the network for one source; [`DOWNLOAD_MAX_BYTES`] when absent.
    pub download_max_bytes: Option<u64>,
}

/// Most bytes that are fetched from the network for one source where nothing else is said: 4 GiB.
pub const DOWNLOAD_MAX_BYTES: u64 = 4 << 30;

/// Reads what is at `location`: a file as [`read`] does, a table or query of a database, an object of a store or a web
/// server.
///
/// # Errors
/// As [`read`]; and when a server cannot be reached, refuses, breaks off, is too slow or sends too much.
pub fn read_location(
    location: &Location,
    options: &ReadOptions,
) -> Result<Vec<Features>, LoadError> {
    match location {
        Location::File(path) => read(path, options),
        Location::Database(address) => remote::read_database(address, options),
        Location::Object(address) => remote::read_object(address, options),
    }
}

/// A table or view of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableSummary {
    /// Schema and name.
    pub name: String,
    /// Number of rows as the server estimates it; `None` where it does not know.
    pub rows: Option<u64>,
    /// Name and type of the first geometry column, where there is one.
    pub geometry: Option<String>,
}

/// The tables and views of the database at `location`; `None` where that is not a database.
///
/// # Errors
/// As [`read_location`].
pub fn tables(location: &Location) -> Result<Option<Vec<TableSummary>>, LoadError> {
    match location {
        Location::Database(address) => remote::database_tables(address).map(Some),
        Location::File(_) | Location::Object(_) => Ok(None),
    }
}

/// The CRS that a source tells before its features are read, so that a box can be put into it; `None` where it does
/// not, or only whole.
///
/// # Errors
/// As [`read_location`].
pub fn declared_crs(
    location: &Location,
    options: &ReadOptions,
) -> Result<Option<String>, LoadError> {
    match location {
        Location::File(path) if matches!(Format::detect(path), Ok(Format::FlatGeobuf)) => {
            flatgeobuf::declared_crs(path, &mut ranges::FileRanges::open(path)?)
        }
        Location::File(_) => Ok(None),
        Location::Database(address) => remote::database_crs(address, options),
        Location::Object(address) => remote::object_crs(address, options),
    }
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
        Format::FlatGeobuf => vec![read_flatgeobuf(path, options)?],
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
        Format::Parquet => vec![parquet::read(path, options)?],
        Format::Arrow => vec![arrow::read(path, bytes(path)?, options)?],
        Format::Csv => vec![csv::read(path, &bytes(path)?, &options.csv)?],
        Format::Xlsx | Format::Xls | Format::Ods => spreadsheet::read(path, format, options)?,
        // GTFS is a folder or an archive of tables; no file is told to be it.
        Format::Zip | Format::Gtfs => return archive::read_zip(path, None, options),
        Format::Gzip => return archive::read_gzip(path, options),
        Format::Postgres => return Err(LoadError::new(path, "is no file")),
    };
    if let Some(window) = options.window {
        layers = layers
            .into_iter()
            .map(|layer| layer.in_window(window))
            .collect();
    }
    for layer in &mut layers {
        mend::text(layer, options.repair_text);
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

/// Through the index where only a window is wanted, else the whole file.
fn read_flatgeobuf(path: &Path, options: &ReadOptions) -> Result<Features, LoadError> {
    if let Some(window) = options.window {
        let found = flatgeobuf::read_window(path, &mut ranges::FileRanges::open(path)?, window)?;
        if let Some(found) = found {
            return Ok(found);
        }
    }
    flatgeobuf::read(path, &bytes(path)?)
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
