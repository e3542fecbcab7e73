//! Ratios, shares, rates and densities (A5–A7): a quotient of two figures of the same territory, at every level.
//!
//! Both terms are rolled up first, so the value of a sector is the ratio of its sums, never a mean of ratios.

use super::{LevelValues, Term};
use crate::territory::{Level, Territory};

pub(super) fn formula(numerator: &Term, denominator: &Term, per: f64) -> String {
    let factor = if per == 1.0 {
        String::new()
    } else {
        format!(" × {per}")
    };
    format!("{} / {}{factor}", name(numerator), name(denominator))
}

/// The quotient times `per` at every level; none where a term is missing or the denominator is zero.
pub(super) fn evaluate(
    territory: &Territory,
    numerator: &Term,
    denominator: &Term,
    per: f64,
) -> Vec<LevelValues> {
    let quotient = |above: Option<f64>, below: Option<f64>| {
        let below = below.filter(|below| *below != 0.0)?;
        Some(above? / below * per)
    };
    let of_level = |(position, level): (usize, &Level)| {
        let (above, below) = (
            term(territory, position, level, numerator),
            term(territory, position, level, denominator),
        );
        above
            .into_iter()
            .zip(below)
            .map(|(above, below)| quotient(above, below))
            .collect()
    };
    territory
        .levels()
        .iter()
        .enumerate()
        .map(of_level)
        .collect()
}

fn term(territory: &Territory, position: usize, level: &Level, term: &Term) -> LevelValues {
    let each =
        |measure: &dyn Fn(usize) -> f64| (0..level.len()).map(|row| Some(measure(row))).collect();
    match term {
        Term::AreaHa => each(&|row| level.area_m2(row) / 10_000.0),
        Term::AreaKm2 => each(&|row| level.area_m2(row) / 1_000_000.0),
        Term::PerimeterM => each(&|row| level.perimeter_m(row)),
        // `Territory::new` refuses an unknown id, so this is never empty.
        Term::Indicator(id) => territory.values_of(id).map_or_else(
            || vec![None; level.len()],
            |values| values[position].clone(),
        ),
    }
}

fn name(term: &Term) -> &str {
    match term {
        Term::Indicator(id) => id,
        Term::AreaHa => "area_ha",
        Term::AreaKm2 => "area_km2",
        Term::PerimeterM => "perimeter_m",
    }
}
