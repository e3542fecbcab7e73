//! Who covers whom, as sets of bits, and what can be left out of them.

/// Most words of a table of bits: 256 MiB.
const MAX_WORDS: usize = 1 << 25;

/// Somebody to cover: the candidates that do, ascending, and what the search for a bound last had to pay for them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Row {
    pub(super) candidates: Vec<u32>,
    pub(super) price: f64,
}

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

/// The rows that it takes to cover all: not those with all the candidates of another.
fn hardest(candidates: usize, mut rows: Vec<Row>) -> Vec<Row> {
    let by_size = |a: &Row, b: &Row| {
        let sizes = a.candidates.len().cmp(&b.candidates.len());
        sizes.then_with(|| a.candidates.cmp(&b.candidates))
    };
    rows.sort_by(by_size);
    rows.dedup_by(|a, b| a.candidates == b.candidates);
    let Some(mut bits) = Bits::zeros(rows.len(), candidates) else {
        return rows;
    };
    for (line, row) in rows.iter().enumerate() {
        let columns = row.candidates.iter();
        columns.for_each(|&column| bits.set(line, column as usize));
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
pub(super) fn reduced(candidates: usize, rows: Vec<Row>) -> Vec<Row> {
    let mut rows = hardest(candidates, rows);
    loop {
        let kept = undominated(candidates, rows.iter().map(|row| row.candidates.as_slice()));
        let before: usize = rows.iter().map(|row| row.candidates.len()).sum();
        rows.iter_mut()
            .for_each(|row| row.candidates.retain(|&column| kept[column as usize]));
        rows = hardest(candidates, rows);
        if rows.iter().map(|row| row.candidates.len()).sum::<usize>() == before {
            return rows;
        }
    }
}
