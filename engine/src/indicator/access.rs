//! Accessibility by the two-step floating catchment area (D3).
//!
//! Source: Luo & Wang, "Measures of spatial accessibility to health care in a GIS environment" (2003). Step one: the
//! capacity of a facility over the weight of the features within the radius. Step two: a feature's access is the sum
//! of these ratios over the facilities within the radius. A territory has the mean over its weight.

use rayon::prelude::*;

use super::distance::described;
use super::partial::{Mean, roll_up};
use super::{Capacity, LevelValues, Measure, Selection};
use crate::territory::Territory;

pub(super) fn formula(from: &Measure, to: &Selection, within_m: f64, per: f64) -> String {
    format!(
        "2SFCA of {} for {} within {within_m} m × {per}",
        to.layer.id(),
        described(from)
    )
}

/// Mean access of each territory, times `per`.
///
/// A facility that nobody can reach has ratio 0; a feature that reaches none has access 0.
pub(super) fn evaluate(
    territory: &Territory,
    from: &Measure,
    to: &Selection,
    capacity: Capacity,
    within_m: f64,
    per: f64,
) -> Vec<LevelValues> {
    let reach = reachable(from, to, within_m);
    let mut demand = vec![0.0; to.layer.len()];
    for (position, facilities) in reach.iter().enumerate() {
        let weight = from.weight_of(from.selection.row(position)).unwrap_or(0.0);
        facilities
            .iter()
            .for_each(|&facility| demand[facility as usize] += weight);
    }
    let supply = |row: usize| match capacity {
        Capacity::Constant(capacity) => capacity,
        Capacity::Column(position) => to.layer.columns()[position]
            .number(row)
            .filter(|number| number.is_finite())
            .unwrap_or(0.0),
    };
    let ratio = |row: usize| {
        if demand[row] > 0.0 {
            supply(row) / demand[row]
        } else {
            0.0
        }
    };
    let ratios: Vec<f64> = (0..to.layer.len()).map(ratio).collect();
    let access = |position: usize| {
        reach[position]
            .iter()
            .map(|&facility| ratios[facility as usize])
            .sum::<f64>()
            * per
    };
    let add = |state: &mut Mean, position, row| {
        let standing = !from.selection.layer.anchor(row).x_m.is_nan();
        from.weight_of(row)
            .filter(|_| standing)
            .into_iter()
            .for_each(|weight| state.add(access(position), weight));
    };
    roll_up(territory, from, add, Mean::finish)
}

/// For each selected feature the facilities within the radius, ascending.
fn reachable(from: &Measure, to: &Selection, within_m: f64) -> Vec<Vec<u32>> {
    let (layer, index) = (&to.layer, to.layer.metric_index());
    let one = |position: usize| {
        let anchor = from.selection.layer.anchor(from.selection.row(position));
        let window = [
            anchor.x_m - within_m,
            anchor.y_m - within_m,
            anchor.x_m + within_m,
            anchor.y_m + within_m,
        ];
        let mut found = vec![];
        index.search(window, |row| {
            if to.contains(row) && layer.distance_squared(row, anchor) <= within_m * within_m {
                found.push(narrow(row));
            }
        });
        found.sort_unstable();
        found
    };
    (0..from.selection.len()).into_par_iter().map(one).collect()
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a layer has fewer than 2³² features"
)]
fn narrow(row: usize) -> u32 {
    row as u32
}
