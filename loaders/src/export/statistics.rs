//! Spatial statistics of an indicator at a level → columns of a table, for every writer and for JSON.

use comarca_engine::indicator::LocalStatistic;
use comarca_engine::stats::{self, Global, Inference, Local, LocalRow, WeightsError, WeightsSpec};
use comarca_engine::{Column, GeometryType, Layer, ShapesBuilder, Territory, UnknownId, Value};
use serde_json::{Map, Value as Json, json};
use thiserror::Error;

use crate::source::{Features, Format};

/// Which statistic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistic {
    /// Moran's I: one figure for the level.
    Moran,
    /// Local Moran's I: clusters and outliers.
    Lisa,
    /// Getis-Ord Gi*: hot and cold spots.
    GiStar,
}

impl Statistic {
    /// All, in the order they are offered.
    pub const ALL: [Self; 3] = [Self::Moran, Self::Lisa, Self::GiStar];

    /// Its name in commands and addresses.
    pub fn id(self) -> &'static str {
        match self {
            Self::Moran => "moran",
            Self::Lisa => "lisa",
            Self::GiStar => "gistar",
        }
    }
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct StatisticsRequest<'a> {
    /// Which statistic.
    pub statistic: Statistic,
    /// Id of the indicator.
    pub indicator: &'a str,
    /// Id of the level.
    pub level: &'a str,
    /// Who is a neighbour.
    pub weights: WeightsSpec,
    /// Permutations, tail and correction.
    pub inference: Inference,
}

/// Why there is no table.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum StatisticsError {
    /// The indicator or the level is not there.
    #[error(transparent)]
    Unknown(#[from] UnknownId),
    /// There are too many neighbours.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// All values are equal, or fewer than two territories with neighbours have one.
    #[error(
        "Moran's I of {indicator} at level {level} has no value: it takes two territories with neighbours whose values differ"
    )]
    Undefined {
        /// The indicator.
        indicator: String,
        /// The level.
        level: String,
    },
}

/// A statistic as a table: a row per territory, or one row for the level.
#[derive(Debug)]
pub struct StatisticsTable {
    head: Map<String, Json>,
    layer: Features,
}

impl StatisticsTable {
    /// Computes the statistic from the values that may be published.
    ///
    /// # Errors
    /// When the indicator or level is unknown, there are more neighbours than are kept, or Moran's I has no value.
    pub fn new(
        territory: &Territory,
        request: &StatisticsRequest<'_>,
    ) -> Result<Self, StatisticsError> {
        let view = territory.indicator(request.indicator)?.at(request.level)?;
        let level = territory.levels().iter();
        let position = level
            .take_while(|level| level.id() != request.level)
            .count();
        let weights = territory.weights(position, request.weights)?;
        let inference = &request.inference;
        let local = match request.statistic {
            Statistic::Moran => {
                let undefined = || StatisticsError::Undefined {
                    indicator: request.indicator.to_owned(),
                    level: request.level.to_owned(),
                };
                let found = stats::moran(view.values(), &weights, inference);
                return Ok(Self::global(request, &found.ok_or_else(undefined)?));
            }
            Statistic::Lisa => LocalStatistic::Moran.of(view.values(), &weights, inference),
            Statistic::GiStar => LocalStatistic::GiStar.of(view.values(), &weights, inference),
        };
        Ok(Self::local(request, view.level().layer(), &local))
    }

    /// The method in a sentence.
    pub fn method(&self) -> &str {
        self.head.get("method").and_then(Json::as_str).unwrap_or("")
    }

    /// What the permutations are too few for, in a sentence.
    pub fn note(&self) -> Option<&str> {
        self.head.get("note").and_then(Json::as_str)
    }

    /// The table: of local statistics with the geometry of the territories, in WGS 84.
    pub fn to_layer(&self) -> Features {
        self.layer.clone()
    }

    /// What was computed and how, with the rows as `values`.
    pub fn to_json(&self) -> Json {
        let mut document = self.head.clone();
        let rows = 0..self.layer.shapes.len();
        document.insert("values".to_owned(), rows.map(|row| self.row(row)).collect());
        Json::Object(document)
    }

    fn row(&self, row: usize) -> Json {
        let cell = |column: &Column| (column.name().to_owned(), cell(column.value(row)));
        Json::Object(self.layer.columns.iter().map(cell).collect())
    }

