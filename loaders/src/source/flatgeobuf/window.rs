//! The features of a box, found by the packed Hilbert R-tree between the header and the features.
//!
//! The tree is stored from its root down, each level from left to right; a leaf holds the box of a feature and where
//! the feature begins. It is walked level by level, so that a file far away takes one round of requests per level.

use std::ops::Range;
use std::path::Path;

use ::flatgeobuf::Header;

use super::{
    MAGIC_LEN, NODE_BYTES, NODE_LEN, Schema, crs, index_bytes, index_levels, name, opened,
    read_row, sized,
};
use crate::problem::{LoadError, Problem};
use crate::source::features::Collector;
use crate::source::ranges::{Ranges, fetch_merged};
use crate::source::window::{Box4, left_out, meet};
use crate::source::{Features, Format};

/// Bytes that are fetched first; most headers are much shorter.
const HEAD_BYTES: u64 = 1 << 16;
/// Bytes of features that are fetched at a time.
const BATCH_BYTES: u64 = 16 << 20;

/// The features whose boxes meet `window`, in the order of the file. `None` where the file has no index or a damaged one,
/// so that it has to be read whole. Cost O(log n + found).
pub(in crate::source) fn read_window(
    path: &Path,
    source: &mut dyn Ranges,
    window: Box4,
) -> Result<Option<Features>, LoadError> {
    if source.size() == 0 {
        return Ok(None);
    }
    let head = head(path, source)?;
    let (header, _) = opened(path, &head)?;
    let Some(tree) = Tree::of(path, &header, head.len() as u64, source.size())? else {
        return Ok(None);
    };
    let Some(found) = tree.search(source, window)? else {
        return Ok(None);
    };
    read_found(path, &header, source, &found).map(Some)
}

/// The CRS that the header names.
pub(in crate::source) fn declared_crs(
    path: &Path,
    source: &mut dyn Ranges,
) -> Result<Option<String>, LoadError> {
    if source.size() == 0 {
        return Ok(None);
    }
    let head = head(path, source)?;
    let (header, _) = opened(path, &head)?;
    Ok(header.crs().and_then(crs))
}

/// The bytes from the magic number to the end of the header.
fn head(path: &Path, source: &mut dyn Ranges) -> Result<Vec<u8>, LoadError> {
    let size = source.size();
    let first = 0..HEAD_BYTES.min(size);
    let mut head = source.fetch(std::slice::from_ref(&first))?.concat();
    let length = head.get(MAGIC_LEN..).and_then(|bytes| bytes.first_chunk());
    let end =
        length.map_or(0, |length| u64::from(u32::from_le_bytes(*length))) + MAGIC_LEN as u64 + 4;
    if end > size {
        return Err(LoadError::new(
            path,
            "the header of the FlatGeobuf breaks off",
        ));
    }
    if end > first.end {
        head.extend(source.fetch(&[first.end..end])?.concat());
    }
    head.truncate(usize::try_from(end).unwrap_or(usize::MAX));
    Ok(head)
}

/// A feature: its number in the file, and where its bytes are.
struct Found {
    number: u64,
    bytes: Range<u64>,
}

/// Where the tree is in the file, and how its levels lie in it.
struct Tree {
    /// Node numbers of each level, the root first.
    levels: Vec<Range<u64>>,
    node_size: u64,
    nodes_at: u64,
    features: Range<u64>,
}

/// A node and its number.
struct Node {
    number: u64,
    own: Box4,
    offset: u64,
    /// The offset in the node behind, where there is one at this level.
    next_offset: Option<u64>,
}

impl Tree {
    /// `None` where the file has no index.
    fn of(
        path: &Path,
        header: &Header,
        nodes_at: u64,
        size: u64,
    ) -> Result<Option<Self>, LoadError> {
        let (Some(sizes), Some(bytes)) = (index_levels(header), index_bytes(header)) else {
            return Err(too_many(path));
        };
        if sizes.is_empty() {
            return Ok(None);
        }
        let features = nodes_at.saturating_add(bytes as u64)..size;
        if features.start > features.end {
            return Err(too_many(path));
        }
        let mut start = 0;
        let place = |size: &u64| {
            let level = start..start + size;
            start = level.end;
            level
        };
        Ok(Some(Self {
            levels: sizes.iter().rev().map(place).collect(),
            node_size: u64::from(header.index_node_size()),
            nodes_at,
            features,
        }))
    }

