//! From a project file to a territory: sources → layers → levels → indicators and heat maps.
//!
//! Whatever can go on goes on, so that one run tells all that is wrong; a territory comes out only when no problem is
//! an error.

mod access;
mod bbox;
mod crossing;
mod demands;
mod derive;
mod duplicates;
mod faults;
mod hierarchy;
mod join;
mod layers;
mod measures;
mod origin;
mod outside;
mod privacy;
mod provenance;
mod repair;
mod simple;
mod tables;
#[cfg(test)]
mod tests;
mod tilesets;

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use comarca_engine::{Layer, Territory, TerritoryParts};

use crate::crs::{Crs, MetricProjection, Suspicion, suspicious};
use crate::problem::{Problem, Severity};
use crate::project::{Project, ProjectError};
use crate::source::Features;

use access::Access;
pub use faults::{Fault, FaultKind, Faults, coverage_faults};
pub(crate) use layers::unknown_column;
use origin::Origin;
pub(crate) use repair::without_geometry;
pub use tilesets::Tileset;

/// What keeps a project from loading, with every other problem that was found on the way.
#[derive(Clone, Debug)]
pub struct LoadFailure {
    /// All problems; at least one is an error.
    pub problems: Vec<Problem>,
}

impl fmt::Display for LoadFailure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors = self
            .problems
            .iter()
            .filter(|problem| problem.severity == Severity::Error);
        let lines: Vec<String> = errors.map(Problem::to_string).collect();
        out.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for LoadFailure {}

/// A project that loads, and what is wrong with it nevertheless.
#[derive(Debug)]
pub struct Checked {
    /// The territory.
    pub territory: Territory,
    /// Warnings and notices.
    pub problems: Vec<Problem>,
    /// Where polygons were not valid. What else is wrong with a coverage, [`coverage_faults`] finds.
    pub faults: Faults,
}

/// Tells how far the loading is; called from several threads.
pub trait Progress: Sync {
    /// So many sources will be read.
    fn sources(&self, count: usize);
    /// A source was read.
    fn loaded(&self, id: &str, features: usize);
}

/// Nobody watches.
#[derive(Clone, Copy, Debug)]
pub struct Unwatched;

impl Progress for Unwatched {
    fn sources(&self, _: usize) {}
    fn loaded(&self, _: &str, _: usize) {}
}

impl Project {
    /// Loads every source and builds the territory.
    ///
    /// # Errors
    /// When any problem is an error; the failure holds all of them.
    pub fn load(&self) -> Result<(Territory, Vec<Problem>), LoadFailure> {
        self.load_watched(&Unwatched)
    }

    /// As [`load`](Self::load), telling `progress` of each source.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_watched(
        &self,
        progress: &dyn Progress,
    ) -> Result<(Territory, Vec<Problem>), LoadFailure> {
        self.check(progress)
            .map(|checked| (checked.territory, checked.problems))
    }

    /// As [`load_watched`](Self::load_watched), with the places of the rings that had to be repaired.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn check(&self, progress: &dyn Progress) -> Result<Checked, LoadFailure> {
        let (mut problems, mut faults) = (vec![], vec![]);
        let territory = build(self, progress, &mut problems, &mut faults);
        let is_error = |problem: &Problem| problem.severity == Severity::Error;
        match territory {
            Some(territory) if !problems.iter().any(is_error) => Ok(Checked {
                territory,
                problems,
                faults: Faults::new(faults),
            }),
            _ => Err(LoadFailure { problems }),
        }
    }

    /// Every file that the project reads, itself first; what a watcher should watch. Sources on the network are not
    /// watched.
    pub fn files(&self) -> Vec<PathBuf> {
        let access = Access::of(self);
        let store = self.config.demands.iter().map(|demands| &demands.store);
        let store = store
            .map(|store| (store, self.folder().join(store)))
            .filter(|(store, file)| access.check(store, file).is_ok())
            .flat_map(|(_, file)| crate::source::dependencies(&file));
        self.source_files().into_iter().chain(store).collect()
    }

    /// Every file that the project reads but its register, itself first.
    pub fn source_files(&self) -> Vec<PathBuf> {
        let sources = self
            .config
            .layers
            .values()
            .map(|layer| &layer.source)
            .chain(self.config.tables.values().map(|table| &table.source))
            .chain(self.config.tilesets.values().map(|tileset| &tileset.source));
        let access = Access::of(self);
        let located = |source: &String| access.locations(source).unwrap_or_default();
        let files = sources
            .flat_map(located)
            .filter_map(|location| location.file().map(Path::to_owned));
        let all: std::collections::BTreeSet<PathBuf> = files
            .flat_map(|file| crate::source::dependencies(&file))
            .collect();
        [self.file().to_owned()].into_iter().chain(all).collect()
    }

    /// A number that changes when the project file or a file it reads is replaced: from their names, sizes and times.
    pub fn generation(&self) -> u64 {
        stamp(&self.files())
    }

    /// As [`generation`](Self::generation) without the register, whose changes a server hears of by itself.
    pub fn source_generation(&self) -> u64 {
        stamp(&self.source_files())
    }
}

