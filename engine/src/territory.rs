//! A territory: layers joined to a hierarchy of levels, with everything that can be asked of them.

use crate::number::{narrow, whole};
mod derived;
mod inputs;
mod levels;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use thiserror::Error;

use crate::column::Column;
use crate::derived::Derived;
use crate::filter::nearest;
use crate::heatmap::Heatmap;
use crate::indicator::{Indicator, IndicatorView, LevelFigures, Published, Swap};
use crate::layer::{Layer, LayerError};
use crate::locate::Locator;
use crate::overlay::Zones;
use crate::privacy::{Guard, HiddenCells, HiddenFigures, Privacy, Suppression};
use crate::provenance::Source;
use crate::space::{Metric, Projection};
use crate::stats::{Transform, Weights, WeightsError, WeightsSpec};
use crate::tile::{self, Tile, TileCoord, TileError, TileOptions};

pub use levels::{Level, LevelParts};

use inputs::check_inputs;
use levels::build_levels;

/// Id of the level above all others, and key of its only territory.
pub const WHOLE: &str = "all";

/// What a loader hands over to make a [`Territory`].
#[derive(Debug)]
pub struct TerritoryParts {
    /// What people call it.
    pub name: String,
    /// Language tags, the main one first.
    pub languages: Vec<String>,
    /// Name of the metric CRS.
    pub crs: String,
    /// All layers.
    pub layers: Vec<Arc<Layer>>,
    /// Levels, finest first, without the whole.
    pub levels: Vec<LevelParts>,
    /// Indicators in the order of the project.
    pub indicators: Vec<Indicator>,
    /// Heat maps in the order of the project.
    pub heatmaps: Vec<Heatmap>,
    /// Between degrees and the metric CRS.
    pub projection: Arc<dyn Projection>,
    /// Changes whenever the data or the project changes; part of every cache key and `ETag`.
    pub generation: u64,
}

/// Why parts do not make a territory.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum TerritoryError {
    /// A project without levels.
    #[error("a territory needs at least one level")]
    NoLevels,
    /// The finest level needs geometry of its own.
    #[error("the finest level, {0:?}, needs a layer")]
    NoLayer(String),
    /// A level whose arrays do not fit together.
    #[error("level {level:?}: {cause}")]
    Level {
        /// Id of the level.
        level: String,
        /// What does not fit.
        cause: LayerError,
    },
    /// Indicators that need each other in a circle.
    #[error("indicators need each other in a circle: {0}")]
    Cycle(String),
    /// An indicator that refers to one that is not there.
    #[error("indicator {indicator:?} needs {input:?}, which is not there")]
    UnknownInput {
        /// The indicator that refers.
        indicator: String,
        /// What it refers to.
        input: String,
    },
}

/// An id that the territory does not have.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("there is no {kind} {id:?}; {}", self.hint())]
pub struct UnknownId {
    /// "indicator", "level", "heat map" …
    pub kind: &'static str,
    /// What was asked for.
    pub id: String,
    /// The ids there are, with commas.
    pub known: String,
}

impl UnknownId {
    /// Says what was asked for and what there is.
    pub fn new<'a>(kind: &'static str, id: &str, known: impl Iterator<Item = &'a str>) -> Self {
        Self {
            kind,
            id: id.to_owned(),
            known: known.collect::<Vec<_>>().join(", "),
        }
    }

    /// What was probably meant, else what there is.
    fn hint(&self) -> String {
        match nearest(&self.id, self.known.split(", ")) {
            Some(nearest) => format!("did you mean {nearest:?}?"),
            None if self.known.is_empty() => format!("there is no {} at all", self.kind),
            None => format!("known: {}", self.known),
        }
    }
}

/// Layers, levels, indicators and heat maps of one project. Immutable; shared as `Arc<Territory>`.
#[derive(Debug)]
pub struct Territory {
    name: String,
    languages: Vec<String>,
    crs: String,
    layers: Vec<Arc<Layer>>,
    levels: Arc<Vec<Level>>,
    indicators: Vec<Indicator>,
    heatmaps: Vec<Arc<Heatmap>>,
    projection: Arc<dyn Projection>,
    generation: u64,
    locator: Arc<OnceLock<Locator>>,
    neighbours: Arc<Neighbours>,
    zones: Arc<OnceLock<Zones>>,
    /// Per layer, the finest territory of each feature's anchor.
    homes: Vec<Arc<OnceLock<Vec<Option<u32>>>>>,
    /// Per indicator, its figures at every level. Shared with scenarios that leave it as it is.
    figures: Vec<Arc<Figures>>,
    guard: Arc<Guard>,
    sources: Arc<Vec<Source>>,
    /// Label points and border lines of those that were asked for.
    derived: Derived,
}

