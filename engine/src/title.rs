//! What people call a thing, in each of the project's languages.

/// Text per language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Title(Vec<(String, String)>);

impl Title {
    /// Pairs of language tag and text, the project's first language first.
    pub fn new(texts: Vec<(String, String)>) -> Self {
        Self(texts)
    }

    /// One text for every language.
    pub fn plain(text: &str) -> Self {
        Self(vec![(String::new(), text.to_owned())])
    }

    /// The text in `language`, else the one for every language, else the first.
    pub fn in_language(&self, language: &str) -> Option<&str> {
        let of = |tag: &str| self.0.iter().find(|(own, _)| own == tag);
        of(language)
            .or_else(|| of(""))
            .or(self.0.first())
            .map(|(_, text)| text.as_str())
    }

    /// All pairs of language tag (empty: every language) and text.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(language, text)| (language.as_str(), text.as_str()))
    }

    /// Whether no text was given.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
