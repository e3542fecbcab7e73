//! A sheet stays small, whatever the data.

use comarca_engine::{Column, Title, Value};
use comarca_report::Language;
use geo_types::{Coord, Geometry, LineString, Point, Polygon};

use crate::kit::{FIRST, Page, layer, report, territory};

/// A ring of so many vertices that goes between two circles.
fn star(count: u32, inner_m: f64) -> Geometry<f64> {
    let vertex = |position: u32| {
        let angle = f64::from(position) / f64::from(count) * std::f64::consts::TAU;
        let radius = if position.is_multiple_of(2) {
            9000.0
        } else {
            inner_m
        };
        Coord {
            x: radius * angle.cos(),
            y: radius * angle.sin(),
        }
    };
    Polygon::new((0..count).map(vertex).collect::<LineString>(), vec![]).into()
}

#[test]
fn an_outline_of_a_million_vertices_is_a_small_map() {
    for (count, inner_m, bytes_max) in [(1_000_000, 8_999.5, 60_000), (70_000, 8_000.0, 900_000)] {
        let zones = layer(
            "zones",
            Title::default(),
            &[("a", "A")],
            vec![],
            &[Some(star(count, inner_m))],
        );
        let territory = territory(zones, vec![], vec![]);
        let sheet = report(&territory, Language::Es).sheet(FIRST).unwrap();
        assert!(sheet.len() < bytes_max, "{count}: {}", sheet.len());
        assert!(sheet.contains("class=\"own\" d=\"M"));
    }
}

#[test]
fn ten_thousand_demands_of_a_thousand_themes_are_a_short_list() {
    let zones = layer(
        "zones",
        Title::default(),
        &[("a", "A")],
        vec![],
        &[Some(star(100, 4000.0))],
    );
    let count = 10_000_i64;
    let words: Vec<String> = (0..count).map(|row| format!("{}", row % 1000)).collect();
    let long: Vec<String> = (0..count)
        .map(|row| format!("Demanda {row} {}", "larga ".repeat(100)))
        .collect();
    let text = |name: &str, texts: &[String]| {
        Column::new(name, texts.iter().map(|text| Value::Text(text)))
    };
    let columns = vec![
        text("theme", &words),
        text("status", &words),
        text("title", &long),
        Column::new("votes", (0..count).map(Value::Integer)),
    ];
    let keys: Vec<String> = (0..count).map(|row| row.to_string()).collect();
    let named: Vec<(&str, &str)> = keys.iter().map(|key| (key.as_str(), "")).collect();
    let here = |row: i64| Some(Geometry::from(Point::new(row as f64 / 100.0, 10.0)));
    let demands = layer(
        "demands",
        Title::default(),
        &named,
        columns,
        &(0..count).map(here).collect::<Vec<_>>(),
    );
    let territory = territory(zones, vec![demands], vec![]);
    let sheet = report(&territory, Language::Es).sheet(FIRST).unwrap();
    assert!(sheet.len() < 60_000, "{}", sheet.len());
    let page = Page::parse(&sheet);
    assert_eq!(page.with("class", "voted")[0].inside("tr").len(), 11);
    assert_eq!(page.with("class", "themes")[0].inside("tr").len(), 14);
    assert!(page.text().contains("otros temas (988)") && page.text().contains("10.000 demandas"));
    assert!(
        page.text().contains("Demanda 9999 larga"),
        "most votes first"
    );
}
