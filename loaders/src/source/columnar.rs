//! What Parquet and Arrow files have in common: columns of typed arrays, one of which may hold geometries.
//!
//! Arrays arrive in groups of rows. Attributes are appended to one growing column each, in parallel; geometries are
//! drafted in pieces, in parallel, and put together in order.

mod allowance;
mod cells;
mod column;
mod geometry;
mod nested;
mod plan;
#[cfg(test)]
mod tests;
mod time;

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use arrow_array::{Array, ArrayRef};
use arrow_schema::Schema;
use comarca_engine::ShapesBuilder;
use rayon::prelude::*;

use super::features::Collector;
use super::{Features, Format};
use crate::problem::{LoadError, Problem, Problems};
use column::ColumnWriter;
use geometry::{Encoding, Refused, drafter};

pub(super) use allowance::{Allowance, TooMuch};
pub(super) use plan::{GeometryColumn, Plan, crs, plan};

/// Rows per piece of geometry.
const PIECE: usize = 8_192;

/// Rows of a file, decoded: for each column of the plan the arrays with its values.
pub(super) struct Rows {
    /// Number of the first row in the file.
    pub(super) first: usize,
    pub(super) count: usize,
    pub(super) columns: Vec<Vec<ArrayRef>>,
}

/// Grows the layer of one file.
pub(super) struct Assembly<'a> {
    path: &'a Path,
    allowance: &'a Allowance,
    geometry: Option<(GeometryColumn, Encoding)>,
    columns: Vec<ColumnWriter>,
    shapes: ShapesBuilder,
    multi: Vec<bool>,
    problems: Problems,
}

impl<'a> Assembly<'a> {
    /// An empty layer of what `plan` reads of a file with `schema`.
    ///
    /// # Errors
    /// When the encoding of the geometry column cannot be read.
    pub(super) fn new(
        path: &'a Path,
        schema: &Schema,
        plan: &Plan,
        allowance: &'a Allowance,
    ) -> Result<Self, LoadError> {
        let with_encoding = |geometry: &GeometryColumn| {
            let encoding = geometry
                .encoding()
                .map_err(|why| LoadError::new(path, why))?;
            Ok::<_, LoadError>((geometry.clone(), encoding))
        };
        let mut problems = Problems::default();
        problems.extend(plan.notices.iter().cloned());
        let names = unique(plan.attributes.iter().map(|&at| schema.field(at).name()));
        Ok(Self {
            path,
            allowance,
            geometry: plan.geometry.as_ref().map(with_encoding).transpose()?,
            columns: names.iter().map(|name| ColumnWriter::new(name)).collect(),
            shapes: ShapesBuilder::default(),
            multi: vec![],
            problems,
        })
    }

    /// Appends groups of rows, in order.
    ///
    /// # Errors
    /// When they hold more than the file's size allows, or geometries of another type than the file says.
    pub(super) fn append(&mut self, groups: Vec<Rows>) -> Result<(), LoadError> {
        let (path, allowance) = (self.path, self.allowance);
        let number_of_geometry = self.columns.len();
        let attributes = || {
            let columns = self.columns.par_iter_mut().enumerate();
            columns.try_for_each(|(number, column)| {
                each_array(&groups, number)
                    .try_for_each(|(first, array)| column.append(array.as_ref(), first, allowance))
            })
        };
        let pieces = || match &self.geometry {
            Some((geometry, encoding)) => {
                let arrays = each_array(&groups, number_of_geometry).flat_map(pieces);
                let arrays: Vec<_> = arrays.collect();
                let piece = |(first, array): (usize, ArrayRef)| {
                    let piece = piece(array.as_ref(), first, *encoding, allowance)?;
                    piece.map_err(|kind| Refusal::Type(geometry.name.clone(), kind))
                };
                arrays.into_par_iter().map(piece).collect()
            }
            None => Ok(groups
                .iter()
                .map(|rows| without_geometry(rows.count))
                .collect::<Vec<_>>()),
        };
        let (attributes, pieces) = rayon::join(attributes, pieces);
        drop(groups);
        attributes.map_err(|TooMuch| LoadError::new(path, TooMuch::MESSAGE))?;
        for piece in pieces.map_err(|why: Refusal| why.error(path))? {
            self.shapes
                .append(&piece.shapes, &piece.coordinates)
                .map_err(|error| LoadError::new(path, error.to_string()))?;
            self.multi.extend(piece.multi);
            self.problems.extend(piece.problems);
        }
        Ok(())
    }

    /// The finished layer.
    pub(super) fn build(mut self, format: Format, name: String) -> Features {
        let columns = self.columns.into_iter().map(|mut column| {
            self.problems
                .extend(std::mem::take(&mut column.problems).into_vec());
            column.build()
        });
        let columns = columns.collect();
        let (shapes, coordinates) = self.shapes.build();
        Features {
            format,
            name,
            crs: self.geometry.and_then(|(geometry, _)| geometry.crs),
            shapes,
            coordinates,
            multi: self.multi,
            columns,
            problems: self.problems.into_vec(),
        }
    }
}

