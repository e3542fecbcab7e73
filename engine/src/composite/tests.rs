//! Composites against scikit-learn, `SciPy`, `factor_analyzer` and pingouin, and their edges.

use super::pca::Pca;
use super::robustness::{
    RandomWeights, RankBand, cronbach_alpha, leave_one_out, rank_bands, ranks, spearman,
};
use super::*;
use crate::social::golden::{Golden, Table, answers, assert_close, sample, seeded};
use Normalisation::{MinMax, Percentile, ZScore};

const NAMES: [&str; 2] = ["sample", "seeded"];
const GEOMETRIC: Aggregation = Aggregation::Geometric { floor: 1.0 };

fn table(name: &str) -> Table {
    if name == "sample" { sample() } else { seeded() }
}

/// The polarities of `tests/golden/social.py`.
fn lower_is_better(name: &str) -> [bool; 6] {
    if name == "sample" {
        [true, true, true, true, false, false]
    } else {
        [false, true, false, false, true, false]
    }
}

fn parts<'a>(name: &str, table: &'a Table) -> Vec<Part<'a>> {
    let columns = table.columns("part_").into_iter();
    let polarity = |lower| {
        if lower {
            Polarity::LowerIsBetter
        } else {
            Polarity::HigherIsBetter
        }
    };
    columns
        .zip(lower_is_better(name))
        .map(|(values, lower)| Part {
            values,
            polarity: polarity(lower),
            goalposts: None,
        })
        .collect()
}

fn with(normalisation: Normalisation, weighting: Weighting, aggregation: Aggregation) -> Options {
    Options {
        normalisation,
        weighting,
        aggregation,
        ..Options::default()
    }
}

fn zscore(name: &str) -> Composite {
    let options = with(
        ZScore(Deviation::Population),
        Weighting::Equal,
        Aggregation::Arithmetic,
    );
    composite(&parts(name, &table(name)), &options).unwrap()
}

/// One part of values, higher is better.
fn part(values: &[Option<f64>]) -> Part<'_> {
    Part {
        values,
        polarity: Polarity::HigherIsBetter,
        goalposts: None,
    }
}

#[track_caller]
fn assert_column(found: &[Option<f64>], expected: &[Option<f64>]) {
    assert_eq!(found.len(), expected.len());
    for (row, (found, expected)) in found.iter().zip(expected).enumerate() {
        match (found, expected) {
            (Some(found), Some(expected)) => assert_close(*found, *expected),
            _ => assert_eq!(found, expected, "row {row}"),
        }
    }
}

#[test]
fn composites_are_those_of_scikit_learn_and_scipy() {
    let population = ZScore(Deviation::Population);
    let given = Weighting::Given(vec![3.0, 1.0, 2.0, 1.0, 4.0, 1.0]);
    let arithmetic = Aggregation::Arithmetic;
    for name in NAMES {
        let (data, expected) = (table(name), answers(name));
        let parts = parts(name, &data);
        for (column, options) in [
            ("minmax_equal", with(MinMax, Weighting::Equal, arithmetic)),
            (
                "zscore_equal",
                with(population, Weighting::Equal, arithmetic),
            ),
            (
                "zscore_sample_given",
                with(ZScore(Deviation::Sample), given.clone(), arithmetic),
            ),
            (
                "percentile_equal",
                with(Percentile, Weighting::Equal, arithmetic),
            ),
            (
                "minmax_geometric",
                with(MinMax, Weighting::Equal, GEOMETRIC),
            ),
            (
                "zscore_geometric",
                with(population, Weighting::Equal, GEOMETRIC),
            ),
            ("zscore_pca", with(population, Weighting::Pca, arithmetic)),
            (
                "minmax_entropy",
                with(MinMax, Weighting::Entropy, arithmetic),
            ),
            (
                "winsorised_minmax",
                Options {
                    winsorise: Some(0.05),
                    ..Options::default()
                },
            ),
        ] {
            let found = composite(&parts, &options).unwrap();
            assert_column(&found.values, expected.column(column));
        }
    }
}

