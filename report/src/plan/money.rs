//! What it adds up to: by status, by source of funding, by theme.

use comarca_engine::cycle::{Status, Sums};
use maud::{Markup, html};

use super::{PlanInput, word};

/// How many sources and themes have a row of their own.
const ROWS_MAX: usize = 12;

pub(super) fn section(input: &PlanInput<'_>) -> Markup {
    let (texts, own, totals) = (input.texts(), input.own_texts(), &input.plan.totals);
    if totals.by_status.iter().all(|sums| sums.demands == 0) {
        return html! {};
    }
    let by_status = Status::ALL.map(|status| {
        (
            texts.status(status.name()).to_owned(),
            totals.by_status[status as usize],
        )
    });
    let funding = |source: Option<&str>, sums: &Sums| {
        let name = source.map_or_else(|| own.no_source.to_owned(), |source| word(Some(source)));
        (name, *sums)
    };
    let theme = |(theme, sums): (&&str, &Sums)| (input.theme(theme), *sums);
    html! {
        section.totals {
            h2 { (own.totals) }
            (table(input, own.by_status, &by_status, None))
            @if totals.projects.demands > 0 {
                (table(input, own.by_funding, &largest(totals.by_funding.iter().map(|(source, sums)| funding(*source, sums)).collect()), Some(&totals.projects)))
                (table(input, own.by_theme, &largest(totals.by_theme.iter().map(theme).collect()), Some(&totals.projects)))
            }
        }
    }
}

/// Those that cost most first.
fn largest(mut rows: Vec<(String, Sums)>) -> Vec<(String, Sums)> {
    rows.sort_by(|a, b| b.1.cost.cmp(&a.1.cost).then_with(|| a.0.cmp(&b.0)));
    rows
}

/// Rows with what they add up to; what has no row of its own is put together.
fn table(
    input: &PlanInput<'_>,
    title: &str,
    rows: &[(String, Sums)],
    total: Option<&Sums>,
) -> Markup {
    let (texts, own) = (input.texts(), input.own_texts());
    let (named, others) = rows.split_at(rows.len().min(ROWS_MAX));
    // They are parts of a sum that could be written.
    let mut rest = Sums::default();
    let fits = others.iter().all(|(_, sums)| rest.merge(sums).is_ok());
    html! {
        h3 { (title) }
        table.sums {
            thead {
                tr {
                    th scope="col" {}
                    th.number scope="col" { (texts.demands_word) }
                    th.number scope="col" { (texts.votes_word) }
                    th.number scope="col" { (own.with_cost) }
                    th.number scope="col" { (own.cost) }
                    th.number scope="col" { (own.beneficiaries) }
                }
            }
            tbody {
                @for (name, sums) in named { (row(input, name, sums)) }
                @if fits && !others.is_empty() { (row(input, own.other_sources, &rest)) }
            }
            @if let Some(total) = total { tfoot { (row(input, own.total, total)) } }
        }
    }
}

fn row(input: &PlanInput<'_>, name: &str, sums: &Sums) -> Markup {
    html! {
        tr {
            th scope="row" { (name) }
            td.number { (input.count(sums.demands)) }
            td.number { (input.count(sums.votes)) }
            td.number { (input.count(sums.costed)) }
            td.number { (input.pesos(Some(sums.cost))) }
            td.number { (input.amount("", Some(sums.beneficiaries))) }
        }
    }
}
