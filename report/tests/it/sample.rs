//! Sheets of the bundled sample: every level, both languages.

use std::path::Path;
use std::sync::OnceLock;

use comarca_engine::{Source, Territory, Title};
use comarca_loaders::Project;
use comarca_report::{Language, Place, Report};

use crate::kit::{Element, Page, report};

fn load() -> Territory {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/comarca.toml");
    Project::open(file).unwrap().load().unwrap().0
}

fn sample() -> &'static Territory {
    static SAMPLE: OnceLock<Territory> = OnceLock::new();
    SAMPLE.get_or_init(load)
}

/// The first, a middle and the last territory of every level.
fn places() -> Vec<Place> {
    let levels = sample().levels().iter().enumerate();
    let rows = |(level, own): (usize, &comarca_engine::Level)| {
        let count = own.len();
        let mut rows = vec![0, count / 2, count - 1];
        rows.dedup();
        rows.into_iter().map(move |row| Place { level, row })
    };
    levels.flat_map(rows).collect()
}

fn number(element: &Element) -> f64 {
    element.attributes["value"].parse().unwrap()
}

#[test]
fn every_indicator_has_a_row_with_the_value_of_the_table_in_full_precision() {
    for language in Language::ALL {
        for place in places() {
            let page = Page::parse(&report(sample(), language).sheet(place).unwrap());
            let level = sample().levels()[place.level].id();
            for indicator in sample().indicators() {
                let rows = page.with("data-indicator", &indicator.id);
                assert_eq!(rows.len(), 1, "{} at {place:?}", indicator.id);
                let title = indicator.title.in_language(language.tag()).unwrap();
                assert!(
                    rows[0].inside("th")[0].text.starts_with(title),
                    "{:?}",
                    rows[0]
                );
                if let Some(code) = &indicator.code {
                    assert!(rows[0].inside("th")[0].text.ends_with(code));
                }
                let view = sample()
                    .indicator(&indicator.id)
                    .unwrap()
                    .at(level)
                    .unwrap();
                let told = rows[0].inside("data");
                let told = told
                    .iter()
                    .find(|data| !data.attributes.contains_key("class"))
                    .map(number);
                assert_eq!(
                    told,
                    view.values()[place.row],
                    "{} at {place:?}",
                    indicator.id
                );
            }
        }
    }
}

#[test]
fn a_rank_is_that_of_the_level_and_says_its_direction() {
    let place = Place { level: 2, row: 3 };
    let page = Page::parse(&report(sample(), Language::Es).sheet(place).unwrap());
    for indicator in sample().indicators() {
        let view = sample()
            .indicator(&indicator.id)
            .unwrap()
            .at("communes")
            .unwrap();
        let row = &page.with("data-indicator", &indicator.id)[0];
        let told = row.inside("td").pop().unwrap().text;
        assert_eq!(
            told,
            format!("{} de {}", view.rank(3).unwrap(), view.count()),
            "{}",
            indicator.id
        );
    }
    assert!(page.text().contains("1 = mayor valor"));
    // The whole has no peers: its parts are shown, and it has no rank.
    let page = Page::parse(
        &report(sample(), Language::En)
            .sheet(Place { level: 3, row: 0 })
            .unwrap(),
    );
    assert!(page.with("class", "rank").is_empty());
    assert!(page.text().contains("Among Communes"));
}

#[test]
fn what_fails_its_standard_is_said_in_words_and_by_a_sign() {
    for place in places() {
        let page = Page::parse(&report(sample(), Language::En).sheet(place).unwrap());
        let level = sample().levels()[place.level].id();
        for indicator in sample()
            .indicators()
            .filter(|indicator| indicator.standard.is_some())
        {
            let view = sample()
                .indicator(&indicator.id)
                .unwrap()
                .at(level)
                .unwrap();
            let cell = page.with("data-indicator", &indicator.id)[0]
                .inside("td")
                .swap_remove(1);
            match view.passes(place.row) {
                Some(true) => assert!(cell.text.contains("meets it"), "{cell:?}"),
                Some(false) => assert!(
                    cell.text.contains("does not") && cell.text.contains("gap"),
                    "{cell:?}"
                ),
                None => assert!(
                    !cell.text.contains("meets it") && !cell.text.contains("does not"),
                    "{cell:?}"
                ),
            }
            let signs = cell
                .inside("span")
                .into_iter()
                .filter(|span| span.attributes.contains_key("class"));
            assert_eq!(signs.count(), usize::from(view.passes(place.row).is_some()));
        }
    }
}

#[test]
fn texts_numbers_and_dates_are_those_of_the_language() {
    let place = Place { level: 3, row: 0 };
    let sheet = |language| {
        let report = Report {
            date: Some("2026-09-30".parse().unwrap()),
            ..report(sample(), language)
        };
        report.sheet(place).unwrap()
    };
    let (es, en) = (
        Page::parse(&sheet(Language::Es)),
        Page::parse(&sheet(Language::En)),
    );
    assert_eq!(es.named("html")[0].attributes["lang"], "es");
    assert_eq!(en.named("html")[0].attributes["lang"], "en");
    for (page, words) in [
        (
            &es,
            [
                "al 30 de septiembre de 2026",
                "746.565 personas",
                "Áreas verdes",
                "Cobertura",
                "en ejecución",
            ],
        ),
        (
            &en,
            [
                "as of 30 September 2026",
                "746,565 persons",
                "Public green",
                "Coverage",
                "in progress",
            ],
        ),
    ] {
        for word in words {
            assert!(page.text().contains(word), "{word}");
        }
    }
}

