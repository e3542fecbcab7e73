//! How unevenly groups live over the parts of a territory (E3–E5).

use std::sync::Arc;

use super::parts::{features, finest};
use super::{Figure, LevelFigures, Operation, RollUp, Selection, Swap};
use crate::layer::Layer;
use crate::social::segregation as index;
use crate::territory::Territory;

/// Segregation of groups over the features of a territory, or over its finest territories.
///
/// Territories compare only over parts of the same kind; one with a single part has no segregation to show (0).
#[derive(Clone, Debug)]
pub struct Segregation {
    /// Counts of the groups.
    pub groups: Groups,
    /// Which index.
    pub index: SegregationIndex,
}

/// Where the counts of groups stand.
#[derive(Clone, Debug)]
pub enum Groups {
    /// Columns of the features, by position.
    Columns {
        /// The features.
        of: Selection,
        /// One column per group.
        columns: Vec<usize>,
    },
    /// Indicators at the finest level, one per group.
    Indicators(Vec<String>),
}

/// Which index of segregation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SegregationIndex {
    /// Dissimilarity of the first two groups (Duncan & Duncan 1955).
    Dissimilarity,
    /// Isolation of the first group among all groups.
    Isolation,
    /// Exposure of the first group to the second.
    Interaction,
    /// Theil's information theory index of all groups.
    TheilH,
}

impl SegregationIndex {
    fn name(self) -> &'static str {
        match self {
            Self::Dissimilarity => "dissimilarity",
            Self::Isolation => "isolation",
            Self::Interaction => "interaction",
            Self::TheilH => "information theory index",
        }
    }
}

impl Operation for Segregation {
    fn op(&self) -> &'static str {
        "segregation"
    }

    fn formula(&self) -> String {
        let name = self.index.name();
        match &self.groups {
            Groups::Columns { of, columns } => {
                let names: Vec<_> = columns
                    .iter()
                    .map(|&column| of.layer.columns()[column].name())
                    .collect();
                format!("{name} of {} over {}", names.join(", "), of.layer.id())
            }
            Groups::Indicators(ids) => {
                format!("{name} of {} over the finest territories", ids.join(", "))
            }
        }
    }

    fn roll_up(&self) -> RollUp {
        RollUp::Anew
    }

    fn indicator_inputs(&self) -> Vec<&str> {
        match &self.groups {
            Groups::Indicators(ids) => ids.iter().map(String::as_str).collect(),
            Groups::Columns { .. } => vec![],
        }
    }

    fn layer_inputs(&self) -> Vec<&Arc<Layer>> {
        match &self.groups {
            Groups::Columns { of, .. } => vec![&of.layer],
            Groups::Indicators(_) => vec![],
        }
    }

    fn swapped(&self, swap: Swap<'_>) -> Arc<dyn Operation> {
        let groups = match &self.groups {
            Groups::Columns { of, columns } => Groups::Columns {
                of: swap.selection(of),
                columns: columns.clone(),
            },
            indicators @ Groups::Indicators(_) => indicators.clone(),
        };
        Arc::new(Self {
            groups,
            index: self.index,
        })
    }

    fn evaluate(&self, territory: &Territory) -> Vec<LevelFigures> {
        let members = match &self.groups {
            Groups::Columns { of, .. } => features(territory, of),
            Groups::Indicators(_) => finest(territory),
        };
        let counts = self.counts(territory);
        let figure = |rows: &Vec<u32>| self.figure(&counts, rows);
        let of_level = |level: Vec<Vec<u32>>| level.iter().map(figure).collect();
        members.into_iter().map(of_level).collect()
    }
}

impl Segregation {
    /// Per group the count of every part: by row of the layer, or by finest territory.
    fn counts(&self, territory: &Territory) -> Vec<Vec<Option<f64>>> {
        match &self.groups {
            Groups::Columns { of, columns } => columns
                .iter()
                .map(|&column| {
                    let column = &of.layer.columns()[column];
                    (0..column.len()).map(|row| column.number(row)).collect()
                })
                .collect(),
            Groups::Indicators(ids) => ids
                .iter()
                .map(|id| {
                    let finest = &territory.figures_of(id)[0];
                    finest.iter().map(|figure| figure.value).collect()
                })
                .collect(),
        }
    }

    fn figure(&self, counts: &[Vec<Option<f64>>], rows: &[u32]) -> Figure {
        let inside: Vec<Vec<Option<f64>>> = counts
            .iter()
            .map(|group| rows.iter().map(|&row| group[row as usize]).collect())
            .collect();
        let groups: Vec<&[Option<f64>]> = inside.iter().map(Vec::as_slice).collect();
        let [first, second, ..] = groups.as_slice() else {
            return Figure::default();
        };
        let found = match self.index {
            SegregationIndex::Dissimilarity => index::dissimilarity(first, second),
            SegregationIndex::Isolation => index::isolation(first, &together(&inside)),
            SegregationIndex::Interaction => index::interaction(first, second, &together(&inside)),
            SegregationIndex::TheilH => index::information_theory(&groups),
        };
        let missing = found.left_out as u64;
        Figure::of(found.value).counted(rows.len() as u64 - missing, missing)
    }
}

/// All groups of each part together; none where one is missing.
fn together(groups: &[Vec<Option<f64>>]) -> Vec<Option<f64>> {
    let parts = groups.first().map_or(0, Vec::len);
    (0..parts)
        .map(|part| groups.iter().map(|group| group[part]).sum())
        .collect()
}
