//! The plan of a territory for paper and for everybody: what was asked, what was decided, what was done.
//!
//! One HTML file like the sheet, but of the participatory cycle: a part of the page stands in a file of its own, and
//! takes what it shows from the [`PlanInput`]. Never who asked.

mod asked;
mod bars;
mod decided;
mod meetings;
mod money;
mod texts;

use comarca_engine::cycle::{Coverage, Cycle, Plan, TerritoryFunnel};
use maud::{Markup, html};

use crate::page;
use crate::subject::shortened;
use crate::texts::Texts;
use crate::{Date, Language};
use texts::PlanTexts;

const STYLE: &str = include_str!("plan.css");
/// Longest name and longest title that are printed, in characters.
const NAME_CHARS_MAX: usize = 120;
const TITLE_CHARS_MAX: usize = 140;
/// Longest theme, project code and funding source.
const WORD_CHARS_MAX: usize = 40;

/// What the page of a plan is made of.
#[derive(Clone, Copy, Debug)]
pub struct PlanInput<'a> {
    /// Language of texts and numbers.
    pub language: Language,
    /// Name of the whole.
    pub whole: &'a str,
    /// Title of the level.
    pub level: &'a str,
    /// Name of the territory.
    pub name: &'a str,
    /// The day of the data.
    pub date: Option<Date>,
    /// The demands that the plan speaks of.
    pub cycle: &'a Cycle<'a>,
    /// The plan.
    pub plan: &'a Plan<'a>,
    /// Titles of the criteria, in the order in which they were weighed.
    pub criteria: &'a [&'a str],
    /// The demands of the territory by stage and status.
    pub funnel: &'a TerritoryFunnel<'a>,
    /// Meetings of the territory and of the levels within, each with the title of its level; empty where no calendar is
    /// kept.
    pub meetings: &'a [(&'a str, Coverage<'a>)],
}

impl PlanInput<'_> {
    /// The page as an HTML document, with nothing to fetch and nothing to run. It stays below some hundred kilobytes,
    /// however many demands there are.
    pub fn page(&self) -> String {
        let body = html! {
            (self.title())
            (asked::section(self))
            (decided::section(self))
            (decided::done(self))
            (money::section(self))
            (meetings::section(self))
            section.method {
                h2 { (self.texts().method) }
                p { (self.own_texts().method_note) }
            }
        };
        let heading = format!("{} · {}", named(self.name), named(self.whole));
        page::written(self.language, &heading, &[STYLE], &body).into_string()
    }

    fn title(&self) -> Markup {
        let (texts, own) = (self.texts(), self.own_texts());
        html! {
            header {
                p.kicker {
                    span { (own.plan) " · " (named(self.whole)) }
                    @if let Some(date) = self.date {
                        time datetime=(date.to_string()) { (texts.data_of(date)) }
                    }
                }
                h1 { (named(self.name)) }
                @if self.name != self.whole { p.level { (named(self.level)) } }
            }
        }
    }

    fn texts(&self) -> &'static Texts {
        self.language.texts()
    }

    fn own_texts(&self) -> &'static PlanTexts {
        texts::of(self.language)
    }

    /// The title of a demand.
    fn titled(&self, title: &str) -> String {
        let title = title.trim();
        let named = if title.is_empty() {
            self.texts().untitled
        } else {
            title
        };
        shortened(named, TITLE_CHARS_MAX)
    }

    fn theme(&self, theme: &str) -> String {
        shortened(self.texts().theme_name(theme), WORD_CHARS_MAX)
    }

    /// A number of demands, votes or persons.
    fn count(&self, count: u64) -> String {
        self.texts()
            .count(usize::try_from(count).unwrap_or(usize::MAX))
    }

    /// Pesos, or persons; a dash where there is no number.
    fn amount(&self, sign: &str, amount: Option<i64>) -> String {
        match amount.and_then(|amount| u64::try_from(amount).ok()) {
            Some(amount) => format!("{sign}{}", self.count(amount)),
            None => "–".to_owned(),
        }
    }

    fn pesos(&self, pesos: Option<i64>) -> String {
        self.amount("$\u{a0}", pesos)
    }
}

/// A name that fits on the page.
fn named(name: &str) -> String {
    shortened(name, NAME_CHARS_MAX)
}

/// A code or a source, or a dash.
fn word(word: Option<&str>) -> String {
    word.map_or_else(|| "–".to_owned(), |word| shortened(word, WORD_CHARS_MAX))
}
