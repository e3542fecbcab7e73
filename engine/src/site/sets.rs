//! Who covers whom, as sets of bits, and what can be left out of them.

use std::cmp::Reverse;

/// Most words of a table of bits: 256 MiB.
const MAX_WORDS: usize = 1 << 25;

/// Lines of bits of one width.
struct Bits {
    words: usize,
    bits: Vec<u64>,
}

impl Bits {
    /// Lines of zeros; `None` where they would take too much memory.
    fn zeros(lines: usize, width: usize) -> Option<Self> {
        let words = width.div_ceil(64);
        let len = lines.checked_mul(words)?;
        (len <= MAX_WORDS).then(|| Self {
            words,
            bits: vec![0; len],
        })
    }

    fn set(&mut self, line: usize, bit: usize) {
        self.bits[line * self.words + bit / 64] |= 1 << (bit % 64);
    }

    fn line(&self, line: usize) -> &[u64] {
        &self.bits[line * self.words..(line + 1) * self.words]
    }

    /// Whether all bits of one line are in another.
    fn within(&self, line: usize, other: usize) -> bool {
        let mut words = self.line(line).iter().zip(self.line(other));
        words.all(|(word, of_other)| word & !of_other == 0)
    }
}

/// Which candidates are worth a look: not those that cover nothing, or nothing that another one does not cover too. Of
/// candidates that cover the same the first stays.
pub(super) fn undominated<'a>(
    candidates: usize,
    rows: impl ExactSizeIterator<Item = &'a [u32]> + Clone,
) -> Vec<bool> {
    let mut sizes = vec![0usize; candidates];
    let columns = rows.clone().flatten();
    columns.for_each(|&column| sizes[column as usize] += 1);
    let mut kept: Vec<bool> = sizes.iter().map(|&size| size > 0).collect();
    let Some(mut covered) = Bits::zeros(candidates, rows.len()) else {
        return kept;
    };
    // Whoever covers all that a candidate covers stands in the shortest of its rows.
    let mut shortest: Vec<&[u32]> = vec![&[]; candidates];
    for (number, row) in rows.enumerate() {
        for &column in row {
            let column = column as usize;
            covered.set(column, number);
            if shortest[column].is_empty() || row.len() < shortest[column].len() {
                shortest[column] = row;
            }
        }
    }
    for column in 0..candidates {
        let dominated = shortest[column].iter().any(|&other| {
            let other = other as usize;
            let more =
                sizes[other] > sizes[column] || (sizes[other] == sizes[column] && other < column);
            more && covered.within(column, other)
        });
        kept[column] = kept[column] && !dominated;
    }
    kept
}

/// The rows that are covered only if all are: not those with all the candidates of another.
pub(super) fn hardest(candidates: usize, mut rows: Vec<Vec<u32>>) -> Vec<Vec<u32>> {
    rows.sort_unstable_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
    rows.dedup();
    let Some(mut bits) = Bits::zeros(rows.len(), candidates) else {
        return rows;
    };
    for (line, row) in rows.iter().enumerate() {
        row.iter()
            .for_each(|&column| bits.set(line, column as usize));
    }
    let mut kept: Vec<usize> = vec![];
    for line in 0..rows.len() {
        if !kept.iter().any(|&smaller| bits.within(smaller, line)) {
            kept.push(line);
        }
    }
    kept.into_iter()
        .map(|line| std::mem::take(&mut rows[line]))
        .collect()
}

/// Leaves out rows and candidates until neither is needless.
pub(super) fn reduced(candidates: usize, rows: Vec<Vec<u32>>) -> Vec<Vec<u32>> {
    let mut rows = hardest(candidates, rows);
    loop {
        let kept = undominated(candidates, rows.iter().map(Vec::as_slice));
        let before: usize = rows.iter().map(Vec::len).sum();
        rows.iter_mut()
            .for_each(|row| row.retain(|&column| kept[column as usize]));
        rows = hardest(candidates, rows);
        if rows.iter().map(Vec::len).sum::<usize>() == before {
            return rows;
        }
    }
}

/// Candidates that cover all rows between them: again and again the one that covers most of the rest, the first of equals.
pub(super) fn greedy_cover(candidates: usize, rows: &[Vec<u32>]) -> Vec<bool> {
    let mut chosen = vec![false; candidates];
    let mut left: Vec<&Vec<u32>> = rows.iter().filter(|row| !row.is_empty()).collect();
    while !left.is_empty() {
        let mut counts = vec![0usize; candidates];
        let columns = left.iter().copied().flatten();
        columns.for_each(|&column| counts[column as usize] += 1);
        let most = (0..candidates).max_by_key(|&column| (counts[column], Reverse(column)));
        let Some(most) = most else { break };
        chosen[most] = true;
        left.retain(|row| !row.iter().any(|&column| column as usize == most));
    }
    chosen
}
