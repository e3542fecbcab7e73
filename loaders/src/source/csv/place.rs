//! Where a row says its place: in two columns of coordinates, in one of whole geometries, or nowhere.

use std::path::Path;

use comarca_engine::GeometryType;

use super::cells::{self, Decimal, is_blank};
use super::{CsvOptions, Grid, missing_column};
use crate::problem::{LoadError, Problem, Problems};
use crate::source::draft::Draft;
use crate::source::features::Collector;
use crate::source::{wkb, wkt};

/// Columns with the place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A plain table.
    Nowhere,
    /// Numbers of the columns of x and y; whether their names say that they are degrees.
    Point { x: usize, y: usize, degrees: bool },
    /// Number of the column of WKT, or of WKB in hexadecimal digits.
    Geometry { column: usize },
}

/// Names of coordinate columns that mean degrees.
pub(in crate::source) const DEGREES: [(&str, &str); 6] = [
    ("lon", "lat"),
    ("lng", "lat"),
    ("long", "lat"),
    ("longitude", "latitude"),
    ("longitud", "latitud"),
    ("stop_lon", "stop_lat"),
];
/// Names that may mean anything.
pub(in crate::source) const ANYTHING: [(&str, &str); 5] = [
    ("x", "y"),
    ("coord_x", "coord_y"),
    ("x_coord", "y_coord"),
    ("easting", "northing"),
    ("este", "norte"),
];
/// Names of columns of whole geometries.
pub(in crate::source) const GEOMETRY: [&str; 6] = [
    "wkt",
    "geometry",
    "geom",
    "the_geom",
    "wkb_geometry",
    "geometria",
];

impl Place {
    /// The columns that are named in the options, else those with a usual name.
    pub(super) fn find(
        path: &Path,
        grid: &Grid,
        decimal: Decimal,
        options: &CsvOptions,
    ) -> Result<Self, LoadError> {
        let named = |name: &str| {
            grid.position(name)
                .ok_or_else(|| missing_column(path, grid, name))
        };
        match (&options.x, &options.y) {
            (None, None) => Ok(Self::usual(grid, decimal)),
            (Some(x), Some(y)) => {
                let degrees = DEGREES.iter().any(|(lon, _)| lon.eq_ignore_ascii_case(x));
                Ok(Self::Point {
                    x: named(x)?,
                    y: named(y)?,
                    degrees,
                })
            }
            _ => Err(
                LoadError::new(path, "only one of the two coordinate columns is named")
                    .advice("name both x and y"),
            ),
        }
    }

    fn usual(grid: &Grid, decimal: Decimal) -> Self {
        let geometry = GEOMETRY
            .iter()
            .filter_map(|name| grid.position(name))
            .find(|column| has_geometries(grid, *column));
        if let Some(column) = geometry {
            return Self::Geometry { column };
        }
        let mut pairs = DEGREES
            .iter()
            .map(|pair| (pair, true))
            .chain(ANYTHING.iter().map(|pair| (pair, false)));
        // What is called longitude is one, readable or not; what is called x may be anything.
        let column = |name: &str, degrees: bool| {
            let column = grid.position(name);
            column.filter(|column| degrees || has_numbers(grid, *column, decimal))
        };
        let found = |((x, y), degrees): (&(&str, &str), bool)| {
            let (x, y) = (column(x, degrees)?, column(y, degrees)?);
            Some(Self::Point { x, y, degrees })
        };
        pairs.find_map(found).unwrap_or(Self::Nowhere)
    }

    /// Drafts the geometry of a row, or reports why there is none.
    pub(super) fn draft(self, grid: &Grid, row: usize, decimal: Decimal, rows: &mut Collector) {
        let read = match self {
            Self::Nowhere => return,
            Self::Point { x, y, .. } => point(grid, [x, y], decimal, row, &mut rows.draft),
            Self::Geometry { column } => whole(grid, column, row, &mut rows.draft),
        };
        if let Err(problem) = read {
            rows.draft.clear();
            rows.problems.add(*problem);
        }
    }

    /// The CRS: that of the options, else WGS 84 where the names of the columns mean it.
    pub(super) fn crs(self, options: &CsvOptions, problems: &mut Problems) -> Option<String> {
        match self {
            Self::Nowhere => None,
            Self::Point { degrees: true, .. } if options.crs.is_none() => {
                let notice = Problem::notice(
                    "names no CRS; its longitudes and latitudes were taken for WGS 84",
                );
                problems.add(notice.advice("set csv.crs if this is wrong"));
                Some("OGC:CRS84".to_owned())
            }
            _ => options.crs.clone(),
        }
    }
}

fn no_place(row: usize) -> Box<Problem> {
    Box::new(Problem::notice("has no coordinates").at_row(row))
}

fn point(
    grid: &Grid,
    columns: [usize; 2],
    decimal: Decimal,
    row: usize,
    draft: &mut Draft,
) -> Result<(), Box<Problem>> {
    let [x, y] = columns.map(|column| grid.cells[column].value(row));
    if is_blank(x) && is_blank(y) {
        return Err(no_place(row));
    }
    let number = |cell: &str, column: usize| {
        cells::real(cell, decimal)
            .filter(|number| number.is_finite())
            .ok_or_else(|| {
                let message = "is not a coordinate; the row has no geometry";
                let advice =
                    "write a plain number; set csv.decimal if the decimal mark was taken wrongly";
                Box::new(
                    Problem::error(message)
                        .at_row(row)
                        .in_column(&grid.names[column])
                        .found(cell)
                        .advice(advice),
                )
            })
    };
    draft.kind(GeometryType::Point);
    draft.point(number(x, columns[0])?, number(y, columns[1])?);
    Ok(())
}

fn whole(grid: &Grid, column: usize, row: usize, draft: &mut Draft) -> Result<(), Box<Problem>> {
    let cell = grid.cells[column].value(row);
    if is_blank(cell) {
        return Err(no_place(row));
    }
    geometry(cell, draft).map_err(|why| {
        let message = format!("the geometry is left out: {why}");
        Box::new(
            Problem::error(message)
                .at_row(row)
                .in_column(&grid.names[column])
                .found(cell),
        )
    })
}

/// Whether at least half of the first cells with anything in them are numbers.
fn has_numbers(grid: &Grid, column: usize, decimal: Decimal) -> bool {
    const CELLS_MAX: usize = 1_000;
    let filled = grid.cells[column]
        .iter()
        .filter(|cell| !is_blank(cell))
        .take(CELLS_MAX);
    let numbers: Vec<bool> = filled
        .map(|cell| cells::real(cell, decimal).is_some())
        .collect();
    numbers.iter().filter(|number| **number).count() * 2 >= numbers.len()
}

/// Whether the first cell with anything in it is a geometry.
fn has_geometries(grid: &Grid, column: usize) -> bool {
    let first = grid.cells[column].iter().find(|cell| !is_blank(cell));
    first.is_some_and(|cell| geometry(cell, &mut Draft::default()).is_ok())
}

/// Drafts a geometry in WKT, or in WKB as hexadecimal digits.
pub(in crate::source) fn geometry(cell: &str, draft: &mut Draft) -> Result<(), &'static str> {
    match from_hexadecimal(cell.trim()) {
        Some(bytes) => wkb::read(&bytes, draft),
        None => wkt::read(cell, draft),
    }
}

/// Bytes of an even number of hexadecimal digits.
fn from_hexadecimal(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2).map(|pair| {
        let digit = |at: usize| char::from(*pair.get(at)?).to_digit(16);
        u8::try_from(digit(0)? * 16 + digit(1)?).ok()
    });
    pairs.collect()
}
