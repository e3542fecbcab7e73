//! A budget shared out among the demands of a territory.

use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::response::Response;
use comarca_engine::priority::{MAX_COST, Phase};
use comarca_loaders::demands::{BudgetRule, share_budget};
use serde_json::{Value, json};

use crate::answer::{Answer, Terms};
use crate::error::AppError;
use crate::generation::Generation;
use crate::query::Query;
use crate::register::find::place;
use crate::routes::demands::{demands_of, number};
use crate::state::State;
use crate::wanted::Wanted;

/// What `amount` pays for: the demands with a cost that are open or planned, by equal shares or greedily.
pub(super) async fn budget(
    Shared(state): Shared<Arc<State>>,
    RawQuery(query): RawQuery,
    wanted: Wanted,
) -> Result<Response, AppError> {
    let generation = state.generation()?;
    demands_of(&generation)?;
    let query = Query::read(query.as_deref(), &["level", "key", "amount", "rule"])?;
    let whole = generation.territory.levels().len() - 1;
    let place = place(&generation, &query)?.unwrap_or((whole, 0));
    let most = usize::try_from(MAX_COST).unwrap_or(usize::MAX);
    let amount = number(&query, "amount", 0, most)?;
    let amount = amount.and_then(|amount| i64::try_from(amount).ok());
    let amount =
        amount.ok_or_else(|| AppError::parameter("amount", "", "an amount in whole pesos"))?;
    let rule = query.value("rule").unwrap_or("equal_shares");
    let known = BudgetRule::ALL.into_iter().find(|one| one.name() == rule);
    let rule = known
        .ok_or_else(|| AppError::not_one_of("rule", rule, BudgetRule::ALL.map(BudgetRule::name)))?;
    let edition = generation.edition.clone();
    let request = format!("budget {place:?} {amount} {rule:?}");
    let render = move || Ok(Answer::json(&document(&generation, place, amount, rule)?));
    state
        .answer(&edition, request, Terms::DATA, &wanted, render)
        .await
}

fn document(
    generation: &Generation,
    place: (usize, usize),
    amount: i64,
    rule: BudgetRule,
) -> Result<Value, AppError> {
    let demands = demands_of(generation)?;
    let territory = &generation.territory;
    let shared = share_budget(territory, &demands.snapshot, place, amount, rule);
    let shared = shared
        .map_err(|cause| AppError::NotFound(format!("the budget cannot be shared out: {cause}")))?;
    let own = &territory.levels()[place.0];
    let funded = shared.allocation.funded.iter().map(|one| {
        let demand = shared.candidates[one.project];
        json!({
            "id": demand.id,
            "theme": demand.theme,
            "title": demand.title,
            "cost": one.cost,
            "support": one.support,
            "by": match one.phase { Phase::Free => "free", Phase::Shares => "shares", Phase::Greedy => "votes per peso" },
        })
    });
    Ok(json!({
        "level": own.id(),
        "key": own.layer().key(place.1),
        "name": own.layer().name(place.1),
        "rule": rule.name(),
        "amount": amount,
        "spent": shared.allocation.spent,
        "candidates": shared.candidates.len(),
        "funded": funded.collect::<Vec<_>>(),
    }))
}