/// Why geometries are not read.
enum Refusal {
    TooMuch,
    /// The column and the type of its values.
    Type(String, String),
}

impl From<TooMuch> for Refusal {
    fn from(_: TooMuch) -> Self {
        Self::TooMuch
    }
}

impl Refusal {
    fn error(self, path: &Path) -> LoadError {
        match self {
            Self::TooMuch => LoadError::new(path, TooMuch::MESSAGE),
            Self::Type(name, kind) => {
                let message = format!(
                    "the geometry column \"{name}\" holds values of the type {kind}, which do not fit its encoding"
                );
                LoadError::new(path, message)
            }
        }
    }
}

/// Only the features whose boxes meet `window` (min x, min y, max x, max y in the file's CRS).
pub(super) fn within(features: Features, window: Option<[f64; 4]>) -> Features {
    let Some([west, south, east, north]) = window else {
        return features;
    };
    let meets = |row: usize| {
        let coordinates = &features.coordinates[features.shapes.feature_coordinates(row)];
        let range = |axis: usize| {
            coordinates.iter().fold(
                (f64::INFINITY, f64::NEG_INFINITY),
                |(low, high), position| (low.min(position[axis]), high.max(position[axis])),
            )
        };
        let (x, y) = (range(0), range(1));
        x.0 <= east && x.1 >= west && y.0 <= north && y.1 >= south
    };
    let rows: Vec<u32> = (0u32..)
        .take(features.len())
        .filter(|&row| meets(row as usize))
        .collect();
    features.select(&rows)
}

/// Does `work`, which decodes bytes of the file at `path` with crates of others. Those are written with care, but a
/// panic on bytes that nobody thought of must not end a server that other people use.
pub(super) fn contained<T, E: std::fmt::Display>(
    path: &Path,
    work: impl FnOnce() -> Result<T, E>,
) -> Result<T, LoadError> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(LoadError::new(path, format!("is damaged: {error}"))),
        Err(_) => Err(LoadError::new(
            path,
            "is damaged in a way that its decoder did not expect",
        )),
    }
    .map_err(|error| error.advice("get the file again"))
}

/// The arrays of a column with the numbers of their first rows in the file.
fn each_array(groups: &[Rows], column: usize) -> impl Iterator<Item = (usize, &ArrayRef)> {
    groups.iter().flat_map(move |rows| {
        rows.columns[column]
            .iter()
            .scan(rows.first, |first, array| {
                let start = *first;
                *first += array.len();
                Some((start, array))
            })
    })
}

/// An array in pieces that threads can share out among themselves.
fn pieces((first, array): (usize, &ArrayRef)) -> impl Iterator<Item = (usize, ArrayRef)> {
    let starts = (0..array.len()).step_by(PIECE);
    starts.map(move |start| {
        (
            first + start,
            array.slice(start, PIECE.min(array.len() - start)),
        )
    })
}

/// Features of a piece of the geometry column; the type of the array where it is not one of the encoding.
fn piece(
    array: &dyn Array,
    first: usize,
    encoding: Encoding,
    allowance: &Allowance,
) -> Result<Result<Features, String>, TooMuch> {
    let Some(draft) = drafter(array, encoding, allowance) else {
        return Ok(Err(array.data_type().to_string()));
    };
    let mut rows = Collector::from_row(0, first);
    for row in 0..array.len() {
        match draft(row, &mut rows.draft) {
            Ok(()) => {}
            Err(Refused::TooMuch) => return Err(TooMuch),
            Err(Refused::Bad(why)) => {
                rows.draft.clear();
                let message = format!("the geometry is left out: {why}");
                rows.problems
                    .add(Problem::error(message).at_row(first + row));
            }
        }
        rows.end_row();
    }
    Ok(Ok(rows.build(Format::Parquet, String::new(), None)))
}

/// Rows of a table.
fn without_geometry(count: usize) -> Features {
    let mut rows = Collector::new(0);
    for _ in 0..count {
        rows.end_row();
    }
    rows.build(Format::Parquet, String::new(), None)
}

/// Names of which none stands twice; a later one gets a number behind it.
fn unique<'a>(names: impl Iterator<Item = &'a String>) -> Vec<String> {
    let (mut taken, mut counts) = (HashSet::new(), HashMap::<&str, usize>::new());
    let mut free = |name: &'a String| {
        let count = counts.entry(name).or_insert(0);
        loop {
            *count += 1;
            let free = match *count {
                1 => name.clone(),
                count => format!("{name}_{count}"),
            };
            if taken.insert(free.clone()) {
                return free;
            }
        }
    };
    names.map(&mut free).collect()
}
