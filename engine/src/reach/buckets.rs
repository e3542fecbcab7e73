//! Sites sorted into equal cells, to find those around a square.

use super::site::Site;
use crate::number::{narrow, whole};
use crate::space::Metric;

/// A square with so many sites in it is not worth a list of its own: its quarters are.
const MANY: u32 = 8;
/// Deepest level of the cells.
const MAX_DEPTH: u32 = 10;

/// A square of a quadtree, and the part of its level's lists that it has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Square {
    pub(super) x: u32,
    pub(super) y: u32,
    pub(super) node: usize,
    pub(super) first: usize,
    pub(super) end: usize,
}

/// Sites in the cells of a square, row by row.
pub(super) struct Buckets<S> {
    min: Metric,
    cell_m: f64,
    depth: u32,
    starts: Vec<u32>,
    pub(super) sites: Vec<S>,
    /// How many sites stand in each square, for each depth.
    counts: Vec<Vec<u32>>,
}

impl<S: Site> Buckets<S> {
    /// Sorts the sites within a square. Cost O(n).
    pub(super) fn new(sites: Vec<S>, min: Metric, side_m: f64) -> Self {
        let squares = if S::IS_PLACE { sites.len() / 2 } else { 1 };
        let depth = (squares.max(1).ilog2() / 2).min(MAX_DEPTH);
        let mut buckets = Self {
            min,
            cell_m: side_m / f64::from(1_u32 << depth),
            depth,
            starts: vec![0; (1 << (2 * depth)) + 1],
            sites: vec![],
            counts: vec![],
        };
        buckets.sort(sites);
        buckets.count();
        buckets
    }

    fn sort(&mut self, sites: Vec<S>) {
        if self.depth == 0 {
            self.starts[1] = narrow(sites.len());
            self.sites = sites;
            return;
        }
        let cell_of = |site: &S| {
            let at = site.place();
            let (x, y) = (
                self.step(at.x_m - self.min.x_m),
                self.step(at.y_m - self.min.y_m),
            );
            (y << self.depth) + x
        };
        let cells: Vec<u32> = sites.iter().map(|site| narrow(cell_of(site))).collect();
        let mut starts = vec![0; self.starts.len()];
        cells
            .iter()
            .for_each(|&cell| starts[cell as usize + 1] += 1);
        for cell in 1..starts.len() {
            starts[cell] += starts[cell - 1];
        }
        let mut next = starts.clone();
        let mut sorted = sites.clone();
        for (site, &cell) in sites.iter().zip(&cells) {
            sorted[next[cell as usize] as usize] = *site;
            next[cell as usize] += 1;
        }
        (self.starts, self.sites) = (starts, sorted);
    }

    /// Counts from the cells up to the whole.
    fn count(&mut self) {
        let cells = self.starts.windows(2).map(|cell| cell[1] - cell[0]);
        let mut counts = vec![cells.collect::<Vec<u32>>()];
        for depth in (0..self.depth).rev() {
            let (side, below) = (1_usize << depth, &counts[counts.len() - 1]);
            let of = |square: usize| {
                let (x, y) = (square % side * 2, square / side * 2);
                let at = y * side * 2 + x;
                below[at] + below[at + 1] + below[at + side * 2] + below[at + side * 2 + 1]
            };
            let level = (0..side * side).map(of).collect();
            counts.push(level);
        }
        counts.reverse();
        self.counts = counts;
    }

    /// Whether a square of some depth is larger than a cell and many sites stand in it.
    pub(super) fn are_many(&self, square: &Square, depth: u32) -> bool {
        depth < self.depth && self.count_in(square, depth) > MANY
    }

    fn count_in(&self, square: &Square, depth: u32) -> u32 {
        self.counts[depth as usize][((square.y as usize) << depth) + square.x as usize]
    }

    /// Fills `around` with the numbers of all sites that can be nearest to a place in the square, and with others.
    ///
    /// The square must stand in one with sites, and its depth must not be below that of the cells.
    pub(super) fn gather(
        &self,
        square: &Square,
        depth: u32,
        middle: Metric,
        side_m: f64,
        around: &mut Vec<u32>,
    ) {
        around.clear();
        if self.depth == 0 {
            around.extend(0..narrow(self.sites.len()));
            return;
        }
        let least = self.least_distance_squared(square, depth, middle);
        // From the middle to a corner the distance to the nearest site grows by the half diagonal at most, and that of
        // another site falls by as much.
        let radius_m = (least.sqrt() + side_m * std::f64::consts::SQRT_2) * (1.0 + 1e-6);
        let (x, y) = (middle.x_m - self.min.x_m, middle.y_m - self.min.y_m);
        let (left, right) = (self.step(x - radius_m), self.step(x + radius_m));
        for row in self.step(y - radius_m)..=self.step(y + radius_m) {
            let first = row << self.depth;
            let sites = self.starts[first + left]..self.starts[first + right + 1];
            around.extend(sites.filter(|&site| {
                let distance = self.sites[site as usize].distance_squared(middle);
                distance <= radius_m * radius_m
            }));
        }
    }

    /// The least squared distance from the middle of a square to a site in it, or in a square around it.
    fn least_distance_squared(&self, square: &Square, depth: u32, middle: Metric) -> f64 {
        let (mut around, mut level) = (*square, depth);
        while level > 0 && self.count_in(&around, level) == 0 {
            (around.x, around.y, level) = (around.x / 2, around.y / 2, level - 1);
        }
        let below = self.depth - level;
        let (left, bottom) = ((around.x as usize) << below, (around.y as usize) << below);
        let width = 1_usize << below;
        let mut least = f64::INFINITY;
        for row in bottom..bottom + width {
            let first = (row << self.depth) + left;
            for site in
                &self.sites[self.starts[first] as usize..self.starts[first + width] as usize]
            {
                least = least.min(site.distance_squared(middle));
            }
        }
        least
    }

    /// Column or row of the cell at some metres from the corner; those beyond belong to the outermost.
    fn step(&self, metres: f64) -> usize {
        whole(metres / self.cell_m).min((1 << self.depth) - 1)
    }
}
