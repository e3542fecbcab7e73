//! Numbers of few persons: no output of the program has them, and what would tell them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use comarca_tests::program::{comarca_in, run};
use comarca_tests::project::write;
use comarca_tests::server::Server;
use comarca_tests::table::Table;
use comarca_tests::tile::{Feature, cover, decode};
use serde_json::Value;
use tempfile::TempDir;

const PROJECT: &str = r#"name = "Dos sectores"
crs = "EPSG:32719"
languages = ["es"]

[layers.districts]
source = "districts.geojson"
key = "code"

[layers.blocks]
source = "blocks.csv"
key = "id"
csv = { x = "lon", y = "lat", crs = "EPSG:4326" }
date = "2017"
attribution = "Nadie"

[[levels]]
id = "districts"
layer = "districts"
parent = { prefix = 1 }

[[levels]]
id = "sectors"

[indicators.population]
unit = "persons"
op = "sum"
of = { layer = "blocks", column = "pop" }

[indicators.density]
op = "ratio"
numerator = "population"
denominator = "area_ha"

[indicators.mean_block]
op = "mean"
of = { layer = "blocks", column = "pop" }

[indicators.distance]
op = "nearest"
from = { layer = "blocks", weight = "pop" }
to = { layer = "blocks" }

[indicators.blocks]
op = "count"
of = { layer = "blocks" }
"#;

/// A1 has three persons, which A2's 7919 hide with it; nothing is hidden of A3 and B1.
const BLOCKS: &str = "id,lon,lat,pop\n1,-70.695,-33.495,3\n2,-70.685,-33.495,7919\n3,-70.675,-33.495,52361\n\
    4,-70.675,-33.496,52368\n5,-70.665,-33.495,611953\n";
const HIDDEN: [&str; 2] = ["A1", "A2"];
const SHOWN: [&str; 2] = ["A3", "B1"];
const OF_PERSONS: [&str; 4] = ["population", "density", "mean_block", "distance"];
/// What must not stand anywhere, however it is written.
const SECRET: &str = "7919";

fn small_numbers() -> TempDir {
    let folder = TempDir::new().expect("there is room for temporary files");
    let district = |(number, code): (usize, &&str)| {
        let west = -70.70 + number as f64 * 0.01;
        let (east, south, north) = (west + 0.01, -33.50, -33.49);
        format!(
            r#"{{"type":"Feature","properties":{{"code":"{code}"}},"geometry":{{"type":"Polygon","coordinates":[[[{west:.2},{south}],[{east:.2},{south}],[{east:.2},{north}],[{west:.2},{north}],[{west:.2},{south}]]]}}}}"#
        )
    };
    let districts: Vec<String> = ["A1", "A2", "A3", "B1"]
        .iter()
        .enumerate()
        .map(district)
        .collect();
    let collection = format!(
        r#"{{"type":"FeatureCollection","features":[{}]}}"#,
        districts.join(",")
    );
    write(folder.path(), "comarca.toml", PROJECT);
    write(folder.path(), "districts.geojson", collection);
    write(folder.path(), "blocks.csv", BLOCKS);
    folder
}

fn assert_hidden(what: &str, table: &Table) {
    for id in OF_PERSONS {
        for key in HIDDEN {
            assert_eq!(table.number(key, id), None, "{what}: {id} of {key}");
        }
        for key in SHOWN {
            assert!(table.number(key, id).is_some(), "{what}: {id} of {key}");
        }
    }
    assert_eq!(table.number("A1", "blocks"), Some(1.0), "{what}");
}

/// What another reader of the program makes of a file.
fn as_csv(folder: &Path, file: &str) -> String {
    let mut command = comarca_in(folder);
    command.args(["convert", file, "--format", "csv", "--geometry", "none"]);
    if file.ends_with("gpkg") || file.ends_with("xlsx") {
        command.args(["--table", "districts"]);
    }
    run(&mut command).expect_success().text().to_owned()
}