    /// The features whose boxes meet `window`; `None` where the tree contradicts itself.
    fn search(
        &self,
        source: &mut dyn Ranges,
        window: Box4,
    ) -> Result<Option<Vec<Found>>, LoadError> {
        let everywhere = [
            f64::NEG_INFINITY,
            f64::NEG_INFINITY,
            f64::INFINITY,
            f64::INFINITY,
        ];
        let mut wanted: Vec<(Range<u64>, Box4)> = vec![(0..1, everywhere)];
        for (depth, level) in self.levels.iter().enumerate() {
            let mut meeting = vec![];
            for (parent, node) in self.nodes(source, level, &wanted)? {
                if !node.is_within(parent) {
                    return Ok(None);
                }
                if meet(node.own, window) {
                    meeting.push(node);
                }
            }
            let Some(below) = self.levels.get(depth + 1) else {
                return Ok(self.features(level, &meeting));
            };
            let children = |node: &Node| {
                let first = below.start + (node.number - level.start) * self.node_size;
                (node.offset == first)
                    .then(|| (first..below.end.min(first + self.node_size), node.own))
            };
            let Some(next) = meeting.iter().map(children).collect() else {
                return Ok(None);
            };
            wanted = next;
        }
        Ok(None)
    }

    /// The nodes of the ranges `wanted`, each with the box of its parent.
    fn nodes(
        &self,
        source: &mut dyn Ranges,
        level: &Range<u64>,
        wanted: &[(Range<u64>, Box4)],
    ) -> Result<Vec<(Box4, Node)>, LoadError> {
        let place = |number: u64| self.nodes_at + number * NODE_BYTES;
        // One node more, where the level has it, tells where the last feature ends.
        let ranges: Vec<_> = wanted
            .iter()
            .map(|(nodes, _)| place(nodes.start)..place(level.end.min(nodes.end + 1)))
            .collect();
        let mut found = vec![];
        for ((numbers, parent), bytes) in wanted.iter().zip(fetch_merged(source, &ranges)?) {
            let nodes: Vec<_> = bytes.as_chunks::<NODE_LEN>().0.iter().collect();
            for (at, number) in numbers.clone().enumerate() {
                let next = nodes.get(at + 1).map(|node| offset(node));
                found.extend(
                    nodes
                        .get(at)
                        .map(|node| (*parent, Node::read(number, node, next))),
                );
            }
        }
        Ok(found)
    }

    /// Where the features of these leaves are; `None` where they are not one behind the other within the file.
    fn features(&self, level: &Range<u64>, leaves: &[Node]) -> Option<Vec<Found>> {
        let length = self.features.end - self.features.start;
        let found = |leaf: &Node| {
            let (start, end) = (leaf.offset, leaf.next_offset.unwrap_or(length));
            (start < end && end <= length).then(|| Found {
                number: leaf.number - level.start,
                bytes: self.features.start + start..self.features.start + end,
            })
        };
        let found: Vec<Found> = leaves.iter().map(found).collect::<Option<_>>()?;
        found
            .is_sorted_by(|a, b| a.bytes.end <= b.bytes.start)
            .then_some(found)
    }
}

impl Node {
    fn read(number: u64, bytes: &[u8; NODE_LEN], next_offset: Option<u64>) -> Self {
        let (numbers, _) = bytes.as_chunks::<8>();
        let own = [0, 1, 2, 3].map(|at| f64::from_le_bytes(numbers[at]));
        Self {
            number,
            own,
            offset: offset(bytes),
            next_offset,
        }
    }

    /// A box inside that of its parent. One that is turned inside out is empty, which every box holds.
    fn is_within(&self, parent: Box4) -> bool {
        let [min_x, min_y, max_x, max_y] = self.own;
        (min_x > max_x && min_y > max_y)
            || (min_x >= parent[0]
                && min_y >= parent[1]
                && max_x <= parent[2]
                && max_y <= parent[3])
    }
}

