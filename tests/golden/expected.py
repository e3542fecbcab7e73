#!/usr/bin/env python3
"""Expected figures of the bundled sample, computed without Comarca.

Reads the files in `data/` with GeoPandas and pandas, computes every indicator of `data/comarca.toml` for every level and
writes `districts.csv`, `sectors.csv`, `communes.csv` and `all.csv` beside this file: nine significant digits, empty where
there is no value. `tests/it/figures.rs` compares Comarca's figures with them.

    python3 -m venv venv && venv/bin/pip install geopandas scipy && venv/bin/python tests/golden/expected.py

Written with the versions named in `versions.txt`, which each run rewrites.

How the figures are computed:

- A block or a park stands at its anchor: the centroid where that lies inside the polygon, else a point on its surface.
- A feature belongs to the district that holds its anchor; one outside every district counts nowhere. Sectors, communes
  and the whole follow from the district.
- Distances are Euclidean in EPSG:32719, from the anchor of a block to the point or the border of the facility (0 inside).
  Every facility counts, also across a border and outside the territory. `nearest` and `coverage` are means over persons;
  `coverage` is in percent and includes its rim.
- 2SFCA: a centre supplies its capacity per person of the blocks in reach; a block has the sum of what is in its reach; a
  territory the mean over its persons, times `per`.
- Ratios are ratios of sums, medians are medians of all schools of the territory, at every level.
- Areas: districts and communes from their own polygons, sectors and the whole as the unions below them.
"""

import tomllib
from pathlib import Path
from platform import python_version

import geopandas
import numpy
import pandas
import scipy
import shapely
from scipy.spatial import cKDTree

CRS = "EPSG:32719"
HERE = Path(__file__).parent
DATA = HERE.parent.parent / "data"
REACH_RIM_M = 1e-9  # a distance that rounding puts a nanometre beyond the rim is on the rim


def metric(path, **options):
    return geopandas.read_file(DATA / path, **options).to_crs(CRS)


def points(table, x, y):
    geometry = geopandas.points_from_xy(table[x], table[y], crs="EPSG:4326")
    return geopandas.GeoDataFrame(table, geometry=geometry).to_crs(CRS)


def anchors(polygons):
    centroids = polygons.centroid
    inside = polygons.contains(centroids)
    return centroids.where(inside, polygons.representative_point())


def district_of(anchor, districts):
    """The code of the district that holds each point; none outside of all."""
    pairs = geopandas.sjoin(geopandas.GeoDataFrame(geometry=anchor), districts[["code", "geometry"]], predicate="intersects")
    codes = pairs["code"].groupby(level=0).first()
    assert pairs.index.is_unique, f"{pairs.index.duplicated().sum()} points lie on a border of districts"
    return codes.reindex(anchor.index)


def coordinates(geometry):
    return numpy.column_stack([geometry.x, geometry.y])


def distance_to_points(anchor, facilities):
    return cKDTree(coordinates(facilities.geometry)).query(coordinates(anchor))[0]


def distance_to_polygons(anchor, polygons):
    tree = shapely.STRtree(polygons.geometry.values)
    nearest, distance = tree.query_nearest(anchor.values, return_distance=True, all_matches=False)
    assert (nearest[0] == numpy.arange(len(anchor))).all()
    return distance


def two_step_access(anchor, persons, centres, capacity, within_m):
    between = numpy.hypot(*(coordinates(anchor)[:, None, :] - coordinates(centres.geometry)[None, :, :]).transpose(2, 0, 1))
    reached = between <= within_m + REACH_RIM_M
    demand = (reached * persons.to_numpy()[:, None]).sum(axis=0)
    supply = numpy.divide(capacity, demand, out=numpy.zeros(len(demand)), where=demand > 0)
    return (reached * supply[None, :]).sum(axis=1)


class Sample:
    """The layers with the district of every feature."""

    def __init__(self):
        self.communes = metric("territory/communes.geojson")
        self.districts = metric("territory/districts.fgb")
        self.sectors = pandas.read_csv(DATA / "territory/sectors.csv", dtype=str)
        self.blocks = metric("census/blocks.shp")
        self.health = metric("infrastructure/health.geojson")
        schools = pandas.read_csv(DATA / "infrastructure/schools.csv", sep=";", decimal=",", encoding="iso-8859-1")
        self.schools = points(schools, "longitud", "latitud")
        self.stops = points(pandas.read_csv(DATA / "infrastructure/stops.csv"), "stop_lon", "stop_lat")
        self.parks = metric("infrastructure/parks.gpkg")
        self.demands = metric("demand/demands.gpkg", layer="demands")
        self.block_anchors = anchors(self.blocks.geometry)
        for layer, anchor in [
            (self.blocks, self.block_anchors),
            (self.schools, self.schools.geometry),
            (self.parks, anchors(self.parks.geometry)),
            (self.demands, self.demands.geometry),
        ]:
            layer["zone"] = district_of(anchor, self.districts)
        self.measure_blocks()

    def measure_blocks(self):
        blocks, anchor = self.blocks, self.block_anchors
        primary = self.health[self.health["type"] != "Hospital"]
        basic = self.schools[self.schools["nivel"].str.startswith("Básica")]
        blocks["health_distance"] = distance_to_points(anchor, primary)
        blocks["school_distance"] = distance_to_points(anchor, basic)
        blocks["stop_distance"] = distance_to_points(anchor, self.stops)
        blocks["park_distance"] = distance_to_polygons(anchor, self.parks[self.parks["kind"] == "parque"])
        blocks["health_coverage"] = 100.0 * (blocks["health_distance"] <= 1000 + REACH_RIM_M)
        capacity = primary["capacity"].to_numpy(dtype=float)
        blocks["health_access"] = 10_000 * two_step_access(anchor, blocks["pop"], primary, capacity, 1500)


