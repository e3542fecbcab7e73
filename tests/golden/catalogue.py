#!/usr/bin/env python3
"""Expected figures of every operation of the catalogue on the bundled sample, computed without Comarca.

Makes `catalogue/tracts.gpkg` and `catalogue/streets.gpkg` (seeded), reads them and the files in `data/`, and writes
`catalogue/districts.csv`, `sectors.csv`, `communes.csv` and `all.csv` for the project file `catalogue/comarca.toml`:
twelve significant digits, empty where there is no value. `tests/it/catalogue.rs` compares Comarca's figures with them.

    pip install geopandas==1.2.0 tobler==0.13.0 libpysal==4.14.1 esda==2.9.0 scikit-learn==1.9.1 segregation inequality
    python tests/golden/catalogue.py

Conventions of the project file that no library has are followed by hand: the home of a feature is the district of its
anchor; deficits are the positive gaps of districts, summed; whole units are rounded up in each district; composites of
min-max lie in 0 to 1; the p-values of permutations are not compared here.
"""

import warnings
from math import ceil

import esda
import geopandas
import libpysal
import numpy
import pandas
import shapely
from inequality.gini import Gini
from inequality.theil import Theil
from segregation.multigroup import MultiInfoTheory
from segregation.singlegroup import Dissim
from sklearn.decomposition import PCA
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from tobler.area_weighted import area_interpolate

from expected import CRS, HERE, REACH_RIM_M, Sample, coordinates

warnings.simplefilter("ignore")
FOLDER = HERE / "catalogue"


def make_layers(districts):
    west, south, east, north = districts.total_bounds
    random = numpy.random.default_rng(4)
    columns, rows = 9, 8
    wide, high = (east - west) / columns, (north - south) / rows
    boxes = [
        shapely.box(west + x * wide - 37.5, south + y * high - 41.25, west + (x + 1) * wide - 37.5, south + (y + 1) * high - 41.25)
        for x in range(columns + 1) for y in range(rows + 1)
    ]
    tracts = geopandas.GeoDataFrame(
        {"id": [f"t{i}" for i in range(len(boxes))], "persons": random.integers(0, 5000, len(boxes)), "rate": random.uniform(0, 100, len(boxes)).round(3)},
        geometry=boxes, crs=CRS,
    )
    tracts.to_file(FOLDER / "tracts.gpkg", layer="tracts", driver="GPKG")
    lines = []
    for _ in range(40):
        at = numpy.array([random.uniform(west, east), random.uniform(south, north)])
        heading, path = random.uniform(0, 2 * numpy.pi), [tuple(at.round(2))]
        for _ in range(25):
            heading += random.normal(0, 0.4)
            at = at + 180 * numpy.array([numpy.cos(heading), numpy.sin(heading)])
            path.append(tuple(at.round(2)))
        lines.append(shapely.LineString(path))
    geopandas.GeoDataFrame({"id": [f"s{i}" for i in range(len(lines))]}, geometry=lines, crs=CRS).to_file(
        FOLDER / "streets.gpkg", layer="streets", driver="GPKG")


class Level:
    """The districts of each territory, and what is summed over them."""

    def __init__(self, sample, name):
        self.sample, self.name = sample, name
        codes = sample.districts["code"]
        commune_of = sample.sectors.set_index("sector")["cut"]
        self.of_district = {
            "districts": codes, "sectors": codes.str[:7], "communes": codes.str[:7].map(commune_of), "all": codes.map(lambda _: "all"),
        }[name]
        self.keys = {
            "districts": codes.tolist(), "sectors": sample.sectors["sector"].tolist(), "communes": sample.communes["cut"].tolist(), "all": ["all"],
        }[name]
        self.by_code = dict(zip(codes, self.of_district))

    def sum_districts(self, values):
        """Sums values by district (in the order of the districts)."""
        return pandas.Series(numpy.asarray(values, dtype=float)).groupby(self.of_district.to_numpy()).sum().reindex(self.keys)

    def groups(self, table):
        key = table["zone"].map(self.by_code)
        return {name: group for name, group in table.groupby(key)}

    def each(self, table, function):
        groups = self.groups(table)
        return pandas.Series({key: function(groups[key]) if key in groups else numpy.nan for key in self.keys}, dtype=float)

    def polygons(self):
        if self.name == "districts":
            return self.sample.districts.set_index("code").geometry
        if self.name == "communes":
            return self.sample.communes.set_index("cut").geometry
        return self.sample.districts.dissolve(self.of_district.to_numpy()).geometry.reindex(self.keys)

    def districts_of(self, key):
        return numpy.flatnonzero((self.of_district == key).to_numpy())


def shares_by_district(sample, tracts, weight_of_part):
    """Matrix districts × tracts: the share of each tract that each district gets."""
    matrix = numpy.array([[weight_of_part(i, j) for j in range(len(tracts))] for i in range(len(sample.districts))])
    return matrix


