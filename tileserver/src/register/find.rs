//! Which demands a request asks for.

use std::sync::Arc;

use comarca_engine::{Territory, folded};
use comarca_loaders::demands::finest;
use comarca_register::{Demand, Stage, Status};

use super::demands::Demands;
use crate::error::AppError;
use crate::generation::Generation;
use crate::query::Query;

/// The parameters of a choice of demands.
pub(crate) const PARAMETERS: [&str; 10] = [
    "theme", "status", "stage", "level", "key", "bbox", "since", "until", "assembly", "q",
];
/// Longest text that is searched for, in characters.
const TEXT_CHARS_MAX: usize = 200;

/// A choice of demands; what is `None` does not choose.
#[derive(Debug, Default)]
pub(crate) struct Choice {
    themes: Option<Vec<String>>,
    statuses: Option<Vec<String>>,
    stages: Option<Vec<String>>,
    /// Level and row of a territory.
    place: Option<(usize, usize)>,
    bbox: Option<[f64; 4]>,
    since: Option<String>,
    until: Option<String>,
    assembly: Option<String>,
    text: Option<String>,
}

impl Choice {
    /// Reads a choice.
    ///
    /// # Errors
    /// 400 for a value that is none of those there are, 404 for a territory that is not there.
    pub(crate) fn read(generation: &Generation, query: &Query) -> Result<Self, AppError> {
        let themes = generation.themes.iter().map(String::as_str).collect();
        let statuses = Status::ALL.map(Status::name).to_vec();
        let stages = Stage::ALL.map(Stage::name).to_vec();
        let choice = Self {
            themes: one_or_more(query, "theme", themes)?,
            statuses: one_or_more(query, "status", statuses)?,
            stages: one_or_more(query, "stage", stages)?,
            place: place(generation, query)?,
            bbox: query.value("bbox").map(bbox).transpose()?,
            since: day(query, "since")?,
            until: day(query, "until")?,
            assembly: query.value("assembly").map(str::to_owned),
            text: text(query)?,
        };
        match (&choice.since, &choice.until) {
            (Some(since), Some(until)) if since > until && !since.starts_with(until.as_str()) => {
                Err(AppError::parameter(
                    "until",
                    until,
                    format!("{since} or later"),
                ))
            }
            _ => Ok(choice),
        }
    }

    /// The chosen demands in the order of their ids.
    pub(crate) fn of(&self, territory: &Territory, demands: &Demands) -> Vec<Arc<Demand>> {
        let all: Vec<Arc<Demand>> = match self.bbox {
            Some(bbox) => demands.snapshot.within(bbox),
            None => demands.snapshot.demands().map(Arc::clone).collect(),
        };
        all.into_iter()
            .filter(|demand| self.takes(territory, demand))
            .collect()
    }

    fn takes(&self, territory: &Territory, demand: &Demand) -> bool {
        let among = |list: &Option<Vec<String>>, own: &str| {
            list.as_ref()
                .is_none_or(|list| list.iter().any(|one| one == own))
        };
        among(&self.themes, &demand.theme)
            && among(&self.statuses, demand.status.name())
            && among(&self.stages, demand.stage.name())
            && self
                .assembly
                .as_ref()
                .is_none_or(|id| demand.assembly.as_ref() == Some(id))
            && self
                .since
                .as_ref()
                .is_none_or(|since| demand.created.as_str() >= since.as_str())
            && self
                .until
                .as_ref()
                .is_none_or(|until| is_until(&demand.created, until))
            && self
                .place
                .is_none_or(|place| stands_in(territory, demand, place))
            && self.text.as_ref().is_none_or(|text| says(demand, text))
    }

    /// One text for one choice, for the cache.
    pub(crate) fn normal_form(&self) -> String {
        format!("{self:?}")
    }
}

/// Whether a moment is on a day or before it; a day stands for all its moments, a month for its days.
pub(crate) fn is_until(moment: &str, day: &str) -> bool {
    moment.get(..day.len()).is_some_and(|start| start <= day) || moment < day
}

fn stands_in(territory: &Territory, demand: &Demand, (level, row): (usize, usize)) -> bool {
    let own =
        finest(territory, demand).and_then(|finest| territory.levels()[level].of_finest(finest));
    own == Some(row)
}

fn says(demand: &Demand, text: &str) -> bool {
    folded(&demand.title).contains(text) || folded(&demand.description).contains(text)
}

fn one_or_more(
    query: &Query,
    name: &str,
    known: Vec<&str>,
) -> Result<Option<Vec<String>>, AppError> {
    let Some(list) = query.list(name).filter(|list| !list.is_empty()) else {
        return Ok(None);
    };
    match list.iter().find(|one| !known.contains(&one.as_str())) {
        Some(unknown) => Err(AppError::not_one_of(name, unknown, known)),
        None => Ok(Some(list)),
    }
}

