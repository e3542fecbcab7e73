use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// What a comparison looks away from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fold {
    /// `CASEI`: upper and lower case.
    Case,
    /// `ACCENTI`: accents and other combining marks.
    Accents,
}

/// A text without what people write differently: in lower case, without accents. `Peñalolén` is `penalolen`.
pub fn folded(text: &str) -> String {
    Fold::Accents.apply(&Fold::Case.apply(text))
}

impl Fold {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Case => "CASEI",
            Self::Accents => "ACCENTI",
        }
    }

    /// The folded text: `CASEI('Ñuñoa')` is `ñuñoa`, `ACCENTI('Ñuñoa')` is `Nunoa`.
    pub(super) fn apply(self, text: &str) -> String {
        match self {
            // Through upper case, so that ß meets SS and both lower-case sigmas meet.
            Self::Case => text
                .chars()
                .flat_map(char::to_uppercase)
                .flat_map(char::to_lowercase)
                .collect(),
            Self::Accents => text
                .nfd()
                .filter(|letter| !is_combining_mark(*letter))
                .nfc()
                .collect(),
        }
    }
}
