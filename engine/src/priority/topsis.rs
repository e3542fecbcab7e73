//! TOPSIS (K3): near the best of every criterion, far from the worst.

use super::criteria::Decision;

impl Decision {
    /// d⁻ / (d⁻ + d⁺) of each alternative, 0 to 1, by its weighted Euclidean distances to the best and to the worst value
    /// that any alternative has in each criterion; [`Normalisation::Vector`](super::Normalisation::Vector) is its own.
    ///
    /// Where all are alike both distances are zero, and every alternative has ½. An alternative that comes or goes can
    /// change the order of others; [`spotis()`](super::spotis()) is free of that. Cost O(alternatives × criteria).
    /// Source: Hwang & Yoon (1981).
    pub fn topsis(&self) -> Vec<Option<f64>> {
        let mut to_best = vec![0.0; self.alternatives()];
        let mut to_worst = to_best.clone();
        for (column, weight) in self.columns.iter().zip(&self.weights) {
            let best = column.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let worst = column.iter().copied().fold(f64::INFINITY, f64::min);
            for (row, value) in column.iter().enumerate() {
                to_best[row] += (weight * (best - value)).powi(2);
                to_worst[row] += (weight * (value - worst)).powi(2);
            }
        }
        let closeness = |(best, worst): (&f64, &f64)| {
            let (best, worst) = (best.sqrt(), worst.sqrt());
            if best + worst > 0.0 {
                worst / (best + worst)
            } else {
                0.5
            }
        };
        self.where_scored(to_best.iter().zip(&to_worst).map(closeness).collect())
    }
}
