//! What each candidate saves at each demand point: the one form that p-median and coverage are solved in.
//!
//! With `s[i][j]` the cost at demand point `i` that candidate `j` takes away (weight × metres nearer for the p-median, the
//! weight itself for coverage), both problems are "choose at most p candidates with the largest Σᵢ max over the chosen
//! of s[i][j]" (Cornuéjols, Fisher & Nemhauser 1977). Only positive savings are stored; so where facilities exist
//! already, a candidate holds little more than its own surroundings.

use std::cmp::Ordering;
use std::ops::Range;

use rayon::prelude::*;

/// Least pairs of one piece of work, and most pieces: sums are made within pieces and then over pieces, whatever the
/// number of threads.
const PIECE_PAIRS: usize = 1 << 17;
const PIECES: usize = 16;

/// Sparse rows, one per group of demand points that see the same; each sorted by saving, largest first, ties by candidate.
#[derive(Clone, Debug, Default)]
pub(super) struct Savings {
    candidates: usize,
    offsets: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f64>,
    pieces: Vec<Range<usize>>,
}

impl Savings {
    /// Rows of a weight and the candidates with what they save one unit of weight, largest first. Rows that are alike
    /// become one; those without weight or savings fall away.
    pub(super) fn new<R>(candidates: usize, rows: impl Iterator<Item = (f64, R)>) -> Self
    where
        R: Iterator<Item = (u32, f64)>,
    {
        let mut units = Self::empty(candidates);
        let mut weights = vec![];
        for (weight, pairs) in rows.filter(|(weight, _)| *weight > 0.0) {
            let before = units.pairs();
            units.push(pairs);
            if units.pairs() == before {
                units.offsets.pop();
            } else {
                weights.push(weight);
            }
        }
        let mut savings = units.merged(weights);
        savings.cut_into_pieces();
        savings
    }

    fn empty(candidates: usize) -> Self {
        Self {
            candidates,
            offsets: vec![0],
            ..Self::default()
        }
    }

    /// One row for all that are alike, times the sum of their weights.
    fn merged(mut self, mut weights: Vec<f64>) -> Self {
        let mut order: Vec<usize> = (0..self.rows()).collect();
        order.par_sort_by(|&a, &b| self.compare(a, b).then(a.cmp(&b)));
        let mut first: Vec<bool> = vec![true; order.len()];
        for alike in order.chunk_by(|&a, &b| self.compare(a, b).is_eq()) {
            weights[alike[0]] = alike.iter().map(|&row| weights[row]).sum();
            alike[1..].iter().for_each(|&row| first[row] = false);
        }
        if first.contains(&false) {
            let mut merged = Self::empty(self.candidates);
            for row in (0..self.rows()).filter(|&row| first[row]) {
                merged.push(self.pairs_of(row));
            }
            weights = weights
                .into_iter()
                .zip(first)
                .filter_map(|(weight, first)| first.then_some(weight))
                .collect();
            self = merged;
        }
        for (row, weight) in weights.into_iter().enumerate() {
            let range = self.offsets[row]..self.offsets[row + 1];
            self.values[range]
                .iter_mut()
                .for_each(|value| *value *= weight);
        }
        self
    }

    fn compare(&self, a: usize, b: usize) -> Ordering {
        let (mut a, mut b) = (self.pairs_of(a), self.pairs_of(b));
        loop {
            return match (a.next(), b.next()) {
                (Some((column, unit)), Some((other, theirs))) => {
                    match column.cmp(&other).then(unit.total_cmp(&theirs)) {
                        Ordering::Equal => continue,
                        differ => differ,
                    }
                }
                (a, b) => a.is_some().cmp(&b.is_some()),
            };
        }
    }

