//! The dBASE table of a shapefile, in UTF-8, its fields as wide as their values.

use std::io::Write;
use std::ops::Range;
use std::time::SystemTime;

use comarca_engine::{Column, ColumnType, Value};
use rayon::prelude::*;

use crate::calendar::civil;
use crate::export::names::{cut, unique};
use crate::export::{ExportError, chunks, text};
use crate::load::Unwatched;
use crate::problem::{Problem, Problems};
use crate::source::Features;

/// Longest text of a field, in bytes.
const TEXT_MAX: usize = 254;
const NAME_MAX: usize = 10;
/// What a header and a record can say of their length.
const LENGTH_MAX: usize = u16::MAX as usize;

/// The fields of a table and what stands in its header.
pub(super) struct Table {
    fields: Vec<Field>,
    record_bytes: usize,
    updated: [u8; 3],
}

struct Field {
    name: String,
    kind: u8,
    width: u8,
    decimals: u8,
}

impl Table {
    /// Looks at every value for the width of its field, and tells what does not fit.
    pub(super) fn plan(
        features: &Features,
        changed: Option<SystemTime>,
        problems: &mut Vec<Problem>,
    ) -> Result<Self, ExportError> {
        let names = unique(features.columns.iter().map(Column::name), NAME_MAX, &[]);
        let columns: Vec<_> = features.columns.iter().zip(names).collect();
        let planned: Vec<(Field, Problems)> = columns
            .into_par_iter()
            .map(|(column, name)| Field::plan(column, name))
            .collect();
        let mut fields = vec![];
        for (field, found) in planned {
            fields.push(field);
            problems.extend(
                found
                    .into_vec()
                    .into_iter()
                    .map(|problem| problem.in_layer(&features.name)),
            );
        }
        if fields.is_empty() {
            // A table needs a field: GDAL and others number the rows then.
            fields.push(Field {
                name: "FID".to_owned(),
                kind: b'N',
                width: 11,
                decimals: 0,
            });
        }
        let record_bytes = 1 + fields
            .iter()
            .map(|field| usize::from(field.width))
            .sum::<usize>();
        if record_bytes > LENGTH_MAX || header_bytes(fields.len()) > LENGTH_MAX {
            let message = format!(
                "has {} columns, more than a dBASE table holds",
                fields.len()
            );
            return Err(Problem::error(message)
                .in_layer(&features.name)
                .advice("choose some with --columns, or write GeoPackage")
                .into());
        }
        let updated = date(changed.unwrap_or_else(SystemTime::now));
        Ok(Self {
            fields,
            record_bytes,
            updated,
        })
    }

    /// Size of the file.
    pub(super) fn bytes(&self, rows: usize) -> u64 {
        (header_bytes(self.fields.len()) + 1) as u64 + rows as u64 * self.record_bytes as u64
    }

    /// Writes header and records.
    pub(super) fn write(
        &self,
        features: &Features,
        out: &mut impl Write,
    ) -> Result<(), ExportError> {
        out.write_all(&self.header(features.len()))?;
        let encode = |rows: Range<usize>, buffer: &mut Vec<u8>| {
            rows.for_each(|row| self.record(features, row, buffer));
        };
        // The rows are counted with their shapes.
        chunks::encode(
            features,
            |row| row,
            &Unwatched,
            encode,
            |_, bytes| out.write_all(bytes).map_err(ExportError::from),
        )?;
        Ok(out.write_all(&[0x1a])?)
    }

    fn header(&self, rows: usize) -> Vec<u8> {
        let mut header = vec![3];
        header.extend(self.updated);
        header.extend(u32::try_from(rows).unwrap_or(u32::MAX).to_le_bytes());
        for length in [header_bytes(self.fields.len()), self.record_bytes] {
            header.extend(u16::try_from(length).unwrap_or(u16::MAX).to_le_bytes());
        }
        header.resize(32, 0);
        for field in &self.fields {
            let mut descriptor = field.name.as_bytes().to_vec();
            descriptor.resize(11, 0);
            descriptor.extend([field.kind, 0, 0, 0, 0, field.width, field.decimals]);
            descriptor.resize(32, 0);
            header.extend(descriptor);
        }
        header.push(0x0d);
        header
    }

    fn record(&self, features: &Features, row: usize, out: &mut Vec<u8>) {
        out.push(b' ');
        if features.columns.is_empty() {
            text::formatted(format_args!("{:>11}", row + 1), out);
        }
        for (field, column) in self.fields.iter().zip(&features.columns) {
            field.cell(column.value(row), out);
        }
    }
}

fn header_bytes(fields: usize) -> usize {
    32 + 32 * fields + 1
}

