//! What comes first in a territory.

use super::CycleError;
use super::demand::Cycle;
use crate::priority::{
    Acceptability, Criterion, Decision, Normalisation, RandomWeights, ranking, ranks,
};

/// How demands are weighed.
#[derive(Clone, Copy, Debug)]
pub struct Weighing<'a> {
    /// Criteria with a value for each demand of the cycle, such as [`Cycle::votes`] and the need of its district.
    pub criteria: &'a [Criterion<'a>],
    /// How they come to one scale, among the demands of the territory.
    pub normalisation: Normalisation,
    /// Weights drawn for the band of each rank; without it there is none.
    pub random: Option<RandomWeights>,
}

/// Where something stands, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Competition rank ("1224"); `None` without a score.
    pub rank: Option<usize>,
    /// Weighted sum; `None` where no criterion has a value.
    pub score: Option<f64>,
    /// What each criterion gives to the score.
    pub contributions: Vec<f64>,
    /// Where it stands under other weights.
    pub band: Option<Acceptability>,
}

/// A demand among those of its territory.
#[derive(Clone, Debug, PartialEq)]
pub struct DemandPriority {
    /// Its place in [`Cycle::demands`].
    pub demand: usize,
    /// Where it stands.
    pub standing: Standing,
}

/// A theme among those of its territory.
#[derive(Clone, Debug, PartialEq)]
pub struct ThemePriority<'a> {
    /// The theme.
    pub theme: &'a str,
    /// Its live demands.
    pub demands: u64,
    /// Their votes.
    pub votes: u64,
    /// Where it stands: scores and contributions are the sums of those of its demands.
    pub standing: Standing,
}

/// Themes and demands in the order of their ranks; equals by name and by id.
pub(super) fn priorities<'a>(
    cycle: &Cycle<'a>,
    live: &[usize],
    weighing: Weighing<'_>,
) -> Result<(Vec<ThemePriority<'a>>, Vec<DemandPriority>), CycleError> {
    let expected = cycle.demands().len();
    for own in weighing.criteria {
        if own.values.len() != expected {
            return Err(CycleError::Length {
                what: "values of a criterion",
                found: own.values.len(),
                expected,
            });
        }
    }
    let columns: Vec<Vec<Option<f64>>> = weighing
        .criteria
        .iter()
        .map(|own| live.iter().map(|&demand| own.values[demand]).collect())
        .collect();
    let criteria = weighing.criteria.iter().zip(&columns);
    let criteria: Vec<Criterion<'_>> = criteria
        .map(|(own, values)| Criterion { values, ..*own })
        .collect();
    let decision = Decision::new(&criteria, weighing.normalisation)?;
    let ids: Vec<&str> = live.iter().map(|&demand| cycle.record(demand).id).collect();
    let demands = standings(&decision, weighing.random, &ids)?.into_iter();
    let demands = demands.map(|(row, standing)| DemandPriority {
        demand: live[row],
        standing,
    });
    let themes = themes(cycle, live, &decision, weighing.random)?;
    Ok((themes, demands.collect()))
}

fn themes<'a>(
    cycle: &Cycle<'a>,
    live: &[usize],
    decision: &Decision,
    random: Option<RandomWeights>,
) -> Result<Vec<ThemePriority<'a>>, CycleError> {
    let mut themes: Vec<&str> = live
        .iter()
        .map(|&demand| cycle.record(demand).theme)
        .collect();
    themes.sort_unstable();
    themes.dedup();
    let theme = |&demand: &usize| {
        themes
            .binary_search(&cycle.record(demand).theme)
            .unwrap_or(0)
    };
    let groups: Vec<usize> = live.iter().map(theme).collect();
    let mut tallies = vec![(0, 0); themes.len()];
    for (&group, &demand) in groups.iter().zip(live) {
        tallies[group].0 += 1;
        tallies[group].1 += cycle.demands()[demand].votes;
    }
    let grouped = decision.grouped(&groups, themes.len())?;
    let standings = standings(&grouped, random, &themes)?.into_iter();
    let priority = |(row, standing): (usize, Standing)| ThemePriority {
        theme: themes[row],
        demands: tallies[row].0,
        votes: tallies[row].1,
        standing,
    };
    Ok(standings.map(priority).collect())
}

/// Every alternative with where it stands, best first.
fn standings(
    decision: &Decision,
    random: Option<RandomWeights>,
    ids: &[&str],
) -> Result<Vec<(usize, Standing)>, CycleError> {
    let scores = decision.weighted_sum();
    let ranks = ranks(&scores.values);
    let bands = match random {
        Some(random) => decision.acceptability(random)?,
        None => vec![None; ranks.len()],
    };
    let standing = |row: usize| Standing {
        rank: ranks[row],
        score: scores.values[row],
        contributions: scores
            .contributions
            .iter()
            .map(|terms| terms[row])
            .collect(),
        band: bands[row],
    };
    let order = ranking(&scores.values, ids).into_iter();
    Ok(order.map(|row| (row, standing(row))).collect())
}
