//! Every way of asking against trying all subsets, at the edges, and at any number of threads.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;
use crate::Metric;

fn at(x_m: f64, y_m: f64) -> Metric {
    Metric { x_m, y_m }
}

/// A problem of points on a line.
fn line(demand: &[f64], weights: &[f64], candidates: &[f64], existing: &[f64]) -> Problem {
    let places = |all: &[f64]| all.iter().map(|&x_m| at(x_m, 0.0)).collect::<Vec<_>>();
    let (candidates, existing) = (places(candidates), places(existing));
    Problem::between(
        &places(demand),
        weights,
        Facilities::Points(&candidates),
        Some(Facilities::Points(&existing)),
        None,
    )
    .unwrap()
}

fn rows(plan: &Plan) -> Vec<u32> {
    plan.sites.iter().map(|site| site.row).collect()
}

fn limits() -> Limits {
    Limits::default()
}

/// A problem as plain tables, solved by trying every subset of the candidates.
#[derive(Debug)]
struct Plain {
    weights: Vec<f64>,
    existing_m: Vec<f64>,
    metres: Vec<Vec<f64>>,
    reach_m: f64,
}

impl Plain {
    fn problem(&self) -> Problem {
        let candidates = self.metres.first().map_or(0, Vec::len);
        let distances = if self.reach_m.is_finite() {
            let mut pairs = vec![];
            for (row, line) in (0u32..).zip(&self.metres) {
                let near = (0u32..)
                    .zip(line)
                    .filter(|(_, metres)| **metres <= self.reach_m);
                pairs.extend(near.map(|(candidate, &metres)| (row, candidate, metres)));
            }
            Distances::from_pairs(self.metres.len(), candidates, &pairs, self.reach_m)
        } else {
            Distances::from_table(self.metres.len(), candidates, &self.metres.concat())
        };
        let nearest = |&distance_m: &f64| {
            distance_m
                .is_finite()
                .then_some(Nearest { row: 0, distance_m })
        };
        let existing = self.existing_m.iter().map(nearest).collect();
        Problem::new(&self.weights, existing, distances.unwrap()).unwrap()
    }

    fn subsets(&self, p: usize) -> impl Iterator<Item = Vec<usize>> {
        let candidates = self.metres.first().map_or(0, Vec::len);
        (0u32..1 << candidates)
            .filter(move |bits| bits.count_ones() as usize <= p)
            .map(move |bits| (0..candidates).filter(|&at| bits >> at & 1 == 1).collect())
    }

    /// Distance of each demand point to its nearest facility, no more than the reach.
    fn nearest_m(&self, chosen: &[usize]) -> Vec<f64> {
        let one = |(line, &existing): (&Vec<f64>, &f64)| {
            let all = chosen.iter().map(|&candidate| line[candidate]);
            all.chain([existing, self.reach_m])
                .fold(f64::INFINITY, f64::min)
        };
        self.metres.iter().zip(&self.existing_m).map(one).collect()
    }

    /// Demand points that count and can be reached.
    fn reachable(&self) -> Vec<bool> {
        let one = |((line, &existing), &weight): ((&Vec<f64>, &f64), &f64)| {
            let near = line
                .iter()
                .chain([&existing])
                .any(|&metres| metres.is_finite() && metres <= self.reach_m);
            weight > 0.0 && near
        };
        self.metres
            .iter()
            .zip(&self.existing_m)
            .zip(&self.weights)
            .map(one)
            .collect()
    }

    fn cost(&self, chosen: &[usize]) -> f64 {
        let nearest = self.nearest_m(chosen);
        let counted = nearest.iter().zip(&self.weights).zip(self.reachable());
        counted
            .filter(|(_, reachable)| *reachable)
            .map(|((metres, weight), _)| metres * weight)
            .sum()
    }

    fn largest_m(&self, chosen: &[usize]) -> f64 {
        let nearest = self.nearest_m(chosen);
        let counted = nearest.iter().zip(self.reachable());
        counted
            .filter(|(_, reachable)| *reachable)
            .map(|(metres, _)| *metres)
            .fold(0.0, f64::max)
    }

    fn covered(&self, chosen: &[usize], within_m: f64) -> Vec<bool> {
        let one = |(line, &existing): (&Vec<f64>, &f64)| {
            existing <= within_m || chosen.iter().any(|&candidate| line[candidate] <= within_m)
        };
        self.metres.iter().zip(&self.existing_m).map(one).collect()
    }

