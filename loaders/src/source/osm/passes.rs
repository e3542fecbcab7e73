//! The two passes over a file: ways and relations first, then the nodes that they need and those with tags.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::blob::{Blob, Kind, blobs};
use super::block::{Block, Place, WayMember};
use super::elements::{Elements, Strings};
use super::filter::{self, TagFilter};
use super::wire::{Broken, Fields};
use crate::problem::LoadError;

/// How much larger than the file its content may be, and what any file may have.
const RATIO_MAX: usize = 10;
const ALWAYS_ALLOWED_BYTES: usize = 32 << 20;

/// What is kept of a block.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    pub(super) strings: Strings,
    pub(super) ways: Elements<i64>,
    /// Whether a way is closed and its tags are those of an area.
    pub(super) is_area: Vec<bool>,
    /// What the tags of a way and of a relation say of areas, one bit for each key.
    pub(super) way_area_keys: Vec<u16>,
    pub(super) relations: Elements<WayMember>,
    pub(super) relation_area_keys: Vec<u16>,
    /// Nodes that are features, with their places.
    pub(super) nodes: Elements<()>,
    pub(super) places: Vec<Option<Place>>,
    has_nodes: bool,
    unpacked: usize,
}

impl Chunk {
    /// The ways that are features by themselves.
    pub(super) fn wanted_ways(&self) -> impl Iterator<Item = usize> {
        (0..self.ways.len()).filter(|&way| self.ways.wanted[way])
    }
}

/// A file, cut into blobs.
pub(super) struct File<'a> {
    path: &'a Path,
    blobs: Vec<Blob<'a>>,
    /// Bytes of the content; known after the first pass.
    pub(super) unpacked: usize,
    has_nodes: Vec<bool>,
}

impl<'a> File<'a> {
    /// Finds the blobs and checks that the file demands nothing that is not understood.
    pub(super) fn open(path: &'a Path, bytes: &'a [u8]) -> Result<Self, LoadError> {
        let all: Result<Vec<_>, _> = blobs(bytes).collect();
        let all = all.map_err(|(offset, error)| broken(path, offset, error))?;
        for blob in all.iter().filter(|blob| blob.kind == Kind::Header) {
            check_header(path, *blob)?;
        }
        let blobs: Vec<_> = all
            .into_iter()
            .filter(|blob| blob.kind == Kind::Data)
            .collect();
        Ok(Self {
            path,
            has_nodes: vec![],
            blobs,
            unpacked: 0,
        })
    }

    /// Keeps the ways and those relations that are areas.
    pub(super) fn first_pass(
        &mut self,
        filter: &TagFilter,
        file_bytes: usize,
    ) -> Result<Vec<Chunk>, LoadError> {
        // Counted on the way, so that a bomb is seen before all of it is unpacked.
        let limit = file_bytes
            .saturating_mul(RATIO_MAX)
            .saturating_add(ALWAYS_ALLOWED_BYTES);
        let unpacked = AtomicUsize::new(0);
        let read = |blob: &Blob<'a>| {
            if unpacked.load(Ordering::Relaxed) > limit {
                return Err(Broken("the file unpacks to more than ten times its size"));
            }
            let bytes = blob.unpacked()?;
            unpacked.fetch_add(bytes.len(), Ordering::Relaxed);
            ways_and_relations(&bytes, filter)
        };
        let chunks = self.each(read)?;
        self.has_nodes = chunks.iter().map(|chunk| chunk.has_nodes).collect();
        self.unpacked = chunks.iter().map(|chunk| chunk.unpacked).sum();
        Ok(chunks)
    }

    /// Finds the places of the nodes `needed`, sorted ids, and keeps the nodes that are features where `with_points`.
    pub(super) fn second_pass(
        &self,
        filter: &TagFilter,
        needed: Vec<i64>,
        with_points: bool,
    ) -> Result<(Places, Vec<Chunk>), LoadError> {
        let numbers: Vec<usize> = (0..self.blobs.len())
            .filter(|&number| self.has_nodes[number])
            .collect();
        let read = |number: &usize| {
            let blob = &self.blobs[*number];
            let found = blob
                .unpacked()
                .and_then(|bytes| nodes(&bytes, filter, &needed, with_points));
            found.map_err(|error| broken(self.path, blob.offset, error))
        };
        let found: Vec<_> = numbers.par_iter().map(read).collect();
        let mut places = vec![NOWHERE; needed.len()];
        let mut chunks = vec![];
        for found in found {
            let (chunk, found) = found?;
            for (number, place) in found {
                places[number as usize] = place;
            }
            chunks.push(chunk);
        }
        Ok((
            Places {
                ids: needed,
                places,
            },
            chunks,
        ))
    }

    fn each<T: Send>(
        &self,
        read: impl Fn(&Blob<'a>) -> Result<T, Broken> + Sync,
    ) -> Result<Vec<T>, LoadError> {
        let read =
            |blob: &Blob<'a>| read(blob).map_err(|error| broken(self.path, blob.offset, error));
        // The first error of the file, not that of the fastest thread.
        let read: Vec<_> = self.blobs.par_iter().map(read).collect();
        read.into_iter().collect()
    }
}

