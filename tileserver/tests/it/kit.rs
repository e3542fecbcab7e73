//! A small territory in memory and a client without a socket.
//!
//! Four zones of 2 km × 2 km in a row form two sectors; one degree is 100 km. Blocks of people, a road and demands
//! stand in them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use comarca_engine::heatmap::{Bandwidth, Heatmap, HeatmapParts, Kernel};
use comarca_engine::indicator::{
    Aggregate, Indicator, Measure, Operation, Ratio, Selection, Standard, Statistic, Term,
};
use comarca_engine::{
    Column, Layer, LayerParts, LevelParts, LonLat, Metric, Privacy, Projection, ShapesBuilder,
    Source, Territory, TerritoryParts, Title, Value,
};
use comarca_tileserver::{App, Loaded, ServerOptions, State, app};
use geo_types::{Geometry, LineString, Point, polygon};
use http_body_util::BodyExt;
use tower::ServiceExt;

/// One degree is 100 km. Heat maps pass through [`Projection::to_lonlat`], which can be held up.
#[derive(Debug, Default)]
pub(crate) struct Plane {
    closed: Mutex<bool>,
    opened: Condvar,
    entered: AtomicUsize,
}

impl Plane {
    /// From now on every heat map tile waits.
    pub(crate) fn close(&self) {
        *self.closed.lock().unwrap() = true;
        self.entered.store(0, Ordering::SeqCst);
    }

    /// Lets all that wait go on.
    pub(crate) fn open(&self) {
        *self.closed.lock().unwrap() = false;
        self.opened.notify_all();
    }

    /// How many heat map tiles have been begun since the plane was closed.
    pub(crate) fn entered(&self) -> usize {
        self.entered.load(Ordering::SeqCst)
    }
}

impl Projection for Plane {
    fn to_metric(&self, positions: &[LonLat]) -> Vec<Metric> {
        positions
            .iter()
            .map(|at| Metric {
                x_m: at.lon * 1e5,
                y_m: at.lat * 1e5,
            })
            .collect()
    }

    fn to_lonlat(&self, positions: &[Metric]) -> Vec<LonLat> {
        self.entered.fetch_add(1, Ordering::SeqCst);
        let closed = self.closed.lock().unwrap();
        drop(self.opened.wait_while(closed, |closed| *closed).unwrap());
        positions
            .iter()
            .map(|at| LonLat {
                lon: at.x_m / 1e5,
                lat: at.y_m / 1e5,
            })
            .collect()
    }
}

fn titled(es: &str, en: &str) -> Title {
    Title::new(vec![("es".into(), es.into()), ("en".into(), en.into())])
}

fn layer(
    id: &str,
    keys: &[&str],
    names: Option<&[&str]>,
    columns: Vec<Column>,
    geometries: &[Geometry<f64>],
) -> Arc<Layer> {
    let mut builder = ShapesBuilder::default();
    for geometry in geometries {
        builder.push(Some(geometry)).unwrap();
    }
    let (shapes, coordinates) = builder.build();
    let metric = coordinates
        .iter()
        .map(|&[x_m, y_m]| Metric { x_m, y_m })
        .collect();
    let lonlat = coordinates
        .iter()
        .map(|&[x, y]| LonLat {
            lon: x / 1e5,
            lat: y / 1e5,
        })
        .collect();
    let keys = keys.iter().collect();
    let names = names.map(|names| names.iter().collect());
    Arc::new(
        Layer::new(LayerParts {
            id: id.into(),
            title: titled(id, id),
            keys,
            names,
            columns,
            shapes,
            lonlat,
            metric,
        })
        .unwrap(),
    )
}

fn square(west: f64) -> Geometry<f64> {
    let east = west + 2000.0;
    Geometry::Polygon(
        polygon![(x: west, y: 0.0), (x: east, y: 0.0), (x: east, y: 2000.0), (x: west, y: 2000.0)],
    )
}

fn point(x: f64, y: f64) -> Geometry<f64> {
    Geometry::Point(Point::new(x, y))
}

