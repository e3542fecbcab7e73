#!/usr/bin/env python3
"""Expected overlays, computed without Comarca, by Shapely and GeoPandas.

`made`: shapes with every difficulty there is, seeded. Writes `overlay_made.csv` (the shapes) and `overlay_expected.csv` (what
they have in common) into `engine/tests/golden/`; `engine/src/overlay/tests.rs` compares.

`sample`: blocks, their outlines and parks of the bundled sample by squares of 600 m, and parks by districts. Writes
`overlay_squares.csv` and `overlay_districts.csv` beside this file; `tests/it/overlay.rs` compares.

    python3 -m venv venv && venv/bin/pip install geopandas && venv/bin/python tests/golden/overlay.py

Written with shapely 2.2.0 and geopandas 1.2.0. tobler 0.13.0 (`tobler.area_weighted.area_interpolate`) agrees with the
population to 7e-8 and with the means to 4e-7, since it keeps areas in single precision; its categories are shares of the
zone's whole area, these of what is covered.
"""

import csv
from pathlib import Path

import geopandas
import numpy
import pandas
import shapely
from shapely.geometry import LineString, MultiLineString, MultiPolygon, Point, Polygon, box

CRS = "EPSG:32719"
SIDE = 600.0
HERE = Path(__file__).parent
DATA = HERE.parent.parent / "data"
ENGINE = HERE.parent.parent / "engine" / "tests" / "golden"
X, Y = 345_000.0, 6_290_000.0  # metres, as far from the origin as a real city
random = numpy.random.Generator(numpy.random.PCG64(4))


def at(x, y):
    return (X + x, Y + y)


def polygon(points, holes=()):
    return Polygon([at(*p) for p in points], [[at(*p) for p in hole] for hole in holes])


def star(x, y, radius, count, depth):
    angle = numpy.linspace(0, 2 * numpy.pi, count, endpoint=False)
    r = radius * (1 - depth * random.random(count))
    return polygon([(round(float(v), 3), round(float(w), 3)) for v, w in zip(x + r * numpy.cos(angle), y + r * numpy.sin(angle))])


def partition():
    """Four by four crooked cells of 250 m; one is an enclave of its neighbour, one has two parts."""
    n = 5
    jitter = numpy.round(random.uniform(-60, 60, (n, n, 2)), 3)
    jitter[0, :, :] = jitter[-1, :, :] = jitter[:, 0, :] = jitter[:, -1, :] = 0
    node = lambda i, j: (250 * i + jitter[i, j, 0], 250 * j + jitter[i, j, 1])
    cells = [polygon([node(i, j), node(i + 1, j), node(i + 1, j + 1), node(i, j + 1)]) for j in range(4) for i in range(4)]
    enclave = polygon([(330, 330), (420, 335), (425, 410), (340, 420)])
    cells[5] = Polygon(cells[5].exterior.coords, [enclave.exterior.coords])
    cells[0] = MultiPolygon([cells[0], cells.pop(15)])
    return cells[:10] + [enclave] + cells[10:]


def loose():
    """Gaps, overlaps, one zone inside another, one that stands twice."""
    return [
        polygon([(0, 0), (480, 10), (470, 500), (5, 490)]),
        polygon([(450, 0), (1000, 0), (1000, 480), (460, 505)]),
        polygon([(0, 520), (500, 530), (480, 1000), (0, 1000)]),
        polygon([(100, 100), (200, 100), (200, 200), (100, 200)]),
        polygon([(600, 600), (900, 620), (880, 900), (610, 880)]),
        polygon([(600, 600), (900, 620), (880, 900), (610, 880)]),
    ]


def sources(zones):
    shared = list(zones[1].exterior.coords)
    border = shapely.intersection(zones[1], zones[2])
    (ax, ay), (bx, by) = border.coords[0], border.coords[-1]
    return {
        "inside": polygon([(60, 60), (90, 60), (90, 100), (60, 100)]),
        "crossing": polygon([(100, 100), (420, 130), (400, 380), (120, 300)]),
        "clockwise": polygon([(100, 100), (120, 300), (400, 380), (420, 130)]),
        "holed": polygon([(500, 300), (900, 300), (900, 700), (500, 700)], [[(560, 360), (840, 360), (840, 640), (560, 640)]]),
        "two parts": MultiPolygon([polygon([(20, 800), (240, 790), (200, 980)]), polygon([(700, 40), (990, 60), (800, 330)])]),
        "same as a zone": zones[6],
        "sliver on a border": Polygon([(ax, ay), (bx, by), (bx + 0.002, by), (ax + 0.002, ay)]),
        "touches outside": box(X + 1000, Y + 200, X + 1100, Y + 800),
        "outside": polygon([(2000, 2000), (2100, 2000), (2050, 2100)]),
        "half outside": polygon([(900, 900), (1300, 900), (1300, 1300), (900, 1300)]),
        "no area": Polygon([at(300, 300), at(600, 300), at(300, 300), at(300, 300)]),
        "over everything": polygon([(-500, -400), (1500, -450), (1600, 1400), (-300, 1500)]),
        "star": star(500, 500, 480, 600, 0.6),
        "overlaps star": star(480, 520, 200, 40, 0.3),
        "a zone's neighbour": Polygon(shared),
    }