    fn covered_weight(&self, chosen: &[usize], within_m: f64) -> f64 {
        let covered = self.covered(chosen, within_m);
        covered
            .iter()
            .zip(&self.weights)
            .filter(|(covered, _)| **covered)
            .map(|(_, weight)| weight)
            .sum()
    }

    /// Whether everybody is covered who would be with everything built.
    fn leaves_nobody(&self, chosen: &[usize], within_m: f64) -> bool {
        let all: Vec<usize> = (0..self.metres.first().map_or(0, Vec::len)).collect();
        let (possible, covered) = (self.covered(&all, within_m), self.covered(chosen, within_m));
        let mut each = possible.iter().zip(covered).zip(&self.weights);
        each.all(|((possible, covered), weight)| covered || !possible || *weight == 0.0)
    }
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1e-9)
}

/// Instances with ties, whole and fractional weights, zero weights, and with or without existing facilities and a reach.
fn instances() -> impl Strategy<Value = Plain> {
    let place = || (0u8..12, 0u8..12);
    let places = |len| prop::collection::vec(place(), len);
    let weights = prop::collection::vec((0u8..6, any::<bool>()), 12);
    (
        places(1..13),
        places(1..11),
        places(0..3),
        weights,
        any::<bool>(),
    )
        .prop_map(|(demand, candidates, existing, weights, has_reach)| {
            let metres = |a: (u8, u8), b: (u8, u8)| {
                let (dx, dy) = (
                    f64::from(a.0) - f64::from(b.0),
                    f64::from(a.1) - f64::from(b.1),
                );
                (dx * dx + dy * dy).sqrt() * 100.0
            };
            let table = |from: &(u8, u8)| candidates.iter().map(|&to| metres(*from, to)).collect();
            let nearest = |from: &(u8, u8)| {
                existing
                    .iter()
                    .map(|&to| metres(*from, to))
                    .fold(f64::INFINITY, f64::min)
            };
            let weight = |&(whole, fraction): &(u8, bool)| {
                f64::from(whole) * if fraction { 0.37 } else { 1.0 }
            };
            Plain {
                weights: weights.iter().map(weight).take(demand.len()).collect(),
                existing_m: demand.iter().map(nearest).collect(),
                metres: demand.iter().map(table).collect(),
                reach_m: if has_reach { 500.0 } else { f64::INFINITY },
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), failure_persistence: None, cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn the_p_median_is_the_best_of_all_subsets(plain in instances(), p in 1usize..5) {
        let plan = plain.problem().p_median(p, limits()).unwrap();
        let best = plain.subsets(p).filter(|chosen| !chosen.is_empty()).map(|chosen| plain.cost(&chosen)).fold(f64::INFINITY, f64::min);
        prop_assert!(plan.proven && plan.gap == 0.0 && plan.sites.len() <= p);
        prop_assert!(close(plan.objective, best), "{} {best}", plan.objective);
        let chosen: Vec<usize> = rows(&plan).iter().map(|&row| row as usize).collect();
        prop_assert!(plan.sites.is_empty() || close(plain.cost(&chosen), plan.objective));
    }

    #[test]
    fn maximal_coverage_is_the_best_of_all_subsets(plain in instances(), p in 0usize..5, within in 0u8..5) {
        let within_m = f64::from(within) * 100.0;
        let plan = plain.problem().maximal_coverage(p, within_m, limits()).unwrap();
        let best = plain.subsets(p).map(|chosen| plain.covered_weight(&chosen, within_m)).fold(0.0, f64::max);
        prop_assert!(plan.proven && plan.sites.len() <= p);
        prop_assert!(close(plan.objective, best), "{} {best}", plan.objective);
        let gains: f64 = plan.sites.iter().filter_map(|site| site.gain).sum();
        prop_assert!(close(gains, plan.after.covered_weight.unwrap() - plan.before.covered_weight.unwrap()));
    }

    #[test]
    fn a_set_cover_is_the_smallest_that_leaves_nobody_out(plain in instances(), within in 0u8..5) {
        let within_m = f64::from(within) * 100.0;
        let plan = plain.problem().set_cover(within_m, limits()).unwrap();
        let fewest = plain.subsets(usize::MAX).filter(|chosen| plain.leaves_nobody(chosen, within_m)).map(|chosen| chosen.len()).min();
        prop_assert!(plan.proven);
        prop_assert_eq!(Some(plan.sites.len()), fewest);
        let chosen: Vec<usize> = rows(&plan).iter().map(|&row| row as usize).collect();
        prop_assert!(plain.leaves_nobody(&chosen, within_m));
    }

    #[test]
    fn the_p_center_is_the_best_of_all_subsets(plain in instances(), p in 1usize..5) {
        let plan = plain.problem().p_center(p, limits()).unwrap();
        let best = plain.subsets(p).filter(|chosen| !chosen.is_empty()).map(|chosen| plain.largest_m(&chosen)).fold(f64::INFINITY, f64::min);
        prop_assert!(plan.proven && plan.sites.len() <= p);
        prop_assert!(close(plan.objective, best), "{} {best}", plan.objective);
    }
}

#[test]
fn a_new_facility_takes_those_that_are_nearer_to_it_and_says_what_it_gains() {
    let problem = line(
        &[0.0, 10.0, 20.0, 100.0],
        &[1.0, 2.0, 3.0, 4.0],
        &[10.0, 90.0],
        &[0.0],
    );
    let plan = problem.p_median(2, limits()).unwrap();
    assert_eq!(rows(&plan), [1, 0]);
    assert_eq!(
        (plan.objective, plan.bound, plan.gap, plan.proven),
        (70.0, 70.0, 0.0, true)
    );
    let first = &plan.sites[0];
    assert_eq!(
        (first.gain, first.weight, first.points),
        (Some(360.0), 4.0, 1)
    );
    assert_eq!((first.mean_m, first.max_m), (Some(10.0), Some(10.0)));
    assert_eq!(plan.sites[1].gain, Some(50.0));
    assert_eq!(
        (plan.sites[1].weight, plan.sites[1].mean_m),
        (5.0, Some(6.0))
    );
    assert_eq!(
        (plan.before.mean_m, plan.before.max_m),
        (Some(48.0), Some(100.0))
    );
    assert_eq!(
        (plan.after.mean_m, plan.after.max_m),
        (Some(7.0), Some(10.0))
    );
    let facilities: Vec<_> = plan
        .allocation
        .iter()
        .map(|one| one.after.unwrap().facility)
        .collect();
    assert_eq!(
        facilities,
        [
            Facility::Existing(0),
            Facility::New(0),
            Facility::New(0),
            Facility::New(1)
        ]
    );
    assert_eq!(plan.allocation[3].before.unwrap().distance_m, 100.0);
}

#[test]
fn the_rim_of_the_radius_is_covered_and_what_is_beyond_everything_is_listed() {
    let problem = line(
        &[0.0, 10.0, 20.0, 100.0],
        &[1.0, 2.0, 3.0, 4.0],
        &[10.0, 30.0],
        &[0.0],
    );
    let plan = problem.maximal_coverage(1, 10.0, limits()).unwrap();
    assert_eq!(rows(&plan), [0]);
    assert_eq!((plan.objective, plan.bound), (6.0, 6.0));
    assert_eq!(plan.unreachable, [3]);
    assert_eq!(
        (plan.before.covered_weight, plan.before.covered_share),
        (Some(3.0), Some(0.3))
    );
    assert_eq!(
        (plan.after.covered_weight, plan.after.covered_share),
        (Some(6.0), Some(0.6))
    );
    assert_eq!(plan.sites[0].gain, Some(3.0));
    assert_eq!(rows(&problem.set_cover(10.0, limits()).unwrap()), [0]);
}

#[test]
fn the_first_facility_of_all_has_no_gain_to_state() {
    let problem = line(&[0.0, 10.0, 50.0], &[1.0; 3], &[0.0, 50.0], &[]);
    let plan = problem.p_median(2, limits()).unwrap();
    assert_eq!(rows(&plan), [0, 1]);
    assert_eq!((plan.sites[0].gain, plan.sites[1].gain), (None, Some(50.0)));
    assert_eq!((plan.before.mean_m, plan.before.served_weight), (None, 0.0));
}

#[test]
fn with_p_of_zero_nothing_changes_and_without_any_facility_that_is_an_error() {
    let problem = line(&[0.0, 30.0], &[1.0, 2.0], &[5.0, 30.0], &[10.0]);
    let median = problem.p_median(0, limits()).unwrap();
    assert_eq!(
        (median.objective, median.bound, median.proven),
        (50.0, 50.0, true)
    );
    assert!(median.sites.is_empty() && median.before == median.after);
    let center = problem.p_center(0, limits()).unwrap();
    assert_eq!((center.objective, center.proven), (20.0, true));
    let coverage = problem.maximal_coverage(0, 10.0, limits()).unwrap();
    assert_eq!((coverage.objective, coverage.proven), (1.0, true));
    let bare = line(&[0.0], &[1.0], &[5.0], &[]);
    assert_eq!(bare.p_median(0, limits()), Err(SiteError::NoFacility));
    assert_eq!(bare.p_center(0, limits()), Err(SiteError::NoFacility));
    assert_eq!(
        bare.maximal_coverage(0, 9.0, limits()).unwrap().objective,
        0.0
    );
}

#[test]
fn with_more_sites_than_candidates_every_candidate_that_gains_is_built() {
    let problem = line(&[0.0, 30.0, 60.0], &[1.0; 3], &[0.0, 29.0, 30.0, 60.0], &[]);
    let plan = problem.p_median(usize::MAX, limits()).unwrap();
    let mut built = rows(&plan);
    built.sort_unstable();
    assert_eq!(
        (built, plan.objective, plan.proven),
        (vec![0, 2, 3], 0.0, true)
    );
    assert_eq!(plan.gap, 0.0);
    assert!(problem.p_center(usize::MAX, limits()).unwrap().proven);
}

#[test]
fn of_two_candidates_at_one_place_the_first_is_built_and_the_second_gains_nothing() {
    let problem = line(
        &[0.0, 0.0, 50.0, 50.0],
        &[1.0; 4],
        &[50.0, 0.0, 50.0, 0.0],
        &[],
    );
    for plan in [
        problem.p_median(4, limits()).unwrap(),
        problem.maximal_coverage(4, 10.0, limits()).unwrap(),
        problem.set_cover(10.0, limits()).unwrap(),
        problem.p_center(4, limits()).unwrap(),
    ] {
        assert_eq!(rows(&plan), [0, 1]);
        assert_eq!(plan.sites[0].points, 2);
    }
}

#[test]
fn one_candidate_at_the_same_distance_from_all_is_still_built() {
    let problem = line(&[0.0, 20.0], &[1.0; 2], &[10.0], &[]);
    assert_eq!(rows(&problem.p_median(1, limits()).unwrap()), [0]);
    assert_eq!(rows(&problem.p_center(1, limits()).unwrap()), [0]);
}

#[test]
fn without_demand_candidates_or_weight_nothing_is_built() {
    let nobody = line(&[], &[], &[0.0], &[5.0]);
    let nowhere = line(&[0.0, 3.0], &[1.0, 1.0], &[], &[5.0]);
    let weightless = line(&[0.0, 3.0], &[0.0, f64::NAN], &[0.0], &[5.0]);
    for (problem, median, covered) in [
        (nobody, 0.0, 0.0),
        (nowhere, 7.0, 1.0),
        (weightless, 0.0, 0.0),
    ] {
        let plans = [
            problem.p_median(2, limits()).unwrap(),
            problem.maximal_coverage(2, 2.0, limits()).unwrap(),
            problem.set_cover(2.0, limits()).unwrap(),
            problem.p_center(2, limits()).unwrap(),
        ];
        assert!(
            plans
                .iter()
                .all(|plan| plan.sites.is_empty() && plan.proven && plan.gap == 0.0)
        );
        assert_eq!(
            (plans[0].objective, plans[1].objective, plans[2].objective),
            (median, covered, 0.0)
        );
    }
    let weightless = line(&[0.0, 3.0], &[0.0, f64::NAN], &[0.0], &[5.0]);
    let plan = weightless.p_median(2, limits()).unwrap();
    assert_eq!((plan.after.mean_m, plan.after.covered_share), (None, None));
    assert_eq!(plan.allocation[1].after.unwrap().distance_m, 2.0);
    assert_eq!(
        weightless
            .maximal_coverage(1, 2.0, limits())
            .unwrap()
            .after
            .covered_share,
        None
    );
}

#[test]
fn who_has_no_place_is_unreachable_and_a_candidate_without_a_place_is_never_built() {
    let problem = line(
        &[f64::NAN, 0.0, 30.0],
        &[5.0, 1.0, 1.0],
        &[f64::NAN, 0.0, f64::INFINITY],
        &[],
    );
    let plan = problem.p_median(3, limits()).unwrap();
    assert_eq!(
        (rows(&plan), plan.unreachable.as_slice(), plan.objective),
        (vec![1], [0].as_slice(), 30.0)
    );
    assert_eq!((plan.after.weight, plan.after.served_weight), (7.0, 2.0));
    assert_eq!(plan.allocation[0], Allocation::default());
    assert_eq!(
        problem.set_cover(5.0, limits()).unwrap().unreachable,
        [0, 2]
    );
    assert_eq!(problem.p_center(1, limits()).unwrap().objective, 30.0);
}

#[test]
fn beyond_the_reach_a_distance_counts_as_the_reach() {
    let places = [at(0.0, 0.0), at(100.0, 0.0), at(500.0, 0.0)];
    let candidates = [at(10.0, 0.0), at(110.0, 0.0)];
    let existing = [at(490.0, 0.0)];
    let [candidates, existing] = [&candidates[..], &existing[..]].map(Facilities::Points);
    let problem = Problem::between(
        &places,
        &[1.0, 2.0, 1.0],
        candidates,
        Some(existing),
        Some(50.0),
    )
    .unwrap();
    let plan = problem.p_median(1, limits()).unwrap();
    assert_eq!((rows(&plan), plan.objective), (vec![1], 50.0 + 20.0 + 10.0));
    assert_eq!(
        (plan.after.served_weight, plan.sites[0].gain),
        (3.0, Some(80.0))
    );
    assert_eq!(problem.p_center(1, limits()).unwrap().objective, 50.0);
    assert_eq!(problem.p_center(2, limits()).unwrap().objective, 10.0);
    let beyond = SiteError::BeyondReach {
        within_m: 51.0,
        reach_m: 50.0,
    };
    assert_eq!(problem.maximal_coverage(1, 51.0, limits()), Err(beyond));
}

#[test]
fn what_cannot_be_is_an_error_that_names_it() {
    let table = |metres: &[f64]| Distances::from_table(1, 2, metres);
    assert_eq!(
        table(&[1.0]).unwrap_err().to_string(),
        "distances: 1 entries where 2 are needed"
    );
    for wrong in [-1.0, f64::NAN, f64::INFINITY, 1e13] {
        assert!(matches!(
            table(&[0.0, wrong]),
            Err(SiteError::Distance { row: 0, .. })
        ));
    }
    let pairs = |pairs: &[(u32, u32, f64)]| Distances::from_pairs(2, 2, pairs, 9.0).unwrap_err();
    assert_eq!(
        pairs(&[(2, 0, 1.0)]).to_string(),
        "demand row 2 does not exist: there are 2"
    );
    assert_eq!(
        pairs(&[(0, 2, 1.0)]).to_string(),
        "candidate row 2 does not exist: there are 2"
    );
    assert_eq!(
        pairs(&[(0, 1, 1.0), (0, 1, 1.0)]),
        SiteError::Twice {
            row: 0,
            candidate: 1
        }
    );
    assert!(
        pairs(&[(0, 1, 9.5)])
            .to_string()
            .contains("a number from 0 to 9")
    );
    assert_eq!(
        Distances::from_pairs(0, 0, &[], f64::NAN)
            .unwrap_err()
            .to_string(),
        "a radius of NaN m: it must be a number from 0 to 1e12"
    );
    let weights = |weights: &[f64]| {
        Problem::new(weights, vec![None], table(&[1.0, 2.0]).unwrap()).unwrap_err()
    };
    assert_eq!(
        weights(&[-1.0]).to_string(),
        "the weight of demand row 0 is -1: it must be a number from 0 to 1e15"
    );
    assert!(matches!(
        weights(&[f64::INFINITY]),
        SiteError::Weight { row: 0, .. }
    ));
    assert!(matches!(
        weights(&[]),
        SiteError::Length {
            what: "weights",
            ..
        }
    ));
    let existing = vec![Some(Nearest {
        row: 7,
        distance_m: f64::NAN,
    })];
    let existing = Problem::new(&[1.0], existing, table(&[1.0, 2.0]).unwrap()).unwrap_err();
    assert!(existing.to_string().contains("existing facility 7"));
    let problem = line(&[0.0], &[1.0], &[5.0], &[]);
    assert!(matches!(
        problem.set_cover(-1.0, limits()),
        Err(SiteError::Radius { .. })
    ));
    let many = vec![at(0.0, 0.0); MAX_CANDIDATES + 1];
    let many =
        Problem::between(&many[..1], &[1.0], Facilities::Points(&many), None, None).unwrap_err();
    assert_eq!(
        many.to_string(),
        "65537 candidates: at most 65536 are possible; select some of them"
    );
    let many = vec![at(0.0, 0.0); 5000];
    let many = Problem::between(
        &many,
        &vec![1.0; 5000],
        Facilities::Points(&many),
        None,
        None,
    )
    .unwrap_err();
    assert!(matches!(
        many,
        SiteError::TooMany {
            what: "pairs of demand point and candidate",
            ..
        }
    ));
}

/// Places from a small generator, so that the test needs no file.
fn scattered(count: usize, mut seed: u64) -> Vec<Metric> {
    let mut next = || {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(seed >> 40).unwrap()) / f64::from(1 << 24) * 30_000.0
    };
    (0..count).map(|_| at(next(), next())).collect()
}

fn city() -> Problem {
    let (demand, candidates) = (scattered(2000, 1), scattered(150, 2));
    let weights: Vec<f64> = (0..2000).map(|row| f64::from(row % 97)).collect();
    Problem::between(
        &demand,
        &weights,
        Facilities::Points(&candidates),
        None,
        None,
    )
    .unwrap()
}

#[test]
fn a_search_that_is_cut_short_says_how_far_it_may_be_from_the_best() {
    let problem = city();
    let best = problem.p_median(8, limits()).unwrap();
    assert!(best.proven);
    for visits in [0, 1_000_000, 10_000_000] {
        let plan = problem.p_median(8, Limits { visits }).unwrap();
        assert!(
            plan.bound <= best.objective * (1.0 + 1e-9)
                && best.objective <= plan.objective * (1.0 + 1e-9)
        );
        assert!(close(
            plan.gap,
            (plan.objective - plan.bound) / plan.objective
        ));
        assert_eq!(plan.proven, plan.gap == 0.0);
        assert!(visits > 0 || !plan.proven);
    }
    let cover = problem.set_cover(2500.0, limits()).unwrap();
    let short = problem.set_cover(2500.0, Limits { visits: 0 }).unwrap();
    assert!(cover.proven && short.bound <= cover.objective && cover.objective <= short.objective);
    let center = problem.p_center(8, limits()).unwrap();
    let short = problem.p_center(8, Limits { visits: 0 }).unwrap();
    assert!(
        center.proven && short.bound <= center.objective && center.objective <= short.objective
    );
    let most = problem.maximal_coverage(8, 2500.0, limits()).unwrap();
    let short = problem
        .maximal_coverage(8, 2500.0, Limits { visits: 0 })
        .unwrap();
    assert!(most.proven && short.bound >= most.objective && most.objective >= short.objective);
}

#[test]
fn the_plan_is_the_same_bits_at_any_number_of_threads() {
    let plans = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            let problem = city();
            let short = Limits { visits: 30_000_000 };
            [
                problem.p_median(5, short).unwrap(),
                problem.maximal_coverage(5, 4000.0, short).unwrap(),
                problem.p_center(5, short).unwrap(),
            ]
        })
    };
    assert_eq!(format!("{:?}", plans(1)), format!("{:?}", plans(3)));
}

