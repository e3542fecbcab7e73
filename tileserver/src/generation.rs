//! One generation of the data and what is derived from it once.

use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use axum::http::HeaderValue;
use comarca_engine::hexbin::H3Cell;
use comarca_engine::{Layer, LayerError, Territory, Value};
use comarca_loaders::{DemandsConfig, Tileset};
use comarca_register::Snapshot;

use crate::error::AppError;
use crate::places::Places;
use crate::register::Demands;

/// A territory as it was loaded, with what the engine does not keep of the project.
#[derive(Debug)]
pub struct Loaded {
    /// The territory.
    pub territory: Arc<Territory>,
    /// Themes of the demands in the order of the project; those of the data are added.
    pub themes: Vec<String>,
    /// What was wrong while loading, one line each.
    pub problems: Vec<String>,
    /// What the project says of its register; none where it has none.
    pub demands: Option<Arc<DemandsConfig>>,
    /// Archives that are served as they are.
    pub tilesets: Vec<Tileset>,
    /// How long loading took.
    pub took: Duration,
}

impl From<Territory> for Loaded {
    fn from(territory: Territory) -> Self {
        Self {
            territory: Arc::new(territory),
            themes: vec![],
            problems: vec![],
            demands: None,
            tilesets: vec![],
            took: Duration::ZERO,
        }
    }
}

/// What makes an answer of one generation differ from that of another.
#[derive(Clone, Debug)]
pub(crate) struct Edition {
    /// Counts the generations of this process; part of every cache key.
    pub(crate) serial: u64,
    /// `Last-Modified`: when the generation was set.
    pub(crate) since: HeaderValue,
    /// Whether this is a scenario: its answers are nobody else's, and not for long.
    pub(crate) is_scenario: bool,
}

impl Edition {
    pub(crate) fn new(serial: u64) -> Self {
        let since = httpdate::fmt_http_date(SystemTime::now());
        Self {
            serial,
            since: HeaderValue::try_from(since).expect("an HTTP date is a header value"),
            is_scenario: false,
        }
    }
}

/// A territory that is being served.
#[derive(Debug)]
pub(crate) struct Generation {
    /// Its place among the generations.
    pub(crate) edition: Edition,
    /// The data.
    pub(crate) territory: Arc<Territory>,
    /// Themes of the demands.
    pub(crate) themes: Vec<String>,
    /// Archives that are served as they are.
    pub(crate) tilesets: Arc<Vec<Tileset>>,
    /// The data that a scenario changes; none where these are the data themselves.
    pub(crate) base: Option<Arc<Generation>>,
    /// The data as they were loaded, where demands were written since; none where nothing was.
    loaded: Option<Arc<Generation>>,
    /// The register as it was when this generation was made; none where the project has no register.
    pub(crate) demands: Option<Arc<Demands>>,
    /// What the project says of its register.
    config: Option<Arc<DemandsConfig>>,
    /// Hexagons of looks and resolutions that were asked for.
    hexagons: Mutex<HashMap<String, Arc<Vec<H3Cell>>>>,
    /// Tops of colour scales that take a look at the whole surface.
    peaks: Mutex<HashMap<String, f64>>,
    /// Rows of layers in the order of their keys.
    orders: Mutex<HashMap<String, Arc<[u32]>>>,
    places: OnceLock<Places>,
    bounds: OnceLock<Vec<(String, Option<[f64; 4]>)>>,
}

/// The layer that holds what the citizens ask for.
pub(crate) const DEMANDS: &str = "demands";
/// Its column that says what a demand is about.
pub(crate) const THEME: &str = "theme";
/// Its column that says how many ask for it.
pub(crate) const VOTES: &str = "votes";

/// How many sets of hexagons are kept.
const HEXAGONS_MAX: usize = 64;

/// How many tops of colour scales are kept.
const PEAKS_MAX: usize = 256;

/// How many themes are told apart.
const THEMES_MAX: usize = 1000;

impl Generation {
    pub(crate) fn new(loaded: Loaded, serial: u64) -> Self {
        let themes = all_themes(&loaded.territory, loaded.themes);
        Self {
            config: loaded.demands,
            tilesets: Arc::new(loaded.tilesets),
            ..Self::with_themes(loaded.territory, themes, serial)
        }
    }

