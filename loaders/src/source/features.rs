//! What a reader hands over: the features of one layer as they are in the file.

use std::collections::HashSet;
use std::path::Path;

use comarca_engine::{Column, ColumnBuilder, GeometryType, Shapes, ShapesBuilder};

use super::Format;
use super::draft::Draft;
use super::table::Table;
use crate::problem::{Problem, Problems};

/// A layer as its file has it: source order, source coordinates, source column names.
#[derive(Clone, Debug)]
pub struct Features {
    /// Format of the file.
    pub format: Format,
    /// Name of the layer or table; the file's name where it has none of its own.
    pub name: String,
    /// The coordinate reference system as the file names it, for [`Crs::parse`](crate::Crs::parse): `EPSG:4674`,
    /// `OGC:CRS84`, WKT or PROJJSON. `None` where the file does not tell.
    pub crs: Option<String>,
    /// How the coordinates form geometries; one entry per row.
    pub shapes: Shapes,
    /// Coordinates in the file's CRS, x or longitude first.
    pub coordinates: Vec<[f64; 2]>,
    /// Whether the file calls a row's geometry a multi-geometry, which it may be with a single part. A row that is
    /// not in the list is not one.
    pub multi: Vec<bool>,
    /// Attributes, each with one value per row.
    pub columns: Vec<Column>,
    /// What was wrong.
    pub problems: Vec<Problem>,
}

impl Features {
    /// Number of rows, with or without geometry.
    pub fn len(&self) -> usize {
        self.shapes.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.shapes.is_empty()
    }

    /// The column `name`.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name() == name)
    }

    /// Whether no row has a geometry: a plain table.
    pub fn is_table(&self) -> bool {
        self.coordinates.is_empty()
    }

    /// Whether a row has a geometry.
    pub fn has_geometry(&self, row: usize) -> bool {
        self.shapes.geometry_type(row) != GeometryType::None
    }

    /// The smallest box around all coordinates: min x, min y, max x, max y.
    pub fn bounds(&self) -> Option<[f64; 4]> {
        super::window::around(&self.coordinates)
    }

    /// The smallest box around the coordinates of a row; `None` where it has no geometry.
    pub fn bounds_of(&self, row: usize) -> Option<[f64; 4]> {
        let coordinates = &self.coordinates[self.shapes.feature_coordinates(row)];
        let &[x, y] = coordinates.first()?;
        let grow =
            |b: [f64; 4], &[x, y]: &[f64; 2]| [b[0].min(x), b[1].min(y), b[2].max(x), b[3].max(y)];
        Some(coordinates.iter().fold([x, y, x, y], grow))
    }

    /// Numbers of features by geometry, in the words of `GeoJSON`; `None` counts the rows without one.
    pub fn geometry_counts(&self) -> Vec<(&'static str, usize)> {
        let names = [
            "Point",
            "MultiPoint",
            "LineString",
            "MultiLineString",
            "Polygon",
            "MultiPolygon",
            "None",
        ];
        let mut counts: Vec<_> = names.into_iter().map(|name| (name, 0)).collect();
        for row in 0..self.len() {
            let multi = usize::from(self.is_multi(row) || self.shapes.parts(row).len() > 1);
            counts[match self.shapes.geometry_type(row) {
                GeometryType::Point => multi,
                GeometryType::Line => 2 + multi,
                GeometryType::Polygon => 4 + multi,
                GeometryType::None => 6,
            }]
            .1 += 1;
        }
        counts.retain(|(_, count)| *count > 0);
        counts
    }

    /// Only the rows `rows`, in that order.
    #[must_use]
    pub fn select(&self, rows: &[u32]) -> Self {
        let (shapes, kept) = self.shapes.select(rows);
        Self {
            format: self.format,
            name: self.name.clone(),
            crs: self.crs.clone(),
            shapes,
            coordinates: kept
                .into_iter()
                .flat_map(|range| &self.coordinates[range])
                .copied()
                .collect(),
            multi: rows
                .iter()
                .map(|&row| self.is_multi(row as usize))
                .collect(),
            columns: self
                .columns
                .iter()
                .map(|column| column.select(rows))
                .collect(),
            problems: self.problems.clone(),
        }
    }

    /// Puts the rows of `other` below these. Columns are matched by name: one that a side lacks is null there, one
    /// of two types takes the wider. Coordinates are not converted; the caller compares the CRSs first.
    ///
    /// Cost O(rows of both); many layers are better put together by [`concatenated`](Self::concatenated).
    pub fn append(&mut self, other: Self) {
        let nothing = Collector::new(0).build(self.format, String::new(), None);
        let above = std::mem::replace(self, nothing);
        self.extend_from(vec![above, other]);
    }

    /// All layers one below the other, as [`append`](Self::append) does it for two. `None` without any.
    pub fn concatenated(layers: Vec<Self>) -> Option<Self> {
        let mut shapes = ShapesBuilder::default();
        for layer in &layers {
            if shapes.append(&layer.shapes, &layer.coordinates).is_err() {
                // Row by row, so that those that still fit are there and the others are rows without geometry.
                (0..layer.len())
                    .for_each(|row| shapes.copy(&layer.shapes, row, &layer.coordinates));
            }
        }
        let multi = layers
            .iter()
            .flat_map(|layer| (0..layer.len()).map(|row| layer.is_multi(row)))
            .collect();
        let columns = column_names(&layers)
            .iter()
            .map(|name| stacked(name, &layers))
            .collect();
        let first = layers.first()?;
        let (format, name) = (first.format, first.name.clone());
        let crs = layers
            .iter()
            .find(|layer| !layer.is_empty())
            .unwrap_or(first)
            .crs
            .clone();
        let (shapes, coordinates) = shapes.build();
        let problems = layers
            .into_iter()
            .flat_map(|layer| layer.problems)
            .collect();
        Some(Self {
            format,
            name,
            crs,
            shapes,
            coordinates,
            multi,
            columns,
            problems,
        })
    }

    fn extend_from(&mut self, layers: Vec<Self>) {
        if let Some(all) = Self::concatenated(layers) {
            *self = all;
        }
    }

    /// Whether the file calls the geometry of a row a multi-geometry.
    pub(crate) fn is_multi(&self, row: usize) -> bool {
        self.multi.get(row).copied().unwrap_or(false)
    }

    /// Writes the file's name into every problem and reports what concerns the layer as a whole.
    pub(super) fn finish(&mut self, path: &Path) {
        if self.is_empty() {
            self.problems.push(Problem::warning("has no rows"));
        }
        for problem in &mut self.problems {
            problem.file.get_or_insert_with(|| path.to_owned());
        }
    }
}