#[test]
fn polygons_are_as_far_as_their_border_and_rows_select_among_them() {
    let square = |x: f64| {
        let ring = [
            (x, 0.0),
            (x + 10.0, 0.0),
            (x + 10.0, 10.0),
            (x, 10.0),
            (x, 0.0),
        ];
        geo_types::Polygon::new(ring.to_vec().into(), vec![])
    };
    let layer =
        crate::layer::tests_support::polygons(vec![square(0.0), square(100.0), square(200.0)]);
    let all = Facilities::Layer {
        layer: &layer,
        rows: None,
    };
    let last_two = Facilities::Layer {
        layer: &layer,
        rows: Some(&[2, 1]),
    };
    let first = Facilities::Layer {
        layer: &layer,
        rows: Some(&[0]),
    };
    let demand = [at(5.0, 5.0), at(105.0, 20.0), at(190.0, 5.0)];
    let problem =
        |within_m| Problem::between(&demand, &[1.0; 3], last_two, Some(first), within_m).unwrap();
    // Without a radius the second square serves two of them better, so it comes first.
    for (within_m, order) in [(None, [1, 2]), (Some(50.0), [2, 1])] {
        let plan = problem(within_m).p_median(2, limits()).unwrap();
        assert_eq!(rows(&plan), order);
        assert_eq!(plan.objective, 20.0);
        assert_eq!(
            plan.allocation[0].after.unwrap().facility,
            Facility::Existing(0)
        );
    }
    let alone = Problem::between(&demand, &[1.0; 3], all, None, None).unwrap();
    assert_eq!(alone.p_median(3, limits()).unwrap().objective, 20.0);
    let beyond = Facilities::Layer {
        layer: &layer,
        rows: Some(&[3]),
    };
    let error = Problem::between(&demand, &[1.0; 3], beyond, None, None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "candidate row 3 does not exist: there are 3"
    );
}
