//! Indicator values of a level → CSV, JSON, GeoJSON. Full precision, nothing where there is no value.

mod csv;
mod geojson;

use comarca_engine::indicator::LevelView;
use comarca_engine::{Level, Territory, UnknownId};

/// Territories of a level with one column per indicator.
#[derive(Debug)]
pub struct IndicatorTable<'a> {
    level: &'a Level,
    columns: Vec<(&'a str, LevelView<'a>)>,
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
            Ok((view.indicator().id.as_str(), view.at(level)?))
        };
        Ok(Self {
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

    /// A feature collection (RFC 7946) with the source's coordinates unchanged.
    pub fn to_geojson(&self) -> String {
        geojson::write(self)
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
            .map(|(id, view)| (*id, view.values()[row].into()));
        own.into_iter()
            .chain(values)
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }
}
