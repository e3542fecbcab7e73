//! Accessibility (D1–D4): cumulative opportunities, gravity, and the two-step floating catchment area, as weighted mean
//! over the features of a territory.

use std::sync::Arc;

use super::partial::{Mean, roll_up};
use super::{LevelFigures, Measure, Operation, RollUp, Selection, Swap};
use crate::layer::Layer;
use crate::reach::{Catchment, Decay, Facilities, Reach};
use crate::space::Metric;
use crate::territory::Territory;

/// How much of what facilities offer a feature reaches, times `per`.
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
    /// How reach is reckoned.
    pub method: AccessMethod,
    /// Radius of the catchments, and what distance does inside.
    pub catchment: Catchment,
    /// Factor, such as 10,000 for places per 10,000 persons.
    pub per: f64,
}

/// How reach is reckoned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessMethod {
    /// The sum of what is offered within reach: cumulative opportunities without decay, gravity with.
    Opportunities,
    /// What is offered is shared by all who reach it: 2SFCA without decay, E2SFCA with.
    FloatingCatchment,
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
        let method = match (self.method, self.catchment.decay) {
            (AccessMethod::Opportunities, Decay::None) => "opportunities",
            (AccessMethod::Opportunities, _) => "gravity",
            (AccessMethod::FloatingCatchment, Decay::None) => "2SFCA",
            (AccessMethod::FloatingCatchment, _) => "E2SFCA",
        };
        let decay = match self.catchment.decay {
            Decay::None => String::new(),
            Decay::Thirds => ", weights 1, 0.68, 0.22 by thirds".to_owned(),
            Decay::Exponential { scale_m } => format!(", weights exp(−d / {scale_m} m)"),
            Decay::Gaussian { deviation_m } => {
                format!(", weights exp(−d² / 2 ({deviation_m} m)²)")
            }
            Decay::Power { exponent, .. } => format!(", weights d^−{exponent}"),
        };
        format!(
            "{method} of {} for {} within {} m{decay} × {}",
            self.to.layer.id(),
            self.from.described(),
            self.catchment.within_m,
            self.per
        )
    }

    fn roll_up(&self) -> RollUp {
        RollUp::Mean
    }

    fn layer_inputs(&self) -> Vec<&Arc<Layer>> {
        vec![&self.from.selection.layer, &self.to.layer]
    }

    fn measures(&self) -> Vec<&Measure> {
        vec![&self.from]
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
        let places: Vec<Metric> = from.selection.anchors().collect();
        let facilities = Facilities::of(&to.layer, to.rows.as_deref());
        let reach = Reach::new(&facilities, &places, self.catchment);
        let offered: Vec<f64> = (0..to.len()).map(|at| self.supply(to.row(at))).collect();
        let access = match self.method {
            AccessMethod::Opportunities => reach.opportunities(&offered),
            AccessMethod::FloatingCatchment => {
                let weight = |at| from.weight_of(from.selection.row(at)).unwrap_or(0.0);
                let demand: Vec<f64> = (0..places.len()).map(weight).collect();
                reach.floating_catchment(&demand, &offered)
            }
        };
        let add = |state: &mut Mean, position: usize, row| {
            let measured = access[position].zip(from.weight_of(row));
            measured
                .into_iter()
                .for_each(|(access, weight)| state.add(access, weight));
            measured.is_some()
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
