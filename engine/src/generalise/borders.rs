//! Which polygons share how much border.

use crate::topology::{Drawn, Edge, polygon_edges, same_place};

/// A border that two polygons share.
#[derive(Clone, Copy, Debug)]
pub(super) struct Border {
    /// The two features, the smaller row first.
    pub(super) rows: [u32; 2],
    /// Length in cells of the world grid.
    pub(super) length: f64,
}

/// All shared borders, each pair of features once, in order. Cost O(e log e) in the edges of features that come near others.
pub(super) fn borders(drawn: Drawn<'_>) -> Vec<Border> {
    let edges = polygon_edges(drawn.shapes, drawn.world, |row| drawn.crowded[row]);
    let mut shared: Vec<Border> = edges.chunk_by(same_place).filter_map(shared).collect();
    drop(edges);
    shared.sort_by_key(|border| border.rows);
    shared.dedup_by(|next, first| {
        let is_same = next.rows == first.rows;
        if is_same {
            first.length += next.length;
        }
        is_same
    });
    shared
}

fn shared(edges: &[Edge]) -> Option<Border> {
    let [a, b] = edges else { return None };
    let length = f64::from(a.high.x - a.low.x).hypot(f64::from(a.high.y.abs_diff(a.low.y)));
    (a.row != b.row).then_some(Border {
        rows: [a.row.min(b.row), a.row.max(b.row)],
        length,
    })
}
