//! Archives of tiles that the project serves as they are.

use std::path::PathBuf;

use comarca_engine::Title;

use super::access::Access;
use super::{at, shown};
use crate::problem::Problem;
use crate::project::{Project, TilesetConfig, TitleConfig};
use crate::source::{OpenArchive, tile_archive};

/// Ready-made tiles of a project: an open archive with what the project says of it.
#[derive(Debug)]
pub struct Tileset {
    id: String,
    title: Title,
    attribution: Option<String>,
    archive: OpenArchive,
}

impl Tileset {
    /// Id in addresses.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What people call it.
    pub fn title(&self) -> &Title {
        &self.title
    }

    /// Who is to be named.
    pub fn attribution(&self) -> Option<&str> {
        self.attribution.as_deref()
    }

    /// The tiles.
    pub fn archive(&self) -> &OpenArchive {
        &self.archive
    }
}

impl Project {
    /// Opens the archives under `[tilesets]`, in the order of the project. Cost: some reads each, whatever their size.
    ///
    /// # Errors
    /// What keeps archives from being opened, all of it.
    pub fn tilesets(&self) -> Result<Vec<Tileset>, Vec<Problem>> {
        let (mut opened, mut problems) = (vec![], vec![]);
        for (id, config) in &self.config.tilesets {
            match self.tileset(id, config) {
                Ok(tileset) => opened.push(tileset),
                Err(problem) => problems.push(*problem),
            }
        }
        match problems.is_empty() {
            true => Ok(opened),
            false => Err(problems),
        }
    }

    /// Goes through all directories of the archives under `[tilesets]` and tells what is wrong, with file and tileset. Cost
    /// O(tiles).
    pub fn check_tilesets(&self) -> Vec<Problem> {
        let mut problems = vec![];
        for (id, config) in &self.config.tilesets {
            let file = match self.tileset(id, config) {
                Ok(tileset) => tileset.archive.path().to_owned(),
                Err(problem) => {
                    problems.push(*problem);
                    continue;
                }
            };
            match tile_archive(&file) {
                Ok(archive) => {
                    let found = archive.into_iter().flat_map(|archive| archive.problems);
                    problems.extend(found.map(|problem| self.of_tileset(id, problem)));
                }
                Err(error) => problems.push(self.of_tileset(id, error.into())),
            }
        }
        problems
    }

    fn tileset(&self, id: &str, config: &TilesetConfig) -> Result<Tileset, Box<Problem>> {
        let file = self.tileset_file(id, config)?;
        let archive = OpenArchive::open(&file)
            .map_err(|error| Box::new(self.of_tileset(id, error.into())))?;
        let title = match &config.title {
            Some(title) => TitleConfig::to_title(title),
            None => Title::plain(archive.name()),
        };
        let own = archive.attribution().map(str::to_owned);
        Ok(Tileset {
            id: id.to_owned(),
            title,
            attribution: config.attribution.clone().or(own),
            archive,
        })
    }

    /// The one file that a tileset names.
    fn tileset_file(&self, id: &str, config: &TilesetConfig) -> Result<PathBuf, Box<Problem>> {
        let found = Access::of(self).files(&config.source);
        let mut files = found.map_err(|problem| Box::new(self.of_tileset(id, *problem)))?;
        if let (Some(file), true) = (files.pop(), files.is_empty()) {
            return Ok(file);
        }
        let path = format!("tilesets.{id}.source");
        let message = "a tileset is one file, and this names several or none";
        Err(Box::new(at(self, &self.error(&path, message))))
    }

    /// A problem of an archive, as one of this project.
    fn of_tileset(&self, id: &str, mut problem: Problem) -> Problem {
        problem.file = problem.file.map(|file| shown(self, &file));
        problem.in_layer(id)
    }
}
