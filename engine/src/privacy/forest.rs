//! Cells that add up along trees.

use crate::territory::Level;

/// Cells in an order in which every parent comes after its children; a parent is the sum of its children.
#[derive(Clone, Debug)]
pub(super) struct Forest {
    parents: Vec<Option<u32>>,
    /// The children of all cells, parent by parent.
    children: Vec<u32>,
    /// Per cell, where its children begin in `children`; one more at the end.
    starts: Vec<u32>,
}

impl Forest {
    /// From the position of each cell's parent, which must be larger than its own.
    pub(super) fn new(parents: Vec<Option<u32>>) -> Self {
        let mut starts = vec![0_u32; parents.len() + 1];
        for &parent in parents.iter().flatten() {
            starts[parent as usize + 1] += 1;
        }
        for cell in 0..parents.len() {
            starts[cell + 1] += starts[cell];
        }
        let mut next = starts.clone();
        let mut children = vec![0; starts[parents.len()] as usize];
        for (cell, parent) in (0_u32..).zip(&parents) {
            if let Some(parent) = parent {
                let place = &mut next[*parent as usize];
                children[*place as usize] = cell;
                *place += 1;
            }
        }
        Self {
            parents,
            children,
            starts,
        }
    }

    /// Leaves with the territory of the finest level that holds each, then the territories of all levels, finest first.
    pub(super) fn of_levels(leaves: &[Option<u32>], levels: &[Level]) -> Self {
        let after = |count: usize, parent: usize| u32::try_from(count + parent).ok();
        let mut parents: Vec<Option<u32>> = leaves
            .iter()
            .map(|home| after(leaves.len(), home.map(|home| home as usize)?))
            .collect();
        let mut above = leaves.len();
        for (position, level) in levels.iter().enumerate() {
            above += level.len();
            let upper = levels.get(position + 1).map_or(0, Level::len);
            let parent = |row| level.parent(row).filter(|&parent| parent < upper);
            parents.extend((0..level.len()).map(|row| after(above, parent(row)?)));
        }
        Self::new(parents)
    }

    pub(super) fn len(&self) -> usize {
        self.parents.len()
    }

    pub(super) fn parent(&self, cell: usize) -> Option<usize> {
        self.parents[cell].map(|parent| parent as usize)
    }

    /// In ascending order.
    pub(super) fn children(&self, cell: usize) -> impl Iterator<Item = usize> + Clone {
        let own = self.starts[cell] as usize..self.starts[cell + 1] as usize;
        self.children[own].iter().map(|&child| child as usize)
    }

    pub(super) fn is_leaf(&self, cell: usize) -> bool {
        self.starts[cell] == self.starts[cell + 1]
    }
}
