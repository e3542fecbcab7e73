//! Eigenvalues and eigenvectors of a small symmetric matrix.

/// Sweeps after which the largest matrices have long converged.
const MAX_SWEEPS: usize = 64;

/// Eigenvalues, descending, and the unit eigenvector of each.
///
/// `matrix` is symmetric, row by row. Cyclic Jacobi rotations: quadratic convergence, small eigenvalues to the last
/// digits, the same bits each time; O(n³) a sweep, some eight sweeps, which for the tens of parts of a composite is
/// less than the reading of a general library. Source: Golub & Van Loan, Matrix Computations (2013), §8.5.
pub(super) fn symmetric_eigen(mut matrix: Vec<Vec<f64>>) -> Vec<(f64, Vec<f64>)> {
    let size = matrix.len();
    // The eigenvectors are the rows.
    let mut vectors: Vec<Vec<f64>> = (0..size)
        .map(|row| (0..size).map(|column| f64::from(row == column)).collect())
        .collect();
    for _ in 0..MAX_SWEEPS {
        let mut turned = false;
        for p in 0..size {
            for q in p + 1..size {
                if negligible(&matrix, p, q) {
                    continue;
                }
                turned = true;
                let (cos, sin) = rotation(&matrix, p, q);
                for row in &mut matrix {
                    rotate(row, p, q, cos, sin);
                }
                rotate_rows(&mut matrix, p, q, cos, sin);
                rotate_rows(&mut vectors, p, q, cos, sin);
            }
        }
        if !turned {
            break;
        }
    }
    let values = (0..size).map(|row| matrix[row][row]);
    let mut pairs: Vec<_> = values.zip(vectors).collect();
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    pairs
}

/// Whether the element is zero beside the diagonal.
fn negligible(matrix: &[Vec<f64>], p: usize, q: usize) -> bool {
    let scale = (matrix[p][p].abs() * matrix[q][q].abs()).sqrt();
    matrix[p][q].abs() <= f64::EPSILON * f64::EPSILON.max(scale)
}

/// Cosine and sine of the rotation that makes the element zero, the smaller of the two angles.
fn rotation(matrix: &[Vec<f64>], p: usize, q: usize) -> (f64, f64) {
    let theta = (matrix[q][q] - matrix[p][p]) / (2.0 * matrix[p][q]);
    let tangent = theta.signum() / (theta.abs() + theta.hypot(1.0));
    let cos = tangent.hypot(1.0).recip();
    (cos, tangent * cos)
}

fn rotate(row: &mut [f64], p: usize, q: usize, cos: f64, sin: f64) {
    let (a, b) = (row[p], row[q]);
    row[p] = cos * a - sin * b;
    row[q] = sin * a + cos * b;
}

fn rotate_rows(matrix: &mut [Vec<f64>], p: usize, q: usize, cos: f64, sin: f64) {
    let (above, below) = matrix.split_at_mut(q);
    for (a, b) in above[p].iter_mut().zip(&mut below[0]) {
        (*a, *b) = (cos * *a - sin * *b, sin * *a + cos * *b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_is_put_together_again_from_its_eigenvectors() {
        let entry = |i: usize, j: usize| 1.0 / (i + j + 1) as f64;
        let hilbert: Vec<Vec<f64>> = (0..6)
            .map(|i| (0..6).map(|j| entry(i, j)).collect())
            .collect();
        let pairs = symmetric_eigen(hilbert.clone());
        assert!(pairs.is_sorted_by(|a, b| a.0 >= b.0));
        for (i, row) in hilbert.iter().enumerate() {
            for (j, expected) in row.iter().enumerate() {
                let found: f64 = pairs.iter().map(|(value, v)| value * v[i] * v[j]).sum();
                assert!((found - expected).abs() < 1e-14, "{i} {j}");
            }
        }
        // numpy.linalg.eigvalsh(scipy.linalg.hilbert(6)), NumPy 2.4
        assert!((pairs[0].0 - 1.618_899_858_924_339).abs() < 1e-14);
        assert!((pairs[5].0 - 1.082_799_484_6e-7).abs() < 1e-15);
    }

    #[test]
    fn matrices_of_one_and_of_none_are_fine() {
        assert_eq!(symmetric_eigen(vec![]), vec![]);
        assert_eq!(symmetric_eigen(vec![vec![3.0]]), vec![(3.0, vec![1.0])]);
        let equal = symmetric_eigen(vec![vec![1.0, 0.0], vec![0.0, 1.0]]);
        assert_eq!((equal[0].0, equal[1].0), (1.0, 1.0));
    }
}
