//! Partial states: what is known of a territory so far, to be merged with what is known of another.

use rayon::prelude::*;

use super::exact_sum::ExactSum;
use super::{Figure, LevelFigures, Measure};
use crate::territory::{Level, Territory};

/// A state that grows feature by feature and merges across threads and up the hierarchy; merging in any order gives
/// the same value.
pub(super) trait Partial: Clone + Default + Send + Sync {
    /// Takes in what another state knows.
    fn merge(&mut self, other: &Self);
}

/// Features per task: fixed, so that the order of merging does not depend on the number of threads.
const CHUNK: usize = 1 << 16;

/// A state with how many features it knows, and how many could not be used.
#[derive(Clone, Debug, Default)]
struct Counted<P> {
    state: P,
    n: u64,
    missing: u64,
}

impl<P: Partial> Partial for Counted<P> {
    fn merge(&mut self, other: &Self) {
        self.state.merge(&other.state);
        self.n += other.n;
        self.missing += other.missing;
    }
}

/// Adds each selected feature to the state of the finest territory that holds its anchor, and rolls the states up.
///
/// `add` gets the state, the position of the feature in the selection and its row, and says whether the feature could
/// be used; `finish` makes the figure of a state.
pub(super) fn roll_up<P: Partial>(
    territory: &Territory,
    of: &Measure,
    add: impl Fn(&mut P, usize, usize) -> bool + Sync,
    finish: impl Fn(&P) -> Figure,
) -> Vec<LevelFigures> {
    let homes = territory.homes(&of.selection.layer);
    let count = territory.levels()[0].len();
    let chunk_states = |chunk: usize| {
        let mut states = vec![Counted::<P>::default(); count];
        for position in chunk * CHUNK..((chunk + 1) * CHUNK).min(of.selection.len()) {
            let row = of.selection.row(position);
            if let Some(&Some(home)) = homes.get(row) {
                let counted = &mut states[home as usize];
                let used = add(&mut counted.state, position, row);
                *(if used {
                    &mut counted.n
                } else {
                    &mut counted.missing
                }) += 1;
            }
        }
        states
    };
    let chunks: Vec<Vec<Counted<P>>> = (0..of.selection.len().div_ceil(CHUNK))
        .into_par_iter()
        .map(chunk_states)
        .collect();
    let mut chunks = chunks.into_iter();
    let mut base = chunks
        .next()
        .unwrap_or_else(|| vec![Counted::default(); count]);
    for states in chunks {
        base.iter_mut()
            .zip(&states)
            .for_each(|(into, state)| into.merge(state));
    }
    merge_levels(territory, &base, |counted| {
        finish(&counted.state).counted(counted.n, counted.missing)
    })
}

/// Merges the states of the finest level into those of every level and finishes them.
pub(super) fn merge_levels<P: Partial>(
    territory: &Territory,
    base: &[P],
    finish: impl Fn(&P) -> Figure,
) -> Vec<LevelFigures> {
    let of_level = |level: &Level| {
        let mut states = vec![P::default(); level.len()];
        for (state, above) in base.iter().zip(level.of_base()) {
            if let Some(into) = above.and_then(|above| states.get_mut(above as usize)) {
                into.merge(state);
            }
        }
        states.iter().map(&finish).collect()
    };
    territory.levels().iter().map(of_level).collect()
}

impl Partial for ExactSum {
    fn merge(&mut self, other: &Self) {
        self.merge(other);
    }
}

/// What a weighted mean needs.
#[derive(Clone, Debug, Default)]
pub(super) struct Mean {
    weighted: ExactSum,
    weight: ExactSum,
}

impl Mean {
    pub(super) fn add(&mut self, value: f64, weight: f64) {
        self.weighted.add(value * weight);
        self.weight.add(weight);
    }

    /// The mean times `per`, above and below the line; no value where the weight is zero.
    pub(super) fn finish(&self, per: f64) -> Figure {
        Figure::quotient(Some(self.weighted.total()), Some(self.weight.total()), per)
    }
}

impl Partial for Mean {
    fn merge(&mut self, other: &Self) {
        self.weighted.merge(&other.weighted);
        self.weight.merge(&other.weight);
    }
}

/// All values with their weights, for what cannot be merged from less.
#[derive(Clone, Debug, Default)]
pub(super) struct Values(pub(super) Vec<(f64, f64)>);

impl Partial for Values {
    fn merge(&mut self, other: &Self) {
        self.0.extend_from_slice(&other.0);
    }
}

impl Values {
    pub(super) fn add(&mut self, value: f64, weight: f64) {
        self.0.push((value, weight));
    }

    fn sorted(&self) -> Vec<(f64, f64)> {
        let mut sorted = self.0.clone();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        sorted
    }

    /// Type 7 of Hyndman & Fan (1996): linear between the values at ⌊(n − 1) q⌋ and the next.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 ≤ (n − 1) q < n"
    )]
    pub(super) fn quantile(&self, q: f64) -> Option<f64> {
        let sorted = self.sorted();
        let at = (sorted.len().checked_sub(1)? as f64) * q;
        let (low, high) = (sorted[at.floor() as usize].0, sorted[at.ceil() as usize].0);
        Some(low + (at - at.floor()) * (high - low))
    }

    /// The smallest value up to which at least the share `q` of the weight lies; none where the weight is zero.
    pub(super) fn weighted_quantile(&self, q: f64) -> Option<f64> {
        let sorted: Vec<_> = self
            .sorted()
            .into_iter()
            .filter(|pair| pair.1 > 0.0)
            .collect();
        let total: f64 = sorted.iter().map(|pair| pair.1).sum();
        let mut reached = 0.0;
        let found = sorted.iter().find(|pair| {
            reached += pair.1;
            reached >= q * total
        });
        found.or(sorted.last()).map(|pair| pair.0)
    }

    pub(super) fn min(&self) -> Option<f64> {
        self.0.iter().map(|pair| pair.0).min_by(f64::total_cmp)
    }

    pub(super) fn max(&self) -> Option<f64> {
        self.0.iter().map(|pair| pair.0).max_by(f64::total_cmp)
    }

    /// Sample variance, by two passes over the sorted values.
    pub(super) fn variance(&self) -> Option<f64> {
        let (count, sorted) = (self.0.len() as f64, self.sorted());
        let mean = sorted.iter().map(|pair| pair.0).sum::<f64>() / count;
        (count > 1.0).then(|| {
            sorted
                .iter()
                .map(|pair| (pair.0 - mean).powi(2))
                .sum::<f64>()
                / (count - 1.0)
        })
    }
}
