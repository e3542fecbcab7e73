//! How unevenly groups live over the parts of a territory (E3–E6): districts of a commune, blocks of a district.
//!
//! Groups are counts per part. A part whose count is missing, negative or not finite is left out; arrays of unequal
//! length lack the counts of their missing end. Every index depends on the parts it was computed over (the modifiable
//! areal unit problem): two territories compare only over parts of the same kind.

use std::collections::BTreeMap;

use crate::indicator::ExactSum;

use super::{Decomposition, GroupTerm, count_at, sum};

/// An index of segregation and what each part gives to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Segregation {
    /// Sum of the contributions; `None` where a group is empty.
    pub value: Option<f64>,
    /// The term of each part, in the order given; `None` for a part left out, all `None` where there is no value.
    pub contributions: Vec<Option<f64>>,
    /// Parts left out.
    pub left_out: usize,
}

impl Segregation {
    fn of(contributions: Vec<Option<f64>>, left_out: usize) -> Self {
        let value = sum(contributions.iter().flatten().copied());
        Self {
            value: Some(value).filter(|value| value.is_finite()),
            contributions,
            left_out,
        }
    }

    fn none(parts: usize, left_out: usize) -> Self {
        Self {
            value: None,
            contributions: vec![None; parts],
            left_out,
        }
    }
}

/// Dissimilarity of two groups, D = ½ Σ |x/X − y/Y|: the share of either that would have to move to live alike.
///
/// From 0 (alike) to 1 (apart). `None` where a group has nobody. Source: Duncan & Duncan (1955).
pub fn dissimilarity(first: &[Option<f64>], second: &[Option<f64>]) -> Segregation {
    let parts = rows(&[first, second]);
    let [all_first, all_second] = [total(&parts, 0), total(&parts, 1)];
    if all_first == 0.0 || all_second == 0.0 {
        return Segregation::none(parts.len(), left_out(&parts));
    }
    each(&parts, |row| {
        0.5 * (row[0] / all_first - row[1] / all_second).abs()
    })
}

/// Isolation of a group, xPx = Σ (x/X)(x/t): the share of its own group that a member meets in her part.
///
/// From the group's share of all (evenly spread) to 1. A part with nobody adds zero; one where the group is larger
/// than the total is left out; `None` where the group has nobody. Source: Lieberson (1981).
pub fn isolation(group: &[Option<f64>], all: &[Option<f64>]) -> Segregation {
    exposure(group, group, all)
}

/// Interaction of a group with another, xPy = Σ (x/X)(y/t): the share of the other that a member meets in her part.
///
/// With the rest of the population as the other group, interaction and isolation add up to 1. Parts and source as in
/// [`isolation`].
pub fn interaction(
    group: &[Option<f64>],
    other: &[Option<f64>],
    all: &[Option<f64>],
) -> Segregation {
    exposure(group, other, all)
}

fn exposure(group: &[Option<f64>], other: &[Option<f64>], all: &[Option<f64>]) -> Segregation {
    let mut parts = rows(&[group, other, all]);
    for part in &mut parts {
        if part
            .as_ref()
            .is_some_and(|row| row[0] > row[2] || row[1] > row[2])
        {
            *part = None;
        }
    }
    let members = total(&parts, 0);
    if members == 0.0 {
        return Segregation::none(parts.len(), left_out(&parts));
    }
    let met = |row: &[f64]| {
        if row[2] > 0.0 {
            (row[0] / members) * (row[1] / row[2])
        } else {
            0.0
        }
    };
    each(&parts, met)
}

/// Theil's information theory index of any number of groups, H = Σ t (E − Eᵢ) / (E T), E entropies in nats.
///
/// `groups[k][i]` is the count of group k in part i. From 0 (every part mixed as the whole) to 1 (no part mixed).
/// Computed as Σ t KL(part ‖ whole) / (E T), the same sum with a term for each part that is never negative. `None`
/// where fewer than two groups have anybody. With a group and the rest it is the entropy index of Massey & Denton.
/// Sources: Theil (1972); Reardon & Firebaugh (2002).
pub fn information_theory(groups: &[&[Option<f64>]]) -> Segregation {
    let parts = rows(groups);
    let whole = Mix::of(parts.iter().flatten(), groups.len());
    let scale = whole.count * whole.entropy();
    if scale == 0.0 {
        return Segregation::none(parts.len(), left_out(&parts));
    }
    each(&parts, |row| whole.divergence(row) / scale)
}

