//! The bound: no choice can save more than the Lagrangian relaxation says.
//!
//! Source: Cornuéjols, Fisher & Nemhauser, "Location of bank accounts to optimize float" (1977); Beasley, "Lagrangean
//! heuristics for location problems" (1993); steps after Held, Wolfe & Crowder, "Validation of subgradient
//! optimization" (1974), directions smoothed after Camerini, Fratta & Maffioli (1975). For prices v ≥ 0, one per row,
//! `Σ v + the p largest of ρⱼ`, with `ρⱼ = Σᵢ max(0, s[i][j] − vᵢ)`, is at least what any p candidates save.

use super::savings::Savings;

/// What has been decided on a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Free,
    Open,
    Closed,
}

/// The relaxation at one vector of prices.
#[derive(Clone, Debug, Default)]
pub(super) struct Relaxed {
    /// Nothing that agrees with the decisions saves more.
    pub(super) bound: f64,
    /// ρ of each candidate.
    pub(super) worth: Vec<f64>,
    /// The open candidates and the free ones of most worth.
    pub(super) selected: Vec<bool>,
    /// Worth of the last free candidate that was selected and of the first that was not.
    pub(super) margin: (f64, f64),
    /// Savings looked at.
    pub(super) visits: f64,
}

/// Solves the relaxation. Cost: one pass over the savings above the prices, and a selection among the candidates.
pub(super) fn relax(savings: &Savings, prices: &[f64], status: &[Status], p: usize) -> Relaxed {
    let len = savings.candidates();
    // Two entries more: the sum of the prices, and how many savings were looked at.
    let mut worth = savings.tally(len + 2, |rows, table| {
        let (worth, sums) = table.split_at_mut(len);
        for row in rows {
            let price = prices[row];
            sums[0] += price;
            for (column, saving) in savings.above(row, price) {
                worth[column] += saving - price;
                sums[1] += 1.0;
            }
        }
    });
    let visits = worth.pop().unwrap_or(0.0);
    let mut bound = worth.pop().unwrap_or(0.0);
    let mut selected: Vec<bool> = status
        .iter()
        .map(|&status| status == Status::Open)
        .collect();
    let open = selected.iter().filter(|&&open| open).count();
    let mut free: Vec<usize> = (0..len)
        .filter(|&column| status[column] == Status::Free)
        .collect();
    let take = p.saturating_sub(open).min(free.len());
    let by_worth = |a: &usize, b: &usize| worth[*b].total_cmp(&worth[*a]).then(a.cmp(b));
    let mut margin = (f64::INFINITY, 0.0);
    if take > 0 {
        let (_, last, beyond) = free.select_nth_unstable_by(take - 1, by_worth);
        margin.0 = worth[*last];
        margin.1 = beyond
            .iter()
            .map(|&column| worth[column])
            .fold(0.0, f64::max);
    }
    free[..take]
        .iter()
        .for_each(|&column| selected[column] = true);
    bound += (0..len)
        .filter(|&column| selected[column])
        .map(|column| worth[column])
        .sum::<f64>();
    Relaxed {
        bound,
        worth,
        selected,
        margin,
        visits,
    }
}

/// How far the search for better prices goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort {
    pub(super) iterations: usize,
    /// Iterations without a better bound after which the step is halved.
    pub(super) patience: usize,
    pub(super) step: f64,
}

/// The best prices so far, the relaxation there, and how often each candidate was selected on the way.
#[derive(Clone, Debug)]
pub(super) struct Ascent {
    pub(super) prices: Vec<f64>,
    pub(super) relaxed: Relaxed,
    pub(super) share: Vec<f64>,
    /// Savings looked at.
    pub(super) visits: f64,
}

/// Weight of the latest selection in the smoothed shares.
const MEMORY: f64 = 0.15;
/// Part of the last direction that the next one keeps.
const DEFLECTION: f64 = 0.3;

/// Moves the prices from `prices` towards the least bound, in steps as if it were `aim`; stops where it falls to `enough`.
pub(super) fn tighten(
    savings: &Savings,
    status: &[Status],
    p: usize,
    mut prices: Vec<f64>,
    (aim, enough): (f64, f64),
    effort: Effort,
) -> Ascent {
    let mut relaxed = relax(savings, &prices, status, p);
    let mut best = Ascent {
        share: relaxed
            .selected
            .iter()
            .map(|&on| f64::from(u8::from(on)))
            .collect(),
        prices: prices.clone(),
        relaxed: relaxed.clone(),
        visits: relaxed.visits,
    };
    let mut direction = vec![0.0; savings.rows()];
    let (mut step, mut waited) = (effort.step, 0);
    for _ in 0..effort.iterations {
        if best.relaxed.bound <= enough || step < 1e-4 {
            break;
        }
        let selected = &relaxed.selected;
        savings.update(&mut direction, |row, direction| {
            let price = prices[row];
            let above = savings.above(row, price);
            let over = above.filter(|(column, _)| selected[*column]).count();
            let slope = 1.0 - over as f64;
            // A price of zero cannot fall.
            *direction = match price <= 0.0 && slope > 0.0 {
                true => 0.0,
                false => slope + DEFLECTION * *direction,
            };
        });
        let norm: f64 = direction.iter().map(|along| along * along).sum();
        if norm == 0.0 {
            break;
        }
        let length = step * (relaxed.bound - aim) / norm;
        prices
            .iter_mut()
            .zip(&direction)
            .for_each(|(price, along)| *price = (*price - length * along).max(0.0));
        relaxed = relax(savings, &prices, status, p);
        // The slopes look at as many again.
        best.visits += 2.0 * relaxed.visits;
        for (share, &on) in best.share.iter_mut().zip(&relaxed.selected) {
            *share += MEMORY * (f64::from(u8::from(on)) - *share);
        }
        if relaxed.bound < best.relaxed.bound {
            best.relaxed.clone_from(&relaxed);
            best.prices.clone_from(&prices);
            waited = 0;
        } else {
            waited += 1;
            if waited >= effort.patience {
                (step, waited) = (step / 2.0, 0);
                prices.clone_from(&best.prices);
                relaxed.clone_from(&best.relaxed);
                direction.fill(0.0);
            }
        }
    }
    best
}
