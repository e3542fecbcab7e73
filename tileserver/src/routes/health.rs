//! Whether the server lives and whether it has data.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use serde_json::{Value, json};

use crate::error::AppError;
use crate::state::State;

/// How many problems are told in words.
const TOLD_MAX: usize = 100;

/// Always 200: the generation that is served (none while the first is being loaded), how many problems its loading, or
/// a later one that failed, had, and the first of them in words.
pub(super) async fn health(Shared(state): Shared<Arc<State>>) -> Json<Value> {
    let generation = state.generation().ok().map(|generation| generation.hex());
    let fault = state.register().and_then(|register| register.fault());
    let fault = fault.map(|why| format!("the register of demands cannot be written to: {why}"));
    let problems: Vec<String> = state.problems().iter().cloned().chain(fault).collect();
    let told: Vec<&String> = problems.iter().take(TOLD_MAX).collect();
    Json(
        json!({ "status": "ok", "generation": generation, "problems": problems.len(), "messages": told }),
    )
}

/// 200 from when there is data to when the server is asked to end.
pub(super) async fn ready(Shared(state): Shared<Arc<State>>) -> Result<Json<Value>, AppError> {
    if state.is_draining() {
        return Err(AppError::Unavailable("the server is ending".to_owned()));
    }
    let generation = state.generation()?;
    Ok(Json(
        json!({ "status": "ready", "generation": generation.hex() }),
    ))
}