/// Places of nodes by their ids.
#[derive(Debug)]
pub(super) struct Places {
    ids: Vec<i64>,
    places: Vec<Place>,
}

/// No place on earth.
const NOWHERE: Place = [i32::MIN, i32::MIN];

impl Places {
    /// Where a node is; `None` where the file does not have it. Cost O(log n).
    pub(super) fn find(&self, node: i64) -> Option<Place> {
        let number = self.ids.binary_search(&node).ok()?;
        Some(self.places[number]).filter(|place| *place != NOWHERE)
    }
}

fn ways_and_relations(bytes: &[u8], filter: &TagFilter) -> Result<Chunk, Broken> {
    let block = Block::parse(bytes)?;
    let mut chunk = Chunk {
        unpacked: bytes.len(),
        ..Chunk::default()
    };
    block.ways(|id, nodes, tags| {
        if !nodes.is_empty() {
            chunk.ways.push(id, filter.fits(&block, tags), nodes, tags);
            let is_closed = nodes.len() > 1 && nodes.first() == nodes.last();
            chunk.way_area_keys.push(filter::area_keys(&block, tags));
            chunk
                .is_area
                .push(is_closed && filter::is_area(&block, tags));
        }
    })?;
    block.relations(|id, members, tags| {
        let is_wanted = filter.fits(&block, tags);
        chunk.relations.push(id, is_wanted, members, tags);
        chunk
            .relation_area_keys
            .push(filter::area_keys(&block, tags));
    })?;
    chunk.has_nodes = block.has_nodes();
    if chunk.ways.len() + chunk.relations.len() > 0 {
        chunk.strings = Strings::of(&block);
    }
    Ok(chunk)
}

/// The nodes of a block that are features, and the places of those that are needed by their number.
fn nodes(
    bytes: &[u8],
    filter: &TagFilter,
    needed: &[i64],
    with_points: bool,
) -> Result<(Chunk, Vec<(u32, Place)>), Broken> {
    let block = Block::parse(bytes)?;
    let mut chunk = Chunk::default();
    let mut found = vec![];
    // Nodes are sorted nearly always, and then those that are needed lie close together.
    let (mut next, mut last) = (0, i64::MIN);
    block.nodes(|id, place, tags| {
        if with_points && !tags.is_empty() && filter.fits(&block, tags) {
            chunk.nodes.push(id, true, &[], tags);
            chunk.places.push(place);
        }
        let near = needed[next..]
            .iter()
            .take(NEAR)
            .position(|known| *known >= id);
        next = match near {
            Some(near) if id >= last => next + near,
            _ => needed.partition_point(|known| *known < id),
        };
        last = id;
        if needed.get(next) == Some(&id)
            && let (Some(place), Ok(number)) = (place, u32::try_from(next))
        {
            found.push((number, place));
        }
    })?;
    if chunk.nodes.len() > 0 {
        chunk.strings = Strings::of(&block);
    }
    Ok((chunk, found))
}

/// How far a needed node is looked for before the whole list is searched.
const NEAR: usize = 16;

/// Features of the file that a reader must understand (PBF format, "`HeaderBlock`").
fn check_header(path: &Path, blob: Blob) -> Result<(), LoadError> {
    let failed = |error| broken(path, blob.offset, error);
    let bytes = blob.unpacked().map_err(failed)?;
    for field in Fields(&bytes) {
        let (4, value) = field.map_err(failed)? else {
            continue;
        };
        let feature = value.bytes().map_err(failed)?;
        if !matches!(feature, b"OsmSchema-V0.6" | b"DenseNodes") {
            let name = String::from_utf8_lossy(feature);
            let message = format!("needs the feature {name:?} of the format, which is not read");
            return Err(
                LoadError::new(path, message).advice("make a plain extract of it, without history")
            );
        }
    }
    Ok(())
}

fn broken(path: &Path, offset: usize, Broken(what): Broken) -> LoadError {
    LoadError::new(
        path,
        format!("is not a sound OSM PBF file: {what} (blob at byte {offset})"),
    )
}
