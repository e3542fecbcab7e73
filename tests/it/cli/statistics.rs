//! `comarca stats` and `comarca site`, and the same statistics over HTTP.

use comarca_tests::program::{Outcome, comarca_in, run};
use comarca_tests::project::sample;
use comarca_tests::server::Server;
use comarca_tests::table::Table;

fn sampled(words: &str) -> Outcome {
    run(comarca_in(&sample()).args(words.split(' ')))
}

#[test]
fn clusters_are_a_table_with_a_row_per_territory_and_its_method() {
    let outcome =
        sampled("stats lisa --indicator density --level sectors --seed 7").expect_success();
    let table = Table::from_csv(outcome.text());
    assert_eq!(table.rows.len(), 42);
    for column in [
        "value",
        "lag",
        "i",
        "z",
        "p",
        "quadrant",
        "cluster",
        "neighbours",
    ] {
        assert!(table.columns.iter().any(|own| own == column), "{column}");
    }
    let said = outcome.stderr;
    assert!(said.contains("queen contiguity"), "{said}");
    assert!(
        said.contains("999 conditional permutations, seed 7"),
        "{said}"
    );
}

#[test]
fn http_and_the_command_line_give_the_same_statistics() {
    let server = Server::start(&sample());
    for (name, column) in [("lisa", "i"), ("gistar", "z")] {
        let words = format!("stats {name} --indicator demand_rate --weights knn:6 --seed 3");
        let table = Table::from_csv(sampled(&words).expect_success().text());
        let target = format!("/stats/{name}?indicator=demand_rate&weights=knn:6&seed=3");
        let document = server.json(&target);
        let values = document["values"].as_array().expect("a list of values");
        assert_eq!(values.len(), table.rows.len());
        for row in values {
            let key = row["key"].as_str().expect("a key");
            for column in [column, "p"] {
                let (told, own) = (row[column].as_f64(), table.number(key, column));
                assert!(
                    comarca_tests::table::same_in_json(told, own),
                    "{column} of {key}"
                );
            }
        }
    }
}

#[test]
fn wrong_questions_are_told_what_is_allowed() {
    for (words, status, told) in [
        (
            "stats lisa --indicator densty",
            1,
            "did you mean \"density\"?",
        ),
        (
            "stats moran --indicator density --weights knn:0",
            2,
            "knn:8",
        ),
        (
            "stats moran --indicator density --level all",
            1,
            "has no value",
        ),
        ("stats tau --indicator density", 2, "gistar"),
        (
            "site --demand blocks:popp --candidates districts",
            1,
            "did you mean \"pop\"?",
        ),
        (
            "site --demand block:pop --candidates districts",
            1,
            "did you mean \"blocks\"?",
        ),
        (
            "site --demand blocks:pop --candidates districts --within -5",
            2,
            "--within",
        ),
        (
            "site --demand blocks:pop --candidates districts --goal cover",
            1,
            "--within",
        ),
        (
            "site --demand blocks:uso --candidates districts",
            1,
            "no numbers",
        ),
    ] {
        let outcome = sampled(words);
        let said = outcome.stderr.clone();
        assert_eq!(outcome.code(), Some(status), "{words}: {said}");
        assert!(said.contains(told), "{words}: {said}");
    }
    let server = Server::start(&sample());
    for (query, told) in [
        ("", "indicator"),
        ("indicator=densty", "density"),
        ("indicator=density&weights=distance:x", "knn:8"),
        ("indicator=density&permutations=100000", "99999"),
        ("indicator=density&alpha=2", "between 0 and 1"),
        ("indicator=density&tail=left", "one-sided"),
        ("indicator=density&level=street", "districts"),
    ] {
        let answer = server.get(&format!("/stats/lisa?{query}"));
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        assert_eq!(answer.status, 400, "{query}: {body}");
        assert!(body.contains(told), "{query}: {body}");
    }
    assert_eq!(server.get("/stats/tau?indicator=density").status, 404);
}

#[test]
fn places_to_build_at_are_the_best_there_are_and_say_so() {
    let words =
        "site --demand blocks:pop --candidates districts --existing health -p 3 --format json";
    let document = sampled(words).expect_success().json();
    assert_eq!(document["proven"], true);
    let sites = document["sites"].as_array().expect("a list of sites");
    assert_eq!(sites.len(), 3);
    let mean = |side: &str| document[side]["mean_m"].as_f64().expect("a distance");
    assert!(mean("after") < mean("before"));
    // Each gains less than the one before it.
    let gains: Vec<f64> = sites
        .iter()
        .filter_map(|site| site["gain"].as_f64())
        .collect();
    assert!(gains.windows(2).all(|pair| pair[0] >= pair[1]), "{gains:?}");
    // Nobody is counted who is not there: the saved metres are those of the whole.
    let people = document["before"]["weight"].as_f64().expect("a weight");
    let saved: f64 = gains.iter().sum();
    assert!((saved / people - (mean("before") - mean("after"))).abs() < 1e-6);
}