def masks():
    return [star(*random.uniform(0, 1000, 2), random.uniform(60, 250), int(random.integers(8, 30)), 0.5) for _ in range(25)]


def lines(zones):
    border = shapely.intersection(zones[1], zones[2])
    return {
        "within": LineString([at(60, 60), at(90, 70), at(80, 100)]),
        "across": LineString([at(-100, 430), at(333, 470), at(700, 410), at(1200, 520)]),
        "zigzag": LineString([at(*p) for p in random.uniform(0, 1000, (60, 2))]),
        "two parts": MultiLineString([[at(20, 20), at(900, 30)], [at(40, 980), at(45, 20)]]),
        "outside": LineString([at(1100, 0), at(1200, 900)]),
        "on a border": border,
    }


def write_shapes(writer, layer, shapes):
    for feature, shape in enumerate(shapes):
        for part, single in enumerate(getattr(shape, "geoms", [shape])):
            rings = [single.exterior, *single.interiors] if single.geom_type == "Polygon" else [single]
            for ring, line in enumerate(rings):
                for x, y in line.coords:
                    writer.writerow([layer, feature, part, ring, repr(float(x)), repr(float(y))])


def made():
    zones = partition()
    layers = {"partition": zones, "loose": loose(), "source": list(sources(zones).values()), "mask": masks(), "line": list(lines(zones).values())}
    layers["point"] = [Point(at(*p)) for p in numpy.round(random.uniform(-100, 1100, (400, 2)), 3)]
    with open(ENGINE / "overlay_made.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["layer", "feature", "part", "ring", "x", "y"])
        for name, shapes in layers.items():
            write_shapes(writer, name, shapes)
    mask = shapely.unary_union(layers["mask"])
    with open(ENGINE / "overlay_expected.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["what", "feature", "zone", "value"])

        def write(what, feature, zone, value):
            if value > 1e-6:
                writer.writerow([what, feature, zone, repr(float(value))])

        for zone_layer in ["partition", "loose"]:
            for z, zone in enumerate(layers[zone_layer]):
                for s, source in enumerate(layers["source"]):
                    if source.area > 0:
                        write(zone_layer, s, z, shapely.intersection(source, zone).area)
        for z, zone in enumerate(zones):
            write("covered", z, z, shapely.intersection(zone, mask).area)
            for s, source in enumerate(layers["source"]):
                if source.area > 0:
                    write("masked", s, z, shapely.intersection(shapely.intersection(source, zone), mask).area)
                    write("points", s, z, shapely.contains(shapely.intersection(source, zone), layers["point"]).sum())
            for number, line in enumerate(layers["line"][:-1]):
                write("length", number, z, shapely.intersection(line, zone).length)


def squares(around):
    """Zones of 600 m, which cut blocks, parks and districts as no border of the sample does."""
    west, south, east, north = (float(v) for v in around.total_bounds)
    columns = range(int(west // SIDE), int(east // SIDE) + 1)
    rows = range(int(south // SIDE), int(north // SIDE) + 1)
    cells = [box(SIDE * x, SIDE * y, SIDE * (x + 1), SIDE * (y + 1)) for y in rows for x in columns]
    return geopandas.GeoDataFrame({"zone": range(len(cells))}, geometry=cells, crs=CRS)


def sample():
    read = lambda path: geopandas.read_file(DATA / path).to_crs(CRS)
    districts = read("territory/districts.fgb").sort_values("code").reset_index(drop=True)[["code", "geometry"]]
    parks, blocks = read("infrastructure/parks.gpkg"), read("census/blocks.shp")
    write_zones(squares(blocks), blocks, parks)
    cut = parks.overlay(districts, how="intersection", keep_geom_type=True)
    area = cut.area.groupby(cut.code).sum().reindex(districts.code).fillna(0)
    area.rename("park_area_m2").to_csv(HERE / "overlay_districts.csv", float_format="%.15g", lineterminator="\n")


def write_zones(zones, blocks, parks):
    blocks["seniors"] = blocks.age_65 / blocks["pop"].where(blocks["pop"] > 0)
    pieces = blocks.assign(whole=blocks.area).overlay(zones, how="intersection", keep_geom_type=True)
    area, persons = pieces.area, pieces.area / pieces.whole * pieces["pop"]
    known = pieces.seniors.notna()
    by_zone = lambda values: values.groupby(pieces.zone).sum().reindex(zones.zone)
    result = pandas.DataFrame({"population": by_zone(persons)})
    result["seniors_by_area"] = by_zone((area * pieces.seniors)[known]) / by_zone(area[known])
    result["seniors_by_persons"] = by_zone((persons * pieces.seniors)[known]) / by_zone(persons[known])
    result["homes_share"] = by_zone(area.where(pieces.uso == "Vivienda", 0)) / by_zone(area)
    cut = parks.overlay(zones, how="intersection", keep_geom_type=True)
    result["park_m2"] = cut.area.groupby(cut.zone).sum().reindex(zones.zone)
    cut = geopandas.GeoDataFrame(geometry=blocks.boundary).overlay(zones, how="intersection", keep_geom_type=False)
    result["outline_m"] = cut.length.groupby(cut.zone).sum().reindex(zones.zone)
    result.to_csv(HERE / "overlay_squares.csv", float_format="%.15g", lineterminator="\n")


made()
sample()
