//! What the register of demands means: themes, levels of meetings, criteria.

use super::{Rules, WHOLE};
use crate::project::demands::DemandsConfig;

impl Rules<'_> {
    pub(super) fn demands(&mut self) {
        let Some(config) = &self.draft.demands else {
            return;
        };
        self.themes(&config.themes);
        self.levels_of_demands(config);
        for (index, criterion) in config.criteria.iter().enumerate() {
            let unknown = |theme: &&String| !config.themes.contains(theme);
            if let Some(theme) = criterion.theme.as_ref().filter(unknown) {
                let path = format!("demands.criteria[{index}].theme");
                let known = config.themes.join(", ");
                self.error(&path, format!("unknown theme {theme:?}; known: {known}"));
            }
        }
    }

    fn themes(&mut self, themes: &[String]) {
        for (index, theme) in themes.iter().enumerate() {
            let path = format!("demands.themes[{index}]");
            if theme.trim().is_empty() {
                self.error(&path, "a theme needs a name".to_owned());
            } else if themes[..index].contains(theme) {
                self.error(&path, format!("the theme {theme:?} stands twice"));
            }
        }
    }

    /// Levels that are named, once all levels can be read.
    fn levels_of_demands(&mut self, config: &DemandsConfig) {
        let levels: Option<Vec<&str>> = self
            .draft
            .levels
            .iter()
            .map(|level| level.as_ref().map(|level| level.id.as_str()))
            .collect();
        let Some(mut known) = levels else {
            return;
        };
        known.push(WHOLE);
        let meetings = config
            .meetings
            .keys()
            .map(|level| (format!("demands.meetings.{level}"), level));
        let scope = config
            .scope
            .iter()
            .map(|level| ("demands.scope".to_owned(), level));
        for (path, level) in meetings.chain(scope) {
            if !known.contains(&level.as_str()) {
                let message = format!("unknown level {level:?}; known: {}", known.join(", "));
                self.error(&path, message);
            }
        }
    }
}
