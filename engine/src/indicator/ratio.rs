//! Ratios, shares, rates and densities (A5–A7): a quotient of two figures of the same territory, at every level.
//!
//! Both terms are rolled up first, so the value of a sector is the ratio of its sums, never a mean of ratios.

use std::sync::Arc;

use super::{Figure, LevelFigures, Operation, RollUp, Swap};
use crate::territory::{Level, Territory};

/// A quotient of two figures of the same territory, times `per`; no value where the denominator is zero.
#[derive(Clone, Debug)]
pub struct Ratio {
    /// Above the line.
    pub numerator: Term,
    /// Below the line.
    pub denominator: Term,
    /// Factor, such as 10,000 for a rate per 10,000.
    pub per: f64,
}

/// One side of a ratio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// Another indicator, by id.
    Indicator(String),
    /// Area of the territory in hectares.
    AreaHa,
    /// Area of the territory in km².
    AreaKm2,
    /// Length of the territory's outline in metres.
    PerimeterM,
}

impl Term {
    /// Its id in the project file.
    pub fn id(&self) -> &str {
        match self {
            Self::Indicator(id) => id,
            Self::AreaHa => "area_ha",
            Self::AreaKm2 => "area_km2",
            Self::PerimeterM => "perimeter_m",
        }
    }

    /// The id of the indicator, where it is one.
    pub fn indicator(&self) -> Option<&str> {
        match self {
            Self::Indicator(id) => Some(id),
            _ => None,
        }
    }

    /// The figures of a level.
    pub(super) fn at(&self, territory: &Territory, position: usize, level: &Level) -> LevelFigures {
        let each = |measure: &dyn Fn(usize) -> f64| {
            (0..level.len())
                .map(|row| Figure::of(Some(measure(row))).counted(1, 0))
                .collect()
        };
        match self {
            Self::AreaHa => each(&|row| level.area_m2(row) / 10_000.0),
            Self::AreaKm2 => each(&|row| level.area_m2(row) / 1_000_000.0),
            Self::PerimeterM => each(&|row| level.perimeter_m(row)),
            Self::Indicator(id) => territory.figures_of(id)[position].clone(),
        }
    }
}

impl Operation for Ratio {
    fn op(&self) -> &'static str {
        "ratio"
    }

    fn formula(&self) -> String {
        let factor = if self.per == 1.0 {
            String::new()
        } else {
            format!(" × {}", self.per)
        };
        format!(
            "{} / {}{factor}",
            self.numerator.id(),
            self.denominator.id()
        )
    }

    fn roll_up(&self) -> RollUp {
        RollUp::Ratio
    }

    fn indicator_inputs(&self) -> Vec<&str> {
        [&self.numerator, &self.denominator]
            .into_iter()
            .filter_map(Term::indicator)
            .collect()
    }

    fn swapped(&self, _: Swap<'_>) -> Arc<dyn Operation> {
        Arc::new(self.clone())
    }

    fn evaluate(&self, territory: &Territory) -> Vec<LevelFigures> {
        let of_level = |(position, level): (usize, &Level)| {
            let above = self.numerator.at(territory, position, level);
            let below = self.denominator.at(territory, position, level);
            above
                .iter()
                .zip(&below)
                .map(|(above, below)| self.quotient(above, below))
                .collect()
        };
        territory
            .levels()
            .iter()
            .enumerate()
            .map(of_level)
            .collect()
    }
}

impl Ratio {
    /// Made of the features of the numerator; covered as well as the worse of the terms.
    fn quotient(&self, above: &Figure, below: &Figure) -> Figure {
        let covered = match (above.covered, below.covered) {
            (Some(above), Some(below)) => Some(above.min(below)),
            (one, other) => one.or(other),
        };
        Figure {
            n: above.n,
            covered,
            ..Figure::quotient(above.value, below.value, self.per)
        }
    }
}
