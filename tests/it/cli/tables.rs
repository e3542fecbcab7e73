//! `comarca indicators`: levels, choices and formats.

use std::collections::BTreeMap;

use comarca_tests::program::{Outcome, comarca_in, run};
use comarca_tests::project::{sample, tiny};
use comarca_tests::table::{Table, same_in_json};
use serde_json::Value;

const LEVELS: [&str; 4] = ["districts", "sectors", "communes", "all"];

/// Figures by key and indicator; nothing where there is no value.
type Figures = BTreeMap<String, BTreeMap<String, Option<f64>>>;

fn indicators(arguments: &[&str]) -> Outcome {
    run(comarca_in(&sample()).arg("indicators").args(arguments))
}

fn from_csv(table: &Table) -> Figures {
    let ids = || table.columns.iter().skip(2).cloned();
    let of = |key: &String| {
        ids()
            .map(|id| (id.clone(), table.number(key, &id)))
            .collect()
    };
    table
        .rows
        .keys()
        .map(|key| (key.clone(), of(key)))
        .collect()
}

/// Figures of JSON objects with `key` and `name`.
fn from_json<'a>(rows: impl Iterator<Item = &'a Value>) -> Figures {
    let figure = |(id, value): (&String, &Value)| {
        assert!(value.is_number() || value.is_null(), "{id} is {value}");
        (id.clone(), value.as_f64())
    };
    rows.map(|row| {
        let members = row.as_object().expect("a row is an object").iter();
        let figures = members.filter(|(name, _)| !["key", "name"].contains(&name.as_str()));
        let key = row["key"].as_str().expect("a key is a text");
        (key.to_owned(), figures.map(figure).collect())
    })
    .collect()
}

fn assert_same(found: &Figures, table: &Figures, level: &str) {
    assert!(found.keys().eq(table.keys()), "{level}");
    for (key, figures) in table {
        assert!(found[key].keys().eq(figures.keys()), "{key}");
        for (id, figure) in figures {
            let told = found[key][id];
            assert!(
                same_in_json(told, *figure),
                "{id} of {key} is {told:?} and {figure:?}"
            );
        }
    }
}

#[test]
fn csv_json_and_geojson_say_the_same_at_every_level() {
    for level in LEVELS {
        let [csv, json, geojson] = ["csv", "json", "geojson"]
            .map(|format| indicators(&["--level", level, "--format", format]).expect_success());
        let table = from_csv(&Table::from_csv(csv.text()));
        let (json, geojson) = (json.json(), geojson.json());
        let rows = json.as_array().expect("a list").iter();
        assert_same(&from_json(rows), &table, level);
        assert_eq!(geojson["type"], "FeatureCollection");
        let features = geojson["features"].as_array().expect("a list");
        let properties = features.iter().map(|feature| &feature["properties"]);
        assert_same(&from_json(properties), &table, level);
        let has_area = |feature: &Value| {
            let kind = feature["geometry"]["type"].as_str();
            feature["type"] == "Feature" && matches!(kind, Some("Polygon" | "MultiPolygon"))
        };
        assert!(features.iter().all(has_area), "{level}");
    }
}

#[test]
fn the_format_follows_the_name_of_the_file() {
    let folder = tiny();
    for (name, begins) in [
        ("a.csv", "key,"),
        ("a.json", "[{"),
        ("a.geojson", "{\"type\":"),
    ] {
        run(comarca_in(folder.path()).args(["indicators", "-o", name])).assert_success();
        let text = std::fs::read_to_string(folder.path().join(name)).expect("it was written");
        assert!(text.starts_with(begins), "{name}: {text}");
    }
}

#[test]
fn a_choice_of_indicators_comes_in_the_order_asked_for() {
    let outcome = indicators(&["--level", "all", "--id", "density,population"]).expect_success();
    let table = Table::from_csv(outcome.text());
    assert_eq!(table.columns, ["key", "name", "density", "population"]);
    let all = Table::from_csv(indicators(&["--level", "all"]).expect_success().text());
    assert_eq!(table.rows["all"]["density"], all.rows["all"]["density"]);
}

#[test]
fn the_finest_level_is_meant_where_none_is_named() {
    assert_eq!(
        indicators(&[]).expect_success().text(),
        indicators(&["--level", "districts"])
            .expect_success()
            .text()
    );
}

#[test]
fn an_unknown_level_names_the_known_ones() {
    let outcome = indicators(&["--level", "regions"]);
    assert_eq!(outcome.code(), Some(1));
    assert!(outcome.stdout.is_empty());
    assert!(
        outcome.stderr.contains("\"regions\"")
            && LEVELS.iter().all(|level| outcome.stderr.contains(level)),
        "{}",
        outcome.stderr
    );
}

#[test]
fn an_unknown_indicator_is_refused_by_name() {
    let outcome = indicators(&["--id", "population,wealth"]);
    assert_eq!(outcome.code(), Some(1));
    assert!(
        outcome.stdout.is_empty() && outcome.stderr.contains("\"wealth\""),
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_territory_without_a_value_has_an_empty_cell_and_null() {
    let folder = tiny();
    let project = comarca_tests::project::TINY_PROJECT.replace("op = \"sum\"", "op = \"median\"");
    comarca_tests::project::write(folder.path(), "comarca.toml", project);
    comarca_tests::project::write(
        folder.path(),
        "people.csv",
        "id,lon,lat,persons\n1,-70.695,-33.495,10\n",
    );
    let csv = run(comarca_in(folder.path()).arg("indicators")).expect_success();
    assert_eq!(csv.text(), "key,name,persons\nA1,Norte,10\nA2,Sur,\n");
    let json =
        run(comarca_in(folder.path()).args(["indicators", "--format", "json"])).expect_success();
    assert_eq!(json.json()[1]["persons"], Value::Null);
}
