//! Casts between kinds of numbers whose ranges the data bound.

/// A number of rows, edges, cells or bytes of one layer, of which there are fewer than 2³².
#[expect(
    clippy::cast_possible_truncation,
    reason = "there are fewer than 2³² of anything that a layer has"
)]
pub(crate) fn narrow(count: usize) -> u32 {
    count as u32
}

/// The whole part of a number of cells: zero for what is below it or no number, 2³² − 1 for what is above.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, as meant"
)]
pub(crate) fn whole(cells: f64) -> usize {
    cells as u32 as usize
}

/// A position on the world grid that was kept as a float; whole and in range, as it came from there.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, and a position of the grid is exact"
)]
pub(crate) fn cell(position: f64) -> u32 {
    position as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_stay_within_their_range() {
        assert_eq!([-1.5, f64::NAN, 0.9, 7.999].map(whole), [0, 0, 0, 7]);
        assert_eq!(whole(1e300), u32::MAX as usize);
    }
}
