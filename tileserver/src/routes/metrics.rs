//! Counters for Prometheus.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::header::{CONTENT_TYPE, HeaderName};

use crate::metrics::{Gauges, GenerationGauges};
use crate::process::Process;
use crate::state::State;

/// The text exposition format, version 0.0.4.
pub(super) async fn metrics(
    Shared(state): Shared<Arc<State>>,
) -> ([(HeaderName, &'static str); 1], String) {
    let generation = state.generation().ok().map(|generation| {
        let (load, age) = state.load_and_age();
        GenerationGauges {
            serial: generation.edition.serial,
            load,
            age,
        }
    });
    let gauges = Gauges {
        cache: state.answers.usage(),
        queue: state.work.queue(),
        generation,
        problems: state.problems().len(),
        scenarios: state.scenarios.usage(),
        process: Process::now(),
    };
    (
        [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        state.metrics.text(&gauges),
    )
}
