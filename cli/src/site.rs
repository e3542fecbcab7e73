//! `comarca site`: where to build so that people are near, or covered.

use std::sync::Arc;

use anyhow::{anyhow, bail};
use clap::{Args, ValueEnum};
use comarca_engine::indicator::{Measure, Selection};
use comarca_engine::site::{Facilities, Limits, Plan, Problem};
use comarca_engine::{Filter, Layer, Metric, Territory, UnknownId};
use comarca_loaders::export::{site_document, site_layer};

use crate::table::TableFormat;
use crate::{Arguments, output, project};

#[derive(Args)]
pub(crate) struct Site {
    /// Where people are: a layer, or a layer and the column that weighs it, as in blocks:pop
    #[arg(long, value_name = "LAYER[:COLUMN]")]
    demand: String,
    /// Places to choose from: a layer or a level
    #[arg(long, value_name = "LAYER")]
    candidates: String,
    /// Facilities that are there already
    #[arg(long, value_name = "LAYER")]
    existing: Option<String>,
    /// Which of the demand counts, in CQL2 text
    #[arg(long, value_name = "CQL2")]
    demand_where: Option<String>,
    /// Which of the candidates may be chosen, in CQL2 text
    #[arg(long, value_name = "CQL2")]
    candidates_where: Option<String>,
    /// Which of the existing facilities count, in CQL2 text
    #[arg(long, value_name = "CQL2")]
    existing_where: Option<String>,
    /// How many to build; the fewest that cover everybody with --goal cover
    #[arg(short = 'p', long = "count", default_value_t = 1, value_name = "N")]
    count: usize,
    /// Radius in metres: as many people as possible within it, instead of the least distance
    #[arg(long, value_name = "METRES", value_parser = metres, allow_negative_numbers = true)]
    within: Option<f64>,
    /// What is sought: the least mean distance (median), most people within the radius (coverage), the fewest facilities
    /// that cover everybody (cover), the least largest distance (center); median or coverage when absent
    #[arg(long, value_enum)]
    goal: Option<Goal>,
    #[command(flatten)]
    table: TableFormat,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Goal {
    Median,
    Coverage,
    Cover,
    Center,
}

impl Site {
    pub(crate) fn run(&self, arguments: &Arguments) -> anyhow::Result<()> {
        let format = self.table.find()?;
        let opened = project::open(&arguments.project)?;
        let (territory, problems) = project::load(&opened)?;
        output::say_problems(&problems, arguments.json);
        let candidates = chosen(
            &territory,
            &self.candidates,
            self.candidates_where.as_deref(),
        )?;
        let plan = self.plan(&territory, &candidates)?;
        if !arguments.json {
            summary(&plan).iter().for_each(|line| output::say(line));
        }
        let layer = &candidates.layer;
        self.table.write(
            format,
            &site_layer(&plan, layer),
            || site_document(&plan, layer),
            &opened,
            arguments,
        )
    }

    fn plan(&self, territory: &Territory, candidates: &Selection) -> anyhow::Result<Plan> {
        let demand = self.demand(territory)?;
        let existing = match &self.existing {
            Some(id) => Some(chosen(territory, id, self.existing_where.as_deref())?),
            None => None,
        };
        let rows = 0..demand.selection.len();
        let places: Vec<Metric> = rows
            .clone()
            .map(|at| demand.selection.layer.anchor(demand.selection.row(at)))
            .collect();
        let weight = |at| demand.weight_of(demand.selection.row(at)).unwrap_or(0.0);
        let weights: Vec<f64> = rows.map(weight).collect();
        let goal = self.goal()?;
        let problem = Problem::between(
            &places,
            &weights,
            facilities(candidates),
            existing.as_ref().map(facilities),
            self.within
                .filter(|_| matches!(goal, Goal::Coverage | Goal::Cover)),
        )?;
        let (limits, within_m) = (Limits::default(), self.within.unwrap_or(0.0));
        Ok(match goal {
            Goal::Median => problem.p_median(self.count, limits)?,
            Goal::Coverage => problem.maximal_coverage(self.count, within_m, limits)?,
            Goal::Cover => problem.set_cover(within_m, limits)?,
            Goal::Center => problem.p_center(self.count, limits)?,
        })
    }

