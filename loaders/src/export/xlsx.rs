//! Excel workbooks: a sheet per layer, typed cells, the header frozen.
//!
//! Rows are written as they come and not kept. What a sheet cannot hold is an error that says where; whole numbers
//! beyond 2⁵³, which Excel would round, are written as text.

use std::io::Write;
use std::time::SystemTime;

use comarca_engine::{Column, Value};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Note, Workbook, Worksheet};

use super::crs::Reference;
use super::csv::Place;
use super::geometry::{Kind, kinds};
use super::{ExportError, GeometryColumns, Metadata, WriteOptions, WriteProgress, names, wkt};
use crate::problem::{Problem, Problems};
use crate::source::Features;

/// Rows of a sheet, the header among them.
const ROWS_MAX: usize = 1_048_576;
const COLUMNS_MAX: usize = 16_384;
/// UTF-16 units in a cell.
const CELL_MAX: usize = 32_767;
/// Largest whole number that a cell holds exactly.
const INTEGER_MAX: u64 = 1 << 53;
const SHEET_NAME_MAX: usize = 31;
/// Bytes of the note at a header.
const NOTE_MAX: usize = 4_000;

/// Writes the layers as sheets.
pub(super) fn write(
    layers: &[Features],
    out: &mut (impl Write + Send),
    options: &WriteOptions,
    progress: &dyn WriteProgress,
) -> Result<Vec<Problem>, ExportError> {
    let mut book = Workbook::new();
    book.set_properties(&properties(options.last_change)?);
    let mut problems = Problems::default();
    for (layer, name) in layers.iter().zip(sheet_names(layers)) {
        let place = place(layer, options.geometry, &mut problems)?;
        check_size(layer, place.names().len() + layer.columns.len())?;
        let sheet = book.add_worksheet_with_constant_memory()?;
        sheet.set_name(name)?;
        Sheet {
            layer,
            place,
            metadata: options.metadata_of(layer),
            sheet,
        }
        .write(&mut problems, progress)?;
    }
    book.save_to_writer(out)?;
    Ok(problems.into_vec())
}

fn properties(changed: Option<SystemTime>) -> Result<DocProperties, ExportError> {
    let properties = DocProperties::new();
    let since = changed.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
    let Some(seconds) = since.and_then(|since| i64::try_from(since.as_secs()).ok()) else {
        return Ok(properties);
    };
    Ok(properties.set_creation_datetime(&ExcelDateTime::from_timestamp(seconds)?))
}

/// x and y for points, else nothing: a polygon is no use in a cell and mostly does not fit.
fn place(
    layer: &Features,
    wanted: Option<GeometryColumns>,
    problems: &mut Problems,
) -> Result<Place, ExportError> {
    let only_points = kinds(layer).into_iter().all(|kind| kind == Kind::Point);
    if wanted.is_none() && !only_points {
        let notice =
            Problem::notice("the geometry is left out of the workbook").in_layer(&layer.name);
        problems.add(notice.advice("ask for well-known text if it is wanted"));
        return Ok(Place::Nowhere);
    }
    Place::choose(layer, wanted, Reference::of(layer).is_geographic())
}

fn check_size(layer: &Features, columns: usize) -> Result<(), ExportError> {
    let message = if layer.len() >= ROWS_MAX {
        format!(
            "has {} rows, and a sheet holds {} below its header",
            layer.len(),
            ROWS_MAX - 1
        )
    } else if columns > COLUMNS_MAX {
        format!("has {columns} columns, and a sheet holds {COLUMNS_MAX}")
    } else {
        return Ok(());
    };
    Err(Problem::error(message)
        .in_layer(&layer.name)
        .advice("choose fewer, or write CSV")
        .into())
}

/// Names that Excel takes: without some characters, not empty, 31 at most, told apart without capital letters.
fn sheet_names(layers: &[Features]) -> Vec<String> {
    let allowed = |c: char| !"[]:*?/\\'".contains(c) && !c.is_control();
    let plain: Vec<String> = layers
        .iter()
        .map(|layer| {
            layer
                .name
                .chars()
                .map(|c| if allowed(c) { c } else { '_' })
                .collect()
        })
        .map(|name: String| {
            if name.trim().is_empty() {
                "sheet".to_owned()
            } else {
                name
            }
        })
        .collect();
    // Bytes are more than characters, so a name of so many bytes fits.
    names::unique(
        plain.iter().map(String::as_str),
        SHEET_NAME_MAX,
        &["history"],
    )
}

