//! Rows of one file read on all threads, in parts, and put together in the order of the file.

use std::ops::Range;

use rayon::prelude::*;

use super::features::Collector;
use super::table::TOO_MANY_CELLS;

/// Rows in a part: enough to be worth a task, few enough that the parts that wait are small beside the layer.
pub(super) const ROWS_PER_PART: usize = 4096;

/// The numbers of so many rows, part by part.
pub(super) fn parts(rows: usize) -> Vec<Range<usize>> {
    (0..rows)
        .step_by(ROWS_PER_PART)
        .map(|start| start..(start + ROWS_PER_PART).min(rows))
        .collect()
}

/// Reads every part with `read` into rows of its own and puts them under `rows`.
///
/// Parts are read a few at a time, so that finished ones do not pile up. The outcome does not depend on the threads.
pub(super) fn read_parts<P: Sync>(
    parts: &[P],
    rows: &mut Collector,
    read: impl Fn(&P) -> Result<Collector, String> + Sync,
) -> Result<(), String> {
    let at_once = rayon::current_num_threads() * 4;
    for some in parts.chunks(at_once) {
        let done: Vec<_> = some.par_iter().map(&read).collect();
        for part in done {
            if !rows.append(part?) {
                return Err(TOO_MANY_CELLS.to_owned());
            }
        }
    }
    Ok(())
}
