//! Where a record says its place: coordinates, a list of coordinates, or a whole geometry.

use std::path::Path;

use comarca_engine::{GeometryType, nearest};
use serde_json::value::RawValue;

use super::{JsonOptions, Several, flatten};
use crate::problem::{LoadError, Problem};
use crate::source::Features;
use crate::source::csv::cells::{Decimal, is_blank, real};
use crate::source::csv::place::{ANYTHING, DEGREES, GEOMETRY, geometry};
use crate::source::draft::Draft;
use crate::source::geojson::{self, Quoted};
use crate::source::json::Members;

/// Members with the place of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A plain table.
    Nowhere,
    /// Paths of x and y; whether their names say that they are degrees.
    Positions { x: String, y: String, degrees: bool },
    /// Path of a geometry.
    Whole { member: String },
}

/// What the place of one record is made of, as text.
#[derive(Debug, Default)]
pub(super) struct Cells<'a> {
    x: Vec<&'a str>,
    y: Vec<&'a str>,
    whole: Option<&'a str>,
}

/// How many of the first records are looked at for members with usual names.
const SAMPLE: usize = 100;
/// How many members of an unusual record are looked at.
const PATHS_MAX: usize = 1_000;
/// What stands for a coordinate that is not there; no JSON value is written so.
const MISSING: &str = "";
/// Deepest nesting of arrays on the way to a coordinate.
const DEPTH_MAX: usize = 16;

impl Place {
    /// The members that are named in the options, else those with a usual name.
    pub(super) fn find(
        path: &Path,
        records: &[&str],
        options: &JsonOptions,
    ) -> Result<Self, LoadError> {
        let known = |wanted: &str| {
            let found = records.iter().any(|record| has(record, wanted));
            match found || records.is_empty() {
                true => Ok(wanted.to_owned()),
                false => Err(missing(path, records, wanted)),
            }
        };
        match (&options.geometry_column, &options.x, &options.y) {
            (Some(member), ..) => Ok(Self::Whole {
                member: known(member)?,
            }),
            (None, Some(x), Some(y)) => Ok(Self::Positions {
                x: known(x)?,
                y: known(y)?,
                degrees: DEGREES.iter().any(|(lon, _)| is_last(x, lon)),
            }),
            (None, None, None) => Ok(Self::usual(records)),
            _ => Err(
                LoadError::new(path, "only one of the two coordinates of a record is named")
                    .advice("name both json.x and json.y"),
            ),
        }
    }

    fn usual(records: &[&str]) -> Self {
        if let Some(member) = usual_geometry(records) {
            return Self::Whole { member };
        }
        let paths = paths(records);
        let pairs = DEGREES.iter().map(|pair| (pair, true));
        let mut pairs = pairs.chain(ANYTHING.iter().map(|pair| (pair, false)));
        // What is at the top of a record counts before what is one level inside.
        let levels = [0, 1].map(|level| {
            let at = paths.iter().filter(move |(path, _)| dots(path) == level);
            at.collect::<Vec<_>>()
        });
        let pair = |((lon, lat), degrees): (&(&str, &str), bool)| {
            let found = levels.iter().find_map(|level| {
                let places = level.iter().filter(|(path, _)| is_last(path, lon));
                places
                    .filter(|(_, value)| degrees || matches!(number(value), Ok(Some(_))))
                    .find_map(|(x, _)| {
                        let inside = &x[..x.len() - lon.len()];
                        let y = level
                            .iter()
                            .find(|(path, _)| path.starts_with(inside) && is_last(path, lat))?;
                        Some((x.clone(), y.0.clone()))
                    })
            });
            found.map(|(x, y)| Self::Positions { x, y, degrees })
        };
        pairs.find_map(pair).unwrap_or(Self::Nowhere)
    }

    /// Path of the geometry that must not be taken apart.
    pub(super) fn whole(&self) -> Option<&str> {
        match self {
            Self::Whole { member } => Some(member),
            _ => None,
        }
    }