    fn pairs_of(&self, row: usize) -> impl Iterator<Item = (u32, f64)> + '_ {
        let range = self.offsets[row]..self.offsets[row + 1];
        let columns = self.columns[range.clone()].iter().copied();
        columns.zip(self.values[range].iter().copied())
    }

    /// Number of candidates, also of those that save nothing.
    pub(super) fn candidates(&self) -> usize {
        self.candidates
    }

    /// Number of groups of demand points.
    pub(super) fn rows(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Number of stored savings.
    pub(super) fn pairs(&self) -> usize {
        self.columns.len()
    }

    /// Whether every saving is a whole number, so that every total is one.
    pub(super) fn are_whole(&self) -> bool {
        self.values.iter().all(|value| value.fract() == 0.0)
    }

    /// Candidates and savings of a row, largest saving first.
    pub(super) fn row(&self, row: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.pairs_of(row)
            .map(|(column, value)| (column as usize, value))
    }

    /// Candidates of a row that save more than `floor`, largest saving first.
    pub(super) fn above(&self, row: usize, floor: f64) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.row(row).take_while(move |(_, saving)| *saving > floor)
    }

    /// What all candidates save together.
    pub(super) fn most(&self) -> f64 {
        self.sum_pieces(|rows| {
            rows.filter_map(|row| self.row(row).next())
                .map(|(_, most)| most)
                .sum()
        })
    }

    /// Which candidates save anything.
    pub(super) fn useful(&self) -> Vec<bool> {
        let mut useful = vec![false; self.candidates];
        self.columns
            .iter()
            .for_each(|&column| useful[column as usize] = true);
        useful
    }

    /// What the chosen candidates save together.
    pub(super) fn value(&self, chosen: &[bool]) -> f64 {
        let best = |row| {
            self.row(row)
                .find(|(column, _)| chosen[*column])
                .map_or(0.0, |(_, saving)| saving)
        };
        self.sum_pieces(|rows| rows.map(best).sum())
    }

    /// Sum over all rows of what `of_rows` says of a run of rows, in an order that no thread changes.
    fn sum_pieces(&self, of_rows: impl Fn(Range<usize>) -> f64 + Sync) -> f64 {
        match self.pieces.as_slice() {
            [] => 0.0,
            [one] => of_rows(one.clone()),
            pieces => {
                let parts: Vec<f64> = pieces
                    .par_iter()
                    .map(|piece| of_rows(piece.clone()))
                    .collect();
                parts.iter().sum()
            }
        }
    }

    /// Calls `of_rows` with runs of rows and a table of `len` zeros each, and adds the tables up in a fixed order.
    pub(super) fn tally(
        &self,
        len: usize,
        of_rows: impl Fn(Range<usize>, &mut [f64]) + Sync,
    ) -> Vec<f64> {
        let one = |piece: &Range<usize>| {
            let mut table = vec![0.0; len];
            of_rows(piece.clone(), &mut table);
            table
        };
        match self.pieces.as_slice() {
            [] => vec![0.0; len],
            [piece] => one(piece),
            pieces => {
                let tables: Vec<Vec<f64>> = pieces.par_iter().map(one).collect();
                let mut tables = tables.into_iter();
                let mut total = tables.next().unwrap_or_default();
                for table in tables {
                    total
                        .iter_mut()
                        .zip(table)
                        .for_each(|(sum, part)| *sum += part);
                }
                total
            }
        }
    }

    /// Calls `of_row` with every row and its entry of `values`, on all threads.
    pub(super) fn update(&self, values: &mut [f64], of_row: impl Fn(usize, &mut f64) + Sync) {
        let run = |first: usize, values: &mut [f64]| {
            values
                .iter_mut()
                .enumerate()
                .for_each(|(at, value)| of_row(first + at, value));
        };
        if self.pieces.len() < 2 {
            return run(0, values);
        }
        let mut rest = values;
        let mut parts = Vec::with_capacity(self.pieces.len());
        for piece in &self.pieces {
            let (part, after) = rest.split_at_mut(piece.len());
            parts.push((piece.start, part));
            rest = after;
        }
        parts
            .into_par_iter()
            .for_each(|(first, part)| run(first, part));
    }

    /// The same for what is still undecided, and the old number of every row that still has a saving: without the
    /// candidates that are not `kept`, and in each row without those behind the first that is `open`.
    pub(super) fn restrict(
        &self,
        kept: impl Fn(usize) -> bool,
        open: impl Fn(usize) -> bool,
    ) -> (Self, Vec<usize>) {
        let mut fewer = Self::empty(self.candidates);
        let mut rows = vec![];
        for row in 0..self.rows() {
            let before = fewer.pairs();
            let mut behind = false;
            fewer.push(self.pairs_of(row).filter(|(column, _)| {
                let kept = !behind && kept(*column as usize);
                behind |= kept && open(*column as usize);
                kept
            }));
            if fewer.pairs() == before {
                fewer.offsets.pop();
            } else {
                rows.push(row);
            }
        }
        fewer.cut_into_pieces();
        (fewer, rows)
    }

    fn push(&mut self, pairs: impl Iterator<Item = (u32, f64)>) {
        for (column, value) in pairs {
            self.columns.push(column);
            self.values.push(value);
        }
        self.offsets.push(self.columns.len());
    }

    fn cut_into_pieces(&mut self) {
        let (mut start, most) = (0, PIECE_PAIRS.max(self.pairs() / PIECES));
        for row in 0..self.rows() {
            let full = self.offsets[row + 1] - self.offsets[start] >= most;
            if full || row + 1 == self.rows() {
                self.pieces.push(start..row + 1);
                start = row + 1;
            }
        }
    }
}
