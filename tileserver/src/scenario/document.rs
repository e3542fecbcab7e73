//! What a scenario changes, as JSON: territories whose value is another one, by indicator and level.

use comarca_engine::indicator::Indicator;
use comarca_engine::{Level, Territory};
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::Kept;
use crate::error::AppError;
use crate::generation::Generation;
use crate::query::Query;
use crate::title::title;

/// Which indicators and levels are told; all where none is named.
#[derive(Debug, Default)]
pub(crate) struct Extent {
    indicators: Option<Vec<String>>,
    levels: Option<Vec<String>>,
}

impl Extent {
    /// Reads `indicators=` and `levels=`.
    ///
    /// # Errors
    /// 400 for an id that is not known.
    pub(crate) fn read(generation: &Generation, query: Option<&str>) -> Result<Self, AppError> {
        let query = Query::read(query, &["indicators", "levels"])?;
        let known = generation.territory.indicators().map(|one| one.id.as_str());
        Ok(Self {
            indicators: known_ids(&query, "indicators", known)?,
            levels: known_ids(&query, "levels", generation.level_ids())?,
        })
    }

    /// One text for one extent, for the cache.
    pub(crate) fn normal_form(&self) -> String {
        format!("{:?} {:?}", self.indicators, self.levels)
    }

    fn has(list: Option<&Vec<String>>, id: &str) -> bool {
        list.is_none_or(|ids| ids.iter().any(|own| own == id))
    }
}

fn known_ids<'a>(
    query: &Query,
    name: &str,
    known: impl Iterator<Item = &'a str>,
) -> Result<Option<Vec<String>>, AppError> {
    let known: Vec<&str> = known.collect();
    let Some(ids) = query.list(name) else {
        return Ok(None);
    };
    match ids.iter().find(|id| !known.contains(&id.as_str())) {
        Some(unknown) => Err(AppError::not_one_of(name, unknown, known)),
        None => Ok(Some(ids)),
    }
}

#[derive(Serialize)]
struct Document<'a> {
    scenario: &'a str,
    expires: String,
    changes: usize,
    indicators: Vec<Changed<'a>>,
}

#[derive(Serialize)]
struct Changed<'a> {
    id: &'a str,
    title: Value,
    unit: &'a str,
    levels: Levels<'a>,
}

struct Levels<'a>(Vec<(&'a str, Vec<Row<'a>>)>);

#[derive(Serialize)]
struct Row<'a> {
    key: &'a str,
    name: &'a str,
    before: Option<f64>,
    after: Option<f64>,
    difference: Option<f64>,
}

impl Serialize for Levels<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(id, rows)| (id, rows)))
    }
}

/// The values before and after, of every territory where they differ.
///
/// # Errors
/// None that a client could cause.
pub(crate) fn document(kept: &Kept, extent: &Extent) -> Result<Vec<u8>, AppError> {
    let scenario = &kept.scenario;
    let after = &scenario.generation.territory;
    let base = scenario
        .generation
        .base
        .as_ref()
        .ok_or(AppError::Internal)?;
    let before = &base.territory;
    let told = after
        .touched(before)
        .filter(|one| Extent::has(extent.indicators.as_ref(), &one.id));
    let changed = told.filter_map(|one| changed(one, before, after, extent).transpose());
    let document = Document {
        scenario: &scenario.id,
        expires: kept.expires(),
        changes: scenario.changes,
        indicators: changed.collect::<Result<_, _>>()?,
    };
    serde_json::to_vec(&document).map_err(|cause| {
        tracing::error!(%cause, "a scenario cannot be written");
        AppError::Internal
    })
}

/// The levels of an indicator; nothing where no value differs.
fn changed<'a>(
    indicator: &'a Indicator,
    before: &Territory,
    after: &'a Territory,
    extent: &Extent,
) -> Result<Option<Changed<'a>>, AppError> {
    let levels = after.levels().iter();
    let told = levels.filter(|level| Extent::has(extent.levels.as_ref(), level.id()));
    let rows = |level: &'a Level| -> Result<_, AppError> {
        let old = before.indicator(&indicator.id)?.at(level.id())?;
        let new = after.indicator(&indicator.id)?.at(level.id())?;
        Ok((level.id(), rows(level, old.values(), new.values())))
    };
    let levels: Vec<(&str, Vec<Row<'_>>)> = told.map(rows).collect::<Result<_, _>>()?;
    let same = levels.iter().all(|(_, rows)| rows.is_empty());
    Ok((!same).then(|| Changed {
        id: &indicator.id,
        title: title(after, &indicator.title, &indicator.id),
        unit: &indicator.unit,
        levels: Levels(levels),
    }))
}

fn rows<'a>(level: &'a Level, before: &[Option<f64>], after: &[Option<f64>]) -> Vec<Row<'a>> {
    let values = before.iter().zip(after).enumerate();
    let differing = values.filter(|(_, (before, after))| before != after);
    let row = |(row, (&before, &after)): (usize, (&Option<f64>, &Option<f64>))| Row {
        key: level.layer().key(row),
        name: level.layer().name(row),
        before,
        after,
        difference: after.zip(before).map(|(after, before)| after - before),
    };
    differing.map(row).collect()
}
