//! The register of demands as the layer `demands`.

use std::sync::Arc;

use comarca_engine::{Layer, Projection};
use comarca_register::{Problem as RowProblem, Snapshot};

use super::{Progress, at};
use crate::demands;
use crate::problem::Problem;
use crate::project::{DEMANDS_LAYER, Project};

/// The layer of demands where the project has a register; empty while nothing is recorded. A layer of that name that the
/// project reads from a file is refused with the project file.
pub(super) fn read(
    project: &Project,
    projection: &dyn Projection,
    progress: &dyn Progress,
    problems: &mut Vec<Problem>,
) -> Option<Arc<Layer>> {
    project.config.demands.as_ref()?;
    let snapshot = snapshot(project, problems)?;
    problems.extend(
        snapshot
            .problems()
            .iter()
            .map(|problem| row_problem(project, problem)),
    );
    let layer = demands::layer(&snapshot, projection).map_err(|error| {
        problems.push(Problem::error(error.to_string()).in_layer(DEMANDS_LAYER));
    });
    let layer = layer.ok()?;
    progress.loaded(DEMANDS_LAYER, layer.len());
    Some(Arc::new(layer))
}

fn snapshot(project: &Project, problems: &mut Vec<Problem>) -> Option<Arc<Snapshot>> {
    let store = project
        .store()
        .map_err(|refused| problems.push(*refused))
        .ok()??;
    let failed = |error: comarca_register::RegisterError| {
        problems.push(at(
            project,
            &project.error("demands.store", error.to_string()),
        ));
    };
    store.snapshot().map_err(failed).ok()
}

fn row_problem(project: &Project, problem: &RowProblem) -> Problem {
    let store = project
        .config
        .demands
        .as_ref()
        .map_or("", |demands| &demands.store);
    let told = Problem::warning(problem.what.clone())
        .in_file(std::path::Path::new(store))
        .in_layer(problem.table);
    match usize::try_from(problem.row) {
        Ok(row) => told.at_rows(&[row.saturating_sub(1)]),
        Err(_) => told,
    }
}
