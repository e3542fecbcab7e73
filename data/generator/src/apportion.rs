//! Sharing a whole number out in whole numbers.

/// `total` shared out in proportion to `weights` by the largest remainder: the parts sum to `total` exactly.
///
/// Ties go to the earlier one. Weights that are negative or not a number count as zero; when all are zero, every
/// part is zero unless there is something to share, which the first ones then get one by one. Cost O(n log n).
pub(crate) fn apportion(total: u64, weights: &[f64]) -> Vec<u64> {
    let weight = |w: &f64| if *w > 0.0 { *w } else { 0.0 };
    let sum: f64 = weights.iter().map(weight).sum();
    let quota = |w: &f64| {
        if sum > 0.0 {
            total as f64 * weight(w) / sum
        } else {
            0.0
        }
    };
    let mut parts: Vec<u64> = weights.iter().map(|w| quota(w).floor() as u64).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    let remainder = |i: usize| quota(&weights[i]).fract();
    order.sort_by(|&a, &b| remainder(b).total_cmp(&remainder(a)).then(a.cmp(&b)));
    let missing = total.saturating_sub(parts.iter().sum());
    for &i in order.iter().cycle().take(missing as usize) {
        parts[i] += 1;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::apportion;

    #[test]
    fn the_parts_sum_to_the_whole() {
        let weights: Vec<f64> = (0..97).map(|i| f64::from(i % 13) + 0.37).collect();
        assert_eq!(apportion(162_505, &weights).iter().sum::<u64>(), 162_505);
    }

    #[test]
    fn the_largest_remainder_gets_what_is_left() {
        assert_eq!(apportion(10, &[1.0, 1.0, 1.0]), [4, 3, 3]);
        assert_eq!(apportion(4, &[0.45, 0.45, 0.1]), [2, 2, 0]);
    }

    #[test]
    fn nothing_to_weigh_still_shares_everything() {
        assert_eq!(apportion(3, &[0.0, 0.0]), [2, 1]);
        assert!(apportion(0, &[]).is_empty());
    }
}
