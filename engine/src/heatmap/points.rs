//! The features of a surface in the buckets of a grid: those near a place are a few runs of one array.

use super::surface::Keep;
use crate::number::{narrow, whole};

/// A bump: where a feature stands, how high it rises and how far it reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Bump {
    pub(super) x_m: f64,
    pub(super) y_m: f64,
    /// Density per km² at the feature itself.
    pub(super) top: f64,
    pub(super) reach_m: f64,
}

/// Bumps sorted into square buckets, those of a bucket in the order of their features.
#[derive(Clone, Debug, Default)]
pub(super) struct Points {
    min_x_m: f64,
    min_y_m: f64,
    side_m: f64,
    columns: usize,
    rows: usize,
    /// Per bucket, row by row from the south-west, where its bumps start.
    starts: Vec<u32>,
    bumps: Vec<Bump>,
    /// Row of each bump's feature in its layer.
    features: Vec<u32>,
    reach_max_m: f64,
    reach_min_m: f64,
    top_max: f64,
}

/// A bucket is this part of the largest reach wide, where the bumps are dense enough.
const BUCKETS_PER_REACH: f64 = 4.0;
/// Buckets for a bump, at most.
const BUCKETS_PER_BUMP: usize = 2;

impl Points {
    /// Sorts bumps and the rows of their features. All coordinates must be finite. Cost O(n).
    pub(super) fn new(bumps: &[Bump], features: &[u32]) -> Self {
        let Some([west, south, east, north]) = extent(bumps) else {
            return Self::default();
        };
        let reach_max_m = bumps
            .iter()
            .fold(0.0, |most: f64, bump| most.max(bump.reach_m));
        let most = (bumps.len() * BUCKETS_PER_BUMP).max(64) as f64;
        let (width, height) = (east - west, north - south);
        let side_m = (reach_max_m / BUCKETS_PER_REACH)
            .max(width / most)
            .max(height / most)
            .max((width / most * height).sqrt())
            .max(f64::MIN_POSITIVE);
        let mut points = Self {
            min_x_m: west,
            min_y_m: south,
            side_m,
            columns: whole(width / side_m) + 1,
            rows: whole(height / side_m) + 1,
            starts: vec![],
            bumps: vec![Bump::default(); bumps.len()],
            features: vec![0; bumps.len()],
            reach_max_m,
            reach_min_m: bumps
                .iter()
                .fold(f64::INFINITY, |least, bump| least.min(bump.reach_m)),
            top_max: bumps.iter().fold(0.0, |most, bump| most.max(bump.top)),
        };
        points.sort(bumps, features);
        points
    }

    /// Counting sort: sizes of the buckets, their starts, then each bump to its place.
    fn sort(&mut self, bumps: &[Bump], features: &[u32]) {
        let buckets: Vec<u32> = bumps.iter().map(|bump| narrow(self.bucket(bump))).collect();
        let mut starts = vec![0u32; self.columns * self.rows + 1];
        buckets
            .iter()
            .for_each(|&bucket| starts[bucket as usize + 1] += 1);
        for bucket in 1..starts.len() {
            starts[bucket] += starts[bucket - 1];
        }
        let mut next = starts.clone();
        for ((bump, feature), bucket) in bumps.iter().zip(features).zip(buckets) {
            let place = &mut next[bucket as usize];
            self.bumps[*place as usize] = *bump;
            self.features[*place as usize] = *feature;
            *place += 1;
        }
        self.starts = starts;
    }

    fn bucket(&self, bump: &Bump) -> usize {
        let column = whole((bump.x_m - self.min_x_m) / self.side_m).min(self.columns - 1);
        let row = whole((bump.y_m - self.min_y_m) / self.side_m).min(self.rows - 1);
        row * self.columns + column
    }

    pub(super) fn bumps(&self) -> &[Bump] {
        &self.bumps
    }

    /// The largest reach of a bump in metres.
    pub(super) fn reach_max_m(&self) -> f64 {
        self.reach_max_m
    }

    /// Whether all bumps reach equally far.
    pub(super) fn is_even(&self) -> bool {
        self.reach_min_m == self.reach_max_m
    }

    /// The highest top of a bump.
    pub(super) fn top_max(&self) -> f64 {
        self.top_max
    }

    /// The rows of the features, in the order of the bumps.
    pub(super) fn features(&self) -> &[u32] {
        &self.features
    }

    /// Runs of [`bumps`](Self::bumps) that hold all within a box of metres, and some around it.
    pub(super) fn runs(
        &self,
        [west, south, east, north]: [f64; 4],
    ) -> impl Iterator<Item = std::ops::Range<usize>> {
        let bucket = |at: f64, min: f64, count: usize| {
            whole((at - min) / self.side_m).min(count.saturating_sub(1))
        };
        let (left, right) = (
            bucket(west, self.min_x_m, self.columns),
            bucket(east, self.min_x_m, self.columns),
        );
        let (bottom, top) = (
            bucket(south, self.min_y_m, self.rows),
            bucket(north, self.min_y_m, self.rows),
        );
        let rows = if self.bumps.is_empty() {
            0..0
        } else {
            bottom..top + 1
        };
        rows.map(move |row| {
            let first = row * self.columns;
            self.starts[first + left] as usize..self.starts[first + right + 1] as usize
        })
        .filter(|run| !run.is_empty())
    }

    /// Those of the bumps that may be felt in a box of metres and whose features `keep` keeps.
    pub(super) fn kept(&self, [west, south, east, north]: [f64; 4], keep: Keep<'_>) -> Self {
        let (mut bumps, mut features) = (vec![], vec![]);
        let reach = self.reach_max_m;
        for run in self.runs([west - reach, south - reach, east + reach, north + reach]) {
            for (bump, &feature) in self.bumps[run.clone()].iter().zip(&self.features[run]) {
                if keep(feature as usize) {
                    bumps.push(*bump);
                    features.push(feature);
                }
            }
        }
        Self {
            top_max: self.top_max,
            ..Self::new(&bumps, &features)
        }
    }

    /// West, south, east, north of everything that is felt.
    pub(super) fn extent_m(&self) -> Option<[f64; 4]> {
        let [west, south, east, north] = extent(&self.bumps)?;
        let reach = self.reach_max_m;
        Some([west - reach, south - reach, east + reach, north + reach])
    }
}

fn extent(bumps: &[Bump]) -> Option<[f64; 4]> {
    let first = bumps.first()?;
    let grow = |[west, south, east, north]: [f64; 4], bump: &Bump| {
        [
            west.min(bump.x_m),
            south.min(bump.y_m),
            east.max(bump.x_m),
            north.max(bump.y_m),
        ]
    };
    let start = [first.x_m, first.y_m, first.x_m, first.y_m];
    Some(bumps.iter().fold(start, grow))
}
