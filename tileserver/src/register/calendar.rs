//! The calendar of assemblies as a document.

use std::time::SystemTime;

use comarca_engine::Territory;
use comarca_engine::cycle::{AssemblyFault, Coverage};
use comarca_loaders::demands::with_calendar;
use serde_json::{Value, json};

use super::{Demands, document};
use crate::error::AppError;
use crate::time::rfc3339;

/// The day it is, in UTC.
pub fn today() -> String {
    let mut now = rfc3339(SystemTime::now());
    now.truncate(10);
    now
}

/// What each level and territory was to hold, held and lacks, and the assemblies; of one territory with what lies within
/// it, of a level, or of all.
///
/// # Errors
/// When there are more assemblies than are computed.
pub(crate) fn document(
    territory: &Territory,
    demands: &Demands,
    today: &str,
    level: Option<usize>,
    place: Option<(usize, usize)>,
) -> Result<Value, AppError> {
    let (config, snapshot) = (&demands.config, &demands.snapshot);
    let document = with_calendar(territory, config, snapshot, today, |hierarchy, calendar| {
        let within = |finer: usize, row: usize| match place {
            Some((level, own)) => hierarchy.ancestor(finer, row, level) == Some(own),
            None => level.is_none_or(|level| level == finer),
        };
        let totals: Vec<Coverage<'_>> = match place {
            Some((level, row)) => calendar.within(hierarchy, level, row),
            None => calendar.totals.clone(),
        };
        let levels = totals
            .iter()
            .enumerate()
            .filter(|(finer, _)| place.is_some() || level.is_none_or(|level| level == *finer));
        let levels: Vec<Value> = levels
            .map(|(finer, total)| {
                let mut entry = coverage(total);
                entry["level"] = json!(hierarchy.id(finer));
                entry
            })
            .collect();
        let mut territories = vec![];
        for (finer, rows) in calendar.levels.iter().enumerate() {
            let own = &territory.levels()[finer];
            for (row, one) in rows
                .iter()
                .enumerate()
                .filter(|(row, _)| within(finer, *row))
            {
                let mut entry = coverage(one);
                entry["level"] = json!(own.id());
                entry["key"] = json!(own.layer().key(row));
                entry["name"] = json!(own.layer().name(row));
                territories.push(entry);
            }
        }
        // An assembly of a territory that is not there is listed with all.
        let is_within = |of: &str, key: &str| match hierarchy.find(of, key) {
            Some((finer, row)) => within(finer, row),
            None => place.is_none() && level.is_none(),
        };
        let assemblies = snapshot
            .assemblies()
            .filter(|one| is_within(&one.level, &one.key));
        let faults: Vec<Value> = calendar
            .faults
            .iter()
            .map(|fault| told(demands, *fault))
            .collect();
        json!({
            "today": today,
            "levels": levels,
            "territories": territories,
            "assemblies": assemblies.map(|one| document::assembly(territory, one)).collect::<Vec<_>>(),
            "problems": faults,
        })
    });
    document.map_err(|error| too_much(&error))
}

fn too_much(error: &comarca_engine::cycle::CycleError) -> AppError {
    tracing::error!(%error, "the calendar cannot be computed");
    AppError::Internal
}

fn coverage(one: &Coverage<'_>) -> Value {
    json!({
        "wanted": one.wanted,
        "planned": one.planned,
        "held": one.held,
        "overdue": one.overdue,
        "lacking": one.lacking,
        "next": one.next,
        "attendance": one.attendance,
        "per_1000": one.per_1000,
        "attendance_within": one.attendance_within,
        "per_1000_within": one.per_1000_within,
    })
}

fn told(demands: &Demands, (record, fault): (usize, AssemblyFault)) -> Value {
    let id = demands
        .snapshot
        .assemblies()
        .nth(record)
        .map(|one| one.id.clone());
    let what = match fault {
        AssemblyFault::Territory => "its territory is not there",
        AssemblyFault::Duplicate => "its id stands twice",
        AssemblyFault::Date => "its date is no day",
        AssemblyFault::Attendance => "its attendance is beyond reason",
    };
    json!({ "id": id, "problem": what })
}
