"""The program beside GDAL on whole files: python convert.py COMARCA FOLDER, with the files of README.md in FOLDER.

Load: `comarca indicators` on a project with one layer, from start to end, beside pyogrio's read alone.
Convert: `comarca convert` beside `ogr2ogr`. CPU and wall seconds and peak memory, the least of three runs each.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECT = """
name = "bench"
crs = "EPSG:32719"
[layers.square]
source = "square.geojson"
key = "id"
[layers.measured]
source = "{file}"
key = "id"
{settings}
[[levels]]
id = "square"
layer = "square"
[indicators.features]
op = "count"
of = {{ layer = "measured" }}
"""
SQUARE = ('{"type":"Feature","properties":{"id":"a"},"geometry":{"type":"Polygon","coordinates":'
          '[[[-72,-35],[-69,-35],[-69,-32],[-72,-32],[-72,-35]]]}}')
PYOGRIO = "import sys, pyogrio; pyogrio.read_dataframe(sys.argv[1], **({} if len(sys.argv) < 3 else dict(X_POSSIBLE_NAMES='x', Y_POSSIBLE_NAMES='y', AUTODETECT_TYPE='YES')))"
IMPORT = "import pyogrio, geopandas"


def once(command):
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{command}: {process.stderr.read().decode()[-500:]}")
    return used.ru_utime + used.ru_stime, time.perf_counter() - start, used.ru_maxrss / 1024


def least(command):
    """Of three runs; a function makes the command anew each time, as ogr2ogr does not write over a file."""
    runs = (once(command() if callable(command) else command) for _ in range(3))
    return [min(figures) for figures in zip(*runs)]


def row(what, own, other):
    print(f"| {what} | {own[0]:.2f} · {own[1]:.2f} · {own[2]:.0f} | {other[0]:.2f} · {other[1]:.2f} · {other[2]:.0f} | {other[0] / own[0]:.1f} · {other[1] / own[1]:.1f} |")


def load(comarca, folder):
    start = least([sys.executable, "-c", IMPORT])
    for file in ["blocks.geojson", "blocks.fgb", "blocks.shp", "blocks.parquet", "points.csv"]:
        points = file.endswith("csv")
        settings = 'csv = { x = "x", y = "y", crs = "EPSG:32719" }' if points else ""
        (folder / "square.geojson").write_text(SQUARE)
        project = folder / "bench.toml"
        project.write_text(PROJECT.format(file=file, settings=settings))
        own = least([comarca, "--project", project, "indicators", "--level", "all"])
        if file.endswith("parquet"):
            read = "import sys, geopandas; geopandas.read_parquet(sys.argv[1])"
            other = least([sys.executable, "-c", read, folder / file])
        else:
            other = least([sys.executable, "-c", PYOGRIO, folder / file, *(["csv"] if points else [])])
        # What Python needs to start is not the read's.
        other = [other[0] - start[0], other[1] - start[1], other[2]]
        row(f"load {file}", own, other)


def convert(comarca, folder):
    drivers = {"geojson": "GeoJSON", "fgb": "FlatGeobuf", "gpkg": "GPKG", "csv": "CSV", "shp": "ESRI Shapefile"}
    for source in ["blocks.fgb", "points.fgb"]:
        for extension, driver in drivers.items():
            with tempfile.TemporaryDirectory() as out:
                extra = ["-lco", "GEOMETRY=AS_WKT"] if extension == "csv" else []
                names = iter(range(100))
                new = lambda: Path(out) / f"{next(names)}.{extension}"
                own = least(lambda: [comarca, "convert", folder / source, new()])
                other = least(lambda: ["ogr2ogr", "-q", "-f", driver, *extra, new(), folder / source])
            row(f"{source} → {extension}", own, other)


comarca, folder = sys.argv[1], Path(sys.argv[2])
print("| work | comarca: CPU s · wall s · MB | peer | × CPU · wall |\n| --- | --- | --- | --- |")
load(comarca, folder)
convert(comarca, folder)
