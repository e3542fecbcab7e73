//! Demands in numbers: by theme, status, stage and month.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::response::Response;
use comarca_engine::WHOLE;
use comarca_register::{Demand, Stage, Status};
use serde_json::{Map, Value, json};

use crate::answer::{Answer, Terms};
use crate::error::AppError;
use crate::generation::Generation;
use crate::query::Query;
use crate::register::find::{Choice, PARAMETERS, place};
use crate::routes::demands::demands_of;
use crate::state::State;
use crate::wanted::Wanted;

/// How many demands, and the sum of their votes.
#[derive(Clone, Copy, Debug, Default)]
struct Counted {
    count: u64,
    votes: u64,
}

impl Counted {
    fn add(&mut self, demand: &Demand) {
        self.count += 1;
        self.votes = self.votes.saturating_add(demand.votes);
    }

    fn document(self) -> Value {
        json!({ "count": self.count, "votes": self.votes })
    }
}

/// The numbers of the demands that a query chooses. Those that name another one again are told apart, not counted.
pub(super) async fn summary(
    Shared(state): Shared<Arc<State>>,
    RawQuery(query): RawQuery,
    wanted: Wanted,
) -> Result<Response, AppError> {
    let generation = state.generation()?;
    demands_of(&generation)?;
    let query = Query::read(query.as_deref(), &PARAMETERS)?;
    let (choice, place) = (
        Choice::read(&generation, &query)?,
        place(&generation, &query)?,
    );
    let edition = generation.edition.clone();
    let request = format!("demand summary {place:?} {}", choice.normal_form());
    let render = move || Ok(Answer::json(&document(&generation, &choice, place)?));
    state
        .answer(&edition, request, Terms::DATA, &wanted, render)
        .await
}

fn document(
    generation: &Generation,
    choice: &Choice,
    place: Option<(usize, usize)>,
) -> Result<Value, AppError> {
    let territory = &generation.territory;
    let chosen = choice.of(territory, demands_of(generation)?);
    let (roots, mentions): (Vec<_>, Vec<_>) =
        chosen.iter().partition(|demand| demand.same_as.is_none());
    let (level, key, name) = match place {
        Some((level, row)) => {
            let own = &territory.levels()[level];
            (own.id(), own.layer().key(row), own.layer().name(row))
        }
        None => (WHOLE, WHOLE, territory.name()),
    };
    let mut all = Counted::default();
    roots.iter().for_each(|demand| all.add(demand));
    let themes = generation.themes.iter().map(String::as_str);
    Ok(json!({
        "level": level,
        "key": key,
        "name": name,
        "total": all.count,
        "votes": all.votes,
        "mentions": mentions.len(),
        "by_theme": counted(&roots, themes, |demand| demand.theme.as_str()),
        "by_status": counted(&roots, Status::ALL.map(Status::name), |demand| demand.status.name()),
        "by_stage": counted(&roots, Stage::ALL.map(Stage::name), |demand| demand.stage.name()),
        "by_month": by_month(&roots),
    }))
}

/// A number for every known name, in its order, and for those that only the demands have.
fn counted<'a>(
    demands: &[&'a Arc<Demand>],
    known: impl IntoIterator<Item = &'a str>,
    name: impl Fn(&'a Demand) -> &'a str,
) -> Value {
    let mut numbers: Map<String, Value> = Map::new();
    let mut counts: BTreeMap<&str, Counted> = BTreeMap::new();
    for demand in demands {
        counts.entry(name(demand)).or_default().add(demand);
    }
    for name in known {
        let own = counts.remove(name).unwrap_or_default();
        numbers.insert(name.to_owned(), own.document());
    }
    let others = counts
        .into_iter()
        .map(|(name, own)| (name.to_owned(), own.document()));
    numbers.extend(others);
    Value::Object(numbers)
}

/// Month by month in which something was raised, the first first.
fn by_month(demands: &[&Arc<Demand>]) -> Vec<Value> {
    let mut months: BTreeMap<&str, Counted> = BTreeMap::new();
    for demand in demands {
        let month = demand.created.get(..7).unwrap_or(&demand.created);
        months.entry(month).or_default().add(demand);
    }
    let entry = |(month, own): (&str, Counted)| json!({ "month": month, "count": own.count, "votes": own.votes });
    months.into_iter().map(entry).collect()
}
