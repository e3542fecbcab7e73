//! Spans of requests, for a collector of OpenTelemetry.
//!
//! Each request is one span with the names of OpenTelemetry's semantic conventions for HTTP servers, below the span that
//! its `traceparent` names (W3C Trace Context). Spans go to the collector in batches from a thread of their own: a
//! collector that is slow or away delays no answer, its spans are dropped and the log says so.

use std::time::{Duration, SystemTime};

use opentelemetry::trace::{SpanBuilder, SpanKind, Status, TraceContextExt, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{ExporterBuildError, Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, TracerProviderBuilder};
use thiserror::Error;

use crate::metrics::{Outcome, RouteStats};
use crate::observe::Entry;

/// How long the end of the program waits for the collector.
const CLOSE_MAX: Duration = Duration::from_secs(2);

/// Where spans of requests go.
///
/// The variables of OpenTelemetry's specification hold: `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`,
/// `OTEL_TRACES_SAMPLER`, `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_BSP_MAX_QUEUE_SIZE` and their like.
#[derive(Debug)]
pub struct Traces {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

/// Why spans cannot be sent.
#[derive(Debug, Error)]
#[error(
    "spans cannot be sent to {endpoint:?}: {cause}; it should be the address of a collector such as http://127.0.0.1:4318"
)]
pub struct TracesError {
    endpoint: String,
    #[source]
    cause: ExporterBuildError,
}

impl Traces {
    /// Sends spans to a collector such as `http://127.0.0.1:4318`, by OTLP over HTTP at its `/v1/traces`.
    ///
    /// # Errors
    /// Where `endpoint` is no address. Nothing is sent yet, so a collector that is away is no error here.
    pub fn to(endpoint: &str) -> Result<Self, TracesError> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
            .build();
        let exporter = exporter.map_err(|cause| TracesError {
            endpoint: endpoint.to_owned(),
            cause,
        })?;
        let builder = SdkTracerProvider::builder().with_batch_exporter(exporter);
        Ok(Self::new(builder))
    }

    fn new(builder: TracerProviderBuilder) -> Self {
        let resource = Resource::builder().with_attribute(version());
        // A name that the operator gives comes before ours.
        let resource = match std::env::var_os("OTEL_SERVICE_NAME") {
            Some(_) => resource,
            None => resource.with_service_name("comarca"),
        };
        let provider = builder.with_resource(resource.build()).build();
        let tracer = provider.tracer("comarca");
        Self { provider, tracer }
    }

    /// The span of a request that has been answered just now.
    pub(crate) fn request(&self, entry: &Entry<'_>, route: &RouteStats, outcome: Option<Outcome>) {
        let ended = SystemTime::now();
        let parent = entry.arrival.and_then(|arrival| arrival.trace.clone());
        let parent = match parent {
            Some(parent) => Context::new().with_remote_span_context(parent),
            None => Context::new(),
        };
        let status = match entry.status {
            500.. => Status::error(""),
            _ => Status::Unset,
        };
        let mut span = SpanBuilder::from_name(format!("{} {}", entry.method, route.name()))
            .with_kind(SpanKind::Server)
            .with_start_time(ended.checked_sub(entry.took).unwrap_or(ended))
            .with_attributes(attributes(entry, route, outcome))
            .start_with_context(&self.tracer, &parent);
        opentelemetry::trace::Span::set_status(&mut span, status);
        opentelemetry::trace::Span::end_with_timestamp(&mut span, ended);
    }

    /// Sends what is still here, for two seconds at most; afterwards nothing is sent any more.
    pub fn close(&self) {
        if let Err(error) = self.provider.shutdown_with_timeout(CLOSE_MAX) {
            tracing::warn!(%error, "the last spans were not sent");
        }
    }
}

fn version() -> KeyValue {
    KeyValue::new("service.version", env!("CARGO_PKG_VERSION"))
}

