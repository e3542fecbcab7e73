//! The smallest set cover: reductions, the bound of [`cover_bound`](super::cover_bound), and branching where it leaves doubt.

use super::cover_bound::{Relaxed, Table, whole_up};
use super::sets::{Row, reduced};

/// A cover with fewer candidates than asked for, where one was found, and how many every cover takes at least (not more
/// than was asked for).
#[derive(Clone, Debug)]
pub(super) struct Covered {
    pub(super) chosen: Option<Vec<u32>>,
    pub(super) at_least: usize,
    /// Pairs looked at.
    pub(super) visits: u64,
}

/// What is left to cover after some candidates were chosen and some ruled out.
#[derive(Clone, Default)]
struct State {
    rows: Vec<Row>,
    chosen: Vec<u32>,
    /// Every cover of this state takes at least so many.
    at_least: usize,
}

/// Looks for a cover of all rows with fewer than `below` candidates, the smallest there is. Rows must not be empty.
pub(super) fn smallest_cover(
    candidates: usize,
    rows: Vec<Row>,
    below: usize,
    visits: u64,
) -> Covered {
    let mut best = None;
    let (mut below, mut visited, mut is_root) = (below, 0, true);
    let mut open = vec![State {
        rows,
        ..State::default()
    }];
    while let Some(mut state) = open.pop() {
        if state.at_least >= below {
            continue;
        }
        if visited > visits {
            open.push(state);
            break;
        }
        state.reduce(candidates);
        let table = Table::new(&state.rows);
        let taken = state.chosen.len();
        let relaxed = table.tighten(&mut state.rows, below.saturating_sub(taken), is_root);
        is_root = false;
        visited += relaxed.visits;
        if let Some(cover) = relaxed.cover.as_ref()
            && taken + cover.len() < below
        {
            below = taken + cover.len();
            best = Some([state.chosen.as_slice(), cover].concat());
        }
        state.at_least = state.at_least.max(taken + whole_up(relaxed.bound));
        if state.at_least < below && !state.rows.is_empty() {
            open.extend(state.parts(&table, &relaxed, below));
        }
    }
    let left = open.iter().map(|state| state.at_least);
    Covered {
        chosen: best,
        at_least: left.fold(below, usize::min),
        visits: visited,
    }
}

impl State {
    /// The same with what the bound decides: a candidate with which no cover has fewer than `below` is ruled out, one
    /// without which none has is chosen. Where it decides nothing, without and with the candidate that pays most.
    fn parts(self, table: &Table, relaxed: &Relaxed, below: usize) -> Vec<Self> {
        let taken = self.chosen.len();
        let too_many = |cost: f64| taken + whole_up(relaxed.bound + cost.abs()) >= below;
        let costs = || table.columns().zip(relaxed.costs.iter().copied());
        let (opened, closed): (Vec<_>, Vec<_>) = costs()
            .filter(|(_, cost)| too_many(*cost))
            .partition(|(_, cost)| *cost < 0.0);
        let columns = |of: Vec<(u32, f64)>| of.into_iter().map(|(column, _)| column).collect();
        let (opened, closed): (Vec<u32>, Vec<u32>) = (columns(opened), columns(closed));
        if !(opened.is_empty() && closed.is_empty()) {
            return self.with(&opened).without(&closed).into_iter().collect();
        }
        let Some((best, _)) = costs().min_by(|a, b| a.1.total_cmp(&b.1)) else {
            return vec![];
        };
        let without = self.clone().without(&[best]);
        without.into_iter().chain([self.with(&[best])]).collect()
    }

    /// Leaves out what does not matter, and chooses the candidate of every row that has only one.
    fn reduce(&mut self, candidates: usize) {
        loop {
            self.rows = reduced(candidates, std::mem::take(&mut self.rows));
            let single = self.rows.iter().filter(|row| row.candidates.len() == 1);
            let mut forced: Vec<u32> = single.map(|row| row.candidates[0]).collect();
            if forced.is_empty() {
                return;
            }
            forced.sort_unstable();
            forced.dedup();
            *self = std::mem::take(self).with(&forced);
        }
    }

    fn with(mut self, columns: &[u32]) -> Self {
        self.rows
            .retain(|row| !columns.iter().any(|column| row.candidates.contains(column)));
        self.chosen.extend(columns);
        self
    }

    /// `None` where a row is left without candidates.
    fn without(mut self, columns: &[u32]) -> Option<Self> {
        for row in &mut self.rows {
            row.candidates.retain(|column| !columns.contains(column));
        }
        let coverable = self.rows.iter().all(|row| !row.candidates.is_empty());
        coverable.then_some(self)
    }
}
