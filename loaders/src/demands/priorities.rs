//! What comes first in a territory: demands or themes, ranked by votes, by Borda, or by votes and need together.

use std::collections::BTreeMap;

use comarca_engine::composite::Polarity;
use comarca_engine::priority::{
    Ballot, Criterion, Decision, DecisionError, Normalisation, RandomWeights, VoteError, Votes,
    ranks,
};
use comarca_engine::{Territory, UnknownId};
use comarca_register::{Demand, Snapshot};

use super::need::{Need, need_weight};
use super::place::finest;
use crate::project::DemandsConfig;

/// How priorities are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Sum of votes.
    Votes,
    /// Points of ranked ballots, a ballot for each assembly.
    Borda,
    /// Weighted sum of votes and need, each between 0 and 1.
    Weighted,
    /// Closeness to the best in votes and need (TOPSIS).
    Topsis,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 4] = [Self::Votes, Self::Borda, Self::Weighted, Self::Topsis];

    /// Name in requests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Votes => "votes",
            Self::Borda => "borda",
            Self::Weighted => "weighted",
            Self::Topsis => "topsis",
        }
    }

    /// What it computes, in a sentence.
    pub fn explained(self) -> &'static str {
        match self {
            Self::Votes => "sum of votes; demands that name another one again are not counted",
            Self::Borda => {
                "Borda count: each assembly is a ballot that ranks by votes, equals share their points"
            }
            Self::Weighted => {
                "weighted sum of votes (share of the largest) and need (indicators, min-max over the territories of the level)"
            }
            Self::Topsis => {
                "TOPSIS on votes and need: closeness to the best in each (Hwang and Yoon 1981)"
            }
        }
    }
}

/// What is ranked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Themes.
    Theme,
    /// Single demands.
    Demand,
}

