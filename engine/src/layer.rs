//! A layer: features with keys, typed columns and geometry in every space it is needed in. Immutable.

use std::sync::OnceLock;

use rayon::prelude::*;
use thiserror::Error;

use crate::column::{Column, Text};
use crate::generalise::Details;
use crate::index::{Envelope, PackedRTree};
use crate::polygon;
use crate::shapes::{GeometryType, Shapes};
use crate::space::{LonLat, Metric, World};
use crate::title::Title;
use crate::topology::{Drawn, Topology, TopologyReport};

/// What a loader hands over to make a [`Layer`]: all arrays in source order, coordinates parallel to `shapes`.
#[derive(Clone, Debug)]
pub struct LayerParts {
    /// Id in the project file, in URLs and in tiles.
    pub id: String,
    /// Title for people.
    pub title: Title,
    /// One unique key per feature.
    pub keys: Text,
    /// What people call each feature; the key where absent or empty.
    pub names: Option<Text>,
    /// Attributes.
    pub columns: Vec<Column>,
    /// How the coordinates form geometries.
    pub shapes: Shapes,
    /// Coordinates in degrees.
    pub lonlat: Vec<LonLat>,
    /// The same coordinates in the metric CRS.
    pub metric: Vec<Metric>,
}

/// Why parts do not make a layer.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum LayerError {
    /// Arrays of different lengths.
    #[error("{what} has {found} entries where {expected} are needed")]
    Length {
        /// Which array.
        what: String,
        /// Its length.
        found: usize,
        /// The length it must have.
        expected: usize,
    },
    /// Two features have one key.
    #[error("key {key:?} stands twice, at features {first} and {second}")]
    DuplicateKey {
        /// The key.
        key: String,
        /// Feature number, from 1.
        first: usize,
        /// Feature number, from 1.
        second: usize,
    },
}

/// Features of one kind, indexed in both spaces. Shared as `Arc<Layer>`.
#[derive(Debug)]
pub struct Layer {
    parts: LayerParts,
    world: Vec<World>,
    boxes: Vec<Option<Envelope<u32>>>,
    anchors: Vec<Metric>,
    rows_by_key: Vec<u32>,
    world_index: PackedRTree<u32>,
    metric_index: OnceLock<PackedRTree<f64>>,
    geometry_type: Option<GeometryType>,
    topology: OnceLock<Topology>,
    details: Details,
}

impl Layer {
    /// Checks the parts and indexes them.
    ///
    /// # Errors
    /// When arrays do not fit together or a key stands twice.
    ///
    /// Cost O(n log n) in features plus O(v) in coordinates, on all threads.
    pub fn new(parts: LayerParts) -> Result<Self, LayerError> {
        check_lengths(&parts)?;
        let rows_by_key = sorted_keys(&parts.keys)?;
        let world: Vec<World> = parts.lonlat.par_iter().map(|at| at.to_world()).collect();
        let rows = 0..parts.shapes.len();
        let boxes: Vec<_> = rows
            .clone()
            .into_par_iter()
            .map(|row| world_box(&world[parts.shapes.feature_coordinates(row)]))
            .collect();
        let anchors = rows
            .into_par_iter()
            .map(|row| polygon::anchor(&parts.shapes, &parts.metric, row))
            .collect();
        let world_index = PackedRTree::build(&boxes);
        Ok(Self {
            geometry_type: common_type(&parts.shapes),
            parts,
            world,
            boxes,
            anchors,
            rows_by_key,
            world_index,
            metric_index: OnceLock::new(),
            topology: OnceLock::new(),
            details: Details::default(),
        })
    }

    /// Id in the project file.
    pub fn id(&self) -> &str {
        &self.parts.id
    }

    /// Title for people.
    pub fn title(&self) -> &Title {
        &self.parts.title
    }

    /// Number of features.
    pub fn len(&self) -> usize {
        self.parts.shapes.len()
    }

    /// Whether there is no feature.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The identity of a feature everywhere.
    pub fn key(&self, row: usize) -> &str {
        self.parts.keys.value(row)
    }

    /// What people call a feature; its key where it has no name.
    pub fn name(&self, row: usize) -> &str {
        let name = self
            .parts
            .names
            .as_ref()
            .map_or("", |names| names.value(row));
        if name.is_empty() { self.key(row) } else { name }
    }

    /// All keys.
    pub fn keys(&self) -> &Text {
        &self.parts.keys
    }

