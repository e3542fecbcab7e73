//! Edge cases and laws that all statistics share.

use geo_types::{Geometry, Point, Rect};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;
use crate::layer::tests_support::{layer, polygons};

type Run = fn(&[Option<f64>], &Weights, &Inference) -> Option<Global>;
type RunLocal = fn(&[Option<f64>], &Weights, &Inference) -> Local;

const GLOBAL: [Run; 4] = [moran, geary, getis_ord, |values, weights, inference| {
    moran_bivariate(values, values, weights, inference)
}];
const LOCAL: [RunLocal; 4] = [
    local_moran,
    local_geary,
    |values, weights, inference| local_getis_ord(values, weights, Focal::Excluded, inference),
    |values, weights, inference| local_getis_ord(values, weights, Focal::Included, inference),
];

/// Squares in a row, each touching the next.
fn chain(count: u32) -> Weights {
    let square = |cell: u32| {
        let x = f64::from(cell) * 10.0;
        Rect::new((x, 0.0), (x + 10.0, 10.0)).to_polygon()
    };
    let layer = polygons((0..count).map(square).collect());
    Weights::build(&layer, WeightsSpec::Queen, Transform::RowStandardised).unwrap()
}

fn some(values: &[f64]) -> Vec<Option<f64>> {
    values.iter().copied().map(Some).collect()
}

#[test]
fn a_constant_variable_has_no_statistic_and_every_row_says_so() {
    // Tenths do not add up exactly: a mean of theirs differs from each.
    let values = some(&[0.1; 7]);
    for run in GLOBAL {
        assert_eq!(run(&values, &chain(7), &Inference::default()), None);
    }
    for run in LOCAL {
        let local = run(&values, &chain(7), &Inference::default());
        assert!(
            local
                .rows
                .iter()
                .all(|row| row.cluster == Cluster::Undefined
                    && row.statistic.is_none()
                    && row.p.is_none()
                    && row.lag.is_some())
        );
        assert_eq!(local.corrections.tests, 0);
    }
}

#[test]
fn none_one_and_two_territories_do_not_break_anything() {
    for count in 0..3u8 {
        let values: Vec<Option<f64>> = (0..count).map(|value| Some(f64::from(value))).collect();
        let weights = chain(u32::from(count));
        for run in GLOBAL {
            let found = run(&values, &weights, &Inference::default());
            assert!(count == 2 || found.is_none());
        }
        for run in [moran, geary] {
            if let Some(found) = run(&values, &weights, &Inference::default()) {
                assert_eq!(
                    (found.variance, found.z),
                    (None, None),
                    "nothing varies among two"
                );
                assert_eq!(found.p_permutation, Some(1.0));
            }
        }
        for run in LOCAL {
            let local = run(&values, &weights, &Inference::default());
            assert_eq!(local.rows.len(), usize::from(count));
            if count == 1 {
                assert_eq!(local.rows[0].cluster, Cluster::Island);
                assert_eq!(local.method.left_out.islands, 1);
            }
        }
        assert_eq!(
            join_counts(&[Some(true)], &weights, &Inference::default()),
            None
        );
    }
    // z = ±½ and S0 = 2: I = (2 / 2) (−½) / ½.
    let two = moran(&some(&[0.0, 1.0]), &chain(2), &Inference::default());
    assert_eq!(two.map(|two| two.statistic), Some(-1.0));
}

#[test]
fn with_all_values_missing_every_row_is_missing() {
    let values = [None, Some(f64::NAN), Some(f64::INFINITY), None];
    for run in GLOBAL {
        assert_eq!(run(&values, &chain(4), &Inference::default()), None);
    }
    for run in LOCAL {
        let local = run(&values, &chain(4), &Inference::default());
        assert!(local.rows.iter().all(|row| row.cluster == Cluster::Missing));
        assert_eq!(local.method.left_out.missing, 4);
    }
    let rates = eb_rates(&values, &values);
    assert_eq!((rates.missing, rates.rates), (4, vec![None; 4]));
}