/// From names, sizes and times.
fn stamp(files: &[PathBuf]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for file in files {
        let stamp = std::fs::metadata(file).map(|meta| (meta.len(), meta.modified().ok()));
        (file.file_name(), stamp.ok()).hash(&mut hasher);
    }
    hasher.finish()
}

/// Refuses a register outside the folders that the project may use.
pub(crate) fn access_to_store(
    project: &Project,
    store: &str,
    file: &Path,
) -> Result<(), Box<Problem>> {
    Access::of(project).check(store, file)
}

/// The territory, as far as it can be built; what is wrong is added to `problems`.
fn build(
    project: &Project,
    progress: &dyn Progress,
    problems: &mut Vec<Problem>,
    faults: &mut Vec<Fault>,
) -> Option<Territory> {
    let projection = match MetricProjection::new(&project.config.crs) {
        Ok(projection) => Arc::new(projection),
        Err(error) => {
            problems.push(at(project, &project.error("crs", error.to_string())));
            return None;
        }
    };
    progress.sources(
        project.config.layers.len()
            + project.config.tables.len()
            + usize::from(project.config.demands.is_some()),
    );
    let tables = tables::read(project, progress, problems);
    let loaded = layers::read(project, &tables, &projection, progress, problems, faults);
    problems.extend(outside::notices(project, &loaded));
    name_levels(project, faults);
    let mut layers: Vec<Arc<Layer>> = loaded.into_iter().map(|loaded| loaded.layer).collect();
    let demands = demands::read(project, projection.as_ref(), progress, problems);
    layers.extend(demands);
    let context = Context {
        project,
        layers: &layers,
    };
    let levels = hierarchy::build(&context, &tables, problems)?;
    let indicators = measures::indicators(&context, problems);
    let heatmaps = measures::heatmaps(&context, problems);
    if problems
        .iter()
        .any(|problem| problem.severity == Severity::Error)
    {
        return None;
    }
    let sources = provenance::sources(project, &layers, &tables);
    let parts = TerritoryParts {
        name: project.config.name.clone(),
        languages: project.config.languages.clone(),
        crs: project.config.crs.clone(),
        layers,
        levels,
        indicators,
        heatmaps,
        projection,
        generation: project.generation(),
    };
    Territory::new(parts)
        .map(|territory| privacy::applied(project, territory).with_sources(sources))
        .map_err(|error| problems.push(Problem::error(error.to_string()).in_file(project.file())))
        .ok()
}

/// What looks wrong with features by themselves, without a project: coordinates that cannot be right in their CRS, lines and
/// polygons that stand twice. Cost O(n log n).
pub fn doubts(features: &Features) -> Vec<Problem> {
    let crs = features.crs.as_deref().and_then(|crs| Crs::parse(crs).ok());
    let suspicions = crs.map_or(vec![], |crs| suspicious(features, &crs));
    let placed = suspicions.iter().map(Suspicion::problem);
    let layer = &features.name;
    let twice = duplicates::notices(features, layer, &Origin::default());
    placed
        .chain(twice)
        .map(|problem| problem.in_layer(layer))
        .collect()
}

/// Says which level a fault is of.
fn name_levels(project: &Project, faults: &mut [Fault]) {
    for fault in faults {
        let mut levels = project.config.levels.iter();
        let level = levels.find(|level| level.layer.as_ref() == Some(&fault.layer));
        fault.level = level.map(|level| level.id.clone());
    }
}

/// Something cannot go on; what is wrong has been added to the problems.
struct Told;

/// The project and what was loaded of it.
struct Context<'a> {
    project: &'a Project,
    layers: &'a [Arc<Layer>],
}

impl Context<'_> {
    fn layer(&self, id: &str) -> Option<&Arc<Layer>> {
        self.layers.iter().find(|layer| layer.id() == id)
    }

    /// The problem of a value in the project file.
    fn wrong(&self, path: &str, message: impl Into<String>) -> Problem {
        at(self.project, &self.project.error(path, message))
    }
}

fn at(project: &Project, error: &ProjectError) -> Problem {
    error.problem(project.file())
}

/// A path inside the project's folder, for messages.
fn shown(project: &Project, file: &Path) -> PathBuf {
    file.strip_prefix(project.folder())
        .unwrap_or(file)
        .to_owned()
}
