//! `comarca convert`: a file of any readable format → a file of any format that is written.

use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::{Args, ValueEnum};
use comarca_loaders::export::{ExportError, GeometryColumns, OutputFormat, WriteOptions};
use comarca_loaders::source::{CsvOptions, ReadOptions};
use comarca_loaders::{ConvertError, ConvertOptions, Problem};

use crate::Arguments;
use crate::output::{self, Failed};
use crate::progress::RowBar;

/// Convert a file to another format
///
/// Written are GeoJSON, `GeoJSONSeq`, FlatGeobuf, GeoPackage, Shapefile, CSV and XLSX. OUT is replaced, whole or not at
/// all. What was wrong with the data goes to standard error; rows that could not be kept do not make the command fail
/// unless nothing is left or --strict is given.
///
/// Coordinates are converted one by one: a straight line stays straight between its ends.
#[derive(Args)]
pub(crate) struct Convert {
    /// Any file of a readable format
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// The file to write; standard output when absent or "-", for GeoJSON, `GeoJSONSeq` and CSV
    #[arg(value_name = "OUT", conflicts_with = "output")]
    file: Option<PathBuf>,
    /// The same as OUT
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Format; that of OUT's extension, else GeoJSON, when absent
    #[arg(long, value_parser = OutputFormat::named)]
    format: Option<OutputFormat>,
    /// CRS to convert to, such as EPSG:32719; GeoJSON is in WGS 84 without it
    #[arg(long, value_name = "CRS")]
    crs: Option<String>,
    /// CRS of the file, where it does not say or says it wrong
    #[arg(long, value_name = "CRS")]
    from_crs: Option<String>,
    /// Which features to keep, in CQL2 text: "pop > 0 AND commune <> 'X'"
    #[arg(long = "where", value_name = "CQL2")]
    filter: Option<String>,
    /// Columns to keep, with commas, in this order
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    columns: Option<Vec<String>>,
    /// Only features whose box meets west,south,east,north in the file's CRS
    #[arg(long, value_name = "W,S,E,N", value_parser = bbox, allow_hyphen_values = true)]
    bbox: Option<[f64; 4]>,
    /// The layer that is wanted of a file with several
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
    /// How CSV and XLSX hold the geometry
    #[arg(long, value_enum)]
    geometry: Option<Geometry>,
    /// Between the cells of a written CSV
    #[arg(long, value_name = "CHAR", value_parser = character)]
    delimiter: Option<char>,
    /// Decimal mark of a written CSV
    #[arg(long, value_name = "CHAR", value_parser = character)]
    decimal: Option<char>,
    /// Fail, and write nothing, where reading reports an error
    #[arg(long)]
    strict: bool,
    #[command(flatten, next_help_heading = "Reading CSV")]
    csv: Csv,
}

/// How to read a CSV; the same as `csv = { … }` in a project file.
#[derive(Args)]
struct Csv {
    /// Between the cells; found out when absent
    #[arg(long, value_name = "CHAR", value_parser = character)]
    csv_delimiter: Option<char>,
    /// Decimal mark; found out when absent
    #[arg(long, value_name = "CHAR", value_parser = character)]
    csv_decimal: Option<char>,
    /// Encoding, such as windows-1252; found out when absent
    #[arg(long, value_name = "NAME")]
    csv_encoding: Option<String>,
    /// Column with the x coordinate or longitude
    #[arg(long, value_name = "NAME")]
    csv_x: Option<String>,
    /// Column with the y coordinate or latitude
    #[arg(long, value_name = "NAME")]
    csv_y: Option<String>,
    /// CRS of x and y
    #[arg(long, value_name = "CRS")]
    csv_crs: Option<String>,
    /// Columns that are text whatever they look like
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    csv_text: Vec<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Geometry {
    /// Well-known text
    Wkt,
    /// Two columns, for points
    Xy,
    /// Not at all
    None,
}

impl Convert {
    pub(crate) fn run(&self, arguments: &Arguments) -> anyhow::Result<()> {
        let file = self.file.as_deref().or(self.output.as_deref());
        let file = file.filter(|file| *file != Path::new("-"));
        let format = self
            .format(file)
            .map_err(|error| output::unwritten(error, file))?;
        let options = self.options(format, file);
        let started = Instant::now();
        let bar = RowBar::new();
        let problems = self.converted(file, format, &options, &bar)?;
        let rows = bar.finish();
        output::say_problems(&problems, arguments.json);
        if let Some(file) = file.filter(|_| !arguments.json) {
            let seconds = started.elapsed().as_secs_f64();
            output::say(&format!(
                "{}: {rows} rows in {seconds:.2} s",
                file.display()
            ));
        }
        Ok(())
    }