/// Spatial weights of levels that were asked for, row-standardised, the latest last.
type Neighbours = Mutex<Vec<(usize, WeightsSpec, Arc<Weights>)>>;

/// Most spatial weights that are kept.
const NEIGHBOURS_MAX: usize = 16;

/// The figures of an indicator at every level: as computed, and as they may be shown.
#[derive(Debug, Default)]
struct Figures {
    computed: OnceLock<Vec<LevelFigures>>,
    published: OnceLock<Vec<Published>>,
}

impl Territory {
    /// Builds the levels and checks what the indicators need.
    ///
    /// # Errors
    /// When there is no level with geometry, or indicators refer to nothing or in a circle.
    pub fn new(parts: TerritoryParts) -> Result<Self, TerritoryError> {
        check_inputs(&parts.indicators)?;
        let levels = build_levels(&parts)?;
        Ok(Self {
            derived: Derived::new(levels.len(), parts.layers.len()),
            homes: parts.layers.iter().map(|_| Arc::default()).collect(),
            figures: parts.indicators.iter().map(|_| Arc::default()).collect(),
            name: parts.name,
            languages: parts.languages,
            crs: parts.crs,
            layers: parts.layers,
            levels: Arc::new(levels),
            indicators: parts.indicators,
            heatmaps: parts.heatmaps.into_iter().map(Arc::new).collect(),
            projection: parts.projection,
            generation: parts.generation,
            locator: Arc::default(),
            neighbours: Arc::default(),
            zones: Arc::default(),
            guard: Arc::default(),
            sources: Arc::default(),
        })
    }

    /// The same territory, publishing only what these rules allow. Without them everything is published.
    #[must_use]
    pub fn with_privacy(self, privacy: &Privacy) -> Self {
        let guard = Guard::new(privacy, self.indicators.iter());
        Self {
            figures: self.figures.iter().map(|_| Arc::default()).collect(),
            guard: Arc::new(guard),
            derived: Derived::new(self.levels.len(), self.layers.len()),
            ..self
        }
    }

    /// The same territory as another generation: for data that change while everything else stays.
    #[must_use]
    pub fn at_generation(self, generation: u64) -> Self {
        Self { generation, ..self }
    }

    /// The same territory, knowing where its data come from.
    #[must_use]
    pub fn with_sources(self, sources: Vec<Source>) -> Self {
        Self {
            sources: Arc::new(sources),
            ..self
        }
    }

    /// What people call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Language tags, the main one first.
    pub fn languages(&self) -> &[String] {
        &self.languages
    }

    /// Name of the metric CRS.
    pub fn crs(&self) -> &str {
        &self.crs
    }

    /// Changes whenever the data or the project changes.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Between degrees and the metric CRS.
    pub fn projection(&self) -> &dyn Projection {
        self.projection.as_ref()
    }

    /// West, south, east, north of the finest level in degrees.
    pub fn bounds(&self) -> Option<[f64; 4]> {
        self.levels[0].layer().bounds()
    }

    /// All layers in the order of the project.
    pub fn layers(&self) -> impl Iterator<Item = &Arc<Layer>> {
        self.layers.iter()
    }

    /// A layer by id.
    pub fn layer(&self, id: &str) -> Option<&Arc<Layer>> {
        self.layers.iter().find(|layer| layer.id() == id)
    }

    /// Levels, finest first; the last one is the whole territory.
    pub fn levels(&self) -> &[Level] {
        &self.levels
    }

    /// A level by id.
    pub fn level(&self, id: &str) -> Option<&Level> {
        self.levels.iter().find(|level| level.id() == id)
    }

    /// All indicators in the order of the project.
    pub fn indicators(&self) -> impl Iterator<Item = &Indicator> {
        self.indicators.iter()
    }

