//! What is exported, checked against the territory.

use std::ops::{Range, RangeInclusive};
use std::path::Path;

use comarca_engine::tile::{MAX_ZOOM, Pyramid, TILE_EDITION, TileCoord, TileError, TileOptions};
use comarca_engine::{BORDERS, Filter, Layer, Shapes, Territory, UnknownId, Value};
use sha2::{Digest, Sha256};

use super::part::Fingerprint;
use super::{ExportError, TileCompression};

/// Which tiles to write, and how.
#[derive(Clone, Debug)]
pub struct TilesRequest {
    /// Ids of the tile sources, in the order of the layers of a tile; all sources when empty.
    pub sources: Vec<String>,
    /// Zooms.
    pub zooms: RangeInclusive<u8>,
    /// Only the tiles that meet this box: west, south, east, north in degrees.
    pub bbox: Option<[f64; 4]>,
    /// Ids of indicators to join to the levels among the sources.
    pub indicators: Vec<String>,
    /// Columns to write; all when absent. `key` and `name` are always there.
    pub properties: Option<Vec<String>>,
    /// Features to write; all when absent.
    pub filter: Option<Filter>,
    /// What the tiles go into.
    pub format: TileFormat,
    /// How they are compressed; the format's own way when absent.
    pub compression: Option<TileCompression>,
    /// Size that no tile passes, in bytes before compression: it shows less instead.
    pub bytes_max: Option<usize>,
    /// Number of features that no tile passes, kept in the same way.
    pub features_max: Option<usize>,
}

/// What tiles go into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TileFormat {
    /// One file that is read in ranges, from any web server: version 3.
    PmTiles,
    /// One `SQLite` database: version 1.3.
    MbTiles,
    /// A file per tile.
    Folder,
}

impl TileFormat {
    /// The format that a path means: by its extension, a folder without one.
    ///
    /// # Errors
    /// For every other extension.
    pub fn of_path(path: &Path) -> Result<Self, ExportError> {
        let extension = path
            .extension()
            .map(|text| text.to_string_lossy().to_lowercase());
        match extension.as_deref() {
            Some("pmtiles") => Ok(Self::PmTiles),
            Some("mbtiles") => Ok(Self::MbTiles),
            None => Ok(Self::Folder),
            Some(_) if path.is_dir() => Ok(Self::Folder),
            Some(other) => Err(ExportError::unfit(
                format!("\".{other}\" is no archive of tiles"),
                "name a .pmtiles or .mbtiles file, or a folder",
            )),
        }
    }

    /// What the format is usually compressed with. Web servers send the files of a folder as they are.
    fn compression(self) -> TileCompression {
        match self {
            Self::PmTiles | Self::MbTiles => TileCompression::Gzip,
            Self::Folder => TileCompression::None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::PmTiles => "pmtiles",
            Self::MbTiles => "mbtiles",
            Self::Folder => "folder",
        }
    }
}

/// Sources that follow each other and are asked for alike.
#[derive(Clone, Debug)]
struct Group<'a> {
    sources: Vec<&'a str>,
    options: TileOptions,
}

