//! Features → a layer: which keys are columns, and the rows.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use comarca_engine::{GeometryType, Value};

use super::OsmOptions;
use super::block::{Place, Tag};
use super::elements::Strings;
use super::passes::Chunk;
use super::polygons::Ring;
use crate::problem::LoadError;
use crate::source::draft::Draft;
use crate::source::features::Collector;
use crate::source::table::TOO_MANY_CELLS;
use crate::source::{Features, Format};

/// Keys that are columns wherever they occur.
const USUAL_KEYS: [&str; 24] = [
    "name",
    "amenity",
    "building",
    "highway",
    "landuse",
    "leisure",
    "natural",
    "shop",
    "office",
    "craft",
    "tourism",
    "historic",
    "healthcare",
    "emergency",
    "public_transport",
    "railway",
    "waterway",
    "barrier",
    "man_made",
    "power",
    "place",
    "boundary",
    "admin_level",
    "ref",
];
/// A key of at least one in so many features is a column too.
const FREQUENT: usize = 100;
/// Column with the tags that are no columns, as a JSON object.
const OTHER_TAGS: &str = "other_tags";

/// An element that becomes a feature.
#[derive(Debug)]
pub(super) struct Feature {
    chunk: u32,
    element: u32,
    geometry: Geometry,
    /// The way whose tags it has, where they are not its own.
    tags_of: Option<(u32, u32)>,
}

/// Its places.
#[derive(Debug)]
pub(super) enum Geometry {
    Point(Place),
    Line(Vec<Place>),
    Ring(Ring),
    Polygons(Vec<Vec<Ring>>),
}

impl Feature {
    pub(super) fn new(chunk: u32, element: u32, geometry: Geometry) -> Self {
        Self {
            chunk,
            element,
            geometry,
            tags_of: None,
        }
    }

    /// With the tags of a way instead of its own.
    pub(super) fn with_tags_of(self, tags_of: Option<(u32, u32)>) -> Self {
        Self { tags_of, ..self }
    }

    /// Type and id.
    fn identity(&self, chunks: &[Chunk]) -> (&'static str, i64) {
        let (chunk, element) = (&chunks[self.chunk as usize], self.element as usize);
        match self.geometry {
            Geometry::Point(_) => ("node", chunk.nodes.ids[element]),
            Geometry::Line(_) | Geometry::Ring(_) => ("way", chunk.ways.ids[element]),
            Geometry::Polygons(_) => ("relation", chunk.relations.ids[element]),
        }
    }

    /// Its tags, and the number of the chunk whose strings they name.
    fn tags<'c>(&self, chunks: &'c [Chunk]) -> (u32, &'c [Tag]) {
        let (chunk, element) = (&chunks[self.chunk as usize], self.element as usize);
        let own = match self.geometry {
            Geometry::Point(_) => chunk.nodes.tags(element),
            Geometry::Line(_) | Geometry::Ring(_) => chunk.ways.tags(element),
            Geometry::Polygons(_) => chunk.relations.tags(element),
        };
        match self.tags_of {
            Some((chunk, way)) => (chunk, chunks[chunk as usize].ways.tags(way as usize)),
            None => (self.chunk, own),
        }
    }

    fn draft(&self, draft: &mut Draft) {
        let degrees = |units: i32| f64::from(units) / 1e7;
        let ring = |draft: &mut Draft, ring: &[Place]| {
            ring.iter()
                .for_each(|[lon, lat]| draft.coordinate(degrees(*lon), degrees(*lat)));
            draft.end_ring();
        };
        match &self.geometry {
            Geometry::Point([lon, lat]) => {
                draft.kind(GeometryType::Point);
                draft.point(degrees(*lon), degrees(*lat));
            }
            Geometry::Line(places) | Geometry::Ring(places) => {
                let is_ring = matches!(self.geometry, Geometry::Ring(_));
                draft.kind(if is_ring {
                    GeometryType::Polygon
                } else {
                    GeometryType::Line
                });
                ring(draft, places);
                draft.end_part();
            }
            Geometry::Polygons(polygons) => {
                draft.kind(GeometryType::Polygon);
                draft.multi();
                for polygon in polygons {
                    polygon.iter().for_each(|places| ring(draft, places));
                    draft.end_part();
                }
            }
        }
    }
}

