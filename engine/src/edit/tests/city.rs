//! A small city as plain lists of features, from which layers and territories are built afresh.

use std::sync::Arc;

use geo_types::{Geometry, Point, Rect};

use crate::Filter;
use crate::column::{ColumnBuilder, ColumnType, Value};
use crate::heatmap::{Bandwidth, Heatmap, HeatmapParts, Kernel};
use crate::indicator::{
    Access, Aggregate, Capacity, Coverage, Indicator, Measure, Nearest, Operation, Ratio,
    Selection, Statistic, Summary, Term,
};
use crate::layer::{Layer, LayerParts};
use crate::shapes::ShapesBuilder;
use crate::space::{LonLat, Metric, Projection};
use crate::territory::{LevelParts, Territory, TerritoryParts};
use crate::title::Title;

/// One degree is 100 km, and nothing farther than 5 degrees can be projected.
#[derive(Debug)]
pub(super) struct Plane;

impl Projection for Plane {
    fn to_metric(&self, positions: &[LonLat]) -> Vec<Metric> {
        let metres = |degrees: f64| match degrees.abs() < 5.0 {
            true => degrees * 1e5,
            false => f64::NAN,
        };
        let one = |at: &LonLat| Metric {
            x_m: metres(at.lon),
            y_m: metres(at.lat),
        };
        positions.iter().map(one).collect()
    }

    fn to_lonlat(&self, positions: &[Metric]) -> Vec<LonLat> {
        let one = |at: &Metric| LonLat {
            lon: at.x_m / 1e5,
            lat: at.y_m / 1e5,
        };
        positions.iter().map(one).collect()
    }
}

/// A value that owns its text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Null,
    Whole(i64),
    Real(f64),
    Text(String),
}

impl Cell {
    pub(super) fn value(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Whole(number) => Value::Integer(*number),
            Self::Real(number) => Value::Real(*number),
            Self::Text(text) => Value::Text(text),
        }
    }
}

/// A feature of the model.
#[derive(Clone, Debug)]
pub(super) struct Feature {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) geometry: Geometry<f64>,
    pub(super) cells: Vec<Cell>,
}

/// A layer of the model.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) id: &'static str,
    pub(super) columns: Vec<(&'static str, ColumnType)>,
    pub(super) features: Vec<Feature>,
}

impl Table {
    pub(super) fn layer(&self) -> Layer {
        let mut builder = ShapesBuilder::default();
        for feature in &self.features {
            builder.push(Some(&feature.geometry)).unwrap();
        }
        let (shapes, coordinates) = builder.build();
        let lonlat: Vec<LonLat> = coordinates
            .into_iter()
            .map(|[lon, lat]| LonLat { lon, lat })
            .collect();
        let column = |(position, &(name, kind)): (usize, &(&str, ColumnType))| {
            let mut column = ColumnBuilder::of_type(name, Some(kind));
            for feature in &self.features {
                column.push(feature.cells[position].value());
            }
            column.build()
        };
        let parts = LayerParts {
            id: self.id.to_owned(),
            title: Title::default(),
            keys: self.features.iter().map(|feature| &feature.key).collect(),
            names: Some(self.features.iter().map(|feature| &feature.name).collect()),
            columns: self.columns.iter().enumerate().map(column).collect(),
            shapes,
            metric: Plane.to_metric(&lonlat),
            lonlat,
        };
        Layer::new(parts).unwrap()
    }
}

fn feature(key: &str, geometry: Geometry<f64>, cells: Vec<Cell>) -> Feature {
    Feature {
        key: key.to_owned(),
        name: format!("the {key}"),
        geometry,
        cells,
    }
}

pub(super) fn point(lon: f64, lat: f64) -> Geometry<f64> {
    Point::new(lon, lat).into()
}

pub(super) fn square(west: f64, south: f64, side: f64) -> Geometry<f64> {
    let rect = Rect::new((west, south), (west + side, south + side));
    Geometry::Polygon(rect.to_polygon())
}

/// Sixteen zones of 2 km, 100 blocks, a few health centres and demands.
pub(super) fn city() -> [Table; 4] {
    use ColumnType::{Integer, Real, Text};

    let zones = (0..16).map(|number| {
        let (x, y) = (f64::from(number % 4), f64::from(number / 4));
        feature(
            &format!("z{number}"),
            square(0.02 * x, 0.02 * y, 0.02),
            vec![],
        )
    });
    let blocks = (0..100_u8).map(|number| {
        let (x, y) = (f64::from(number % 10), f64::from(number / 10));
        let people = match number % 7 {
            0 => Cell::Null,
            rest => Cell::Whole(i64::from(rest) * 31 + i64::from(number)),
        };
        let kind = Cell::Text(["urban", "rural"][usize::from(number % 3 == 0)].to_owned());
        let place = square(0.008 * x + 0.0003 * y, 0.0079 * y, 0.0041);
        feature(&format!("b{number}"), place, vec![people, kind])
    });
    let health = (0..9_u8).map(|number| {
        let (x, y) = (f64::from(number % 3), f64::from(number / 3));
        let kind = Cell::Text(["post", "centre", "hospital"][usize::from(number % 3)].to_owned());
        let place = point(0.011 + 0.027 * x, 0.013 + 0.026 * y);
        feature(
            &format!("h{number}"),
            place,
            vec![kind, Cell::Real(1.5 + f64::from(number))],
        )
    });
    let demands = (0..20_u8).map(|number| {
        let place = point(0.004 * f64::from(number), 0.07 - 0.0031 * f64::from(number));
        feature(
            &format!("d{number}"),
            place,
            vec![Cell::Whole(i64::from(number) + 1)],
        )
    });
    [
        table("zones", vec![], zones),
        table("blocks", vec![("pop", Integer), ("kind", Text)], blocks),
        table("health", vec![("type", Text), ("capacity", Real)], health),
        table("demands", vec![("votes", Integer)], demands),
    ]
}