/// A request that fits the territory.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    territory: &'a Territory,
    request: &'a TilesRequest,
    groups: Vec<Group<'a>>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(
        territory: &'a Territory,
        request: &'a TilesRequest,
    ) -> Result<Self, ExportError> {
        check_zooms(&request.zooms)?;
        if request.format == TileFormat::MbTiles
            && request
                .compression
                .is_some_and(|own| own != TileCompression::Gzip)
        {
            return Err(ExportError::unfit(
                "the vector tiles of MBTiles are compressed with gzip and nothing else (MBTiles 1.3)",
                "leave --compression out, or write PMTiles",
            ));
        }
        let mut groups = groups(territory, request)?;
        share_bounds(&mut groups, request);
        let plan = Self {
            territory,
            request,
            groups,
        };
        plan.check_indicators()?;
        plan.check_properties()?;
        // Whatever else the engine refuses, it refuses for every tile.
        plan.tile(TileCoord::new(MAX_ZOOM, 0, 0).map_err(refused)?)?;
        Ok(plan)
    }

    pub(super) fn territory(&self) -> &'a Territory {
        self.territory
    }

    pub(super) fn request(&self) -> &'a TilesRequest {
        self.request
    }

    pub(super) fn compression(&self) -> TileCompression {
        let usual = || self.request.format.compression();
        self.request.compression.unwrap_or_else(usual)
    }

    /// Ids of the sources with their features.
    pub(super) fn layers(&self) -> impl Iterator<Item = (&'a str, &'a Layer)> {
        let sources = self
            .groups
            .iter()
            .flat_map(|group| group.sources.iter().copied());
        sources.filter_map(|id| Some((id, self.territory.tile_layer(id)?.as_ref())))
    }

    /// Indicators that the source has.
    pub(super) fn indicators_of(&self, id: &str) -> &[String] {
        let has = |group: &&Group<'_>| group.sources.contains(&id);
        self.groups
            .iter()
            .find(has)
            .map_or(&[], |group| &group.options.indicators)
    }

    pub(super) fn pyramid(&self) -> Result<Pyramid<'a>, ExportError> {
        let sources: Vec<&str> = self.layers().map(|(id, _)| id).collect();
        let pyramid = Pyramid::new(self.territory, &sources, self.request.zooms.clone());
        let pyramid = pyramid.map_err(refused)?;
        Ok(match self.request.bbox {
            Some(bbox) => pyramid.within(bbox),
            None => pyramid,
        })
    }

    /// A tile, and how many features its budget kept out.
    pub(super) fn tile(&self, coord: TileCoord) -> Result<(Vec<u8>, u64), ExportError> {
        let (mut tile, mut omitted) = (vec![], 0);
        for group in &self.groups {
            let part = self
                .territory
                .tile_and_account(&group.sources, coord, &group.options)
                .map_err(refused)?;
            omitted += part.omitted() as u64;
            match tile.is_empty() {
                true => tile = part.bytes,
                // Layers are fields of a tile that may be repeated (MVT 2.1, 4.1): tiles are put together by their bytes.
                false => tile.extend(part.bytes),
            }
        }
        Ok((tile, omitted))
    }

    fn check_indicators(&self) -> Result<(), ExportError> {
        let request = self.request;
        for id in &request.indicators {
            self.territory
                .indicator(id)
                .map_err(|unknown| unknown_id(&unknown))?;
        }
        let is_joined = self
            .groups
            .iter()
            .any(|group| !group.options.indicators.is_empty());
        if !request.indicators.is_empty() && !is_joined {
            let advice = "name a level among --layers";
            return Err(ExportError::unfit(
                "indicators belong to levels, and no level is exported",
                advice,
            ));
        }
        Ok(())
    }

    fn check_properties(&self) -> Result<(), ExportError> {
        let columns = self.layers().flat_map(|(_, layer)| layer.columns());
        let known: Vec<&str> = ["key", "name"]
            .into_iter()
            .chain(columns.map(comarca_engine::Column::name))
            .collect();
        let wanted = self.request.properties.iter().flatten();
        match wanted
            .into_iter()
            .find(|name| !known.contains(&name.as_str()))
        {
            Some(name) => Err(unknown_id(&UnknownId::new(
                "property",
                name,
                known.into_iter(),
            ))),
            None => Ok(()),
        }
    }

    /// Changes with everything that the tiles depend on: the data, the request, the program.
    pub(super) fn fingerprint(&self) -> Fingerprint {
        let request = self.request;
        let mut hash = Sha256::new();
        let said = format!(
            "{} {TILE_EDITION} {:?} {:?} {} {} {:?} {:?} {:?} {:?}",
            env!("CARGO_PKG_VERSION"),
            request.zooms,
            request.bbox.map(|bbox| bbox.map(f64::to_bits)),
            request.format.name(),
            self.compression().name(),
            request.properties,
            request.filter.as_ref().map(ToString::to_string),
            request.bytes_max,
            request.features_max,
        );
        hash.update(said);
        for (id, layer) in self.layers() {
            hash.update(format!(" {id:?} {:?}", self.indicators_of(id)));
            self.hash_layer(id, layer, &mut hash);
            // Border lines lose the vertices that the polygons of their level lose.
            let of_borders = id.strip_suffix(BORDERS);
            if let Some(level) = of_borders.and_then(|id| self.territory.level(id)) {
                hash_geometry(level.layer(), &mut hash);
            }
        }
        hash.finalize().into()
    }

    /// Everything of a layer that a tile can show.
    fn hash_layer(&self, id: &str, layer: &Layer, hash: &mut Sha256) {
        hash_geometry(layer, hash);
        let mut bytes = vec![];
        let columns = 0..layer.columns().len();
        let columns: Vec<_> = columns
            .map(|position| self.territory.shown_column(layer, position))
            .collect();
        columns
            .iter()
            .for_each(|column| hash.update(format!(" {:?}", column.name())));
        let level = self.territory.level(id);
        for row in 0..layer.len() {
            bytes.clear();
            // Small polygons become one within their parent only.
            let parent = level.and_then(|level| level.parent(row));
            let parent = parent.map_or(u64::MAX, |parent| parent as u64);
            bytes.extend(parent.to_le_bytes());
            let own = [Value::Text(layer.key(row)), Value::Text(layer.name(row))];
            let values = columns.iter().map(|column| column.value(row));
            own.into_iter()
                .chain(values)
                .for_each(|value| put(value, &mut bytes));
            hash.update(&bytes);
        }
        let joined = self.indicators_of(id).iter();
        for view in
            joined.filter_map(|indicator| self.territory.indicator(indicator).ok()?.at(id).ok())
        {
            bytes.clear();
            let values = view
                .values()
                .iter()
                .map(|value| value.map_or(Value::Null, Value::Real));
            values.for_each(|value| put(value, &mut bytes));
            hash.update(&bytes);
        }
    }
}

