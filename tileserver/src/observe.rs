//! The one middleware: refuses what is too large, names the path in problems, counts and logs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::HttpBody;
use axum::extract::{MatchedPath, Request, State as Shared};
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONNECTION, CONTENT_LENGTH};
use axum::http::{HeaderMap, HeaderValue, Method, Uri, Version};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;

use crate::answer::{Terms, common_headers};
use crate::arrival::{Arrival, REQUEST_ID};
use crate::cache::Key;
use crate::error::{AppError, BODY_BYTES_MAX, HEADER_BYTES_MAX, URI_BYTES_MAX};
use crate::metrics::{OTHER_ROUTE, Outcome, RouteStats, SCENARIOS_ROUTE};
use crate::scenario::SCENARIO_BODY_BYTES_MAX;
use crate::shortcut::{Shortcut, Target};
use crate::state::State;

/// Where a response was found; rides along with it.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    /// Where it is kept.
    pub(crate) key: Key,
    /// How it was sent.
    pub(crate) terms: Terms,
    /// `Last-Modified`.
    pub(crate) since: HeaderValue,
    /// What became of the request, should it be one for a tile.
    pub(crate) outcome: Outcome,
    /// Whether the same request always means the same under one generation.
    pub(crate) is_shared: bool,
}

/// Every request passes here.
pub(crate) async fn observe(
    Shared(state): Shared<Arc<State>>,
    request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or(OTHER_ROUTE, MatchedPath::as_str);
    let asked = Asked::of(&request);
    let span = tracing::debug_span!("request", id = ?asked.arrival.id, path = asked.arrival.path);
    let answered = async {
        let response = match refusal(&request, route) {
            Some(error) => error.into_response(),
            None => next.run(request).await,
        };
        finished(response, &asked, &state)
    };
    let mut response = answered.instrument(span).await;
    let kept = response.extensions_mut().remove::<Kept>();
    let stats = state.metrics.route(route);
    let outcome = kept.as_ref().map(|kept| kept.outcome);
    let problem = response.extensions().get::<AppError>();
    let problem = problem.map(AppError::detail);
    asked
        .entry(&response, started.elapsed())
        .tell(&state, &stats, outcome, problem.as_deref());
    if let Some(kept) = kept.filter(|kept| kept.is_shared && stats.is_tile()) {
        remember(&state, asked, kept, stats);
    }
    response
}

/// What is told of a request after it has been answered.
struct Asked {
    method: Method,
    uri: Uri,
    version: Version,
    accept_encoding: Option<HeaderValue>,
    /// Whether `Accept-Encoding` stands several times.
    is_split: bool,
    arrival: Arrival,
}

impl Asked {
    fn of(request: &Request) -> Self {
        let headers = request.headers();
        let mut codings = headers.get_all(ACCEPT_ENCODING).iter();
        Self {
            method: request.method().clone(),
            uri: request.uri().clone(),
            version: request.version(),
            accept_encoding: codings.next().cloned(),
            is_split: codings.next().is_some(),
            arrival: Arrival::of(request),
        }
    }

    fn entry(&self, response: &Response, took: Duration) -> Entry<'_> {
        Entry {
            method: &self.method,
            path: &self.arrival.path,
            status: response.status().as_u16(),
            bytes: response.body().size_hint().exact(),
            took,
            id: &self.arrival.id,
            arrival: Some(&self.arrival),
        }
    }
}

/// The next request for the same tile need not be read.
fn remember(state: &State, asked: Asked, kept: Kept, route: Arc<RouteStats>) {
    let (Some(serial), false, Method::GET) = (asked.arrival.serial, asked.is_split, asked.method)
    else {
        return;
    };
    let Some(address) = asked.uri.path_and_query() else {
        return;
    };
    let codings = asked.accept_encoding.as_ref();
    let target = Target {
        serial,
        address: address.as_str().into(),
        accept_encoding: codings.map_or(&[][..], HeaderValue::as_bytes).into(),
    };
    let shortcut = Shortcut {
        key: kept.key,
        terms: kept.terms,
        since: kept.since,
        route,
    };
    state.shortcuts.keep(target, shortcut);
}

/// Why a request is not even looked at.
fn refusal(request: &Request, route: &str) -> Option<AppError> {
    let length = |uri: &Uri| uri.path().len() + uri.query().map_or(0, |query| query.len() + 1);
    if length(request.uri()) > URI_BYTES_MAX {
        return Some(AppError::UriTooLong);
    }
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

/// Names and values together.
pub(crate) fn header_bytes(headers: &HeaderMap) -> usize {
    let bytes = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len());
    bytes.sum()
}

/// Names the path in a problem and adds what every response carries; what says nothing about being kept is not kept.
fn finished(mut response: Response, asked: &Asked, state: &State) -> Response {
    let arrival = &asked.arrival;
    if let Some(error) = response.extensions_mut().remove::<AppError>() {
        response = error.response(Some((&arrival.path, &arrival.id)));
        response.extensions_mut().insert(error);
    }
    let headers = response.headers_mut();
    common_headers(headers);
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    headers.insert(REQUEST_ID, arrival.id.clone());
    if state.is_draining() && asked.version <= Version::HTTP_11 {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// What is told of a request that has been answered. The query is left out: it may hold what is nobody's business.
pub(crate) struct Entry<'a> {
    pub(crate) method: &'a Method,
    pub(crate) path: &'a str,
    pub(crate) status: u16,
    pub(crate) bytes: Option<u64>,
    pub(crate) took: Duration,
    pub(crate) id: &'a HeaderValue,
    /// Left out where nobody is told of it.
    pub(crate) arrival: Option<&'a Arrival>,
}

impl Entry<'_> {
    /// Counts the request, logs it and sends its span.
    pub(crate) fn tell(
        &self,
        state: &State,
        route: &RouteStats,
        outcome: Option<Outcome>,
        problem: Option<&str>,
    ) {
        state.metrics.count(route, self, outcome);
        self.log(problem);
        if let Some(traces) = &state.options.traces {
            traces.request(self, route, outcome);
        }
    }

    /// A line of the access log, where its filter lets it through. Our own failures are errors; everything else is only of
    /// interest to who looks for it.
    fn log(&self, problem: Option<&str>) {
        let id = self.id.to_str().unwrap_or_default();
        let client = self
            .arrival
            .and_then(Arrival::client)
            .map(tracing::field::display);
        let trace = self.arrival.and_then(|arrival| arrival.trace.as_ref());
        let trace_id = trace.map(|trace| tracing::field::display(trace.trace_id()));
        let method = self.method.as_str();
        let duration_us = u64::try_from(self.took.as_micros()).unwrap_or(u64::MAX);
        match self.status {
            500.. if self.status != 503 => tracing::error!(
                target: "access", method, path = self.path, status = self.status, bytes = self.bytes,
                duration_us, request_id = id, client, trace_id, problem, "failed"
            ),
            _ => tracing::info!(
                target: "access", method, path = self.path, status = self.status, bytes = self.bytes,
                duration_us, request_id = id, client, trace_id, problem, "answered"
            ),
        }
    }
}
