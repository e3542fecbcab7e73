//! Laws and edges of prioritisation that no library answers for.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;
use crate::composite::Polarity::{self, HigherIsBetter, LowerIsBetter};
use Normalisation::{MinMax, Sum, Vector};

fn criterion(values: &[Option<f64>], polarity: Polarity, weight: f64) -> Criterion<'_> {
    Criterion {
        values,
        polarity,
        weight,
        bounds: None,
    }
}

fn ballot(tiers: &[&[usize]], weight: u64) -> Ballot {
    Ballot {
        tiers: tiers.iter().map(|tier| tier.to_vec()).collect(),
        weight,
    }
}

#[test]
fn a_missing_value_counts_as_the_worst_of_its_criterion() {
    let known = [Some(4.0), Some(2.0), Some(8.0), None];
    let own = [Some(1.0), None, Some(f64::NAN), None];
    let criteria = [
        criterion(&known, LowerIsBetter, 1.0),
        criterion(&own, HigherIsBetter, 1.0),
    ];
    for normalisation in [MinMax, Vector, Sum] {
        let decision = Decision::new(&criteria[..1], normalisation).unwrap();
        let scores = decision.weighted_sum().values;
        assert_eq!(decision.missing(), [0, 0, 0, 1]);
        assert_eq!(scores[3], None);
        let worst = decision.column(0)[2];
        assert_eq!((decision.column(0)[3], scores[2]), (worst, Some(worst)));
    }
    // The second has one value, the same for all that have any.
    let decision = Decision::new(&criteria, MinMax).unwrap();
    assert_eq!(
        (decision.idle(), decision.weights()),
        (&[1][..], &[1.0, 0.0][..])
    );
    assert_eq!(decision.missing(), [0, 1, 1, 2]);
}

#[test]
fn a_constant_or_empty_criterion_contributes_nothing_and_is_named() {
    let (varying, constant) = ([Some(1.0), Some(3.0), Some(2.0)], [Some(0.0); 3]);
    let empty = [None, Some(f64::INFINITY), Some(-1e200)];
    let criteria =
        [&constant, &varying, &empty].map(|values| criterion(values, HigherIsBetter, 2.0));
    for normalisation in [MinMax, Vector, Sum] {
        let decision = Decision::new(&criteria, normalisation).unwrap();
        assert_eq!(decision.idle(), [0, 2]);
        assert_eq!(decision.weights(), [0.0, 1.0, 0.0]);
        let alone = Decision::new(&criteria[1..2], normalisation).unwrap();
        assert_eq!(decision.weighted_sum().values, alone.weighted_sum().values);
        assert_eq!(decision.topsis(), alone.topsis());
        assert_eq!(
            decision.weighted_product().unwrap().values,
            alone.weighted_product().unwrap().values
        );
    }
}

#[test]
fn alternatives_that_are_all_alike_are_all_first() {
    for values in [&[Some(5.0); 4][..], &[Some(0.0)], &[]] {
        let decision = Decision::new(&[criterion(values, LowerIsBetter, 1.0)], Vector).unwrap();
        assert_eq!(
            ranks(&decision.weighted_sum().values),
            vec![Some(1); values.len()]
        );
        assert_eq!(decision.topsis(), vec![Some(0.5); values.len()]);
        let random = RandomWeights {
            draws: 20,
            seed: 1,
            spread: 1.0,
        };
        for found in decision.acceptability(random).unwrap() {
            let found = found.unwrap();
            assert_eq!(
                (found.rank, found.best, found.worst, found.first),
                (1, 1, 1, 1.0)
            );
        }
    }
}

