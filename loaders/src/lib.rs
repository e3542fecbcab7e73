//! Files and a project file → layers, levels and indicators of the engine.
//!
//! ```no_run
//! use comarca_engine::tile::{TileCoord, TileOptions};
//! use comarca_loaders::Project;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let project = Project::open("comarca.toml")?;
//! let (territory, problems) = project.load()?; // immutable, shared as Arc
//! let density = territory.indicator("density")?.at("districts")?; // keys, values, unit
//! let surface = territory.heatmap("demand")?.grid(50.0, None)?; // densities per km² on a grid in metres
//! let tile = territory.tile(&["districts"], TileCoord::new(12, 1244, 2463)?, &TileOptions::default())?;
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]

mod calendar;
mod convert;
mod crs;
pub mod demands;
pub mod export;
mod kept_rows;
mod load;
mod problem;
pub mod project;
pub mod source;

pub use convert::{ConvertError, ConvertOptions, convert, convert_to_stream, read_layers};
pub use crs::{Crs, CrsError, MetricProjection, Suspicion, SuspicionKind, Transform, suspicious};
pub use load::{
    Checked, Fault, FaultKind, Faults, LoadFailure, Progress, Tileset, Unwatched, coverage_faults,
    doubts,
};
pub use problem::{LoadError, Problem, Problems, Severity};
pub use project::{DemandsConfig, LogFormat, Project, ProjectError, ProjectErrors};