/// The territory that `level` and `key` name; the level is the finest where only a key is given.
///
/// # Errors
/// 400 for a level that is not there, 404 for a key that is not.
pub(crate) fn place(
    generation: &Generation,
    query: &Query,
) -> Result<Option<(usize, usize)>, AppError> {
    let level = level(generation, query)?;
    let Some(key) = query.value("key").filter(|key| !key.is_empty()) else {
        return Ok(None);
    };
    let position = level.unwrap_or(0);
    let own = &generation.territory.levels()[position];
    let row = own.layer().row_of(key).ok_or_else(|| {
        let kind = format!("territory of level {} with the key", own.id());
        AppError::unknown(&kind, key, own.layer().keys().iter())
    })?;
    Ok(Some((position, row)))
}

/// The level that a query names.
///
/// # Errors
/// 400 for one that is not there.
pub(crate) fn level(generation: &Generation, query: &Query) -> Result<Option<usize>, AppError> {
    let Some(id) = query.value("level").filter(|id| !id.is_empty()) else {
        return Ok(None);
    };
    let position = generation.level_position(id);
    let unknown = || AppError::not_one_of("level", id, generation.level_ids());
    position.ok_or_else(unknown).map(Some)
}

/// West, south, east, north in degrees; of six numbers the heights are not looked at (OGC API Features, §7.15.3).
///
/// # Errors
/// 400 for anything else.
pub(crate) fn bbox(text: &str) -> Result<[f64; 4], AppError> {
    let refuse = || {
        AppError::parameter(
            "bbox",
            text,
            "west,south,east,north in degrees, south at most north",
        )
    };
    let numbers: Vec<f64> = text
        .split(',')
        .map(|number| {
            number
                .trim()
                .parse::<f64>()
                .ok()
                .filter(|number| number.is_finite())
        })
        .collect::<Option<_>>()
        .ok_or_else(refuse)?;
    let bbox = match numbers[..] {
        [west, south, east, north] | [west, south, _, east, north, _] => [west, south, east, north],
        _ => return Err(refuse()),
    };
    let fits = bbox[1] <= bbox[3] && [bbox[0], bbox[2]].iter().all(|lon| lon.abs() <= 180.0);
    fits.then_some(bbox).ok_or_else(refuse)
}

/// A day, a month or a year: `2026-03-08`, `2026-03`, `2026`.
///
/// # Errors
/// 400 for anything else.
pub(crate) fn day(query: &Query, name: &str) -> Result<Option<String>, AppError> {
    let Some(text) = query.value(name).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let shape: String = text
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    let in_range = |range: std::ops::Range<usize>, most: u32| {
        text.get(range).is_none_or(|part| {
            part.parse::<u32>()
                .is_ok_and(|number| (1..=most).contains(&number))
        })
    };
    let is_shape = ["0000-00-00", "0000-00", "0000"].contains(&shape.as_str());
    match is_shape && in_range(5..7, 12) && in_range(8..10, 31) {
        true => Ok(Some(text.to_owned())),
        false => Err(AppError::parameter(
            name,
            text,
            "a day, a month or a year: 2026-03-08, 2026-03, 2026",
        )),
    }
}

fn text(query: &Query) -> Result<Option<String>, AppError> {
    let text = query
        .value("q")
        .map(str::trim)
        .filter(|text| !text.is_empty());
    match text {
        Some(text) if text.chars().count() > TEXT_CHARS_MAX => Err(AppError::parameter(
            "q",
            text,
            format!("at most {TEXT_CHARS_MAX} characters"),
        )),
        text => Ok(text.map(folded)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_holds_all_its_moments() {
        assert!(is_until("2026-03-08T23:59:59Z", "2026-03-08"));
        assert!(is_until("2026-03-08", "2026-03"));
        assert!(!is_until("2026-03-09", "2026-03-08"));
        assert!(is_until("2026-03", "2026-03-08"));
        assert!(!is_until("2027", "2026-03-08"));
    }

    #[test]
    fn boxes_and_days_are_checked() {
        assert_eq!(
            bbox("-71,-34,-70,-33").unwrap(),
            [-71.0, -34.0, -70.0, -33.0]
        );
        for odd in [
            "",
            "1,2,3",
            "1,2,3,NaN",
            "1,3,2,1",
            "a,b,c,d",
            "200,0,201,1",
        ] {
            assert!(bbox(odd).is_err(), "{odd}");
        }
        let day = |text: &str| {
            day(
                &Query::read(Some(&format!("since={text}")), &["since"]).unwrap(),
                "since",
            )
        };
        assert_eq!(day("2026-03-08").unwrap().as_deref(), Some("2026-03-08"));
        for odd in ["2026-13-01", "2026-3-1", "x", "2026-03-32", "20260308"] {
            assert!(day(odd).is_err(), "{odd}");
        }
    }
}