    /// An indicator, to be asked for its values at a level.
    ///
    /// # Errors
    /// When there is no indicator of this id.
    pub fn indicator(&self, id: &str) -> Result<IndicatorView<'_>, UnknownId> {
        match self
            .indicators
            .iter()
            .position(|indicator| indicator.id == id)
        {
            Some(position) => Ok(IndicatorView::new(self, position)),
            None => Err(UnknownId::new(
                "indicator",
                id,
                self.indicators
                    .iter()
                    .map(|indicator| indicator.id.as_str()),
            )),
        }
    }

    /// All heat maps in the order of the project.
    pub fn heatmaps(&self) -> impl Iterator<Item = &Heatmap> {
        self.heatmaps.iter().map(AsRef::as_ref)
    }

    /// A heat map by id.
    ///
    /// # Errors
    /// When there is no heat map of this id.
    pub fn heatmap(&self, id: &str) -> Result<&Heatmap, UnknownId> {
        let found = self.heatmaps.iter().find(|heatmap| heatmap.id == id);
        found.map(AsRef::as_ref).ok_or_else(|| {
            UnknownId::new(
                "heat map",
                id,
                self.heatmaps.iter().map(|heatmap| heatmap.id.as_str()),
            )
        })
    }

    /// Ids that tiles can be asked for: levels, then layers that no level of the same id hides.
    pub fn source_ids(&self) -> impl Iterator<Item = &str> {
        let layers = self
            .layers
            .iter()
            .map(|layer| layer.id())
            .filter(|id| self.level(id).is_none());
        self.levels.iter().map(Level::id).chain(layers)
    }

    /// The features of a tile source: of a level, of a layer, or of what is made of one (see
    /// [`companion_ids`](Self::companion_ids)) when it is first asked for.
    pub fn tile_layer(&self, id: &str) -> Option<&Arc<Layer>> {
        let own = self.level(id).map(Level::layer).or_else(|| self.layer(id));
        own.or_else(|| self.derived_layer(id))
    }

    /// A Mapbox vector tile with one layer per source; empty when nothing is in it.
    ///
    /// # Errors
    /// When a source, an indicator or a property is unknown.
    pub fn tile(
        &self,
        sources: &[&str],
        coord: TileCoord,
        options: &TileOptions,
    ) -> Result<Vec<u8>, TileError> {
        Ok(self.tile_and_account(sources, coord, options)?.bytes)
    }

    /// A Mapbox vector tile, and what became of the features that touch it: merged, too thin to be seen, left out.
    ///
    /// # Errors
    /// When a source, an indicator or a property is unknown.
    pub fn tile_and_account(
        &self,
        sources: &[&str],
        coord: TileCoord,
        options: &TileOptions,
    ) -> Result<Tile, TileError> {
        tile::render(self, sources, coord, options)
    }

    /// A tile source with its details; those of a level merge within parents alone.
    pub(crate) fn tile_source(&self, id: &str) -> Option<tile::Source<'_>> {
        if let Some(level) = self.level(id) {
            return Some(tile::Source {
                layer: level.layer(),
                details: level.details(),
                parents: Some(level.parents()),
            });
        }
        let layer = self.tile_layer(id)?;
        Some(tile::Source {
            layer,
            details: layer.details(),
            parents: None,
        })
    }

    /// The finest territory that holds a point.
    pub fn locate(&self, point: Metric) -> Option<usize> {
        self.locator().locate(self.levels[0].layer(), point)
    }

    fn locator(&self) -> &Locator {
        let finest = self.levels[0].layer();
        self.locator.get_or_init(|| Locator::build(finest))
    }

    /// The finest territories, prepared to divide what lies across their borders.
    pub(crate) fn zones(&self) -> &Zones {
        let finest = self.levels[0].layer();
        self.zones.get_or_init(|| Zones::new(Arc::clone(finest)))
    }

    /// Who is whose neighbour among the territories of a level; row-standardised, built once while they are asked for.
    ///
    /// # Errors
    /// When there would be more links than are kept.
    pub fn weights(&self, level: usize, spec: WeightsSpec) -> Result<Arc<Weights>, WeightsError> {
        let kept = || {
            self.neighbours
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        let known = |(own, other, _): &&(usize, WeightsSpec, _)| *own == level && *other == spec;
        if let Some((_, _, weights)) = kept().iter().find(known) {
            return Ok(Arc::clone(weights));
        }
        let layer = self.levels[level].layer();
        let built = Arc::new(Weights::build(layer, spec, Transform::RowStandardised)?);
        let mut kept = kept();
        if kept.len() == NEIGHBOURS_MAX {
            kept.remove(0);
        }
        kept.push((level, spec, Arc::clone(&built)));
        Ok(built)
    }

    /// For each feature of `layer` the finest territory that holds its anchor, by row; located once per layer. Empty for a
    /// layer of another territory.
    pub fn homes(&self, layer: &Arc<Layer>) -> &[Option<u32>] {
        let base = self.levels[0].layer();
        let locate = || self.locator().locate_all(base, layer.anchors());
        match self.layers.iter().position(|own| Arc::ptr_eq(own, layer)) {
            Some(position) => self.homes[position].get_or_init(locate),
            None => &[],
        }
    }

    /// Rows of a layer's features whose anchors stand in one territory of a level.
    pub fn rows_in(&self, layer: &Arc<Layer>, level: usize, row: usize) -> Vec<usize> {
        let of_base = self.levels[level].of_base();
        let inside =
            |home: &Option<u32>| home.and_then(|home| of_base[home as usize]) == Some(narrow(row));
        self.homes(layer)
            .iter()
            .enumerate()
            .filter(|(_, home)| inside(home))
            .map(|(feature, _)| feature)
            .collect()
    }

    /// How many features of `layer` stand in no territory.
    pub fn outside_count(&self, layer: &Arc<Layer>) -> usize {
        self.homes(layer)
            .iter()
            .filter(|home| home.is_none())
            .count()
    }

    /// Figures of the indicator at `position` at every level; computed once.
    pub(crate) fn computed(&self, position: usize) -> &[LevelFigures] {
        let compute = || self.indicators[position].operation.evaluate(self);
        self.figures[position].computed.get_or_init(compute)
    }

    /// What may be shown of the indicator at `position` at every level.
    pub(crate) fn published(&self, position: usize) -> &[Published] {
        let publish = || {
            let mut hidden = self.guard.hidden(self, position).unwrap_or_default();
            hidden.resize(self.levels.len(), vec![]);
            let levels = self.computed(position).iter().cloned().zip(hidden);
            levels
                .map(|(figures, hidden)| Published::new(figures, hidden))
                .collect()
        };
        self.figures[position].published.get_or_init(publish)
    }

    /// The column of a layer at `position` with what may be shown of it.
    ///
    /// # Panics
    /// When the layer has no column there.
    pub fn shown_column<'a>(&'a self, layer: &'a Layer, position: usize) -> &'a Column {
        self.guard.column(self, layer, position)
    }

    /// On fewer features than this no heat map or hexagon may rest; 0 where everything is published.
    pub fn least_features(&self) -> usize {
        whole(self.guard.threshold())
    }

    /// How many cells of source layers are hidden, column by column.
    pub fn hidden_cells(&self) -> Vec<HiddenCells> {
        self.guard.hidden_cells(self)
    }

    /// How many figures are hidden, by indicator and level.
    pub fn hidden_figures(&self) -> Vec<HiddenFigures> {
        let of_level = |indicator: &Indicator, level: &Level, published: &Published| {
            let count = |why| {
                (0..level.len())
                    .filter(|&row| published.suppressed(row) == Some(why))
                    .count()
            };
            let hidden = HiddenFigures {
                indicator: indicator.id.clone(),
                level: level.id().to_owned(),
                primary: count(Suppression::Primary),
                complementary: count(Suppression::Complementary),
            };
            (hidden.primary + hidden.complementary > 0).then_some(hidden)
        };
        let of_indicator = |(position, indicator)| {
            let levels = self.levels.iter().zip(self.published(position));
            let hidden: Vec<_> = levels
                .filter_map(|(level, published)| of_level(indicator, level, published))
                .collect();
            hidden
        };
        self.indicators
            .iter()
            .enumerate()
            .flat_map(of_indicator)
            .collect()
    }

    /// Where the data come from: layers, and the tables that are joined to them.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// Where the data of an indicator come from, through the indicators that it is computed from as well.
    pub fn sources_of(&self, indicator: &Indicator) -> Vec<&Source> {
        let mut behind = self.input_positions(indicator);
        let mut next = 0;
        while let Some(&position) = behind.get(next) {
            let inputs = self.input_positions(&self.indicators[position]);
            let new: Vec<usize> = inputs
                .into_iter()
                .filter(|input| !behind.contains(input))
                .collect();
            behind.extend(new);
            next += 1;
        }
        let all = behind.iter().map(|&position| &self.indicators[position]);
        let layers: HashSet<&str> = all
            .chain([indicator])
            .flat_map(|one| one.operation.layer_inputs())
            .map(|layer| layer.id())
            .collect();
        let uses =
            |source: &&Source| layers.contains(source.joined_to.as_deref().unwrap_or(&source.id));
        self.sources.iter().filter(uses).collect()
    }

    /// Figures of an indicator by id at every level.
    ///
    /// Only ids that [`new`](Self::new) has checked are asked for.
    pub(crate) fn figures_of(&self, id: &str) -> &[LevelFigures] {
        let mut ids = self.indicators.iter().map(|indicator| &indicator.id);
        let position = ids.position(|own| own == id);
        self.computed(
            position.expect("the inputs of indicators are checked when the territory is made"),
        )
    }

    /// The same territory with other editions of some layers: what a scenario changes.
    ///
    /// Only the indicators and heat maps that depend on these layers are computed again, and only the features of these
    /// layers are located again. Layers that draw a level keep their outlines there.
    #[must_use]
    pub fn with_layers(&self, changed: &[Arc<Layer>]) -> Self {
        let swap = Swap::new(changed);
        let stale = self.stale(swap);
        let renewed = |(indicator, stale): (&Indicator, &bool)| Indicator {
            operation: match stale {
                true => indicator.operation.swapped(swap),
                false => Arc::clone(&indicator.operation),
            },
            ..indicator.clone()
        };
        let kept = |(figures, stale): (&Arc<Figures>, &bool)| match stale {
            true => Arc::default(),
            false => Arc::clone(figures),
        };
        let located = |(layer, homes): (&Arc<Layer>, &Arc<OnceLock<_>>)| match swap.changes(layer) {
            true => Arc::default(),
            false => Arc::clone(homes),
        };
        let spread =
            |heatmap: &Arc<Heatmap>| match heatmap.layers().any(|layer| swap.changes(layer)) {
                true => Arc::new(heatmap.swapped(swap)),
                false => Arc::clone(heatmap),
            };
        Self {
            name: self.name.clone(),
            languages: self.languages.clone(),
            crs: self.crs.clone(),
            homes: self.layers.iter().zip(&self.homes).map(located).collect(),
            layers: self.layers.iter().map(|layer| swap.layer(layer)).collect(),
            levels: Arc::clone(&self.levels),
            figures: self.figures.iter().zip(&stale).map(kept).collect(),
            indicators: self.indicators.iter().zip(&stale).map(renewed).collect(),
            heatmaps: self.heatmaps.iter().map(spread).collect(),
            projection: Arc::clone(&self.projection),
            generation: self.generation,
            locator: Arc::clone(&self.locator),
            neighbours: Arc::clone(&self.neighbours),
            zones: Arc::clone(&self.zones),
            guard: Arc::new(self.guard.renewed(self, &stale)),
            sources: Arc::clone(&self.sources),
            derived: self.derived_with(swap),
        }
    }

    /// Whether the figures of the indicator at `position` are those of another territory, because no change touches it.
    pub(crate) fn shares_figures(&self, other: &Self, position: usize) -> bool {
        let theirs = other.figures.get(position);
        theirs.is_some_and(|theirs| Arc::ptr_eq(&self.figures[position], theirs))
    }

    /// Per indicator, whether it depends on a changed layer, itself or through another indicator.
    fn stale(&self, swap: Swap<'_>) -> Vec<bool> {
        let own = |indicator: &Indicator| {
            let layers = indicator.operation.layer_inputs();
            layers.into_iter().any(|layer| swap.changes(layer))
        };
        let mut stale: Vec<bool> = self.indicators.iter().map(own).collect();
        let inputs: Vec<Vec<usize>> = self
            .indicators
            .iter()
            .map(|indicator| self.input_positions(indicator))
            .collect();
        // No cycles, so the longest way from an input to a result has fewer steps than there are indicators.
        while let Some(next) =
            (0..stale.len()).find(|&at| !stale[at] && inputs[at].iter().any(|&input| stale[input]))
        {
            stale[next] = true;
        }
        stale
    }

    /// Positions of the indicators that the one at `position` is computed from.
    pub(crate) fn inputs_of(&self, position: usize) -> Vec<usize> {
        self.input_positions(&self.indicators[position])
    }

    /// Positions of the indicators that this one is computed from.
    fn input_positions(&self, indicator: &Indicator) -> Vec<usize> {
        let inputs = indicator.operation.indicator_inputs();
        (0..self.indicators.len())
            .filter(|&position| inputs.contains(&self.indicators[position].id.as_str()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::UnknownId;

    #[test]
    fn an_unknown_id_names_the_nearest_or_all() {
        let message =
            |id| UnknownId::new("level", id, ["districts", "communes"].into_iter()).to_string();
        assert_eq!(
            message("distrits"),
            "there is no level \"distrits\"; did you mean \"districts\"?"
        );
        assert_eq!(
            message("x"),
            "there is no level \"x\"; known: districts, communes"
        );
    }
}
