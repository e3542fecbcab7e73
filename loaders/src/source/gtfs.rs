//! Public transport timetables: a folder of delimited text by the names of GTFS.
//!
//! Source: General Transit Feed Specification, Schedule Reference. `stops` are points, `shapes` the lines of one shape
//! each, `routes` the distinct shapes of all trips of a route; every other file is a plain table. Ids, names, codes,
//! colours, dates and times stay text: `06:30:00` is one, and `25:10:00`, which is after midnight, too.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use comarca_engine::{Column, GeometryType, Text, Value};

use super::csv::cells::{Decimal, real};
use super::features::Collector;
use super::{CsvOptions, Features, Format, bytes, csv, folder, stem};
use crate::problem::{LoadError, Problem, Problems};

/// What GTFS counts in: degrees of WGS 84.
const CRS: &str = "OGC:CRS84";
/// Files without which a feed is not complete.
const REQUIRED: [&str; 5] = ["agency", "stops", "routes", "trips", "stop_times"];
/// Columns that are text by the ends of their names.
const TEXT: [&str; 12] = [
    "_id", "_code", "_name", "_desc", "_url", "_color", "_date", "_time", "_phone", "_lang",
    "_email", "_version",
];

/// Whether `files`, which lie in one folder, are a feed.
pub(super) fn is_feed(files: &[PathBuf]) -> bool {
    let has = |name: &str| file(files, name).is_some();
    has("stops")
        && ["routes", "trips", "stop_times", "agency"]
            .iter()
            .any(|name| has(name))
}

/// Reads the layers `stops`, `routes` and, where there is one, `shapes`; or the one file that `table` names.
pub(super) fn read(
    path: &Path,
    files: &[PathBuf],
    table: Option<&str>,
) -> Result<Vec<Features>, LoadError> {
    let feed = Feed { files };
    let mut layers = if let Some(name) = table {
        vec![feed.layer(name)?.ok_or_else(|| feed.unknown(path, name))?]
    } else {
        let layers = ["stops", "routes", "shapes"].map(|name| feed.layer(name));
        layers
            .into_iter()
            .filter_map(Result::transpose)
            .collect::<Result<_, _>>()?
    };
    let missing = feed
        .missing()
        .into_iter()
        .map(|problem| problem.in_file(path));
    if let Some(first) = layers.first_mut() {
        first.problems.extend(missing);
    }
    Ok(layers)
}

/// The text file `name` of `files`.
fn file<'a>(files: &'a [PathBuf], name: &str) -> Option<&'a PathBuf> {
    files
        .iter()
        .find(|file| folder::extension(file) == "txt" && stem(file).eq_ignore_ascii_case(name))
}

struct Feed<'a> {
    files: &'a [PathBuf],
}