    /// All names, empty where a feature has none; the keys where the layer has no names.
    pub fn names(&self) -> &Text {
        self.parts.names.as_ref().unwrap_or(&self.parts.keys)
    }

    /// Whether features have names besides their keys.
    pub(crate) fn has_names(&self) -> bool {
        self.parts.names.is_some()
    }

    /// About how many bytes another edition of this layer takes, without the indexes that are built when asked for.
    pub fn bytes(&self) -> usize {
        const PER_FEATURE: usize = 128;
        const PER_COORDINATE: usize = 48;
        let columns = self.parts.columns.iter().map(Column::bytes);
        self.len() * PER_FEATURE + self.world.len() * PER_COORDINATE + columns.sum::<usize>()
    }

    /// The feature with this key, in O(log n).
    pub fn row_of(&self, key: &str) -> Option<usize> {
        let found = self
            .rows_by_key
            .binary_search_by(|&row| self.key(row as usize).cmp(key))
            .ok()?;
        Some(self.rows_by_key[found] as usize)
    }

    /// A number that stands for the key in tiles and does not depend on the other features.
    ///
    /// A key of digits without leading zeros below 2⁵³ is its own id; any other key is hashed (FNV-1a) to 52 bits
    /// above it, so that JavaScript numbers hold every id.
    pub fn feature_id(&self, row: usize) -> u64 {
        key_id(self.key(row))
    }

    /// Attributes in source order.
    pub fn columns(&self) -> &[Column] {
        &self.parts.columns
    }

    /// An attribute by name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.parts
            .columns
            .iter()
            .find(|column| column.name() == name)
    }

    /// How the coordinates form geometries.
    pub fn shapes(&self) -> &Shapes {
        &self.parts.shapes
    }

    /// Coordinates in degrees, as the source had them.
    pub fn lonlat(&self) -> &[LonLat] {
        &self.parts.lonlat
    }

    /// Coordinates in metres.
    pub fn metric(&self) -> &[Metric] {
        &self.parts.metric
    }

    /// Coordinates on the tile grid.
    pub fn world(&self) -> &[World] {
        &self.world
    }

    /// What a feature stands at (see `indicators.md` §1.5 in the design): NaN without geometry.
    pub fn anchor(&self, row: usize) -> Metric {
        self.anchors[row]
    }

    /// Anchors of all features.
    pub fn anchors(&self) -> &[Metric] {
        &self.anchors
    }

    /// Area of a polygon feature in m², in the metric CRS.
    pub fn area_m2(&self, row: usize) -> f64 {
        polygon::area_m2(&self.parts.shapes, &self.parts.metric, row)
    }

    /// Length of a feature's lines or rings in metres, in the metric CRS.
    pub fn length_m(&self, row: usize) -> f64 {
        polygon::length_m(&self.parts.shapes, &self.parts.metric, row)
    }

    /// Whether a polygon feature contains a point, by the half-open rule: of two polygons that share a border one has it.
    pub fn contains(&self, row: usize, point: Metric) -> bool {
        polygon::contains(&self.parts.shapes, &self.parts.metric, row, point)
    }

    /// Distance in metres from a point to the nearest feature, and that feature. Zero inside a polygon.
    pub fn nearest(&self, point: Metric) -> Option<(usize, f64)> {
        let exact = |row| self.distance_squared(row, point);
        self.metric_index()
            .nearest(point.x_m, point.y_m, exact)
            .map(|(row, squared)| (row, squared.sqrt()))
    }

    /// Squared distance in m² from a point to a feature: to its points, lines or border; zero inside a polygon.
    pub fn distance_squared(&self, row: usize, point: Metric) -> f64 {
        polygon::distance_squared(&self.parts.shapes, &self.parts.metric, row, point)
    }

    /// West, south, east, north in degrees.
    pub fn bounds(&self) -> Option<[f64; 4]> {
        bounds(self.parts.lonlat.iter().copied())
    }

    /// West, south, east, north of a feature in degrees.
    pub fn feature_bounds(&self, row: usize) -> Option<[f64; 4]> {
        bounds(
            self.parts.lonlat[self.parts.shapes.feature_coordinates(row)]
                .iter()
                .copied(),
        )
    }

    /// The type of all geometries; `None` when they differ or there is none.
    pub fn geometry_type(&self) -> Option<GeometryType> {
        self.geometry_type
    }

    /// Index of the feature boxes on the tile grid.
    pub fn world_index(&self) -> &PackedRTree<u32> {
        &self.world_index
    }

    /// Box of a feature on the tile grid.
    pub(crate) fn world_box(&self, row: usize) -> Option<Envelope<u32>> {
        self.boxes[row]
    }

    /// Index of the feature boxes in metres, built when first asked for.
    pub fn metric_index(&self) -> &PackedRTree<f64> {
        self.metric_index.get_or_init(|| {
            let shapes = &self.parts.shapes;
            let one = |row| metric_box(&self.parts.metric[shapes.feature_coordinates(row)]);
            PackedRTree::build(&(0..self.len()).into_par_iter().map(one).collect::<Vec<_>>())
        })
    }

    /// The same layer with the lowest zoom that shows each coordinate given: for lines that have the vertices of polygons and
    /// must lose the same of them.
    pub(crate) fn with_importance(self, zooms: Vec<u8>) -> Self {
        debug_assert_eq!(zooms.len(), self.world.len());
        Self {
            topology: OnceLock::from(Topology::given(zooms, self.len())),
            ..self
        }
    }

    /// What tiles are cut from, built when first asked for. See [`topology`](crate::topology).
    pub(crate) fn drawn(&self) -> Drawn<'_> {
        self.topology()
            .drawn(&self.parts.shapes, &self.world, &self.boxes)
    }

    /// What was found of the borders that polygons share.
    pub fn topology_report(&self) -> TopologyReport {
        self.topology().report()
    }

    /// What is drawn where features are smaller than a pixel or too many, for a layer without a hierarchy.
    pub(crate) fn details(&self) -> &Details {
        &self.details
    }

    fn topology(&self) -> &Topology {
        self.topology.get_or_init(|| {
            Topology::of(
                &self.parts.shapes,
                &self.world,
                &self.boxes,
                &self.world_index,
            )
        })
    }
}

