//! A year of the participatory process: every meeting, twenty thousand demands, and plans whose totals agree.

use std::collections::BTreeMap;
use std::fmt::Write;

use comarca_tests::program::{comarca_in, run};
use comarca_tests::project::sample_copy;
use comarca_tests::server::Server;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use tempfile::TempDir;

const DEMANDS: usize = 20_000;
/// Meetings of each territory of a level, as the project wants them where it says nothing.
const MEETINGS: [(&str, usize); 4] = [
    ("districts", 2),
    ("sectors", 4),
    ("communes", 6),
    ("all", 8),
];
const THEMES: [&str; 8] = [
    "health",
    "education",
    "green",
    "safety",
    "housing",
    "mobility",
    "work",
    "culture",
];
const STATUSES: [&str; 6] = [
    "open",
    "planned",
    "funded",
    "in_progress",
    "done",
    "rejected",
];
const FUNDING: [&str; 3] = ["FNDR", "Municipal", "PMU"];

/// Keys of a level, as the program tells them.
fn keys(folder: &TempDir, level: &str) -> Vec<String> {
    let mut command = comarca_in(folder.path());
    command.args([
        "indicators",
        "--level",
        level,
        "--id",
        "population",
        "--format",
        "csv",
    ]);
    let table = run(&mut command).expect_success();
    let rows = table.text().lines().skip(1);
    rows.map(|row| row.split(',').next().expect("a key").to_owned())
        .collect()
}

/// Every meeting as a file; the ids of those in the districts, with their district.
fn meetings(folder: &TempDir) -> Vec<(String, String)> {
    let mut file = "id,nivel,clave,fecha,asistencia\n".to_owned();
    let mut of_districts = vec![];
    let mut random = ChaCha8Rng::seed_from_u64(1);
    for (level, count) in MEETINGS {
        for key in keys(folder, level) {
            for number in 1..=count {
                let id = format!("M-{level}-{key}-{number}");
                let (month, day) = (random.random_range(1..=10), random.random_range(1..=28));
                let persons = random.random_range(10..=120);
                writeln!(
                    file,
                    "{id},{level},{key},2026-{month:02}-{day:02},{persons}"
                )
                .expect("texts grow");
                if level == "districts" {
                    of_districts.push((id, key.clone()));
                }
            }
        }
    }
    std::fs::write(folder.path().join("meetings.csv"), file).expect("the folder is ours");
    of_districts
}

/// Demands of all stages and states, with projects, and every twentieth named again by a later one.
fn demands(folder: &TempDir, meetings: &[(String, String)]) {
    let mut file = "id,tema,titulo,distrito,votos,asamblea,etapa,estado,misma_que,costo,beneficiarios,financiamiento,fecha\n".to_owned();
    let mut random = ChaCha8Rng::seed_from_u64(2);
    for number in 0..DEMANDS {
        let (meeting, district) = meetings.choose(&mut random).expect("there are meetings");
        let theme = THEMES.choose(&mut random).expect("there are themes");
        let status = STATUSES.choose(&mut random).expect("there are statuses");
        let stage = ["raised", "sector", "commune", "city"]
            .choose(&mut random)
            .expect("there are stages");
        let same_as = match number % 20 {
            19 => format!("Y{:05}", number - 19),
            _ => String::new(),
        };
        let cost = random.random_range(1..500) * 1_000_000;
        let funding = FUNDING.choose(&mut random).expect("there are sources");
        let (votes, served) = (random.random_range(1..200), random.random_range(10..5000));
        writeln!(file, "Y{number:05},{theme},Demanda {number},{district},{votes},{meeting},{stage},{status},{same_as},{cost},{served},{funding},2026-05-04")
            .expect("texts grow");
    }
    std::fs::write(folder.path().join("demands.csv"), file).expect("the folder is ours");
}

fn import(folder: &TempDir, file: &str, options: &[&str]) -> Value {
    let mut command = comarca_in(folder.path());
    command
        .args(["demands", "import", file, "--json"])
        .args(options);
    run(&mut command).expect_success().json()
}

#[test]
fn a_year_of_the_process_ends_in_plans_whose_totals_agree_at_every_level() {
    let folder = sample_copy();
    std::fs::remove_file(folder.path().join("demand/demands.gpkg"))
        .expect("the sample has a register");
    let of_districts = meetings(&folder);
    demands(&folder, &of_districts);
    let taken = import(&folder, "meetings.csv", &["--assemblies"]);
    assert_eq!(
        (&taken["written"], &taken["rejected"]),
        (
            &Value::from(560 + 168 + 42 + 8),
            &Value::from(Vec::<Value>::new())
        )
    );
    let taken = import(&folder, "demands.csv", &[]);
    assert_eq!(taken["written"], DEMANDS, "{taken}");

    let server = Server::start(folder.path());
    let calendar = server.json("/assemblies?level=districts");
    assert_eq!(
        (
            &calendar["levels"][0]["held"],
            &calendar["levels"][0]["lacking"]
        ),
        (&Value::from(560), &Value::from(0))
    );
    let summary = server.json("/demands/summary");
    assert_eq!(
        (&summary["total"], &summary["mentions"]),
        (
            &Value::from(DEMANDS - DEMANDS / 20),
            &Value::from(DEMANDS / 20)
        )
    );

    // What the plans of the parts say adds up to what the plan of the whole says, level by level.
    let whole = totals(&server.json("/plans/all/all.json"));
    assert_eq!(
        whole["demands"],
        i128::try_from(DEMANDS - DEMANDS / 20).expect("a small number")
    );
    for level in ["communes", "sectors", "districts"] {
        let mut sum: BTreeMap<String, i128> = BTreeMap::new();
        for key in keys(&folder, level) {
            for (name, value) in totals(&server.json(&format!("/plans/{level}/{key}.json"))) {
                *sum.entry(name).or_default() += value;
            }
        }
        assert_eq!(sum, whole, "{level}");
    }
    // The indicators, which know nothing of plans, count the same.
    let values = server.json("/indicators/demands?level=all");
    assert_eq!(
        values["values"][0]["value"].as_f64(),
        Some((DEMANDS - DEMANDS / 20) as f64)
    );
    let page = server.get("/plans/communes/13105.html?lang=es");
    assert!(page.status == 200 && page.text().contains("FNDR"));
}

/// The numbers of a plan that add up.
fn totals(plan: &Value) -> BTreeMap<String, i128> {
    let mut found = BTreeMap::new();
    let totals = plan["totals"].as_object().expect("totals");
    let mut add = |name: String, sums: &Value| {
        for member in ["demands", "votes", "cost", "beneficiaries"] {
            let value = sums[member].as_i64().expect("a whole number");
            *found.entry(format!("{name} {member}")).or_default() += i128::from(value);
            if name.starts_with("by_status") {
                *found.entry(member.to_owned()).or_default() += i128::from(value);
            }
        }
    };
    for by in ["by_status", "by_theme", "by_funding"] {
        for (name, sums) in totals[by].as_object().expect("an object") {
            add(format!("{by} {name}"), sums);
        }
    }
    found
}
