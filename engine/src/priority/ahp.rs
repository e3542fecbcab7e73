//! Weights of criteria from pairwise judgements (K2).

/// Most criteria compared in pairs: as far as Saaty's random indexes go.
pub const MAX_COMPARED: usize = 15;
/// Consistency ratio from which judgements contradict each other too much to be used.
pub const MAX_CONSISTENCY_RATIO: f64 = 0.1;

/// Mean consistency index of random judgements among 1, 2, 3 … criteria. Source: Saaty, Theory and Applications of the
/// Analytic Network Process (2005), p. 31.
const RANDOM_INDEX: [f64; MAX_COMPARED] = [
    0.0, 0.0, 0.52, 0.89, 1.11, 1.25, 1.35, 1.40, 1.45, 1.49, 1.52, 1.54, 1.56, 1.58, 1.59,
];
/// Most that one criterion counts for another; Saaty's own scale ends at 9.
const MAX_RATIO: f64 = 100.0;
/// How far a ratio times its inverse may be from 1, so that 0.33 does for a third.
const RECIPROCAL_TOLERANCE: f64 = 0.011;
/// Judgements within [`MAX_RATIO`] converge in a few thousand steps at worst.
const MAX_STEPS: usize = 20_000;

/// Why judgements give no weights.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum AhpError {
    /// No criterion, or too many.
    #[error("1 to {MAX_COMPARED} criteria can be compared in pairs, not {0}")]
    Size(usize),
    /// A row that is not as long as there are rows.
    #[error("row {0} does not compare with every criterion once")]
    NotSquare(usize),
    /// A judgement that is missing, not a number or beyond 1/100 to 100.
    #[error("the judgement of {0} against {1} is not between 1/100 and 100")]
    Judgement(usize, usize),
    /// Two judgements on one pair that are not each other's inverse.
    #[error("the judgements of {0} against {1} and back are not each other's inverse")]
    NotReciprocal(usize, usize),
}

/// Weights with how far the judgements agree among themselves.
#[derive(Clone, Debug, PartialEq)]
pub struct Ahp {
    /// One per criterion; they add up to 1.
    pub weights: Vec<f64>,
    /// Principal eigenvalue: the number of criteria where the judgements agree fully, else more.
    pub eigenvalue: f64,
    /// CI / RI with CI = (λ − n) / (n − 1); zero for one or two criteria, which cannot contradict each other.
    pub consistency_ratio: f64,
    /// The ratio stays below [`MAX_CONSISTENCY_RATIO`].
    pub consistent: bool,
}

/// Weights of criteria from how many times as important each is as each other.
///
/// `judgements[i][j]` says how much i counts for each unit of j. Of a pair the judgement that is at least 1 is taken and
/// the other computed from it, so that 3 and 0.33 are a pair. The weights are the principal eigenvector, by power
/// iteration from equal weights. Source: Saaty, The Analytic Hierarchy Process (1980).
///
/// # Errors
/// [`AhpError`] for what is not a full reciprocal matrix; judgements that contradict each other are told in the result.
pub fn ahp(judgements: &[Vec<f64>]) -> Result<Ahp, AhpError> {
    let matrix = reciprocal(judgements)?;
    let size = matrix.len();
    let mut weights = vec![1.0 / size as f64; size];
    let mut eigenvalue = size as f64;
    for _ in 0..MAX_STEPS {
        let raw: Vec<f64> = matrix.iter().map(|row| product(row, &weights)).collect();
        eigenvalue = raw.iter().sum();
        let next: Vec<f64> = raw.iter().map(|value| value / eigenvalue).collect();
        let change = |(a, b): (&f64, &f64)| (a - b).abs() / b;
        let moved = next.iter().zip(&weights).map(change).fold(0.0, f64::max);
        weights = next;
        if moved < 1e-15 {
            break;
        }
    }
    let consistency_ratio = match RANDOM_INDEX[size - 1] {
        0.0 => 0.0,
        random => ((eigenvalue - size as f64) / (size as f64 - 1.0)).max(0.0) / random,
    };
    Ok(Ahp {
        weights,
        eigenvalue,
        consistency_ratio,
        consistent: consistency_ratio < MAX_CONSISTENCY_RATIO,
    })
}

