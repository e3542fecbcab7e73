//! One number of many parts (F4, F5).

use super::normalise::{Normalisation, Normalised, Part};
use super::weights::{Weighting, Weights};
use super::{CompositeError, MAX_PARTS};

/// How a composite is made.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// How the parts come to one scale.
    pub normalisation: Normalisation,
    /// Share of the values pulled in at each end first.
    pub winsorise: Option<f64>,
    /// How much each part counts.
    pub weighting: Weighting,
    /// How the parts become one.
    pub aggregation: Aggregation,
    /// Share of the weight that must be present for a territory to have a value; the present parts then count for all.
    /// Two thirds unless said otherwise: with less, the ranks say more about what is missing than about the place.
    pub min_present: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            normalisation: Normalisation::default(),
            winsorise: None,
            weighting: Weighting::default(),
            aggregation: Aggregation::default(),
            min_present: 2.0 / 3.0,
        }
    }
}

/// How weighted parts become one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Aggregation {
    /// Σ w x: a good part makes up for a bad one in full.
    #[default]
    Arithmetic,
    /// Π x^w: a bad part weighs more than a good one of the same size, and none can be replaced in full.
    ///
    /// Parts must be positive: z-scores count as 100 + 10 z (Mazziotta & Pareto 2013), and what is below the floor as
    /// the floor. UN-Habitat's City Prosperity Index aggregates so.
    Geometric {
        /// Above 0, at most 100; 1 is usual.
        floor: f64,
    },
}

/// A composite with everything it was made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Composite {
    /// One per territory.
    pub values: Vec<Option<f64>>,
    /// The parts on one scale, in the order given.
    pub parts: Vec<Normalised>,
    /// What each part counts.
    pub weights: Weights,
    /// What part `[p]` gives to territory `[t]`: terms that add up to the value (arithmetic), or factors whose product
    /// it is (geometric). `None` where the part is missing, constant or the territory has no value.
    pub contributions: Vec<Vec<Option<f64>>>,
    /// Share of the weight that is present, per territory.
    pub present: Vec<f64>,
    /// Values raised to the floor.
    pub floored: usize,
    /// How the parts were put together.
    pub options: Options,
    /// What is weighed and added: the parts, or their logarithms.
    terms: Vec<Vec<Option<f64>>>,
}

/// Makes a composite of parts with a value per territory.
///
/// Cost O(territories × parts), PCA O(territories × parts²). Source: OECD & JRC, Handbook on Constructing Composite
/// Indicators (2008).
///
/// # Errors
/// [`CompositeError`] for parts or options that make none; what is wrong with the data is in the result.
pub fn composite(parts: &[Part<'_>], options: &Options) -> Result<Composite, CompositeError> {
    check(parts, options)?;
    let normalise = |(position, part): (usize, &Part<'_>)| {
        part.normalise(options.normalisation, options.winsorise)
            .map_err(|error| match error {
                CompositeError::Goalposts(_) => CompositeError::Goalposts(position),
                other => other,
            })
    };
    let parts = parts
        .iter()
        .enumerate()
        .map(normalise)
        .collect::<Result<Vec<_>, _>>()?;
    let weights = Weights::of(&parts, &options.weighting)?;
    Ok(Composite::new(parts, weights, options.clone()))
}

fn check(parts: &[Part<'_>], options: &Options) -> Result<(), CompositeError> {
    let Some(first) = parts.first().filter(|_| parts.len() <= MAX_PARTS) else {
        return Err(CompositeError::Parts(parts.len()));
    };
    let expected = first.values.len();
    if let Some(part) = parts.iter().position(|part| part.values.len() != expected) {
        return Err(CompositeError::Length {
            part,
            found: parts[part].values.len(),
            expected,
        });
    }
    if !(0.0..=1.0).contains(&options.min_present) {
        return Err(CompositeError::Share(options.min_present));
    }
    match options.aggregation {
        Aggregation::Geometric { floor } if !(floor > 0.0 && floor <= 100.0) => {
            Err(CompositeError::Floor(floor))
        }
        _ => Ok(()),
    }
}

impl Composite {
    fn new(parts: Vec<Normalised>, weights: Weights, options: Options) -> Self {
        let mut floored = 0;
        let terms: Vec<Vec<Option<f64>>> = parts
            .iter()
            .map(|part| {
                let term =
                    |value: &Option<f64>| value.map(|value| options.term(value, &mut floored));
                part.values.iter().map(term).collect()
            })
            .collect();
        let territories = parts.first().map_or(0, |part| part.values.len());
        let mut composite = Self {
            values: vec![None; territories],
            contributions: vec![vec![None; territories]; parts.len()],
            present: vec![0.0; territories],
            parts,
            weights,
            floored,
            options,
            terms,
        };
        for territory in 0..territories {
            composite.evaluate(territory);
        }
        composite
    }

    fn evaluate(&mut self, territory: usize) {
        let weights = &self.weights.values;
        let (total, present) = self.weighted(territory, weights);
        self.present[territory] = present;
        // Two parts of three keep a bound of two thirds, however 1/3 + 1/3 rounds.
        if present <= 0.0 || present < self.options.min_present - 1e-12 {
            return;
        }
        self.values[territory] = Some(self.options.finish(total / present));
        for (part, terms) in self.terms.iter().enumerate() {
            let contribution = |term: f64| self.options.finish(term * weights[part] / present);
            self.contributions[part][territory] = terms[territory].map(contribution);
        }
    }

    /// What the territories with a value would have with other weights, one per part; not below zero, not all zero.
    ///
    /// A territory without any part of a weight above zero has none. Weights beyond the parts are not read.
    pub fn reweighted(&self, weights: &[f64]) -> Vec<Option<f64>> {
        let value = |territory: usize| {
            let (total, present) = self.weighted(territory, weights);
            let kept = self.values[territory].is_some() && present > 0.0;
            kept.then(|| self.options.finish(total / present))
        };
        (0..self.values.len()).map(value).collect()
    }

    /// Σ w x over the present parts, in their order, and Σ w.
    fn weighted(&self, territory: usize, weights: &[f64]) -> (f64, f64) {
        let mut sums = (0.0, 0.0);
        for (terms, weight) in self.terms.iter().zip(weights) {
            if let Some(term) = terms[territory] {
                sums.0 += weight * term;
                sums.1 += weight;
            }
        }
        sums
    }

    /// What is weighed: the row of each territory with a value, NaN where a part is missing.
    pub(super) fn rows(&self) -> Vec<(usize, Vec<f64>)> {
        let row = |territory: usize| {
            let terms = self.terms.iter();
            terms
                .map(|part| part[territory].unwrap_or(f64::NAN))
                .collect()
        };
        (0..self.values.len())
            .filter(|&territory| self.values[territory].is_some())
            .map(|territory| (territory, row(territory)))
            .collect()
    }
}

impl Options {
    fn term(&self, value: f64, floored: &mut usize) -> f64 {
        let Aggregation::Geometric { floor } = self.aggregation else {
            return value;
        };
        let positive = match self.normalisation {
            Normalisation::ZScore(_) => 10.0f64.mul_add(value, 100.0),
            _ => value,
        };
        *floored += usize::from(positive < floor);
        positive.max(floor).ln()
    }

    fn finish(&self, mean: f64) -> f64 {
        match self.aggregation {
            Aggregation::Arithmetic => mean,
            Aggregation::Geometric { .. } => mean.exp(),
        }
    }
}
