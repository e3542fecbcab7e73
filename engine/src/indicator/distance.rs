//! Distance to the nearest facility and the share of people within reach (C1, C2).
//!
//! Distances are Euclidean in the metric CRS, from the anchor of a feature to the facility's point, line or border
//! (zero inside). Facilities outside every territory count too: the nearest may stand across the border.

use rayon::prelude::*;

use super::partial::{Mean, Values, roll_up};
use super::{LevelValues, Measure, Selection, Summary};
use crate::territory::Territory;

pub(super) fn nearest_formula(from: &Measure, to: &Selection, summary: Summary) -> String {
    let summary = match summary {
        Summary::Mean => "mean",
        Summary::Median => "median",
        Summary::Max => "max",
    };
    format!(
        "{summary} Euclidean distance from {} to the nearest of {}",
        described(from),
        to.layer.id()
    )
}

pub(super) fn coverage_formula(from: &Measure, to: &Selection, within_m: f64) -> String {
    format!(
        "% of {} within {within_m} m of {}",
        described(from),
        to.layer.id()
    )
}

/// `blocks weighted by pop`.
pub(super) fn described(from: &Measure) -> String {
    let layer = &from.selection.layer;
    match from.weight {
        Some(position) => format!(
            "{} weighted by {}",
            layer.id(),
            layer.columns()[position].name()
        ),
        None => layer.id().to_owned(),
    }
}

/// Distance in metres to the nearest facility, summarised over the features of each territory.
pub(super) fn nearest(
    territory: &Territory,
    from: &Measure,
    to: &Selection,
    summary: Summary,
) -> Vec<LevelValues> {
    let distances = distances(from, to);
    let measured = |position: usize, row| Some((distances[position]?, from.weight_of(row)?));
    match summary {
        Summary::Mean => {
            let add = |state: &mut Mean, position, row| {
                measured(position, row)
                    .into_iter()
                    .for_each(|(value, weight)| state.add(value, weight));
            };
            roll_up(territory, from, add, Mean::finish)
        }
        Summary::Median | Summary::Max => {
            let add = |state: &mut Values, position, row| {
                let counted = measured(position, row).filter(|(_, weight)| *weight > 0.0);
                counted
                    .into_iter()
                    .for_each(|(value, weight)| state.add(value, weight));
            };
            roll_up(territory, from, add, |values| {
                match (summary, from.weight) {
                    (Summary::Max, _) => values.max(),
                    (_, None) => values.quantile(0.5),
                    (_, Some(_)) => values.weighted_quantile(0.5),
                }
            })
        }
    }
}

/// Percentage of the weight within `within_m` of a facility, the distance included.
pub(super) fn coverage(
    territory: &Territory,
    from: &Measure,
    to: &Selection,
    within_m: f64,
) -> Vec<LevelValues> {
    let distances = distances(from, to);
    let add = |state: &mut Mean, position: usize, row| {
        let covered = distances[position].is_some_and(|distance| distance <= within_m);
        let standing = !from.selection.layer.anchor(row).x_m.is_nan();
        from.weight_of(row)
            .filter(|_| standing)
            .into_iter()
            .for_each(|weight| state.add(if covered { 100.0 } else { 0.0 }, weight));
    };
    roll_up(territory, from, add, Mean::finish)
}

/// For each selected feature the distance in metres to the nearest selected facility; `None` where either is missing.
///
/// Cost O(n log m) on all threads.
fn distances(from: &Measure, to: &Selection) -> Vec<Option<f64>> {
    let (layer, index) = (&to.layer, to.layer.metric_index());
    let one = |position: usize| {
        let anchor = from.selection.layer.anchor(from.selection.row(position));
        let exact = |row| {
            if to.contains(row) {
                layer.distance_squared(row, anchor)
            } else {
                f64::INFINITY
            }
        };
        let (_, squared) = index.nearest(anchor.x_m, anchor.y_m, exact)?;
        squared.is_finite().then(|| squared.sqrt())
    };
    (0..from.selection.len()).into_par_iter().map(one).collect()
}
