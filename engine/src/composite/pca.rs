//! The first principal component of parts, and whether they have enough in common to have one (F6).

use super::eigen::symmetric_eigen;
use super::measured;
use crate::social::sum;

/// Eigenvalues closer than this share of their sum count as the same, and below it as zero.
const NEGLIGIBLE: f64 = 1e-10;

/// Principal components of the correlation matrix.
#[derive(Clone, Debug, PartialEq)]
pub struct Pca {
    /// Unit eigenvector of the first component, one loading per part; zero for a constant part. Its sign is such that
    /// the loadings add up to more than zero: parts are turned so that higher is better, and so is the component.
    pub loadings: Vec<f64>,
    /// Share of the variance that the first component explains.
    pub explained: f64,
    /// Eigenvalues, descending, one per part that varies; they add up to their number.
    pub eigenvalues: Vec<f64>,
    /// Kaiser–Meyer–Olkin measure of sampling adequacy, 0 to 1: below 0.5 the parts have too little in common. `None`
    /// for one part and for collinear parts, where partial correlations do not exist.
    pub kmo: Option<f64>,
    /// Territories with a value of every part; the others do not take part.
    pub complete: usize,
    /// A part is a combination of others, or nearly: correlations cannot tell them apart.
    pub collinear: bool,
    /// Not more complete territories than parts: the components describe this sample and little else.
    pub few: bool,
    /// The first two components explain the same, so that any mixture of them is as good a first component.
    pub tied: bool,
}

impl Pca {
    /// Analyses columns with one value per territory, higher is better.
    ///
    /// `None` where no column varies over the territories with a value of every column. The scale of a column does
    /// not matter. Source: Jolliffe, Principal Component Analysis (2002); Kaiser (1974) for the KMO.
    pub fn of(columns: &[&[Option<f64>]]) -> Option<Self> {
        let rows = columns
            .iter()
            .map(|column| column.len())
            .min()
            .unwrap_or_default();
        let complete: Vec<usize> = (0..rows)
            .filter(|&row| columns.iter().all(|column| measured(column[row]).is_some()))
            .collect();
        let standard: Vec<Option<Vec<f64>>> = columns
            .iter()
            .map(|column| standardised(complete.iter().filter_map(|&row| measured(column[row]))))
            .collect();
        let varying: Vec<&Vec<f64>> = standard.iter().flatten().collect();
        let parts = varying.len() as f64;
        let pairs = symmetric_eigen(correlations(&varying));
        let eigenvalues: Vec<f64> = pairs.iter().map(|pair| pair.0.max(0.0)).collect();
        let (&largest, &smallest) = (eigenvalues.first()?, eigenvalues.last()?);
        let collinear = smallest < NEGLIGIBLE * parts;
        let mut of_varying = signed(&pairs.first()?.1).into_iter();
        let loadings = standard
            .iter()
            .map(|column| column.as_ref().and_then(|_| of_varying.next()))
            .map(Option::unwrap_or_default)
            .collect();
        Some(Self {
            loadings,
            explained: largest / parts,
            kmo: (!collinear && varying.len() > 1).then(|| kmo(&correlations(&varying), &pairs)),
            complete: complete.len(),
            collinear,
            few: complete.len() <= varying.len(),
            tied: eigenvalues
                .get(1)
                .is_some_and(|second| largest - second < NEGLIGIBLE * parts),
            eigenvalues,
        })
    }
}

/// Values with mean 0 and sum of squares 1; `None` where they are all the same.
fn standardised(values: impl Iterator<Item = f64>) -> Option<Vec<f64>> {
    let values: Vec<f64> = values.collect();
    let first = values.first()?;
    if values.iter().all(|value| value == first) {
        return None;
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let largest = values
        .iter()
        .fold(0.0, |largest: f64, value| largest.max((value - mean).abs()));
    let centred: Vec<f64> = values
        .iter()
        .map(|value| (value - mean) / largest)
        .collect();
    let norm = dot(&centred, &centred).sqrt();
    Some(centred.iter().map(|value| value / norm).collect())
}

/// Pearson's correlation of each pair of standardised columns.
fn correlations(columns: &[&Vec<f64>]) -> Vec<Vec<f64>> {
    let mut matrix = vec![vec![1.0; columns.len()]; columns.len()];
    for (i, a) in columns.iter().enumerate() {
        for (j, b) in columns.iter().enumerate().take(i) {
            matrix[i][j] = dot(a, b).clamp(-1.0, 1.0);
            matrix[j][i] = matrix[i][j];
        }
    }
    matrix
}

/// In the order of the territories: an exact sum would cost thirty times as much for pairs of parts.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The eigenvector or its opposite: the one whose loadings add up to more than zero, else whose largest is positive.
fn signed(vector: &[f64]) -> Vec<f64> {
    let total = sum(vector.iter().copied());
    let largest = vector.iter().copied().fold(0.0, |largest: f64, loading| {
        if loading.abs() > largest.abs() {
            loading
        } else {
            largest
        }
    });
    let decides = if total.abs() > NEGLIGIBLE {
        total
    } else {
        largest
    };
    vector
        .iter()
        .map(|loading| loading * decides.signum())
        .collect()
}

/// Σ r² / (Σ r² + Σ p²) over pairs of parts, p the partial correlation given all other parts: from the inverse of the
/// correlation matrix, which the eigenvectors give.
fn kmo(correlations: &[Vec<f64>], pairs: &[(f64, Vec<f64>)]) -> f64 {
    let inverse = |i: usize, j: usize| sum(pairs.iter().map(|(value, v)| v[i] * v[j] / value));
    let (mut plain, mut partial) = (0.0, 0.0);
    for (i, row) in correlations.iter().enumerate() {
        for (j, correlation) in row.iter().enumerate().take(i) {
            plain += correlation * correlation;
            partial += inverse(i, j).powi(2) / (inverse(i, i) * inverse(j, j));
        }
    }
    if plain + partial > 0.0 {
        plain / (plain + partial)
    } else {
        // Parts without any correlation have nothing in common.
        0.0
    }
}
