#!/usr/bin/env python3
"""Spatial weights and statistics computed without Comarca, by libpysal, esda and pygeoda.

    python3 -m venv venv && venv/bin/pip install geopandas libpysal esda numba pygeoda && venv/bin/python tests/golden/stats.py

Two data sets:

- the districts of the bundled sample, with figures of `districts.csv` as values, for `tests/it/stats.rs`:
  `stats/districts.csv` (a line for each district) and `stats/districts_global.csv`;
- a lattice of 12 x 15 cells with seeded values, for the unit tests of the engine: `engine/tests/golden/lattice.csv`, which
  holds its values too, and `engine/tests/golden/lattice_global.csv`.

Territories without a value, and then those without neighbours, are dropped before the libraries see them. p-values are
shares of permutations, with the generators of the libraries: ours agree within the error of the draw. `esda`'s z of Gi and
Gi* is taken with binary weights: with row-standardised ones it forgets the number of neighbours in the variance.

Written with the versions that `stats/versions.txt` names, which each run rewrites.
"""

import csv
import warnings
from importlib.metadata import version
from pathlib import Path
from platform import python_version

import esda
import geopandas
import numpy
import pygeoda
import shapely
from esda.smoothing import Empirical_Bayes, Excess_Risk, Spatial_Empirical_Bayes
from libpysal.graph import Graph

warnings.filterwarnings("ignore")

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
ENGINE = ROOT / "engine" / "tests" / "golden"
PERMUTATIONS = 19_999


def write(path, columns):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(columns)
        rows.writerows(zip(*([cell(name, value) for value in column] for name, column in columns.items()), strict=True))


def cell(name, value):
    """Eleven digits, of shares of permutations five."""
    if isinstance(value, (float, numpy.floating)):
        return "" if numpy.isnan(value) else f"{value:.{5 if name.endswith('_p') else 11}g}"
    return str(value)


def lists(graph, n):
    """The neighbours of each row, ascending, with spaces."""
    return [" ".join(map(str, sorted(int(other) for other in graph[row].index if other != row and graph[row][other] != 0))) for row in range(n)]


def spread(values, rows, n):
    """Values of some rows among all rows."""
    whole = numpy.full(n, numpy.nan)
    whole[rows] = values
    return whole


def restricted(graph, values):
    """Rows with a value and with neighbours that have one, and the graph among them."""
    rows = numpy.flatnonzero(~numpy.isnan(values))
    while True:
        sub = graph.subgraph(rows) if len(rows) < graph.n else graph
        islands = set(sub.isolates)
        if not islands:
            break
        rows = numpy.array([row for row in rows if row not in islands])
    numbered = {row: position for position, row in enumerate(rows)}
    adjacency = sub.adjacency.reset_index()
    focal, neighbor = (adjacency[end].map(numbered).to_numpy() for end in ("focal", "neighbor"))
    return rows, Graph.from_arrays(focal, neighbor, adjacency["weight"].to_numpy())


def global_figures(name, graph, values, out):
    rows, sub = restricted(graph, values)
    values = values[rows]
    numpy.random.seed(1)
    for transform in ("r", "b"):
        w = sub.transform(transform)
        moran = esda.Moran(values, w, transformation=transform, permutations=9999 if transform == "r" else 0)
        geary = esda.Geary(values, w, transformation=transform, permutations=9999 if transform == "r" else 0)
        out[f"{name} moran {transform}"] = [moran.I, moran.EI, moran.VI_rand, moran.z_rand, moran.VI_norm, moran.z_norm, share(moran)]
        out[f"{name} geary {transform}"] = [geary.C, 1.0, geary.VC_rand, geary.z_rand, geary.VC_norm, geary.z_norm, share(geary, "C")]
    g = esda.G(values, sub.transform("b"), permutations=9999)
    out[f"{name} g b"] = [g.G, g.EG, g.VG, g.z_norm, numpy.nan, numpy.nan, share(g, "G")]