    fn format(&self, file: Option<&Path>) -> Result<OutputFormat, ExportError> {
        match (self.format, file) {
            (Some(format), _) => Ok(format),
            (None, Some(file)) => OutputFormat::of_path(file),
            (None, None) => Ok(OutputFormat::GeoJson),
        }
    }

    fn options(&self, format: OutputFormat, file: Option<&Path>) -> ConvertOptions {
        let csv = &self.csv;
        let tabs = file
            .and_then(Path::extension)
            .is_some_and(|extension| extension.eq_ignore_ascii_case("tsv"));
        ConvertOptions {
            read: ReadOptions {
                csv: CsvOptions {
                    delimiter: csv.csv_delimiter,
                    decimal: csv.csv_decimal,
                    encoding: csv.csv_encoding.clone(),
                    x: csv.csv_x.clone(),
                    y: csv.csv_y.clone(),
                    crs: csv.csv_crs.clone(),
                    text: csv.csv_text.clone(),
                    ..CsvOptions::default()
                },
                table: self.table.clone(),
                ..ReadOptions::default()
            },
            from_crs: self.from_crs.clone(),
            to_crs: self.crs.clone(),
            filter: self.filter.clone(),
            columns: self.columns.clone(),
            bbox: self.bbox,
            strict: self.strict,
            write: WriteOptions {
                delimiter: self
                    .delimiter
                    .or_else(|| (tabs && format == OutputFormat::Csv).then_some('\t')),
                decimal: self.decimal,
                geometry: self.geometry.map(|geometry| match geometry {
                    Geometry::Wkt => GeometryColumns::Wkt,
                    Geometry::Xy => GeometryColumns::Xy,
                    Geometry::None => GeometryColumns::None,
                }),
                ..WriteOptions::default()
            },
        }
    }

    fn converted(
        &self,
        file: Option<&Path>,
        format: OutputFormat,
        options: &ConvertOptions,
        bar: &RowBar,
    ) -> anyhow::Result<Vec<Problem>> {
        let converted = if let Some(file) = file {
            comarca_loaders::convert(&self.input, file, format, options, bar)
        } else {
            let mut out = BufWriter::new(io::stdout().lock());
            comarca_loaders::convert_to_stream(&self.input, &mut out, format, options, bar)
        };
        converted.map_err(|error| match error {
            ConvertError::Load(error) => Failed(vec![error.into()]).into(),
            ConvertError::Export(error) => output::unwritten(error, file),
        })
    }
}

/// Four numbers with commas, in order.
pub(crate) fn bbox(text: &str) -> Result<[f64; 4], String> {
    let numbers: Result<Vec<f64>, _> = text
        .split(',')
        .map(|number| number.trim().parse())
        .collect();
    match numbers.as_deref() {
        Ok(&[west, south, east, north]) if west <= east && south <= north => {
            Ok([west, south, east, north])
        }
        Ok([_, _, _, _]) => Err("west is not west of east, or south not south of north".to_owned()),
        _ => Err("four numbers with commas are wanted: west,south,east,north".to_owned()),
    }
}

/// One character; `\t` is a tab.
fn character(text: &str) -> Result<char, String> {
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(one), None) => Ok(one),
        _ if text == "\\t" => Ok('\t'),
        _ => Err("one character is wanted".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_is_four_numbers_in_order() {
        assert_eq!(bbox("-71,-34, -70,-33"), Ok([-71.0, -34.0, -70.0, -33.0]));
        for text in ["", "1,2,3", "1,2,3,4,5", "3,0,1,1", "a,b,c,d", "nan,0,1,1"] {
            assert!(bbox(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_tab_may_be_spelt() {
        assert_eq!(character("\\t"), Ok('\t'));
        assert_eq!(character(";"), Ok(';'));
        assert!(character("ab").is_err());
    }
}