/// The type of all geometries that are there.
fn common_type(shapes: &Shapes) -> Option<GeometryType> {
    let mut types = (0..shapes.len())
        .map(|row| shapes.geometry_type(row))
        .filter(|kind| *kind != GeometryType::None);
    let first = types.next()?;
    types.all(|kind| kind == first).then_some(first)
}

fn check_lengths(parts: &LayerParts) -> Result<(), LayerError> {
    let features = parts.shapes.len();
    let coordinates = parts.shapes.coordinate_count();
    let check = |what: &str, found: usize, expected: usize| {
        if found == expected {
            return Ok(());
        }
        Err(LayerError::Length {
            what: what.to_owned(),
            found,
            expected,
        })
    };
    check("keys", parts.keys.len(), features)?;
    check(
        "names",
        parts.names.as_ref().map_or(features, Text::len),
        features,
    )?;
    check("lonlat", parts.lonlat.len(), coordinates)?;
    check("metric", parts.metric.len(), coordinates)?;
    parts
        .columns
        .iter()
        .try_for_each(|column| check(column.name(), column.len(), features))
}

/// The rows in the order of their keys.
fn sorted_keys(keys: &Text) -> Result<Vec<u32>, LayerError> {
    let key = |row: u32| keys.value(row as usize);
    if keys.is_strictly_ascending() {
        return Ok((0u32..).take(keys.len()).collect());
    }
    // Most comparisons are settled by the first eight bytes, which need no look at the text.
    let mut order: Vec<(u64, u32)> = (0u32..)
        .zip(keys.iter())
        .map(|(row, key)| (first_bytes(key), row))
        .collect();
    order.par_sort_unstable_by(|&(a_first, a), &(b_first, b)| {
        let by_text = || key(a).cmp(key(b)).then(a.cmp(&b));
        a_first.cmp(&b_first).then_with(by_text)
    });
    let rows: Vec<u32> = order.into_iter().map(|(_, row)| row).collect();
    match rows.windows(2).find(|pair| key(pair[0]) == key(pair[1])) {
        None => Ok(rows),
        Some(pair) => Err(LayerError::DuplicateKey {
            key: key(pair[0]).to_owned(),
            first: pair[0] as usize + 1,
            second: pair[1] as usize + 1,
        }),
    }
}

/// A number that orders texts as their first eight bytes do.
fn first_bytes(text: &str) -> u64 {
    let mut first = [0; 8];
    let len = text.len().min(8);
    first[..len].copy_from_slice(&text.as_bytes()[..len]);
    u64::from_be_bytes(first)
}

