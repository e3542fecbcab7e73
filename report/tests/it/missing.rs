//! What has no value says why; what is not there leaves no hole.

use comarca_engine::indicator::Figure;
use comarca_engine::{Column, Title, Value};
use comarca_report::Language;
use geo_types::{Geometry, Point, polygon};

use crate::kit::{FIRST, Page, given, layer, report, territory};

fn square() -> Geometry<f64> {
    polygon![(x: 0.0, y: 0.0), (x: 900.0, y: 0.0), (x: 900.0, y: 900.0), (x: 0.0, y: 900.0)].into()
}

fn figure(n: u64, denominator: Option<f64>, covered: Option<f64>) -> Figure {
    Figure {
        value: None,
        numerator: Some(1.0),
        denominator,
        n,
        covered,
    }
}

#[test]
fn a_missing_value_says_why() {
    let zones = layer(
        "zones",
        Title::default(),
        &[("a", "A")],
        vec![],
        &[Some(square())],
    );
    let cases = [
        (
            "nothing",
            figure(0, Some(0.0), None),
            "there is nothing here to count or measure",
        ),
        (
            "empty",
            figure(0, None, Some(0.0)),
            "what is here carries no values",
        ),
        (
            "zero",
            figure(3, Some(0.0), Some(1.0)),
            "it would be divided by zero",
        ),
        (
            "input",
            figure(3, None, Some(1.0)),
            "a figure that it is computed from is missing",
        ),
    ];
    let indicators = cases.map(|(id, figure, _)| given(id, figure)).to_vec();
    let territory = territory(zones, vec![], indicators);
    let page = Page::parse(&report(&territory, Language::En).sheet(FIRST).unwrap());
    for (id, _, reason) in cases {
        let row = &page.with("data-indicator", id)[0];
        assert_eq!(
            row.inside("td")[0].text,
            format!("no data: {reason}"),
            "{id}"
        );
        assert!(row.inside("data").is_empty());
    }
}

#[test]
fn values_that_are_no_numbers_are_missing() {
    let zones = layer(
        "zones",
        Title::default(),
        &[("a", "A")],
        vec![],
        &[Some(square())],
    );
    let indicators = [f64::NAN, f64::INFINITY, -f64::INFINITY];
    let indicators = indicators
        .iter()
        .enumerate()
        .map(|(id, value)| given(&id.to_string(), Figure::of(Some(*value))));
    let territory = territory(zones, vec![], indicators.collect());
    let page = Page::parse(&report(&territory, Language::En).sheet(FIRST).unwrap());
    assert!(page.named("data").is_empty());
    assert!(!page.text().contains("NaN") && !page.text().contains("inf "));
}

#[test]
fn a_territory_without_outline_demands_or_indicators_has_a_sheet() {
    let named = [("a", "A"), ("b", "")];
    let zones = layer(
        "zones",
        Title::default(),
        &named,
        vec![],
        &[None, Some(square())],
    );
    let bare = territory(zones, vec![], vec![]);
    let page = Page::parse(&report(&bare, Language::En).sheet(FIRST).unwrap());
    assert!(page.text().contains("This territory has no outline"));
    assert!(!page.text().contains("demands"), "the project has none");
    assert!(
        report(&bare, Language::En)
            .sheet(comarca_report::Place { level: 0, row: 2 })
            .is_none()
    );
    assert!(
        report(&bare, Language::En)
            .sheet(comarca_report::Place { level: 2, row: 0 })
            .is_none()
    );
    // A name that is missing is the key.
    let page = Page::parse(
        &report(&bare, Language::En)
            .sheet(comarca_report::Place { level: 0, row: 1 })
            .unwrap(),
    );
    assert_eq!(page.named("h1")[0].text, "b");
}

#[test]
fn a_territory_without_demands_says_so() {
    let zones = layer(
        "zones",
        Title::default(),
        &[("a", "A")],
        vec![],
        &[Some(square())],
    );
    let theme = Column::new("theme", [Value::Text("health")]);
    let away: Geometry<f64> = Point::new(5000.0, 100.0).into();
    let demands = layer(
        "demands",
        Title::default(),
        &[("1", "Lejos")],
        vec![theme],
        &[Some(away)],
    );
    let territory = territory(zones, vec![demands], vec![]);
    let page = Page::parse(&report(&territory, Language::Es).sheet(FIRST).unwrap());
    assert!(
        page.text()
            .contains("No hay demandas registradas en este territorio.")
    );
    assert!(!page.text().contains("Lejos"));
}

#[test]
fn demands_without_the_usual_columns_are_counted() {
    let zones = layer(
        "zones",
        Title::default(),
        &[("a", "A")],
        vec![],
        &[Some(square())],
    );
    let here: Geometry<f64> = Point::new(500.0, 100.0).into();
    let demands = layer(
        "demands",
        Title::default(),
        &[("1", "Una plaza")],
        vec![],
        &[Some(here)],
    );
    let territory = territory(zones, vec![demands], vec![]);
    let page = Page::parse(&report(&territory, Language::Es).sheet(FIRST).unwrap());
    assert!(page.text().contains("1 demanda, 1 voto"), "{}", page.text());
}
