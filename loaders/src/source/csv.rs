//! Delimited text: CSV, TSV and their relatives, with or without coordinates.

pub(super) mod cells;
mod dialect;
pub(super) mod place;
mod split;

use std::ops::Range;
use std::path::Path;

use comarca_engine::{Column, Text};
use rayon::prelude::*;

use super::features::Collector;
use super::parallel::{parts, read_parts};
use super::text::Charset;
use super::{Features, Format, stem, text};
use crate::problem::{LoadError, Problem, Problems, Severity};
use cells::{Decimal, is_blank};
use place::Place;

/// What the text does not tell by itself; what is absent is found out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CsvOptions {
    /// The character between cells; found among comma, semicolon, tab and bar.
    pub delimiter: Option<char>,
    /// The decimal mark, `.` or `,`.
    pub decimal: Option<char>,
    /// Name of the encoding; found among UTF-8 (with or without mark), UTF-16 with mark and Windows-1252.
    pub encoding: Option<String>,
    /// Column of the longitude or easting; found by the usual names.
    pub x: Option<String>,
    /// Column of the latitude or northing; found by the usual names.
    pub y: Option<String>,
    /// Coordinate reference system of x and y.
    pub crs: Option<String>,
    /// Columns that are text whatever they look like.
    pub text: Vec<String>,
    /// Number of the line, counted from 1, that names the columns; what stands above is left out. In delimited text
    /// the first line, in a spreadsheet found out.
    pub header: Option<usize>,
}

/// Most columns that are read.
const COLUMNS_MAX: usize = 10_000;

/// Reads a delimited text. The first record names the columns.
pub(super) fn read(path: &Path, bytes: &[u8], options: &CsvOptions) -> Result<Features, LoadError> {
    let mut problems = Problems::default();
    if encoding_rs::Encoding::for_bom(bytes).is_none()
        && let Some(at) = bytes.iter().position(|byte| *byte == 0)
    {
        return Err(LoadError::new(
            path,
            format!("is not text: byte {at} is zero"),
        ));
    }
    let (text, problem) = text::decode(bytes, encoding(path, options)?);
    problems.extend(problem);
    let (text, lines_above) = from_header(path, &text, options.header)?;
    let delimiter = delimiter(path, text, options)?;
    let grid = Grid::read(path, text, lines_above, delimiter, &mut problems)?;
    let decimal = match wanted_decimal(path, options)? {
        Some(decimal) => decimal,
        None if delimiter == b',' => Decimal::Point,
        None => cells::decimal(&grid.cells),
    };
    layer(path, &grid, decimal, options, problems, Format::Csv)
}

/// A grid of text cells → places and typed columns, by the rules of delimited text; spreadsheets come here too.
pub(super) fn layer(
    path: &Path,
    grid: &Grid,
    decimal: Decimal,
    options: &CsvOptions,
    mut problems: Problems,
    format: Format,
) -> Result<Features, LoadError> {
    report_unknown(path, grid, options, &mut problems);
    let place = Place::find(path, grid, decimal, options)?;
    // The cells are there already, so their number needs no other bound.
    let cells = grid.rows.saturating_mul(grid.names.len());
    let mut rows = Collector::new(cells);
    rows.problems = problems;
    let columns = grid.columns(&place, decimal, &options.text);
    let draft = |numbers: &Range<usize>| {
        let mut rows = Collector::from_row(cells, numbers.start);
        for row in numbers.clone() {
            place.draft(grid, row, decimal, &mut rows);
            rows.end_row();
        }
        Ok(rows)
    };
    read_parts(&parts(grid.rows), &mut rows, draft).map_err(|why| LoadError::new(path, why))?;
    let crs = place.crs(options, &mut rows.problems);
    Ok(Features {
        columns,
        ..rows.build(format, stem(path), crs)
    })
}

