use std::path::PathBuf;

/// Why something could not be generated or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be made or written.
    #[error("cannot write {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The commune outlines are not as expected.
    #[error("outlines.geojson: {0}")]
    Outline(String),
    /// A commune or sector is too small for the parts asked for.
    #[error(
        "cannot cut {parts} parts with street-like lines, only {made}: ask for fewer sectors or districts"
    )]
    Uncuttable {
        /// Parts asked for.
        parts: usize,
        /// Parts made.
        made: usize,
    },
    /// The format cannot hold this layer.
    #[error("{format} cannot hold layer `{layer}`: {reason}")]
    Unwritable {
        /// The format.
        format: &'static str,
        /// The layer.
        layer: String,
        /// Why not.
        reason: String,
    },
    /// A coordinate has no image in the other system.
    #[error("cannot project: {0}")]
    Projection(#[from] proj4rs::errors::Error),
    /// The `FlatGeobuf` writer refuses.
    #[error("FlatGeobuf: {0}")]
    FlatGeobuf(#[from] flatgeobuf::Error),
    /// The `FlatGeobuf` writer refuses a feature.
    #[error("FlatGeobuf: {0}")]
    Feature(#[from] geozero::error::GeozeroError),
    /// The Shapefile writer refuses.
    #[error("Shapefile: {0}")]
    Shapefile(#[from] shapefile::Error),
    /// `SQLite` refuses.
    #[error("GeoPackage: {0}")]
    GeoPackage(#[from] rusqlite::Error),
}
