//! Indicator values of a level → CSV, JSON, GeoJSON, or layers for the other writers. Full precision, nothing where
//! there is no value.

mod csv;
mod geojson;

use comarca_engine::indicator::{Indicator, LevelView, Standard};
use comarca_engine::{
    Column, GeometryType, Layer, Level, ShapesBuilder, Source, Territory, Title, UnknownId, Value,
};

use super::{ColumnMetadata, Metadata};
use crate::source::{Features, Format};

/// Territories of a level with one column per indicator.
#[derive(Debug)]
pub struct IndicatorTable<'a> {
    territory: &'a Territory,
    level: &'a Level,
    columns: Vec<(&'a Indicator, LevelView<'a>)>,
}

impl<'a> IndicatorTable<'a> {
    /// The values of `indicators` at a level; of all where the list is empty.
    ///
    /// # Errors
    /// When the level or an indicator is unknown.
    pub fn new(
        territory: &'a Territory,
        level: &str,
        indicators: &[&str],
    ) -> Result<Self, UnknownId> {
        let unknown = || UnknownId::new("level", level, territory.levels().iter().map(Level::id));
        let found = territory.level(level).ok_or_else(unknown)?;
        let all = || {
            territory
                .indicators()
                .map(|indicator| indicator.id.as_str())
                .collect()
        };
        let ids: Vec<&str> = if indicators.is_empty() {
            all()
        } else {
            indicators.to_vec()
        };
        let column = |id: &str| {
            let view = territory.indicator(id)?;
            Ok((view.indicator(), view.at(level)?))
        };
        Ok(Self {
            territory,
            level: found,
            columns: ids.into_iter().map(column).collect::<Result<_, _>>()?,
        })
    }

    /// `key,name,<indicator>…` and a line per territory (RFC 4180).
    pub fn to_csv(&self) -> String {
        csv::write(self)
    }

    /// An array of objects with `key`, `name` and a number or null per indicator.
    pub fn to_json(&self) -> String {
        let rows: Vec<_> = (0..self.level.len())
            .map(|row| serde_json::Value::Object(self.properties(row)))
            .collect();
        serde_json::Value::Array(rows).to_string()
    }

    /// A feature collection (RFC 7946) with the source's coordinates unchanged, and its [metadata](Self::metadata) as a
    /// member of that name.
    pub fn to_geojson(&self) -> String {
        geojson::write(self)
    }

    /// The territories with their geometry, `key`, `name` and the values, in WGS 84.
    pub fn to_layer(&self) -> Features {
        let layer = self.level.layer();
        let texts = |name, text: fn(&Layer, usize) -> &str| {
            Column::new(
                name,
                (0..layer.len()).map(|row| Value::Text(text(layer, row))),
            )
        };
        let value = |value: &Option<f64>| {
            value
                .filter(|value| value.is_finite())
                .map_or(Value::Null, Value::Real)
        };
        let values = self
            .columns
            .iter()
            .map(|(one, view)| Column::new(&one.id, view.values().iter().map(value)));
        let own = [texts("key", Layer::key), texts("name", Layer::name)];
        Features {
            format: Format::GeoJson,
            name: self.level.id().to_owned(),
            crs: Some("OGC:CRS84".to_owned()),
            shapes: layer.shapes().clone(),
            coordinates: layer.lonlat().iter().map(|at| [at.lon, at.lat]).collect(),
            multi: vec![],
            columns: own.into_iter().chain(values).collect(),
            problems: vec![],
        }
    }

    /// What the columns are: a table with a row per indicator of its title, unit, formula, inputs and standard.
    pub fn to_catalogue(&self) -> Features {
        let column = |name: &str, cell: &dyn Fn(&Indicator) -> Option<String>| {
            let cells: Vec<_> = self.columns.iter().map(|(one, _)| cell(one)).collect();
            let values = cells
                .iter()
                .map(|cell| cell.as_deref().map_or(Value::Null, Value::Text));
            Column::new(name, values)
        };
        let number = |name: &str, number: fn(&Standard) -> Option<f64>| {
            let standards = self.columns.iter().map(|(one, _)| one.standard.as_ref());
            Column::new(
                name,
                standards
                    .map(|standard| standard.and_then(number).map_or(Value::Null, Value::Real)),
            )
        };
        let columns = vec![
            column("id", &|one| Some(one.id.clone())),
            column("title", &|one| one.title.in_language("").map(str::to_owned)),
            column("unit", &|one| Some(one.unit.clone())),
            column("code", &|one| one.code.clone()),
            column("formula", &|one| Some(one.formula())),
            column("inputs", &|one| Some(one.inputs().join(", "))),
            number("standard_min", |standard| standard.min),
            number("standard_max", |standard| standard.max),
            column("standard_source", &|one| {
                one.standard
                    .as_ref()
                    .map(|standard| standard.source.clone())
            }),
        ];
        plain_table("indicators", self.columns.len(), columns)
    }

