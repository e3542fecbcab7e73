//! Laws and edges of the cycle, and a year of it.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use super::AssemblyFault::{Attendance, Date, Duplicate, Territory};
use super::*;
use crate::composite::Polarity;
use crate::priority::{Criterion, MAX_COST, Normalisation, RandomWeights};

const THEMES: [&str; 8] = [
    "culture",
    "education",
    "green",
    "health",
    "housing",
    "mobility",
    "safety",
    "work",
];

pub(super) fn by_votes(votes: &[Option<f64>]) -> Criterion<'_> {
    Criterion {
        values: votes,
        polarity: Polarity::HigherIsBetter,
        weight: 1.0,
        bounds: None,
    }
}

fn weighing<'a>(criteria: &'a [Criterion<'a>]) -> Weighing<'a> {
    Weighing {
        criteria,
        normalisation: Normalisation::MinMax,
        random: None,
    }
}

/// Two districts in a sector, one in another, one that belongs to none.
fn small() -> Hierarchy<'static> {
    let districts = LevelRows {
        id: "districts",
        keys: &["a", "b", "c", "d"],
        parents: &[Some(0), Some(0), Some(1), None],
    };
    let sectors = LevelRows {
        id: "sectors",
        keys: &["north", "south"],
        parents: &[],
    };
    Hierarchy::new(&[districts, sectors]).unwrap()
}

fn record(id: &str, place: usize) -> DemandRecord<'_> {
    DemandRecord {
        id,
        theme: "green",
        title: "A square",
        votes: 10,
        stage: Stage::Raised,
        status: Status::Open,
        place,
        assembly: None,
        same_as: None,
        cost: None,
        beneficiaries: None,
        funding: None,
        project: None,
    }
}

#[test]
fn names_of_stages_and_statuses_read_back() {
    for stage in Stage::ALL {
        assert_eq!(Stage::named(stage.name()), Some(stage));
    }
    for status in Status::ALL {
        assert_eq!(Status::named(status.name()), Some(status));
    }
    assert_eq!((Stage::named("Raised"), Status::named("")), (None, None));
    let with_project: Vec<_> = Status::ALL
        .into_iter()
        .filter(|own| own.has_project())
        .collect();
    assert_eq!(with_project, Status::ALL[1..5]);
}

#[test]
fn a_demand_named_at_three_levels_is_one_with_what_was_decided_last() {
    let hierarchy = small();
    let records = [
        DemandRecord {
            status: Status::Planned,
            cost: Some(5),
            funding: Some("municipal"),
            ..record("raised", 0)
        },
        DemandRecord {
            same_as: Some("sector"),
            stage: Stage::City,
            votes: 300,
            ..record("city", 3)
        },
        DemandRecord {
            same_as: Some("raised"),
            stage: Stage::Sector,
            status: Status::Funded,
            votes: 40,
            cost: Some(9),
            ..record("sector", 2)
        },
    ];
    let cycle = Cycle::new(&hierarchy, &records).unwrap();
    let [demand] = cycle.demands() else {
        panic!("{:?}", cycle.demands());
    };
    assert_eq!((demand.record, &demand.mentions[..]), (0, &[2, 1][..]));
    assert_eq!((demand.stage, demand.status), (Stage::City, Status::Funded));
    assert_eq!(
        (demand.votes, demand.votes_by_stage),
        (10, [10, 40, 0, 300])
    );
    assert_eq!((demand.cost, demand.funding), (Some(9), Some("municipal")));
    assert_eq!(cycle.problems(), []);
    let funnel = Funnel::new(&cycle);
    for (level, row) in [(0, 0), (1, 0), (2, 0)] {
        let counts = &funnel.levels[level][row].all;
        assert_eq!(
            counts.total(),
            Tally {
                demands: 1,
                votes: 10
            }
        );
        assert_eq!(
            counts.mentions(Stage::City),
            Tally {
                demands: 1,
                votes: 300
            }
        );
        assert_eq!(counts.reached(Stage::Commune).demands, 1);
        assert_eq!(counts.ending_at(Stage::Commune).demands, 0);
        assert_eq!(counts.with_status(Status::Funded).votes, 10);
    }
    assert_eq!(funnel.levels[0][3], TerritoryFunnel::default());
}