#[test]
fn goalposts_fix_the_ends_and_count_what_lies_beyond() {
    for (name, goalposts) in [("sample", (100.0, 1500.0)), ("seeded", (-1.0, 1.5))] {
        let data = table(name);
        let mut parts = parts(name, &data);
        parts[0].goalposts = Some(goalposts);
        let found = composite(&parts, &Options::default()).unwrap();
        assert_column(&found.values, answers(name).column("goalposts_minmax"));
        let outside = |value: &&f64| **value < goalposts.0 || **value > goalposts.1;
        let expected = data
            .column("part_0")
            .iter()
            .flatten()
            .filter(outside)
            .count();
        assert_eq!(found.parts[0].limited, expected);
    }
}

#[test]
fn a_part_at_one_height_between_goalposts_is_not_constant() {
    let values = [Some(5.0), Some(5.0)];
    let fixed = Part {
        goalposts: Some((0.0, 20.0)),
        ..part(&values)
    };
    let found = composite(&[fixed], &Options::default()).unwrap();
    assert_eq!(found.values, [Some(25.0), Some(25.0)]);
    assert_eq!(found.weights.values, [1.0]);
}

#[test]
fn components_are_those_of_scikit_learn_and_factor_analyzer() {
    let golden = Golden::read();
    for name in NAMES {
        let data = table(name);
        let options = with(
            ZScore(Deviation::Population),
            Weighting::Pca,
            Aggregation::Arithmetic,
        );
        let found = composite(&parts(name, &data), &options).unwrap();
        let pca = found.weights.pca.as_ref().unwrap();
        let expected = |key: &str| golden.value(&format!("{key}:{name}"));
        for (part, loading) in pca.loadings.iter().enumerate() {
            assert_close(*loading, expected(&format!("loading_{part}")));
        }
        assert_close(pca.explained, expected("explained"));
        assert_close(pca.kmo.unwrap(), expected("kmo"));
        assert!(!pca.collinear && !pca.few && !pca.tied && !found.weights.fell_back_to_equal);
        assert_close(pca.eigenvalues.iter().sum(), pca.eigenvalues.len() as f64);
        let equal = zscore(name);
        assert_close(
            spearman(&found.values, &equal.values).unwrap(),
            expected("spearman_pca_equal"),
        );
        assert_close(cronbach_alpha(&equal).unwrap(), expected("cronbach"));
        let options = with(MinMax, Weighting::Entropy, Aggregation::Arithmetic);
        let found = composite(&parts(name, &data), &options).unwrap();
        for (part, weight) in found.weights.values.iter().enumerate() {
            assert_close(*weight, expected(&format!("entropy_weight_{part}")));
        }
    }
}

#[test]
fn leaving_a_part_out_moves_ranks_as_scipy_says() {
    let golden = Golden::read();
    for name in NAMES {
        let found = leave_one_out(&zscore(name));
        assert_eq!(found.len(), if name == "sample" { 6 } else { 5 });
        for without in found {
            let expected =
                |key: &str| golden.value(&format!("without_{}_{key}:{name}", without.part));
            assert_close(without.spearman.unwrap(), expected("spearman"));
            assert_close(without.mean_shift, expected("mean_shift"));
            assert_close(without.max_shift, expected("max_shift"));
        }
    }
}

#[test]
fn rank_bands_agree_with_those_of_numpys_dirichlet() {
    let golden = Golden::read();
    let random = RandomWeights {
        draws: 10_000,
        seed: 7,
        spread: 1.0,
    };
    for name in NAMES {
        let bands = rank_bands(&zscore(name), random).unwrap();
        let bands: Vec<RankBand> = bands.into_iter().flatten().collect();
        // Other random numbers: the mean of 10,000 ranks of a standard deviation of 30 is good to ±1.
        let tolerance = if name == "sample" { 3.0 } else { 1.0 };
        for row in [0, 11, 50] {
            let band = bands[row];
            let near = |found: f64, key: &str| {
                let expected = golden.value(&format!("band_{key}_{row}:{name}"));
                assert!(
                    (found - expected).abs() <= tolerance,
                    "{key} {row} {found} {expected}"
                );
            };
            near(band.mean, "mean");
            near(band.p5, "p5");
            near(band.median, "median");
            near(band.p95, "p95");
        }
    }
}

