//! The page of a plan: what stands on it, whatever the data.

use comarca_engine::composite::Polarity;
use comarca_engine::cycle::{
    AssemblyRecord, Calendar, Coverage, Cycle, DemandRecord, Funnel, Hierarchy, LevelCalendar,
    LevelRows, Plan, Stage, Status, Weighing,
};
use comarca_engine::priority::{Criterion, Normalisation, RandomWeights};
use comarca_report::{Language, PlanInput};

use crate::kit::Page;

const HOSTILE: &str =
    "</style></title><script>alert('1')</script><img src=x onerror=\"alert(2)\">&amp; \u{202e}";

fn hierarchy() -> Hierarchy<'static> {
    let districts = LevelRows {
        id: "districts",
        keys: &["a", "b"],
        parents: &[],
    };
    Hierarchy::new(&[districts]).unwrap()
}

fn record<'a>(id: &'a str, title: &'a str, votes: u64, status: Status) -> DemandRecord<'a> {
    DemandRecord {
        id,
        theme: "green",
        title,
        votes,
        stage: Stage::Raised,
        status,
        place: 0,
        assembly: Some("assembly 7"),
        same_as: None,
        cost: None,
        beneficiaries: None,
        funding: None,
        project: None,
    }
}

fn plan<'a>(cycle: &Cycle<'a>, level: usize) -> Plan<'a> {
    let votes = cycle.votes();
    let criterion = Criterion {
        values: &votes,
        polarity: Polarity::HigherIsBetter,
        weight: 1.0,
        bounds: None,
    };
    let weighing = Weighing {
        criteria: &[criterion],
        normalisation: Normalisation::MinMax,
        random: Some(RandomWeights {
            draws: 100,
            seed: 1,
            spread: 1.0,
        }),
    };
    cycle.plan(level, 0, weighing).unwrap()
}

