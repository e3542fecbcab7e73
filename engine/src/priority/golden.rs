//! Scores, counts and budgets against pymcdm, pyrepo-mcda, ahpy, `pref_voting` and pabutools: `tests/golden/priority.py`
//! made the files and names the versions.

use super::*;
use crate::composite::Polarity;
use crate::social::golden::assert_close;

const INPUT: &str = include_str!("../../tests/golden/priority_input.csv");
const EXPECTED: &str = include_str!("../../tests/golden/priority_expected.csv");
const DECISIONS: [&str; 2] = ["sample", "seeded"];

/// The fields after the kind and the name.
fn lines(kind: &str, name: &str) -> Vec<Vec<&'static str>> {
    let fields = INPUT
        .lines()
        .map(|line| line.split(',').collect::<Vec<_>>());
    let own = fields.filter(|fields| fields[..2] == [kind, name]);
    own.map(|fields| fields[2..].to_vec()).collect()
}

fn answer(method: &str, name: &str, variant: &str) -> Vec<f64> {
    let head = format!("{method},{name},{variant},");
    let line = EXPECTED.lines().find_map(|line| line.strip_prefix(&head));
    list(line.unwrap_or_else(|| panic!("no answer {head}")))
}

fn list<T: std::str::FromStr>(text: &str) -> Vec<T> {
    let items = text.split([';', '=']).filter(|item| !item.is_empty());
    items.map(number).collect()
}

fn number<T: std::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("{text:?}"))
}

/// The matrix of a data set with the polarity, the weight and the bounds of each criterion.
struct Matrix(Vec<Column>);

type Column = (Vec<Option<f64>>, Polarity, f64, (f64, f64));

impl Matrix {
    fn read(name: &str) -> Self {
        let criterion = |fields: Vec<&str>| {
            let polarity = match fields[0] {
                "1" => Polarity::HigherIsBetter,
                _ => Polarity::LowerIsBetter,
            };
            let values = list(fields[4]).into_iter().map(Some).collect();
            let bounds = (number(fields[2]), number(fields[3]));
            (values, polarity, number(fields[1]), bounds)
        };
        Self(
            lines("criterion", name)
                .into_iter()
                .map(criterion)
                .collect(),
        )
    }

    fn criteria(&self, bounded: bool) -> Vec<Criterion<'_>> {
        let columns = self.0.iter();
        columns
            .map(|(values, polarity, weight, bounds)| Criterion {
                values,
                polarity: *polarity,
                weight: *weight,
                bounds: bounded.then_some(*bounds),
            })
            .collect()
    }

    fn decision(&self, normalisation: Normalisation) -> Decision {
        Decision::new(&self.criteria(false), normalisation).unwrap()
    }
}

#[track_caller]
fn assert_scores(found: &[Option<f64>], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert_close(found.unwrap(), *expected);
    }
}

#[test]
fn scores_are_those_of_pymcdm() {
    for name in DECISIONS {
        let matrix = Matrix::read(name);
        for (scale, normalisation) in [
            ("minmax", Normalisation::MinMax),
            ("vector", Normalisation::Vector),
            ("sum", Normalisation::Sum),
        ] {
            let decision = matrix.decision(normalisation);
            let sums = decision.weighted_sum();
            assert_scores(&sums.values, &answer("weighted_sum", name, scale));
            let products = decision.weighted_product().unwrap();
            assert_scores(&products.values, &answer("weighted_product", name, scale));
            assert_scores(&decision.topsis(), &answer("topsis", name, scale));
        }
        let distances = spotis(&matrix.criteria(true)).unwrap();
        assert_scores(&distances.values, &answer("spotis", name, ""));
    }
}

