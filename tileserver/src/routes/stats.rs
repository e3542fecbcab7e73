//! Spatial statistics of an indicator at a level: Moran's I, its clusters and outliers, hot and cold spots.

use std::str::FromStr;
use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::response::Response;
use comarca_engine::Territory;
use comarca_engine::stats::{
    Correction, Inference, MAX_PERMUTATIONS, Permutations, Tail, WeightsError, WeightsSpec,
};
use comarca_loaders::export::{Statistic, StatisticsError, StatisticsRequest, StatisticsTable};

use crate::answer::{Answer, Terms};
use crate::error::AppError;
use crate::path::Segments;
use crate::query::{Query, SCENARIO};
use crate::state::State;
use crate::wanted::Wanted;

const PARAMETERS: [&str; 9] = [
    "indicator",
    "level",
    "weights",
    "permutations",
    "seed",
    "tail",
    "alpha",
    "correction",
    SCENARIO,
];

const TAILS: [(&str, Tail); 2] = [("one-sided", Tail::OneSided), ("two-sided", Tail::TwoSided)];

const CORRECTIONS: [(&str, Correction); 3] = [
    ("none", Correction::None),
    ("fdr", Correction::Fdr),
    ("bonferroni", Correction::Bonferroni),
];

/// A statistic with its method and a row per territory.
pub(super) async fn statistics(
    Shared(state): Shared<Arc<State>>,
    Segments(name): Segments<String>,
    RawQuery(query): RawQuery,
    wanted: Wanted,
) -> Result<Response, AppError> {
    let generation = state.asked(query.as_deref())?;
    let names = Statistic::ALL.map(Statistic::id);
    let statistic = Statistic::ALL.into_iter().find(|known| known.id() == name);
    let statistic = statistic.ok_or_else(|| AppError::unknown("statistic", &name, names))?;
    let query = Query::read(query.as_deref(), &PARAMETERS)?;
    let asked = Asked::read(&query, &generation.territory)?;
    let (edition, request) = (
        generation.edition.clone(),
        format!("stats {name} {asked:?}"),
    );
    let render = move || render(&generation.territory, statistic, &asked);
    state
        .answer(&edition, request, Terms::DATA, &wanted, render)
        .await
}

/// The parameters of a request.
#[derive(Debug)]
struct Asked {
    indicator: String,
    level: String,
    weights: WeightsSpec,
    inference: Inference,
}

impl Asked {
    fn read(query: &Query, territory: &Territory) -> Result<Self, AppError> {
        let ids = || {
            territory
                .indicators()
                .map(|indicator| indicator.id.as_str())
        };
        let indicator = query
            .value("indicator")
            .ok_or_else(|| AppError::not_one_of("indicator", "", ids()))?;
        if !ids().any(|id| id == indicator) {
            return Err(AppError::not_one_of("indicator", indicator, ids()));
        }
        let levels = || territory.levels().iter().map(comarca_engine::Level::id);
        let level = query.value("level").unwrap_or(territory.levels()[0].id());
        if !levels().any(|id| id == level) {
            return Err(AppError::not_one_of("level", level, levels()));
        }
        let text = query.value("weights").unwrap_or("queen");
        let weights = text.parse().map_err(|wrong: WeightsError| {
            AppError::parameter(
                "weights",
                text,
                format!("queen, rook, knn:8 or distance:1500 ({wrong})"),
            )
        })?;
        Ok(Self {
            indicator: indicator.to_owned(),
            level: level.to_owned(),
            weights,
            inference: inference(query)?,
        })
    }
}

fn inference(query: &Query) -> Result<Inference, AppError> {
    let count = number(
        query,
        "permutations",
        999,
        |count| *count <= MAX_PERMUTATIONS,
        || format!("a whole number from 0 to {MAX_PERMUTATIONS}"),
    )?;
    let seed = number(query, "seed", 1, |_| true, || "a whole number".to_owned())?;
    let alpha = number(
        query,
        "alpha",
        0.05,
        |alpha: &f64| *alpha > 0.0 && *alpha < 1.0,
        || "a number between 0 and 1".to_owned(),
    )?;
    Ok(Inference {
        // The bound was checked just above.
        permutations: Permutations::new(count, seed).unwrap_or_default(),
        tail: word(query, "tail", &TAILS)?,
        alpha,
        correction: word(query, "correction", &CORRECTIONS)?,
    })
}

fn number<T: FromStr>(
    query: &Query,
    name: &str,
    absent: T,
    fits: impl Fn(&T) -> bool,
    allowed: impl Fn() -> String,
) -> Result<T, AppError> {
    let Some(text) = query.value(name) else {
        return Ok(absent);
    };
    let number = text.parse().ok().filter(fits);
    number.ok_or_else(|| AppError::parameter(name, text, allowed()))
}

/// One of the words, the first where none is given.
fn word<T: Copy>(query: &Query, name: &str, words: &[(&str, T)]) -> Result<T, AppError> {
    let text = query.value(name).unwrap_or(words[0].0);
    let found = words.iter().find(|(word, _)| *word == text);
    let refused = || AppError::not_one_of(name, text, words.iter().map(|(word, _)| *word));
    found.map(|(_, meant)| *meant).ok_or_else(refused)
}

fn render(territory: &Territory, statistic: Statistic, asked: &Asked) -> Result<Answer, AppError> {
    let request = StatisticsRequest {
        statistic,
        indicator: &asked.indicator,
        level: &asked.level,
        weights: asked.weights,
        inference: asked.inference,
    };
    match StatisticsTable::new(territory, &request) {
        Ok(table) => Ok(Answer::json(&table.to_json())),
        Err(StatisticsError::Unknown(unknown)) => Err(unknown.into()),
        Err(StatisticsError::Weights(error)) => Err(AppError::parameter(
            "weights",
            &asked.weights.to_string(),
            error.to_string(),
        )),
        Err(undefined @ StatisticsError::Undefined { .. }) => {
            Err(AppError::NotFound(undefined.to_string()))
        }
    }
}
