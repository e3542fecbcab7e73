//! Areal interpolation: what features have, carried over to the zones that hold parts of them (B1–B4).
//!
//! The weights are those of the [`Parts`]: areas, areas under a mask (B5) or points (B6). Each function returns exact sums
//! per zone. Merged up a hierarchy they are the sums of the level above, to the last bit; totals do not depend on order.
//! Source: Goodchild & Lam, "Areal interpolation: a variant of the traditional spatial problem" (1980).

use super::parts::Parts;
use crate::indicator::ExactSum;

/// A total carried over to zones, and what became of all of it.
#[derive(Clone, Debug, Default)]
pub struct Allocation {
    /// Of each zone.
    pub zones: Vec<ExactSum>,
    /// All that the features have.
    pub total: ExactSum,
    /// What of it lies in no zone: `zones` and `outside` sum to `total`.
    pub outside: ExactSum,
    /// What of it was divided by area because the feature has nothing of what it should have been divided by.
    pub fallback: ExactSum,
}

/// A mean of each zone as two sums: values times weights, and weights.
#[derive(Clone, Debug, Default)]
pub struct Means {
    /// Σ w x of each zone.
    pub weighted: Vec<ExactSum>,
    /// Σ w of each zone.
    pub weights: Vec<ExactSum>,
}

/// Shares of categories in each zone: the weight of each and the weight of all.
#[derive(Clone, Debug, Default)]
pub struct Shares {
    /// Σ w of each category in each zone, one list per category.
    pub categories: Vec<Vec<ExactSum>>,
    /// Σ w of each zone over all categories.
    pub weights: Vec<ExactSum>,
}

/// Carries totals (persons, dwellings) over: each zone has Σ y · share (B1).
///
/// `value` is asked by row; a feature without a finite value has nothing. Σ y is conserved: what the zones and the
/// outside have sums to the total within the rounding of one product a part. A feature without any extent, a point for
/// instance, gives all it has to the zone of its anchor.
pub fn extensive(parts: &Parts, value: impl Fn(usize) -> Option<f64>) -> Allocation {
    let mut allocation = Allocation {
        zones: sums(parts),
        ..Allocation::default()
    };
    for (position, value) in finite(parts, value) {
        allocation.total.add(value);
        if parts.is_fallback(position) {
            allocation.fallback.add(value);
        }
        let mut left = 1.0;
        let mut given = ExactSum::default();
        for part in parts.of(position) {
            let share = value * part.share;
            allocation.zones[part.zone].add(share);
            given.add(-share);
            left -= part.share;
        }
        // A rest within rounding is none: the feature is covered.
        if left > f64::EPSILON * 8.0 {
            allocation.outside.add(value);
            allocation.outside.merge(&given);
        }
    }
    allocation
}

/// Carries values over that do not add up (a density, a temperature): the mean of each zone over its parts, weighted by
/// them (B2). No part, no value.
pub fn intensive(parts: &Parts, value: impl Fn(usize) -> Option<f64>) -> Means {
    let mut means = Means::new(parts);
    for (position, value) in finite(parts, value) {
        parts
            .of(position)
            .for_each(|part| means.add(part.zone, value, part.amount));
    }
    means
}

/// Carries rates over (percentages, income per person) that stand for `count` persons each: the mean of each zone over
/// the persons in its parts, Σ y·P·share ÷ Σ P·share (B3). A count that is missing, negative or infinite leaves a
/// feature out.
pub fn rates(
    parts: &Parts,
    value: impl Fn(usize) -> Option<f64>,
    count: impl Fn(usize) -> Option<f64>,
) -> Means {
    let mut means = Means::new(parts);
    for (position, value) in finite(parts, value) {
        let count = count(parts.row(position)).filter(|count| count.is_finite() && *count >= 0.0);
        if let Some(count) = count {
            parts
                .of(position)
                .for_each(|part| means.add(part.zone, value, count * part.share));
        }
    }
    means
}

/// The share of each of `count` categories in each zone, Σ `a_c` ÷ Σ a (B4), which sum to one. A feature without a
/// category below `count` is left out of both.
pub fn shares(parts: &Parts, count: usize, category: impl Fn(usize) -> Option<usize>) -> Shares {
    let mut shares = Shares {
        categories: vec![sums(parts); count],
        weights: sums(parts),
    };
    for position in 0..parts.len() {
        let category = category(parts.row(position)).and_then(|own| shares.categories.get_mut(own));
        if let Some(category) = category {
            for part in parts.of(position) {
                category[part.zone].add(part.amount);
                shares.weights[part.zone].add(part.amount);
            }
        }
    }
    shares
}

impl Allocation {
    /// Share of the total that lies in a zone, 0 to 1; none where the total is zero.
    pub fn share_within(&self) -> Option<f64> {
        self.share(&self.outside).map(|outside| 1.0 - outside)
    }

    /// Share of the total that was divided by area for want of anything else; none where the total is zero.
    pub fn share_fallback(&self) -> Option<f64> {
        self.share(&self.fallback)
    }

    fn share(&self, of: &ExactSum) -> Option<f64> {
        let total = self.total.total();
        (total != 0.0).then(|| of.total() / total)
    }
}

impl Means {
    fn new(parts: &Parts) -> Self {
        Self {
            weighted: sums(parts),
            weights: sums(parts),
        }
    }

    fn add(&mut self, zone: usize, value: f64, weight: f64) {
        self.weighted[zone].add(value * weight);
        self.weights[zone].add(weight);
    }

    /// The mean of a zone; none where it has no weight.
    pub fn value(&self, zone: usize) -> Option<f64> {
        quotient(&self.weighted[zone], &self.weights[zone])
    }
}

impl Shares {
    /// The share of a category in a zone; none where no category has a part of it.
    pub fn value(&self, category: usize, zone: usize) -> Option<f64> {
        quotient(&self.categories[category][zone], &self.weights[zone])
    }
}

fn quotient(above: &ExactSum, below: &ExactSum) -> Option<f64> {
    let below = below.total();
    (below > 0.0).then(|| above.total() / below)
}

fn sums(parts: &Parts) -> Vec<ExactSum> {
    vec![ExactSum::default(); parts.zone_count()]
}

/// The positions of the features that have a finite value, and the value.
fn finite(
    parts: &Parts,
    value: impl Fn(usize) -> Option<f64>,
) -> impl Iterator<Item = (usize, f64)> {
    (0..parts.len()).filter_map(move |position| {
        let value = value(parts.row(position)).filter(|value| value.is_finite())?;
        Some((position, value))
    })
}
