//! `comarca`: a territory on a map, its indicators and its tiles, from one program.
//!
//! Results go to standard output or a file, everything else to standard error. Exit status: 0 done, 1 the data or the
//! request is wrong, 2 the command line is wrong.

#![forbid(unsafe_code)]

mod check;
mod convert;
mod demands;
mod heatmap;
mod hexbin;
mod indicators;
mod info;
mod log;
mod openapi;
mod output;
mod plan;
mod progress;
mod project;
mod register;
mod report;
mod schema;
mod serve;
mod site;
mod stats;
mod table;
mod tiles;
mod token;
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Geographic information system for associations of municipalities.
///
/// A project file (comarca.toml) names the layers, levels and indicators of a territory.
#[derive(Parser)]
#[command(name = "comarca", version, max_term_width = 100)]
struct Arguments {
    /// The project file
    #[arg(
        long,
        global = true,
        env = "COMARCA_PROJECT",
        default_value = "comarca.toml",
        value_name = "FILE"
    )]
    project: PathBuf,
    /// Print problems (and the result of info) as JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the map, tiles and indicators over HTTP and watch the files for changes
    Serve(serve::Serve),
    /// Load everything and report what is wrong with the data, with addresses
    Check(check::Check),
    /// Tell what is in a file: format, CRS, rows, geometry, columns
    Info(info::Info),
    Convert(Box<convert::Convert>),
    /// Compute indicators for the territories of a level
    Indicators(indicators::Indicators),
    /// Where to build: least distance (p-median), or most people within a radius (maximal coverage), with a proof
    Site(Box<site::Site>),
    /// Spatial statistics of an indicator: Moran's I, its clusters and outliers, hot and cold spots
    Stats(stats::Stats),
    Report(report::Report),
    Heatmap(Box<heatmap::Heatmap>),
    Hexbin(hexbin::Hexbin),
    Tiles(Box<tiles::Tiles>),
    Plan(plan::Plan),
    Demands(demands::Demands),
    Token(token::Tokens),
    /// Print the JSON Schema of the project file
    Schema(schema::Schema),
    /// Print the OpenAPI 3.1 document of the server
    Openapi(openapi::Openapi),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match &arguments.command {
        Command::Serve(serve) => serve.run(&arguments),
        Command::Check(check) => check.run(&arguments),
        Command::Info(info) => info.run(&arguments),
        Command::Convert(convert) => convert.run(&arguments),
        Command::Indicators(indicators) => indicators.run(&arguments),
        Command::Site(site) => site.run(&arguments),
        Command::Stats(stats) => stats.run(&arguments),
        Command::Report(report) => report.run(&arguments),
        Command::Heatmap(heatmap) => heatmap.run(&arguments),
        Command::Hexbin(hexbin) => hexbin.run(&arguments),
        Command::Tiles(tiles) => tiles.run(&arguments),
        Command::Plan(plan) => plan.run(&arguments),
        Command::Demands(demands) => demands.run(&arguments),
        Command::Token(tokens) => tokens.run(&arguments),
        Command::Schema(schema) => schema.run(),
        Command::Openapi(openapi) => openapi.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::say_error(&error, arguments.json);
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Arguments;

    #[test]
    fn every_command_has_options_that_can_be_told_apart() {
        Arguments::command().debug_assert();
    }
}
