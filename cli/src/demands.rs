//! `comarca demands`: the register in bulk.

mod import;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use comarca_loaders::Unwatched;
use comarca_loaders::demands::{assemblies_table, demands_table};
use comarca_loaders::export::{self, OutputFormat, WriteOptions};

use crate::{Arguments, output, project, register};

/// The register of citizens' demands: take in files, give out what is public of it
#[derive(Args)]
pub(crate) struct Demands {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Import(import::Import),
    Export(Export),
}

/// Write the public part of the register to a file; who asked is never in it
#[derive(Args)]
struct Export {
    /// The file to write; CSV to standard output without it
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Format, where the name of the file does not tell: geojson, csv, xlsx, gpkg, fgb, parquet …
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// The assemblies instead of the demands
    #[arg(long)]
    assemblies: bool,
}

impl Demands {
    pub(crate) fn run(&self, arguments: &Arguments) -> anyhow::Result<()> {
        match &self.command {
            Command::Import(import) => import.run(arguments),
            Command::Export(export) => export.run(arguments),
        }
    }
}

impl Export {
    fn run(&self, arguments: &Arguments) -> anyhow::Result<()> {
        let project = project::open(&arguments.project)?;
        let snapshot = register::store(&project)?.snapshot()?;
        let layer = match self.assemblies {
            true => assemblies_table(&snapshot),
            false => demands_table(&snapshot),
        };
        let file = self.output.as_deref();
        let format = match (&self.format, file) {
            (Some(name), _) => OutputFormat::named(name),
            (None, Some(file)) => OutputFormat::of_path(file),
            (None, None) => OutputFormat::named("csv"),
        };
        let format = format.map_err(|error| output::unwritten(error, file))?;
        let options = WriteOptions::default();
        let written = if let Some(file) = file {
            let layers = std::slice::from_ref(&layer);
            export::write(layers, file, format, &options, &Unwatched)
        } else {
            let mut out = std::io::BufWriter::new(std::io::stdout().lock());
            export::write_stream(&layer, &mut out, format, &options, &Unwatched)
        };
        let problems = written.map_err(|error| output::unwritten(error, file))?;
        output::say_problems(&problems, arguments.json);
        Ok(())
    }
}
