//! An archive that is read tile by tile, as a server needs it.

use std::fmt;
use std::path::{Path, PathBuf};

use comarca_engine::tile::TileCoord;

use super::packing::Packing;
use super::{VectorLayer, mbtiles, pmtiles};
use crate::problem::LoadError;
use crate::source::{Format, check_is_file};

/// Most bytes of a tile, stored or unpacked: far more than any map can draw.
pub const TILE_BYTES_MAX: usize = 64 << 20;

/// What the tiles of an archive are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TileKind {
    /// Mapbox vector tiles.
    Mvt,
    /// Pictures.
    Png,
    /// Pictures.
    Jpeg,
    /// Pictures.
    Webp,
    /// Pictures.
    Avif,
}

impl TileKind {
    /// Media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Mvt => "application/vnd.mapbox-vector-tile",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
            Self::Avif => "image/avif",
        }
    }

    /// Extensions in addresses, the usual one first.
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Mvt => &["mvt", "pbf"],
            Self::Png => &["png"],
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Webp => &["webp"],
            Self::Avif => &["avif"],
        }
    }

    /// By the name that [`TileArchive::tile_type`](super::TileArchive) uses.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "mvt" => Some(Self::Mvt),
            "png" => Some(Self::Png),
            "jpg" | "jpeg" => Some(Self::Jpeg),
            "webp" => Some(Self::Webp),
            "avif" => Some(Self::Avif),
            _ => None,
        }
    }
}

/// A tile as the archive has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTile {
    /// Its bytes as they are stored.
    pub bytes: Vec<u8>,
    /// How they are compressed.
    pub packing: Packing,
}

/// What an archive says of itself, read when it is opened.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) name: String,
    pub(super) attribution: Option<String>,
    /// As [`super::TileArchive::tile_type`].
    pub(super) tile_type: Option<String>,
    pub(super) zooms: Option<(u8, u8)>,
    pub(super) bounds: Option<[f64; 4]>,
    pub(super) layers: Vec<VectorLayer>,
    /// How most tiles are compressed.
    pub(super) packing: Packing,
}

/// Where tiles are found by their place.
pub(super) trait TileStore: fmt::Debug + Send + Sync {
    /// The tile as it is stored; `None` where there is none, else why it cannot be read.
    fn tile(&self, coord: TileCoord) -> Result<Option<StoredTile>, String>;
}

/// An open archive. Tiles are read when they are asked for; what stays in memory is bounded.
#[derive(Debug)]
pub struct OpenArchive {
    path: PathBuf,
    kind: TileKind,
    zooms: (u8, u8),
    said: Said,
    store: Box<dyn TileStore>,
}

impl OpenArchive {
    /// Opens the archive at `path` and reads what it says of itself. Cost: some reads, whatever its size.
    ///
    /// # Errors
    /// When it cannot be opened, is no archive of tiles, or of tiles that cannot be served.
    pub fn open(path: &Path) -> Result<Self, LoadError> {
        check_is_file(path)?;
        let (said, store) = match Format::detect(path)? {
            Format::PmTiles => pmtiles::open(path)?,
            Format::MbTiles => mbtiles::open_archive(path)?,
            format => {
                let message = format!("is {} and no archive of tiles", format.name());
                let error = LoadError::new(path, message);
                return Err(error
                    .advice("a tileset is a .pmtiles or .mbtiles file; data go under [layers]"));
            }
        };
        let kind = said
            .tile_type
            .as_deref()
            .and_then(TileKind::named)
            .ok_or_else(|| {
                let kind = said.tile_type.as_deref().unwrap_or("no known type");
                LoadError::new(path, format!("has tiles of {kind}, which are not served"))
                    .advice("served are mvt, png, jpg, webp and avif")
            })?;
        let zooms = said.zooms.filter(|(low, high)| low <= high && *high <= 31);
        let zooms = zooms.ok_or_else(|| LoadError::new(path, "does not say which zooms it has"))?;
        Ok(Self {
            path: path.to_owned(),
            kind,
            zooms,
            said,
            store,
        })
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What its tiles are.
    pub fn kind(&self) -> TileKind {
        self.kind
    }

    /// Lowest and highest zoom, as the archive says.
    pub fn zooms(&self) -> (u8, u8) {
        self.zooms
    }

    /// West, south, east, north in degrees, as the archive says.
    pub fn bounds(&self) -> Option<[f64; 4]> {
        self.said.bounds
    }

    /// What it calls itself; the file's name where it does not.
    pub fn name(&self) -> &str {
        &self.said.name
    }

    /// Who is to be named, as the archive says.
    pub fn attribution(&self) -> Option<&str> {
        self.said.attribution.as_deref()
    }

    /// The layers of its vector tiles, as the metadata says.
    pub fn layers(&self) -> &[VectorLayer] {
        &self.said.layers
    }

    /// How most of its tiles are compressed; single ones may differ.
    pub fn usual_packing(&self) -> Packing {
        self.said.packing
    }

    /// The tile as it is stored; `None` where there is none. Cost: a read or two, and now and then one more for a directory.
    ///
    /// # Errors
    /// When the archive is damaged there, or cannot be read any more.
    pub fn tile(&self, coord: TileCoord) -> Result<Option<StoredTile>, LoadError> {
        self.store
            .tile(coord)
            .map_err(|why| self.wrong(coord, &why))
    }

    /// The tile without compression; `None` where there is none.
    ///
    /// # Errors
    /// As [`tile`](Self::tile), and when it cannot be unpacked or has more than [`TILE_BYTES_MAX`] bytes.
    pub fn unpacked(&self, coord: TileCoord) -> Result<Option<Vec<u8>>, LoadError> {
        let Some(stored) = self.tile(coord)? else {
            return Ok(None);
        };
        let unpacked = stored.packing.unpack(&stored.bytes, TILE_BYTES_MAX);
        unpacked
            .map(Some)
            .map_err(|error| self.wrong(coord, &error.to_string()))
    }

    fn wrong(&self, coord: TileCoord, why: &str) -> LoadError {
        let (z, x, y) = (coord.z(), coord.x(), coord.y());
        LoadError::new(
            &self.path,
            format!("tile {z}/{x}/{y} cannot be read: {why}"),
        )
    }
}
