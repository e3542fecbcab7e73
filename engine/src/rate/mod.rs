//! Rates of rare events, with how sure they are, and how places and years differ (A6, A8, A10 and the comparison of
//! rates of I).

mod change;
mod e_test;
mod interval;
#[cfg(test)]
mod tests;

pub use change::{Change, change, location_quotient};
pub use e_test::{RateComparison, compare_rates};
pub use interval::{Interval, poisson_interval};

/// How a rate is stated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateOptions {
    /// Persons a rate is stated for: 1,000, 10,000, 100,000.
    pub per: f64,
    /// Confidence of the interval, above 0 and below 1.
    pub confidence: f64,
    /// How the interval is computed.
    pub interval: Interval,
    /// Population below which a rate is marked as unstable.
    pub min_population: f64,
}

impl Default for RateOptions {
    fn default() -> Self {
        Self {
            per: 1_000.0,
            confidence: 0.95,
            interval: Interval::default(),
            min_population: 0.0,
        }
    }
}

/// A rate and the interval that holds the true one with the confidence asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Events per so many persons.
    pub value: f64,
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// The population is too small for the rate to mean much.
    pub unstable: bool,
}

/// The rate of `count` events in a population, with an interval for a Poisson count.
///
/// `None` where the population is not above zero, the count is negative, or an option is out of its bounds: a rate
/// over nobody is unknown, not zero or infinite. Rates rise through a hierarchy as Σ counts / Σ population.
pub fn rate(count: f64, population: f64, options: &RateOptions) -> Option<Rate> {
    let (lower, upper) = poisson_interval(count, options.confidence, options.interval)?;
    let factor = options.per / population;
    (population > 0.0 && factor.is_finite() && factor > 0.0).then_some(Rate {
        value: count * factor,
        lower: lower * factor,
        upper: upper * factor,
        unstable: population < options.min_population,
    })
}
