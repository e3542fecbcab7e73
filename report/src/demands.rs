//! What citizens ask for: by theme and status, and what most of them ask for. Never who asked.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use comarca_engine::{Layer, Value};
use maud::{Markup, html};

use crate::subject::{Subject, shortened};
use crate::texts::Texts;

/// The layer of demands and its columns.
const LAYER: &str = "demands";
const THEME: &str = "theme";
const TITLE: &str = "title";
const VOTES: &str = "votes";
const STATUS: &str = "status";
const STAGE: &str = "stage";

/// How many of the demands with the most votes are named.
const NAMED_MAX: usize = 10;
/// How many themes and statuses have a row or column of their own; the rest is put together.
const THEMES_MAX: usize = 12;
const STATUSES_MAX: usize = 6;
/// Longest title and longest theme or status, in characters.
const TITLE_CHARS_MAX: usize = 140;
const WORD_CHARS_MAX: usize = 40;

/// The section; nothing where the project has no demands.
pub(crate) fn section(subject: &Subject<'_>) -> Markup {
    let territory = subject.territory();
    let Some(layer) = territory.layer(LAYER) else {
        return html! {};
    };
    let texts = subject.texts();
    let rows = territory.rows_in(layer, subject.place.level, subject.place.row);
    let votes: f64 = rows.iter().map(|row| votes_of(layer, *row)).sum();
    html! {
        section.demands {
            h2 { (texts.demands) }
            @if rows.is_empty() {
                p.missing { (texts.no_demands) }
            } @else {
                p {
                    strong { (texts.count(rows.len())) } " "
                    (if rows.len() == 1 { texts.demand_word } else { texts.demands_word }) ", "
                    strong { (texts.number(votes)) } " " (if votes == 1.0 { texts.vote_word } else { texts.votes_word })
                }
                @if layer.column(THEME).is_some() { (by_theme(subject, layer, &rows)) }
                (most_voted(texts, layer, &rows))
            }
        }
    }
}

/// One vote where there is no column of votes.
fn votes_of(layer: &Layer, row: usize) -> f64 {
    let votes = layer
        .column(VOTES)
        .map_or(Some(1.0), |votes| votes.number(row));
    votes.filter(|votes| votes.is_finite()).unwrap_or(0.0)
}

/// A text or number of a demand; empty where it has none.
fn cell(layer: &Layer, column: &str, row: usize) -> String {
    let value = layer
        .column(column)
        .map_or(Value::Null, |column| column.value(row));
    shortened(&value.display(), WORD_CHARS_MAX)
}

/// What is asked for under one theme.
#[derive(Default)]
struct Sum {
    count: usize,
    votes: f64,
    by_status: Vec<usize>,
}

fn by_theme(subject: &Subject<'_>, layer: &Layer, rows: &[usize]) -> Markup {
    let texts = subject.texts();
    let statuses = most_frequent(layer, STATUS, rows);
    let mut sums: BTreeMap<String, Sum> = BTreeMap::new();
    for &row in rows {
        let sum = sums.entry(cell(layer, THEME, row)).or_default();
        sum.count += 1;
        sum.votes += votes_of(layer, row);
        sum.by_status.resize(statuses.len(), 0);
        let status = cell(layer, STATUS, row);
        if let Some(position) = statuses.iter().position(|own| *own == status) {
            sum.by_status[position] += 1;
        }
    }
    let mut ranked: Vec<(String, Sum)> = sums.into_iter().collect();
    ranked.sort_by(|(_, a), (_, b)| b.votes.total_cmp(&a.votes));
    let rest = ranked.split_off(ranked.len().min(THEMES_MAX));
    let most = ranked.first().map_or(0.0, |(_, sum)| sum.votes);
    html! {
        table.themes {
            thead {
                tr {
                    th scope="col" { (texts.theme) }
                    th scope="col" { (texts.demands_word) }
                    th scope="col" colspan="2" { (texts.votes_word) }
                    @for status in &statuses { th scope="col" { (texts.status(status)) } }
                }
            }
            tbody {
                @for (theme, sum) in &ranked {
                    tr data-theme=(theme) {
                        th scope="row" { (texts.theme_name(theme)) }
                        td { (texts.count(sum.count)) }
                        td { (texts.number(sum.votes)) }
                        td.bar { (bar(sum.votes, most)) }
                        @for count in &sum.by_status { td { (texts.count(*count)) } }
                    }
                }
                @if !rest.is_empty() {
                    tr {
                        th scope="row" { (texts.other_themes) " (" (texts.count(rest.len())) ")" }
                        td { (texts.count(rest.iter().map(|(_, sum)| sum.count).sum())) }
                        td { (texts.number(rest.iter().map(|(_, sum)| sum.votes).sum())) }
                        td {}
                        @for position in 0..statuses.len() {
                            td { (texts.count(rest.iter().map(|(_, sum)| sum.by_status[position]).sum())) }
                        }
                    }
                }
            }
        }
    }
}

fn bar(votes: f64, most: f64) -> Markup {
    let width = if most > 0.0 {
        (votes / most).clamp(0.0, 1.0) * 300.0
    } else {
        0.0
    };
    html! {
        svg viewBox="0 0 300 20" aria-hidden="true" { rect x="0" y="2" width=(crate::bar::rounded(width)) height="16" {} }
    }
}

/// The values of a column by how many demands have them, most first, and at most [`STATUSES_MAX`].
fn most_frequent(layer: &Layer, column: &str, rows: &[usize]) -> Vec<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let values = rows
        .iter()
        .map(|row| cell(layer, column, *row))
        .filter(|value| !value.is_empty());
    values.for_each(|value| *counts.entry(value).or_default() += 1);
    let mut ranked: Vec<(String, usize)> = counts.into_iter().collect();
    ranked.sort_by_key(|(_, count)| Reverse(*count));
    ranked
        .into_iter()
        .take(STATUSES_MAX)
        .map(|(value, _)| value)
        .collect()
}

fn most_voted(texts: &Texts, layer: &Layer, rows: &[usize]) -> Markup {
    let mut ranked: Vec<(f64, usize)> = rows
        .iter()
        .map(|row| (votes_of(layer, *row), *row))
        .collect();
    ranked.sort_by(|(a, first), (b, second)| b.total_cmp(a).then(first.cmp(second)));
    ranked.truncate(NAMED_MAX);
    let title = |row: usize| {
        let own = layer
            .column(TITLE)
            .map(|titles| titles.value(row).display());
        let named = own.filter(|title| !title.trim().is_empty());
        shortened(
            &named.unwrap_or_else(|| texts.untitled.to_owned()),
            TITLE_CHARS_MAX,
        )
    };
    html! {
        h3 { (texts.most_voted) }
        table.voted {
            thead {
                tr {
                    th scope="col" { (texts.demand_word) }
                    th scope="col" { (texts.theme) }
                    th scope="col" { (texts.status_word) }
                    th scope="col" { (texts.stage_word) }
                    th scope="col" { (texts.votes_word) }
                }
            }
            tbody {
                @for (votes, row) in ranked {
                    tr {
                        th scope="row" { (title(row)) }
                        td { (texts.theme_name(&cell(layer, THEME, row))) }
                        td { (texts.status(&cell(layer, STATUS, row))) }
                        td { (texts.stage(&cell(layer, STAGE, row))) }
                        td { (texts.number(votes)) }
                    }
                }
            }
        }
    }
}
