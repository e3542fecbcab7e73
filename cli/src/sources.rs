//! Where a project's data come from, as its sheets name it.

use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use comarca_loaders::source::{Location, expand};
use comarca_loaders::{Project, civil};
use comarca_report::{Date, Source};

/// Layers, tables and the register, each with its files as the project names them.
pub(crate) fn sources(project: &Project) -> Vec<Source> {
    let config = &project.config;
    let layers = config
        .layers
        .iter()
        .map(|(id, layer)| (id.as_str(), &layer.source));
    let tables = config
        .tables
        .iter()
        .map(|(id, table)| (id.as_str(), &table.source));
    let register = config
        .demands
        .iter()
        .map(|demands| ("demands", &demands.store));
    let source = |(id, source): (&str, &String)| Source {
        id: id.to_owned(),
        place: Location::parse(source).shown().display().to_string(),
        changed: changed(source, project.folder()),
    };
    layers.chain(tables).chain(register).map(source).collect()
}

/// The day the youngest of the files was changed, in universal time; none where it is not a file here.
fn changed(source: &str, folder: &Path) -> Option<Date> {
    Location::parse(source).file()?;
    let files = expand(source, folder).ok()?;
    let times = files
        .iter()
        .filter_map(|file| fs::metadata(file).and_then(|meta| meta.modified()).ok());
    times.max().and_then(day)
}

/// The day of a time, in universal time.
fn day(time: SystemTime) -> Option<Date> {
    let seconds = time.duration_since(UNIX_EPOCH).ok()?.as_secs();
    let (year, month, day) = civil(i64::try_from(seconds / 86_400).ok()?);
    let [month, day] = [month, day].map(|part| u8::try_from(part).ok());
    Date::new(u16::try_from(year).ok()?, month?, day?)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_time_is_the_day_it_falls_on() {
        let at =
            |seconds| day(UNIX_EPOCH + Duration::from_secs(seconds)).map(|day| day.to_string());
        assert_eq!(at(0).as_deref(), Some("1970-01-01"));
        assert_eq!(at(1_790_726_400).as_deref(), Some("2026-09-30"));
        assert_eq!(at(1_790_726_399).as_deref(), Some("2026-09-29"));
    }
}
