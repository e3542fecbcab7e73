//! How much each part counts (F6, F7).

use super::CompositeError;
use super::normalise::Normalised;
use super::pca::Pca;
use crate::social::sum;

/// Where weights come from.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Weighting {
    /// The same for all.
    #[default]
    Equal,
    /// As given by experts or a vote, one per part, at least zero each; only their proportions count.
    Given(Vec<f64>),
    /// In proportion to the loadings of the first principal component, so that an arithmetic composite of z-scores is
    /// that component. A part that loads against its polarity gets nothing, and is named.
    Pca,
    /// In proportion to 1 − entropy of each part's values: what differs most counts most (Shannon; Zeleny 1982).
    Entropy,
}

/// Weights that add up to 1, and why they are as they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// One per part; zero for a constant part. All zero where no part varies.
    pub values: Vec<f64>,
    /// The components, for weights made of them.
    pub pca: Option<Pca>,
    /// Parts that lost their weight because their loading is below zero.
    pub against_polarity: Vec<usize>,
    /// The method had no answer (no complete territory, two first components, nothing above zero), so that the weights
    /// are equal.
    pub fell_back_to_equal: bool,
}

impl Weights {
    /// Weighs normalised parts.
    ///
    /// # Errors
    /// [`CompositeError::WeightCount`] and [`CompositeError::Weight`] for given weights that are none.
    pub fn of(parts: &[Normalised], weighting: &Weighting) -> Result<Self, CompositeError> {
        let equal = || vec![1.0; parts.len()];
        let mut pca = None;
        let raw = match weighting {
            Weighting::Equal => equal(),
            Weighting::Given(given) => checked(given, parts.len())?.to_vec(),
            Weighting::Entropy => parts.iter().map(entropy_weight).collect(),
            Weighting::Pca => {
                pca = Pca::of(&varying(parts)).map(|found| spread_out(found, parts));
                pca.as_ref()
                    .filter(|pca| !pca.tied)
                    .map_or_else(|| vec![0.0; parts.len()], |pca| pca.loadings.clone())
            }
        };
        let against_polarity = (0..parts.len()).filter(|&part| raw[part] < 0.0).collect();
        let (values, fell_back_to_equal) = match to_one(&raw, parts) {
            Some(values) => (values, false),
            None => (
                to_one(&equal(), parts).unwrap_or_else(|| vec![0.0; parts.len()]),
                *weighting != Weighting::Equal,
            ),
        };
        Ok(Self {
            values,
            pca,
            against_polarity,
            fell_back_to_equal,
        })
    }
}

fn checked(given: &[f64], parts: usize) -> Result<&[f64], CompositeError> {
    if given.len() != parts {
        return Err(CompositeError::WeightCount {
            found: given.len(),
            expected: parts,
        });
    }
    let wrong = given
        .iter()
        .position(|weight| !(0.0..=1e6).contains(weight));
    wrong.map_or(Ok(given), |part| Err(CompositeError::Weight(part)))
}

/// Weights above zero of parts that vary, divided by their sum; `None` where there is none.
fn to_one(raw: &[f64], parts: &[Normalised]) -> Option<Vec<f64>> {
    let own = |(raw, part): (&f64, &Normalised)| if part.constant { 0.0 } else { raw.max(0.0) };
    let kept: Vec<f64> = raw.iter().zip(parts).map(own).collect();
    let total = sum(kept.iter().copied());
    (total > 0.0).then(|| kept.iter().map(|weight| weight / total).collect())
}

fn varying(parts: &[Normalised]) -> Vec<&[Option<f64>]> {
    let varying = parts.iter().filter(|part| !part.constant);
    varying.map(|part| part.values.as_slice()).collect()
}

/// The loadings of parts that vary, with zeros for those that do not.
fn spread_out(mut pca: Pca, parts: &[Normalised]) -> Pca {
    let mut loadings = pca.loadings.into_iter();
    let own = |part: &Normalised| {
        if part.constant {
            0.0
        } else {
            loadings.next().unwrap_or_default()
        }
    };
    pca.loadings = parts.iter().map(own).collect();
    pca
}

/// 1 − entropy of the values, put on 0 to 1 and divided by their sum, relative to ln n.
fn entropy_weight(part: &Normalised) -> f64 {
    let present = || part.values.iter().flatten();
    let low = present().copied().fold(f64::INFINITY, f64::min);
    let high = present().copied().fold(f64::NEG_INFINITY, f64::max);
    if part.constant || low >= high {
        return 0.0;
    }
    let heights: Vec<f64> = present()
        .map(|value| (value - low) / (high - low))
        .collect();
    let total = sum(heights.iter().copied());
    let shares = heights
        .iter()
        .map(|height| height / total)
        .filter(|share| *share > 0.0);
    let entropy = sum(shares.map(|share| -share * share.ln()));
    (1.0 - entropy / (heights.len() as f64).ln()).max(0.0)
}
