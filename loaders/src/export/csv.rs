//! Delimited text (RFC 4180) in UTF-8: a header, a record per row, `\n` at the end of a line.
//!
//! Null is nothing at all, empty text is `""`. Text is written as it is, also where a spreadsheet would take it for a
//! formula: it is data, and a mark before it would change the data.

mod place;

use std::io::Write;
use std::ops::Range;

use comarca_engine::Value;

use super::crs::Reference;
use super::{ExportError, WriteOptions, WriteProgress, chunks, text, wkt};
use crate::problem::Problem;
use crate::source::Features;
pub(super) use place::Place;

/// Writes a layer or a table.
pub(super) fn write(
    features: &Features,
    out: &mut dyn Write,
    options: &WriteOptions,
    progress: &dyn WriteProgress,
) -> Result<Vec<Problem>, ExportError> {
    let spelling = Spelling::new(options)?;
    let crs = Reference::of(features);
    let place = Place::choose(features, options.geometry, crs.is_geographic())?;
    let names = place.names();
    let only_column = names.len() + features.columns.len() == 1;
    let mut head = vec![];
    let columns = features.columns.iter().map(comarca_engine::Column::name);
    for (number, name) in names.iter().copied().chain(columns).enumerate() {
        spelling.delimit(number, &mut head);
        spelling.text(name, &mut head);
    }
    head.push(b'\n');
    out.write_all(&head)?;
    let encode = |rows: Range<usize>, buffer: &mut Vec<u8>| {
        for row in rows {
            let start = buffer.len();
            spelling.record(features, row, &place, buffer);
            if only_column && buffer.len() == start {
                // An empty line would be no record.
                buffer.extend(b"\"\"");
            }
            buffer.push(b'\n');
        }
    };
    chunks::encode(
        features,
        |row| row,
        progress,
        encode,
        |_, bytes| out.write_all(bytes).map_err(ExportError::from),
    )?;
    Ok(unsaid_crs(features, &place, &crs).into_iter().collect())
}

/// A CSV does not say its CRS; only `lon` and `lat` mean one.
fn unsaid_crs(features: &Features, place: &Place, crs: &Reference) -> Option<Problem> {
    let said = crs.is_wgs84() && place.means_degrees();
    let told = !said && *place != Place::Nowhere && !crs.name.is_empty();
    told.then(|| {
        let notice = format!(
            "a CSV does not say its CRS: the coordinates are in {}",
            crs.name
        );
        Problem::notice(notice)
            .in_layer(&features.name)
            .advice("say csv.crs where it is read")
    })
}

/// How cells are spelt.
struct Spelling {
    delimiter: u8,
    decimal_comma: bool,
}

impl Spelling {
    fn new(options: &WriteOptions) -> Result<Self, ExportError> {
        let decimal_comma = match options.decimal {
            None | Some('.') => false,
            Some(',') => true,
            Some(other) => {
                let message = format!("{other:?} cannot be a decimal mark");
                return Err(ExportError::unfit(message, "say \".\" or \",\""));
            }
        };
        let usual = if decimal_comma { ';' } else { ',' };
        let delimiter = options.delimiter.unwrap_or(usual);
        let fits = delimiter.is_ascii() && !matches!(delimiter, '"' | '\n' | '\r' | '.' | '-');
        match u8::try_from(delimiter) {
            Ok(b',') if decimal_comma => Err(ExportError::unfit(
                "the comma cannot be both the delimiter and the decimal mark",
                "choose another delimiter, such as \";\"",
            )),
            Ok(delimiter) if fits && !delimiter.is_ascii_alphanumeric() => Ok(Self {
                delimiter,
                decimal_comma,
            }),
            _ => Err(ExportError::unfit(
                format!("{delimiter:?} cannot be a delimiter"),
                "say \",\", \";\", \"|\" or a tab",
            )),
        }
    }

    /// Coordinates or well-known text first, then the attributes.
    fn record(&self, features: &Features, row: usize, place: &Place, out: &mut Vec<u8>) {
        let start = out.len();
        match place {
            Place::Nowhere | Place::Columns => {}
            Place::Xy { .. } => {
                let range = features.shapes.feature_coordinates(row);
                let at = features.coordinates[range].first();
                at.iter()
                    .for_each(|at| self.number(at[0], text::coordinate, out));
                out.push(self.delimiter);
                at.iter()
                    .for_each(|at| self.number(at[1], text::coordinate, out));
            }
            Place::Wkt { .. } => {
                out.push(b'"');
                wkt::write(features, row, out);
                if out.len() == start + 1 {
                    out.truncate(start);
                } else {
                    out.push(b'"');
                }
            }
        }
        let before = usize::from(!place.names().is_empty());
        for (number, column) in features.columns.iter().enumerate() {
            self.delimit(before + number, out);
            self.cell(column.value(row), out);
        }
    }