#[test]
fn a_rejection_further_up_counts_and_an_open_mention_does_not() {
    let hierarchy = small();
    let mention = |status| DemandRecord {
        same_as: Some("one"),
        stage: Stage::City,
        status,
        ..record("two", 0)
    };
    for (own, other, expected) in [
        (Status::Planned, Status::Rejected, Status::Rejected),
        (Status::Done, Status::Open, Status::Done),
        (Status::Open, Status::Open, Status::Open),
    ] {
        let first = DemandRecord {
            status: own,
            ..record("one", 0)
        };
        let records = [first, mention(other)];
        let cycle = Cycle::new(&hierarchy, &records).unwrap();
        assert_eq!(cycle.demands()[0].status, expected);
    }
}

#[test]
fn circles_of_links_are_named_and_the_first_by_id_stands_for_them() {
    let hierarchy = small();
    let link = |id, same_as| DemandRecord {
        same_as: Some(same_as),
        ..record(id, 1)
    };
    let records = [
        link("e", "d"),
        link("d", "b"),
        link("b", "c"),
        link("c", "d"),
        link("self", "self"),
        link("x", "nowhere"),
        link("y", "x"),
    ];
    let cycle = Cycle::new(&hierarchy, &records).unwrap();
    let roots: Vec<_> = cycle
        .demands()
        .iter()
        .map(|own| (own.record, own.mentions.len()))
        .collect();
    assert_eq!(roots, [(2, 3), (4, 0), (5, 1)]);
    assert_eq!(
        cycle.problems(),
        [
            Problem::UnknownLink { record: 5 },
            Problem::LinkCircle { root: 2 },
            Problem::LinkCircle { root: 4 },
        ]
    );
}

#[test]
fn records_that_do_not_fit_are_named() {
    let hierarchy = small();
    let records = [
        record("one", 0),
        record("one", 1),
        record("far", 4),
        DemandRecord {
            same_as: Some("far"),
            ..record("near", 0)
        },
        DemandRecord {
            votes: u64::MAX,
            ..record("loud", 2)
        },
        DemandRecord {
            cost: Some(MAX_COST + 1),
            beneficiaries: Some(-1),
            ..record("dear", 2)
        },
        record("orphan", 3),
    ];
    let cycle = Cycle::new(&hierarchy, &records).unwrap();
    assert_eq!(
        cycle.problems(),
        [
            Problem::Duplicate {
                record: 1,
                first: 0
            },
            Problem::Unplaced { record: 2 },
            Problem::Votes { record: 4 },
            Problem::Amount { record: 5 },
        ]
    );
    let kept: Vec<_> = cycle.demands().iter().map(|own| own.record).collect();
    assert_eq!(kept, [0, 4, 5, 6]);
    assert_eq!(
        (cycle.demands()[1].votes, cycle.demands()[2].cost),
        (0, None)
    );
    let funnel = Funnel::new(&cycle);
    let counts = |level: usize| -> Vec<u64> {
        funnel.levels[level]
            .iter()
            .map(|own| own.all.total().demands)
            .collect()
    };
    // The orphan is in no sector, and in the whole.
    assert_eq!(
        [counts(0), counts(1), counts(2)],
        [vec![1, 0, 2, 1], vec![1, 2], vec![4]]
    );
}

#[test]
fn nothing_gives_empty_plans() {
    let hierarchy = small();
    let cycle = Cycle::new(&hierarchy, &[]).unwrap();
    let plan = cycle.plan(2, 0, weighing(&[by_votes(&[])])).unwrap();
    assert!(plan.themes.is_empty() && plan.demands.is_empty() && plan.projects.is_empty());
    assert_eq!(plan.totals, PlanTotals::default());
    assert!(cycle.themes().is_empty());
    let calendar = Calendar::new(&hierarchy, &[LEVEL; 3], &[], "2026-11-22").unwrap();
    assert_eq!(
        (calendar.totals[0].wanted, calendar.totals[0].lacking),
        (8, 8)
    );
}

const LEVEL: LevelCalendar<'static> = LevelCalendar {
    wanted: 2,
    population: &[],
};

