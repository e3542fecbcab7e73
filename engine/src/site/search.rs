//! Branch and bound: the best choice with a proof, or the best found and a bound.
//!
//! Method: a greedy choice and its exchanges give a first answer; the relaxation of [`dual`](super::dual) bounds what any
//! answer can save and decides most candidates at once (one whose inclusion would push the bound below the answer is
//! out); what stays in doubt is tried both ways, depth first, each part with its own bound.

use std::sync::Arc;

use super::dual::{Effort, Relaxed, Status, tighten};
use super::interchange::{Choice, greedy, interchange};
use super::savings::Savings;

/// What is asked of the search.
#[derive(Clone, Copy, Debug)]
pub(super) struct Task {
    /// At most so many candidates.
    pub(super) p: usize,
    /// The objective is |scale − saving|: differences are judged by its size.
    pub(super) scale: f64,
    /// Savings that may be looked at.
    pub(super) visits: u64,
}

/// The best choice found, and what no choice can exceed.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) chosen: Vec<bool>,
    pub(super) bound: f64,
    /// Whether the choice is the best there is.
    pub(super) proven: bool,
}

/// Savings that differ by less, relative to the objective and to the scale, count as equal.
const TOLERANCE: f64 = 1e-10;
const ROUNDING: f64 = 1e-13;
/// Whole totals that differ by less are the same: far above what rounding does to totals up to [`LARGEST_WHOLE`].
const WHOLE: f64 = 1e-3;
const LARGEST_WHOLE: f64 = 1e10;

const ROOT: Effort = Effort {
    iterations: 60,
    patience: 8,
    step: 1.0,
};
const ROOT_ROUNDS: i32 = 12;
/// How the first step of a round shrinks from one to the next.
const ROOT_COOLING: f64 = 0.7;
const BRANCH: Effort = Effort {
    iterations: 20,
    patience: 3,
    step: 1.0,
};

/// Chooses at most `task.p` candidates that save most. The same choice at any number of threads.
pub(super) fn maximise(savings: Savings, task: Task) -> Found {
    let mut visits = 0.0;
    let best = interchange(&savings, greedy(&savings, task.p), &mut visits);
    let most = savings.most();
    let mut search = Search {
        whole: most <= LARGEST_WHOLE && savings.are_whole(),
        savings: Arc::new(savings),
        task,
        best,
        visits,
    };
    let bound = match most <= search.enough() {
        true => most,
        // Without any work the sum of all best savings is still a bound.
        false => search.run().min(most),
    };
    let bound = match search.whole {
        true => (bound + WHOLE).floor(),
        false => bound,
    };
    Found {
        proven: bound <= search.enough(),
        bound: bound.max(search.best.value),
        chosen: search.best.chosen,
    }
}

struct Search {
    savings: Arc<Savings>,
    task: Task,
    whole: bool,
    best: Choice,
    visits: f64,
}

/// A part of all choices: those that agree with the decisions.
#[derive(Clone)]
struct Branch {
    /// What still matters of the savings.
    savings: Arc<Savings>,
    status: Vec<Status>,
    prices: Vec<f64>,
    share: Vec<f64>,
    bound: f64,
}

impl Search {
    /// A part whose bound is no higher holds nothing that is asked for.
    fn enough(&self) -> f64 {
        let best = self.best.value;
        if self.whole {
            // Totals are whole numbers: the next better one is larger by one.
            return best + 1.0 - WHOLE;
        }
        let objective = (self.task.scale - best).abs();
        best + TOLERANCE * objective + ROUNDING * self.task.scale.abs()
    }

    fn is_over(&self) -> bool {
        self.visits >= self.task.visits as f64
    }

    fn run(&mut self) -> f64 {
        let mut open = vec![self.root()];
        while let Some(mut branch) = open.pop() {
            if branch.bound <= self.enough() {
                continue;
            }
            if self.is_over() {
                open.push(branch);
                break;
            }
            if branch.share.is_empty() {
                self.settle(&mut branch);
            } else {
                self.ascend(&mut branch, BRANCH);
            }
            if branch.bound > self.enough()
                && let Some(column) = most_doubtful(&branch)
            {
                open.extend(halves(branch, column));
            }
        }
        let bounds = open.iter().map(|branch| branch.bound);
        bounds.fold(self.best.value, f64::max)
    }

