//! Comma-separated values and their many dialects.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{Result, Write};

use geo_types::Polygon;

use crate::{Features, Shapes, Value};

/// How a CSV file is spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// Between two fields.
    pub delimiter: u8,
    /// Before the decimals of a number.
    pub decimal: char,
    /// How text becomes bytes.
    pub encoding: Encoding,
}

/// How text becomes bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8 without byte order mark.
    Utf8,
    /// ISO 8859-1; what it cannot hold becomes `?`.
    Latin1,
}

impl Default for Dialect {
    /// Commas, decimal points, UTF-8.
    fn default() -> Self {
        Self {
            delimiter: b',',
            decimal: '.',
            encoding: Encoding::Utf8,
        }
    }
}

impl Encoding {
    pub(super) fn encode(self, text: &str) -> Cow<'_, [u8]> {
        match self {
            Self::Utf8 => Cow::Borrowed(text.as_bytes()),
            Self::Latin1 => text
                .chars()
                .map(|c| u8::try_from(c).unwrap_or(b'?'))
                .collect(),
        }
    }
}

/// Writes a header and one record per row.
pub(super) fn write(table: &Features, dialect: Dialect, out: impl Write) -> Result<()> {
    let mut csv = ::csv::WriterBuilder::new()
        .delimiter(dialect.delimiter)
        .from_writer(out);
    let polygons = match &table.shapes {
        Shapes::Polygons(polygons) => polygons.as_slice(),
        _ => &[],
    };
    for column in &table.columns {
        csv.write_field(dialect.encoding.encode(&column.name))?;
    }
    if !polygons.is_empty() {
        csv.write_field("wkt")?;
    }
    csv.write_record(None::<&[u8]>)?;
    for row in 0..table.len() {
        for column in &table.columns {
            csv.write_field(
                dialect
                    .encoding
                    .encode(&field(column.values.at(row), dialect.decimal)),
            )?;
        }
        if let Some(polygon) = polygons.get(row) {
            csv.write_field(wkt(polygon))?;
        }
        csv.write_record(None::<&[u8]>)?;
    }
    csv.flush()
}

fn field(value: Value<'_>, decimal: char) -> Cow<'_, str> {
    match value {
        Value::Null => Cow::Borrowed(""),
        Value::Text(text) => Cow::Borrowed(text),
        Value::Whole(number) => Cow::Owned(number.to_string()),
        Value::Decimal(number) if decimal == '.' => Cow::Owned(number.to_string()),
        Value::Decimal(number) => Cow::Owned(number.to_string().replace('.', &decimal.to_string())),
    }
}

fn wkt(polygon: &Polygon) -> String {
    let mut text = String::from("POLYGON ((");
    for (i, c) in polygon.exterior().coords().enumerate() {
        let comma = if i == 0 { "" } else { ", " };
        // Writing to a String cannot fail.
        let _ = write!(text, "{comma}{} {}", c.x, c.y);
    }
    text + "))"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Values;

    #[test]
    fn the_chilean_dialect_has_semicolons_decimal_commas_and_latin_1() {
        let table = Features::new("t", Shapes::None)
            .with(
                "nombre",
                Values::Text(vec!["Educación; pública".to_owned()]),
            )
            .with("x", Values::Decimal(vec![-70.5]));
        let dialect = Dialect {
            delimiter: b';',
            decimal: ',',
            encoding: Encoding::Latin1,
        };
        let mut bytes = Vec::new();
        write(&table, dialect, &mut bytes).expect("memory takes everything");
        assert_eq!(bytes, b"nombre;x\n\"Educaci\xf3n; p\xfablica\";-70,5\n");
    }

    #[test]
    fn polygons_are_written_as_well_known_text() {
        let corners = vec![(0.0, 0.0), (1.0, 0.0), (0.0, 1.5)];
        let polygon = Polygon::new(corners.into(), Vec::new());
        let table = Features::new("t", Shapes::Polygons(vec![polygon]))
            .with("id", Values::Whole(vec![1]))
            .with_coordinates_as_columns("x", "y", 1);
        let mut bytes = Vec::new();
        write(&table, Dialect::default(), &mut bytes).expect("memory takes everything");
        assert_eq!(bytes, b"id,wkt\n1,\"POLYGON ((0 0, 1 0, 0 1.5, 0 0))\"\n");
    }
}
