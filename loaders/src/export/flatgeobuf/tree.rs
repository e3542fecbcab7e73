//! The packed Hilbert R-tree of the format: nodes of four numbers and an offset, the root first, the leaves last.
//!
//! A leaf points at a byte of the features, an inner node at the number of its first child. Source: the specification
//! of `FlatGeobuf` 3 and the reference's `packedrtree`.

use std::io::{Result, Write};
use std::ops::Range;

/// Children of a node.
pub(super) const NODE_SIZE: u16 = 16;
const NODE_BYTES: u64 = 40;

/// Bytes of the index of `count` features, one at least.
pub(super) fn bytes(count: usize) -> u64 {
    levels(count).last().map_or(0, |root| root.end as u64) * NODE_BYTES
}

/// Writes the index of features with these boxes at these places.
pub(super) fn write(boxes: &[(u32, [f64; 4])], places: &[u64], out: &mut impl Write) -> Result<()> {
    let size = usize::from(NODE_SIZE);
    let levels = levels(boxes.len());
    let total = levels.last().map_or(0, |root| root.end);
    let mut lower: Vec<[f64; 4]> = boxes.iter().map(|(_, b)| *b).collect();
    let mut upper = vec![];
    for level in &levels[1..] {
        upper.push(std::mem::take(&mut lower));
        let below = upper.last().map_or(&[][..], Vec::as_slice);
        lower = below.chunks(size).map(union).collect();
        debug_assert_eq!(lower.len(), level.len());
    }
    upper.push(lower);
    // In the file the numbers run from the root, so the level below begins where the levels above end.
    for (level, nodes) in upper.iter().enumerate().rev() {
        let children = level.checked_sub(1).map(|below| total - levels[below].end);
        for (number, node) in nodes.iter().enumerate() {
            let offset =
                children.map_or_else(|| places[number], |first| (first + number * size) as u64);
            let mut bytes = [0; 40];
            for (place, number) in bytes.chunks_exact_mut(8).zip(node) {
                place.copy_from_slice(&number.to_le_bytes());
            }
            bytes[32..].copy_from_slice(&offset.to_le_bytes());
            out.write_all(&bytes)?;
        }
    }
    Ok(())
}

/// Numbers of the nodes of each level counted from the leaves up; there is always a root above the leaves.
fn levels(count: usize) -> Vec<Range<usize>> {
    let mut levels = vec![0..count];
    let (mut level, mut start) = (count, count);
    loop {
        level = level.div_ceil(usize::from(NODE_SIZE));
        levels.push(start..start + level);
        start += level;
        if level <= 1 {
            return levels;
        }
    }
}

fn union(boxes: &[[f64; 4]]) -> [f64; 4] {
    let grow = |a: [f64; 4], b: &[f64; 4]| {
        [
            a[0].min(b[0]),
            a[1].min(b[1]),
            a[2].max(b[2]),
            a[3].max(b[3]),
        ]
    };
    boxes.iter().skip(1).fold(boxes[0], grow)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Searches the tree as a reader does.
    fn found(tree: &[u8], count: usize, wanted: [f64; 4]) -> Vec<u64> {
        let number = |at: usize| f64::from_le_bytes(*tree[at..].first_chunk().expect("a node"));
        let total = tree.len() / 40;
        let (mut found, mut open) = (vec![], vec![0]);
        while let Some(first) = open.pop() {
            let levels = levels(count);
            let mut levels = levels
                .iter()
                .map(|level| total - level.end..total - level.start);
            let end = levels
                .find(|level| level.contains(&first))
                .expect("a level")
                .end;
            for node in first..end.min(first + usize::from(NODE_SIZE)) {
                let b = [0, 8, 16, 24].map(|byte| number(node * 40 + byte));
                if b[0] > wanted[2] || b[1] > wanted[3] || b[2] < wanted[0] || b[3] < wanted[1] {
                    continue;
                }
                let offset =
                    u64::from_le_bytes(*tree[node * 40 + 32..].first_chunk().expect("a node"));
                match node >= total - count {
                    true => found.push(offset),
                    false => open.push(usize::try_from(offset).expect("a number")),
                }
            }
        }
        found.sort_unstable();
        found
    }

    #[test]
    fn a_search_finds_what_a_loop_finds() {
        for count in [1_u32, 2, 16, 17, 256, 257, 5_000] {
            let boxes: Vec<_> = (0..count)
                .map(|row| {
                    let (x, y) = (f64::from(row * 7 % 101), f64::from(row * 13 % 97));
                    (row, [x, y, x + 1.0, y + 1.0])
                })
                .collect();
            let places: Vec<u64> = (0..u64::from(count)).map(|row| row * 10).collect();
            let mut tree = vec![];
            write(&boxes, &places, &mut tree).expect("written");
            assert_eq!(tree.len() as u64, bytes(boxes.len()));
            let wanted = [20.0, 30.0, 40.0, 50.0];
            let expected: Vec<u64> = boxes
                .iter()
                .filter(|(_, b)| b[0] <= 40.0 && b[1] <= 50.0 && b[2] >= 20.0 && b[3] >= 30.0)
                .map(|(row, _)| u64::from(*row) * 10)
                .collect();
            assert_eq!(found(&tree, boxes.len(), wanted), expected, "{count}");
        }
    }
}