fn key_id(key: &str) -> u64 {
    const SAFE: u64 = 1 << 52;
    match key.parse::<u64>() {
        Ok(number) if number < SAFE && number.to_string() == key => number,
        _ => {
            SAFE | (key.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            }) >> 12)
        }
    }
}

pub(crate) fn world_box(coordinates: &[World]) -> Option<Envelope<u32>> {
    let first = coordinates.first()?;
    let grow = |all: Envelope<u32>, at: &World| {
        [
            all[0].min(at.x),
            all[1].min(at.y),
            all[2].max(at.x),
            all[3].max(at.y),
        ]
    };
    Some(
        coordinates
            .iter()
            .fold([first.x, first.y, first.x, first.y], grow),
    )
}

/// West, south, east, north in metres; `None` without coordinates.
pub(crate) fn metric_box(coordinates: &[Metric]) -> Option<Envelope<f64>> {
    let first = coordinates.first()?;
    let grow = |all: Envelope<f64>, at: &Metric| {
        [
            all[0].min(at.x_m),
            all[1].min(at.y_m),
            all[2].max(at.x_m),
            all[3].max(at.y_m),
        ]
    };
    Some(
        coordinates
            .iter()
            .fold([first.x_m, first.y_m, first.x_m, first.y_m], grow),
    )
}

fn bounds(mut positions: impl Iterator<Item = LonLat>) -> Option<[f64; 4]> {
    let first = positions.next()?;
    let grow = |all: [f64; 4], at: LonLat| {
        [
            all[0].min(at.lon),
            all[1].min(at.lat),
            all[2].max(at.lon),
            all[3].max(at.lat),
        ]
    };
    Some(positions.fold([first.lon, first.lat, first.lon, first.lat], grow))
}

/// Small layers for the tests of this crate.
#[cfg(test)]
pub(crate) mod tests_support {
    use super::*;
    use crate::shapes::ShapesBuilder;
    use crate::space::Projection;
    use geo_types::{Geometry, Polygon};

    /// One degree for 100 km in both directions.
    #[derive(Debug)]
    pub(crate) struct Equator;

    impl Projection for Equator {
        fn to_metric(&self, positions: &[LonLat]) -> Vec<Metric> {
            let metric = |at: &LonLat| Metric {
                x_m: at.lon * 1e5,
                y_m: at.lat * 1e5,
            };
            positions.iter().map(metric).collect()
        }

        fn to_lonlat(&self, positions: &[Metric]) -> Vec<LonLat> {
            let lonlat = |at: &Metric| LonLat {
                lon: at.x_m / 1e5,
                lat: at.y_m / 1e5,
            };
            positions.iter().map(lonlat).collect()
        }
    }

    /// A layer whose metres are those of [`Equator`].
    pub(crate) fn layer(id: &str, geometries: &[Geometry<f64>], columns: Vec<Column>) -> Layer {
        let mut builder = ShapesBuilder::default();
        geometries
            .iter()
            .for_each(|geometry| builder.push(Some(geometry)).unwrap());
        let (shapes, coordinates) = builder.build();
        let metric = coordinates
            .iter()
            .map(|&[x_m, y_m]| Metric { x_m, y_m })
            .collect();
        let lonlat = coordinates
            .iter()
            .map(|&[x, y]| LonLat {
                lon: x / 1e5,
                lat: y / 1e5,
            })
            .collect();
        let keys = (0..geometries.len())
            .map(|row| format!("{id}{row}"))
            .collect();
        Layer::new(LayerParts {
            id: id.to_owned(),
            title: Title::default(),
            keys,
            names: None,
            columns,
            shapes,
            lonlat,
            metric,
        })
        .unwrap()
    }

    pub(crate) fn polygons(polygons: Vec<Polygon<f64>>) -> Layer {
        layer(
            "p",
            &polygons
                .into_iter()
                .map(Geometry::Polygon)
                .collect::<Vec<_>>(),
            vec![],
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_digits_is_its_own_id_and_other_keys_never_meet_it() {
        assert_eq!(key_id("13111051002019"), 13_111_051_002_019);
        assert!(key_id("05101") >= 1 << 52 && key_id("05101") < 1 << 53);
        assert_ne!(key_id("05101"), key_id("5101"));
    }

    #[test]
    fn a_key_that_stands_twice_is_named_with_both_features() {
        let keys: Text = ["b", "a", "b"].into_iter().collect();
        assert_eq!(
            sorted_keys(&keys).unwrap_err().to_string(),
            "key \"b\" stands twice, at features 1 and 3"
        );
    }
}
