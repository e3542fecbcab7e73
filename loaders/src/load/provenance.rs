//! Where the data of layers and tables come from, as the project file says.

use std::collections::HashMap;
use std::sync::Arc;

use comarca_engine::{Layer, Source, Title};

use super::tables::Table;
use crate::project::{DEMANDS_LAYER, Project, TitleConfig};
use crate::source::Location;

/// The sources of all layers, then of the tables that are joined to them, in the order of the project.
pub(super) fn sources(
    project: &Project,
    layers: &[Arc<Layer>],
    tables: &HashMap<String, Table>,
) -> Vec<Source> {
    let config = &project.config;
    let rows = |id: &str| {
        let mut layers = layers.iter();
        layers
            .find(|layer| layer.id() == id)
            .map_or(0, |layer| layer.len())
    };
    let of_layers = config.layers.iter().map(|(id, layer)| Source {
        id: id.clone(),
        title: title(layer.title.as_ref()),
        location: location(&layer.source),
        date: layer.date.clone(),
        attribution: layer.attribution.clone(),
        licence: layer.licence.clone(),
        rows: rows(id),
        joined_to: None,
    });
    let of_demands = config.demands.iter().map(|demands| Source {
        id: DEMANDS_LAYER.to_owned(),
        title: Title::default(),
        location: location(&demands.store),
        date: None,
        attribution: None,
        licence: None,
        rows: rows(DEMANDS_LAYER),
        joined_to: None,
    });
    let of_tables = config.tables.iter().filter_map(|(id, table)| {
        Some(Source {
            id: id.clone(),
            title: title(table.title.as_ref()),
            location: location(&table.source),
            date: table.date.clone(),
            attribution: table.attribution.clone(),
            licence: table.licence.clone(),
            rows: tables.get(id).map_or(0, Table::len),
            joined_to: Some(table.join.as_ref()?.layer.clone()),
        })
    });
    of_layers.chain(of_demands).chain(of_tables).collect()
}

/// As the project file names it, without what is secret in it.
fn location(source: &str) -> String {
    Location::parse(source).shown().display().to_string()
}

fn title(config: Option<&TitleConfig>) -> Title {
    config.map_or_else(Title::default, TitleConfig::to_title)
}
