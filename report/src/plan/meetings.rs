//! The calendar: what was held, what is lacking, how many came.

use comarca_engine::cycle::Coverage;
use maud::{Markup, html};

use super::{PlanInput, shortened};

/// Most levels that are shown.
const LEVELS_MAX: usize = 8;

pub(super) fn section(input: &PlanInput<'_>) -> Markup {
    if input.meetings.is_empty() {
        return html! {};
    }
    let own = input.own_texts();
    html! {
        section.meetings {
            h2 { (own.meetings) }
            table {
                thead {
                    tr {
                        th scope="col" { (own.level) }
                        @for head in [own.wanted, own.held, own.planned, own.overdue, own.lacking] {
                            th.number scope="col" { (head) }
                        }
                        th scope="col" { (own.next) }
                        @for head in [own.attendance, own.per_1000] { th.number scope="col" { (head) } }
                    }
                }
                tbody { @for (level, coverage) in input.meetings.iter().take(LEVELS_MAX) { (row(input, level, coverage)) } }
            }
        }
    }
}

fn row(input: &PlanInput<'_>, level: &str, own: &Coverage<'_>) -> Markup {
    let texts = input.texts();
    html! {
        tr {
            th scope="row" { (shortened(level, super::WORD_CHARS_MAX)) }
            @for count in [own.wanted, own.held, own.planned, own.overdue, own.lacking] {
                td.number { (input.count(count)) }
            }
            td { (own.next.unwrap_or("–")) }
            td.number { (input.count(own.attendance)) }
            td.number { @match own.per_1000 { Some(rate) => (texts.number(rate)), None => "–" } }
        }
    }
}
