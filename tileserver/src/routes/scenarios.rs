//! Scenarios: made, asked for again, forgotten.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest, RawQuery, Request as HttpRequest, State as Shared};
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use crate::answer::{Answer, Terms, respond};
use crate::error::AppError;
use crate::generation::Generation;
use crate::negotiate::Coding;
use crate::origin::Origin;
use crate::path::Segments;
use crate::query::Query;
use crate::scenario::{Extent, Kept, Request, SCENARIO_BODY_BYTES_MAX, Scenario, document, gone};
use crate::state::State;
use crate::wanted::Wanted;

/// How `/scenarios` is asked.
pub(super) const MAKING: &str = "POST, OPTIONS";
/// How one scenario is asked.
pub(super) const KEEPING: &str = "GET, HEAD, DELETE, OPTIONS";

/// The longest that a body may take to arrive.
const BODY_WAIT_MAX: Duration = Duration::from_secs(15);

/// The answer to a POST is for who asked, now.
const MADE: Terms = Terms {
    cache_control: "no-store",
    ..Terms::DATA
};

/// Makes a scenario of the changes in the body: 201, or 200 where it was there already.
pub(super) async fn create(
    Shared(state): Shared<Arc<State>>,
    Origin(origin): Origin,
    RawQuery(query): RawQuery,
    wanted: Wanted,
    request: HttpRequest,
) -> Result<Response, AppError> {
    let generation = state.generation()?;
    let extent = Extent::read(&generation, query.as_deref())?;
    let coding = MADE.coding(&wanted)?;
    let body = body(&state, request).await?;
    let place = state.work.place()?;
    let shared = Arc::clone(&state);
    let job = move || made(&shared, &generation, &body, &extent, coding);
    let (kept, is_new, answer) = state.work.run(&place, job).await?;
    // Whatever the client has already is not an answer to a POST.
    let asked = Wanted {
        if_none_match: None,
        ..wanted
    };
    let edition = &kept.scenario.generation.edition;
    let mut response = respond(&answer, MADE, &asked, &edition.since);
    if is_new {
        *response.status_mut() = StatusCode::CREATED;
    }
    let location = format!("{origin}/scenarios/{}", kept.scenario.id);
    let location = HeaderValue::try_from(location).map_err(|_odd| AppError::Internal)?;
    response.headers_mut().insert(LOCATION, location);
    Ok(response)
}

/// The scenario with its answer, and whether it was not there before.
fn made(
    state: &State,
    generation: &Arc<Generation>,
    body: &[u8],
    extent: &Extent,
    coding: Coding,
) -> Result<(Kept, bool, Answer), AppError> {
    let request = Request::parse(body)?;
    let id = state
        .scenarios
        .id(generation.edition.serial, &request.normal_form());
    let (kept, is_new) = if let Some(kept) = state.scenarios.renew(&id, generation.data_serial()) {
        (kept, false)
    } else {
        let scenario = Scenario::make(state, generation, id, &request)?;
        (state.scenarios.keep(scenario), true)
    };
    let answer = answer(&kept, extent)?;
    let answer = match coding {
        Coding::Identity => answer,
        _ => answer.coded(coding)?,
    };
    Ok((kept, is_new, answer))
}

/// The whole body, in time and within its bounds. What type it says it has is not looked at: it is read as JSON.
async fn body(state: &State, request: HttpRequest) -> Result<Bytes, AppError> {
    let place = state.scenarios.bodies.try_acquire();
    let _place = place.map_err(|_full| AppError::Busy)?;
    let read = timeout(BODY_WAIT_MAX, Bytes::from_request(request, &())).await;
    let read = read.map_err(|_late| AppError::BodyTooSlow)?;
    read.map_err(|refused| match refused.status() {
        StatusCode::PAYLOAD_TOO_LARGE => AppError::BodyTooLarge(SCENARIO_BODY_BYTES_MAX),
        _ => AppError::Malformed("the body could not be read to its end".to_owned()),
    })
}

fn answer(kept: &Kept, extent: &Extent) -> Result<Answer, AppError> {
    Ok(Answer::new("application/json", document(kept, extent)?))
}

/// What a scenario changes, once more.
pub(super) async fn read(
    Shared(state): Shared<Arc<State>>,
    Segments(id): Segments<String>,
    RawQuery(query): RawQuery,
    wanted: Wanted,
) -> Result<Response, AppError> {
    let generation = state.generation()?;
    let extent = Extent::read(&generation, query.as_deref())?;
    let kept = state.scenarios.find(&id, generation.data_serial());
    let kept = kept.ok_or_else(|| gone(&id))?;
    let edition = kept.scenario.generation.edition.clone();
    let request = format!("scenario {} {}", kept.expires(), extent.normal_form());
    let render = move || answer(&kept, &extent);
    state
        .answer(&edition, request, Terms::DATA, &wanted, render)
        .await
}

/// Forgets a scenario: 204.
pub(super) async fn forget(
    Shared(state): Shared<Arc<State>>,
    Segments(id): Segments<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, AppError> {
    let generation = state.generation()?;
    Query::read(query.as_deref(), &[])?;
    match state.scenarios.forget(&id, generation.data_serial()) {
        true => Ok(StatusCode::NO_CONTENT.into_response()),
        false => Err(gone(&id)),
    }
}
