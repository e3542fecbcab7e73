//! A territory: layers joined to a hierarchy of levels, with everything that can be asked of them.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use geo::orient::{Direction, Orient};
use geo::unary_union;
use geo_types::MultiPolygon;
use rayon::prelude::*;
use thiserror::Error;

use crate::column::Column;
use crate::filter::nearest;
use crate::heatmap::Heatmap;
use crate::indicator::{Indicator, IndicatorView, LevelFigures, Published, Swap};
use crate::layer::{Layer, LayerError, LayerParts};
use crate::locate::Locator;
use crate::overlay::Zones;
use crate::privacy::{Guard, HiddenCells, HiddenFigures, Privacy, Suppression};
use crate::provenance::Source;
use crate::shapes::ShapesBuilder;
use crate::space::{LonLat, Metric, Projection};
use crate::stats::{Transform, Weights, WeightsError, WeightsSpec};
use crate::tile::{self, TileCoord, TileError, TileOptions};
use crate::title::Title;

/// Id of the level above all others, and key of its only territory.
pub const WHOLE: &str = "all";

/// What a loader hands over for one level of the hierarchy.
#[derive(Clone, Debug)]
pub struct LevelParts {
    /// Id in the project file, in URLs and in tiles.
    pub id: String,
    /// Title for people.
    pub title: Title,
    /// The layer that draws it; without one a territory is the union of its parts in the finest level.
    pub layer: Option<Arc<Layer>>,
    /// Keys, in the layer's order where there is a layer.
    pub keys: Vec<String>,
    /// Names; empty where a territory has none of its own.
    pub names: Vec<String>,
    /// Row of the parent in the next level; unused in the last one. `None`: an orphan, counted nowhere above.
    pub parents: Vec<Option<u32>>,
}

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

/// One level of the hierarchy: a partition of the territory.
#[derive(Debug)]
pub struct Level {
    id: String,
    title: Title,
    layer: Arc<Layer>,
    parents: Vec<Option<u32>>,
    children: Vec<Vec<u32>>,
    /// For each territory of the finest level the one of this level that holds it.
    of_base: Vec<Option<u32>>,
}

impl Level {
    /// Id in the project file, in URLs and in tiles.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Title for people.
    pub fn title(&self) -> &Title {
        &self.title
    }

    /// Keys, names and outlines of the level's territories.
    pub fn layer(&self) -> &Arc<Layer> {
        &self.layer
    }

    /// Number of territories.
    pub fn len(&self) -> usize {
        self.layer.len()
    }

    /// Whether there is no territory.
    pub fn is_empty(&self) -> bool {
        self.layer.is_empty()
    }

    /// Row of the parent in the next level.
    pub fn parent(&self, row: usize) -> Option<usize> {
        self.parents[row].map(|parent| parent as usize)
    }

    /// Rows of the children in the level below.
    pub fn children(&self, row: usize) -> impl Iterator<Item = usize> {
        self.children[row].iter().map(|&child| child as usize)
    }

    /// Area in m² in the metric CRS.
    pub fn area_m2(&self, row: usize) -> f64 {
        self.layer.area_m2(row)
    }

    /// Length of the outline in metres in the metric CRS.
    pub fn perimeter_m(&self, row: usize) -> f64 {
        self.layer.length_m(row)
    }