def share(result, name="I"):
    """Share of permutations with at least the observed statistic."""
    return (result.sim >= getattr(result, name)).mean() if hasattr(result, "sim") else numpy.nan


def local_figures(graph, values):
    """Columns of local statistics, by row, empty where a row takes no part."""
    n = len(values)
    rows, sub = restricted(graph, values)
    y = values[rows]
    row_standardised = sub.transform("r")
    lisa = esda.Moran_Local(y, row_standardised, permutations=PERMUTATIONS, seed=1, keep_simulations=False, n_jobs=1)
    z = y - y.mean()
    # esda scales I by (n - 1) and its conditional moments by n.
    scale = (len(y) - 1) / len(y)
    columns = dict(
        lag=row_standardised.lag(y),
        moran=lisa.Is,
        moran_expected=lisa.EIc * scale,
        moran_z=(lisa.Is - lisa.EIc * scale) / numpy.sqrt(lisa.VIc * scale**2),
        moran_quadrant=lisa.q.astype(float),
        moran_p=lisa.p_sim,
    )
    for star, name in ((False, "gi"), (True, "gi_star")):
        # The z of binary weights: see above.
        binary = esda.G_Local(y, sub.transform("b"), transform="B", star=star, permutations=0)
        standardised = sub.transform("r")
        tested = esda.G_Local(y, standardised, transform="R", star=star, permutations=PERMUTATIONS, seed=1, keep_simulations=False, n_jobs=1)
        columns |= {name: tested.Gs, f"{name}_z": binary.Zs, f"{name}_p": tested.p_sim}
    geary = esda.Geary_Local(row_standardised, permutations=PERMUTATIONS, n_jobs=1, seed=1).fit(y)
    columns |= dict(geary=geary.localG, geary_p=geary.p_sim)
    # Where nothing is drawn with a value at the mean, every draw ties.
    columns["moran_p"] = numpy.where(z == 0, 1.0, columns["moran_p"])
    return {name: spread(column, rows, n) for name, column in columns.items()}


def rates(graph, events, base, out, name):
    weights = graph.to_W()
    standardised = esda.Moran_Rate(events, base, graph.transform("r"), permutations=0, adjusted=True)
    out[f"{name} rates r"] = [standardised.I, standardised.EI, standardised.VI_rand, standardised.z_rand, standardised.VI_norm, standardised.z_norm, numpy.nan]
    return dict(
        eb=Empirical_Bayes(events, base).r.ravel(),
        eb_local=Spatial_Empirical_Bayes(events, base, weights).r.ravel(),
        excess_risk=Excess_Risk(events, base).r.ravel(),
    )


def write_global(path, figures):
    names = ["statistic", "expected", "variance", "z", "variance_normality", "z_normality", "p_at_least"]
    table = numpy.array([figures[name] for name in figures])
    write(path, dict(name=list(figures)) | {column: table[:, position] for position, column in enumerate(names)})


def districts():
    areas = geopandas.read_file(ROOT / "data/territory/districts.fgb").sort_values("code", ignore_index=True).to_crs("EPSG:32719")
    with (HERE / "districts.csv").open() as file:
        figures = {row["key"]: row for row in csv.DictReader(file)}
    column = lambda name: numpy.array([float(figures[code][name] or "nan") for code in areas["code"]])
    n = len(areas)
    centroids = areas.centroid
    anchors = centroids.where(areas.contains(centroids), areas.representative_point())
    places = shapely.get_coordinates(anchors.values)
    queen = Graph.build_contiguity(areas, rook=False)
    rook = Graph.build_contiguity(areas, rook=True)
    near = Graph.build_knn(places, k=8)
    band = Graph.build_distance_band(places, threshold=1500, binary=True)
    distance, median = column("health_distance"), column("school_size_median")
    out = {}
    global_figures("distance queen", queen, distance, out)
    global_figures("distance knn", near, distance, out)
    global_figures("median queen", queen, median, out)
    global_figures("distance band", band, distance, out)
    smoothed = rates(queen, column("demands"), column("population"), out, "demands queen")
    local = local_figures(queen, distance)
    with_gaps = local_figures(band, median)
    # pygeoda's own weights and permutations, beside esda's.
    geoda = pygeoda.open(areas[["code", "geometry"]])
    lisa = pygeoda.local_moran(pygeoda.queen_weights(geoda), list(distance), permutations=9999, seed=1)
    write(
        HERE / "stats/districts.csv",
        dict(key=list(areas["code"]), queen=lists(queen, n), rook=lists(rook, n), knn=lists(near, n), band=lists(band, n))
        | local
        | dict(geoda=numpy.array(lisa.lisa_values()), geoda_p=numpy.array(lisa.lisa_pvalues()))
        | {f"gap_{name}": values for name, values in with_gaps.items()}
        | smoothed,
    )
    write_global(HERE / "stats/districts_global.csv", out)