struct Sheet<'a> {
    layer: &'a Features,
    place: Place,
    metadata: Option<&'a Metadata>,
    sheet: &'a mut Worksheet,
}

impl Sheet<'_> {
    fn write(
        mut self,
        problems: &mut Problems,
        progress: &dyn WriteProgress,
    ) -> Result<(), ExportError> {
        self.head()?;
        for row in 0..self.layer.len() {
            self.row(row, problems)?;
            if row % 1_000 == 999 {
                progress.written(1_000);
            }
        }
        progress.written(self.layer.len() % 1_000);
        Ok(())
    }

    fn head(&mut self) -> Result<(), ExportError> {
        let bold = Format::new().set_bold();
        self.sheet.set_freeze_panes(1, 0)?;
        let columns = self.layer.columns.iter();
        let own = self.place.names().iter().map(|name| (*name, 12.0));
        let all: Vec<(&str, f64)> = own
            .chain(columns.map(|column| (column.name(), width(column))))
            .collect();
        for (number, (_, width)) in (0_u16..).zip(&all) {
            self.sheet.set_column_width(number, *width)?;
        }
        for (number, (name, _)) in (0_u16..).zip(&all) {
            self.sheet
                .write_string_with_format(0, number, *name, &bold)?;
            if let Some(known) = self.metadata.and_then(|metadata| metadata.column(name)) {
                let text = format!("{}\n{}", known.title, known.description());
                let note = Note::new(names::cut(&text, NOTE_MAX)).add_author_prefix(false);
                self.sheet.insert_note(0, number, &note)?;
            }
        }
        Ok(())
    }

    fn row(&mut self, row: usize, problems: &mut Problems) -> Result<(), ExportError> {
        let at = u32::try_from(row + 1).unwrap_or(u32::MAX);
        self.geometry(row, at)?;
        let first = u16::try_from(self.place.names().len()).unwrap_or(0);
        let layer = self.layer;
        for (number, column) in (first..).zip(&layer.columns) {
            match column.value(row) {
                Value::Bool(value) => {
                    self.sheet.write_boolean(at, number, value)?;
                }
                Value::Integer(value) if value.unsigned_abs() > INTEGER_MAX => {
                    let notice = "whole numbers beyond 2⁵³ are written as text, since Excel would round them";
                    problems.add(
                        Problem::notice(notice)
                            .in_layer(&layer.name)
                            .in_column(column.name())
                            .at_row(row),
                    );
                    self.text(row, number, column.name(), &value.to_string())?;
                }
                Value::Integer(value) => {
                    self.sheet.write_number(at, number, value as f64)?;
                }
                Value::Real(value) if value.is_finite() => {
                    self.sheet.write_number(at, number, value)?;
                }
                Value::Null | Value::Real(_) => {}
                Value::Text(value) => self.text(row, number, column.name(), value)?,
            }
        }
        Ok(())
    }

    fn geometry(&mut self, row: usize, at: u32) -> Result<(), ExportError> {
        let layer = self.layer;
        match self.place {
            Place::Nowhere | Place::Columns => {}
            Place::Xy { .. } => {
                let range = layer.shapes.feature_coordinates(row);
                if let Some(&[x, y]) = layer.coordinates[range].first() {
                    self.sheet.write_number(at, 0, x)?;
                    self.sheet.write_number(at, 1, y)?;
                }
            }
            Place::Wkt { name: [name] } => {
                let mut text = vec![];
                wkt::write(layer, row, &mut text);
                self.text(row, 0, name, &String::from_utf8_lossy(&text))?;
            }
        }
        Ok(())
    }

    fn text(
        &mut self,
        row: usize,
        number: u16,
        column: &str,
        text: &str,
    ) -> Result<(), ExportError> {
        let length = text.encode_utf16().count();
        if length > CELL_MAX {
            let message = format!(
                "a text of {length} characters does not fit into a cell, which holds {CELL_MAX}"
            );
            return Err(Problem::error(message)
                .in_layer(&self.layer.name)
                .in_column(column)
                .at_row(row)
                .advice("leave the column out, or write CSV or GeoPackage")
                .into());
        }
        let at = u32::try_from(row + 1).unwrap_or(u32::MAX);
        self.sheet.write_string(at, number, text)?;
        Ok(())
    }
}