/// A place in the ranking.
#[derive(Clone, Debug, PartialEq)]
pub struct Priority {
    /// From 1; equals share a rank and the next one skips ("1224").
    pub rank: usize,
    /// Id and title, where single demands are ranked.
    pub demand: Option<(String, String)>,
    /// Theme.
    pub theme: String,
    /// What it is ranked by: higher is first.
    pub score: f64,
    /// Sum of votes.
    pub votes: u64,
    /// Number of demands.
    pub demands: usize,
    /// What each criterion gives to the score; they add up to it with [`Method::Weighted`], else they are what went in.
    pub contributions: Vec<(&'static str, f64)>,
    /// Best and worst rank in nine of ten draws of random weights; with several criteria only.
    pub band: Option<(usize, usize)>,
}

/// Why there are no priorities.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PriorityError {
    /// A criterion names an indicator that is not there.
    #[error(transparent)]
    Unknown(#[from] UnknownId),
    /// The weights cannot be used.
    #[error(transparent)]
    Decision(#[from] DecisionError),
    /// More ballots or mentions than are counted.
    #[error(transparent)]
    Votes(#[from] VoteError),
}

/// Names of the criteria in contributions.
const VOTES: &str = "votes";
const NEED: &str = "need";

/// Draws of random weights behind a band, how far they are from the project's own, and how many alternatives get a band.
const DRAWS: u32 = 500;
const SPREAD: f64 = 0.5;
const BANDS_MAX: usize = 5000;

/// What priorities are made of: the demands of a register in a territory.
#[derive(Clone, Debug)]
pub struct Priorities<'a> {
    territory: &'a Territory,
    config: &'a DemandsConfig,
    /// Every demand that counts with the row of its finest territory.
    placed: Vec<(&'a Demand, usize)>,
}

/// Something to be ranked.
struct Alternative<'a> {
    demand: Option<&'a Demand>,
    theme: &'a str,
    /// The finest territory of a single demand.
    finest: Option<usize>,
    votes: u64,
    demands: usize,
}

impl<'a> Priorities<'a> {
    /// Locates the demands. Those that name another one again, were rejected or are done are not ranked.
    pub fn new(
        territory: &'a Territory,
        config: &'a DemandsConfig,
        snapshot: &'a Snapshot,
    ) -> Self {
        use comarca_register::Status;
        let counts = |demand: &&Demand| {
            let is_over = matches!(demand.status, Status::Done | Status::Rejected);
            demand.same_as.is_none() && !is_over
        };
        let demands = snapshot.demands().map(AsRef::as_ref).filter(counts);
        let place = |demand: &'a Demand| Some((demand, finest(territory, demand)?));
        Self {
            territory,
            config,
            placed: demands.filter_map(place).collect(),
        }
    }

    /// The priorities of a territory of a level, both by their positions; the first first, equals by id.
    ///
    /// # Errors
    /// When a criterion cannot be computed.
    ///
    /// Cost O(n log n) in the demands of the territory, and 500 times that for bands.
    pub fn of(
        &self,
        level: usize,
        row: usize,
        method: Method,
        by: By,
    ) -> Result<Vec<Priority>, PriorityError> {
        let of_finest = |finest| self.territory.levels()[level].of_finest(finest);
        let here: Vec<(&Demand, usize)> = self
            .placed
            .iter()
            .copied()
            .filter(|&(_, finest)| of_finest(finest) == Some(row))
            .collect();
        let alternatives = match by {
            By::Theme => self.themes(&here),
            By::Demand => single(&here),
        };
        let (scores, contributions, bands) = match method {
            Method::Votes => voted(&alternatives),
            Method::Borda => borda(&alternatives, &here)?,
            Method::Weighted | Method::Topsis => {
                self.decided(&alternatives, (level, row), method)?
            }
        };
        Ok(ranked(&alternatives, &scores, &contributions, &bands))
    }

    /// The project's themes, and those that only the demands have.
    fn themes(&self, here: &[(&'a Demand, usize)]) -> Vec<Alternative<'a>> {
        let mut found: BTreeMap<&str, (u64, usize)> = BTreeMap::new();
        for (demand, _) in here {
            let (votes, count) = found.entry(&demand.theme).or_default();
            (*votes, *count) = (*votes + demand.votes, *count + 1);
        }
        let theme = |theme: &'a str, (votes, demands)| Alternative {
            demand: None,
            theme,
            finest: None,
            votes,
            demands,
        };
        let known = self.config.themes.iter().map(String::as_str);
        let mut all: Vec<Alternative<'a>> = known
            .map(|name| theme(name, found.remove(name).unwrap_or_default()))
            .collect();
        let others: Vec<&'a str> = here
            .iter()
            .map(|(demand, _)| demand.theme.as_str())
            .collect();
        for name in others {
            if let Some(counted) = found.remove(name) {
                all.push(theme(name, counted));
            }
        }
        all
    }

    /// Votes and need as a decision.
    fn decided(
        &self,
        alternatives: &[Alternative<'_>],
        place: (usize, usize),
        method: Method,
    ) -> Result<Ranked, PriorityError> {
        let votes: Vec<Option<f64>> = alternatives
            .iter()
            .map(|one| Some(one.votes as f64))
            .collect();
        let need = self.needs(alternatives, place)?;
        let most = votes.iter().flatten().copied().fold(0.0, f64::max);
        let bounds = |highest: f64| (highest > 0.0).then_some((0.0, highest));
        let weight = need_weight(self.config);
        let mut criteria = vec![Criterion {
            values: &votes,
            polarity: Polarity::HigherIsBetter,
            weight: self.config.votes_weight,
            bounds: bounds(most),
        }];
        let mut names = vec![VOTES];
        if weight > 0.0 {
            names.push(NEED);
            criteria.push(Criterion {
                values: &need,
                polarity: Polarity::HigherIsBetter,
                weight,
                bounds: bounds(1.0),
            });
        }
        let decision = Decision::new(&criteria, Normalisation::MinMax)?;
        let sum = decision.weighted_sum();
        let scores = match method {
            Method::Topsis => decision.topsis(),
            _ => sum.values.clone(),
        };
        let of = |row: usize| {
            let terms = names.iter().zip(&sum.contributions);
            terms.map(|(name, terms)| (*name, terms[row])).collect()
        };
        let contributions = (0..alternatives.len()).map(of).collect();
        let is_banded = names.len() > 1 && alternatives.len() <= BANDS_MAX;
        let bands = match is_banded {
            true => self.bands(&decision)?,
            false => vec![None; alternatives.len()],
        };
        Ok((scores, contributions, bands))
    }

    #[expect(clippy::unused_self, reason = "reads as a part of the decision")]
    fn bands(&self, decision: &Decision) -> Result<Vec<Band>, PriorityError> {
        let random = RandomWeights {
            draws: DRAWS,
            spread: SPREAD,
            seed: 1,
        };
        let bands = decision.acceptability(random)?.into_iter();
        Ok(bands
            .map(|band| band.map(|band| (band.best, band.worst)))
            .collect())
    }

    /// How much each alternative is needed, from 0 to 1. A single demand is as needed as its district needs it.
    fn needs(
        &self,
        alternatives: &[Alternative<'_>],
        (level, row): (usize, usize),
    ) -> Result<Vec<Option<f64>>, PriorityError> {
        let is_single = alternatives.iter().any(|one| one.finest.is_some());
        let need = Need::new(
            self.territory,
            self.config,
            if is_single { 0 } else { level },
        )?;
        let of = |one: &Alternative<'_>| need.of(one.theme, one.finest.unwrap_or(row));
        Ok(alternatives.iter().map(of).collect())
    }
}

type Band = Option<(usize, usize)>;
/// Scores, contributions and bands, one per alternative.
type Ranked = (Vec<Option<f64>>, Vec<Vec<(&'static str, f64)>>, Vec<Band>);

fn single<'a>(here: &[(&'a Demand, usize)]) -> Vec<Alternative<'a>> {
    let one = |&(demand, finest): &(&'a Demand, usize)| Alternative {
        demand: Some(demand),
        theme: &demand.theme,
        finest: Some(finest),
        votes: demand.votes,
        demands: 1,
    };
    here.iter().map(one).collect()
}

fn voted(alternatives: &[Alternative<'_>]) -> Ranked {
    let votes = |one: &Alternative<'_>| one.votes as f64;
    let contributions = alternatives.iter().map(|one| vec![(VOTES, votes(one))]);
    (
        alternatives.iter().map(|one| Some(votes(one))).collect(),
        contributions.collect(),
        vec![None; alternatives.len()],
    )
}

/// A ballot for each assembly, and one for what was asked for in each district without one.
fn borda(
    alternatives: &[Alternative<'_>],
    here: &[(&Demand, usize)],
) -> Result<Ranked, PriorityError> {
    let position = |demand: &Demand| {
        alternatives.iter().position(|one| match one.demand {
            Some(own) => own.id == demand.id,
            None => one.theme == demand.theme,
        })
    };
    let positions: BTreeMap<&str, usize> =
        match alternatives.first().is_some_and(|one| one.demand.is_some()) {
            true => alternatives
                .iter()
                .enumerate()
                .filter_map(|(at, one)| Some((one.demand?.id.as_str(), at)))
                .collect(),
            false => BTreeMap::new(),
        };
    let mut ballots: BTreeMap<(Option<&str>, usize), BTreeMap<usize, u64>> = BTreeMap::new();
    for &(demand, finest) in here {
        let voter = match demand.assembly.as_deref() {
            Some(assembly) => (Some(assembly), 0),
            None => (None, finest),
        };
        let known = positions.get(demand.id.as_str()).copied();
        if let Some(at) = known.or_else(|| position(demand)) {
            *ballots.entry(voter).or_default().entry(at).or_default() += demand.votes;
        }
    }
    let ballots: Vec<Ballot> = ballots.values().map(ballot).collect();
    let points = Votes::new(alternatives.len(), &ballots)?.borda();
    let contributions = points.iter().map(|points| vec![("points", *points)]);
    Ok((
        points.iter().copied().map(Some).collect(),
        contributions.collect(),
        vec![None; alternatives.len()],
    ))
}

/// What an assembly puts first: by votes, equals together.
fn ballot(votes: &BTreeMap<usize, u64>) -> Ballot {
    let mut by_votes: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (at, votes) in votes {
        by_votes.entry(*votes).or_default().push(*at);
    }
    Ballot {
        tiers: by_votes.into_values().rev().collect(),
        weight: 1,
    }
}

fn ranked(
    alternatives: &[Alternative<'_>],
    scores: &[Option<f64>],
    contributions: &[Vec<(&'static str, f64)>],
    bands: &[Band],
) -> Vec<Priority> {
    let places = ranks(scores);
    let mut priorities: Vec<Priority> = alternatives
        .iter()
        .enumerate()
        .filter_map(|(at, one)| {
            Some(Priority {
                rank: places[at]?,
                demand: one
                    .demand
                    .map(|demand| (demand.id.clone(), demand.title.clone())),
                theme: one.theme.to_owned(),
                score: scores[at]?,
                votes: one.votes,
                demands: one.demands,
                contributions: contributions[at].clone(),
                band: bands[at],
            })
        })
        .collect();
    // Ids of equal length follow each other by number.
    let id = |one: &Priority| one.demand.as_ref().map(|(id, _)| (id.len(), id.clone()));
    priorities.sort_by(|a, b| a.rank.cmp(&b.rank).then_with(|| id(a).cmp(&id(b))));
    priorities
}