    /// For each territory of the finest level the row of this level that holds it.
    pub(crate) fn of_base(&self) -> &[Option<u32>] {
        &self.of_base
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
        indicator_order(&parts.indicators)?;
        let levels = build_levels(&parts)?;
        Ok(Self {
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
            ..self
        }
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
        self.levels[0].layer.bounds()
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
        self.levels.iter().find(|level| level.id == id)
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

    /// The features of a tile source.
    pub fn tile_layer(&self, id: &str) -> Option<&Arc<Layer>> {
        self.level(id).map(Level::layer).or_else(|| self.layer(id))
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
        tile::render(self, sources, coord, options)
    }

    /// The finest territory that holds a point.
    pub fn locate(&self, point: Metric) -> Option<usize> {
        self.locator().locate(&self.levels[0].layer, point)
    }

    fn locator(&self) -> &Locator {
        let finest = &self.levels[0].layer;
        self.locator.get_or_init(|| Locator::build(finest))
    }

    /// The finest territories, prepared to divide what lies across their borders.
    pub(crate) fn zones(&self) -> &Zones {
        let finest = &self.levels[0].layer;
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

    /// For each feature of `layer` the finest territory that holds its anchor; located once per layer.
    pub(crate) fn homes(&self, layer: &Arc<Layer>) -> &[Option<u32>] {
        let base = &self.levels[0].layer;
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
                level: level.id.clone(),
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
        let inputs = self.input_positions(indicator).into_iter();
        let behind = inputs.flat_map(|input| self.sources_of(&self.indicators[input]));
        let behind: HashSet<&str> = behind.map(|source| source.id.as_str()).collect();
        let own = indicator.operation.layer_inputs();
        let is_own = |id: &str| own.iter().any(|layer| layer.id() == id);
        let uses = |source: &&Source| {
            let joined = source.joined_to.as_deref();
            behind.contains(source.id.as_str()) || is_own(joined.unwrap_or(&source.id))
        };
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
        let spread = |heatmap: &Arc<Heatmap>| match swap.changes(heatmap.layer()) {
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

/// Refuses indicators that refer to nothing or to each other in a circle.
fn indicator_order(indicators: &[Indicator]) -> Result<(), TerritoryError> {
    let by_id: HashMap<&str, &Indicator> = indicators
        .iter()
        .map(|indicator| (indicator.id.as_str(), indicator))
        .collect();
    let mut settled = HashSet::new();
    indicators
        .iter()
        .try_for_each(|indicator| settle(indicator, &by_id, &mut vec![], &mut settled))
}

/// Walks the inputs of an indicator depth first; `path` is the way here, `settled` has no circle below it.
fn settle<'a>(
    at: &'a Indicator,
    by_id: &HashMap<&str, &'a Indicator>,
    path: &mut Vec<&'a str>,
    settled: &mut HashSet<&'a str>,
) -> Result<(), TerritoryError> {
    if settled.contains(at.id.as_str()) {
        return Ok(());
    }
    if let Some(start) = path.iter().position(|id| *id == at.id) {
        let circle: Vec<&str> = path[start..]
            .iter()
            .copied()
            .chain([at.id.as_str()])
            .collect();
        return Err(TerritoryError::Cycle(circle.join(" → ")));
    }
    path.push(&at.id);
    for input in at.operation.indicator_inputs() {
        let next = by_id.get(input).copied();
        let next = next.ok_or_else(|| TerritoryError::UnknownInput {
            indicator: at.id.clone(),
            input: input.to_owned(),
        })?;
        settle(next, by_id, path, settled)?;
    }
    path.pop();
    settled.insert(&at.id);
    Ok(())
}

fn build_levels(parts: &TerritoryParts) -> Result<Vec<Level>, TerritoryError> {
    let finest = parts.levels.first().ok_or(TerritoryError::NoLevels)?;
    let base = finest
        .layer
        .clone()
        .ok_or_else(|| TerritoryError::NoLayer(finest.id.clone()))?;
    let mut of_base: Vec<Option<u32>> = (0u32..).take(base.len()).map(Some).collect();
    let mut levels: Vec<Level> = vec![];
    for (position, part) in parts.levels.iter().enumerate() {
        let above = parts.levels.get(position + 1);
        let layer = match &part.layer {
            Some(layer) => Arc::clone(layer),
            None => Arc::new(dissolve(part, &base, &of_base, parts.projection.as_ref())?),
        };
        let parents: Vec<Option<u32>> = match above {
            Some(_) => part.parents.clone(),
            None => vec![Some(0); layer.len()],
        };
        let up =
            |row: &Option<u32>| row.and_then(|row| parents.get(row as usize).copied().flatten());
        let next = of_base.iter().map(up).collect();
        let children = children(
            levels.last().map_or(&[], |below| &below.parents),
            layer.len(),
        );
        levels.push(Level {
            id: part.id.clone(),
            title: part.title.clone(),
            layer,
            parents,
            children,
            of_base,
        });
        of_base = next;
    }
    levels.push(whole(parts, &base, of_base, levels.last())?);
    Ok(levels)
}

fn whole(
    parts: &TerritoryParts,
    base: &Layer,
    of_base: Vec<Option<u32>>,
    below: Option<&Level>,
) -> Result<Level, TerritoryError> {
    let titles = [("es", "Todo el territorio"), ("en", "Whole territory")]
        .map(|(language, text)| (language.to_owned(), text.to_owned()));
    let part = LevelParts {
        id: WHOLE.to_owned(),
        title: Title::new(titles.to_vec()),
        layer: None,
        keys: vec![WHOLE.to_owned()],
        names: vec![parts.name.clone()],
        parents: vec![None],
    };
    let layer = Arc::new(dissolve(&part, base, &of_base, parts.projection.as_ref())?);
    let children = children(below.map_or(&[], |below| &below.parents), 1);
    Ok(Level {
        id: part.id,
        title: part.title,
        layer,
        parents: part.parents,
        children,
        of_base,
    })
}

fn children(parents: &[Option<u32>], count: usize) -> Vec<Vec<u32>> {
    let mut children = vec![vec![]; count];
    for (child, parent) in (0u32..).zip(parents) {
        if let Some(list) = parent.and_then(|parent| children.get_mut(parent as usize)) {
            list.push(child);
        }
    }
    children
}

/// The union of polygons whose rings may run either way round, as they do in files. `unary_union` alone leaves out those
/// that run against the first.
fn united(polygons: Vec<MultiPolygon<f64>>) -> MultiPolygon<f64> {
    let turned: Vec<_> = polygons
        .into_iter()
        .map(|polygon| polygon.orient(Direction::Default))
        .collect();
    unary_union(&turned)
}

/// The territories of a level without a layer: each is the union of the finest territories it holds.
fn dissolve(
    part: &LevelParts,
    base: &Layer,
    of_base: &[Option<u32>],
    projection: &dyn Projection,
) -> Result<Layer, TerritoryError> {
    let polygon = |row: usize| {
        let at = |position: usize| geo_types::Coord {
            x: base.metric()[position].x_m,
            y: base.metric()[position].y_m,
        };
        base.shapes().multi_polygon(row, at)
    };
    let union = |group: usize| {
        let members: Vec<_> = (0..base.len())
            .filter(|&row| of_base[row] == Some(narrow(group)))
            .map(polygon)
            .collect();
        geo_types::Geometry::MultiPolygon(united(members))
    };
    let unions: Vec<_> = (0..part.keys.len()).into_par_iter().map(union).collect();
    let mut builder = ShapesBuilder::default();
    for geometry in &unions {
        // A union of polygons is one type and has no more coordinates than its parts, so it always fits.
        let _fits = builder.push(Some(geometry));
    }
    let (shapes, coordinates) = builder.build();
    let metric: Vec<Metric> = coordinates
        .iter()
        .map(|&[x_m, y_m]| Metric { x_m, y_m })
        .collect();
    let lonlat: Vec<LonLat> = projection.to_lonlat(&metric);
    let parts = LayerParts {
        id: part.id.clone(),
        title: part.title.clone(),
        keys: part.keys.iter().collect(),
        names: Some(part.names.iter().collect()),
        columns: vec![],
        shapes,
        lonlat,
        metric,
    };
    Layer::new(parts).map_err(|cause| TerritoryError::Level {
        level: part.id.clone(),
        cause,
    })
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a layer has fewer than 2³² features"
)]
fn narrow(row: usize) -> u32 {
    row as u32
}

#[cfg(test)]
mod tests {
    use geo::Area;
    use geo_types::wkt;

    use super::{UnknownId, united};

    #[test]
    fn polygons_of_either_direction_are_united() {
        let one = wkt!(POLYGON((0.0 0.0,4.0 0.0,4.0 4.0,0.0 4.0,0.0 0.0)));
        let other = wkt!(POLYGON((4.0 0.0,4.0 4.0,8.0 4.0,8.0 0.0,4.0 0.0)));
        let holed = wkt!(POLYGON((8.0 0.0,8.0 4.0,12.0 4.0,12.0 0.0,8.0 0.0),(9.0 1.0,9.0 2.0,10.0 2.0,10.0 1.0,9.0 1.0)));
        let all = united(vec![one.into(), other.into(), holed.into()]);
        assert_eq!((all.0.len(), all.unsigned_area()), (1, 47.0));
    }

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
