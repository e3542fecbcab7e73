//! What is missing to a standard, and what closing the gap costs (C5, C6).
//!
//! A deficit never cancels against a surplus elsewhere: a district with too many school places does not seat the
//! children of another. A sector's deficit is the sum of the positive gaps of its districts, and the net is stated
//! beside it.

use crate::indicator::ExactSum;

/// What is required and what there is, over one zone or many: a partial state that adds up.
#[derive(Clone, Debug, Default)]
pub struct Gap {
    shortfall: ExactSum,
    net: ExactSum,
    zones: u64,
    short: u64,
}

impl Gap {
    /// The gap of a zone: `required` less `available`, both at least zero, in the same unit; such as places for
    /// pupils, D − S.
    ///
    /// `None` where one is negative or not finite: an unknown gap is not a gap of zero.
    pub fn new(required: f64, available: f64) -> Option<Self> {
        let usable = |amount: f64| amount.is_finite() && amount >= 0.0;
        if !usable(required) || !usable(available) {
            return None;
        }
        let mut gap = Self {
            zones: 1,
            short: u64::from(required > available),
            ..Self::default()
        };
        gap.net.add(required - available);
        if required > available {
            gap.shortfall.add(required - available);
        }
        Some(gap)
    }

    /// Persons that a service does not reach, P (1 − coverage); `coverage` from 0 to 1.
    pub fn population(persons: f64, coverage: f64) -> Option<Self> {
        (0.0..=1.0)
            .contains(&coverage)
            .then(|| Self::new(persons, persons * coverage))
            .flatten()
    }

    /// Square metres missing to a standard per person, max(0, s P − A).
    pub fn surface(standard_m2_per_person: f64, persons: f64, area_m2: f64) -> Option<Self> {
        let usable = standard_m2_per_person >= 0.0 && persons >= 0.0;
        usable
            .then(|| Self::new(standard_m2_per_person * persons, area_m2))
            .flatten()
    }

    /// Takes in the gap of other zones.
    pub fn merge(&mut self, other: &Self) {
        self.shortfall.merge(&other.shortfall);
        self.net.merge(&other.net);
        self.zones += other.zones;
        self.short += other.short;
    }

    /// Sum of the gaps of the zones that fall short.
    pub fn shortfall(&self) -> f64 {
        self.shortfall.total()
    }

    /// Sum of all gaps, surpluses counted against them; below zero where there is more than is required.
    pub fn net(&self) -> f64 {
        self.net.total()
    }

    /// Zones with a known gap.
    pub fn zones(&self) -> u64 {
        self.zones
    }

    /// Zones that fall short.
    pub fn short(&self) -> u64 {
        self.short
    }
}

/// What it takes to close gaps with whole units (a clinic, a plaza, a class room): a partial state that adds up.
#[derive(Clone, Debug, Default)]
pub struct Closing {
    units: ExactSum,
    cost: ExactSum,
    benefited: ExactSum,
}

impl Closing {
    /// The units of `unit_size` that a zone short by `shortfall` needs, ⌈shortfall / unit size⌉, at `unit_cost` each,
    /// and the `benefited` inhabitants, which count only where something is built.
    ///
    /// Each zone builds whole units, so those of a sector are the sum over its districts, which may be more than its
    /// whole shortfall would need. `None` where the size is not above zero, or a number is negative or not finite.
    pub fn new(shortfall: f64, unit_size: f64, unit_cost: f64, benefited: f64) -> Option<Self> {
        let units = whole_units(shortfall / unit_size);
        let amounts = [shortfall, unit_cost, benefited, units, units * unit_cost];
        let usable = amounts
            .iter()
            .all(|amount| amount.is_finite() && *amount >= 0.0);
        if !usable || unit_size <= 0.0 || unit_size.is_infinite() {
            return None;
        }
        let mut closing = Self::default();
        closing.units.add(units);
        closing.cost.add(units * unit_cost);
        if units > 0.0 {
            closing.benefited.add(benefited);
        }
        Some(closing)
    }

    /// Takes in the needs of other zones.
    pub fn merge(&mut self, other: &Self) {
        self.units.merge(&other.units);
        self.cost.merge(&other.cost);
        self.benefited.merge(&other.benefited);
    }

    /// Whole units to build.
    pub fn units(&self) -> f64 {
        self.units.total()
    }

    /// Cost, in the currency of the unit cost.
    pub fn cost(&self) -> f64 {
        self.cost.total()
    }

    /// Inhabitants of the zones where something is built.
    pub fn benefited(&self) -> f64 {
        self.benefited.total()
    }

    /// Inhabitants benefited per unit of currency; `None` where nothing is spent.
    pub fn benefited_per_cost(&self) -> Option<f64> {
        let cost = self.cost();
        (cost > 0.0).then(|| self.benefited() / cost)
    }
}

