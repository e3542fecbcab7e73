//! Tail of the normal distribution.

use std::f64::consts::PI;

/// Probability that a standard normal number is at least `z` away from zero, to either side; accurate to 1e-14.
///
/// Sources: below 3 the series Φ(z) − ½ = φ(z) Σ z^(2k+1) / (1·3·5…(2k+1)) (Marsaglia, "Evaluating the normal
/// distribution", 2004); above, Laplace's continued fraction of the tail.
pub(super) fn two_sided(z: f64) -> f64 {
    let z = z.abs();
    if z.is_nan() {
        return f64::NAN;
    }
    let density = (-z * z / 2.0).exp() / (2.0 * PI).sqrt();
    if z < 3.0 {
        let (mut term, mut sum, mut odd) = (z, z, 1.0);
        while term > sum * f64::EPSILON / 4.0 {
            odd += 2.0;
            term *= z * z / odd;
            sum += term;
        }
        return 1.0 - 2.0 * density * sum;
    }
    let fraction = (1..=100)
        .rev()
        .fold(z, |below, step| z + f64::from(step) / below);
    2.0 * density / fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_are_those_of_scipy() {
        // scipy 1.17.1: 2 * scipy.stats.norm.sf(z)
        let expected = [
            (0.0, 1.0),
            (0.5, 0.617_075_077_451_973_8),
            (1.959_963_984_540_054, 0.05),
            (2.999, 0.002_708_673_067_454_211_5),
            (3.0, 0.002_699_796_063_260_186_6),
            (5.0, 5.733_031_437_583_866e-7),
            (10.0, 1.523_970_604_832_094e-23),
        ];
        for (z, p) in expected {
            for z in [z, -z] {
                assert!(
                    (two_sided(z) - p).abs() <= 1e-13 * (1.0 + p),
                    "{z}: {}",
                    two_sided(z)
                );
            }
        }
        assert!((two_sided(10.0) / 1.523_970_604_832_094e-23 - 1.0).abs() < 1e-12);
        assert_eq!(two_sided(f64::INFINITY), 0.0);
        assert!(two_sided(f64::NAN).is_nan());
    }
}
