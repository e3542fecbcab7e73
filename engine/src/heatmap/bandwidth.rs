//! Bandwidths from the data (H2).

use super::density::Points;

/// Scott's rule in two dimensions, which there is Silverman's too: h = σ · n^(−1/6) in metres, with σ the root of the
/// mean of the two axes' sample variances. `None` for fewer than two points or points that all coincide.
///
/// Source: Scott, "Multivariate density estimation" (1992), eq. 6.42.
pub fn scott_m(points: &Points) -> Option<f64> {
    let count = points.len() as f64;
    if points.len() < 2 {
        return None;
    }
    let mean = |axis: &dyn Fn(usize) -> f64| (0..points.len()).map(axis).sum::<f64>() / count;
    let spread = |axis: &dyn Fn(usize) -> f64| {
        let mean = mean(axis);
        (0..points.len())
            .map(|i| (axis(i) - mean).powi(2))
            .sum::<f64>()
            / (count - 1.0)
    };
    let variance = f64::midpoint(spread(&|i| points.at(i).x_m), spread(&|i| points.at(i).y_m));
    (variance > 0.0).then(|| variance.sqrt() * count.powf(-1.0 / 6.0))
}
