//! What was asked: how far demands came, and what comes first.

use comarca_engine::cycle::{DemandPriority, Stage, Standing, ThemePriority};
use maud::{Markup, html};

use super::{PlanInput, bars};

/// How many themes and demands are named.
const THEMES_MAX: usize = 12;
const DEMANDS_MAX: usize = 20;

pub(super) fn section(input: &PlanInput<'_>) -> Markup {
    let (texts, own) = (input.texts(), input.own_texts());
    let total = input.funnel.all.total();
    html! {
        section.asked {
            h2 { (own.asked) }
            @if total.demands == 0 {
                p.missing { (texts.no_demands) }
            } @else {
                p {
                    strong { (input.count(total.demands)) } " "
                    (if total.demands == 1 { texts.demand_word } else { texts.demands_word })
                    " (" (own.counted_once) "), "
                    strong { (input.count(total.votes)) } " "
                    (if total.votes == 1 { texts.vote_word } else { texts.votes_word })
                }
                (funnel(input))
                (priorities(input))
            }
        }
    }
}

/// Demands that came at least to each stage, and what names them again beside.
fn funnel(input: &PlanInput<'_>) -> Markup {
    let (texts, own, counts) = (input.texts(), input.own_texts(), &input.funnel.all);
    let all = counts.total().demands;
    let again = |stage| counts.mentions(stage).demands;
    let named_again = Stage::ALL.into_iter().any(|stage| again(stage) > 0);
    html! {
        h3 { (own.reached) }
        table.funnel {
            tbody {
                @for stage in Stage::ALL {
                    @let reached = counts.reached(stage).demands;
                    tr data-stage=(stage.name()) {
                        th scope="row" { (texts.stage(stage.name())) }
                        td { (input.count(reached)) }
                        td.bar { (bars::single(reached, all)) }
                        td {
                            @if named_again {
                                small {
                                    (own.named_again) ": " (input.count(again(stage))) " ("
                                    (input.count(counts.mentions(stage).votes)) " " (texts.votes_word) ")"
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn priorities(input: &PlanInput<'_>) -> Markup {
    let (own, plan) = (input.own_texts(), input.plan);
    html! {
        h3 { (own.priorities) }
        @if plan.demands.is_empty() {
            p.missing { (own.nothing_waits) }
        } @else {
            (bars::legend(input))
            (themes(input))
            (demands(input))
            @if plan.demands.len() > DEMANDS_MAX {
                p.note { "+ " (input.texts().count(plan.demands.len() - DEMANDS_MAX)) " " (own.more_demands) }
            }
        }
    }
}

fn themes(input: &PlanInput<'_>) -> Markup {
    let (texts, own) = (input.texts(), input.own_texts());
    let highest = highest(input.plan.themes.iter().map(|theme| &theme.standing));
    let row = |priority: &ThemePriority<'_>| {
        html! {
            tr data-theme=(input.theme(priority.theme)) {
                td { (rank(&priority.standing)) }
                th scope="row" { (input.theme(priority.theme)) }
                td.number { (input.count(priority.demands)) }
                td.number { (input.count(priority.votes)) }
                (scored(input, &priority.standing, highest))
            }
        }
    };
    html! {
        table.priorities.of-themes {
            thead {
                tr {
                    th scope="col" { (own.place) }
                    th scope="col" { (texts.theme) }
                    th.number scope="col" { (texts.demands_word) }
                    th.number scope="col" { (texts.votes_word) }
                    (scored_head(input))
                }
            }
            tbody { @for priority in input.plan.themes.iter().take(THEMES_MAX) { (row(priority)) } }
        }
    }
}

fn demands(input: &PlanInput<'_>) -> Markup {
    let (texts, own) = (input.texts(), input.own_texts());
    let highest = highest(input.plan.demands.iter().map(|demand| &demand.standing));
    let row = |priority: &DemandPriority| {
        let (demand, record) = (
            &input.cycle.demands()[priority.demand],
            input.cycle.record(priority.demand),
        );
        html! {
            tr {
                td { (rank(&priority.standing)) }
                th scope="row" { (input.titled(record.title)) }
                td { (input.theme(record.theme)) }
                td { (texts.stage(demand.stage.name())) }
                td { (texts.status(demand.status.name())) }
                td.number { (input.count(demand.votes)) }
                (scored(input, &priority.standing, highest))
            }
        }
    };
    html! {
        table.priorities.of-demands {
            thead {
                tr {
                    th scope="col" { (own.place) }
                    th scope="col" { (texts.demand_word) }
                    th scope="col" { (texts.theme) }
                    th scope="col" { (texts.stage_word) }
                    th scope="col" { (texts.status_word) }
                    th.number scope="col" { (texts.votes_word) }
                    (scored_head(input))
                }
            }
            tbody { @for priority in input.plan.demands.iter().take(DEMANDS_MAX) { (row(priority)) } }
        }
    }
}

fn highest<'s>(standings: impl Iterator<Item = &'s Standing>) -> f64 {
    standings.filter_map(|own| own.score).fold(0.0, f64::max)
}

fn rank(standing: &Standing) -> String {
    standing
        .rank
        .map_or_else(|| "–".to_owned(), |rank| rank.to_string())
}

fn scored_head(input: &PlanInput<'_>) -> Markup {
    let own = input.own_texts();
    html! {
        th scope="col" colspan="2" { (own.weight) }
        th.number scope="col" { (own.band) }
    }
}

/// The score as a number and as a bar, and the ranks it has under other weights.
fn scored(input: &PlanInput<'_>, standing: &Standing, highest: f64) -> Markup {
    let texts = input.texts();
    html! {
        td.number { @match standing.score { Some(score) => (texts.number(score)), None => "–" } }
        td.bar { (bars::stacked(&standing.contributions, highest)) }
        td.number {
            @match &standing.band {
                Some(band) if band.best == band.worst => (texts.count(band.best)),
                Some(band) => { (texts.count(band.best)) "–" (texts.count(band.worst)) }
                None => "–",
            }
        }
    }
}
