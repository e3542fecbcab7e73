//! OpenStreetMap extracts (.osm.pbf) as layers `points`, `lines` and `polygons`, in the manner of GDAL's OSM driver.
//!
//! Nodes with tags are points; ways with tags are lines, or polygons where they are closed and their tags are those of
//! areas; relations of the types multipolygon and boundary are polygons, put together from their ways. Two passes over
//! the file, each on all processors: ways and relations, then the nodes they need. Memory: the file, 8 bytes for each
//! node of a way in the file, 16 bytes for each different node that a wanted way has, and the result; a file that
//! unpacks to more than ten times its size (real ones to two or three) is refused, which bounds all of it.
//!
//! The crate `osmpbf` was looked at first. It decodes a block into a structure for each element, so that a file of
//! 33 kB may ask for 3 GB, and adds up differences unchecked; hence the decoder in [`block`], which allocates nothing.

mod blob;
mod block;
mod elements;
mod filter;
mod found;
mod layer;
mod passes;
mod polygons;
mod relations;
mod rings;
mod wire;

use std::path::Path;

use rayon::slice::ParallelSliceMut;

use super::features::Collector;
use super::{Features, Format};
use crate::problem::{LoadError, Problems};
use filter::TagFilter;
use found::Found;
use passes::Chunk;

/// Which elements of an extract are read, and which of their tags are columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OsmOptions {
    /// Rules such as `amenity=school|kindergarten` or `shop=*`, one of which has to fit; all tags without any.
    pub tags: Vec<String>,
    /// Keys that are columns; the usual and the frequent ones when absent.
    pub columns: Option<Vec<String>>,
}

/// The names of the layers.
const LAYERS: [&str; 3] = ["points", "lines", "polygons"];

/// Reads the layers that occur, or only `table` of them.
pub(super) fn read(
    path: &Path,
    bytes: &[u8],
    options: &OsmOptions,
    table: Option<&str>,
) -> Result<Vec<Features>, LoadError> {
    let filter = TagFilter::parse(&options.tags).map_err(|rule| {
        LoadError::new(path, format!("the tag rule {rule:?} makes no sense"))
            .advice("write key=value, key=one|other or key=*")
    })?;
    let wanted = LAYERS.map(|name| table.is_none_or(|table| table == name));
    let [with_points, with_lines, with_polygons] = wanted;
    let mut file = passes::File::open(path, bytes)?;
    let chunks = file.first_pass(&filter, bytes.len())?;
    let mut problems = Problems::default();
    let relations = if with_polygons {
        relations::wanted(&chunks, &mut problems)
    } else {
        vec![]
    };
    let is_asked = |is_area: bool| if is_area { with_polygons } else { with_lines };
    let needed = needed_nodes(&chunks, &relations, is_asked);
    let (places, points) = file.second_pass(&filter, needed, with_points)?;
    let mut found = Found::default();
    found.points(&points);
    found.relations(&chunks, &relations, &places, path)?;
    found.ways(&chunks, &places, is_asked);
    found.report(&mut problems);
    let mut layers = vec![];
    let sources = [
        (&points, &found.points),
        (&chunks, &found.lines),
        (&chunks, &found.polygons),
    ];
    for ((name, is_wanted), (chunks, features)) in LAYERS.into_iter().zip(wanted).zip(sources) {
        if is_wanted && !features.is_empty() {
            layers.push(layer::build(
                path,
                name,
                chunks,
                features,
                file.unpacked,
                options,
            )?);
        }
    }
    if layers.is_empty() {
        let name = table
            .filter(|table| LAYERS.contains(table))
            .unwrap_or(LAYERS[0]);
        layers.push(Collector::new(0).build(
            Format::OsmPbf,
            name.to_owned(),
            Some("OGC:CRS84".to_owned()),
        ));
    }
    layers[0].problems.splice(0..0, problems.into_vec());
    Ok(layers)
}

/// The ids of all nodes of ways that are wanted or parts of relations that are, sorted, each once.
fn needed_nodes(
    chunks: &[Chunk],
    relations: &[relations::Wanted],
    is_asked: impl Fn(bool) -> bool,
) -> Vec<i64> {
    let mut needed = vec![];
    for chunk in chunks {
        for way in chunk
            .wanted_ways()
            .filter(|&way| is_asked(chunk.is_area[way]))
        {
            needed.extend(chunk.ways.refs(way));
        }
    }
    // A way may be part of many relations; its nodes are wanted once.
    let mut members: Vec<_> = relations
        .iter()
        .flat_map(|relation| &relation.ways)
        .collect();
    members.sort_unstable();
    members.dedup();
    for (chunk, way) in members {
        needed.extend(chunks[*chunk as usize].ways.refs(*way as usize));
    }
    needed.par_sort_unstable();
    needed.dedup();
    needed
}

#[cfg(test)]
mod tests;
