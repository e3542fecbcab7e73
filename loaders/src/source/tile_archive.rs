//! Archives of tiles, `PMTiles` and `MBTiles`: what is in them, as they say it and as it was counted.
//!
//! They are pictures or pieces of other data, not layers; [`read`](super::read) refuses them. [`tile_archive`] goes through all
//! of an archive and tells what is in it; [`OpenArchive`] reads one tile when it is asked for.

mod directory;
mod mbtiles;
mod metadata;
mod open;
mod packing;
mod pmtiles;

use std::path::Path;

use super::Format;
use crate::problem::{LoadError, Problem, Problems};

pub(super) use mbtiles::is_archive as is_mbtiles;
pub use open::{OpenArchive, StoredTile, TILE_BYTES_MAX, TileKind};
pub use packing::Packing;

/// What is in an archive of tiles.
#[derive(Clone, Debug, PartialEq)]
pub struct TileArchive {
    /// `PMTiles` or `MBTiles`.
    pub format: Format,
    /// What the archive calls itself; the file's name where it does not.
    pub name: String,
    /// What a tile is: `mvt`, `png`, `jpg`, `webp`, `avif`, or what else the archive says.
    pub tile_type: Option<String>,
    /// How tiles are compressed: `none`, `gzip`, `brotli`, `zstd`, or what else the archive says.
    pub tile_compression: Option<String>,
    /// Lowest and highest zoom, as the archive says or else as its tiles have them.
    pub zooms: Option<(u8, u8)>,
    /// West, south, east, north in degrees, as the archive says.
    pub bounds: Option<[f64; 4]>,
    /// Tiles that can be asked for, counted.
    pub addressed_tiles: u64,
    /// Entries of the directories, counted; one may stand for a run of equal tiles.
    pub tile_entries: Option<u64>,
    /// Different contents, counted.
    pub tile_contents: Option<u64>,
    /// Sizes of the different contents as they are stored, in bytes.
    pub sizes: Option<TileSizes>,
    /// The vector layers, as the metadata says.
    pub layers: Vec<VectorLayer>,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

/// Sizes of tiles in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TileSizes {
    /// Of the smallest.
    pub smallest: u64,
    /// Of the one in the middle; the smaller of two.
    pub median: u64,
    /// Of the largest.
    pub largest: u64,
}

/// A vector layer as the metadata of an archive says (`TileJSON` 3.0, 3.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VectorLayer {
    /// Name of the layer in the tiles.
    pub id: String,
    /// What it is about.
    pub description: Option<String>,
    /// Lowest zoom that has it.
    pub minzoom: Option<u8>,
    /// Highest zoom that has it.
    pub maxzoom: Option<u8>,
    /// Attributes with their types, usually `String`, `Number` or `Boolean`.
    pub fields: Vec<(String, String)>,
    /// How many features it was made from, where `tilestats` tells.
    pub features: Option<u64>,
    /// Their geometry in the words of `GeoJSON`, where `tilestats` tells.
    pub geometry: Option<String>,
}

/// What is in the file at `path` if it is an archive of tiles; `None` for every other file.
///
/// Directories are read, tiles are not. Memory: at most 64 times the size of the file beyond the first 32 MB, and in
/// practice 16 bytes per tile.
///
/// # Errors
/// When the file cannot be opened, is of an unknown format, or is an archive without a directory that can be read.
pub fn tile_archive(path: &Path) -> Result<Option<TileArchive>, LoadError> {
    super::check_is_file(path)?;
    let mut archive = match Format::detect(path)? {
        Format::PmTiles => pmtiles::read(path)?,
        Format::MbTiles => mbtiles::read(path)?,
        _ => return Ok(None),
    };
    for problem in &mut archive.problems {
        problem.file.get_or_insert_with(|| path.to_owned());
    }
    Ok(Some(archive))
}

/// Why an archive is no layer.
pub(super) fn refusal(path: &Path, format: Format) -> LoadError {
    let message = format!("is an archive of tiles ({}), not a layer", format.name());
    LoadError::new(path, message).advice(
        "tiles are simplified and cut; name the file they were made from (comarca info tells what is in the archive)",
    )
}

impl TileSizes {
    /// Of tiles of these sizes, which are sorted on the way. `None` without any.
    fn of(sizes: &mut [u64]) -> Option<Self> {
        sizes.sort_unstable();
        let (smallest, largest) = (*sizes.first()?, *sizes.last()?);
        Some(Self {
            smallest,
            median: sizes[(sizes.len() - 1) / 2],
            largest,
        })
    }
}

#[cfg(test)]
mod tests;
