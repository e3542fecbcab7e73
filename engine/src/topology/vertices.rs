//! Where the vertices of a layer are: short runs of a ring, indexed by their boxes.

use rayon::prelude::*;

use super::is_drawn;
use crate::index::{Envelope, PackedRTree};
use crate::layer::world_box;
use crate::number::narrow;
use crate::shapes::Shapes;
use crate::space::World;

/// Vertices per run: few enough to be looked through, many enough that the tree stays small.
const RUN: usize = 16;

/// Rings of features apart from all others are indexed from this many vertices on; shorter ones are looked through.
pub(super) const LONG: usize = 64;

/// The vertices of lines and rings that may come near others.
#[derive(Debug)]
pub(super) struct VertexIndex {
    starts: Vec<(u32, u32)>,
    tree: PackedRTree<u32>,
}

impl VertexIndex {
    /// Indexes the features that are `crowded` and the long rings of the others. Cost O(v log v).
    pub(super) fn build(shapes: &Shapes, world: &[World], crowded: &[bool]) -> Self {
        let runs_of = |row: usize| {
            let rings = match is_drawn(shapes, row) {
                true => shapes.feature_rings(row),
                false => 0..0,
            };
            let wanted = move |ring: &usize| crowded[row] || shapes.coordinates(*ring).len() > LONG;
            rings.filter(wanted).flat_map(|ring| {
                let range = shapes.coordinates(ring);
                let end = range.end;
                range
                    .step_by(RUN)
                    .map(move |start| (narrow(start), narrow((start + RUN).min(end))))
            })
        };
        let starts: Vec<(u32, u32)> = (0..shapes.len())
            .into_par_iter()
            .flat_map_iter(runs_of)
            .collect();
        let of_run = |&(start, end): &(u32, u32)| world_box(&world[start as usize..end as usize]);
        let boxes: Vec<Option<Envelope<u32>>> = starts.par_iter().map(of_run).collect();
        Self {
            tree: PackedRTree::build(&boxes),
            starts,
        }
    }

    /// Calls `visit` with the number of every vertex in runs that touch the window; some may lie outside it.
    pub(super) fn near(&self, window: Envelope<u32>, mut visit: impl FnMut(usize)) {
        self.tree.search(window, |run| {
            let (start, end) = self.starts[run];
            (start..end).for_each(|vertex| visit(vertex as usize));
        });
    }
}
