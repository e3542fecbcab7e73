//! From a request that writes to the register's answer.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, IF_MATCH};
use axum::http::{HeaderMap, StatusCode};
use comarca_loaders::demands::Refusal;
use comarca_register::{Actor, Invalid, Register, Token, Write, WriteError, Written};
use tokio::time::timeout;

use crate::error::{AppError, BODY_BYTES_MAX, shown};
use crate::state::State;

/// The longest that a body may take to arrive.
const BODY_WAIT_MAX: Duration = Duration::from_secs(15);
/// Longest `Idempotency-Key` in bytes.
const IDEMPOTENCY_KEY_BYTES_MAX: usize = 200;

/// The register of the project.
///
/// # Errors
/// 404 where it has none.
pub(crate) fn register(state: &State) -> Result<Arc<Register>, AppError> {
    let none = || AppError::NotFound("this project has no register of demands".to_owned());
    state.register().ok_or_else(none)
}

/// Who writes: the valid token of `Authorization: Bearer`.
///
/// # Errors
/// 401 without one, or with one that is unknown, revoked or past its day.
pub(crate) fn token(state: &State, headers: &HeaderMap) -> Result<Token, AppError> {
    let register = register(state)?;
    let value = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let secret = value.and_then(|value| {
        let (scheme, secret) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
    });
    let Some(secret) = secret else {
        return Err(AppError::Unauthorized(
            "writing needs a token: Authorization: Bearer …; \"comarca token add\" makes one",
        ));
    };
    let known = register.authenticate(secret, SystemTime::now());
    known.ok_or(AppError::Unauthorized(
        "this token is not known, was revoked, or is past its last day",
    ))
}

/// As [`token`], and counts the write.
///
/// # Errors
/// As [`token`], and 429 for too many writes in a minute.
pub(crate) fn writer(state: &State, headers: &HeaderMap) -> Result<Token, AppError> {
    let token = token(state, headers)?;
    state.rates.count(&token.id, Instant::now())?;
    Ok(token)
}

/// The whole body of a request that says it is JSON, or says nothing.
///
/// # Errors
/// 415 for another type, 413, 408.
pub(crate) async fn json_body(request: Request, types: &'static str) -> Result<Bytes, AppError> {
    let content_type = request.headers().get(CONTENT_TYPE);
    let is_json = content_type.is_none_or(|value| {
        let name = value
            .to_str()
            .unwrap_or("")
            .split(';')
            .next()
            .unwrap_or("")
            .trim();
        name.eq_ignore_ascii_case("application/json")
            || name.to_ascii_lowercase().ends_with("+json")
    });
    if !is_json {
        return Err(AppError::UnsupportedMediaType(types));
    }
    let read = timeout(BODY_WAIT_MAX, Bytes::from_request(request, &())).await;
    let read = read.map_err(|_late| AppError::BodyTooSlow)?;
    read.map_err(|refused| match refused.status() {
        StatusCode::PAYLOAD_TOO_LARGE => AppError::BodyTooLarge(BODY_BYTES_MAX),
        _ => AppError::Malformed("the body could not be read to its end".to_owned()),
    })
}

/// The entity tag of a version.
pub(crate) fn version_tag(version: u64) -> String {
    format!("\"v{version}\"")
}

/// The version that `If-Match` asks for; none where it is absent or `*`.
///
/// # Errors
/// 412 where no tag in it is one of ours: then it matches nothing.
pub(crate) fn expected_version(headers: &HeaderMap, current: u64) -> Result<Option<u64>, AppError> {
    let Some(value) = headers.get(IF_MATCH) else {
        return Ok(None);
    };
    let tags: Vec<&str> = value
        .to_str()
        .unwrap_or("")
        .split(',')
        .map(str::trim)
        .collect();
    if tags.contains(&"*") {
        return Ok(None);
    }
    // The comparison is a strong one (RFC 9110 §13.1.1): weak tags match nothing.
    match tags.contains(&version_tag(current).as_str()) {
        true => Ok(Some(current)),
        false => Err(changed(current)),
    }
}

fn changed(current: u64) -> AppError {
    let now = version_tag(current);
    AppError::PreconditionFailed(format!(
        "somebody has changed it since: its ETag is now {now}; read it, and send your change again"
    ))
}

/// The `Idempotency-Key` of a request.
///
/// # Errors
/// 400 where it is empty, too long or not plain ASCII.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, AppError> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or("");
    let fits = (1..=IDEMPOTENCY_KEY_BYTES_MAX).contains(&text.len());
    let allowed = || format!("1 to {IDEMPOTENCY_KEY_BYTES_MAX} plain characters");
    match fits {
        true => Ok(Some(text.to_owned())),
        false => Err(AppError::parameter("Idempotency-Key", text, allowed())),
    }
}

/// Writes, off the async threads; once it returns the write is on disk and in the generation that is served.
///
/// # Errors
/// What the register refuses.
pub(crate) async fn write(
    register: Arc<Register>,
    token: &Token,
    write: Write,
) -> Result<Written, AppError> {
    let actor = Actor::new(token.name.clone());
    let written = tokio::task::spawn_blocking(move || register.write(write, actor)).await;
    let written = written.map_err(|panic| {
        tracing::error!(%panic, "a write failed");
        AppError::Internal
    })?;
    written.map_err(AppError::from)
}

impl From<WriteError> for AppError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::NotFound { kind, id } => {
                Self::NotFound(format!("there is no {kind} {:?}", shown(&id)))
            }
            WriteError::VersionConflict { current } => changed(current),
            WriteError::IdempotencyReuse => {
                Self::Conflict("this Idempotency-Key was used for another request".to_owned())
            }
            WriteError::DuplicateId { id } => {
                Self::Conflict(format!("the id {:?} is taken", shown(&id)))
            }
            WriteError::InUse { by } => Self::Conflict(format!("{by} refers to it")),
            WriteError::DiskFull => Self::InsufficientStorage,
            WriteError::ReadOnly => Self::Unavailable(
                "the register is read-only; \"comarca token add\" opens it for writing".to_owned(),
            ),
            WriteError::Busy => Self::Busy,
            WriteError::Gone(why) => {
                tracing::warn!(why, "the register cannot be reached");
                Self::Unavailable("the register cannot be reached at the moment; what is served is what was read last".to_owned())
            }
            WriteError::Invalid(all) => invalid(&all),
            // No request makes tokens.
            WriteError::InvalidToken(why) => Self::Malformed(why.to_string()),
        }
    }
}

/// The first thing that is wrong, with its field.
fn invalid(all: &[Invalid]) -> AppError {
    let first = all.first();
    let why = first.map_or("otherwise", |first| first.why.as_str());
    let field = first.map_or("body", |first| first.field);
    AppError::Malformed(format!("{field} {why}"))
}

impl From<Refusal> for AppError {
    fn from(refusal: Refusal) -> Self {
        Self::parameter(&refusal.field, &refusal.value, refusal.allowed)
    }
}
