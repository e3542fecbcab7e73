//! `comarca check`: everything that is wrong with the data of a project.

use std::path::PathBuf;

use clap::Args;
use comarca_engine::{HiddenCells, HiddenFigures, Territory};
use comarca_loaders::{Checked, Problem, Severity, coverage_faults};

use crate::Arguments;
use crate::output::{self, Failed};
use crate::project;

#[derive(Args)]
pub(crate) struct Check {
    /// Write gaps, overlaps, slivers and invalid rings to a GeoJSON file, to be seen on the map
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
}

impl Check {
    /// Loads the project and reports. An error, if any problem is one.
    pub(crate) fn run(&self, arguments: &Arguments) -> anyhow::Result<()> {
        let project = project::open(&arguments.project)?;
        let Checked {
            territory,
            mut problems,
            faults,
        } = project::check(&project)?;
        let faults = faults.with(coverage_faults(&territory));
        if let Some(file) = &self.faults {
            output::write(&faults.to_geojson(), Some(file))?;
        }
        problems.extend(faults.problems());
        problems.extend(strays(&territory));
        problems.extend(hidden(&territory));
        problems.extend(borders(&territory));
        problems.extend(project.check_tilesets());
        problems.sort_by_key(|problem| problem.severity);
        if problems
            .iter()
            .any(|problem| problem.severity == Severity::Error)
        {
            return Err(Failed(problems).into());
        }
        output::say_problems(&problems, arguments.json);
        if !arguments.json {
            output::write(&summary(&territory, &problems), None)?;
        }
        Ok(())
    }
}

/// Features that stand in no territory, layer by layer.
fn strays(territory: &Territory) -> Vec<Problem> {
    let stray = |layer: &std::sync::Arc<comarca_engine::Layer>| {
        let outside = territory.outside_count(layer);
        let message = format!(
            "{outside} of {} features stand in no territory of level \"{}\" and are not counted there",
            layer.len(),
            territory.levels()[0].id()
        );
        (outside > 0).then(|| Problem::notice(message).in_layer(layer.id()))
    };
    territory.layers().filter_map(stray).collect()
}

/// Borders that were brought together for drawing, layer by layer; the file keeps its coordinates.
fn borders(territory: &Territory) -> Vec<Problem> {
    let brought = |layer: &std::sync::Arc<comarca_engine::Layer>| {
        let found = layer.topology_report();
        let message = format!(
            "borders that nearly meet are drawn as one: {} vertices moved by 7 cm or less, {} put into a border that passes by; \
             now {} stretches of border are shared, {} have one side only, {} have more than two polygons",
            found.vertices_snapped,
            found.vertices_inserted,
            found.edges_shared,
            found.edges_single,
            found.edges_crowded
        );
        let is_worth_saying = found.vertices_snapped + found.vertices_inserted > 0;
        is_worth_saying.then(|| Problem::notice(message).in_layer(layer.id()))
    };
    territory.layers().filter_map(brought).collect()
}

/// What the rules of privacy keep from being published: columns of layers, then indicators.
fn hidden(territory: &Territory) -> Vec<Problem> {
    let of_column = |hidden: HiddenCells| {
        let message = counts(hidden.primary, hidden.complementary, "cells");
        Problem::notice(message)
            .in_layer(hidden.layer)
            .in_column(hidden.column)
    };
    let of_figures = |hidden: HiddenFigures| {
        let figures = counts(hidden.primary, hidden.complementary, "figures");
        let (indicator, level) = (hidden.indicator, hidden.level);
        Problem::notice(format!(
            "indicator \"{indicator}\", level \"{level}\": {figures}"
        ))
    };
    let cells = territory.hidden_cells().into_iter().map(of_column);
    let figures = territory.hidden_figures().into_iter().map(of_figures);
    cells.chain(figures).collect()
}

fn counts(primary: usize, complementary: usize, what: &str) -> String {
    format!(
        "{} {what} are not published: {primary} of too few persons, {complementary} that would tell others",
        primary + complementary
    )
}

fn summary(territory: &Territory, problems: &[Problem]) -> String {
    let count = |severity| {
        problems
            .iter()
            .filter(|problem| problem.severity == severity)
            .count()
    };
    let layers: Vec<String> = territory
        .layers()
        .map(|layer| format!("  {:<16} {:>9} features", layer.id(), layer.len()))
        .collect();
    let levels: Vec<String> = territory
        .levels()
        .iter()
        .map(|level| format!("  {:<16} {:>9} territories", level.id(), level.len()))
        .collect();
    let (warnings, notices) = (count(Severity::Warning), count(Severity::Notice));
    format!(
        "{}\nlayers\n{}\nlevels\n{}\n0 errors, {}, {}\n",
        territory.name(),
        layers.join("\n"),
        levels.join("\n"),
        counted(warnings, "warning"),
        counted(notices, "notice")
    )
}

/// `1 notice`, `2 notices`.
fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}