impl Field {
    fn plan(column: &Column, name: String) -> (Self, Problems) {
        let mut problems = Problems::default();
        if name != column.name() {
            let notice = format!(
                "is called \"{name}\" in the shapefile, whose names end at {NAME_MAX} bytes"
            );
            problems.add(Problem::notice(notice).in_column(column.name()));
        }
        let (kind, width, decimals) = match column.column_type() {
            ColumnType::Bool => (b'L', 1, 0),
            ColumnType::Integer => (b'N', widths(column).0, 0),
            ColumnType::Real => {
                let (width, decimals) = widths(column);
                (b'N', width.max(3), decimals.clamp(1, 15))
            }
            ColumnType::Text => (b'C', longest_text(column, &mut problems), 0),
        };
        let narrow = |number: usize| u8::try_from(number).unwrap_or(u8::MAX);
        let field = Self {
            name,
            kind,
            width: narrow(width),
            decimals: narrow(decimals),
        };
        (field, problems)
    }

    /// Text to the left, numbers to the right, blanks for null.
    fn cell(&self, value: Value<'_>, out: &mut Vec<u8>) {
        let (start, width) = (out.len(), usize::from(self.width));
        match value {
            Value::Null => {}
            Value::Bool(value) => out.push(if value { b'T' } else { b'F' }),
            Value::Text(value) => out.extend(cut(value, width).as_bytes()),
            number => {
                push_number(number, out);
                let length = out.len() - start;
                out.resize(start + width.max(length), b' ');
                out[start..].rotate_right(width.saturating_sub(length));
            }
        }
        out.resize(start + width, b' ');
    }
}

fn push_number(value: Value<'_>, out: &mut Vec<u8>) {
    match value {
        Value::Integer(value) => text::integer(value, out),
        Value::Real(value) if value.is_finite() => text::real(value, out),
        _ => {}
    }
}

/// Length of the longest number, and most digits behind its point.
fn widths(column: &Column) -> (usize, usize) {
    let (mut width, mut decimals, mut buffer) = (1, 0, vec![]);
    for row in 0..column.len() {
        buffer.clear();
        push_number(column.value(row), &mut buffer);
        width = width.max(buffer.len());
        let point = buffer.iter().position(|byte| *byte == b'.');
        decimals = decimals.max(point.map_or(0, |point| buffer.len() - point - 1));
    }
    (width, decimals)
}

/// Bytes of the longest text, 254 at most; longer ones are told.
fn longest_text(column: &Column, problems: &mut Problems) -> usize {
    let mut longest = 1;
    for row in 0..column.len() {
        let Value::Text(text) = column.value(row) else {
            continue;
        };
        longest = longest.max(text.len().min(TEXT_MAX));
        if text.len() > TEXT_MAX {
            let warning = format!("a text is cut to {TEXT_MAX} bytes, the most a shapefile holds");
            problems.add(
                Problem::warning(warning)
                    .in_column(column.name())
                    .at_row(row),
            );
        }
    }
    longest
}

/// Years since 1900, month and day of a time, as the header has them.
fn date(time: SystemTime) -> [u8; 3] {
    const DAY_S: u64 = 86_400;
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    let days = since.map_or(0, |since| since.as_secs() / DAY_S);
    let (year, month, day) = civil(i64::try_from(days).unwrap_or(i64::MAX));
    [year - 1900, month, day].map(|number| u8::try_from(number).unwrap_or(u8::MAX))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::export::shapefile::write_table;
    use crate::export::tests::layer;

    fn features(columns: Vec<Column>) -> Features {
        let mut features = layer("POINT (1 2)");
        features.columns = columns;
        features
    }

    #[test]
    fn a_field_is_as_wide_as_its_widest_value() {
        let number = Column::new("n", [Value::Integer(i64::MIN)]);
        let real = Column::new("r", [Value::Real(-0.125)]);
        let text = Column::new("t", [Value::Text("Ñuñoa")]);
        let (bytes, problems) = write_table(&features(vec![number, real, text]));
        assert!(problems.is_empty());
        let record = &bytes[32 * 4 + 1..];
        assert_eq!(
            &record[..1 + 20 + 6 + 7],
            " -9223372036854775808-0.125Ñuñoa".as_bytes()
        );
    }

    #[test]
    fn long_texts_and_names_are_cut_and_told() {
        let text = "ñ".repeat(200);
        let column = Column::new("population_2017", [Value::Text(&text)]);
        let (bytes, problems) = write_table(&features(vec![column]));
        assert_eq!(problems.len(), 2);
        let record = &bytes[32 * 2 + 1 + 1..];
        assert_eq!(&record[..TEXT_MAX], &text.as_bytes()[..TEXT_MAX]);
    }

    #[test]
    fn a_table_has_a_field_even_without_attributes() {
        let (bytes, _) = write_table(&features(vec![]));
        assert_eq!(&bytes[32 * 2 + 1..], b"           1\x1a");
    }

    #[test]
    fn the_day_of_a_time_is_that_of_the_calendar() {
        let at = |days: u64| date(SystemTime::UNIX_EPOCH + Duration::from_secs(days * 86_400));
        assert_eq!(at(0), [70, 1, 1]);
        assert_eq!(at(11_016), [100, 2, 29]);
        assert_eq!(at(19_722), [123, 12, 31]);
        assert_eq!(at(19_723), [124, 1, 1]);
    }
}