def lattice():
    columns, rows = 15, 12
    n = columns * rows
    random = numpy.random.Generator(numpy.random.PCG64(4))
    cells = geopandas.GeoSeries([shapely.box(100 * (i % columns), 100 * (i // columns), 100 * (i % columns) + 100, 100 * (i // columns) + 100) for i in range(n)])
    queen = Graph.build_contiguity(geopandas.GeoDataFrame(geometry=cells), rook=False)
    rook = Graph.build_contiguity(geopandas.GeoDataFrame(geometry=cells), rook=True)
    x, y = numpy.arange(n) % columns, numpy.arange(n) // columns
    smooth = numpy.round(40 + 8 * numpy.sin(x / 3) + 6 * numpy.cos(y / 2) + 7 * random.standard_normal(n), 3)
    other = numpy.round(smooth / 2 + 10 * random.standard_normal(n), 3)
    black = (smooth + 6 * random.standard_normal(n) > 41).astype(float)
    base = random.integers(40, 4000, n).astype(float)
    events = random.poisson(base * 0.01 * numpy.exp(0.3 * numpy.sin(x / 4))).astype(float)
    gaps = smooth.copy()
    gaps[random.permutation(n)[:20]] = numpy.nan
    gaps[[columns - 2, 2 * columns - 2, 2 * columns - 1]] = numpy.nan  # an island in a corner
    gaps[columns - 1] = 50.0
    out = {}
    global_figures("smooth queen", queen, smooth, out)
    global_figures("smooth rook", rook, smooth, out)
    global_figures("gaps queen", queen, gaps, out)
    numpy.random.seed(1)
    bivariate = esda.Moran_BV(smooth, other, queen.transform("r"), permutations=9999)
    out["smooth other bivariate r"] = [bivariate.I, 0.0, bivariate.VI_sim, bivariate.z_sim, numpy.nan, numpy.nan, share(bivariate)]
    joins = esda.Join_Counts(black, queen.transform("b"), permutations=4999)
    for kind, simulated in (("bb", joins.sim_bb), ("bw", joins.sim_bw)):
        simulated = simulated.astype(float)
        observed = getattr(joins, kind)
        out[f"black {kind}"] = [observed, simulated.mean(), simulated.var(), (observed - simulated.mean()) / simulated.std(), numpy.nan, numpy.nan, (simulated >= observed).mean()]
    out["black ww"] = [joins.ww] + [numpy.nan] * 6
    smoothed = rates(queen, events, base, out, "events queen")
    write(
        ENGINE / "lattice.csv",
        dict(smooth=smooth, other=other, black=black, events=events, base=base, gaps=gaps)
        | local_figures(queen, smooth)
        | {f"gap_{name}": values for name, values in local_figures(queen, gaps).items()}
        | smoothed,
    )
    write_global(ENGINE / "lattice_global.csv", out)


def main():
    lattice()
    districts()
    packages = ["esda", "libpysal", "pygeoda", "geopandas", "shapely", "numpy"]
    versions = [f"Python {python_version()}"] + [f"{package} {version(package)}" for package in packages]
    (HERE / "stats/versions.txt").write_text("\n".join(versions) + "\n")


if __name__ == "__main__":
    main()
