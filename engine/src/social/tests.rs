//! Segregation and inequality against `PySAL`, their edges and their laws.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::golden::{Golden, Table, assert_close, sample, seeded};
use super::inequality::{Distribution, Undefined};
use super::segregation::{
    Mixture, decompose, dissimilarity, information_theory, interaction, isolation,
};
use super::{Decomposition, sum};

fn data_sets() -> [(&'static str, Table); 2] {
    [("sample", sample()), ("seeded", seeded())]
}

fn some(values: &[f64]) -> Vec<Option<f64>> {
    values.iter().copied().map(Some).collect()
}

fn totals(groups: &[&[Option<f64>]]) -> Vec<Option<f64>> {
    let of_part = |part: usize| groups.iter().map(|counts| counts[part]).sum();
    (0..groups[0].len()).map(of_part).collect()
}

fn rest(group: &[Option<f64>], all: &[Option<f64>]) -> Vec<Option<f64>> {
    let pairs = group.iter().zip(all);
    pairs.map(|(own, all)| Some((*all)? - (*own)?)).collect()
}

/// The parts add up, and to what the whole has by itself.
#[track_caller]
fn assert_adds_up(cut: &Decomposition) {
    assert!(
        (cut.between + cut.within - cut.total).abs() <= 1e-12 * cut.total.max(1.0),
        "{cut:?}"
    );
}

#[test]
fn segregation_is_that_of_pysal() {
    let golden = Golden::read();
    for (name, table) in data_sets() {
        let groups = table.groups();
        let all = totals(&groups);
        let others = rest(groups[0], &all);
        let check = |index: &str, found: Option<f64>| {
            assert_close(found.unwrap(), golden.value(&format!("{index}:{name}")));
        };
        check("dissimilarity", dissimilarity(groups[0], &others).value);
        check(
            "dissimilarity_of_two",
            dissimilarity(groups[0], groups[3]).value,
        );
        check("isolation", isolation(groups[0], &all).value);
        check("interaction", interaction(groups[0], &others, &all).value);
        check(
            "interaction_of_two",
            interaction(groups[0], groups[3], &all).value,
        );
        check("entropy", information_theory(&[groups[0], &others]).value);
        check("theil_h", information_theory(&groups).value);
    }
}

#[test]
fn theils_h_is_cut_as_pysal_computes_the_regions() {
    let golden = Golden::read();
    for (name, table) in data_sets() {
        let cut = decompose(&table.groups(), &table.codes("region")).unwrap();
        let expected = |index: &str| golden.value(&format!("{index}:{name}"));
        assert_close(cut.total, expected("theil_h"));
        assert_close(cut.between, expected("theil_h_between"));
        for region in &cut.groups[..2] {
            let index = format!("theil_h_inside_{}", region.group);
            assert_close(region.index.unwrap(), expected(&index));
        }
        assert_adds_up(&cut);
    }
}

#[test]
fn nested_levels_cut_what_is_inside_the_level_above() {
    let table = sample();
    let groups = table.groups();
    let [sectors, communes] =
        ["sector", "commune"].map(|level| decompose(&groups, &table.codes(level)).unwrap());
    assert!(sectors.between >= communes.between);
    let of_sectors = sectors.between - communes.between;
    let all = communes.between + of_sectors + sectors.within;
    assert!((all - information_theory(&groups).value.unwrap()).abs() < 1e-12);
}

#[test]
fn contributions_add_up_to_the_index() {
    let table = seeded();
    let groups = table.groups();
    let all = totals(&groups);
    for index in [
        dissimilarity(groups[0], groups[1]),
        isolation(groups[1], &all),
        information_theory(&groups),
    ] {
        let given = sum(index.contributions.iter().flatten().copied());
        assert_eq!(Some(given), index.value);
        assert_eq!(index.contributions.len(), 60);
    }
}

#[test]
fn groups_that_live_apart_or_alike_are_the_ends() {
    let (left, right) = (some(&[4.0, 0.0, 6.0]), some(&[0.0, 9.0, 0.0]));
    let all = some(&[4.0, 9.0, 6.0]);
    assert_eq!(dissimilarity(&left, &right).value, Some(1.0));
    assert_eq!(isolation(&left, &all).value, Some(1.0));
    assert_eq!(interaction(&left, &right, &all).value, Some(0.0));
    assert_close(information_theory(&[&left, &right]).value.unwrap(), 1.0);
    let (few, many) = (some(&[1.0, 2.0]), some(&[10.0, 20.0]));
    assert_eq!(dissimilarity(&few, &many).value, Some(0.0));
    assert_eq!(information_theory(&[&few, &many]).value, Some(0.0));
}

#[test]
fn an_empty_part_adds_nothing_and_a_missing_one_is_left_out() {
    let (group, all) = (some(&[3.0, 0.0, 1.0]), some(&[4.0, 0.0, 8.0]));
    let index = isolation(&group, &all);
    assert_eq!(index.contributions[1], Some(0.0));
    assert_eq!((index.value, index.left_out), (Some(0.593_75), 0));
    for unusable in [None, Some(f64::NAN), Some(-1.0), Some(f64::INFINITY)] {
        let longer = [group.clone(), vec![unusable]].concat();
        let index = isolation(&longer, &[all.clone(), some(&[5.0])].concat());
        assert_eq!((index.value, index.left_out), (Some(0.593_75), 1));
        assert_eq!(index.contributions[3], None);
    }
    // A shorter array lacks its end; a group beyond the total is a mistake of the data.
    assert_eq!(isolation(&group[..2], &all).left_out, 1);
    assert_eq!(
        isolation(&some(&[9.0, 1.0]), &some(&[4.0, 8.0])).left_out,
        1
    );
}

#[test]
fn an_empty_group_has_no_segregation() {
    let (nobody, somebody) = (some(&[0.0, 0.0]), some(&[3.0, 4.0]));
    assert_eq!(dissimilarity(&nobody, &somebody).value, None);
    assert_eq!(isolation(&nobody, &somebody).value, None);
    assert_eq!(information_theory(&[&nobody, &somebody]).value, None);
    assert_eq!(information_theory(&[]).value, None);
    assert_eq!(decompose(&[&nobody, &somebody], &[Some(1), Some(1)]), None);
    assert_eq!(decompose(&[], &[]), None);
    assert_eq!(dissimilarity(&[], &[]).value, None);
    // A third group that is empty changes nothing.
    let other = some(&[9.0, 2.0]);
    let three = information_theory(&[&other, &nobody, &somebody]);
    assert_eq!(three, information_theory(&[&other, &somebody]));
}

#[test]
fn a_part_without_a_region_is_in_no_term_of_the_decomposition() {
    let (a, b) = (some(&[3.0, 1.0, 70.0]), some(&[1.0, 5.0, 2.0]));
    let cut = decompose(&[&a, &b], &[Some(7), Some(9), None]).unwrap();
    let inside = information_theory(&[&a[..2], &b[..2]]);
    assert_close(cut.total, inside.value.unwrap());
    assert_eq!(cut.left_out, 1);
    // One part per region: all of it lies between.
    assert_eq!(cut.within, 0.0);
    // A region with one group only has no index of its own.
    let cut = decompose(&[&a, &some(&[0.0, 5.0, 2.0])], &[Some(1), Some(2), Some(2)]).unwrap();
    assert_eq!(cut.groups[0].index, None);
    assert_adds_up(&cut);
}

#[test]
fn a_mixture_includes_its_bounds_and_merges() {
    let values = [
        Some(0.2),
        Some(0.6),
        Some(0.600_000_1),
        None,
        Some(f64::NAN),
        Some(0.4),
    ];
    let whole = Mixture::of(&values, 0.2, 0.6);
    assert_eq!((whole.inside, whole.measured, whole.missing), (3, 4, 2));
    assert_eq!(whole.share(), Some(0.75));
    let mut merged = Mixture::of(&values[..2], 0.2, 0.6);
    merged.merge(&Mixture::of(&values[2..], 0.2, 0.6));
    assert_eq!(merged, whole);
    assert_eq!(Mixture::of(&[None], 0.2, 0.6).share(), None);
    assert_eq!(Mixture::of(&[Some(0.4)], 0.6, 0.2).inside, 0);
}

/// The amounts above zero, where Theil's L and Atkinson's index from 1 on have a library value.
fn positive(values: &[Option<f64>]) -> Vec<Option<f64>> {
    values
        .iter()
        .map(|value| value.filter(|value| *value > 0.0))
        .collect()
}

#[test]
fn inequality_is_that_of_pysal_with_and_without_weights() {
    let golden = Golden::read();
    for (name, table) in data_sets() {
        let (amounts, weights) = (table.column("amount"), table.column("weight"));
        let regions = table.codes("region");
        for (kind, weights) in [("plain", None), ("weighted", Some(weights))] {
            let expected = |index: &str| golden.value(&format!("{index}_{kind}:{name}"));
            let all = Distribution::new(amounts, weights).unwrap();
            assert_close(all.gini(), expected("gini"));
            assert_close(all.palma().unwrap(), expected("palma"));
            assert_close(all.theil_t(), expected("theil_t"));
            let cut = all.decompose_t(&regions).unwrap();
            assert_close(cut.total, expected("theil_t"));
            assert_close(cut.between, expected("theil_t_between"));
            assert_adds_up(&cut);
            let above_zero = Distribution::new(&positive(amounts), weights).unwrap();
            assert_close(above_zero.theil_l().unwrap(), expected("theil_l"));
            let cut = above_zero.decompose_l(&regions).unwrap();
            assert_close(cut.between, expected("theil_l_between"));
            assert_adds_up(&cut);
            for aversion in [0.5, 0.999_999, 1.0, 2.0] {
                let found = above_zero.atkinson(aversion).unwrap();
                assert_close(found, expected(&format!("atkinson_{aversion}")));
            }
        }
    }
}

#[test]
fn the_lorenz_curve_goes_from_nothing_to_all() {
    let golden = Golden::read();
    let distribution = Distribution::new(seeded().column("amount"), None).unwrap();
    assert_eq!((distribution.count(), distribution.left_out()), (58, 2));
    let curve = distribution.lorenz();
    assert_eq!(curve.len(), 59);
    assert_eq!((curve[0].population, curve[0].value), (0.0, 0.0));
    assert_eq!((curve[58].population, curve[58].value), (1.0, 1.0));
    assert_close(curve[29].population, 0.5);
    assert_close(curve[29].value, golden.value("lorenz_half_plain:seeded"));
    assert!(curve.is_sorted_by(|a, b| a.population <= b.population && a.value <= b.value));
}

#[test]
fn equal_values_are_equal_by_every_index() {
    for values in [vec![7.0], vec![0.1; 3]] {
        let equal = Distribution::new(&some(&values), None).unwrap();
        assert_close(equal.gini(), 0.0);
        assert_close(equal.theil_t(), 0.0);
        assert_close(equal.theil_l().unwrap(), 0.0);
        assert_close(equal.palma().unwrap(), 0.25);
        assert!(
            [0.0, 0.5, 1.0, 3.0]
                .iter()
                .all(|&e| equal.atkinson(e).unwrap() < 1e-15)
        );
    }
}

#[test]
fn zeros_count_where_they_can() {
    let all_to_one = Distribution::new(&some(&[0.0, 0.0, 0.0, 8.0]), None).unwrap();
    assert_close(all_to_one.gini(), 0.75);
    assert_close(all_to_one.theil_t(), 4.0f64.ln());
    assert_eq!(all_to_one.theil_l(), None);
    assert_eq!(all_to_one.palma(), None);
    assert_eq!(all_to_one.atkinson(0.0), Some(0.0));
    assert_close(all_to_one.atkinson(0.5).unwrap(), 0.75);
    assert_eq!(all_to_one.atkinson(1.0), Some(1.0));
    assert_eq!(all_to_one.atkinson(2.0), Some(1.0));
    assert_eq!(all_to_one.decompose_l(&[Some(1); 4]), None);
    let cut = all_to_one
        .decompose_t(&[Some(1), Some(1), Some(2), Some(2)])
        .unwrap();
    assert_eq!(cut.groups[0].index, None);
    assert_adds_up(&cut);
    // Where only groups of nothing are named, there is nothing to cut.
    assert_eq!(all_to_one.decompose_t(&[Some(1), None]), None);
    assert_eq!(all_to_one.decompose_t(&[]), None);
}

#[test]
fn what_has_no_shares_of_a_whole_is_refused_with_the_reason() {
    let error = |values: &[f64]| Distribution::new(&some(values), None).unwrap_err();
    assert_eq!(error(&[]), Undefined::Empty);
    assert_eq!(error(&[f64::NAN, f64::INFINITY]), Undefined::Empty);
    assert_eq!(error(&[-1.0, 5.0]), Undefined::Negative);
    assert_eq!(error(&[0.0, 0.0]), Undefined::Zero);
    assert_eq!(error(&[1e300, 1.0]), Undefined::OutOfRange);
    assert_eq!(error(&[1e-300, 1.0]), Undefined::OutOfRange);
    let weights = some(&[0.0, -2.0]);
    assert_eq!(
        Distribution::new(&some(&[1.0, 2.0]), Some(&weights)).unwrap_err(),
        Undefined::Empty
    );
    let one = Distribution::new(&some(&[1.0, 2.0]), Some(&some(&[3.0]))).unwrap();
    assert_eq!(
        (one.count(), one.left_out(), one.mean(), one.weight()),
        (1, 1, 1.0, 3.0)
    );
}

#[test]
fn atkinson_keeps_its_digits_at_every_aversion() {
    let distribution = Distribution::new(&some(&[1.0, 2.0, 4.0]), None).unwrap();
    for aversion in [-1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(distribution.atkinson(aversion), None);
    }
    // The limit is 1 − least / mean.
    assert_close(distribution.atkinson(1e300).unwrap(), 1.0 - 3.0 / 7.0);
    let middle = distribution.atkinson(1.0).unwrap();
    for near in [1.0 - 1e-14, 1.0 + 1e-14] {
        assert!((distribution.atkinson(near).unwrap() - middle).abs() < 1e-13);
    }
    for border in [0.5, 1.5] {
        let [below, above] = [border - 1e-12, border + 1e-12]
            .map(|aversion| distribution.atkinson(aversion).unwrap());
        assert!((below - above).abs() < 1e-11);
    }
}

fn amounts() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(0.01..1e6f64, 2..60)
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn inequality_does_not_depend_on_the_unit(values in amounts(), unit in 1e-6..1e6f64) {
        let scaled: Vec<f64> = values.iter().map(|value| value * unit).collect();
        let [one, other] = [values, scaled].map(|values| Distribution::new(&some(&values), None).unwrap());
        let close = |a: f64, b: f64| (a - b).abs() < 1e-12;
        prop_assert!(close(one.gini(), other.gini()));
        prop_assert!(close(one.theil_t(), other.theil_t()));
        prop_assert!(close(one.theil_l().unwrap(), other.theil_l().unwrap()));
        prop_assert!(close(one.atkinson(2.0).unwrap(), other.atkinson(2.0).unwrap()));
    }

    #[test]
    fn a_gift_from_more_to_less_lowers_every_index(values in amounts(), share in 0.05..0.45f64) {
        let mut after = values.clone();
        after.sort_by(f64::total_cmp);
        let last = after.len() - 1;
        let gift = share * (after[last] - after[0]);
        prop_assume!(gift > 1e-3);
        after[0] += gift;
        after[last] -= gift;
        let [before, after] = [values, after].map(|values| Distribution::new(&some(&values), None).unwrap());
        prop_assert!(after.gini() < before.gini());
        prop_assert!(after.theil_t() < before.theil_t());
        prop_assert!(after.theil_l() < before.theil_l());
        prop_assert!(after.atkinson(0.5) < before.atkinson(0.5));
    }

    #[test]
    fn order_does_not_change_a_bit(rows in prop::collection::vec((0u16..50, 0u16..50, 0u32..4), 2..40), turn in 0usize..40) {
        let mut turned = rows.clone();
        turned.rotate_left(turn % rows.len());
        turned.reverse();
        let indexes = |rows: &[(u16, u16, u32)]| {
            let column = |pick: fn(&(u16, u16, u32)) -> f64| rows.iter().map(|row| Some(pick(row))).collect::<Vec<_>>();
            let (a, b) = (column(|row| f64::from(row.0)), column(|row| f64::from(row.1)));
            let regions: Vec<_> = rows.iter().map(|row| Some(row.2)).collect();
            let shared = Distribution::new(&a, Some(&b)).ok();
            (
                dissimilarity(&a, &b).value.map(f64::to_bits),
                information_theory(&[&a, &b]).value.map(f64::to_bits),
                decompose(&[&a, &b], &regions),
                shared.as_ref().map(|shared| [shared.gini(), shared.theil_t(), shared.atkinson(0.7).unwrap()].map(f64::to_bits)),
                shared.as_ref().and_then(|shared| shared.decompose_t(&regions)),
            )
        };
        prop_assert_eq!(indexes(&rows), indexes(&turned));
    }

    #[test]
    fn every_cut_adds_up(rows in prop::collection::vec((1u16..500, 0u16..500, 1u16..9, 0u32..5), 2..60)) {
        let column = |pick: fn(&(u16, u16, u16, u32)) -> u16| rows.iter().map(|row| Some(f64::from(pick(row)))).collect::<Vec<_>>();
        let (a, b, weights) = (column(|row| row.0), column(|row| row.1), column(|row| row.2));
        let regions: Vec<_> = rows.iter().map(|row| Some(row.3)).collect();
        let shared = Distribution::new(&a, Some(&weights)).unwrap();
        let cuts = [decompose(&[&a, &b, &weights], &regions), shared.decompose_t(&regions), shared.decompose_l(&regions)];
        for cut in cuts.iter().flatten() {
            prop_assert!((cut.between + cut.within - cut.total).abs() < 1e-12);
        }
        prop_assert!((shared.decompose_t(&regions).unwrap().total - shared.theil_t()).abs() < 1e-12);
    }
}
