//! Emerging hot spots: how the demands of each territory gather over time.

use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::response::Response;
use comarca_engine::period::{Periods, Step, Tally};
use comarca_engine::stats::{
    ENOUGH_PERIODS, Emerging, EmergingOptions, WeightsError, WeightsSpec, emerging,
};
use serde_json::{Value, json};

use crate::answer::{Answer, Terms};
use crate::error::AppError;
use crate::generation::Generation;
use crate::query::Query;
use crate::register::find::{Choice, PARAMETERS, level};
use crate::routes::demands::demands_of;
use crate::state::State;
use crate::wanted::Wanted;

/// The lengths of a period, by name.
const STEPS: [(&str, Step); 3] = [
    ("month", Step::Month),
    ("quarter", Step::Quarter),
    ("year", Step::Year),
];

/// What is asked for besides the choice of demands.
#[derive(Clone, Copy, Debug)]
struct Question {
    level: usize,
    step: Step,
    /// Votes instead of demands.
    votes: bool,
    weights: WeightsSpec,
}

/// The class of every territory of a level: new, consecutive, intensifying … hot or cold spot, with its trend.
pub(super) async fn spots(
    Shared(state): Shared<Arc<State>>,
    RawQuery(query): RawQuery,
    wanted: Wanted,
) -> Result<Response, AppError> {
    let generation = state.generation()?;
    demands_of(&generation)?;
    let allowed = [&PARAMETERS[..], &["period", "value", "weights"]].concat();
    let query = Query::read(query.as_deref(), &allowed)?;
    let choice = Choice::read(&generation, &query)?;
    let question = Question::read(&generation, &query)?;
    let edition = generation.edition.clone();
    let request = format!("emerging {question:?} {}", choice.normal_form());
    let render = move || Ok(Answer::json(&question.answer(&generation, &choice)?));
    state
        .answer(&edition, request, Terms::DATA, &wanted, render)
        .await
}

impl Question {
    fn read(generation: &Generation, query: &Query) -> Result<Self, AppError> {
        let step = query.value("period").unwrap_or("month");
        let known = STEPS.iter().find(|(name, _)| *name == step);
        let names = || STEPS.map(|(name, _)| name);
        let votes = match query.value("value").unwrap_or("count") {
            "count" => false,
            "votes" => true,
            other => return Err(AppError::not_one_of("value", other, ["count", "votes"])),
        };
        let weights = query.value("weights").unwrap_or("queen");
        Ok(Self {
            level: level(generation, query)?.unwrap_or(0),
            step: known
                .ok_or_else(|| AppError::not_one_of("period", step, names()))?
                .1,
            votes,
            weights: weights.parse().map_err(|cause: WeightsError| {
                AppError::parameter("weights", weights, cause.to_string())
            })?,
        })
    }

    fn answer(self, generation: &Generation, choice: &Choice) -> Result<Value, AppError> {
        let territory = &generation.territory;
        let chosen = choice.of(territory, demands_of(generation)?);
        let roots: Vec<_> = chosen
            .iter()
            .filter(|demand| demand.same_as.is_none())
            .collect();
        let days = || roots.iter().map(|demand| day(&demand.created));
        let periods = Periods::spanning(self.step, days()).map_err(|cause| too_few(&cause))?;
        let periods = periods.ok_or_else(|| too_few(&"there are no demands with a date"))?;
        let own = &territory.levels()[self.level];
        let events = roots.iter().map(|demand| {
            let row = comarca_loaders::demands::finest(territory, demand)
                .and_then(|finest| own.of_finest(finest));
            let weight = if self.votes { demand.votes as f64 } else { 1.0 };
            (row, day(&demand.created), weight)
        });
        let tally = Tally::new(&periods, own.len(), events);
        let weights = territory
            .weights(self.level, self.weights)
            .map_err(|cause| too_few(&cause))?;
        let options = EmergingOptions::default();
        let found = emerging(&tally.values, &weights, &options).map_err(|cause| too_few(&cause))?;
        let row = |one: &Emerging| {
            let at = one.row as usize;
            json!({
                "key": own.layer().key(at),
                "name": own.layer().name(at),
                "class": one.class.map(|class| class.to_string()),
                "z_last": one.z_last,
                "hot_periods": one.hot_periods,
                "cold_periods": one.cold_periods,
                "trend": one.trend.as_ref().map(|trend| json!({ "z": trend.z, "p": trend.p, "s": trend.s })),
            })
        };
        Ok(json!({
            "level": own.id(),
            "periods": periods.labels(),
            "few_periods": found.few_periods,
            "enough_periods": ENOUGH_PERIODS,
            "alpha": options.alpha,
            "method": "Gi* of each period among the neighbours, false discovery rate, Mann-Kendall trend of the z-scores; classes of Esri's emerging hot spots",
            "territories": found.rows.iter().map(row).collect::<Vec<_>>(),
        }))
    }
}

fn day(moment: &str) -> &str {
    moment.get(..10).unwrap_or(moment)
}

/// What was chosen cannot be analysed: too few periods, or too many.
fn too_few(cause: &dyn std::fmt::Display) -> AppError {
    AppError::NotFound(format!("no emerging hot spots of what was chosen: {cause}"))
}
