//! Prioritisation: scores of many alternatives, ranks under random weights, ballots, a budget, and the plans of a year;
//! `peers/priority.py` does the same with pymcdm, `SciPy`, numpy and pabutools.

use comarca_benches::{Bench, answer, bench};
use comarca_engine::composite::Polarity;
use comarca_engine::cycle::{
    Cycle, DemandRecord, Funnel, Hierarchy, LevelRows, Stage, Status, Weighing,
};
use comarca_engine::priority::{
    Ballot, Budget, Completion, Criterion, Decision, Normalisation, RandomWeights, Utility, Votes,
    equal_shares,
};

const CRITERIA: u32 = 12;

fn main() {
    let mut bench = bench();
    scores(&mut bench);
    for alternatives in [280, 5_000] {
        bands(&mut bench, alternatives);
    }
    ballots(&mut bench);
    budget(&mut bench);
    plans(&mut bench);
    bench.final_summary();
}

/// A number of 0 to 1,008 for each row and column, the same here and in Python.
fn number(row: u32, column: u32) -> u32 {
    let (row, column) = (u64::from(row), u64::from(column));
    let mixed = (row * 2_654_435_761 + column * 40_503 * (row % 13 + 1)) % 4_294_967_291;
    u32::try_from(mixed % 1_009).unwrap_or_default()
}

fn columns(alternatives: u32) -> Vec<Vec<Option<f64>>> {
    let column = |criterion| {
        (0..alternatives)
            .map(|row| Some(f64::from(number(row, criterion))))
            .collect()
    };
    (0..CRITERIA).map(column).collect()
}

fn criteria(columns: &[Vec<Option<f64>>]) -> Vec<Criterion<'_>> {
    let criterion = |values| Criterion {
        values,
        polarity: Polarity::HigherIsBetter,
        weight: 1.0,
        bounds: None,
    };
    columns.iter().map(Vec::as_slice).map(criterion).collect()
}

fn scores(bench: &mut Bench) {
    let columns = columns(100_000);
    let criteria = criteria(&columns);
    let topsis = || {
        let decision = Decision::new(&criteria, Normalisation::Vector).expect("the criteria fit");
        decision.topsis()
    };
    answer(format_args!("TOPSIS of the first {:.12?}", topsis()[0]));
    bench.bench_function("TOPSIS of 100,000 alternatives by 12 criteria", |b| {
        b.iter(topsis);
    });
}

fn bands(bench: &mut Bench, alternatives: u32) {
    let columns = columns(alternatives);
    let decision =
        Decision::new(&criteria(&columns), Normalisation::MinMax).expect("the criteria fit");
    let random = RandomWeights {
        draws: 1_000,
        seed: 1,
        spread: 1.0,
    };
    let bands = || {
        decision
            .acceptability(random)
            .expect("the draws are few enough")
    };
    answer(format_args!(
        "mean rank of the first {:.0?} ± 2 %",
        bands()[0].map(|band| band.mean)
    ));
    let name = format!("rank acceptability of 1,000 draws, {alternatives} alternatives");
    bench.bench_function(&name, |b| b.iter(bands));
}

/// Ballots that list, each in a tier of its own, the alternatives of the smallest numbers.
fn cast(count: u32, alternatives: u32, listed: usize) -> Vec<Ballot> {
    let ballot = |own: u32| {
        let mut order: Vec<(u32, usize)> = (0..alternatives)
            .map(|other| number(own, other))
            .zip(0..)
            .collect();
        order.sort_unstable();
        Ballot {
            tiers: order
                .iter()
                .take(listed)
                .map(|(_, other)| vec![*other])
                .collect(),
            weight: u64::from(own % 40 + 1),
        }
    };
    (0..count).map(ballot).collect()
}

