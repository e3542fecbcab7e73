//! Indicators: the catalogue, and the values of one at a level.

use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::response::Response;
use comarca_engine::Territory;
use comarca_engine::indicator::{Indicator, Standard};
use comarca_loaders::export::IndicatorTable;
use serde_json::{Map, Value, json};

use crate::answer::{Answer, Terms};
use crate::error::AppError;
use crate::negotiate;
use crate::path::Segments;
use crate::query::{Query, SCENARIO};
use crate::state::State;
use crate::title::title;
use crate::wanted::Wanted;

/// Formats of the values: name in the query and media type, the default first.
const FORMATS: [(&str, &str); 3] = [
    ("json", "application/json"),
    ("csv", "text/csv"),
    ("geojson", "application/geo+json"),
];

/// Every indicator with its formula, unit, standard and inputs.
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

/// The values of an indicator at a level, the finest where none is named.
pub(super) async fn values(
    Shared(state): Shared<Arc<State>>,
    Segments(id): Segments<String>,
    RawQuery(query): RawQuery,
    wanted: Wanted,
) -> Result<Response, AppError> {
    let generation = state.asked(query.as_deref())?;
    generation.territory.indicator(&id)?;
    let query = Query::read(query.as_deref(), &["level", "f", SCENARIO])?;
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
    let (level, format) = (level.to_owned(), format(&query, &wanted)?);
    let (edition, request) = (
        generation.edition.clone(),
        format!("values {format} {level:?} {id:?}"),
    );
    let render = move || render(&generation.territory, &id, &level, format);
    state
        .answer(&edition, request, Terms::FORMATS, &wanted, render)
        .await
}

/// By `f=`, else by `Accept`.
fn format(query: &Query, wanted: &Wanted) -> Result<&'static str, AppError> {
    let names = FORMATS.map(|(name, _)| name);
    if let Some(asked) = query.value("f") {
        let known = names.into_iter().find(|name| *name == asked);
        return known.ok_or_else(|| AppError::not_one_of("f", asked, names));
    }
    let types = FORMATS.map(|(_, media_type)| media_type);
    let best = negotiate::format(wanted.accept.as_deref(), &types);
    let refused = || AppError::NotAcceptable(format!("Accept names none of {}", types.join(", ")));
    best.map(|position| names[position]).ok_or_else(refused)
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
    let value = |(row, value): (usize, &Option<f64>)| json!({ "key": layer.key(row), "name": layer.name(row), "value": value });
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
    })
}

/// Only the bounds there are, and who set them.
pub(super) fn standard(standard: Option<&Standard>) -> Value {
    let Some(standard) = standard else {
        return Value::Null;
    };
    let bounds = [("min", standard.min), ("max", standard.max)];
    let mut object: Map<String, Value> = bounds
        .into_iter()
        .filter_map(|(name, bound)| Some((name.to_owned(), json!(bound?))))
        .collect();
    object.insert("source".to_owned(), json!(standard.source));
    Value::Object(object)
}
