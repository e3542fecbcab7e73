//! All indicators: value, standard, peers, rank.

use comarca_engine::indicator::{Indicator, LevelView, RollUp};
use maud::{Markup, html};

use crate::figure::{self, finite};
use crate::strip::{self, Peers};
use crate::subject::{Subject, shortened};
use crate::{bar, texts::Texts};

/// The table; nothing where the project has no indicators.
pub(crate) fn section(subject: &Subject<'_>) -> Markup {
    let texts = subject.texts();
    let peers_title = subject.report.level_title(strip::level(subject).0);
    let parent = subject.parent().map(|parent| subject.report.name(parent));
    let rows: Vec<Markup> = subject
        .indicators()
        .map(|(one, view)| row(subject, one, &view))
        .collect();
    if rows.is_empty() {
        return html! {};
    }
    html! {
        section.indicators {
            h2 { (texts.indicators) }
            (strip::legend(subject))
            table {
                thead {
                    tr {
                        th scope="col" { (texts.indicator) }
                        th scope="col" { (texts.value) @if let Some(parent) = parent { br; small { "% " (texts.of) " " (parent) } } }
                        th scope="col" { (texts.against_standard) }
                        th scope="col" { (texts.among) " " (peers_title) }
                        th scope="col" { (texts.rank) br; small { (texts.rank_direction) } }
                    }
                }
                tbody { @for row in rows { (row) } }
            }
        }
    }
}

fn row(subject: &Subject<'_>, indicator: &Indicator, view: &LevelView<'_>) -> Markup {
    let texts = subject.texts();
    let peers = Peers::of(subject, indicator);
    let peers = peers.as_ref();
    html! {
        tr data-indicator=(indicator.id) {
            th scope="row" {
                (subject.report.title(&indicator.title, &indicator.id))
                @if let Some(code) = &indicator.code { " " span.code { (shortened(code, 30)) } }
            }
            td.value {
                (figure::value(texts, indicator, view, subject.place.row))
                @if let Some(share) = share(subject, indicator, view) { small { " · " (share) } }
            }
            td.standard { (standard(texts, indicator, view, subject.place.row)) }
            td.peers { @if let Some(strip) = peers.and_then(|peers| strip::strip(subject, indicator, peers)) { (strip) } }
            td.ranked {
                @match peers.and_then(|peers| strip::rank(subject, peers)) {
                    Some(rank) => (rank),
                    None => span.missing { "–" },
                }
            }
        }
    }
}

fn standard(texts: &Texts, indicator: &Indicator, view: &LevelView<'_>, row: usize) -> Markup {
    let Some(standard) = &indicator.standard else {
        return html! { span.missing { "–" } };
    };
    let value = finite(view.values()[row]);
    html! {
        @if let Some(value) = value { (bar::against(standard, value)) }
        p {
            @if let Some(passes) = view.passes(row) { (figure::verdict(texts, passes)) " · " }
            span title=(shortened(&standard.source, 100)) { (figure::rule(texts, standard, "")) }
            @if let Some(gap) = value.and_then(|value| figure::gap(standard, value)) {
                " · " (texts.gap) "\u{a0}" (texts.number(gap))
            }
        }
    }
}

/// What part of its parent's sum a territory has.
fn share(subject: &Subject<'_>, indicator: &Indicator, view: &LevelView<'_>) -> Option<String> {
    let parent = subject.parent()?;
    let of_parent = subject.report.view(indicator, parent.level)?;
    let (own, whole) = (
        view.values()[subject.place.row]?,
        of_parent.values()[parent.row]?,
    );
    let adds_up = indicator.operation.roll_up() == RollUp::Sum && own >= 0.0 && whole > 0.0;
    adds_up.then(|| subject.texts().per_cent(own / whole))
}

/// How many standards are kept, and which are not.
pub(crate) fn summary(subject: &Subject<'_>) -> Markup {
    let row = subject.place.row;
    let judged: Vec<(&Indicator, bool)> = subject
        .indicators()
        .filter_map(|(one, view)| Some((one, view.passes(row)?)))
        .collect();
    if judged.is_empty() {
        return html! {};
    }
    let texts = subject.texts();
    let kept = judged.iter().filter(|(_, passes)| *passes).count();
    html! {
        section.summary {
            h2 { (texts.standards_kept) ": " (texts.count(kept)) " " (texts.of) " " (texts.count(judged.len())) }
            ul {
                @for (indicator, passes) in judged {
                    li {
                        (figure::verdict(texts, passes)) " · "
                        (subject.report.title(&indicator.title, &indicator.id))
                    }
                }
            }
        }
    }
}
