//! The whole server as a service: what comes before routing.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, IF_NONE_MATCH, LOCATION,
    TRANSFER_ENCODING,
};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri, Version};
use axum::response::Response;
use axum::routing::future::RouteFuture;
use axum::{BoxError, Router};
use tower::Service;
use tracing::{Level, enabled};

use crate::answer::{common_headers, whole};
use crate::arrival::{Arrival, Forwarded, Line, REQUEST_ID, request_id};
use crate::error::{AppError, HEADER_BYTES_MAX};
use crate::metrics::{OTHER_ROUTE, Outcome};
use crate::observe::{Entry, header_bytes};
use crate::origin::checked_prefix;
use crate::shortcut::Sought;
use crate::state::State;

/// Answers requests: without a socket for tests, by [`serve`](crate::serve) with one.
#[derive(Clone, Debug)]
pub struct App {
    router: Router,
    state: Arc<State>,
    line: Line,
}

impl App {
    pub(crate) fn new(router: Router, state: Arc<State>) -> Self {
        Self {
            router,
            state,
            line: Line::default(),
        }
    }

    /// The same for the requests of a connection.
    pub(crate) fn on(&self, line: Line) -> Self {
        Self {
            line,
            ..self.clone()
        }
    }

    /// Answers a request: a kept tile whose address was read before at once, any other by way of its route.
    pub(crate) fn answer<B>(&self, mut request: Request<B>) -> Answering
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        if let Some(kept) = self.kept_tile(&request) {
            return Answering(Way::Ready(Some(kept)));
        }
        let arrival = self.arrival(request.uri(), request.headers());
        match self.below_base(request.uri()) {
            Below::Same => {}
            Below::Inner(uri) => *request.uri_mut() = uri,
            Below::Outside => {
                let response = self.outside(&request, &arrival);
                return Answering(Way::Ready(Some(response)));
            }
        }
        request.extensions_mut().insert(arrival);
        Answering(Way::Routed(self.router.clone().call(request)))
    }

    fn arrival(&self, uri: &Uri, headers: &HeaderMap) -> Arrival {
        Arrival {
            id: request_id(headers),
            path: uri.path().to_owned(),
            line: self.line,
            forwarded: Forwarded::read(
                headers,
                self.line.peer,
                &self.state.options.trusted_proxies,
            ),
            trace: Arrival::trace(headers),
            serial: self.state.serial(),
        }
    }

    /// Where an address is, seen from the base path.
    fn below_base(&self, uri: &Uri) -> Below {
        let base = &*self.state.options.base_path;
        if base.is_empty() {
            return Below::Same;
        }
        let address = uri.path_and_query().map_or("/", PathAndQuery::as_str);
        let inner = address
            .strip_prefix(base)
            .filter(|rest| rest.starts_with('/'))
            .and_then(|rest| replaced(uri, rest));
        inner.map_or(Below::Outside, Below::Inner)
    }

    /// The base path with the slash without which relative links do not work, as the client knows it.
    fn slashed(&self, arrival: &Arrival, query: Option<&str>) -> Result<HeaderValue, AppError> {
        let options = &self.state.options;
        let base = if let Some(url) = &options.public_url {
            url.trim_end_matches('/').to_owned()
        } else {
            let prefix = arrival.forwarded.prefix.as_deref().unwrap_or_default();
            format!("{}{}", checked_prefix(prefix)?, options.base_path)
        };
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        let target = HeaderValue::try_from(format!("{base}/{query}"));
        target.map_err(|_odd| AppError::Malformed("the query is no text".to_owned()))
    }

    /// What is said outside the base path, counted and logged as any answer is: where to go from the base path without
    /// its slash, else that there is nothing.
    fn outside<B>(&self, request: &Request<B>, arrival: &Arrival) -> Response {
        let (started, method, uri) = (Instant::now(), request.method(), request.uri());
        let is_base = uri.path() == &*self.state.options.base_path;
        let target = if is_base {
            self.slashed(arrival, uri.query())
        } else {
            let nothing = "nothing is at this address, which is outside the base path";
            Err(AppError::NotFound(nothing.to_owned()))
        };
        let response = outside(method, arrival, target);
        let entry = Entry {
            method,
            path: &arrival.path,
            status: response.status().as_u16(),
            bytes: response.body().size_hint().exact(),
            took: started.elapsed(),
            id: &arrival.id,
            arrival: Some(arrival),
        };
        let route = self.state.metrics.route(OTHER_ROUTE);
        entry.tell(&self.state, &route, None, None);
        response
    }

    /// A tile that is kept and whose address was read before under this generation.
    fn kept_tile<B>(&self, request: &Request<B>) -> Option<Response> {
        let started = Instant::now();
        if request.method() != Method::GET {
            return None;
        }
        let base = &*self.state.options.base_path;
        let address = request
            .uri()
            .path_and_query()?
            .as_str()
            .strip_prefix(base)?;
        let headers = request.headers();
        if is_unusual(headers) {
            return None;
        }
        let accept_encoding = headers.get(ACCEPT_ENCODING);
        let sought = Sought {
            serial: self.state.serial()?,
            address,
            accept_encoding: accept_encoding.map_or(&[], HeaderValue::as_bytes),
        };
        let shortcut = self.state.shortcuts.find(&sought)?;
        let tags = headers.get(IF_NONE_MATCH).map(HeaderValue::to_str);
        let tags = tags.transpose().ok()?;
        // Counted as a hit when found, so it must be the last thing that can fail.
        let answer = self.state.answers.find(&shortcut.key)?;
        let mut response = whole(&answer, shortcut.terms, tags, &shortcut.since);
        let id = request_id(headers);
        let is_told =
            enabled!(target: "access", Level::INFO) || self.state.options.traces.is_some();
        let arrival = is_told.then(|| self.arrival(request.uri(), headers));
        let entry = Entry {
            method: request.method(),
            path: request.uri().path(),
            status: response.status().as_u16(),
            bytes: response.body().size_hint().exact(),
            took: started.elapsed(),
            id: &id,
            arrival: arrival.as_ref(),
        };
        entry.tell(&self.state, &shortcut.route, Some(Outcome::Hit), None);
        let headers = response.headers_mut();
        headers.insert(REQUEST_ID, id);
        if self.state.is_draining() && request.version() <= Version::HTTP_11 {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        Some(response)
    }
}

