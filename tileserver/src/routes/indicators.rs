//! Indicators: the catalogue, and the values of one at a level.

use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::response::Response;
use comarca_engine::Territory;
use comarca_engine::indicator::Indicator;
use comarca_loaders::export::IndicatorTable;
use serde_json::{Value, json};

use crate::answer::{Answer, Terms};
use crate::error::AppError;
use crate::generation::Generation;
use crate::path::Segments;
use crate::query::{Query, SCENARIO};
use crate::record::{self, standard};
use crate::state::State;
use crate::title::title;
use crate::wanted::Wanted;

/// Formats of the values: name in the query and media type, the default first.
const FORMATS: [(&str, &str); 3] = [
    ("json", "application/json"),
    ("csv", "text/csv"),
    ("geojson", "application/geo+json"),
];

/// Every indicator with its method, unit, standard, inputs and sources.
pub(super) async fn list(
    Shared(state): Shared<Arc<State>>,
    RawQuery(query): RawQuery,
    wanted: Wanted,
) -> Result<Response, AppError> {
    let generation = state.generation()?;
    Query::read(query.as_deref(), &[])?;
    let edition = generation.edition.clone();
    let render = move || {
        let territory = &generation.territory;
        let all: Vec<Value> = territory
            .indicators()
            .map(|indicator| described(territory, indicator))
            .collect();
        Ok(Answer::json(&json!({ "indicators": all })))
    };
    state
        .answer(
            &edition,
            "indicators".to_owned(),
            Terms::DATA,
            &wanted,
            render,
        )
        .await
}

/// The values of an indicator at a level, the finest where none is named; or, with `explain`, why one territory has its.
pub(super) async fn values(
    Shared(state): Shared<Arc<State>>,
    Segments(id): Segments<String>,
    RawQuery(query): RawQuery,
    wanted: Wanted,
) -> Result<Response, AppError> {
    let generation = state.asked(query.as_deref())?;
    generation.territory.indicator(&id)?;
    let query = Query::read(query.as_deref(), &["level", "f", "explain", SCENARIO])?;
    let level = match query.value("level") {
        None => generation.territory.levels()[0].id(),
        Some(level) if generation.level_position(level).is_some() => level,
        Some(unknown) => {
            return Err(AppError::not_one_of(
                "level",
                unknown,
                generation.level_ids(),
            ));
        }
    };
    if let Some(key) = query.value("explain") {
        let (id, level) = (id.as_str(), level.to_owned());
        return explained(&state, generation, id, &level, key, &query, &wanted).await;
    }
    let (level, format) = (level.to_owned(), wanted.format(&query, &FORMATS)?);
    let (edition, request) = (
        generation.edition.clone(),
        format!("values {format} {level:?} {id:?}"),
    );
    let render = move || render(&generation.territory, &id, &level, format);
    state
        .answer(&edition, request, Terms::FORMATS, &wanted, render)
        .await
}

/// Everything behind one figure.
async fn explained(
    state: &State,
    generation: Arc<Generation>,
    id: &str,
    level: &str,
    key: &str,
    query: &Query,
    wanted: &Wanted,
) -> Result<Response, AppError> {
    if let Some(other) = query.value("f").filter(|format| *format != "json") {
        let allowed = "json, or left out: an explanation is JSON";
        return Err(AppError::parameter("f", other, allowed));
    }
    let position = generation.level_position(level);
    let found = position.and_then(|position| {
        let layer = generation.territory.levels()[position].layer();
        Some((position, layer.row_of(key)?))
    });
    let refused = || {
        AppError::parameter(
            "explain",
            key,
            format!("the key of a territory of level {level}"),
        )
    };
    let (position, row) = found.ok_or_else(refused)?;
    let (edition, id) = (generation.edition.clone(), id.to_owned());
    let request = format!("explain {position} {row} {id:?}");
    let render = move || {
        let document = record::explanation(&generation.territory, &id, position, row)?;
        Ok(Answer::json(&document))
    };
    state
        .answer(&edition, request, Terms::DATA, wanted, render)
        .await
}

fn render(territory: &Territory, id: &str, level: &str, format: &str) -> Result<Answer, AppError> {
    let table = || IndicatorTable::new(territory, level, &[id]);
    Ok(match format {
        "csv" => Answer::new("text/csv; charset=utf-8", table()?.to_csv()),
        "geojson" => Answer::new("application/geo+json", table()?.to_geojson()),
        _ => Answer::json(&values_document(territory, id, level)?),
    })
}

/// The values with what they are values of.
fn values_document(territory: &Territory, id: &str, level: &str) -> Result<Value, AppError> {
    let view = territory.indicator(id)?.at(level)?;
    let (indicator, layer) = (territory.indicator(id)?.indicator(), view.level().layer());
    let value = |(row, value): (usize, &Option<f64>)| {
        let mut entry = json!({ "key": layer.key(row), "name": layer.name(row), "value": value });
        if let Some(hidden) = view.suppressed(row) {
            entry["suppressed"] = json!(hidden.name());
        }
        entry
    };
    let values: Vec<Value> = view.values().iter().enumerate().map(value).collect();
    Ok(json!({
        "id": id,
        "title": title(territory, &indicator.title, id),
        "level": level,
        "unit": view.unit(),
        "standard": standard(indicator.standard.as_ref()),
        "values": values,
    }))
}

fn described(territory: &Territory, indicator: &Indicator) -> Value {
    json!({
        "id": indicator.id,
        "title": title(territory, &indicator.title, &indicator.id),
        "unit": indicator.unit,
        "op": indicator.op(),
        "formula": indicator.formula(),
        "standard": standard(indicator.standard.as_ref()),
        "code": indicator.code,
        "inputs": indicator.inputs(),
        "roll_up": record::roll_up(indicator),
        "method": record::method(indicator),
        "sources": record::sources(territory, indicator),
    })
}
