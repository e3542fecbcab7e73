//! Counters for Prometheus.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::header::{CONTENT_TYPE, HeaderName};

use crate::metrics::Gauges;
use crate::state::State;

/// The text exposition format, version 0.0.4.
pub(super) async fn metrics(
    Shared(state): Shared<Arc<State>>,
) -> ([(HeaderName, &'static str); 1], String) {
    let generation = state
        .generation()
        .ok()
        .map(|generation| (generation.edition.serial, generation.hex()));
    let gauges = Gauges {
        cache: state.answers.usage(),
        generation,
        problems: state.problems().len(),
        scenarios: state.scenarios.usage(),
    };
    (
        [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        state.metrics.text(&gauges),
    )
}
