//! Mapbox vector tiles, cut on demand: select → draw (simplify → clip → quantize → make simple) → encode, again with less where
//! the bounds of [`TileOptions`] are passed.
//!
//! Works on integers of the world grid, one zoom being a shift of another. The format is the
//! [Mapbox Vector Tile Specification 2.1](https://github.com/mapbox/vector-tile-spec/tree/master/2.1).

mod account;
mod clip;
mod computed;
mod coord;
mod draw;
mod encode;
mod pyramid;
mod quantize;
mod render;
mod select;
mod simple;
#[cfg(test)]
mod tests;

use thiserror::Error;

use crate::filter::{Filter, FilterError};

pub use account::{Tile, TileLayer};
pub(crate) use computed::ComputedLayer;
pub use coord::{MAX_ZOOM, TileCoord};
pub use pyramid::Pyramid;
pub(crate) use render::render;
pub(crate) use select::Source;
pub(crate) use simple::Simplicity;

/// Attribute of a feature that stands for several of its source: how many, itself among them.
pub const FEATURE_COUNT: &str = "feature_count";

/// Edition of the tiles: raised whenever the bytes of a tile change, so that nobody puts tiles of two editions together.
pub const TILE_EDITION: u32 = 1;

/// Units across a tile.
pub const EXTENT: u32 = 4096;

/// Units beyond the tile's edge in which geometry is kept, so that outlines and symbols do not end at the edge.
pub const BUFFER: u32 = 64;

/// What goes into a tile besides the geometry.
#[derive(Clone, Debug, Default)]
pub struct TileOptions {
    /// Columns to write; all when absent. `key` and `name` are always there.
    pub properties: Option<Vec<String>>,
    /// Features to write; all when absent. Columns, `key`, `name` and `geometry` may be used.
    pub filter: Option<Filter>,
    /// Ids of indicators to join; every source must then be a level.
    pub indicators: Vec<String>,
    /// Whether features carry a single point (their anchor, drawn into the tile) instead of their geometry.
    pub without_geometry: bool,
    /// Columns of numbers of which a feature that stands for several carries the sum.
    pub sums: Vec<String>,
    /// Column of numbers that decides which of several features stands for the others: the largest, else the largest on the map.
    pub rank: Option<String>,
    /// Size that a tile must not pass, uncompressed. Beyond it, what is small is merged or left out, and more of it step by step.
    pub bytes_max: Option<usize>,
    /// Number of features that a tile must not pass, kept in the same way.
    pub features_max: Option<usize>,
}

/// Why there is no tile.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum TileError {
    /// z, x or y beyond the tile pyramid.
    #[error("tile {z}/{x}/{y} is outside the pyramid: z up to {MAX_ZOOM}, x and y below 2^z")]
    CoordinateOutOfRange {
        /// Zoom.
        z: u32,
        /// Column.
        x: u32,
        /// Row.
        y: u32,
    },
    /// No level or layer of this id.
    #[error("there is no tile source {0:?}")]
    UnknownSource(String),
    /// No indicator of this id.
    #[error("there is no indicator {0:?}")]
    UnknownIndicator(String),
    /// No column of this name in any source.
    #[error("there is no property {0:?}")]
    UnknownProperty(String),
    /// Indicators asked for a layer.
    #[error("indicators belong to levels; {0:?} is a layer")]
    NotALevel(String),
    /// A filter that does not fit the source.
    #[error("filter on {source_id:?}: {cause}")]
    Filter {
        /// Id of the tile source.
        source_id: String,
        /// What does not fit.
        cause: FilterError,
    },
}