#[test]
fn nothing_makes_up_for_zero_need_and_the_order_is_that_of_the_product() {
    let need = [Some(0.0), Some(10.0), Some(40.0), Some(25.0)];
    let demand = [Some(900.0), Some(100.0), Some(20.0), Some(40.0)];
    let criteria = [&need, &demand].map(|values| criterion(values, HigherIsBetter, 1.0));
    let scores = Decision::new(&criteria, Sum)
        .unwrap()
        .weighted_product()
        .unwrap();
    assert_eq!(scores.values[0], Some(0.0));
    // 0, 1000, 800, 1000
    let products = need
        .iter()
        .zip(&demand)
        .map(|(a, b)| (a.unwrap() * b.unwrap()).sqrt());
    let total = (75.0f64 * 1060.0).sqrt();
    for ((score, product), row) in scores.values.iter().zip(products).zip(0..) {
        assert!((score.unwrap() - product / total).abs() < 1e-15);
        let factors = scores.contributions[0][row] * scores.contributions[1][row];
        assert_eq!(*score, Some(factors));
    }
    let below = [Some(-1.0), Some(1.0), Some(2.0), Some(3.0)];
    let negative = Decision::new(&[criterion(&below, HigherIsBetter, 1.0)], Vector).unwrap();
    assert_eq!(negative.weighted_product(), Err(DecisionError::Negative(0)));
}

#[test]
fn topsis_can_turn_an_order_around_and_spotis_cannot() {
    // A third alternative that is last of all moves the ideal points of TOPSIS.
    let (a, b) = (
        [Some(1.0), Some(5.0), Some(100.0)],
        [Some(6.0), Some(2.2), Some(-1.0)],
    );
    let order = |scores: Vec<Option<f64>>| scores[0] > scores[1];
    let topsis = |count: usize| {
        let criteria =
            [&a[..count], &b[..count]].map(|values| criterion(values, HigherIsBetter, 1.0));
        order(Decision::new(&criteria, Vector).unwrap().topsis())
    };
    let stable = |count: usize| {
        let bounded = [&a[..count], &b[..count]].map(|values| Criterion {
            bounds: Some((-10.0, 110.0)),
            ..criterion(values, HigherIsBetter, 1.0)
        });
        spotis(&bounded).unwrap().values[..2].to_vec()
    };
    assert_ne!(topsis(2), topsis(3));
    assert_eq!(stable(2), stable(3));
    let unbounded = [criterion(&a, HigherIsBetter, 1.0)];
    assert_eq!(spotis(&unbounded), Err(DecisionError::Bounds(0)));
}

#[test]
fn bounded_criteria_limit_what_lies_beyond_and_are_never_idle() {
    let values = [Some(-3.0), Some(7.0), Some(30.0), None];
    let bounded = |values| Criterion {
        bounds: Some((0.0, 10.0)),
        ..criterion(values, LowerIsBetter, 3.0)
    };
    let scores = spotis(&[bounded(&values)]).unwrap().values;
    assert_eq!(scores, [Some(1.0), Some(0.3), Some(0.0), None]);
    let empty = Decision::new(&[bounded(&[None, None])], MinMax).unwrap();
    assert_eq!((empty.idle(), empty.weights()), (&[][..], &[1.0][..]));
    assert_eq!(empty.weighted_sum().values, [None, None]);
}

#[test]
fn a_group_scores_the_sum_of_its_members() {
    let votes = [Some(10.0), Some(30.0), Some(20.0), None, None];
    let need = [Some(0.5), Some(0.1), None, Some(0.9), None];
    let criteria = [
        criterion(&votes, HigherIsBetter, 2.0),
        criterion(&need, HigherIsBetter, 1.0),
    ];
    let decision = Decision::new(&criteria, MinMax).unwrap();
    let single = decision.weighted_sum();
    let grouped = decision.grouped(&[2, 0, 2, 0, 1], 4).unwrap();
    let scores = grouped.weighted_sum();
    let sum = |a: usize, b: usize| single.values[a].unwrap() + single.values[b].unwrap();
    assert!((scores.values[0].unwrap() - sum(1, 3)).abs() < 1e-15);
    assert!((scores.values[2].unwrap() - sum(0, 2)).abs() < 1e-15);
    assert_eq!((scores.values[1], scores.values[3]), (None, None));
    assert_eq!(
        decision.grouped(&[0, 0, 0, 0, 4], 4),
        Err(DecisionError::Group(4))
    );
    assert!(matches!(
        decision.grouped(&[0], 4),
        Err(DecisionError::Length { .. })
    ));
}

