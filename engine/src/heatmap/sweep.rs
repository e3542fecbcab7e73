//! Sums of polynomial kernels along rows by running moments.
//!
//! On a row a bump is a polynomial between the two columns where its circle crosses the row. So a bump adds the
//! coefficients to those that run along the row where it begins and takes them off where it ends, whatever it covers.
//!
//! Source: Chan, Li, Jiang et al., "SLAM: efficient sweep line algorithms for kernel density visualization" (SIGMOD
//! 2022), whose bucket variant this is. Theirs runs along whole rows and over a raster's origin; ours runs over a few
//! reaches around the bumps of a strip of columns, from whose middle all coordinates count: so nothing is lost by
//! subtracting large numbers, and rounding does not travel.

use super::near::{Block, Near, ROWS};

/// Adds the bumps to rows of cells, for the kernels of the form (1 − u²)ᵏ.
///
/// `moments` are the 2k + 1 coefficients in ξ of `weight` · (rest + 2 q ξ − ξ²)ᵏ, and a one that counts the bump.
/// `slots` is room for them. Cost O(rows × (bumps + columns)).
pub(super) fn add<const N: usize>(
    block: &mut Block<'_>,
    near: &[Near],
    slots: &mut Vec<f64>,
    moments: impl Fn(f64, f64, f64) -> [f64; N],
) {
    slots.clear();
    slots.resize((block.width() + 1) * ROWS * N, 0.0);
    let (slots, _) = slots.as_chunks_mut::<N>();
    for bump in near {
        let (mut weight, scale) = (bump.top, 1.0 / bump.reach_squared);
        (0..N / 2 - 1).for_each(|_| weight *= scale);
        let q = bump.x - block.middle;
        // Only the uniform kernel, of one moment, is not zero on the rim.
        let chords = match N {
            2 => block.chords::<true>(bump),
            _ => block.chords::<false>(bump),
        };
        for row in 0..block.rows {
            let (first, end) = (chords.first[row] as usize, chords.end[row] as usize);
            if first >= end {
                continue;
            }
            let moments = moments(weight, q, chords.half_squared[row] - q * q);
            let begins = &mut slots[first * ROWS + row];
            (0..N).for_each(|k| begins[k] += moments[k]);
            let ends = &mut slots[end * ROWS + row];
            (0..N).for_each(|k| ends[k] -= moments[k]);
        }
    }
    for row in 0..block.rows {
        run(
            slots,
            row,
            block.first as f64 - block.middle,
            block.row(row),
        );
    }
}

/// Runs along a row and adds the polynomial of each column. `start` is the ξ of the first.
fn run<const N: usize>(slots: &[[f64; N]], row: usize, start: f64, cells: &mut [f64]) {
    let mut running = [0.0; N];
    for (column, cell) in cells.iter_mut().enumerate() {
        let slot = &slots[column * ROWS + row];
        (0..N).for_each(|k| running[k] += slot[k]);
        if running[N - 1] == 0.0 {
            // No bump is open: what is left in the moments is rounding.
            running = [0.0; N];
            continue;
        }
        let xi = start + column as f64;
        let value = running[..N - 1]
            .iter()
            .rev()
            .fold(0.0, |sum, moment| sum * xi + moment);
        *cell += value.max(0.0);
    }
}

/// Moments of the uniform kernel.
pub(super) fn uniform(weight: f64, _: f64, _: f64) -> [f64; 2] {
    [weight, 1.0]
}

/// Moments of the Epanechnikov kernel.
pub(super) fn epanechnikov(weight: f64, q: f64, rest: f64) -> [f64; 4] {
    [weight * rest, 2.0 * weight * q, -weight, 1.0]
}

/// Moments of the quartic kernel.
pub(super) fn quartic(weight: f64, q: f64, rest: f64) -> [f64; 6] {
    let wq = 4.0 * weight * q;
    let wr = weight * rest;
    [wr * rest, wq * rest, wq * q - 2.0 * wr, -wq, weight, 1.0]
}

/// Moments of the triweight kernel.
pub(super) fn triweight(weight: f64, q: f64, rest: f64) -> [f64; 8] {
    let (wq, wr, qq) = (weight * q, weight * rest, q * q);
    [
        wr * rest * rest,
        6.0 * wq * rest * rest,
        wr * (12.0 * qq - 3.0 * rest),
        wq * (8.0 * qq - 12.0 * rest),
        weight * (3.0 * rest - 12.0 * qq),
        6.0 * wq,
        -weight,
        1.0,
    ]
}
