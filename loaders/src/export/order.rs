//! The rows of a layer along a Hilbert curve, so that what is near in space is near in a file.

use comarca_engine::hilbert;
use rayon::prelude::*;

use crate::source::Features;

/// The rows with geometry and their boxes, ordered by the middles of the boxes along a Hilbert curve of 2¹⁶ × 2¹⁶ cells
/// over the whole layer; rows in the same cell keep their order. Cost O(n log n), in parallel.
pub(super) fn along_curve(features: &Features) -> Vec<(u32, [f64; 4])> {
    let rows = u32::try_from(features.len()).unwrap_or(u32::MAX);
    let mut boxes: Vec<(u32, [f64; 4])> = (0..rows)
        .into_par_iter()
        .filter_map(|row| Some((row, features.bounds_of(row as usize)?)))
        .collect();
    let Some([west, south, east, north]) = features.bounds() else {
        return boxes;
    };
    let scale = |low: f64, high: f64| 65_535.0 / (high - low).max(f64::MIN_POSITIVE);
    let (scale_x, scale_y) = (scale(west, east), scale(south, north));
    boxes.par_sort_by_cached_key(|(_, b)| {
        hilbert(
            cell((f64::midpoint(b[0], b[2]) - west) * scale_x),
            cell((f64::midpoint(b[1], b[3]) - south) * scale_y),
        )
    });
    boxes
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the float-to-int cast saturates, as meant"
)]
fn cell(value: f64) -> u16 {
    value as u16
}