#[test]
fn criteria_that_make_no_matrix_are_refused() {
    let values = [Some(1.0), Some(2.0)];
    let good = criterion(&values, HigherIsBetter, 1.0);
    let refused = |criteria: &[Criterion<'_>], normalisation| {
        Decision::new(criteria, normalisation).unwrap_err()
    };
    assert_eq!(refused(&[], MinMax), DecisionError::Criteria(0));
    assert_eq!(refused(&[good; 101], MinMax), DecisionError::Criteria(101));
    let short = criterion(&values[..1], HigherIsBetter, 1.0);
    assert_eq!(
        refused(&[good, short], MinMax),
        DecisionError::Length {
            criterion: 1,
            found: 1,
            expected: 2
        }
    );
    for weight in [-1.0, f64::NAN, f64::INFINITY, 1e7] {
        let wrong = Criterion { weight, ..good };
        assert_eq!(refused(&[good, wrong], MinMax), DecisionError::Weight(1));
    }
    let weightless = Criterion {
        weight: 0.0,
        ..good
    };
    assert_eq!(refused(&[weightless], MinMax), DecisionError::NoWeight);
    for bounds in [
        (1.0, 1.0),
        (2.0, 1.0),
        (f64::NAN, 1.0),
        (0.0, f64::INFINITY),
    ] {
        let wrong = Criterion {
            bounds: Some(bounds),
            ..good
        };
        assert_eq!(refused(&[good, wrong], MinMax), DecisionError::Bounds(1));
        assert!(Decision::new(&[wrong], Vector).is_ok());
    }
    let zero = [Some(0.0), Some(2.0)];
    let cost = criterion(&zero, LowerIsBetter, 1.0);
    assert_eq!(refused(&[good, cost], Sum), DecisionError::Negative(1));
    let many = vec![Some(1.0); MAX_ALTERNATIVES + 1];
    let many = criterion(&many, HigherIsBetter, 1.0);
    assert_eq!(
        refused(&[many], MinMax),
        DecisionError::Alternatives(100_001)
    );
}

#[test]
fn draws_are_bounded_and_without_them_there_is_no_band() {
    let values: Vec<Option<f64>> = (0..1000).map(|row| Some(f64::from(row))).collect();
    let decision = Decision::new(&[criterion(&values, HigherIsBetter, 1.0)], MinMax).unwrap();
    let with = |draws, spread| {
        decision.acceptability(RandomWeights {
            draws,
            seed: 1,
            spread,
        })
    };
    assert!(with(0, 1.0).unwrap().iter().all(Option::is_none));
    assert!(matches!(
        with(100_000, 1.0),
        Err(DecisionError::Draws { .. })
    ));
    assert!(matches!(
        with(100_001, 1.0),
        Err(DecisionError::Draws { .. })
    ));
    for spread in [-0.1, 1.1, f64::NAN] {
        assert!(matches!(with(1, spread), Err(DecisionError::Spread(_))));
    }
}

#[test]
fn without_spread_every_draw_is_the_decision_itself() {
    let (a, b) = (
        [1.0, 4.0, 4.0, 2.0].map(Some),
        [3.0, 1.0, 1.0, 2.5].map(Some),
    );
    let criteria = [
        criterion(&a, HigherIsBetter, 1.0),
        criterion(&b, LowerIsBetter, 2.0),
    ];
    let decision = Decision::new(&criteria, MinMax).unwrap();
    let random = RandomWeights {
        draws: 50,
        seed: 9,
        spread: 0.0,
    };
    let own = ranks(&decision.weighted_sum().values);
    for (found, rank) in decision.acceptability(random).unwrap().iter().zip(own) {
        let (found, rank) = (found.unwrap(), rank.unwrap());
        assert_eq!([found.rank, found.best, found.worst], [rank; 3]);
        assert_eq!(
            (found.mean, found.first),
            (rank as f64, f64::from(u8::from(rank == 1)))
        );
    }
}

