#!/usr/bin/env python3
"""Expected answers of siting, computed without Comarca: spopt's models solved by CBC, and HiGHS through
SciPy where CBC takes too long (p-centre of the sample) or as a second opinion (set cover).

Two data sets: the bundled sample (districts weighted by the population of their blocks; schools of basic education as
candidates; health centres that are not hospitals as existing facilities) and a seeded scatter with ties. Writes the places and
the objectives to `engine/tests/golden/site_places.csv` and `site_expected.csv`; `engine/src/site/golden.rs` compares.

    python3 -m venv venv && venv/bin/pip install geopandas spopt && venv/bin/python tests/golden/site.py

Every status is read: CBC must say optimal, and the objective is computed again from the facilities it chose. Written with the
versions in the first line of `site_expected.csv`.
"""

from pathlib import Path

import geopandas
import numpy
import pandas
import pulp
import scipy
import spopt
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.spatial.distance import cdist
from spopt.locate import LSCP, MCLP, PCenter, PMedian

CRS = "EPSG:32719"
ROOT = Path(__file__).parent.parent.parent
DATA = ROOT / "data"
OUT = ROOT / "engine/tests/golden"


def coordinates(points):
    return numpy.column_stack([points.x, points.y]).round(2)


def anchors(polygons):
    centroids = polygons.centroid
    return centroids.where(polygons.contains(centroids), polygons.representative_point())


def sample():
    districts = geopandas.read_file(DATA / "territory/districts.fgb").to_crs(CRS).sort_values("code", ignore_index=True)
    blocks = geopandas.read_file(DATA / "census/blocks.shp").to_crs(CRS)
    blocks["geometry"] = anchors(blocks.geometry)
    persons = blocks.sjoin(districts[["code", "geometry"]], predicate="within").groupby("code")["pop"].sum()
    schools = pandas.read_csv(DATA / "infrastructure/schools.csv", sep=";", decimal=",", encoding="iso-8859-1")
    basic = schools[schools["nivel"].str.startswith("Básica")].sort_values("RBD").iloc[::3].head(60)
    basic = geopandas.points_from_xy(basic["longitud"], basic["latitud"], crs="EPSG:4326").to_crs(CRS)
    health = geopandas.read_file(DATA / "infrastructure/health.geojson").to_crs(CRS).sort_values("id")
    health = health[health["type"] != "Hospital"].head(12)
    weights = persons.reindex(districts["code"], fill_value=0).to_numpy(dtype=float)
    return coordinates(anchors(districts.geometry)), weights, coordinates(basic), coordinates(health.geometry)


def scatter():
    random = numpy.random.Generator(numpy.random.PCG64(4))
    demand = random.integers(0, 60, (80, 2)) * 100.0
    weights = random.integers(0, 400, 80) / 4.0
    return demand, weights, random.integers(0, 60, (30, 2)) * 100.0, random.integers(0, 60, (3, 2)) * 100.0


def solved(model):
    model = model.solve(pulp.PULP_CBC_CMD(msg=False, gapRel=0))
    assert pulp.LpStatus[model.problem.status] == "Optimal", model.problem.status
    return [int(column) for column, clients in enumerate(model.fac_vars) if clients.value() > 0.5]


def set_cover_highs(covers):
    answer = milp(numpy.ones(covers.shape[1]), constraints=LinearConstraint(covers.astype(float), 1, numpy.inf), integrality=1, bounds=Bounds(0, 1), options={"mip_rel_gap": 0})
    assert answer.status == 0, answer.message
    return round(answer.fun)


def center_highs(metres, possible, p):
    """The least radius within which p of the possible columns, with all others open already, cover every row."""
    fixed = metres[:, ~possible].min(axis=1, initial=numpy.inf)
    radii = numpy.unique(numpy.append(metres, 0.0))
    low, high = 0, len(radii) - 1
    while low < high:
        middle = (low + high) // 2
        left = fixed > radii[middle]
        covers = metres[left][:, possible] <= radii[middle]
        if covers.any(axis=1).all() and (not left.any() or set_cover_highs(covers) <= p):
            high = middle
        else:
            low = middle + 1
    return radii[low]


