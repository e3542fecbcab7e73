//! Conditional permutation: each territory keeps its value, its neighbours' values are drawn from all others.
//!
//! A random order of all units, read without unit i, is a random order of the others. So one order serves every unit of
//! a block: the sum of its first k values is the draw of a unit with k neighbours, and where i itself is among them the sum
//! of k + 1 without it is. Each unit's permutations are independent and exact for it; units of a block share them, as in
//! `esda` and the look-up variant of `GeoDa` all units do. Against a draw for each unit this saves nearly all gathers: the
//! cost is O(permutations × (n + longest list × n / [`BLOCK`])) instead of O(permutations × links).

use std::ops::Range;

use rayon::prelude::*;

use super::inference::{Permutations, Tails};
use super::random::Stream;
use super::weights::Lists;

/// Units that share their permutations.
const BLOCK: usize = 256;
/// Permutations of one piece of work.
const CHUNK: u32 = 4096;

/// Sum and sum of squares of values that were drawn.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Drawn {
    pub(super) sum: f64,
    pub(super) squares: f64,
}

impl Drawn {
    fn with(self, value: f64) -> Self {
        Self {
            sum: self.sum + value,
            squares: self.squares + value * value,
        }
    }

    fn without(self, value: f64) -> Self {
        Self {
            sum: self.sum - value,
            squares: self.squares - value * value,
        }
    }
}

/// How often a draw of as many values as a unit has neighbours scores at least, and at most, what was observed, for every
/// unit. Scores within `tolerance` of the observed one are equal to it.
///
/// `values` should come from [`whole`], so that sums are exact and ties are ties.
pub(super) fn tails(
    lists: &Lists,
    values: &[f64],
    permutations: Permutations,
    tolerance: f64,
    score: impl Fn(usize, Drawn) -> f64 + Sync,
) -> Vec<Tails> {
    let starts: Vec<usize> = (0..values.len()).step_by(BLOCK).collect();
    let block = |start: usize| {
        let units = start..(start + BLOCK).min(values.len());
        let block = Block::new(lists, values, units, tolerance, &score);
        let chunks = 0..permutations.count().div_ceil(CHUNK);
        let stream = (start / BLOCK) as u64;
        let counts = chunks
            .into_par_iter()
            .map(|chunk| {
                let length = CHUNK.min(permutations.count() - chunk * CHUNK);
                // No list of units is long enough for 2³² blocks.
                let random = Stream::new(permutations.seed(), (stream << 32) | u64::from(chunk));
                block.count(values, length, random, &score)
            })
            .reduce(|| block.zero(), added);
        block.in_order(&counts)
    };
    starts.into_par_iter().flat_map_iter(block).collect()
}

/// Values as whole numbers that order and add exactly, with sums of up to `terms` below 2⁵³: the difference from the
/// least, times a power of two. Whole numbers stay what they are; others are cut at 2⁻⁴⁰ of the range or finer.
pub(super) fn whole(values: &[f64], terms: usize) -> Vec<f64> {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let room = 2f64.powi(52) / (terms.max(1) as f64) / (most - least);
    // Not finite where all are equal or the range is beyond floats: then there is nothing to compare.
    let scale = match room.log2().floor() {
        power if power.is_finite() => power.clamp(-1000.0, 1000.0).exp2(),
        _ => 0.0,
    };
    if scale == 0.0 {
        return vec![0.0; values.len()];
    }
    values
        .iter()
        .map(|value| ((value - least) * scale).round())
        .collect()
}

/// The units of a block in the order of their number of neighbours.
struct Block {
    units: Range<usize>,
    /// Number of each place's unit.
    order: Vec<usize>,
    /// Place of each unit, counted from the first of the block.
    place_of: Vec<usize>,
    /// Number of neighbours of each place's unit.
    degrees: Vec<usize>,
    /// Places of equal number of neighbours.
    runs: Vec<Range<usize>>,
    /// From where on a score is at least, and up to where at most, the observed one.
    bounds: Vec<[f64; 2]>,
}

/// For each place how many draws were at least, and at most, the observed one.
type Counts = Vec<[u64; 2]>;

