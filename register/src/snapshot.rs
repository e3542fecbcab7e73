//! What the register holds at one moment.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use crate::index::Index;
use crate::plan::{Moment, plan};
use crate::sorted::Sorted;
use crate::store::Head;
use crate::timestamp::rfc3339;
use crate::{Assembly, Change, Demand, Item, Kind, Write, WriteError, json};

/// The whole register at one moment. It never changes; the register makes another one.
#[derive(Debug, Default)]
pub struct Snapshot {
    pub(crate) state: State,
    /// Counts the snapshots of this register.
    pub(crate) generation: u64,
    pub(crate) index: Arc<RwLock<Index>>,
}

/// The contents of a snapshot. A clone is cheap.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    pub(crate) demands: Sorted<Demand>,
    pub(crate) assemblies: Sorted<Assembly>,
    pub(crate) problems: Arc<Vec<Problem>>,
    /// Where the register stood.
    pub(crate) head: Head,
}

/// Something in a row that is not as it must be: left out, or read as something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Name of the table.
    pub table: &'static str,
    /// Number of the row, which `SQLite` calls its rowid.
    pub row: i64,
    /// Id in that row.
    pub id: Option<String>,
    /// What is wrong, and what was made of it.
    pub what: String,
    /// Whether the row has no part in the register.
    pub left_out: bool,
}

impl Snapshot {
    /// All demands, in the order of their ids: shorter ones first.
    pub fn demands(&self) -> impl Iterator<Item = &Arc<Demand>> + Clone {
        self.state.demands.iter()
    }

    /// How many demands there are.
    pub fn demand_count(&self) -> usize {
        self.state.demands.len()
    }

    /// The demand of this id. O(log n).
    pub fn demand(&self, id: &str) -> Option<&Arc<Demand>> {
        self.state.demands.find(id)
    }

    /// All assemblies, in the order of their ids.
    pub fn assemblies(&self) -> impl Iterator<Item = &Arc<Assembly>> + Clone {
        self.state.assemblies.iter()
    }

    /// How many assemblies there are.
    pub fn assembly_count(&self) -> usize {
        self.state.assemblies.len()
    }

    /// The assembly of this id. O(log n).
    pub fn assembly(&self, id: &str) -> Option<&Arc<Assembly>> {
        self.state.assemblies.find(id)
    }

    /// What would come of a write, without writing.
    ///
    /// # Errors
    /// Those of [`Register::write`](crate::Register::write) that have to do with its content.
    pub fn check(&self, write: &Write) -> Result<(), WriteError> {
        let moment = Moment {
            now: rfc3339(SystemTime::now()),
            only_days: false,
        };
        let mut state = self.state.clone();
        plan(write, &mut state, &moment).map(drop)
    }

    /// What could not be read as it is.
    pub fn problems(&self) -> &[Problem] {
        &self.state.problems
    }

    /// Number of the last change in it; 0 where none was ever recorded.
    pub fn seq(&self) -> u64 {
        self.state.head.seq
    }

    /// Counts the snapshots of this register since it was opened: no two have the same.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Demands in a box of west, south, east and north in degrees, its edges included, in the order of their ids. West
    /// of it lies its east where it crosses the 180th meridian (RFC 7946, 5.2).
    ///
    /// O(log n + k) in the newest snapshot, O(n) in older ones: the index is that of the newest.
    pub fn within(&self, [west, south, east, north]: [f64; 4]) -> Vec<Arc<Demand>> {
        if west <= east && south <= north {
            let index = self.index.read().unwrap_or_else(PoisonError::into_inner);
            if index.generation() == self.generation {
                return index.within([west, south], [east, north]);
            }
        }
        let across = west > east;
        let inside = |demand: &&Arc<Demand>| {
            let (from_west, to_east) = (demand.lon >= west, demand.lon <= east);
            let lon = if across {
                from_west || to_east
            } else {
                from_west && to_east
            };
            lon && (south..=north).contains(&demand.lat)
        };
        self.demands().filter(inside).map(Arc::clone).collect()
    }
}

impl State {
    /// Puts an item in, or in the place of the one before it.
    pub(crate) fn put(&mut self, item: &Item) {
        // The row that is written anew has no problem any more; a second one of its id still has.
        self.forget_problems(item, |problem| !problem.left_out);
        match item {
            Item::Demand(demand) => drop(self.demands.insert(Arc::clone(demand))),
            Item::Assembly(assembly) => drop(self.assemblies.insert(Arc::clone(assembly))),
        }
    }

    /// Takes an item out, with all rows of its id.
    pub(crate) fn remove(&mut self, kind: Kind, id: &str) -> Option<Item> {
        let removed = match kind {
            Kind::Demand => self.demands.remove(id).map(Item::Demand),
            Kind::Assembly => self.assemblies.remove(id).map(Item::Assembly),
        }?;
        self.forget_problems(&removed, |_| true);
        Some(removed)
    }

    pub(crate) fn find(&self, kind: Kind, id: &str) -> Option<Item> {
        match kind {
            Kind::Demand => self.demands.find(id).map(Arc::clone).map(Item::Demand),
            Kind::Assembly => self.assemblies.find(id).map(Arc::clone).map(Item::Assembly),
        }
    }

    /// Follows a change that the history tells of.
    pub(crate) fn follow(&mut self, change: &Change) {
        let after = change.after.as_ref();
        match after.and_then(|after| json::item(change.kind, after)) {
            Some(item) => self.put(&item),
            None => drop(self.remove(change.kind, &change.id)),
        }
    }

    /// Keeps every id that is there from being given away.
    pub(crate) fn reserve_ids(&mut self) {
        let counters = &mut self.head.counters;
        for demand in self.demands.iter() {
            counters.reserve(Kind::Demand, &demand.id);
        }
        for assembly in self.assemblies.iter() {
            counters.reserve(Kind::Assembly, &assembly.id);
        }
        for id in self
            .problems
            .iter()
            .filter_map(|problem| problem.id.as_deref())
        {
            counters.reserve(Kind::Demand, id);
            counters.reserve(Kind::Assembly, id);
        }
    }

    /// Whether a row has this id, be it left out.
    pub(crate) fn is_taken(&self, kind: Kind, id: &str) -> bool {
        let hidden =
            |problem: &Problem| problem.table == table(kind) && problem.id.as_deref() == Some(id);
        self.find(kind, id).is_some() || self.problems.iter().any(hidden)
    }

    fn forget_problems(&mut self, item: &Item, solved: impl Fn(&Problem) -> bool) {
        let about = |problem: &Problem| {
            problem.table == table(item.kind())
                && problem.id.as_deref() == Some(item.id())
                && solved(problem)
        };
        if self.problems.iter().any(about) {
            Arc::make_mut(&mut self.problems).retain(|problem| !about(problem));
        }
    }
}

/// Name of the table of a kind, as problems say it.
pub(crate) const fn table(kind: Kind) -> &'static str {
    match kind {
        Kind::Demand => "demands",
        Kind::Assembly => "assemblies",
    }
}