    /// Keeps a cell that is part of the place; whether it is nothing else. A plain coordinate is a column too.
    pub(super) fn take<'a>(&self, name: &str, value: &'a str, cells: &mut Cells<'a>) -> bool {
        match self {
            Self::Nowhere => false,
            Self::Whole { member } => {
                let is_it = member == name;
                if is_it {
                    cells.whole = Some(value);
                }
                is_it
            }
            Self::Positions { x, y, .. } => {
                let mut is_list = false;
                for (path, list) in [(x, &mut cells.x), (y, &mut cells.y)] {
                    if let Some(rest) = rest(path, name) {
                        gather(value, rest, 0, list);
                        is_list |= value.starts_with(['[', '{']);
                    }
                }
                is_list
            }
        }
    }

    /// Drafts the geometry of a record, or says why there is none.
    pub(super) fn draft(
        &self,
        cells: &Cells,
        several: Several,
        draft: &mut Draft,
    ) -> Result<(), Box<Problem>> {
        match self {
            Self::Nowhere => Ok(()),
            Self::Whole { member } => whole(member, cells.whole, draft),
            Self::Positions { x, y, .. } => {
                draft_positions(&positions(cells, x, y)?, several, draft);
                Ok(())
            }
        }
    }

    /// Sets the CRS: the one of the options, else WGS 84 where the names mean it or every coordinate can be one.
    pub(super) fn tell_crs(&self, wanted: Option<&str>, features: &mut Features) {
        let Some([west, south, east, north]) = features.bounds() else {
            return;
        };
        let in_range = west >= -180.0 && east <= 180.0 && south >= -90.0 && north <= 90.0;
        let named = matches!(self, Self::Positions { degrees: true, .. });
        if let Some(wanted) = wanted {
            features.crs = Some(wanted.to_owned());
        } else if named || in_range {
            let notice = Problem::notice("names no CRS; its coordinates were taken for WGS 84");
            features
                .problems
                .push(notice.advice("set json.crs if this is wrong"));
            features.crs = Some("OGC:CRS84".to_owned());
        }
    }
}

fn no_place() -> Box<Problem> {
    Box::new(Problem::notice("has no coordinates"))
}

/// The geometry of a member: an object of `GeoJSON`, or a text that may be one too.
fn whole(member: &str, value: Option<&str>, draft: &mut Draft) -> Result<(), Box<Problem>> {
    let value = value
        .filter(|value| *value != "null")
        .ok_or_else(no_place)?;
    let text = serde_json::from_str::<Quoted>(value);
    let text = text.as_ref().map_or(value, |Quoted(text)| text.trim());
    if is_blank(text) {
        return Err(no_place());
    }
    let read = match text.starts_with('{') {
        true => geojson::geometry(text, 0, draft),
        false => geometry(text, draft).map_err(str::to_owned),
    };
    read.map_err(|why| {
        let problem = Problem::error(format!("the geometry is left out: {why}"));
        Box::new(problem.in_column(member).found(text))
    })
}

/// The positions of a record in their order, without those that are blank.
fn positions(cells: &Cells, x: &str, y: &str) -> Result<Vec<[f64; 2]>, Box<Problem>> {
    if cells.x.len() != cells.y.len() {
        let found = format!("{} x, {} y", cells.x.len(), cells.y.len());
        let problem = Problem::error("has not as many x as y; the row has no geometry");
        return Err(Box::new(problem.in_column(x).found(&found)));
    }
    let wrong = |path: &str, value: &str| {
        let problem = Problem::error("is not a coordinate; the row has no geometry");
        let advice = "write a plain number, with or without quotes";
        Box::new(problem.in_column(path).found(value).advice(advice))
    };
    let mut positions = vec![];
    for (x_value, y_value) in cells.x.iter().zip(&cells.y) {
        match (number(x_value), number(y_value)) {
            (Ok(None), Ok(None)) => {}
            (Ok(Some(x)), Ok(Some(y))) => positions.push([x, y]),
            (Ok(Some(_)), _) => return Err(wrong(y, y_value)),
            _ => return Err(wrong(x, x_value)),
        }
    }
    match positions.is_empty() {
        true => Err(no_place()),
        false => Ok(positions),
    }
}

fn draft_positions(positions: &[[f64; 2]], several: Several, draft: &mut Draft) {
    let (kind, is_point) = match several {
        Several::Line => (GeometryType::Line, positions.len() == 1),
        Several::Polygon => (GeometryType::Polygon, positions.len() == 1),
        Several::MultiPoint | Several::Mean => (GeometryType::Point, true),
    };
    if is_point {
        draft.kind(GeometryType::Point);
        if several == Several::Mean {
            let count = positions.len() as f64;
            let mean = [0, 1].map(|axis| positions.iter().map(|at| at[axis]).sum::<f64>() / count);
            draft.point(mean[0], mean[1]);
        } else {
            positions.iter().for_each(|&[x, y]| draft.point(x, y));
        }
    } else {
        draft.kind(kind);
        positions.iter().for_each(|&[x, y]| draft.coordinate(x, y));
        draft.end_ring();
        draft.end_part();
    }
}

/// The number in a JSON value, which may be a text with a decimal point or comma; `None` when it is blank.
fn number(value: &str) -> Result<Option<f64>, ()> {
    let text = serde_json::from_str::<Quoted>(value);
    let text = text.as_ref().map_or(value, |Quoted(text)| text.as_ref());
    if is_blank(text) {
        return Ok(None);
    }
    let number = real(text, Decimal::Point).or_else(|| real(text, Decimal::Comma));
    number.map(Some).ok_or(())
}

