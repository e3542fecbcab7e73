//! Ways that meet at their ends → closed rings.

use std::collections::HashMap;

/// Joins ways, given as ids of nodes, to rings that end with the node they begin with; `None` where an end stays open.
///
/// A ring is complete as soon as its way comes back to a node where ways met, so rings that touch stay apart. What the
/// relation says about inner and outer plays no part. Cost O(nodes).
pub(super) fn rings(ways: &[&[i64]]) -> Option<Vec<Vec<i64>>> {
    let mut at_node: HashMap<i64, Vec<usize>> = HashMap::new();
    let mut rings = vec![];
    let mut is_used = vec![false; ways.len()];
    for (number, way) in ways.iter().enumerate() {
        match (way.first(), way.last()) {
            (Some(first), Some(last)) if first != last => {
                at_node.entry(*first).or_default().push(number);
                at_node.entry(*last).or_default().push(number);
            }
            (Some(_), _) => {
                is_used[number] = true;
                rings.push(way.to_vec());
            }
            _ => is_used[number] = true,
        }
    }
    for start in 0..ways.len() {
        if !is_used[start] {
            is_used[start] = true;
            walk(ways, start, &mut at_node, &mut is_used, &mut rings)?;
        }
    }
    Some(rings)
}

/// Goes from way to way until the first node is reached again, and cuts off every loop on the way.
fn walk(
    ways: &[&[i64]],
    start: usize,
    at_node: &mut HashMap<i64, Vec<usize>>,
    is_used: &mut [bool],
    rings: &mut Vec<Vec<i64>>,
) -> Option<()> {
    let mut path = vec![ways[start][0]];
    // Where ways met, in order, with their positions in the path.
    let mut corners = vec![(path[0], 0)];
    let mut position_of: HashMap<i64, usize> = corners.iter().copied().collect();
    let mut next = start;
    loop {
        let end = *path.last()?;
        let way = ways[next];
        if way[0] == end {
            path.extend(&way[1..]);
        } else {
            path.extend(way.iter().rev().skip(1));
        }
        let end = *path.last()?;
        if let Some(&at) = position_of.get(&end) {
            rings.push(path.split_off(at));
            while corners.last().is_some_and(|(_, position)| *position > at) {
                let (node, _) = corners.pop()?;
                position_of.remove(&node);
            }
            if at == 0 {
                return Some(());
            }
            path.push(end);
        } else {
            corners.push((end, path.len() - 1));
            position_of.insert(end, path.len() - 1);
        }
        let waiting = at_node.get_mut(&end)?;
        while waiting.last().is_some_and(|way| is_used[*way]) {
            waiting.pop();
        }
        next = waiting.pop()?;
        is_used[next] = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(ways: &[&[i64]]) -> Option<Vec<usize>> {
        let mut lengths: Vec<_> = rings(ways)?.iter().map(Vec::len).collect();
        lengths.sort_unstable();
        Some(lengths)
    }

    #[test]
    fn ways_in_any_order_and_direction_make_a_ring() {
        let ring = rings(&[&[1, 2, 3], &[5, 1], &[5, 4, 3]]).expect("closed");
        assert_eq!(ring.len(), 1);
        assert_eq!((ring[0].len(), ring[0].first()), (6, ring[0].last()));
        assert_eq!(lengths(&[&[1, 2, 3, 1]]), Some(vec![4]));
        assert_eq!(lengths(&[&[]]), Some(vec![]));
    }

    #[test]
    fn an_open_end_leaves_nothing() {
        assert_eq!(lengths(&[&[1, 2], &[2, 3]]), None);
        assert_eq!(lengths(&[&[1, 2, 3, 1], &[7, 8]]), None);
    }

    #[test]
    fn rings_that_touch_stay_apart() {
        // Two triangles that share node 1, as four ways.
        assert_eq!(
            lengths(&[&[1, 2], &[2, 3, 1], &[1, 4, 5], &[5, 1]]),
            Some(vec![4, 4])
        );
        // A loop on the way of a larger ring.
        assert_eq!(
            lengths(&[&[1, 2], &[2, 3], &[3, 4], &[4, 2], &[2, 5], &[5, 1]]),
            Some(vec![4, 4])
        );
    }
}
