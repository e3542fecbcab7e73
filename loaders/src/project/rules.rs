//! Checks what a project file means: ids, levels, cycles, keys that need or exclude each other.
//!
//! Columns can only be checked once the layers are loaded; see [`Project::error`](super::Project::error) for that.

use std::collections::HashSet;

use super::config::{
    CsvConfig, JsonConfig, LayerConfig, LevelConfig, ParentConfig, TableConfig, TitleConfig,
};
use super::cycle::cycles;
use super::document::{Document, Value};
use super::draft::{Draft, Section};
use super::error::ProjectError;
use super::indicator::StandardConfig;
use super::{BUILT_IN_INDICATORS, DEMANDS_LAYER};
use crate::source::Location;

mod demands;
mod operation;
mod tilesets;

/// The id of the level above all others.
const WHOLE: &str = "all";

/// Longest id, in characters. Ids stand in addresses and file names.
const MAX_ID_CHARS: usize = 64;

/// What is wrong between the parts of `draft`, or inside them beyond their shape.
pub(super) fn check(document: &Document, draft: &Draft) -> Vec<ProjectError> {
    let mut rules = Rules {
        document,
        draft,
        errors: vec![],
    };
    rules.ids();
    readable(&draft.layers).for_each(|(id, layer)| rules.layer(&format!("layers.{id}"), layer));
    readable(&draft.tables).for_each(|(id, table)| rules.table(&format!("tables.{id}"), table));
    rules.levels();
    readable(&draft.indicators)
        .for_each(|(id, indicator)| rules.indicator(&format!("indicators.{id}"), indicator));
    rules.cycles();
    readable(&draft.heatmaps)
        .for_each(|(id, heatmap)| rules.title(&format!("heatmaps.{id}"), heatmap.title.as_ref()));
    rules.tilesets();
    rules.demands();
    rules.privacy();
    rules.server();
    rules.errors
}

fn readable<T>(section: &Section<T>) -> impl Iterator<Item = (&String, &T)> {
    section
        .iter()
        .filter_map(|(id, part)| Some((id, part.as_ref()?)))
}

struct Rules<'a> {
    document: &'a Document,
    draft: &'a Draft,
    errors: Vec<ProjectError>,
}

