//! Rows are encoded on all threads, in pieces, and handed over in order.

use std::ops::Range;

use rayon::prelude::*;

use super::WriteProgress;
use crate::source::Features;

/// Most rows of a piece.
const ROWS_MAX: usize = 2_048;
/// Most coordinates of a piece, but for a single row that has more.
const COORDINATES_MAX: usize = 32_768;

/// Encodes the rows `row_of(0)`, `row_of(1)`, … of `features`: `encode` appends a range of positions to a buffer, and
/// `take` gets the ranges and their bytes in order. Buffers are used again, so memory is that of some pieces.
pub(super) fn encode<E>(
    features: &Features,
    row_of: impl Fn(usize) -> usize + Sync,
    progress: &dyn WriteProgress,
    encode: impl Fn(Range<usize>, &mut Vec<u8>) + Sync,
    mut take: impl FnMut(Range<usize>, &[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let mut pieces = pieces(features, &row_of);
    let mut buffers = vec![Vec::new(); 2 * rayon::current_num_threads()];
    loop {
        let batch: Vec<Range<usize>> = pieces.by_ref().take(buffers.len()).collect();
        if batch.is_empty() {
            return Ok(());
        }
        let fill = |(piece, buffer): (&Range<usize>, &mut Vec<u8>)| {
            buffer.clear();
            encode(piece.clone(), buffer);
        };
        batch.par_iter().zip(&mut buffers).for_each(fill);
        for (piece, buffer) in batch.into_iter().zip(&buffers) {
            progress.written(piece.len());
            take(piece, buffer)?;
        }
    }
}

/// Ranges of positions with about as much to do each.
fn pieces(
    features: &Features,
    row_of: impl Fn(usize) -> usize,
) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let (mut end, mut coordinates) = (start, 0);
        while end < features.len() && end - start < ROWS_MAX {
            coordinates += features.shapes.feature_coordinates(row_of(end)).len();
            if coordinates > COORDINATES_MAX && end > start {
                break;
            }
            end += 1;
        }
        let piece = start..end;
        start = end;
        (!piece.is_empty()).then_some(piece)
    })
}
