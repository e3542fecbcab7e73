//! How much a composite depends on its choices (F8, K7): parts left out, weights drawn at random, agreement of parts.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use rayon::prelude::*;

use super::aggregate::Composite;
use super::normalise::quantile;
use super::{CompositeError, ascending_ranks, measured, rank};
use crate::social::sum;

/// Most draws of weights.
pub const MAX_DRAWS: u32 = 100_000;
/// Most ranks kept at once (256 MiB).
const MAX_RANKS: usize = 1 << 26;

/// Rank of each value from 1, the highest; ties share the mean of their ranks.
pub fn ranks(values: &[Option<f64>]) -> Vec<Option<f64>> {
    let turned: Vec<_> = values
        .iter()
        .map(|value| value.map(|value| -value))
        .collect();
    ascending_ranks(&turned)
}

/// Spearman's correlation of two columns over the territories with both; `None` where a column does not vary.
pub fn spearman(first: &[Option<f64>], second: &[Option<f64>]) -> Option<f64> {
    let both: Vec<(f64, f64)> = first
        .iter()
        .zip(second)
        .filter_map(|(a, b)| Some((measured(*a)?, measured(*b)?)))
        .collect();
    let centred = |column: Vec<Option<f64>>| {
        let middle = f64::midpoint(both.len() as f64, 1.0);
        let ranks = ascending_ranks(&column).into_iter().flatten();
        ranks.map(|rank| rank - middle).collect::<Vec<f64>>()
    };
    let a = centred(both.iter().map(|pair| Some(pair.0)).collect());
    let b = centred(both.iter().map(|pair| Some(pair.1)).collect());
    let product = |a: &[f64], b: &[f64]| sum(a.iter().zip(b).map(|(a, b)| a * b));
    let norm = (product(&a, &a) * product(&b, &b)).sqrt();
    (norm > 0.0).then(|| (product(&a, &b) / norm).clamp(-1.0, 1.0))
}

/// Cronbach's α of the parts of a composite, k / (k − 1) (1 − Σ var(part) / var(Σ parts)): whether they measure one
/// thing; from 0.7 on it is usually said that they do.
///
/// Over the territories with every part that varies, as normalised. `None` with fewer than two such parts or
/// territories, and where the sum does not vary. Source: Cronbach (1951).
pub fn cronbach_alpha(composite: &Composite) -> Option<f64> {
    let parts: Vec<&[Option<f64>]> = composite
        .parts
        .iter()
        .filter(|part| !part.constant)
        .map(|part| part.values.as_slice())
        .collect();
    let rows: Vec<Vec<f64>> = (0..composite.values.len())
        .filter_map(|row| parts.iter().map(|part| part[row]).collect())
        .collect();
    let count = parts.len() as f64;
    let own = sum((0..parts.len()).map(|part| squares(rows.iter().map(|row| row[part]))));
    let total = squares(rows.iter().map(|row| sum(row.iter().copied())));
    (parts.len() > 1 && total > 0.0).then(|| count / (count - 1.0) * (1.0 - own / total))
}

/// Sum of squares around the mean.
fn squares(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let count = values.clone().count() as f64;
    let mean = sum(values.clone()) / count;
    sum(values.map(|value| (value - mean).powi(2)))
}

/// What becomes of the ranks without a part.
#[derive(Clone, Debug, PartialEq)]
pub struct LeftOut {
    /// The part, from 0.
    pub part: usize,
    /// Ranks without it; its weight goes to the others in proportion.
    pub ranks: Vec<Option<f64>>,
    /// Spearman's correlation with the ranks of all parts.
    pub spearman: Option<f64>,
    /// Mean change of a rank, up or down.
    pub mean_shift: f64,
    /// Largest change of a rank, up or down.
    pub max_shift: f64,
}

/// Leaves out each part that weighs something, one after the other.
pub fn leave_one_out(composite: &Composite) -> Vec<LeftOut> {
    let all = ranks(&composite.values);
    let without = |part: usize| {
        let mut weights = composite.weights.values.clone();
        weights[part] = 0.0;
        let values = composite.reweighted(&weights);
        let ranks = ranks(&values);
        let shifts: Vec<f64> = all
            .iter()
            .zip(&ranks)
            .filter_map(|(before, after)| Some((before.as_ref()? - after.as_ref()?).abs()))
            .collect();
        LeftOut {
            part,
            spearman: spearman(&composite.values, &values),
            mean_shift: sum(shifts.iter().copied()) / (shifts.len().max(1) as f64),
            max_shift: shifts.iter().copied().fold(0.0, f64::max),
            ranks,
        }
    };
    let weights = composite.weights.values.iter().enumerate();
    weights
        .filter(|(_, weight)| **weight > 0.0)
        .map(|(part, _)| without(part))
        .collect()
}

/// How weights are drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RandomWeights {
    /// Number of draws, up to [`MAX_DRAWS`].
    pub draws: u32,
    /// The same seed draws the same weights, at any number of threads.
    pub seed: u64,
    /// How far the weights go from those of the composite, 0 to 1. At 1 every set of weights is as likely as any other
    /// (Dirichlet with all parameters 1); at less they are (1 − spread) × own + spread × drawn.
    pub spread: f64,
}

