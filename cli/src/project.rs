//! Opening and loading the project, with a progress bar.

use std::path::Path;

use comarca_engine::Territory;
use comarca_loaders::{Checked, Problem, Project};

use crate::output::Failed;
use crate::progress::Bar;

/// Reads the project file.
pub(crate) fn open(file: &Path) -> Result<Project, Failed> {
    Project::open(file).map_err(|errors| Failed(errors.problems().collect()))
}

/// Loads the territory and what was wrong on the way.
pub(crate) fn load(project: &Project) -> Result<(Territory, Vec<Problem>), Failed> {
    project
        .load_watched(&Bar::new())
        .map_err(|failure| Failed(failure.problems))
}

/// Loads the territory with the places of what had to be repaired.
pub(crate) fn check(project: &Project) -> Result<Checked, Failed> {
    project
        .check(&Bar::new())
        .map_err(|failure| Failed(failure.problems))
}
