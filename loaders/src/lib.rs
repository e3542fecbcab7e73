//! Files and databases → the layers of the engine.

#![forbid(unsafe_code)]

mod crs;
pub mod export;
mod load;
mod problem;
pub mod project;
pub mod source;

pub use crs::{Crs, CrsError, MetricProjection, Suspicion, SuspicionKind, Transform, suspicious};
pub use load::{LoadFailure, Progress, Unwatched, coverage_faults};
pub use problem::{LoadError, Problem, Problems, Severity};
pub use project::{Project, ProjectError, ProjectErrors};
