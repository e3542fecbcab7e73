//! What-if: a territory in which some features were added, moved, changed or removed, kept for a while under an id.
//!
//! A scenario is a generation of its own, made of the one that is served: tiles, indicators, territories and heat maps
//! answer from it as from any other, under a cache key of its own. It ends after its life, when others push it out, and
//! when the data are loaded again, because the features it speaks of may be gone.

mod document;
mod geometry;
mod place;
mod request;
mod store;

use std::sync::Arc;

use comarca_engine::{Change, EditError, Territory};

use crate::error::AppError;
use crate::generation::Generation;
use crate::state::State;

pub(crate) use document::{Extent, document};
pub(crate) use request::Request;
pub(crate) use store::{Kept, ScenarioUsage, Scenarios, gone};

/// Largest body of a `POST /scenarios` in bytes.
pub(crate) const SCENARIO_BODY_BYTES_MAX: u64 = 256 * 1024;
/// Changes of one request, at most.
const CHANGES_MAX: usize = 1000;
/// Changes of a scenario with those that it builds on, at most.
const CHANGES_OF_CHAIN_MAX: usize = 10_000;
/// Vertices of all geometries of a request, at most.
const VERTICES_MAX: usize = 20_000;
/// Characters of a key, at most.
const KEY_CHARS_MAX: usize = 200;

/// What a figure of a territory takes in memory, with its place in the published values.
const FIGURE_BYTES: usize = 128;

/// A territory with changes.
#[derive(Debug)]
pub(crate) struct Scenario {
    /// What it is asked by; tells nothing to who does not have it.
    pub(crate) id: String,
    /// The territory with the changes; its base is the one that is served.
    pub(crate) generation: Arc<Generation>,
    /// How many changes it is made of.
    pub(crate) changes: usize,
    /// About how much memory it holds besides what it shares.
    pub(crate) bytes: usize,
}

impl Scenario {
    /// Makes the changes of a request, and computes everything that depends on them.
    ///
    /// # Errors
    /// 400 for a change that cannot be made or layers that are too large to be held twice, 404 for a base that is gone.
    pub(crate) fn make(
        state: &State,
        data: &Arc<Generation>,
        id: String,
        request: &Request,
    ) -> Result<Self, AppError> {
        let changes = request.changes()?;
        let base = request.base()?.map(|base| {
            let kept = state.scenarios.find(base, data.data_serial());
            kept.map(|kept| kept.scenario).ok_or_else(|| gone(base))
        });
        let base = base.transpose()?;
        let count = base.as_ref().map_or(0, |base| base.changes) + changes.len();
        if count > CHANGES_OF_CHAIN_MAX {
            let allowed =
                format!("a scenario of which at most {CHANGES_OF_CHAIN_MAX} changes come");
            return Err(AppError::parameter(
                "base",
                request.base()?.unwrap_or(""),
                allowed,
            ));
        }
        let before = base
            .as_ref()
            .map_or(&data.territory, |base| &base.generation.territory);
        check_size(state, before, &changes)?;
        let territory = before.with_changes(&changes)?;
        let bytes = bytes(&territory, &data.territory);
        let territory = Arc::new(territory);
        let serial = state.scenarios.next_serial();
        Ok(Self {
            id,
            generation: Arc::new(Generation::of_scenario(data, territory, serial)),
            changes: count,
            bytes,
        })
    }

    /// The generation that it is a scenario of.
    pub(crate) fn data_serial(&self) -> Option<u64> {
        let base = self.generation.base.as_ref();
        base.map(|base| base.data_serial())
    }
}

/// Refuses to copy layers that would not fit into what the operator allows.
fn check_size(state: &State, before: &Territory, changes: &[Change<'_>]) -> Result<(), AppError> {
    let mut seen: Vec<&str> = vec![];
    let mut bytes = 0;
    for (position, change) in changes.iter().enumerate() {
        if seen.contains(&change.layer) {
            continue;
        }
        seen.push(change.layer);
        bytes += before.layer(change.layer).map_or(0, |layer| layer.bytes());
        if bytes > state.scenarios.bytes_max() {
            let allowed = format!(
                "of layers that take at most {} MB in memory; with this one it is {} MB",
                state.scenarios.bytes_max() >> 20,
                bytes >> 20
            );
            let name = format!("changes[{position}].layer");
            return Err(AppError::parameter(&name, change.layer, allowed));
        }
        // So few layers have an id that anything beyond is a mistake, which `with_changes` names.
        if seen.len() > before.layers().count() {
            break;
        }
    }
    Ok(())
}

/// What a scenario holds that its data do not.
fn bytes(territory: &Territory, data: &Territory) -> usize {
    let own = territory.layers().zip(data.layers());
    let layers = own
        .filter(|(own, shared)| !Arc::ptr_eq(own, shared))
        .map(|(own, _)| own.bytes());
    let territories: usize = territory
        .levels()
        .iter()
        .map(comarca_engine::Level::len)
        .sum();
    let figures = territory.touched(data).count() * territories * FIGURE_BYTES;
    layers.sum::<usize>() + figures
}

impl From<EditError> for AppError {
    fn from(error: EditError) -> Self {
        let name = format!("changes[{}].{}", error.position, error.field);
        Self::parameter(&name, &error.value, error.allowed)
    }
}
