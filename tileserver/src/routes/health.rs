//! Whether the server lives and whether it has data.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use serde_json::{Value, json};

use crate::error::AppError;
use crate::state::State;

/// Always 200: the generation that is served (none while the first is being loaded) and how many problems its loading,
/// or a later one that failed, had.
pub(super) async fn health(Shared(state): Shared<Arc<State>>) -> Json<Value> {
    let generation = state.generation().ok().map(|generation| generation.hex());
    Json(json!({ "status": "ok", "generation": generation, "problems": state.problem_count() }))
}

/// 200 once there is data.
pub(super) async fn ready(Shared(state): Shared<Arc<State>>) -> Result<Json<Value>, AppError> {
    let generation = state.generation()?;
    Ok(Json(json!({ "status": "ready", "generation": generation.hex() })))
}
