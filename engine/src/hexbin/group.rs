//! Features put together by the number of their cell.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hasher};
use std::num::NonZeroU64;

use super::totals::Sums;
use super::{HexError, HexMeasure, HexTotals, Hexbin, MAX_HEXAGONS};

/// The cells of features given by number, each made by `cell`; sums run in the order of the features.
pub(super) fn group<C>(
    numbers: &[Option<NonZeroU64>],
    measure: &HexMeasure<'_>,
    cell: impl Fn(NonZeroU64, HexTotals) -> Option<C>,
) -> Result<Hexbin<C>, HexError> {
    let mut places: HashMap<NonZeroU64, usize, BuildHasherDefault<Mixed>> = HashMap::default();
    let mut cells: Vec<(NonZeroU64, Sums)> = vec![];
    let mut left_out = 0;
    for (feature, number) in numbers.iter().enumerate() {
        let Some(number) = *number else {
            left_out += 1;
            continue;
        };
        let place = match places.entry(number) {
            Entry::Occupied(place) => *place.get(),
            Entry::Vacant(_) if cells.len() == MAX_HEXAGONS => return Err(HexError::TooMany),
            Entry::Vacant(place) => {
                cells.push((number, Sums::default()));
                *place.insert(cells.len() - 1)
            }
        };
        cells[place].1.add(measure, feature);
    }
    cells.sort_unstable_by_key(|(number, _)| *number);
    let totals = cells
        .iter()
        .map(|(number, sums)| (*number, sums.totals(measure)));
    Ok(Hexbin {
        suppressed: totals
            .clone()
            .filter(|(_, totals)| totals.is_suppressed())
            .count(),
        cells: totals
            .filter_map(|(number, totals)| cell(number, totals))
            .collect(),
        left_out,
    })
}

/// A hash of one number. Cell numbers differ in their middle bits: a product brings them to the top, a shift down again.
///
/// The map is only ever asked, never walked, so the answer does not depend on it.
#[derive(Default)]
struct Mixed(u64);

impl Hasher for Mixed {
    fn write(&mut self, bytes: &[u8]) {
        bytes
            .iter()
            .for_each(|&byte| self.write_u64(u64::from(byte)));
    }

    fn write_u64(&mut self, number: u64) {
        // 2⁶⁴ over the golden ratio (Knuth, *The Art of Computer Programming* 3, 6.4).
        self.0 = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}