/// What is left of a path behind the cell `name`.
fn rest<'p>(path: &'p str, name: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(name)?;
    match rest.strip_prefix('.') {
        _ if rest.is_empty() => Some(rest),
        rest => rest,
    }
}

/// Collects the values at the end of `path`, [`MISSING`] for an element that has none, so that x and y stay in step.
fn gather<'a>(value: &'a str, path: &str, depth: usize, values: &mut Vec<&'a str>) {
    let (name, rest) = path.split_once('.').unwrap_or((path, ""));
    match value.as_bytes().first() {
        _ if depth > DEPTH_MAX => values.push(MISSING),
        Some(b'[') => {
            let elements: Vec<&'a RawValue> = serde_json::from_str(value).unwrap_or_default();
            if let Ok(number) = name.parse::<usize>() {
                match elements.get(number) {
                    Some(element) => gather(element.get(), rest, depth + 1, values),
                    None => values.push(MISSING),
                }
            } else {
                let path = if name == "*" { rest } else { path };
                elements
                    .iter()
                    .for_each(|element| gather(element.get(), path, depth + 1, values));
            }
        }
        Some(b'{') => {
            let Ok(Members(members)) = serde_json::from_str(value) else {
                return;
            };
            let next = members.into_iter().find_map(|(known, value)| {
                let rest = self::rest(path, &known)?;
                Some((value.get(), rest))
            });
            match next {
                Some((value, rest)) => gather(value, rest, depth + 1, values),
                None => values.push(MISSING),
            }
        }
        _ if path.is_empty() => values.push(value),
        _ => values.push(MISSING),
    }
}

/// Whether a record has something at the end of `wanted`.
fn has(record: &str, wanted: &str) -> bool {
    let mut values = vec![];
    gather(record, wanted, 0, &mut values);
    values.iter().any(|value| *value != MISSING)
}

fn missing(path: &Path, records: &[&str], wanted: &str) -> LoadError {
    let known = paths(records);
    let known = || known.iter().map(|(path, _)| path.as_str());
    let advice = match nearest(wanted, known()) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!(
            "there are {}",
            known().take(20).collect::<Vec<_>>().join(", ")
        ),
    };
    LoadError::new(path, format!("no record has \"{wanted}\"")).advice(advice)
}

/// The paths that occur in the first records with a value each, those within the objects of an array too.
fn paths(records: &[&str]) -> Vec<(String, String)> {
    let mut paths: Vec<(String, String)> = vec![];
    let mut add = |path: String, value: &str| {
        let new = paths.len() < PATHS_MAX && !paths.iter().any(|(known, _)| *known == path);
        if new && value != "null" {
            paths.push((path, value.to_owned()));
        }
    };
    for record in records.iter().take(SAMPLE) {
        // What is not an object is reported when the rows are read.
        let _ = flatten(
            record,
            None,
            &mut |name, value| match serde_json::from_str::<Vec<Members>>(value) {
                Ok(elements) => {
                    for (member, value) in elements.iter().take(1).flat_map(|Members(list)| list) {
                        add(format!("{name}.{member}"), value.get());
                    }
                }
                Err(_) => add(name.to_owned(), value),
            },
        );
    }
    paths
}

fn dots(path: &str) -> usize {
    path.bytes().filter(|byte| *byte == b'.').count()
}

/// Whether the last name of a path is `name`, in capitals or not.
fn is_last(path: &str, name: &str) -> bool {
    path.rsplit('.')
        .next()
        .is_some_and(|last| last.eq_ignore_ascii_case(name))
}

/// The first member at the top of a record that is a geometry: by a usual name, else by being one of `GeoJSON`.
fn usual_geometry(records: &[&str]) -> Option<String> {
    let is_geometry = |value: &str| whole("", Some(value), &mut Draft::default()).is_ok();
    let usual = |name: &str| {
        let mut names = GEOMETRY.iter().chain(&["geojson"]);
        names.any(|usual| usual.eq_ignore_ascii_case(name))
    };
    let member = |wanted: &dyn Fn(&str, &str) -> bool| {
        records.iter().take(SAMPLE).find_map(|record| {
            let Members(members) = serde_json::from_str(record).ok()?;
            let mut members = members.into_iter();
            members
                .find(|(name, value)| wanted(name, value.get()) && is_geometry(value.get()))
                .map(|(name, _)| name.into_owned())
        })
    };
    member(&|name, _| usual(name)).or_else(|| member(&|_, value| value.starts_with('{')))
}
