//! A table as the result of a command: JSON, or any format that layers are written in.

use std::fs::metadata;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use clap::Args;
use comarca_loaders::export::{self, ExportError, OutputFormat, WriteOptions};
use comarca_loaders::source::Features;
use comarca_loaders::{Project, Unwatched};

use crate::{Arguments, output};

/// Where a table goes and how it is written.
#[derive(Args)]
pub(crate) struct TableFormat {
    /// Format; that of the file's extension, else CSV, when absent: csv, json, geojson, geojsonl, fgb, gpkg,
    /// parquet, shp, xlsx
    #[arg(long, value_parser = Format::named)]
    format: Option<Format>,
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// How a table is written.
#[derive(Clone, Copy)]
pub(crate) enum Format {
    /// A JSON document of the command's own.
    Json,
    /// As the formats of `convert`.
    Layers(OutputFormat),
}

impl TableFormat {
    /// The file, where one is named.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.output.as_deref()
    }

    /// What is asked for, else what the file's extension says, else CSV.
    pub(crate) fn find(&self) -> anyhow::Result<Format> {
        let extension = self.file().and_then(Path::extension);
        match (self.format, extension) {
            (Some(format), _) => Ok(format),
            (None, None) => Ok(Format::Layers(OutputFormat::Csv)),
            (None, Some(extension)) => Format::named(&extension.to_string_lossy())
                .map_err(|error| output::unwritten(error, self.file())),
        }
    }

    /// Writes a layer, or the JSON document in its place. Of a table without its geometry CSV has the columns alone.
    pub(crate) fn write(
        &self,
        format: Format,
        layer: &Features,
        document: impl FnOnce() -> serde_json::Value,
        project: &Project,
        arguments: &Arguments,
    ) -> anyhow::Result<()> {
        let options = WriteOptions {
            last_change: last_change(project),
            geometry: Some(export::GeometryColumns::None),
            ..WriteOptions::default()
        };
        let written = match (format, self.file()) {
            (Format::Json, file) => return output::write(&format!("{}\n", document()), file),
            (Format::Layers(format), Some(file)) => export::write(
                std::slice::from_ref(layer),
                file,
                format,
                &options,
                &Unwatched,
            ),
            (Format::Layers(format), None) => {
                let mut out = BufWriter::new(io::stdout().lock());
                export::write_stream(layer, &mut out, format, &options, &Unwatched)
            }
        };
        let problems = written.map_err(|error| output::unwritten(error, self.file()))?;
        output::say_problems(&problems, arguments.json);
        Ok(())
    }
}

impl Format {
    /// "json" is not `GeoJSON` here.
    pub(crate) fn named(name: &str) -> Result<Self, ExportError> {
        match name.eq_ignore_ascii_case("json") {
            true => Ok(Self::Json),
            false => OutputFormat::named(name).map(Self::Layers),
        }
    }
}

/// When the youngest file of the project was changed.
pub(crate) fn last_change(project: &Project) -> Option<SystemTime> {
    let changed = |file: &PathBuf| metadata(file).and_then(|file| file.modified()).ok();
    project.files().iter().filter_map(changed).max()
}