impl Rules<'_> {
    fn ids(&mut self) {
        let draft = self.draft;
        draft
            .layers
            .keys()
            .for_each(|id| self.id(&format!("layers.{id}"), id, &[DEMANDS_LAYER]));
        draft
            .tables
            .keys()
            .for_each(|id| self.id(&format!("tables.{id}"), id, &[]));
        draft
            .indicators
            .keys()
            .for_each(|id| self.id(&format!("indicators.{id}"), id, &BUILT_IN_INDICATORS));
        draft
            .heatmaps
            .keys()
            .for_each(|id| self.id(&format!("heatmaps.{id}"), id, &[]));
        let mut seen = HashSet::new();
        for index in 0..draft.levels.len() {
            // From the document, so that a level that cannot be read counts too.
            let path = format!("levels[{index}].id");
            let Some(Value::Text(id)) = self.document.item(&path).map(|item| &item.value) else {
                continue;
            };
            self.id(&path, id, &[WHOLE]);
            if !seen.insert(id) {
                self.error(&path, format!("{id:?} is the id of another level already"));
            }
        }
    }

    fn id(&mut self, path: &str, id: &str, reserved: &[&str]) {
        let fits = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-');
        if id.is_empty() || id.chars().count() > MAX_ID_CHARS || !id.chars().all(fits) {
            let message = format!(
                "{id:?} is no id: 1 to {MAX_ID_CHARS} letters, digits, \"_\" and \"-\" make one"
            );
            self.error(path, message);
        } else if reserved.contains(&id) {
            self.error(
                path,
                format!("the id {id:?} is taken by Comarca itself; choose another"),
            );
        }
    }

    fn layer(&mut self, path: &str, layer: &LayerConfig) {
        self.title(path, layer.title.as_ref());
        self.csv(path, layer.csv.as_ref());
        self.json(path, layer.json.as_ref());
        self.query(
            path,
            &layer.source,
            layer.query.is_some(),
            layer.table.is_some(),
        );
        if let Some([west, south, east, north]) = layer.bbox {
            let fits = (-180.0..=east).contains(&west)
                && east <= 180.0
                && (-90.0..=north).contains(&south)
                && north <= 90.0;
            if !fits {
                let message = "a bbox is [west, south, east, north] in degrees, west before east and south before north";
                self.error(&format!("{path}.bbox"), message.to_owned());
            }
        }
    }

    /// A query goes to a database, and is there instead of a table.
    fn query(&mut self, path: &str, source: &str, query: bool, table: bool) {
        let path = format!("{path}.query");
        if query && !matches!(Location::parse(source), Location::Database(_)) {
            let message = "a query needs a database: source = \"postgresql://user@host/database\"";
            self.error(&path, message.to_owned());
        } else if query && table {
            self.error(
                &path,
                "\"query\" and \"table\" exclude each other".to_owned(),
            );
        }
    }

    fn table(&mut self, path: &str, table: &TableConfig) {
        self.title(path, table.title.as_ref());
        self.csv(path, table.csv.as_ref());
        self.json(path, table.json.as_ref());
        self.query(
            path,
            &table.source,
            table.query.is_some(),
            table.table.is_some(),
        );
        if table.join.is_none() && table.key.is_none() {
            self.error(
                path,
                format!("[{path}] needs \"join\", or a \"key\" for levels to find it by"),
            );
        }
        match &table.pivot {
            Some(pivot) if pivot.names == pivot.values => {
                self.error(
                    &format!("{path}.pivot.values"),
                    "names and values must be two columns".to_owned(),
                );
            }
            Some(_) if table.join.is_none() => {
                self.error(
                    &format!("{path}.pivot"),
                    "only a table with \"join\" can be pivoted".to_owned(),
                );
            }
            _ => {}
        }
    }

    fn csv(&mut self, path: &str, csv: Option<&CsvConfig>) {
        if let Some(csv) = csv {
            self.pair(&format!("{path}.csv"), csv.x.as_ref(), csv.y.as_ref());
        }
    }

    fn json(&mut self, path: &str, json: Option<&JsonConfig>) {
        if let Some(json) = json {
            self.pair(&format!("{path}.json"), json.x.as_ref(), json.y.as_ref());
        }
    }

    fn pair(&mut self, path: &str, x: Option<&String>, y: Option<&String>) {
        match (x, y) {
            (Some(_), None) => self.error(&format!("{path}.x"), "x needs y".to_owned()),
            (None, Some(_)) => self.error(&format!("{path}.y"), "y needs x".to_owned()),
            _ => {}
        }
    }

    fn levels(&mut self) {
        let levels = &self.draft.levels;
        for (index, level) in levels.iter().enumerate() {
            let Some(level) = level else { continue };
            let path = format!("levels[{index}]");
            self.title(&path, level.title.as_ref());
            self.level_layer(&path, level, index == 0);
            match (&level.parent, levels.get(index + 1)) {
                (Some(parent), Some(next)) => {
                    self.parent(&format!("{path}.parent"), parent, next.as_ref());
                }
                (None, Some(_)) => {
                    let message = format!(
                        "level {:?} needs a parent, as another level follows it",
                        level.id
                    );
                    self.error(&path, message);
                }
                (Some(_), None) => {
                    let message = format!(
                        "level {:?} is the last: its parent is the whole territory; add a level or remove parent",
                        level.id
                    );
                    self.error(&format!("{path}.parent"), message);
                }
                (None, None) => {}
            }
        }
    }

    fn level_layer(&mut self, path: &str, level: &LevelConfig, first: bool) {
        let Some(id) = &level.layer else {
            if first {
                self.error(
                    path,
                    format!("the finest level, {:?}, needs a layer", level.id),
                );
            }
            return;
        };
        if id == DEMANDS_LAYER {
            self.error(
                &format!("{path}.layer"),
                "demands make no level; they are points".to_owned(),
            );
        }
        if let Some(Some(LayerConfig { key: None, .. })) = self.draft.layers.get(id) {
            let message = format!("a level needs a layer with a key: add one to [layers.{id}]");
            self.error(&format!("{path}.layer"), message);
        }
    }

    fn parent(&mut self, path: &str, parent: &ParentConfig, next: Option<&LevelConfig>) {
        match parent {
            ParentConfig::Place(_) => {
                if next.is_some_and(|next| next.layer.is_none()) {
                    let message = "\"within\" needs a layer in the next level; without one write { column = \"…\" }, \
                                   { prefix = … } or { table = \"…\", column = \"…\" }";
                    self.error(path, message.to_owned());
                }
            }
            ParentConfig::Table(parent) => {
                self.parent_table(&format!("{path}.table"), &parent.table);
            }
            ParentConfig::Column(_) | ParentConfig::Prefix(_) => {}
        }
    }

    fn parent_table(&mut self, path: &str, id: &str) {
        if let Some(Some(TableConfig { key: None, .. })) = self.draft.tables.get(id) {
            self.error(
                path,
                format!("a parent needs a table with a key: add one to [tables.{id}]"),
            );
        }
    }

    fn standard(&mut self, path: &str, standard: Option<&StandardConfig>) {
        let Some(standard) = standard else { return };
        let path = format!("{path}.standard");
        match (standard.min, standard.max) {
            (None, None) => self.error(
                &path,
                "a standard needs \"min\", \"max\" or both".to_owned(),
            ),
            (Some(min), Some(max)) if min > max => {
                self.error(
                    &format!("{path}.max"),
                    format!("max must not be below min, {min}"),
                );
            }
            _ => {}
        }
    }

    fn cycles(&mut self) {
        for cycle in cycles(&self.draft.indicators) {
            let path = format!("indicators.{}", cycle[0]);
            let round: Vec<_> = cycle.iter().chain(cycle.first()).copied().collect();
            self.error(
                &path,
                format!(
                    "indicators need each other in a circle: {}",
                    round.join(" → ")
                ),
            );
        }
    }

    /// A threshold of two would hide only ones, and so tell them.
    fn privacy(&mut self) {
        let path = "privacy.threshold";
        if let Some(Value::Integer(2)) = self.document.item(path).map(|item| &item.value) {
            let message = "a threshold of 2 would hide only what is 1, and so tell it; say 3 or more, or 0 for no privacy";
            self.error(path, message.to_owned());
        }
    }

    fn server(&mut self) {
        let Some(server) = &self.draft.server else {
            return;
        };
        let port = server
            .listen
            .rsplit_once(':')
            .filter(|(host, _)| !host.is_empty())
            .map(|(_, port)| port);
        if port.is_none_or(|port| port.parse::<u16>().is_err()) {
            let message = format!(
                "{:?} is no address and port, such as \"127.0.0.1:8080\"",
                server.listen
            );
            self.error("server.listen", message);
        }
        for (path, message) in server.faults() {
            self.error(&path, message);
        }
    }

    fn title(&mut self, path: &str, title: Option<&TitleConfig>) {
        let Some(TitleConfig::PerLanguage(texts)) = title else {
            return;
        };
        let Some(languages) = self
            .draft
            .languages
            .as_ref()
            .filter(|languages| !languages.is_empty())
        else {
            return;
        };
        for language in texts
            .keys()
            .filter(|language| !languages.contains(language))
        {
            let message = format!(
                "{language:?} is not among the languages of the project ({})",
                languages.join(", ")
            );
            self.error(&format!("{path}.title.{language}"), message);
        }
    }

    fn error(&mut self, path: &str, message: String) {
        let place = self.document.place_of(path);
        self.errors.push(ProjectError {
            place,
            path: path.to_owned(),
            message,
            nearest: None,
        });
    }
}
