//! What a territory is made of: the features that stand in it, or its finest territories.

use super::Selection;
use crate::territory::{Level, Territory};

/// For every level, for each of its territories, ascending numbers.
pub(super) type Members = Vec<Vec<Vec<u32>>>;

/// For every territory of every level the rows of the selected features whose anchors stand in it.
pub(super) fn features(territory: &Territory, selection: &Selection) -> Members {
    let homes = territory.homes(&selection.layer);
    let mut of_base: Vec<Vec<u32>> = vec![vec![]; territory.levels()[0].len()];
    for position in 0..selection.len() {
        let row = selection.row(position);
        if let (Some(&Some(home)), Ok(row)) = (homes.get(row), u32::try_from(row)) {
            of_base[home as usize].push(row);
        }
    }
    let of_level = |level: &Level| {
        let mut members = vec![vec![]; level.len()];
        for (rows, above) in of_base.iter().zip(level.of_base()) {
            if let Some(into) = above.and_then(|above| members.get_mut(above as usize)) {
                into.extend_from_slice(rows);
            }
        }
        members.iter_mut().for_each(|rows| rows.sort_unstable());
        members
    };
    territory.levels().iter().map(of_level).collect()
}

/// For every territory of every level the rows of the finest territories in it.
pub(super) fn finest(territory: &Territory) -> Members {
    let of_level = |level: &Level| {
        let mut members = vec![vec![]; level.len()];
        for (row, above) in (0u32..).zip(level.of_base()) {
            if let Some(into) = above.and_then(|above| members.get_mut(above as usize)) {
                into.push(row);
            }
        }
        members
    };
    territory.levels().iter().map(of_level).collect()
}
