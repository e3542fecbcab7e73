//! Neighbours by the distance of anchors: k nearest, and all within a distance.

use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::weights::{Lists, MAX_LINKS};
use crate::space::Metric;

/// Points that are compared one by one rather than split further.
const LEAF: usize = 8;
/// Rows of one piece of work.
const CHUNK: usize = 512;

/// The `count` nearest others of each anchor, or all others where there are fewer; ties go to the lower row.
///
/// `None` when the links are too many. Anchors that are not finite have and are no neighbours.
pub(super) fn nearest(anchors: &[Metric], count: usize) -> Option<Lists> {
    let tree = Tree::build(anchors);
    if count
        .min(tree.points.len())
        .saturating_mul(tree.points.len())
        > MAX_LINKS
    {
        return None;
    }
    let one = |row: u32, at: Metric, list: &mut Vec<u32>| {
        let mut best = Nearest {
            count,
            heap: BinaryHeap::with_capacity(count.min(anchors.len()) + 1),
        };
        let mut reach = f64::INFINITY;
        tree.visit(at, &mut reach, &mut |(other, place), reach| {
            if other != row {
                *reach = best.offer(at.distance_squared(place), other);
            }
        });
        list.extend(best.heap.into_iter().map(|(_, other)| other));
        true
    };
    lists(anchors, one)
}

/// All others within `distance_m` of each anchor, inclusive. `None` when the links are too many.
pub(super) fn within(anchors: &[Metric], distance_m: f64) -> Option<Lists> {
    let tree = Tree::build(anchors);
    let found = AtomicUsize::new(0);
    let one = |row: u32, at: Metric, list: &mut Vec<u32>| {
        let mut reach = distance_m * distance_m;
        tree.visit(at, &mut reach, &mut |(other, place), reach| {
            if other != row && at.distance_squared(place) <= *reach {
                list.push(other);
            }
        });
        // Only whether the total passes the limit is asked of this counter, and that does not depend on the order.
        found.fetch_add(list.len(), Ordering::Relaxed) + list.len() <= MAX_LINKS
    };
    lists(anchors, one)
}

/// The sorted lists that `one` finds for every finite anchor; `None` as soon as it says no.
fn lists(
    anchors: &[Metric],
    one: impl Fn(u32, Metric, &mut Vec<u32>) -> bool + Sync,
) -> Option<Lists> {
    let rows: Vec<(u32, Metric)> = (0u32..).zip(anchors.iter().copied()).collect();
    let piece = |rows: &[(u32, Metric)]| {
        let (mut piece, mut list) = (Lists::default(), vec![]);
        for &(row, at) in rows {
            list.clear();
            if finite(at) && !one(row, at, &mut list) {
                return None;
            }
            list.sort_unstable();
            piece.push(&list);
        }
        Some(piece)
    };
    let pieces: Option<Vec<Lists>> = rows.par_chunks(CHUNK).map(piece).collect();
    Some(Lists::concat(&pieces?))
}

fn finite(at: Metric) -> bool {
    at.x_m.is_finite() && at.y_m.is_finite()
}

/// The best candidates so far: of equal distances the lower rows.
struct Nearest {
    count: usize,
    /// Squared distances as bits, which order as the distances do, with rows; the worst on top.
    heap: BinaryHeap<(u64, u32)>,
}

impl Nearest {
    /// Considers a candidate; the squared distance up to which others are of interest.
    fn offer(&mut self, squared: f64, row: u32) -> f64 {
        self.heap.push((squared.to_bits(), row));
        if self.heap.len() > self.count {
            self.heap.pop();
        }
        match self.heap.peek() {
            Some(&(worst, _)) if self.heap.len() == self.count => f64::from_bits(worst),
            _ => f64::INFINITY,
        }
    }
}

/// A k-d tree in place: the middle of a slice splits it, by x and y in turn.
struct Tree {
    points: Vec<(u32, Metric)>,
}

impl Tree {
    fn build(anchors: &[Metric]) -> Self {
        let mut points: Vec<(u32, Metric)> = (0u32..)
            .zip(anchors.iter().copied())
            .filter(|&(_, at)| finite(at))
            .collect();
        split(&mut points, true);
        Self { points }
    }

