//! What was decided and what was done: projects, and what was rejected.

use comarca_engine::cycle::{Project, Status};
use maud::{Markup, html};

use super::{PlanInput, word};

/// How many projects and rejected demands are named.
const PROJECTS_MAX: usize = 40;
const REJECTED_MAX: usize = 12;

/// Projects that are not done yet, the furthest first, and what was rejected.
pub(super) fn section(input: &PlanInput<'_>) -> Markup {
    let own = input.own_texts();
    let mut waiting = with(input, |status| status != Status::Done);
    waiting.sort_by_key(|project| std::cmp::Reverse(project.status));
    html! {
        section.decided {
            h2 { (own.decided) }
            @if waiting.is_empty() { p.missing { (own.nothing_decided) } } @else { (table(input, &waiting)) }
            (rejected(input))
        }
    }
}

pub(super) fn done(input: &PlanInput<'_>) -> Markup {
    let own = input.own_texts();
    let done = with(input, |status| status == Status::Done);
    html! {
        section.done {
            h2 { (own.done) }
            @if done.is_empty() { p.missing { (own.nothing_done) } } @else { (table(input, &done)) }
        }
    }
}

fn with<'a>(input: &PlanInput<'a>, wanted: impl Fn(Status) -> bool) -> Vec<&'a Project<'a>> {
    let projects = input.plan.projects.iter();
    projects.filter(|project| wanted(project.status)).collect()
}

fn table(input: &PlanInput<'_>, projects: &[&Project<'_>]) -> Markup {
    let (texts, own) = (input.texts(), input.own_texts());
    html! {
        table.projects {
            thead {
                tr {
                    th scope="col" { (own.project) }
                    th scope="col" { (own.code) }
                    th scope="col" { (texts.theme) }
                    th scope="col" { (texts.status_word) }
                    th.number scope="col" { (own.cost) }
                    th.number scope="col" { (own.beneficiaries) }
                    th scope="col" { (own.funding) }
                }
            }
            tbody {
                @for project in projects.iter().take(PROJECTS_MAX) {
                    tr data-status=(project.status.name()) {
                        th scope="row" { (input.titled(project.title)) }
                        td.code { (word(project.code)) }
                        td { (input.theme(project.theme)) }
                        td { (texts.status(project.status.name())) }
                        td.number { (input.pesos(project.cost)) }
                        td.number { (input.amount("", project.beneficiaries)) }
                        td { (word(project.funding)) }
                    }
                }
            }
        }
        @if projects.len() > PROJECTS_MAX {
            p.note { "+ " (texts.count(projects.len() - PROJECTS_MAX)) " " (own.more_projects) }
        }
    }
}

/// Demands that will not be met, those with the most votes.
fn rejected(input: &PlanInput<'_>) -> Markup {
    let (own, cycle) = (input.own_texts(), input.cycle);
    let is_within = |demand: &usize| {
        let home = cycle
            .hierarchy()
            .home(cycle.record(*demand).place, input.plan.level);
        cycle.demands()[*demand].status == Status::Rejected && home == Some(input.plan.row)
    };
    let mut rejected: Vec<usize> = (0..cycle.demands().len()).filter(is_within).collect();
    rejected.sort_by_key(|&demand| {
        (
            std::cmp::Reverse(cycle.demands()[demand].votes),
            cycle.record(demand).id,
        )
    });
    html! {
        @if !rejected.is_empty() {
            h3 { (own.rejected) " (" (input.texts().count(rejected.len())) ")" }
            ul.rejected {
                @for &demand in rejected.iter().take(REJECTED_MAX) {
                    li {
                        (input.titled(cycle.record(demand).title)) " "
                        small { (input.theme(cycle.record(demand).theme)) }
                    }
                }
                @if rejected.len() > REJECTED_MAX { li { "…" } }
            }
        }
    }
}