/// Collects features row by row: a geometry, then its attributes.
#[derive(Debug)]
pub(super) struct Collector {
    pub(super) draft: Draft,
    pub(super) table: Table,
    pub(super) problems: Problems,
    shapes: ShapesBuilder,
    multi: Vec<bool>,
    first_row: usize,
}

impl Collector {
    /// For a file of `file_bytes`.
    pub(super) fn new(file_bytes: usize) -> Self {
        Self::from_row(file_bytes, 0)
    }

    /// For the rows of a file from number `first_row` on, which are put below the others with [`append`](Self::append).
    pub(super) fn from_row(file_bytes: usize, first_row: usize) -> Self {
        Self {
            first_row,
            draft: Draft::default(),
            table: Table::new(file_bytes),
            problems: Problems::default(),
            shapes: ShapesBuilder::default(),
            multi: vec![],
        }
    }

    /// Number of the current row in the file, from 0.
    pub(super) fn row(&self) -> usize {
        self.first_row + self.table.rows()
    }

    /// Ends the current row with the geometry that is drafted. False when the table grows out of proportion.
    pub(super) fn end_row(&mut self) -> bool {
        self.multi.push(self.draft.is_multi());
        let row = self.row();
        self.draft.finish(row, &mut self.shapes, &mut self.problems);
        self.table.end_row()
    }

    /// Puts the rows of `below` under these. False when the table grows out of proportion or there are too many
    /// coordinates for one layer.
    pub(super) fn append(&mut self, below: Self) -> bool {
        let (shapes, coordinates) = below.shapes.build();
        let fits = self.shapes.append(&shapes, &coordinates).is_ok();
        self.multi.extend(below.multi);
        self.problems.extend(below.problems.into_vec());
        fits && self.table.append(below.table)
    }

    /// The finished layer.
    pub(super) fn build(self, format: Format, name: String, crs: Option<String>) -> Features {
        let (shapes, coordinates) = self.shapes.build();
        let problems = self.problems.into_vec();
        Features {
            format,
            name,
            crs,
            shapes,
            coordinates,
            multi: self.multi,
            columns: self.table.build(),
            problems,
        }
    }
}

/// Every column name once, in the order of appearance.
fn column_names(layers: &[Features]) -> Vec<String> {
    let mut known = HashSet::new();
    let names = layers
        .iter()
        .flat_map(|layer| &layer.columns)
        .map(Column::name);
    names
        .filter(|name| known.insert(*name))
        .map(str::to_owned)
        .collect()
}

fn stacked(name: &str, layers: &[Features]) -> Column {
    let mut stack = ColumnBuilder::new(name);
    for layer in layers {
        match layer.column(name) {
            Some(column) => stack.extend_from(column),
            None => stack.fill(stack.len() + layer.len()),
        }
    }
    stack.build()
}

#[cfg(test)]
mod tests {
    use comarca_engine::Value;

    use super::*;

    fn layer(columns: &[(&str, Value)], x: f64) -> Features {
        let mut rows = Collector::new(0);
        for (name, value) in columns {
            let column = rows.table.column(name);
            rows.table.set(column, *value);
        }
        rows.draft.kind(GeometryType::Point);
        rows.draft.point(x, 0.0);
        rows.end_row();
        rows.build(Format::Csv, "layer".to_owned(), None)
    }

    #[test]
    fn layers_are_put_together_by_the_names_of_their_columns() {
        let mut all = layer(&[("a", Value::Integer(1)), ("b", Value::Text("x"))], 1.0);
        all.append(layer(
            &[("c", Value::Bool(true)), ("a", Value::Real(0.5))],
            2.0,
        ));
        assert_eq!(all.coordinates, [[1.0, 0.0], [2.0, 0.0]]);
        let row = |row| {
            all.columns
                .iter()
                .map(|column| (column.name(), column.value(row)))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            row(0),
            [
                ("a", Value::Real(1.0)),
                ("b", Value::Text("x")),
                ("c", Value::Null)
            ]
        );
        assert_eq!(
            row(1),
            [
                ("a", Value::Real(0.5)),
                ("b", Value::Null),
                ("c", Value::Bool(true))
            ]
        );
    }

    #[test]
    fn rows_are_selected_with_their_geometry_and_values() {
        let layers = (0..4_u8).map(|x| layer(&[("a", Value::Integer(x.into()))], x.into()));
        let all = Features::concatenated(layers.collect()).expect("four layers");
        let some = all.select(&[3, 1]);
        assert_eq!(some.coordinates, [[3.0, 0.0], [1.0, 0.0]]);
        assert_eq!(some.columns[0].value(0), Value::Integer(3));
        assert_eq!(some.geometry_counts(), [("Point", 2)]);
    }
}