/// Characters of the widest of the first cells, within reason.
fn width(column: &Column) -> f64 {
    const ROWS: usize = 200;
    let cells = (0..column.len().min(ROWS)).map(|row| column.value(row).display().chars().count());
    let widest = cells
        .chain([column.name().chars().count()])
        .max()
        .unwrap_or(0);
    (widest + 2).clamp(6, 60) as f64
}

#[cfg(test)]
mod tests {
    use calamine::{Data, Reader, Xlsx};

    use super::*;
    use crate::export::tests::layer;
    use crate::load::Unwatched;

    type Workbook = Xlsx<std::io::Cursor<Vec<u8>>>;

    fn written(
        layers: &[Features],
        options: &WriteOptions,
    ) -> Result<(Workbook, Vec<Problem>), ExportError> {
        let mut bytes = vec![];
        let problems = write(layers, &mut bytes, options, &Unwatched)?;
        Ok((
            Xlsx::new(std::io::Cursor::new(bytes)).expect("a workbook"),
            problems,
        ))
    }

    #[test]
    fn cells_keep_their_types_and_text_stays_text() {
        let mut features = layer("POINT (1.5 2)");
        features.columns = vec![
            Column::new("code", [Value::Text("01101")]),
            Column::new("formula", [Value::Text("=1+1")]),
            Column::new("open", [Value::Bool(true)]),
            Column::new("n", [Value::Integer(-7)]),
            Column::new("large", [Value::Integer(i64::MAX)]),
            Column::new("null", [Value::Null]),
        ];
        let (mut book, problems) = written(&[features], &WriteOptions::default()).expect("written");
        let sheet = book.worksheet_range("layer").expect("a sheet");
        let row: Vec<Data> = sheet.rows().nth(1).expect("a row").to_vec();
        let text = |text: &str| Data::String(text.to_owned());
        let expected = [
            Data::Float(1.5),
            Data::Float(2.0),
            text("01101"),
            text("=1+1"),
            Data::Bool(true),
            Data::Float(-7.0),
            text("9223372036854775807"),
            Data::Empty,
        ];
        assert_eq!(row, expected);
        assert_eq!(problems.len(), 1);
    }

    #[test]
    fn a_text_that_does_not_fit_is_an_error_with_its_place() {
        let mut features = layer("POINT (1 2)");
        let long = "x".repeat(CELL_MAX + 1);
        features.columns = vec![Column::new("note", [Value::Text(&long)])];
        let error = written(&[features], &WriteOptions::default())
            .map(|_| ())
            .expect_err("too long");
        let message = error.to_string();
        assert!(
            message.contains("row 1, column \"note\": a text of 32768"),
            "{message}"
        );
    }

    #[test]
    fn a_sheet_ends_where_excel_ends() {
        let features = layer("POINT (1 2)");
        assert!(check_size(&features, COLUMNS_MAX + 1).is_err());
        let rows = vec![0; ROWS_MAX];
        assert!(check_size(&features.select(&rows), 1).is_err());
        assert!(check_size(&features.select(&rows[1..]), 1).is_ok());
    }

    #[test]
    fn names_of_sheets_are_such_as_excel_takes() {
        let named = |name: &str| Features {
            name: name.to_owned(),
            ..layer("POINT (1 2)")
        };
        let layers = [
            "a/b",
            "A/B",
            "",
            "una comuna con un nombre demasiado largo",
            "History",
        ]
        .map(named);
        let names = sheet_names(&layers);
        assert_eq!(names[..3], ["a_b", "A_B_2", "sheet"]);
        assert!(written(&layers, &WriteOptions::default()).is_ok());
    }
}