impl Block {
    fn new(
        lists: &Lists,
        values: &[f64],
        units: Range<usize>,
        tolerance: f64,
        score: &impl Fn(usize, Drawn) -> f64,
    ) -> Self {
        let mut order: Vec<usize> = units.clone().collect();
        order.sort_by_key(|&unit| lists.list(unit).len());
        let mut place_of = vec![0; order.len()];
        for (place, unit) in order.iter().enumerate() {
            place_of[unit - units.start] = place;
        }
        let degrees: Vec<usize> = order.iter().map(|&unit| lists.list(unit).len()).collect();
        let mut runs = vec![];
        for run in degrees.chunk_by(|a, b| a == b) {
            let start = runs.last().map_or(0, |run: &Range<usize>| run.end);
            runs.push(start..start + run.len());
        }
        let observed = |&unit: &usize| {
            let around = lists.list(unit).iter();
            let drawn = around.fold(Drawn::default(), |drawn, &other| {
                drawn.with(values[other as usize])
            });
            let observed = score(unit, drawn);
            [observed - tolerance, observed + tolerance]
        };
        Self {
            bounds: order.iter().map(observed).collect(),
            units,
            order,
            place_of,
            degrees,
            runs,
        }
    }

    fn zero(&self) -> Counts {
        vec![[0; 2]; self.order.len()]
    }

    /// Counts over `permutations` random orders.
    fn count(
        &self,
        values: &[f64],
        permutations: u32,
        mut random: Stream,
        score: &impl Fn(usize, Drawn) -> f64,
    ) -> Counts {
        let mut counts = self.zero();
        let longest = self.degrees.last().map_or(0, |degree| degree + 1);
        let mut dealt: Vec<u32> = (0u32..).take(values.len()).collect();
        let mut sums = vec![Drawn::default(); longest + 1];
        for _ in 0..permutations {
            random.shuffle(&mut dealt, longest);
            for (place, &unit) in dealt[..longest].iter().enumerate() {
                sums[place + 1] = sums[place].with(values[unit as usize]);
            }
            for run in &self.runs {
                let drawn = sums[self.degrees[run.start]];
                let places = counts[run.clone()]
                    .iter_mut()
                    .zip(&self.bounds[run.clone()]);
                for ((count, bounds), &unit) in places.zip(&self.order[run.clone()]) {
                    let score = score(unit, drawn);
                    count[0] += u64::from(score >= bounds[0]);
                    count[1] += u64::from(score <= bounds[1]);
                }
            }
            self.leave_out_itself(&dealt[..longest], values, &sums, score, &mut counts);
        }
        counts
    }

    /// Counts again where a unit was dealt to itself: it goes, and the next one comes.
    fn leave_out_itself(
        &self,
        dealt: &[u32],
        values: &[f64],
        sums: &[Drawn],
        score: &impl Fn(usize, Drawn) -> f64,
        counts: &mut [[u64; 2]],
    ) {
        for (dealt_at, unit) in dealt.iter().map(|&unit| unit as usize).enumerate() {
            if !self.units.contains(&unit) {
                continue;
            }
            let place = self.place_of[unit - self.units.start];
            let degree = self.degrees[place];
            if dealt_at < degree {
                let wrong = score(unit, sums[degree]);
                let right = score(unit, sums[degree + 1].without(values[unit]));
                let ([low, high], [at_least, at_most]) = (self.bounds[place], &mut counts[place]);
                *at_least = *at_least + u64::from(right >= low) - u64::from(wrong >= low);
                *at_most = *at_most + u64::from(right <= high) - u64::from(wrong <= high);
            }
        }
    }

    /// The counts by unit.
    fn in_order(&self, counts: &[[u64; 2]]) -> Vec<Tails> {
        let of_place = |&place: &usize| Tails {
            at_least: counts[place][0],
            at_most: counts[place][1],
        };
        self.place_of.iter().map(of_place).collect()
    }
}

