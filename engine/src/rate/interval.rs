//! Confidence intervals of a Poisson count.

use statrs::distribution::{Continuous, ContinuousCDF, Gamma, Normal};

/// Count from which the approximation equals the exact interval to 12 digits, and costs less.
const EXACT_UP_TO: f64 = 1e7;
/// Steps that lead from the approximation to the quantile with room to spare.
const MAX_STEPS: usize = 10;
/// Largest count: whole numbers end here.
const LARGEST_COUNT: f64 = 9e15;

/// How the interval is computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Interval {
    /// Byar's approximation, within 1 % of the exact ends from 5 events on; what health departments publish.
    /// Source: Breslow & Day, Statistical Methods in Cancer Research II (1987), p. 69.
    Byar,
    /// From quantiles of the gamma distribution, which hold the confidence for every count. Source: Garwood (1936).
    #[default]
    Exact,
}

/// The interval of the expected number of events where `count` were seen; the lower end of zero events is zero.
///
/// Whole counts are usual; weighted ones are accepted. `None` for a negative count, one beyond 9 × 10¹⁵, and for a
/// confidence that is not above 0 and below 1.
pub fn poisson_interval(count: f64, confidence: f64, interval: Interval) -> Option<(f64, f64)> {
    let tail = (1.0 - confidence) / 2.0;
    let usable = (0.0..=LARGEST_COUNT).contains(&count) && tail > 0.0 && tail < 0.5;
    if !usable {
        return None;
    }
    let z = -Normal::standard().inverse_cdf(tail);
    let (low, high) = (byar(count, -z).max(0.0), byar(count + 1.0, z));
    if interval == Interval::Byar || count > EXACT_UP_TO {
        return Some((low, high));
    }
    let exact_low = if count > 0.0 {
        // For less than a tenth of an event the search ends a billionth above zero, where the end belongs.
        gamma_quantile(count, tail, low)?.min(count)
    } else {
        0.0
    };
    Some((exact_low, gamma_quantile(count + 1.0, 1.0 - tail, high)?))
}

/// n (1 − 1 / 9n + z / 3√n)³, zero for n = 0.
fn byar(count: f64, z: f64) -> f64 {
    if count > 0.0 {
        count * (1.0 - (9.0 * count).recip() + z / (3.0 * count.sqrt())).powi(3)
    } else {
        0.0
    }
}

/// The quantile of the gamma distribution of scale 1, by Newton's method from a value near it.
///
/// Far less work than the library's own search, which narrows a bracket and stops at 1e-9; that is where it begins
/// again if it went astray.
fn gamma_quantile(shape: f64, probability: f64, near: f64) -> Option<f64> {
    let gamma = Gamma::new(shape, 1.0).ok()?;
    let newton = |start: f64| {
        let mut quantile = start;
        for _ in 0..MAX_STEPS {
            let step = (gamma.cdf(quantile) - probability) / gamma.ln_pdf(quantile).exp();
            quantile -= step;
            // Digits double with each step.
            if (step / quantile).abs() < 1e-8 && quantile > 0.0 {
                return Some(quantile);
            }
        }
        None
    };
    newton(near).or_else(|| {
        let searched = gamma.inverse_cdf(probability);
        newton(searched).or(Some(searched))
    })
}
