//! Drafts of demands and assemblies, checked against the project and its territory.

use comarca_engine::{Level, Territory, WHOLE, nearest};
use comarca_register::{Assembly, Demand, NewAssembly, NewDemand, Private, Stage, Status};

use super::Refusal;
use super::place::{self, Place, finest, scope_key, scope_level, scope_of};
use crate::project::DemandsConfig;

/// A demand as somebody wrote it. What is not said is `None`.
#[derive(Clone, Default, PartialEq)]
#[expect(missing_debug_implementations, reason = "it holds the names of people")]
pub struct Draft {
    /// Its id; the register gives one where there is none.
    pub id: Option<String>,
    /// One of the project's themes.
    pub theme: Option<String>,
    /// In one line.
    pub title: Option<String>,
    /// In more words.
    pub description: Option<String>,
    /// Longitude and latitude in degrees.
    pub location: Option<[f64; 2]>,
    /// Key of a territory of the finest level, where there is no location.
    pub district: Option<String>,
    /// How many ask for it; 1 where nothing is said.
    pub votes: Option<i64>,
    /// Id of the assembly.
    pub assembly: Option<String>,
    /// Stage of the cycle; `raised` where nothing is said.
    pub stage: Option<String>,
    /// State; `open` where nothing is said.
    pub status: Option<String>,
    /// Id of the demand that it names again.
    pub same_as: Option<String>,
    /// Code of the project that answers it.
    pub project: Option<String>,
    /// What that costs in whole pesos.
    pub cost: Option<i64>,
    /// How many inhabitants it serves.
    pub beneficiaries: Option<i64>,
    /// Who pays.
    pub funding: Option<String>,
    /// What was decided, in words for everyone.
    pub decision: Option<String>,
    /// The day it was raised, where it is older than its entry.
    pub created: Option<String>,
    /// Who asked. Never published.
    pub author: Option<String>,
    /// How to reach them. Never published.
    pub contact: Option<String>,
}

/// A meeting as somebody wrote it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AssemblyDraft {
    /// Its id; the register gives one where there is none.
    pub id: Option<String>,
    /// Level of its territory; the finest where nothing is said.
    pub level: Option<String>,
    /// Key of its territory.
    pub key: Option<String>,
    /// Its day, as in 2026-03-08.
    pub date: Option<String>,
    /// Persons present; none while it is only planned.
    pub attendance: Option<i64>,
    /// What it is called.
    pub title: Option<String>,
}

/// What drafts are checked against.
#[derive(Clone, Copy, Debug)]
pub struct Desk<'a> {
    config: &'a DemandsConfig,
    territory: &'a Territory,
}

impl<'a> Desk<'a> {
    /// The desk of a project and its territory.
    pub fn new(config: &'a DemandsConfig, territory: &'a Territory) -> Self {
        Self { config, territory }
    }

