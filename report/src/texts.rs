//! The words of the sheet, one file per language. A word that a language lacks does not compile.

mod en;
mod es;

use crate::date::Date;

pub(crate) use en::EN;
pub(crate) use es::ES;

/// Pairs of a word in project files and the word on the sheet.
type Words = &'static [(&'static str, &'static str)];

/// The words of one language, in the order in which the sheet needs them.
#[derive(Debug)]
pub(crate) struct Texts {
    pub(crate) decimal_mark: &'static str,
    pub(crate) group_mark: char,
    months: [&'static str; 12],
    date: fn(day: u8, month: &str, year: u16) -> String,

    pub(crate) sheet: &'static str,
    pub(crate) sheets: &'static str,
    pub(crate) hierarchy: &'static str,
    pub(crate) key: &'static str,
    pub(crate) area: &'static str,
    pub(crate) perimeter: &'static str,

    pub(crate) map: &'static str,
    pub(crate) no_outline: &'static str,
    pub(crate) north: &'static str,
    pub(crate) others_of: &'static str,
    pub(crate) border_of: &'static str,
    pub(crate) position_in: &'static str,
    pub(crate) not_drawn: &'static str,

    pub(crate) standards_kept: &'static str,
    pub(crate) passes: &'static str,
    pub(crate) fails: &'static str,
    pub(crate) at_least: &'static str,
    pub(crate) at_most: &'static str,
    pub(crate) gap: &'static str,

    pub(crate) form: &'static str,
    pub(crate) form_note: &'static str,
    pub(crate) area_of_influence: &'static str,
    pub(crate) need: &'static str,
    pub(crate) demand: &'static str,
    pub(crate) supply: &'static str,
    pub(crate) deficit: &'static str,
    pub(crate) coverage: &'static str,

    pub(crate) indicators: &'static str,
    pub(crate) indicator: &'static str,
    pub(crate) value: &'static str,
    pub(crate) against_standard: &'static str,
    pub(crate) among: &'static str,
    pub(crate) those_of: &'static str,
    pub(crate) rank: &'static str,
    pub(crate) rank_direction: &'static str,
    pub(crate) of: &'static str,
    pub(crate) no_value: &'static str,
    pub(crate) missing_nothing_there: &'static str,
    pub(crate) missing_no_values: &'static str,
    pub(crate) missing_zero_below: &'static str,
    pub(crate) missing_no_input: &'static str,
    pub(crate) missing_hidden: &'static str,

    pub(crate) demands: &'static str,
    pub(crate) no_demands: &'static str,
    pub(crate) demands_word: &'static str,
    pub(crate) votes_word: &'static str,
    pub(crate) vote_word: &'static str,
    pub(crate) most_voted: &'static str,
    pub(crate) demand_word: &'static str,
    pub(crate) untitled: &'static str,
    pub(crate) theme: &'static str,
    pub(crate) other_themes: &'static str,
    pub(crate) status_word: &'static str,
    pub(crate) stage_word: &'static str,

    pub(crate) method: &'static str,
    pub(crate) method_note: &'static str,
    pub(crate) standard: &'static str,
    pub(crate) sources: &'static str,

    pub(crate) full_days: &'static str,
    pub(crate) units: Words,
    themes: Words,
    statuses: Words,
    stages: Words,
    operations: Words,
}

impl Texts {
    /// `al 30 de septiembre de 2026`.
    pub(crate) fn data_of(&self, date: Date) -> String {
        let (year, month, day) = date.parts();
        (self.date)(day, self.months[usize::from(month - 1)], year)
    }

    /// A theme of demands; as the data has it where it is none of the usual ones.
    pub(crate) fn theme_name<'t>(&self, theme: &'t str) -> &'t str {
        word(self.themes, theme)
    }

    /// What became of a demand.
    pub(crate) fn status<'t>(&self, status: &'t str) -> &'t str {
        word(self.statuses, status)
    }

    /// How far a demand has come through the assemblies.
    pub(crate) fn stage<'t>(&self, stage: &'t str) -> &'t str {
        word(self.stages, stage)
    }

    /// What an operation of the project file does.
    pub(crate) fn operation<'t>(&self, op: &'t str) -> &'t str {
        word(self.operations, op)
    }
}

fn word(words: Words, own: &str) -> &str {
    let known = words.iter().find(|(word, _)| *word == own);
    known.map_or(own, |(_, translated)| translated)
}