/// Coordinates, and how they form points, lines and polygons.
fn hash_geometry(layer: &Layer, hash: &mut Sha256) {
    let mut bytes = vec![];
    for coordinates in layer.world().chunks(4_096) {
        bytes.clear();
        for at in coordinates {
            bytes.extend(at.x.to_le_bytes());
            bytes.extend(at.y.to_le_bytes());
        }
        hash.update(&bytes);
    }
    for row in 0..layer.len() {
        bytes.clear();
        put_structure(layer.shapes(), row, &mut bytes);
        hash.update(&bytes);
    }
}

/// The type of a feature, the number of its parts, of the rings of each, and of the coordinates of each of those.
fn put_structure(shapes: &Shapes, row: usize, bytes: &mut Vec<u8>) {
    let mut count = |count: usize| bytes.extend((count as u64).to_le_bytes());
    count(shapes.geometry_type(row) as usize);
    count(shapes.parts(row).len());
    for rings in shapes.parts(row).map(|part| shapes.rings(part)) {
        count(rings.len());
        rings.for_each(|ring| count(shapes.coordinates(ring).len()));
    }
}

/// A value as bytes that no other value has.
fn put(value: Value<'_>, bytes: &mut Vec<u8>) {
    match value {
        Value::Null => bytes.push(0),
        Value::Bool(value) => bytes.extend([1, value.into()]),
        Value::Integer(value) => {
            bytes.push(2);
            bytes.extend(value.to_le_bytes());
        }
        Value::Real(value) => {
            bytes.push(3);
            bytes.extend(value.to_bits().to_le_bytes());
        }
        Value::Text(value) => {
            bytes.push(4);
            bytes.extend(value.len().to_le_bytes());
            bytes.extend(value.as_bytes());
        }
    }
}

