//! How much of each feature lies in each zone.

use crate::indicator::ExactSum;
use crate::number::narrow;

/// A feature counts as wholly covered where not more than this share of it is missing: gaps of digitising and rounding.
const COVERED_WITHIN: f64 = 1e-9;

/// For each selected feature the zones that have a part of it and how much: m² of an area, metres of a line, or weight of
/// points.
///
/// The parts of a feature that is covered but for 10⁻⁹ of it, and by no two zones at once, sum to the feature: the
/// largest part takes what rounding left over.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    rows: Vec<u32>,
    /// Parts of feature `i`: `starts[i]..starts[i + 1]`.
    starts: Vec<u32>,
    zones: Vec<u32>,
    amounts: Vec<f64>,
    /// What the feature has to give.
    totals: Vec<f64>,
    fallbacks: Vec<bool>,
    zone_count: usize,
}

/// A part of a feature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// Row of the zone.
    pub zone: usize,
    /// How much of the feature lies there.
    pub amount: f64,
    /// Which share of the feature that is, 0 to 1. The shares of a feature sum to at most one: where zones overlap, they
    /// share what lies in both in proportion to their parts.
    pub share: f64,
}

impl Parts {
    pub(super) fn new(zone_count: usize) -> Self {
        Self {
            starts: vec![0],
            zone_count,
            ..Self::default()
        }
    }

    /// Adds a feature with its parts by ascending zone.
    pub(super) fn push(&mut self, row: u32, total: f64, parts: &mut [(u32, f64)], fallback: bool) {
        let sum: f64 = parts.iter().map(|part| part.1).sum();
        let missing = total - sum;
        if missing.abs() <= COVERED_WITHIN * total
            && let Some(largest) = parts.iter_mut().max_by(|a, b| a.1.total_cmp(&b.1))
        {
            largest.1 += missing;
        }
        self.rows.push(row);
        self.zones.extend(parts.iter().map(|part| part.0));
        self.amounts.extend(parts.iter().map(|part| part.1));
        self.starts.push(narrow(self.zones.len()));
        self.totals.push(total);
        self.fallbacks.push(fallback);
    }

    pub(super) fn append(&mut self, other: &Self) {
        let before = narrow(self.zones.len());
        self.rows.extend(&other.rows);
        self.zones.extend(&other.zones);
        self.amounts.extend(&other.amounts);
        self.starts
            .extend(other.starts[1..].iter().map(|end| before + end));
        self.totals.extend(&other.totals);
        self.fallbacks.extend(&other.fallbacks);
    }

    /// Number of features.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no feature.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Number of zones.
    pub fn zone_count(&self) -> usize {
        self.zone_count
    }

    /// Row of the feature number `position` in its layer.
    pub fn row(&self, position: usize) -> usize {
        self.rows[position] as usize
    }

    /// What the feature has to give: its area, length or weight of points.
    pub fn total(&self, position: usize) -> f64 {
        self.totals[position]
    }

    /// Whether the feature had nothing of what it should have been divided by, and was divided by area instead.
    pub fn is_fallback(&self, position: usize) -> bool {
        self.fallbacks[position]
    }

    /// The parts of a feature by ascending zone.
    pub fn of(&self, position: usize) -> impl Iterator<Item = Part> {
        let span = self.starts[position] as usize..self.starts[position + 1] as usize;
        let sum: f64 = self.amounts[span.clone()].iter().sum();
        let whole = self.totals[position].max(sum);
        span.map(move |part| {
            let amount = self.amounts[part];
            Part {
                zone: self.zones[part] as usize,
                amount,
                // A feature without any extent stands whole where it stands.
                share: if whole > 0.0 { amount / whole } else { 1.0 },
            }
        })
    }

    /// The sum of all parts of each zone, where overlapping features count each and so do overlapping zones.
    pub fn sums(&self) -> Vec<ExactSum> {
        let mut sums = vec![ExactSum::default(); self.zone_count];
        for (&zone, &amount) in self.zones.iter().zip(&self.amounts) {
            sums[zone as usize].add(amount);
        }
        sums
    }

    /// What lies in no zone, and what the features have in all. Never below zero, also where zones overlap.
    pub fn outside_and_total(&self) -> (ExactSum, ExactSum) {
        let (mut outside, mut all) = (ExactSum::default(), ExactSum::default());
        for position in 0..self.len() {
            let total = self.totals[position];
            let within: f64 = self.of(position).map(|part| part.amount).sum();
            all.add(total);
            outside.add((total - within).max(0.0));
        }
        (outside, all)
    }
}
