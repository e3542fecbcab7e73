//! Empirical-Bayes rates: rates of few people are drawn towards what their surroundings have.

use super::sample::finite;
use super::weights::Weights;

/// Smoothed rates by row, events per unit of the base.
#[derive(Clone, Debug, PartialEq)]
pub struct EbRates {
    /// The smoothed rate; `None` where events or base are missing or the base is not positive.
    pub rates: Vec<Option<f64>>,
    /// The weight of the territory's own rate, from 0 (all from the mean) to 1.
    pub own_weights: Vec<Option<f64>>,
    /// Rows without a rate.
    pub missing: usize,
}

/// Global Empirical-Bayes rates: shrunk towards the rate of all territories, the more the smaller the base.
///
/// A territory's rate r becomes w r + (1 − w) m with m = Σ events / Σ base, w = a / (a + m / base) and the variance between
/// territories a = Σ base (r − m)² / Σ base − m / mean base; a negative a becomes 0, and all rates the mean. Source: Marshall
/// (1991).
/// Rows without events (negative ones are none), or without a positive base, take no part.
pub fn eb_rates(events: &[Option<f64>], base: &[Option<f64>]) -> EbRates {
    let counts = counts(events, base);
    let model = Model::of(counts.iter().flatten().copied());
    collect(&counts, |_, count| model.smooth(count))
}

/// Spatial Empirical-Bayes rates: shrunk towards the rate of the territory and its neighbours together.
///
/// The model of [`eb_rates`] on each territory with its neighbours; an island keeps its own rate. As `esda`'s
/// `Spatial_Empirical_Bayes` and `GeoDa` have it. The transform of the weights does not matter.
pub fn eb_rates_local(events: &[Option<f64>], base: &[Option<f64>], weights: &Weights) -> EbRates {
    let mut counts = counts(events, base);
    counts.resize(weights.len(), None);
    let window = |row: usize| {
        let around = weights.neighbours(row).iter();
        around
            .filter_map(|&other| counts[other as usize])
            .chain(counts[row])
    };
    collect(&counts, |row, count| Model::of(window(row)).smooth(count))
}

/// Excess risk by row: the rate as a multiple of the rate of all territories. `None` where there is no rate, or no event
/// at all.
pub fn excess_risk(events: &[Option<f64>], base: &[Option<f64>]) -> Vec<Option<f64>> {
    let counts = counts(events, base);
    let mean = Model::of(counts.iter().flatten().copied()).mean;
    let risk = |count: Count| (mean > 0.0).then(|| count.rate() / mean);
    counts.iter().map(|count| count.and_then(risk)).collect()
}

/// (rate − mean rate) / √(its variance in the model), for Moran's I of rates: Assunção & Reis (1999).
///
/// As they say, a between-variance that would make a territory's variance negative is left out for it.
pub(super) fn standardised_rates(events: &[Option<f64>], base: &[Option<f64>]) -> Vec<Option<f64>> {
    let counts = counts(events, base);
    let model = Model::of(counts.iter().flatten().copied());
    let standardise = |count: Count| {
        let within = model.mean / count.base;
        let variance = match model.between + within {
            negative if negative < 0.0 => within,
            variance => variance,
        };
        (count.rate() - model.mean) / variance.sqrt()
    };
    counts.iter().map(|count| count.map(standardise)).collect()
}

/// Events among the people of a territory.
#[derive(Clone, Copy, Debug)]
struct Count {
    events: f64,
    base: f64,
}

impl Count {
    fn rate(self) -> f64 {
        self.events / self.base
    }
}

fn counts(events: &[Option<f64>], base: &[Option<f64>]) -> Vec<Option<Count>> {
    let of = |row: usize| {
        let (events, base) = (finite(events, row)?, finite(base, row)?);
        (events >= 0.0 && base > 0.0).then_some(Count { events, base })
    };
    (0..events.len().max(base.len())).map(of).collect()
}

/// How rates vary between and within territories.
#[derive(Clone, Copy, Debug)]
struct Model {
    mean: f64,
    /// Estimated by moments, so it can be negative.
    between: f64,
}

impl Model {
    fn of(counts: impl Iterator<Item = Count> + Clone) -> Self {
        let (mut n, mut events, mut base) = (0.0, 0.0, 0.0);
        for count in counts.clone() {
            n += 1.0;
            events += count.events;
            base += count.base;
        }
        let mean = events / base;
        let spread: f64 = counts
            .map(|count| count.base * (count.rate() - mean).powi(2))
            .sum();
        Self {
            mean,
            between: spread / base - mean * n / base,
        }
    }

    /// The smoothed rate and the weight of the own one.
    fn smooth(&self, count: Count) -> (f64, f64) {
        let between = self.between.max(0.0);
        let own = match between / (between + self.mean / count.base) {
            own if own.is_finite() => own,
            // No event anywhere: nothing varies.
            _ => 0.0,
        };
        (own * count.rate() + (1.0 - own) * self.mean, own)
    }
}

fn collect(counts: &[Option<Count>], smooth: impl Fn(usize, Count) -> (f64, f64)) -> EbRates {
    let smoothed: Vec<Option<(f64, f64)>> = counts
        .iter()
        .enumerate()
        .map(|(row, count)| count.map(|count| smooth(row, count)))
        .map(|smoothed| smoothed.filter(|(rate, _)| rate.is_finite()))
        .collect();
    EbRates {
        rates: smoothed
            .iter()
            .map(|one| one.map(|(rate, _)| rate))
            .collect(),
        own_weights: smoothed.iter().map(|one| one.map(|(_, own)| own)).collect(),
        missing: smoothed.iter().filter(|one| one.is_none()).count(),
    }
}
