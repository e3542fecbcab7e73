//! The languages that a sheet is written in.

use std::str::FromStr;

use comarca_engine::Territory;

use crate::texts::{EN, ES, Texts};

/// A language of the sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Spanish, numbers as in Chile.
    Es,
    /// English.
    En,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Es, Self::En];

    /// The first language of the project that a sheet can be written in; Spanish where it has none of them.
    pub fn of(territory: &Territory) -> Self {
        let mut known = territory
            .languages()
            .iter()
            .filter_map(|tag| tag.parse().ok());
        known.next().unwrap_or(Self::Es)
    }

    /// Its tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Es => "es",
            Self::En => "en",
        }
    }

    pub(crate) fn texts(self) -> &'static Texts {
        match self {
            Self::Es => &ES,
            Self::En => &EN,
        }
    }
}

impl FromStr for Language {
    type Err = String;

    /// Reads `es`, `en`, `es-CL`.
    fn from_str(tag: &str) -> Result<Self, String> {
        let main = tag.split(['-', '_']).next().unwrap_or_default();
        let mut all = Self::ALL.into_iter();
        let found = all.find(|language| language.tag().eq_ignore_ascii_case(main));
        found.ok_or_else(|| format!("{tag:?} is none of the languages of the sheet: es, en"))
    }
}