/// Where the rank of a territory lies when the weights are uncertain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RankBand {
    /// Rank with the weights of the composite.
    pub rank: f64,
    /// Rank that one draw in twenty does not reach.
    pub p5: f64,
    /// Rank in the middle.
    pub median: f64,
    /// Rank that one draw in twenty exceeds.
    pub p95: f64,
    /// Mean rank.
    pub mean: f64,
}

/// Rank bands of the territories with a value, under random weights of the parts that vary.
///
/// Cost O(draws × territories × (parts + log territories)), over all threads. Source: Lahdelma & Salminen (2001), SMAA-2;
/// Saisana, Saltelli & Tarantola (2005).
///
/// # Errors
/// [`CompositeError::Draws`] beyond [`MAX_DRAWS`] or 2²⁶ ranks; [`CompositeError::Share`] for a spread outside 0 to 1.
pub fn rank_bands(
    composite: &Composite,
    random: RandomWeights,
) -> Result<Vec<Option<RankBand>>, CompositeError> {
    if !(0.0..=1.0).contains(&random.spread) {
        return Err(CompositeError::Share(random.spread));
    }
    let rows = composite.rows();
    let ranks_kept = rows.len().saturating_mul(random.draws as usize);
    if random.draws > MAX_DRAWS || ranks_kept > MAX_RANKS {
        return Err(CompositeError::Draws {
            draws: random.draws,
            territories: rows.len(),
        });
    }
    let drawn: Vec<Vec<u32>> = (0..random.draws)
        .into_par_iter()
        .map(|draw| doubled_ranks(&rows, &drawn_weights(composite, random, draw)))
        .collect();
    let own = ranks(&composite.values);
    let of_row = |position: usize| {
        let territory = rows[position].0;
        let of_territory = drawn.iter().map(|ranks| ranks[position]).collect();
        (
            territory,
            own[territory].and_then(|rank| band(rank, of_territory)),
        )
    };
    let found: Vec<_> = (0..rows.len()).into_par_iter().map(of_row).collect();
    let mut bands = vec![None; composite.values.len()];
    for (territory, band) in found {
        bands[territory] = band;
    }
    Ok(bands)
}

/// Exponential numbers of a draw; divided by their sum they are spread evenly over all weights that add up to 1.
///
/// Each draw has a stream of its own, so that it does not matter who computes it.
pub(crate) fn exponentials(seed: u64, draw: u32) -> impl FnMut() -> f64 {
    let mut stream = ChaCha8Rng::seed_from_u64(seed);
    stream.set_stream(u64::from(draw));
    // −ln U of each, divided by their sum, is Dirichlet with all parameters 1; U is in the middle of 2⁵³ steps, not 0.
    move || -(((stream.next_u64() >> 11) as f64 + 0.5) / (1u64 << 53) as f64).ln()
}

/// The weights of a draw: points spread evenly over all weights that add up to 1, pulled towards those of the composite.
fn drawn_weights(composite: &Composite, random: RandomWeights, draw: u32) -> Vec<f64> {
    let mut exponential = exponentials(random.seed, draw);
    let heights: Vec<f64> = composite
        .parts
        .iter()
        .map(|part| if part.constant { 0.0 } else { exponential() })
        .collect();
    let total: f64 = heights.iter().sum();
    let pulled = |(own, height): (&f64, &f64)| {
        (1.0 - random.spread) * own + random.spread * height / total.max(f64::MIN_POSITIVE)
    };
    composite
        .weights
        .values
        .iter()
        .zip(&heights)
        .map(pulled)
        .collect()
}

/// Twice the rank of each row, 1 for the highest.
fn doubled_ranks(rows: &[(usize, Vec<f64>)], weights: &[f64]) -> Vec<u32> {
    let value = |(position, (_, row)): (usize, &(usize, Vec<f64>))| {
        let (mut total, mut present) = (0.0, 0.0);
        for (term, weight) in row.iter().zip(weights).filter(|(term, _)| !term.is_nan()) {
            total += weight * term;
            present += weight;
        }
        (-total / present, position)
    };
    let mut ranks = vec![0; rows.len()];
    rank(
        rows.iter().enumerate().map(value).collect(),
        |row, doubled| {
            ranks[row] = u32::try_from(doubled).unwrap_or(u32::MAX);
        },
    );
    ranks
}

/// The band of a territory, from twice the rank of each draw.
fn band(rank: f64, mut doubled: Vec<u32>) -> Option<RankBand> {
    doubled.sort_unstable();
    let drawn: Vec<f64> = doubled.iter().map(|rank| f64::from(*rank) / 2.0).collect();
    Some(RankBand {
        rank,
        p5: quantile(&drawn, 0.05)?,
        median: quantile(&drawn, 0.5)?,
        p95: quantile(&drawn, 0.95)?,
        mean: sum(drawn.iter().copied()) / drawn.len() as f64,
    })
}