#[test]
fn acceptability_is_the_same_bits_at_any_number_of_threads() {
    let column = |factor: usize| -> Vec<Option<f64>> {
        (0..61)
            .map(|row| Some(((row * factor) % 53) as f64))
            .collect()
    };
    let columns = [column(7), column(19), column(31)];
    let criteria: Vec<_> = columns
        .iter()
        .map(|own| criterion(own, HigherIsBetter, 1.0))
        .collect();
    let decision = Decision::new(&criteria, MinMax).unwrap();
    let random = RandomWeights {
        draws: 501,
        seed: 4,
        spread: 1.0,
    };
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| decision.acceptability(random).unwrap())
    };
    let one = with(1);
    assert!([2, 3, 8].into_iter().all(|threads| with(threads) == one));
}

#[test]
fn tied_and_unlisted_alternatives_share_the_points_of_their_places() {
    // 4 alternatives: the second alone on top (3 points), the third next (2), the others share 1 and 0.
    let short = [ballot(&[&[1], &[2]], 1)];
    let full = [ballot(&[&[1], &[2], &[0, 3]], 1)];
    for ballots in [&short, &full] {
        assert_eq!(
            Votes::new(4, ballots).unwrap().borda(),
            [0.5, 3.0, 2.0, 0.5]
        );
    }
    let everything = [
        ballot(&[], 3),
        ballot(&[&[0, 1, 2, 3]], 2),
        ballot(&[&[], &[0], &[]], 0),
    ];
    let votes = Votes::new(4, &everything).unwrap();
    assert_eq!(votes.borda(), [7.5; 4]);
    assert_eq!(votes.pairwise().unwrap().copeland(), [0.0; 4]);
    assert_eq!(votes.pairwise().unwrap().schulze_ranks(), [1; 4]);
    assert_eq!(votes.approval(), [2; 4]);
}

#[test]
fn a_vote_without_ballots_or_alternatives_has_no_winner() {
    let none = Votes::new(0, &[]).unwrap();
    assert!(none.borda().is_empty() && none.approval().is_empty());
    assert!(none.pairwise().unwrap().schulze_ranks().is_empty());
    let alone = Votes::new(1, &[]).unwrap();
    assert_eq!(
        (alone.borda(), alone.pairwise().unwrap().schulze_ranks()),
        (vec![0.0], vec![1])
    );
    assert_eq!(alone.pairwise().unwrap().preferred(0, 7), 0);
}

#[test]
fn a_circle_of_majorities_is_tied_for_copeland_and_cut_at_its_weakest_by_schulze() {
    let ballots = [
        ballot(&[&[0], &[1], &[2]], 8),
        ballot(&[&[1], &[2], &[0]], 7),
        ballot(&[&[2], &[0], &[1]], 6),
    ];
    let pairwise = Votes::new(3, &ballots).unwrap().pairwise().unwrap();
    assert_eq!(pairwise.copeland(), [0.0; 3]);
    // 0 beats 1 with 14, 1 beats 2 with 15, 2 beats 0 with 13.
    assert_eq!(pairwise.schulze_ranks(), [1, 2, 3]);
}

