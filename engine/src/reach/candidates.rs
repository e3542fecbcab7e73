//! A quadtree whose leaves list the few sites that can be nearest to a place in them.
//!
//! The sites that can win in a square are found among those that can win in the square around it: the one nearest to
//! the middle beats all that are farther from every corner. So a leaf holds three or four sites, and the nearest one
//! is found without a search. It adapts to places where sites crowd, as a grid of equal cells does not.

use super::buckets::{Buckets, Square};
use super::growth::Level;
use super::site::Site;
use crate::space::Metric;

/// Deepest level, and that of the table that leads into the tree.
const MAX_DEPTH: u32 = 24;
const MAX_TABLE_DEPTH: u32 = 9;
/// No square is smaller than this share of the largest coordinate, so that rounding stays far below it.
const MIN_SIDE: f64 = 4e-9;
/// Once there are so many entries for each site and place, nothing more is split: sites that stand in a row far from
/// the places share out badly.
const ENTRIES: usize = 4;
/// Parts of the square that places can be sorted by, so that one after the other stays in the caches.
const PART_DEPTH: u32 = 6;
pub(super) const PARTS: usize = 1 << (2 * PART_DEPTH);
/// Marks a node with children.
pub(super) const INNER: u32 = u32::MAX;

/// Sites to be asked for the nearest one to places within some bounds.
#[derive(Debug)]
pub(super) struct CandidateTree<S> {
    pub(super) min: Metric,
    /// 2³² over the side of the whole square.
    steps_per_m: f64,
    table_depth: u32,
    /// The nodes at `table_depth`, row by row; above a deeper leaf stands that leaf.
    table: Vec<Node>,
    pub(super) nodes: Vec<Node>,
    /// Numbers of sites: four bytes for each entry, since most time goes into waiting for memory.
    pub(super) lists: Vec<u32>,
    sites: Vec<S>,
}

/// The entries `first..end` of the lists, or with [`INNER`] as end four children from node `first`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) first: u32,
    pub(super) end: u32,
}

impl<S: Site> CandidateTree<S> {
    /// Prepares the sites for about `places` questions from within `bounds`, which also hold all sites.
    ///
    /// Cost O(n log n), on all threads.
    pub(super) fn build(sites: Vec<S>, bounds: [f64; 4], places: usize) -> Self {
        let side_m = (bounds[2] - bounds[0]).max(bounds[3] - bounds[1]).max(1e-3) * (1.0 + 1e-9);
        let farthest_m = bounds.iter().fold(0.0_f64, |most, at| most.max(at.abs()));
        let entries = ENTRIES * (sites.len() + places) + 1024;
        let depth = depth_of(2 * places).min(MAX_DEPTH);
        let table_depth = depth_of(2 * sites.len()).min(depth).min(MAX_TABLE_DEPTH);
        let mut tree = Self {
            min: Metric {
                x_m: bounds[0],
                y_m: bounds[1],
            },
            steps_per_m: 4_294_967_296.0 / side_m,
            table_depth,
            table: vec![Node { first: 0, end: 0 }; 1 << (2 * table_depth)],
            nodes: vec![Node { first: 0, end: 0 }],
            lists: vec![],
            sites: vec![],
        };
        let buckets = Buckets::new(sites, tree.min, side_m);
        let mut level = Level {
            depth: 0,
            side_m,
            squares: vec![],
            lists: vec![],
            crowded: vec![Square {
                x: 0,
                y: 0,
                node: 0,
                first: 0,
                end: 0,
            }],
        };
        while !(level.squares.is_empty() && level.crowded.is_empty()) {
            let splits = level.depth < depth
                && level.side_m / 2.0 > farthest_m * MIN_SIDE
                && level.lists.len() <= entries;
            tree.list(&mut level, &buckets, splits);
            level = tree.descend(&level, &buckets.sites, splits);
        }
        tree.sites = buckets.sites;
        tree
    }

    /// The row of the nearest site and its squared distance in m²; of several the lowest row.
    pub(super) fn nearest(&self, place: Metric) -> Option<(u32, f64)> {
        let (x, y) = self.steps_to(place);
        let depth = self.table_depth;
        let cell = (leading(y, depth) << depth) | leading(x, depth);
        let (mut node, mut depth) = (self.table[cell], self.table_depth);
        while node.end == INNER {
            let child = (((y >> (31 - depth)) & 1) << 1) | ((x >> (31 - depth)) & 1);
            node = self.nodes[(node.first + child) as usize];
            depth += 1;
        }
        let mut best: (u32, f64) = (u32::MAX, f64::INFINITY);
        for &site in &self.lists[node.first as usize..node.end as usize] {
            let site = &self.sites[site as usize];
            let (row, distance) = (site.row(), site.distance_squared(place));
            // Without a branch: which one wins cannot be foreseen.
            let wins = (distance < best.1) || (distance == best.1) && (row < best.0);
            best.0 = if wins { row } else { best.0 };
            best.1 = if wins { distance } else { best.1 };
        }
        (best.0 != u32::MAX).then_some(best)
    }

    /// Number of the part of the whole square that holds a place, of [`PARTS`] parts.
    pub(super) fn part(&self, place: Metric) -> usize {
        let (x, y) = self.steps_to(place);
        (leading(y, PART_DEPTH) << PART_DEPTH) | leading(x, PART_DEPTH)
    }

    /// Number of sites.
    pub(super) fn len(&self) -> usize {
        self.sites.len()
    }

    fn steps_to(&self, place: Metric) -> (u32, u32) {
        (
            steps((place.x_m - self.min.x_m) * self.steps_per_m),
            steps((place.y_m - self.min.y_m) * self.steps_per_m),
        )
    }

    /// Puts a finished node into the tree, and into the table where that ends.
    pub(super) fn place(&mut self, square: &Square, depth: u32, node: Node) {
        self.nodes[square.node] = node;
        let is_leaf = node.end != INNER;
        if depth > self.table_depth || (!is_leaf && depth < self.table_depth) {
            return;
        }
        let below = self.table_depth - depth;
        let width = 1_usize << below;
        let (left, bottom) = ((square.x as usize) << below, (square.y as usize) << below);
        for row in bottom..bottom + width {
            let start = (row << self.table_depth) + left;
            self.table[start..start + width].fill(node);
        }
    }
}

/// The leading bits of a step.
fn leading(step: u32, bits: u32) -> usize {
    step.checked_shr(32 - bits).unwrap_or(0) as usize
}

/// The depth at which a tree has at least `squares` squares.
fn depth_of(squares: usize) -> u32 {
    squares.max(1).next_power_of_two().ilog2().div_ceil(2)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the float-to-int cast saturates at both ends, as meant"
)]
fn steps(value: f64) -> u32 {
    value as u32
}