fn table(
    id: &'static str,
    columns: Vec<(&'static str, ColumnType)>,
    features: impl Iterator<Item = Feature>,
) -> Table {
    Table {
        id,
        columns,
        features: features.collect(),
    }
}

/// A territory of three levels with one indicator of each kind, and more of them.
pub(super) fn territory(tables: &[Table; 4], more: Vec<Indicator>) -> Territory {
    let layers = tables.each_ref().map(|table| Arc::new(table.layer()));
    let [zones, blocks, health, demands] = &layers;
    let mut indicators = indicators(blocks, health, demands);
    indicators.extend(more);
    let texts = |all: Vec<String>| all;
    let keys: Vec<String> = zones.keys().iter().map(str::to_owned).collect();
    let finest = LevelParts {
        id: "districts".to_owned(),
        title: Title::default(),
        layer: Some(Arc::clone(zones)),
        names: vec![String::new(); keys.len()],
        keys,
        parents: (0..16)
            .map(|zone| (zone != 5).then_some(zone / 8))
            .collect(),
    };
    let halves = LevelParts {
        id: "halves".to_owned(),
        title: Title::default(),
        layer: None,
        keys: texts(vec!["south".to_owned(), "north".to_owned()]),
        names: vec![String::new(); 2],
        parents: vec![],
    };
    let heat = |bandwidth_m: Option<f64>| {
        let of = measure(demands, None, Some(0));
        let id = format!("heat{}", u8::from(bandwidth_m.is_none()));
        Heatmap::new(HeatmapParts {
            id,
            title: Title::default(),
            of,
            kernel: Kernel::Quartic,
            bandwidth: bandwidth_m.map_or(Bandwidth::Scott, Bandwidth::Fixed),
            per: None,
            within: None,
            edge: false,
            least_features: 0,
        })
    };
    let parts = TerritoryParts {
        name: "city".to_owned(),
        languages: vec![],
        crs: "none".to_owned(),
        heatmaps: vec![heat(Some(900.0)), heat(None)],
        levels: vec![finest, halves],
        layers: layers.to_vec(),
        indicators,
        projection: Arc::new(Plane),
        generation: 1,
    };
    Territory::new(parts).unwrap()
}

fn measure(layer: &Arc<Layer>, column: Option<usize>, weight: Option<usize>) -> Measure {
    Measure {
        selection: Selection::all(Arc::clone(layer)),
        column,
        weight,
    }
}

pub(super) fn indicator(id: &str, operation: impl Operation + 'static) -> Indicator {
    Indicator {
        id: id.to_owned(),
        title: Title::default(),
        unit: String::new(),
        code: None,
        standard: None,
        operation: Arc::new(operation),
    }
}

fn indicators(blocks: &Arc<Layer>, health: &Arc<Layer>, demands: &Arc<Layer>) -> Vec<Indicator> {
    let statistic = |statistic, of| Aggregate { statistic, of };
    let people = || measure(blocks, None, Some(0));
    let only = |text: &str, layer: &Arc<Layer>| {
        let filter = Filter::parse(text).unwrap();
        Selection::all(Arc::clone(layer)).narrowed(filter).unwrap()
    };
    let open = || only("type <> 'hospital'", health);
    let pop = || measure(blocks, Some(0), None);
    let urban = Measure {
        selection: only("kind = 'urban' AND key <> 'b3'", blocks),
        ..pop()
    };
    let rate = Ratio {
        numerator: Term::Indicator("demands".to_owned()),
        denominator: Term::Indicator("population".to_owned()),
        per: 1000.0,
    };
    let density = Ratio {
        numerator: Term::Indicator("population".to_owned()),
        denominator: Term::AreaHa,
        per: 1.0,
    };
    let access = Access {
        from: people(),
        to: open(),
        capacity: Capacity::Column(1),
        method: crate::indicator::AccessMethod::FloatingCatchment,
        catchment: crate::reach::Catchment {
            within_m: 2500.0,
            decay: crate::reach::Decay::None,
        },
        per: 10_000.0,
    };
    let nearest = |summary| Nearest {
        from: people(),
        to: open(),
        summary,
    };
    let coverage = Coverage {
        from: people(),
        to: open(),
        within_m: 1500.0,
    };
    vec![
        indicator("rate", rate),
        indicator("population", statistic(Statistic::Sum, pop())),
        indicator("density", density),
        indicator("urban", statistic(Statistic::Mean, urban)),
        indicator("median", statistic(Statistic::Quantile(0.5), pop())),
        indicator("variance", statistic(Statistic::Variance, pop())),
        indicator(
            "kinds",
            statistic(Statistic::Distinct, measure(blocks, Some(1), None)),
        ),
        indicator(
            "demands",
            statistic(Statistic::Count, measure(demands, None, Some(0))),
        ),
        indicator("distance", nearest(Summary::Mean)),
        indicator("farthest", nearest(Summary::Max)),
        indicator("coverage", coverage),
        indicator("access", access),
    ]
}
