//! The page that lists the sheets.

use maud::{Markup, html};

use crate::page::document;
use crate::{Place, Report};

pub(crate) fn page(report: &Report<'_>, levels: &[usize]) -> Markup {
    let texts = report.language.texts();
    let name = report.name(report.whole());
    let known = levels
        .iter()
        .copied()
        .filter(|level| *level < report.territory.levels().len());
    let body = html! {
        header {
            p.kicker {
                span { (texts.sheets) }
                @if let Some(date) = report.dated() { time datetime=(date.to_string()) { (texts.data_of(date)) } }
            }
            h1 { (name) }
        }
        @for level in known {
            section.index {
                h2 { (report.level_title(level)) " (" (texts.count(report.territory.levels()[level].len())) ")" }
                @for (parent, places) in by_parent(report, level) {
                    @if let Some(parent) = parent { h3 { (report.name(parent)) } }
                    ul { @for place in places { li { (report.named(place)) } } }
                }
            }
        }
    };
    document(report, texts.sheets, &body)
}

/// The territories of a level under the names of their parents, where these are more than one.
fn by_parent(report: &Report<'_>, level: usize) -> Vec<(Option<Place>, Vec<Place>)> {
    let rows = 0..report.territory.levels()[level].len();
    let mut places: Vec<(Option<Place>, Place)> = rows
        .map(|row| Place { level, row })
        .map(|place| (report.parent(place), place))
        .collect();
    places.sort_by_key(|(parent, place)| (parent.map(|parent| parent.row), place.row));
    let groups = places.chunk_by(|(a, _), (b, _)| a == b);
    let named = |parent: Option<Place>| parent.filter(|parent| *parent != report.whole());
    groups
        .map(|group| {
            (
                named(group[0].0),
                group.iter().map(|(_, place)| *place).collect(),
            )
        })
        .collect()
}