#[test]
fn plans_rank_live_demands_and_list_projects() {
    let hierarchy = small();
    let of = |id, theme, votes, status| DemandRecord {
        theme,
        votes,
        status,
        ..record(id, 0)
    };
    let elsewhere = DemandRecord {
        votes: 1_000,
        ..record("elsewhere", 2)
    };
    let records = [
        of("tied b", "health", 20, Status::Open),
        of("tied a", "health", 20, Status::InProgress),
        of("done", "work", 90, Status::Done),
        of("most", "green", 30, Status::Planned),
        of("least", "green", 10, Status::Open),
        of("rejected", "work", 90, Status::Rejected),
        elsewhere,
    ];
    let cycle = Cycle::new(&hierarchy, &records).unwrap();
    let (votes, need) = (cycle.votes(), [1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 9.0].map(Some));
    let criteria = [by_votes(&votes), by_votes(&need)];
    let random = Some(RandomWeights {
        draws: 200,
        seed: 1,
        spread: 1.0,
    });
    let weighing = Weighing {
        random,
        ..weighing(&criteria)
    };
    let plan = cycle.plan(1, 0, weighing).unwrap();
    let ids: Vec<_> = plan
        .demands
        .iter()
        .map(|own| (cycle.record(own.demand).id, own.standing.rank))
        .collect();
    // Half of (20 − 10) / (30 − 10) and half of the greatest need.
    assert_eq!(
        ids,
        [
            ("tied a", Some(1)),
            ("tied b", Some(1)),
            ("most", Some(3)),
            ("least", Some(4))
        ]
    );
    assert_eq!(plan.demands[0].standing.contributions, [0.25, 0.5]);
    let band = plan.demands[2].standing.band.unwrap();
    assert_eq!((band.rank, band.best, band.worst), (3, 1, 3));
    let themes: Vec<_> = plan
        .themes
        .iter()
        .map(|own| (own.theme, own.demands, own.votes, own.standing.score))
        .collect();
    assert_eq!(
        themes,
        [("health", 2, 40, Some(1.5)), ("green", 2, 40, Some(0.5))]
    );
    let projects: Vec<_> = plan.projects.iter().map(|own| own.status).collect();
    assert_eq!(
        projects,
        [Status::Planned, Status::InProgress, Status::Done]
    );
    assert_eq!(plan.totals.by_status[Status::Rejected as usize].votes, 90);
}

#[test]
fn what_makes_no_plan_is_refused() {
    let hierarchy = small();
    let dear = |id| DemandRecord {
        status: Status::Done,
        cost: Some(MAX_COST),
        ..record(id, 0)
    };
    let ids: Vec<String> = (0..9_300).map(|own| own.to_string()).collect();
    let records: Vec<_> = ids.iter().map(|id| dear(id)).collect();
    let cycle = Cycle::new(&hierarchy, &records).unwrap();
    let votes = cycle.votes();
    let criteria = [by_votes(&votes)];
    assert_eq!(
        cycle.plan(0, 0, weighing(&criteria)),
        Err(CycleError::Overflow)
    );
    assert!(cycle.plan(0, 1, weighing(&criteria)).is_ok());
    for (level, row) in [(0, 4), (3, 0), (2, 1)] {
        let refused = cycle.plan(level, row, weighing(&criteria));
        assert_eq!(refused, Err(CycleError::Territory { level, row }));
    }
    let short = cycle.plan(0, 1, weighing(&[by_votes(&votes[1..])]));
    assert!(matches!(short, Err(CycleError::Length { .. })));
    let none = cycle.plan(0, 1, weighing(&[]));
    assert!(matches!(none, Err(CycleError::Decision(_))));
    let many = vec![record("x", 0); MAX_DEMANDS + 1];
    assert!(matches!(
        Cycle::new(&hierarchy, &many),
        Err(CycleError::TooMany { .. })
    ));
}