/// Theil's index cut into segregation between regions (sectors, communes) and inside each, exactly.
///
/// `regions[i]` is the region of part i. H = H(regions) + Σ (`T_r` `E_r` / (T E)) `H_r`. `None` where fewer than two groups
/// have anybody. Source: Reardon & Firebaugh (2002), §5.
pub fn decompose(groups: &[&[Option<f64>]], regions: &[Option<u32>]) -> Option<Decomposition> {
    let mut parts = rows(groups);
    let mut by_region: BTreeMap<u32, Vec<&[f64]>> = BTreeMap::new();
    for (position, part) in parts.iter_mut().enumerate() {
        if regions.get(position).copied().flatten().is_none() {
            *part = None;
        }
    }
    for (part, region) in parts.iter().zip(regions) {
        if let (Some(row), &Some(region)) = (part, region) {
            by_region.entry(region).or_default().push(row);
        }
    }
    let whole = Mix::of(parts.iter().flatten(), groups.len());
    let scale = whole.count * whole.entropy();
    let term = |(&region, rows): (&u32, &Vec<&[f64]>)| {
        let mix = Mix::of(rows.iter(), groups.len());
        let inside = sum(rows.iter().map(|row| mix.divergence(row)));
        let own_scale = mix.count * mix.entropy();
        GroupTerm {
            group: region,
            between: whole.divergence(&mix.counts) / scale,
            within: inside / scale,
            index: (own_scale > 0.0).then(|| inside / own_scale),
        }
    };
    (scale > 0.0 && scale.is_finite()).then(|| {
        let total = sum(parts
            .iter()
            .flatten()
            .map(|row| whole.divergence(row) / scale));
        Decomposition::of(
            total,
            by_region.iter().map(term).collect(),
            left_out(&parts),
        )
    })
}

/// How many parts lie within bounds, both included; the counts add up, so it rises through a hierarchy as a ratio.
///
/// SIEDU `IS_39`: share of the neighbourhood units where 0.2 to 0.6 of the households are vulnerable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mixture {
    /// Parts within the bounds.
    pub inside: u64,
    /// Parts with a value.
    pub measured: u64,
    /// Parts without.
    pub missing: u64,
}

impl Mixture {
    /// Counts the parts with `low ≤ value ≤ high`.
    pub fn of(values: &[Option<f64>], low: f64, high: f64) -> Self {
        let mut mixture = Self::default();
        for value in values {
            match value.filter(|value| value.is_finite()) {
                Some(value) => {
                    mixture.measured += 1;
                    mixture.inside += u64::from(value >= low && value <= high);
                }
                None => mixture.missing += 1,
            }
        }
        mixture
    }

    /// Takes in the parts of another territory.
    pub fn merge(&mut self, other: &Self) {
        self.inside += other.inside;
        self.measured += other.measured;
        self.missing += other.missing;
    }

    /// The share of the measured parts within the bounds, 0 to 1; `None` where nothing was measured.
    pub fn share(&self) -> Option<f64> {
        (self.measured > 0).then(|| self.inside as f64 / self.measured as f64)
    }
}

/// Counts of several groups over everybody together.
struct Mix {
    counts: Vec<f64>,
    count: f64,
}

impl Mix {
    fn of<R: AsRef<[f64]>>(rows: impl IntoIterator<Item = R>, groups: usize) -> Self {
        let mut sums = vec![ExactSum::default(); groups];
        for row in rows {
            sums.iter_mut()
                .zip(row.as_ref())
                .for_each(|(sum, count)| sum.add(*count));
        }
        let counts: Vec<f64> = sums.iter().map(ExactSum::total).collect();
        Self {
            count: sum(counts.iter().copied()),
            counts,
        }
    }

    fn entropy(&self) -> f64 {
        let shares = self.counts.iter().map(|count| count / self.count);
        let term = |share: f64| (share * share.ln()).abs();
        shares.filter(|share| *share > 0.0).map(term).sum()
    }

    /// Persons of a part times how far its mix is from this one: Σ c ln((c/t) / P), zero where they are alike.
    ///
    /// Groups have a fixed order, so a plain sum over them is the same each time; sums over parts are exact.
    fn divergence(&self, row: &[f64]) -> f64 {
        let persons: f64 = row.iter().sum();
        let pairs = row.iter().zip(&self.counts).filter(|pair| *pair.0 > 0.0);
        pairs
            .map(|(count, all)| count * ((count / persons) / (all / self.count)).ln())
            .sum()
    }
}

/// The counts of each part, one per group; `None` where one of them is missing.
fn rows(groups: &[&[Option<f64>]]) -> Vec<Option<Vec<f64>>> {
    let parts = groups.iter().map(|counts| counts.len()).max().unwrap_or(0);
    let row = |part| groups.iter().map(|counts| count_at(counts, part)).collect();
    (0..parts).map(row).collect()
}

fn total(parts: &[Option<Vec<f64>>], group: usize) -> f64 {
    sum(parts.iter().flatten().map(|row| row[group]))
}

fn left_out(parts: &[Option<Vec<f64>>]) -> usize {
    parts.iter().filter(|part| part.is_none()).count()
}

fn each(parts: &[Option<Vec<f64>>], term: impl Fn(&[f64]) -> f64) -> Segregation {
    let contributions = parts
        .iter()
        .map(|part| part.as_deref().map(&term))
        .collect();
    Segregation::of(contributions, left_out(parts))
}
