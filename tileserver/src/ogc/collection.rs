//! A collection of OGC API: a level or a layer of the territory, or the register of demands.

use std::sync::Arc;

use comarca_engine::{Layer, Level};

use crate::error::AppError;
use crate::generation::{DEMANDS, Edition, Generation};
use crate::register::Demands;

/// One collection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Collection<'g> {
    pub(crate) generation: &'g Generation,
    pub(crate) id: &'g str,
    /// The features, those of the register without the demands that name another one again.
    pub(crate) layer: &'g Arc<Layer>,
    /// The register, where the collection is `demands` and the project has one.
    pub(crate) register: Option<&'g Arc<Demands>>,
}

impl<'g> Collection<'g> {
    /// The collection of an id.
    ///
    /// # Errors
    /// 404 where there is none; the nearest id is named.
    pub(crate) fn find(generation: &'g Generation, id: &str) -> Result<Self, AppError> {
        let known = || generation.territory.source_ids();
        let own = known().find(|known| *known == id);
        let found = own.and_then(|id| Some((id, generation.territory.tile_layer(id)?)));
        let (id, layer) = found.ok_or_else(|| AppError::unknown("collection", id, known()))?;
        Ok(Self {
            generation,
            id,
            layer,
            register: generation.demands.as_ref().filter(|_| id == DEMANDS),
        })
    }

    /// All of them, in the order of the catalogue.
    pub(crate) fn all(generation: &'g Generation) -> impl Iterator<Item = Self> {
        let ids = generation.territory.source_ids();
        ids.filter_map(|id| Self::find(generation, id).ok())
    }

    /// The edition of its answers: that of the data, where no demand that was written since can show in it.
    pub(crate) fn edition(&self) -> &'g Edition {
        self.generation.edition_of_tile(&[self.id.to_owned()], &[])
    }

    /// The title in the main language.
    pub(crate) fn title(&self) -> &'g str {
        let territory = &self.generation.territory;
        let own = match territory.level(self.id) {
            Some(level) => Level::title(level),
            None => self.layer.title(),
        };
        let main = territory.languages().first().map_or("", String::as_str);
        own.in_language(main).unwrap_or(self.id)
    }
}
