//! Round numbers for legends and class limits.

/// The smallest of 1, 2, 2.5 and 5 times a power of ten that is not below `least`; 1 where that is not positive.
pub fn round_step(least: f64) -> f64 {
    let (factor, exponent) = step(least);
    decimal(factor, exponent)
}

/// Round limits that ascend from one step and stay below `peak`: at most `most`, at equal steps of [`round_step`].
///
/// Each is the number nearest to its decimal writing (0.3, not 0.30000000000000004). Empty where the peak is not positive
/// and finite, or `most` is zero.
pub fn round_levels(peak: f64, most: usize) -> Vec<f64> {
    if !(peak.is_finite() && peak > 0.0) || most == 0 {
        return vec![];
    }
    // With a limit on the peak itself there would be one step more than limits below.
    let (factor, exponent) = step(peak / (most as f64 + 1.0));
    let levels = (1..=most).map(|number| decimal(number as f64 * factor, exponent));
    levels.take_while(|level| *level < peak).collect()
}

/// Factor and power of ten of the round step.
fn step(least: f64) -> (f64, i32) {
    if !(least.is_finite() && least > 0.0) {
        return (1.0, 0);
    }
    let exponent = exponent(least);
    let large_enough = |factor: &f64| decimal(*factor, exponent) >= least;
    let factor = [1.0, 2.0, 2.5, 5.0].into_iter().find(large_enough);
    factor.map_or((1.0, exponent + 1), |factor| (factor, exponent))
}

/// The power of ten at or below a positive number.
#[expect(
    clippy::cast_possible_truncation,
    reason = "logarithms of finite numbers lie between -324 and 309"
)]
fn exponent(of: f64) -> i32 {
    of.log10().floor() as i32
}

/// `factor` × 10^`exponent` with one rounding wherever the power of ten is a number without rounding.
fn decimal(factor: f64, exponent: i32) -> f64 {
    if exponent < 0 {
        factor / 10f64.powi(-exponent)
    } else {
        factor * 10f64.powi(exponent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_the_round_numbers_not_below() {
        for (least, step) in [
            (0.9, 1.0),
            (1.0, 1.0),
            (1.01, 2.0),
            (2.2, 2.5),
            (3.0, 5.0),
            (5.1, 10.0),
            (2599.05, 5000.0),
            (0.03, 0.05),
            (0.11, 0.2),
        ] {
            assert_eq!(round_step(least), step, "{least}");
        }
        for nonsense in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(round_step(nonsense), 1.0);
        }
    }

    #[test]
    fn levels_ascend_below_the_peak_and_read_well() {
        assert_eq!(
            round_levels(15_594.3, 6),
            [2500.0, 5000.0, 7500.0, 10_000.0, 12_500.0, 15_000.0]
        );
        assert_eq!(round_levels(0.7, 6), [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]);
        assert_eq!(round_levels(12.0, 5), [2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(round_levels(4.0, 1), [2.0]);
        assert!(round_levels(0.0, 6).is_empty() && round_levels(5.0, 0).is_empty());
        for peak in [1e-300, 1e-9, 0.7, 59.0, 61.0, 1e12, 1e300, f64::MAX] {
            for most in 1..12 {
                let levels = round_levels(peak, most);
                assert!(!levels.is_empty() && levels.len() <= most, "{peak} {most}");
                assert!(levels.windows(2).all(|pair| pair[0] < pair[1]));
                assert!(levels.iter().all(|level| *level < peak && *level > 0.0));
            }
        }
    }
}