    /// The same data with the demands as they are now. What does not depend on them is shared, and so are its answers.
    ///
    /// # Errors
    /// When two demands have one id.
    pub(crate) fn with_demands(
        self: &Arc<Self>,
        demands: Arc<Demands>,
        serial: u64,
    ) -> Result<Self, LayerError> {
        let loaded = self.loaded.as_ref().unwrap_or(self);
        let before = &loaded.territory;
        let layer = comarca_loaders::demands::layer(&demands.snapshot, before.projection())?;
        let generation = edition_hash(before.generation(), &demands.snapshot);
        let territory = before
            .with_layers(&[Arc::new(layer)])
            .at_generation(generation);
        let themes = all_themes(&territory, loaded.themes.clone());
        Ok(Self {
            demands: Some(demands),
            tilesets: Arc::clone(&loaded.tilesets),
            loaded: Some(Arc::clone(loaded)),
            ..Self::with_themes(Arc::new(territory), themes, serial)
        })
    }

    /// What the project says of its register.
    pub(crate) fn demands_config(&self) -> Option<Arc<DemandsConfig>> {
        let loaded = self.loaded.as_ref().map_or(self, AsRef::as_ref);
        loaded.config.clone()
    }

    /// Counts the loadings: the same for every generation that demands made of one.
    pub(crate) fn data_serial(&self) -> u64 {
        let loaded = self.loaded.as_ref().map(|loaded| loaded.edition.serial);
        loaded.unwrap_or(self.edition.serial)
    }

    /// The edition of a tile of these sources with these indicators: that of the data as they were loaded, where no
    /// demand that was written since can show in it. Sources that are made of others are to be made before: none is here.
    pub(crate) fn edition_of_tile(&self, sources: &[String], indicators: &[String]) -> &Edition {
        let Some(loaded) = &self.loaded else {
            return &self.edition;
        };
        let made = |territory: &'_ Territory, id: &str| {
            let layer = territory.is_made(id).then(|| territory.tile_layer(id));
            layer.flatten().map(Arc::as_ptr)
        };
        let same = |id: &String| {
            let (own, other) = (made(&self.territory, id), made(&loaded.territory, id));
            own.is_some() && own == other
        };
        let is_touched = |id: &String| {
            let mut touched = self.territory.touched(&loaded.territory);
            touched.any(|indicator| indicator.id == *id)
        };
        match sources.iter().all(same) && !indicators.iter().any(is_touched) {
            true => &loaded.edition,
            false => &self.edition,
        }
    }

    fn with_themes(territory: Arc<Territory>, themes: Vec<String>, serial: u64) -> Self {
        Self {
            edition: Edition::new(serial),
            territory,
            themes,
            tilesets: Arc::default(),
            base: None,
            loaded: None,
            demands: None,
            config: None,
            hexagons: Mutex::default(),
            peaks: Mutex::default(),
            orders: Mutex::default(),
            places: OnceLock::new(),
            bounds: OnceLock::new(),
        }
    }

    /// The data with the changes of a scenario.
    pub(crate) fn of_scenario(data: &Arc<Self>, territory: Arc<Territory>, serial: u64) -> Self {
        let shared = themed_layers(&data.territory)
            .zip(themed_layers(&territory))
            .all(|(old, new)| Arc::ptr_eq(old, new));
        let themes = match shared {
            true => data.themes.clone(),
            false => all_themes(&territory, data.themes.clone()),
        };
        let generation = Self::with_themes(territory, themes, serial);
        Self {
            edition: Edition {
                is_scenario: true,
                ..generation.edition
            },
            tilesets: Arc::clone(&data.tilesets),
            base: Some(Arc::clone(data)),
            demands: data.demands.clone(),
            ..generation
        }
    }

    /// The generation as it is shown: changes whenever the data or the project changes.
    pub(crate) fn hex(&self) -> String {
        format!("{:016x}", self.territory.generation())
    }

    /// The top of a colour scale, found when first asked for under this name.
    pub(crate) fn peak(&self, name: &str, find: impl FnOnce() -> f64) -> f64 {
        let peaks = || self.peaks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = peaks().get(name) {
            return *known;
        }
        let found = find();
        let mut peaks = peaks();
        if peaks.len() >= PEAKS_MAX {
            peaks.clear();
        }
        peaks.insert(name.to_owned(), found);
        found
    }

    /// Hexagons, computed when first asked for under this name.
    ///
    /// # Errors
    /// When they cannot be computed.
    pub(crate) fn hexagons(
        &self,
        name: &str,
        compute: impl FnOnce() -> Result<Vec<H3Cell>, AppError>,
    ) -> Result<Arc<Vec<H3Cell>>, AppError> {
        let hexagons = || self.hexagons.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = hexagons().get(name) {
            return Ok(Arc::clone(known));
        }
        let found = Arc::new(compute()?);
        let mut hexagons = hexagons();
        if hexagons.len() >= HEXAGONS_MAX {
            hexagons.clear();
        }
        hexagons.insert(name.to_owned(), Arc::clone(&found));
        Ok(found)
    }

    /// The rows of a tile source in the order of their keys, an order that does not depend on where in a file a feature
    /// stands. Sorted when first asked for, in O(n log n).
    pub(crate) fn rows_by_key(&self, source_id: &str, layer: &Layer) -> Arc<[u32]> {
        let orders = || self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = orders().get(source_id) {
            return Arc::clone(known);
        }
        let mut rows: Vec<u32> = (0u32..).take(layer.len()).collect();
        rows.sort_unstable_by_key(|row| layer.key(*row as usize));
        let rows: Arc<[u32]> = rows.into();
        orders().insert(source_id.to_owned(), Arc::clone(&rows));
        rows
    }

    /// Names and keys of all territories, made searchable when first asked for.
    pub(crate) fn places(&self) -> &Places {
        self.places.get_or_init(|| Places::new(&self.territory))
    }

    /// West, south, east, north of a tile source in degrees. Found for all sources when first asked for, in O(coordinates).
    pub(crate) fn bounds(&self, source_id: &str) -> Option<[f64; 4]> {
        let of_source = |id: &str| {
            (
                id.to_owned(),
                self.territory
                    .tile_layer(id)
                    .and_then(|layer| layer.bounds()),
            )
        };
        let all = self
            .bounds
            .get_or_init(|| self.territory.source_ids().map(of_source).collect());
        match all.iter().find(|(id, _)| id == source_id) {
            Some((_, bounds)) => *bounds,
            // A companion: few coordinates, and asked for seldom.
            None => of_source(source_id).1,
        }
    }

    /// The features of a tile source.
    ///
    /// # Errors
    /// When there is none of this id; the nearest ids are named.
    pub(crate) fn source(&self, id: &str) -> Result<&Arc<Layer>, AppError> {
        let unknown = || {
            let companions = self
                .territory
                .source_ids()
                .flat_map(|id| self.territory.companion_ids(id));
            let companions: Vec<String> = companions.filter(|_| id.contains(':')).collect();
            let tilesets = self.tilesets.iter().map(Tileset::id);
            let known = self.territory.source_ids().chain(tilesets);
            AppError::unknown(
                "tile source",
                id,
                known.chain(companions.iter().map(String::as_str)),
            )
        };
        self.territory.tile_layer(id).ok_or_else(unknown)
    }

    /// The position of a level.
    pub(crate) fn level_position(&self, id: &str) -> Option<usize> {
        self.territory
            .levels()
            .iter()
            .position(|level| level.id() == id)
    }

    /// Ids of the levels, finest first.
    pub(crate) fn level_ids(&self) -> impl Iterator<Item = &str> {
        self.territory
            .levels()
            .iter()
            .map(comarca_engine::Level::id)
    }
}

