//! The register as the records of the participatory cycle, in the hierarchy of the territory.

use comarca_engine::cycle::{
    AssemblyRecord, Calendar, Cycle, CycleError, DemandRecord, Hierarchy, LevelCalendar, LevelRows,
    Stage, Status,
};
use comarca_engine::{Level, Territory, WHOLE};
use comarca_register::{Demand, Snapshot};

use super::place::finest;
use crate::project::DemandsConfig;

/// Meetings that a territory is to hold where the project does not say: of the finest level, of the next two.
const MEETINGS: [u32; 3] = [2, 4, 6];
/// The same of the whole.
const MEETINGS_OF_WHOLE: u32 = 8;

/// Asks something of the demands of a register, each once, in the hierarchy of a territory.
///
/// # Errors
/// When there are more demands than the engine takes.
pub fn with_cycle<T>(
    territory: &Territory,
    snapshot: &Snapshot,
    ask: impl FnOnce(&Cycle<'_>) -> T,
) -> Result<T, CycleError> {
    with_hierarchy(territory, |hierarchy| {
        let records: Vec<DemandRecord<'_>> = snapshot
            .demands()
            .map(|demand| record(territory, demand))
            .collect();
        Ok(ask(&Cycle::new(hierarchy, &records)?))
    })?
}

/// Asks something of the calendar of assemblies as it is on a day.
///
/// # Errors
/// When there are more assemblies than the engine takes.
pub fn with_calendar<T>(
    territory: &Territory,
    config: &DemandsConfig,
    snapshot: &Snapshot,
    today: &str,
    ask: impl FnOnce(&Hierarchy<'_>, &Calendar<'_>) -> T,
) -> Result<T, CycleError> {
    let populations: Vec<Vec<Option<f64>>> = territory
        .levels()
        .iter()
        .map(|level| population(territory, config, level))
        .collect();
    let levels: Vec<LevelCalendar<'_>> = territory
        .levels()
        .iter()
        .enumerate()
        .zip(&populations)
        .map(|((position, level), population)| LevelCalendar {
            wanted: wanted(config, level, position),
            population,
        })
        .collect();
    let assemblies: Vec<AssemblyRecord<'_>> = snapshot
        .assemblies()
        .map(|assembly| AssemblyRecord {
            id: &assembly.id,
            level: &assembly.level,
            key: &assembly.key,
            date: &assembly.date,
            attendance: assembly.attendance,
        })
        .collect();
    with_hierarchy(territory, |hierarchy| {
        let calendar = Calendar::new(hierarchy, &levels, &assemblies, today)?;
        Ok(ask(hierarchy, &calendar))
    })?
}

fn with_hierarchy<T>(
    territory: &Territory,
    ask: impl FnOnce(&Hierarchy<'_>) -> T,
) -> Result<T, CycleError> {
    let own = || {
        territory
            .levels()
            .iter()
            .filter(|level| level.id() != WHOLE)
    };
    let keys: Vec<Vec<&str>> = own()
        .map(|level| level.layer().keys().iter().collect())
        .collect();
    let parents: Vec<Vec<Option<usize>>> = own()
        .map(|level| (0..level.len()).map(|row| level.parent(row)).collect())
        .collect();
    let rows: Vec<LevelRows<'_>> = own()
        .zip(keys.iter().zip(&parents))
        .map(|(level, (keys, parents))| LevelRows {
            id: level.id(),
            keys,
            parents,
        })
        .collect();
    Ok(ask(&Hierarchy::new(&rows)?))
}

fn record<'a>(territory: &Territory, demand: &'a Demand) -> DemandRecord<'a> {
    DemandRecord {
        id: &demand.id,
        theme: &demand.theme,
        title: &demand.title,
        votes: demand.votes,
        // Both lists of names are those of the project's interface.
        stage: Stage::named(demand.stage.name()).unwrap_or(Stage::Raised),
        status: Status::named(demand.status.name()).unwrap_or(Status::Open),
        place: finest(territory, demand).unwrap_or(usize::MAX),
        assembly: demand.assembly.as_deref(),
        same_as: demand.same_as.as_deref(),
        cost: demand.cost,
        beneficiaries: demand.beneficiaries,
        funding: demand.funding.as_deref(),
        project: demand.project.as_deref(),
    }
}

/// How many meetings each territory of a level is to hold.
fn wanted(config: &DemandsConfig, level: &Level, position: usize) -> u32 {
    if !config.meetings.is_empty() {
        return config
            .meetings
            .get(level.id())
            .map_or(0, |meetings| meetings.0);
    }
    match level.id() {
        WHOLE => MEETINGS_OF_WHOLE,
        _ => MEETINGS.get(position).copied().unwrap_or(0),
    }
}

/// Inhabitants by territory; none where the project does not count them.
fn population(territory: &Territory, config: &DemandsConfig, level: &Level) -> Vec<Option<f64>> {
    let id = config.population.as_deref().unwrap_or("population");
    let view = territory.indicator(id).and_then(|view| view.at(level.id()));
    match view {
        Ok(view) => view.values().to_vec(),
        Err(_) => vec![None; level.len()],
    }
}
