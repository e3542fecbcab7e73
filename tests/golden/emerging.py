#!/usr/bin/env python3
"""Expected trends and emerging hot spots, computed without Comarca by esda, pymannkendall and statsmodels.

    python3 -m venv venv && venv/bin/pip install esda libpysal numpy pymannkendall statsmodels && venv/bin/python tests/golden/emerging.py

- `series` and `trend`: seeded series with and without ties, and S, variance, z and p of pymannkendall's original test;
- `twelve`: 12 periods of counts on a lattice of 9 x 8, false discovery rate of 5 % in each period;
- `seven`: 7 periods of real numbers on 6 x 5, uncorrected at 10 %;
- `cube`: the values of `twelve`, compared with all periods, with the period before as neighbour.

Gi* is esda's with binary weights and the territory among its neighbours (z under the normal distribution), the class by
the definitions of ArcGIS (Emerging Hot Spot Analysis) written out below. Writes `engine/tests/golden/emerging.csv`.

Written with Python 3.11, esda 2.9.0, libpysal 4.14.1, numpy 2.4.6, pymannkendall 1.4.3, statsmodels 0.15.0.
"""

import warnings
from pathlib import Path

import numpy
from esda.getisord import G_Local
from libpysal.weights import W
from pymannkendall import original_test
from scipy.stats import norm
from statsmodels.stats.multitest import multipletests

warnings.filterwarnings("ignore")
OUT = Path(__file__).parent.parent.parent / "engine/tests/golden/emerging.csv"
lines = []


def write(*cells):
    lines.append(",".join(repr(float(cell)) if isinstance(cell, (float, numpy.floating)) else str(cell) for cell in cells))


def around(cell, columns, rows):
    x, y = cell % columns, cell // columns
    return [b * columns + a for b in range(max(0, y - 1), min(rows, y + 2)) for a in range(max(0, x - 1), min(columns, x + 2))]


def gi_star(values, neighbours):
    weights = W({cell: list for cell, list in neighbours.items()}, silence_warnings=True)
    return G_Local(values, weights, transform="B", star=None, permutations=0).Zs


def significant(z, alpha, fdr):
    p = 2 * norm.sf(abs(z))
    return multipletests(p, alpha, "fdr_bh")[0] if fdr else p <= alpha


def side(spots, own, other, up):
    n, hot = len(spots), [spot == own for spot in spots]
    share, last, past = sum(hot) / n, hot[-1], hot[:-1]
    run = 0
    while run < n and hot[n - 1 - run]:
        run += 1
    if last and not any(past):
        return "new"
    if run >= 2 and sum(hot) == run and share < 0.9:
        return "consecutive"
    if share >= 0.9 and last and up > 0:
        return "intensifying"
    if share >= 0.9 and last and up == 0:
        return "persistent"
    if share >= 0.9 and last and up < 0:
        return "diminishing"
    if last and share < 0.9 and other not in spots:
        return "sporadic"
    if last and share < 0.9 and other in spots:
        return "oscillating"
    if not last and share >= 0.9:
        return "historical"
    return None


def classify(spots, trend, alpha):
    up = 0 if trend.p > alpha else (1 if trend.s > 0 else -1)
    hot, cold = side(spots, 1, -1, up), side(spots, -1, 1, -up)
    return f"{hot}-hot-spot" if hot else f"{cold}-cold-spot" if cold else "no-pattern"


def answers(name, z, spots, alpha):
    for cell in range(z.shape[1]):
        trend = original_test(z[:, cell])
        own = [int(spot) for spot in spots[:, cell]]
        write(f"{name} class", classify(own, trend, alpha))
        write(f"{name} figures", z[-1, cell], own.count(1), own.count(-1), trend.z, trend.p)


def periods(name, values, columns, alpha, fdr):
    rows = values.shape[1] // columns
    for period in values:
        write(f"{name} values", *period)
    neighbours = {cell: around(cell, columns, rows) for cell in range(columns * rows)}
    z = numpy.array([gi_star(period, neighbours) for period in values])
    spots = numpy.array([numpy.sign(row) * significant(row, alpha, fdr) for row in z])
    answers(name, z, spots, alpha)


def cube(name, values, columns, alpha):
    count, cells = values.shape
    rows = cells // columns
    for period in values:
        write(f"{name} values", *period)
    neighbours = {}
    for t in range(count):
        for cell in range(cells):
            here = around(cell, columns, rows)
            neighbours[t * cells + cell] = [t * cells + other for other in here] + ([(t - 1) * cells + other for other in here] if t else [])
    z = gi_star(values.ravel(), neighbours)
    spots = numpy.sign(z) * significant(z, alpha, True)
    answers(name, z.reshape(values.shape), spots.reshape(values.shape), alpha)


def main():
    random = numpy.random.default_rng(20261122)
    for length in [2, 4, 7, 12, 30, 60]:
        for series in [random.normal(0, 1, length) + 0.1 * numpy.arange(length), random.integers(0, 4, length).astype(float)]:
            trend = original_test(series)
            write("series", *series)
            write("trend", trend.s, trend.var_s, trend.z, trend.p)
    # Twelve counts: a spot that stays, one that grows, one that comes, one that goes, one that comes and goes, and a lake.
    t = numpy.arange(12)[:, None, None]
    y, x = numpy.mgrid[0:8, 0:9][:, None]
    bump = lambda cx, cy: numpy.exp(-((x - cx) ** 2 + (y - cy) ** 2) / 1.5)
    rate = 12 + 30 * bump(1, 1) + (4 + 5 * t) * bump(7, 1) + 60 * (t > 9) * bump(1, 6) + 60 * (t < 11) * bump(7, 6) * (t % 3 > 0) - 11 * bump(4, 4)
    twelve = random.poisson(rate).reshape(12, -1).astype(float)
    periods("twelve", twelve, 9, 0.05, True)
    # Positive: esda's z has the wrong sign where the sum of all values is negative.
    seven = 20 + numpy.cumsum(random.normal(0, 1, (7, 30)), axis=0) + numpy.linspace(-2, 2, 30)
    periods("seven", numpy.round(seven, 3), 6, 0.1, False)
    cube("cube", twelve, 9, 0.05)
    OUT.write_text("\n".join(lines) + "\n")


main()
