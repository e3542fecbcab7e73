//! What citizens demand, counted where it stands: number, votes, share among all demands, number per 1,000 persons.

use std::sync::Arc;

use super::exact_sum::ExactSum;
use super::partial::roll_up;
use super::{Figure, LevelFigures, Measure, Operation, RollUp, Swap};
use crate::layer::Layer;
use crate::territory::Territory;

/// Demands of a territory.
#[derive(Clone, Debug)]
pub struct Demand {
    /// The demands of a theme or a status; the weight is that of the votes.
    pub of: Measure,
    /// What is made of them.
    pub statistic: DemandStatistic,
}

/// What is made of demands.
#[derive(Clone, Debug)]
pub enum DemandStatistic {
    /// Their number.
    Count,
    /// The sum of their votes.
    Votes,
    /// Their share in per cent among these.
    Share(Measure),
    /// Their number for each 1,000 of an indicator that counts persons.
    Per1000(String),
}

impl Operation for Demand {
    fn op(&self) -> &'static str {
        "demand"
    }

    fn formula(&self) -> String {
        match &self.statistic {
            DemandStatistic::Count => "number of demands".to_owned(),
            DemandStatistic::Votes => "sum of votes of demands".to_owned(),
            DemandStatistic::Share(_) => "demands / all demands × 100".to_owned(),
            DemandStatistic::Per1000(persons) => format!("demands / {persons} × 1000"),
        }
    }

    fn roll_up(&self) -> RollUp {
        match self.statistic {
            DemandStatistic::Count | DemandStatistic::Votes => RollUp::Sum,
            DemandStatistic::Share(_) | DemandStatistic::Per1000(_) => RollUp::Ratio,
        }
    }

    fn indicator_inputs(&self) -> Vec<&str> {
        match &self.statistic {
            DemandStatistic::Per1000(persons) => vec![persons],
            _ => vec![],
        }
    }

    fn layer_inputs(&self) -> Vec<&Arc<Layer>> {
        vec![&self.of.selection.layer]
    }

    fn measures(&self) -> Vec<&Measure> {
        vec![&self.of]
    }

    fn swapped(&self, swap: Swap<'_>) -> Arc<dyn Operation> {
        let statistic = match &self.statistic {
            DemandStatistic::Share(all) => DemandStatistic::Share(swap.measure(all)),
            other => other.clone(),
        };
        Arc::new(Self {
            of: swap.measure(&self.of),
            statistic,
        })
    }

    fn evaluate(&self, territory: &Territory) -> Vec<LevelFigures> {
        let counted = |measure| totals(territory, measure, |_| Some(1.0));
        match &self.statistic {
            DemandStatistic::Count => counted(&self.of),
            DemandStatistic::Votes => totals(territory, &self.of, |row| self.of.weight_of(row)),
            DemandStatistic::Share(all) => quotients(&counted(&self.of), &counted(all), 100.0),
            DemandStatistic::Per1000(persons) => {
                quotients(&counted(&self.of), territory.figures_of(persons), 1000.0)
            }
        }
    }
}

fn totals(
    territory: &Territory,
    of: &Measure,
    weight: impl Fn(usize) -> Option<f64> + Sync,
) -> Vec<LevelFigures> {
    let add = |state: &mut ExactSum, _, row| {
        let weight = weight(row);
        weight.into_iter().for_each(|weight| state.add(weight));
        weight.is_some()
    };
    roll_up(territory, of, add, |state| Figure::of(Some(state.total())))
}

/// Level by level and territory by territory; as many features as stand above the line.
fn quotients(above: &[LevelFigures], below: &[LevelFigures], per: f64) -> Vec<LevelFigures> {
    let quotient = |(above, below): (&Figure, &Figure)| Figure {
        n: above.n,
        covered: above.covered,
        ..Figure::quotient(above.value, below.value, per)
    };
    let of_level = |(above, below): (&LevelFigures, &LevelFigures)| {
        above.iter().zip(below).map(quotient).collect()
    };
    above.iter().zip(below).map(of_level).collect()
}
