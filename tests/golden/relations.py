#!/usr/bin/env python3
"""Expected spatial relations, computed without Comarca, by Shapely (GEOS).

Pairs of points, lines, polygons with holes and their multis: on a grid of few places, where borders are shared, ends touch and
lines run along each other all the time; among cells of a Voronoi diagram, which share borders of crooked numbers; and with
vertices that were rounded onto a border. Writes `engine/tests/golden/relations.csv`: the two geometries as WKT and one letter per
relation that holds, of those below. `engine/src/filter/tests.rs` compares.

    python3 -m venv venv && venv/bin/pip install shapely && venv/bin/python tests/golden/relations.py

Written with shapely 2.2.0 and GEOS 3.14.1, whose relations are exact (`RelateNG`).
"""

from pathlib import Path

import numpy
import shapely
from shapely.geometry import LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon, box

OUT = Path(__file__).parent.parent.parent / "engine" / "tests" / "golden" / "relations.csv"
RELATIONS = {
    "I": shapely.intersects,
    "E": shapely.equals,
    "D": shapely.disjoint,
    "T": shapely.touches,
    "W": shapely.within,
    "O": shapely.overlaps,
    "X": shapely.crosses,
    "C": shapely.contains,
}
SIZE = 5
random = numpy.random.Generator(numpy.random.PCG64(7))


def places(count):
    return [(int(x), int(y)) for x, y in random.integers(0, SIZE, (count, 2))]


def valid(make):
    while True:
        try:
            shape = make()
        except (ValueError, shapely.errors.GEOSException):
            continue
        if not shape.is_empty and shape.is_valid:
            return shape


def line():
    at = places(random.integers(2, 6))
    if random.random() < 0.2:
        at.append(at[0])
    return LineString(at) if len(set(at)) > 1 else line()


def ring():
    return valid(lambda: Polygon(places(random.integers(3, 8))))


def with_hole():
    outer = box(0, 0, SIZE - 1, SIZE - 1)
    return valid(lambda: Polygon(outer.exterior, [ring().exterior]))


def any_box():
    (x0, y0), (x1, y1) = places(2)
    return box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)) if x0 != x1 and y0 != y1 else any_box()


MAKERS = [
    lambda: Point(places(1)[0]),
    lambda: MultiPoint(places(random.integers(2, 4))),
    line,
    lambda: MultiLineString([line() for _ in range(random.integers(2, 4))]),
    ring,
    any_box,
    with_hole,
    lambda: valid(lambda: MultiPolygon([ring() for _ in range(2)])),
]


def grid_pairs():
    for a in MAKERS:
        for b in MAKERS:
            for _ in range(22):
                yield a(), b()
            same = a()
            yield same, same


def voronoi_pairs():
    """Cells that share borders, with lines and points off those borders."""
    cells = shapely.voronoi_polygons(MultiPoint(random.uniform(-70.8, -70.4, (30, 2)) + [0, 37.2]))
    cells = [cell for cell in cells.geoms if shapely.box(-71.5, -34.5, -69.5, -32.5).contains(cell)]
    for number, a in enumerate(cells):
        for b in cells[number + 1 :]:
            if a.distance(b) < 0.05:
                yield a, b
        border = list(a.exterior.coords)
        yield a, LineString(border[:3])
        yield a, LineString([border[0], a.centroid.coords[0]])
        yield LineString([border[1], border[0]]), a
        yield a, Point(border[2])
        yield a, MultiPoint(border[:4])
        # Beside the border by less than anybody sees, or on it: that is for the exact number to say.
        (x0, y0), (x1, y1) = border[0], border[1]
        for t in random.random(3):
            beside = Point(x0 + t * (x1 - x0), y0 + t * (y1 - y0))
            yield beside, a
            yield LineString([beside, a.centroid]), a
            yield LineString([beside, border[0]]), LineString(border[:2])
            yield Polygon([beside, border[0], a.centroid]), a


with open(OUT, "w") as file:
    file.write("a;b;holds\n")
    for make in (grid_pairs, voronoi_pairs):
        for a, b in make():
            if not (a.is_valid and b.is_valid):
                continue
            holds = "".join(letter for letter, relation in RELATIONS.items() if relation(a, b))
            wkt = [shapely.to_wkt(shape, rounding_precision=-1) for shape in (a, b)]
            file.write(f"{wkt[0]};{wkt[1]};{holds}\n")
