//! The sheet of a territory for paper: one HTML file with nothing to fetch and nothing to run.
//!
//! A [`Report`] joins a [`Territory`] to what the engine does not know of it (language, date, links); from there
//! [`Report::sheet`] writes the sheet of one place and [`Report::index`] the page that lists all. Pure computation: no
//! input or output, no clock; the same report gives the same bytes.
//!
//! A part of the sheet stands in a file of its own and asks the `Subject` for what it shows:
//! `head`, `map`, `form`, `indicators` with its `bar` and `strip`, `demands`, `method`; `page` puts
//! them together. `maud` escapes every text, and the page forbids scripts by its policy as well.

#![forbid(unsafe_code)]

mod bar;
mod date;
mod demands;
mod figure;
mod form;
mod head;
mod index;
mod indicators;
mod language;
mod map;
mod method;
mod number;
mod page;
mod plan;
mod strip;
mod subject;
mod texts;
mod unit;

use comarca_engine::Territory;

pub use date::Date;
pub use language::Language;
pub use plan::PlanInput;
pub use subject::Place;

use subject::Subject;

/// What the sheets of a territory are made of.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// The territory.
    pub territory: &'a Territory,
    /// Language of texts, numbers and titles.
    pub language: Language,
    /// The day that the sheets state; that of the youngest source when absent.
    pub date: Option<Date>,
    /// Where the sheet of another place stands, seen from a sheet; without it places are named and not linked.
    pub link: Option<fn(&Report<'_>, Place) -> String>,
}

impl Report<'_> {
    /// The sheet of a place as an HTML document; `None` where there is no such place.
    ///
    /// Cost O(features of its level) for each indicator, and O(coordinates) of what the map shows. The document stays
    /// below some hundred kilobytes, whatever the outlines and however many demands there are.
    pub fn sheet(&self, place: Place) -> Option<String> {
        Some(page::sheet(&Subject::new(self, place)?).into_string())
    }

    /// A page with the names of all territories of some levels, linked to their sheets.
    pub fn index(&self, levels: &[usize]) -> String {
        index::page(self, levels).into_string()
    }

    /// The day that the sheets state.
    fn dated(&self) -> Option<Date> {
        let changed = self.territory.sources().iter();
        let changed = changed.filter_map(|source| source.changed.as_deref()?.parse().ok());
        self.date.or_else(|| changed.max())
    }
}