/// The territory. `extra` is added to the people of the first block, for a later generation.
pub(crate) fn territory(plane: &Arc<Plane>, generation: u64, extra: i64) -> Territory {
    let theme = Column::new("theme", ["health", "green", "health"].map(Value::Text));
    let votes = Column::new("votes", [10, 5, 1].map(Value::Integer));
    let demands = layer(
        "demands",
        &["d1", "d2", "d3"],
        None,
        vec![theme, votes],
        &[
            point(600.0, 600.0),
            point(700.0, 700.0),
            point(6500.0, 1000.0),
        ],
    );
    territory_of(plane, generation, extra, &demands)
}

/// The territory with other demands.
pub(crate) fn territory_of(
    plane: &Arc<Plane>,
    generation: u64,
    extra: i64,
    demands: &Arc<Layer>,
) -> Territory {
    let zone_names = [
        "Ñuñoa Norte",
        "La Granja",
        "San \"Joaquín\", sur",
        "Pedro Ñuble",
    ];
    let zones = layer(
        "zones",
        &["z1", "z2", "z3", "z4"],
        Some(&zone_names),
        vec![],
        &[square(0.0), square(2000.0), square(4000.0), square(6000.0)],
    );
    let pop = Column::new("pop", [100 + extra, 50, 30, 7].map(Value::Integer));
    let kind = Column::new(
        "kind",
        ["urban", "urban", "rural", "rural"].map(Value::Text),
    );
    let blocks = layer(
        "blocks",
        &["1", "2", "3", "4"],
        None,
        vec![pop, kind],
        &[
            point(500.0, 500.0),
            point(1500.0, 500.0),
            point(2500.0, 1500.0),
            point(4500.0, 1000.0),
        ],
    );
    let road = layer(
        "roads",
        &["r"],
        None,
        vec![],
        &[Geometry::LineString(LineString::from(vec![
            (0.0, 1000.0),
            (8000.0, 1000.0),
        ]))],
    );
    let measure = |layer: &Arc<Layer>, column, weight| Measure {
        selection: Selection::all(Arc::clone(layer)),
        column,
        weight,
    };
    let indicator = |id: &str, unit: &str, standard, operation: Arc<dyn Operation>| Indicator {
        id: id.into(),
        title: titled(&format!("{id} (es)"), id),
        unit: unit.into(),
        code: None,
        standard,
        operation,
    };
    let standard = Standard {
        min: None,
        max: Some(0.3),
        source: "a norm".into(),
    };
    let density = Arc::new(Ratio {
        numerator: Term::Indicator("population".into()),
        denominator: Term::AreaHa,
        per: 1.0,
    });
    let indicators = vec![
        indicator(
            "population",
            "persons",
            None,
            Arc::new(Aggregate {
                statistic: Statistic::Sum,
                of: measure(&blocks, Some(0), None),
            }),
        ),
        indicator("density", "persons/ha", Some(standard), density),
        indicator(
            "mean_block",
            "persons",
            None,
            Arc::new(Aggregate {
                statistic: Statistic::Mean,
                of: measure(&blocks, Some(0), None),
            }),
        ),
    ];
    let mut columns = demands.columns().iter();
    let votes = columns.position(|column| column.name() == "votes");
    let heatmaps = vec![
        Heatmap::new(HeatmapParts {
            id: "demand".into(),
            title: titled("Demandas", "Demands"),
            of: measure(demands, None, votes),
            kernel: Kernel::Quartic,
            bandwidth: Bandwidth::Fixed(800.0),
            per: None,
            within: None,
            edge: false,
            least_features: 0,
        }),
        Heatmap::new(HeatmapParts {
            id: "people".into(),
            title: Title::default(),
            of: measure(&blocks, None, Some(0)),
            kernel: Kernel::Gaussian,
            bandwidth: Bandwidth::Fixed(300.0),
            per: None,
            within: None,
            edge: false,
            least_features: 0,
        }),
    ];
    let text = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
    let levels = vec![
        LevelParts {
            id: "zones".into(),
            title: titled("Zonas", "Zones"),
            layer: Some(Arc::clone(&zones)),
            keys: text(&["z1", "z2", "z3", "z4"]),
            names: text(&zone_names),
            parents: vec![Some(0), Some(0), Some(1), Some(1)],
        },
        LevelParts {
            id: "sectors".into(),
            title: Title::default(),
            layer: None,
            keys: text(&["s/1", "s2"]),
            names: text(&["Granja Alta", "Oriente"]),
            parents: vec![],
        },
    ];
    let parts = TerritoryParts {
        name: "Ciudad de prueba".into(),
        languages: text(&["es", "en"]),
        crs: "EPSG:32719".into(),
        layers: vec![zones, blocks, road, Arc::clone(demands)],
        levels,
        indicators,
        heatmaps,
        projection: Arc::<Plane>::clone(plane),
        generation,
    };
    let source = Source {
        id: "blocks".into(),
        title: titled("Manzanas", "Blocks"),
        location: "blocks.gpkg".into(),
        date: Some("2017".into()),
        changed: Some("2018-03-01".into()),
        attribution: Some("INE".into()),
        licence: Some("CC-BY-4.0".into()),
        rows: 4,
        joined_to: None,
    };
    Territory::new(parts).unwrap().with_sources(vec![source])
}

