//! Which handler answers which path.

mod assemblies;
mod budget;
mod catalog;
mod demands;
mod emerging;
mod health;
mod heatmaps;
mod hexagons;
mod indicators;
mod metrics;
mod ogc;
mod plans;
mod priorities;
mod reports;
mod scenarios;
mod session;
mod stats;
mod summary;
mod territories;
mod tilejson;
pub(crate) mod tiles;
mod viewer;

use std::any::Any;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::StatusCode;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_MAX_AGE, ALLOW,
    HeaderName,
};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use tower_http::catch_panic::CatchPanicLayer;

use crate::app::App;
use crate::error::{AppError, BODY_BYTES_MAX, METHODS};
use crate::metrics::{HEATMAP_ROUTE, HEXAGONS_ROUTE, SCENARIOS_ROUTE, TILE_ROUTE};
use crate::observe::observe;
use crate::scenario::SCENARIO_BODY_BYTES_MAX;
use crate::state::State;

/// The whole server as a service, without a socket.
pub fn app(state: Arc<State>) -> App {
    App::new(router(Arc::clone(&state)), state)
}

fn router(state: Arc<State>) -> Router {
    Router::new()
        .route("/", read(viewer::index))
        .route("/health", read(health::health))
        .route("/ready", read(health::ready))
        .route("/metrics", read(metrics::metrics))
        .route("/catalog", read(catalog::catalog))
        .route("/tiles/{layers}", read(tilejson::tilejson))
        .route(TILE_ROUTE, read(tiles::tile))
        .route("/indicators", read(indicators::list))
        .route("/indicators/{id}", read(indicators::values))
        .route("/stats/emerging", read(emerging::spots))
        .route("/stats/{statistic}", read(stats::statistics))
        .route("/territories", read(territories::search))
        .route("/territories/{level}/{key}", read(territories::card))
        .route("/reports/{level}/{file}", read(reports::sheet))
        .route("/heatmaps/{id}", read(heatmaps::tilejson))
        .route(HEATMAP_ROUTE, read(heatmaps::tile))
        .route(
            "/demands",
            writing(get(demands::list).post(demands::create), demands::LIST),
        )
        .route("/demands/budget", read(budget::budget))
        .route("/demands/priorities", read(priorities::priorities))
        .route("/demands/summary", read(summary::summary))
        .route("/demands/{id}", writing(one_demand(), demands::ONE))
        .route("/demands/{id}/history", read(demands::history))
        .route(
            "/assemblies",
            writing(
                get(assemblies::list).post(assemblies::create),
                demands::LIST,
            ),
        )
        .route("/assemblies/{id}", writing(one_assembly(), demands::ONE))
        .route("/hexagons/{layer}", read(hexagons::tilejson))
        .route(HEXAGONS_ROUTE, read(hexagons::tile))
        .route("/plans/{level}/{file}", read(plans::plan))
        .route("/session", read(session::session))
        .route(ogc::COLLECTION, read(ogc::collection))
        .route(
            ogc::ITEMS,
            writing(get(ogc::items).post(demands::create), demands::LIST),
        )
        .route(ogc::ITEM, writing(one_demand(), demands::ONE))
        .route(SCENARIOS_ROUTE, making())
        .route("/scenarios/{id}", keeping())
        .fallback(viewer::file)
        .method_not_allowed_fallback(async || AppError::MethodNotAllowed(METHODS))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(Arc::clone(&state), observe))
        .with_state(state)
}

/// GET, HEAD (a GET without its body) and OPTIONS.
fn read<T: 'static>(handler: impl Handler<T, Arc<State>>) -> MethodRouter<Arc<State>> {
    get(handler).options(preflight)
}

/// POST of a scenario, from pages of any origin: it changes no data and names nobody.
fn making() -> MethodRouter<Arc<State>> {
    #[expect(clippy::cast_possible_truncation, reason = "256 KiB")]
    let limit = DefaultBodyLimit::max(SCENARIO_BODY_BYTES_MAX as usize);
    post(scenarios::create)
        .layer(limit)
        .options(async || allowed(scenarios::MAKING))
        .fallback(async || AppError::MethodNotAllowed(scenarios::MAKING))
}

/// GET, HEAD and DELETE of a scenario.
fn keeping() -> MethodRouter<Arc<State>> {
    get(scenarios::read)
        .delete(scenarios::forget)
        .options(async || allowed(scenarios::KEEPING))
        .fallback(async || AppError::MethodNotAllowed(scenarios::KEEPING))
}

fn one_demand() -> MethodRouter<Arc<State>> {
    get(demands::read)
        .put(demands::replace)
        .patch(demands::patch)
        .delete(demands::delete)
}

fn one_assembly() -> MethodRouter<Arc<State>> {
    get(assemblies::read)
        .put(assemblies::replace)
        .patch(assemblies::patch)
        .delete(assemblies::delete)
}

/// What is read by everyone and written with a token. A page of another origin may write too: its user has to have the token.
fn writing(methods: MethodRouter<Arc<State>>, names: &'static str) -> MethodRouter<Arc<State>> {
    #[expect(clippy::cast_possible_truncation, reason = "64 KiB")]
    let limit = DefaultBodyLimit::max(BODY_BYTES_MAX as usize);
    methods
        .layer(limit)
        .options(async move || allowed(names))
        .fallback(async move || AppError::MethodNotAllowed(names))
}

type Preflight = (StatusCode, [(HeaderName, &'static str); 4]);

async fn preflight() -> Preflight {
    allowed(METHODS)
}

/// What may be asked here, from pages of any origin.
fn allowed(methods: &'static str) -> Preflight {
    let headers = [
        (ALLOW, methods),
        (ACCESS_CONTROL_ALLOW_METHODS, methods),
        (ACCESS_CONTROL_ALLOW_HEADERS, "*"),
        (ACCESS_CONTROL_MAX_AGE, "86400"),
    ];
    (StatusCode::NO_CONTENT, headers)
}

/// The last resort: a bug costs one answer, not the server. The panic hook has logged it.
fn panicked(_: Box<dyn Any + Send>) -> Response {
    AppError::Internal.into_response()
}
