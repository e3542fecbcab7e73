"""site.rs with spopt and CBC, and with HiGHS (SciPy): python site.py. Draws the same places, reads no files."""

import resource
import time

import numpy
import pulp
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix
from scipy.spatial.distance import cdist
from spopt.locate import LSCP, MCLP, PMedian

SIDE_M = 36_000.0


def places(count, seed):
    state, numbers = seed, []
    for _ in range(2 * count):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        numbers.append((state >> 40) / (1 << 24) * SIDE_M)
    return numpy.array(numbers).reshape(-1, 2)


def cpu():
    """Of this process and of CBC, which is one of its own."""
    return time.process_time() + sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])


def measure(what, work):
    start = cpu()
    objective = work()
    print(f"{what:60} {1000 * (cpu() - start):9.1f} ms")
    print(f"answer: {what}: {objective}", flush=True)


def spopt(model):
    model = model.solve(pulp.PULP_CBC_CMD(msg=False))
    assert pulp.LpStatus[model.problem.status] == "Optimal"
    return model.problem.objective.value()


def highs_median(metres, weights, p):
    n, m = metres.shape
    pair = numpy.arange(n * m)
    row, column, ones = pair // m, pair % m, numpy.ones(n * m)
    served = csr_matrix((ones, (row, m + pair)), (n, m + n * m))
    opened = csr_matrix((numpy.r_[ones, -ones], (numpy.r_[pair, pair], numpy.r_[m + pair, column])), (n * m, m + n * m))
    built = numpy.r_[numpy.ones(m), numpy.zeros(n * m)]
    constraints = [LinearConstraint(served, 1, 1), LinearConstraint(opened, -numpy.inf, 0), LinearConstraint(built[None, :], p, p)]
    answer = milp(numpy.r_[numpy.zeros(m), (weights[:, None] * metres).ravel()], constraints=constraints, integrality=built, bounds=Bounds(0, 1))
    assert answer.status == 0, answer.message
    return answer.fun


demand = places(280, 1)
weights = 1.0 + numpy.arange(280) * 7919 % 997
for candidates in [100, 280]:
    metres = cdist(demand, places(candidates, 2))
    size = f"280 × {candidates}"
    if candidates == 100:
        measure(f"spopt + CBC, {size}, p-median p = 10", lambda: spopt(PMedian.from_cost_matrix(metres, weights, p_facilities=10)))
        measure(f"HiGHS, {size}, p-median p = 10", lambda: highs_median(metres, weights, 10))
    else:
        measure(f"spopt + CBC, {size}, maximal coverage p = 10 within 2 km", lambda: spopt(MCLP.from_cost_matrix(metres, weights, 2000.0, p_facilities=10)))
        coverable = metres.min(axis=1) <= 3000.0
        measure(f"spopt + CBC, {size}, set cover within 3 km", lambda: spopt(LSCP.from_cost_matrix(metres[coverable], 3000.0)))
