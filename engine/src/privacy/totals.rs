//! Numbers of persons per territory: of a source's column, of what an indicator measures.

use std::sync::Arc;

use crate::column::Column;
use crate::indicator::{Figure, LevelFigures, Measure};
use crate::layer::Layer;
use crate::territory::Territory;

/// A column of a layer that counts persons.
pub(super) struct SourceColumn<'t> {
    pub(super) layer: &'t Arc<Layer>,
    pub(super) column: &'t Column,
}

impl SourceColumn<'_> {
    /// The number of each feature; zero where it has none.
    pub(super) fn numbers(&self) -> impl Iterator<Item = f64> {
        (0..self.column.len()).map(|row| {
            let number = self.column.number(row).filter(|number| number.is_finite());
            number.unwrap_or(0.0)
        })
    }

    /// The sums of all territories, level by level.
    pub(super) fn totals(&self, territory: &Territory) -> Vec<f64> {
        let homes = territory.homes(self.layer).iter();
        rolled(
            territory,
            homes
                .zip(self.numbers())
                .filter_map(|(home, number)| Some(((*home)?, number))),
        )
    }
}

/// The weights, or the numbers of the column, of the features in each territory, level by level.
pub(super) fn measured(territory: &Territory, measure: &Measure, weights: bool) -> Vec<f64> {
    let homes = territory.homes(&measure.selection.layer);
    let rows = (0..measure.selection.len()).map(|position| measure.selection.row(position));
    let number = |row| match weights {
        true => measure.weight_of(row),
        false => measure.number(row),
    };
    rolled(
        territory,
        rows.filter_map(|row| Some(((*homes.get(row)?)?, number(row)?))),
    )
}

/// Sums numbers at territories of the finest level, and from there up all levels.
pub(super) fn rolled(territory: &Territory, numbers: impl Iterator<Item = (u32, f64)>) -> Vec<f64> {
    let levels = territory.levels();
    let mut finest = vec![0.0; levels[0].len()];
    numbers.for_each(|(home, number)| finest[home as usize] += number);
    let mut all = vec![];
    for level in levels {
        let mut sums = vec![0.0; level.len()];
        for (number, above) in finest.iter().zip(level.of_base()) {
            if let Some(sum) = above.and_then(|above| sums.get_mut(above as usize)) {
                *sum += number;
            }
        }
        all.extend(sums);
    }
    all
}

/// A number of each figure, zero where there is none, as one list over all levels.
pub(super) fn listed(
    figures: &[LevelFigures],
    number: impl Fn(&Figure) -> Option<f64>,
) -> Vec<f64> {
    let number = |figure| number(figure).filter(|number: &f64| number.is_finite());
    let all = figures.iter().flatten();
    all.map(|figure| number(figure).unwrap_or(0.0)).collect()
}
