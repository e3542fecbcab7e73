#!/usr/bin/env python3
"""Expected hexagons of seeded positions, computed without Comarca by h3-py, SciPy and pandas.

    python3 -m venv venv && venv/bin/pip install h3 numpy pandas pyproj scipy && venv/bin/python tests/golden/hexbin.py

Two data sets: 300 positions in a city (and in metres of EPSG:32719), 250 all over the earth. Writes them with a value, some
missing, and a weight as `hexbin_city.csv` and `hexbin_earth.csv`, and as `hexbin_expected.csv`

- of every H3 cell at some resolutions: id, count, sum of the values, rate per thousand, centre; of some its boundary;
- of every planar hexagon with sides of 400 m and 1,500 m: row, column, count, sum. A position belongs to the nearest centre,
  which a k-d tree finds among all centres around.

Written with Python 3.11, h3 4.5.0, numpy 2.4.6, pandas 3.1.1, scipy 1.17.1, pyproj 3.7.2.
"""

from pathlib import Path

import h3
import numpy
import pandas
import pyproj
from scipy.spatial import cKDTree

OUT = Path(__file__).parent.parent.parent / "engine/tests/golden"
RESOLUTIONS = {"city": [5, 8, 9, 15], "earth": [0, 1, 4]}
lines = []


def write(*cells):
    lines.append(",".join("" if isinstance(cell, float) and numpy.isnan(cell) else f"{cell:.13g}" if isinstance(cell, (float, numpy.floating)) else str(cell) for cell in cells))


def sums(table, by):
    both = table.dropna(subset=["value"])
    groups = table.groupby(by)
    rate = 1000 * both.groupby(by)["value"].sum() / both.groupby(by)["weight"].sum()
    return pandas.DataFrame({"count": groups.size(), "sum": groups["value"].sum(min_count=1), "rate": rate}).sort_index()


def h3_cells(name, table):
    for resolution in RESOLUTIONS[name]:
        table["cell"] = [h3.latlng_to_cell(lat, lon, resolution) for lat, lon in zip(table["lat"], table["lon"])]
        for number, (cell, row) in enumerate(sums(table, "cell").iterrows()):
            write(f"{name} h3 {resolution}", cell, int(row["count"]), row["sum"], row["rate"], *reversed(h3.cell_to_latlng(cell)))
            if number % 25 == 0:
                write(f"{name} boundary {resolution}", cell, *[degrees for vertex in h3.cell_to_boundary(cell) for degrees in reversed(vertex)])


def planar(table, side):
    width = numpy.sqrt(3) * side
    rows = numpy.arange(numpy.floor(table["y"].min() / (1.5 * side)) - 2, table["y"].max() / (1.5 * side) + 3)
    columns = numpy.arange(numpy.floor(table["x"].min() / width) - 2, table["x"].max() / width + 3)
    row, column = (axis.ravel() for axis in numpy.meshgrid(rows, columns, indexing="ij"))
    tree = cKDTree(numpy.column_stack([width * (column + row % 2 / 2), 1.5 * side * row]))
    _, nearest = tree.query(table[["x", "y"]])
    table["row"], table["column"] = row[nearest].astype(int), column[nearest].astype(int)
    for (r, c), line in sums(table, ["row", "column"]).iterrows():
        write(f"planar {side}", r, c, int(line["count"]), line["sum"])


def main():
    random = numpy.random.default_rng(20261122)
    city = pandas.DataFrame({"lon": random.normal(-70.65, 0.04, 300), "lat": random.normal(-33.5, 0.03, 300)})
    earth = pandas.DataFrame({"lon": random.uniform(-180, 180, 250), "lat": numpy.degrees(numpy.arcsin(random.uniform(-1, 1, 250)))})
    # On a pentagon, at the antimeridian, and near a pole.
    earth.loc[:3, ["lon", "lat"]] = [[10.536, 64.7], [179.9999, 10.0], [-179.9999, 10.0], [20.0, 89.9]]
    for name, table in {"city": city, "earth": earth}.items():
        table[:] = numpy.round(table, 7)
        table["value"] = numpy.round(random.lognormal(1, 1, len(table)), 2)
        table.loc[random.choice(len(table), 25, replace=False), "value"] = numpy.nan
        table["weight"] = random.integers(1, 900, len(table)).astype(float)
        x, y = pyproj.Transformer.from_crs(4326, 32719, always_xy=True).transform(table["lon"], table["lat"]) if name == "city" else (0.0, 0.0)
        table["x"], table["y"] = numpy.round(x, 3), numpy.round(y, 3)
        table.to_csv(OUT / f"hexbin_{name}.csv", index=False)
        h3_cells(name, table)
    for side in [400, 1500]:
        planar(city, side)
    (OUT / "hexbin_expected.csv").write_text("\n".join(lines) + "\n")


main()
