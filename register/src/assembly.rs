//! A meeting of citizens.

/// A recorded meeting of a neighbourhood, a sector, a commune or the city.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assembly {
    /// Unique, never used again.
    pub id: String,
    /// Level of its territory.
    pub level: String,
    /// Key of its territory at that level.
    pub key: String,
    /// `YYYY-MM-DD`.
    pub date: String,
    /// Who came; `None` where it has not been held or nobody counted.
    pub attendance: Option<u64>,
    /// What it is called.
    pub title: Option<String>,
    /// Key of its commune: who may write for it follows from this.
    pub commune: Option<String>,
    /// RFC 3339 in UTC.
    pub created: String,
    /// Last change, RFC 3339 in UTC.
    pub updated: String,
    /// 1 at first, more with every change: its entity tag.
    pub version: u64,
}

/// A meeting to be recorded, or what an existing one shall be from now on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewAssembly {
    /// The next free one where it is `None`. In a replacement it may be left out or say the same again.
    pub id: Option<String>,
    /// 1–100 characters.
    pub level: String,
    /// 1–100 characters.
    pub key: String,
    /// A day of the calendar, `YYYY-MM-DD`.
    pub date: String,
    /// Up to 10,000,000.
    pub attendance: Option<u64>,
    /// Up to 200 characters.
    pub title: Option<String>,
    /// Up to 100 characters.
    pub commune: Option<String>,
}

impl Assembly {
    /// What a replacement by the same would be, to change a part of.
    pub fn to_new(&self) -> NewAssembly {
        NewAssembly {
            id: Some(self.id.clone()),
            level: self.level.clone(),
            key: self.key.clone(),
            date: self.date.clone(),
            attendance: self.attendance,
            title: self.title.clone(),
            commune: self.commune.clone(),
        }
    }
}

impl NewAssembly {
    /// The recorded meeting, at version 1.
    pub(crate) fn into_assembly(self, id: String, now: &str) -> Assembly {
        Assembly {
            id,
            level: self.level,
            key: self.key,
            date: self.date,
            attendance: self.attendance,
            title: self.title,
            commune: self.commune,
            created: now.to_owned(),
            updated: now.to_owned(),
            version: 1,
        }
    }
}
