//! Good choices fast: greedy addition, then exchanges of one chosen candidate for another until none helps.
//!
//! Source: Teitz & Bart, "Heuristic methods for estimating the generalized vertex median of a weighted graph" (1968); the
//! gains of all exchanges come from one pass over the rows (Whitaker 1983; the form with gain, loss and extra of
//! Resende & Werneck, "A fast swap-based local search procedure for location problems", 2007).

use super::savings::Savings;

/// Most candidates × chosen for which exchanges are tried.
const MAX_TABLE: usize = 1 << 21;
/// Savings that the exchanges of one choice may look at.
const MAX_VISITS: f64 = 3e8;

/// A set of candidates and what it saves.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub(super) chosen: Vec<bool>,
    pub(super) value: f64,
}

impl Choice {
    pub(super) fn new(savings: &Savings, chosen: Vec<bool>) -> Self {
        let value = savings.value(&chosen);
        Self { chosen, value }
    }
}

/// The candidate with the largest gain and that gain, one after another, until `p` are chosen or none gains. Ties go to
/// the lowest row.
pub(super) fn additions(savings: &Savings, p: usize) -> Vec<(usize, f64)> {
    let mut best = vec![0.0; savings.rows()];
    let mut added = vec![];
    while added.len() < p {
        let gains = savings.tally(savings.candidates(), |rows, gains| {
            for row in rows {
                for (column, saving) in savings.above(row, best[row]) {
                    gains[column] += saving - best[row];
                }
            }
        });
        let Some((column, gain)) = largest(gains.into_iter()) else {
            break;
        };
        added.push((column, gain));
        savings.update(&mut best, |row, best| {
            let found = savings
                .above(row, *best)
                .find(|(other, _)| *other == column);
            *best = found.map_or(*best, |(_, saving)| saving);
        });
    }
    added
}

/// The choice that [`additions`] make.
pub(super) fn greedy(savings: &Savings, p: usize) -> Choice {
    let mut chosen = vec![false; savings.candidates()];
    additions(savings, p)
        .iter()
        .for_each(|&(column, _)| chosen[column] = true);
    Choice::new(savings, chosen)
}

/// Exchanges the pair that gains most, again and again, until none gains, and adds to `visits` what that looked at. Cost
/// of one: a pass over the rows down to their second chosen candidate, and candidates × chosen.
///
/// Beyond [`MAX_TABLE`] none is made, and after [`MAX_VISITS`] no more.
pub(super) fn interchange(savings: &Savings, from: Choice, visits: &mut f64) -> Choice {
    let mut choice = from;
    let chosen = choice.chosen.iter().filter(|&&chosen| chosen).count();
    let table = savings.candidates() * (chosen + 1);
    if table > MAX_TABLE {
        return choice;
    }
    let end = *visits + MAX_VISITS;
    while *visits < end {
        *visits += (savings.pairs() + table) as f64;
        let Some((leaves, enters)) = best_exchange(savings, &choice.chosen) else {
            break;
        };
        let mut chosen = choice.chosen.clone();
        (chosen[leaves], chosen[enters]) = (false, true);
        let next = Choice::new(savings, chosen);
        // Rounding may promise a gain that is none.
        if next.value <= choice.value {
            break;
        }
        choice = next;
    }
    choice
}

/// The chosen candidate that leaves and the other that enters, where that gains anything.
fn best_exchange(savings: &Savings, chosen: &[bool]) -> Option<(usize, usize)> {
    let leavers: Vec<usize> = (0..chosen.len()).filter(|&column| chosen[column]).collect();
    let mut place = vec![0; chosen.len()];
    leavers
        .iter()
        .enumerate()
        .for_each(|(at, &column)| place[column] = at);
    let width = leavers.len() + 1;
    // A line per candidate: what it gains by itself, then what more it gains where the n-th leaver leaves. The last
    // line holds what is lost with each leaver.
    let table = savings.tally((chosen.len() + 1) * width, |rows, table| {
        let (extras, losses) = table.split_at_mut(chosen.len() * width);
        for row in rows {
            let mut of_chosen = savings.row(row).filter(|(column, _)| chosen[*column]);
            let (first, best) = of_chosen
                .next()
                .map_or((width - 1, 0.0), |(column, saving)| (place[column], saving));
            let second = of_chosen.next().map_or(0.0, |(_, saving)| saving);
            losses[first] += best - second;
            for (column, saving) in savings.above(row, second) {
                let line = &mut extras[column * width..(column + 1) * width];
                line[width - 1] += (saving - best).max(0.0);
                line[first] += saving.min(best) - second;
            }
        }
    });
    let losses = &table[chosen.len() * width..];
    let exchange = |index: usize| {
        let (enters, leaver) = (index / leavers.len(), index % leavers.len());
        let line = &table[enters * width..(enters + 1) * width];
        match chosen[enters] {
            true => 0.0,
            false => line[width - 1] + line[leaver] - losses[leaver],
        }
    };
    let (index, _) = largest((0..chosen.len() * leavers.len()).map(exchange))?;
    Some((leavers[index % leavers.len()], index / leavers.len()))
}

/// The first of the largest numbers above zero.
fn largest(numbers: impl Iterator<Item = f64>) -> Option<(usize, f64)> {
    let positive = numbers.enumerate().filter(|(_, number)| *number > 0.0);
    positive.reduce(|best, next| if next.1 > best.1 { next } else { best })
}
