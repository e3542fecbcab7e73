//! What a file holds: shapes and columns.

use geo_types::{Coord, LineString, Polygon};

use crate::Error;
use crate::crs::{Crs, Projection};

/// A layer or a table, ready to be written in any format.
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    /// Name of the layer or table inside its file.
    pub name: String,
    /// The system of the shapes' coordinates.
    pub crs: Crs,
    /// One shape per row, or none.
    pub shapes: Shapes,
    /// Columns of one value per row.
    pub columns: Vec<Column>,
}

/// The geometry of a layer.
#[derive(Clone, Debug, PartialEq)]
pub enum Shapes {
    /// A table.
    None,
    /// One point per row.
    Points(Vec<Coord>),
    /// One polygon per row: exterior counter-clockwise, no holes.
    Polygons(Vec<Polygon>),
}

/// A named column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name in every format; ten characters at most where a Shapefile is written.
    pub name: String,
    /// Its values.
    pub values: Values,
}

/// The values of a column, all of one type.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Text.
    Text(Vec<String>),
    /// Whole numbers.
    Whole(Vec<i64>),
    /// Whole numbers with gaps.
    Sparse(Vec<Option<i64>>),
    /// Decimal numbers.
    Decimal(Vec<f64>),
}

/// One cell of a table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// No value.
    Null,
    /// Text.
    Text(&'a str),
    /// A whole number.
    Whole(i64),
    /// A decimal number.
    Decimal(f64),
}

impl Features {
    /// A layer in metres without columns yet.
    pub fn new(name: &str, shapes: Shapes) -> Self {
        Self {
            name: name.to_owned(),
            crs: Crs::Utm19s,
            shapes,
            columns: Vec::new(),
        }
    }

    /// The same with one more column.
    #[must_use]
    pub fn with(mut self, name: &str, values: Values) -> Self {
        self.columns.push(Column {
            name: name.to_owned(),
            values,
        });
        self
    }

    /// The same with a column of text, computed row by row.
    #[must_use]
    pub fn with_text<T>(self, name: &str, rows: &[T], text: impl Fn(&T) -> String) -> Self {
        self.with(name, Values::Text(rows.iter().map(text).collect()))
    }

    /// The same with a column of whole numbers, computed row by row.
    #[must_use]
    pub fn with_whole<T>(self, name: &str, rows: &[T], number: impl Fn(&T) -> i64) -> Self {
        self.with(name, Values::Whole(rows.iter().map(number).collect()))
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        match &self.shapes {
            Shapes::Points(points) => points.len(),
            Shapes::Polygons(polygons) => polygons.len(),
            Shapes::None => self.columns.first().map_or(0, |column| column.values.len()),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values of a column by its name.
    pub fn column(&self, name: &str) -> Option<&Values> {
        self.columns
            .iter()
            .find(|c| c.name == name)
            .map(|c| &c.values)
    }

    /// The same shapes in another system: degrees come out rounded to 1e-7°, a centimetre.
    ///
    /// # Errors
    /// When a coordinate has no image there.
    pub fn to_crs(&self, crs: Crs) -> Result<Self, Error> {
        let projection = Projection::new()?;
        let place = |c: Coord| match (self.crs, crs) {
            (Crs::Utm19s, Crs::Wgs84) => projection.lon_lat(c),
            (Crs::Wgs84, Crs::Utm19s) => projection.metres(c),
            _ => Ok(c),
        };
        let shapes = match &self.shapes {
            Shapes::None => Shapes::None,
            Shapes::Points(points) => {
                Shapes::Points(points.iter().map(|&c| place(c)).collect::<Result<_, _>>()?)
            }
            Shapes::Polygons(polygons) => {
                let ring = |p: &Polygon| {
                    p.exterior()
                        .coords()
                        .map(|&c| place(c))
                        .collect::<Result<Vec<_>, _>>()
                };
                let polygon = |p: &Polygon| Ok(Polygon::new(LineString::new(ring(p)?), Vec::new()));
                Shapes::Polygons(polygons.iter().map(polygon).collect::<Result<_, Error>>()?)
            }
        };
        Ok(Self {
            crs,
            shapes,
            ..self.clone()
        })
    }

    /// A table whose points became two columns, put before column `before`; other shapes stay.
    #[must_use]
    pub fn with_coordinates_as_columns(mut self, x: &str, y: &str, before: usize) -> Self {
        if let Shapes::Points(points) = &self.shapes {
            let column = |name: &str, of: fn(&Coord) -> f64| Column {
                name: name.to_owned(),
                values: Values::Decimal(points.iter().map(of).collect()),
            };
            let at = before.min(self.columns.len());
            self.columns
                .splice(at..at, [column(x, |c| c.x), column(y, |c| c.y)]);
        }
        self
    }
}

impl Values {
    /// Number of values.
    pub fn len(&self) -> usize {
        match self {
            Self::Text(values) => values.len(),
            Self::Whole(values) => values.len(),
            Self::Sparse(values) => values.len(),
            Self::Decimal(values) => values.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of a row; null past the end.
    pub fn at(&self, row: usize) -> Value<'_> {
        match self {
            Self::Text(values) => values.get(row).map_or(Value::Null, |v| Value::Text(v)),
            Self::Whole(values) => values.get(row).map_or(Value::Null, |&v| Value::Whole(v)),
            Self::Sparse(values) => values
                .get(row)
                .copied()
                .flatten()
                .map_or(Value::Null, Value::Whole),
            Self::Decimal(values) => values.get(row).map_or(Value::Null, |&v| Value::Decimal(v)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_become_two_columns_where_asked() {
        let points = vec![Coord { x: 1.0, y: 2.0 }];
        let table = Features::new("t", Shapes::Points(points))
            .with("id", Values::Whole(vec![7]))
            .with("last", Values::Sparse(vec![None]))
            .with_coordinates_as_columns("x", "y", 1);
        let names: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names, ["id", "x", "y", "last"]);
        assert_eq!(
            table.column("y").map(|v| v.at(0)),
            Some(Value::Decimal(2.0))
        );
        assert_eq!(table.len(), 1);
    }
}
