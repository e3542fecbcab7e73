//! How each figure comes about, and where the data come from.

use comarca_engine::indicator::Indicator;
use comarca_engine::{Level, Source};
use maud::{Markup, html};

use crate::figure;
use crate::subject::{Subject, shortened};

/// Most sources that are named, and the longest name of one in characters.
const SOURCES_MAX: usize = 60;
const PLACE_CHARS_MAX: usize = 160;

pub(crate) fn section(subject: &Subject<'_>) -> Markup {
    let (report, texts) = (subject.report, subject.texts());
    html! {
        section.method {
            @if report.territory.indicators().next().is_some() {
                h2 { (texts.method) }
                ul {
                    @for indicator in report.territory.indicators() { (formula(subject, indicator)) }
                }
                p.note { (texts.method_note) " " (shortened(report.territory.crs(), 60)) "." }
            }
            @let sources = report.territory.sources();
            @if !sources.is_empty() {
                h2 { (texts.sources) }
                ul {
                    @for source in sources.iter().take(SOURCES_MAX) {
                        li { (origin(subject, source)) }
                    }
                    @if sources.len() > SOURCES_MAX { li { "…" } }
                }
            }
        }
    }
}

/// `Manzanas: 2017, INE, census/blocks.shp (2026-08-01)`.
fn origin(subject: &Subject<'_>, source: &Source) -> Markup {
    let told = [&source.date, &source.attribution, &source.licence];
    let told = told.into_iter().flatten().chain([&source.location]);
    let told: Vec<String> = told.map(|text| shortened(text, PLACE_CHARS_MAX)).collect();
    html! {
        b { (subject.report.title(&source.title, &source.id)) } ": " (told.join(", "))
        @if let Some(day) = &source.changed { " (" (shortened(day, PLACE_CHARS_MAX)) ")" }
    }
}

fn formula(subject: &Subject<'_>, indicator: &Indicator) -> Markup {
    let (report, texts) = (subject.report, subject.texts());
    let inputs: Vec<String> = indicator
        .inputs()
        .iter()
        .map(|id| title(subject, id))
        .collect();
    html! {
        li {
            b { (report.title(&indicator.title, &indicator.id)) } ": " (texts.operation(indicator.op()))
            @if !inputs.is_empty() { " (" (shortened(&inputs.join(", "), 200)) ")" }
            @if let Some(standard) = &indicator.standard {
                ". " (texts.standard) ": " (figure::rule(texts, standard, &indicator.unit))
                ", " (shortened(&standard.source, 100))
            }
            ". " span.formula { (shortened(&indicator.formula(), 200)) }
        }
    }
}

/// The title of a layer, level or indicator; the id of what is none of them.
fn title(subject: &Subject<'_>, id: &str) -> String {
    let (report, territory) = (subject.report, subject.territory());
    let layer = territory.layer(id).map(|layer| layer.title());
    let level = || territory.level(id).map(Level::title);
    let indicator = || {
        territory
            .indicator(id)
            .ok()
            .map(|view| &view.indicator().title)
    };
    match layer.or_else(level).or_else(indicator) {
        Some(title) => report.title(title, id),
        None => shortened(id, PLACE_CHARS_MAX),
    }
}
