//! Whose token this is.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::HeaderMap;
use serde_json::{Value, json};

use crate::error::AppError;
use crate::register::write::token;
use crate::state::State;

/// Name, role and communes of the token; an empty list of communes is all of them.
pub(super) async fn session(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
) -> Result<Json<Value>, AppError> {
    let token = token(&state, &headers)?;
    Ok(Json(json!({
        "name": token.name,
        "role": token.role.name(),
        "communes": token.communes,
        "expires": token.expires,
    })))
}
