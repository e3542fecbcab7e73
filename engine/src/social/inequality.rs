//! How unequally something is shared among persons or territories (E7, D6): Lorenz, Gini, Palma, Atkinson, Theil.

use std::collections::BTreeMap;

use super::{Decomposition, GroupTerm, sum};

/// Values above zero and weights: beyond these bounds, products of shares leave the range of numbers.
const RANGE: std::ops::RangeInclusive<f64> = 1e-60..=1e60;

/// Values, at least zero each, with the weight (persons) of each: what every index of inequality is computed from.
///
/// Zero is a value; a negative one has no place in a share of a whole, so a distribution with one is refused.
#[derive(Clone, Debug)]
pub struct Distribution {
    /// Ascending by value, then by weight.
    items: Vec<Item>,
    mean: f64,
    weight: f64,
    left_out: usize,
}

/// A value relative to the mean and its share of the weight.
#[derive(Clone, Copy, Debug)]
struct Item {
    relative: f64,
    share: f64,
    position: usize,
}

/// Why values have no inequality.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undefined {
    /// There is no value with a weight above zero.
    #[error("no value has a weight")]
    Empty,
    /// A value is below zero.
    #[error("a value is negative, so that there are no shares of a whole")]
    Negative,
    /// All values are zero.
    #[error("all values are zero, so that there is nothing to share")]
    Zero,
    /// A value above zero or a weight is beyond 10⁶⁰, or below 10⁻⁶⁰.
    #[error("a value or a weight is too large or too small")]
    OutOfRange,
}

/// A point of the Lorenz curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LorenzPoint {
    /// Share of the weight with the smallest values.
    pub population: f64,
    /// Its share of the whole.
    pub value: f64,
}

impl Distribution {
    /// Takes the values in, each with weight 1, or with `weights`.
    ///
    /// A value that is missing or not finite, or whose weight is missing, not finite or not above zero, is left out.
    ///
    /// # Errors
    /// [`Undefined`] where no index of inequality has a value.
    pub fn new(values: &[Option<f64>], weights: Option<&[Option<f64>]>) -> Result<Self, Undefined> {
        let weight_of = |position: usize| match weights {
            None => Some(1.0),
            Some(weights) => weights.get(position).copied().flatten(),
        };
        let usable = |(position, value): (usize, &Option<f64>)| {
            let value = value.filter(|value| value.is_finite())?;
            let weight =
                weight_of(position).filter(|weight| weight.is_finite() && *weight > 0.0)?;
            Some((value, weight, position))
        };
        let mut kept: Vec<_> = values.iter().enumerate().filter_map(usable).collect();
        kept.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let (Some(&(smallest, ..)), Some(&(largest, ..))) = (kept.first(), kept.last()) else {
            return Err(Undefined::Empty);
        };
        if smallest < 0.0 {
            return Err(Undefined::Negative);
        }
        if largest == 0.0 {
            return Err(Undefined::Zero);
        }
        let in_range = |number: f64| number == 0.0 || RANGE.contains(&number);
        if !kept.iter().all(|kept| in_range(kept.0) && in_range(kept.1)) {
            return Err(Undefined::OutOfRange);
        }
        let weight = sum(kept.iter().map(|kept| kept.1));
        let mean = sum(kept.iter().map(|kept| kept.0 * kept.1)) / weight;
        let item = |&(value, own, position): &(f64, f64, usize)| Item {
            relative: value / mean,
            share: own / weight,
            position,
        };
        Ok(Self {
            items: kept.iter().map(item).collect(),
            mean,
            weight,
            left_out: values.len() - kept.len(),
        })
    }

    /// The weighted mean.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The sum of the weights.
    pub fn weight(&self) -> f64 {
        self.weight
    }

    /// Values that count.
    pub fn count(&self) -> usize {
        self.items.len()
    }