    fn goal(&self) -> anyhow::Result<Goal> {
        match (self.goal, self.within) {
            (None, None) => Ok(Goal::Median),
            (None, Some(_)) => Ok(Goal::Coverage),
            (Some(Goal::Coverage | Goal::Cover), None) => {
                bail!("--goal coverage and --goal cover need --within METRES")
            }
            (Some(goal), _) => Ok(goal),
        }
    }

    fn demand(&self, territory: &Territory) -> anyhow::Result<Measure> {
        let (id, column) = match self.demand.split_once(':') {
            Some((id, column)) => (id, Some(column)),
            None => (self.demand.as_str(), None),
        };
        let selection = chosen(territory, id, self.demand_where.as_deref())?;
        let weight = column
            .map(|name| weight(&selection.layer, name))
            .transpose()?;
        Ok(Measure {
            selection,
            column: None,
            weight,
        })
    }
}

pub(crate) fn metres(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.parse().ok();
    let distance = number.filter(|number| *number > 0.0 && number.is_finite());
    distance.ok_or_else(|| "a positive number of metres".to_owned())
}

fn facilities(of: &Selection) -> Facilities<'_> {
    Facilities::Layer {
        layer: &of.layer,
        rows: of.rows.as_deref(),
    }
}

/// The features of a layer or level that a filter keeps.
pub(crate) fn chosen(
    territory: &Territory,
    id: &str,
    filter: Option<&str>,
) -> anyhow::Result<Selection> {
    let layer = territory.layer(id).or_else(|| territory.tile_layer(id));
    let unknown = || UnknownId::new("layer", id, territory.source_ids());
    let all = Selection::all(Arc::clone(layer.ok_or_else(unknown)?));
    match filter {
        None => Ok(all),
        Some(text) => Filter::parse(text)
            .and_then(|filter| all.narrowed(filter))
            .map_err(|error| anyhow!("the filter of {id}: {error}")),
    }
}

fn weight(layer: &Layer, name: &str) -> anyhow::Result<usize> {
    let names = || layer.columns().iter().map(comarca_engine::Column::name);
    let position = names().position(|own| own == name);
    let unknown = || UnknownId::new("column", name, names());
    let position = position.ok_or_else(unknown)?;
    let column = &layer.columns()[position];
    let numbers = (0..column.len()).any(|row| column.number(row).is_some());
    if !numbers && !column.is_empty() {
        bail!("column {name:?} of layer \"{}\" has no numbers", layer.id());
    }
    Ok(position)
}

/// What the plan changes, and whether a better one may exist.
fn summary(plan: &Plan) -> Vec<String> {
    let metres = |distance: Option<f64>| distance.map_or("–".to_owned(), |m| format!("{m:.0} m"));
    let (before, after) = (&plan.before, &plan.after);
    let percent = |share: Option<f64>| share.map(|share| format!("{:.1} %", share * 100.0));
    let covered = percent(before.covered_share).zip(percent(after.covered_share));
    let mut lines = vec![match covered {
        Some((before, after)) => format!("covered {before} → {after}"),
        None => format!(
            "mean distance {} → {}, largest {} → {}",
            metres(before.mean_m),
            metres(after.mean_m),
            metres(before.max_m),
            metres(after.max_m)
        ),
    }];
    if !plan.unreachable.is_empty() {
        lines.push(format!(
            "{} places of demand are out of reach",
            plan.unreachable.len()
        ));
    }
    lines.push(match plan.proven {
        true => "no better plan exists (proven)".to_owned(),
        false => format!(
            "a better plan may exist: at most {:.3} % better",
            plan.gap * 100.0
        ),
    });
    lines
}