def cases(name, demand, weights, candidates, existing, ps, radii, center_ps):
    """Rows of (data set, problem, existing counted or not, p, radius, objective)."""
    for fixed in (0, len(existing)):
        facilities = numpy.vstack([candidates, existing[:fixed]])
        metres = cdist(demand, facilities)
        # The existing ones come last; spopt counts them in p.
        predefined = None if fixed == 0 else numpy.r_[numpy.zeros(len(candidates)), numpy.ones(fixed)]
        counted = weights > 0
        for p in ps:
            chosen = solved(PMedian.from_cost_matrix(metres, weights, p_facilities=p + fixed, predefined_facilities_arr=predefined))
            assert set(range(len(candidates), len(facilities))) <= set(chosen) and len(chosen) == p + fixed
            yield name, "p_median", fixed, p, "", (weights * metres[:, chosen].min(axis=1)).sum()
            for radius in radii:
                chosen = solved(MCLP.from_cost_matrix(metres, weights, radius, p_facilities=p + fixed, predefined_facilities_arr=predefined))
                assert set(range(len(candidates), len(facilities))) <= set(chosen) and len(chosen) <= p + fixed
                yield name, "maximal_coverage", fixed, p, radius, weights[metres[:, chosen].min(axis=1) <= radius].sum()
        for radius in radii:
            # Who cannot be covered by anything makes spopt's model infeasible.
            possible = counted & (metres.min(axis=1) <= radius)
            chosen = solved(LSCP.from_cost_matrix(metres[possible], radius, predefined_facilities_arr=predefined))
            open_rows = possible & (metres[:, len(candidates):].min(axis=1, initial=numpy.inf) > radius)
            other = set_cover_highs(metres[open_rows][:, : len(candidates)] <= radius) if open_rows.any() else 0
            assert len(chosen) - fixed == other, (chosen, other)
            yield name, "set_cover", fixed, "", radius, len(chosen) - fixed
        for p in center_ps:
            objective = center_highs(metres[counted], numpy.arange(len(facilities)) < len(candidates), p)
            if len(demand) <= 100:
                chosen = solved(PCenter.from_cost_matrix(metres[counted], p_facilities=p + fixed, predefined_facilities_arr=predefined))
                assert objective == metres[counted][:, chosen].min(axis=1).max()
            yield name, "p_center", fixed, p, "", objective


def main():
    places, rows = [], []
    for name, data, ps, radii, center_ps in [("sample", sample(), (3, 10), (800.0, 2000.0), (3,)), ("scatter", scatter(), (2, 7), (500.0, 1500.0), (3, 7))]:
        demand, weights, candidates, existing = data
        for role, points, of in [("demand", demand, weights), ("candidate", candidates, None), ("existing", existing, None)]:
            of = numpy.zeros(len(points)) if of is None else of
            places += [(name, role, x, y, w) for (x, y), w in zip(points, of)]
        for row in cases(name, demand, weights, candidates, existing, ps, radii, center_ps):
            print(*row, flush=True)
            rows.append(row)
    OUT.mkdir(parents=True, exist_ok=True)
    pandas.DataFrame(places, columns=["data", "role", "x_m", "y_m", "weight"]).to_csv(OUT / "site_places.csv", index=False)
    with (OUT / "site_expected.csv").open("w") as file:
        file.write(f"# spopt {spopt.__version__}, CBC of PuLP {pulp.__version__}, HiGHS of SciPy {scipy.__version__}: tests/golden/site.py\n")
        pandas.DataFrame(rows, columns=["data", "problem", "existing", "p", "within_m", "objective"]).to_csv(file, index=False, float_format="%.17g")


if __name__ == "__main__":
    main()