fn offset(node: &[u8; NODE_LEN]) -> u64 {
    node.last_chunk()
        .map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

fn too_many(path: &Path) -> LoadError {
    LoadError::new(path, "announces more features than its size allows")
}

fn read_found(
    path: &Path,
    header: &Header,
    source: &mut dyn Ranges,
    found: &[Found],
) -> Result<Features, LoadError> {
    let bytes: u64 = found
        .iter()
        .map(|one| one.bytes.end - one.bytes.start)
        .sum();
    let mut rows = Collector::new(usize::try_from(bytes).unwrap_or(usize::MAX));
    let schema = Schema::new(header.columns(), &mut rows.table, &mut rows.problems);
    for batch in batches(found) {
        let ranges: Vec<_> = batch.iter().map(|one| one.bytes.clone()).collect();
        for bytes in fetch_merged(source, &ranges)? {
            let table = sized(&bytes).map_or(&bytes[..], |(table, _)| table);
            read_row(header, &schema, table, &mut rows).map_err(|why| LoadError::new(path, why))?;
        }
    }
    let mut features = rows.build(
        Format::FlatGeobuf,
        name(path, header),
        header.crs().and_then(crs),
    );
    features
        .problems
        .iter_mut()
        .for_each(|problem| number_as_in_file(problem, found));
    let others = header.features_count().saturating_sub(found.len() as u64);
    features
        .problems
        .extend(left_out(usize::try_from(others).unwrap_or(usize::MAX)));
    Ok(features)
}

/// Parts of `found` of about [`BATCH_BYTES`].
fn batches(found: &[Found]) -> impl Iterator<Item = &[Found]> {
    let mut rest = found;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fits = |one: &&Found| {
            let first = bytes == 0;
            bytes += one.bytes.end - one.bytes.start;
            first || bytes <= BATCH_BYTES
        };
        let count = rest.iter().take_while(fits).count();
        let (batch, after) = rest.split_at(count);
        rest = after;
        (!batch.is_empty()).then_some(batch)
    })
}