#[test]
fn rank_bands_are_the_same_at_any_number_of_threads() {
    let composite = zscore("sample");
    let random = RandomWeights {
        draws: 300,
        seed: 1,
        spread: 0.5,
    };
    let with_threads = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| rank_bands(&composite, random).unwrap())
    };
    let one = with_threads(1);
    assert_eq!(one, with_threads(2));
    assert_eq!(one, with_threads(5));
    let other = rank_bands(&composite, RandomWeights { seed: 2, ..random }).unwrap();
    assert_ne!(one, other);
}

#[test]
fn without_spread_every_draw_has_the_ranks_of_the_composite() {
    let random = RandomWeights {
        draws: 20,
        seed: 1,
        spread: 0.0,
    };
    for name in NAMES {
        let composite = zscore(name);
        let own = ranks(&composite.values);
        for (band, rank) in rank_bands(&composite, random).unwrap().iter().zip(own) {
            assert_eq!(band.map(|band| band.rank), rank);
            assert!(band.is_none_or(|band| (band.p5, band.p95) == (band.rank, band.rank)));
        }
    }
}

#[test]
fn draws_beyond_their_bounds_are_refused() {
    let composite = zscore("seeded");
    let random = RandomWeights {
        draws: 100_001,
        seed: 1,
        spread: 1.0,
    };
    assert!(matches!(
        rank_bands(&composite, random),
        Err(CompositeError::Draws { .. })
    ));
    for spread in [-0.1, 1.1, f64::NAN] {
        let random = RandomWeights {
            draws: 1,
            seed: 1,
            spread,
        };
        assert!(matches!(
            rank_bands(&composite, random),
            Err(CompositeError::Share(_))
        ));
    }
    let none = rank_bands(
        &composite,
        RandomWeights {
            draws: 0,
            seed: 1,
            spread: 1.0,
        },
    )
    .unwrap();
    assert!(none.iter().all(Option::is_none));
}

#[test]
fn contributions_add_up_to_the_value_or_multiply_to_it() {
    for name in NAMES {
        let data = table(name);
        for aggregation in [Aggregation::Arithmetic, GEOMETRIC] {
            let found = composite(
                &parts(name, &data),
                &with(MinMax, Weighting::Equal, aggregation),
            )
            .unwrap();
            for (territory, value) in found.values.iter().enumerate() {
                let terms = found
                    .contributions
                    .iter()
                    .filter_map(|part| part[territory]);
                match (value, aggregation) {
                    (None, _) => assert_eq!(terms.count(), 0),
                    (Some(value), Aggregation::Arithmetic) => assert_close(terms.sum(), *value),
                    (Some(value), _) => assert_close(terms.product(), *value),
                }
            }
        }
    }
}