MEANS = ["health_distance", "school_distance", "stop_distance", "health_coverage", "park_distance", "health_access"]


def figures(sample, keys, names, territory_of, area_m2):
    """The table of a level. `territory_of` maps a district's code to a key of the level, `area_m2` a key to its area."""

    def by_key(layer):
        return layer.dropna(subset="zone").assign(territory=lambda rows: rows["zone"].map(territory_of)).groupby("territory")

    def total(layer, column):
        return by_key(layer)[column].sum().reindex(keys, fill_value=0)

    def number(layer):
        return by_key(layer).size().reindex(keys, fill_value=0)

    def mean_over_persons(column):
        weighted = sample.blocks.assign(product=sample.blocks[column] * sample.blocks["pop"])
        return ratio(total(weighted, "product"), population)

    def ratio(numerator, denominator, per=1):
        return per * numerator / denominator.where(denominator != 0)

    population, households, seniors = (total(sample.blocks, column) for column in ["pop", "hh", "age_65"])
    green, demands = total(sample.parks, "area_m2"), number(sample.demands)
    table = pandas.DataFrame({"name": names}, index=pandas.Index(keys, name="key"))
    table["population"] = population
    table["households"] = households
    table["density"] = ratio(population, area_m2.reindex(keys) / 10_000)
    table["household_size"] = ratio(population, households)
    table["seniors"] = seniors
    table["seniors_share"] = ratio(seniors, population, 100)
    table["schools"] = number(sample.schools)
    table["enrolment"] = total(sample.schools, "matricula")
    table["school_size_median"] = by_key(sample.schools)["matricula"].median().reindex(keys)
    for column in MEANS:
        table[column] = mean_over_persons(column)
    table["green_area"] = green
    table["green_per_person"] = ratio(green, population)
    table["demands"] = demands
    table["demand_votes"] = total(sample.demands, "votes")
    table["demand_rate"] = ratio(demands, population, 1000)
    return table


def levels(sample):
    districts, sectors, communes = sample.districts, sample.sectors, sample.communes
    codes = districts["code"]
    sector_of = dict(zip(codes, codes.str[:7]))
    commune_of_sector = dict(zip(sectors["sector"], sectors["cut"]))
    commune_of = {code: commune_of_sector[sector] for code, sector in sector_of.items()}
    sector_areas = districts.dissolve(by=codes.map(sector_of)).area
    whole = pandas.Series({"all": districts.union_all().area})
    project = tomllib.loads((DATA / "comarca.toml").read_text())
    yield "districts", figures(sample, codes.tolist(), districts["name"].tolist(), {c: c for c in codes}, districts.set_index("code").area)
    yield "sectors", figures(sample, sectors["sector"].tolist(), sectors["name"].tolist(), sector_of, sector_areas)
    yield "communes", figures(sample, communes["cut"].tolist(), communes["nombre"].tolist(), commune_of, communes.set_index("cut").area)
    yield "all", figures(sample, ["all"], [project["name"]], dict.fromkeys(codes, "all"), whole)


def digits(value):
    return "" if pandas.isna(value) else f"{value:.9g}"


def main():
    wanted = list(tomllib.loads((DATA / "comarca.toml").read_text())["indicators"])
    for level, table in levels(Sample()):
        assert set(table.columns[1:]) == set(wanted), set(wanted) ^ set(table.columns[1:])
        table = table[["name", *wanted]].sort_index()
        for indicator in wanted:
            table[indicator] = table[indicator].map(digits)
        table.to_csv(HERE / f"{level}.csv", lineterminator="\n")
    modules = [geopandas, shapely, scipy, pandas, numpy]
    versions = [f"Python {python_version()}", f"GEOS {shapely.geos_version_string}"]
    versions += [f"{module.__name__} {module.__version__}" for module in modules]
    (HERE / "versions.txt").write_text("\n".join(versions) + "\n")


if __name__ == "__main__":
    main()
