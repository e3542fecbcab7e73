//! What comes first: in one territory, or in each of a level.

use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::response::Response;
use comarca_loaders::demands::{By, Method, Priorities, Priority, PriorityError};
use serde_json::{Map, Value, json};

use crate::answer::{Answer, Terms};
use crate::error::AppError;
use crate::generation::Generation;
use crate::query::Query;
use crate::register::find::{level, place};
use crate::routes::demands::{demands_of, number};
use crate::state::State;
use crate::wanted::Wanted;

/// How many places of a ranking are given where nothing is said, and at most.
const LIMIT: usize = 20;
const LIMIT_MAX: usize = 10_000;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
struct Question {
    level: usize,
    /// The territory; all of the level without one.
    row: Option<usize>,
    method: Method,
    by: By,
    limit: usize,
}

/// The ranking of a territory, or one for each of a level.
pub(super) async fn priorities(
    Shared(state): Shared<Arc<State>>,
    RawQuery(query): RawQuery,
    wanted: Wanted,
) -> Result<Response, AppError> {
    let generation = state.generation()?;
    demands_of(&generation)?;
    let query = Query::read(query.as_deref(), &["level", "key", "method", "by", "limit"])?;
    let question = Question::read(&generation, &query)?;
    let edition = generation.edition.clone();
    let request = format!("priorities {question:?}");
    let render = move || Ok(Answer::json(&question.answer(&generation)?));
    state
        .answer(&edition, request, Terms::DATA, &wanted, render)
        .await
}

impl Question {
    fn read(generation: &Generation, query: &Query) -> Result<Self, AppError> {
        let place = place(generation, query)?;
        let named = level(generation, query)?;
        let whole = generation.territory.levels().len() - 1;
        let (level, row) = match (place, named) {
            (Some((level, row)), _) => (level, Some(row)),
            (None, Some(level)) => (level, None),
            (None, None) => (whole, Some(0)),
        };
        let method = query.value("method").unwrap_or("votes");
        let known = Method::ALL.into_iter().find(|one| one.name() == method);
        let method = known
            .ok_or_else(|| AppError::not_one_of("method", method, Method::ALL.map(Method::name)))?;
        let by = match query.value("by").unwrap_or("demand") {
            "demand" => By::Demand,
            "theme" => By::Theme,
            other => return Err(AppError::not_one_of("by", other, ["demand", "theme"])),
        };
        Ok(Self {
            level,
            row,
            method,
            by,
            limit: number(query, "limit", 1, LIMIT_MAX)?.unwrap_or(LIMIT),
        })
    }

    fn answer(self, generation: &Generation) -> Result<Value, AppError> {
        let demands = demands_of(generation)?;
        let territory = &generation.territory;
        let priorities = Priorities::new(territory, &demands.config, &demands.snapshot);
        let own = &territory.levels()[self.level];
        let mut document = json!({
            "level": own.id(),
            "method": self.method.name(),
            "explanation": self.method.explained(),
            "by": match self.by { By::Theme => "theme", By::Demand => "demand" },
        });
        let ranking = |row: usize| -> Result<Value, AppError> {
            let all = priorities.of(self.level, row, self.method, self.by)?;
            Ok(all.iter().take(self.limit).map(entry).collect())
        };
        let about = |row: usize| (json!(own.layer().key(row)), json!(own.layer().name(row)));
        if let Some(row) = self.row {
            (document["key"], document["name"]) = about(row);
            document["priorities"] = ranking(row)?;
            return Ok(document);
        }
        let of_territory = |row: usize| -> Result<Value, AppError> {
            let (key, name) = about(row);
            Ok(json!({ "key": key, "name": name, "priorities": ranking(row)? }))
        };
        let all: Result<Vec<Value>, AppError> = (0..own.len()).map(of_territory).collect();
        document["territories"] = json!(all?);
        Ok(document)
    }
}

fn entry(priority: &Priority) -> Value {
    let contributions: Map<String, Value> = priority
        .contributions
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!(value)))
        .collect();
    let mut entry = json!({
        "rank": priority.rank,
        "theme": priority.theme,
        "score": priority.score,
        "votes": priority.votes,
        "demands": priority.demands,
        "contributions": contributions,
        "band": priority.band.map(|(best, worst)| [best, worst]),
    });
    if let Some((id, title)) = &priority.demand {
        (entry["id"], entry["title"]) = (json!(id), json!(title));
    }
    entry
}

impl From<PriorityError> for AppError {
    fn from(error: PriorityError) -> Self {
        match error {
            PriorityError::Unknown(unknown) => unknown.into(),
            // The weights are the project's: nothing that the client sent can mend them.
            other => Self::NotFound(format!(
                "the priorities of this project cannot be computed: {other}"
            )),
        }
    }
}