impl Feed<'_> {
    /// The file `name` as a layer or table, if it is there; problems are addressed to its file.
    fn layer(&self, name: &str) -> Result<Option<Features>, LoadError> {
        let Some(path) = file(self.files, name) else {
            return Ok(None);
        };
        let mut layer = match name {
            "routes" => self.routes(path)?,
            "shapes" => Self::shapes(path)?,
            _ => rows(path, name == "stops")?,
        };
        layer.finish(path);
        Ok(Some(Features {
            name: name.to_owned(),
            ..layer
        }))
    }

    /// One multi-line per route, of the distinct shapes of its trips in the order of the trips.
    fn routes(&self, path: &Path) -> Result<Features, LoadError> {
        let mut routes = rows(path, false)?;
        let (Some(trips), Some(shapes)) = (file(self.files, "trips"), file(self.files, "shapes"))
        else {
            let notice = "has no shapes, so its routes have no geometry and are a table";
            routes.problems.push(Problem::notice(notice));
            return Ok(routes);
        };
        let mut problems = Problems::default();
        let shapes = Shapes::read(shapes, &mut problems)?;
        let by_route = shapes_of_routes(&rows(trips, false)?, &shapes, trips, &mut problems);
        let ids = texts(&routes, "route_id");
        let mut drawn = Collector::new(0);
        drawn.problems.extend(std::mem::take(&mut routes.problems));
        drawn.problems.extend(problems.into_vec());
        for row in 0..routes.len() {
            let own = ids.as_ref().and_then(|ids| by_route.get(ids.value(row)));
            match own {
                Some(numbers) => {
                    drawn.draft.multi();
                    numbers
                        .iter()
                        .for_each(|&number| shapes.draft(number, &mut drawn));
                }
                None => drawn
                    .problems
                    .add(Problem::notice("has no trip with a shape").at_row(row)),
            }
            drawn.end_row();
        }
        let crs = Some(CRS.to_owned());
        Ok(Features {
            columns: routes.columns,
            ..drawn.build(Format::Gtfs, String::new(), crs)
        })
    }

    /// One line per shape, in the order of the file.
    fn shapes(path: &Path) -> Result<Features, LoadError> {
        let mut problems = Problems::default();
        let shapes = Shapes::read(path, &mut problems)?;
        let mut lines = Collector::new(0);
        lines.problems = problems;
        for number in 0..shapes.lines.len() {
            shapes.draft(number, &mut lines);
            lines.end_row();
        }
        let ids = Column::new("shape_id", shapes.ids.iter().map(|id| Value::Text(id)));
        let layer = lines.build(Format::Gtfs, String::new(), Some(CRS.to_owned()));
        Ok(Features {
            columns: vec![ids],
            ..layer
        })
    }

    fn missing(&self) -> Vec<Problem> {
        let absent = |name: &str| file(self.files, name).is_none();
        let required = REQUIRED.iter().filter(|name| absent(name));
        let mut missing: Vec<String> = required.map(|name| format!("{name}.txt")).collect();
        if absent("calendar") && absent("calendar_dates") {
            missing.push("calendar.txt or calendar_dates.txt".to_owned());
        }
        let warning = |name| Problem::warning(format!("has no {name}, which GTFS requires"));
        missing.into_iter().map(warning).collect()
    }

    fn unknown(&self, path: &Path, table: &str) -> LoadError {
        let names = self
            .files
            .iter()
            .filter(|file| folder::extension(file) == "txt");
        folder::unknown_table(
            path,
            table,
            &names.map(|file| stem(file)).collect::<Vec<_>>(),
        )
    }
}

/// The rows of one file, typed; with points where they are stops.
fn rows(path: &Path, with_points: bool) -> Result<Features, LoadError> {
    let content = bytes(path)?;
    let header = header(&content);
    let is_text = |name: &&String| {
        name.as_str() == "date" || TEXT.iter().any(|end| name.to_lowercase().ends_with(end))
    };
    let column = |wanted: &str| {
        let found = header.iter().find(|name| name.eq_ignore_ascii_case(wanted));
        found.filter(|_| with_points).cloned()
    };
    let (x, y) = (column("stop_lon"), column("stop_lat"));
    let placed = x.is_some() && y.is_some();
    let options = CsvOptions {
        delimiter: Some(','),
        decimal: Some('.'),
        crs: placed.then(|| CRS.to_owned()),
        text: header.iter().filter(is_text).cloned().collect(),
        x: x.filter(|_| placed),
        y: y.filter(|_| placed),
        ..CsvOptions::default()
    };
    let read = csv::read(path, &content, &options)?;
    Ok(Features {
        format: Format::Gtfs,
        ..read
    })
}

/// The names of the columns.
fn header(content: &[u8]) -> Vec<String> {
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    let mut reader = ::csv::Reader::from_reader(content);
    let names = reader.byte_headers().cloned().unwrap_or_default();
    names
        .iter()
        .map(|name| String::from_utf8_lossy(name).trim().to_owned())
        .collect()
}

fn texts(rows: &Features, name: &str) -> Option<Text> {
    let column = rows.column(name)?;
    Some(
        (0..column.len())
            .map(|row| column.value(row).display())
            .collect(),
    )
}

