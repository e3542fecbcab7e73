#!/usr/bin/env python3
"""Expected isobands of two grids, computed without Comarca by contourpy.

    python3 -m venv venv && venv/bin/pip install contourpy numpy shapely && venv/bin/python tests/golden/isobands.py

- *smooth*: a sum of seeded Gaussians, 40 x 30 values with a hole of missing ones, levels between the values;
- *tied*: seeded whole numbers from 0 to 4 on 24 x 18, with missing ones, levels on the values and between.

Writes the values as `isobands_smooth.csv` and `isobands_tied.csv` (a line for each row from the south, empty where
missing) and the answers as `isobands_expected.csv` into `engine/tests/golden/`: the area of each band, and at seeded
points, none within a millionth of a contour, the number of the band they are in (-1: in none).

contourpy counts a value on a level to the band below, Comarca to the one above; so it is given values and levels with the
opposite sign. Squares with a missing corner are left out (`corner_mask=False`).

Written with Python 3.11, contourpy 1.3.3, numpy 2.4.6, shapely 2.2.0.
"""

from pathlib import Path

import numpy
import shapely
from contourpy import FillType, contour_generator

OUT = Path(__file__).parent.parent.parent / "engine/tests/golden"
TOP = 1e9


def smooth():
    random = numpy.random.default_rng(20261122)
    y, x = numpy.mgrid[0:30, 0:40]
    z = numpy.zeros((30, 40))
    for cx, cy, width, height in zip(random.uniform(0, 40, 25), random.uniform(0, 30, 25), random.uniform(1, 5, 25), random.uniform(1, 9, 25)):
        z += height * numpy.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * width**2))
    z = numpy.round(z, 4)
    z[12:15, 20:24] = numpy.nan
    z[29, 39] = numpy.nan
    return z, [0.5, 1.00005, 2.00005, 3.5, 5.00005, 6.5, 8.00005, 10.00005, 12.50005]


def tied():
    random = numpy.random.default_rng(7)
    z = random.integers(0, 5, (18, 24)).astype(float)
    z[random.uniform(0, 1, z.shape) < 0.04] = numpy.nan
    return z, [1.0, 1.5, 2.0, 3.0, 4.0]


def polygons(z, low, high):
    """The band low <= value < high."""
    masked = numpy.ma.masked_invalid(-z)
    generator = contour_generator(z=masked, fill_type=FillType.OuterOffset, corner_mask=False, name="serial")
    parts = []
    for points, offsets in zip(*generator.filled(-high, -low)):
        rings = [points[a:b] for a, b in zip(offsets[:-1], offsets[1:])]
        parts.append(shapely.Polygon(rings[0], rings[1:]))
    return parts


def main():
    answers = []
    for name, (z, levels) in {"smooth": smooth(), "tied": tied()}.items():
        cells = [["" if numpy.isnan(value) else f"{value:g}" if name == "tied" else f"{value:.4f}" for value in row] for row in z]
        (OUT / f"isobands_{name}.csv").write_text("".join(",".join(row) + "\n" for row in cells))
        bands = [polygons(z, low, high) for low, high in zip(levels, levels[1:] + [TOP])]
        for number, (level, parts) in enumerate(zip(levels, bands)):
            answers.append(f"{name} level,{number},,{level!r}")
            answers.append(f"{name} area,{number},,{sum(part.area for part in parts)!r}")
        random = numpy.random.default_rng(3)
        edges = shapely.union_all([shapely.MultiLineString([part.exterior.coords, *(ring.coords for ring in part.interiors)]) for parts in bands for part in parts if part.area > 0])
        for x, y in random.uniform(0, 1, (400, 2)) * [z.shape[1] - 1, z.shape[0] - 1]:
            point = shapely.Point(x, y)
            if edges.distance(point) > 1e-6:
                inside = [number for number, parts in enumerate(bands) if any(part.buffer(0).contains(point) for part in parts)]
                assert len(inside) < 2
                answers.append(f"{name} point,{float(x)!r},{float(y)!r},{inside[0] if inside else -1}")
    (OUT / "isobands_expected.csv").write_text("what,x,y,answer\n" + "\n".join(answers) + "\n")


main()
