//! What a citizens' assembly asks for.

use std::fmt;

use crate::Private;

/// A recorded demand.
#[derive(Clone, Debug, PartialEq)]
pub struct Demand {
    /// Unique, never used again.
    pub id: String,
    /// One of the project's themes.
    pub theme: String,
    /// One line.
    pub title: String,
    /// Empty where nothing more was said.
    pub description: String,
    /// Degrees east, WGS 84.
    pub lon: f64,
    /// Degrees north, WGS 84.
    pub lat: f64,
    /// Key of the district that holds it.
    pub district: Option<String>,
    /// Key of the commune that holds it: who may write for it follows from this.
    pub commune: Option<String>,
    /// Its weight.
    pub votes: u64,
    /// Id of the assembly that raised it.
    pub assembly: Option<String>,
    /// How far it has risen.
    pub stage: Stage,
    /// What became of it.
    pub status: Status,
    /// Id of the demand that this one says again: the two are linked, and counted once.
    pub same_as: Option<String>,
    /// The project that answers it.
    pub project: Option<String>,
    /// Cost of that, in the project's currency.
    pub cost: Option<i64>,
    /// Inhabitants who benefit.
    pub beneficiaries: Option<i64>,
    /// Where the money comes from.
    pub funding: Option<String>,
    /// What was decided, and why.
    pub decision: Option<String>,
    /// When it was raised: RFC 3339, a date or a moment in UTC.
    pub created: String,
    /// Last change, RFC 3339 in UTC.
    pub updated: String,
    /// 1 at first, more with every change: its entity tag.
    pub version: u64,
    /// Who raised it. Never published.
    pub author: Option<Private<String>>,
    /// How to reach them. Never published.
    pub contact: Option<Private<String>>,
}

/// A demand to be recorded, or what an existing one shall be from now on.
///
/// In a replacement `id` may be left out or say the same again, `created` stays as it is, and `author` and `contact`
/// stay where they are `None` and are erased where they are empty: who replaces a demand has not seen them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewDemand {
    /// The next free one where it is `None`.
    pub id: Option<String>,
    /// 1–100 characters.
    pub theme: String,
    /// 1–200 characters.
    pub title: String,
    /// Up to 10,000 characters.
    pub description: String,
    /// Degrees east, WGS 84.
    pub lon: f64,
    /// Degrees north, WGS 84.
    pub lat: f64,
    /// Up to 100 characters.
    pub district: Option<String>,
    /// Up to 100 characters.
    pub commune: Option<String>,
    /// Up to 10,000,000.
    pub votes: u64,
    /// Id of an assembly of the register.
    pub assembly: Option<String>,
    /// How far it has risen.
    pub stage: Stage,
    /// What became of it.
    pub status: Status,
    /// Id of another demand of the register.
    pub same_as: Option<String>,
    /// Up to 200 characters.
    pub project: Option<String>,
    /// 0 to 10¹⁵.
    pub cost: Option<i64>,
    /// 0 to 10¹⁰.
    pub beneficiaries: Option<i64>,
    /// Up to 200 characters.
    pub funding: Option<String>,
    /// Up to 10,000 characters.
    pub decision: Option<String>,
    /// A date, or a moment in UTC; now where it is `None`.
    pub created: Option<String>,
    /// Up to 200 characters.
    pub author: Option<Private<String>>,
    /// Up to 200 characters.
    pub contact: Option<Private<String>>,
}

impl Demand {
    /// What a replacement by the same would be, to change a part of.
    pub fn to_new(&self) -> NewDemand {
        NewDemand {
            id: Some(self.id.clone()),
            theme: self.theme.clone(),
            title: self.title.clone(),
            description: self.description.clone(),
            lon: self.lon,
            lat: self.lat,
            district: self.district.clone(),
            commune: self.commune.clone(),
            votes: self.votes,
            assembly: self.assembly.clone(),
            stage: self.stage,
            status: self.status,
            same_as: self.same_as.clone(),
            project: self.project.clone(),
            cost: self.cost,
            beneficiaries: self.beneficiaries,
            funding: self.funding.clone(),
            decision: self.decision.clone(),
            created: Some(self.created.clone()),
            author: self.author.clone(),
            contact: self.contact.clone(),
        }
    }
}

impl NewDemand {
    /// The recorded demand, at version 1.
    pub(crate) fn into_demand(self, id: String, created: String, now: &str) -> Demand {
        Demand {
            id,
            theme: self.theme,
            title: self.title,
            description: self.description,
            lon: self.lon,
            lat: self.lat,
            district: self.district,
            commune: self.commune,
            votes: self.votes,
            assembly: self.assembly,
            stage: self.stage,
            status: self.status,
            same_as: self.same_as,
            project: self.project,
            cost: self.cost,
            beneficiaries: self.beneficiaries,
            funding: self.funding,
            decision: self.decision,
            created,
            updated: now.to_owned(),
            version: 1,
            author: given(self.author),
            contact: given(self.contact),
        }
    }
}

/// An empty text is none.
fn given(text: Option<Private<String>>) -> Option<Private<String>> {
    text.filter(|text| !text.reveal().is_empty())
}

/// How far a demand has risen through the levels of the participatory cycle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// In a neighbourhood assembly.
    #[default]
    Raised,
    /// Taken up by the sector.
    Sector,
    /// Taken up by the commune.
    Commune,
    /// Taken up by the city.
    City,
}

impl Stage {
    /// Every stage, from the lowest.
    pub const ALL: [Self; 4] = [Self::Raised, Self::Sector, Self::Commune, Self::City];

    /// As it is written in files and requests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Raised => "raised",
            Self::Sector => "sector",
            Self::Commune => "commune",
            Self::City => "city",
        }
    }

    /// The stage of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.name() == name)
    }
}

/// What became of a demand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Nothing yet.
    #[default]
    Open,
    /// In a plan.
    Planned,
    /// With money.
    Funded,
    /// Under way.
    InProgress,
    /// Done.
    Done,
    /// Refused.
    Rejected,
}

impl Status {
    /// Every status, in the order of the cycle.
    pub const ALL: [Self; 6] = [
        Self::Open,
        Self::Planned,
        Self::Funded,
        Self::InProgress,
        Self::Done,
        Self::Rejected,
    ];

    /// As it is written in files and requests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Planned => "planned",
            Self::Funded => "funded",
            Self::InProgress => "in_progress",
            Self::Done => "done",
            Self::Rejected => "rejected",
        }
    }

    /// The status of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