#[test]
fn ballots_that_are_none_are_refused() {
    let refused = |alternatives, ballots: &[Ballot]| Votes::new(alternatives, ballots).unwrap_err();
    let good = ballot(&[&[0]], 1);
    assert_eq!(
        refused(3, &[good.clone(), ballot(&[&[1, 3]], 1)]),
        VoteError::Unknown(1)
    );
    assert_eq!(
        refused(3, &[good.clone(), ballot(&[&[1], &[1]], 1)]),
        VoteError::Twice(1)
    );
    assert_eq!(
        refused(3, &[good, ballot(&[], MAX_WEIGHT)]),
        VoteError::Weight
    );
    assert_eq!(
        refused(3, &[ballot(&[], u64::MAX), ballot(&[], 9)]),
        VoteError::Weight
    );
    assert_eq!(
        refused(3, &vec![ballot(&[], 1); MAX_BALLOTS + 1]),
        VoteError::Ballots(1_000_001)
    );
    let long: Vec<usize> = (0..100_000).collect();
    assert_eq!(
        refused(100_000, &vec![ballot(&[&long], 1); 51]),
        VoteError::Mentions
    );
    assert!(matches!(
        refused(100_001, &[]),
        VoteError::Alternatives { .. }
    ));
    let wide = Votes::new(501, &[]).unwrap().pairwise();
    assert_eq!(
        wide,
        Err(VoteError::Alternatives {
            found: 501,
            most: 500
        })
    );
}

#[test]
fn a_minority_gets_its_part_from_equal_shares_and_nothing_from_greed() {
    // Sixty want parks, forty want a clinic; the money is for two projects of 50.
    let ballots = [ballot(&[&[0, 1]], 60), ballot(&[&[2]], 40)];
    let costs = [50, 50, 40];
    let budget = Budget {
        costs: &costs,
        total: 100,
    };
    let votes = Votes::new(3, &ballots).unwrap();
    let projects = |allocation: &Allocation| -> Vec<usize> {
        allocation.funded.iter().map(|own| own.project).collect()
    };
    let shares = equal_shares(&votes, budget, Utility::Cardinality, Completion::default()).unwrap();
    assert_eq!(projects(&shares), [0, 2]);
    assert_eq!((shares.spent, shares.exhaustive), (90, true));
    assert_eq!(shares.funded[1].price, Some(1.0));
    assert_eq!(
        projects(&greedy(&votes, budget, Utility::Cardinality).unwrap()),
        [0, 1]
    );
}

#[test]
fn what_is_free_is_funded_if_wanted_and_what_nobody_wants_never() {
    let ballots = [ballot(&[&[0, 1]], 2)];
    let votes = Votes::new(4, &ballots).unwrap();
    let budget = Budget {
        costs: &[0, 10, 0, 1],
        total: 10,
    };
    for found in [
        equal_shares(&votes, budget, Utility::Cost, Completion::default()).unwrap(),
        greedy(&votes, budget, Utility::Cost).unwrap(),
    ] {
        let funded: Vec<_> = found
            .funded
            .iter()
            .map(|own| (own.project, own.phase))
            .collect();
        assert_eq!(funded[0], (0, Phase::Free));
        assert_eq!((funded[1].0, funded.len()), (1, 2));
        assert!(found.exhaustive);
    }
}

#[test]
fn nobody_votes_for_nothing() {
    let budget = Budget {
        costs: &[10, 20],
        total: 30,
    };
    let rule = Completion {
        step: Some(1),
        greedy: true,
    };
    for ballots in [&[][..], &[ballot(&[&[0, 1]], 0)], &[ballot(&[], 5)]] {
        let votes = Votes::new(2, ballots).unwrap();
        let found = equal_shares(&votes, budget, Utility::Cardinality, rule).unwrap();
        assert_eq!(
            (found.funded.len(), found.spent, found.exhaustive),
            (0, 0, true)
        );
    }
    let votes = Votes::new(0, &[]).unwrap();
    let empty = Budget {
        costs: &[],
        total: 0,
    };
    assert!(
        equal_shares(&votes, empty, Utility::Cost, rule)
            .unwrap()
            .funded
            .is_empty()
    );
}

