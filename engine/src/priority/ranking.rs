//! Places in a list.

/// Place of each score from 1, the highest: one more than the number of higher scores, so that equals share the better
/// place and the next stands as far down as if they did not ("1224", standard competition ranking).
///
/// `None` for what has no score or NaN. Scores are equal when they are the same number. Cost O(n log n).
pub fn ranks(scores: &[Option<f64>]) -> Vec<Option<usize>> {
    let mut order: Vec<(f64, usize)> = scores
        .iter()
        .enumerate()
        .filter_map(|(row, score)| Some((score.filter(|score| !score.is_nan())?, row)))
        .collect();
    let mut ranks = vec![None; scores.len()];
    place(&mut order, |row, rank| ranks[row] = Some(rank));
    ranks
}

/// Rows in the order of their ranks; equals by id, then by row; rows without a score last.
///
/// Rows beyond the ids have the empty id.
pub fn ranking(scores: &[Option<f64>], ids: &[&str]) -> Vec<usize> {
    let ranks = ranks(scores);
    let mut rows: Vec<usize> = (0..scores.len()).collect();
    let id = |row: usize| ids.get(row).copied().unwrap_or_default();
    let place = |row: usize| ranks[row].unwrap_or(usize::MAX);
    rows.sort_by(|&a, &b| (place(a), id(a), a).cmp(&(place(b), id(b), b)));
    rows
}

/// Says the rank of each row, the highest score first; what it is called for with is in any order.
pub(super) fn place(order: &mut [(f64, usize)], mut assign: impl FnMut(usize, usize)) {
    // Zeros of either sign are the same score.
    order.iter_mut().for_each(|pair| pair.0 += 0.0);
    order.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    let mut before = 0;
    for tied in order.chunk_by(|a, b| a.0 == b.0) {
        tied.iter().for_each(|(_, row)| assign(*row, before + 1));
        before += tied.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_share_the_better_place_and_leave_a_gap() {
        let scores = [
            Some(2.0),
            Some(9.0),
            None,
            Some(2.0),
            Some(f64::NAN),
            Some(-1.0),
        ];
        assert_eq!(
            ranks(&scores),
            [Some(2), Some(1), None, Some(2), None, Some(4)]
        );
        assert_eq!(ranks(&[Some(0.0), Some(-0.0)]), [Some(1), Some(1)]);
        assert_eq!(ranks(&[]), []);
        assert_eq!(ranks(&[Some(f64::INFINITY); 3]), [Some(1); 3]);
    }

    #[test]
    fn equals_stand_by_id_and_the_unscored_last() {
        let scores = [Some(1.0), None, Some(1.0), Some(3.0), Some(1.0)];
        assert_eq!(
            ranking(&scores, &["c", "a", "b", "z", "b"]),
            [3, 2, 4, 0, 1]
        );
        assert_eq!(ranking(&scores, &[]), [3, 0, 2, 4, 1]);
    }
}
