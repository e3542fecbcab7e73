//! The parts of a project file that can be read, for the checks that go beyond shape.

use indexmap::IndexMap;
use serde::de::DeserializeOwned;

use super::config::{
    HeatmapConfig, LayerConfig, LevelConfig, ServerConfig, TableConfig, TilesetConfig,
};
use super::demands::DemandsConfig;
use super::document::{Document, Item, Value};
use super::indicator::IndicatorConfig;

/// The parts of a project. What cannot be read is `None`: its id is known, its content is not.
pub(super) struct Draft {
    pub(super) languages: Option<Vec<String>>,
    pub(super) layers: Section<LayerConfig>,
    pub(super) tables: Section<TableConfig>,
    pub(super) levels: Vec<Option<LevelConfig>>,
    pub(super) indicators: Section<IndicatorConfig>,
    pub(super) heatmaps: Section<HeatmapConfig>,
    pub(super) tilesets: Section<TilesetConfig>,
    pub(super) demands: Option<DemandsConfig>,
    pub(super) server: Option<ServerConfig>,
}

/// Parts of a kind by their id.
pub(super) type Section<T> = IndexMap<String, Option<T>>;

impl Draft {
    /// Reads what can be read; what cannot has an error against the schema.
    pub(super) fn read(document: &Document) -> Self {
        Self {
            languages: document.item("languages").and_then(part),
            layers: section(document, "layers"),
            tables: section(document, "tables"),
            levels: list(document, "levels"),
            indicators: section(document, "indicators"),
            heatmaps: section(document, "heatmaps"),
            tilesets: section(document, "tilesets"),
            demands: document.item("demands").and_then(part),
            server: document.item("server").and_then(part),
        }
    }
}

fn section<T: DeserializeOwned>(document: &Document, name: &str) -> Section<T> {
    let Some(Item {
        value: Value::Table(items),
        ..
    }) = document.item(name)
    else {
        return Section::new();
    };
    items
        .iter()
        .map(|(key, item)| (key.clone(), part(item)))
        .collect()
}

fn list<T: DeserializeOwned>(document: &Document, name: &str) -> Vec<Option<T>> {
    let Some(Item {
        value: Value::List(items),
        ..
    }) = document.item(name)
    else {
        return vec![];
    };
    items.iter().map(part).collect()
}

fn part<T: DeserializeOwned>(item: &Item) -> Option<T> {
    serde_json::from_value(item.to_json()).ok()
}
