//! Writers: one function per format, any number of rows, same input same bytes.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use crate::{Error, Features};

pub mod csv;
mod flatgeobuf;
mod geojson;
mod geopackage;
pub mod shapefile;

pub use self::geopackage::write as geopackage;

/// Writes a layer as `GeoJSON` (RFC 7946): longitude and latitude whatever the layer's system, one feature a line.
///
/// # Errors
/// When the file cannot be written.
pub fn geojson(features: &Features, path: &Path) -> Result<(), Error> {
    let layer = features.to_crs(crate::Crs::Wgs84)?;
    to_file(path, |out| geojson::write(&layer, out))
}

/// Writes columns as CSV. Polygons become a column `wkt`; for points see [`Features::with_coordinates_as_columns`].
///
/// # Errors
/// When the file cannot be written.
pub fn csv(features: &Features, dialect: csv::Dialect, path: &Path) -> Result<(), Error> {
    to_file(path, |out| csv::write(features, dialect, out))
}

/// Writes a layer as `FlatGeobuf` 3 with index, in its own system.
///
/// # Errors
/// When the layer has no shapes or the file cannot be written.
pub fn flatgeobuf(features: &Features, path: &Path) -> Result<(), Error> {
    let bytes = flatgeobuf::writer(features)?;
    let file = create(path)?;
    Ok(bytes.write(file)?)
}

/// Writes a layer as Shapefile: `path` ends in `.shp`, and `.shx`, `.dbf`, `.prj` and `.cpg` stand beside it.
///
/// # Errors
/// When the layer has no shapes, a text is longer than 254 bytes, or a file cannot be written.
pub fn shapefile(
    features: &Features,
    encoding: shapefile::TextEncoding,
    path: &Path,
) -> Result<(), Error> {
    shapefile::write(features, encoding, path)
}

fn create(path: &Path) -> Result<BufWriter<File>, Error> {
    let failed = |source| Error::File {
        path: path.to_owned(),
        source,
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    File::create(path).map(BufWriter::new).map_err(failed)
}

fn to_file(
    path: &Path,
    body: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>,
) -> Result<(), Error> {
    let mut out = create(path)?;
    body(&mut out)
        .and_then(|()| out.flush())
        .map_err(|source| Error::File {
            path: path.to_owned(),
            source,
        })
}