#[test]
fn the_largest_sums_are_spent_to_the_peso_and_not_beyond() {
    let ballots: Vec<Ballot> = (0..7)
        .map(|own| ballot(&[&[own, (own + 1) % 7]], 1))
        .collect();
    let votes = Votes::new(7, &ballots).unwrap();
    let costs = [MAX_COST / 7 + 1; 7];
    let budget = Budget {
        costs: &costs,
        total: MAX_COST,
    };
    let rule = Completion {
        step: Some(MAX_COST / 50),
        greedy: true,
    };
    for utility in [Utility::Cardinality, Utility::Cost] {
        for rule in [Completion::default(), rule] {
            let found = equal_shares(&votes, budget, utility, rule).unwrap();
            assert!(found.spent <= MAX_COST && !found.funded.is_empty());
        }
    }
}

#[test]
fn budgets_that_are_none_are_refused() {
    let votes = Votes::new(2, &[]).unwrap();
    let refused = |costs: &[i64], total, step| {
        let rule = Completion {
            step,
            greedy: false,
        };
        equal_shares(&votes, Budget { costs, total }, Utility::Cost, rule).unwrap_err()
    };
    assert!(matches!(
        refused(&[1], 5, None),
        BudgetError::Projects { .. }
    ));
    assert_eq!(refused(&[1, -1], 5, None), BudgetError::Cost(1));
    assert_eq!(refused(&[i64::MAX, 1], 5, None), BudgetError::Cost(0));
    for total in [-1, i64::MAX] {
        assert_eq!(refused(&[1, 1], total, None), BudgetError::Total(total));
    }
    assert_eq!(refused(&[1, 1], 5, Some(0)), BudgetError::Step(0));
    let budget = Budget {
        costs: &[],
        total: 1,
    };
    assert!(matches!(
        greedy(&votes, budget, Utility::Cost),
        Err(BudgetError::Projects { .. })
    ));
}

