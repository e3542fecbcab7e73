//! Relations that are areas: which are wanted, what they are made of, and their polygons.

use std::collections::HashSet;

use super::block::Tag;
use super::layer::{Feature, Geometry};
use super::passes::{Chunk, Places};
use super::polygons::{Ring, polygons};
use super::rings::rings;
use crate::problem::{Problem, Problems};

/// A way: number of its chunk and number there.
type WayAddress = (u32, u32);

/// A relation that is to become a feature.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) chunk: u32,
    pub(super) element: u32,
    /// Its ways, each once.
    pub(super) ways: Vec<WayAddress>,
    /// Whether all its ways are in the file.
    pub(super) is_complete: bool,
    /// The way that its tags are taken from where it has none.
    tags_of: Option<WayAddress>,
    /// Closed ways that stand for the same thing.
    twins: Vec<WayAddress>,
}

/// Why a relation has no polygons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    Open,
    LacksNodes,
    Tangled,
    OutOfProportion,
}

/// What all relations together may cost. A file can name one way in a million relations.
pub(super) struct Budget {
    nodes: u64,
    work: u64,
}

impl Budget {
    /// Every way may be used eight times, as those of borders are by the levels that share them.
    pub(super) fn new(chunks: &[Chunk]) -> Self {
        let refs = |chunk: &Chunk| {
            (0..chunk.ways.len())
                .map(|way| chunk.ways.refs(way).len() as u64)
                .sum::<u64>()
        };
        let refs: u64 = chunks.iter().map(refs).sum();
        Self {
            nodes: refs * 8 + (1 << 20),
            work: refs * 1000 + 100_000_000,
        }
    }
}

/// The relations of the types multipolygon and boundary that are wanted; others are counted in `problems`.
pub(super) fn wanted(chunks: &[Chunk], problems: &mut Problems) -> Vec<Wanted> {
    let mut found = vec![];
    let mut others = 0;
    for (number, chunk) in (0..).zip(chunks) {
        for (element, relation) in (0..).zip(0..chunk.relations.len()) {
            let kind = value(chunk, chunk.relations.tags(relation), "type");
            if !matches!(kind.as_deref(), Some("multipolygon" | "boundary")) {
                others += u64::from(chunk.relations.wanted[relation]);
                continue;
            }
            found.push((number, element));
        }
    }
    if others > 0 {
        let message =
            "relations that are no areas (routes, restrictions and the like) are left out";
        problems.add(Problem::notice(message).times(others));
    }
    let known = Ways::of_relations(chunks, &found);
    found
        .into_iter()
        .filter_map(|(chunk, element)| known.wanted(chunks, chunk, element))
        .collect()
}

/// The ways that are members of relations, sorted by id.
struct Ways(Vec<(i64, WayAddress)>);

impl Ways {
    fn of_relations(chunks: &[Chunk], relations: &[WayAddress]) -> Self {
        let members = relations.iter().flat_map(|(chunk, element)| {
            let members = chunks[*chunk as usize].relations.refs(*element as usize);
            members.iter().map(|member| member.way)
        });
        let members: HashSet<i64> = members.collect();
        let mut ways = vec![];
        for (number, chunk) in (0..).zip(chunks) {
            let ids = (0..)
                .zip(&chunk.ways.ids)
                .filter(|(_, id)| members.contains(*id));
            ways.extend(ids.map(|(way, id)| (*id, (number, way))));
        }
        ways.sort_unstable();
        Self(ways)
    }

    fn find(&self, id: i64) -> Option<WayAddress> {
        let at = self.0.partition_point(|(known, _)| *known < id);
        self.0
            .get(at)
            .filter(|(known, _)| *known == id)
            .map(|(_, address)| *address)
    }