#[test]
fn a_missing_part_leaves_its_weight_to_the_others_down_to_two_thirds() {
    let (a, b, c) = (
        [Some(0.0), Some(10.0), Some(10.0)],
        [Some(0.0), Some(4.0), None],
        [Some(2.0), None, None],
    );
    let d = [Some(1.0), Some(0.0), Some(0.0)];
    let found = composite(&[part(&a), part(&b), part(&d)], &Options::default()).unwrap();
    assert_close(found.values[2].unwrap(), 50.0);
    assert_close(found.present[2], 2.0 / 3.0);
    assert_eq!(found.contributions[1][2], None);
    let found = composite(
        &[part(&a), part(&[Some(1.0), None, None]), part(&b)],
        &Options::default(),
    )
    .unwrap();
    // The second part has one value, so it is constant and nothing is missed without it.
    assert!(found.parts[1].constant);
    assert_eq!(found.weights.values, [0.5, 0.0, 0.5]);
    assert_eq!((found.values[1], found.values[2]), (Some(100.0), None));
    let all = Options {
        min_present: 1.0,
        ..Options::default()
    };
    assert_eq!(
        composite(&[part(&a), part(&b)], &all).unwrap().values[2],
        None
    );
    let any = Options {
        min_present: 0.0,
        ..Options::default()
    };
    let found = composite(&[part(&a), part(&b)], &any).unwrap();
    assert_eq!(found.values[2], Some(100.0));
    assert_eq!(composite(&[part(&c)], &any).unwrap().values, [None; 3]);
}

#[test]
fn a_constant_part_weighs_nothing_whatever_it_was_given() {
    let (varies, constant) = ([Some(1.0), Some(2.0), Some(4.0)], [Some(0.1); 3]);
    for weighting in [
        Weighting::Equal,
        Weighting::Given(vec![1.0, 9.0]),
        Weighting::Pca,
        Weighting::Entropy,
    ] {
        for normalisation in [MinMax, ZScore(Deviation::Sample), Percentile] {
            let options = with(normalisation, weighting.clone(), Aggregation::Arithmetic);
            let found = composite(&[part(&varies), part(&constant)], &options).unwrap();
            assert!(found.parts[1].constant && !found.parts[0].constant);
            assert_eq!(found.weights.values, [1.0, 0.0]);
            assert_eq!(found.values, found.parts[0].values);
            assert_eq!(cronbach_alpha(&found), None);
        }
    }
    let found = composite(&[part(&constant)], &Options::default()).unwrap();
    assert_eq!(
        (found.values, found.weights.values),
        (vec![None; 3], vec![0.0])
    );
}

#[test]
fn winsorising_can_make_a_part_constant() {
    let values = [Some(1.0), Some(1.0), Some(1.0), Some(1.0), Some(90.0)];
    let found = part(&values).normalise(MinMax, Some(0.25)).unwrap();
    assert!(found.constant);
    assert_eq!(found.limited, 1);
}

#[test]
fn tied_values_share_their_percentile() {
    let values = [
        Some(3.0),
        Some(1.0),
        None,
        Some(3.0),
        Some(f64::NAN),
        Some(9.0),
    ];
    let found = part(&values).normalise(Percentile, None).unwrap();
    // scipy.stats.percentileofscore(kind="mean")
    assert_eq!(
        found.values,
        [Some(50.0), Some(12.5), None, Some(50.0), None, Some(87.5)]
    );
    assert_eq!(found.count, 4);
    assert_eq!(
        ranks(&values),
        [Some(2.5), Some(4.0), None, Some(2.5), None, Some(1.0)]
    );
}

#[test]
fn the_geometric_mean_has_a_floor_and_punishes_what_is_uneven() {
    let (a, b) = (
        [Some(0.0), Some(50.0), Some(100.0)],
        [Some(100.0), Some(50.0), Some(0.0)],
    );
    let found = composite(
        &[part(&a), part(&b)],
        &with(MinMax, Weighting::Equal, GEOMETRIC),
    )
    .unwrap();
    assert_close(found.values[0].unwrap(), 10.0);
    assert_close(found.values[1].unwrap(), 50.0);
    assert_eq!(found.floored, 2);
    for floor in [0.0, -1.0, f64::NAN, 101.0] {
        let options = with(MinMax, Weighting::Equal, Aggregation::Geometric { floor });
        assert!(matches!(
            composite(&[part(&a)], &options),
            Err(CompositeError::Floor(_))
        ));
    }
}

