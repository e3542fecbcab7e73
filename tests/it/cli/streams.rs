//! Results on standard output, messages on standard error, and what happens when nobody reads.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use comarca_tests::program::{PATIENCE, comarca, comarca_in, run, wait};
use comarca_tests::project::{sample, tiny, tiny_with};
use serde_json::Value;

#[test]
fn results_go_to_standard_output_and_messages_to_standard_error() {
    let folder = tiny_with(", crs = \"EPSG:4326\"", "");
    let outcome = run(comarca_in(folder.path()).arg("indicators")).expect_success();
    assert_eq!(outcome.text(), "key,name,persons\nA1,Norte,10\nA2,Sur,12\n");
    assert!(
        outcome.stderr.starts_with("notice: people.csv: "),
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_run_without_a_terminal_draws_no_progress() {
    let outcome =
        run(comarca_in(&sample()).args(["indicators", "--level", "all"])).expect_success();
    assert_eq!(outcome.stderr, "");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    for arguments in [
        &["indicators", "--format", "geojson"][..],
        &["indicators", "--format", "json"],
    ] {
        let mut command = comarca_in(&sample());
        command
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut stdout = child.stdout.take().expect("it is piped");
        // More is to come than a pipe holds: the next write finds nobody.
        stdout.read_exact(&mut [0]).expect("there is a first byte");
        drop(stdout);
        let status = wait(&mut child, PATIENCE, "comarca indicators");
        let stderr = BufReader::new(child.stderr.take().expect("it is piped")).lines();
        let said: Vec<_> = stderr.map_while(Result::ok).collect();
        assert_eq!((status.code(), said), (Some(0), vec![]), "{arguments:?}");
    }
}

#[test]
fn a_result_can_go_to_a_file_whole_or_not_at_all() {
    let folder = tiny();
    let file = folder.path().join("figures.csv");
    let outcome = run(comarca_in(folder.path()).args(["indicators", "-o", "figures.csv"]));
    assert!(outcome.expect_success().stdout.is_empty());
    let text = fs::read_to_string(&file).expect("the file is there");
    assert_eq!(text, "key,name,persons\nA1,Norte,10\nA2,Sur,12\n");

    let refused =
        run(comarca_in(folder.path()).args(["indicators", "--level", "no", "-o", "no.csv"]));
    assert_eq!(refused.code(), Some(1));
    let left = fs::read_dir(folder.path())
        .expect("the folder is there")
        .count();
    // The project's three files, figures.csv and what its columns mean.
    assert_eq!(left, 5);
    assert!(folder.path().join("figures.csv-metadata.json").exists());
}

#[test]
fn help_and_version_are_results() {
    for argument in ["--help", "--version"] {
        let outcome = run(comarca().arg(argument)).expect_success();
        assert!(outcome.text().contains("comarca") && outcome.stderr.is_empty());
    }
}

#[test]
fn the_schema_is_json_and_knows_every_key_of_the_sample() {
    let schema = run(comarca().arg("schema")).expect_success().json();
    let text = fs::read_to_string(sample().join("comarca.toml")).expect("the sample is there");
    let project: Value = toml::from_str(&text).expect("the sample is TOML");
    let unknown = unknown_keys(&schema, &schema, &project, "");
    assert!(unknown.is_empty(), "{unknown:?}");
    let required: Vec<&str> = schema["required"]
        .as_array()
        .expect("some keys are required")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert!(
        required.contains(&"crs") && required.contains(&"levels"),
        "{required:?}"
    );
    assert!(required.iter().all(|key| project.get(key).is_some()));
    assert_eq!(schema["additionalProperties"], false);
}

#[test]
fn the_schema_does_not_know_a_key_that_the_program_refuses() {
    let schema = run(comarca().arg("schema")).expect_success().json();
    let mut project: Value = toml::from_str(comarca_tests::project::TINY_PROJECT).expect("TOML");
    project["layers"]["people"]["sourse"] = "people.csv".into();
    assert_eq!(
        unknown_keys(&schema, &schema, &project, ""),
        [".layers.people.sourse"]
    );
}

/// The keys of `value` that no branch of the schema names: the part of validation that catches typing mistakes.
fn unknown_keys(root: &Value, schema: &Value, value: &Value, path: &str) -> Vec<String> {
    let schemas = branches(root, schema);
    match value {
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, member)| {
                let path = format!("{path}.{name}");
                match schemas
                    .iter()
                    .find_map(|schema| member_schema(schema, name))
                {
                    Some(_) => schemas
                        .iter()
                        .filter_map(|schema| member_schema(schema, name))
                        .map(|schema| unknown_keys(root, schema, member, &path))
                        .min_by_key(Vec::len)
                        .unwrap_or_default(),
                    None => vec![path],
                }
            })
            .collect(),
        Value::Array(items) => {
            let item_schema = schemas.iter().find_map(|schema| schema.get("items"));
            let item_schema = item_schema.unwrap_or(&Value::Null);
            let one = |item| unknown_keys(root, item_schema, item, &format!("{path}[]"));
            items.iter().flat_map(one).collect()
        }
        _ => vec![],
    }
}

/// What a schema says about the member of a name.
fn member_schema<'a>(schema: &'a Value, name: &str) -> Option<&'a Value> {
    let named = schema
        .get("properties")
        .and_then(|properties| properties.get(name));
    named.or_else(|| {
        schema
            .get("additionalProperties")
            .filter(|other| other.is_object())
    })
}

/// A schema with all that it refers to and combines, flat.
fn branches<'a>(root: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    let referred = schema["$ref"]
        .as_str()
        .and_then(|reference| root.pointer(reference.strip_prefix('#')?));
    let combined = ["oneOf", "anyOf", "allOf"]
        .into_iter()
        .filter_map(|word| schema[word].as_array())
        .flatten();
    let below = referred
        .into_iter()
        .chain(combined)
        .flat_map(|below| branches(root, below));
    [schema].into_iter().chain(below).collect()
}