#[test]
fn hierarchies_that_are_none_are_refused() {
    let level = |id, keys, parents| LevelRows { id, keys, parents };
    let top = level("communes", &["x"], &[]);
    let refused = |levels: &[LevelRows<'_>]| Hierarchy::new(levels).unwrap_err();
    assert_eq!(refused(&[]), CycleError::Levels(0));
    assert_eq!(refused(&[top; 17]), CycleError::Levels(17));
    for parents in [&[][..], &[Some(1)], &[None, None]] {
        let wrong = refused(&[level("districts", &["a"], parents), top]);
        assert_eq!(wrong, CycleError::Parents("districts".to_owned()));
    }
    for levels in [
        &[level("districts", &["a", "a"], &[])][..],
        &[level("all", &["a"], &[])],
        &[level("communes", &["a"], &[Some(0)]), top],
    ] {
        assert!(matches!(refused(levels), CycleError::Twice { .. }));
    }
    let empty = Hierarchy::new(&[level("districts", &[], &[])]).unwrap();
    assert_eq!((empty.levels(), empty.children(1, 0)), (2, vec![]));
    let whole = small();
    assert_eq!(whole.children(2, 0), [0, 1]);
    assert_eq!(
        (
            whole.parent(0, 3),
            whole.parent(1, 1),
            whole.parent(2, 0),
            whole.parent(9, 9)
        ),
        (None, Some(0), None, None)
    );
}

#[test]
fn assemblies_that_do_not_fit_are_listed_and_the_rest_counted() {
    let hierarchy = small();
    let meeting = |id, level, key, date, attendance| AssemblyRecord {
        id,
        level,
        key,
        date,
        attendance,
    };
    let assemblies = [
        meeting("1", "districts", "a", "2026-05-01", Some(30)),
        meeting("2", "districts", "nowhere", "2026-05-01", Some(30)),
        meeting("3", "wards", "a", "2026-05-01", Some(30)),
        meeting("1", "districts", "a", "2026-05-01", Some(30)),
        meeting("4", "districts", "a", "soon", None),
        meeting("5", "districts", "a", "in May", Some(20)),
        meeting("6", "districts", "a", "2026-11-21", None),
        meeting("7", "districts", "b", "2026-12-24T19:00", None),
        meeting("8", "districts", "b", "2026-11-22", None),
        meeting("9", "districts", "b", "2027-01-01", None),
        meeting("10", "all", "all", "2026-10-10", Some(u64::MAX)),
        meeting("11", "districts", "a", "2026-06-01", Some(0)),
    ];
    let population = [Some(1_000.0), Some(500.0), Some(0.0), None];
    let levels = [
        LevelCalendar {
            population: &population,
            ..LEVEL
        },
        LEVEL,
        LEVEL,
    ];
    let calendar = Calendar::new(&hierarchy, &levels, &assemblies, "2026-11-22").unwrap();
    assert_eq!(
        calendar.faults,
        [
            (1, Territory),
            (2, Territory),
            (3, Duplicate),
            (4, Date),
            (5, Date),
            (10, Attendance)
        ]
    );
    let [a, b, c, _] = calendar.levels[0][..] else {
        panic!()
    };
    assert_eq!(
        (a.held, a.planned, a.overdue, a.lacking, a.unplanned),
        (3, 0, 1, 0, 0)
    );
    assert_eq!((a.attendance, a.per_1000), (50, Some(50.0)));
    assert_eq!((b.held, b.planned, b.lacking, b.unplanned), (0, 3, 2, 0));
    assert_eq!(
        (b.next, b.per_1000, c.per_1000),
        (Some("2026-11-22"), Some(0.0), None)
    );
    let total = calendar.totals[0];
    // The third meeting of a makes up for no other.
    assert_eq!(
        (total.wanted, total.held, total.lacking, total.unplanned),
        (8, 3, 6, 4)
    );
    assert_eq!(total.per_1000, Some(50.0 / 1_500.0 * 1_000.0));
    let within = calendar.within(&hierarchy, 1, 0);
    // Districts a and b, then the sector itself.
    assert_eq!((within.len(), within[0].held, within[0].lacking), (2, 3, 2));
    assert_eq!(
        (within[0].next, within[0].attendance),
        (Some("2026-11-22"), 50)
    );
    assert_eq!(within[1], calendar.levels[1][0]);
    let all = calendar.within(&hierarchy, 2, 0);
    assert_eq!(
        (all.len(), all[0].wanted),
        (3, 8),
        "the orphan is in the whole"
    );
    assert!(calendar.within(&hierarchy, 3, 0).is_empty());
    assert_eq!(
        (
            calendar.levels[1][0].attendance_within,
            calendar.levels[2][0].held
        ),
        (50, 1)
    );
    let refused = |levels: &[LevelCalendar<'_>], today| {
        Calendar::new(&hierarchy, levels, &[], today).unwrap_err()
    };
    assert_eq!(
        refused(&levels, "today"),
        CycleError::Today("today".to_owned())
    );
    assert!(matches!(
        refused(&levels[..2], "2026-11-22"),
        CycleError::Length { .. }
    ));
    let short = [LEVEL, levels[0], LEVEL];
    assert!(matches!(
        refused(&short, "2026-11-22"),
        CycleError::Length { .. }
    ));
}

/// A year in a city of 280 districts in 42 sectors in 7 communes.
struct Year {
    keys: [Vec<String>; 3],
    parents: [Vec<Option<usize>>; 3],
    demands: Vec<(String, Option<String>, [u64; 7])>,
    assemblies: Vec<(String, usize, usize, String, Option<u64>)>,
}

impl Year {
    fn simulated(seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut below = move |bound: u64| random.next_u64() % bound;
        let keys = [("d", 280), ("s", 42), ("c", 7)];
        let keys =
            keys.map(|(letter, count)| (0..count).map(|own| format!("{letter}{own}")).collect());
        let parents = [(280, 42), (42, 7), (7, 1)];
        let parents =
            parents.map(|(count, above)| (0..count).map(|own| Some(own * above / count)).collect());
        let demands = (0..20_000u64).map(|own| {
            let same_as = (own > 0 && below(4) == 0).then(|| format!("q{}", below(own)));
            (
                format!("q{own}"),
                same_as,
                [8, 900, 4, 6, 280, 2_000_000_000, 9_000].map(&mut below),
            )
        });
        let demands = demands.collect();
        let mut assemblies = vec![];
        for (level, count, each) in [(0, 280, 2), (1, 42, 4), (2, 7, 6)] {
            for own in 0..count * each {
                let date = format!("2026-{:02}-{:02}", below(12) + 1, below(28) + 1);
                let attendance = (date.as_str() < "2026-09").then(|| below(400));
                assemblies.push((
                    format!("{level}/{own}"),
                    level,
                    own / each,
                    date,
                    attendance,
                ));
            }
        }
        Self {
            keys,
            parents,
            demands,
            assemblies,
        }
    }

    fn keys(&self) -> [Vec<&str>; 3] {
        [0, 1, 2].map(|level| self.keys[level].iter().map(String::as_str).collect())
    }

    fn records<'a>(&'a self) -> Vec<DemandRecord<'a>> {
        let record = |(id, same_as, numbers): &'a (String, Option<String>, [u64; 7])| {
            let [theme, votes, stage, status, place, cost, beneficiaries] = *numbers;
            let at = |own: u64| usize::try_from(own).unwrap();
            let status = Status::ALL[at(status)];
            let amount = |own| status.has_project().then(|| i64::try_from(own).unwrap());
            DemandRecord {
                theme: THEMES[at(theme)],
                votes,
                stage: Stage::ALL[at(stage)],
                status,
                same_as: same_as.as_deref(),
                cost: amount(cost),
                beneficiaries: amount(beneficiaries),
                funding: [None, Some("FNDR"), Some("municipal")][at(votes % 3)],
                ..record(id, at(place))
            }
        };
        self.demands.iter().map(record).collect()
    }
}