#[test]
fn collinear_parts_have_components_but_no_kmo() {
    let a: Vec<_> = (0..9).map(|row| Some(f64::from(row * row % 7))).collect();
    let double: Vec<_> = a
        .iter()
        .map(|value| value.map(|value| 2.0 * value + 1.0))
        .collect();
    let other: Vec<_> = (0..9).map(|row| Some(f64::from(row % 4))).collect();
    let pca = Pca::of(&[&a, &double, &other]).unwrap();
    assert!(pca.collinear && !pca.few);
    assert_eq!(pca.kmo, None);
    assert_close(pca.loadings[0], pca.loadings[1]);
}

#[test]
fn fewer_territories_than_parts_are_flagged() {
    let columns = [
        [Some(1.0), Some(2.0), Some(4.0)],
        [Some(2.0), Some(1.0), Some(5.0)],
        [Some(0.0), Some(3.0), Some(4.0)],
        [Some(9.0), Some(8.0), Some(1.0)],
    ];
    let columns: Vec<&[Option<f64>]> = columns.iter().map(<[_; 3]>::as_slice).collect();
    let pca = Pca::of(&columns).unwrap();
    assert!(pca.few && pca.collinear);
    assert_eq!((pca.complete, pca.kmo), (3, None));
    assert!(pca.explained <= 1.0);
}

#[test]
fn unrelated_parts_have_no_first_component_and_weigh_the_same() {
    let (a, b) = (
        [1.0, 1.0, -1.0, -1.0].map(Some),
        [1.0, -1.0, 1.0, -1.0].map(Some),
    );
    let options = with(MinMax, Weighting::Pca, Aggregation::Arithmetic);
    let found = composite(&[part(&a), part(&b)], &options).unwrap();
    let pca = found.weights.pca.as_ref().unwrap();
    assert!(pca.tied);
    assert_eq!((pca.explained, pca.kmo), (0.5, Some(0.0)));
    assert!(found.weights.fell_back_to_equal);
    assert_eq!(found.weights.values, [0.5, 0.5]);
}

#[test]
fn a_part_against_its_polarity_is_named_and_weighs_nothing() {
    let up: Vec<_> = (0..12).map(|row| Some(f64::from(row))).collect();
    let noisy: Vec<_> = (0..12).map(|row| Some(f64::from(row + row % 3))).collect();
    let down: Vec<_> = (0..12)
        .map(|row| Some(f64::from(row % 5 - 2 * row)))
        .collect();
    let options = with(MinMax, Weighting::Pca, Aggregation::Arithmetic);
    let found = composite(&[part(&up), part(&down), part(&noisy)], &options).unwrap();
    assert_eq!(found.weights.against_polarity, [1]);
    assert_eq!(found.weights.values[1], 0.0);
    assert!(found.weights.pca.unwrap().loadings[1] < 0.0);
}

#[test]
fn without_a_complete_territory_components_fall_back_to_equal_weights() {
    let (a, b) = (
        [Some(1.0), Some(2.0), None, None],
        [None, None, Some(1.0), Some(2.0)],
    );
    let options = Options {
        min_present: 0.5,
        ..with(MinMax, Weighting::Pca, Aggregation::Arithmetic)
    };
    let found = composite(&[part(&a), part(&b)], &options).unwrap();
    assert_eq!(found.weights.pca, None);
    assert!(found.weights.fell_back_to_equal);
    assert_eq!(
        found.values,
        [Some(0.0), Some(100.0), Some(0.0), Some(100.0)]
    );
    assert_eq!(Pca::of(&[]), None);
    assert_eq!(cronbach_alpha(&found), None);
}