#[test]
fn demands_are_those_that_stand_there_by_theme_and_the_most_voted_first() {
    let demands = sample().layer("demands").unwrap();
    let votes = demands.column("votes").unwrap();
    for place in places() {
        let page = Page::parse(&report(sample(), Language::Es).sheet(place).unwrap());
        let mut rows = sample().rows_in(demands, place.level, place.row);
        let counted: f64 = page
            .elements()
            .iter()
            .filter(|row| row.attributes.contains_key("data-theme"))
            .map(|row| {
                row.inside("td")[0]
                    .text
                    .replace('.', "")
                    .parse::<f64>()
                    .unwrap()
            })
            .sum();
        assert_eq!(counted, rows.len() as f64, "{place:?}");
        rows.sort_by(|a, b| {
            votes
                .number(*b)
                .unwrap()
                .total_cmp(&votes.number(*a).unwrap())
                .then(a.cmp(b))
        });
        let titles: Vec<&str> = rows.iter().take(10).map(|row| demands.name(*row)).collect();
        let table = page.with("class", "voted");
        let told: Vec<String> = table
            .iter()
            .flat_map(|table| table.inside("th"))
            .filter(|th| th.attributes["scope"] == "row")
            .map(|th| th.text)
            .collect();
        assert_eq!(told, titles, "{place:?}");
    }
}

#[test]
fn demand_supply_and_deficit_add_up() {
    for place in places() {
        let page = Page::parse(&report(sample(), Language::En).sheet(place).unwrap());
        let row = &page.with("data-need", "health_coverage")[0];
        let cells: Vec<f64> = row.inside("td")[..3]
            .iter()
            .map(|cell| cell.text.replace(',', "").parse().unwrap())
            .collect();
        assert_eq!(cells[0], cells[1] + cells[2], "{place:?}");
    }
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    let (one, other) = (load(), load());
    for place in [
        Place { level: 0, row: 7 },
        Place { level: 1, row: 5 },
        Place { level: 2, row: 1 },
        Place { level: 3, row: 0 },
    ] {
        let sheet = |territory| report(territory, Language::Es).sheet(place).unwrap();
        assert!(sheet(&one) == sheet(&other), "{place:?}");
    }
}

#[test]
fn sources_are_named_with_their_day_and_the_youngest_dates_the_sheet() {
    let source = |title: &str, location: &str, date: Option<&str>, changed: Option<&str>| Source {
        id: title.to_lowercase(),
        title: Title::plain(title),
        location: location.to_owned(),
        date: date.map(str::to_owned),
        changed: changed.map(str::to_owned),
        attribution: date.map(|_| "INE".to_owned()),
        licence: None,
        rows: 1,
        joined_to: None,
    };
    let sources = vec![
        source(
            "Manzanas",
            "census/blocks.shp",
            Some("2017"),
            Some("2026-08-01"),
        ),
        source("Salud", "https://example.org/health.geojson", None, None),
        source("Parques", "parks.gpkg", None, Some("2025-01-31")),
    ];
    let territory = load().with_sources(sources);
    let place = Place { level: 0, row: 0 };
    let page = Page::parse(&report(&territory, Language::Es).sheet(place).unwrap());
    let text = page.text();
    for part in [
        "Manzanas: 2017, INE, census/blocks.shp (2026-08-01)",
        "Salud: https://example.org/health.geojson",
        "al 1 de agosto de 2026",
    ] {
        assert!(text.contains(part), "{part}");
    }
}

#[test]
fn places_are_linked_where_sheets_are() {
    fn link(report: &Report<'_>, place: Place) -> String {
        format!(
            "../{}/{}",
            place.level,
            report.territory.levels()[place.level]
                .layer()
                .key(place.row)
        )
    }
    let place = Place { level: 1, row: 0 };
    let page = Page::parse(&report(sample(), Language::Es).sheet(place).unwrap());
    assert!(page.named("a").is_empty());
    let linked = Report {
        link: Some(link),
        ..report(sample(), Language::Es)
    };
    let page = Page::parse(&linked.sheet(place).unwrap());
    let hrefs: Vec<String> = page
        .named("a")
        .into_iter()
        .map(|a| a.attributes["href"].clone())
        .collect();
    assert!(
        hrefs.contains(&"../3/all".to_owned())
            && hrefs.iter().any(|href| href.starts_with("../0/")),
        "{hrefs:?}"
    );
    let index = Page::parse(&linked.index(&[3, 2, 1, 0]));
    let count: usize = sample()
        .levels()
        .iter()
        .map(comarca_engine::Level::len)
        .sum();
    assert_eq!(index.named("a").len(), count);
}

#[test]
fn nothing_is_fetched_and_nothing_runs() {
    let sheet = report(sample(), Language::Es)
        .sheet(Place { level: 2, row: 0 })
        .unwrap();
    let page = Page::parse(&sheet);
    for name in ["script", "link", "img", "iframe", "object", "image", "use"] {
        assert!(page.named(name).is_empty(), "{name}");
    }
    assert!(!sheet.contains("url(") && !sheet.contains("@import"));
    assert!(sheet.len() < 200_000, "{}", sheet.len());
}
