//! The ids of a territory as schemas: the names themselves where a territory is served, any text where none is.

use comarca_engine::Level;
use serde_json::{Value, json};

use crate::generation::Generation;

/// Schemas of ids.
pub(super) struct Ids {
    /// A level or a layer: a tile source, a collection.
    pub(super) source: Value,
    /// One or several of them with commas.
    pub(super) sources: Value,
    pub(super) level: Value,
    pub(super) indicator: Value,
    pub(super) heatmap: Value,
    pub(super) theme: Value,
    /// The key of a territory of the finest level.
    pub(super) key: Value,
    /// The key of a feature of the first collection.
    pub(super) feature: Value,
}

impl Ids {
    pub(super) fn of(generation: Option<&Generation>) -> Self {
        let Some(generation) = generation else {
            return Self::open();
        };
        let territory = &generation.territory;
        let sources: Vec<&str> = territory.source_ids().collect();
        let themes: Vec<&str> = generation.themes.iter().map(String::as_str).collect();
        let keys: Vec<&str> = territory
            .levels()
            .first()
            .map(|level| Level::layer(level).keys().iter().take(3).collect())
            .unwrap_or_default();
        Self {
            source: named(&sources),
            sources: json!({ "type": "string", "examples": [sources.first(), sources.get(..2).map(|two| two.join(","))] }),
            level: named(&territory.levels().iter().map(Level::id).collect::<Vec<_>>()),
            indicator: named(
                &territory
                    .indicators()
                    .map(|one| one.id.as_str())
                    .collect::<Vec<_>>(),
            ),
            heatmap: named(
                &territory
                    .heatmaps()
                    .map(|one| one.id.as_str())
                    .collect::<Vec<_>>(),
            ),
            theme: named(&themes),
            key: json!({ "type": "string", "examples": keys }),
            feature: json!({ "type": "string", "examples": keys }),
        }
    }

    fn open() -> Self {
        let text = || json!({ "type": "string" });
        Self {
            source: text(),
            sources: text(),
            level: text(),
            indicator: text(),
            heatmap: text(),
            theme: text(),
            key: text(),
            feature: text(),
        }
    }
}

/// An empty list of names would allow nothing at all.
fn named(names: &[&str]) -> Value {
    match names {
        [] => json!({ "type": "string" }),
        names => json!({ "type": "string", "enum": names }),
    }
}
