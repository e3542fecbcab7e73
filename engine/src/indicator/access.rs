//! Accessibility by the two-step floating catchment area (D3).
//!
//! Source: Luo & Wang, "Measures of spatial accessibility to health care in a GIS environment" (2003). Step one: the
//! capacity of a facility over the weight of the features within the radius. Step two: a feature's access is the sum
//! of these ratios over the facilities within the radius. A territory has the mean over its weight.

use std::sync::Arc;

use rayon::prelude::*;

use super::partial::{Mean, roll_up};
use super::{LevelFigures, Measure, Operation, RollUp, Selection, Swap};
use crate::layer::Layer;
use crate::territory::Territory;

/// Accessibility by the two-step floating catchment area (D3), as weighted mean over the features, times `per`.
///
/// A facility that nobody can reach has ratio 0; a feature that reaches none has access 0.
#[derive(Clone, Debug)]
pub struct Access {
    /// The features, weighed by persons for instance.
    pub from: Measure,
    /// The facilities.
    pub to: Selection,
    /// What each facility offers.
    pub capacity: Capacity,
    /// Radius of the catchments in metres.
    pub within_m: f64,
    /// Factor, such as 10,000 for places per 10,000 persons.
    pub per: f64,
}

/// What a facility offers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Capacity {
    /// The same for each.
    Constant(f64),
    /// A column of the facilities' layer, by position.
    Column(usize),
}

impl Operation for Access {
    fn op(&self) -> &'static str {
        "access"
    }

    fn formula(&self) -> String {
        format!(
            "2SFCA of {} for {} within {} m × {}",
            self.to.layer.id(),
            self.from.described(),
            self.within_m,
            self.per
        )
    }

    fn roll_up(&self) -> RollUp {
        RollUp::Mean
    }

    fn layer_inputs(&self) -> Vec<&Arc<Layer>> {
        vec![&self.from.selection.layer, &self.to.layer]
    }

    fn swapped(&self, swap: Swap<'_>) -> Arc<dyn Operation> {
        Arc::new(Self {
            from: swap.measure(&self.from),
            to: swap.selection(&self.to),
            ..self.clone()
        })
    }

    fn evaluate(&self, territory: &Territory) -> Vec<LevelFigures> {
        let (from, to) = (&self.from, &self.to);
        let reach = reachable(from, to, self.within_m);
        let mut demand = vec![0.0; to.layer.len()];
        for (position, facilities) in reach.iter().enumerate() {
            let weight = from.weight_of(from.selection.row(position)).unwrap_or(0.0);
            facilities
                .iter()
                .for_each(|&facility| demand[facility as usize] += weight);
        }
        let ratio = |row: usize| {
            if demand[row] > 0.0 {
                self.supply(row) / demand[row]
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
        };
        let add = |state: &mut Mean, position, row| {
            let standing = !from.selection.layer.anchor(row).x_m.is_nan();
            let weight = from.weight_of(row).filter(|_| standing);
            weight
                .into_iter()
                .for_each(|weight| state.add(access(position), weight));
            weight.is_some()
        };
        roll_up(territory, from, add, |mean| mean.finish(self.per))
    }
}

impl Access {
    /// What the facility in a row offers; nothing where the number is missing.
    fn supply(&self, row: usize) -> f64 {
        match self.capacity {
            Capacity::Constant(capacity) => capacity,
            Capacity::Column(position) => self.to.layer.columns()[position]
                .number(row)
                .filter(|number| number.is_finite())
                .unwrap_or(0.0),
        }
    }
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
