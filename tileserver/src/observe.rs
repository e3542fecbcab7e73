//! The one middleware: refuses what is too large, names the path in problems, counts and logs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State as Shared};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, CACHE_CONTROL, CONTENT_LENGTH,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;

use crate::error::{AppError, BODY_BYTES_MAX, HEADER_BYTES_MAX, URI_BYTES_MAX};
use crate::metrics::{HEATMAP_ROUTE, HEXAGONS_ROUTE, SCENARIOS_ROUTE, TILE_ROUTE};
use crate::scenario::SCENARIO_BODY_BYTES_MAX;
use crate::state::State;

/// Every request passes here.
pub(crate) async fn observe(
    Shared(state): Shared<Arc<State>>,
    request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("other", MatchedPath::as_str);
    let uri = request.uri().clone();
    let span = match route {
        TILE_ROUTE | HEATMAP_ROUTE | HEXAGONS_ROUTE => {
            tracing::debug_span!("request", method = %request.method(), path = uri.path())
        }
        _ => tracing::info_span!("request", method = %request.method(), path = uri.path()),
    };
    let answered = async {
        let response = match refusal(&request, route) {
            Some(error) => error.into_response(),
            None => next.run(request).await,
        };
        let response = finished(response, &uri);
        log(&response, started.elapsed());
        response
    };
    let response = answered.instrument(span).await;
    state
        .metrics
        .count(route, response.status().as_u16(), started.elapsed());
    response
}

/// Why a request is not even looked at.
fn refusal(request: &Request, route: &str) -> Option<AppError> {
    let length = |uri: &Uri| uri.path().len() + uri.query().map_or(0, |query| query.len() + 1);
    if length(request.uri()) > URI_BYTES_MAX {
        return Some(AppError::UriTooLong);
    }
    let header_bytes = |headers: &HeaderMap| {
        headers
            .iter()
            .map(|(name, value)| name.as_str().len() + value.len())
            .sum::<usize>()
    };
    if header_bytes(request.headers()) > HEADER_BYTES_MAX {
        return Some(AppError::HeadersTooLarge);
    }
    // Hardly an address reads a body; a small one does no harm.
    let most = match route {
        SCENARIOS_ROUTE => SCENARIO_BODY_BYTES_MAX,
        _ => BODY_BYTES_MAX,
    };
    let announced = request
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok());
    let too_large = |length: &str| length.parse::<u64>().is_ok_and(|length| length > most);
    announced
        .is_some_and(too_large)
        .then_some(AppError::BodyTooLarge(most))
}

/// Names the path in a problem and adds what every response carries: reads are open to every origin, and what says
/// nothing about being kept is not kept.
fn finished(mut response: Response, uri: &Uri) -> Response {
    if let Some(error) = response.extensions_mut().remove::<AppError>() {
        response = error.response(Some(uri.path()));
        response.extensions_mut().insert(error);
    }
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("ETag"),
    );
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Our own failures are errors; everything else is only of interest to who looks for it.
fn log(response: &Response, took: Duration) {
    let status = response.status().as_u16();
    let micros = took.as_micros();
    let problem = response
        .extensions()
        .get::<AppError>()
        .map(AppError::detail)
        .unwrap_or_default();
    match status {
        500.. if status != 503 => tracing::error!(status, %micros, problem, "failed"),
        _ => tracing::debug!(status, %micros, problem, "answered"),
    }
}