#[test]
fn options_that_make_no_composite_are_refused() {
    let values = [Some(1.0), Some(2.0)];
    let short = [Some(1.0)];
    let one = [part(&values)];
    let refused = |parts: &[Part<'_>], options: &Options| composite(parts, options).unwrap_err();
    let default = Options::default();
    assert_eq!(refused(&[], &default), CompositeError::Parts(0));
    assert_eq!(
        refused(&[part(&values); 101], &default),
        CompositeError::Parts(101)
    );
    assert!(matches!(
        refused(&[part(&values), part(&short)], &default),
        CompositeError::Length { part: 1, .. }
    ));
    for goalposts in [
        (2.0, 1.0),
        (1.0, 1.0),
        (f64::NAN, 1.0),
        (0.0, f64::INFINITY),
    ] {
        let wrong = Part {
            goalposts: Some(goalposts),
            ..part(&values)
        };
        assert_eq!(
            refused(&[part(&values), wrong], &default),
            CompositeError::Goalposts(1)
        );
    }
    let given = |weights: &[f64]| Options {
        weighting: Weighting::Given(weights.to_vec()),
        ..Options::default()
    };
    assert!(matches!(
        refused(&one, &given(&[1.0, 2.0])),
        CompositeError::WeightCount { .. }
    ));
    for weight in [-1.0, f64::NAN, f64::INFINITY, 1e7] {
        assert_eq!(refused(&one, &given(&[weight])), CompositeError::Weight(0));
    }
    assert!(
        composite(&one, &given(&[0.0]))
            .unwrap()
            .weights
            .fell_back_to_equal
    );
    for share in [-0.1, 0.5, f64::NAN] {
        let options = Options {
            winsorise: Some(share),
            ..Options::default()
        };
        assert!(matches!(
            refused(&one, &options),
            CompositeError::Winsorise(_)
        ));
        let options = Options {
            min_present: share + 1.0,
            ..Options::default()
        };
        assert_eq!(composite(&one, &options).is_err(), share != -0.1);
    }
}

#[test]
fn values_at_the_ends_of_numbers_neither_panic_nor_escape_their_scale() {
    let values = [
        Some(1e-200),
        Some(2e-200),
        Some(-1e150),
        Some(1e150),
        Some(f64::MAX),
        Some(f64::INFINITY),
        None,
    ];
    for normalisation in [MinMax, ZScore(Deviation::Population), Percentile] {
        for weighting in [Weighting::Equal, Weighting::Pca, Weighting::Entropy] {
            for aggregation in [Aggregation::Arithmetic, GEOMETRIC] {
                for values in [&values[..], &values[..2], &values[4..], &[]] {
                    let found = composite(
                        &[part(values)],
                        &with(normalisation, weighting.clone(), aggregation),
                    )
                    .unwrap();
                    assert!(
                        found
                            .values
                            .iter()
                            .flatten()
                            .all(|value| value.abs() <= 200.0),
                        "{found:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn the_order_of_territories_does_not_change_a_bit() {
    let data = seeded();
    let reversed: Vec<Vec<_>> = data
        .columns("part_")
        .iter()
        .map(|column| column.iter().rev().copied().collect())
        .collect();
    for weighting in [Weighting::Equal, Weighting::Pca, Weighting::Entropy] {
        for normalisation in [MinMax, ZScore(Deviation::Sample), Percentile] {
            let options = with(normalisation, weighting.clone(), Aggregation::Arithmetic);
            let forward = composite(&parts("seeded", &data), &options).unwrap();
            let turned = parts("seeded", &data).into_iter().zip(&reversed);
            let turned: Vec<Part<'_>> = turned
                .map(|(part, values)| Part { values, ..part })
                .collect();
            let mut backward = composite(&turned, &options).unwrap().values;
            backward.reverse();
            if weighting == Weighting::Pca {
                // Correlations are summed in the order of the territories.
                assert_column(&forward.values, &backward);
            } else {
                assert_eq!(forward.values, backward);
            }
        }
    }
}

#[test]
fn spearman_needs_two_columns_that_vary() {
    let values = [Some(1.0), Some(2.0), Some(3.0)];
    assert_eq!(spearman(&values, &values), Some(1.0));
    assert_eq!(spearman(&values, &[Some(4.0); 3]), None);
    assert_eq!(spearman(&values, &[None, Some(1.0), None]), None);
    assert_eq!(spearman(&[], &[]), None);
}
