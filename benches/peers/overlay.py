"""overlay.rs with shapely and tobler: python overlay.py FOLDER, with the files of README.md."""

import sys
from pathlib import Path

import geopandas
import numpy
import shapely
from measure import measure
from tobler.area_weighted import area_interpolate

CRS = "EPSG:32719"
folder = Path(sys.argv[1])


def read(name, key):
    return geopandas.read_file(folder / name).to_crs(CRS).sort_values(key).reset_index(drop=True)


def by_shapely(blocks, districts):
    """The fastest way with shapely: a tree, a prepared test that copies what lies inside, the rest is cut."""
    shapes, zones = blocks.geometry.to_numpy(), districts.geometry.to_numpy()
    shapely.prepare(zones)
    block, zone = shapely.STRtree(zones).query(shapes, predicate="intersects")
    whole = shapely.area(shapes)
    part = whole[block]
    cut = ~shapely.contains_properly(zones[zone], shapes[block])
    part[cut] = shapely.area(shapely.intersection(shapes[block[cut]], zones[zone[cut]]))
    return numpy.bincount(zone, part / whole[block] * blocks["pop"].to_numpy()[block], len(zones))


def by_tobler(blocks, districts):
    return area_interpolate(blocks, districts, extensive_variables=["pop"], allocate_total=False)["pop"].to_numpy()


blocks = read("blocks.fgb", "id")[["pop", "geometry"]].astype({"pop": float})
for count in [280, 5000]:
    districts = read(f"districts{count}.fgb", "code")[["geometry"]]
    for name, work in [("shapely", by_shapely), ("tobler", by_tobler)]:
        persons = measure(f"{name}, {len(blocks)} blocks by {count} districts", lambda: work(blocks, districts), 3)
        print(f"answer: persons of {len(blocks)} blocks in {count} districts, sum of squares {(persons**2).sum():.6e}")
