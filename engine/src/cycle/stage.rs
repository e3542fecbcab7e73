//! How far a demand has come, and what became of it.

/// The meeting a demand has reached; later is further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Named in a neighbourhood assembly.
    Raised,
    /// Taken up by a sector.
    Sector,
    /// Taken up by a commune.
    Commune,
    /// Taken up by the thematic tables of the whole.
    City,
}

/// What became of a demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Waits.
    Open,
    /// Has a project.
    Planned,
    /// The project has its money.
    Funded,
    /// Is being built.
    InProgress,
    /// Is there.
    Done,
    /// Will not be.
    Rejected,
}

impl Stage {
    /// In the order of the cycle.
    pub const ALL: [Self; 4] = [Self::Raised, Self::Sector, Self::Commune, Self::City];

    /// The name in data.
    pub fn name(self) -> &'static str {
        match self {
            Self::Raised => "raised",
            Self::Sector => "sector",
            Self::Commune => "commune",
            Self::City => "city",
        }
    }

    /// The stage of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|own| own.name() == name)
    }
}

impl Status {
    /// In the order of a project's life, rejected last.
    pub const ALL: [Self; 6] = [
        Self::Open,
        Self::Planned,
        Self::Funded,
        Self::InProgress,
        Self::Done,
        Self::Rejected,
    ];

    /// The name in data.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Planned => "planned",
            Self::Funded => "funded",
            Self::InProgress => "in_progress",
            Self::Done => "done",
            Self::Rejected => "rejected",
        }
    }

    /// The status of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|own| own.name() == name)
    }

    /// Whether there is a project for it: planned, funded, in progress or done.
    pub fn has_project(self) -> bool {
        (Self::Planned..=Self::Done).contains(&self)
    }

    /// Whether it still waits for something: neither done nor rejected.
    pub fn is_live(self) -> bool {
        self < Self::Done
    }
}
