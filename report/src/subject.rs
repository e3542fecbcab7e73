//! The territory that a sheet is about, and its place in the hierarchy.

use std::sync::Arc;

use comarca_engine::indicator::{Indicator, LevelView};
use comarca_engine::{Layer, Level, Territory, Title};
use maud::{Markup, html};

use crate::Report;
use crate::texts::Texts;

/// Longest name or title that is printed, in characters.
const TEXT_CHARS_MAX: usize = 120;

/// One territory of one level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Position among the levels, finest first.
    pub level: usize,
    /// Row in the level's layer.
    pub row: usize,
}

/// A place of a report. All parts of a sheet ask this.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) report: &'a Report<'a>,
    pub(crate) place: Place,
}

impl<'a> Subject<'a> {
    /// `None` where there is no such place.
    pub(crate) fn new(report: &'a Report<'a>, place: Place) -> Option<Self> {
        let level = report.territory.levels().get(place.level)?;
        (place.row < level.len()).then_some(Self { report, place })
    }

    pub(crate) fn territory(&self) -> &'a Territory {
        self.report.territory
    }

    pub(crate) fn texts(&self) -> &'static Texts {
        self.report.language.texts()
    }

    pub(crate) fn level(&self) -> &'a Level {
        &self.territory().levels()[self.place.level]
    }

    pub(crate) fn layer(&self) -> &'a Arc<Layer> {
        self.level().layer()
    }

    pub(crate) fn key(&self) -> &'a str {
        self.layer().key(self.place.row)
    }

    pub(crate) fn name(&self) -> String {
        self.report.name(self.place)
    }

    /// Whether it is the territory above all levels.
    pub(crate) fn is_whole(&self) -> bool {
        self.place == self.report.whole()
    }

    /// The places that hold it, from the nearest up to the whole.
    pub(crate) fn ancestors(&self) -> Vec<Place> {
        let above = |place: &Place| self.report.parent(*place);
        std::iter::successors(above(&self.place), above).collect()
    }

    /// The place it belongs to.
    pub(crate) fn parent(&self) -> Option<Place> {
        self.report.parent(self.place)
    }

    /// Rows of its parts in the level below.
    pub(crate) fn children(&self) -> Vec<usize> {
        self.level().children(self.place.row).collect()
    }

    /// The level below, where there is one.
    pub(crate) fn level_below(&self) -> Option<usize> {
        self.place.level.checked_sub(1)
    }

    /// All indicators of the project with their values at the level of this place.
    pub(crate) fn indicators(
        &self,
    ) -> impl Iterator<Item = (&'a Indicator, LevelView<'a>)> + use<'a> {
        let (report, level) = (self.report, self.place.level);
        let all = report.territory.indicators();
        all.filter_map(move |indicator| Some((indicator, report.view(indicator, level)?)))
    }
}

impl<'a> Report<'a> {
    pub(crate) fn whole(&self) -> Place {
        let level = self.territory.levels().len() - 1;
        Place { level, row: 0 }
    }

    pub(crate) fn parent(&self, place: Place) -> Option<Place> {
        let above = place.level + 1;
        let row = self.territory.levels()[place.level].parent(place.row)?;
        let exists = self
            .territory
            .levels()
            .get(above)
            .is_some_and(|level| row < level.len());
        exists.then_some(Place { level: above, row })
    }

    pub(crate) fn name(&self, place: Place) -> String {
        shortened(
            self.territory.levels()[place.level].layer().name(place.row),
            TEXT_CHARS_MAX,
        )
    }

    /// The title in the language of the sheet; the id with spaces where there is none.
    pub(crate) fn title(&self, title: &Title, id: &str) -> String {
        let text = title.in_language(self.language.tag());
        let text = text.map_or_else(|| id.replace('_', " "), str::to_owned);
        shortened(&text, TEXT_CHARS_MAX)
    }

    pub(crate) fn level_title(&self, level: usize) -> String {
        let level = &self.territory.levels()[level];
        self.title(level.title(), level.id())
    }

    pub(crate) fn layer_title(&self, layer: &Layer) -> String {
        self.title(layer.title(), layer.id())
    }

    /// Values of an indicator at a level.
    pub(crate) fn view(&self, indicator: &Indicator, level: usize) -> Option<LevelView<'a>> {
        let level = self.territory.levels().get(level)?.id();
        self.territory.indicator(&indicator.id).ok()?.at(level).ok()
    }

    /// The name of a place, linked to its sheet where sheets are linked.
    pub(crate) fn named(&self, place: Place) -> Markup {
        self.linked(place, &self.name(place))
    }

    /// A text that leads to the sheet of a place where sheets are linked.
    pub(crate) fn linked(&self, place: Place, text: &str) -> Markup {
        html! {
            @match self.link {
                Some(link) => a href=(link(self, place)) { (text) },
                None => (text),
            }
        }
    }

    /// The names of several places without the words that all of them end with: of "Sector Norte de El Bosque" and
    /// "Sector Sur de El Bosque" the first two words each.
    pub(crate) fn short_names(&self, places: &[Place]) -> Vec<String> {
        let names: Vec<String> = places.iter().map(|place| self.name(*place)).collect();
        let words: Vec<Vec<&str>> = names.iter().map(|name| name.split(' ').collect()).collect();
        let shortest = words.iter().map(Vec::len).min().unwrap_or(0);
        let same = |back: usize| {
            words
                .iter()
                .all(|own| own[own.len() - back] == words[0][words[0].len() - back])
        };
        let common = (1..shortest)
            .take_while(|back| words.len() > 1 && same(*back))
            .count();
        words
            .iter()
            .map(|own| own[..own.len() - common].join(" "))
            .collect()
    }
}

/// At most so many characters of a text.
pub(crate) fn shortened(text: &str, chars_max: usize) -> String {
    match text.char_indices().nth(chars_max) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}