fn check_zooms(zooms: &RangeInclusive<u8>) -> Result<(), ExportError> {
    let message = match (zooms.start(), zooms.end()) {
        (low, high) if low > high => {
            format!("the lowest zoom, {low}, is above the highest, {high}")
        }
        (_, high) if *high > MAX_ZOOM => {
            format!("zoom {high} is above {MAX_ZOOM}, the highest there is")
        }
        _ => return Ok(()),
    };
    Err(ExportError::unfit(
        message,
        format!("choose --minzoom and --maxzoom from 0 to {MAX_ZOOM}"),
    ))
}

/// The sources in order: those that indicators are joined to, and those between them.
fn groups<'a>(
    territory: &'a Territory,
    request: &'a TilesRequest,
) -> Result<Vec<Group<'a>>, ExportError> {
    let mut sources: Vec<&str> = vec![];
    for id in &request.sources {
        if territory.tile_layer(id).is_none() {
            return Err(unknown_id(&UnknownId::new(
                "tile source",
                id,
                territory.source_ids(),
            )));
        }
        if !sources.contains(&id.as_str()) {
            sources.push(id);
        }
    }
    if request.sources.is_empty() {
        sources.extend(territory.source_ids());
    }
    let is_joined = |id: &str| !request.indicators.is_empty() && territory.level(id).is_some();
    let runs = sources.chunk_by(|a, b| is_joined(a) == is_joined(b));
    let group = |run: &[&'a str]| Group {
        options: TileOptions {
            properties: properties_of(territory, run, request),
            filter: request.filter.clone(),
            indicators: match is_joined(run[0]) {
                true => request.indicators.clone(),
                false => vec![],
            },
            ..TileOptions::default()
        },
        sources: run.to_vec(),
    };
    Ok(runs.map(group).collect())
}

/// Groups share the bounds of a tile by their sources.
fn share_bounds(groups: &mut [Group<'_>], request: &TilesRequest) {
    let all: usize = groups.iter().map(|group| group.sources.len()).sum();
    let mut before = 0;
    for group in groups {
        let own = before..before + group.sources.len();
        let share_of = |most: usize| share(most, own.clone(), all);
        group.options.bytes_max = request.bytes_max.map(share_of);
        group.options.features_max = request.features_max.map(share_of);
        before = own.end;
    }
}

/// What the sources `own` of `all` get of a bound. What does not divide is not lost: all shares together are the whole bound,
/// so a small one may leave nothing for the first, and is kept.
fn share(most: usize, own: Range<usize>, all: usize) -> usize {
    let up_to = |sources: usize| {
        let part = most as u128 * sources as u128 / all.max(1) as u128;
        usize::try_from(part).unwrap_or(usize::MAX)
    };
    up_to(own.end) - up_to(own.start)
}

/// The wanted columns that one of the sources has; the engine refuses what none has.
fn properties_of(
    territory: &Territory,
    sources: &[&str],
    request: &TilesRequest,
) -> Option<Vec<String>> {
    let has = |name: &&String| {
        let layers = sources.iter().filter_map(|id| territory.tile_layer(id));
        matches!(name.as_str(), "key" | "name")
            || layers.into_iter().any(|layer| layer.column(name).is_some())
    };
    let wanted = request.properties.as_ref()?;
    Some(wanted.iter().filter(has).cloned().collect())
}

fn unknown_id(unknown: &UnknownId) -> ExportError {
    ExportError::unfit(
        unknown.to_string(),
        "look at --layers, --indicators and --properties",
    )
}

#[expect(clippy::needless_pass_by_value, reason = "the form that map_err takes")]
fn refused(error: TileError) -> ExportError {
    ExportError::unfit(
        error.to_string(),
        "look at --layers, --where and --indicators",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_of_a_bound_are_the_whole_bound() {
        for (most, all) in [(1, 2), (1, 1), (7, 3), (50_000, 7), (0, 2), (usize::MAX, 3)] {
            let shares = (0..all).map(|at| share(most, at..at + 1, all));
            assert_eq!(shares.sum::<usize>(), most, "{most} {all}");
            assert_eq!(share(most, 0..all, all), most);
        }
        assert_eq!(share(50_000, 0..2, 5), 20_000);
    }
}
