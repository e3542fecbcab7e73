//! `comarca indicators`: the figures of a level as a table.

use std::io::{self, BufWriter};
use std::path::Path;
use std::time::SystemTime;

use clap::Args;
use comarca_loaders::Unwatched;
use comarca_loaders::export::{self, IndicatorTable, OutputFormat, WriteOptions};

use crate::table::{Format, TableFormat, last_change};
use crate::{Arguments, output, project};

#[derive(Args)]
pub(crate) struct Indicators {
    /// Level of the hierarchy; the finest when absent, "all" for the whole territory
    #[arg(long)]
    level: Option<String>,
    /// Ids of indicators, with commas; all when absent
    #[arg(long, value_delimiter = ',', value_name = "ID")]
    id: Vec<String>,
    #[command(flatten)]
    table: TableFormat,
}

impl Indicators {
    pub(crate) fn run(&self, arguments: &Arguments) -> anyhow::Result<()> {
        let (file, format) = (self.table.file(), self.table.find()?);
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
        output::write(&text, file)?;
        match (format, file) {
            (Format::Layers(OutputFormat::Csv), Some(file)) => write_meaning(&table, file),
            _ => Ok(()),
        }
    }
}

/// Units, formulas and sources in a file beside a CSV, under the name that readers of CSV on the Web look for.
fn write_meaning(table: &IndicatorTable<'_>, file: &Path) -> anyhow::Result<()> {
    let Some(name) = file.file_name().map(|name| name.to_string_lossy()) else {
        return Ok(());
    };
    let metadata = table.metadata().to_csvw(&name);
    let beside = file.with_file_name(format!("{name}-metadata.json"));
    output::write(&format!("{metadata:#}\n"), Some(&beside))
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
        layers.extend([table.to_catalogue(), table.to_sources()]);
    }
    let options = WriteOptions {
        last_change,
        metadata: Some(table.metadata()),
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