#[test]
fn anchors_at_one_place_and_more_neighbours_than_others_are_no_problem() {
    let points = [
        (0.0, 0.0),
        (0.0, 0.0),
        (0.0, 0.0),
        (5.0, 0.0),
        (f64::NAN, 0.0),
    ];
    let points = points.map(|at| Geometry::Point(Point::from(at)));
    let layer = layer("p", &points, vec![]);
    let build =
        |spec: &str| Weights::build(&layer, spec.parse().unwrap(), Transform::Binary).unwrap();
    let nearest = build("knn:1");
    let of: Vec<&[u32]> = (0..5).map(|row| nearest.neighbours(row)).collect();
    assert_eq!(
        of,
        [&[1][..], &[0], &[0], &[0], &[]],
        "the lower row wins a tie"
    );
    assert_eq!(build("knn:9").neighbours(3), [0, 1, 2]);
    assert_eq!(build("distance:5").links(), 12, "the distance is inclusive");
    assert_eq!(build("distance:4.999").links(), 6);
    assert_eq!(build("queen").links(), 0, "points have no borders");
    let values = some(&[1.0, 2.0, 3.0, 4.0, 5.0]);
    let local = local_moran(&values, &build("knn:9"), &Inference::default());
    assert_eq!(local.rows[4].cluster, Cluster::Island);
    assert!(
        local.rows[..4].iter().all(|row| row.p == Some(1.0)),
        "all others: nothing to draw"
    );
}

#[test]
fn a_territory_at_the_mean_is_not_significant_whatever_its_neighbours() {
    // esda 2.9.0 gives p_sim = 1 / (M + 1) here, since no draw of zeros is below zero.
    let values = some(&[9.0, 5.0, 9.0, 1.0, 1.0, 5.0]);
    let local = local_moran(&values, &chain(6), &Inference::default());
    assert_eq!(
        (local.rows[1].statistic, local.rows[1].p),
        (Some(0.0), Some(1.0))
    );
}

#[test]
fn correction_decides_which_rows_a_map_colours() {
    let values: Vec<f64> = (0..200u32)
        .map(|at| f64::from(u8::from(at < 20)) + f64::from(at * 37 % 11) / 50.0)
        .collect();
    let run = |correction| {
        let inference = Inference {
            tail: Tail::OneSided,
            correction,
            ..Inference::default()
        };
        local_moran(&some(&values), &chain(200), &inference)
    };
    let [none, fdr, bonferroni] =
        [Correction::None, Correction::Fdr, Correction::Bonferroni].map(run);
    let coloured = |local: &Local| local.rows.iter().filter(|row| row.significant).count();
    assert!(
        coloured(&none) > coloured(&fdr) && coloured(&fdr) > 0,
        "{} {}",
        coloured(&none),
        coloured(&fdr)
    );
    assert_eq!(coloured(&bonferroni), 0);
    assert!(!bonferroni.corrections.bonferroni_reachable());
    assert!(
        bonferroni
            .corrections
            .note()
            .unwrap()
            .contains("nothing can pass Bonferroni")
    );
    assert!(
        none.rows
            .iter()
            .zip(&fdr.rows)
            .all(|(a, b)| a.significant_fdr == b.significant)
    );
    let clusters = |rows: &[LocalRow]| {
        rows.iter()
            .filter(|row| row.cluster == Cluster::HighHigh)
            .count()
    };
    assert!(
        clusters(&fdr.rows[..20]) > 5,
        "{}",
        clusters(&fdr.rows[..20])
    );
    assert_eq!(clusters(&fdr.rows[20..]), 0);
}

#[test]
fn without_permutations_p_is_that_of_the_normal_distribution() {
    let inference = Inference {
        permutations: Permutations::new(0, 1).unwrap(),
        ..Inference::default()
    };
    let values = some(&[1.0, 2.0, 4.0, 8.0, 16.0, 3.0]);
    let found = moran(&values, &chain(6), &inference).unwrap();
    assert_eq!(found.p_permutation, None);
    assert_eq!(
        found.method.to_string(),
        "Moran's I of 6 territories; weights: queen contiguity (borders that meet, if only at a corner), row-standardised; two-sided p of the normal distribution"
    );
    let local = local_moran(&values, &chain(6), &inference);
    assert!(
        local
            .rows
            .iter()
            .all(|row| row.p.is_some_and(|p| p > 0.0 && p <= 1.0))
    );
    assert_eq!(local.corrections.p_floor, None);
}

#[test]
fn the_method_says_everything_in_one_sentence() {
    let mut values = some(&[1.0, 2.0, 4.0, 8.0, 16.0, 3.0]);
    values[1] = None;
    let local = local_moran(&values, &chain(6), &Inference::default());
    assert_eq!(
        local.method.to_string(),
        "local Moran's I of 4 territories; weights: queen contiguity (borders that meet, if only at a corner), row-standardised; two-sided pseudo-p of 999 conditional permutations, seed 1; significant at 0.05, false discovery rate (Benjamini & Hochberg); 1 without a value left out with their links; 1 without neighbours left out"
    );
}

