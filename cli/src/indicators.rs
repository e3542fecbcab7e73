//! `comarca indicators`: the figures of a level as a table.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use comarca_loaders::export::IndicatorTable;

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
    /// Format; that of the file's extension, else CSV, when absent
    #[arg(long)]
    format: Option<Format>,
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Csv,
    Json,
    Geojson,
}

impl Indicators {
    pub(crate) fn run(&self, arguments: &Arguments) -> anyhow::Result<()> {
        let format = self.format()?;
        let opened = project::open(&arguments.project)?;
        let (territory, problems) = project::load(&opened)?;
        output::say_problems(&problems, arguments.json);
        let level = self.level.as_deref().unwrap_or(territory.levels()[0].id());
        let ids: Vec<&str> = self.id.iter().map(|id| id.trim()).collect();
        let table = IndicatorTable::new(&territory, level, &ids)?;
        let text = match format {
            Format::Csv => table.to_csv(),
            Format::Json => table.to_json() + "\n",
            Format::Geojson => table.to_geojson() + "\n",
        };
        output::write(&text, self.output.as_deref())
    }

    fn format(&self) -> anyhow::Result<Format> {
        let extension = self
            .output
            .as_deref()
            .and_then(Path::extension)
            .and_then(|extension| extension.to_str());
        match (self.format, extension.map(str::to_lowercase).as_deref()) {
            (Some(format), _) => Ok(format),
            (None, None | Some("csv")) => Ok(Format::Csv),
            (None, Some("json")) => Ok(Format::Json),
            (None, Some("geojson")) => Ok(Format::Geojson),
            (None, Some(other)) => anyhow::bail!(
                "indicators cannot be written as .{other}; use .csv, .json or .geojson, or say --format"
            ),
        }
    }
}
