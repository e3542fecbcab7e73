//! Confidence intervals of a Poisson count.

use statrs::distribution::{Continuous, ContinuousCDF, Gamma, Normal};

/// Count from which the approximation equals the exact interval to 12 digits, and costs less.
const EXACT_UP_TO: f64 = 1e7;
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
    if !(0.0..=LARGEST_COUNT).contains(&count) || !(tail > 0.0 && tail < 0.5) {
        return None;
    }
    if interval == Interval::Byar || count > EXACT_UP_TO {
        let z = -Normal::standard().inverse_cdf(tail);
        return Some((byar(count, -z).max(0.0), byar(count + 1.0, z)));
    }
    let lower = if count > 0.0 {
        gamma_quantile(count, tail)?
    } else {
        0.0
    };
    // 1 − tail rounds away what a tail near zero says; it is above 10⁻¹⁶, since the confidence is below 1.
    Some((lower, gamma_quantile(count + 1.0, 1.0 - tail)?))
}

/// n (1 − 1 / 9n + z / 3√n)³, zero for n = 0.
fn byar(count: f64, z: f64) -> f64 {
    if count > 0.0 {
        count * (1.0 - (9.0 * count).recip() + z / (3.0 * count.sqrt())).powi(3)
    } else {
        0.0
    }
}

/// The quantile of the gamma distribution of scale 1.
fn gamma_quantile(shape: f64, probability: f64) -> Option<f64> {
    let gamma = Gamma::new(shape, 1.0).ok()?;
    let near = gamma.inverse_cdf(probability);
    // The library stops at 1e-9; a step of Newton's doubles the digits.
    let step = (gamma.cdf(near) - probability) / gamma.ln_pdf(near).exp();
    let refined = near - step;
    Some(if (step / near).abs() < 1e-6 {
        refined
    } else {
        near
    })
}
