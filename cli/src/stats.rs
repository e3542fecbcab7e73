//! `comarca stats`: spatial statistics of an indicator at a level, as a table.

use clap::{Args, ValueEnum};
use comarca_engine::stats::{Correction, Inference, Permutations, Tail, WeightsSpec};
use comarca_loaders::export::{Statistic, StatisticsRequest, StatisticsTable};

use crate::table::TableFormat;
use crate::{Arguments, output, project};

#[derive(Args)]
pub(crate) struct Stats {
    /// Moran's I of the level, local Moran's I (clusters and outliers), or Getis-Ord Gi* (hot and cold spots)
    #[arg(value_enum)]
    statistic: Kind,
    /// Id of the indicator
    #[arg(long, value_name = "ID")]
    indicator: String,
    /// Level of the hierarchy; the finest when absent
    #[arg(long)]
    level: Option<String>,
    /// Who is a neighbour: queen, rook, knn:8 (the eight nearest) or distance:1500 (metres)
    #[arg(long, default_value = "queen", value_name = "NEIGHBOURS")]
    weights: WeightsSpec,
    /// Random rearrangements that the pseudo-p rests on, at most 99,999; none: p of the normal distribution
    #[arg(long, default_value_t = 999, value_parser = clap::value_parser!(u32).range(..=99_999))]
    permutations: u32,
    /// Where the random numbers start; the same seed gives the same table
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Which rearrangements count as extreme: on the observed side (as `GeoDa` and esda), or on both
    #[arg(long, value_enum, default_value_t = Side::OneSided)]
    tail: Side,
    /// p from which a territory is significant
    #[arg(long, default_value_t = 0.05, value_parser = share)]
    alpha: f64,
    /// Correction for testing many territories, in the column "significant" and in the classes
    #[arg(long, value_enum, default_value_t = Many::None)]
    correction: Many,
    #[command(flatten)]
    table: TableFormat,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Moran,
    Lisa,
    Gistar,
}

#[derive(Clone, Copy, ValueEnum)]
enum Side {
    OneSided,
    TwoSided,
}

#[derive(Clone, Copy, ValueEnum)]
enum Many {
    None,
    Fdr,
    Bonferroni,
}

fn share(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.parse().ok();
    number
        .filter(|number| *number > 0.0 && *number < 1.0)
        .ok_or_else(|| "a number between 0 and 1".to_owned())
}

impl Stats {
    pub(crate) fn run(&self, arguments: &Arguments) -> anyhow::Result<()> {
        let format = self.table.find()?;
        let opened = project::open(&arguments.project)?;
        let (territory, problems) = project::load(&opened)?;
        output::say_problems(&problems, arguments.json);
        let level = self.level.as_deref().unwrap_or(territory.levels()[0].id());
        let request = StatisticsRequest {
            statistic: match self.statistic {
                Kind::Moran => Statistic::Moran,
                Kind::Lisa => Statistic::Lisa,
                Kind::Gistar => Statistic::GiStar,
            },
            indicator: &self.indicator,
            level,
            weights: self.weights,
            inference: self.inference()?,
        };
        let table = StatisticsTable::new(&territory, &request)?;
        if !arguments.json {
            output::say(&format!("note: {}", table.method()));
            table
                .note()
                .into_iter()
                .for_each(|note| output::say(&format!("note: {note}")));
        }
        self.table.write(
            format,
            &table.to_layer(),
            || table.to_json(),
            &opened,
            arguments,
        )
    }

    fn inference(&self) -> anyhow::Result<Inference> {
        Ok(Inference {
            permutations: Permutations::new(self.permutations, self.seed)?,
            tail: match self.tail {
                Side::OneSided => Tail::OneSided,
                Side::TwoSided => Tail::TwoSided,
            },
            alpha: self.alpha,
            correction: match self.correction {
                Many::None => Correction::None,
                Many::Fdr => Correction::Fdr,
                Many::Bonferroni => Correction::Bonferroni,
            },
        })
    }
}
