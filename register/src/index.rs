//! Where the demands of the newest snapshot lie.

use std::sync::Arc;

use rstar::{AABB, RTree, RTreeObject};

use crate::Demand;
use crate::sorted::order;

/// An R*-tree that is kept in step with every write, in degrees.
#[derive(Debug, Default)]
pub(crate) struct Index {
    tree: RTree<Place>,
    generation: u64,
}

/// A demand in the tree. Two places are the same only if they hold the very same record.
#[derive(Debug)]
struct Place(Arc<Demand>);

impl RTreeObject for Place {
    type Envelope = AABB<[f64; 2]>;

    fn envelope(&self) -> Self::Envelope {
        AABB::from_point([self.0.lon, self.0.lat])
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Index {
    /// The index of these demands, made in one go.
    pub(crate) fn of<'a>(demands: impl Iterator<Item = &'a Arc<Demand>>, generation: u64) -> Self {
        let places = demands.map(|demand| Place(Arc::clone(demand))).collect();
        Self {
            tree: RTree::bulk_load(places),
            generation,
        }
    }

    /// The number of the snapshot that it belongs to.
    pub(crate) const fn generation(&self) -> u64 {
        self.generation
    }

    /// Follows the changes from one snapshot to the next. O(log n) each.
    pub(crate) fn follow(&mut self, changes: &[Moved], generation: u64) {
        for (before, after) in changes {
            if let Some(before) = before {
                self.tree.remove(&Place(Arc::clone(before)));
            }
            if let Some(after) = after {
                self.tree.insert(Place(Arc::clone(after)));
            }
        }
        self.generation = generation;
    }

    /// Demands in a box, its edges included, in the order of their ids.
    pub(crate) fn within(&self, low: [f64; 2], high: [f64; 2]) -> Vec<Arc<Demand>> {
        let found = self.tree.locate_in_envelope(AABB::from_corners(low, high));
        let mut found: Vec<_> = found.map(|place| Arc::clone(&place.0)).collect();
        found.sort_unstable_by(|a, b| order(&a.id, &b.id));
        found
    }
}

/// A demand before and after a change.
pub(crate) type Moved = (Option<Arc<Demand>>, Option<Arc<Demand>>);
