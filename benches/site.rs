//! Where to build: p-median, coverage, set cover and p-centre, proven, on scattered demand.

use comarca_benches::{Bench, answer, bench};
use comarca_engine::Metric;
use comarca_engine::site::{Facilities, Limits, Plan, Problem};
use comarca_generator::bulk::SIDE_M;

fn main() {
    let mut bench = bench();
    let limits = Limits::default();
    let own = City::new(280, 100);
    own.measure(&mut bench, "p-median p = 10", |problem| {
        problem.p_median(10, limits)
    });
    let square = City::new(280, 280);
    square.measure(
        &mut bench,
        "maximal coverage p = 10 within 2 km",
        |problem| problem.maximal_coverage(10, 2000.0, limits),
    );
    square.measure(&mut bench, "set cover within 3 km", |problem| {
        problem.set_cover(3000.0, limits)
    });
    own.measure(&mut bench, "p-centre p = 10", |problem| {
        problem.p_center(10, limits)
    });
    // Blocks of the sample and of eight communes.
    for demand in [6000, 50_000] {
        let mut blocks = City::new(demand, 300);
        blocks.measure(&mut bench, "p-median p = 3", |problem| {
            problem.p_median(3, limits)
        });
        blocks.existing = places(20, 3);
        blocks.measure(&mut bench, "p-median p = 3 beside 20", |problem| {
            problem.p_median(3, limits)
        });
        blocks.measure(
            &mut bench,
            "maximal coverage p = 3 beside 20 within 1 km",
            |problem| problem.maximal_coverage(3, 1000.0, limits),
        );
    }
    bench.final_summary();
}

struct City {
    demand: Vec<Metric>,
    weights: Vec<f64>,
    candidates: Vec<Metric>,
    existing: Vec<Metric>,
}

impl City {
    fn new(demand: usize, candidates: usize) -> Self {
        Self {
            demand: places(demand, 1),
            weights: (0u32..)
                .take(demand)
                .map(|row| f64::from(1 + row * 7919 % 997))
                .collect(),
            candidates: places(candidates, 2),
            existing: vec![],
        }
    }

    /// From places to the plan, distances included.
    fn measure<E: std::fmt::Debug>(
        &self,
        bench: &mut Bench,
        what: &str,
        ask: impl Fn(&Problem) -> Result<Plan, E>,
    ) {
        let solve = || {
            let [candidates, existing] =
                [&self.candidates, &self.existing].map(|all| Facilities::Points(all));
            let problem = Problem::between(
                &self.demand,
                &self.weights,
                candidates,
                Some(existing),
                None,
            );
            ask(&problem.expect("the city is a problem")).expect("it has an answer")
        };
        let (size, plan) = (
            format!("{} × {}", self.demand.len(), self.candidates.len()),
            solve(),
        );
        answer(format_args!(
            "{size}, {what}: {} (gap {:.1e})",
            plan.objective, plan.gap
        ));
        let mut group = bench.benchmark_group("siting");
        group.bench_function(format!("{size}, {what}"), |b| b.iter(solve));
        group.finish();
    }
}

/// Places in the generated square. `peers/site.py` draws the same ones.
fn places(count: usize, seed: u64) -> Vec<Metric> {
    let mut state = seed;
    let mut next = || {
        // Knuth's linear congruential generator (MMIX), of which the high bits are good.
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / f64::from(1 << 24) * SIDE_M
    };
    (0..count)
        .map(|_| Metric {
            x_m: next(),
            y_m: next(),
        })
        .collect()
}