/// Rounded up, unless only rounding lifts it above a whole number: 1.1 / 0.1 are eleven units.
fn whole_units(units: f64) -> f64 {
    let nearest = units.round();
    if (units - nearest).abs() <= 1e-9 * nearest.max(1.0) && (nearest > 0.0 || units <= 0.0) {
        nearest
    } else {
        units.ceil()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn together(gaps: &[Option<Gap>]) -> Gap {
        let mut whole = Gap::default();
        gaps.iter().flatten().for_each(|gap| whole.merge(gap));
        whole
    }

    #[test]
    fn a_surplus_does_not_cancel_a_deficit() {
        let whole = together(&[
            Gap::new(100.0, 130.0),
            Gap::new(50.0, 30.0),
            Gap::new(10.0, 10.0),
        ]);
        assert_eq!((whole.shortfall(), whole.net()), (20.0, -10.0));
        assert_eq!((whole.zones(), whole.short()), (3, 1));
    }

    #[test]
    fn each_kind_of_deficit_follows_its_formula() {
        let uncovered = Gap::population(2000.0, 0.75).unwrap();
        assert_eq!((uncovered.shortfall(), uncovered.net()), (500.0, 500.0));
        // SIEDU BPU_29: 10 m² per inhabitant.
        let green = Gap::surface(10.0, 350.0, 2_800.0).unwrap();
        assert_eq!(green.shortfall(), 700.0);
        assert_eq!(Gap::surface(10.0, 0.0, 90.0).unwrap().net(), -90.0);
    }

    #[test]
    fn an_unknown_gap_is_not_zero() {
        assert!(Gap::new(f64::NAN, 1.0).is_none());
        assert!(Gap::new(1.0, -1.0).is_none());
        assert!(Gap::new(f64::INFINITY, 1.0).is_none());
        assert!(Gap::population(10.0, 1.5).is_none());
        assert!(Gap::population(10.0, f64::NAN).is_none());
        assert!(Gap::surface(-1.0, -1.0, 1.0).is_none());
        assert_eq!(together(&[None]).zones(), 0);
    }

    #[test]
    fn gaps_merge_in_any_order_to_the_same_bits() {
        let zones: Vec<Option<Gap>> = (0..50)
            .map(|zone| Gap::new(0.1 * f64::from(zone), 0.3 * f64::from(zone % 7)))
            .collect();
        let (front, back) = zones.split_at(13);
        let mut grouped = together(back);
        grouped.merge(&together(front));
        let whole = together(&zones);
        assert_eq!(whole.shortfall().to_bits(), grouped.shortfall().to_bits());
        assert_eq!(whole.net().to_bits(), grouped.net().to_bits());
    }

    #[test]
    fn whole_units_are_built_in_each_zone() {
        let mut whole = Closing::new(450.0, 400.0, 3.0, 900.0).unwrap();
        whole.merge(&Closing::new(10.0, 400.0, 3.0, 50.0).unwrap());
        // A zone without a gap builds nothing and nobody gains.
        whole.merge(&Closing::new(0.0, 400.0, 3.0, 5_000.0).unwrap());
        assert_eq!((whole.units(), whole.cost()), (3.0, 9.0));
        assert_eq!(whole.benefited(), 950.0);
        assert_eq!(whole.benefited_per_cost(), Some(950.0 / 9.0));
        assert_eq!(Closing::default().benefited_per_cost(), None);
        assert_eq!(
            Closing::new(5.0, 1.0, 0.0, 7.0)
                .unwrap()
                .benefited_per_cost(),
            None
        );
    }

    #[test]
    fn rounding_does_not_build_a_unit_too_many() {
        assert_eq!(Closing::new(1.1, 0.1, 1.0, 0.0).unwrap().units(), 11.0);
        assert_eq!(Closing::new(1.101, 0.1, 1.0, 0.0).unwrap().units(), 12.0);
        // However small a gap is, it takes a unit.
        assert_eq!(Closing::new(1e-12, 1.0, 1.0, 0.0).unwrap().units(), 1.0);
    }

    #[test]
    fn units_without_size_or_price_are_refused() {
        for (shortfall, size, cost) in [
            (1.0, 0.0, 1.0),
            (0.0, 0.0, 1.0),
            (1.0, -1.0, 1.0),
            (1.0, f64::INFINITY, 1.0),
            (f64::NAN, 1.0, 1.0),
            (1.0, 1.0, f64::NAN),
            (1e300, 1e-300, 1.0),
        ] {
            assert!(Closing::new(shortfall, size, cost, 1.0).is_none());
        }
    }
}