    fn global(request: &StatisticsRequest<'_>, found: &Global) -> Self {
        let count = |count: usize| Some(count as f64);
        let cells = [
            ("i", Some(found.statistic)),
            ("expected", Some(found.expected)),
            ("variance", found.variance),
            ("z", found.z),
            ("p_normal", found.p_normal),
            ("p", found.p_permutation),
            ("n", count(found.method.n)),
            ("links", count(found.links)),
            ("missing", count(found.method.left_out.missing)),
            ("islands", count(found.method.left_out.islands)),
        ];
        let columns = cells.map(|(name, cell)| Column::new(name, [number(cell)]));
        let mut shapes = ShapesBuilder::default();
        shapes.start_feature(GeometryType::None);
        Self {
            head: head(request, &found.method.to_string(), None),
            layer: features(request, columns.into(), shapes.build()),
        }
    }

    fn local(request: &StatisticsRequest<'_>, layer: &Layer, found: &Local) -> Self {
        let numbers = |name: &str, cell: &dyn Fn(&LocalRow) -> Option<f64>| {
            Column::new(name, found.rows.iter().map(|row| number(cell(row))))
        };
        let text = |name: &str, cell: &dyn Fn(usize) -> Option<String>| {
            let cells: Vec<_> = (0..found.rows.len()).map(cell).collect();
            let cells = cells
                .iter()
                .map(|cell| cell.as_deref().map_or(Value::Null, Value::Text));
            Column::new(name, cells)
        };
        let flag = |name: &str, cell: &dyn Fn(&LocalRow) -> bool| {
            Column::new(name, found.rows.iter().map(|row| Value::Bool(cell(row))))
        };
        let statistic = match request.statistic {
            Statistic::GiStar => "gi",
            _ => "i",
        };
        let mut columns = vec![
            text("key", &|row| Some(layer.key(row).to_owned())),
            text("name", &|row| Some(layer.name(row).to_owned())),
            numbers("value", &|row| row.value),
            numbers("lag", &|row| row.lag),
            numbers(statistic, &|row| row.statistic),
            numbers("expected", &|row| row.expected),
            numbers("z", &|row| row.z),
            numbers("p", &|row| row.p),
            text("cluster", &|row| {
                Some(found.rows[row].cluster.id().to_owned())
            }),
            flag("significant", &|row| row.significant),
            flag("significant_fdr", &|row| row.significant_fdr),
            numbers("neighbours", &|row| Some(f64::from(row.neighbours))),
        ];
        if request.statistic == Statistic::Lisa {
            let quadrant = |row: usize| {
                let quadrant = found.rows[row].quadrant?;
                Some(stats::Cluster::from(quadrant).id().to_owned())
            };
            columns.insert(8, text("quadrant", &quadrant));
        }
        let coordinates = layer.lonlat().iter().map(|at| [at.lon, at.lat]).collect();
        Self {
            head: head(
                request,
                &found.method.to_string(),
                found.corrections.note().as_deref(),
            ),
            layer: features(request, columns, (layer.shapes().clone(), coordinates)),
        }
    }
}

fn head(request: &StatisticsRequest<'_>, method: &str, note: Option<&str>) -> Map<String, Json> {
    let head = json!({
        "statistic": request.statistic.id(),
        "indicator": request.indicator,
        "level": request.level,
        "weights": request.weights.to_string(),
        "permutations": request.inference.permutations.count(),
        "seed": request.inference.permutations.seed(),
        "method": method,
        "note": note,
    });
    match head {
        Json::Object(head) => head,
        _ => Map::new(),
    }
}

fn features(
    request: &StatisticsRequest<'_>,
    columns: Vec<Column>,
    (shapes, coordinates): (comarca_engine::Shapes, Vec<[f64; 2]>),
) -> Features {
    Features {
        format: Format::GeoJson,
        name: format!("{}_{}", request.statistic.id(), request.indicator),
        crs: Some("OGC:CRS84".to_owned()),
        shapes,
        coordinates,
        multi: vec![],
        columns,
        problems: vec![],
    }
}

fn number(cell: Option<f64>) -> Value<'static> {
    cell.filter(|cell| cell.is_finite())
        .map_or(Value::Null, Value::Real)
}

fn cell(value: Value<'_>) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => value.into(),
        Value::Integer(value) => value.into(),
        Value::Real(value) => value.into(),
        Value::Text(text) => text.into(),
    }
}
