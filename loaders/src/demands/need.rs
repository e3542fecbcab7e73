//! How much the territories of a level need what a theme is about, by the project's criteria.

use comarca_engine::{Territory, UnknownId};

use crate::project::{CriterionConfig, DemandsConfig, PolarityConfig};

/// The criteria of a project at one level, each scaled to 0 to 1 between the least and the largest value of the level.
#[derive(Clone, Debug)]
pub struct Need<'a> {
    criteria: Vec<(&'a CriterionConfig, Vec<Option<f64>>)>,
}

impl<'a> Need<'a> {
    /// Computes the indicators of the criteria at a level.
    ///
    /// # Errors
    /// When a criterion names an indicator that is not there.
    pub fn new(
        territory: &Territory,
        config: &'a DemandsConfig,
        level: usize,
    ) -> Result<Self, UnknownId> {
        let scaled = |criterion: &'a CriterionConfig| {
            let id = territory.levels()[level].id();
            let view = territory.indicator(&criterion.indicator)?.at(id)?;
            Ok((criterion, scaled(view.values(), criterion.polarity)))
        };
        let criteria: Result<Vec<_>, UnknownId> = config.criteria.iter().map(scaled).collect();
        Ok(Self {
            criteria: criteria?,
        })
    }

    /// The weighted mean of the criteria that speak of a theme, at a territory; `None` where none does.
    pub fn of(&self, theme: &str, row: usize) -> Option<f64> {
        let (mut sum, mut weight) = (0.0, 0.0);
        for (criterion, values) in &self.criteria {
            let speaks = criterion.theme.as_ref().is_none_or(|own| own == theme);
            if let Some(value) = values.get(row).copied().flatten().filter(|_| speaks) {
                sum += criterion.weight * value;
                weight += criterion.weight;
            }
        }
        (weight > 0.0).then(|| sum / weight)
    }
}

/// The weight of need beside the votes: what the criteria of one theme weigh together, of the theme with the most. So a
/// theme with a criterion of weight 1 weighs need as much as votes, however many other themes have criteria too.
pub fn need_weight(config: &DemandsConfig) -> f64 {
    let of_theme = |theme: &String| -> f64 {
        let speaks = |one: &&CriterionConfig| one.theme.as_ref().is_none_or(|own| own == theme);
        config
            .criteria
            .iter()
            .filter(speaks)
            .map(|one| one.weight)
            .sum()
    };
    config.themes.iter().map(of_theme).fold(0.0, f64::max)
}

fn scaled(values: &[Option<f64>], polarity: PolarityConfig) -> Vec<Option<f64>> {
    let ends = values
        .iter()
        .flatten()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &value| {
            (low.min(value), high.max(value))
        });
    let scale = |value: f64| match polarity {
        // Where all are equal, none needs it more.
        _ if ends.1 <= ends.0 => 0.5,
        PolarityConfig::Positive => (value - ends.0) / (ends.1 - ends.0),
        PolarityConfig::Negative => (ends.1 - value) / (ends.1 - ends.0),
    };
    values.iter().map(|value| value.map(scale)).collect()
}