    /// The relation with its ways; `None` where its tags, or those of its ways if it has none, are not wanted.
    fn wanted(&self, chunks: &[Chunk], chunk: u32, element: u32) -> Option<Wanted> {
        let home = &chunks[chunk as usize];
        let relation = element as usize;
        let has_tags = has_own_tags(home, home.relations.tags(relation));
        let area_keys = home.relation_area_keys[relation];
        let mut wanted = Wanted {
            chunk,
            element,
            ways: vec![],
            is_complete: true,
            tags_of: None,
            twins: vec![],
        };
        let mut seen = HashSet::new();
        for member in home.relations.refs(relation) {
            if !seen.insert(member.way) {
                continue;
            }
            let Some(address) = self.find(member.way) else {
                wanted.is_complete = false;
                continue;
            };
            wanted.ways.push(address);
            // A role is a hint here: it decides about tags, never about geometry.
            if home.strings.get(member.role) == Some("inner".into()) {
                continue;
            }
            let (other, way) = (&chunks[address.0 as usize], address.1 as usize);
            if !has_tags && wanted.tags_of.is_none() && other.ways.wanted[way] {
                wanted.tags_of = Some(address);
                wanted.twins.push(address);
            } else if other.is_area[way] && other.way_area_keys[way] & area_keys != 0 {
                wanted.twins.push(address);
            }
        }
        let is_wanted = home.relations.wanted[relation] || wanted.tags_of.is_some();
        is_wanted.then_some(wanted)
    }
}

impl Wanted {
    /// The polygons, from all ways whatever their roles.
    pub(super) fn polygons(
        &self,
        chunks: &[Chunk],
        places: &Places,
        budget: &mut Budget,
    ) -> Result<Vec<Vec<Ring>>, Flaw> {
        let nodes = |way: &WayAddress| chunks[way.0 as usize].ways.refs(way.1 as usize);
        let ways: Vec<&[i64]> = self.ways.iter().map(nodes).collect();
        // Tags that are taken from a way are repeated as its nodes are.
        let tags = self.tags_of.map_or(0, |(chunk, way)| {
            chunks[chunk as usize].ways.tags(way as usize).len()
        });
        let count = ways.iter().map(|way| way.len()).sum::<usize>() + tags;
        budget.nodes = budget
            .nodes
            .checked_sub(count as u64 + 1)
            .ok_or(Flaw::OutOfProportion)?;
        let rings = rings(&ways)
            .filter(|rings| !rings.is_empty())
            .ok_or(Flaw::Open)?;
        let mut placed = vec![];
        for ring in rings {
            let ring: Option<Ring> = ring.into_iter().map(|node| places.find(node)).collect();
            placed.push(ring.ok_or(Flaw::LacksNodes)?);
        }
        polygons(placed, &mut budget.work).ok_or(Flaw::Tangled)
    }

    /// Ids of the ways that are not to be features too: a building that is drawn as a relation and, on its outer way,
    /// called a building again would count twice.
    pub(super) fn twins(&self, chunks: &[Chunk]) -> impl Iterator<Item = i64> {
        let id = |way: &WayAddress| chunks[way.0 as usize].ways.ids[way.1 as usize];
        self.twins.iter().map(id)
    }

    pub(super) fn feature(&self, polygons: Vec<Vec<Ring>>) -> Feature {
        let geometry = Geometry::Polygons(polygons);
        Feature::new(self.chunk, self.element, geometry).with_tags_of(self.tags_of)
    }
}

fn has_own_tags(chunk: &Chunk, tags: &[Tag]) -> bool {
    let keys = tags.iter().map(|[key, _]| chunk.strings.text(*key));
    keys.into_iter()
        .any(|key| !matches!(key.as_ref(), "type" | "created_by" | "source" | "note"))
}

fn value<'a>(chunk: &'a Chunk, tags: &[Tag], key: &str) -> Option<std::borrow::Cow<'a, str>> {
    let tag = tags
        .iter()
        .find(|[known, _]| chunk.strings.text(*known) == key);
    tag.map(|[_, value]| chunk.strings.text(*value))
}