    /// The level whose territories tokens are scoped to.
    pub fn scope_level(&self) -> Option<&'a Level> {
        scope_level(self.territory, self.config.scope.as_deref())
    }

    /// Key of the territory whose tokens may write a recorded demand: the one it stands in now, else the one it was recorded in.
    pub fn commune_of(&self, demand: &Demand) -> Option<String> {
        let scope = self.scope_level();
        let here = finest(self.territory, demand).and_then(|finest| scope_key(scope, finest));
        here.or_else(|| demand.commune.clone())
    }

    /// The same of a recorded assembly.
    pub fn commune_of_assembly(&self, assembly: &Assembly) -> Option<String> {
        let scope = self.scope_level();
        let here = scope_of(self.territory, scope, &assembly.level, &assembly.key);
        here.or_else(|| assembly.commune.clone())
    }

    /// The demand that a draft makes, with its district and the commune that may write it. Texts and numbers are bounded by
    /// the register when it takes it.
    ///
    /// # Errors
    /// When something is missing, not one of the project's, or outside the territory.
    pub fn demand(&self, draft: Draft) -> Result<NewDemand, Refusal> {
        let place = self.place(&draft)?;
        let theme = self.theme(draft.theme)?;
        let title = draft.title.map(|title| title.trim().to_owned());
        let title = title.filter(|title| !title.is_empty());
        Ok(NewDemand {
            id: draft.id,
            theme,
            title: title.ok_or_else(|| missing("title", "a text"))?,
            description: draft.description.unwrap_or_default(),
            lon: place.lon,
            lat: place.lat,
            district: Some(place.district),
            commune: place.commune,
            votes: count("votes", draft.votes)?.unwrap_or(1),
            assembly: draft.assembly,
            stage: named(
                "stage",
                draft.stage,
                Stage::named,
                Stage::ALL.map(Stage::name),
            )?
            .unwrap_or(Stage::Raised),
            status: named(
                "status",
                draft.status,
                Status::named,
                Status::ALL.map(Status::name),
            )?
            .unwrap_or(Status::Open),
            same_as: draft.same_as,
            project: draft.project,
            cost: draft.cost,
            beneficiaries: draft.beneficiaries,
            funding: draft.funding,
            decision: draft.decision,
            created: draft.created,
            author: draft.author.map(Private::new),
            contact: draft.contact.map(Private::new),
        })
    }

    /// The assembly that a draft makes.
    ///
    /// # Errors
    /// When its territory or its day is missing or not there.
    pub fn assembly(&self, draft: AssemblyDraft) -> Result<NewAssembly, Refusal> {
        let level = self.level(draft.level)?;
        let key = match draft.key {
            None if level.id() == WHOLE => WHOLE.to_owned(),
            None => {
                return Err(missing(
                    "key",
                    format!("the key of a territory of the level {}", level.id()),
                ));
            }
            Some(key) => key,
        };
        if level.layer().row_of(&key).is_none() {
            let allowed = format!("the key of a territory of the level {}", level.id());
            return Err(Refusal::new("key", &key, allowed));
        }
        let commune = scope_of(self.territory, self.scope_level(), level.id(), &key);
        Ok(NewAssembly {
            id: draft.id,
            level: level.id().to_owned(),
            key,
            date: draft
                .date
                .ok_or_else(|| missing("date", "a day, as in 2026-03-08"))?,
            attendance: count("attendance", draft.attendance)?,
            title: draft.title,
            commune,
        })
    }

    fn place(&self, draft: &Draft) -> Result<Place, Refusal> {
        let scope = self.scope_level();
        match (draft.location, draft.district.as_deref()) {
            (Some(at), named) => {
                let place = place::at_position(self.territory, scope, at)?;
                match named.filter(|named| *named != place.district) {
                    None => Ok(place),
                    Some(other) => Err(Refusal::new(
                        "district",
                        other,
                        format!("{:?}, where the location is, or left out", place.district),
                    )),
                }
            }
            (None, Some(district)) => place::in_district(self.territory, scope, district),
            (None, None) => Err(missing(
                "location",
                "a position, or the key of a district as \"district\"",
            )),
        }
    }

    fn theme(&self, theme: Option<String>) -> Result<String, Refusal> {
        let themes = &self.config.themes;
        let allowed = || format!("one of {}", themes.join(", "));
        let theme = theme.ok_or_else(|| missing("theme", allowed()))?;
        if themes.contains(&theme) {
            return Ok(theme);
        }
        let near = nearest(&theme, themes.iter().map(String::as_str));
        let near = near.map_or(String::new(), |near| format!("; did you mean {near:?}?"));
        Err(Refusal::new("theme", &theme, allowed() + &near))
    }

    fn level(&self, id: Option<String>) -> Result<&'a Level, Refusal> {
        let Some(id) = id else {
            return Ok(&self.territory.levels()[0]);
        };
        self.territory.level(&id).ok_or_else(|| {
            let known: Vec<&str> = self.territory.levels().iter().map(Level::id).collect();
            Refusal::new("level", &id, format!("one of {}", known.join(", ")))
        })
    }
}

fn missing(field: &str, allowed: impl Into<String>) -> Refusal {
    Refusal::new(field, "", allowed)
}

fn count(field: &str, number: Option<i64>) -> Result<Option<u64>, Refusal> {
    let whole = |number: i64| {
        let refused = |_| Refusal::new(field, &number.to_string(), "a whole number from 0");
        u64::try_from(number).map_err(refused)
    };
    number.map(whole).transpose()
}

fn named<T, const N: usize>(
    field: &str,
    text: Option<String>,
    parse: impl Fn(&str) -> Option<T>,
    names: [&str; N],
) -> Result<Option<T>, Refusal> {
    let read = |text: String| {
        parse(&text)
            .ok_or_else(|| Refusal::new(field, &text, format!("one of {}", names.join(", "))))
    };
    text.map(read).transpose()
}
