//! How mixed the categories of a territory are: land uses, ages, incomes (E1, E2).

use super::sum;

/// Shares of the categories of one territory and the indexes made of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Diversity {
    /// Sum of the counts.
    pub total: f64,
    /// Share of each category, in the order given.
    pub shares: Vec<f64>,
    /// Categories with a count above zero.
    pub present: usize,
    /// Shannon's entropy −Σ p ln p, in nats; zero for one category.
    pub shannon: f64,
    /// Simpson's index of diversity 1 − Σ p² (Gini–Simpson): the chance that two drawn with replacement differ.
    pub simpson: f64,
    /// The same without replacement, 1 − Σ n(n − 1) / (N(N − 1)), without bias for few individuals; meaningful for
    /// whole counts only, `None` where N ≤ 1.
    pub simpson_unbiased: Option<f64>,
    /// Herfindahl's index of concentration Σ p².
    pub herfindahl: f64,
}

/// The number of categories that evenness is measured against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Among {
    /// Those with a count above zero (Pielou's J).
    Present,
    /// A fixed number, so that an absent category lowers evenness and territories compare.
    Of(usize),
}

impl Diversity {
    /// Measures the counts of the categories of a territory, at least zero each.
    ///
    /// `None` where the sum is zero, or where a count is negative or not finite: what is wrong cannot be a share.
    /// Sources: Shannon (1948); Simpson (1949).
    pub fn of(counts: &[f64]) -> Option<Self> {
        let usable = |count: &f64| count.is_finite() && *count >= 0.0;
        let total = counts
            .iter()
            .all(usable)
            .then(|| sum(counts.iter().copied()))
            .filter(|total| *total > 0.0 && total.is_finite())?;
        let shares: Vec<f64> = counts.iter().map(|count| count / total).collect();
        let herfindahl = sum(shares.iter().map(|share| share * share));
        let pairs = |count: f64| (count / total) * ((count - 1.0) / (total - 1.0));
        Some(Self {
            total,
            present: counts.iter().filter(|count| **count > 0.0).count(),
            shannon: sum(shares.iter().map(|&share| entropy_term(share))),
            simpson: 1.0 - herfindahl,
            simpson_unbiased: (total > 1.0)
                .then(|| 1.0 - sum(counts.iter().map(|&count| pairs(count)))),
            herfindahl,
            shares,
        })
    }

    /// Shannon's entropy as a share of the largest possible, H / ln k.
    ///
    /// `None` for k = 1, where there is nothing to be even among (0 / 0), and where more than k are present.
    pub fn evenness(&self, among: Among) -> Option<f64> {
        let categories = match among {
            Among::Present => self.present,
            Among::Of(categories) => categories,
        };
        (categories > 1 && categories >= self.present)
            .then(|| (self.shannon / (categories as f64).ln()).min(1.0))
    }
}

/// −p ln p, with 0 ln 0 = 0.
fn entropy_term(share: f64) -> f64 {
    if share > 0.0 {
        (share * share.ln()).abs()
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::social::golden::{Golden, assert_close, sample, seeded};

    fn assert_matches(golden: &Golden, key: &str, counts: &[f64]) {
        let found = Diversity::of(counts).unwrap();
        let expected = |index: &str| golden.value(&format!("{index}:{key}"));
        assert_close(found.shannon, expected("shannon"));
        assert_close(found.simpson, expected("simpson"));
        assert_close(
            found.simpson_unbiased.unwrap(),
            expected("simpson_unbiased"),
        );
        assert_close(found.herfindahl, expected("herfindahl"));
        assert_close(
            found.evenness(Among::Present).unwrap(),
            expected("evenness"),
        );
    }

    #[test]
    fn diversity_of_ages_and_of_seeded_counts_is_that_of_scipy() {
        let golden = Golden::read();
        let ages = sample();
        for row in [0, 17, 279] {
            let counts: Vec<f64> = ages.groups().iter().map(|age| age[row].unwrap()).collect();
            assert_matches(&golden, &format!("sample:{row}"), &counts);
        }
        let seeded = seeded();
        for row in [1, 5, 59] {
            let counts: Vec<f64> = seeded
                .groups()
                .iter()
                .map(|group| group[row].unwrap())
                .collect();
            assert_matches(&golden, &format!("seeded:{row}"), &counts);
        }
    }

    #[test]
    fn one_category_has_no_entropy_and_no_evenness() {
        let one = Diversity::of(&[0.0, 12.0]).unwrap();
        assert_eq!((one.shannon, one.simpson, one.present), (0.0, 0.0, 1));
        assert!(one.shannon.is_sign_positive());
        assert_eq!(one.evenness(Among::Present), None);
        assert_eq!(one.evenness(Among::Of(2)), Some(0.0));
        assert_eq!(one.evenness(Among::Of(0)), None);
    }

    #[test]
    fn an_empty_category_changes_evenness_only_where_it_counts() {
        let half = Diversity::of(&[5.0, 5.0, 0.0]).unwrap();
        assert_eq!(half.evenness(Among::Present), Some(1.0));
        assert_close(
            half.evenness(Among::Of(3)).unwrap(),
            2.0f64.ln() / 3.0f64.ln(),
        );
        assert_eq!(
            Diversity::of(&[1.0; 3]).unwrap().evenness(Among::Of(2)),
            None
        );
    }

    #[test]
    fn nothing_or_nonsense_has_no_diversity() {
        for counts in [
            &[][..],
            &[0.0, 0.0],
            &[3.0, -1.0],
            &[f64::NAN, 1.0],
            &[f64::INFINITY],
            &[f64::MAX, f64::MAX],
        ] {
            assert_eq!(Diversity::of(counts), None, "{counts:?}");
        }
    }

    #[test]
    fn a_single_individual_has_no_unbiased_simpson() {
        assert_eq!(Diversity::of(&[1.0, 0.0]).unwrap().simpson_unbiased, None);
        assert_eq!(
            Diversity::of(&[1.0, 1.0]).unwrap().simpson_unbiased,
            Some(1.0)
        );
    }
}
