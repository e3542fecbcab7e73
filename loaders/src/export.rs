//! Layers → files of every format that is written, and indicator values of a level as a table.
//!
//! A file is written whole or not at all: beside its place first, and renamed when it is complete. The same layers and
//! options give the same bytes.

mod bands;
mod chunks;
mod crs;
mod csv;
mod error;
mod flatgeobuf;
mod format;
mod geojson;
mod geometry;
mod geopackage;
mod geoparquet;
mod geotiff;
mod indicators;
mod metadata;
mod names;
mod order;
mod shapefile;
mod sites;
mod statistics;
#[cfg(test)]
mod tests;
mod text;
mod tiles;
mod whole_file;
mod wkb;
mod wkt;
mod xlsx;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::SystemTime;

use crate::load::Unwatched;
use crate::problem::Problem;
use crate::source::Features;
use whole_file::WholeFile;

pub use bands::{band_layer, polygon_layer};
pub use error::ExportError;
pub use format::OutputFormat;
pub use geoparquet::{GeoParquetError, geoparquet};
pub use geotiff::write_geotiff;
pub use indicators::IndicatorTable;
pub use metadata::{ColumnMetadata, Metadata};
pub use sites::{site_document, site_layer};
pub use statistics::{Statistic, StatisticsError, StatisticsRequest, StatisticsTable};
pub use tiles::{
    LargestTile, TileCompression, TileFormat, TileProgress, TilesRequest, TilesSummary, write_tiles,
};

/// How layers are written where their format leaves a choice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WriteOptions {
    /// Character between the cells of a CSV; a comma, or a semicolon where the decimal mark is a comma.
    pub delimiter: Option<char>,
    /// Decimal mark of a CSV, `.` or `,`; a point when absent. Well-known text keeps its points.
    pub decimal: Option<char>,
    /// How CSV and XLSX hold the geometry; what the layer needs when absent.
    pub geometry: Option<GeometryColumns>,
    /// When the data last changed, for the formats that say so; now when absent.
    pub last_change: Option<SystemTime>,
    /// Titles, units and sources of one of the layers, for the formats that have a place for them.
    pub metadata: Option<Metadata>,
}

impl WriteOptions {
    /// What is known of a layer.
    fn metadata_of(&self, layer: &Features) -> Option<&Metadata> {
        let known = self.metadata.as_ref();
        known.filter(|metadata| metadata.layer == layer.name)
    }
}

/// How a table holds the geometry of its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GeometryColumns {
    /// Well-known text in one column.
    Wkt,
    /// Two columns of coordinates; for points only.
    Xy,
    /// Not at all.
    None,
}

/// Tells how far the writing is.
pub trait WriteProgress: Sync {
    /// So many rows will be written.
    fn rows(&self, count: usize);
    /// So many more have been written.
    fn written(&self, count: usize);
}

impl WriteProgress for Unwatched {
    fn rows(&self, _: usize) {}
    fn written(&self, _: usize) {}
}

/// Writes `layers` to the file at `path`, replacing what is there. Returns what the format could not hold.
///
/// Cost O(size of the layers); memory beyond the layers is bounded by some megabytes, but for the index of formats
/// that have one (about 48 bytes a row).
///
/// # Errors
/// When the format cannot hold the layers, or the file cannot be written. Nothing is left behind then.
pub fn write(
    layers: &[Features],
    path: &Path,
    format: OutputFormat,
    options: &WriteOptions,
    progress: &dyn WriteProgress,
) -> Result<Vec<Problem>, ExportError> {
    progress.rows(layers.iter().map(Features::len).sum());
    match format {
        OutputFormat::GeoPackage => {
            let file = WholeFile::create(path)?;
            let problems = geopackage::write(layers, file.path(), options, progress)?;
            file.keep()?;
            Ok(problems)
        }
        OutputFormat::Xlsx => to_file(path, |out| xlsx::write(layers, out, options, progress)),
        OutputFormat::Shapefile => shapefile::write(only(layers, format)?, path, options, progress),
        OutputFormat::FlatGeobuf => {
            let layer = only(layers, format)?;
            let metadata = options.metadata_of(layer);
            to_file(path, |out| {
                flatgeobuf::write(layer, metadata, out, progress)
            })
        }
        OutputFormat::GeoParquet => {
            let layer = only(layers, format)?;
            to_file(path, |out| {
                geoparquet::write(layer, options.metadata_of(layer), out)?;
                progress.written(layer.len());
                Ok(vec![])
            })
        }
        OutputFormat::GeoJson | OutputFormat::GeoJsonSeq | OutputFormat::Csv => {
            let layer = only(layers, format)?;
            if whole_file::is_stream(path) {
                let mut out = BufWriter::new(File::options().write(true).open(path)?);
                return write_stream(layer, &mut out, format, options, progress);
            }
            to_file(path, |out| streamed(layer, out, format, options, progress))
        }
    }
}

/// Writes a layer to a stream such as standard output, in a format that [can](OutputFormat::streams) be written so.
///
/// # Errors
/// When the format is not one of these or cannot hold the layer, or the stream cannot be written.
pub fn write_stream(
    layer: &Features,
    out: &mut dyn Write,
    format: OutputFormat,
    options: &WriteOptions,
    progress: &dyn WriteProgress,
) -> Result<Vec<Problem>, ExportError> {
    progress.rows(layer.len());
    let problems = streamed(layer, out, format, options, progress)?;
    out.flush()?;
    Ok(problems)
}

fn streamed(
    layer: &Features,
    out: &mut dyn Write,
    format: OutputFormat,
    options: &WriteOptions,
    progress: &dyn WriteProgress,
) -> Result<Vec<Problem>, ExportError> {
    match format {
        OutputFormat::GeoJson => geojson::collection(layer, out, progress),
        OutputFormat::GeoJsonSeq => geojson::sequence(layer, out, progress),
        OutputFormat::Csv => csv::write(layer, out, options, progress),
        _ => Err(ExportError::unfit(
            format!("{} cannot be written as a stream", format.name()),
            "name a file, or choose GeoJSON, GeoJSONSeq or CSV",
        )),
    }
}

/// The one layer that a format of one layer is given.
fn only(layers: &[Features], format: OutputFormat) -> Result<&Features, ExportError> {
    if let [layer] = layers {
        Ok(layer)
    } else {
        let names: Vec<_> = layers.iter().map(|layer| layer.name.as_str()).collect();
        let message = format!(
            "{} holds one layer, and there are {}: {}",
            format.name(),
            names.len(),
            names.join(", ")
        );
        Err(ExportError::unfit(
            message,
            "choose one, or write GeoPackage",
        ))
    }
}

/// Bytes that are collected before they go to the disk.
const BUFFER_BYTES: usize = 1 << 18;

fn to_file<T>(
    path: &Path,
    body: impl FnOnce(&mut BufWriter<File>) -> Result<T, ExportError>,
) -> Result<T, ExportError> {
    let file = WholeFile::create(path)?;
    let mut out = BufWriter::with_capacity(BUFFER_BYTES, File::create(file.path())?);
    let result = body(&mut out)?;
    out.flush()?;
    drop(out);
    file.keep()?;
    Ok(result)
}
