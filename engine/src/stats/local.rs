//! What local statistics have in common: a row for each territory, classes, and many tests at once.

use std::fmt;

use super::conditional::{Drawn, tails, whole};
use super::inference::{Correction, Inference, Method, Tails};
use super::sample::{Sample, finite};
use super::significance::Corrections;
use super::weights::Weights;

/// Where a territory and its neighbours stand to the mean: the Moran scatter plot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quadrant {
    /// High among high.
    HighHigh,
    /// Low among low.
    LowLow,
    /// Low among high.
    LowHigh,
    /// High among low.
    HighLow,
}

/// What a map shows of a territory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cluster {
    /// Significant, high among high.
    HighHigh,
    /// Significant, low among low.
    LowLow,
    /// Significant, low among high.
    LowHigh,
    /// Significant, high among low.
    HighLow,
    /// Significant by Getis-Ord, high.
    Hot,
    /// Significant by Getis-Ord, low.
    Cold,
    /// Significant by Geary, like its neighbours but neither high among high nor low among low.
    Similar,
    /// Significant by Geary, unlike its neighbours.
    Dissimilar,
    /// Tested, and not significant.
    NotSignificant,
    /// With a value but without neighbours that have one.
    Island,
    /// Without a value.
    Missing,
    /// Not tested: all values are equal, or there are too few.
    Undefined,
}

impl Cluster {
    /// The word of tables and styles: `high-high`, `not-significant` …
    pub fn id(self) -> &'static str {
        match self {
            Self::HighHigh => "high-high",
            Self::LowLow => "low-low",
            Self::LowHigh => "low-high",
            Self::HighLow => "high-low",
            Self::Hot => "hot",
            Self::Cold => "cold",
            Self::Similar => "similar",
            Self::Dissimilar => "dissimilar",
            Self::NotSignificant => "not-significant",
            Self::Island => "island",
            Self::Missing => "missing",
            Self::Undefined => "undefined",
        }
    }
}

impl fmt::Display for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl From<Quadrant> for Cluster {
    fn from(quadrant: Quadrant) -> Self {
        match quadrant {
            Quadrant::HighHigh => Self::HighHigh,
            Quadrant::LowLow => Self::LowLow,
            Quadrant::LowHigh => Self::LowHigh,
            Quadrant::HighLow => Self::HighLow,
        }
    }
}

/// One territory of a local statistic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LocalRow {
    /// Row in the layer.
    pub row: u32,
    /// Its value.
    pub value: Option<f64>,
    /// Mean (row-standardised) or sum (binary) of its neighbours' values, with its own where the statistic counts it.
    pub lag: Option<f64>,
    /// Neighbours that have a value.
    pub neighbours: u32,
    /// The local statistic.
    pub statistic: Option<f64>,
    /// What chance would give in the mean, the territory's own value staying.
    pub expected: Option<f64>,
    /// (statistic − expected) / standard deviation under the same chance.
    pub z: Option<f64>,
    /// p of the permutations, else of the normal distribution.
    pub p: Option<f64>,
    /// Place in the Moran scatter plot, significant or not; `None` for Getis-Ord.
    pub quadrant: Option<Quadrant>,
    /// Whether it is significant by the correction that was asked for.
    pub significant: bool,
    /// Whether it is significant by the false discovery rate.
    pub significant_fdr: bool,
    /// Its class by the correction that was asked for.
    pub cluster: Cluster,
}

/// A local statistic of a level.
#[derive(Clone, Debug, PartialEq)]
pub struct Local {
    /// A row for each territory, in the order of the layer.
    pub rows: Vec<LocalRow>,
    /// From which p on territories are significant, and whether any can be.
    pub corrections: Corrections,
    /// How it was computed, with the number of territories that took part and of those that did not.
    pub method: Method,
}

/// The figures of one unit before tests.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Figures {
    pub(super) lag: f64,
    pub(super) statistic: Option<f64>,
    pub(super) expected: Option<f64>,
    pub(super) z: Option<f64>,
    pub(super) quadrant: Option<Quadrant>,
    /// The class if it is significant.
    pub(super) cluster: Option<Cluster>,
    /// A statistic that chance cannot change: its p is 1.
    pub(super) fixed: bool,
}