/// The text from the line on that names the columns, and how many lines stand above it.
fn from_header<'a>(
    path: &Path,
    text: &'a str,
    header: Option<usize>,
) -> Result<(&'a str, u64), LoadError> {
    let above = header.unwrap_or(1).saturating_sub(1);
    let mut rest = text;
    for line in 0..above {
        rest = rest.split_once('\n').map(|(_, rest)| rest).ok_or_else(|| {
            let message = format!(
                "has only {} lines, but its header is to be on line {}",
                line + 1,
                above + 1
            );
            LoadError::new(path, message).advice("mend csv.header")
        })?;
    }
    Ok((rest, above as u64))
}

/// All cells as text, column by column.
pub(super) struct Grid {
    names: Vec<String>,
    cells: Vec<Text>,
    rows: usize,
}

impl Grid {
    /// A grid of `columns`, all of one length.
    pub(super) fn new(names: &[String], columns: Vec<Text>) -> Self {
        Self {
            names: unique_names(names.iter().map(String::as_str)),
            rows: columns.first().map_or(0, Text::len),
            cells: columns,
        }
    }

    fn read(
        path: &Path,
        text: &str,
        lines_above: u64,
        delimiter: u8,
        problems: &mut Problems,
    ) -> Result<Self, LoadError> {
        let broken = |error: ::csv::Error| {
            LoadError::caused(path, "cannot be read as delimited text", error)
        };
        let mut reader = records(text, delimiter);
        let mut header = ::csv::StringRecord::new();
        reader.read_record(&mut header).map_err(broken)?;
        if header.len() > COLUMNS_MAX {
            return Err(
                LoadError::new(path, format!("has more than {COLUMNS_MAX} columns"))
                    .advice("check the delimiter"),
            );
        }
        let mut grid = Self::empty(unique_names(header.iter()));
        let cells_max = text.len().saturating_mul(2).saturating_add(1 << 20);
        let body = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
        let body = text.get(body..).unwrap_or_default();
        let mut line = lines_above + reader.position().line();
        let too_many = |rows: usize| {
            LoadError::new(path, super::table::TOO_MANY_CELLS).at_feature(rows as u64)
        };
        for some in split::pieces(body, delimiter).chunks(rayon::current_num_threads() * 4) {
            let names = &grid.names;
            let read = |piece: &&str| {
                let mut part = Self::empty(names.clone());
                let mut problems = Problems::default();
                part.fill(piece, delimiter, cells_max, &mut problems)
                    .map(|()| (part, problems))
            };
            let parts: Vec<_> = some.par_iter().map(read).collect();
            for (part, piece) in parts.into_iter().zip(some) {
                let (part, found) = part.map_err(broken)?;
                let moved = |problem: Problem| problem.below(grid.rows as u64, line - 1);
                problems.extend(found.into_vec().into_iter().map(moved));
                grid.append(&part);
                line += memchr::memchr_iter(b'\n', piece.as_bytes()).count() as u64;
                if grid.rows.saturating_mul(grid.names.len()) > cells_max {
                    return Err(too_many(grid.rows));
                }
            }
        }
        Ok(grid)
    }

    fn empty(names: Vec<String>) -> Self {
        Self {
            cells: vec![Text::default(); names.len()],
            names,
            rows: 0,
        }
    }

    /// Adds the records of a text without header; stops early when there are more cells than `cells_max`.
    fn fill(
        &mut self,
        text: &str,
        delimiter: u8,
        cells_max: usize,
        problems: &mut Problems,
    ) -> Result<(), ::csv::Error> {
        let mut reader = records(text, delimiter);
        let mut record = ::csv::StringRecord::new();
        while reader.read_record(&mut record)? {
            self.push(&record, problems);
            if self.rows.saturating_mul(self.names.len()) > cells_max {
                break;
            }
        }
        Ok(())
    }

    /// Adds the rows of another grid of the same columns.
    fn append(&mut self, below: &Self) {
        for (cells, more) in self.cells.iter_mut().zip(&below.cells) {
            cells.extend_from(more);
        }
        self.rows += below.rows;
    }

