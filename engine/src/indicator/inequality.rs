//! How unequally a value is spread inside a territory (E7, D6).

use std::sync::Arc;

use super::parts::{features, finest};
use super::{Figure, LevelFigures, Measure, Operation, RollUp, Swap};
use crate::layer::Layer;
use crate::social::inequality::Distribution;
use crate::territory::Territory;

/// Inequality of a value over the features of a territory, or over its finest territories.
#[derive(Clone, Debug)]
pub struct Inequality {
    /// What is spread.
    pub of: Spread,
    /// Which index.
    pub index: InequalityIndex,
}

/// What is spread, over what.
#[derive(Clone, Debug)]
pub enum Spread {
    /// A column of features, each with its weight.
    Features(Measure),
    /// An indicator over the finest territories.
    Territories {
        /// Id of the indicator.
        of: String,
        /// Id of the indicator that weighs each, such as the population.
        weight: Option<String>,
    },
}

/// Which index of inequality.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum InequalityIndex {
    /// Gini coefficient.
    Gini,
    /// Share of the top tenth over that of the bottom four tenths.
    Palma,
    /// Theil's T.
    Theil,
    /// Atkinson's index with this aversion to inequality.
    Atkinson(f64),
}

impl Operation for Inequality {
    fn op(&self) -> &'static str {
        "inequality"
    }

    fn formula(&self) -> String {
        let index = match self.index {
            InequalityIndex::Gini => "Gini coefficient".to_owned(),
            InequalityIndex::Palma => "Palma ratio".to_owned(),
            InequalityIndex::Theil => "Theil's T".to_owned(),
            InequalityIndex::Atkinson(aversion) => format!("Atkinson's index (ε = {aversion})"),
        };
        match &self.of {
            Spread::Features(of) => format!("{index} of {}", of.column_described()),
            Spread::Territories { of, .. } => {
                format!("{index} of {of} over the finest territories")
            }
        }
    }

    fn roll_up(&self) -> RollUp {
        RollUp::Anew
    }

    fn indicator_inputs(&self) -> Vec<&str> {
        match &self.of {
            Spread::Features(_) => vec![],
            Spread::Territories { of, weight } => {
                let weight = weight.as_deref();
                [Some(of.as_str()), weight].into_iter().flatten().collect()
            }
        }
    }

    fn layer_inputs(&self) -> Vec<&Arc<Layer>> {
        match &self.of {
            Spread::Features(of) => vec![&of.selection.layer],
            Spread::Territories { .. } => vec![],
        }
    }

    fn measures(&self) -> Vec<&Measure> {
        match &self.of {
            Spread::Features(of) => vec![of],
            Spread::Territories { .. } => vec![],
        }
    }

    fn swapped(&self, swap: Swap<'_>) -> Arc<dyn Operation> {
        let of = match &self.of {
            Spread::Features(of) => Spread::Features(swap.measure(of)),
            territories @ Spread::Territories { .. } => territories.clone(),
        };
        Arc::new(Self {
            of,
            index: self.index,
        })
    }

    fn evaluate(&self, territory: &Territory) -> Vec<LevelFigures> {
        let members = match &self.of {
            Spread::Features(of) => features(territory, &of.selection),
            Spread::Territories { .. } => finest(territory),
        };
        let figure = |rows: &Vec<u32>| {
            let parts = rows.iter().map(|&row| self.part(territory, row as usize));
            let (values, weights): (Vec<_>, Vec<_>) = parts.unzip();
            self.figure(&values, &weights)
        };
        let of_level = |level: Vec<Vec<u32>>| level.iter().map(figure).collect();
        members.into_iter().map(of_level).collect()
    }
}

impl Inequality {
    /// Value and weight of a part.
    fn part(&self, territory: &Territory, row: usize) -> (Option<f64>, Option<f64>) {
        match &self.of {
            Spread::Features(of) => (of.number(row), of.weight_of(row)),
            Spread::Territories { of, weight } => {
                let at = |id: &str| territory.figures_of(id)[0][row].value;
                (at(of), weight.as_deref().map_or(Some(1.0), at))
            }
        }
    }

    fn figure(&self, values: &[Option<f64>], weights: &[Option<f64>]) -> Figure {
        let Ok(distribution) = Distribution::new(values, Some(weights)) else {
            return Figure::default().counted(0, values.len() as u64);
        };
        let value = match self.index {
            InequalityIndex::Gini => Some(distribution.gini()),
            InequalityIndex::Palma => distribution.palma(),
            InequalityIndex::Theil => Some(distribution.theil_t()),
            InequalityIndex::Atkinson(aversion) => distribution.atkinson(aversion),
        };
        let (n, missing) = (distribution.count(), distribution.left_out());
        Figure::of(value).counted(n as u64, missing as u64)
    }
}
