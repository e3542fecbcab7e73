//! Local statistics as indicators (G3, G4): clusters and outliers, hot and cold spots.

use std::sync::Arc;

use super::{Figure, LevelFigures, Operation, RollUp, Swap};
use crate::stats::{
    self, Cluster, Focal, Inference, LocalRow, WeightsSpec, local_getis_ord, local_moran,
};
use crate::territory::Territory;

/// A local statistic of another indicator, computed anew at each level.
#[derive(Clone, Debug)]
pub struct Local {
    /// Id of the indicator.
    pub of: String,
    /// Which statistic.
    pub statistic: LocalStatistic,
    /// Who is a neighbour.
    pub weights: WeightsSpec,
    /// Permutations, tail and correction.
    pub inference: Inference,
    /// What the value says.
    pub output: LocalOutput,
}

/// Which local statistic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalStatistic {
    /// Local Moran's I (LISA).
    Moran,
    /// Getis-Ord Gi*.
    GiStar,
}

impl LocalStatistic {
    /// The statistic of the values of a level.
    pub fn of(
        self,
        values: &[Option<f64>],
        weights: &stats::Weights,
        inference: &Inference,
    ) -> stats::Local {
        match self {
            Self::Moran => local_moran(values, weights, inference),
            Self::GiStar => local_getis_ord(values, weights, Focal::Included, inference),
        }
    }
}

/// What the value of a local statistic says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalOutput {
    /// Local Moran's I; of Gi* its z-score.
    Statistic,
    /// The p-value.
    P,
    /// The class: 0 not significant; 1 high-high, 2 low-high, 3 low-low, 4 high-low; 1 hot, −1 cold.
    Class,
}

impl Operation for Local {
    fn op(&self) -> &'static str {
        match self.statistic {
            LocalStatistic::Moran => "moran_local",
            LocalStatistic::GiStar => "gi_star",
        }
    }

    fn formula(&self) -> String {
        let name = match self.statistic {
            LocalStatistic::Moran => "local Moran's I",
            LocalStatistic::GiStar => "Getis-Ord Gi*",
        };
        let told = match self.output {
            LocalOutput::Statistic => "",
            LocalOutput::P => "p of ",
            LocalOutput::Class => "class of ",
        };
        let permutations = self.inference.permutations;
        format!(
            "{told}{name} of {} ({} neighbours, {} permutations, seed {}, {})",
            self.of,
            self.weights,
            permutations.count(),
            permutations.seed(),
            self.inference.correction
        )
    }

    fn roll_up(&self) -> RollUp {
        RollUp::Anew
    }

    fn indicator_inputs(&self) -> Vec<&str> {
        vec![&self.of]
    }

    fn swapped(&self, _: Swap<'_>) -> Arc<dyn Operation> {
        Arc::new(self.clone())
    }

    fn evaluate(&self, territory: &Territory) -> Vec<LevelFigures> {
        let levels = 0..territory.levels().len();
        levels.map(|level| self.at(territory, level)).collect()
    }
}

impl Local {
    fn at(&self, territory: &Territory, level: usize) -> LevelFigures {
        let figures = &territory.figures_of(&self.of)[level];
        let values: Vec<Option<f64>> = figures.iter().map(|figure| figure.value).collect();
        // With more links than are kept there are no neighbours to speak of, and no statistic.
        let Ok(weights) = territory.weights(level, self.weights) else {
            return vec![Figure::default(); values.len()];
        };
        let found = self.statistic.of(&values, &weights, &self.inference);
        let figure = |row: &LocalRow| Figure {
            n: u64::from(row.neighbours),
            ..Figure::of(self.told(row))
        };
        found.rows.iter().map(figure).collect()
    }

    fn told(&self, row: &LocalRow) -> Option<f64> {
        match (self.output, self.statistic) {
            (LocalOutput::Statistic, LocalStatistic::Moran) => row.statistic,
            (LocalOutput::Statistic, LocalStatistic::GiStar) => row.z,
            (LocalOutput::P, _) => row.p,
            (LocalOutput::Class, _) => class(row.cluster),
        }
    }
}

/// The codes that `GeoDa` and esda give to quadrants; of hot and cold spots the sign.
fn class(cluster: Cluster) -> Option<f64> {
    match cluster {
        Cluster::HighHigh | Cluster::Hot => Some(1.0),
        Cluster::LowHigh => Some(2.0),
        Cluster::LowLow => Some(3.0),
        Cluster::HighLow => Some(4.0),
        Cluster::Cold => Some(-1.0),
        Cluster::NotSignificant => Some(0.0),
        _ => None,
    }
}