    fn push(&mut self, record: &::csv::StringRecord, problems: &mut Problems) {
        if record.len() != self.names.len()
            && record
                .iter()
                .skip(self.names.len())
                .any(|cell| !is_blank(cell))
        {
            problems.add(self.ragged(
                "has more cells than there are columns; the last are left out",
                record,
            ));
        } else if record.len() < self.names.len() {
            problems.add(self.ragged(
                "has fewer cells than there are columns; the missing ones are null",
                record,
            ));
        }
        for (number, cells) in self.cells.iter_mut().enumerate() {
            cells.push(record.get(number).unwrap_or(""));
        }
        self.rows += 1;
    }

    fn ragged(&self, message: &str, record: &::csv::StringRecord) -> Problem {
        let line = record.position().map_or(0, ::csv::Position::line);
        let found = format!("{} cells, {} columns", record.len(), self.names.len());
        let advice = "check the delimiter and the quotes of this line";
        Problem::warning(message)
            .at_row(self.rows)
            .at_line(line, 1)
            .found(&found)
            .advice(advice)
    }

    pub(super) fn position(&self, name: &str) -> Option<usize> {
        let exact = self.names.iter().position(|known| known == name);
        exact.or_else(|| {
            self.names
                .iter()
                .position(|known| known.eq_ignore_ascii_case(name))
        })
    }

    /// The attributes: all columns but the one that has whole geometries.
    fn columns(&self, place: &Place, decimal: Decimal, text: &[String]) -> Vec<Column> {
        let named: Vec<_> = (0..self.names.len())
            .filter(|column| *place != Place::Geometry { column: *column })
            .map(|column| (&self.names[column], &self.cells[column]))
            .collect();
        let typed = |(name, cells): &(&String, &Text)| {
            let as_text = text.iter().any(|wanted| wanted.eq_ignore_ascii_case(name));
            cells::column(name, cells, decimal, as_text)
        };
        named.par_iter().map(typed).collect()
    }
}

fn records(text: &str, delimiter: u8) -> ::csv::Reader<&[u8]> {
    ::csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes())
}

/// Column names without blanks around them; an empty one is called by its position, a repeated one gets a number.
fn unique_names<'a>(header: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut names: Vec<String> = vec![];
    let mut taken = std::collections::HashSet::new();
    for (position, cell) in header.enumerate() {
        let name = match cell.trim() {
            "" => format!("column_{}", position + 1),
            name => name.to_owned(),
        };
        let mut unique = name.clone();
        let mut count = 1;
        while !taken.insert(unique.clone()) {
            count += 1;
            unique = format!("{name}_{count}");
        }
        names.push(unique);
    }
    names
}

fn encoding(path: &Path, options: &CsvOptions) -> Result<Option<Charset>, LoadError> {
    let Some(name) = &options.encoding else {
        return Ok(None);
    };
    let found = Charset::named(name);
    let unknown = || {
        LoadError::new(path, format!("the encoding \"{name}\" is not known"))
            .advice("write utf-8 or windows-1252")
    };
    found.map(Some).ok_or_else(unknown)
}

