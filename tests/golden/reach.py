#!/usr/bin/env python3
"""Expected answers of `engine/src/reach`, computed with SciPy, Shapely and access.

Two sets: `sample`, every fifteenth block of the bundled sample with its health centres and parks, and `seeded`, clustered
places with facilities, lines and overlapping polygons, some of them at the very same spot. Writes beside the tests of the
engine, in `engine/tests/golden/`:

- `reach_facilities.csv`: the points; `reach_shapes.csv`: the rings of the polygons and the lines, coordinate by coordinate;
- `reach_expected.csv`: the places, and for each the nearest point and shape with its distance in metres, cumulative
  opportunities, gravity (exponential, power, Gaussian), 2SFCA, E2SFCA (steps, Gaussian) and 3SFCA.

    python3 -m venv venv && venv/bin/pip install geopandas scipy access && venv/bin/python tests/golden/reach.py

Written with access 1.1.10, geopandas 1.2.0, numpy 2.4.6, scipy 1.17.1 and shapely 2.2.0.
"""

import warnings
from pathlib import Path

import geopandas
import numpy
import pandas
import shapely
from access import Access, weights
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

CRS = "EPSG:32719"
ROOT = Path(__file__).parent.parent.parent
OUT = ROOT / "engine" / "tests" / "golden"
WITHIN_M = 1500.0
warnings.filterwarnings("ignore")


def sample():
    """Blocks, health centres and parks of the sample, to the centimetre."""
    blocks = geopandas.read_file(ROOT / "data/census/blocks.shp").iloc[::15]
    health = geopandas.read_file(ROOT / "data/infrastructure/health.geojson").to_crs(CRS)
    parks = geopandas.read_file(ROOT / "data/infrastructure/parks.gpkg").to_crs(CRS)
    places = numpy.round(shapely.get_coordinates(blocks.geometry.centroid.to_numpy()), 2)
    points = numpy.round(shapely.get_coordinates(health.geometry.to_numpy()), 2)
    shapes = [shapely.transform(shape, lambda at: numpy.round(at, 2)) for shape in parks.geometry]
    return places, blocks["pop"].to_numpy(float), points, health["capacity"].to_numpy(float), shapes


def seeded():
    """Clusters in a square of 8 km; a place in eight stands at a facility, some facilities stand together."""
    random = numpy.random.default_rng(4)
    middles = random.uniform(0, 8000, (12, 2))
    places = numpy.round(middles[random.integers(0, 12, 320)] + random.normal(0, 500, (320, 2)), 2)
    points = numpy.round(random.uniform(0, 8000, (60, 2)), 2)
    points[50:] = points[40:50]
    places[::8] = points[random.integers(0, 60, 40)]
    demand = numpy.where(random.random(320) < 0.1, 0, random.integers(1, 400, 320)).astype(float)
    capacity = numpy.where(random.random(60) < 0.1, 0, random.integers(1, 60, 60)).astype(float)
    shapes = []
    for at in numpy.round(random.uniform(0, 8000, (20, 2)), 0):
        bend = numpy.round(numpy.cumsum(random.normal(0, 300, (6, 2)), axis=0), 1)
        shapes.append(shapely.LineString(at + bend))
        side = float(random.integers(100, 900))
        square = shapely.box(*at, *(at + side))
        shapes.append(square if side < 300 else square.difference(shapely.box(*(at + side / 4), *(at + side / 2))))
    return places, demand, points, capacity, shapes


