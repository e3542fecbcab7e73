//! Operations that are computed from other indicators alone.

use std::sync::Arc;

use comarca_engine::composite::{
    Aggregation, Deviation, Normalisation, Options, Polarity, Weighting,
};
use comarca_engine::indicator::{
    Change, ChangeMeasure, Composite, CompositePart, EbRate, Local, LocalOutput, LocalStatistic,
    LocationQuotient, Operation, Ratio, Term,
};
use comarca_engine::stats::{Correction, Inference, Permutations, Tail};

use crate::project::{self, LocalConfig, OperationConfig as Op, PartConfig, PolarityConfig};

/// The least that a part of a geometric composite counts, of 100: the mean of anything with a zero would be zero.
const FLOOR: f64 = 1.0;

/// The operation of an indicator that names other indicators and no layer; `None` for any other.
pub(super) fn derived(config: &Op) -> Option<Arc<dyn Operation>> {
    Some(match config {
        Op::Ratio {
            numerator,
            denominator,
            per,
        } => Arc::new(Ratio {
            numerator: term(numerator),
            denominator: term(denominator),
            per: *per,
        }),
        Op::LocationQuotient {
            numerator,
            denominator,
        } => Arc::new(LocationQuotient {
            numerator: numerator.clone(),
            denominator: denominator.clone(),
        }),
        Op::Change {
            from,
            to,
            annual,
            absolute,
        } => {
            let measure = match (annual, absolute) {
                (Some(years), _) => ChangeMeasure::Annual(*years),
                (None, true) => ChangeMeasure::Absolute,
                (None, false) => ChangeMeasure::Percent,
            };
            Arc::new(Change {
                from: from.clone(),
                to: to.clone(),
                measure,
            })
        }
        Op::Composite {
            of,
            normalise,
            aggregate,
            weights,
        } => Arc::new(Composite {
            of: of.iter().map(part).collect(),
            options: Options {
                normalisation: match normalise {
                    project::Normalisation::Zscore => Normalisation::ZScore(Deviation::Population),
                    project::Normalisation::Minmax => Normalisation::MinMax,
                    project::Normalisation::Percentile => Normalisation::Percentile,
                },
                aggregation: match aggregate {
                    project::Aggregation::Arithmetic => Aggregation::Arithmetic,
                    project::Aggregation::Geometric => Aggregation::Geometric { floor: FLOOR },
                },
                weighting: weighting(*weights, of),
                ..Options::default()
            },
        }),
        Op::EbRate {
            numerator,
            denominator,
            per,
            weights,
        } => Arc::new(EbRate {
            numerator: numerator.clone(),
            denominator: denominator.clone(),
            per: *per,
            weights: match weights {
                Some(weights) => Some(weights.parse().ok()?),
                None => None,
            },
        }),
        Op::MoranLocal {
            of,
            output,
            options,
        } => Arc::new(local(of, LocalStatistic::Moran, *output, options)?),
        Op::GiStar {
            of,
            output,
            options,
        } => Arc::new(local(of, LocalStatistic::GiStar, *output, options)?),
        _ => return None,
    })
}

/// The project file is checked, so that its weights and permutations can be read.
fn local(
    of: &str,
    statistic: LocalStatistic,
    output: project::LocalOutput,
    options: &LocalConfig,
) -> Option<Local> {
    let correction = match options.fdr {
        true => Correction::Fdr,
        false => Correction::None,
    };
    Some(Local {
        of: of.to_owned(),
        statistic,
        weights: options.weights.parse().ok()?,
        inference: Inference {
            permutations: Permutations::new(options.permutations, options.seed).ok()?,
            tail: Tail::OneSided,
            correction,
            ..Inference::default()
        },
        output: match output {
            project::LocalOutput::Statistic => LocalOutput::Statistic,
            project::LocalOutput::P => LocalOutput::P,
            project::LocalOutput::Class => LocalOutput::Class,
        },
    })
}

fn part(config: &PartConfig) -> CompositePart {
    CompositePart {
        indicator: config.indicator.clone(),
        polarity: match config.polarity {
            PolarityConfig::Positive => Polarity::HigherIsBetter,
            PolarityConfig::Negative => Polarity::LowerIsBetter,
        },
        goalposts: config.goalposts.map(|[low, high]| (low, high)),
    }
}

fn weighting(config: project::Weighting, parts: &[PartConfig]) -> Weighting {
    let given = || {
        parts
            .iter()
            .map(|part| part.weight.unwrap_or(0.0))
            .collect()
    };
    match config {
        project::Weighting::Equal => Weighting::Equal,
        project::Weighting::Given => Weighting::Given(given()),
        project::Weighting::Pca => Weighting::Pca,
        project::Weighting::Entropy => Weighting::Entropy,
    }
}

fn term(name: &str) -> Term {
    match name {
        "area_ha" => Term::AreaHa,
        "area_km2" => Term::AreaKm2,
        "perimeter_m" => Term::PerimeterM,
        id => Term::Indicator(id.to_owned()),
    }
}