    /// Where the data come from: a table with a row per layer and per table joined to one.
    pub fn to_sources(&self) -> Features {
        let sources = self.sources();
        let column = |name: &str, cell: &dyn Fn(&Source) -> Option<String>| {
            let cells: Vec<_> = sources.iter().map(|source| cell(source)).collect();
            let values = cells.iter();
            Column::new(
                name,
                values.map(|cell| cell.as_deref().map_or(Value::Null, Value::Text)),
            )
        };
        let rows = sources
            .iter()
            .map(|source| i64::try_from(source.rows).map_or(Value::Null, Value::Integer));
        let columns = vec![
            column("id", &|source| Some(source.id.clone())),
            column("title", &|source| {
                source.title.in_language("").map(str::to_owned)
            }),
            column("source", &|source| Some(source.location.clone())),
            column("date", &|source| source.date.clone()),
            column("attribution", &|source| source.attribution.clone()),
            column("licence", &|source| source.licence.clone()),
            Column::new("rows", rows),
            column("joined_to", &|source| source.joined_to.clone()),
        ];
        let name = match self.language() {
            "es" => "fuentes",
            _ => "sources",
        };
        plain_table(name, sources.len(), columns)
    }

    /// What the columns mean, in which unit, and where the data come from, in the project's main language.
    pub fn metadata(&self) -> Metadata {
        let language = self.language();
        let titled = |title: &Title, id: &str| title.in_language(language).unwrap_or(id).to_owned();
        let column = |(one, _): &(&Indicator, LevelView<'_>)| ColumnMetadata {
            name: one.id.clone(),
            title: titled(&one.title, &one.id),
            unit: one.unit.clone(),
            code: one.code.clone(),
            formula: Some(one.formula()),
            roll_up: Some(one.operation.roll_up().letter()),
            standard: one.standard.clone(),
        };
        let level = titled(self.level.title(), self.level.id());
        Metadata {
            layer: self.level.id().to_owned(),
            title: format!("{}: {level}", self.territory.name()),
            language: language.to_owned(),
            columns: self.columns.iter().map(column).collect(),
            sources: self.sources().into_iter().cloned().collect(),
        }
    }

    fn language(&self) -> &'a str {
        self.territory
            .languages()
            .first()
            .map_or("", String::as_str)
    }

    /// The sources of all columns, in the order of the project.
    fn sources(&self) -> Vec<&'a Source> {
        let used: Vec<&Source> = self
            .columns
            .iter()
            .flat_map(|(one, _)| self.territory.sources_of(one))
            .collect();
        let sources = self.territory.sources().iter();
        sources
            .filter(|source| used.iter().any(|one| one.id == source.id))
            .collect()
    }

    /// `key`, `name` and the values of a territory.
    fn properties(&self, row: usize) -> serde_json::Map<String, serde_json::Value> {
        let layer = self.level.layer();
        let own = [
            ("key", layer.key(row).into()),
            ("name", layer.name(row).into()),
        ];
        let values = self
            .columns
            .iter()
            .map(|(one, view)| (one.id.as_str(), view.values()[row].into()));
        own.into_iter()
            .chain(values)
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }
}

/// A table without geometry.
fn plain_table(name: &str, rows: usize, columns: Vec<Column>) -> Features {
    let mut shapes = ShapesBuilder::default();
    (0..rows).for_each(|_| shapes.start_feature(GeometryType::None));
    Features {
        format: Format::GeoJson,
        name: name.to_owned(),
        crs: None,
        shapes: shapes.build().0,
        coordinates: vec![],
        multi: vec![],
        columns,
        problems: vec![],
    }
}
