"""load.rs with pyogrio (GDAL), into a GeoDataFrame: python load.py FOLDER, with the files of README.md."""

import sys
from pathlib import Path

import pandas
import pyogrio
import shapely
from measure import measure

folder = Path(sys.argv[1])


def read(name):
    frame = measure(f"pyogrio, {name}", lambda: pyogrio.read_dataframe(folder / name))
    print(f"answer: {len(frame)} features, {shapely.get_num_coordinates(frame.geometry.values).sum()} coordinates")


for file in ["blocks.geojson", "blocks.fgb", "blocks.shp"]:
    read(file)
table = measure("pandas, points.csv", lambda: pandas.read_csv(folder / "points.csv", dtype={"id": str}))
print(f"answer: {len(table)} features")
