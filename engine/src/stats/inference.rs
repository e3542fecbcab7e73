//! How a p-value comes about, and in which words a result says so.

use std::fmt;

use thiserror::Error;

use super::global::LeftOut;
use super::normal;
use super::weights::Weights;

/// Most permutations of one statistic.
pub const MAX_PERMUTATIONS: u32 = 99_999;

/// How many permutations, under which seed. Zero: p-values are those of the normal distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permutations {
    count: u32,
    seed: u64,
}

/// More permutations than [`MAX_PERMUTATIONS`].
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("{0} permutations are too many; at most {MAX_PERMUTATIONS}")]
pub struct TooManyPermutations(pub u32);

impl Permutations {
    /// So many permutations under a seed.
    ///
    /// # Errors
    /// When there are more than [`MAX_PERMUTATIONS`].
    pub fn new(count: u32, seed: u64) -> Result<Self, TooManyPermutations> {
        if count > MAX_PERMUTATIONS {
            return Err(TooManyPermutations(count));
        }
        Ok(Self { count, seed })
    }

    /// None: p-values are those of the normal distribution.
    pub fn none() -> Self {
        Self { count: 0, seed: 0 }
    }

    /// How many.
    pub fn count(self) -> u32 {
        self.count
    }

    /// What the random numbers start from.
    pub fn seed(self) -> u64 {
        self.seed
    }
}

impl Default for Permutations {
    fn default() -> Self {
        Self {
            count: 999,
            seed: 1,
        }
    }
}

/// Which permutations count as at least as extreme as what was observed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tail {
    /// Those on the observed side, p = (R + 1) / (M + 1) with the smaller R of "at least" and "at most": what `GeoDa`
    /// shows, and `esda` as "directed". The side is chosen after the fact, so chance finds twice as many as p says.
    OneSided,
    /// Twice the one-sided p, at most 1.
    #[default]
    TwoSided,
}

impl fmt::Display for Tail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OneSided => "one-sided",
            Self::TwoSided => "two-sided",
        })
    }
}

/// What decides that a territory is significant among many that are tested.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Correction {
    /// Its own p ≤ α.
    None,
    /// The false discovery rate stays below α (Benjamini & Hochberg 1995).
    #[default]
    Fdr,
    /// p ≤ α / n: the chance of a single false one stays below α.
    Bonferroni,
}

impl fmt::Display for Correction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "uncorrected",
            Self::Fdr => "false discovery rate (Benjamini & Hochberg)",
            Self::Bonferroni => "Bonferroni",
        })
    }
}

/// What is asked of a test. Global statistics make no use of `alpha` and `correction`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Inference {
    /// Permutations of pseudo-p-values.
    pub permutations: Permutations,
    /// Which of them count.
    pub tail: Tail,
    /// Level below which a territory is significant.
    pub alpha: f64,
    /// How the level takes into account that many are tested.
    pub correction: Correction,
}

impl Default for Inference {
    /// 999 permutations under the seed 1, two-sided, a false discovery rate of 5 %.
    fn default() -> Self {
        Self {
            permutations: Permutations::default(),
            tail: Tail::default(),
            alpha: 0.05,
            correction: Correction::default(),
        }
    }
}

impl Inference {
    /// The p-value: of the permutations where there are some, else of the normal distribution.
    pub(super) fn p(&self, tails: Option<Tails>, z: Option<f64>) -> Option<f64> {
        match tails {
            Some(tails) => Some(tails.p(self.tail, self.permutations)),
            None => z.map(|z| normal_p(z, self.tail)),
        }
    }

    /// The smallest p-value that the permutations can give.
    pub(super) fn p_floor(&self) -> Option<f64> {
        let none = Tails {
            at_least: 0,
            at_most: 0,
        };
        (self.permutations.count > 0).then(|| none.p(self.tail, self.permutations))
    }
}