def access(sample, method):
    blocks = sample.blocks
    centres = sample.health[sample.health["type"] != "Hospital"]
    capacity = centres["capacity"].to_numpy(float)
    persons = blocks["pop"].to_numpy(float)
    between = numpy.hypot(*(coordinates(sample.block_anchors)[:, None, :] - coordinates(centres.geometry)[None, :, :]).transpose(2, 0, 1))
    if method == "cumulative":
        return (between <= 1500 + REACH_RIM_M) @ capacity
    if method == "gravity":
        return numpy.where(between <= 3000 + REACH_RIM_M, numpy.exp(-between / 800), 0) @ capacity
    weights = (between <= 1500 + REACH_RIM_M).astype(float)
    if method == "e2sfca":
        weights = numpy.select([between <= 500 + REACH_RIM_M, between <= 1000 + REACH_RIM_M, between <= 1500 + REACH_RIM_M], [1, 0.68, 0.22], 0)
    demand = weights.T @ persons
    ratio = numpy.divide(capacity, demand, out=numpy.zeros(len(demand)), where=demand > 0)
    return weights @ ratio * 10000


def interpolations(sample):
    """Per district: sums that the levels add up."""
    tracts = geopandas.read_file(FOLDER / "tracts.gpkg")
    districts = sample.districts
    parts = geopandas.overlay(tracts, districts[["code", "geometry"]], how="intersection", keep_geom_type=True)
    parts["area"] = parts.area
    whole = tracts.set_index("id").area
    parts["share"] = parts["area"] / parts["id"].map(whole)
    built = sample.blocks.geometry.union_all()
    parts["built"] = parts.intersection(built).area
    built_whole = tracts.set_index("id").intersection(built).area
    parts["masked"] = numpy.where(parts["id"].map(built_whole) > 0, parts["built"] / parts["id"].map(built_whole), parts["share"])
    schools = sample.schools[["matricula", "zone", "geometry"]]
    inside = geopandas.sjoin(schools, tracts[["id", "geometry"]], predicate="within")
    pupils = inside.groupby(["id", "zone"])["matricula"].sum()
    pupils_whole = inside.groupby("id")["matricula"].sum()
    by_points = [
        pupils.get((row.id, row.code), 0) / pupils_whole[row.id] if pupils_whole.get(row.id, 0) > 0 else row.share for row in parts.itertuples()
    ]
    parts["points"] = by_points

    def by_district(values):
        return values.groupby(parts["code"]).sum().reindex(districts["code"]).fillna(0).to_numpy()

    tobler = area_interpolate(tracts, districts, extensive_variables=["persons"], allocate_total=False)["persons"].to_numpy()
    persons = by_district(parts["persons"] * parts["share"])
    assert numpy.allclose(tobler, persons, rtol=1e-6)
    return {
        "tract_persons": persons,
        "rate_area": by_district(parts["rate"] * parts["area"]),
        "area": by_district(parts["area"]),
        "rate_persons": by_district(parts["rate"] * parts["persons"] * parts["share"]),
        "tract_persons_masked": by_district(parts["persons"] * parts["masked"]),
        "tract_persons_points": by_district(parts["persons"] * parts["points"]),
    }


def gini(values, weights=None):
    if weights is None:
        return Gini(numpy.asarray(values, float)).g
    order = numpy.argsort(values)
    x, w = numpy.asarray(values, float)[order], numpy.asarray(weights, float)[order]
    cumulated, below = numpy.cumsum(w) / w.sum(), numpy.cumsum(x * w) / (x * w).sum()
    area = numpy.sum((below[1:] + below[:-1]) / 2 * numpy.diff(cumulated)) + below[0] / 2 * cumulated[0]
    return 1 - 2 * area


def sized(values, function):
    """The function of values; nothing without any, or where all are zero."""
    values = numpy.asarray(values, float)
    return function(values) if len(values) and values.sum() > 0 else numpy.nan


def entropy(weights):
    p = numpy.asarray(weights, float)
    p = p[p > 0] / p.sum()
    return float(-(p * numpy.log(p)).sum()) + 0.0


def composite(columns, scaled, weights):
    table = numpy.column_stack([numpy.asarray(column, float) for column in columns])
    if len(table) < 2:
        return numpy.full(len(table), numpy.nan)
    return scaled(table) @ (numpy.asarray(weights, float) / numpy.sum(weights))


