//! A sum that does not depend on the order of its terms.

/// A running sum kept exactly, as a short list of floats that do not overlap, and rounded once at the end.
///
/// So the total of a commune is the same bits whether its features were added one by one, by thread or by district.
/// Source: Shewchuk, "Adaptive precision floating-point arithmetic" (1997), the method of Python's `math.fsum`.
/// Terms must be finite; a sum beyond the range of `f64` becomes infinite.
#[derive(Clone, Debug, Default)]
pub struct ExactSum {
    /// Ascending by magnitude, without overlap.
    parts: Vec<f64>,
}

impl ExactSum {
    /// Adds a term.
    pub fn add(&mut self, term: f64) {
        let (mut carry, mut kept) = (term, 0);
        for position in 0..self.parts.len() {
            let (sum, error) = two_sum(carry, self.parts[position]);
            if error != 0.0 {
                self.parts[kept] = error;
                kept += 1;
            }
            carry = sum;
        }
        self.parts.truncate(kept);
        self.parts.push(carry);
    }

    /// Adds another sum.
    pub fn merge(&mut self, other: &Self) {
        other.parts.iter().for_each(|&part| self.add(part));
    }

    /// The sum, correctly rounded.
    pub fn total(&self) -> f64 {
        let Some((&largest, mut rest)) = self.parts.split_last() else {
            return 0.0;
        };
        let (mut total, mut error) = (largest, 0.0);
        while let Some((&next, smaller)) = rest.split_last() {
            (total, error) = two_sum(total, next);
            rest = smaller;
            if error != 0.0 {
                break;
            }
        }
        // Half-way cases: what lies below the error decides the rounding.
        if let Some(&below) = rest.last()
            && error != 0.0
            && (error < 0.0) == (below < 0.0)
        {
            let doubled = 2.0 * error;
            let rounded = total + doubled;
            if rounded - total == doubled {
                return rounded;
            }
        }
        total
    }
}

/// The rounded sum and what rounding lost, exactly (Knuth's two-sum).
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_virtual = sum - a;
    (sum, (a - (sum - b_virtual)) + (b - b_virtual))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    #[test]
    fn what_cancels_leaves_the_small_terms() {
        let mut sum = ExactSum::default();
        [1e100, 1.0, -1e100, 1e-9]
            .iter()
            .for_each(|&term| sum.add(term));
        // Python 3.11: math.fsum([1e100, 1.0, -1e100, 1e-9])
        assert_eq!(sum.total(), 1.000_000_001);
        assert_eq!(ExactSum::default().total(), 0.0);
    }

    #[test]
    fn half_way_cases_round_as_the_exact_sum_does() {
        let mut sum = ExactSum::default();
        [1e16, 1.0, 1e-16].iter().for_each(|&term| sum.add(term));
        // Python 3.11: math.fsum([1e16, 1.0, 1e-16])
        assert_eq!(sum.total(), 1.000_000_000_000_000_2e16);
    }

    proptest! {
        #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn order_and_grouping_do_not_change_a_bit(terms in prop::collection::vec(-1e12..1e12f64, 0..200), cut in 0usize..200) {
            let add_all = |terms: &mut dyn Iterator<Item = &f64>| {
                let mut sum = ExactSum::default();
                terms.for_each(|&term| sum.add(term));
                sum
            };
            let forward = add_all(&mut terms.iter());
            let backward = add_all(&mut terms.iter().rev());
            let cut = cut.min(terms.len());
            let mut grouped = add_all(&mut terms[cut..].iter());
            grouped.merge(&add_all(&mut terms[..cut].iter()));
            prop_assert_eq!(forward.total().to_bits(), backward.total().to_bits());
            prop_assert_eq!(forward.total().to_bits(), grouped.total().to_bits());
        }
    }
}