#[test]
fn a_year_of_the_process_ends_in_plans_whose_totals_agree_at_every_level() {
    let year = Year::simulated(5);
    let keys = year.keys();
    let levels: Vec<LevelRows<'_>> = ["districts", "sectors", "communes"]
        .iter()
        .zip(&keys)
        .zip(&year.parents)
        .map(|((id, keys), parents)| LevelRows { id, keys, parents })
        .collect();
    let hierarchy = Hierarchy::new(&levels).unwrap();
    let records = year.records();
    let cycle = Cycle::new(&hierarchy, &records).unwrap();
    assert_eq!(cycle.problems(), []);
    let counted: usize = cycle
        .demands()
        .iter()
        .map(|own| 1 + own.mentions.len())
        .sum();
    assert_eq!(
        counted,
        records.len(),
        "every record is a demand or a mention of one"
    );

    let votes = cycle.votes();
    let criteria = [by_votes(&votes)];
    let plans = |level: usize| -> Vec<Plan<'_>> {
        let rows = 0..hierarchy.keys(level).len();
        rows.map(|row| cycle.plan(level, row, weighing(&criteria)).unwrap())
            .collect()
    };
    let plans: Vec<Vec<Plan<'_>>> = (0..4).map(plans).collect();
    let funnel = Funnel::new(&cycle);
    for level in 1..4 {
        for (row, plan) in plans[level].iter().enumerate() {
            let (mut totals, mut counts) = (PlanTotals::default(), Counts::default());
            for child in hierarchy.children(level, row) {
                totals.merge(&plans[level - 1][child].totals).unwrap();
                counts.merge(&funnel.levels[level - 1][child].all);
            }
            assert_eq!(totals, plan.totals, "{level} {row}");
            assert_eq!(counts, funnel.levels[level][row].all, "{level} {row}");
            let of_status = plan
                .totals
                .by_status
                .iter()
                .map(|own| own.demands)
                .sum::<u64>();
            assert_eq!(of_status, counts.total().demands);
            assert_eq!(plan.projects.len() as u64, plan.totals.projects.demands);
        }
    }
    let whole = &plans[3][0].totals;
    let by_hand = |wanted: &dyn Fn(&Demand<'_>) -> bool| -> i64 {
        let demands = cycle.demands().iter().filter(|own| wanted(own));
        demands.filter_map(|own| own.cost).sum()
    };
    assert_eq!(
        whole.projects.cost,
        by_hand(&|own| own.status.has_project())
    );
    let fndr = whole.by_funding[&Some("FNDR")].cost;
    assert_eq!(
        fndr,
        by_hand(&|own| own.status.has_project() && own.funding == Some("FNDR"))
    );
    assert_eq!(whole.by_theme.len(), 8);

    let assemblies: Vec<AssemblyRecord<'_>> = year
        .assemblies
        .iter()
        .map(|(id, level, row, date, attendance)| AssemblyRecord {
            id,
            level: hierarchy.id(*level),
            key: hierarchy.keys(*level)[*row],
            date,
            attendance: *attendance,
        })
        .collect();
    let wanted = [2, 4, 6, 0].map(|wanted| LevelCalendar {
        wanted,
        population: &[],
    });
    let calendar = Calendar::new(&hierarchy, &wanted, &assemblies, "2026-09-01").unwrap();
    assert_eq!(
        calendar
            .totals
            .iter()
            .map(|own| own.wanted)
            .collect::<Vec<_>>(),
        [560, 168, 42, 0]
    );
    for own in &calendar.totals[..3] {
        assert_eq!(
            (own.held + own.planned, own.lacking, own.unplanned),
            (own.wanted, own.planned, 0)
        );
    }
    let came: u64 = assemblies.iter().filter_map(|own| own.attendance).sum();
    assert_eq!(calendar.levels[3][0].attendance_within, came);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_links_to_whatever_every_record_belongs_to_one_demand(
        links in prop::collection::vec((0usize..9, prop::option::of(0usize..11), 0usize..5), 0..14)
    ) {
        const IDS: [&str; 11] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "none", "nil"];
        let hierarchy = small();
        let records: Vec<_> = links.iter().map(|(id, same_as, place)| DemandRecord {
            same_as: same_as.map(|own| IDS[own]),
            ..record(IDS[*id], *place)
        }).collect();
        let cycle = Cycle::new(&hierarchy, &records).unwrap();
        let mut seen = vec![0; records.len()];
        for demand in cycle.demands() {
            seen[demand.record] += 1;
            demand.mentions.iter().for_each(|&row| seen[row] += 1);
        }
        prop_assert!(seen.iter().all(|times| *times <= 1));
        let excused = |row: usize| cycle.problems().iter().any(|problem| match problem {
            Problem::Duplicate { record, .. } => *record == row,
            // Whatever names again what stands nowhere is not counted either.
            Problem::Unplaced { .. } => true,
            _ => false,
        });
        prop_assert!(seen.iter().enumerate().all(|(row, times)| *times == 1 || excused(row)));
        let funnel = Funnel::new(&cycle);
        let total = |level: usize| funnel.levels[level].iter().map(|own| own.all.total().demands).sum::<u64>();
        prop_assert_eq!(total(0), total(2));
        prop_assert!(total(1) <= total(0));
    }

    #[test]
    fn no_day_and_no_key_panics(texts in prop::collection::vec((".{0,12}", "[0-9T -]{0,12}", prop::option::of(any::<u64>())), 0..9), today in "[0-9-]{10}") {
        let hierarchy = small();
        let assemblies: Vec<_> = texts.iter().map(|(key, date, attendance)| AssemblyRecord {
            id: key, level: "districts", key: "a", date, attendance: *attendance,
        }).collect();
        if let Ok(calendar) = Calendar::new(&hierarchy, &[LEVEL; 3], &assemblies, &today) {
            let own = calendar.levels[0][0];
            prop_assert!(own.held + own.planned + own.overdue <= texts.len() as u64);
        }
    }
}