def figures(sample, level, parts):
    blocks, schools, demands, districts = sample.blocks, sample.schools, sample.demands, sample.districts
    out = {}
    total = lambda table, column: level.each(table, lambda group: group[column].sum()).fillna(0)
    persons = lambda group: group["pop"].to_numpy(float)
    out["population"], out["seniors"] = total(blocks, "pop"), total(blocks, "age_65")
    out["children"], out["adults"] = total(blocks, "age_0_5"), total(blocks, "age_15_64")
    out["seniors_share"] = 100 * out["seniors"] / out["population"]
    parks = geopandas.overlay(sample.parks[["kind", "geometry"]], districts[["code", "geometry"]], how="intersection", keep_geom_type=True)
    park_by_district = parks.area.groupby(parks["code"]).sum().reindex(districts["code"]).fillna(0).to_numpy()
    out["park_area"] = level.sum_districts(park_by_district)
    green = sample.parks.geometry.union_all()
    out["park_share"] = 100 * level.sum_districts(districts.intersection(green).area) / level.sum_districts(districts.area)
    streets = geopandas.read_file(FOLDER / "streets.gpkg").geometry
    out["street_length"] = level.sum_districts([sum(streets.intersection(one).length) for one in districts.geometry])
    out["siedu_roads"] = out["street_length"]
    out["green_per_person"] = out["park_area"] / out["population"]
    mean = lambda column: level.each(blocks, lambda group: numpy.average(group[column], weights=persons(group)))
    out["health_distance"] = mean("health_distance")
    basic = schools[schools["nivel"].str.startswith("Básica")]
    out["siedu_places_basic"] = total(basic, "matricula")
    out["siedu_school_age"] = total(blocks, "age_6_14")
    out["places"] = out["bpu_4"] = out["siedu_places_basic"] / out["siedu_school_age"]
    out["bpu_29"] = out["green_per_person"]
    out["seniors_lq"] = (out["seniors"] / out["population"]) / (blocks["age_65"][blocks["zone"].notna()].sum() / blocks["pop"][blocks["zone"].notna()].sum())
    out["demands"] = level.each(demands, len).fillna(0)
    events, base = out["demands"].to_numpy(), out["population"].to_numpy()
    if len(events) > 1:
        out["demand_eb"] = pandas.Series(1000 * esda.smoothing.Empirical_Bayes(events, base).r.flatten(), level.keys)
        queen = libpysal.weights.Queen.from_dataframe(geopandas.GeoDataFrame(geometry=level.polygons().to_numpy()), ids=list(range(len(level.keys))))
        out["demand_eb_local"] = pandas.Series(1000 * esda.smoothing.Spatial_Empirical_Bayes(events, base, queen).r.flatten(), level.keys)
    else:
        out["demand_eb"] = out["demand_eb_local"] = 1000 * out["demands"] / out["population"]
    out["change"] = 100 * (out["seniors"] - out["children"]) / out["children"]
    out["change_absolute"] = out["seniors"] - out["children"]
    out["change_annual"] = 100 * ((out["seniors"] / out["children"]) ** 0.1 - 1)
    for name in ["tract_persons", "tract_persons_masked", "tract_persons_points"]:
        out[name] = level.sum_districts(parts[name])
    out["tract_rate"] = level.sum_districts(parts["rate_area"]) / level.sum_districts(parts["area"])
    out["tract_rate_persons"] = level.sum_districts(parts["rate_persons"]) / level.sum_districts(parts["tract_persons"])
    finest = Level(sample, "districts")
    of_district = lambda table, column: finest.each(table, lambda group: group[column].sum()).fillna(0).to_numpy()
    residents = of_district(blocks, "pop")
    out["persons_far"] = level.sum_districts(of_district(blocks[blocks["health_distance"] > 600 + REACH_RIM_M], "pop"))
    out["green_lacking"] = level.sum_districts(numpy.maximum(0, 2 * residents - park_by_district))
    lacking = numpy.maximum(0, 0.5 * of_district(blocks, "age_6_14") - of_district(basic, "matricula"))
    units = [ceil(round(one / 500, 9)) for one in lacking]
    out["schools_lacking"] = level.sum_districts(units)
    out["schools_cost"] = out["schools_lacking"] * 3000000
    for method in ["cumulative", "gravity", "2sfca", "e2sfca"]:
        blocks["access"] = access(sample, method)
        out[f"access_{method}"] = mean("access")
    uses = lambda group: group.groupby("uso").size()
    out["uses_shannon"] = level.each(blocks, lambda group: entropy(uses(group)))
    out["uses_simpson"] = level.each(blocks, lambda group: 1 - ((uses(group) / len(group)) ** 2).sum())

    def evenness(group):
        weights = group.groupby("uso")["pop"].sum()
        present = (weights > 0).sum()
        return entropy(weights) / numpy.log(present) if present > 1 else numpy.nan

    out["uses_evenness"] = level.each(blocks, evenness)

    def dissimilarity(group):
        table = group[["age_65", "age_15_64"]].assign(both=group["age_65"] + group["age_15_64"])
        table = table[table["both"] > 0]
        return Dissim(table, group_pop_var="age_65", total_pop_var="both").statistic if group["age_65"].sum() and group["age_15_64"].sum() else numpy.nan

    out["age_dissimilarity"] = level.each(blocks, dissimilarity)

    def interaction(group):
        old, young = group["age_65"].to_numpy(float), group["age_0_5"].to_numpy(float)
        both = old + young
        return float((old / old.sum() * numpy.divide(young, both, out=numpy.zeros(len(both)), where=both > 0)).sum()) if old.sum() > 0 else numpy.nan

    out["age_interaction"] = level.each(blocks, interaction)
    ages = ["age_0_5", "age_6_14", "age_15_64", "age_65"]

    def theil(group):
        table = group[ages][group[ages].sum(axis=1) > 0].astype(float)
        return MultiInfoTheory(table, groups=ages).statistic

    out["age_theil"] = level.each(blocks, theil)
    seniors, adults, children = (of_district(blocks, column) for column in ["age_65", "age_15_64", "age_0_5"])

    def isolation(key):
        at = level.districts_of(key)
        x, t = seniors[at], (seniors + adults + children)[at]
        return (x / x.sum() * x / t).sum()

    out["age_isolation"] = pandas.Series({key: isolation(key) for key in level.keys})
    out["school_gini"] = level.each(schools, lambda group: sized(group["matricula"], gini))
    out["school_theil"] = level.each(schools, lambda group: sized(group["matricula"], lambda x: Theil(x).T if len(x) > 1 else 0.0))
    # Atkinson, epsilon = 1/2: 1 - (mean of square roots)^2 / mean
    out["school_atkinson"] = level.each(schools, lambda group: sized(group["matricula"], lambda x: 1 - numpy.sqrt(x).mean() ** 2 / x.mean()))
    per_person = park_by_district / residents

    def green_gini(key):
        at = level.districts_of(key)
        return gini(per_person[at], residents[at]) if per_person[at].sum() > 0 else numpy.nan

    out["green_gini"] = pandas.Series({key: green_gini(key) for key in level.keys})
    signed = [-out["health_distance"], out["green_per_person"], -out["seniors_share"]]
    standard = lambda table: StandardScaler().fit_transform(table)
    out["need_zscore"] = pandas.Series(composite(signed, standard, [1, 1, 1]), level.keys)
    out["need_minmax"] = pandas.Series(composite(signed, lambda table: MinMaxScaler().fit_transform(table), [2, 1, 1]), level.keys)
    ages_of = [out["seniors"], out["children"], out["adults"]]
    if len(level.keys) > 3:
        loadings = PCA().fit(standard(numpy.column_stack(ages_of))).components_[0]
        out["need_pca"] = pandas.Series(composite(ages_of, standard, loadings * numpy.sign(loadings.sum())), level.keys)
    else:
        out["need_pca"] = pandas.Series(numpy.nan, level.keys)
    out["seniors_moran"] = local(out["seniors_share"], level, None)
    out["demand_hot"] = local(out["demand_eb"], level, 8)
    health = demands[demands["theme"] == "health"]
    out["health_demand_share"] = 100 * level.each(health, len).fillna(0) / out["demands"].replace(0, numpy.nan)
    out["health_votes"] = total(health, "votes")
    out["open_demand_rate"] = 1000 * level.each(demands[demands["status"] == "open"], len).fillna(0) / out["population"]
    return pandas.DataFrame({name: column.reindex(level.keys) for name, column in out.items()}, index=level.keys)


