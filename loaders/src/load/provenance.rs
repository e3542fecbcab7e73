//! Where the data of layers and tables come from, as the project file says.

use std::collections::HashMap;
use std::fs::metadata;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use comarca_engine::{Layer, Source, Title};

use super::tables::Table;
use crate::calendar::civil;
use crate::project::{DEMANDS_LAYER, Project, TitleConfig};
use crate::source::{Location, expand};

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
        changed: changed(project, &layer.source),
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
        changed: changed(project, &demands.store),
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
            changed: changed(project, &table.source),
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

/// The day on which the youngest of the files changed, in universal time; none where it is no file here.
fn changed(project: &Project, source: &str) -> Option<String> {
    Location::parse(source).file()?;
    let files = expand(source, project.folder()).ok()?;
    let times = files
        .iter()
        .filter_map(|file| metadata(file).and_then(|file| file.modified()).ok());
    times.max().and_then(day)
}

/// The day that a time falls on, in universal time.
fn day(time: SystemTime) -> Option<String> {
    let seconds = time.duration_since(UNIX_EPOCH).ok()?.as_secs();
    let (year, month, day) = civil(i64::try_from(seconds / 86_400).ok()?);
    Some(format!("{year:04}-{month:02}-{day:02}"))
}

fn title(config: Option<&TitleConfig>) -> Title {
    config.map_or_else(Title::default, TitleConfig::to_title)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_time_is_the_day_it_falls_on() {
        let at = |seconds| day(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(at(0).as_deref(), Some("1970-01-01"));
        assert_eq!(at(1_790_726_400).as_deref(), Some("2026-09-30"));
        assert_eq!(at(1_790_726_399).as_deref(), Some("2026-09-29"));
    }
}