#[test]
fn no_file_of_any_format_has_a_hidden_number() {
    let folder = small_numbers();
    let formats = [
        "csv", "json", "geojson", "geojsonl", "fgb", "gpkg", "parquet", "shp", "xlsx",
    ];
    for format in formats {
        let file = format!("out.{format}");
        run(comarca_in(folder.path()).args(["indicators", "-o", &file])).assert_success();
        let text = match format {
            "csv" => fs::read_to_string(folder.path().join(&file)).expect("it was written"),
            "json" => {
                let text = fs::read_to_string(folder.path().join(&file)).expect("it was written");
                assert!(
                    text.contains(r#"{"key":"A2","name":"A2","population":null,"density":null"#),
                    "{text}"
                );
                continue;
            }
            _ => as_csv(folder.path(), &file),
        };
        assert!(!text.contains(SECRET), "{format}: {text}");
        // A shapefile cuts names to ten bytes.
        if format != "shp" {
            assert_hidden(format, &Table::from_csv(&text));
        }
    }
    for level in ["sectors", "all"] {
        let text =
            run(comarca_in(folder.path()).args(["indicators", "--level", level])).expect_success();
        assert!(
            text.text().contains("724604") || text.text().contains("112651"),
            "{}",
            text.text()
        );
    }
    let printed = run(comarca_in(folder.path()).args(["check"])).expect_success();
    let told = "layer \"blocks\", column \"pop\": 2 cells are not published: 1 of too few persons, 1 that would tell others";
    assert!(printed.stderr.contains(told), "{}", printed.stderr);
    assert!(!printed.stderr.contains(SECRET));
}

fn number(feature: &Feature, name: &str) -> Option<f64> {
    feature.properties.get(name).and_then(Value::as_f64)
}

#[test]
fn no_answer_of_the_server_has_a_hidden_number() {
    let folder = small_numbers();
    let server = Server::start(folder.path());
    let mut targets: Vec<String> = vec!["/indicators".to_owned(), "/catalog".to_owned()];
    for id in OF_PERSONS {
        for format in ["json", "csv", "geojson"] {
            targets.push(format!("/indicators/{id}?f={format}"));
            targets.push(format!("/indicators/{id}?level=sectors&f={format}"));
        }
        for key in ["A1", "A2", "A3"] {
            targets.push(format!("/indicators/{id}?explain={key}"));
        }
        targets.push(format!("/indicators/{id}?level=sectors&explain=A"));
    }
    targets.extend(["A1", "A2", "A3"].map(|key| format!("/territories/districts/{key}")));
    targets.push("/territories/sectors/A".to_owned());
    for target in &targets {
        let answer = server.get(target);
        assert_eq!(answer.status, 200, "{target}");
        assert!(
            !answer.text().contains(SECRET),
            "{target}: {}",
            answer.text()
        );
    }
    for key in HIDDEN {
        let record = server.json(&format!("/indicators/distance?explain={key}"));
        for name in ["value", "numerator", "denominator", "n"] {
            assert!(record[name].is_null(), "{record}");
        }
        let card = server.json(&format!("/territories/districts/{key}"));
        for figure in card["indicators"].as_array().expect("figures") {
            let counts_persons = figure["id"] != "blocks";
            assert_eq!(figure["value"].is_null(), counts_persons, "{figure}");
            assert_eq!(figure["suppressed"].is_null(), !counts_persons, "{figure}");
        }
    }
    let blocks = decode(&server.get("/tiles/blocks/0/0/0.mvt").body);
    let persons = |key: &str| {
        let mut found = blocks["blocks"].iter();
        let block = found
            .find(|block| block.text("key") == key)
            .expect("a block");
        number(block, "pop")
    };
    assert_eq!((persons("1"), persons("2")), (None, None));
    assert_eq!(
        (persons("3"), persons("5")),
        (Some(52361.0), Some(611_953.0))
    );
    let mut seen = BTreeSet::new();
    for (z, x, y) in cover([-70.70, -33.50, -70.66, -33.49], 12) {
        let target = format!("/tiles/districts/{z}/{x}/{y}.mvt?indicators=population,density");
        let tile = decode(&server.get(&target).body);
        for district in tile.get("districts").into_iter().flatten() {
            let hidden = HIDDEN.contains(&district.text("key"));
            assert_eq!(number(district, "population").is_none(), hidden);
            assert_eq!(number(district, "density").is_none(), hidden);
            seen.insert(district.text("key").to_owned());
        }
    }
    assert_eq!(seen.len(), 4);
    for filter in ["pop=7919", "pop%3E7000%20AND%20pop%3C8000", "pop=3"] {
        let answer = server.get(&format!("/tiles/blocks/0/0/0.mvt?filter={filter}"));
        assert_eq!(answer.status, 204, "{filter}");
    }
}

#[test]
fn a_what_if_may_not_touch_what_is_hidden() {
    let folder = small_numbers();
    let server = Server::start(folder.path());
    let asked = |change: &str| {
        let body = format!(r#"{{"changes":[{{"layer":"blocks",{change}}}]}}"#);
        let head = "POST /scenarios HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnection: close";
        let request = format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        server.send(request.as_bytes()).expect("an answer")
    };
    for change in [
        r#""op":"remove","key":"1""#,
        r#""op":"set","key":"2","properties":{"pop":9}"#,
        r#""op":"move","key":"1","geometry":{"type":"Point","coordinates":[-70.665,-33.495]}"#,
        r#""op":"add","like":"1","geometry":{"type":"Point","coordinates":[-70.665,-33.495]}"#,
    ] {
        let answer = asked(change);
        assert_eq!(answer.status, 400, "{change}: {}", answer.text());
        assert!(
            answer.text().contains("numbers of persons"),
            "{}",
            answer.text()
        );
    }
    let open = asked(r#""op":"remove","key":"5""#);
    assert!([200, 201].contains(&open.status), "{}", open.text());
}

#[test]
fn without_a_threshold_everything_is_published() {
    let folder = small_numbers();
    write(
        folder.path(),
        "comarca.toml",
        PROJECT.to_owned() + "[privacy]\nthreshold = 0\n",
    );
    let table = run(comarca_in(folder.path()).arg("indicators")).expect_success();
    let table = Table::from_csv(table.text());
    assert_eq!(
        (
            table.number("A1", "population"),
            table.number("A2", "population")
        ),
        (Some(3.0), Some(7919.0))
    );
    write(
        folder.path(),
        "comarca.toml",
        PROJECT.to_owned() + "[privacy]\nthreshold = 2\n",
    );
    let refused = run(comarca_in(folder.path()).arg("check"));
    assert_eq!(refused.code(), Some(1));
    assert!(
        refused.stderr.contains("a threshold of 2"),
        "{}",
        refused.stderr
    );
}

#[test]
fn an_indicator_may_say_that_it_counts_persons_or_does_not() {
    let folder = small_numbers();
    let persons = |says: &str| {
        let unit = "unit = \"persons\"\n";
        let project = PROJECT.replace(unit, &format!("{unit}persons = {says}\n"));
        write(folder.path(), "comarca.toml", project);
        let table = run(comarca_in(folder.path()).arg("indicators")).expect_success();
        Table::from_csv(table.text()).number("A1", "population")
    };
    assert_eq!(persons("false"), Some(3.0));
    assert_eq!(persons("true"), None);
}
