//! What can be asked of the register, and its answer.

use std::fmt;
use std::sync::Arc;

use crate::{Assembly, Demand, NewAssembly, NewDemand};

/// A change to be made, whole or not at all.
#[derive(Clone, Debug, PartialEq)]
pub enum Write {
    /// Records a demand.
    CreateDemand {
        /// What it shall be.
        demand: NewDemand,
        /// The same key with the same demand from the same actor gives the first result again, for seven days.
        idempotency_key: Option<String>,
    },
    /// Changes a demand.
    ReplaceDemand {
        /// Which one.
        id: String,
        /// Refused where it is at another version.
        expected_version: Option<u64>,
        /// What it shall be.
        demand: NewDemand,
    },
    /// Takes a demand out; its history stays.
    DeleteDemand {
        /// Which one.
        id: String,
        /// Refused where it is at another version.
        expected_version: Option<u64>,
    },
    /// Records an assembly.
    CreateAssembly {
        /// What it shall be.
        assembly: NewAssembly,
        /// As for demands.
        idempotency_key: Option<String>,
    },
    /// Changes an assembly.
    ReplaceAssembly {
        /// Which one.
        id: String,
        /// Refused where it is at another version.
        expected_version: Option<u64>,
        /// What it shall be.
        assembly: NewAssembly,
    },
    /// Takes an assembly out; its history stays.
    DeleteAssembly {
        /// Which one.
        id: String,
        /// Refused where it is at another version.
        expected_version: Option<u64>,
    },
    /// Records many, all or none. Demands may refer to any of them.
    Import {
        /// First.
        assemblies: Vec<NewAssembly>,
        /// Then.
        demands: Vec<NewDemand>,
        /// As for demands.
        idempotency_key: Option<String>,
    },
}

impl Write {
    pub(crate) fn idempotency_key(&self) -> Option<&str> {
        match self {
            Self::CreateDemand {
                idempotency_key, ..
            }
            | Self::CreateAssembly {
                idempotency_key, ..
            }
            | Self::Import {
                idempotency_key, ..
            } => idempotency_key.as_deref(),
            _ => None,
        }
    }

    /// How many rows it writes at most.
    pub(crate) fn rows(&self) -> usize {
        match self {
            Self::Import {
                assemblies,
                demands,
                ..
            } => assemblies.len() + demands.len(),
            _ => 1,
        }
    }
}

/// Who writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The name of the token; the history keeps it.
    pub name: String,
}

impl Actor {
    /// Somebody of this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into() }
    }
}

/// What came of a write. It is durable, and in the snapshot.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// What was written, as it was then, in the order of the request; after a deletion what is no longer there.
    pub items: Vec<Item>,
    /// Number of the last change that it made.
    pub seq: u64,
    /// Whether it is the result of an earlier request with the same idempotency key. It is without personal data then.
    pub replayed: bool,
}

/// A demand or an assembly.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// A demand.
    Demand(Arc<Demand>),
    /// An assembly.
    Assembly(Arc<Assembly>),
}

impl Item {
    /// Which of the two.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Demand(_) => Kind::Demand,
            Self::Assembly(_) => Kind::Assembly,
        }
    }

    /// Its id.
    pub fn id(&self) -> &str {
        match self {
            Self::Demand(demand) => &demand.id,
            Self::Assembly(assembly) => &assembly.id,
        }
    }

    /// Its version.
    pub fn version(&self) -> u64 {
        match self {
            Self::Demand(demand) => demand.version,
            Self::Assembly(assembly) => assembly.version,
        }
    }
}

/// What a change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A demand.
    Demand,
    /// An assembly.
    Assembly,
}

impl Kind {
    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Demand => "demand",
            Self::Assembly => "assembly",
        }
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Demand, Self::Assembly]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a change does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Something new.
    Create,
    /// Something else from now on.
    Replace,
    /// Gone.
    Delete,
}

impl Action {
    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Replace => "replace",
            Self::Delete => "delete",
        }
    }

    /// The action of this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Create, Self::Replace, Self::Delete]
            .into_iter()
            .find(|action| action.name() == name)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
