//! Grows the tree of candidates level by level, on all threads.

use rayon::prelude::*;

use super::buckets::{Buckets, Square};
use super::candidates::{CandidateTree, INNER, Node};
use super::site::Site;
use crate::number::narrow;
use crate::space::Metric;

/// A square with so few sites is not split.
const LEAF: usize = 6;
/// Squares that one task splits.
const CHUNK: usize = 64;

/// The squares of one depth and the sites that can win in them.
pub(super) struct Level {
    pub(super) depth: u32,
    pub(super) side_m: f64,
    pub(super) squares: Vec<Square>,
    pub(super) lists: Vec<u32>,
    /// Squares in which so many sites stand that no list is made yet.
    pub(super) crowded: Vec<Square>,
}

impl<S: Site> CandidateTree<S> {
    /// Lists the sites of those crowded squares that are not worth splitting without.
    pub(super) fn list(&self, level: &mut Level, buckets: &Buckets<S>, splits: bool) {
        let (crowded, listed): (Vec<Square>, Vec<Square>) = level
            .crowded
            .iter()
            .partition(|square| splits && buckets.are_many(square, level.depth));
        level.crowded = crowded;
        let side_m = level.side_m;
        let part = |squares: &[Square]| {
            let (mut lists, mut around) = (Lists::default(), vec![]);
            for square in squares {
                let middle = self.middle(square.x, square.y, side_m);
                buckets.gather(square, level.depth, middle, side_m, &mut around);
                lists.add_possible(&buckets.sites, &around, middle, side_m);
            }
            lists
        };
        let parts: Vec<Lists> = listed.par_chunks(CHUNK).map(part).collect();
        let lengths = parts.iter().flat_map(|part| &part.lengths);
        let mut first = level.lists.len();
        for (square, length) in listed.iter().zip(lengths) {
            let end = first + length;
            level.squares.push(Square {
                first,
                end,
                ..*square
            });
            first = end;
        }
        parts
            .iter()
            .for_each(|part| level.lists.extend(&part.entries));
    }

    /// Makes leaves of a level's squares, or children of those that are worth it: the next level.
    pub(super) fn descend(&mut self, level: &Level, sites: &[S], splits: bool) -> Level {
        let (inner, leaves): (Vec<Square>, Vec<Square>) = level
            .squares
            .iter()
            .partition(|square| splits && square.end - square.first > LEAF);
        for square in leaves {
            let first = narrow(self.lists.len());
            self.lists.extend(&level.lists[square.first..square.end]);
            let end = narrow(self.lists.len());
            self.place(&square, level.depth, Node { first, end });
        }
        let side_m = level.side_m / 2.0;
        let part = |squares: &[Square]| self.split(sites, &level.lists, squares, side_m);
        let parts: Vec<Lists> = inner.par_chunks(CHUNK).map(part).collect();
        let mut next = Level {
            depth: level.depth + 1,
            side_m,
            squares: Vec::with_capacity(inner.len() * 4),
            lists: Vec::with_capacity(parts.iter().map(|part| part.entries.len()).sum()),
            crowded: Vec::with_capacity(level.crowded.len() * 4),
        };
        let mut lengths = parts.iter().flat_map(|part| &part.lengths);
        let mut first = 0;
        for parent in &inner {
            for child in self.children(parent, level.depth) {
                let end = first + lengths.next().unwrap_or(&0);
                next.squares.push(Square {
                    first,
                    end,
                    ..child
                });
                first = end;
            }
        }
        for parent in &level.crowded {
            next.crowded.extend(self.children(parent, level.depth));
        }
        parts
            .iter()
            .for_each(|part| next.lists.extend(&part.entries));
        next
    }

    /// Makes an inner node of a square, with four children that have no sites yet.
    fn children(&mut self, parent: &Square, depth: u32) -> [Square; 4] {
        let first = self.nodes.len();
        self.nodes.extend([Node { first: 0, end: 0 }; 4]);
        let inner = Node {
            first: narrow(first),
            end: INNER,
        };
        self.place(parent, depth, inner);
        [0, 1, 2, 3].map(|child| Square {
            x: parent.x * 2 + (child & 1),
            y: parent.y * 2 + (child >> 1),
            node: first + child as usize,
            first: 0,
            end: 0,
        })
    }

    /// The lists of the four children of each square, one after the other.
    fn split(&self, sites: &[S], entries: &[u32], squares: &[Square], side_m: f64) -> Lists {
        let mut lists = Lists::default();
        for square in squares {
            let list = &entries[square.first..square.end];
            for child in 0..4 {
                let (x, y) = (square.x * 2 + (child & 1), square.y * 2 + (child >> 1));
                lists.add_possible(sites, list, self.middle(x, y, side_m), side_m);
            }
        }
        lists
    }

    fn middle(&self, x: u32, y: u32, side_m: f64) -> Metric {
        Metric {
            x_m: self.min.x_m + (f64::from(x) + 0.5) * side_m,
            y_m: self.min.y_m + (f64::from(y) + 0.5) * side_m,
        }
    }
}

/// Lists one after the other, and room to compute with.
#[derive(Default)]
struct Lists {
    entries: Vec<u32>,
    lengths: Vec<usize>,
    distances: Vec<f64>,
}

impl Lists {
    /// Adds a list: those of `list` that can be nearest to a place in the square around `middle`.
    fn add_possible<S: Site>(&mut self, sites: &[S], list: &[u32], middle: Metric, side_m: f64) {
        let before = self.entries.len();
        self.distances.clear();
        let distance = |&site: &u32| sites[site as usize].distance_squared(middle);
        self.distances.extend(list.iter().map(distance));
        let mut nearest = (0, f64::INFINITY);
        for (&site, &distance) in list.iter().zip(&self.distances) {
            if distance < nearest.1 {
                nearest = (site, distance);
            }
        }
        let (best, least) = nearest;
        let may_win = |(site, own): &(&u32, &f64)| {
            sites[**site as usize].may_win(**own, &sites[best as usize], least, side_m)
        };
        let possible = list.iter().zip(&self.distances).filter(may_win);
        self.entries.extend(possible.map(|(site, _)| site));
        self.lengths.push(self.entries.len() - before);
    }
}
