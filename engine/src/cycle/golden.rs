//! Counts, totals and calendars against pandas and networkx: `tests/golden/cycle.py` made the files and names the versions.

use super::*;
use crate::priority::Normalisation;
use crate::social::golden::assert_close;

const INPUT: &str = include_str!("../../tests/golden/cycle_input.csv");
const EXPECTED: &str = include_str!("../../tests/golden/cycle_expected.csv");
const SETS: [&str; 2] = ["chain", "city"];
const LEVELS: [&str; 4] = ["districts", "sectors", "communes", "all"];
const WANTED: [u32; 4] = [2, 4, 6, 8];

type Fields = Vec<&'static str>;

/// The fields after the kind and the name of the data set.
fn lines(text: &'static str, kind: &str, set: &str) -> Vec<Fields> {
    let fields = text.lines().map(|line| line.split(',').collect::<Fields>());
    let own = fields.filter(|fields| fields[..2] == [kind, set]);
    own.map(|fields| fields[2..].to_vec()).collect()
}

fn number<T: std::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("{text:?}"))
}

fn optional<T: std::str::FromStr>(text: &str) -> Option<T> {
    (!text.is_empty()).then(|| number(text))
}

fn named(text: &'static str) -> Option<&'static str> {
    (!text.is_empty()).then_some(text)
}

/// Keys, rows of parents and inhabitants, level by level.
struct Territories {
    keys: Vec<Vec<&'static str>>,
    parents: Vec<Vec<Option<usize>>>,
    population: Vec<Vec<Option<f64>>>,
}

impl Territories {
    fn read(set: &str) -> Self {
        let rows = lines(INPUT, "territory", set);
        let of_level = |level: &str| -> Vec<Fields> {
            rows.iter()
                .filter(|fields| fields[0] == level)
                .cloned()
                .collect()
        };
        let levels = LEVELS.map(of_level);
        let keys: Vec<Vec<&str>> = levels
            .iter()
            .map(|rows| rows.iter().map(|fields| fields[1]).collect())
            .collect();
        let parents = (0..3).map(|level| {
            let above = &keys[level + 1];
            let parent = |fields: &Fields| above.iter().position(|key| *key == fields[2]);
            levels[level].iter().map(parent).collect()
        });
        Self {
            parents: parents.collect(),
            population: levels
                .iter()
                .map(|rows| rows.iter().map(|fields| optional(fields[3])).collect())
                .collect(),
            keys,
        }
    }

    fn hierarchy(&self) -> Hierarchy<'_> {
        let level = |level: usize| LevelRows {
            id: LEVELS[level],
            keys: &self.keys[level],
            parents: &self.parents[level],
        };
        Hierarchy::new(&[level(0), level(1), level(2)]).unwrap()
    }
}

fn demands(set: &str) -> Vec<DemandRecord<'static>> {
    let record = |fields: &Fields| DemandRecord {
        id: fields[0],
        theme: fields[1],
        title: "",
        votes: number(fields[2]),
        stage: Stage::named(fields[3]).unwrap(),
        status: Status::named(fields[4]).unwrap(),
        place: number(fields[5]),
        assembly: None,
        same_as: named(fields[6]),
        cost: optional(fields[7]),
        beneficiaries: optional(fields[8]),
        funding: named(fields[9]),
        project: None,
    };
    lines(INPUT, "demand", set).iter().map(record).collect()
}

#[test]
fn funnels_are_those_of_pandas() {
    for set in SETS {
        let (territories, records) = (Territories::read(set), demands(set));
        let hierarchy = territories.hierarchy();
        let funnel = Funnel::new(&Cycle::new(&hierarchy, &records).unwrap());
        let own = |fields: &Fields| {
            let (level, row) = hierarchy.find(fields[0], fields[1]).unwrap();
            &funnel.levels[level][row]
        };
        let expected = lines(EXPECTED, "funnel", set);
        let mut total = 0;
        for fields in &expected {
            let (stage, status) = (
                Stage::named(fields[3]).unwrap(),
                Status::named(fields[4]).unwrap(),
            );
            let tally = own(fields).by_theme[fields[2]].at(stage, status);
            let found = [tally.demands, tally.votes];
            assert_eq!(
                found,
                [number::<u64>(fields[5]), number::<u64>(fields[6])],
                "{set} {fields:?}"
            );
            total += tally.demands;
        }
        let counted = funnel
            .levels
            .iter()
            .flatten()
            .map(|own| own.all.total().demands);
        assert_eq!(
            counted.sum::<u64>(),
            total,
            "nothing that pandas does not have"
        );
        for fields in lines(EXPECTED, "mentions", set) {
            let tally = own(&fields).all.mentions(Stage::named(fields[2]).unwrap());
            let found = [tally.demands, tally.votes];
            assert_eq!(
                found,
                [number::<u64>(fields[3]), number::<u64>(fields[4])],
                "{set} {fields:?}"
            );
        }
    }
}

