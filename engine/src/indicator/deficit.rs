//! What is lacking to keep a standard, and what closing the gap takes (C5, C6).
//!
//! The gap is taken in each finest territory; upper levels have the sum of what is lacking, since a surplus in one
//! district serves nobody in another. Required and available stand beside the value: their difference is the net.

use std::sync::Arc;

use super::partial::{Partial, merge_levels};
use super::{Coverage, Figure, LevelFigures, Measure, Operation, RollUp, Standard, Swap};
use crate::deficit::{Closing, Gap};
use crate::layer::Layer;
use crate::territory::Territory;

/// The gap between what a standard requires and what there is.
#[derive(Clone, Debug)]
pub struct Deficit {
    /// What is required and what there is.
    pub gap: GapOf,
    /// What the value says of the gap.
    pub measure: DeficitMeasure,
}

/// What is required and what there is.
#[derive(Clone, Debug)]
pub enum GapOf {
    /// Of an indicator that is a quotient times `per`: required is the standard times the denominator, available the
    /// numerator; for a standard with a largest value the other way round.
    Quotient {
        /// Id of the indicator.
        of: String,
        /// Factor of the quotient.
        per: f64,
        /// Its standard.
        standard: Standard,
    },
    /// Of a distance: required are all persons, available those within the largest distance of the standard.
    Reach {
        /// Id of the indicator that measures the distance.
        of: String,
        /// Persons within the distance.
        coverage: Coverage,
    },
}

/// What the value says of the gap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DeficitMeasure {
    /// How much is lacking.
    Amount,
    /// How many whole units of this size each finest territory lacks.
    Units(f64),
    /// What it costs: so much for each of what is lacking, or for each whole unit of a size.
    Cost {
        /// What a unit provides; without one it provides 1 and may be divided.
        unit_size: Option<f64>,
        /// What a unit costs.
        unit_cost: f64,
    },
}

impl Operation for Deficit {
    fn op(&self) -> &'static str {
        "deficit"
    }

    fn formula(&self) -> String {
        let gap = match &self.gap {
            GapOf::Quotient { of, standard, .. } => match standard.min {
                Some(min) => format!("{of} to the standard of at least {min}"),
                None => format!(
                    "{of} to the standard of at most {}",
                    standard.max.unwrap_or(f64::INFINITY)
                ),
            },
            GapOf::Reach { coverage, .. } => format!(
                "{} beyond {} m of {}",
                coverage.from.described(),
                coverage.within_m,
                coverage.to.layer.id()
            ),
        };
        match self.measure {
            DeficitMeasure::Amount => format!("what is lacking of {gap}"),
            DeficitMeasure::Units(size) => format!("⌈what is lacking of {gap} / {size}⌉"),
            DeficitMeasure::Cost {
                unit_size: Some(size),
                unit_cost,
            } => format!("⌈what is lacking of {gap} / {size}⌉ × {unit_cost}"),
            DeficitMeasure::Cost { unit_cost, .. } => {
                format!("what is lacking of {gap} × {unit_cost}")
            }
        }
    }

    fn roll_up(&self) -> RollUp {
        RollUp::Sum
    }

    fn indicator_inputs(&self) -> Vec<&str> {
        match &self.gap {
            GapOf::Quotient { of, .. } | GapOf::Reach { of, .. } => vec![of],
        }
    }

    fn layer_inputs(&self) -> Vec<&Arc<Layer>> {
        match &self.gap {
            GapOf::Quotient { .. } => vec![],
            GapOf::Reach { coverage, .. } => coverage.layer_inputs(),
        }
    }

    fn measures(&self) -> Vec<&Measure> {
        match &self.gap {
            GapOf::Quotient { .. } => vec![],
            GapOf::Reach { coverage, .. } => vec![&coverage.from],
        }
    }

    fn swapped(&self, swap: Swap<'_>) -> Arc<dyn Operation> {
        let gap = match &self.gap {
            GapOf::Reach { of, coverage } => GapOf::Reach {
                of: of.clone(),
                coverage: coverage.on(swap),
            },
            quotient @ GapOf::Quotient { .. } => quotient.clone(),
        };
        Arc::new(Self {
            gap,
            ..self.clone()
        })
    }

    fn evaluate(&self, territory: &Territory) -> Vec<LevelFigures> {
        let finest = match &self.gap {
            GapOf::Quotient { of, .. } => territory.figures_of(of)[0].clone(),
            GapOf::Reach { coverage, .. } => coverage.evaluate(territory).swap_remove(0),
        };
        let states: Vec<Lack> = finest.iter().map(|figure| self.lack(figure)).collect();
        merge_levels(territory, &states, |lack| lack.figure(self.measure))
    }
}

impl Deficit {
    /// What one finest territory lacks.
    fn lack(&self, figure: &Figure) -> Lack {
        let amounts = self.required_and_available(figure);
        let gap = amounts.and_then(|(required, available)| Gap::new(required, available));
        let (Some((required, available)), Some(gap)) = (amounts, gap) else {
            return Lack {
                missing: 1,
                ..Lack::default()
            };
        };
        let closing = match self.measure {
            DeficitMeasure::Amount
            | DeficitMeasure::Cost {
                unit_size: None, ..
            } => None,
            DeficitMeasure::Units(size) => Closing::new(gap.shortfall(), size, 0.0, 0.0),
            DeficitMeasure::Cost {
                unit_size: Some(size),
                unit_cost,
            } => Closing::new(gap.shortfall(), size, unit_cost, 0.0),
        };
        let mut lack = Lack {
            gap,
            closing: closing.unwrap_or_default(),
            ..Lack::default()
        };
        lack.required.add(required);
        lack.available.add(available);
        lack
    }

    fn required_and_available(&self, figure: &Figure) -> Option<(f64, f64)> {
        let (above, below) = (figure.numerator?, figure.denominator?);
        match &self.gap {
            GapOf::Reach { .. } => Some((below, above)),
            GapOf::Quotient { per, standard, .. } => match (standard.min, standard.max) {
                (Some(min), _) => Some((min * below / per, above)),
                (None, Some(max)) => Some((above, max * below / per)),
                (None, None) => None,
            },
        }
    }
}

/// What territories lack, added up.
#[derive(Clone, Debug, Default)]
struct Lack {
    gap: Gap,
    closing: Closing,
    required: super::ExactSum,
    available: super::ExactSum,
    missing: u64,
}

impl Partial for Lack {
    fn merge(&mut self, other: &Self) {
        self.gap.merge(&other.gap);
        self.closing.merge(&other.closing);
        self.required.merge(&other.required);
        self.available.merge(&other.available);
        self.missing += other.missing;
    }
}

impl Lack {
    /// Required above, available below; no value where nothing is known.
    fn figure(&self, measure: DeficitMeasure) -> Figure {
        let value = match measure {
            DeficitMeasure::Amount => self.gap.shortfall(),
            DeficitMeasure::Units(_) => self.closing.units(),
            DeficitMeasure::Cost {
                unit_size: Some(_), ..
            } => self.closing.cost(),
            DeficitMeasure::Cost { unit_cost, .. } => self.gap.shortfall() * unit_cost,
        };
        let known = self.gap.zones() > 0;
        Figure {
            numerator: known.then(|| self.required.total()),
            denominator: known.then(|| self.available.total()),
            ..Figure::of(known.then_some(value))
        }
        .counted(self.gap.zones(), self.missing)
    }
}
