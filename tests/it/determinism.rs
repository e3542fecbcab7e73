//! The same bytes at any number of threads.

use std::process::Command;

use comarca_tests::program::{comarca_in, run};
use comarca_tests::project::{sample, workspace};
use comarca_tests::server::Server;
use comarca_tests::tile::cover;
use serde_json::Value;

const THREADS: [&str; 3] = ["1", "2", "8"];

fn with_threads(threads: &str) -> Command {
    let mut command = comarca_in(&sample());
    command.env("RAYON_NUM_THREADS", threads);
    command
}

#[test]
fn indicators_are_the_same_bytes_at_any_number_of_threads() {
    for level in ["districts", "sectors", "communes", "all"] {
        let outputs = THREADS.map(|threads| {
            let mut command = with_threads(threads);
            run(command.args(["indicators", "--level", level, "--format", "geojson"]))
                .expect_success()
                .stdout
        });
        assert!(
            outputs.iter().all(|output| *output == outputs[0]),
            "{level}"
        );
    }
}

#[test]
fn tiles_and_pictures_are_the_same_bytes_at_any_number_of_threads() {
    let servers = THREADS.map(|threads| Server::start_by(with_threads(threads)));
    let catalog = servers[0].json("/catalog");
    let bounds: Vec<f64> = catalog["bounds"]
        .as_array()
        .expect("bounds")
        .iter()
        .filter_map(Value::as_f64)
        .collect();
    let bounds = bounds.try_into().expect("west, south, east, north");
    let mut filled = 0;
    for (z, x, y) in [0, 10, 12, 13]
        .into_iter()
        .flat_map(|zoom| cover(bounds, zoom))
    {
        for target in [
            format!(
                "/tiles/districts,sectors,communes,all/{z}/{x}/{y}.mvt?indicators=density,health_distance,health_access"
            ),
            format!("/tiles/blocks,health,schools,stops,parks,demands/{z}/{x}/{y}.mvt"),
            format!("/heatmaps/demand/{z}/{x}/{y}.png"),
        ] {
            let answers = servers.each_ref().map(|server| server.get(&target));
            assert!(matches!(answers[0].status, 200 | 204), "{target}");
            filled += usize::from(answers[0].status == 200);
            for answer in &answers {
                assert_eq!(
                    (answer.status, &answer.body),
                    (answers[0].status, &answers[0].body),
                    "{target}"
                );
                assert_eq!(answer.header("etag"), answers[0].header("etag"), "{target}");
            }
        }
    }
    assert!(filled > 20);
}

#[test]
fn the_catalogue_statistics_and_sites_are_the_same_bytes_at_any_number_of_threads() {
    let catalogue = workspace().join("tests/golden/catalogue");
    let site = "site --demand blocks:pop --candidates districts --existing health -p 4";
    for words in [
        "indicators --level districts",
        "indicators --level communes",
        "stats lisa --indicator seniors_share --permutations 499",
        "stats gistar --indicator demand_eb --weights knn:6 --permutations 499",
        "stats moran --indicator seniors_share --weights distance:1500",
        site,
    ] {
        let outputs = THREADS.map(|threads| {
            let mut command = comarca_in(&catalogue);
            command.env("RAYON_NUM_THREADS", threads);
            run(command.args(words.split(' '))).expect_success().stdout
        });
        assert!(
            outputs.iter().all(|output| *output == outputs[0]),
            "{words}"
        );
    }
}