    fn cell(&self, value: Value<'_>, out: &mut Vec<u8>) {
        match value {
            Value::Null => {}
            Value::Bool(value) => out.extend(if value { &b"true"[..] } else { b"false" }),
            Value::Integer(value) => text::integer(value, out),
            Value::Real(value) if value.is_finite() => self.number(value, text::real, out),
            Value::Real(_) => {}
            Value::Text(value) => self.text(value, out),
        }
    }

    fn number(&self, value: f64, write: impl Fn(f64, &mut Vec<u8>), out: &mut Vec<u8>) {
        let start = out.len();
        write(value, out);
        if self.decimal_comma
            && let Some(point) = out[start..].iter().position(|byte| *byte == b'.')
        {
            out[start + point] = b',';
        }
    }

    /// In quotes where it must be; the quotes of empty text tell it from null.
    fn text(&self, value: &str, out: &mut Vec<u8>) {
        let bytes = value.as_bytes();
        let special = |byte: &u8| *byte == self.delimiter || b"\"\n\r".contains(byte);
        if !bytes.is_empty() && !bytes.iter().any(special) {
            return out.extend(bytes);
        }
        out.push(b'"');
        for &byte in bytes {
            out.push(byte);
            if byte == b'"' {
                out.push(byte);
            }
        }
        out.push(b'"');
    }

    fn delimit(&self, number: usize, out: &mut Vec<u8>) {
        if number > 0 {
            out.push(self.delimiter);
        }
    }
}

#[cfg(test)]
mod tests {
    use comarca_engine::Column;

    use super::*;
    use crate::export::GeometryColumns;
    use crate::export::tests::layer;
    use crate::load::Unwatched;

    fn written(features: &Features, options: &WriteOptions) -> Result<String, ExportError> {
        let mut out = vec![];
        write(features, &mut out, options, &Unwatched)?;
        Ok(String::from_utf8(out).expect("text"))
    }

    #[test]
    fn text_is_quoted_where_it_must_be_and_never_changed() {
        let mut features = layer("POINT (1.5 -2)");
        let cell = |name, text| Column::new(name, [Value::Text(text)]);
        features.columns = vec![
            cell("plain", "=1+1"),
            cell("a,b", "say \"a\"\nb"),
            cell("empty", ""),
            Column::new("null", [Value::Null]),
            Column::new("real", [Value::Real(2.0)]),
        ];
        assert_eq!(
            written(&features, &WriteOptions::default()).expect("written"),
            "lon,lat,plain,\"a,b\",empty,null,real\n1.5,-2,=1+1,\"say \"\"a\"\"\nb\",\"\",,2.0\n"
        );
    }

    #[test]
    fn a_decimal_comma_takes_another_delimiter() {
        let features = layer("POINT (1.5 -2)");
        let mut options = WriteOptions {
            decimal: Some(','),
            ..WriteOptions::default()
        };
        let text = written(&features, &options).expect("written");
        assert_eq!(text, "lon;lat\n1,5;-2\n");
        options.delimiter = Some(',');
        assert!(written(&features, &options).is_err());
    }

    #[test]
    fn geometries_other_than_points_are_well_known_text() {
        let features = layer("LINESTRING (0 0, 1 1)");
        let mut options = WriteOptions::default();
        let text = written(&features, &options).expect("written");
        assert_eq!(text, "wkt\n\"LINESTRING (0 0, 1 1)\"\n");
        options.geometry = Some(GeometryColumns::Xy);
        assert!(written(&features, &options).is_err());
    }

    #[test]
    fn a_record_of_one_null_is_no_empty_line() {
        let mut features = layer("POINT (1 2)");
        features.columns = vec![Column::new("a", [Value::Null])];
        let options = WriteOptions {
            geometry: Some(GeometryColumns::None),
            ..WriteOptions::default()
        };
        assert_eq!(written(&features, &options).expect("written"), "a\n\"\"\n");
    }
}
