#!/usr/bin/env python3
"""Expected answers of heat maps, computed without Comarca.

Densities with scikit-learn (uniform, triangular, Epanechnikov, Gaussian) and KDEpy (quartic,
which QGIS calls "scaled", and triweight), each checked against the formula; bandwidths with SciPy over scikit-learn's leave-one-out likelihood;
Abramson's bandwidths with NumPy; shares of a bump within a polygon with Shapely, by 7,200 rays from its middle.

Two data sets: demands of the bundled sample weighted by votes, within the outline of its districts; and a seeded scatter on a
lattice of 50 m, with places that stand twice, within a square with a hole. Writes `engine/tests/golden/heatmap_*.csv`, which
`engine/src/heatmap/golden.rs` compares.

    python3 -m venv venv && venv/bin/pip install geopandas scikit-learn KDEpy && venv/bin/python tests/golden/heatmap.py

Written with the versions in the first line of `heatmap_expected.csv`.
"""

from importlib.metadata import version
from pathlib import Path

import geopandas
import numpy
import shapely
from KDEpy import NaiveKDE
from scipy.optimize import minimize_scalar
from scipy.spatial.distance import cdist
from sklearn.neighbors import KernelDensity

CRS = "EPSG:32719"
ROOT = Path(__file__).parent.parent.parent
OUT = ROOT / "engine/tests/golden"
RAYS = 7200

# Name, top times bandwidth², shape below the reach in bandwidths, share of the integral that lies nearer than u.
KERNELS = {
    "uniform": (1 / numpy.pi, lambda u: u**0, 1, lambda u: u**2),
    "triangular": (3 / numpy.pi, lambda u: 1 - u, 1, lambda u: 3 * u**2 - 2 * u**3),
    "epanechnikov": (2 / numpy.pi, lambda u: 1 - u**2, 1, lambda u: 1 - (1 - u**2) ** 2),
    "quartic": (3 / numpy.pi, lambda u: (1 - u**2) ** 2, 1, lambda u: 1 - (1 - u**2) ** 3),
    "triweight": (4 / numpy.pi, lambda u: (1 - u**2) ** 3, 1, lambda u: 1 - (1 - u**2) ** 4),
    "gaussian": (0.5 / numpy.pi, lambda u: numpy.exp(-(u**2) / 2), 60, lambda u: 1 - numpy.exp(-(u**2) / 2)),
}
SKLEARN = {"uniform": "tophat", "triangular": "linear", "epanechnikov": "epanechnikov", "gaussian": "gaussian"}
KDEPY = {"quartic": "biweight", "triweight": "triweight"}


def sample():
    demands = geopandas.read_file(ROOT / "data/demand/demands.gpkg", layer="demands").to_crs(CRS)
    demands = demands[~demands.geometry.is_empty & demands.geometry.notna()].iloc[::4].head(300)
    districts = geopandas.read_file(ROOT / "data/territory/districts.fgb").to_crs(CRS)
    outline = districts.union_all().simplify(150)
    outline = max(shapely.get_parts(outline), key=shapely.area)
    places = numpy.column_stack([demands.geometry.x, demands.geometry.y]).round(2)
    outline = shapely.set_precision(outline, 0.01)
    return places, demands["votes"].to_numpy(dtype=float) + 1, outline


def scatter():
    random = numpy.random.Generator(numpy.random.PCG64(5))
    places = random.integers(0, 80, (250, 2)) * 50.0
    places[:20] = places[20:40]
    outline = shapely.box(0, 0, 4000, 4000) - shapely.Polygon([(1000, 1000), (2600, 1400), (2100, 2500)])
    return places, random.integers(1, 40, 250) / 8.0, outline


def density(places, weights, bandwidths, kernel, at):
    """Per km², by the formula."""
    top, shape, reach, _ = KERNELS[kernel]
    u = cdist(at, places) / bandwidths
    return (numpy.where(u <= reach, shape(numpy.minimum(u, reach)), 0) * top * weights / bandwidths**2).sum(axis=1) * 1e6


def library_density(places, weights, bandwidth, kernel, at):
    if kernel in SKLEARN:
        model = KernelDensity(bandwidth=bandwidth, kernel=SKLEARN[kernel], atol=0, rtol=0)
        with numpy.errstate(divide="ignore"):
            logarithms = model.fit(places, sample_weight=weights).score_samples(at)
        return numpy.exp(logarithms) * weights.sum() * 1e6
    # KDEpy's bandwidth is the standard deviation of its kernel in one dimension.
    deviation = bandwidth * {"quartic": 1 / 7, "triweight": 1 / 9}[kernel] ** 0.5
    return NaiveKDE(kernel=KDEPY[kernel], bw=deviation, norm=2).fit(places, weights).evaluate(at) * weights.sum() * 1e6


def likelihood(places, weights, bandwidth):
    """Leave-one-out, with all that stand in the same place."""
    squared = cdist(places, places, "sqeuclidean")
    kernel = numpy.where(squared > 0, numpy.exp(-squared / (2 * bandwidth**2)), 0) * weights
    return (weights * (numpy.log(kernel.sum(axis=1)) - 2 * numpy.log(bandwidth))).sum()