fn product(row: &[f64], weights: &[f64]) -> f64 {
    row.iter().zip(weights).map(|(a, b)| a * b).sum()
}

/// The judgements, each pair from its larger half.
fn reciprocal(judgements: &[Vec<f64>]) -> Result<Vec<Vec<f64>>, AhpError> {
    let size = judgements.len();
    if size == 0 || size > MAX_COMPARED {
        return Err(AhpError::Size(size));
    }
    if let Some(row) = judgements.iter().position(|row| row.len() != size) {
        return Err(AhpError::NotSquare(row));
    }
    let row = |i: usize| (0..size).map(|j| judgement(judgements, i, j)).collect();
    (0..size).map(row).collect()
}

/// One judgement, from the larger of the two on its pair.
fn judgement(judgements: &[Vec<f64>], i: usize, j: usize) -> Result<f64, AhpError> {
    let (own, back) = (judgements[i][j], judgements[j][i]);
    if !(1.0 / MAX_RATIO..=MAX_RATIO).contains(&own) {
        return Err(AhpError::Judgement(i, j));
    }
    if (own * back - 1.0).abs() > RECIPROCAL_TOLERANCE {
        return Err(AhpError::NotReciprocal(i, j));
    }
    Ok(match own >= 1.0 {
        true if i == j => 1.0,
        true => own,
        false => 1.0 / back.max(1.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_or_two_criteria_cannot_contradict_each_other() {
        let one = ahp(&[vec![1.0]]).unwrap();
        assert_eq!((one.weights, one.consistency_ratio), (vec![1.0], 0.0));
        let two = ahp(&[vec![1.0, 4.0], vec![0.25, 1.0]]).unwrap();
        assert_eq!((two.weights, two.consistent), (vec![0.8, 0.2], true));
    }

    #[test]
    fn judgements_in_a_circle_are_flagged() {
        for ratio in [9.0, 100.0] {
            let circle = [
                vec![1.0, ratio, 1.0 / ratio],
                vec![1.0 / ratio, 1.0, ratio],
                vec![ratio, 1.0 / ratio, 1.0],
            ];
            let found = ahp(&circle).unwrap();
            assert!(!found.consistent && found.consistency_ratio > 5.0);
            assert!(
                found
                    .weights
                    .iter()
                    .all(|weight| (weight - 1.0 / 3.0).abs() < 1e-15)
            );
        }
    }

    #[test]
    fn a_rounded_inverse_counts_as_the_inverse() {
        let rounded = ahp(&[vec![1.0, 0.33], vec![3.0, 1.0]]).unwrap();
        assert_eq!(rounded.weights, [0.25, 0.75]);
    }

    #[test]
    fn what_is_no_reciprocal_matrix_is_refused() {
        let refused = |judgements: &[Vec<f64>]| ahp(judgements).unwrap_err();
        assert_eq!(refused(&[]), AhpError::Size(0));
        assert_eq!(refused(&vec![vec![1.0; 16]; 16]), AhpError::Size(16));
        assert_eq!(
            refused(&[vec![1.0, 2.0], vec![0.5]]),
            AhpError::NotSquare(1)
        );
        assert_eq!(
            refused(&[vec![1.0, 2.0], vec![2.0, 1.0]]),
            AhpError::NotReciprocal(0, 1)
        );
        assert_eq!(refused(&[vec![2.0]]), AhpError::NotReciprocal(0, 0));
        for wrong in [0.0, -2.0, f64::NAN, f64::INFINITY, 101.0] {
            let judgements = [vec![1.0, wrong], vec![0.5, 1.0]];
            assert_eq!(refused(&judgements), AhpError::Judgement(0, 1));
        }
    }
}
