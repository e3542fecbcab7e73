//! Rates against `SciPy` and statsmodels, and their edges.

use super::*;
use crate::social::golden::{Golden, answers, assert_close, sample, seeded};

#[test]
fn intervals_are_those_of_statsmodels_and_of_byars_formula() {
    let golden = Golden::read();
    for count in [0.0, 1.0, 2.0, 5.0, 7.5, 38.0, 150.0, 4321.0, 1_000_000.0] {
        for confidence in [0.95, 0.998] {
            for (name, method) in [("exact", Interval::Exact), ("byar", Interval::Byar)] {
                let (low, high) = poisson_interval(count, confidence, method).unwrap();
                let expected =
                    |end: &str| golden.value(&format!("{name}_{end}_{count}_{confidence}"));
                assert_close(low, expected("low"));
                assert_close(high, expected("high"));
            }
        }
    }
}

#[test]
fn rates_quotients_and_changes_of_territories_are_those_of_statsmodels_and_pysal() {
    let quotient = |groups: &[&[Option<f64>]], row: usize| {
        let total = |group: usize| groups[group].iter().flatten().sum::<f64>();
        let zone_all = groups.iter().filter_map(|group| group[row]).sum();
        let whole_all = (0..groups.len()).map(total).sum();
        location_quotient(groups[1][row]?, zone_all, total(1), whole_all)
    };
    for (table, name) in [(sample(), "sample"), (seeded(), "seeded")] {
        let (groups, expected) = (table.groups(), answers(name));
        let (counts, persons) = (table.column("count"), table.column("population"));
        for row in 0..counts.len() {
            let check =
                |column: &str, found: Option<f64>| match (found, expected.column(column)[row]) {
                    (Some(found), Some(expected)) => assert_close(found, expected),
                    (found, expected) => assert_eq!(found, expected, "{column} {row}"),
                };
            let (count, population) = (counts[row].unwrap(), persons[row].unwrap());
            let found = rate(count, population, &RateOptions::default());
            check("rate", found.map(|rate| rate.value));
            check("rate_low", found.map(|rate| rate.lower));
            check("rate_high", found.map(|rate| rate.upper));
            check("quotient", quotient(&groups, row));
            let next = (row + 1) % counts.len();
            let whole = |count: f64| format!("{count}").parse().unwrap();
            let (next_count, next_population) = (counts[next].unwrap(), persons[next].unwrap());
            let test = compare_rates(whole(count), population, whole(next_count), next_population);
            // statsmodels cuts the distributions where 1e-13 is left.
            let p_value = expected.column("e_test")[row].unwrap();
            assert!((test.unwrap().p_value - p_value).abs() < 1e-12 + 1e-9 * p_value);
            let grown = change(groups[1][row].unwrap(), groups[2][row].unwrap(), 7.0).unwrap();
            check("percent", grown.percent);
            check("annual_percent", grown.annual_percent);
        }
    }
}

#[test]
fn a_rate_states_its_interval_in_the_same_unit() {
    // scipy 1.17: chi2.ppf([0.025], 24) / 2 and chi2.ppf([0.975], 26) / 2
    let found = rate(
        12.0,
        40_000.0,
        &RateOptions {
            per: 10_000.0,
            ..RateOptions::default()
        },
    )
    .unwrap();
    assert_close(found.value, 3.0);
    assert_close(found.lower, 6.200_575_108_722_218 / 4.0);
    assert_close(found.upper, 20.961_585_048_176_96 / 4.0);
    assert!(!found.unstable);
}

#[test]
fn no_events_have_a_rate_of_zero_and_an_upper_end() {
    for interval in [Interval::Exact, Interval::Byar] {
        let found = rate(
            0.0,
            1000.0,
            &RateOptions {
                interval,
                ..RateOptions::default()
            },
        )
        .unwrap();
        assert_eq!((found.value, found.lower), (0.0, 0.0));
        assert!((3.6..3.8).contains(&found.upper));
    }
}

#[test]
fn a_rate_over_few_is_unstable_and_over_nobody_unknown() {
    let options = RateOptions {
        min_population: 500.0,
        ..RateOptions::default()
    };
    assert!(rate(2.0, 499.0, &options).unwrap().unstable);
    assert!(!rate(2.0, 500.0, &options).unwrap().unstable);
    for (count, population) in [
        (0.0, 0.0),
        (3.0, 0.0),
        (1.0, -5.0),
        (-1.0, 5.0),
        (f64::NAN, 5.0),
        (1.0, f64::NAN),
        (1e300, 5.0),
        (1.0, f64::INFINITY),
    ] {
        assert_eq!(
            rate(count, population, &options),
            None,
            "{count} {population}"
        );
    }
    for confidence in [0.0, 1.0, -1.0, f64::NAN, 95.0] {
        assert_eq!(poisson_interval(3.0, confidence, Interval::Exact), None);
    }
    assert_eq!(
        rate(
            3.0,
            9.0,
            &RateOptions {
                per: 0.0,
                ..options
            }
        ),
        None
    );
}

#[test]
fn counts_next_to_nothing_have_an_interval_around_them() {
    for count in [f64::MIN_POSITIVE, 1e-300, 1e-9, 0.02, 0.5] {
        let (low, high) = poisson_interval(count, 0.95, Interval::Exact).unwrap();
        assert!(
            (0.0..=count).contains(&low) && (3.6..5.0).contains(&high),
            "{count} {low} {high}"
        );
    }
    let (low, high) = poisson_interval(3.0, 1.0 - f64::EPSILON, Interval::Exact).unwrap();
    assert!(low < 1e-4 && high > 40.0);
    let (low, high) = poisson_interval(3.0, f64::EPSILON, Interval::Exact).unwrap();
    assert!(low > 2.0 && high < 4.0);
}