#[test]
fn rates_of_nobody_and_rates_that_do_not_vary() {
    let (events, base) = (
        some(&[3.0, 0.0, 2.0, -1.0, 5.0]),
        some(&[300.0, 0.0, 200.0, 100.0, 500.0]),
    );
    let rates = eb_rates(&events, &base);
    // One in a hundred everywhere: the variance between territories is negative, and becomes zero.
    assert_eq!(
        rates.own_weights,
        [Some(0.0), None, Some(0.0), None, Some(0.0)]
    );
    assert_eq!(rates.rates[0], Some(0.01));
    assert_eq!(rates.missing, 2);
    let quiet = eb_rates(&some(&[0.0; 3]), &some(&[10.0; 3]));
    assert_eq!(quiet.rates, [Some(0.0); 3]);
    assert_eq!(excess_risk(&some(&[0.0; 3]), &some(&[10.0; 3])), [None; 3]);
    let local = eb_rates_local(&some(&[1.0, 50.0]), &some(&[100.0; 2]), &chain(1));
    assert_eq!(local.rates, [Some(0.01)], "an island keeps its own rate");
}

fn anything() -> impl Strategy<Value = f64> {
    prop_oneof![
        -1e3..1e3f64,
        Just(0.0),
        Just(f64::NAN),
        Just(1e308),
        Just(-1e308),
        Just(5e-324),
        Just(f64::INFINITY)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_value_and_no_neighbours_break_anything(
        values in prop::collection::vec(prop::option::of(anything()), 0..12),
        lists in prop::collection::vec(prop::collection::vec(0u32..14, 0..5), 0..12),
        binary in any::<bool>(),
    ) {
        let transform = if binary { Transform::Binary } else { Transform::RowStandardised };
        let weights = Weights::from_lists(&lists, transform);
        let inference = Inference { permutations: Permutations::new(19, 1).unwrap(), ..Inference::default() };
        for run in GLOBAL {
            if let Some(found) = run(&values, &weights, &inference) {
                prop_assert!(found.statistic.is_finite());
                prop_assert!(found.z.is_none_or(f64::is_finite));
                prop_assert!(found.p_permutation.is_some_and(|p| p > 0.0 && p <= 1.0));
            }
        }
        for run in LOCAL {
            let local = run(&values, &weights, &inference);
            prop_assert_eq!(local.rows.len(), weights.len());
            for row in local.rows {
                prop_assert!(row.statistic.is_none_or(f64::is_finite));
                prop_assert!(row.p.is_none_or(|p| p > 0.0 && p <= 1.0));
            }
        }
        for rate in eb_rates_local(&values, &values, &weights).rates.into_iter().flatten() {
            prop_assert!(rate.is_finite());
        }
    }

    #[test]
    fn local_morans_add_up_to_the_global_one(values in prop::collection::vec(-1e3..1e3f64, 3..40)) {
        let weights = chain(u32::try_from(values.len()).unwrap());
        let values = some(&values);
        let inference = Inference { permutations: Permutations::new(0, 1).unwrap(), ..Inference::default() };
        let Some(global) = moran(&values, &weights, &inference) else { return Ok(()) };
        let local = local_moran(&values, &weights, &inference);
        let sum: f64 = local.rows.iter().filter_map(|row| row.statistic).sum();
        // I_i are scaled by n − 1, the sum of row-standardised weights is n.
        let mean = sum / (values.len() as f64 - 1.0);
        prop_assert!((mean - global.statistic).abs() < 1e-9, "{mean} {}", global.statistic);
    }
}

#[test]
fn results_are_the_same_at_any_number_of_threads() {
    let values: Vec<f64> = (0..900u32).map(|at| f64::from(at * 7919 % 1009)).collect();
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            let weights = chain(900);
            let inference = Inference::default();
            let globals = GLOBAL.map(|run| run(&some(&values), &weights, &inference));
            let locals = LOCAL.map(|run| run(&some(&values), &weights, &inference));
            (globals, locals)
        })
    };
    let alone = run(1);
    assert_eq!(alone, run(2));
    assert_eq!(alone, run(5));
}
