//! Texts of the data are texts on the sheet, whatever they hold.

use comarca_engine::indicator::{Figure, Indicator, Standard};
use comarca_engine::{Column, Source, Title, Value};
use comarca_report::{Language, Place, Report};
use geo_types::{Geometry, Point, polygon};

use crate::kit::{Page, given, layer, report, territory};

const HOSTILE: &str =
    "</style></title><script>alert('1')</script><img src=x onerror=\"alert(2)\">&amp; \u{202e}";

fn link(_: &Report<'_>, _: Place) -> String {
    format!("../{HOSTILE}.html")
}

#[test]
fn no_text_becomes_an_element_or_an_attribute() {
    let square: Geometry<f64> =
        polygon![(x: 0.0, y: 0.0), (x: 900.0, y: 0.0), (x: 900.0, y: 900.0), (x: 0.0, y: 900.0)]
            .into();
    let zones = layer(
        "zones",
        Title::plain(HOSTILE),
        &[(HOSTILE, HOSTILE)],
        vec![],
        &[Some(square)],
    );
    let texts =
        ["theme", "title", "status", "stage"].map(|name| Column::new(name, [Value::Text(HOSTILE)]));
    let place: Geometry<f64> = Point::new(100.0, 100.0).into();
    let demands = layer(
        "demands",
        Title::plain(HOSTILE),
        &[("1", HOSTILE)],
        texts.to_vec(),
        &[Some(place)],
    );
    let indicator = Indicator {
        id: HOSTILE.to_owned(),
        title: Title::plain(HOSTILE),
        unit: HOSTILE.to_owned(),
        code: Some(HOSTILE.to_owned()),
        standard: Some(Standard {
            min: Some(3.0),
            max: None,
            source: HOSTILE.to_owned(),
        }),
        ..given("", Figure::of(Some(1.0)))
    };
    let territory = territory(zones, vec![demands], vec![indicator]);
    let source = Source {
        id: HOSTILE.to_owned(),
        title: Title::plain(HOSTILE),
        location: HOSTILE.to_owned(),
        date: Some(HOSTILE.to_owned()),
        changed: Some(HOSTILE.to_owned()),
        attribution: Some(HOSTILE.to_owned()),
        licence: Some(HOSTILE.to_owned()),
        rows: 1,
        joined_to: None,
    };
    let territory = territory.with_sources(vec![source]);
    for language in Language::ALL {
        for level in [0, 1] {
            let hostile = Report {
                link: Some(link),
                ..report(&territory, language)
            };
            for html in [
                hostile.sheet(Place { level, row: 0 }).unwrap(),
                hostile.index(&[0, 1]),
            ] {
                let page = Page::parse(&html);
                assert!(page.named("script").is_empty() && page.named("img").is_empty());
                assert_eq!(
                    (page.named("style").len(), page.named("title").len()),
                    (1, 1)
                );
                for element in page.elements() {
                    assert!(
                        element
                            .attributes
                            .keys()
                            .all(|name| !name.starts_with("on")),
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
}
