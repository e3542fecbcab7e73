//! Name, place in the hierarchy, date, size.

use maud::{Markup, html};

use crate::subject::{Place, Subject, shortened};

/// Most parts that are named one by one.
const PARTS_NAMED_MAX: usize = 12;

pub(crate) fn title(subject: &Subject<'_>) -> Markup {
    let (report, texts) = (subject.report, subject.texts());
    let mut path = subject.ancestors();
    path.reverse();
    html! {
        header {
            p.kicker {
                span { (texts.sheet) " · " (shortened(subject.territory().name(), 80)) }
                @if let Some(date) = report.dated() {
                    time datetime=(date.to_string()) { (texts.data_of(date)) }
                }
            }
            h1 { (subject.name()) }
            @if !subject.is_whole() {
                nav aria-label=(texts.hierarchy) {
                    ol {
                        @for place in path {
                            li { (level_of(subject, place)) (report.named(place)) }
                        }
                        li aria-current="page" { (level_of(subject, subject.place)) strong { (subject.name()) } }
                    }
                }
            }
        }
    }
}

/// The title of a place's level; the whole is a level of its own and needs none.
fn level_of(subject: &Subject<'_>, place: Place) -> Markup {
    let report = subject.report;
    html! {
        @if place != report.whole() {
            span.level { (report.level_title(place.level)) ": " }
        }
    }
}

/// Code, area, outline, parts.
pub(crate) fn facts(subject: &Subject<'_>) -> Markup {
    let (texts, level, row) = (subject.texts(), subject.level(), subject.place.row);
    let hectares = texts.number(level.area_m2(row) / 10_000.0);
    html! {
        dl.facts {
            @if !subject.is_whole() {
                div { dt { (texts.key) } dd { (shortened(subject.key(), 60)) } }
            }
            div { dt { (texts.area) } dd { (hectares) " ha" } }
            div { dt { (texts.perimeter) } dd { (texts.number(level.perimeter_m(row) / 1000.0)) " km" } }
            (parts(subject))
        }
    }
}

fn parts(subject: &Subject<'_>) -> Markup {
    let children = subject.children();
    let Some(level) = subject.level_below().filter(|_| !children.is_empty()) else {
        return html! {};
    };
    let (report, texts) = (subject.report, subject.texts());
    let places: Vec<Place> = children
        .iter()
        .map(|row| Place { level, row: *row })
        .collect();
    let names = report.short_names(&places);
    html! {
        div.parts {
            dt { (report.level_title(level)) " (" (texts.count(children.len())) ")" }
            dd {
                @for (position, (place, name)) in places.iter().zip(&names).take(PARTS_NAMED_MAX).enumerate() {
                    @if position > 0 { ", " }
                    (report.linked(*place, name))
                }
                @if children.len() > PARTS_NAMED_MAX { " …" }
            }
        }
    }
}