/// Calls the features of a problem by their numbers in the file.
fn number_as_in_file(problem: &mut Problem, found: &[Found]) {
    let number = |row: &mut u64| {
        let at = usize::try_from(row.saturating_sub(1)).unwrap_or(usize::MAX);
        *row = found.get(at).map_or(*row, |one| one.number + 1);
    };
    problem.feature.iter_mut().for_each(number);
    problem.examples.iter_mut().for_each(number);
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCKS: &[u8] = include_bytes!("../../../corpus/flatgeobuf/blocks.fgb");
    /// Where the tree of the file begins: 44 nodes of 40 bytes before the first feature.
    const TREE_NODES: usize = 44;

    /// Bytes in memory that remember what was asked for.
    struct Counted {
        bytes: Vec<u8>,
        asked: Vec<Range<u64>>,
    }

    impl Ranges for Counted {
        fn size(&self) -> u64 {
            self.bytes.len() as u64
        }

        fn fetch(&mut self, ranges: &[Range<u64>]) -> Result<Vec<Vec<u8>>, LoadError> {
            self.asked.extend(ranges.iter().cloned());
            let part = |range: &Range<u64>| {
                let [start, end] =
                    [range.start, range.end].map(|at| usize::try_from(at).expect("small"));
                self.bytes[start..end].to_vec()
            };
            Ok(ranges.iter().map(part).collect())
        }
    }

    fn blocks() -> Counted {
        Counted {
            bytes: BLOCKS.to_vec(),
            asked: vec![],
        }
    }

    fn tree_at() -> usize {
        let head = head(Path::new("a.fgb"), &mut blocks()).expect("a header");
        head.len()
    }

    fn ids(features: &Features) -> Vec<String> {
        let ids = features.column("id").expect("a column");
        (0..ids.len()).map(|row| ids.value(row).display()).collect()
    }

    #[test]
    fn the_index_finds_what_gdal_finds() {
        // pyogrio.read_dataframe("blocks.fgb", bbox=…).id
        let cases: [(Box4, &[&str]); 4] = [
            ([346_000., 6_290_000., 346_100., 6_290_100.], &["00"]),
            (
                [348_000., 6_291_000., 350_000., 6_292_000.],
                &["12", "20", "18", "19", "11", "10"],
            ),
            ([340_000., 6_280_000., 341_000., 6_281_000.], &[]),
            ([346_300., 6_290_200., 346_300., 6_290_200.], &["00"]),
        ];
        for (window, expected) in cases {
            let found = read_window(Path::new("a.fgb"), &mut blocks(), window);
            let found = found.expect("a good file").expect("an index");
            assert_eq!(ids(&found), expected, "{window:?}");
            let others: u64 = found.problems.iter().map(|problem| problem.count).sum();
            assert_eq!(others, 40 - expected.len() as u64);
            assert_eq!(found.crs.as_deref(), Some("EPSG:32719"));
        }
    }

    #[test]
    fn every_window_gives_the_features_whose_boxes_meet_it() {
        let all = super::super::read(Path::new("a.fgb"), BLOCKS).expect("a good file");
        for step in 0..200_u32 {
            let (x, y) = (
                f64::from(step * 7919 % 9000),
                f64::from(step * 104_729 % 6000),
            );
            let window = [
                345_500. + x,
                6_289_500. + y,
                345_900. + 2. * x,
                6_289_600. + 1.5 * y,
            ];
            let found = read_window(Path::new("a.fgb"), &mut blocks(), window);
            let expected = all.clone().in_window(window);
            assert_eq!(
                ids(&found.expect("good").expect("an index")),
                ids(&expected),
                "{window:?}"
            );
        }
    }

    #[test]
    fn only_what_is_needed_is_asked_for() {
        let mut far = Counted {
            bytes: [BLOCKS.to_vec(), vec![0; 1 << 20]].concat(),
            asked: vec![],
        };
        let window = [346_000., 6_290_000., 346_100., 6_290_100.];
        assert!(
            read_window(Path::new("a.fgb"), &mut far, window)
                .expect("good")
                .is_some()
        );
        // The header; root, branches and leaves; the feature, whose end the tree does not tell, being the last.
        assert_eq!(far.asked.len(), 5);
        assert!(far.asked[..4].iter().all(|range| range.end <= HEAD_BYTES));
    }

    #[test]
    fn a_tree_that_contradicts_itself_is_not_used() {
        let tree = tree_at();
        let window = [346_000., 6_290_000., 350_000., 6_292_000.];
        let read = |damage: &dyn Fn(&mut [u8])| {
            let mut source = blocks();
            damage(&mut source.bytes[tree..tree + 40 * TREE_NODES]);
            read_window(Path::new("a.fgb"), &mut source, window).expect("a good header")
        };
        assert!(read(&|_| {}).is_some());
        // A branch that leads elsewhere; a child outside its parent; features in the place of others or behind the end.
        assert!(read(&|nodes| nodes[32] = 9).is_none());
        assert!(read(&|nodes| nodes[40..48].copy_from_slice(&0_f64.to_le_bytes())).is_none());
        assert!(
            read(&|nodes| (4..44).for_each(|leaf| nodes[40 * leaf + 32..40 * leaf + 40].fill(0)))
                .is_none()
        );
        assert!(read(&|nodes| (4..44).for_each(|leaf| nodes[40 * leaf + 39] = 1)).is_none());
    }

    #[test]
    fn damaged_features_are_called_by_their_numbers_in_the_file() {
        let all = super::super::read(Path::new("a.fgb"), BLOCKS).expect("a good file");
        let row = ids(&all).iter().position(|id| id == "00").expect("there");
        let mut source = blocks();
        let end = source.bytes.len();
        source.bytes[end - 20..].fill(0xff); // "00" is the last in the file
        let window = [346_000., 6_290_000., 346_100., 6_290_100.];
        let found = read_window(Path::new("a.fgb"), &mut source, window)
            .expect("good")
            .expect("an index");
        let damaged = found.problems.iter().find_map(|problem| problem.feature);
        assert_eq!((damaged, found.len()), (Some(row as u64 + 1), 1));
    }
}
