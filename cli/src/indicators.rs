//! `comarca indicators`: the figures of a level as a table.

use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use clap::Args;
use comarca_loaders::export::{self, ExportError, IndicatorTable, OutputFormat, WriteOptions};
use comarca_loaders::{Project, Unwatched};

use crate::Arguments;
use crate::{output, project};

#[derive(Args)]
pub(crate) struct Indicators {
    /// Level of the hierarchy; the finest when absent, "all" for the whole territory
    #[arg(long)]
    level: Option<String>,
    /// Ids of indicators, with commas; all when absent
    #[arg(long, value_delimiter = ',', value_name = "ID")]
    id: Vec<String>,
    /// Format; that of the file's extension, else CSV, when absent: csv, json, geojson, geojsonl, fgb, gpkg,
    /// parquet, shp, xlsx
    #[arg(long, value_parser = Format::named)]
    format: Option<Format>,
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Indicators {
    pub(crate) fn run(&self, arguments: &Arguments) -> anyhow::Result<()> {
        let file = self.output.as_deref();
        let format = Format::find(self.format, file)?;
        let opened = project::open(&arguments.project)?;
        let (territory, problems) = project::load(&opened)?;
        output::say_problems(&problems, arguments.json);
        let level = self.level.as_deref().unwrap_or(territory.levels()[0].id());
        let ids: Vec<&str> = self.id.iter().map(|id| id.trim()).collect();
        let table = IndicatorTable::new(&territory, level, &ids)?;
        let text = match format {
            Format::Json => table.to_json() + "\n",
            Format::Layers(OutputFormat::Csv) => table.to_csv(),
            Format::Layers(OutputFormat::GeoJson) => table.to_geojson() + "\n",
            Format::Layers(format) => {
                return write_layers(&table, file, format, last_change(&opened), arguments.json);
            }
        };
        output::write(&text, file)
    }
}

/// The values with their geometry; where the format holds several layers, what the columns mean as well.
fn write_layers(
    table: &IndicatorTable<'_>,
    file: Option<&Path>,
    format: OutputFormat,
    last_change: Option<SystemTime>,
    as_json: bool,
) -> anyhow::Result<()> {
    let mut layers = vec![table.to_layer()];
    if format.holds_layers() {
        layers.push(table.to_catalogue());
    }
    let options = WriteOptions {
        last_change,
        ..WriteOptions::default()
    };
    let written = if let Some(file) = file {
        export::write(&layers, file, format, &options, &Unwatched)
    } else {
        let mut out = BufWriter::new(io::stdout().lock());
        export::write_stream(&layers[0], &mut out, format, &options, &Unwatched)
    };
    let problems = written.map_err(|error| output::unwritten(error, file))?;
    output::say_problems(&problems, as_json);
    Ok(())
}

/// When the youngest file of the project was changed.
fn last_change(project: &Project) -> Option<SystemTime> {
    let changed = |file: &PathBuf| {
        std::fs::metadata(file)
            .and_then(|meta| meta.modified())
            .ok()
    };
    project.files().iter().filter_map(changed).max()
}

/// How the table is written.
#[derive(Clone, Copy)]
enum Format {
    /// An array of objects.
    Json,
    /// As the formats of `convert`.
    Layers(OutputFormat),
}

impl Format {
    /// "json" is not `GeoJSON` here.
    fn named(name: &str) -> Result<Self, ExportError> {
        match name.eq_ignore_ascii_case("json") {
            true => Ok(Self::Json),
            false => OutputFormat::named(name).map(Self::Layers),
        }
    }

    /// What is asked for, else what the file's extension says, else CSV.
    fn find(asked: Option<Self>, file: Option<&Path>) -> anyhow::Result<Self> {
        let extension = file.and_then(Path::extension);
        match (asked, extension) {
            (Some(format), _) => Ok(format),
            (None, None) => Ok(Self::Layers(OutputFormat::Csv)),
            (None, Some(extension)) => Self::named(&extension.to_string_lossy())
                .map_err(|error| output::unwritten(error, file)),
        }
    }
}
