//! Which files a project may use: those of its own folder, and of the folders that it names under `[access]`.
//!
//! A path is judged by where it really leads, with every symbolic link on the way followed. What matters is that a
//! project that somebody sent cannot publish files of the machine that it is opened on.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use crate::problem::Problem;
use crate::project::{Project, ProjectError};
use crate::source::Location;

use super::at;

/// Most entries of a folder that are looked at for links.
const ENTRIES_MAX: usize = 100_000;

/// The folders that may be read from and written to.
pub(super) struct Access<'a> {
    project: &'a Project,
    /// As the system knows them, links followed.
    folders: Vec<PathBuf>,
}

impl<'a> Access<'a> {
    pub(super) fn of(project: &'a Project) -> Self {
        let outside = project.config.access.outside.iter();
        let named = outside.map(|folder| project.folder().join(folder));
        let folders = [project.folder().to_owned()]
            .into_iter()
            .chain(named)
            .filter_map(|folder| fs::canonicalize(folder).ok())
            .collect();
        Self { project, folders }
    }

    /// The places that `source` names: an address on the network as it is, files if all of them may be read.
    pub(super) fn locations(&self, source: &str) -> Result<Vec<Location>, Box<Problem>> {
        match Location::parse(source) {
            Location::File(_) => {
                let files = self.files(source)?.into_iter();
                Ok(files.map(Location::File).collect())
            }
            remote => Ok(vec![remote]),
        }
    }

    /// The files that `source` names, if all of them may be read, and all that belongs to them.
    pub(super) fn files(&self, source: &str) -> Result<Vec<PathBuf>, Box<Problem>> {
        self.check(source, &self.project.folder().join(literal_part(source)))?;
        let files = crate::source::expand(source, self.project.folder())
            .map_err(|error| Box::new(Problem::from(error)))?;
        for file in &files {
            self.check(source, file)?;
        }
        self.check_links(source, &files)?;
        Ok(files)
    }

    /// Refuses a path that leads out.
    pub(super) fn check(&self, source: &str, path: &Path) -> Result<(), Box<Problem>> {
        let target = resolved(path);
        let inside = |target: &Path| self.folders.iter().any(|folder| target.starts_with(folder));
        match &target {
            Some(target) if inside(target) => Ok(()),
            _ => Err(Box::new(self.refusal(source, path, target.as_deref()))),
        }
    }

    /// Refuses links beside the files that a reader would follow: the other files of a shapefile, those in a folder.
    fn check_links(&self, source: &str, files: &[PathBuf]) -> Result<(), Box<Problem>> {
        let stem = |path: &Path| {
            path.file_stem()
                .map(|stem| stem.to_string_lossy().to_lowercase())
        };
        let stems: HashSet<_> = files.iter().map(|file| stem(file)).collect();
        let whole: BTreeSet<&Path> = files
            .iter()
            .map(|file| &**file)
            .filter(|file| file.is_dir())
            .collect();
        let folders: BTreeSet<&Path> = files.iter().filter_map(|file| file.parent()).collect();
        for folder in whole.union(&folders) {
            for link in links(folder) {
                if whole.contains(folder) || stems.contains(&stem(&link)) {
                    self.check(source, &link)?;
                }
            }
        }
        Ok(())
    }

    fn refusal(&self, source: &str, path: &Path, target: Option<&Path>) -> Problem {
        let path = path.strip_prefix(".").unwrap_or(path);
        let Some(target) = target else {
            let message = format!(
                "{} leads nowhere: it is a link to nothing, or has \"..\" behind a folder that is not there",
                path.display()
            );
            return self.place(source, message);
        };
        let folder = match target.is_dir() {
            true => target,
            false => target.parent().unwrap_or(target),
        };
        let by = if path.components().collect::<PathBuf>() == target {
            String::new()
        } else {
            format!(" to {}", target.display())
        };
        let message = format!(
            "{} leads out of the project's folder{by}, which is not allowed",
            path.display()
        );
        let advice = format!(
            "copy the data into the folder of the project file, or allow it there: [access] outside = [{:?}]",
            folder.display().to_string()
        );
        self.place(source, message).advice(advice)
    }

    /// An error at the line that names the source.
    fn place(&self, source: &str, message: String) -> Problem {
        let config = &self.project.config;
        let layer = config
            .layers
            .iter()
            .find(|(_, layer)| layer.source == source);
        let table = config
            .tables
            .iter()
            .find(|(_, table)| table.source == source);
        let path = match (layer, table) {
            (Some((id, _)), _) => format!("layers.{id}.source"),
            (None, Some((id, _))) => format!("tables.{id}.source"),
            (None, None) => "demands.store".to_owned(),
        };
        let error: ProjectError = self.project.error(&path, message);
        at(self.project, &error)
    }
}

/// The beginning of a pattern that has no wildcard: what is listed to find the files.
fn literal_part(source: &str) -> PathBuf {
    let path = Path::new(source);
    let is_literal =
        |part: &Component<'_>| !part.as_os_str().to_string_lossy().contains(['*', '?', '[']);
    path.components().take_while(is_literal).collect()
}

/// Where a path leads with all links followed; of a file that is not there yet, where it would be. `None` for a link
/// that leads to nothing, and where that cannot be told.
fn resolved(path: &Path) -> Option<PathBuf> {
    let mut missing: Vec<&std::ffi::OsStr> = vec![];
    let mut known = path;
    loop {
        match fs::canonicalize(known) {
            Ok(found) => {
                return Some(
                    missing
                        .into_iter()
                        .rev()
                        .fold(found, |path, name| path.join(name)),
                );
            }
            Err(error)
                if error.kind() == ErrorKind::NotFound && fs::symlink_metadata(known).is_err() =>
            {
                // No name at the end means "..": behind a folder that is not there it leads nowhere.
                missing.push(known.file_name()?);
                known = known.parent()?;
                if known.as_os_str().is_empty() {
                    known = Path::new(".");
                }
            }
            Err(_) => return None,
        }
    }
}

/// The symbolic links in a folder.
fn links(folder: &Path) -> Vec<PathBuf> {
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let entries = fs::read_dir(folder).into_iter().flatten().take(ENTRIES_MAX);
    entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_symlink()))
        .map(|entry| entry.path())
        .collect()
}