fn delimiter(path: &Path, text: &str, options: &CsvOptions) -> Result<u8, LoadError> {
    match options.delimiter {
        None => Ok(dialect::delimiter(text)),
        Some(c) => u8::try_from(c)
            .ok()
            .filter(|byte| byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r'))
            .ok_or_else(|| {
                LoadError::new(path, format!("{c:?} cannot be a delimiter"))
                    .advice("write \",\", \";\", \"\\t\" or \"|\"")
            }),
    }
}

/// The decimal mark of the options.
pub(super) fn wanted_decimal(
    path: &Path,
    options: &CsvOptions,
) -> Result<Option<Decimal>, LoadError> {
    match options.decimal {
        None => Ok(None),
        Some('.') => Ok(Some(Decimal::Point)),
        Some(',') => Ok(Some(Decimal::Comma)),
        Some(c) => Err(
            LoadError::new(path, format!("{c:?} cannot be a decimal mark"))
                .advice("write \".\" or \",\""),
        ),
    }
}

fn missing_column(path: &Path, grid: &Grid, name: &str) -> LoadError {
    let near = grid
        .names
        .iter()
        .max_by(|a, b| strsim::jaro_winkler(name, a).total_cmp(&strsim::jaro_winkler(name, b)));
    let advice = near.map_or_else(
        || "the file has no columns".to_owned(),
        |near| format!("did you mean \"{near}\"?"),
    );
    LoadError::new(path, format!("has no column \"{name}\"")).advice(advice)
}

/// A column that is to be text may be missing in one of several files.
fn report_unknown(path: &Path, grid: &Grid, options: &CsvOptions, problems: &mut Problems) {
    for name in options
        .text
        .iter()
        .filter(|name| grid.position(name).is_none())
    {
        let missing: Problem = missing_column(path, grid, name).into();
        problems.add(Problem {
            severity: Severity::Warning,
            ..missing
        });
    }
}

#[cfg(test)]
mod tests {
    use comarca_engine::{GeometryType, Value};

    use super::*;

    fn read_with(text: &[u8], options: &CsvOptions) -> Features {
        read(Path::new("a.csv"), text, options).expect("CSV")
    }

    fn features(text: &str) -> Features {
        read_with(text.as_bytes(), &CsvOptions::default())
    }

    fn messages(features: &Features) -> Vec<String> {
        features.problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn delimiter_decimal_mark_and_byte_order_mark_are_found() {
        let read = features("\u{feff}RBD;LATITUD;LONGITUD\n1;-33,5;-70,6\n2; ; \n");
        assert_eq!(read.coordinates, [[-70.6, -33.5]]);
        assert_eq!(
            read.column("RBD").map(|column| column.value(0)),
            Some(Value::Integer(1))
        );
        assert_eq!(read.crs.as_deref(), Some("OGC:CRS84"));
        assert_eq!(messages(&read)[0], "row 2: has no coordinates");
    }

    #[test]
    fn codes_stay_text() {
        let read = features("cut,n\n01101,1\n13101,2\n");
        assert_eq!(read.columns[0].value(0), Value::Text("01101"));
        let options = CsvOptions {
            text: vec!["n".to_owned(), "gone".to_owned()],
            ..CsvOptions::default()
        };
        let read = read_with(b"n\n1\n", &options);
        assert_eq!(read.columns[0].value(0), Value::Text("1"));
        assert!(messages(&read)[0].contains("no column \"gone\""));
    }

    #[test]
    fn a_quoted_cell_may_have_lines_delimiters_and_quotes() {
        let read = features("a,b\n\"x\ny, \"\"z\"\"\",2\n");
        assert_eq!(read.columns[0].value(0), Value::Text("x\ny, \"z\""));
    }

    #[test]
    fn ragged_rows_are_reported_with_their_lines() {
        let read = features("a,b\n1,2\n\"x\ny\",2\n3\n4,5,6\n7,8, \n");
        assert_eq!(read.len(), 5);
        let lines: Vec<_> = read.problems.iter().map(|problem| problem.line).collect();
        assert_eq!(lines, [Some((5, 1)), Some((6, 1))]);
    }

    #[test]
    fn a_coordinate_that_is_no_number_is_reported_with_its_cell() {
        let read = features("id,lon,lat\n1,-70.6,-33.5\n2,abc,-33.5\n3,inf,1\n");
        assert_eq!(read.shapes.geometry_type(1), GeometryType::None);
        assert!(
            messages(&read)[0].starts_with("rows 2, 3, column \"lon\": is not a coordinate"),
            "{:?}",
            messages(&read)
        );
        assert!(messages(&read)[0].contains("found \"abc\""));
    }

    #[test]
    fn a_wrong_column_name_proposes_the_nearest() {
        let options = CsvOptions {
            x: Some("Longitude".into()),
            y: Some("Latitud".into()),
            ..CsvOptions::default()
        };
        let error =
            read(Path::new("a.csv"), b"Longitud;Latitud\n", &options).expect_err("no such column");
        assert_eq!(
            error.to_string(),
            "a.csv: has no column \"Longitude\"; did you mean \"Longitud\"?"
        );
        let half = CsvOptions {
            x: Some("Longitud".into()),
            ..CsvOptions::default()
        };
        assert!(read(Path::new("a.csv"), b"Longitud;Latitud\n", &half).is_err());
    }

    #[test]
    fn columns_without_a_name_or_with_the_same_get_one() {
        let read = features(",a,a\n1,2,3\n");
        let names: Vec<_> = read.columns.iter().map(Column::name).collect();
        assert_eq!(names, ["column_1", "a", "a_2"]);
    }

    #[test]
    fn other_encodings_are_read_and_told() {
        let read = read_with(b"a\n\xd1u\xf1oa\n", &CsvOptions::default());
        assert_eq!(read.columns[0].value(0), Value::Text("Ñuñoa"));
        assert!(messages(&read)[0].contains("Windows-1252"));
        let options = CsvOptions {
            encoding: Some("klingon".into()),
            ..CsvOptions::default()
        };
        assert!(super::read(Path::new("a.csv"), b"a\n", &options).is_err());
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        assert!(read(Path::new("a.csv"), b"a,b\n\0\x01", &CsvOptions::default()).is_err());
        assert_eq!(
            read_with(b"\xff\xfea\0\n\0\x31\0\n\0", &CsvOptions::default()).len(),
            1
        );
    }

    #[test]
    fn lines_above_the_header_are_left_out_and_counted() {
        let options = CsvOptions {
            header: Some(3),
            ..CsvOptions::default()
        };
        let read = read_with(b"Municipality\n\nid;n\n1;2\n3\n", &options);
        assert_eq!((read.len(), read.columns.len()), (2, 2));
        assert_eq!(read.problems[0].line, Some((5, 1)));
        let error = super::read(Path::new("a.csv"), b"id\n1", &options).expect_err("two lines");
        assert!(error.to_string().contains("only 2 lines"), "{error}");
    }

    #[test]
    fn x_and_y_of_no_known_system_have_no_crs() {
        let read = features("x,y\n345000.5,6290000\n");
        assert_eq!((read.crs.as_deref(), read.coordinates.len()), (None, 1));
        let options = CsvOptions {
            crs: Some("EPSG:32719".into()),
            ..CsvOptions::default()
        };
        assert_eq!(
            read_with(b"x,y\n1,2\n", &options).crs.as_deref(),
            Some("EPSG:32719")
        );
    }

    #[test]
    fn a_column_of_whole_geometries_is_the_geometry() {
        let read = features(
            "id,geom\n1,0101000000000000000000f03f0000000000000040\n2,\n3,POINT (3 4)\n4,POINT (x)\n",
        );
        assert_eq!(read.coordinates, [[1.0, 2.0], [3.0, 4.0]]);
        assert_eq!((read.columns.len(), read.problems.len()), (1, 2));
        // Columns that are only called so are attributes.
        assert!(features("x,y\nyes,no\n").problems.is_empty());
        assert_eq!(features("geometry\nround\n").columns.len(), 1);
    }

    #[test]
    fn short_rows_of_a_very_wide_table_do_not_fill_the_memory() {
        let wide = ",".repeat(9_000) + "\n" + &"1,1\n".repeat(20_000);
        let error = read(Path::new("a.csv"), wide.as_bytes(), &CsvOptions::default())
            .expect_err("too many");
        assert!(
            error.to_string().contains("out of all proportion"),
            "{error}"
        );
    }
}
