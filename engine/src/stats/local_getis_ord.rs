//! Getis-Ord Gi and Gi*: hot spots and cold spots.

use super::global::powers;
use super::inference::Inference;
use super::local::{Cluster, Figures, Local, Population, assemble, score, sum_tails};
use super::sample::{Sample, centred, constant};
use super::weights::{Weights, weight};

/// Whether a territory counts among its own neighbours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Focal {
    /// Gi: the neighbours alone, against all others.
    Excluded,
    /// Gi*: the neighbours and the territory itself, with the weight of a neighbour.
    #[default]
    Included,
}

/// Getis-Ord Gi or Gi* by row: `Σ w_ij x_j / Σ x_j`, the sums without `x_i` for Gi and with it for Gi*.
///
/// Positive z is a hot spot, negative a cold spot. z is the standardised statistic of Ord & Getis (1995), which is the same
/// for both transforms, takes values of any sign, and for Gi* draws the territory's own value too. The pseudo-p keeps it
/// for both. The statistic itself is missing where the sum below is not positive. Where all values are equal no row has
/// one. Cost O(links + permutations × n), on all threads.
pub fn local_getis_ord(
    values: &[Option<f64>],
    weights: &Weights,
    focal: Focal,
    inference: &Inference,
) -> Local {
    let (sample, kept) = Sample::of_values(weights, values);
    let z = centred(&kept);
    let (n, total) = (kept.len() as f64, kept.iter().sum::<f64>());
    let [_, squares, ..] = powers(&z);
    let varied = !constant(&kept) && squares.is_finite() && squares > 0.0;
    let figures = |unit: usize| {
        let with = usize::from(focal == Focal::Included);
        let degree = sample.neighbours(unit).len() + with;
        let weight = weight(sample.transform(), degree);
        let sum = |values: &[f64]| {
            let links = sample.neighbours(unit).iter();
            let around: f64 = links.map(|&other| values[other as usize]).sum();
            weight * (around + with as f64 * values[unit])
        };
        let lag = sum(&kept);
        if !varied {
            return Figures {
                lag,
                ..Figures::default()
            };
        }
        let (own, without) = (z[unit], 1.0 - with as f64);
        let count = n - without;
        let population = Population {
            count,
            mean: -own * without / count,
            mean_square: (squares - own * own * without) / count,
        };
        let (mean, deviation) = population.drawn(degree, weight);
        let below = total - without * kept[unit];
        let z = score(sum(&z), mean, deviation);
        Figures {
            lag,
            statistic: Some(lag / below).filter(|g| below > 0.0 && g.is_finite()),
            expected: Some(weight * degree as f64 / count),
            z,
            quadrant: None,
            cluster: z.map(|z| if z > 0.0 { Cluster::Hot } else { Cluster::Cold }),
            fixed: false,
        }
    };
    let figures: Vec<Figures> = (0..sample.len()).map(figures).collect();
    let tails = sum_tails(&sample, &kept, inference).filter(|_| varied);
    let name = match focal {
        Focal::Excluded => "Getis-Ord Gi",
        Focal::Included => "Getis-Ord Gi*",
    };
    assemble(
        name,
        values,
        weights,
        &sample,
        &figures,
        tails.as_deref(),
        inference,
    )
}