#[test]
fn totals_of_plans_are_those_of_pandas() {
    for set in SETS {
        let (territories, records) = (Territories::read(set), demands(set));
        let hierarchy = territories.hierarchy();
        let cycle = Cycle::new(&hierarchy, &records).unwrap();
        let votes = cycle.votes();
        let weighing = Weighing {
            criteria: &[tests::by_votes(&votes)],
            normalisation: Normalisation::MinMax,
            random: None,
        };
        let mut compared = 0;
        for (kind, pick) in [("status", 0), ("theme", 1), ("funding", 2)] {
            for fields in lines(EXPECTED, kind, set) {
                let (level, row) = hierarchy.find(fields[0], fields[1]).unwrap();
                let totals = cycle.plan(level, row, weighing).unwrap().totals;
                let found = match pick {
                    0 => totals.by_status[Status::named(fields[2]).unwrap() as usize],
                    1 => totals.by_theme[fields[2]],
                    _ => totals.by_funding[&Some(fields[2]).filter(|own| *own != "-")],
                };
                let expected = Sums {
                    demands: number(fields[3]),
                    votes: number(fields[4]),
                    cost: number(fields[5]),
                    costed: number(fields[6]),
                    beneficiaries: number(fields[7]),
                };
                assert_eq!(found, expected, "{set} {kind} {fields:?}");
                compared += 1;
            }
        }
        assert!(compared > 60, "{compared}");
    }
}

#[test]
fn calendars_are_those_of_pandas() {
    for set in SETS {
        let territories = Territories::read(set);
        let hierarchy = territories.hierarchy();
        let levels: Vec<_> = (0..4)
            .map(|level| LevelCalendar {
                wanted: WANTED[level],
                population: &territories.population[level],
            })
            .collect();
        let record = |fields: &Fields| AssemblyRecord {
            id: fields[0],
            level: fields[1],
            key: fields[2],
            date: fields[3],
            attendance: optional(fields[4]),
        };
        let assemblies: Vec<_> = lines(INPUT, "assembly", set).iter().map(record).collect();
        let calendar = Calendar::new(&hierarchy, &levels, &assemblies, "2026-11-22").unwrap();
        assert!(calendar.faults.is_empty());
        let expected = lines(EXPECTED, "calendar", set);
        assert_eq!(
            expected.len(),
            calendar.levels.iter().map(Vec::len).sum::<usize>()
        );
        for fields in expected {
            let (level, row) = hierarchy.find(fields[0], fields[1]).unwrap();
            let own = calendar.levels[level][row];
            let counts = [
                own.wanted,
                own.held,
                own.planned,
                own.overdue,
                own.lacking,
                own.unplanned,
            ];
            let numbers: Vec<u64> = fields[2..8].iter().map(|field| number(field)).collect();
            assert_eq!(counts[..], numbers, "{set} {fields:?}");
            assert_eq!(own.next, named(fields[8]));
            assert_eq!(
                [own.attendance, own.attendance_within],
                [number::<u64>(fields[9]), number::<u64>(fields[10])]
            );
            for (found, expected) in [
                (own.per_1000, fields[11]),
                (own.per_1000_within, fields[12]),
            ] {
                match (found, optional::<f64>(expected)) {
                    (Some(found), Some(expected)) => assert_close(found, expected),
                    (found, expected) => assert_eq!(found, expected, "{set} {fields:?}"),
                }
            }
        }
    }
}
