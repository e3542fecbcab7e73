#!/usr/bin/env python3
"""Expected scores, ranks and budgets of prioritisation, computed without Comarca.

Decisions: forty districts of the bundled sample by six figures (`engine/tests/golden/social_sample.csv`) and twelve seeded
rows with ties. Votes: nine and twenty-four alternatives on weighted ballots with ties and short lists. Budgets: one of few
projects with equal costs, and one of forty. Writes `engine/tests/golden/priority_input.csv` and `priority_expected.csv`,
which the unit tests of `engine/src/priority` read.

    python3 -m venv venv && venv/bin/pip install pymcdm pyrepo-mcda ahpy pref_voting pabutools pandas \
        && venv/bin/python tests/golden/priority.py

Scores are those of pymcdm, TOPSIS is compared with pyrepo-mcda as well, AHP is that of ahpy (with Saaty's random indexes) and
of numpy's eigenvalues, counts of votes are those of pref_voting, budgets those of pabutools with exact fractions; rank
acceptability is drawn with numpy's Dirichlet. Versions stand in the first line of `priority_expected.csv`.
"""

from importlib.metadata import version
from pathlib import Path

import ahpy
import numpy
import pandas
from pabutools.election import ApprovalBallot, ApprovalProfile, Cardinality_Sat, Cost_Sat, Instance, Project
from pabutools.rules import completion_by_rule_combination, greedy_utilitarian_welfare, method_of_equal_shares
from pref_voting.grade_profiles import GradeProfile
from pref_voting.margin_based_methods import beat_path_defeat
from pref_voting.profiles_with_ties import ProfileWithTies
from pref_voting.scoring_methods import symmetric_borda_scores
from pymcdm import normalizations
from pymcdm.methods import SPOTIS, TOPSIS, WPM, WSM
from pyrepo_mcda.mcda_methods import TOPSIS as OTHER_TOPSIS
from pyrepo_mcda.normalizations import vector_normalization as other_vector
from scipy.stats import rankdata

ROOT = Path(__file__).parent.parent.parent
OUT = ROOT / "engine/tests/golden"
LIBRARIES = ["pymcdm", "pyrepo-mcda", "ahpy", "pref_voting", "pabutools", "numpy"]
inputs, answers = [], []


def line(lines, *fields):
    lines.append(",".join(str(field) for field in fields))


def numbers(values):
    return ";".join(repr(float(value)) for value in values)


def decisions():
    sample = pandas.read_csv(OUT / "social_sample.csv").filter(like="part_").dropna().loc[lambda rows: (rows > 0).all(axis=1)].iloc[::6].head(40)
    random = numpy.random.Generator(numpy.random.PCG64(5))
    seeded = random.integers(1, 7, (12, 4)) / 2.0
    seeded[5] = seeded[2]
    yield "sample", sample.to_numpy(), [-1, -1, -1, -1, 1, 1], [3.0, 1.0, 2.0, 1.0, 4.0, 1.0]
    yield "seeded", seeded, [1, -1, 1, -1], [2.0, 2.0, 1.0, 5.0]


def decide(name, matrix, types, weights):
    types, weights = numpy.array(types), numpy.array(weights)
    margin = 0.25 * (matrix.max(axis=0) - matrix.min(axis=0))
    bounds = numpy.column_stack([matrix.min(axis=0) - margin, matrix.max(axis=0) + 2 * margin])
    for criterion in range(len(types)):
        low, high = bounds[criterion]
        line(inputs, "criterion", name, types[criterion], weights[criterion], repr(float(low)), repr(float(high)), numbers(matrix[:, criterion]))
    weights = weights / weights.sum()
    scales = {"minmax": normalizations.minmax_normalization, "vector": normalizations.vector_normalization, "sum": normalizations.sum_normalization}
    for scale, normalization in scales.items():
        line(answers, "weighted_sum", name, scale, numbers(WSM(normalization)(matrix, weights, types)))
        line(answers, "weighted_product", name, scale, numbers(WPM(normalization)(matrix, weights, types)))
        line(answers, "topsis", name, scale, numbers(TOPSIS(normalization)(matrix, weights, types)))
    other = OTHER_TOPSIS(normalization_method=other_vector)(matrix, weights, types)
    assert numpy.allclose(other, TOPSIS(normalizations.vector_normalization)(matrix, weights, types), rtol=1e-12)
    line(answers, "spotis", name, "", numbers(1 - SPOTIS(bounds)(matrix, weights, types)))
    scaled = (matrix - matrix.min(axis=0)) / (matrix.max(axis=0) - matrix.min(axis=0))
    scaled = numpy.where(types > 0, scaled, 1 - scaled)
    random = numpy.random.Generator(numpy.random.PCG64(6))
    for spread in [1.0, 0.25]:
        drawn = (1 - spread) * weights + spread * random.dirichlet(numpy.ones(len(types)), 200_000)
        # Rows that are equal in everything must tie, whatever order a product sums in.
        ranks = rankdata(-numpy.round(drawn @ scaled.T, 12), method="min", axis=1)
        line(answers, "first", name, spread, numbers((ranks == 1).mean(axis=0)))
        line(answers, "mean", name, spread, numbers(ranks.mean(axis=0)))
        line(answers, "best", name, spread, numbers(numpy.quantile(ranks, 0.05, axis=0, method="inverted_cdf")))
        line(answers, "worst", name, spread, numbers(numpy.quantile(ranks, 0.95, axis=0, method="inverted_cdf")))


