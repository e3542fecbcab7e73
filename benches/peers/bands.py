"""bands.rs with contourpy and h3-py: python bands.py FOLDER, with the files of README.md."""

import sys
from pathlib import Path

import contourpy
import geopandas
import h3.api.numpy_int as h3
import numpy
from measure import measure

LEVELS = [200.0 + 60 * number for number in range(10)] + [1e9]
folder = Path(sys.argv[1])

y, x = numpy.mgrid[0:1024, 0:1024].astype(float)
surface = 500 + 220 * numpy.sin(x * 0.11) * numpy.cos(y * 0.13) + 180 * numpy.sin(x * 0.031 + y * 0.017)


def bands():
    generator = contourpy.contour_generator(z=surface, fill_type="OuterOffset")
    return [generator.filled(low, high) for low, high in zip(LEVELS, LEVELS[1:])]


found = measure("contourpy, ten bands of 1024 x 1024", bands)
print(f"answer: {sum(len(points) for points, _ in found)} polygons in ten bands")

for name in ["points10000.fgb", "points100000.fgb", "points1000000.fgb"]:
    if not (folder / name).exists():
        continue
    points = geopandas.read_file(folder / name).to_crs("OGC:CRS84").get_coordinates()
    places = list(zip(points["y"].tolist(), points["x"].tolist()))
    cells = measure(f"h3-py, resolution 9, {len(places)}", lambda: [h3.latlng_to_cell(lat, lon, 9) for lat, lon in places], 3)
    print(f"answer: {len(places)} points in {len(set(cells))} cells of H3")
