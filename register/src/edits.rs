//! What other programs have changed in the tables: found by comparing what was known with what is there.

use std::collections::HashSet;
use std::sync::Arc;

use crate::plan::Effect;
use crate::snapshot::State;
use crate::sorted::Keyed;
use crate::store::Contents;
use crate::{Change, Item, Kind};

/// Degrees below which two places are one: the history's texts are that exact.
const SAME_PLACE: f64 = 1e-12;

/// Brings `state` to the rows that are there, and says what that changes. Each change has the version after the known
/// one, at the moment `now`.
pub(crate) fn adopt(state: &mut State, contents: Contents, now: &str) -> Vec<Effect> {
    let Contents {
        demands,
        assemblies,
        problems,
    } = contents;
    let demands = demands.into_iter().map(Arc::new).map(Item::Demand);
    let assemblies = assemblies.into_iter().map(Arc::new).map(Item::Assembly);
    let mut effects = vec![];
    let mut there = HashSet::new();
    for item in assemblies.chain(demands) {
        there.insert((item.kind(), item.id().to_owned()));
        let before = state.find(item.kind(), item.id());
        if let Some(before) = before.as_ref().filter(|before| is_same(before, &item)) {
            // The row knows the person too, which the history does not.
            if *before != item {
                state.put(&item);
            }
            continue;
        }
        let version = before
            .as_ref()
            .map_or(item.version(), |before| before.version() + 1);
        let after = stamped(item, version, now);
        state.put(&after);
        effects.push(Effect {
            before,
            after: Some(after),
        });
    }
    for (kind, id) in missing(state, &there) {
        let before = state.remove(kind, &id);
        effects.push(Effect {
            before,
            after: None,
        });
    }
    state.problems = Arc::new(problems);
    effects
}

/// What was known when the last change was recorded: the rows that are there, but as the history says them.
pub(crate) fn known(contents: &Contents, last_changes: &[Change]) -> State {
    let mut state = State::default();
    for demand in &contents.demands {
        state.put(&Item::Demand(Arc::new(demand.clone())));
    }
    for assembly in &contents.assemblies {
        state.put(&Item::Assembly(Arc::new(assembly.clone())));
    }
    for change in last_changes {
        state.follow(change);
    }
    state
}

fn missing(state: &State, there: &HashSet<(Kind, String)>) -> Vec<(Kind, String)> {
    let demands = state
        .demands
        .iter()
        .map(|demand| (Kind::Demand, demand.id()));
    let assemblies = state
        .assemblies
        .iter()
        .map(|one| (Kind::Assembly, one.id()));
    demands
        .chain(assemblies)
        .map(|(kind, id)| (kind, id.to_owned()))
        .filter(|key| !there.contains(key))
        .collect()
}

fn stamped(item: Item, version: u64, now: &str) -> Item {
    match item {
        Item::Demand(demand) => {
            let mut demand = Arc::unwrap_or_clone(demand);
            demand.version = version;
            now.clone_into(&mut demand.updated);
            if demand.created.is_empty() {
                now.clone_into(&mut demand.created);
            }
            Item::Demand(Arc::new(demand))
        }
        Item::Assembly(assembly) => {
            let mut assembly = Arc::unwrap_or_clone(assembly);
            assembly.version = version;
            now.clone_into(&mut assembly.updated);
            if assembly.created.is_empty() {
                now.clone_into(&mut assembly.created);
            }
            Item::Assembly(Arc::new(assembly))
        }
    }
}

/// Whether two records say the same, but for version, time and personal data.
fn is_same(a: &Item, b: &Item) -> bool {
    match (a, b) {
        (Item::Demand(a), Item::Demand(b)) => {
            let near = |a: f64, b: f64| (a - b).abs() <= SAME_PLACE;
            let mut like_b = (**a).clone();
            like_b.version = b.version;
            like_b.updated.clone_from(&b.updated);
            like_b.author.clone_from(&b.author);
            like_b.contact.clone_from(&b.contact);
            let is_near = near(a.lon, b.lon) && near(a.lat, b.lat);
            (like_b.lon, like_b.lat) = (b.lon, b.lat);
            is_near && like_b == **b
        }
        (Item::Assembly(a), Item::Assembly(b)) => {
            let mut like_b = (**a).clone();
            like_b.version = b.version;
            like_b.updated.clone_from(&b.updated);
            like_b == **b
        }
        _ => false,
    }
}
