//! Which handler answers which path.

mod asked;
mod assemblies;
mod budget;
mod catalog;
mod demands;
mod emerging;
mod fonts;
mod health;
pub(crate) mod heatmaps;
pub(crate) mod hexagons;
mod indicators;
mod metrics;
mod ogc;
mod plans;
mod priorities;
mod reports;
mod scenarios;
mod session;
mod stats;
mod styles;
mod summary;
mod territories;
pub(crate) mod tilejson;
pub(crate) mod tiles;
mod tilesets;
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

use self::ogc::{collections, items};
pub(crate) use self::tiles::MVT;
use crate::app::App;
use crate::error::{AppError, BODY_BYTES_MAX, METHODS};
use crate::metrics::{HEATMAP_ROUTE, HEXAGONS_ROUTE, SCENARIOS_ROUTE, TILE_ROUTE};
use crate::observe::observe;
use crate::scenario::SCENARIO_BODY_BYTES_MAX;
use crate::state::State;

/// The routes with the list of their paths, which the router keeps to itself.
#[derive(Default)]
struct Routes {
    router: Router<Arc<State>>,
    paths: Vec<&'static str>,
}

impl Routes {
    fn route(mut self, path: &'static str, methods: MethodRouter<Arc<State>>) -> Self {
        self.paths.push(path);
        Self {
            router: self.router.route(path, methods),
            ..self
        }
    }
}

/// The whole server as a service, without a socket.
pub fn app(state: Arc<State>) -> App {
    App::new(router(Arc::clone(&state)), state)
}

fn router(state: Arc<State>) -> Router {
    let router = routes().router;
    router
        .fallback(viewer::file)
        .method_not_allowed_fallback(async || AppError::MethodNotAllowed(METHODS))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(Arc::clone(&state), observe))
        .with_state(state)
}

fn routes() -> Routes {
    Routes::default()
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
        .route(
            "/demands/{id}",
            writing(one_demand(demands::read), demands::ONE),
        )
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
        .route("/styles", read(styles::list))
        .route("/styles/{name}", read(styles::style))
        .route("/fonts", read(fonts::list))
        .route("/fonts/{fontstack}/{range}", read(fonts::glyphs))
        .route("/session", read(session::session))
        .route(ogc::LANDING, read(ogc::landing))
        .route("/ogc/api", read(ogc::api::api))
        .route("/ogc/conformance", read(ogc::conformance))
        .route("/ogc/collections", read(collections::list))
        .route("/ogc/collections/{collection}", read(collections::one))
        .route(
            "/ogc/collections/{collection}/queryables",
            read(collections::queryables),
        )
        .route(
            "/ogc/collections/{collection}/schema",
            read(collections::features_schema),
        )
        .route("/ogc/collections/{collection}/items", read(items::list))
        .route(
            "/ogc/collections/{collection}/items/{feature}",
            read(items::one),
        )
        .route(
            items::OF_DEMANDS,
            writing(
                get(items::list_demands).post(demands::create),
                demands::LIST,
            ),
        )
        .route(
            items::DEMAND,
            writing(one_demand(items::demand), demands::ONE),
        )
        .route("/ogc/tileMatrixSets", read(ogc::tiles::matrix_sets))
        .route("/ogc/tileMatrixSets/{set}", read(ogc::tiles::matrix_set))
        .route(
            "/ogc/collections/{collection}/tiles",
            read(ogc::tiles::of_collection),
        )
        .route(
            "/ogc/collections/{collection}/tiles/{set}",
            read(ogc::tiles::tileset),
        )
        .route(
            "/ogc/collections/{collection}/tiles/{set}/{matrix}/{row}/{column}",
            read(ogc::tiles::tile),
        )
        .route("/ogc/tiles", read(ogc::tiles::of_dataset))
        .route("/ogc/tiles/{set}", read(ogc::tiles::dataset_tileset))
        .route(
            "/ogc/tiles/{set}/{matrix}/{row}/{column}",
            read(ogc::tiles::dataset_tile),
        )
        .route(SCENARIOS_ROUTE, making())
        .route("/scenarios/{id}", keeping())
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

fn one_demand<T: 'static>(read: impl Handler<T, Arc<State>>) -> MethodRouter<Arc<State>> {
    get(read)
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

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use axum::body::Body;
    use axum::http::header::ALLOW;
    use axum::http::{Method, Request};
    use tower::ServiceExt;

    use super::*;
    use crate::openapi::entries;
    use crate::state::ServerOptions;

    #[test]
    fn every_route_is_in_the_openapi_document_and_the_other_way_round() {
        let routes: BTreeSet<&str> = routes().paths.into_iter().collect();
        let documented: BTreeSet<&str> = entries(None).iter().map(|entry| entry.route).collect();
        assert_eq!(routes, documented);
    }

    #[tokio::test]
    async fn every_method_of_a_route_is_in_the_openapi_document_and_the_other_way_round() {
        let mut documented: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for entry in entries(None) {
            let methods = entry
                .methods
                .iter()
                .map(|(method, _)| method.to_uppercase());
            documented.entry(entry.route).or_default().extend(methods);
        }
        let app = app(Arc::new(State::new(ServerOptions::default())));
        for (route, methods) in documented {
            let request = Request::builder()
                .method(Method::OPTIONS)
                .uri(route.replace(['{', '}'], ""));
            let response = app
                .clone()
                .oneshot(request.body(Body::empty()).unwrap())
                .await
                .unwrap();
            let allowed = response.headers()[ALLOW].to_str().unwrap().split(", ");
            let implied = ["HEAD", "OPTIONS"];
            let allowed: BTreeSet<String> = allowed
                .filter(|method| !implied.contains(method))
                .map(str::to_owned)
                .collect();
            assert_eq!(allowed, methods, "{route}");
        }
    }
}
