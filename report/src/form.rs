//! What an investment form of the Chilean SNI asks for: area of influence, population, demand, supply, deficit, coverage.

use comarca_engine::indicator::{Figure, Indicator, LevelView};
use maud::{Markup, html};

use crate::figure::{self, finite};
use crate::subject::Subject;

/// Units of an indicator that counts people.
const PEOPLE: [&str; 6] = [
    "persons",
    "people",
    "inhabitants",
    "personas",
    "habitantes",
    "hab",
];

pub(crate) fn section(subject: &Subject<'_>) -> Markup {
    let (texts, row) = (subject.texts(), subject.place.row);
    let of = |op: &str| {
        subject
            .indicators()
            .filter(|(one, _)| one.op() == op)
            .collect::<Vec<_>>()
    };
    let (coverages, deficits) = (of("coverage"), of("deficit"));
    let mut sums = subject.indicators().filter(|(one, _)| one.op() == "sum");
    let population = sums.find(|(one, _)| PEOPLE.contains(&one.unit.as_str()));
    if coverages.is_empty() && deficits.is_empty() && population.is_none() {
        return html! {};
    }
    html! {
        section.form {
            h2 { (texts.form) }
            dl.facts {
                div {
                    dt { (texts.area_of_influence) }
                    dd {
                        (subject.name()) ", "
                        (texts.number(subject.level().area_m2(row) / 10_000.0)) " ha"
                    }
                }
                @if let Some((indicator, view)) = &population {
                    div {
                        dt { (subject.report.title(&indicator.title, &indicator.id)) }
                        dd { (figure::value(texts, indicator, view, row)) }
                    }
                }
            }
            @if !(coverages.is_empty() && deficits.is_empty()) {
                table {
                    thead {
                        tr {
                            th scope="col" { (texts.need) }
                            th scope="col" { (texts.demand) }
                            th scope="col" { (texts.supply) }
                            th scope="col" { (texts.deficit) }
                            th scope="col" { (texts.coverage) }
                        }
                    }
                    tbody {
                        @for (indicator, view) in &coverages { (coverage(subject, indicator, view)) }
                        @for (indicator, view) in &deficits { (deficit(subject, indicator, view)) }
                    }
                }
                p.note { (texts.form_note) }
            }
        }
    }
}

/// Who is covered and who is not, from the parts of the share.
fn coverage(subject: &Subject<'_>, indicator: &Indicator, view: &LevelView<'_>) -> Markup {
    let (texts, row) = (subject.texts(), subject.place.row);
    let Figure {
        numerator,
        denominator,
        ..
    } = view.figures()[row];
    let [supply, demand] = [numerator, denominator].map(finite);
    let missing = demand
        .zip(supply)
        .map(|(demand, supply)| (demand - supply).max(0.0));
    html! {
        tr data-need=(indicator.id) {
            th scope="row" { (subject.report.title(&indicator.title, &indicator.id)) }
            @for amount in [demand, supply, missing] {
                td { @match amount { Some(amount) => (texts.number(amount)), None => "–" } }
            }
            td { (figure::value(texts, indicator, view, row)) }
        }
    }
}

/// An indicator that is a deficit by itself.
fn deficit(subject: &Subject<'_>, indicator: &Indicator, view: &LevelView<'_>) -> Markup {
    html! {
        tr data-need=(indicator.id) {
            th scope="row" { (subject.report.title(&indicator.title, &indicator.id)) }
            td { "–" }
            td { "–" }
            td { (figure::value(subject.texts(), indicator, view, subject.place.row)) }
            td { "–" }
        }
    }
}