fn ballots(bench: &mut Bench) {
    let ballots = cast(20_000, 500, 10);
    let votes = Votes::new(500, &ballots).expect("the ballots fit");
    answer(format_args!(
        "Borda points of the first {:.1}",
        votes.borda()[0]
    ));
    bench.bench_function("Borda, 20,000 ballots that list 10 of 500", |b| {
        b.iter(|| votes.borda());
    });
    let schulze = || votes.pairwise().expect("500 are compared").schulze_ranks();
    answer(format_args!(
        "sum of Schulze ranks {}",
        schulze().iter().sum::<usize>()
    ));
    bench.bench_function("Schulze, 20,000 ballots that list 10 of 500", |b| {
        b.iter(schulze);
    });
}

fn budget(bench: &mut Bench) {
    let ballots = cast(560, 100, 5);
    let votes = Votes::new(100, &ballots).expect("the ballots fit");
    let costs: Vec<i64> = (0..100)
        .map(|own| 1_000 * i64::from(5 + number(own, 99) % 85))
        .collect();
    let budget = Budget {
        costs: &costs,
        total: costs.iter().sum::<i64>() / 3,
    };
    let share = || {
        equal_shares(&votes, budget, Utility::Cardinality, Completion::default())
            .expect("the budget is one")
    };
    let found = share();
    answer(format_args!(
        "{} projects for {}",
        found.funded.len(),
        found.spent
    ));
    bench.bench_function("equal shares, 560 assemblies, 100 projects", |b| {
        b.iter(share);
    });
}

/// 280 districts, 42 sectors, 7 communes and the whole, with 20,000 demands.
fn plans(bench: &mut Bench) {
    let counts = [280, 42, 7, 1];
    let keys: Vec<String> = (0..280).map(|own| own.to_string()).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let parents: Vec<Vec<Option<usize>>> = counts
        .windows(2)
        .map(|pair| {
            (0..pair[0])
                .map(|own| Some(own * pair[1] / pair[0]))
                .collect()
        })
        .collect();
    let level = |(position, id): (usize, &'static str)| LevelRows {
        id,
        keys: &keys[..counts[position]],
        parents: &parents[position][..],
    };
    let levels: Vec<LevelRows<'_>> = ["districts", "sectors", "communes"]
        .into_iter()
        .enumerate()
        .map(level)
        .collect();
    let hierarchy = Hierarchy::new(&levels).expect("the levels fit");
    let ids: Vec<String> = (0..20_000).map(|own| own.to_string()).collect();
    let records: Vec<DemandRecord<'_>> = ids
        .iter()
        .zip(0..)
        .map(|(id, row)| record(id, row))
        .collect();
    let plans = || {
        let cycle = Cycle::new(&hierarchy, &records).expect("the demands fit");
        let votes = cycle.votes();
        let criteria = [Criterion {
            values: &votes,
            polarity: Polarity::HigherIsBetter,
            weight: 1.0,
            bounds: None,
        }];
        let weighing = Weighing {
            criteria: &criteria,
            normalisation: Normalisation::MinMax,
            random: None,
        };
        let plan = |(level, row)| {
            cycle
                .plan(level, row, weighing)
                .expect("the territory is there")
        };
        let places = counts
            .iter()
            .enumerate()
            .flat_map(|(level, &count)| (0..count).map(move |row| (level, row)));
        let cost: i64 = places.map(plan).map(|plan| plan.totals.projects.cost).sum();
        (cost, Funnel::new(&cycle))
    };
    answer(format_args!("cost over all levels {}", plans().0));
    bench.bench_function("330 plans and the funnel of 20,000 demands", |b| {
        b.iter(plans);
    });
}

fn record(id: &str, row: u32) -> DemandRecord<'_> {
    let at = |column, count: u32| usize::try_from(number(row, column) % count).unwrap_or_default();
    DemandRecord {
        id,
        theme: ["green", "health", "mobility", "safety"][at(1, 4)],
        title: "",
        votes: u64::from(number(row, 2)),
        stage: Stage::ALL[at(3, 4)],
        status: Status::ALL[at(4, 6)],
        place: at(5, 280),
        assembly: None,
        same_as: None,
        cost: Some(i64::from(number(row, 6)) * 1_000_000),
        beneficiaries: None,
        funding: None,
        project: None,
    }
}