/// What the conventions ask of a server's span, and what only this server has. The query is left out, as in the log.
fn attributes(entry: &Entry<'_>, route: &RouteStats, outcome: Option<Outcome>) -> Vec<KeyValue> {
    let id = entry.id.to_str().unwrap_or_default();
    let mut attributes = vec![
        KeyValue::new("http.request.method", entry.method.to_string()),
        KeyValue::new("http.route", route.name().to_owned()),
        KeyValue::new("http.response.status_code", i64::from(entry.status)),
        KeyValue::new("url.path", entry.path.to_owned()),
        KeyValue::new("comarca.request.id", id.to_owned()),
    ];
    let bytes = entry.bytes.and_then(|bytes| i64::try_from(bytes).ok());
    attributes.extend(bytes.map(|bytes| KeyValue::new("http.response.body.size", bytes)));
    if route.is_tile() {
        let outcome = Outcome::of(entry.status, outcome);
        attributes.push(KeyValue::new("comarca.tile.outcome", outcome.name()));
    }
    if let Some(arrival) = entry.arrival {
        attributes.push(KeyValue::new("url.scheme", arrival.scheme()));
        let client = arrival.client();
        attributes.extend(client.map(|at| KeyValue::new("client.address", at.to_string())));
    }
    attributes
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, Method};
    use opentelemetry::Value;
    use opentelemetry_sdk::trace::{InMemorySpanExporter, SpanData};

    use super::*;
    use crate::arrival::{Arrival, Forwarded, Line};
    use crate::metrics::Metrics;

    /// The span of a request for a tile that took some time.
    fn span(status: u16, traceparent: Option<&'static str>) -> SpanData {
        let exporter = InMemorySpanExporter::default();
        let builder = SdkTracerProvider::builder().with_simple_exporter(exporter.clone());
        let traces = Traces::new(builder);
        let headers: HeaderMap = traceparent
            .map(|parent| {
                (
                    "traceparent".parse().unwrap(),
                    HeaderValue::from_static(parent),
                )
            })
            .into_iter()
            .collect();
        let arrival = Arrival {
            id: HeaderValue::from_static("a1"),
            path: "/tiles/x/0/0/0.mvt".to_owned(),
            line: Line {
                peer: Some("10.0.0.9".parse().unwrap()),
                is_tls: true,
            },
            forwarded: Forwarded::default(),
            trace: Arrival::trace(&headers),
            serial: None,
        };
        let entry = Entry {
            method: &Method::GET,
            path: &arrival.path,
            status,
            bytes: Some(7),
            took: Duration::from_millis(40),
            id: &arrival.id,
            arrival: Some(&arrival),
        };
        let route = Metrics::default().route("/tiles/{layers}/{z}/{x}/{y}");
        traces.request(&entry, &route, Some(Outcome::Miss));
        let mut spans = exporter.get_finished_spans().unwrap();
        assert_eq!(spans.len(), 1);
        spans.remove(0)
    }

    fn attribute(span: &SpanData, name: &str) -> Option<Value> {
        let found = span.attributes.iter().find(|one| one.key.as_str() == name);
        found.map(|one| one.value.clone())
    }

    #[test]
    fn a_request_is_a_span_of_a_server_with_the_conventions_names() {
        let span = span(200, None);
        assert_eq!(span.name, "GET /tiles/{layers}/{z}/{x}/{y}");
        assert_eq!(span.span_kind, SpanKind::Server);
        assert_eq!(span.status, Status::Unset);
        let took = span.end_time.duration_since(span.start_time).unwrap();
        assert_eq!(took, Duration::from_millis(40));
        for (name, value) in [
            ("http.request.method", "GET".into()),
            ("http.route", "/tiles/{layers}/{z}/{x}/{y}".into()),
            ("http.response.status_code", 200.into()),
            ("http.response.body.size", 7.into()),
            ("url.path", "/tiles/x/0/0/0.mvt".into()),
            ("url.scheme", "https".into()),
            ("client.address", "10.0.0.9".into()),
            ("comarca.request.id", "a1".into()),
            ("comarca.tile.outcome", "miss".into()),
        ] {
            assert_eq!(attribute(&span, name), Some(value), "{name}");
        }
    }

    #[test]
    fn a_span_hangs_below_that_of_its_client_and_only_our_own_failures_are_errors() {
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let below = span(404, Some(parent));
        let trace = below.span_context.trace_id().to_string();
        assert_eq!(trace, "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(below.parent_span_id.to_string(), "00f067aa0ba902b7");
        assert_eq!(below.status, Status::Unset);
        assert_eq!(
            attribute(&below, "comarca.tile.outcome"),
            Some("error".into())
        );
        assert_eq!(span(500, None).status, Status::error(""));
    }

    #[test]
    fn an_address_that_is_none_is_refused() {
        let refused = Traces::to("http://a b").map(|_| ()).unwrap_err();
        assert!(
            refused.to_string().contains("http://127.0.0.1:4318"),
            "{refused}"
        );
    }
}
