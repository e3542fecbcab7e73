//! Many tests at once: false discovery rate and Bonferroni, and what permutations can show at all.

/// From which p on territories are significant, by each correction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Corrections {
    /// The level asked for.
    pub alpha: f64,
    /// Territories that were tested.
    pub tests: usize,
    /// The largest p that passes Benjamini & Hochberg; `None` where none does.
    pub fdr_cutoff: Option<f64>,
    /// α / n; `None` where nothing was tested.
    pub bonferroni_cutoff: Option<f64>,
    /// The smallest p that the permutations can give; `None` without permutations.
    pub p_floor: Option<f64>,
    /// How many territories must reach `p_floor` before any can pass Benjamini & Hochberg; zero without permutations.
    pub fdr_needs: usize,
}

impl Corrections {
    pub(super) fn new(p: &[f64], alpha: f64, p_floor: Option<f64>) -> Self {
        let tests = p.len();
        Self {
            alpha,
            tests,
            fdr_cutoff: fdr_cutoff(p, alpha),
            bonferroni_cutoff: (tests > 0).then(|| alpha / tests as f64),
            p_floor,
            fdr_needs: p_floor.map_or(0, |floor| {
                (1..=tests)
                    .find(|&rank| floor <= fdr_line(rank, tests, alpha))
                    .unwrap_or(tests + 1)
            }),
        }
    }

    /// Whether Bonferroni can pass anything: the smallest p of the permutations is not above α / n.
    pub fn bonferroni_reachable(&self) -> bool {
        match (self.p_floor, self.bonferroni_cutoff) {
            (Some(floor), Some(cutoff)) => floor <= cutoff,
            _ => true,
        }
    }

    /// What the permutations are too few for, in a sentence; `None` where they are enough.
    pub fn note(&self) -> Option<String> {
        let floor = self.p_floor?;
        if self.tests == 0 || self.bonferroni_reachable() {
            return None;
        }
        let tests = self.tests;
        let bonferroni = format!(
            "no p can be below {floor:.2e}, which is above α / n = {:.2e}: nothing can pass Bonferroni",
            self.alpha / tests as f64
        );
        Some(if self.fdr_needs > tests {
            format!("{bonferroni}, nor the false discovery rate; more permutations are needed")
        } else {
            let needs = self.fdr_needs;
            format!(
                "{bonferroni}, and {needs} of {tests} territories must reach the smallest p before any passes the false discovery rate"
            )
        })
    }
}

/// The largest p that passes Benjamini & Hochberg (1995) at a level: the largest p(i) ≤ i α / n. `None` where none passes.
///
/// Numbers that are no probabilities count as 1. Cost O(n log n).
pub fn fdr_cutoff(p: &[f64], alpha: f64) -> Option<f64> {
    let mut sorted: Vec<f64> = p
        .iter()
        .map(|&p| if p.is_nan() { 1.0 } else { p })
        .collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let passes = |(rank, p): &(usize, f64)| *p <= fdr_line(rank + 1, sorted.len(), alpha);
    let mut all = sorted.iter().copied().enumerate().rev();
    all.find(passes).map(|(_, p)| p)
}

/// What the p of a rank must not exceed.
fn fdr_line(rank: usize, tests: usize, alpha: f64) -> f64 {
    rank as f64 * alpha / tests as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cutoff_is_that_of_the_paper_and_of_scipy() {
        // The fifteen p-values of Benjamini & Hochberg (1995), section 4.1: four are rejected at 0.05.
        let p = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
            0.5719, 0.6528, 0.7590, 1.000,
        ];
        assert_eq!(fdr_cutoff(&p, 0.05), Some(0.0095));
        assert_eq!(fdr_cutoff(&p, 0.00001), None);
        assert_eq!(fdr_cutoff(&[], 0.05), None);
        assert_eq!(fdr_cutoff(&[f64::NAN, 0.01], 0.05), Some(0.01));
        assert_eq!(fdr_cutoff(&[0.05, 0.05], 0.05), Some(0.05));
    }

    #[test]
    fn too_few_permutations_for_a_correction_are_said() {
        let p = vec![0.001; 5000];
        let few = Corrections::new(&p, 0.05, Some(0.001));
        assert!(!few.bonferroni_reachable());
        assert_eq!(few.fdr_needs, 100);
        assert!(few.note().unwrap().contains("100 of 5000"));
        let none = Corrections::new(&p, 0.05, Some(0.1));
        assert!(
            none.note()
                .unwrap()
                .contains("nor the false discovery rate")
        );
        assert_eq!(Corrections::new(&p[..40], 0.05, Some(0.001)).note(), None);
        assert_eq!(Corrections::new(&p, 0.05, None).note(), None);
        assert_eq!(Corrections::new(&[], 0.05, Some(0.001)).note(), None);
    }
}