/// The page of the first district, or of the whole.
fn page(
    cycle: &Cycle<'_>,
    language: Language,
    level: usize,
    text: &str,
    meetings: &[(&str, Coverage<'_>)],
) -> String {
    let (plan, funnel) = (plan(cycle, level), Funnel::new(cycle));
    let input = PlanInput {
        language,
        whole: text,
        level: text,
        name: text,
        date: "2026-11-22".parse().ok(),
        cycle,
        plan: &plan,
        criteria: &[text],
        funnel: &funnel.levels[level][0],
        meetings,
    };
    input.page()
}

#[test]
fn a_plan_says_what_was_asked_decided_and_done() {
    let hierarchy = hierarchy();
    let records = [
        record("1", "Una plaza", 40, Status::Open),
        record("2", "Un consultorio", 30, Status::Open),
        DemandRecord {
            cost: Some(1_250_000_000),
            beneficiaries: Some(3_400),
            funding: Some("FNDR"),
            project: Some("40012345-0"),
            theme: "health",
            ..record("3", "Luminarias", 20, Status::Funded)
        },
        DemandRecord {
            cost: Some(5_000_000),
            ..record("4", "Un paradero", 7, Status::Done)
        },
        record("5", "Un aeropuerto", 1, Status::Rejected),
        DemandRecord {
            same_as: Some("1"),
            stage: Stage::Sector,
            ..record("6", "La plaza, otra vez", 90, Status::Open)
        },
    ];
    let cycle = Cycle::new(&hierarchy, &records).unwrap();
    let assembly = AssemblyRecord {
        id: "x",
        level: "districts",
        key: "a",
        date: "2026-12-24",
        attendance: None,
    };
    let level = LevelCalendar {
        wanted: 2,
        population: &[],
    };
    let calendar = Calendar::new(&hierarchy, &[level; 2], &[assembly], "2026-11-22").unwrap();
    let meetings = [("Barrios", calendar.levels[0][0])];
    let html = page(&cycle, Language::Es, 0, "Barrio Uno", &meetings);
    let page = Page::parse(&html);
    let rows = |class: &str| {
        let table = page.with("class", class).remove(0);
        table
            .inside("tr")
            .into_iter()
            .map(|row| row.text)
            .collect::<Vec<_>>()
    };
    let demands = rows("priorities of-demands");
    assert!(
        demands[1].starts_with("1Una plazaÁreas verdesasamblea de sectorabierta40"),
        "{}",
        demands[1]
    );
    assert!(demands[3].starts_with("3LuminariasSalud"), "{}", demands[3]);
    assert_eq!(demands.len(), 4, "what is done or rejected is no priority");
    let projects = page.with("data-status", "funded");
    let text = &projects[0].text;
    assert!(
        text.contains("40012345-0")
            && text.contains("$\u{a0}1.250.000.000")
            && text.contains("3.400"),
        "{text}"
    );
    assert_eq!(page.with("data-status", "done").len(), 1);
    let raised = &page.with("data-stage", "raised")[0].text;
    assert!(raised.starts_with("asamblea de barrio5"), "{raised}");
    let sector = &page.with("data-stage", "sector")[0].text;
    assert!(sector.contains("otra instancia: 1 (90 votos)"), "{sector}");
    let all = page.text();
    for words in [
        "Un aeropuerto",
        "al 22 de noviembre de 2026",
        "2026-12-24",
        "5 demandas",
    ] {
        assert!(all.contains(words), "{words}");
    }
    assert!(
        !all.contains("otra vez"),
        "a demand named again is not listed twice"
    );
    assert!(!html.contains("assembly 7"));
    assert!(page.named("a").is_empty() && page.named("script").is_empty());
}

#[test]
fn no_text_of_a_plan_becomes_an_element_or_an_attribute() {
    let hierarchy = hierarchy();
    let of = |id, status| DemandRecord {
        theme: HOSTILE,
        funding: Some(HOSTILE),
        project: Some(HOSTILE),
        ..record(id, HOSTILE, 3, status)
    };
    let records = [
        of("1", Status::Open),
        of("2", Status::Funded),
        of("3", Status::Done),
        of("4", Status::Rejected),
    ];
    let cycle = Cycle::new(&hierarchy, &records).unwrap();
    for language in Language::ALL {
        for level in [0, 1] {
            let html = page(
                &cycle,
                language,
                level,
                HOSTILE,
                &[(HOSTILE, Coverage::default())],
            );
            let page = Page::parse(&html);
            assert!(page.named("script").is_empty() && page.named("img").is_empty());
            assert_eq!(
                (page.named("style").len(), page.named("title").len()),
                (1, 1)
            );
            for element in page.elements() {
                let attributes = &element.attributes;
                assert!(
                    attributes.keys().all(|name| !name.starts_with("on")),
                    "{element:?}"
                );
            }
            assert!(
                page.text().contains("<script>alert('1')"),
                "it is shown as it is"
            );
        }
    }
}

#[test]
fn a_territory_where_nothing_was_asked_has_a_plan_that_says_so() {
    let hierarchy = hierarchy();
    let cycle = Cycle::new(&hierarchy, &[]).unwrap();
    for (language, words) in [
        (Language::Es, "No hay demandas registradas"),
        (Language::En, "No project has been decided yet."),
    ] {
        let html = page(&cycle, language, 0, "", &[]);
        let page = Page::parse(&html);
        assert!(page.text().contains(words));
        assert!(page.named("table").is_empty() && page.with("class", "meetings").is_empty());
    }
    let records = [record("1", "  ", 0, Status::Open)];
    let cycle = Cycle::new(&hierarchy, &records).unwrap();
    let html = page(&cycle, Language::En, 0, "Somewhere", &[]);
    assert!(Page::parse(&html).text().contains("(untitled)"));
}

#[test]
fn twenty_thousand_demands_of_a_thousand_themes_are_a_short_plan() {
    let hierarchy = hierarchy();
    let words: Vec<String> = (0..20_000)
        .map(|own| format!("{own:05} {}", "larga ".repeat(40)))
        .collect();
    let records: Vec<DemandRecord<'_>> = words
        .iter()
        .enumerate()
        .map(|(own, word)| DemandRecord {
            theme: &words[own % 1000],
            funding: Some(&words[own % 500]),
            project: Some(word),
            cost: Some(1_000),
            ..record(word, word, own as u64, Status::ALL[own % 6])
        })
        .collect();
    let cycle = Cycle::new(&hierarchy, &records).unwrap();
    let html = page(&cycle, Language::Es, 1, "Ciudad", &[]);
    assert!(html.len() < 120_000, "{}", html.len());
    let page = Page::parse(&html);
    assert_eq!(
        page.with("class", "priorities of-demands")[0]
            .inside("tr")
            .len(),
        21
    );
    assert_eq!(
        page.with("class", "priorities of-themes")[0]
            .inside("tr")
            .len(),
        13
    );
    assert!(page.text().contains("19998 larga"), "most votes first");
}
