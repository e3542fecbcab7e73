//! Change from one figure to a later one (A10), in per cent, per year, or in the unit of the figures.

use std::sync::Arc;

use super::{Figure, LevelFigures, Operation, RollUp, Swap};
use crate::rate::change;
use crate::territory::Territory;

/// The change between two indicators of the same territory; none where the earlier is zero, unless it is absolute.
///
/// Both are rolled up first: the change of a sector is that of its own two figures, never a mean of changes.
#[derive(Clone, Debug)]
pub struct Change {
    /// Id of the earlier indicator.
    pub from: String,
    /// Id of the later indicator.
    pub to: String,
    /// What is told of the change.
    pub measure: ChangeMeasure,
}

/// What is told of a change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ChangeMeasure {
    /// Later less earlier, in their unit.
    Absolute,
    /// In per cent of the earlier.
    Percent,
    /// Compound growth per year in per cent, over so many years.
    Annual(f64),
}

impl Operation for Change {
    fn op(&self) -> &'static str {
        "change"
    }

    fn formula(&self) -> String {
        let (from, to) = (&self.from, &self.to);
        match self.measure {
            ChangeMeasure::Absolute => format!("{to} − {from}"),
            ChangeMeasure::Percent => format!("({to} − {from}) / |{from}| × 100"),
            ChangeMeasure::Annual(years) => format!("(({to} / {from})^(1/{years}) − 1) × 100"),
        }
    }

    fn roll_up(&self) -> RollUp {
        RollUp::Ratio
    }

    fn indicator_inputs(&self) -> Vec<&str> {
        vec![&self.from, &self.to]
    }

    fn swapped(&self, _: Swap<'_>) -> Arc<dyn Operation> {
        Arc::new(self.clone())
    }

    fn evaluate(&self, territory: &Territory) -> Vec<LevelFigures> {
        let (from, to) = (
            territory.figures_of(&self.from),
            territory.figures_of(&self.to),
        );
        let of_level = |(from, to): (&LevelFigures, &LevelFigures)| {
            from.iter()
                .zip(to)
                .map(|(from, to)| self.between(from, to))
                .collect()
        };
        from.iter().zip(to).map(of_level).collect()
    }
}

impl Change {
    fn between(&self, from: &Figure, to: &Figure) -> Figure {
        let years = match self.measure {
            ChangeMeasure::Annual(years) => years,
            _ => 1.0,
        };
        let change = from
            .value
            .zip(to.value)
            .and_then(|(from, to)| change(from, to, years));
        let value = change.and_then(|change| match self.measure {
            ChangeMeasure::Absolute => Some(change.absolute),
            ChangeMeasure::Percent => change.percent,
            ChangeMeasure::Annual(_) => change.annual_percent,
        });
        Figure {
            numerator: to.value,
            denominator: from.value,
            n: to.n,
            covered: to.covered,
            ..Figure::of(value)
        }
    }
}
