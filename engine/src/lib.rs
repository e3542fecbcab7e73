//! Territorial layers, spatial indexes, indicators, heat maps and vector tiles.
//!
//! Pure computation: no input or output, no clock, no globals, no async. A loader hands over [`LayerParts`]; the
//! engine makes immutable [`Layer`]s of them, a [`Territory`] joins layers to a hierarchy of levels, and everything
//! that is asked of it (an indicator, a heat map, a tile) is computed from there.

pub mod classes;
mod column;
pub mod composite;
pub mod cycle;
pub mod deficit;
mod derived;
mod edit;
mod filter;
mod generalise;
pub mod heatmap;
pub mod hexbin;
mod index;
pub mod indicator;
mod layer;
mod locate;
mod number;
pub mod overlay;
pub mod period;
mod polygon;
pub mod priority;
mod privacy;
mod provenance;
pub mod rate;
pub mod reach;
mod relation;
mod shapes;
pub mod site;
pub mod social;
mod space;
pub mod stats;
mod territory;
pub mod tile;
mod title;
mod topology;

pub use column::{Column, ColumnBuilder, ColumnType, Text, Value};
pub use derived::{BORDERS, LABELS};
pub use edit::{Change, Edit, EditError, MAX_EDIT_VERTICES};
pub use filter::{
    BoundFilter, Derived, Filter, FilterError, Formula, GEOMETRY_PROPERTIES, MAX_FILTER_BYTES,
    MAX_FILTER_DEPTH, MAX_POSITIONS, MAX_SPATIAL_PREDICATES, Property, folded, nearest,
};
pub use index::{Envelope, PackedRTree, hilbert, hilbert_order};
pub use layer::{Layer, LayerError, LayerParts};
pub use locate::Locator;
pub use privacy::{HiddenCells, HiddenFigures, Privacy, Suppression};
pub use provenance::Source;
pub use shapes::{GeometryType, ShapeError, Shapes, ShapesBuilder};
pub use space::{LonLat, Metric, Projection, WORLD_CELLS, World, world_to_lonlat};
pub use territory::{
    Level, LevelParts, Territory, TerritoryError, TerritoryParts, UnknownId, WHOLE,
};
pub use title::Title;
pub use topology::TopologyReport;