    /// Values left out.
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// The Lorenz curve, from (0, 0) to (1, 1), a point after each value; between them it is straight.
    pub fn lorenz(&self) -> Vec<LorenzPoint> {
        let (mut population, mut value) = (0.0, 0.0);
        let mut curve = vec![LorenzPoint { population, value }];
        for item in &self.items {
            population += item.share;
            value += item.share * item.relative;
            curve.push(LorenzPoint { population, value });
        }
        if let Some(end) = curve.last_mut() {
            *end = LorenzPoint {
                population: 1.0,
                value: 1.0,
            };
        }
        curve
    }

    /// Gini's coefficient: twice the area between the Lorenz curve and equality, 0 to 1 − 1/n. Zero for one value.
    ///
    /// Without the small-sample factor n / (n − 1). Source: Gini (1912); weighted as by Lerman & Yitzhaki (1989).
    pub fn gini(&self) -> f64 {
        let mut below = 0.0;
        let term = |item: &Item| {
            let centre = 2.0f64.mul_add(below, item.share) - 1.0;
            below += item.share;
            item.share * item.relative * centre
        };
        sum(self.items.iter().map(term)).max(0.0)
    }

    /// Palma's ratio: what the tenth with most has over what the four tenths with least have.
    ///
    /// Read off the Lorenz curve, so that a value on a border counts in part. `None` where the four tenths have
    /// nothing. Source: Palma (2011).
    pub fn palma(&self) -> Option<f64> {
        let curve = self.lorenz();
        let poorest = lorenz_at(&curve, 0.4);
        (poorest > 0.0).then(|| (1.0 - lorenz_at(&curve, 0.9)) / poorest)
    }

    /// Atkinson's index: the share of the whole that could be given away for equality, 0 to 1.
    ///
    /// `aversion` ε ≥ 0 says how much those with least count; zero cares for none, and gives 0. From ε = 1 on one zero
    /// makes the index 1. `None` where ε is negative or not finite. Source: Atkinson (1970).
    pub fn atkinson(&self, aversion: f64) -> Option<f64> {
        let (least, most) = (self.items.first()?.relative, self.items.last()?.relative);
        if !aversion.is_finite() || aversion < 0.0 {
            return None;
        }
        if aversion >= 1.0 && least == 0.0 {
            return Some(1.0);
        }
        let exponent = 1.0 - aversion;
        let mean_of = |term: &dyn Fn(f64) -> f64| {
            sum(self
                .items
                .iter()
                .map(|item| item.share * term(item.relative)))
        };
        let equivalent = if exponent == 0.0 {
            mean_of(&f64::ln).exp()
        } else if exponent.abs() < 0.5 {
            // Near ε = 1 the powers are all near 1, and their root would enlarge what rounding lost.
            (mean_of(&|relative| (exponent * relative.ln()).exp_m1()).ln_1p() / exponent).exp()
        } else {
            // Relative to the end that dominates, no power leaves 0 to 1, whatever ε is.
            let end = if exponent < 0.0 { least } else { most };
            end * mean_of(&|relative| (relative / end).powf(exponent)).powf(exponent.recip())
        };
        Some((1.0 - equivalent).clamp(0.0, 1.0))
    }

    /// Theil's T, Σ s (y/μ) ln(y/μ): 0 to ln n. A zero adds nothing. Source: Theil (1967).
    pub fn theil_t(&self) -> f64 {
        sum(self.items.iter().map(theil_t_term)).max(0.0)
    }

    /// Theil's L, the mean log deviation Σ s ln(μ/y). `None` where a value is zero: it would be infinite.
    pub fn theil_l(&self) -> Option<f64> {
        let positive = self.items.iter().all(|item| item.relative > 0.0);
        positive.then(|| sum(self.items.iter().map(theil_l_term)).max(0.0))
    }