#[test]
fn rank_acceptability_is_that_of_two_hundred_thousand_draws_of_numpy() {
    for name in DECISIONS {
        let decision = Matrix::read(name).decision(Normalisation::MinMax);
        let own = ranks(&decision.weighted_sum().values);
        for (variant, spread) in [("1.0", 1.0), ("0.25", 0.25)] {
            let random = RandomWeights {
                draws: 20_000,
                seed: 3,
                spread,
            };
            let found = decision.acceptability(random).unwrap();
            let of = |method: &str| answer(method, name, variant);
            let (first, mean, best, worst) = (of("first"), of("mean"), of("best"), of("worst"));
            for (row, found) in found.iter().enumerate() {
                let found = found.unwrap();
                assert_eq!(Some(found.rank), own[row]);
                // Four standard errors of a share of 20,000 draws are 0.014; of a mean, 4 / √20,000 of its deviation.
                assert!((found.first - first[row]).abs() < 0.014, "{name} {row}");
                let deviation = worst[row] - best[row];
                assert!(
                    (found.mean - mean[row]).abs() < 0.01 * deviation + 0.01,
                    "{name} {row}"
                );
                assert!((found.best as f64 - best[row]).abs() <= 1.0, "{name} {row}");
                assert!(
                    (found.worst as f64 - worst[row]).abs() <= 1.0,
                    "{name} {row}"
                );
            }
        }
    }
}

#[test]
fn weights_of_judgements_are_those_of_ahpy_and_numpy() {
    for name in ["three", "six", "contradicting"] {
        let judgements: Vec<Vec<f64>> = lines("judgement", name)
            .iter()
            .map(|fields| list(fields[0]))
            .collect();
        let found = ahp(&judgements).unwrap();
        for (found, expected) in found.weights.iter().zip(answer("ahp_weights", name, "")) {
            assert!((found - expected).abs() < 1e-11, "{name}");
        }
        let ratio = answer("ahp_ratio", name, "")[0];
        assert!((found.consistency_ratio - ratio).abs() < 1e-11, "{name}");
        assert_close(found.eigenvalue, answer("ahp_eigenvalue", name, "")[0]);
        assert_eq!(found.consistent, name != "contradicting");
    }
}

#[test]
fn votes_are_counted_as_pref_voting_counts_them() {
    for name in ["nine", "twenty-four"] {
        let cast = lines("ballot", name);
        let ballots: Vec<Ballot> = cast
            .iter()
            .map(|fields| Ballot {
                tiers: fields[2].split('>').map(list).collect(),
                weight: number(fields[1]),
            })
            .collect();
        let votes = Votes::new(number(cast[0][0]), &ballots).unwrap();
        let pairwise = votes.pairwise().unwrap();
        assert_eq!(votes.borda(), answer("borda", name, ""));
        assert_eq!(pairwise.copeland(), answer("copeland", name, ""));
        let approval: Vec<f64> = votes
            .approval()
            .into_iter()
            .map(|votes| votes as f64)
            .collect();
        assert_eq!(approval, answer("approval", name, ""));
        let schulze: Vec<f64> = pairwise
            .schulze_ranks()
            .into_iter()
            .map(|rank| rank as f64)
            .collect();
        assert_eq!(schulze, answer("schulze", name, ""));
    }
}

#[test]
fn budgets_are_shared_out_as_pabutools_does_it_with_fractions() {
    for (name, step) in [("few", 1), ("many", 100)] {
        let budget = &lines("budget", name)[0];
        let costs: Vec<i64> = list(budget[1]);
        let approvals = lines("approval", name);
        let ballots: Vec<Ballot> = approvals
            .iter()
            .map(|fields| Ballot {
                tiers: vec![list(fields[1])],
                weight: number(fields[0]),
            })
            .collect();
        let votes = Votes::new(costs.len(), &ballots).unwrap();
        let budget = Budget {
            costs: &costs,
            total: number(budget[0]),
        };
        for (utility_name, utility) in [
            ("cardinality", Utility::Cardinality),
            ("cost", Utility::Cost),
        ] {
            for completion in ["none", "add", "greedy", "add greedy", "only greedy"] {
                let found = if completion == "only greedy" {
                    greedy(&votes, budget, utility).unwrap()
                } else {
                    let rule = Completion {
                        step: completion.contains("add").then_some(step),
                        greedy: completion.contains("greedy"),
                    };
                    equal_shares(&votes, budget, utility, rule).unwrap()
                };
                let mut funded: Vec<f64> =
                    found.funded.iter().map(|own| own.project as f64).collect();
                funded.sort_by(f64::total_cmp);
                let variant = format!("{utility_name} {completion}");
                assert_eq!(funded, answer("budget", name, &variant), "{name} {variant}");
                assert!(found.spent <= budget.total);
            }
        }
    }
}