/// Any number, with what is none among them.
fn numbers(count: usize) -> impl Strategy<Value = Vec<Option<f64>>> {
    let one = prop_oneof![
        Just(None),
        Just(Some(f64::NAN)),
        Just(Some(0.0)),
        (-4i8..5).prop_map(|value| Some(f64::from(value))),
        any::<f64>().prop_map(Some),
    ];
    prop::collection::vec(one, count)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn contributions_add_up_and_scores_stay_in_their_range(
        columns in prop::collection::vec(numbers(9), 1..5), costs in 0usize..16
    ) {
        let polarity = |at: usize| if costs >> at & 1 == 1 { LowerIsBetter } else { HigherIsBetter };
        let criteria: Vec<_> = columns.iter().enumerate().map(|(at, own)| criterion(own, polarity(at), 1.0 + at as f64)).collect();
        for normalisation in [MinMax, Vector, Sum] {
            let Ok(decision) = Decision::new(&criteria, normalisation) else {
                prop_assert_eq!(normalisation, Sum);
                continue;
            };
            let scores = decision.weighted_sum();
            for (row, score) in scores.values.iter().enumerate() {
                let present = columns.iter().any(|own| own[row].is_some_and(|value| value.abs() <= 1e150));
                prop_assert_eq!(score.is_some(), present);
                let added = scores.contributions.iter().fold(0.0, |sum, terms| sum + terms[row]);
                prop_assert!(score.is_none_or(|score| score == added && score.abs() <= 2.0));
            }
            for closeness in decision.topsis().into_iter().flatten() {
                prop_assert!((0.0..=1.0).contains(&closeness));
            }
            let random = RandomWeights { draws: 9, seed: 2, spread: 1.0 };
            for found in decision.acceptability(random).unwrap().into_iter().flatten() {
                prop_assert!(1 <= found.best && found.best <= found.worst && found.worst <= 9);
            }
        }
    }

    #[test]
    fn the_order_of_alternatives_does_not_change_a_score(columns in prop::collection::vec(numbers(12), 1..4)) {
        let reversed: Vec<Vec<_>> = columns.iter().map(|own| own.iter().rev().copied().collect()).collect();
        for normalisation in [MinMax, Vector] {
            let decide = |columns: &[Vec<Option<f64>>]| {
                let criteria: Vec<_> = columns.iter().map(|own| criterion(own, LowerIsBetter, 1.0)).collect();
                let decision = Decision::new(&criteria, normalisation).unwrap();
                (decision.weighted_sum().values, decision.topsis())
            };
            let (forward, mut backward) = (decide(&columns), decide(&reversed));
            backward.0.reverse();
            backward.1.reverse();
            prop_assert_eq!(forward, backward);
        }
    }

    #[test]
    fn votes_in_pairs_are_those_of_a_plain_count_and_borda_is_their_sum(
        lists in prop::collection::vec((prop::collection::vec(0usize..6, 0..6), 0u64..9), 0..20)
    ) {
        // The position of the first mention is the place; the parity of the weight says who is tied with whom.
        let ballots: Vec<Ballot> = lists.iter().map(|(list, weight)| {
            let mut tiers: Vec<Vec<usize>> = vec![];
            for (at, &own) in list.iter().enumerate().filter(|(at, own)| !list[..*at].contains(own)) {
                match tiers.last_mut().filter(|_| at % 3 == 1 && weight % 2 == 0) {
                    Some(tier) => tier.push(own),
                    None => tiers.push(vec![own]),
                }
            }
            Ballot { tiers, weight: *weight }
        }).collect();
        let votes = Votes::new(6, &ballots).unwrap();
        let pairwise = votes.pairwise().unwrap();
        let tier = |ballot: &Ballot, own| ballot.tiers.iter().position(|tier| tier.contains(&own)).unwrap_or(99);
        for one in 0..6 {
            let mut points = 0.0;
            for other in (0..6).filter(|other| *other != one) {
                let above = |a, b| ballots.iter().filter(|own| tier(own, a) < tier(own, b)).map(|own| own.weight).sum::<u64>();
                prop_assert_eq!(pairwise.preferred(one, other), above(one, other));
                let tied = votes.weight() - above(one, other) - above(other, one);
                points += above(one, other) as f64 + tied as f64 / 2.0;
            }
            prop_assert_eq!(votes.borda()[one], points);
        }
        // Who beats everyone else is first with Copeland and with Schulze.
        let copeland = pairwise.copeland();
        for one in (0..6).filter(|one| copeland[*one] == 5.0) {
            prop_assert_eq!(pairwise.schulze_ranks()[one], 1);
            prop_assert_eq!(pairwise.schulze_ranks().iter().filter(|rank| **rank == 1).count(), 1);
        }
    }

    #[test]
    fn no_allocation_spends_more_than_there_is_and_a_greedy_end_leaves_nothing_to_buy(
        wants in prop::collection::vec((prop::collection::btree_set(0usize..8, 0..5), 0u64..5), 0..15),
        costs in prop::collection::vec(0i64..50, 8), total in 0i64..200, by_cost: bool
    ) {
        let ballots: Vec<Ballot> = wants.iter().map(|(wanted, weight)| Ballot { tiers: vec![wanted.iter().copied().collect()], weight: *weight }).collect();
        let votes = Votes::new(8, &ballots).unwrap();
        let budget = Budget { costs: &costs, total };
        let utility = if by_cost { Utility::Cost } else { Utility::Cardinality };
        for (step, complete) in [(None, false), (Some(1), false), (None, true), (Some(3), true)] {
            let found = equal_shares(&votes, budget, utility, Completion { step, greedy: complete }).unwrap();
            prop_assert_eq!(found.spent, found.funded.iter().map(|own| own.cost).sum::<i64>());
            prop_assert!(found.spent <= total);
            let support = votes.approval();
            let funded = |project| found.funded.iter().any(|own| own.project == project);
            let open = (0..8).any(|own| support[own] > 0 && !funded(own) && costs[own] <= total - found.spent);
            prop_assert_eq!(found.exhaustive, !open);
            prop_assert!(!(complete && open));
        }
    }
}