def local(values, level, nearest):
    """Local Moran's I with queen neighbours, or the z of Gi* with the nearest ones, row-standardised."""
    values = values.to_numpy(float)
    if len(values) < 2:
        return pandas.Series(numpy.nan, level.keys)
    frame = geopandas.GeoDataFrame(geometry=level.polygons().to_numpy())
    if nearest is None:
        weights = libpysal.weights.Queen.from_dataframe(frame, use_index=False)
        weights.transform = "r"
        return pandas.Series(esda.Moran_Local(values, weights, permutations=0).Is, level.keys)
    if len(values) <= nearest:
        return pandas.Series(numpy.nan, level.keys)
    inside = frame.contains(frame.centroid)
    anchors = frame.centroid.where(inside, frame.representative_point())
    weights = libpysal.weights.KNN.from_array(coordinates(anchors), k=nearest)
    found = esda.G_Local(values, weights, transform="B", star=True, permutations=0)
    return pandas.Series(found.Zs, level.keys)


def main():
    sample = Sample()
    make_layers(sample.districts)
    parts = interpolations(sample)
    for name in ["districts", "sectors", "communes", "all"]:
        table = figures(sample, Level(sample, name), parts)
        table.index.name = "key"
        table.to_csv(FOLDER / f"{name}.csv", float_format="%.12g")


if __name__ == "__main__":
    main()
