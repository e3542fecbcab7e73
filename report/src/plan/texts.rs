//! The words of a plan that a sheet does not have.

use crate::Language;

/// The words of one language.
#[derive(Debug)]
pub(super) struct PlanTexts {
    pub(super) plan: &'static str,

    pub(super) asked: &'static str,
    pub(super) counted_once: &'static str,
    pub(super) named_again: &'static str,
    pub(super) reached: &'static str,
    pub(super) priorities: &'static str,
    pub(super) place: &'static str,
    pub(super) weight: &'static str,
    pub(super) band: &'static str,
    pub(super) nothing_waits: &'static str,
    pub(super) more_demands: &'static str,

    pub(super) decided: &'static str,
    pub(super) nothing_decided: &'static str,
    pub(super) project: &'static str,
    pub(super) code: &'static str,
    pub(super) cost: &'static str,
    pub(super) beneficiaries: &'static str,
    pub(super) funding: &'static str,
    pub(super) more_projects: &'static str,
    pub(super) rejected: &'static str,

    pub(super) done: &'static str,
    pub(super) nothing_done: &'static str,

    pub(super) totals: &'static str,
    pub(super) total: &'static str,
    pub(super) with_cost: &'static str,
    pub(super) by_status: &'static str,
    pub(super) by_funding: &'static str,
    pub(super) by_theme: &'static str,
    pub(super) other_sources: &'static str,
    pub(super) no_source: &'static str,

    pub(super) meetings: &'static str,
    pub(super) level: &'static str,
    pub(super) wanted: &'static str,
    pub(super) held: &'static str,
    pub(super) planned: &'static str,
    pub(super) overdue: &'static str,
    pub(super) lacking: &'static str,
    pub(super) next: &'static str,
    pub(super) attendance: &'static str,
    pub(super) per_1000: &'static str,

    pub(super) method_note: &'static str,
}

pub(super) fn of(language: Language) -> &'static PlanTexts {
    match language {
        Language::Es => &ES,
        Language::En => &EN,
    }
}

const ES: PlanTexts = PlanTexts {
    plan: "Plan participativo",

    asked: "Qué se pidió",
    counted_once: "cada una contada una vez",
    named_again: "Vueltas a nombrar en otra instancia",
    reached: "Hasta dónde llegaron",
    priorities: "Prioridades",
    place: "lugar",
    weight: "puntaje",
    band: "rango probable",
    nothing_waits: "Ninguna demanda espera respuesta en este territorio.",
    more_demands: "demandas más, de menor prioridad",

    decided: "Qué se decidió",
    nothing_decided: "Todavía no hay proyectos decididos.",
    project: "proyecto",
    code: "código",
    cost: "costo",
    beneficiaries: "personas beneficiadas",
    funding: "financiamiento",
    more_projects: "proyectos más",
    rejected: "Rechazadas",

    done: "Qué se hizo",
    nothing_done: "Todavía no hay demandas cumplidas.",

    totals: "Totales",
    total: "total",
    with_cost: "con costo",
    by_status: "Por estado",
    by_funding: "Proyectos por fuente de financiamiento",
    by_theme: "Proyectos por tema",
    other_sources: "otras",
    no_source: "sin fuente",

    meetings: "Asambleas",
    level: "nivel",
    wanted: "previstas",
    held: "realizadas",
    planned: "con fecha",
    overdue: "vencidas sin acta",
    lacking: "faltan",
    next: "próxima",
    attendance: "asistencias",
    per_1000: "por 1.000 hab.",

    method_note: "El puntaje de una demanda es la suma de lo que aporta cada criterio, llevado a una escala común entre las \
                  demandas del territorio que no están cumplidas ni rechazadas; el de un tema, la suma de los de sus demandas. \
                  El rango probable dice entre qué lugares queda en nueve de cada diez combinaciones de pesos tomadas al azar. \
                  Una demanda nombrada en varias instancias se cuenta una vez, con los votos de la primera; a quien votó o \
                  asistió dos veces se le cuenta dos veces. Los totales de las partes suman el del territorio; las personas \
                  beneficiadas por dos proyectos se cuentan en ambos.",
};

const EN: PlanTexts = PlanTexts {
    plan: "Participatory plan",

    asked: "What was asked",
    counted_once: "each counted once",
    named_again: "Named again at another stage",
    reached: "How far they came",
    priorities: "Priorities",
    place: "rank",
    weight: "score",
    band: "probable range",
    nothing_waits: "No demand waits for an answer in this territory.",
    more_demands: "more demands of lower priority",

    decided: "What was decided",
    nothing_decided: "No project has been decided yet.",
    project: "project",
    code: "code",
    cost: "cost",
    beneficiaries: "persons served",
    funding: "funding",
    more_projects: "more projects",
    rejected: "Rejected",

    done: "What was done",
    nothing_done: "No demand has been met yet.",

    totals: "Totals",
    total: "total",
    with_cost: "with a cost",
    by_status: "By status",
    by_funding: "Projects by source of funding",
    by_theme: "Projects by theme",
    other_sources: "others",
    no_source: "no source",

    meetings: "Assemblies",
    level: "level",
    wanted: "wanted",
    held: "held",
    planned: "with a date",
    overdue: "past, no record",
    lacking: "lacking",
    next: "next",
    attendance: "attendances",
    per_1000: "per 1,000 inh.",

    method_note: "The score of a demand is the sum of what each criterion gives, on a scale that the territory’s demands share \
                  which are neither done nor rejected; that of a theme is the sum of the scores of its demands. The probable \
                  range says between which ranks it stands in nine of ten combinations of weights drawn at random. A demand \
                  named at several stages counts once, with the votes of the first; who voted or came twice counts twice. \
                  The totals of the parts add up to that of the territory; persons served by two projects count in both.",
};