#[test]
fn the_two_intervals_meet_where_one_takes_over_from_the_other() {
    let count = 1e7;
    let exact = poisson_interval(count, 0.95, Interval::Exact).unwrap();
    let byar = poisson_interval(count, 0.95, Interval::Byar).unwrap();
    assert!((exact.0 - byar.0).abs() < 1e-9 * count);
    assert!((exact.1 - byar.1).abs() < 1e-9 * count);
    assert!(poisson_interval(9e15, 0.95, Interval::Exact).is_some());
}

#[test]
fn the_e_test_is_that_of_statsmodels() {
    let golden = Golden::read();
    for first in [(0, 10.0), (3, 10.0), (12, 10.0), (150, 25.5), (1000, 1.0)] {
        for second in [(0, 10.0), (1, 2.5), (9, 30.0), (120, 25.5), (1100, 1.0)] {
            let found = compare_rates(first.0, first.1, second.0, second.1).unwrap();
            let key = format!("{}_{}_{}_{}", first.0, first.1, second.0, second.1);
            assert_close(
                found.statistic,
                golden.value(&format!("etest_statistic_{key}")),
            );
            // statsmodels cuts the distributions where 1e-13 is left.
            let expected = golden.value(&format!("etest_p_{key}"));
            assert!(
                (found.p_value - expected).abs() < 1e-12 + 1e-9 * expected,
                "{key} {found:?}"
            );
        }
    }
}

#[test]
fn equal_rates_do_not_differ_and_the_order_does_not_matter() {
    let same = compare_rates(3, 10.0, 9, 30.0).unwrap();
    assert_eq!(
        (same.difference, same.statistic, same.p_value),
        (0.0, 0.0, 1.0)
    );
    let nobody = compare_rates(0, 10.0, 0, 3.0).unwrap();
    assert_eq!(
        (nobody.ratio, nobody.statistic, nobody.p_value),
        (None, 0.0, 1.0)
    );
    let [one, other] = [
        compare_rates(40, 3.0, 70, 9.0),
        compare_rates(70, 9.0, 40, 3.0),
    ]
    .map(Option::unwrap);
    assert_close(one.p_value, other.p_value);
    assert_close(one.difference, -other.difference);
}

#[test]
fn the_e_test_of_large_counts_is_the_normal_one() {
    // scipy 1.17: 2 * norm.sf(abs(z))
    let many = compare_rates(1_000_000, 1.0, 1_003_162, 1.0).unwrap();
    assert!((many.p_value - 0.025_476_081).abs() < 1e-7, "{many:?}");
    let beyond = compare_rates(2_000_000_000, 1.0, 2_000_100_000, 1.0).unwrap();
    assert!(
        (beyond.p_value - 0.113_850_816_052).abs() < 1e-11,
        "{beyond:?}"
    );
    assert_eq!(compare_rates(u64::MAX, 1.0, 0, 1.0).unwrap().p_value, 0.0);
}

#[test]
fn rates_without_exposure_are_not_compared() {
    for exposure in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(compare_rates(1, exposure, 1, 1.0), None);
        assert_eq!(compare_rates(1, 1.0, 1, exposure), None);
    }
    assert_eq!(compare_rates(1, 1e-300, 1, 1e300), None);
}

#[test]
fn growth_is_compound_and_its_base_is_not_zero() {
    let grown = change(200.0, 242.0, 2.0).unwrap();
    assert_eq!(grown.absolute, 42.0);
    assert_close(grown.percent.unwrap(), 21.0);
    assert_close(grown.annual_percent.unwrap(), 10.0);
    let from_zero = change(0.0, 5.0, 1.0).unwrap();
    assert_eq!(
        (
            from_zero.absolute,
            from_zero.percent,
            from_zero.annual_percent
        ),
        (5.0, None, None)
    );
    let still = change(0.0, 0.0, 1.0).unwrap();
    assert_eq!(
        (still.absolute, still.percent, still.annual_percent),
        (0.0, None, None)
    );
    let to_zero = change(5.0, 0.0, 3.0).unwrap();
    assert_eq!(
        (to_zero.percent, to_zero.annual_percent),
        (Some(-100.0), Some(-100.0))
    );
}

#[test]
fn a_change_of_sign_has_no_annual_growth_but_a_direction() {
    let risen = change(-4.0, 2.0, 1.0).unwrap();
    assert_eq!((risen.percent, risen.annual_percent), (Some(150.0), None));
    let deeper = change(-4.0, -8.0, 1.0).unwrap();
    assert_eq!(deeper.percent, Some(-100.0));
    assert_close(deeper.annual_percent.unwrap(), 100.0);
    assert_eq!(change(1.0, 2.0, 0.0).unwrap().annual_percent, None);
    assert_eq!(change(1.0, 2.0, -3.0).unwrap().annual_percent, None);
    assert_eq!(change(f64::NAN, 2.0, 1.0), None);
    assert_eq!(change(-1e308, 1e308, 1.0), None);
}

#[test]
fn a_location_quotient_compares_with_the_whole() {
    assert_close(location_quotient(30.0, 100.0, 150.0, 1000.0).unwrap(), 2.0);
    assert_eq!(location_quotient(0.0, 100.0, 150.0, 1000.0), Some(0.0));
    assert_eq!(location_quotient(0.0, 100.0, 0.0, 1000.0), None);
    assert_eq!(location_quotient(0.0, 0.0, 150.0, 1000.0), None);
    assert_eq!(location_quotient(1.0, 1.0, 1.0, 0.0), None);
    assert_eq!(location_quotient(f64::NAN, 1.0, 1.0, 1.0), None);
    assert_eq!(location_quotient(-1.0, 1.0, 1.0, 1.0), None);
}
