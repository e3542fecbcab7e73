//! Finding the few places where rows of classes change, eight at a time.

/// Calls `visit` with each column, ascending, at which some pair of rows differs. All rows must have one length.
pub(super) fn differences<const N: usize>(pairs: [[&[u8]; 2]; N], mut visit: impl FnMut(usize)) {
    let length = pairs[0][0].len();
    let mut column = 0;
    while column < length {
        let differ = |at: usize| pairs.iter().any(|[a, b]| a[at] != b[at]);
        if column + 8 <= length {
            let eight = |row: &[u8]| {
                row[column..column + 8]
                    .try_into()
                    .ok()
                    .map(u64::from_ne_bytes)
            };
            if pairs.iter().all(|[a, b]| eight(a) == eight(b)) {
                column += 8;
                continue;
            }
        }
        let end = length.min(column + 8);
        (column..end).filter(|&at| differ(at)).for_each(&mut visit);
        column = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_difference_is_found_once_and_in_order() {
        for length in [0, 1, 7, 8, 9, 30] {
            for at in 0..length {
                let (a, mut b) = (vec![3u8; length], vec![3u8; length]);
                b[at] = 4;
                b[length - 1] = 4;
                let mut found = vec![];
                differences([[&a, &a], [&a, &b]], |column| found.push(column));
                let mut expected = vec![at, length - 1];
                expected.dedup();
                assert_eq!(found, expected, "{length}");
            }
        }
    }
}