/// The number in a cell, also where another cell of the column is none and all are text.
fn number(column: &Column, row: usize) -> Option<f64> {
    match column.value(row) {
        Value::Text(cell) => real(cell, Decimal::Point),
        value => value.number(),
    }
}

/// Numbers of the shapes of each route. A trip that names a shape which is not there is reported.
fn shapes_of_routes(
    trips: &Features,
    shapes: &Shapes,
    path: &Path,
    problems: &mut Problems,
) -> HashMap<String, Vec<usize>> {
    let mut by_route: HashMap<String, Vec<usize>> = HashMap::new();
    let mut known = HashSet::new();
    let (Some(routes), Some(shape_ids)) = (texts(trips, "route_id"), texts(trips, "shape_id"))
    else {
        let warning = "names no route_id or no shape_id, so the routes have no geometry";
        problems.add(Problem::warning(warning).in_file(path));
        return by_route;
    };
    for (row, (route, id)) in routes.iter().zip(shape_ids.iter()).enumerate() {
        if id.is_empty() {
            continue;
        }
        let Some(&number) = shapes.numbers.get(id) else {
            let warning = Problem::warning("names a shape that is not in shapes.txt");
            problems.add(
                warning
                    .in_file(path)
                    .at_row(row)
                    .in_column("shape_id")
                    .found(id),
            );
            continue;
        };
        if known.insert((route.to_owned(), number)) {
            by_route.entry(route.to_owned()).or_default().push(number);
        }
    }
    by_route
}

/// The lines of shapes.txt.
struct Shapes {
    ids: Vec<String>,
    numbers: HashMap<String, usize>,
    /// Place in the sequence, then longitude and latitude.
    lines: Vec<Vec<(f64, [f64; 2])>>,
}

impl Shapes {
    fn read(path: &Path, problems: &mut Problems) -> Result<Self, LoadError> {
        let points = rows(path, false)?;
        problems.extend(
            points
                .problems
                .iter()
                .cloned()
                .map(|problem| problem.in_file(path)),
        );
        let column = |name: &str| {
            let missing = || LoadError::new(path, format!("has no column {name:?}"));
            points.column(name).ok_or_else(missing)
        };
        let ids = column("shape_id")?;
        let columns = ["shape_pt_lon", "shape_pt_lat", "shape_pt_sequence"];
        let [lon, lat, sequence] = columns.map(column);
        let (lon, lat, sequence) = (lon?, lat?, sequence?);
        let mut shapes = Self {
            ids: vec![],
            numbers: HashMap::new(),
            lines: vec![],
        };
        for row in 0..points.len() {
            let Value::Text(id) = ids.value(row) else {
                continue;
            };
            if let [Some(x), Some(y), Some(place)] =
                [lon, lat, sequence].map(|column| number(column, row))
            {
                shapes.line(id).push((place, [x, y]));
            } else {
                let warning = "is no point of a shape and is left out";
                let advice = "write its longitude, latitude and place in the sequence as numbers";
                problems.add(
                    Problem::warning(warning)
                        .in_file(path)
                        .at_row(row)
                        .advice(advice),
                );
            }
        }
        for line in &mut shapes.lines {
            line.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        Ok(shapes)
    }

    fn line(&mut self, id: &str) -> &mut Vec<(f64, [f64; 2])> {
        let number = self.numbers.get(id).copied().unwrap_or_else(|| {
            self.numbers.insert(id.to_owned(), self.lines.len());
            self.ids.push(id.to_owned());
            self.lines.push(vec![]);
            self.lines.len() - 1
        });
        &mut self.lines[number]
    }

    fn draft(&self, number: usize, rows: &mut Collector) {
        rows.draft.kind(GeometryType::Line);
        self.lines[number]
            .iter()
            .for_each(|(_, [x, y])| rows.draft.coordinate(*x, *y));
        rows.draft.end_ring();
        rows.draft.end_part();
    }
}

#[cfg(test)]
mod tests;
