//! Territories: search by name, and everything about one of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::response::Response;
use comarca_engine::indicator::Indicator;
use comarca_engine::{Territory, WHOLE};
use serde_json::{Value, json};

use crate::answer::{Answer, Terms};
use crate::error::AppError;
use crate::generation::{DEMANDS, Generation, THEME, VOTES};
use crate::path::Segments;
use crate::query::{Query, SCENARIO};
use crate::record::{self, standard};
use crate::state::State;
use crate::title::title;
use crate::wanted::Wanted;

/// How many matches are given where nothing is said, and at most.
const LIMIT: usize = 20;
const LIMIT_MAX: usize = 100;
/// Longest text that is searched for, in characters.
const TEXT_CHARS_MAX: usize = 200;

/// Territories whose name or key holds a text.
pub(super) async fn search(
    Shared(state): Shared<Arc<State>>,
    RawQuery(query): RawQuery,
    wanted: Wanted,
) -> Result<Response, AppError> {
    let generation = state.generation()?;
    let query = Query::read(query.as_deref(), &["q", "limit"])?;
    let (text, limit) = (text(&query)?, limit(&query)?);
    let (edition, request) = (generation.edition.clone(), format!("search {limit} {text}"));
    let render = move || {
        let found = generation.places().find(&text, limit).into_iter();
        let matches: Vec<Value> = found
            .map(|(level, row)| found_place(&generation.territory, level, row))
            .collect();
        Ok(Answer::json(&json!({ "matches": matches })))
    };
    state
        .answer(&edition, request, Terms::DATA, &wanted, render)
        .await
}

/// One territory: its place in the hierarchy, its figures and what is asked for there.
pub(super) async fn card(
    Shared(state): Shared<Arc<State>>,
    Segments((level, key)): Segments<(String, String)>,
    RawQuery(query): RawQuery,
    wanted: Wanted,
) -> Result<Response, AppError> {
    let generation = state.asked(query.as_deref())?;
    Query::read(query.as_deref(), &[SCENARIO])?;
    let position = generation
        .level_position(&level)
        .ok_or_else(|| AppError::unknown("level", &level, generation.level_ids()))?;
    let layer = generation.territory.levels()[position].layer();
    let row = layer.row_of(&key).ok_or_else(|| {
        AppError::unknown(
            &format!("territory of level {level} with the key"),
            &key,
            layer.keys().iter(),
        )
    })?;
    let (edition, request) = (
        generation.edition.clone(),
        format!("territory {position} {row}"),
    );
    let render =
        move || document(&generation, position, row).map(|document| Answer::json(&document));
    state
        .answer(&edition, request, Terms::DATA, &wanted, render)
        .await
}

fn text(query: &Query) -> Result<String, AppError> {
    let text = query.value("q").unwrap_or_default();
    match text.chars().nth(TEXT_CHARS_MAX) {
        Some(_) => Err(AppError::parameter(
            "q",
            text,
            format!("at most {TEXT_CHARS_MAX} characters"),
        )),
        None => Ok(text.trim().to_owned()),
    }
}

fn limit(query: &Query) -> Result<usize, AppError> {
    let Some(text) = query.value("limit") else {
        return Ok(LIMIT);
    };
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let limit = text
        .parse()
        .ok()
        .filter(|limit| digits && (1..=LIMIT_MAX).contains(limit));
    limit.ok_or_else(|| {
        AppError::parameter(
            "limit",
            text,
            format!("a whole number from 1 to {LIMIT_MAX}"),
        )
    })
}

fn found_place(territory: &Territory, level: usize, row: usize) -> Value {
    let own = &territory.levels()[level];
    json!({
        "level": own.id(),
        "key": own.layer().key(row),
        "name": own.layer().name(row),
        "parent": parent(territory, level, row),
        "bounds": own.layer().feature_bounds(row),
    })
}