/// Where an address is, seen from the base path.
enum Below {
    /// There is no base path.
    Same,
    /// At this address of the routes.
    Inner(Uri),
    /// Outside.
    Outside,
}

/// Whether a request has what its route must see: a body, too much, or a list in several headers.
fn is_unusual(headers: &HeaderMap) -> bool {
    let is_several = |name: HeaderName| headers.get_all(name).iter().nth(1).is_some();
    headers.contains_key(CONTENT_LENGTH)
        || headers.contains_key(TRANSFER_ENCODING)
        || is_several(ACCEPT_ENCODING)
        || is_several(IF_NONE_MATCH)
        || header_bytes(headers) > HEADER_BYTES_MAX
}

/// The same address with another path and query.
fn replaced(uri: &Uri, path_and_query: &str) -> Option<Uri> {
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path_and_query.parse().ok()?);
    Uri::from_parts(parts).ok()
}

/// A permanent redirection, or a problem. HEAD gets no body: HTTP/2 would send it.
fn outside(method: &Method, arrival: &Arrival, target: Result<HeaderValue, AppError>) -> Response {
    let mut response = match target {
        Ok(target) => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
            response.headers_mut().insert(LOCATION, target);
            response
        }
        Err(error) => error.response(Some((&arrival.path, &arrival.id))),
    };
    if method == Method::HEAD
        && let Some(length) = response.body().size_hint().exact()
    {
        response.headers_mut().insert(CONTENT_LENGTH, length.into());
        *response.body_mut() = Body::empty();
    }
    let headers = response.headers_mut();
    common_headers(headers);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REQUEST_ID, arrival.id.clone());
    response
}

/// An answer that is there, or on its way.
pub struct Answering(Way);

enum Way {
    /// It is there until it is taken.
    Ready(Option<Response>),
    /// Its route makes it.
    Routed(RouteFuture<Infallible>),
}

impl std::fmt::Debug for Answering {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match &self.0 {
            Way::Ready(_) => "an answer",
            Way::Routed(_) => "an answer on its way",
        })
    }
}

impl Future for Answering {
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.get_mut().0 {
            Way::Ready(response) => match response.take() {
                Some(response) => Poll::Ready(Ok(response)),
                None => Poll::Pending,
            },
            Way::Routed(route) => Pin::new(route).poll(context),
        }
    }
}

impl<B> Service<Request<B>> for App
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Answering {
        self.answer(request)
    }
}