    /// Calls `see` with every point that may lie within `reach` (squared metres, which `see` may lessen).
    fn visit(&self, at: Metric, reach: &mut f64, see: &mut impl FnMut((u32, Metric), &mut f64)) {
        visit(&self.points, true, at, reach, see);
    }
}

fn axis(at: Metric, by_x: bool) -> f64 {
    if by_x { at.x_m } else { at.y_m }
}

fn split(points: &mut [(u32, Metric)], by_x: bool) {
    if points.len() <= LEAF {
        return;
    }
    let middle = points.len() / 2;
    // Rows break ties, so that the tree is the same on every machine.
    let key = |point: &(u32, Metric)| (axis(point.1, by_x), point.0);
    points.select_nth_unstable_by(middle, |a, b| {
        let (a, b) = (key(a), key(b));
        a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))
    });
    let (low, high) = points.split_at_mut(middle);
    split(low, !by_x);
    split(&mut high[1..], !by_x);
}

fn visit(
    points: &[(u32, Metric)],
    by_x: bool,
    at: Metric,
    reach: &mut f64,
    see: &mut impl FnMut((u32, Metric), &mut f64),
) {
    if points.len() <= LEAF {
        points.iter().for_each(|&point| see(point, reach));
        return;
    }
    let middle = points.len() / 2;
    let beyond = axis(at, by_x) - axis(points[middle].1, by_x);
    let (low, high) = (&points[..middle], &points[middle + 1..]);
    let (near, far) = if beyond < 0.0 {
        (low, high)
    } else {
        (high, low)
    };
    visit(near, !by_x, at, reach, see);
    if beyond * beyond <= *reach {
        see(points[middle], reach);
        visit(far, !by_x, at, reach, see);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};

    /// Points on a coarse grid, so that distances tie and places repeat.
    fn places(count: usize) -> Vec<Metric> {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(5);
        let mut axis = || f64::from(random.random_range(0..12));
        (0..count)
            .map(|_| Metric {
                x_m: axis(),
                y_m: axis(),
            })
            .collect()
    }

    fn scanned(anchors: &[Metric], row: usize) -> Vec<(f64, u32)> {
        let mut others: Vec<(f64, u32)> = (0u32..)
            .zip(anchors)
            .filter(|&(other, at)| other as usize != row && finite(*at))
            .map(|(other, &at)| (at.distance_squared(anchors[row]), other))
            .collect();
        others.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        others
    }

    #[test]
    fn the_tree_finds_what_a_scan_finds_with_ties_and_duplicates() {
        let mut anchors = places(700);
        anchors[13].x_m = f64::NAN;
        let (near, band) = (
            nearest(&anchors, 6).unwrap(),
            within(&anchors, 2.0).unwrap(),
        );
        for row in (0..anchors.len()).filter(|&row| row != 13) {
            let others = scanned(&anchors, row);
            let mut expected: Vec<u32> = others[..6].iter().map(|other| other.1).collect();
            expected.sort_unstable();
            assert_eq!(near.list(row), expected, "row {row}");
            let mut expected: Vec<u32> = others
                .iter()
                .filter(|other| other.0 <= 4.0)
                .map(|other| other.1)
                .collect();
            expected.sort_unstable();
            assert_eq!(band.list(row), expected, "row {row}");
        }
        assert!(near.list(13).is_empty() && band.list(13).is_empty());
        assert!(!near.members().contains(&13));
    }

    #[test]
    fn with_fewer_others_than_asked_for_all_are_neighbours() {
        let lists = nearest(&places(3), 8).unwrap();
        assert_eq!([lists.list(0), lists.list(2)], [[1, 2], [0, 1]]);
        assert!(nearest(&places(1), 8).unwrap().list(0).is_empty());
        assert_eq!(nearest(&[], 8).unwrap().len(), 0);
    }

    #[test]
    fn too_many_links_are_refused_before_they_fill_the_memory() {
        let anchors: Vec<Metric> = (0..8000)
            .map(|x| Metric {
                x_m: f64::from(x),
                y_m: 0.0,
            })
            .collect();
        assert!(within(&anchors, 1e9).is_none());
        assert!(nearest(&anchors, 7999).is_none());
        assert_eq!(within(&anchors, 1.0).unwrap().list(1), [0, 2]);
    }
}
