//! Local Geary's C: how much a territory differs from its neighbours.

use super::conditional::{Drawn, tails};
use super::global::powers;
use super::inference::Inference;
use super::local::{Cluster, Figures, Local, Population, Quadrant, assemble, score};
use super::local_moran::quadrant;
use super::sample::{Sample, centred, constant};
use super::weights::Weights;

/// Local Geary's C by row: `Σ w_ij (z_i − z_j)²` with values standardised by the mean and √(Σ z² / n).
///
/// Small where a territory is like its neighbours, large where it is not; unlike local Moran's I it sees values near the
/// mean among their like. Expected value and z are those of conditional permutation, exact and without simulation. Source:
/// Anselin (2019), "A local indicator of multivariate spatial association". Cost O(links + permutations × n).
pub fn local_geary(values: &[Option<f64>], weights: &Weights, inference: &Inference) -> Local {
    let (sample, kept) = Sample::of_values(weights, values);
    let n = kept.len() as f64;
    let centred = centred(&kept);
    let [_, squares, ..] = powers(&centred);
    let deviation = (squares / n).sqrt();
    let varied = !constant(&kept) && deviation.is_finite() && deviation > 0.0;
    let z: Vec<f64> = centred.iter().map(|value| value / deviation).collect();
    let [_, squares, cubes, fourths] = powers(&z);
    let figures = |unit: usize| {
        let lag = sample.lag(unit, &kept);
        if !varied {
            return Figures {
                lag,
                ..Figures::default()
            };
        }
        let (own, weight) = (z[unit], sample.weight(unit));
        let links = sample.neighbours(unit);
        let square = |&other: &u32| (own - z[other as usize]).powi(2);
        let statistic = weight * links.iter().map(square).sum::<f64>();
        // Sums over all others of (z_i − z_j)² and of its square; for j = i both are zero.
        let (own2, others) = (own * own, n - 1.0);
        let population = Population {
            count: others,
            mean: (n * own2 + squares) / others,
            mean_square: (n * own2 * own2 + 6.0 * own2 * squares - 4.0 * own * cubes + fourths)
                / others,
        };
        let (expected, deviation) = population.drawn(links.len(), weight);
        let quadrant = quadrant(own, sample.lag(unit, &z));
        Figures {
            lag,
            statistic: Some(statistic),
            expected: Some(expected),
            z: score(statistic, expected, deviation),
            quadrant: Some(quadrant),
            cluster: Some(cluster(quadrant, statistic < expected)),
            fixed: false,
        }
    };
    let figures: Vec<Figures> = (0..sample.len()).map(figures).collect();
    let spread = |unit: usize, drawn: Drawn| {
        let (own, degree) = (z[unit], sample.neighbours(unit).len() as f64);
        drawn.squares - 2.0 * own * drawn.sum + degree * own * own
    };
    let permutations = inference.permutations;
    let tails = (varied && permutations.count() > 0)
        .then(|| tails(sample.lists(), &z, permutations, 1e-9, spread));
    let name = "local Geary's C";
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

fn cluster(quadrant: Quadrant, similar: bool) -> Cluster {
    match (similar, quadrant) {
        (true, Quadrant::HighHigh) => Cluster::HighHigh,
        (true, Quadrant::LowLow) => Cluster::LowLow,
        (true, _) => Cluster::Similar,
        (false, _) => Cluster::Dissimilar,
    }
}
