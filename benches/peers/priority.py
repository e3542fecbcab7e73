"""The work of priority.rs with pymcdm, SciPy, numpy, pabutools and pandas: python priority.py."""

import numpy
import pandas
from measure import measure
from pabutools.election import ApprovalBallot, ApprovalMultiProfile, Cardinality_Sat, FrozenApprovalBallot, Instance, Project
from pabutools.rules import method_of_equal_shares
from pymcdm.methods import TOPSIS
from pymcdm.normalizations import vector_normalization
from scipy.stats import rankdata


def number(row, column):
    """As `number` of priority.rs."""
    row, column = numpy.asarray(row, dtype=numpy.int64), numpy.asarray(column, dtype=numpy.int64)
    return (row * 2_654_435_761 + column * 40_503 * (row % 13 + 1)) % 4_294_967_291 % 1_009


def matrix(rows, columns):
    return number(numpy.arange(rows)[:, None], numpy.arange(columns)[None, :]).astype(float)


weights, types = numpy.ones(12) / 12, numpy.ones(12)
many = matrix(100_000, 12)
scores = measure("pymcdm, TOPSIS of 100,000 by 12", lambda: TOPSIS(vector_normalization)(many, weights, types))
print(f"answer: TOPSIS of the first Some({scores[0]:.12f})")
for alternatives in [280, 5_000]:
    values = matrix(alternatives, 12)
    scaled = (values - values.min(axis=0)) / (values.max(axis=0) - values.min(axis=0))

    def bands():
        drawn = numpy.random.default_rng(1).dirichlet(numpy.ones(12), 1_000)
        ranks = rankdata(-(scaled @ drawn.T), method="min", axis=0)
        return (ranks == 1).mean(axis=1), numpy.quantile(ranks, [0.05, 0.95], axis=1), ranks.mean(axis=1)

    mean = measure(f"scipy, rank acceptability of 1,000 draws, {alternatives}", bands)[2]
    print(f"answer: mean rank of the first Some({mean[0]:.0f}) ± 2 %")


def cast(count, alternatives, listed):
    own = number(numpy.arange(count)[:, None], numpy.arange(alternatives)[None, :])
    return numpy.argsort(own, axis=1, kind="stable")[:, :listed], numpy.arange(count) % 40 + 1


listed, weight = cast(20_000, 500, 10)


def borda():
    points = numpy.full(500, (weight * (489 / 2)).sum())
    for place in range(10):
        points += numpy.bincount(listed[:, place], weight * (499 - place - 489 / 2), 500)
    return points


def schulze():
    preferred = numpy.bincount(listed.ravel(), numpy.repeat(weight, 10), 500)[:, None].repeat(500, axis=1)
    for above in range(10):
        for below in range(above + 1):
            numpy.subtract.at(preferred, (listed[:, above], listed[:, below]), weight)
    paths = numpy.where(preferred > preferred.T, preferred, 0)
    for via in range(500):
        numpy.maximum(paths, numpy.minimum(paths[:, via, None], paths[None, via]), out=paths)
    return 1 + (paths.T > paths).sum(axis=1)


print(f"answer: Borda points of the first {measure('numpy, Borda', borda)[0]:.1f}")
print(f"answer: sum of Schulze ranks {measure('numpy, Schulze', schulze, rounds=3).sum()}")

listed, weight = cast(560, 100, 5)
costs = 1_000 * (5 + number(numpy.arange(100), 99) % 85)
projects = [Project(f"p{own:03}", int(cost)) for own, cost in enumerate(costs)]
instance = Instance(projects, budget_limit=int(costs.sum()) // 3)
profile = ApprovalMultiProfile(instance=instance)
for own, count in zip(listed, weight):
    profile.update({FrozenApprovalBallot(ApprovalBallot([projects[at] for at in own])): int(count)})
funded = measure("pabutools, equal shares", lambda: method_of_equal_shares(instance, profile, sat_class=Cardinality_Sat), rounds=3)
print(f"answer: {len(funded)} projects for {sum(own.cost for own in funded)}")

row = numpy.arange(20_000)
demands = pandas.DataFrame({"theme": number(row, 1) % 4, "votes": number(row, 2), "stage": number(row, 3) % 4, "status": number(row, 4) % 6, "districts": number(row, 5) % 280, "cost": number(row, 6) * 1_000_000})
demands["sectors"] = demands["districts"] * 42 // 280
demands["communes"] = demands["sectors"] * 7 // 42
demands["all"] = 0


def plans():
    """Sums, ranks and funnels of every level, without names and without plans."""
    cost = 0
    for level in ["districts", "sectors", "communes", "all"]:
        demands.groupby([level, "theme", "stage", "status"])["votes"].agg(["count", "sum"])
        projects = demands[demands["status"].between(1, 4)]
        projects.groupby([level, "theme"])["cost"].sum()
        demands[demands["status"] < 4].groupby(level)["votes"].rank(method="min", ascending=False)
        cost += projects.groupby(level)["cost"].sum().sum()
    return cost


print(f"answer: cost over all levels {measure('pandas, sums and ranks of four levels', plans)}")