/// p of a z-score under the normal distribution.
pub(super) fn normal_p(z: f64, tail: Tail) -> f64 {
    match tail {
        Tail::OneSided => normal::two_sided(z) / 2.0,
        Tail::TwoSided => normal::two_sided(z),
    }
}

/// How many permutations gave at least, and at most, what was observed. Equal ones are in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tails {
    pub(super) at_least: u64,
    pub(super) at_most: u64,
}

impl Tails {
    /// Numbers within `tolerance` of the observed one are equal to it: rounding must not break a tie.
    pub(super) fn count(observed: f64, simulated: &[f64], tolerance: f64) -> Self {
        let count = |extreme: &dyn Fn(f64) -> bool| {
            simulated.iter().filter(|&&value| extreme(value)).count() as u64
        };
        Self {
            at_least: count(&|value| value >= observed - tolerance),
            at_most: count(&|value| value <= observed + tolerance),
        }
    }

    pub(super) fn p(self, tail: Tail, permutations: Permutations) -> f64 {
        let extreme = self.at_least.min(self.at_most) + 1;
        let one_sided = extreme as f64 / (f64::from(permutations.count) + 1.0);
        match tail {
            Tail::OneSided => one_sided,
            Tail::TwoSided => (2.0 * one_sided).min(1.0),
        }
    }
}

/// What was computed and how; `to_string()` says it in one sentence.
#[derive(Clone, Debug, PartialEq)]
pub struct Method {
    /// Name and source of the statistic.
    pub statistic: &'static str,
    /// Weights in words, with their transform.
    pub weights: String,
    /// Permutations, tail and correction.
    pub inference: Inference,
    /// Territories that took part.
    pub n: usize,
    /// Territories that did not.
    pub left_out: LeftOut,
    /// Whether it is a local statistic: permutations keep the territory's own value, and many are tested.
    pub local: bool,
}

impl Method {
    pub(super) fn weights(weights: &Weights, transform: impl fmt::Display) -> String {
        let neighbours = match weights.spec() {
            Some(spec) => spec.describe(),
            None => "given neighbours".to_owned(),
        };
        format!("{neighbours}, {transform}")
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inference {
            permutations,
            tail,
            alpha,
            correction,
        } = self.inference;
        write!(f, "{} of {} territories", self.statistic, self.n)?;
        write!(f, "; weights: {}", self.weights)?;
        match permutations.count {
            0 => write!(f, "; {tail} p of the normal distribution")?,
            count => {
                let kind = if self.local { "conditional " } else { "" };
                let seed = permutations.seed;
                write!(
                    f,
                    "; {tail} pseudo-p of {count} {kind}permutations, seed {seed}"
                )?;
            }
        }
        if self.local {
            write!(f, "; significant at {alpha}, {correction}")?;
        }
        let LeftOut { missing, islands } = self.left_out;
        if missing > 0 {
            write!(f, "; {missing} without a value left out with their links")?;
        }
        if islands > 0 {
            write!(f, "; {islands} without neighbours left out")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permutations_are_bounded() {
        assert_eq!(Permutations::new(99_999, 1).unwrap().count(), 99_999);
        assert_eq!(
            Permutations::new(100_000, 1).unwrap_err().to_string(),
            "100000 permutations are too many; at most 99999"
        );
    }

    #[test]
    fn ties_count_on_both_sides_and_two_sided_p_is_twice_the_smaller() {
        let simulated = [0.1, 0.2, 0.3, 0.1 + 0.2, 0.4, 0.5, 0.6, 0.7, 0.8];
        let tails = Tails::count(0.3, &simulated, 1e-12);
        assert_eq!(
            tails,
            Tails {
                at_least: 7,
                at_most: 4
            }
        );
        let permutations = Permutations::new(9, 1).unwrap();
        assert_eq!(tails.p(Tail::OneSided, permutations), 0.5);
        assert_eq!(tails.p(Tail::TwoSided, permutations), 1.0);
    }
}
