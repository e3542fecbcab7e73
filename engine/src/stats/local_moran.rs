//! Local Moran's I: clusters of high and low values and the outliers among them (LISA).

use super::global::powers;
use super::inference::Inference;
use super::local::{Cluster, Figures, Local, Population, Quadrant, assemble, score, sum_tails};
use super::sample::{Sample, centred, constant};
use super::weights::Weights;

/// Local Moran's I by row: `z_i Σ w_ij z_j / m2` with m2 = Σ z² / (n − 1), as `esda` and `GeoDa` scale it.
///
/// Expected value and z are those of conditional permutation: `z_i` stays, its neighbours' values are drawn from all others
/// (Sokal, Oden & Thomson 1998), exact and without simulation; so is what the pseudo-p counts. High is above the mean. A
/// territory at the mean has I = 0 whatever its neighbours, and p = 1. Where all values are equal no row has a statistic.
/// Source: Anselin (1995). Cost O(links + permutations × n), on all threads.
pub fn local_moran(values: &[Option<f64>], weights: &Weights, inference: &Inference) -> Local {
    let (sample, kept) = Sample::of_values(weights, values);
    let z = centred(&kept);
    let n = kept.len() as f64;
    let [_, squares, ..] = powers(&z);
    let varied = !constant(&kept) && squares.is_finite() && squares > 0.0;
    let figures = |unit: usize| {
        let lag = sample.lag(unit, &kept);
        if !varied {
            return Figures {
                lag,
                ..Figures::default()
            };
        }
        let (own, around) = (z[unit], sample.lag(unit, &z));
        let scale = own * (n - 1.0) / squares;
        let others = Population {
            count: n - 1.0,
            mean: -own / (n - 1.0),
            mean_square: (squares - own * own) / (n - 1.0),
        };
        let degree = sample.neighbours(unit).len();
        let (mean, deviation) = others.drawn(degree, sample.weight(unit));
        let quadrant = quadrant(own, around);
        Figures {
            lag,
            statistic: Some(scale * around),
            expected: Some(scale * mean),
            z: score(scale * around, scale * mean, scale.abs() * deviation),
            quadrant: Some(quadrant),
            cluster: Some(Cluster::from(quadrant)),
            fixed: own == 0.0,
        }
    };
    let figures: Vec<Figures> = (0..sample.len()).map(figures).collect();
    let tails = sum_tails(&sample, &kept, inference).filter(|_| varied);
    let name = "local Moran's I";
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

/// Above the mean is high; at it is low.
pub(super) fn quadrant(own: f64, around: f64) -> Quadrant {
    match (own > 0.0, around > 0.0) {
        (true, true) => Quadrant::HighHigh,
        (false, false) => Quadrant::LowLow,
        (false, true) => Quadrant::LowHigh,
        (true, false) => Quadrant::HighLow,
    }
}