fn added(mut a: Counts, b: Counts) -> Counts {
    for (a, b) in a.iter_mut().zip(b) {
        *a = [a[0] + b[0], a[1] + b[1]];
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(_: usize, drawn: Drawn) -> f64 {
        drawn.sum
    }

    fn ring(len: u32, around: u32) -> Lists {
        let mut lists = Lists::default();
        for unit in 0..len {
            let mut list: Vec<u32> = (1..=around).map(|step| (unit + step) % len).collect();
            list.sort_unstable();
            lists.push(&list);
        }
        lists
    }

    #[test]
    fn shares_of_draws_are_those_of_all_combinations_of_the_others() {
        // Seven units with 1, 2, 3 … neighbours, so that a draw of itself matters.
        let values = whole(&[3.0, 1.0, 4.0, 1.5, 9.0, 2.0, 6.0], 8);
        let mut lists = Lists::default();
        for unit in 0u32..7 {
            let others: Vec<u32> = (0..7).filter(|&other| other != unit).collect();
            lists.push(&others[..(unit as usize).max(1)]);
        }
        let permutations = Permutations::new(50_000, 3).unwrap();
        let tails = tails(&lists, &values, permutations, 0.0, sum);
        for (unit, tails) in tails.iter().enumerate() {
            let degree = lists.list(unit).len();
            let observed: f64 = lists.list(unit).iter().map(|&o| values[o as usize]).sum();
            let draws: Vec<f64> = (0u32..1 << 7)
                .filter(|set| set.count_ones() as usize == degree && set & (1 << unit) == 0)
                .map(|set| {
                    (0..7)
                        .filter(|i| set & (1 << i) != 0)
                        .map(|i| values[i])
                        .sum()
                })
                .collect();
            let share = |count: usize| count as f64 / draws.len() as f64;
            let at_least = share(draws.iter().filter(|&&draw| draw >= observed).count());
            let at_most = share(draws.iter().filter(|&&draw| draw <= observed).count());
            for (found, expected) in [(tails.at_least, at_least), (tails.at_most, at_most)] {
                let found = found as f64 / 50_000.0;
                // Five standard errors of 50,000 draws.
                let error = 5.0 * (expected * (1.0 - expected) / 50_000.0).sqrt();
                assert!(
                    (found - expected).abs() <= error,
                    "{unit}: {found} {expected}"
                );
            }
        }
    }

    #[test]
    fn counts_are_the_same_at_any_number_of_threads() {
        let values = whole(
            &(0u32..900)
                .map(|unit| f64::from(unit * 7919 % 1000))
                .collect::<Vec<_>>(),
            7,
        );
        let lists = ring(900, 5);
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            let permutations = Permutations::new(5000, 9).unwrap();
            pool.unwrap()
                .install(|| tails(&lists, &values, permutations, 0.0, sum))
        };
        let alone = run(1);
        assert_eq!(alone, run(2));
        assert_eq!(alone, run(7));
    }

    #[test]
    fn with_all_others_as_neighbours_every_draw_is_the_observed_one() {
        let values = whole(&[1.0, 2.5, 0.1, 7.0], 4);
        let found = tails(
            &ring(4, 3),
            &values,
            Permutations::new(99, 1).unwrap(),
            0.0,
            sum,
        );
        assert!(
            found
                .iter()
                .all(|tails| tails.at_least == 99 && tails.at_most == 99)
        );
        assert!(tails(&Lists::default(), &[], Permutations::default(), 0.0, sum).is_empty());
    }

    #[test]
    fn whole_numbers_keep_their_ties_and_fit_any_range() {
        let counts = whole(&[3.0, 1e9, 7.0, 3.0], 20);
        assert_eq!(
            (counts[2] - counts[0]) * (1e9 - 3.0),
            4.0 * (counts[1] - counts[0])
        );
        assert!(counts[1] * 20.0 < 2f64.powi(53));
        for values in [[1e-310, 2e-310], [-1e308, 1e308], [5.0, 5.0], [0.1, 0.2]] {
            assert!(
                whole(&values, 3).iter().all(|value| value.is_finite()),
                "{values:?}"
            );
        }
        assert!(whole(&[], 3).is_empty());
    }
}