def judge(name, upper):
    size = int((1 + (1 + 8 * len(upper)) ** 0.5) / 2)
    pairs = [(i, j) for i in range(size) for j in range(i + 1, size)]
    matrix = numpy.ones((size, size))
    for (i, j), value in zip(pairs, upper):
        matrix[i, j], matrix[j, i] = value, 1 / value
    compare = ahpy.Compare(name, {(str(i), str(j)): value for (i, j), value in zip(pairs, upper)}, precision=12, random_index="saaty", iterations=1000)
    for row in matrix:
        line(inputs, "judgement", name, numbers(row))
    line(answers, "ahp_weights", name, "", numbers(compare.target_weights[str(i)] for i in range(size)))
    line(answers, "ahp_ratio", name, "", numbers([compare.consistency_ratio]))
    line(answers, "ahp_eigenvalue", name, "", numbers([max(numpy.linalg.eigvals(matrix).real)]))


def ballots(random, alternatives, count):
    for _ in range(count):
        listed = random.permutation(alternatives)[: random.integers(0, alternatives + 1)]
        tiers, start = [], 0
        while start < len(listed):
            end = start + random.integers(1, 4)
            tiers.append([int(own) for own in listed[start:end]])
            start = end
        yield tiers, int(random.integers(1, 40))


def vote(name, alternatives, count, seed):
    random = numpy.random.Generator(numpy.random.PCG64(seed))
    cast = list(ballots(random, alternatives, count))
    for tiers, weight in cast:
        line(inputs, "ballot", name, alternatives, weight, ">".join("=".join(map(str, tier)) for tier in tiers))
    rankings = [{own: place for place, tier in enumerate(tiers) for own in tier} for tiers, _ in cast]
    weights = [weight for _, weight in cast]
    profile = ProfileWithTies(rankings, weights, candidates=list(range(alternatives)))
    profile.use_extended_strict_preference()
    symmetric = symmetric_borda_scores(profile)
    line(answers, "borda", name, "", numbers((symmetric[own] + sum(weights) * (alternatives - 1)) / 2 for own in range(alternatives)))
    copeland = profile.copeland_scores()
    line(answers, "copeland", name, "", numbers(copeland[own] for own in range(alternatives)))
    defeats = beat_path_defeat(profile, strength_function=profile.support)
    line(answers, "schulze", name, "", numbers(1 + defeats.in_degree(own) for own in range(alternatives)))
    grades = GradeProfile([{own: 1 for own in ranking} for ranking in rankings], [0, 1], gcounts=weights, candidates=list(range(alternatives)))
    line(answers, "approval", name, "", numbers(grades.sum(own) if grades.has_grade(own) else 0 for own in range(alternatives)))


def share(name, costs, total, cast, step):
    line(inputs, "budget", name, total, ";".join(map(str, costs)))
    for tiers, weight in cast:
        line(inputs, "approval", name, weight, ";".join(map(str, tiers)))
    projects = [Project(f"p{own:03}", cost) for own, cost in enumerate(costs)]
    instance = Instance(projects, budget_limit=total)
    profile = ApprovalProfile([ApprovalBallot([projects[own] for own in listed]) for listed, weight in cast for _ in range(weight)], instance=instance)
    for utility, satisfaction in [("cardinality", Cardinality_Sat), ("cost", Cost_Sat)]:
        shares = {"sat_class": satisfaction}
        grown = shares | {"voter_budget_increment": step}
        for completion, rules in {
            "none": [(method_of_equal_shares, shares)],
            "add": [(method_of_equal_shares, grown)],
            "greedy": [(method_of_equal_shares, shares), (greedy_utilitarian_welfare, shares)],
            "add greedy": [(method_of_equal_shares, grown), (greedy_utilitarian_welfare, shares)],
            "only greedy": [(greedy_utilitarian_welfare, shares)],
        }.items():
            funded = completion_by_rule_combination(instance, profile, [rule for rule, _ in rules], [dict(own) for _, own in rules])
            supported = {project for ballot in profile for project in ballot}
            line(answers, "budget", name, f"{utility} {completion}", ";".join(str(int(own.name[1:])) for own in sorted(funded, key=lambda own: own.name) if own in supported))


def budgets():
    random = numpy.random.Generator(numpy.random.PCG64(7))
    few = [40, 20, 20, 30, 10, 60, 10]
    cast = [(sorted({int(own) for own in random.integers(0, 7, 3)}), int(random.integers(1, 6))) for _ in range(12)]
    share("few", few, 100, cast, 1)
    many = [int(cost) for cost in random.integers(5, 90, 40) * 1000]
    districts = [([int(own) for own in random.permutation(40)[: random.integers(1, 7)]], int(random.integers(1, 9))) for _ in range(80)]
    share("many", many, 900_000, districts, 100)


for decision in decisions():
    decide(*decision)
judge("three", [3.0, 5.0, 2.0])
judge("six", [2.0, 4.0, 1.0, 3.0, 1 / 2, 3.0, 1 / 2, 2.0, 1 / 5, 1 / 6, 1.0, 1 / 7, 5.0, 2.0, 1 / 3])
judge("contradicting", [9.0, 1 / 9, 3.0, 9.0, 1 / 5, 7.0])
vote("nine", 9, 60, 8)
vote("twenty-four", 24, 200, 9)
budgets()
(OUT / "priority_input.csv").write_text("\n".join(inputs) + "\n")
versions = "# " + ", ".join(f"{own} {version(own)}" for own in LIBRARIES) + ": tests/golden/priority.py"
(OUT / "priority_expected.csv").write_text("\n".join([versions, *answers]) + "\n")
