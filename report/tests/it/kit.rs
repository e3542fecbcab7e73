//! Small territories whose figures are given, and sheets read by an HTML parser.

use std::collections::BTreeMap;
use std::sync::Arc;

use comarca_engine::indicator::{Figure, Indicator, LevelFigures, Operation, RollUp, Swap};
use comarca_engine::{
    Column, Layer, LayerParts, LevelParts, LonLat, Metric, Projection, ShapesBuilder, Territory,
    TerritoryParts, Title,
};
use comarca_report::{Language, Place, Report};
use geo_types::Geometry;
use html5ever::tendril::TendrilSink;
use html5ever::{ParseOpts, parse_document};
use markup5ever_rcdom::{Handle, NodeData, RcDom};

/// The bottom of everything: the finest level, its first territory.
pub(crate) const FIRST: Place = Place { level: 0, row: 0 };

/// A report in a language without anything from outside.
pub(crate) fn report(territory: &Territory, language: Language) -> Report<'_> {
    Report {
        territory,
        language,
        date: None,
        link: None,
    }
}

/// One degree is 100 km.
#[derive(Debug)]
struct Plane;

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
        positions
            .iter()
            .map(|at| LonLat {
                lon: at.x_m / 1e5,
                lat: at.y_m / 1e5,
            })
            .collect()
    }
}

pub(crate) fn layer(
    id: &str,
    title: Title,
    named: &[(&str, &str)],
    columns: Vec<Column>,
    geometries: &[Option<Geometry<f64>>],
) -> Arc<Layer> {
    let mut builder = ShapesBuilder::default();
    geometries
        .iter()
        .for_each(|geometry| builder.push(geometry.as_ref()).unwrap());
    let (shapes, coordinates) = builder.build();
    let metric: Vec<Metric> = coordinates
        .iter()
        .map(|&[x_m, y_m]| Metric { x_m, y_m })
        .collect();
    let parts = LayerParts {
        id: id.to_owned(),
        title,
        keys: named.iter().map(|(key, _)| key).collect(),
        names: Some(named.iter().map(|(_, name)| name).collect()),
        columns,
        shapes,
        lonlat: Plane.to_lonlat(&metric),
        metric,
    };
    Arc::new(Layer::new(parts).unwrap())
}

/// A level `zones` without parents, other layers and indicators.
pub(crate) fn territory(
    zones: Arc<Layer>,
    others: Vec<Arc<Layer>>,
    indicators: Vec<Indicator>,
) -> Territory {
    let own = |text: fn(&Layer, usize) -> &str| {
        (0..zones.len())
            .map(|row| text(&zones, row).to_owned())
            .collect()
    };
    let level = LevelParts {
        id: "zones".to_owned(),
        title: Title::plain("Zonas"),
        keys: own(Layer::key),
        names: own(Layer::name),
        parents: vec![],
        layer: Some(Arc::clone(&zones)),
    };
    Territory::new(TerritoryParts {
        name: "Ciudad".to_owned(),
        languages: vec!["es".to_owned(), "en".to_owned()],
        crs: "EPSG:32719".to_owned(),
        layers: [zones].into_iter().chain(others).collect(),
        levels: vec![level],
        indicators,
        heatmaps: vec![],
        projection: Arc::new(Plane),
        generation: 1,
    })
    .unwrap()
}

/// An operation with given figures: the same for all territories of a level.
#[derive(Clone, Debug)]
pub(crate) struct Given(pub(crate) Figure, pub(crate) RollUp);

impl Operation for Given {
    fn op(&self) -> &'static str {
        "given"
    }

    fn formula(&self) -> String {
        "as <given>".to_owned()
    }

    fn roll_up(&self) -> RollUp {
        self.1
    }

    fn swapped(&self, _: Swap<'_>) -> Arc<dyn Operation> {
        Arc::new(self.clone())
    }

    fn evaluate(&self, territory: &Territory) -> Vec<LevelFigures> {
        territory
            .levels()
            .iter()
            .map(|level| vec![self.0; level.len()])
            .collect()
    }
}

pub(crate) fn given(id: &str, figure: Figure) -> Indicator {
    Indicator {
        id: id.to_owned(),
        title: Title::default(),
        unit: String::new(),
        code: None,
        standard: None,
        operation: Arc::new(Given(figure, RollUp::Ratio)),
    }
}

/// A parsed document.
pub(crate) struct Page {
    dom: RcDom,
}

/// An element with its attributes and all text inside.
#[derive(Debug)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) text: String,
    handle: Handle,
}

impl Page {
    /// Fails where a browser would have to forgive anything.
    pub(crate) fn parse(html: &str) -> Self {
        let dom = parse_document(RcDom::default(), ParseOpts::default()).one(html);
        assert!(dom.errors.borrow().is_empty(), "{:?}", dom.errors.borrow());
        Self { dom }
    }

    pub(crate) fn elements(&self) -> Vec<Element> {
        descendants(&self.dom.document)
    }

    pub(crate) fn named(&self, name: &str) -> Vec<Element> {
        self.elements()
            .into_iter()
            .filter(|element| element.name == name)
            .collect()
    }

    /// Elements with an attribute of a value.
    pub(crate) fn with(&self, attribute: &str, value: &str) -> Vec<Element> {
        let has = |element: &Element| {
            element
                .attributes
                .get(attribute)
                .is_some_and(|own| own == value)
        };
        self.elements().into_iter().filter(has).collect()
    }

    /// All that can be read on the page.
    pub(crate) fn text(&self) -> String {
        self.named("body").remove(0).text
    }
}

impl Element {
    /// Elements inside with a name.
    pub(crate) fn inside(&self, name: &str) -> Vec<Self> {
        descendants(&self.handle)
            .into_iter()
            .filter(|element| element.name == name)
            .collect()
    }
}

fn descendants(node: &Handle) -> Vec<Element> {
    let mut found = vec![];
    for child in node.children.borrow().iter() {
        if let NodeData::Element { name, attrs, .. } = &child.data {
            let attributes = attrs.borrow();
            let pair = |attribute: &html5ever::Attribute| {
                (
                    attribute.name.local.to_string(),
                    attribute.value.to_string(),
                )
            };
            found.push(Element {
                name: name.local.to_string(),
                attributes: attributes.iter().map(pair).collect(),
                text: text(child),
                handle: Handle::clone(child),
            });
        }
        found.extend(descendants(child));
    }
    found
}

fn text(node: &Handle) -> String {
    match &node.data {
        NodeData::Text { contents } => contents.borrow().to_string(),
        _ => node.children.borrow().iter().map(text).collect(),
    }
}