def accessibility(places, demand, points, capacity):
    """All measures by access, from the distances of all pairs."""
    distances = cdist(places, points)
    origin, dest = numpy.nonzero(distances <= WITHIN_M)
    costs = pandas.DataFrame({"origin": origin, "dest": dest, "cost": distances[origin, dest]})
    engine = Access(
        demand_df=pandas.DataFrame({"id": range(len(places)), "demand": demand}),
        demand_index="id",
        demand_value="demand",
        supply_df=pandas.DataFrame({"id": range(len(points)), "supply": capacity}),
        supply_index="id",
        supply_value="supply",
        cost_df=costs,
        cost_origin="origin",
        cost_dest="dest",
        cost_name="cost",
        neighbor_cost_df=costs,
        neighbor_cost_origin="origin",
        neighbor_cost_dest="dest",
        neighbor_cost_name="cost",
    )
    thirds = weights.step_fn({WITHIN_M / 3: 1, 2 * WITHIN_M / 3: 0.68, WITHIN_M: 0.22})
    decays = {
        "cumulative": lambda d: 1.0,
        "exponential": lambda d: numpy.exp(-d / 400.0),
        "power": weights.gravity(scale=1, alpha=-1.5, min_dist=100),
        "gaussian": weights.gaussian(500.0),
        "thirds": thirds,
    }
    out = {}
    for name in ["cumulative", "exponential", "power", "gaussian"]:
        out[name] = engine.weighted_catchment(name, weight_fn=decays[name], max_cost=WITHIN_M)[f"{name}_supply"]
    for name, decay in [("sfca2", "cumulative"), ("e2sfca", "thirds"), ("e2sfca_gaussian", "gaussian")]:
        weight = costs.cost.apply(decays[decay])
        reached = (weight * demand[costs.origin]).groupby(costs.dest).sum()
        ratio = pandas.Series(capacity).div(reached.reindex(range(len(points)))).where(lambda r: numpy.isfinite(r), 0.0)
        out[name] = (weight * ratio.to_numpy()[costs.dest]).groupby(costs.origin).sum()
    weight = pandas.Series(costs.cost.apply(thirds))
    share = weight / weight.groupby(costs.origin).transform("sum")
    reached = (weight * share * demand[costs.origin]).groupby(costs.dest).sum()
    ratio = pandas.Series(capacity).div(reached.reindex(range(len(points)))).where(lambda r: numpy.isfinite(r), 0.0)
    out["sfca3"] = (weight * share * ratio.to_numpy()[costs.dest]).groupby(costs.origin).sum()
    compare(engine, out, thirds)
    return {name: series.reindex(range(len(places))).fillna(0.0).to_numpy() for name, series in out.items()}


def compare(engine, out, thirds):
    """The two- and three-step measures of access itself, where every facility with supply has demand around it."""
    theirs = {
        "sfca2": engine.two_stage_fca("a", max_cost=WITHIN_M)["a_supply"],
        "e2sfca": engine.enhanced_two_stage_fca("b", max_cost=WITHIN_M, weight_fn=thirds)["b_supply"],
        "sfca3": engine.three_stage_fca("c", max_cost=WITHIN_M, weight_fn=thirds)["c_supply"],
    }
    for name, series in theirs.items():
        both = pandas.concat([out[name], series], axis=1).dropna().to_numpy()
        both = both[numpy.isfinite(both).all(axis=1)]
        print(f"{name}: {len(both)} places, largest difference to access {abs(both[:, 0] - both[:, 1]).max():.3g}")


def expected(name, places, demand, points, capacity, shapes):
    """The table of one set."""
    distance, row = cKDTree(points).query(places)
    # Of several at the same distance the lowest row.
    row = (cdist(places, points) <= distance[:, None]).argmax(axis=1)
    to_shapes = shapely.distance(shapely.points(places)[:, None], numpy.array(shapes)[None, :])
    table = {
        "set": name,
        "x_m": places[:, 0],
        "y_m": places[:, 1],
        "demand": demand,
        "nearest": row,
        "nearest_m": distance,
        "shape": to_shapes.argmin(axis=1),
        "shape_m": to_shapes.min(axis=1),
    }
    return pandas.DataFrame(table | accessibility(places, demand, points, capacity))


def rings(name, shapes):
    """Coordinates of the rings and lines, with the row of their shape; every shape has one part."""
    for row, shape in enumerate(shapes):
        parts = [shape] if shape.geom_type == "LineString" else [shape.exterior, *shape.interiors]
        for ring, part in enumerate(parts):
            for x, y in part.coords:
                yield name, row, shape.geom_type, ring, x, y


sets = {"sample": sample(), "seeded": seeded()}
tables = [expected(name, *data) for name, data in sets.items()]
pandas.concat(tables).to_csv(OUT / "reach_expected.csv", index=False, float_format="%.15g")
facilities = [pandas.DataFrame({"set": name, "x_m": points[:, 0], "y_m": points[:, 1], "capacity": capacity}) for name, (_, _, points, capacity, _) in sets.items()]
pandas.concat(facilities).to_csv(OUT / "reach_facilities.csv", index=False)
coordinates = [row for name, (*_, shapes) in sets.items() for row in rings(name, shapes)]
pandas.DataFrame(coordinates, columns=["set", "row", "type", "ring", "x_m", "y_m"]).to_csv(OUT / "reach_shapes.csv", index=False)