/// Pseudo-p counts of the neighbour sums, for statistics that grow or fall with them; `None` without permutations.
pub(super) fn sum_tails(
    sample: &Sample,
    values: &[f64],
    inference: &Inference,
) -> Option<Vec<Tails>> {
    let permutations = inference.permutations;
    let values = whole(values, longest(sample) + 2);
    (permutations.count() > 0).then(|| {
        tails(
            sample.lists(),
            &values,
            permutations,
            0.0,
            |_, drawn: Drawn| drawn.sum,
        )
    })
}

/// Most neighbours of a unit.
pub(super) fn longest(sample: &Sample) -> usize {
    (0..sample.len())
        .map(|unit| sample.neighbours(unit).len())
        .max()
        .unwrap_or(0)
}

/// Puts figures and counts together: p-values, corrections, classes, and the rows that took no part.
pub(super) fn assemble(
    name: &'static str,
    values: &[Option<f64>],
    weights: &Weights,
    sample: &Sample,
    figures: &[Figures],
    tails: Option<&[Tails]>,
    inference: &Inference,
) -> Local {
    let mut rows: Vec<LocalRow> = (0u32..)
        .take(weights.len())
        .map(|row| outside(row, finite(values, row as usize)))
        .collect();
    let mut tested = Vec::with_capacity(figures.len());
    for (unit, (figures, &row)) in figures.iter().zip(sample.rows()).enumerate() {
        let p = if figures.fixed {
            Some(1.0)
        } else {
            inference.p(tails.map(|tails| tails[unit]), figures.z)
        };
        let p = p.filter(|_| figures.statistic.is_some());
        tested.extend(p);
        let at = &mut rows[row as usize];
        at.lag = Some(figures.lag).filter(|lag| lag.is_finite());
        at.neighbours = u32::try_from(sample.neighbours(unit).len()).unwrap_or(u32::MAX);
        at.statistic = figures.statistic;
        at.expected = figures.expected;
        at.z = figures.z;
        at.p = p;
        at.quadrant = figures.quadrant;
        at.cluster = Cluster::Undefined;
    }
    let corrections = Corrections::new(&tested, inference.alpha, inference.p_floor());
    let fdr = corrections.fdr_cutoff;
    let cutoff = match inference.correction {
        Correction::None => Some(inference.alpha),
        Correction::Fdr => fdr,
        Correction::Bonferroni => corrections.bonferroni_cutoff,
    };
    for (figures, &row) in figures.iter().zip(sample.rows()) {
        let at = &mut rows[row as usize];
        let passes = |cutoff: Option<f64>| at.p.zip(cutoff).is_some_and(|(p, cutoff)| p <= cutoff);
        (at.significant, at.significant_fdr) = (passes(cutoff), passes(fdr));
        at.cluster = match (at.p, figures.cluster) {
            (None, _) => Cluster::Undefined,
            (Some(_), Some(cluster)) if at.significant => cluster,
            _ => Cluster::NotSignificant,
        };
    }
    let method = Method {
        statistic: name,
        weights: Method::weights(weights, sample.transform()),
        inference: *inference,
        n: sample.len(),
        left_out: sample.left_out(),
        local: true,
    };
    Local {
        rows,
        corrections,
        method,
    }
}

/// A row that took no part.
fn outside(row: u32, value: Option<f64>) -> LocalRow {
    LocalRow {
        row,
        value,
        lag: None,
        neighbours: 0,
        statistic: None,
        expected: None,
        z: None,
        p: None,
        quadrant: None,
        significant: false,
        significant_fdr: false,
        cluster: match value {
            Some(_) => Cluster::Island,
            None => Cluster::Missing,
        },
    }
}

/// A population from which neighbours are drawn without replacement.
#[derive(Clone, Copy, Debug)]
pub(super) struct Population {
    pub(super) count: f64,
    pub(super) mean: f64,
    pub(super) mean_square: f64,
}

impl Population {
    /// Mean and standard deviation of `weight` times the sum of `degree` draws.
    pub(super) fn drawn(&self, degree: usize, weight: f64) -> (f64, f64) {
        let degree = degree as f64;
        let variance = (self.mean_square - self.mean * self.mean).max(0.0);
        let left = ((self.count - degree) / (self.count - 1.0)).max(0.0);
        (
            weight * degree * self.mean,
            weight * (degree * variance * left).sqrt(),
        )
    }
}

/// The z-score; `None` where nothing varies.
pub(super) fn score(statistic: f64, expected: f64, deviation: f64) -> Option<f64> {
    let z = (statistic - expected) / deviation;
    (deviation > 0.0 && z.is_finite()).then_some(z)
}
