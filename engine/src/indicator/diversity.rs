//! How mixed the features of a territory are (E1, E2): land uses, ages, themes.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::exact_sum::ExactSum;
use super::partial::{Partial, roll_up};
use super::{Figure, LevelFigures, Measure, Operation, RollUp, Swap};
use crate::column::Value;
use crate::layer::Layer;
use crate::social::diversity::{Among, Diversity as Index};
use crate::territory::Territory;

/// Diversity of the categories in a territory, from their weights; none where there is nothing.
#[derive(Clone, Debug)]
pub struct Diversity {
    /// The features; the column is that of the category.
    pub of: Measure,
    /// Which index.
    pub index: DiversityIndex,
}

/// Which index of diversity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiversityIndex {
    /// −Σ p ln p, in nats.
    Shannon,
    /// Shannon's over the largest possible with the categories that are present; none for one category.
    Evenness,
    /// 1 − Σ p² (Gini–Simpson).
    Simpson,
}

impl DiversityIndex {
    fn name(self) -> &'static str {
        match self {
            Self::Shannon => "Shannon diversity",
            Self::Evenness => "Shannon evenness",
            Self::Simpson => "Gini–Simpson diversity",
        }
    }
}

impl Operation for Diversity {
    fn op(&self) -> &'static str {
        "diversity"
    }

    fn formula(&self) -> String {
        format!("{} of {}", self.index.name(), self.of.column_described())
    }

    fn roll_up(&self) -> RollUp {
        RollUp::Anew
    }

    fn layer_inputs(&self) -> Vec<&Arc<Layer>> {
        vec![&self.of.selection.layer]
    }

    fn measures(&self) -> Vec<&Measure> {
        vec![&self.of]
    }

    fn swapped(&self, swap: Swap<'_>) -> Arc<dyn Operation> {
        Arc::new(Self {
            of: swap.measure(&self.of),
            index: self.index,
        })
    }

    fn evaluate(&self, territory: &Territory) -> Vec<LevelFigures> {
        let add = |state: &mut Categories, _, row| {
            let weight = self.of.weight_of(row);
            let category = self
                .of
                .column()
                .map_or(Value::Null, |column| column.value(row));
            let used = weight.filter(|_| category != Value::Null);
            if let Some(weight) = used {
                state.0.entry(category.display()).or_default().add(weight);
            }
            used.is_some()
        };
        roll_up(territory, &self.of, add, |state| state.figure(self.index))
    }
}

/// The weight of each category.
#[derive(Clone, Debug, Default)]
struct Categories(BTreeMap<String, ExactSum>);

impl Partial for Categories {
    fn merge(&mut self, other: &Self) {
        for (category, weight) in &other.0 {
            self.0.entry(category.clone()).or_default().merge(weight);
        }
    }
}

impl Categories {
    fn figure(&self, index: DiversityIndex) -> Figure {
        let weights: Vec<f64> = self.0.values().map(ExactSum::total).collect();
        let found = Index::of(&weights);
        Figure::of(found.and_then(|found| match index {
            DiversityIndex::Shannon => Some(found.shannon),
            DiversityIndex::Evenness => found.evenness(Among::Present),
            DiversityIndex::Simpson => Some(found.simpson),
        }))
    }
}
