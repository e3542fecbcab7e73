//! Figures with what explains them, as JSON.

use comarca_engine::indicator::{Indicator, LevelView, Standard};
use comarca_engine::{Source, Territory};
use serde_json::{Map, Value, json};

use crate::error::AppError;
use crate::title::title;

/// What computed the figures.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// How an indicator is computed.
pub(crate) fn method(indicator: &Indicator) -> Value {
    json!({
        "op": indicator.op(),
        "formula": indicator.formula(),
        "roll_up": roll_up(indicator),
        "version": VERSION,
    })
}

/// How the figures of a level come from those below.
pub(crate) fn roll_up(indicator: &Indicator) -> Value {
    let roll_up = indicator.operation.roll_up();
    json!({ "letter": roll_up.letter(), "meaning": roll_up.described() })
}

/// Where the data of an indicator come from.
pub(crate) fn sources(territory: &Territory, indicator: &Indicator) -> Vec<Value> {
    let sources = territory.sources_of(indicator).into_iter();
    sources.map(|source| origin(territory, source)).collect()
}

fn origin(territory: &Territory, source: &Source) -> Value {
    json!({
        "id": source.id,
        "title": title(territory, &source.title, &source.id),
        "source": source.location,
        "date": source.date,
        "changed": source.changed,
        "attribution": source.attribution,
        "licence": source.licence,
        "rows": source.rows,
        "joined_to": source.joined_to,
    })
}

/// Only the bounds there are, and who set them.
pub(crate) fn standard(standard: Option<&Standard>) -> Value {
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

/// The figure of a territory with its parts.
pub(crate) fn figure(view: &LevelView<'_>, row: usize) -> Map<String, Value> {
    let figure = view.figures()[row];
    let reason = view.absence(row).map(|absence| {
        let words = absence.words().into_iter();
        let texts = words.map(|(language, text)| (language.to_owned(), json!(text)));
        Value::Object(texts.collect())
    });
    let hidden = view.suppressed(row);
    let entries = [
        ("value", json!(figure.value)),
        ("numerator", json!(figure.numerator)),
        ("denominator", json!(figure.denominator)),
        // What is hidden has no number of features either.
        ("n", json!(hidden.is_none().then_some(figure.n))),
        ("covered", json!(figure.covered)),
        (
            "suppressed",
            json!(hidden.map(comarca_engine::Suppression::name)),
        ),
        ("reason", json!(reason)),
    ];
    let entries = entries.map(|(name, value)| (name.to_owned(), value));
    entries.into_iter().collect()
}

/// Why a territory has this figure: the figure, what it is computed from at the same territory, and what it adds up from.
pub(crate) fn explanation(
    territory: &Territory,
    id: &str,
    level: usize,
    row: usize,
) -> Result<Value, AppError> {
    let mut record = record(territory, id, level, row)?;
    let indicator = territory.indicator(id)?.indicator();
    let inputs: Result<Vec<Value>, AppError> = indicator
        .operation
        .indicator_inputs()
        .into_iter()
        .map(|input| self::record(territory, input, level, row).map(Value::Object))
        .collect();
    record.insert("inputs".to_owned(), json!(inputs?));
    record.insert("parts".to_owned(), parts(territory, id, level, row)?);
    Ok(Value::Object(record))
}

/// A figure with its method and its sources.
fn record(
    territory: &Territory,
    id: &str,
    level: usize,
    row: usize,
) -> Result<Map<String, Value>, AppError> {
    let own = &territory.levels()[level];
    let view = territory.indicator(id)?;
    let (indicator, view) = (view.indicator(), view.at(own.id())?);
    let head = json!({
        "id": id,
        "title": title(territory, &indicator.title, id),
        "unit": indicator.unit,
        "code": indicator.code,
        "level": own.id(),
        "key": own.layer().key(row),
        "name": own.layer().name(row),
    });
    let tail = json!({
        "rank": view.rank(row),
        "count": view.count(),
        "standard": standard(indicator.standard.as_ref()),
        "passes": view.passes(row),
        "method": method(indicator),
        "sources": sources(territory, indicator),
        "generation": format!("{:016x}", territory.generation()),
    });
    let entries = [head, Value::Object(figure(&view, row)), tail];
    let entries = entries.into_iter().filter_map(|part| match part {
        Value::Object(entries) => Some(entries),
        _ => None,
    });
    Ok(entries.flatten().collect())
}

/// The figures of the territories one level below that make up this one.
fn parts(territory: &Territory, id: &str, level: usize, row: usize) -> Result<Value, AppError> {
    let Some(below) = level.checked_sub(1) else {
        return Ok(Value::Null);
    };
    let lower = &territory.levels()[below];
    let view = territory.indicator(id)?.at(lower.id())?;
    let part = |child: usize| {
        json!({
            "key": lower.layer().key(child),
            "name": lower.layer().name(child),
            "value": view.values()[child],
            "suppressed": view.suppressed(child).map(comarca_engine::Suppression::name),
        })
    };
    let children = territory.levels()[level].children(row);
    Ok(json!({ "level": lower.id(), "territories": children.map(part).collect::<Vec<_>>() }))
}