    /// Theil's T between and within groups, exactly; a group is weighted by its share of the whole.
    ///
    /// `groups[i]` is the group of value i. `None` where no value with a group is above zero.
    pub fn decompose_t(&self, groups: &[Option<u32>]) -> Option<Decomposition> {
        let cut = self.cut(groups)?;
        let total = sum(cut.items().map(|item| theil_t_term(&item)));
        let term = |(&group, items): (&u32, &Vec<Item>)| {
            let (share, relative, inside) = of_group(items);
            let value = share * relative;
            let index = (relative > 0.0).then(|| sum(inside.iter().map(theil_t_term)));
            GroupTerm {
                group,
                between: theil_t_term(&Item {
                    relative,
                    share,
                    position: 0,
                }),
                within: value * index.unwrap_or(0.0),
                index,
            }
        };
        let terms = cut.groups.iter().map(term).collect();
        Some(Decomposition::of(total, terms, cut.left_out))
    }

    /// Theil's L between and within groups, exactly; a group is weighted by its share of the persons.
    ///
    /// As [`decompose_t`](Self::decompose_t); `None` also where a value is zero.
    pub fn decompose_l(&self, groups: &[Option<u32>]) -> Option<Decomposition> {
        let cut = self.cut(groups)?;
        if cut.items().any(|item| item.relative <= 0.0) {
            return None;
        }
        let total = sum(cut.items().map(|item| theil_l_term(&item)));
        let term = |(&group, items): (&u32, &Vec<Item>)| {
            let (share, relative, inside) = of_group(items);
            let index = sum(inside.iter().map(theil_l_term));
            GroupTerm {
                group,
                between: share * -relative.ln(),
                within: share * index,
                index: Some(index),
            }
        };
        let terms = cut.groups.iter().map(term).collect();
        Some(Decomposition::of(total, terms, cut.left_out))
    }

    /// The items with a group, relative to their own mean and weight.
    fn cut(&self, groups: &[Option<u32>]) -> Option<Cut> {
        let mut by_group: BTreeMap<u32, Vec<Item>> = BTreeMap::new();
        for item in &self.items {
            if let Some(&Some(group)) = groups.get(item.position) {
                by_group.entry(group).or_default().push(*item);
            }
        }
        let all: Vec<Item> = by_group.values().flatten().copied().collect();
        let (share, relative, _) = of_group(&all);
        for item in by_group.values_mut().flatten() {
            item.share /= share;
            item.relative /= relative;
        }
        (relative > 0.0).then(|| Cut {
            left_out: self.left_out + self.items.len() - all.len(),
            groups: by_group,
        })
    }
}

struct Cut {
    groups: BTreeMap<u32, Vec<Item>>,
    left_out: usize,
}

impl Cut {
    fn items(&self) -> impl Iterator<Item = Item> {
        self.groups.values().flatten().copied()
    }
}

/// Share and mean of a group, and its items relative to these.
fn of_group(items: &[Item]) -> (f64, f64, Vec<Item>) {
    let share = sum(items.iter().map(|item| item.share));
    let relative = sum(items.iter().map(|item| item.share * item.relative)) / share;
    let inside = |item: &Item| Item {
        relative: item.relative / relative,
        share: item.share / share,
        ..*item
    };
    (share, relative, items.iter().map(inside).collect())
}

fn theil_t_term(item: &Item) -> f64 {
    if item.relative > 0.0 {
        item.share * item.relative * item.relative.ln()
    } else {
        0.0
    }
}

fn theil_l_term(item: &Item) -> f64 {
    item.share * -item.relative.ln()
}

/// The height of the curve at a share of the population.
fn lorenz_at(curve: &[LorenzPoint], population: f64) -> f64 {
    let next = curve.partition_point(|point| point.population < population);
    let (Some(below), Some(above)) = (
        next.checked_sub(1).and_then(|below| curve.get(below)),
        curve.get(next),
    ) else {
        return if next == 0 { 0.0 } else { 1.0 };
    };
    let along = (population - below.population) / (above.population - below.population);
    along.mul_add(above.value - below.value, below.value)
}
