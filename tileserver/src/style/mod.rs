//! Ready styles for MapLibre and whatever else reads version 8 of the style specification.
//!
//! Every style stands on the same ground: paper, land, borders and names from our own tiles, letters from our own fonts.
//! No sprite and no other server is needed.

mod base;
mod choropleth;
mod data;
mod subject;
mod surface;

use comarca_engine::Title;
use serde_json::{Map, Value, json};

use crate::error::AppError;
use crate::generation::Generation;
use crate::query::{Query, SCENARIO, encoded};
use crate::routes::tilejson::{WORLD_BOUNDS, center};

pub(crate) use subject::{Kind, Subject};

use base::Ground;

/// The letters of names.
const REGULAR: [&str; 1] = ["Noto Sans Regular"];
const BOLD: [&str; 1] = ["Noto Sans Bold"];

const INK: &str = "#13262f";

/// What a style is made for, besides its subject.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    pub(crate) generation: &'a Generation,
    /// Scheme and authority of every address.
    pub(crate) origin: &'a str,
    pub(crate) query: &'a Query,
    /// Language of titles and numbers.
    pub(crate) language: &'a str,
}

/// Sources and layers of the subject, and where among those of the ground its layers go.
#[derive(Debug, Default)]
struct Part {
    sources: Map<String, Value>,
    /// Between land and borders.
    below: Vec<Value>,
    /// Between borders and names.
    above: Vec<Value>,
    /// Over the names of territories.
    names: Vec<Value>,
    legend: Option<Value>,
}

impl Draft<'_> {
    /// The style of a subject.
    ///
    /// # Errors
    /// 400 for a parameter that cannot be used.
    pub(crate) fn style(&self, subject: &Subject) -> Result<Value, AppError> {
        let finest = match &subject.kind {
            Kind::Level => self.generation.level_position(&subject.id).unwrap_or(0),
            Kind::Indicator => choropleth::level(self.generation, self.query)?,
            _ => 0,
        };
        let part = match &subject.kind {
            Kind::Base => Part::default(),
            Kind::Level => self.territories(&subject.id),
            Kind::Layer => self.features(&subject.id)?,
            Kind::Indicator => self.choropleth(&subject.id, finest)?,
            Kind::Heatmap => self.heatmap(&subject.id)?,
            Kind::Hexagons => self.hexagons(&subject.id)?,
        };
        Ok(self.document(subject, self.ground(finest), part))
    }

    fn document(&self, subject: &Subject, ground: Ground, part: Part) -> Value {
        let territory = &self.generation.territory;
        let bounds = territory.bounds().unwrap_or(WORLD_BOUNDS);
        let middle = center(bounds);
        let mut metadata = json!({
            "comarca:kind": subject.kind.name(),
            "comarca:id": subject.id,
            "comarca:bounds": bounds,
        });
        if let Some(legend) = part.legend {
            metadata["comarca:legend"] = legend;
        }
        let sources: Map<String, Value> = ground.sources.into_iter().chain(part.sources).collect();
        let layers: Vec<Value> = ground
            .land
            .into_iter()
            .chain(part.below)
            .chain(ground.borders)
            .chain(part.above)
            .chain(ground.names)
            .chain(part.names)
            .collect();
        let title = subject.title(territory);
        json!({
            "version": 8,
            "name": format!("{} · {}", territory.name(), self.text(&title, &subject.id)),
            "metadata": metadata,
            "center": [middle[0], middle[1]],
            "zoom": middle[2],
            "glyphs": format!("{}/fonts/{{fontstack}}/{{range}}.pbf", self.origin),
            "sources": sources,
            "layers": layers,
        })
    }

    /// A vector source by its TileJSON, of the scenario where one is asked for.
    fn tiles(&self, ids: &str, query: &[(&str, &str)]) -> Value {
        json!({ "type": "vector", "url": self.address(&format!("tiles/{ids}.json"), query) })
    }

    fn address(&self, path: &str, query: &[(&str, &str)]) -> String {
        let scenario = self.query.value(SCENARIO).map(|id| (SCENARIO, id));
        let pairs = query.iter().copied().chain(scenario);
        let pairs: Vec<String> = pairs
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        let mark = if pairs.is_empty() { "" } else { "?" };
        format!("{}/{path}{mark}{}", self.origin, pairs.join("&"))
    }

    /// A text in the style's language.
    fn text<'t>(&self, title: &'t Title, id: &'t str) -> &'t str {
        title.in_language(self.language).unwrap_or(id)
    }
}