/// Changes with the data and with every change of the demands, and not with who counts.
fn edition_hash(data: u64, demands: &Snapshot) -> u64 {
    let mut hasher = DefaultHasher::new();
    (data, demands.seq(), demands.generation()).hash(&mut hasher);
    hasher.finish()
}

/// The smallest box around several.
pub(crate) fn union(bounds: impl Iterator<Item = [f64; 4]>) -> Option<[f64; 4]> {
    bounds.reduce(|all, own| {
        [
            all[0].min(own[0]),
            all[1].min(own[1]),
            all[2].max(own[2]),
            all[3].max(own[3]),
        ]
    })
}

/// The project's themes, then those that only the data has, by the alphabet.
fn all_themes(territory: &Territory, mut themes: Vec<String>) -> Vec<String> {
    let layers = themed_layers(territory);
    let found: BTreeSet<String> = layers.flat_map(|layer| layer_themes(layer)).collect();
    let more: Vec<String> = found
        .into_iter()
        .filter(|theme| !themes.contains(theme))
        .collect();
    themes.extend(more.into_iter().take(THEMES_MAX));
    themes
}

/// The layers that may have themes.
fn themed_layers(territory: &Territory) -> impl Iterator<Item = &Arc<Layer>> {
    let of_heatmaps = territory
        .heatmaps()
        .map(comarca_engine::heatmap::Heatmap::layer);
    territory.layer(DEMANDS).into_iter().chain(of_heatmaps)
}

fn layer_themes(layer: &Layer) -> BTreeSet<String> {
    let Some(column) = layer.column(THEME) else {
        return BTreeSet::new();
    };
    (0..column.len())
        .map(|row| column.value(row))
        .filter(|value| *value != Value::Null)
        .map(Value::display)
        .collect()
}