fn document(generation: &Generation, level: usize, row: usize) -> Result<Value, AppError> {
    let territory = &generation.territory;
    let own = &territory.levels()[level];
    let below = level.checked_sub(1);
    let children = own
        .children(row)
        .filter_map(|child| below.map(|below| reference(territory, below, child)));
    let figures: Result<Vec<Value>, AppError> = territory
        .indicators()
        .map(|indicator| {
            let figure = figure(territory, indicator, own.id(), row)?;
            compared(figure, generation, &indicator.id, own.id(), row)
        })
        .collect();
    Ok(json!({
        "level": own.id(),
        "key": own.layer().key(row),
        "name": own.layer().name(row),
        "parent": parent(territory, level, row),
        "children": children.collect::<Vec<_>>(),
        "bounds": own.layer().feature_bounds(row),
        "area_ha": own.area_m2(row) / 10_000.0,
        "indicators": figures?,
        "demands": demands(generation, level, row),
    }))
}

fn reference(territory: &Territory, level: usize, row: usize) -> Value {
    let own = &territory.levels()[level];
    json!({ "level": own.id(), "key": own.layer().key(row), "name": own.layer().name(row) })
}

fn parent(territory: &Territory, level: usize, row: usize) -> Value {
    let above = territory.levels()[level]
        .parent(row)
        .filter(|_| level + 1 < territory.levels().len());
    above.map_or(Value::Null, |parent| {
        reference(territory, level + 1, parent)
    })
}

/// The value with its rank among the level's territories, the standard and the value of the whole.
fn figure(
    territory: &Territory,
    indicator: &Indicator,
    level: &str,
    row: usize,
) -> Result<Value, AppError> {
    let view = territory.indicator(&indicator.id)?.at(level)?;
    let whole = territory
        .indicator(&indicator.id)?
        .at(WHOLE)?
        .values()
        .first()
        .copied()
        .flatten();
    let mut document = json!({
        "id": indicator.id,
        "title": title(territory, &indicator.title, &indicator.id),
        "unit": indicator.unit,
        "rank": view.rank(row),
        "count": view.count(),
        "standard": standard(indicator.standard.as_ref()),
        "passes": view.passes(row),
        "whole": whole,
    });
    if let Some(entries) = document.as_object_mut() {
        entries.extend(record::figure(&view, row));
    }
    Ok(document)
}

/// In a scenario, a figure with the value that it has in the data, and what the scenario adds to that.
fn compared(
    mut figure: Value,
    generation: &Generation,
    id: &str,
    level: &str,
    row: usize,
) -> Result<Value, AppError> {
    let Some(base) = &generation.base else {
        return Ok(figure);
    };
    let before = base.territory.indicator(id)?.at(level)?.values()[row];
    let after = figure["value"].as_f64();
    figure["before"] = json!(before);
    figure["difference"] = json!(after.zip(before).map(|(after, before)| after - before));
    Ok(figure)
}

/// Per theme the number of demands that stand in the territory and the sum of their votes (1 each without the column).
/// Every known theme is named; none where the project has no demands.
fn demands(generation: &Generation, level: usize, row: usize) -> Vec<Value> {
    let Some(layer) = generation.territory.layer(DEMANDS) else {
        return vec![];
    };
    let Some(themes) = layer.column(THEME) else {
        return vec![];
    };
    let mut by_theme: BTreeMap<String, (u64, f64)> = BTreeMap::new();
    for demand in generation.territory.rows_in(layer, level, row) {
        let (count, votes) = by_theme.entry(themes.value(demand).display()).or_default();
        *count += 1;
        *votes += layer
            .column(VOTES)
            .map_or(Some(1.0), |votes| votes.number(demand))
            .unwrap_or(0.0);
    }
    let entry = |theme: &String| {
        let (count, votes) = by_theme.get(theme).copied().unwrap_or_default();
        json!({ "theme": theme, "count": count, "votes": votes })
    };
    generation.themes.iter().map(entry).collect()
}
