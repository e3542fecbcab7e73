//! `comarca plan`: what a territory asked for, what was decided, what was done.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use comarca_loaders::Unwatched;
use comarca_loaders::export::{self, OutputFormat, WriteOptions};
use comarca_report::{Date, Language, Place};
use comarca_tileserver::{Plans, today};

use crate::report::place_of;
use crate::{Arguments, output, project, register};

/// Write the plan of a territory: priorities, projects, cost, who pays, what was done
///
/// HTML made for A4, JSON, or the tables as .xlsx and other formats of tables. Who asked is never in it.
#[derive(Args)]
pub(crate) struct Plan {
    /// Key of the territory; "all" for the whole
    #[arg(value_name = "KEY")]
    key: String,
    /// Level of the hierarchy, where the key stands in several
    #[arg(long)]
    level: Option<String>,
    /// Language: es or en; the first of the project's when absent
    #[arg(long, value_name = "LANGUAGE")]
    lang: Option<Language>,
    /// The day it is, such as 2026-09-30; today when absent
    #[arg(long, value_name = "DATE")]
    date: Option<Date>,
    /// The file to write: .html, .json, .xlsx …; HTML to standard output without it
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Plan {
    pub(crate) fn run(&self, arguments: &Arguments) -> anyhow::Result<()> {
        let opened = project::open(&arguments.project)?;
        let snapshot = register::store(&opened)?.snapshot()?;
        let (territory, problems) = project::load(&opened)?;
        output::say_problems(&problems, arguments.json);
        let config = opened.config.demands.as_ref();
        let today = self.date.map_or_else(today, |date| date.to_string());
        let plans = Plans {
            territory: &territory,
            config: config.context("the project has no register of demands")?,
            snapshot: &snapshot,
            today: &today,
        };
        let place = place_of(&territory, &self.key, self.level.as_deref())?;
        let file = self.output.as_deref();
        let extension = file
            .and_then(|file| file.extension())
            .map(|end| end.to_string_lossy().to_lowercase());
        match extension.as_deref() {
            None | Some("html" | "htm") => {
                let language = self.lang.unwrap_or_else(|| Language::of(&territory));
                output::write(&plans.page(place, language)?, file)
            }
            Some("json") => output::write(&format!("{}\n", plans.document(place)?), file),
            Some(_) => self.write_tables(&plans, place, arguments.json),
        }
    }

    fn write_tables(&self, plans: &Plans<'_>, place: Place, as_json: bool) -> anyhow::Result<()> {
        let file = self.output.as_deref().context("tables need a file")?;
        let unwritten = |error| output::unwritten(error, Some(file));
        let format = OutputFormat::of_path(file).map_err(unwritten)?;
        let options = WriteOptions::default();
        let written = export::write(&plans.tables(place)?, file, format, &options, &Unwatched);
        output::say_problems(&written.map_err(unwritten)?, as_json);
        Ok(())
    }
}