def likeliest(places, weights):
    middle = scott(places)
    trials = middle * 2.0 ** numpy.linspace(-5, 2, 141)
    best = max(trials, key=lambda trial: likelihood(places, weights, trial))
    bounds = (numpy.log(best / 1.1), numpy.log(best * 1.1))
    found = minimize_scalar(lambda log: -likelihood(places, weights, numpy.exp(log)), bounds=bounds, method="bounded", options={"xatol": 1e-9})
    return numpy.exp(found.x)


def check_likelihood(places, bandwidth):
    """Without weights and doubles ours is scikit-learn's score of each place by the model of the others."""
    places = numpy.unique(places, axis=0)
    total = 0.0
    for number in range(len(places)):
        others = numpy.delete(places, number, axis=0)
        total += KernelDensity(bandwidth=bandwidth).fit(others).score(places[number : number + 1])
    constant = len(places) * numpy.log(2 * numpy.pi * (len(places) - 1))
    ours = likelihood(places, numpy.ones(len(places)), bandwidth) - constant
    assert abs(ours - total) < 1e-6 * abs(total), (ours, total)


def scott(places):
    return float(numpy.sqrt(places.var(axis=0, ddof=1).mean()) * len(places) ** (-1 / 6))


def abramson(places, weights, pilot, kernel, least, most):
    here = density(places, weights, pilot, kernel, places)
    mean = numpy.exp((weights * numpy.log(here)).sum() / weights.sum())
    return pilot * numpy.clip((here / mean) ** -0.5, least, most)


def share(outline, place, bandwidth, kernel):
    _, _, reach, nearer = KERNELS[kernel]
    reach = min(reach, 9) * bandwidth
    angles = (numpy.arange(RAYS) + 0.5) / RAYS * 2 * numpy.pi
    ends = place + reach * numpy.column_stack([numpy.cos(angles), numpy.sin(angles)])
    rays = shapely.linestrings(numpy.stack([numpy.broadcast_to(place, ends.shape), ends], axis=1))
    total = 0.0
    for part in shapely.get_parts(shapely.intersection(rays, outline)):
        if isinstance(part, shapely.LineString) and not part.is_empty:
            near, far = sorted(numpy.hypot(*(shapely.get_coordinates(part)[[0, -1]] - place).T) / bandwidth)
            total += nearer(far) - nearer(near)
    return total / RAYS


def main():
    points, rings, expected = ["set,x,y,weight"], ["set,ring,x,y"], []
    for name, (places, weights, outline) in {"sample": sample(), "scatter": scatter()}.items():
        shapely.prepare(outline)
        points += [f"{name},{x:.2f},{y:.2f},{weight:g}" for (x, y), weight in zip(places, weights)]
        for number, ring in enumerate([outline.exterior, *outline.interiors]):
            rings += [f"{name},{number},{x:.2f},{y:.2f}" for x, y in ring.coords]
        middle = scott(places)
        likely = likeliest(places, weights)
        check_likelihood(places, likely)
        expected += [f"{name},scott,,,,,{middle!r}", f"{name},likeliest,,,,,{float(likely)!r}"]
        random = numpy.random.Generator(numpy.random.PCG64(6))
        chosen = places[random.choice(len(places), 14, replace=False)]
        at = (chosen + random.uniform(-1, 1, (14, 2)) * middle / 2).round(1)
        border = shapely.line_interpolate_point(outline.exterior, (numpy.arange(8) + 0.5) / 8, normalized=True)
        border = (shapely.get_coordinates(border) + random.uniform(-500, 500, (8, 2))).round(1)
        for kernel in KERNELS:
            bandwidth = 400.0 if kernel == "gaussian" else 900.0
            values = library_density(places, weights, bandwidth, kernel, at)
            # KDEpy's unit ball has eight digits: there the formula is what is compared with.
            by_formula = density(places, weights, bandwidth, kernel, at)
            assert numpy.allclose(values, by_formula, rtol=1e-12 if kernel in SKLEARN else 1e-7), kernel
            values = values if kernel in SKLEARN else by_formula
            expected += [f"{name},density,{kernel},{bandwidth},{x},{y},{float(v)!r}" for (x, y), v in zip(at, values)]
            bandwidths = abramson(places, weights, bandwidth, kernel, 0.5, 3)
            values = density(places, weights, bandwidths, kernel, at)
            expected += [f"{name},adaptive,{kernel},{bandwidth},{x},{y},{float(v)!r}" for (x, y), v in zip(at, values)]
            for x, y in border:
                value = share(outline, numpy.array([x, y]), bandwidth, kernel)
                expected.append(f"{name},share,{kernel},{bandwidth},{x},{y},{value:.7f}")
    versions = ", ".join(f"{package} {version(package)}" for package in ["numpy", "scipy", "scikit-learn", "KDEpy", "shapely"])
    head = [f"# {versions}", "set,what,kernel,bandwidth,x,y,value"]
    for file, lines in {"points": points, "outline": rings, "expected": head + expected}.items():
        (OUT / f"heatmap_{file}.csv").write_text("\n".join(lines) + "\n")


main()