    /// All choices, with prices half-way between the best and the second best saving of the first answer.
    fn root(&self) -> Branch {
        let price = |row| {
            let of_best = self.savings.row(row).map(|(column, saving)| {
                let chosen = self.best.chosen[column];
                chosen.then_some(saving)
            });
            let mut of_best = of_best.flatten();
            let first = of_best.next().unwrap_or(0.0);
            f64::midpoint(first, of_best.next().unwrap_or(0.0))
        };
        let status = |useful| match useful {
            true => Status::Free,
            false => Status::Closed,
        };
        Branch {
            status: self.savings.useful().into_iter().map(status).collect(),
            prices: (0..self.savings.rows()).map(price).collect(),
            savings: Arc::clone(&self.savings),
            share: vec![],
            bound: f64::INFINITY,
        }
    }

    /// Tightens the bound of the root as long as that is worth it.
    fn settle(&mut self, root: &mut Branch) {
        for round in 0..ROOT_ROUNDS {
            let before = root.bound - self.best.value;
            let step = ROOT_COOLING.powi(round).max(0.1);
            self.ascend(root, Effort { step, ..ROOT });
            let after = root.bound - self.best.value;
            if root.bound <= self.enough() || self.is_over() || after > 0.999 * before {
                break;
            }
        }
    }

    /// Tightens the bound, tries the selection of the relaxation as an answer, and decides what can be decided.
    fn ascend(&mut self, branch: &mut Branch, effort: Effort) {
        let prices = std::mem::take(&mut branch.prices);
        let aims = (self.best.value, self.enough());
        let (savings, status) = (&branch.savings, &branch.status);
        let ascent = tighten(savings, status, self.task.p, prices, aims, effort);
        self.visits += ascent.visits;
        branch.prices = ascent.prices;
        branch.share = ascent.share;
        branch.bound = branch.bound.min(ascent.relaxed.bound);
        self.try_choice(&ascent.relaxed.selected);
        if branch.bound > self.enough() {
            self.decide(branch, &ascent.relaxed);
            forget(branch);
        }
    }

    fn try_choice(&mut self, selected: &[bool]) {
        let choice = Choice::new(&self.savings, selected.to_vec());
        self.visits += self.savings.pairs() as f64 / 2.0;
        // What is far from the best does not become the best by exchanges.
        if choice.value > self.best.value - 0.01 * (self.task.scale - self.best.value).abs()
            && choice.chosen != self.best.chosen
        {
            let choice = interchange(&self.savings, choice, &mut self.visits);
            if choice.value > self.best.value {
                self.best = choice;
            }
        }
    }

    /// Closes each free candidate with which, and opens each without which, no better answer is possible.
    fn decide(&self, branch: &mut Branch, relaxed: &Relaxed) {
        let (last, beyond) = relaxed.margin;
        let enough = self.enough();
        for (column, status) in branch.status.iter_mut().enumerate() {
            let worth = relaxed.worth[column];
            *status = match (*status, relaxed.selected[column]) {
                (Status::Free, true) if relaxed.bound - worth + beyond <= enough => Status::Open,
                (Status::Free, false) if relaxed.bound - last + worth <= enough => Status::Closed,
                (unchanged, _) => unchanged,
            };
        }
        let count = |of| branch.status.iter().filter(|status| **status == of).count();
        if count(Status::Open) >= self.task.p {
            let free = |status: &&mut Status| **status == Status::Free;
            let rest = branch.status.iter_mut().filter(free);
            rest.for_each(|status| *status = Status::Closed);
        }
    }
}

/// Leaves out of the savings what the decisions made useless, where that is a quarter or more.
fn forget(branch: &mut Branch) {
    let status = &branch.status;
    let kept = |column: usize| status[column] != Status::Closed;
    let open = |column: usize| status[column] == Status::Open;
    let (fewer, rows) = branch.savings.restrict(kept, open);
    if fewer.pairs() * 4 <= branch.savings.pairs() * 3 {
        branch.prices = rows.iter().map(|&row| branch.prices[row]).collect();
        branch.savings = Arc::new(fewer);
    }
}

/// The free candidate that the relaxation selected most nearly half of the time.
fn most_doubtful(branch: &Branch) -> Option<usize> {
    let doubt = |column: &usize| (branch.share[*column] - 0.5).abs();
    (0..branch.status.len())
        .filter(|&column| branch.status[column] == Status::Free)
        .min_by(|a, b| doubt(a).total_cmp(&doubt(b)))
}

/// Without and with the candidate; the likelier half comes last and is searched first.
fn halves(branch: Branch, column: usize) -> [Branch; 2] {
    let mut without = branch.clone();
    without.status[column] = Status::Closed;
    let mut with = branch;
    with.status[column] = Status::Open;
    if with.share[column] >= 0.5 {
        [without, with]
    } else {
        [with, without]
    }
}