/// The layer `name` of an extract with `unpacked` bytes of content.
pub(super) fn build(
    path: &Path,
    name: &str,
    chunks: &[Chunk],
    features: &[Feature],
    unpacked: usize,
    options: &OsmOptions,
) -> Result<Features, LoadError> {
    // A short tag in the file may be the only cell of a row of fifty columns.
    let mut rows = Collector::new(unpacked.saturating_mul(4));
    for column in ["osm_id", "osm_type"] {
        rows.table.column(column);
    }
    let keys = match &options.columns {
        Some(columns) => columns.clone(),
        None => default_keys(chunks, features),
    };
    let columns: HashMap<String, usize> = keys
        .into_iter()
        // A tag may be called as one of our own columns.
        .map(|key| {
            (
                key.clone(),
                if is_own(&key) {
                    rows.table.new_column(&key)
                } else {
                    rows.table.column(&key)
                },
            )
        })
        .collect();
    let mut cells = Cells {
        columns: &columns,
        with_others: options.columns.is_none(),
        of_string: HashMap::new(),
    };
    for feature in features {
        let (kind, id) = feature.identity(chunks);
        rows.table.set(0, Value::Integer(id));
        rows.table.set(1, Value::Text(kind));
        let (chunk, tags) = feature.tags(chunks);
        cells.fill(chunk, &chunks[chunk as usize].strings, tags, &mut rows);
        feature.draft(&mut rows.draft);
        if !rows.end_row() {
            return Err(LoadError::new(path, TOO_MANY_CELLS));
        }
    }
    let mut layer = rows.build(
        Format::OsmPbf,
        name.to_owned(),
        Some("OGC:CRS84".to_owned()),
    );
    for problem in &mut layer.problems {
        problem.layer = Some(name.to_owned());
    }
    Ok(layer)
}

/// Writes tags into cells, and finds the column of each key only once in a block.
struct Cells<'a> {
    columns: &'a HashMap<String, usize>,
    with_others: bool,
    of_string: HashMap<(u32, u32), Option<usize>>,
}

impl Cells<'_> {
    fn fill(&mut self, chunk: u32, strings: &Strings, tags: &[Tag], rows: &mut Collector) {
        let mut others = BTreeMap::new();
        for &[key, value] in tags {
            let find = || self.columns.get(strings.text(key).as_ref()).copied();
            let column = *self.of_string.entry((chunk, key)).or_insert_with(find);
            match column {
                Some(column) => rows.table.set(column, Value::Text(&strings.text(value))),
                None if self.with_others => {
                    others.insert(strings.text(key), strings.text(value));
                }
                None => {}
            }
        }
        if !others.is_empty() {
            let text = serde_json::to_string(&others).unwrap_or_default();
            let column = rows.table.column(OTHER_TAGS);
            rows.table.set(column, Value::Text(&text));
        }
    }
}

/// The usual keys that occur, then the frequent ones by their names.
fn default_keys(chunks: &[Chunk], features: &[Feature]) -> Vec<String> {
    let mut counts: HashMap<(u32, u32), usize> = HashMap::new();
    for feature in features {
        let (chunk, tags) = feature.tags(chunks);
        tags.iter()
            .for_each(|[key, _]| *counts.entry((chunk, *key)).or_default() += 1);
    }
    let mut by_name: BTreeMap<String, usize> = BTreeMap::new();
    for ((chunk, key), count) in counts {
        let name = chunks[chunk as usize].strings.text(key).into_owned();
        *by_name.entry(name).or_default() += count;
    }
    let usual = USUAL_KEYS
        .into_iter()
        .filter(|key| by_name.contains_key(*key));
    let frequent = by_name
        .iter()
        .filter(|(name, count)| {
            **count * FREQUENT >= features.len() && !USUAL_KEYS.contains(&name.as_str())
        })
        .map(|(name, _)| name.as_str());
    usual
        .chain(frequent)
        .filter(|key| !key.is_empty())
        .map(str::to_owned)
        .collect()
}

fn is_own(key: &str) -> bool {
    matches!(key, "osm_id" | "osm_type" | OTHER_TAGS)
}