/// A server with a client.
pub(crate) struct Server {
    pub(crate) app: App,
    pub(crate) state: Arc<State>,
    pub(crate) plane: Arc<Plane>,
}

impl Server {
    /// Serving the territory.
    pub(crate) fn ready() -> Self {
        Self::with(ServerOptions::default())
    }

    /// Serving the territory within bounds.
    pub(crate) fn with(options: ServerOptions) -> Self {
        let server = Self::loading(options);
        server.replace(1, 0);
        server
    }

    /// Still without a territory.
    pub(crate) fn loading(options: ServerOptions) -> Self {
        let state = Arc::new(State::new(options));
        Self {
            app: app(Arc::clone(&state)),
            state,
            plane: Arc::default(),
        }
    }

    /// Serving the territory with the persons below a threshold hidden.
    pub(crate) fn hiding(threshold: u32) -> Self {
        let server = Self::loading(ServerOptions::default());
        let persons = ["population".to_owned()].into();
        let privacy = Privacy { threshold, persons };
        let territory = territory(&server.plane, 1, 0).with_privacy(&privacy);
        server.state.replace(Loaded::from(territory));
        server
    }

    /// Serves another generation.
    pub(crate) fn replace(&self, generation: u64, extra: i64) {
        let loaded = Loaded::from(territory(&self.plane, generation, extra));
        self.state.replace(Loaded {
            themes: vec!["health".into(), "safety".into()],
            ..loaded
        });
    }

    pub(crate) async fn get(&self, uri: &str) -> Answer {
        self.ask(Method::GET, uri, &[]).await
    }

    pub(crate) async fn get_with(&self, uri: &str, headers: &[(&str, &str)]) -> Answer {
        self.ask(Method::GET, uri, headers).await
    }

    pub(crate) async fn ask(&self, method: Method, uri: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: body.collect().await.unwrap().to_bytes().to_vec(),
        }
    }

    /// A counter of `/metrics`.
    pub(crate) async fn metric(&self, name: &str) -> f64 {
        let text = self.get("/metrics").await.text();
        let line = text.lines().find(|line| {
            line.strip_prefix(name)
                .is_some_and(|rest| rest.starts_with(' '))
        });
        line.unwrap_or_else(|| panic!("{name} in {text}"))
            .rsplit(' ')
            .next()
            .unwrap()
            .parse()
            .unwrap()
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|cause| panic!("{cause}: {}", String::from_utf8_lossy(&self.body)))
    }

    /// Asserts 200 and gives the document.
    pub(crate) fn ok(&self) -> serde_json::Value {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.body));
        self.json()
    }

    /// Asserts a problem document of a status and gives its detail.
    pub(crate) fn problem(&self, status: u16) -> String {
        assert_eq!(
            self.status,
            status,
            "{}",
            String::from_utf8_lossy(&self.body)
        );
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["status"], status);
        assert_eq!(problem["type"], "about:blank");
        assert!(
            problem["title"].is_string() && problem["instance"].is_string(),
            "{problem}"
        );
        problem["detail"].as_str().unwrap().to_owned()
    }
}
