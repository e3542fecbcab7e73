//! How many candidates a set cover takes at least, and covers met on the way.
//!
//! Source: Beasley, "A Lagrangian heuristic for set-covering problems" (1990); the score of the greedy choice after
//! Caprara, Fischetti & Toth, "A heuristic method for the set covering problem" (1999). For prices u ≥ 0, one per row,
//! `Σ u + Σⱼ min(0, 1 − Σ u of the rows that j covers)` is at most the number of candidates that cover all rows.

use super::sets::Row;

/// Bounds that differ by less are the same.
const ROUNDING: f64 = 1e-6;
/// Iterations at the root and below it, and how many without a better bound halve the step.
const ROOT: (usize, usize) = (400, 20);
const BRANCH: (usize, usize) = (60, 6);
/// Iterations from one attempt at a cover to the next.
const ATTEMPT: usize = 8;

/// The rows of a state both ways, with its candidates numbered anew.
pub(super) struct Table {
    columns: Vec<u32>,
    rows: Vec<Vec<usize>>,
    covers: Vec<Vec<usize>>,
}

pub(super) struct Relaxed {
    pub(super) bound: f64,
    /// 1 − Σ prices of the rows that a candidate covers.
    pub(super) costs: Vec<f64>,
    /// The smallest cover met on the way.
    pub(super) cover: Option<Vec<u32>>,
    /// Pairs looked at.
    pub(super) visits: u64,
}

impl Table {
    pub(super) fn new(rows: &[Row]) -> Self {
        let mut columns: Vec<u32> = rows
            .iter()
            .flat_map(|row| &row.candidates)
            .copied()
            .collect();
        columns.sort_unstable();
        columns.dedup();
        let number = |column: &u32| columns.binary_search(column).unwrap_or(0);
        let rows: Vec<Vec<usize>> = rows
            .iter()
            .map(|row| row.candidates.iter().map(number).collect())
            .collect();
        let mut covers = vec![vec![]; columns.len()];
        for (row, columns) in rows.iter().enumerate() {
            columns.iter().for_each(|&column| covers[column].push(row));
        }
        Self {
            columns,
            rows,
            covers,
        }
    }

    /// Raises the bound by moving the prices, which stay in the rows; stops where it takes `room` or more.
    pub(super) fn tighten(&self, rows: &mut [Row], room: usize, is_root: bool) -> Relaxed {
        let (iterations, patience) = if is_root { ROOT } else { BRANCH };
        let mut prices: Vec<f64> = rows.iter().map(|row| row.price).collect();
        if is_root {
            // Where a row pays its share of the candidate that covers most, no candidate is overpaid.
            let most = |row: &Vec<usize>| row.iter().map(|&column| self.covers[column].len()).max();
            prices = self
                .rows
                .iter()
                .map(|row| 1.0 / most(row).unwrap_or(1) as f64)
                .collect();
        }
        let mut best = Relaxed {
            bound: f64::NEG_INFINITY,
            costs: vec![],
            cover: None,
            visits: 0,
        };
        let mut best_prices = prices.clone();
        let (mut step, mut waited) = (1.0, 0);
        for iteration in 0..iterations {
            let (bound, costs) = self.relax(&prices);
            best.visits += self.pairs();
            if iteration % ATTEMPT == 0 {
                let cover = self.attempt(&prices);
                best.visits += self.pairs();
                if best
                    .cover
                    .as_ref()
                    .is_none_or(|best| cover.len() < best.len())
                {
                    best.cover = Some(cover);
                }
            }
            let slopes = self.slopes(&costs, &prices);
            let norm: f64 = slopes.iter().map(|slope| slope * slope).sum();
            if bound > best.bound {
                (best.bound, best.costs, waited) = (bound, costs, 0);
                best_prices.clone_from(&prices);
            } else {
                waited += 1;
            }
            let aim = best
                .cover
                .as_ref()
                .map_or(room, |cover| room.min(cover.len()));
            if norm == 0.0 || whole_up(best.bound) >= aim || step < 1e-3 {
                break;
            }
            if waited > patience {
                (step, waited) = (step / 2.0, 0);
                prices.clone_from(&best_prices);
                continue;
            }
            let length = step * (aim as f64 - bound).max(0.1) / norm;
            for (price, slope) in prices.iter_mut().zip(slopes) {
                *price = (*price + length * slope).max(0.0);
            }
        }
        for (row, price) in rows.iter_mut().zip(best_prices) {
            row.price = price;
        }
        best
    }

    /// The candidates, in the order of the costs.
    pub(super) fn columns(&self) -> impl Iterator<Item = u32> + '_ {
        self.columns.iter().copied()
    }

    fn pairs(&self) -> u64 {
        self.rows.iter().map(|row| row.len() as u64).sum()
    }

    fn relax(&self, prices: &[f64]) -> (f64, Vec<f64>) {
        let cost = |rows: &Vec<usize>| 1.0 - rows.iter().map(|&row| prices[row]).sum::<f64>();
        let costs: Vec<f64> = self.covers.iter().map(cost).collect();
        let bound =
            prices.iter().sum::<f64>() + costs.iter().map(|cost| cost.min(0.0)).sum::<f64>();
        (bound, costs)
    }

    /// What each row lacks of being covered once by the candidates that pay.
    fn slopes(&self, costs: &[f64], prices: &[f64]) -> Vec<f64> {
        let slope = |(row, price): (&Vec<usize>, &f64)| {
            let covered = row.iter().filter(|&&column| costs[column] < 0.0).count();
            let slope = 1.0 - covered as f64;
            // A price of zero cannot fall.
            if *price <= 0.0 { slope.max(0.0) } else { slope }
        };
        self.rows.iter().zip(prices).map(slope).collect()
    }

    /// A cover: the candidate of the best score, again and again, then without those that the others make needless.
    fn attempt(&self, prices: &[f64]) -> Vec<u32> {
        let mut fresh: Vec<usize> = self.covers.iter().map(Vec::len).collect();
        let mut paid: Vec<f64> = self
            .covers
            .iter()
            .map(|rows| rows.iter().map(|&row| prices[row]).sum())
            .collect();
        let mut covered = vec![0usize; self.rows.len()];
        let mut chosen = vec![];
        loop {
            let score = |column: usize| {
                let (cost, fresh) = (1.0 - paid[column], fresh[column] as f64);
                if cost > 0.0 {
                    cost / fresh
                } else {
                    cost * fresh
                }
            };
            let left = (0..fresh.len()).filter(|&column| fresh[column] > 0);
            let Some(column) = left.min_by(|&a, &b| score(a).total_cmp(&score(b))) else {
                break;
            };
            chosen.push(column);
            for &row in &self.covers[column] {
                covered[row] += 1;
                if covered[row] == 1 {
                    for &other in &self.rows[row] {
                        fresh[other] -= 1;
                        paid[other] -= prices[row];
                    }
                }
            }
        }
        chosen.retain(|&column| {
            let needless = self.covers[column].iter().all(|&row| covered[row] > 1);
            if needless {
                self.covers[column]
                    .iter()
                    .for_each(|&row| covered[row] -= 1);
            }
            !needless
        });
        chosen
            .into_iter()
            .map(|column| self.columns[column])
            .collect()
    }
}

/// The least whole number that is not below a bound.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a bound on a count; the cast saturates"
)]
pub(super) fn whole_up(bound: f64) -> usize {
    (bound - ROUNDING).ceil().max(0.0) as usize
}
